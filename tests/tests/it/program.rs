//! Running the programs, and a folder with a log to run them on.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program of that name, beside the tests' own executable (`target/<profile>/deps/it-…`).
pub(crate) fn binary(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("the tests have an executable");
    let profile = own.parent().and_then(Path::parent).expect("it lies in target/<profile>/deps");
    let path = profile.join(name);
    assert!(
        path.is_file(),
        "{} is missing: run `cargo build --bins` first; cargo does not build it for these tests",
        path.display()
    );
    path
}

/// A program to be run without what the environment of the tests may hold for it.
pub(crate) fn command(name: &str) -> Command {
    let mut command = Command::new(binary(name));
    command.env_remove("CASETRAIL_LOG").env_remove("UPDATE").env_remove("RUST_LOG");
    command.stdin(Stdio::null());
    command
}

/// What became of a program.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().expect("the program can be run");
        let text = |bytes| String::from_utf8(bytes).expect("programs print UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Its standard output, if it ended well.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }

    /// Its standard output as JSON, if it ended well.
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).expect("the program prints JSON")
    }
}

/// Runs a program to its end.
pub(crate) fn run<S: AsRef<OsStr>>(name: &str, args: impl IntoIterator<Item = S>) -> Done {
    Done::of(command(name).args(args))
}

/// A temporary folder, and a log: in it, named `log`, or in a database.
pub(crate) struct Place {
    dir: TempDir,
    log: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        let log = crate::new_log(dir.path());
        Self { dir, log }
    }

    /// A place whose log holds these lines, backfilled.
    pub(crate) fn with(lines: &[String]) -> Self {
        let place = Self::new();
        place.backfill(lines);
        place
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What names the log: its path, or the URL of its database.
    pub(crate) fn log(&self) -> PathBuf {
        self.log.clone()
    }

    /// Writes lines to a file of that name.
    pub(crate) fn file(&self, name: &str, lines: &[String]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, lines.concat()).expect("a file can be written");
        path
    }

    /// Runs casetrail on the log.
    pub(crate) fn casetrail(&self, args: &[&str]) -> Done {
        self.casetrail_on(&self.log(), args)
    }

    /// Runs casetrail on an export or on another log.
    pub(crate) fn casetrail_on(&self, log: &Path, args: &[&str]) -> Done {
        let mut command = command("casetrail");
        command.env("CASETRAIL_SERVICE_DIR", self.path("log.service"));
        command.current_dir(self.dir.path()).args(args).arg("--log").arg(log);
        Done::of(&mut command)
    }

    /// Ingests lines as backfill, all of which are taken; answers with the outcome.
    pub(crate) fn backfill(&self, lines: &[String]) -> Value {
        let file = self.file("backfill.ndjson", lines);
        let file = file.to_str().expect("UTF-8");
        let outcome = self.casetrail(&["ingest", "--backfill", "--strict", "--json", file]).json();
        outcome_of(outcome)
    }

    /// Size and root of the log, after every event was verified.
    pub(crate) fn verified(&self) -> (u64, String) {
        let outcome = self.casetrail(&["log", "verify", "--json"]).json();
        let root = outcome["root"].as_str().expect("a root").to_owned();
        (outcome["size"].as_u64().expect("a size"), root)
    }

    /// The log's name.
    pub(crate) fn origin(&self) -> String {
        let outcome = self.casetrail(&["log", "verify", "--json"]).json();
        outcome["origin"].as_str().expect("an origin").to_owned()
    }

    /// Exports the log to a file of that name.
    pub(crate) fn export(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        self.casetrail(&["log", "export", "--output", path.to_str().expect("UTF-8")]).ok();
        path
    }

    /// The events of the log's export, one a line.
    pub(crate) fn exported(&self) -> Vec<String> {
        let mut lines = lines_of(&self.casetrail(&["log", "export"]).ok());
        lines.pop().expect("the last line is the checkpoint");
        lines
    }
}

