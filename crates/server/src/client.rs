//! A connection to another service: that of the command line to this one, and of this one to the
//! identity provider.

use std::io;
use std::path::Path;
use std::sync::Arc;

use axum::body::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No host, or neither http nor https.
    #[error("{0} is no http or https address")]
    Address(Url),
    /// Certificates to trust that cannot be read.
    #[error("cannot read the certificates in {0}")]
    Certificates(String, #[source] io::Error),
    /// Nobody answers there, or somebody else.
    #[error("cannot reach {0}")]
    Unreachable(Url, #[source] io::Error),
}

/// What sends requests on a connection, one after the other. The connection ends with it.
pub type Sender = SendRequest<Full<Bytes>>;

/// Connects to the service at a URL, with TLS if its scheme says so. A file with certificates (PEM)
/// is trusted in place of what the system trusts.
///
/// # Errors
/// [`ClientError`].
pub async fn connect(url: &Url, trusted: Option<&Path>) -> Result<Sender, ClientError> {
    let address = || ClientError::Address(url.clone());
    let unreachable = |why: io::Error| ClientError::Unreachable(url.clone(), why);
    let tls = match url.scheme() {
        "http" => false,
        "https" => true,
        _ => return Err(address()),
    };
    let host = url.host_str().ok_or_else(address)?.trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().ok_or_else(address)?;
    let connector = tls.then(|| config(trusted)).transpose()?;
    let stream = TcpStream::connect((host.as_str(), port)).await.map_err(unreachable)?;
    let Some(config) = connector else { return speak(stream).await.map_err(unreachable) };
    let server = ServerName::try_from(host).map_err(|_| address())?;
    let connector = TlsConnector::from(Arc::new(config));
    speak(connector.connect(server, stream).await.map_err(unreachable)?).await.map_err(unreachable)
}

async fn speak<S>(stream: S) -> io::Result<Sender>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    // What breaks off is told to whoever waits for an answer.
    tokio::spawn(connection);
    Ok(sender)
}

fn config(trusted: Option<&Path>) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = trusted {
        let failed = |why| ClientError::Certificates(path.display().to_string(), why);
        let mut read = || {
            for certificate in CertificateDer::pem_file_iter(path).map_err(io::Error::other)? {
                roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
            }
            Ok(())
        };
        read().map_err(failed)?;
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("the provider has suites for them");
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// The target of a request for a URL, as HTTP/1.1 writes it.
#[must_use]
pub fn target(url: &Url) -> &str {
    &url[url::Position::BeforePath..url::Position::AfterQuery]
}

/// The `Host` of a request for a URL.
#[must_use]
pub fn authority(url: &Url) -> &str {
    &url[url::Position::BeforeHost..url::Position::AfterPort]
}
