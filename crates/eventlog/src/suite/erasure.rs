//! Promise 10: what erasure destroys, and what it leaves.

use events::{Code, Hash, Logged, Payload, Position, Revision};

use super::{
    SuiteClock, all, correction, key, put, refused, removal, retraction, size, subject, whole,
};
use crate::{Batch, EventLog, ReadError};

/// The erasure of a child's stream.
#[must_use]
pub fn erasure(child: &str) -> Batch {
    Batch::Erase {
        subject: subject(&format!("child/{child}")),
        authority: "court order 7".to_owned(),
        reason: "expunged".to_owned(),
        recorded_by: "operator".to_owned(),
    }
}

async fn refusal_of(log: &dyn EventLog, batch: Batch) -> Option<Code> {
    log.append(batch).await.err().and_then(|error| error.refusal()).map(|refusal| refusal.code)
}

/// Two streams with amendments, of which C1 has every second event; 600 events and 2 more.
async fn two_streams(log: &dyn EventLog) -> Vec<Logged> {
    for n in 0..6 {
        let event =
            |m: u64| removal(&format!("r{n}-{m}"), if m.is_multiple_of(2) { "C1" } else { "C2" });
        put(log, (0..100).map(event).collect()).await;
    }
    put(log, vec![correction("c1", "C1", "r0-0", r#"{"removal_id":"x"}"#)]).await;
    put(log, vec![retraction("x1", "C1", "c1")]).await;
    all(log).await
}

fn hash_of(before: &[Logged]) -> Hash {
    before[0].subject_hash()
}

fn without(before: &[Logged], subject_hash: &Hash) -> Vec<Logged> {
    let bare = |logged: &Logged| logged.subject_hash() == *subject_hash;
    before.iter().map(|e| if bare(e) { e.entry().into() } else { e.clone() }).collect()
}

/// Promise 10: the payload goes, positions, entries and roots stay, and heads count what is gone.
pub async fn an_erased_stream_leaves_bare_entries(
    log: &dyn EventLog,
    _: &dyn EventLog,
    _: &SuiteClock,
) {
    let before = two_streams(log).await;
    let heads: Vec<_> = [0, 1, 2, 255, 256, 257, 601, 602].map(Position).to_vec();
    let mut roots = Vec::new();
    for at in &heads {
        roots.push(log.head(Some(*at)).await.expect("a head"));
    }
    let receipts = log.append(erasure("C1")).await.expect("erased");
    assert_eq!(receipts[0].position, Position(603));
    let after = all(log).await;
    assert_eq!(after[..602], without(&before, &hash_of(&before)));
    let Payload::SubjectErased(said) = whole(&after).pop().expect("the event").content.payload()
    else {
        panic!("the log says what it erased")
    };
    assert_eq!((said.subjecthash.as_str(), said.events), (&*hex::encode(hash_of(&before)), 302));
    for mut head in roots {
        let erased = after.iter().take_while(|e| e.position() <= head.position);
        head.erased = erased.filter(|e| e.is_erased()).count() as u64;
        assert_eq!(log.head(Some(head.position)).await.expect("a head"), head);
    }
    assert_eq!(log.head(None).await.expect("a head").erased, 302);
    assert_eq!(log.find(&key("r0-0")).await, Ok(None));
    assert_eq!(log.find(&key("r0-1")).await, Ok(Some(Position(2))));
    let gone = log.stream(&subject("child/C1"), Revision(1), 10).await;
    assert_eq!(gone, Err(ReadError::Erased));
    assert_eq!(log.stream(&subject("child/C2"), Revision(1), 999).await.expect("one").len(), 300);
}

/// Promise 10: an erased stream refuses everything, before anything else is looked at; what it
/// held is free for others.
pub async fn an_erased_stream_takes_nothing_more(
    log: &dyn EventLog,
    _: &dyn EventLog,
    _: &SuiteClock,
) {
    put(log, vec![removal("r1", "C1"), removal("r2", "C2")]).await;
    let own = Batch::Erase {
        subject: subject("log/keys"),
        authority: "a".to_owned(),
        reason: "r".to_owned(),
        recorded_by: "operator".to_owned(),
    };
    assert_eq!(refusal_of(log, own).await, Some(Code::ErasesLog));
    assert_eq!(refusal_of(log, erasure("C9")).await, Some(Code::ErasesUnknown));
    let Batch::Erase { subject: child, reason, recorded_by, .. } = erasure("C1") else {
        unreachable!("an erasure is one")
    };
    let blank = Batch::Erase { subject: child, authority: String::new(), reason, recorded_by };
    assert_eq!(refusal_of(log, blank).await, Some(Code::BlankField));
    assert_eq!(size(log).await, 2, "what was refused left no trace");
    assert_eq!(log.head(None).await.expect("a head").erased, 0);

    log.append(erasure("C1")).await.expect("erased");
    let erased = (0, Code::SubjectErased);
    assert_eq!(refused(log, vec![removal("r1", "C1")]).await, erased);
    let mut expecting = removal("r3", "C1");
    expecting.expected_revision = Some(7);
    assert_eq!(refused(log, vec![expecting]).await, erased);
    assert_eq!(refusal_of(log, erasure("C1")).await, Some(Code::SubjectErased));
    let receipts = put(log, vec![removal("r1", "C2")]).await;
    assert!(!receipts[0].already_recorded, "the identity is free again");
    assert_eq!(receipts[0].revision, Revision(2));
}

/// Promise 10: one erasure follows another, also of a stream that came after the first.
pub async fn erasures_follow_one_another(log: &dyn EventLog, _: &dyn EventLog, _: &SuiteClock) {
    put(log, vec![removal("r1", "C1"), removal("r2", "C2")]).await;
    for (child, revision) in [("C2", 1), ("C3", 2), ("C1", 3)] {
        put(log, vec![removal(&format!("before-{child}"), &format!("C{}", revision + 2))]).await;
        let receipts = log.append(erasure(child)).await.expect("erased");
        assert_eq!(receipts[0].revision, Revision(revision), "log/erasures grows");
        let gone = log.stream(&subject(&format!("child/{child}")), Revision(1), 10).await;
        assert_eq!(gone, Err(ReadError::Erased));
        assert_eq!(log.head(None).await.expect("a head").erased, revision);
    }
    put(log, vec![removal("r4", "C4")]).await;
    assert_eq!(size(log).await, 9);
    let said = log.stream(&subject("log/erasures"), Revision(1), 10).await.expect("a stream");
    assert_eq!(said.len(), 3);
}

/// Promises 8 and 10: an erasure that an import brings erases here; what is gone stays gone.
pub async fn an_imported_erasure_erases_here(
    log: &dyn EventLog,
    other: &dyn EventLog,
    _: &SuiteClock,
) {
    let before = two_streams(log).await;
    other.append(Batch::Exact(before[..300].to_vec())).await.expect("a prefix is taken");
    log.append(erasure("C1")).await.expect("erased");
    put(log, vec![removal("last", "C2")]).await;
    let after = all(log).await;
    other.append(Batch::Exact(after.clone())).await.expect("the rest is taken");
    assert_eq!(all(other).await, after);
    assert_eq!(other.head(None).await, log.head(None).await);
    assert_eq!(other.stream(&subject("child/C1"), Revision(1), 1).await, Err(ReadError::Erased));
    assert_eq!(refused(other, vec![removal("new", "C1")]).await, (0, Code::SubjectErased));
    let again = other.append(Batch::Exact(before)).await.expect("an older export has nothing new");
    assert!(again.iter().all(|receipt| receipt.already_recorded));
    assert_eq!(all(other).await, after, "and brings nothing back");
}

/// Promises 8 and 10: an export older than an erasure comes in without what certificates say is
/// destroyed, and what came in before goes.
pub async fn certificates_destroy_again(log: &dyn EventLog, other: &dyn EventLog, _: &SuiteClock) {
    let before = two_streams(log).await;
    let hash = hash_of(&before);
    let root = log.head(None).await.expect("a head").root;
    other.append(Batch::Exact(before[..300].to_vec())).await.expect("taken");
    let nothing = other.append(Batch::Destroy(vec![hash])).await.expect("destroyed");
    assert_eq!((nothing.len(), size(other).await), (0, 300));
    assert_eq!(all(other).await, without(&before[..300], &hash));
    other.append(Batch::Exact(before.clone())).await.expect("the rest is taken");
    assert_eq!(all(other).await, without(&before, &hash));
    assert_eq!(other.head(None).await.expect("a head").root, root);
    assert_eq!(other.find(&key("c1")).await, Ok(None));
    assert_eq!(refused(other, vec![removal("new", "C1")]).await, (0, Code::SubjectErased));
    log.append(erasure("C1")).await.expect("erased");
    let after = all(log).await;
    other.append(Batch::Exact(after.clone())).await.expect("the event itself comes with the log");
    assert_eq!(all(other).await, after);
    assert_eq!(other.head(None).await, log.head(None).await);
}
