//! Which package of ours may depend on which, and what the pure ones never touch.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::repository::output_of;

/// The arrows: a package, and those of ours that it depends on. A new arrow needs a line here and
/// one in `DECISIONS.md`.
pub(super) const ARROWS: &[(&str, &[&str])] = &[
    ("events", &[]),
    ("proof", &[]),
    ("journal", &[]),
    ("eventlog", &["events", "proof"]),
    ("eventlog-embedded", &["eventlog", "events", "journal", "proof"]),
    ("eventlog-postgres", &["eventlog", "events", "proof"]),
    ("casetrail-cluster", &[]),
    ("timeline", &["events"]),
    ("casetrail-metrics", &["events", "timeline"]),
    ("projection", &["casetrail-metrics", "eventlog", "events", "proof", "timeline"]),
    ("report", &["casetrail-metrics", "eventlog", "events", "projection"]),
    ("ingest", &["eventlog", "events"]),
    (
        "casetrail-server",
        &[
            "casetrail-metrics",
            "eventlog",
            "events",
            "ingest",
            "journal",
            "projection",
            "proof",
            "report",
        ],
    ),
    (
        "casetrail",
        &[
            "casetrail-metrics",
            "casetrail-server",
            "eventlog",
            "eventlog-embedded",
            "eventlog-postgres",
            "events",
            "ingest",
            "journal",
            "projection",
            "proof",
            "replay",
            "report",
        ],
    ),
    (
        "bench",
        &[
            "casetrail",
            "casetrail-cluster",
            "casetrail-metrics",
            "eventlog",
            "eventlog-embedded",
            "eventlog-postgres",
            "events",
            "journal",
            "projection",
        ],
    ),
    (
        "replay",
        &[
            "casetrail-metrics",
            "eventlog",
            "eventlog-embedded",
            "events",
            "projection",
            "proof",
            "report",
        ],
    ),
    ("casetrail-tests", &[]),
    (
        "casetrail-crash",
        &[
            "casetrail-cluster",
            "eventlog",
            "eventlog-embedded",
            "eventlog-postgres",
            "events",
            "journal",
            "proof",
        ],
    ),
    ("casetrail-fuzz", &["eventlog", "eventlog-embedded", "events", "ingest", "journal", "proof"]),
    ("xtask", &["casetrail-metrics", "events"]),
];

/// Packages without input, output, clock or threads.
const PURE: &[&str] = &["events", "proof", "timeline", "casetrail-metrics"];

/// What no pure package may have in its normal dependencies, however deep.
const IMPURE: &[&str] = &["tokio", "sled", "axum", "tokio-postgres"];

/// Compares the packages with the lists above.
pub(super) fn check() -> Result<Vec<String>> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1", "--locked"];
    let metadata = serde_json::from_str(&output_of("cargo", &arguments)?)?;
    let mut found = compare(&arrows_of(&metadata)?);
    for package in PURE {
        let arguments =
            ["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--locked"];
        found.extend(impure(package, &output_of("cargo", &arguments)?));
    }
    Ok(found)
}

/// The arrows as cargo sees them: normal dependencies on packages of the workspace.
pub(super) fn arrows_of(metadata: &Value) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let packages = metadata["packages"].as_array().context("cargo lists no packages")?;
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let ours: BTreeSet<_> = packages.iter().map(name).collect();
    let arrows = packages.iter().map(|package| {
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let normal = dependencies.filter(|d| d["kind"].is_null()).map(name);
        (name(package), normal.filter(|n| ours.contains(n)).collect())
    });
    Ok(arrows.collect())
}

/// What differs from the list.
pub(super) fn compare(found: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let written: BTreeMap<String, BTreeSet<String>> = ARROWS
        .iter()
        .map(|(from, to)| ((*from).to_owned(), to.iter().map(|t| (*t).to_owned()).collect()))
        .collect();
    let none = BTreeSet::new();
    let packages: BTreeSet<_> = written.keys().chain(found.keys()).collect();
    let mut differences = Vec::new();
    for package in packages {
        if !written.contains_key(package) {
            differences.push(format!("package {package} is not in the list of arrows"));
        } else if !found.contains_key(package) {
            differences.push(format!("package {package} of the list of arrows does not exist"));
        }
        let (is, should) =
            (found.get(package).unwrap_or(&none), written.get(package).unwrap_or(&none));
        let arrow = |to: &String| format!("{package} -> {to}");
        let unwritten = is.difference(should).map(arrow);
        differences.extend(unwritten.map(|a| format!("the arrow {a} is not in the list")));
        let missing = should.difference(is).map(arrow);
        differences.extend(missing.map(|a| format!("the arrow {a} of the list is not there")));
    }
    differences
}

/// Impure packages in a tree of dependencies, one a line as cargo prints it.
pub(super) fn impure(package: &str, tree: &str) -> Vec<String> {
    let names: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let impure = IMPURE.iter().filter(|name| names.contains(*name));
    impure.map(|name| format!("{package} is pure and depends on {name}")).collect()
}
