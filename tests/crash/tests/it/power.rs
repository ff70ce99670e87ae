//! Power cuts are survived, and would not be if less were synced.

use casetrail_crash::disk::Deaf;
use casetrail_crash::power::{Plan, Report, rounds};
use casetrail_crash::program::Subject;

use crate::program;

fn cut(subject: Subject, seed: u64, cuts: u64, deaf: Deaf) -> Result<Report, String> {
    let plan = Plan { cuts: 8, deaf, ..Plan::mixed(seed, cuts) };
    rounds(&program(subject), plan).map_err(|error| format!("{error:#}"))
}

#[test]
fn no_acknowledged_event_is_lost() {
    let report = cut(Subject::Log, 7, 64, Deaf::No).unwrap();
    assert!(report.on_old > 0 && report.acknowledged > 0, "{report}");
}

#[test]
fn a_disk_that_ignores_syncs_of_files_is_noticed() {
    let error = cut(Subject::Log, 7, 24, Deaf::ToFiles).unwrap_err();
    assert!(error.contains("power cut at call"), "{error}");
}

#[test]
fn a_disk_that_ignores_syncs_of_folders_is_noticed() {
    let error = cut(Subject::Log, 7, 24, Deaf::ToFolders).unwrap_err();
    assert!(error.contains("power cut at call"), "{error}");
}

#[test]
fn the_flush_of_sled_is_not_taken_for_durable() {
    let error = cut(Subject::Sled, 7, 24, Deaf::No).unwrap_err();
    assert!(error.contains("is lost") || error.contains("it does not open"), "{error}");
}
