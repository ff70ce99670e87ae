//! Connections: where the database is, and how it is spoken to.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

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
/// What writes has no limit on statements: a commit that waits for standbys and is cancelled would
/// be acknowledged without them. Every question has its index, and a plan that was made
/// while the tables were small must not outlive that.
const SESSION: &str = "-c lock_timeout=30s -c idle_in_transaction_session_timeout=30s \
    -c default_transaction_isolation=read\\ committed -c default_transaction_read_only=off \
    -c enable_seqscan=off -c enable_bitmapscan=off -c jit=off";

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
        let mut config: Config = url.parse().map_err(|_| ConnectError::Address)?;
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
        config.options(format!("{SESSION} {own}"));
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
