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
    program: &'static str,
    args: &'static [&'static str],
    /// A variable that it is run with.
    variable: Option<(&'static str, &'static str)>,
}

/// A run of cargo.
const fn step(heading: &'static str, args: &'static [&'static str]) -> Step {
    Step { heading, program: "cargo", args, variable: None }
}

/// A script without arguments.
const fn script(heading: &'static str, program: &'static str) -> Step {
    Step { heading, program, args: &[], variable: None }
}

/// The feature that builds the engine with mistakes in it.
const SEEDED: &str = "seeded-bugs";

/// The steps before `tidy`. Programs are built before the tests, which start them.
fn steps(has_nextest: bool) -> Vec<Step> {
    let tests: &[&str] = if has_nextest {
        &["nextest", "run", "--workspace", "--locked"]
    } else {
        &["test", "--workspace", "--lib", "--bins", "--tests", "--locked"]
    };
    let seeded: &[&str] = if has_nextest {
        &[
            "nextest",
            "run",
            "-p",
            "casetrail-crash",
            "--features",
            SEEDED,
            "--test",
            "seeded",
            "--locked",
        ]
    } else {
        &["test", "-p", "casetrail-crash", "--features", SEEDED, "--test", "seeded", "--locked"]
    };
    vec![
        step("format", &["fmt", "--all", "--check"]),
        step(
            "clippy",
            &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        ),
        step(
            "the auditor's program alone",
            &["check", "-p", "replay", "--no-default-features", "--locked"],
        ),
        step("build the programs", &["build", "--workspace", "--bins", "--locked"]),
        script("what the tests start", "tests/install"),
        script("independent verifiers", "tests/interop/install"),
        script("licences of dependencies", "tests/licences"),
        step("tests", tests),
        step("seeded bugs are found", seeded),
        step("tests in documentation", &["test", "--doc", "--workspace", "--locked"]),
        Step {
            heading: "documentation",
            program: "cargo",
            args: &["doc", "--no-deps", "--workspace", "--locked"],
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
    let root = repository::root();
    let script = root.join(step.program);
    let program = if script.is_file() { script.as_os_str() } else { step.program.as_ref() };
    let mut command = Command::new(program);
    command.args(step.args).current_dir(&root);
    command.envs(step.variable);
    let status = command.status().with_context(|| format!("cannot run {}", step.program))?;
    if !status.success() {
        bail!("{} {} ended with {status}", step.program, step.args.join(" "));
    }
    Ok(())
}
