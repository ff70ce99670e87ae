//! Tokens of an identity provider.

use axum::http::Method;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::common::{ask, now, service};
use crate::{Config, Jwks, KeyFile, Oidc};

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

/// The public key of a number, as an issuer publishes it.
fn published(seed: u8, kid: &str) -> Value {
    let mut jwk = Jwk::from_encoding_key(&key(seed), Algorithm::EdDSA).expect("a public key");
    jwk.common.key_id = Some(kid.to_owned());
    json!({ "keys": [jwk] })
}

fn issuer(jwks: Jwks) -> Config {
    let oidc = Oidc {
        issuer: "https://id.example.org".to_owned(),
        audience: "casetrail".to_owned(),
        jwks,
        grants_claim: "casetrail_grants".to_owned(),
    };
    Config { oidc: Some(oidc), ..Config::default() }
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example.org", "aud": "casetrail", "sub": "auditor-7",
        "exp": now().micros() / 1_000_000 + 600, "casetrail_grants": ["auditor"],
    })
}

#[tokio::test]
async fn an_issuer_may_publish_its_keys_at_an_address() {
    let dir = tempfile::tempdir().expect("a directory");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let keys = async || axum::Json(published(1, "first"));
    let published = axum::Router::new().route("/keys", axum::routing::get(keys));
    let serving = tokio::spawn(axum::serve(listener, published).into_future());
    let good = token(&key(1), "first", &claims());
    for (path, expected) in [("keys", 200), ("elsewhere", 401)] {
        let jwks = format!("http://{address}/{path}").try_into().expect("an address");
        let keys = KeyFile::new(dir.path().join("keys.json"));
        let service = service(&keys, issuer(jwks)).await;
        let answer = ask(&service, Method::GET, "/v1/events", Some(&good)).await;
        assert_eq!(answer.status().as_u16(), expected, "{path}");
    }
    serving.abort();
    for other in ["http://id.example.org/keys", "ftp://localhost/keys", "https://"] {
        assert!(Jwks::try_from(other.to_owned()).is_err(), "{other}");
    }
}

#[tokio::test]
async fn a_token_is_good_for_what_its_issuer_granted() {
    let dir = tempfile::tempdir().expect("a directory");
    let jwks = dir.path().join("jwks.json");
    std::fs::write(&jwks, published(1, "first").to_string()).expect("written");
    let config = issuer(Jwks::File(jwks));
    let service = service(&KeyFile::new(dir.path().join("keys.json")), config).await;
    let seconds = now().micros() / 1_000_000;
    let good = claims();
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
