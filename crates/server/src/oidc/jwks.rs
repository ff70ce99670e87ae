//! The public keys of an identity provider: where they are, and fetching them.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::http::{Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use url::{Host, Url};

use crate::client::{ClientError, authority, connect, target};

/// How long a provider may take to give its keys.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a key set at most.
const BYTES_MAX: usize = 1 << 20;

/// Where the public keys of an identity provider are: a JSON Web Key Set (RFC 7517, 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Jwks {
    /// In a file, which is read again when it changes.
    File(PathBuf),
    /// At an address, asked again every minute: https, or http on this machine.
    Url(Url),
}

/// Why keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    /// The file cannot be read.
    #[error("cannot read the issuer's keys in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The address cannot be reached.
    #[error("cannot fetch the issuer's keys")]
    Unreachable(#[from] ClientError),
    /// What is there is no key set.
    #[error("what {0} answers is no key set")]
    Answer(Url),
}

impl TryFrom<String> for Jwks {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if !text.contains("://") {
            return Ok(Self::File(text.into()));
        }
        let url: Url = text.parse().map_err(|_| "no address")?;
        let here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        // Whoever could change the keys on their way could make tokens.
        match url.scheme() {
            "https" => Ok(Self::Url(url)),
            "http" if here => Ok(Self::Url(url)),
            _ => Err("keys are fetched by https, or from this machine"),
        }
    }
}

impl From<Jwks> for String {
    fn from(jwks: Jwks) -> Self {
        match jwks {
            Jwks::File(path) => path.display().to_string(),
            Jwks::Url(url) => url.into(),
        }
    }
}

/// What tells that a file has changed.
pub(super) type Stamp = Option<(SystemTime, u64)>;

impl Jwks {
    /// The keys, as they are now.
    ///
    /// # Errors
    /// [`JwksError`].
    pub(super) async fn fetch(&self) -> Result<JwkSet, JwksError> {
        match self {
            Self::File(path) => {
                let failed = |source| JwksError::File { path: path.clone(), source };
                let bytes = std::fs::read(path).map_err(failed)?;
                serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))
            }
            Self::Url(url) => {
                let answered = timeout(PATIENCE, ask(url)).await;
                answered.unwrap_or_else(|_| Err(JwksError::Answer(url.clone())))
            }
        }
    }

    pub(super) fn stamp(&self) -> Stamp {
        let Self::File(path) = self else { return None };
        let file = std::fs::metadata(path).ok()?;
        Some((file.modified().ok()?, file.len()))
    }
}

async fn ask(url: &Url) -> Result<JwkSet, JwksError> {
    let answer = || JwksError::Answer(url.clone());
    let mut sender = connect(url, None).await?;
    let request = Request::get(target(url))
        .header(header::HOST, authority(url))
        .header(header::ACCEPT, "application/json")
        .body(Full::new(Bytes::new()))
        .map_err(|_| answer())?;
    let response = sender.send_request(request).await.map_err(|_| answer())?;
    if !response.status().is_success() {
        return Err(answer());
    }
    let body = Limited::new(response.into_body(), BYTES_MAX).collect().await;
    let body = body.map_err(|_| answer())?.to_bytes();
    serde_json::from_slice(&body).map_err(|_| answer())
}
