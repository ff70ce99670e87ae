//! Where benchmarks keep files: on a real disk, beside what cargo builds.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;

/// File systems in memory, on which a sync costs nothing and means nothing.
const MEMORY: &[&str] = &["tmpfs", "ramfs"];

/// What a directory is mounted on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// The device.
    pub device: String,
    /// Where it is mounted.
    pub at: PathBuf,
    /// The file system.
    pub file_system: String,
    /// With which options.
    pub options: String,
    /// `write back` means that the disk has a cache of its own, which a sync must empty.
    pub write_cache: Option<String>,
}

impl Mount {
    /// Finds the mount that holds a directory.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn of(dir: &Path) -> Result<Self> {
        let dir = dir.canonicalize().with_context(|| format!("cannot find {}", dir.display()))?;
        let mounts = fs::read_to_string("/proc/self/mounts").context("cannot list mounts")?;
        let mount = Self::holding(&dir, &mounts);
        let mut mount = mount.with_context(|| format!("no mount holds {}", dir.display()))?;
        mount.write_cache = write_cache(&mount.device);
        Ok(mount)
    }

    /// The longest mount point above the directory; of two the later one, which hides the other.
    pub(crate) fn holding(dir: &Path, mounts: &str) -> Option<Self> {
        let mounts = mounts.lines().filter_map(|line| {
            let mut fields = line.split(' ');
            let mut next = || fields.next().map(str::to_owned);
            let (device, at) = (next()?, PathBuf::from(next()?));
            Some(Self { device, at, file_system: next()?, options: next()?, write_cache: None })
        });
        let above = mounts.filter(|mount| dir.starts_with(&mount.at));
        above.max_by_key(|mount| mount.at.components().count())
    }

    /// Whether its files lie in memory.
    #[must_use]
    pub fn is_memory(&self) -> bool {
        MEMORY.contains(&self.file_system.as_str())
    }
}

fn write_cache(device: &str) -> Option<String> {
    let name = Path::new(device).file_name()?.to_str()?;
    let class = Path::new("/sys/class/block").join(name);
    let queues = [class.join("queue"), class.join("../queue")];
    let mut caches = queues.iter().filter_map(|q| fs::read_to_string(q.join("write_cache")).ok());
    caches.next().map(|cache| cache.trim().to_owned())
}

/// The directory of all benchmarks, `bench` beside cargo's profiles.
///
/// # Errors
/// When it cannot be made, or lies in memory.
pub fn root() -> Result<PathBuf> {
    let program = std::env::current_exe().context("cannot tell where this program lies")?;
    let target = program.ancestors().nth(2).context("this program lies in no target directory")?;
    let root = target.join("bench");
    fs::create_dir_all(&root).with_context(|| format!("cannot make {}", root.display()))?;
    let mount = Mount::of(&root)?;
    let (at, kind) = (root.display(), &mount.file_system);
    ensure!(!mount.is_memory(), "{at} lies in memory ({kind}): nothing there is durable");
    Ok(root)
}

/// A directory of this process, removed at the end. What a killed process left behind goes when
/// the next one begins.
#[derive(Debug)]
pub struct Scratch {
    dir: PathBuf,
}

const SCRATCH: &str = "run-";

impl Scratch {
    /// Makes it below `root`, and removes those of processes that are no more.
    ///
    /// # Errors
    /// When a directory cannot be made or removed.
    pub fn new(root: &Path) -> Result<Self> {
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            let name = entry.file_name();
            let process = name.to_str().and_then(|name| name.strip_prefix(SCRATCH));
            if process.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        let dir = root.join(format!("{SCRATCH}{}", std::process::id()));
        fs::create_dir_all(&dir)?;
        Ok(Self { dir })
    }

    /// A path in it.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays goes when the next benchmark begins.
        drop(fs::remove_dir_all(&self.dir));
    }
}

/// What files take up on the disk, bytes: whole blocks, also those filled ahead.
///
/// # Errors
/// When one cannot be looked at.
pub fn allocated_bytes(path: &Path) -> Result<u64> {
    let metadata = fs::symlink_metadata(path)?;
    let mut bytes = metadata.blocks() * 512;
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            bytes += allocated_bytes(&entry?.path())?;
        }
    }
    Ok(bytes)
}
