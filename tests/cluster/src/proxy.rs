//! A proxy between a server and its database, whose lines can be slow, silent or cut.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What becomes of bytes on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    /// They pass.
    Flows,
    /// Each piece waits so long.
    Slow(Duration),
    /// None passes.
    Stands,
}

/// A proxy: what connects to it reaches a cluster. It ends when dropped, and with it all lines.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    traffic: watch::Sender<Traffic>,
    /// How often all lines were cut.
    cuts: watch::Sender<u64>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port for connections to the socket of a cluster.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start(socket: PathBuf) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port")?;
        let address = listener.local_addr()?;
        let (traffic, flowing) = watch::channel(Traffic::Flows);
        let (cuts, cut) = watch::channel(0);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, socket.clone(), flowing.clone(), cut.clone()));
            }
        });
        Ok(Self { address, traffic, cuts, accepting })
    }

    /// The URL of a database behind it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}?sslmode=disable", self.address)
    }

    /// Changes what becomes of bytes.
    pub fn let_it(&self, traffic: Traffic) {
        self.traffic.send_replace(traffic);
    }

    /// Cuts every line that there is.
    pub fn cut(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Carries one connection until either side ends it, or it is cut.
async fn carry(
    client: TcpStream,
    socket: PathBuf,
    traffic: watch::Receiver<Traffic>,
    mut cut: watch::Receiver<u64>,
) {
    let Ok(server) = UnixStream::connect(Path::new(&socket)).await else { return };
    cut.mark_unchanged();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pass(from_client, to_server, traffic.clone()) => {}
        () = pass(from_server, to_client, traffic) => {}
        _ = cut.changed() => {}
    }
}

async fn pass(
    mut from: impl tokio::io::AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
    mut traffic: watch::Receiver<Traffic>,
) {
    let mut piece = vec![0; 4096];
    while let Ok(count @ 1..) = from.read(&mut piece).await {
        let now = *traffic.borrow_and_update();
        match now {
            Traffic::Flows => {}
            Traffic::Slow(wait) => tokio::time::sleep(wait).await,
            // Without the sender nothing flows any more either.
            Traffic::Stands => {
                if traffic.wait_for(|now| *now != Traffic::Stands).await.is_err() {
                    return;
                }
            }
        }
        if to.write_all(&piece[..count]).await.is_err() {
            return;
        }
    }
}
