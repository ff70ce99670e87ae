//! Facts about the machine, for whoever reads a figure later.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde::Serialize;

use crate::cores;
use crate::place::Mount;

/// Where a benchmark ran.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    /// When it began (UTC).
    pub date: String,
    /// The commit that was checked out; with `+` where files differ from it.
    pub commit: Option<String>,
    /// Cores that it may run on.
    pub cores: usize,
    /// Model of the processor.
    pub processor: Option<String>,
    /// Memory, bytes.
    pub memory_bytes: Option<u64>,
    /// Operating system.
    pub kernel: Option<String>,
    /// Load averages of 1, 5 and 15 minutes before it began: other work makes every figure worse.
    pub load: Option<String>,
    /// Where the logs lie.
    pub mount: Mount,
}

impl Machine {
    /// Asks the operating system; `dir` is where the logs lie.
    ///
    /// # Errors
    /// When it does not say where that is mounted.
    pub fn here(dir: &Path) -> Result<Self> {
        Ok(Self {
            date: said("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"]).unwrap_or_default(),
            commit: commit(),
            cores: cores::available()?,
            processor: field("/proc/cpuinfo", "model name"),
            memory_bytes: field("/proc/meminfo", "MemTotal").as_deref().and_then(kibibytes),
            kernel: said("uname", &["-sr"]),
            load: fs::read_to_string("/proc/loadavg")
                .ok()
                .and_then(|text| Some(text.split(' ').collect::<Vec<_>>().get(..3)?.join(" "))),
            mount: Mount::of(dir)?,
        })
    }
}

fn commit() -> Option<String> {
    let commit = said("git", &["rev-parse", "HEAD"])?;
    let differs = said("git", &["status", "--porcelain", "--untracked-files=no"])?;
    Some(if differs.is_empty() { commit } else { format!("{commit}+") })
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The first value of that name in a file of `name : value` lines.
pub(crate) fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let values = text.lines().filter_map(|line| line.split_once(':'));
    let mut named = values.filter(|(key, _)| key.trim() == name);
    named.next().map(|(_, value)| value.trim().to_owned())
}

/// Bytes of a value such as `1024 kB`, as the kernel writes them.
pub(crate) fn kibibytes(value: &str) -> Option<u64> {
    value.strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
