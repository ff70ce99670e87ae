//! Files of the repository, and programs run at its root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file below the root: its path from there, with slashes, and its text.
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The folders that hold Rust.
const RUST_FOLDERS: &[&str] = &["crates", "replay", "tests"];

/// Every Rust file of ours, ordered by path.
pub(crate) fn rust_files() -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for folder in RUST_FOLDERS {
        collect(&root().join(folder), folder, &mut files)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn collect(folder: &Path, path: &str, files: &mut Vec<SourceFile>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {path}"))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {path}"))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let below = format!("{path}/{name}");
        if entry.file_type()?.is_dir() {
            if name != "target" {
                collect(&entry.path(), &below, files)?;
            }
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(entry.path());
            let text = text.with_context(|| format!("cannot read {below}"))?;
            files.push(SourceFile { path: below, text });
        }
    }
    Ok(())
}

/// Names of the files in a folder below the root that end so, without that ending, in order.
pub(crate) fn names_in(folder: &str, ending: &str) -> Result<Vec<String>> {
    let entries = fs::read_dir(root().join(folder));
    let mut names = Vec::new();
    for entry in entries.with_context(|| format!("cannot read {folder}"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(ending).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// What a program writes to standard output, run at the root.
///
/// # Errors
/// When it cannot be run, or fails; then with what it wrote to standard error.
pub(crate) fn output_of(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).current_dir(root()).output();
    let output = output.with_context(|| format!("cannot run {program}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {} failed: {errors}", arguments.join(" "));
    String::from_utf8(output.stdout).with_context(|| format!("{program} wrote no UTF-8"))
}
