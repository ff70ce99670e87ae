//! PostgreSQL clusters for tests and benchmarks: private, in a directory of their own, gone when
//! the process is.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::geteuid;
use tokio_postgres::{Client, NoTls};

/// Where Debian keeps PostgreSQL's programs.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The programs of the newest PostgreSQL that is installed.
#[must_use]
pub fn installed() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).ok()?.filter_map(Result::ok);
    let numbered = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let programs = entry.path().join("bin");
        programs.join("initdb").is_file().then_some((version, programs))
    });
    numbered.max().map(|(_, programs)| programs)
}

/// Settings of every cluster: durability as in production, sockets instead of ports.
const SETTINGS: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "wal_sync_method=fdatasync",
    "listen_addresses=",
    "max_connections=300",
    "logging_collector=off",
    "log_min_messages=warning",
];

/// Runs a program until standard input closes, which it does however the process ends that holds
/// it; then the cluster goes.
const UNTIL_INPUT_ENDS: &str = r#"
    trap "" INT
    "$@" <&- &
    child=$!
    read -r _
    kill -QUIT "$child"
    wait "$child"
    rm -rf "$CLUSTER"
"#;

const START_WAIT: Duration = Duration::from_secs(60);

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    sockets: PathBuf,
    /// The shell that ends it.
    guard: Child,
}

impl Cluster {
    /// Makes a cluster in a new directory `dir` and starts it; by an unprivileged user where this
    /// process is root, which PostgreSQL refuses. `settings` come on top of the usual ones.
    ///
    /// # Errors
    /// When a program of PostgreSQL fails.
    pub fn start(programs: &Path, dir: &Path, settings: &[&str]) -> Result<Self> {
        fs::create_dir(dir)?;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
        let user = if geteuid().is_root() { Some(unprivileged()?) } else { None };
        if let Some((user, group)) = user {
            chown(dir, Some(user), Some(group))?;
        }
        let by_user = |mut command: Command| {
            if let Some((user, group)) = user {
                command.uid(user).gid(group);
            }
            command.current_dir(dir);
            command
        };
        let data = dir.join("data");
        let mut initdb = by_user(Command::new(programs.join("initdb")));
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]);
        initdb.arg("--no-sync").arg("--pgdata").arg(&data);
        let made = initdb.output().context("cannot run initdb")?;
        let errors = String::from_utf8_lossy(&made.stderr);
        ensure!(made.status.success(), "initdb failed: {}", errors.trim_end());

        let mut guard = by_user(Command::new("sh"));
        guard
            .env("CLUSTER", dir)
            .args(["-c", UNTIL_INPUT_ENDS, "sh"])
            .arg(programs.join("postgres"));
        guard.arg("-D").arg(&data).arg("-k").arg(&data);
        for setting in SETTINGS.iter().chain(settings) {
            guard.args(["-c", setting]);
        }
        guard.stdin(Stdio::piped()).stdout(Stdio::null());
        guard.stderr(fs::File::create(dir.join("log"))?);
        let guard = guard.spawn().context("cannot start PostgreSQL")?;
        Ok(Self { sockets: data, guard })
    }

    /// How to connect to one of its databases as its superuser.
    #[must_use]
    pub fn config(&self, database: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.sockets).user("postgres").dbname(database);
        config
    }

    /// The same as a URL.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let sockets = self.sockets.to_string_lossy().replace('/', "%2F");
        format!("postgres://postgres@{sockets}/{database}")
    }

    /// Connects; waits for the cluster to start.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn connect(&self) -> Result<Client> {
        let config = self.config("postgres");
        let connecting = async {
            loop {
                if let Ok((client, connection)) = config.connect(NoTls).await {
                    tokio::spawn(connection);
                    return client;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let connected = tokio::time::timeout(START_WAIT, connecting).await;
        connected.context("PostgreSQL does not start")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // Nothing can be done about a shell that does not end.
        drop(self.guard.wait());
    }
}

/// User and group that a cluster may belong to.
fn unprivileged() -> Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").context("cannot read the list of users")?;
    for name in ["postgres", "nobody"] {
        let user = users.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [found, _, user, group, ..] = fields[..] else { return None };
            (found == name).then(|| user.parse().ok().zip(group.parse().ok()))?
        });
        if let Some(user) = user {
            return Ok(user);
        }
    }
    bail!("there is no unprivileged user to run PostgreSQL as")
}
