//! Kills and failing calls.

use casetrail_crash::program::Subject;
use casetrail_crash::{faults, kill};

use crate::program;

#[test]
fn killed_programs_lose_nothing_acknowledged() {
    let report = kill::rounds(&program(Subject::Log), 7, 20).unwrap();
    assert!(report.acknowledged > 0, "{report}");
}

#[test]
fn a_disk_that_says_no_costs_nothing_acknowledged() {
    let report = faults::rounds(&program(Subject::Log), 7, 24).unwrap();
    assert!(report.told > 0 && report.stopped > 0, "{report}");
}
