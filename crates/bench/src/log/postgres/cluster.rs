//! A PostgreSQL cluster of its own, gone when the benchmark is.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::geteuid;
use tokio_postgres::{Client, NoTls};

/// Where Debian keeps PostgreSQL's programs.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The programs of the newest PostgreSQL that is installed.
pub(in crate::log) fn installed() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).ok()?.filter_map(Result::ok);
    let numbered = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let programs = entry.path().join("bin");
        programs.join("initdb").is_file().then_some((version, programs))
    });
    numbered.max().map(|(_, programs)| programs)
}

/// Settings beside the defaults. The first three are the durability that is compared; the others
/// spare PostgreSQL work within the minutes that it runs.
const SETTINGS: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "wal_sync_method=fdatasync",
    "listen_addresses=",
    "max_connections=300",
    "shared_buffers=512MB",
    "max_wal_size=8GB",
    "min_wal_size=1GB",
    "checkpoint_timeout=30min",
    "autovacuum=off",
    "max_wal_senders=0",
    "wal_level=minimal",
    "logging_collector=off",
    "log_min_messages=warning",
];

/// Runs a program until standard input closes, which it does however the benchmark ends.
const UNTIL_INPUT_ENDS: &str = r#"
    trap "" INT
    "$@" <&- &
    child=$!
    read -r _
    kill -QUIT "$child"
    wait "$child"
"#;

const START_WAIT: Duration = Duration::from_secs(60);

/// A running cluster.
pub(in crate::log) struct Cluster {
    sockets: PathBuf,
    /// The shell that ends it.
    guard: Child,
}

impl Cluster {
    /// Makes a cluster in a new directory `dir` and starts it; by an unprivileged user where this
    /// process is root, which PostgreSQL refuses.
    pub(in crate::log) fn start(programs: &Path, dir: &Path) -> Result<Self> {
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
        guard.args(["-c", UNTIL_INPUT_ENDS, "sh"]).arg(programs.join("postgres"));
        guard.arg("-D").arg(&data).arg("-k").arg(&data);
        for setting in SETTINGS {
            guard.args(["-c", setting]);
        }
        guard.stdin(Stdio::piped()).stdout(Stdio::null());
        guard.stderr(fs::File::create(dir.with_extension("log"))?);
        let guard = guard.spawn().context("cannot start PostgreSQL")?;
        Ok(Self { sockets: data, guard })
    }

    /// Connects; waits for the cluster to start.
    pub(in crate::log) async fn connect(&self) -> Result<Client> {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.sockets).user("postgres").dbname("postgres");
        let begun = Instant::now();
        loop {
            match config.connect(NoTls).await {
                Ok((client, connection)) => {
                    tokio::spawn(connection);
                    return Ok(client);
                }
                Err(error) if begun.elapsed() > START_WAIT => {
                    return Err(error).context("PostgreSQL does not start");
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
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
