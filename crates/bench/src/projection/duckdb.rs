//! The reference in SQL: the same question over the same events in DuckDB, in typed columns.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::moments::Asking;
use super::records::Records;
use crate::tell;

const PROGRAM: &str = include_str!("../../duckdb/timely.py");
const REQUIREMENTS: &str = include_str!("../../duckdb/requirements.txt");

/// Python with DuckDB, installed beside the benchmark's files unless an earlier run did.
fn python(root: &Path) -> Result<PathBuf> {
    let venv = root.join("duckdb-venv");
    let python = venv.join("bin/python");
    let requirements = venv.join("requirements.txt");
    if fs::read_to_string(&requirements).is_ok_and(|installed| installed == REQUIREMENTS) {
        return Ok(python);
    }
    tell("installing DuckDB");
    ran(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    let wanted = venv.join("wanted.txt");
    fs::write(&wanted, REQUIREMENTS)?;
    ran(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&wanted))?;
    fs::rename(wanted, requirements)?;
    Ok(python)
}

fn ran(command: &mut Command) -> Result<()> {
    let status = command.stdout(Stdio::null()).status()?;
    ensure!(status.success(), "{} ended with {status}", command.get_program().display());
    Ok(())
}

#[derive(Debug, Deserialize)]
struct Answer {
    ms: f64,
    rows: Vec<(u32, u32, u32, u32)>,
}

/// Milliseconds of the question of each moment, whose answers must be those of the records.
///
/// # Errors
/// When DuckDB is not to be had, or gives another answer.
pub(super) fn timely(root: &Path, records: &Records, askings: &[Asking]) -> Result<Vec<f64>> {
    let python = python(root)?;
    let table = root.join("duckdb-events.csv");
    let mut out = BufWriter::new(File::create(&table)?);
    records.write(&mut out)?;
    out.flush()?;
    drop(out);
    let asked = ask(&python, &table, records, askings);
    fs::remove_file(table)?;
    asked
}

fn ask(python: &Path, table: &Path, records: &Records, askings: &[Asking]) -> Result<Vec<f64>> {
    let mut child = Command::new(python)
        .args(["-c", PROGRAM])
        .arg(table)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start DuckDB")?;
    let mut questions = child.stdin.take().context("DuckDB takes no questions")?;
    let mut answers = BufReader::new(child.stdout.take().context("DuckDB gives no answers")?);
    let mut ms = Vec::new();
    for asking in askings {
        let days = [asking.as_of, asking.period.start, asking.period.end];
        let [as_of, start, end] = days.map(events::Date::day_number);
        let known = asking.known.position.0;
        writeln!(questions, r#"{{"known":{known},"as_of":{as_of},"start":{start},"end":{end}}}"#)?;
        questions.flush()?;
        let mut line = String::new();
        answers.read_line(&mut line)?;
        let answer: Answer = serde_json::from_str(&line).context("DuckDB fails")?;
        let expected = records.timely(asking).into_iter();
        let expected: Vec<_> = expected.map(|((p, c), (n, d))| (p, c, n, d)).collect();
        ensure!(answer.rows == expected, "DuckDB was asked something else");
        ms.push(answer.ms);
    }
    drop(questions);
    ensure!(child.wait()?.success(), "DuckDB fails at its end");
    Ok(ms)
}
