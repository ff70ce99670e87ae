//! New databases of a cluster that goes when the process does.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use casetrail_cluster::{Cluster, installed};
use tokio::runtime::Runtime;
use tokio_postgres::SimpleQueryMessage;

use crate::program::run;

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

/// The first column of what a statement finds in a database.
fn sql(database: &str, statement: &str) -> Vec<String> {
    let Place { runtime, cluster } = PLACE.get_or_init(start);
    let found = runtime.block_on(async {
        let client = cluster.connect_to(database).await?;
        let rows = client.simple_query(statement).await?;
        let first = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        };
        Ok::<_, Box<dyn std::error::Error>>(rows.iter().filter_map(first).collect())
    });
    found.expect("an answer")
}

/// The URL of a new, empty database.
pub(crate) fn new_log(_: &Path) -> PathBuf {
    let name = format!("log{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    sql("postgres", &format!("CREATE DATABASE {name}"));
    PLACE.get_or_init(start).cluster.url(&name).into()
}

fn name_of(log: &Path) -> &str {
    log.file_name().and_then(|name| name.to_str()).expect("a database")
}

/// All files that hold what the log holds, once versions of rows that were replaced are gone.
pub(crate) fn files_of(log: &Path) -> Vec<PathBuf> {
    let database = name_of(log);
    for statement in ["VACUUM FULL", "CHECKPOINT"] {
        sql(database, statement);
    }
    let files = "SELECT pg_relation_filepath(c.oid) FROM pg_class c \
        WHERE c.relnamespace = 'casetrail'::regnamespace AND c.relkind IN ('r', 'i') \
        UNION ALL SELECT pg_relation_filepath(c.reltoastrelid) FROM pg_class c \
        WHERE c.relnamespace = 'casetrail'::regnamespace AND c.reltoastrelid <> 0";
    let data = PLACE.get_or_init(start).cluster.data();
    sql(database, files).iter().map(|file| data.join(file)).collect()
}

/// Begins a log with the origin and the key of another.
pub(crate) fn fork(of: &Path, log: &Path) {
    let said = |column: &str| sql(name_of(of), &format!("SELECT {column} FROM casetrail.log"));
    let (origin, key) = (said("origin").concat(), said("key").concat());
    let url = log.to_str().expect("UTF-8");
    run("casetrail", ["log", "init", "--log", url, "--origin", &origin]).ok();
    sql(name_of(log), &format!("UPDATE casetrail.log SET key = '{key}'"));
}
