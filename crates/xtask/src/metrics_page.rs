//! `schemas/metrics.md`: every metric with definition, parameters, defaults, citation and what is
//! undetermined; generated and committed.
//!
//! The text is the head of the metric's file, so that the rule is explained in one place; parameters
//! and groupings are those that the program takes.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, ensure};
use events::parameters::{self, Domain, Parameter};
use metrics::{MetricId, default_weight};

use crate::repository::{names_in, root};

/// Where it is.
const PAGE: &str = "schemas/metrics.md";
/// Where the metrics' files are.
const FOLDER: &str = "crates/metrics/src";

const INTRODUCTION: &str = "\
# Metrics

Every metric that Casetrail answers, as its rule is implemented. Written by `cargo xtask schemas` from
the heads of the files in `crates/metrics/src` and from what the program takes; not edited by hand.
Where sources are silent, a point is *undetermined*, or a parameter with a default. Parameters can be
published as policy (`casetrail policy publish`) or set in a question (`--set`); benchmarks and weights
are decided (`casetrail policy decide`). Every answer names the version of its rule in `program`.
";

/// The head of the file that has a metric's rule, without comment marks.
fn head(metric: MetricId) -> Result<String> {
    let parts: Vec<&str> = metric.name().split('-').collect();
    // One file may have the rules of several: cfsr_p2_p3.
    let is_of = |file: &String| {
        let words: Vec<&str> = file.split('_').collect();
        parts.iter().all(|part| words.contains(part))
    };
    let files: Vec<_> = names_in(FOLDER, ".rs")?.into_iter().filter(is_of).collect();
    ensure!(files.len() == 1, "{}: one file is to have its rule, not {files:?}", metric.name());
    let path = format!("{FOLDER}/{}.rs", files[0]);
    let text = fs::read_to_string(root().join(&path)).with_context(|| path.clone())?;
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    ensure!(!lines.is_empty(), "{path} has no head");
    Ok(lines.join("\n") + "\n")
}

/// The whole page.
fn page() -> Result<String> {
    let mut page = INTRODUCTION.to_owned();
    for metric in MetricId::ALL {
        section(*metric, &mut page).with_context(|| metric.name())?;
    }
    Ok(page)
}

fn section(metric: MetricId, page: &mut String) -> Result<()> {
    let name = metric.name();
    write!(page, "\n## {name}\n\n{}\n", head(metric)?)?;
    writeln!(page, "- Program: `{name}/{}`.", metric.version())?;
    let period = if metric.needs_period() { "needed" } else { "not needed" };
    writeln!(page, "- Period: {period}.")?;
    let by: Vec<_> = metric.dimensions().iter().map(|d| d.name()).collect();
    let of = if metric == MetricId::Baseline { ", as far as its metric has them" } else { "" };
    writeln!(page, "- Grouped and filtered by: {}{of}.", by.join(", "))?;
    if MetricId::SCORED.contains(&metric) {
        let weight = default_weight(metric);
        writeln!(
            page,
            "- Scored; weight while nothing is decided: {weight}; benchmark: undetermined."
        )?;
    }
    if metric.lower_is_better() {
        writeln!(page, "- A lower value is the better one.")?;
    }
    let parameters = parameters::of(name);
    if !parameters.is_empty() {
        page.push_str("\n| parameter | default | values |\n|---|---|---|\n");
        for parameter in parameters {
            row(parameter, page)?;
        }
    }
    Ok(())
}

fn row(parameter: &Parameter, page: &mut String) -> Result<()> {
    let code = |word: &&str| format!("`{word}`");
    let list = |words: &[&str]| words.iter().map(code).collect::<Vec<_>>().join(", ");
    let (default, values) = match parameter.domain {
        Domain::Choice(words) => (list(&words[..1]), list(words)),
        Domain::Count(n) => (n.to_string(), "a whole number".to_owned()),
        Domain::Names(words) => (list(words), "a list of names".to_owned()),
        Domain::Subset { known, default } => (list(default), format!("a list of {}", list(known))),
        Domain::MetricBut(not) => {
            ("must be said".to_owned(), format!("a metric but {} and `baseline`", list(not)))
        }
    };
    writeln!(page, "| `{}` | {default} | {values} |", parameter.name)?;
    Ok(())
}

/// Whether the committed page is another than the generated one.
pub(crate) fn drift() -> Result<Vec<String>> {
    let committed = fs::read_to_string(root().join(PAGE)).unwrap_or_default();
    let same = committed == page()?;
    Ok(if same { Vec::new() } else { vec![format!("{PAGE} is not what the metrics say")] })
}

/// Writes it.
pub(crate) fn write() -> Result<()> {
    fs::write(root().join(PAGE), page()?).with_context(|| format!("cannot write {PAGE}"))?;
    println!("{} metrics in {PAGE}", MetricId::ALL.len());
    Ok(())
}
