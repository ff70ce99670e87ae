//! `casetrail serve`: the log over HTTP.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use eventlog_embedded::{EmbeddedLog, Options, SystemClock};
use projection::{Follower, Snapshots};
use server::{AccessLog, Config, Keys, Parts, Service, Tls};
use tokio::signal::unix::{SignalKind, signal};

use super::{config, keys};
use crate::Failure;
use crate::opened::{LogArgs, Opened, ServiceDir};
use crate::output::tell;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    own: ServiceDir,
    /// How the service is set up (TOML); what flags and the environment say goes before it
    #[arg(long, env = "CASETRAIL_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen; port 0: any that is free
    #[arg(long, env = "CASETRAIL_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The certificate and those above it (PEM)
    #[arg(long, env = "CASETRAIL_TLS_CERTIFICATE", value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, env = "CASETRAIL_TLS_KEY", value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// The name of a new log, for ever; default: a random one
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// For trials, on this machine alone: print a key that may do everything until the service ends
    #[arg(long)]
    dev: bool,
}

impl Args {
    fn config(&self) -> Result<Config, Failure> {
        let mut config = self.config.as_deref().map_or(Ok(Config::default()), config::read)?;
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        if let (Some(certificate), Some(key)) = (&self.tls_certificate, &self.tls_key) {
            config.tls = Some(Tls { certificate: certificate.clone(), key: key.clone() });
        }
        config.check().map_err(Failure::wrong_use)?;
        if self.dev && !config.listen.ip().is_loopback() {
            return Err(Failure::WrongUse(anyhow!("--dev listens on this machine alone")));
        }
        Ok(config)
    }
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let config = args.config()?;
    tell_of_panics();
    let own = args.own.of(&args.log.log)?;
    let key_file = keys::key_file(&own);
    let keys = Keys::of_file(&key_file).map_err(Failure::wrong_use)?;
    let name = || format!("cannot listen on {}", config.listen);
    let listener = TcpListener::bind(config.listen).with_context(name)?;
    let address = listener.local_addr().with_context(name)?;

    let opened = args.log.open_or_begin(args.origin.clone()).await?;
    let log = opened.shared();
    journal::durable::create_dir(&own)?;
    let accesses = EmbeddedLog::open(&own.join("access"), Options::default());
    let accesses = Arc::new(accesses.context("cannot open the log of accesses")?);
    let snapshots = Snapshots::of_log(match &opened {
        Opened::Embedded(_) => &args.log.log,
        Opened::Postgres(_) | Opened::Export(_) => &own,
    });
    let projection = snapshots.load(log.as_ref()).await.unwrap_or_default();
    let mut follower = Follower::start(log.clone(), projection).await?;
    let view = follower.view();

    let clock = Arc::new(SystemClock);
    let service = Service::new(Parts {
        log: log.clone(),
        view: view.clone(),
        keys: keys.clone(),
        access: AccessLog::new(accesses.clone(), clock.clone()),
        clock,
        config,
    });
    service.meet_issuer().await.map_err(Failure::wrong_use)?;
    let followed = service.clone();
    let following = tokio::spawn(async move {
        let error = follower.run().await;
        followed.follows_no_more();
        tracing::error!(%error, "the projection follows the log no more");
    });
    let token = args.dev.then(|| keys.one_time());
    let reloading = tokio::spawn(keys.follow(key_file));
    let issuing = tokio::spawn(service.clone().follow_issuer());
    let stop = stop_signal()?;
    let scheme = if service.has_tls() { "https" } else { "http" };
    tell(&format!("casetrail listens on {scheme}://{address}"));
    if let Some(token) = token {
        tell(&format!("one-time key, for trials: {}", token.reveal()));
    }
    server::serve(service, listener, stop).await?;
    reloading.abort();
    following.abort();
    issuing.abort();
    // Without a snapshot, the next start is only slower.
    let _ = snapshots.keep(&view.now().projection, log.as_ref()).await;
    accesses.close()?;
    opened.close()?;
    Ok(())
}

/// A panic is told by its place alone: what it says may hold what an event says.
fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "the program made a mistake");
    }));
}

/// Comes with SIGTERM or SIGINT.
fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
