//! Everything that CI runs, in order, up to the first failure.

#[cfg(test)]
mod tests;

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::{repository, tidy};

/// One program of the sequence.
struct Step {
    heading: &'static str,
    /// Arguments of cargo.
    cargo: &'static [&'static str],
    /// A variable that it is run with.
    variable: Option<(&'static str, &'static str)>,
}

const fn step(heading: &'static str, cargo: &'static [&'static str]) -> Step {
    Step { heading, cargo, variable: None }
}

/// The steps before `tidy`. Programs are built before the tests, which start them.
fn steps(has_nextest: bool) -> Vec<Step> {
    let tests: &[&str] = if has_nextest {
        &["nextest", "run", "--workspace", "--locked"]
    } else {
        &["test", "--workspace", "--lib", "--bins", "--tests", "--locked"]
    };
    vec![
        step("format", &["fmt", "--all", "--check"]),
        step(
            "clippy",
            &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        ),
        step("build the programs", &["build", "--workspace", "--bins", "--locked"]),
        step("tests", tests),
        step("tests in documentation", &["test", "--doc", "--workspace", "--locked"]),
        Step {
            heading: "documentation",
            cargo: &["doc", "--no-deps", "--workspace", "--locked"],
            variable: Some(("RUSTDOCFLAGS", "-D warnings")),
        },
    ]
}

/// Runs all steps.
pub(crate) fn run() -> Result<()> {
    for step in steps(has_nextest()) {
        timed(step.heading, || run_step(&step))?;
    }
    timed("tidy", tidy::run)?;
    println!("\nall steps passed");
    Ok(())
}

fn has_nextest() -> bool {
    let mut command = Command::new("cargo");
    command.args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[expect(clippy::disallowed_methods, reason = "tells whoever waits how long a step took")]
fn timed(heading: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n== {heading}");
    let start = Instant::now();
    let outcome = work().with_context(|| format!("step failed: {heading}"));
    println!("== {heading}: {:.1} s", start.elapsed().as_secs_f64());
    outcome
}

fn run_step(step: &Step) -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(step.cargo).current_dir(repository::root());
    command.envs(step.variable);
    let status = command.status().context("cannot run cargo")?;
    if !status.success() {
        bail!("cargo {} ended with {status}", step.cargo.join(" "));
    }
    Ok(())
}
