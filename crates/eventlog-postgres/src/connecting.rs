//! Connections: where the database is, and how it is spoken to.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::{Client, Config, Connection, Socket, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a connection may take to come about.
const CONNECT_WAIT: Duration = Duration::from_secs(10);

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
    pub(crate) config: Config,
    pub(crate) tls: MakeRustlsConnect,
}

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
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(ConnectError::Tls)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { config, tls: MakeRustlsConnect::new(tls) })
    }

    /// A connection whose other half the caller drives.
    pub(crate) async fn connect_by_hand(
        &self,
    ) -> Result<(Client, Connection<Socket, Tls>), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }

    /// A connection driven by a task of its own.
    pub(crate) async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = self.connect_by_hand().await?;
        tokio::spawn(async move {
            // Whoever holds the client learns of it at the next query.
            if let Err(error) = connection.await {
                tracing::warn!(%error, "a connection to PostgreSQL ended");
            }
        });
        Ok(client)
    }
}
