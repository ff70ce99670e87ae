//! Names the program that makes facts: a snapshot of another one is not read.

use std::fs;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};

/// The packages whose code decides what facts there are and what they mean.
const PACKAGES: [&str; 3] = ["events", "timeline", "projection"];

fn main() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = own.parent().expect("a package lies beside others");
    let mut files = Vec::new();
    for package in PACKAGES {
        let source = crates.join(package).join("src");
        println!("cargo::rerun-if-changed={}", source.display());
        gather(&source, &mut files);
    }
    files.sort();
    let mut hasher = rustc_hash::FxHasher::default();
    for file in files {
        let name = file.strip_prefix(crates).expect("a file of a package");
        hasher.write(name.as_os_str().as_encoded_bytes());
        hasher.write(&fs::read(&file).expect("a source can be read"));
    }
    println!("cargo::rustc-env=PROJECTION_PROGRAM={:016x}", hasher.finish());
}

fn gather(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a directory of sources can be read") {
        let path = entry.expect("an entry of a directory").path();
        if path.is_dir() {
            gather(&path, files);
        } else {
            files.push(path);
        }
    }
}
