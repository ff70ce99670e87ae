//! What is asked of the operating system for each connection.

use std::future::{Ready, ready};
use std::io;
use std::time::Duration;

use axum_server::accept::Accept;
use rustix::net::sockopt;
use tokio::net::TcpStream;

/// Lets the service hold as many connections and files as the system allows it at all: the lower
/// bound that it is started with, often 1,024, is for programs that use `select`.
pub(crate) fn allow_many() {
    let mut limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = rustix::process::setrlimit(rustix::process::Resource::Nofile, limit) {
        tracing::warn!(%error, "the number of open files stays as it is");
    }
}

/// Sends at once what there is to send, and breaks a connection whose other end takes nothing, or
/// is gone without a word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sockets {
    pub(crate) patience: Duration,
}

impl<S> Accept<TcpStream, S> for Sockets {
    type Stream = TcpStream;
    type Service = S;
    type Future = Ready<io::Result<(TcpStream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.set(&stream).map(|()| (stream, service)))
    }
}

impl Sockets {
    fn set(self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        sockopt::set_socket_keepalive(stream, true)?;
        sockopt::set_tcp_keepidle(stream, self.patience)?;
        let milliseconds = u32::try_from(self.patience.as_millis()).unwrap_or(u32::MAX);
        // Counts while the other end's window is shut, too (tcp(7)).
        sockopt::set_tcp_user_timeout(stream, milliseconds)?;
        Ok(())
    }
}
