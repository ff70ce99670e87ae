//! Listening, and stopping in order.

use std::io;
use std::net::TcpListener;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;

use crate::config::{ConfigError, Limits, seconds};
use crate::routes::router;
use crate::service::Service;
use crate::sockets::{Sockets, allow_many};

/// Why the service does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It is not set up well.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Certificate or key cannot be used.
    #[error("the certificate or its key cannot be used")]
    Tls(#[source] io::Error),
    /// The connection broke where all others come from.
    #[error("cannot listen")]
    Listen(#[source] io::Error),
}

/// Answers what comes to `listener` until `stop` comes; then takes nothing more, and lets what is
/// under way end within `limits.stop_seconds`.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    service: Service,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let config = service.config().clone();
    config.check()?;
    allow_many();
    let handle = Handle::new();
    let stopper = handle.clone();
    let stopping = service.stopping().clone();
    let patience = seconds(config.limits.stop_seconds);
    tokio::spawn(async move {
        stop.await;
        stopping.cancel();
        stopper.graceful_shutdown(Some(patience));
    });
    let sockets = Sockets { patience: seconds(config.limits.idle_seconds) };
    let first = seconds(config.limits.header_seconds);
    let make = router(&service).into_make_service();
    match &config.tls {
        None => {
            let server = axum_server::from_tcp(listener).map_err(ServeError::Listen)?;
            let mut server = server.handle(handle).acceptor(sockets);
            bound(server.http_builder(), &config.limits);
            let server = server.first_request_timeout(first);
            server.serve(make).await.map_err(ServeError::Listen)
        }
        Some(tls) => {
            let pair = RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await;
            let pair = pair.map_err(ServeError::Tls)?;
            let server =
                axum_server::from_tcp_rustls(listener, pair).map_err(ServeError::Listen)?;
            let mut server = server.handle(handle).map(|tls| tls.acceptor(sockets));
            bound(server.http_builder(), &config.limits);
            let server = server.first_request_timeout(first);
            server.serve(make).await.map_err(ServeError::Listen)
        }
    }
}

type Builder = hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>;

/// Bounds what a connection may take before a request is there.
fn bound(builder: &mut Builder, limits: &Limits) {
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(seconds(limits.header_seconds))
        .max_buf_size(limits.header_bytes);
    let header_bytes = u32::try_from(limits.header_bytes).unwrap_or(u32::MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(header_bytes)
        .max_concurrent_streams(128)
        .keep_alive_interval(seconds(limits.idle_seconds))
        .keep_alive_timeout(seconds(limits.idle_seconds));
}
