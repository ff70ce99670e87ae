//! The short forms: what CI runs. `tests/README.md` has the long ones.

mod databases;
mod flips;
mod power;
mod rounds;
mod strace;

use casetrail_crash::program::{Program, Subject};

/// The program under test, built beside these tests.
fn program(subject: Subject) -> Program {
    Program::new(env!("CARGO_BIN_EXE_casetrail-crash").as_ref(), subject)
}
