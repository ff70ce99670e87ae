//! Clusters and logs for the tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use casetrail_cluster::{Cluster, installed};
use eventlog::{Clock, SeededEntropy};
use eventlog_postgres::{Options, PostgresLog};
use tokio_postgres::Client;

/// A cluster, which goes with the process: also a static, that nobody drops.
pub(crate) struct Place {
    pub(crate) cluster: Cluster,
    databases: AtomicU32,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let programs = installed().expect("PostgreSQL is installed: tests/install does it");
        let dir = std::env::temp_dir().join(format!("casetrail-cluster-{}", std::process::id()));
        let cluster = Cluster::start(&programs, &dir, &[]).unwrap();
        cluster.connect().await.unwrap();
        Self { cluster, databases: AtomicU32::new(0) }
    }

    /// The URL of a new, empty database.
    pub(crate) async fn database(&self) -> String {
        self.cluster.url(&self.named_database().await)
    }

    /// The name of a new, empty database.
    pub(crate) async fn named_database(&self) -> String {
        let name = format!("log{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let client = self.cluster.connect().await.unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        name
    }

    /// A connection to a database, past everything.
    pub(crate) async fn sql(&self, database: &str) -> Client {
        self.cluster.connect_to(database).await.unwrap()
    }
}

/// The code that PostgreSQL refuses a statement with.
pub(crate) async fn refused(client: &Client, statement: &str) -> String {
    let error = client.batch_execute(statement).await.unwrap_err();
    error.code().unwrap_or_else(|| panic!("{error}")).code().to_owned()
}

/// A server of the log of a database.
pub(crate) async fn open(url: &str, seed: u64, clock: Option<Arc<dyn Clock>>) -> PostgresLog {
    let options = Options { clock, ..Options::new(SeededEntropy(seed)) };
    PostgresLog::open(url, options).await.unwrap()
}

/// Begins a log.
pub(crate) async fn init(url: &str, origin: &str) {
    let options = Options { origin: Some(origin.to_owned()), ..Options::new(SeededEntropy(1)) };
    PostgresLog::init(url, options).await.unwrap();
}
