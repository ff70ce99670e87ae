//! Events handed over together, each as a batch of its own; amendments of what was sealed long ago.

use std::sync::Arc;

use eventlog::suite::{SuiteClock, removal, start};
use eventlog::{AppendError, EventLog, Memory, Receipt, SeededEntropy};
use events::{Admission, Content, Incoming, Json, Position, Revision};
use tempfile::TempDir;

use crate::common::{ORIGIN, fill, open};

fn amendment(id: &str, correct: bool, named: &str) -> Incoming {
    let key = format!(r#"{{"source":"suite","id":"{named}"}}"#);
    let (kind, data) = if correct {
        ("corrected", format!(r#"{{"corrects":{key},"data":{{"removal_id":"{id}"}}}}"#))
    } else {
        ("retracted", format!(r#"{{"retracts":{key},"reason":"wrong"}}"#))
    };
    let text = format!(
        r#"{{"specversion":"1.0","source":"suite","id":"{id}","subject":"child/C0",
            "type":"casetrail.record.{kind}.v1","effectiveon":"2024-01-01","data":{data}}}"#
    );
    let content = Content::from_json(&Json::parse(text.as_bytes()).unwrap()).unwrap();
    Incoming { content, expected_revision: None, recorded_time: None }
}

/// Position, revision, and whether it was known: the engine draws other salts than the model.
type Outcome = Result<(Position, Revision, bool), AppendError>;

async fn each(log: &dyn EventLog, events: Vec<Incoming>) -> Vec<Outcome> {
    let place = |r: Receipt| (r.position, r.revision, r.already_recorded);
    let outcomes = log.append_each(events, Admission::Adapter, "tester").await;
    outcomes.into_iter().map(|outcome| outcome.map(place)).collect()
}

fn model() -> Memory {
    Memory::new(ORIGIN, Arc::new(SuiteClock::at(start())), SeededEntropy(7))
}

/// Events of which every third is refused or known, in an order that matters.
fn mixed() -> Vec<Incoming> {
    let stale = Incoming { expected_revision: Some(7), ..removal("late", "C0") };
    vec![
        removal("r0", "C0"),
        amendment("c1", true, "r0"),
        removal("r0", "C0"),
        removal("r1", "C1"),
        amendment("c2", true, "r0"),
        removal("r1", "C2"),
        amendment("x1", false, "c1"),
        stale,
        amendment("c3", true, "r0"),
    ]
}

#[tokio::test]
async fn each_event_has_the_outcome_of_a_batch_of_its_own() {
    let dir = TempDir::new().unwrap();
    let (log, model) = (open(dir.path()), model());
    let (found, expected) = (each(&log, mixed()).await, each(&model, mixed()).await);
    let refused = found.iter().filter(|outcome| outcome.is_err()).count();
    let known = found.iter().flatten().filter(|(_, _, known)| *known).count();
    assert_eq!((found.len(), refused, known), (9, 3, 1));
    assert_eq!(found, expected);
    assert_eq!(log.head(None).await.unwrap().position, Position(5));
    assert!(each(&log, Vec::new()).await.is_empty());
    log.close().unwrap();
    let after = each(&log, vec![removal("r9", "C0"), removal("r10", "C0")]).await;
    assert!(matches!(&after[..], [Err(AppendError::Stopped(_)), Err(AppendError::Stopped(_))]));
}

/// Every link of a chain lies in a run of its own, and opening anew changes nothing.
#[tokio::test]
async fn chains_hold_across_runs() {
    let links = [
        ("c1", true, "r0"),
        ("y", true, "r0"),
        ("c2", true, "c1"),
        ("y", false, "c1"),
        ("x2", false, "c2"),
        ("y", true, "c2"),
        ("y", true, "x2"),
        ("c3", true, "c1"),
        ("x3", false, "c3"),
        ("x1", false, "c1"),
        ("c4", true, "r0"),
        ("x4", false, "c4"),
        ("x0", false, "r0"),
        ("y", true, "r0"),
    ];
    let dir = TempDir::new().unwrap();
    let (mut log, model) = (open(dir.path()), model());
    let first = vec![removal("r0", "C0")];
    assert_eq!(each(&log, first.clone()).await, each(&model, first).await);
    let mut filled = 1_000;
    for (id, correct, named) in links {
        fill(&log, filled, 300).await;
        fill(&model, filled, 300).await;
        filled += 300;
        log.watch_sealed(Position((filled - 1_000) / 256 * 256)).await.unwrap();
        if filled % 4 == 0 {
            drop(log);
            log = open(dir.path());
        }
        let link = vec![amendment(id, correct, named)];
        let (found, expected) = (each(&log, link.clone()).await, each(&model, link).await);
        assert_eq!(found, expected, "{id} names {named}");
        assert_eq!(found[0].is_err(), id == "y", "{id} names {named}");
    }
}
