//! New databases of a cluster that goes when the process does.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use casetrail_cluster::{Cluster, installed};
use tokio::runtime::Runtime;

struct Place {
    runtime: Runtime,
    cluster: Cluster,
}

static PLACE: OnceLock<Place> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

fn start() -> Place {
    let programs = installed().expect("PostgreSQL is installed: tests/install does it");
    let dir = std::env::temp_dir().join(format!("casetrail-cluster-{}", std::process::id()));
    // Durability is tested elsewhere; a commit waits all the same.
    let cluster = Cluster::start(&programs, &dir, &[]).expect("a cluster");
    Place { runtime: Runtime::new().expect("a runtime"), cluster }
}

/// The URL of a new, empty database.
pub(crate) fn new_log(_: &Path) -> PathBuf {
    let Place { runtime, cluster } = PLACE.get_or_init(start);
    let name = format!("log{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let made = runtime.block_on(async {
        let client = cluster.connect().await?;
        Ok::<_, Box<dyn std::error::Error>>(
            client.batch_execute(&format!("CREATE DATABASE {name}")).await?,
        )
    });
    made.expect("a database");
    cluster.url(&name).into()
}
