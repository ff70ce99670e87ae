//! `crash`: what is done to the log, and the programs that it is done to.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use casetrail_crash::claims::Claims;
use casetrail_crash::program::{Program, Subject};
use casetrail_crash::workload::Workload;
use casetrail_crash::{check, failover, faults, flips, kill, lines, power, sled_alone};
use clap::Parser;

#[derive(Debug, Parser)]
enum Command {
    /// Cut the power at seeded moments
    Power(Power),
    /// Kill (SIGKILL) at seeded moments
    Kill(Rounds),
    /// Let calls fail: a full disk, a broken one
    Faults(Rounds),
    /// Flip bits, one at a time, in a log's files and in an export
    Flips(Rounds),
    /// Kill the primary of a replicated database under its servers
    Failover(Rounds),
    /// Cut, slow down and stop the lines between servers and their database
    Lines(Rounds),
    /// Program under test: append, say what was acknowledged
    #[command(hide = true)]
    Work {
        #[arg(long)]
        dir: PathBuf,
        #[command(flatten)]
        workload: Workload,
    },
    /// Program under test: compare a log with claims, and go on
    #[command(hide = true)]
    Check(Check),
    /// Program under test: sled alone
    #[command(hide = true)]
    SledWork {
        #[arg(long)]
        dir: PathBuf,
        #[command(flatten)]
        workload: Workload,
    },
    /// Program under test: what became of sled alone
    #[command(hide = true)]
    SledCheck(Check),
}

#[derive(Debug, clap::Args)]
struct Rounds {
    /// Decides everything but the order of threads
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How often
    #[arg(long, default_value_t = 500)]
    rounds: u64,
    /// A seeded bug of the engine; for a program that was built with them
    #[arg(long, hide = !cfg!(feature = "seeded-bugs"))]
    bug: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Power {
    #[command(flatten)]
    rounds: Rounds,
    /// One in so many runs has a failing sync
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..))]
    failing: u64,
    /// Before one in so many runs another process is killed
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    killing: u64,
}

#[derive(Debug, clap::Args)]
struct Check {
    #[arg(long)]
    dir: PathBuf,
    #[arg(long)]
    claims: PathBuf,
    #[arg(long)]
    session: u64,
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Power(Power { rounds: Rounds { seed, rounds, bug }, failing, killing }) => {
            let plan = power::Plan { failing, killing, ..power::Plan::mixed(seed, rounds) };
            println!("{}", power::rounds(&itself(bug.as_deref())?, plan)?);
            Ok(())
        }
        Command::Kill(Rounds { seed, rounds, bug }) => {
            println!("{}", kill::rounds(&itself(bug.as_deref())?, seed, rounds)?);
            Ok(())
        }
        Command::Faults(Rounds { seed, rounds, bug }) => {
            println!("{}", faults::rounds(&itself(bug.as_deref())?, seed, rounds)?);
            Ok(())
        }
        Command::Flips(Rounds { seed, rounds, bug }) => {
            ensure!(bug.is_none(), "choose the bug by the variable CASETRAIL_SEEDED_BUG");
            runtime()?.block_on(flips::splice())?;
            println!("log: {}", runtime()?.block_on(flips::rounds(seed, rounds))?);
            println!("export: {}", runtime()?.block_on(flips::export_rounds(seed, rounds))?);
            Ok(())
        }
        Command::Failover(Rounds { seed, rounds, .. }) => {
            println!("{}", runtime()?.block_on(failover::rounds(seed, rounds))?);
            Ok(())
        }
        Command::Lines(Rounds { seed, rounds, .. }) => {
            println!("{}", runtime()?.block_on(lines::rounds(seed, rounds))?);
            Ok(())
        }
        Command::Work { dir, workload } => runtime()?.block_on(workload.run(&dir)),
        Command::Check(Check { dir, claims, session }) => {
            let mut heard = Claims::default();
            heard.hear(&std::fs::read_to_string(claims)?)?;
            runtime()?.block_on(check::check(&dir, &mut heard, session))
        }
        Command::SledWork { dir, workload } => {
            sled_alone::work(&dir, workload.session, workload.batches)
        }
        Command::SledCheck(Check { dir, claims, .. }) => {
            sled_alone::check(&dir, &std::fs::read_to_string(claims)?)
        }
    }
}

fn itself(bug: Option<&str>) -> Result<Program> {
    ensure!(bug.is_none() || cfg!(feature = "seeded-bugs"), "built without seeded bugs");
    Ok(Program::new(&std::env::current_exe()?, Subject::Log).with_bug(bug))
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
