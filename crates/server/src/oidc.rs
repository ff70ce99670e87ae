//! Access tokens of an identity provider: JSON Web Tokens, verified with its published keys.

mod jwks;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use events::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::{Deserialize, Serialize};

pub use jwks::{Jwks, JwksError};

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
/// How often the file of keys is looked at, and an address that did not answer.
const RELOAD: Duration = Duration::from_secs(5);
/// How often an address is asked for its keys.
const REFETCH: Duration = Duration::from_secs(60);

/// Whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// Who issues them (`iss`).
    pub issuer: String,
    /// For whom they are (`aud`).
    pub audience: String,
    /// Where the issuer's public keys are.
    pub jwks: Jwks,
    /// The claim that lists grants, as [`Grants::read`] reads them.
    #[serde(default = "grants_claim")]
    pub grants_claim: String,
}

fn grants_claim() -> String {
    "casetrail_grants".to_owned()
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
    /// An issuer whose keys are not known yet: no token of it is good.
    pub(crate) fn new(config: &Oidc) -> Self {
        let keys = Arc::new(RwLock::new(JwkSet { keys: Vec::new() }));
        Self { config: config.clone(), keys }
    }

    /// Takes its keys as they are now.
    ///
    /// # Errors
    /// [`JwksError`]; the keys stay as they were.
    pub(crate) async fn take_keys(&self) -> Result<(), JwksError> {
        let keys = self.config.jwks.fetch().await?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
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

    /// Takes up what changes in its keys, for as long as it is polled. A file that cannot be read
    /// any more is taken for no keys, since somebody has changed it; an address that does not answer
    /// for a while takes nothing away.
    pub(crate) async fn follow(self) {
        let mut seen = self.config.jwks.stamp();
        let mut wait = RELOAD;
        loop {
            tokio::time::sleep(wait).await;
            let stamp = self.config.jwks.stamp();
            let file = matches!(self.config.jwks, Jwks::File(_));
            if file && stamp == seen {
                continue;
            }
            seen = stamp;
            let taken = self.take_keys().await;
            wait = if file || taken.is_err() { RELOAD } else { REFETCH };
            if let Err(error) = taken {
                tracing::error!(error = &error as &dyn std::error::Error, "the issuer's keys");
                if file {
                    self.keys.write().unwrap_or_else(PoisonError::into_inner).keys.clear();
                }
            }
        }
    }
}

/// A name that may stand as `recordedby`, and means what it says.
fn is_name(subject: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:@|-".contains(&b);
    (1..=128).contains(&subject.len()) && subject.bytes().all(allowed)
}
