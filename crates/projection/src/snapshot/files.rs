//! Snapshots in a directory: found, compared with the log, replaced.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use eventlog::{EventLog, Head};

use super::sections::Sections;
use super::{Stamp, write};
use crate::Projection;

/// The directory of a log's snapshots. All of it may be deleted at any time.
#[derive(Debug, Clone)]
pub struct Snapshots {
    dir: PathBuf,
}

/// The name of files, behind their position.
const EXTENSION: &str = "projection";

impl Snapshots {
    /// Of the log in a directory: in the folder that its erasures delete.
    #[must_use]
    pub fn of_log(log: &Path) -> Self {
        Self { dir: log.join("snapshots") }
    }

    /// The newest projection that is whole and that the log agrees with: made by this program, of
    /// the log of that origin, whose tree had that root at that position, and of whose events no
    /// others are erased. Files that are not so are deleted.
    pub async fn load(&self, log: &dyn EventLog) -> Option<Projection> {
        let mut files = self.files();
        files.sort_by_key(|(position, _)| std::cmp::Reverse(*position));
        for (_, path) in files {
            if let Ok(Some(projection)) = load_file(&path, log).await {
                return Some(projection);
            }
            // What cannot be deleted is not read either.
            let _ = fs::remove_file(&path);
        }
        None
    }

    /// Keeps a projection, in the place of all before.
    ///
    /// # Errors
    /// When it cannot be written; what was kept before may be gone then.
    pub async fn keep(&self, projection: &Projection, log: &dyn EventLog) -> io::Result<()> {
        let head = async || log.head(Some(projection.position())).await.map_err(io::Error::other);
        let before: Head = head().await?;
        fs::create_dir_all(&self.dir)?;
        let old = self.files();
        let path = self.dir.join(format!("{:020}.{EXTENSION}", before.position.0));
        let unfinished = path.with_extension("unfinished");
        write(projection, &Stamp::from(&before), File::create(&unfinished)?)?;
        fs::rename(&unfinished, &path)?;
        for (_, other) in old.into_iter().filter(|(_, other)| *other != path) {
            fs::remove_file(other)?;
        }
        // An erasure that came meanwhile has deleted what was here, and not this.
        if head().await? != before {
            fs::remove_file(&path)?;
        }
        Ok(())
    }

    /// Files by position.
    fn files(&self) -> Vec<(u64, PathBuf)> {
        let Ok(entries) = fs::read_dir(&self.dir) else { return Vec::new() };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let file = |path: PathBuf| {
            let position = path.file_stem()?.to_str()?.parse().ok()?;
            (path.extension()? == EXTENSION).then_some((position, path))
        };
        paths.filter_map(file).collect()
    }
}

/// The projection of a file; `None` if it is another program's, or not of this log.
async fn load_file(path: &Path, log: &dyn EventLog) -> io::Result<Option<Projection>> {
    let file = File::open(path)?;
    let Some(sections) = Sections::of(&file)? else { return Ok(None) };
    let stamp = &sections.directory.stamp;
    let there = log.head(Some(stamp.position)).await.map_err(io::Error::other)?;
    if *stamp != Stamp::from(&there) {
        return Ok(None);
    }
    let projection = sections.read()?;
    Ok((projection.position() == stamp.position).then_some(projection))
}
