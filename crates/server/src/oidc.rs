//! Access tokens of an identity provider: JSON Web Tokens, verified with its published keys.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use events::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::{Deserialize, Serialize};

use crate::grants::Grants;
use crate::principal::Principal;

/// Signatures that are taken; none with a shared secret.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
];
/// What a principal's name begins with, so that it is no key's.
const PREFIX: &str = "oidc:";
/// By how much clocks may differ, in microseconds.
const LEEWAY: i64 = 60 * 1_000_000;
/// How often the file of keys is looked at.
const RELOAD: Duration = Duration::from_secs(5);

/// Whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// Who issues them (`iss`).
    pub issuer: String,
    /// For whom they are (`aud`).
    pub audience: String,
    /// The issuer's public keys, a file with a JSON Web Key Set; read again when it changes.
    pub jwks: PathBuf,
    /// The claim that lists grants, as [`Grants::read`] reads them.
    #[serde(default = "grants_claim")]
    pub grants_claim: String,
}

fn grants_claim() -> String {
    "casetrail_grants".to_owned()
}

/// Why tokens cannot be verified.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the issuer's keys in {}", path.display())]
pub struct JwksError {
    path: PathBuf,
    source: std::io::Error,
}

/// The issuer, and its keys as they are now.
#[derive(Debug, Clone)]
pub(crate) struct Issuer {
    config: Oidc,
    keys: Arc<RwLock<JwkSet>>,
}

#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    /// Seconds since 1970.
    exp: i64,
    nbf: Option<i64>,
    #[serde(flatten)]
    others: serde_json::Map<String, serde_json::Value>,
}

impl Issuer {
    /// Reads its keys.
    ///
    /// # Errors
    /// [`JwksError`].
    pub(crate) fn new(config: &Oidc) -> Result<Self, JwksError> {
        let keys = Arc::new(RwLock::new(config.read()?));
        Ok(Self { config: config.clone(), keys })
    }

    /// Whose token it is at that instant; `None` of one that is not good.
    pub(crate) fn principal_of(&self, token: &str, now: Timestamp) -> Option<Principal> {
        let header = decode_header(token).ok()?;
        if !ALGORITHMS.contains(&header.alg) {
            return None;
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = DecodingKey::from_jwk(keys.find(&header.kid?)?).ok()?;
        drop(keys);
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.config.issuer]);
        validation.set_audience(&[&self.config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Time is read through the service's own clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = decode::<Claims>(token, &key, &validation).ok()?.claims;
        let micros = |seconds: i64| seconds.saturating_mul(1_000_000);
        let expired = micros(claims.exp).saturating_add(LEEWAY) <= now.micros();
        let early = claims.nbf.is_some_and(|nbf| micros(nbf).saturating_sub(LEEWAY) > now.micros());
        if expired || early || !is_name(&claims.sub) {
            return None;
        }
        let words = claims.others.get(&self.config.grants_claim)?.as_array()?;
        let words: Option<Vec<&str>> = words.iter().map(|word| word.as_str()).collect();
        Some(Principal::new(format!("{PREFIX}{}", claims.sub), Grants::read(words?).ok()?))
    }

    /// Takes up what changes in the file, for as long as it is polled.
    pub(crate) async fn follow(self) {
        let mut seen = self.config.stamp();
        loop {
            tokio::time::sleep(RELOAD).await;
            let stamp = self.config.stamp();
            if stamp == seen {
                continue;
            }
            seen = stamp;
            let keys = self.config.read().unwrap_or_else(|error| {
                tracing::error!(%error, "tokens of the issuer are not taken");
                JwkSet { keys: Vec::new() }
            });
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        }
    }
}

impl Oidc {
    fn read(&self) -> Result<JwkSet, JwksError> {
        let failed = |source| JwksError { path: self.jwks.clone(), source };
        let bytes = std::fs::read(&self.jwks).map_err(failed)?;
        serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))
    }

    fn stamp(&self) -> Option<(SystemTime, u64)> {
        let file = std::fs::metadata(&self.jwks).ok()?;
        Some((file.modified().ok()?, file.len()))
    }
}

/// A name that may stand as `recordedby`, and means what it says.
fn is_name(subject: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:@|-".contains(&b);
    (1..=128).contains(&subject.len()) && subject.bytes().all(allowed)
}
