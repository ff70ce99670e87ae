//! The order of system calls, as the kernel sees them.

use std::process::Command;

use casetrail_crash::program::Place;
use casetrail_crash::trace;

#[test]
fn the_sync_of_the_segment_returns_before_the_acknowledgement() {
    let place = Place::new().unwrap();
    let program = env!("CARGO_BIN_EXE_casetrail-crash");
    let checked = trace::check(&Command::new(program), &place).unwrap();
    assert!(checked >= 5, "{checked} acknowledgements");
}
