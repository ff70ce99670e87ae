//! PostgreSQL clusters for tests and benchmarks: private, in a directory of their own, gone when
//! the process is.

mod proxy;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use tokio_postgres::{Client, NoTls};

pub use proxy::{Proxy, Traffic};

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

/// Settings of every cluster: sockets instead of ports, and all else, durability before all, as
/// PostgreSQL comes.
const SETTINGS: &[&str] = &[
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
    dir: PathBuf,
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
        let user = User::of(dir)?;
        let mut initdb = user.command(&programs.join("initdb"));
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]);
        initdb.arg("--no-sync").arg("--pgdata").arg(dir.join("data"));
        succeed(initdb).context("initdb")?;
        Self::run(programs, &user, settings)
    }

    /// Makes a standby of this cluster in a new directory and starts it; the primary knows it by
    /// `name`.
    ///
    /// # Errors
    /// When a program of PostgreSQL fails.
    pub fn standby(&self, programs: &Path, dir: &Path, name: &str) -> Result<Self> {
        let user = User::of(dir)?;
        let mut backup = user.command(&programs.join("pg_basebackup"));
        backup.args(["--username=postgres", "--checkpoint=fast", "--wal-method=stream"]);
        backup.args(["--no-sync", "--write-recovery-conf", "--host"]).arg(&self.dir);
        backup.arg("--pgdata").arg(dir.join("data"));
        succeed(backup).context("pg_basebackup")?;
        let from = self.dir.display();
        let from = format!("primary_conninfo=host={from} user=postgres application_name={name}");
        Self::run(programs, &user, &[&from, "wal_retrieve_retry_interval=100ms"])
    }

    fn run(programs: &Path, user: &User, settings: &[&str]) -> Result<Self> {
        let data = user.dir.join("data");
        let mut guard = user.command(Path::new("sh"));
        guard
            .env("CLUSTER", &user.dir)
            .args(["-c", UNTIL_INPUT_ENDS, "sh"])
            .arg(programs.join("postgres"));
        guard.arg("-D").arg(&data).arg("-k").arg(&user.dir);
        for setting in SETTINGS.iter().chain(settings) {
            guard.args(["-c", setting]);
        }
        guard.stdin(Stdio::piped()).stdout(Stdio::null());
        guard.stderr(fs::File::create(user.dir.join("log"))?);
        let guard = guard.spawn().context("cannot start PostgreSQL")?;
        // Beside the data: a backup would take the socket's lock along.
        Ok(Self { dir: user.dir.clone(), guard })
    }

    /// Kills it (SIGKILL): all of its processes, as when its machine ends.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&self) -> Result<()> {
        let file = fs::read_to_string(self.dir.join("data/postmaster.pid"))?;
        let pid: i32 = file.lines().next().context("a process")?.trim().parse()?;
        // The one that would start others goes first.
        let all = std::iter::once(pid).chain(children(pid)?);
        for pid in all.filter_map(Pid::from_raw) {
            // One that has ended by itself is fine.
            let _ = kill_process(pid, Signal::KILL);
        }
        Ok(())
    }

    /// The directory of its data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The socket that it listens on.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.dir.join(".s.PGSQL.5432")
    }

    /// A URL of a database that several clusters may have, of which the one that takes writes is
    /// meant.
    #[must_use]
    pub fn url_of_all(clusters: &[&Self], database: &str) -> String {
        let hosts: Vec<String> = clusters.iter().map(|cluster| cluster.host()).collect();
        let hosts = hosts.join(",");
        format!("postgres://postgres@{hosts}/{database}?target_session_attrs=read-write")
    }

    /// The directory of its socket, as it stands in a URL.
    fn host(&self) -> String {
        self.dir.to_string_lossy().replace('/', "%2F")
    }

    /// How to connect to one of its databases as its superuser.
    #[must_use]
    pub fn config(&self, database: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.dir).user("postgres").dbname(database);
        config
    }

    /// The same as a URL.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.host())
    }

    /// Connects; waits for the cluster to start.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn connect(&self) -> Result<Client> {
        self.connect_to("postgres").await
    }

    /// Connects to a database that exists; waits for the cluster to start.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn connect_to(&self, database: &str) -> Result<Client> {
        let config = self.config(database);
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

/// Whose a cluster is, and where.
struct User {
    /// `None`: whoever runs this.
    ids: Option<(u32, u32)>,
    dir: PathBuf,
}

impl User {
    /// The owner of a new directory.
    fn of(dir: &Path) -> Result<Self> {
        fs::create_dir(dir)?;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
        let ids = if geteuid().is_root() { Some(unprivileged()?) } else { None };
        if let Some((user, group)) = ids {
            chown(dir, Some(user), Some(group))?;
        }
        Ok(Self { ids, dir: dir.to_owned() })
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.ids {
            command.uid(user).gid(group);
        }
        command.current_dir(&self.dir);
        command
    }
}

fn succeed(mut command: Command) -> Result<()> {
    let done = command.output().context("it cannot be run")?;
    let errors = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "it failed: {}", errors.trim_end());
    Ok(())
}

/// The processes that a process has started.
fn children(of: i32) -> Result<Vec<i32>> {
    let processes = fs::read_dir("/proc")?.filter_map(Result::ok);
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_child = |pid: &i32| {
        // One that has ended meanwhile is nobody's child.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // Behind the name, which may hold anything: state, then parent.
        let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1));
        parent.and_then(|parent| parent.parse().ok()) == Some(of)
    };
    Ok(numbers.filter(is_child).collect())
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
