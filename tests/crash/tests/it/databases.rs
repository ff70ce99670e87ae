//! Servers of a log in a database that lose it.

use casetrail_crash::{failover, lines};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_primary_costs_nothing_acknowledged() {
    let report = failover::rounds(7, 2).await.map_err(|error| format!("{error:#}")).unwrap();
    assert!(report.acknowledged > 0, "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_and_slow_lines_cost_nothing_acknowledged() {
    let report = lines::rounds(7, 4).await.map_err(|error| format!("{error:#}")).unwrap();
    assert!(report.acknowledged > 0, "{report}");
}
