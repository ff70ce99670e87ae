//! Starting the programs under test: plainly, or with the shim before the C library.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::tape::{self, Call};

/// The library that is preloaded; the build script makes it.
pub const SHIM: &str = env!("CRASH_SHIM");

/// How long a program may take that takes a second.
const PATIENCE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(2);

/// What is put to the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The event log.
    Log,
    /// sled alone, its `flush` taken for durable: known to lose.
    Sled,
}

impl Subject {
    fn work(self) -> &'static str {
        match self {
            Self::Log => "work",
            Self::Sled => "sled-work",
        }
    }

    fn check(self) -> &'static str {
        match self {
            Self::Log => "check",
            Self::Sled => "sled-check",
        }
    }
}

/// The program `crash`, as it is to be started: it is its own program under test.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    subject: Subject,
    bug: Option<String>,
}

/// How a program came to its end.
#[derive(Debug)]
pub struct Ended {
    /// Its status; `None` if it had to be killed for taking too long.
    pub status: Option<ExitStatus>,
    /// What it wrote to standard output, if that was kept.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// What a program did and how it ended.
#[derive(Debug)]
pub struct Recording {
    /// Everything it did.
    pub calls: Vec<Call>,
    /// How it ended.
    pub ended: Ended,
}

impl Program {
    /// The program at that path.
    #[must_use]
    pub fn new(path: &Path, subject: Subject) -> Self {
        Self { path: path.to_owned(), subject, bug: None }
    }

    /// The same with a seeded bug in its engine, where it was built with them.
    #[must_use]
    pub fn with_bug(mut self, bug: Option<&str>) -> Self {
        self.bug = bug.map(str::to_owned);
        self
    }

    /// What it puts to the test.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        self.subject
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.stdin(Stdio::null()).env_remove("LD_PRELOAD").env_remove("RUST_LOG");
        match &self.bug {
            Some(bug) => command.env("CASETRAIL_SEEDED_BUG", bug),
            None => command.env_remove("CASETRAIL_SEEDED_BUG"),
        };
        command
    }

    /// The program at work on a log, not yet started.
    #[must_use]
    pub fn work(&self, log: &Path, arguments: &[String]) -> Command {
        let mut command = self.command();
        command.arg(self.subject.work()).arg("--dir").arg(log).args(arguments);
        command
    }

    /// Lets the program work, and records what it does below `place`, in `root`, behind what is
    /// recorded there already. Its syncs take no time but what a disk would; `fault` is for the
    /// shim.
    ///
    /// # Errors
    /// Where it cannot be started or the recording not be read.
    pub fn record(
        &self,
        place: &Place,
        arguments: &[String],
        fault: Option<&str>,
    ) -> Result<Recording> {
        let mut command = self.work(&place.log(), arguments);
        command.env("LD_PRELOAD", SHIM).env("CRASH_ROOT", place.root());
        command.env("CRASH_TAPE", place.tape()).env("CRASH_SYNC", SYNC_MICROS);
        if let Some(fault) = fault {
            command.env("CRASH_FAULT", fault);
        }
        let ended = run(&mut command, place)?;
        let bytes = std::fs::read(place.tape()).context("the shim made no recording")?;
        Ok(Recording { calls: tape::read(&bytes)?, ended })
    }

    /// Lets the program compare the log with claims; it goes on with the log then. Answers with
    /// the claims that follow.
    ///
    /// # Errors
    /// What the program found, or that it found no end.
    pub fn check(&self, place: &Place, claims: &str, session: u64) -> Result<String> {
        let file = place.path("claims");
        std::fs::write(&file, claims)?;
        let mut command = self.command();
        command.arg(self.subject.check()).arg("--dir").arg(place.log()).arg("--claims").arg(&file);
        command.arg("--session").arg(session.to_string());
        let ended = run(&mut command, place)?;
        match ended.status {
            Some(status) if status.success() => Ok(ended.stdout),
            Some(_) => bail!("{}", ended.stderr.trim_end()),
            None => bail!("the check hangs: {}", ended.stderr.trim_end()),
        }
    }
}

/// As long as a disk with a fast cache takes, so that callers meet in groups.
const SYNC_MICROS: &str = "200";

/// Runs a command to its end, or kills it.
///
/// # Errors
/// Where it cannot be started.
pub fn run(command: &mut Command, place: &Place) -> Result<Ended> {
    let (out, err) = (place.path("stdout"), place.path("stderr"));
    command.stdout(File::create(&out)?).stderr(File::create(&err)?);
    let mut child = command.spawn().context("cannot start the program")?;
    let status = wait(&mut child)?;
    let text = |path: &Path| -> Result<String> {
        Ok(String::from_utf8_lossy(&std::fs::read(path)?).into_owned())
    };
    Ok(Ended { status, stdout: text(&out)?, stderr: text(&err)? })
}

fn wait(child: &mut Child) -> Result<Option<ExitStatus>> {
    let mut waited = Duration::ZERO;
    while waited < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(POLL);
        waited += POLL;
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// A folder for one round: what is simulated lies in `root`, everything else beside it.
#[derive(Debug)]
pub struct Place {
    dir: PathBuf,
    /// Removes it at the end; `None` for a folder in another place.
    guard: Option<TempDir>,
}

impl Place {
    /// A new one, in memory if the machine has a file system there: only what the program says to
    /// the kernel matters, not where it ends.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn new() -> Result<Self> {
        let memory = Path::new("/dev/shm");
        let dir = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
        let dir = dir.context("cannot make a folder")?;
        std::fs::create_dir(dir.path().join("root"))?;
        Ok(Self { dir: dir.path().to_owned(), guard: Some(dir) })
    }

    /// A folder that stands there already.
    #[must_use]
    pub fn beside(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), guard: None }
    }

    /// A path beside the simulated folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The simulated folder.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.path("root")
    }

    /// The log in it.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.root().join("log")
    }

    fn tape(&self) -> PathBuf {
        self.path("tape")
    }

    /// Leaves everything where it lies, for whoever looks into a failure.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        if let Some(guard) = self.guard {
            let _ = guard.keep();
        }
        self.dir
    }
}
