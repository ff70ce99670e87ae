//! How the service is set up: what a file, the environment and flags may say.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cors;
use crate::oidc::Oidc;

/// How the service is set up. A file of it is TOML with these names; what it leaves out has the
/// default, and a name that it does not know is an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whether something in front speaks TLS to clients: then addresses that others reach may be
    /// listened at in the clear.
    pub behind_proxy: bool,
    /// Certificate and key.
    pub tls: Option<Tls>,
    /// Up to which count cells are masked for those who may see aggregates alone.
    pub small_cells: u32,
    /// Origins whose pages may ask from a browser, as `https://example.org`; nobody's, unless they
    /// are named.
    pub allowed_origins: Vec<String>,
    /// An identity provider whose access tokens are taken, beside keys.
    pub oidc: Option<Oidc>,
    /// What is taken at most.
    pub limits: Limits,
}

/// Files in PEM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate, and those above it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What is taken at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a body, but for a stream of lines, which has no end.
    pub body_bytes: usize,
    /// Bytes of all headers of a request together.
    pub header_bytes: usize,
    /// Seconds in which the headers of a request come.
    pub header_seconds: u64,
    /// Seconds between two pieces of a body.
    pub idle_seconds: u64,
    /// Seconds in which an answer begins.
    pub answer_seconds: u64,
    /// Seconds that a question waits for the position it is put at.
    pub reach_seconds: u64,
    /// Seconds in which what is under way may end when the service stops.
    pub stop_seconds: u64,
    /// Requests under way at once, followers apart.
    pub requests: usize,
    /// Streams of lines coming in at once.
    pub streams: usize,
    /// Followers at once.
    pub followers: usize,
    /// Seconds between two signs of life to a follower.
    pub heartbeat_seconds: u64,
    /// Requests a second under one name; 0: any number.
    pub requests_per_second: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8700)),
            behind_proxy: false,
            tls: None,
            small_cells: 10,
            allowed_origins: Vec::new(),
            oidc: None,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 16 << 20,
            header_bytes: 64 << 10,
            header_seconds: 10,
            idle_seconds: 30,
            answer_seconds: 30,
            reach_seconds: 5,
            stop_seconds: 20,
            requests: 1024,
            streams: 64,
            followers: 4096,
            heartbeat_seconds: 15,
            requests_per_second: 10_000,
        }
    }
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not the TOML that it is to be.
    #[error("not a configuration")]
    Form(#[from] toml::de::Error),
    /// Others would read what is said.
    #[error(
        "{0} can be reached from outside: give it a certificate and a key (tls), or say \
         behind_proxy = true where something in front speaks TLS"
    )]
    InTheClear(SocketAddr),
    /// No scheme and host, or more than them.
    #[error("{0} is no origin: scheme and host, with a port where it is not the usual one")]
    Origin(String),
    /// A limit that next to nothing passes.
    #[error("limits.{0} is too small")]
    TooSmall(&'static str),
}

impl Config {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`ConfigError::Form`].
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        Ok(toml::from_str(text)?)
    }

    /// Looks for what cannot be meant.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.tls.is_none() && !self.behind_proxy && !self.listen.ip().is_loopback() {
            return Err(ConfigError::InTheClear(self.listen));
        }
        if let Some(other) = self.allowed_origins.iter().find(|origin| !cors::is_origin(origin)) {
            return Err(ConfigError::Origin(other.clone()));
        }
        let limits = &self.limits;
        let small = [
            ("body_bytes", limits.body_bytes == 0),
            ("header_bytes", limits.header_bytes < 8192),
            ("header_seconds", limits.header_seconds == 0),
            ("idle_seconds", limits.idle_seconds == 0),
            ("answer_seconds", limits.answer_seconds == 0),
            ("requests", limits.requests == 0),
            ("streams", limits.streams == 0),
            ("followers", limits.followers == 0),
            ("heartbeat_seconds", limits.heartbeat_seconds == 0),
        ];
        match small.iter().find(|(_, small)| *small) {
            Some((name, _)) => Err(ConfigError::TooSmall(name)),
            None => Ok(()),
        }
    }
}

/// So many seconds.
pub(crate) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
