//! Single flipped bits, and parts of other logs.

use casetrail_crash::flips;

#[tokio::test]
async fn no_flipped_bit_changes_an_answer() {
    let report = flips::rounds(7, 300).await.unwrap();
    assert!(report.at_opening > 0 && report.at_reading > 0, "{report}");
}

#[tokio::test]
async fn an_export_with_a_flipped_bit_has_another_root_or_is_refused() {
    let report = flips::export_rounds(7, 1500).await.unwrap();
    assert!(report.at_opening > 0 && report.at_reading > 0, "{report}");
}

#[tokio::test]
async fn a_segment_of_another_log_is_told() {
    flips::splice().await.unwrap();
}
