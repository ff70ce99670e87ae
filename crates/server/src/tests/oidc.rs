//! Tokens of an identity provider.

use axum::http::Method;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::common::{ask, now, service};
use crate::{Config, KeyFile, Oidc};

/// A key made of a number, as PKCS #8 wants it (RFC 8410, 7).
fn key(seed: u8) -> EncodingKey {
    let mut der = hex::decode("302e020100300506032b657004220420").expect("digits");
    der.extend([seed; 32]);
    EncodingKey::from_ed_der(&der)
}

fn token(key: &EncodingKey, kid: &str, claims: &Value) -> String {
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
    encode(&header, claims, key).expect("a token")
}

#[tokio::test]
async fn a_token_is_good_for_what_its_issuer_granted() {
    let dir = tempfile::tempdir().expect("a directory");
    let jwks = dir.path().join("jwks.json");
    let mut jwk = Jwk::from_encoding_key(&key(1), Algorithm::EdDSA).expect("a public key");
    jwk.common.key_id = Some("first".to_owned());
    std::fs::write(&jwks, json!({ "keys": [jwk] }).to_string()).expect("written");
    let oidc = Oidc {
        issuer: "https://id.example.org".to_owned(),
        audience: "casetrail".to_owned(),
        jwks,
        grants_claim: "casetrail_grants".to_owned(),
    };
    let config = Config { oidc: Some(oidc), ..Config::default() };
    let service = service(&KeyFile::new(dir.path().join("keys.json")), config).await;
    let seconds = now().micros() / 1_000_000;
    let good = json!({
        "iss": "https://id.example.org", "aud": "casetrail", "sub": "auditor-7",
        "exp": seconds + 600, "casetrail_grants": ["auditor"],
    });
    let status = async |text: &str| {
        ask(&service, Method::GET, "/v1/events", Some(text)).await.status().as_u16()
    };
    assert_eq!(status(&token(&key(1), "first", &good)).await, 200);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        token(&key(1), "first", &claims)
    };
    assert_eq!(status(&with("casetrail_grants", json!(["reporter:A"]))).await, 403);
    let refused = [
        with("casetrail_grants", json!(["root"])),
        with("casetrail_grants", json!("auditor")),
        with("iss", json!("https://id.example.com")),
        with("aud", json!("other")),
        with("exp", json!(seconds - 61)),
        with("nbf", json!(seconds + 61)),
        with("sub", json!("a b")),
        with("sub", json!("local+backfill")),
        token(&key(2), "first", &good),
        token(&key(1), "second", &good),
        token(&key(1), "first", &good) + "a",
        "a.b.c".to_owned(),
    ];
    for (number, text) in refused.iter().enumerate() {
        assert_eq!(status(text).await, 401, "{number}");
    }
    // The public key as a shared secret, which some verifiers have taken.
    let header = Header { kid: Some("first".to_owned()), ..Header::new(Algorithm::HS256) };
    let shared = encode(&header, &good, &EncodingKey::from_secret(&[1; 32])).expect("a token");
    assert_eq!(status(&shared).await, 401);
}
