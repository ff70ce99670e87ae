//! Connections: where the database is, and how it is spoken to.

use std::future::poll_fn;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::rows::told;

/// How long a connection may take to come about.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// How long the other side may be silent to what was sent before the connection is given up.
const SILENCE: Duration = Duration::from_secs(30);

/// What a session is told at its start; what the address says comes behind it, and wins.
///
/// Every question has its index, and a plan that was made while the tables were small must not
/// outlive that.
const SESSION: &str = "-c lock_timeout=30s -c idle_in_transaction_session_timeout=30s \
    -c default_transaction_isolation=read\\ committed -c default_transaction_read_only=off \
    -c enable_seqscan=off -c enable_bitmapscan=off -c jit=off";

/// What is told a session that writes, which has no limit on statements whatever its login has: a
/// commit that waits for standbys and is cancelled would stand on one machine alone.
const WRITER: &str = "-c statement_timeout=0";

/// What a reader's session is told besides.
const READER: &str = "-c statement_timeout=60s";

/// Why the database cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// What was given is not where a database is. What it says may hold a password, so it is not
    /// repeated.
    #[error("not the address of a PostgreSQL database: expected postgres://USER@HOST/DATABASE")]
    Address,
    /// The machine's certificates cannot be read.
    #[error("TLS cannot be used")]
    Tls(#[source] rustls::Error),
    /// The database does not answer, or refuses.
    #[error("cannot connect to PostgreSQL")]
    Database(#[from] tokio_postgres::Error),
}

/// Where the database is, and how it is spoken to.
#[derive(Clone)]
pub(crate) struct Database {
    config: Config,
    /// For connections that only read.
    pub(crate) readers: Config,
    pub(crate) tls: MakeRustlsConnect,
}

/// Whether the database has warned on a connection.
pub(crate) type Warned = Arc<AtomicBool>;

type Tls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

impl Database {
    /// The database at a URL; `password` is used where the URL says none.
    pub(crate) fn at(url: &str, password: Option<&str>) -> Result<Self, ConnectError> {
        let mut config = with_tls(url).ok_or(ConnectError::Address)?;
        if config.get_password().is_none()
            && let Some(password) = password
        {
            config.password(password);
        }
        if config.get_application_name().is_none() {
            config.application_name("casetrail");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_WAIT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        config.keepalives_idle(SILENCE);
        let own = config.get_options().unwrap_or_default().to_owned();
        let mut readers = config.clone();
        readers.options(format!("{SESSION} {READER} {own}"));
        config.options(format!("{SESSION} {WRITER} {own}"));
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(ConnectError::Tls)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { config, readers, tls: MakeRustlsConnect::new(tls) })
    }

    /// A connection whose other half the caller drives.
    pub(crate) async fn connect_by_hand(
        &self,
    ) -> Result<(Client, Connection<Socket, Tls>), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }

    /// A connection driven by a task of its own, and whether the database warns on it.
    pub(crate) async fn connect(&self) -> Result<(Client, Warned), tokio_postgres::Error> {
        let (client, mut connection) = self.connect_by_hand().await?;
        let warned = Warned::default();
        let warns = Arc::clone(&warned);
        tokio::spawn(async move {
            while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
                match message {
                    Ok(AsyncMessage::Notice(said)) if *said.code() == SqlState::WARNING => {
                        warns.store(true, Ordering::Relaxed);
                        tracing::warn!(warning = said.message(), "PostgreSQL warns");
                    }
                    Ok(_) => {}
                    // Whoever holds the client learns of it at the next query.
                    Err(error) => {
                        let error = told(&error);
                        return tracing::warn!(error, "a connection to PostgreSQL ended");
                    }
                }
            }
        });
        Ok((client, warned))
    }
}

/// What an address says. Over a network it is spoken TLS, unless the address says otherwise; a
/// certificate is always held against the machine's roots and the host's name, so that
/// `verify-ca` and `verify-full` ask for nothing more.
fn with_tls(url: &str) -> Option<Config> {
    let url = url.replace("sslmode=verify-full", "sslmode=require");
    let url = url.replace("sslmode=verify-ca", "sslmode=require");
    let mut config: Config = url.parse().ok()?;
    if !url.contains("sslmode=") && !is_near(&config) {
        config.ssl_mode(SslMode::Require);
    }
    Some(config)
}

fn is_near(config: &Config) -> bool {
    config.get_hosts().iter().all(is_local)
        && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// Whether what is said to a host stays on this machine.
fn is_local(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            let address = name.parse::<IpAddr>();
            name == "localhost" || address.is_ok_and(|address| address.is_loopback())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> SslMode {
        with_tls(url).unwrap().get_ssl_mode()
    }

    #[test]
    fn over_a_network_tls_is_spoken() {
        for local in ["u@localhost/x", "u@127.0.0.1/x", "u@[::1]/x", "u@%2Ftmp/x"] {
            assert_eq!(mode(&format!("postgres://{local}")), SslMode::Prefer, "{local}");
        }
        assert_eq!(mode("postgres://u@db.example/x"), SslMode::Require);
        assert_eq!(mode("postgres://u@localhost,10.0.0.1/x"), SslMode::Require);
        for said in ["require", "verify-ca", "verify-full"] {
            assert_eq!(mode(&format!("postgres://u@h/x?sslmode={said}")), SslMode::Require);
        }
        assert_eq!(mode("postgres://u@db.example/x?sslmode=disable"), SslMode::Disable);
        assert_eq!(mode("postgres://u@db.example/x?sslmode=prefer"), SslMode::Prefer);
        assert!(with_tls("postgres://u@h/x?sslmode=never").is_none());
    }
}