/// The outcome of an ingestion of one file.
pub(crate) fn outcome_of(outcome: Value) -> Value {
    match outcome {
        Value::Array(mut files) => {
            assert_eq!(files.len(), 1);
            files.remove(0)
        }
        one => one,
    }
}

/// Lines of a text, each with its end.
pub(crate) fn lines_of(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

/// A generated state of so many children, as lines.
pub(crate) fn generated(children: u32, seed: u64) -> Vec<String> {
    let (children, seed) = (children.to_string(), seed.to_string());
    let years = ["--years", "5", "--until", "2025-12-31"];
    let args = ["generate", "--children", &children, "--seed", &seed];
    lines_of(&run("casetrail", args.iter().chain(&years)).ok())
}

/// A line of backfill; identities are named by the caller.
pub(crate) fn line(
    id: &str,
    kind: &str,
    subject: &str,
    on: &str,
    recorded: &str,
    data: &Value,
) -> String {
    let event = serde_json::json!({
        "specversion": "1.0", "source": "t", "id": id, "type": format!("casetrail.{kind}.v1"),
        "subject": subject, "effectiveon": on, "recordedtime": format!("{recorded}T18:00:00Z"),
        "data": data,
    });
    format!("{event}\n")
}

/// One line as JSON.
pub(crate) fn json(line: &str) -> Value {
    serde_json::from_str(line).expect("a line is JSON")
}

/// An answer without what differs from log to log.
pub(crate) fn comparable(mut answer: Value) -> Value {
    if let Some(log) = answer.get_mut("log").and_then(Value::as_object_mut) {
        log.remove("origin");
        log.remove("root");
    }
    answer
}

/// Questions of every metric about a generated state, in words.
pub(crate) const QUESTIONS: &[&str] = &[
    "report timely-permanency --period 2024-01-01..2025-06-30 --by provider,month",
    "report timely-permanency --period 2024-01-01..2025-06-30 --by goal --set cohort=deadline",
    "report timely-permanency --period 2024-01-01..2025-06-30 --set attribution=day_weighted",
    "report concurrent-planning --period 2024-01-01..2025-06-30 --by county",
    "report residential-compliance --period 2024-01-01..2025-06-30 --by region,provider",
    "report trauma-training --as-of 2025-06-30 --by provider",
    "report supervisor-ratio --period 2024-01-01..2025-06-30 --by provider --set count=fte",
    "report returned-cases --period 2023-01-01..2025-06-30 --by provider",
    "report cfsr-p1 --period 2022-10-01..2023-09-30 --as-of 2025-06-30 --by county",
    "report cfsr-p2 --period 2023-10-01..2024-09-30",
    "report cfsr-p3 --period 2023-10-01..2024-09-30",
    "report cfsr-p4 --period 2022-10-01..2023-09-30 --as-of 2025-06-30",
    "report cfsr-p5 --period 2023-10-01..2024-09-30 --by worker",
    "report worker-visits --period 2024-01-01..2025-06-30 --by provider,month",
    "report data-timeliness --period 2024-01-01..2025-06-30 --by provider",
    "report data-timeliness --period 2024-01-01..2025-06-30 --set clock=source",
    "report hearing-timeliness --period 2024-01-01..2025-06-30 --by county",
    "report long-stayers --as-of 2025-06-30 --by region --set months=12",
    "report incentive --period 2024-07-01..2025-06-30 --by provider",
    "report scorecard --period 2025-01-01..2025-03-31 --by provider",
    "report baseline --period 2024-01-01..2024-12-31 --set metric=timely-permanency --by provider",
    "report timely-permanency --period 2024-01-01..2025-06-30 --known-at 2025-01-15T12:00:00Z",
    "report scorecard --period 2025-01-01..2025-03-31 --set weight.trauma-training=1/4",
];

/// The words of a question.
pub(crate) fn words(question: &str) -> Vec<&str> {
    question.split(' ').collect()
}

/// Numbers that look random and repeat for a seed (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}
