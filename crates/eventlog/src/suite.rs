//! The contract suite: a test per promise, run by every engine through [`crate::contract_suite`].
//!
//! The suite sets the clock that the engine is opened with, so that it can run behind.

mod erasure;

use std::any::Any;
use std::sync::Arc;

use events::{
    Code, Content, Date, Event, EventKey, Incoming, Json, Logged, Position, Revision, Subject,
    Timestamp,
};

pub use erasure::*;

use crate::{
    AppendError, Batch, EventLog, ProofError, ReadError, Receipt, Seen, SetClock,
    consistency_proof, inclusion_proof,
};

/// The clock of a log under test.
pub type SuiteClock = SetClock;

/// A log under test, and what must live as long as it does (a directory, a server).
pub struct Fixture {
    /// The log.
    pub log: Arc<dyn EventLog>,
    _keep: Box<dyn Any + Send>,
}

impl Fixture {
    /// A fixture of a log and what it needs.
    pub fn new(log: impl EventLog + 'static, keep: impl Any + Send) -> Self {
        Self { log: Arc::new(log), _keep: Box::new(keep) }
    }
}

/// The instant at which the suite's clocks stand at first.
///
/// # Panics
/// Never: the text is an instant.
#[must_use]
pub fn start() -> Timestamp {
    "2024-06-01T12:00:00Z".parse().expect("an instant")
}

/// Runs every promise as a test of its own. The argument is an async closure that opens an empty
/// log with an origin and a clock and gives a [`Fixture`].
#[macro_export]
macro_rules! contract_suite {
    ($make:expr) => {
        $crate::contract_suite!(@tests $make;
            positions_are_dense,
            a_batch_is_all_or_nothing,
            a_revision_mismatch_shows_what_was_not_seen,
            visible_means_acknowledged,
            a_repetition_gets_the_first_receipt,
            other_content_under_the_same_identity_is_a_conflict,
            concurrent_callers_share_one_order,
            errors_are_not_ends,
            recorded_time_never_decreases,
            backfill_keeps_its_own_times,
            exact_import_reproduces_the_log,
            exact_import_refuses_what_does_not_continue,
            amendments_name_what_stands,
            amendments_are_checked_as_the_original,
            long_histories_page_and_stream,
            tiles_prove_inclusion_and_consistency,
            an_erased_stream_leaves_bare_entries,
            an_erased_stream_takes_nothing_more,
            erasures_follow_one_another,
            an_imported_erasure_erases_here,
            certificates_destroy_again,
        );
    };
    (@tests $make:expr; $($name:ident,)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let clock = std::sync::Arc::new($crate::suite::SuiteClock::at($crate::suite::start()));
            let make = $make;
            let empty = make("example.org/suite", clock.clone()).await;
            let other = make("example.org/suite", clock.clone()).await;
            $crate::suite::$name(&*empty.log, &*other.log, &clock).await;
        }
    )*};
}

fn subject(name: &str) -> Subject {
    name.parse().expect("a subject")
}

fn key(id: &str) -> EventKey {
    EventKey { source: "suite".into(), id: id.into() }
}

fn content(id: &str, stream: &str, kind: &str, data: &str) -> Content {
    let text = format!(
        r#"{{"specversion":"1.0","source":"suite","id":"{id}","type":"casetrail.{kind}.v1",
            "subject":"{stream}","effectiveon":"2024-01-01","data":{data}}}"#
    );
    let json = Json::parse(text.as_bytes()).expect("JSON");
    Content::from_json(&json).expect("an event of the vocabulary")
}

/// A removal with this identity on this child's stream.
#[must_use]
pub fn removal(id: &str, child: &str) -> Incoming {
    let data = format!(r#"{{"removal_id":"{id}"}}"#);
    plain(content(id, &format!("child/{child}"), "removal.recorded", &data))
}

fn plain(content: Content) -> Incoming {
    Incoming { content, expected_revision: None, recorded_time: None }
}

fn correction(id: &str, child: &str, named: &str, data: &str) -> Incoming {
    let data = format!(r#"{{"corrects":{{"source":"suite","id":"{named}"}},"data":{data}}}"#);
    plain(content(id, &format!("child/{child}"), "record.corrected", &data))
}

fn retraction(id: &str, child: &str, named: &str) -> Incoming {
    let data = format!(r#"{{"retracts":{{"source":"suite","id":"{named}"}},"reason":"wrong"}}"#);
    plain(content(id, &format!("child/{child}"), "record.retracted", &data))
}

/// A batch of an adapter.
#[must_use]
pub fn adapter(events: Vec<Incoming>) -> Batch {
    Batch::Adapter { events, recorded_by: "tester".to_owned() }
}

async fn put(log: &dyn EventLog, events: Vec<Incoming>) -> Vec<Receipt> {
    log.append(adapter(events)).await.expect("the batch is taken")
}

async fn refused(log: &dyn EventLog, events: Vec<Incoming>) -> (usize, Code) {
    match log.append(adapter(events)).await {
        Err(AppendError::Refused { index, refusal }) => (index, refusal.code),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

async fn all(log: &dyn EventLog) -> Vec<Logged> {
    let mut events = Vec::new();
    loop {
        let next = Position(events.len() as u64 + 1);
        let page = log.page(next, 7).await.expect("a page");
        assert_eq!(scanned(log, next, 7).await, page.iter().map(shown).collect::<Vec<_>>());
        if page.is_empty() {
            let rest = scanned(log, Position(1), 10_000).await;
            assert_eq!(rest, events.iter().map(shown).collect::<Vec<_>>());
            return events;
        }
        events.extend(page);
    }
}

/// Everything that a visitor is shown.
fn shown(logged: &Logged) -> String {
    format!("{:?}", Seen::from(logged))
}

async fn scanned(log: &dyn EventLog, from: Position, limit: usize) -> Vec<String> {
    let (show, seen) = std::sync::mpsc::channel();
    let visit = move |seen: Seen<'_>| show.send(format!("{seen:?}")).expect("it is received");
    let count = log.scan(from, limit, Box::new(visit)).await.expect("a scan");
    let all: Vec<_> = seen.iter().collect();
    assert_eq!(all.len(), count);
    all
}

fn whole(logged: &[Logged]) -> Vec<Event> {
    logged.iter().filter_map(Logged::event).cloned().collect()
}

async fn size(log: &dyn EventLog) -> u64 {
    log.head(None).await.expect("a head").position.0
}

/// Promise 1: positions are dense from 1 in commit order.
pub async fn positions_are_dense(log: &dyn EventLog, _: &dyn EventLog, _: &SuiteClock) {
    assert_eq!(log.head(None).await.expect("a head").root, proof::empty_root());
    for n in 1..=20_u64 {
        let receipts = put(log, vec![removal(&format!("r{n}"), &format!("C{}", n % 3))]).await;
        assert_eq!(receipts[0].position, Position(n));
        assert_eq!(receipts[0].revision.0, (n - 1) / 3 + 1);
        assert!(!receipts[0].already_recorded);
    }
    let events = all(log).await;
    assert!(events.iter().zip(1..).all(|(e, n)| e.position().0 == n), "dense and in order");
    let leaves: Vec<_> = events.iter().map(Logged::leaf).collect();
    for at in 0..=20_usize {
        let head = log.head(Some(Position(at as u64))).await.expect("a past head");
        assert_eq!(head.root, proof::root_of(&leaves[..at]), "the tree of {at} entries");
    }
}

/// Promise 2: all of a batch or nothing.
pub async fn a_batch_is_all_or_nothing(log: &dyn EventLog, _: &dyn EventLog, _: &SuiteClock) {
    put(log, vec![removal("r1", "C1")]).await;
    let mut late = removal("r1", "C1");
    late.content.effective_on = Date::MIN;
    let (index, code) = refused(log, vec![removal("r2", "C1"), removal("r3", "C2"), late]).await;
    assert_eq!((index, code), (2, Code::IdentityConflict));
    assert_eq!(size(log).await, 1);
    assert_eq!(log.find(&key("r2")).await, Ok(None));
    let none = log.stream(&subject("child/C2"), Revision(1), 10).await;
    assert_eq!(none, Ok(Vec::new()));
    let receipts = put(log, vec![removal("r2", "C1"), removal("r3", "C2")]).await;
    assert_eq!(receipts[1].position, Position(3));
}

/// Promise 2: the caller is shown what it has not seen.
pub async fn a_revision_mismatch_shows_what_was_not_seen(
    log: &dyn EventLog,
    _: &dyn EventLog,
    _: &SuiteClock,
) {
    let expecting = |id: &str, revision| {
        let mut event = removal(id, "C1");
        event.expected_revision = Some(revision);
        event
    };
    put(log, vec![expecting("r1", 0), expecting("r2", 1)]).await;
    put(log, vec![removal("r3", "C1")]).await;
    let outcome = log.append(adapter(vec![expecting("r4", 1)])).await;
    let Err(AppendError::RevisionMismatch { index: 0, actual, unseen }) = outcome else {
        panic!("expected a mismatch, got {outcome:?}")
    };
    assert_eq!(actual, Revision(3));
    let ids: Vec<_> = unseen.iter().map(|e| e.content.key.id.as_str()).collect();
    assert_eq!(ids, ["r2", "r3"]);
    assert_eq!(size(log).await, 3);
    put(log, vec![expecting("r4", 3)]).await;
}

/// Promise 3: who is told `Ok` can read it, and watchers wake.
pub async fn visible_means_acknowledged(log: &dyn EventLog, _: &dyn EventLog, _: &SuiteClock) {
    let watching = log.watch(Position(0));
    let receipts = put(log, vec![removal("r1", "C1")]).await;
    assert_eq!(watching.await, Ok(Position(1)));
    let events = all(log).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].leaf(), receipts[0].leaf);
    assert_eq!(log.find(&key("r1")).await, Ok(Some(Position(1))));
    assert_eq!(log.stream(&subject("child/C1"), Revision(1), 9).await, Ok(whole(&events)));
}

/// Promises 4 and 5: a repetition is answered with the first receipt, before all else is judged.
pub async fn a_repetition_gets_the_first_receipt(
    log: &dyn EventLog,
    _: &dyn EventLog,
    clock: &SuiteClock,
) {
    let first = put(log, vec![removal("r1", "C1")]).await[0];
    clock.set(Timestamp::from_micros(start().micros() + 5_000_000));
    let mut again = removal("r1", "C1");
    again.expected_revision = Some(0);
    let receipts = put(log, vec![removal("r2", "C1"), again, removal("r2", "C1")]).await;
    assert_eq!(receipts[1], Receipt { already_recorded: true, ..first });
    assert_eq!(receipts[2], Receipt { already_recorded: true, ..receipts[0] });
    assert_eq!(size(log).await, 2);
}

/// Promise 4: other content under the same identity is never success.
pub async fn other_content_under_the_same_identity_is_a_conflict(
    log: &dyn EventLog,
    _: &dyn EventLog,
    _: &SuiteClock,
) {
    put(log, vec![removal("r1", "C1")]).await;
    let mut other = removal("r1", "C1");
    other.content.time = Some("2024-01-01T00:00:00Z".into());
    assert_eq!(refused(log, vec![other]).await, (0, Code::IdentityConflict));
    assert_eq!(refused(log, vec![removal("r1", "C2")]).await, (0, Code::IdentityConflict));
    assert_eq!(size(log).await, 1);
}

/// Promises 1 and 3: batches under way at once come out in the order of the calls, unbroken.
pub async fn concurrent_callers_share_one_order(
    log: &dyn EventLog,
    _: &dyn EventLog,
    _: &SuiteClock,
) {
    let batch =
        |n: u64| adapter(vec![removal(&format!("a{n}"), "C1"), removal(&format!("b{n}"), "C2")]);
    let pending: Vec<_> = (0..300).map(|n| log.append(batch(n))).collect();
    for (n, outcome) in pending.into_iter().enumerate() {
        let receipts = outcome.await.expect("taken");
        let first = 2 * n as u64 + 1;
        assert_eq!(receipts[0].position, Position(first));
        assert_eq!(receipts[1].position, Position(first + 1));
    }
    assert_eq!(size(log).await, 600);
}

/// Promise 6: an empty page means the end, and a position behind the head is an error.
pub async fn errors_are_not_ends(log: &dyn EventLog, _: &dyn EventLog, _: &SuiteClock) {
    put(log, vec![removal("r1", "C1")]).await;
    assert_eq!(log.page(Position(2), 10).await, Ok(Vec::new()));
    let beyond = log.head(Some(Position(2))).await;
    let (asked, head) = (Position(2), Position(1));
    assert_eq!(beyond, Err(ReadError::BeyondHead { asked, head }));
}

/// Promise 7: a clock that runs behind repeats the last value.
pub async fn recorded_time_never_decreases(
    log: &dyn EventLog,
    _: &dyn EventLog,
    clock: &SuiteClock,
) {
    let first = put(log, vec![removal("r1", "C1")]).await[0].recorded_time;
    assert_eq!(first, start());
    clock.set(Timestamp::from_micros(start().micros() - 3_600_000_000));
    assert_eq!(put(log, vec![removal("r2", "C1")]).await[0].recorded_time, first);
    clock.set(Timestamp::from_micros(start().micros() + 1));
    assert_eq!(
        put(log, vec![removal("r3", "C1")]).await[0].recorded_time.micros(),
        first.micros() + 1
    );
}

/// Promise 7: prior history keeps its times, which do not decrease nor lie in the future.
pub async fn backfill_keeps_its_own_times(log: &dyn EventLog, _: &dyn EventLog, _: &SuiteClock) {
    let at = |id: &str, micros: i64| {
        let mut event = removal(id, "C1");
        event.recorded_time = Some(Timestamp::from_micros(start().micros() + micros));
        event
    };
    let backfill =
        |events| log.append(Batch::Backfill { events, recorded_by: "tester".to_owned() });
    let receipts =
        backfill(vec![at("r1", -90), at("r2", -90), at("r3", -10)]).await.expect("taken");
    assert_eq!(receipts[1].recorded_time.micros(), start().micros() - 90);
    assert_eq!(&*whole(&all(log).await)[0].recorded_by, "tester+backfill");
    for (event, code) in [(at("r4", -11), Code::TimeDecreases), (at("r4", 1), Code::TimeInFuture)] {
        let outcome = backfill(vec![event]).await;
        assert_eq!(outcome.err().and_then(|e| e.refusal()).map(|r| r.code), Some(code));
    }
    let again = backfill(vec![at("r1", 77)]).await.expect("a repetition");
    assert!(again[0].already_recorded, "looked at before the time is");
}

/// Promise 8: export and exact import give the same log, from empty or from a prefix.
pub async fn exact_import_reproduces_the_log(
    log: &dyn EventLog,
    other: &dyn EventLog,
    clock: &SuiteClock,
) {
    for n in 0..40 {
        clock.set(Timestamp::from_micros(start().micros() + n));
        put(log, vec![removal(&format!("r{n}"), &format!("C{}", n % 7))]).await;
    }
    put(log, vec![correction("c1", "C1", "r1", r#"{"removal_id":"x"}"#)]).await;
    put(log, vec![retraction("x1", "C1", "c1")]).await;
    let events = all(log).await;
    other.append(Batch::Exact(events[..11].to_vec())).await.expect("a prefix is taken");
    let receipts = other.append(Batch::Exact(events.clone())).await.expect("the rest is taken");
    assert!(receipts[10].already_recorded && !receipts[11].already_recorded);
    assert_eq!(all(other).await, events);
    assert_eq!(other.head(None).await, log.head(None).await);
    put(log, vec![removal("next", "C3")]).await;
    put(other, vec![removal("next", "C3")]).await;
    let salts = |events: &[Logged]| whole(events).last().map(|e| e.subject_salt);
    assert_eq!(salts(&all(other).await), salts(&all(log).await), "the stream keeps its salt");
}

/// Promise 8: what does not continue the log exactly is refused.
pub async fn exact_import_refuses_what_does_not_continue(
    log: &dyn EventLog,
    other: &dyn EventLog,
    _: &SuiteClock,
) {
    put(log, (0..5).map(|n| removal(&format!("r{n}"), "C1")).collect()).await;
    let events = all(log).await;
    other.append(Batch::Exact(events[..2].to_vec())).await.expect("a prefix is taken");
    let mut salted = whole(&events)[2].clone();
    salted.subject_salt.0[0] ^= 1;
    let mut foreign = whole(&events)[1].clone();
    foreign.recorded_by = "someone".into();
    for wrong in [events[3].clone(), salted.into(), foreign.into()] {
        let outcome = other.append(Batch::Exact(vec![wrong])).await;
        let code = outcome.err().and_then(|e| e.refusal()).map(|r| r.code);
        assert_eq!(code, Some(Code::ImportMismatch));
    }
    assert_eq!(size(other).await, 2);
}

/// Promise 9: an amendment names what stands on its own stream.
pub async fn amendments_name_what_stands(log: &dyn EventLog, _: &dyn EventLog, _: &SuiteClock) {
    let data = r#"{"removal_id":"x"}"#;
    put(log, vec![removal("r1", "C1"), removal("r2", "C2")]).await;
    let unknown = (0, Code::AmendsUnknown);
    assert_eq!(refused(log, vec![retraction("x0", "C1", "nothing")]).await, unknown);
    assert_eq!(refused(log, vec![retraction("x0", "C1", "r2")]).await, unknown);
    put(log, vec![correction("c1", "C1", "r1", data)]).await;
    let superseded = (0, Code::AmendsSuperseded);
    assert_eq!(refused(log, vec![correction("c2", "C1", "r1", data)]).await, superseded);
    assert_eq!(refused(log, vec![retraction("x0", "C1", "r1")]).await, superseded);
    put(log, vec![correction("c2", "C1", "c1", data), retraction("x1", "C1", "c2")]).await;
    assert_eq!(refused(log, vec![retraction("x2", "C1", "c2")]).await, superseded);
    assert_eq!(refused(log, vec![retraction("x2", "C1", "x1")]).await, (0, Code::AmendsFinal));
    put(log, vec![retraction("x2", "C1", "c1"), retraction("x3", "C1", "r1")]).await;
    assert_eq!(refused(log, vec![correction("c3", "C1", "r1", data)]).await, superseded);
}

/// Promise 9: a replacement is data of the original's type, also when it corrects a correction.
pub async fn amendments_are_checked_as_the_original(
    log: &dyn EventLog,
    _: &dyn EventLog,
    _: &SuiteClock,
) {
    put(log, vec![removal("r1", "C1")]).await;
    let outcome = log.append(adapter(vec![correction("c1", "C1", "r1", r#"{"goal":"x"}"#)])).await;
    let refusal = outcome.err().and_then(|e| e.refusal()).expect("a refusal");
    assert!(refusal.path.starts_with("/data/data/"), "{refusal:?}");
    put(log, vec![correction("c1", "C1", "r1", r#"{"removal_id":"x"}"#)]).await;
    let wrong = correction("c2", "C1", "c1", r#"{"corrects":{"source":"s","id":"i"},"data":{}}"#);
    assert_eq!(refused(log, vec![wrong]).await.1, Code::MissingField);
}

/// Promises 1, 6 and 8 over a history of several blocks and many streams.
pub async fn long_histories_page_and_stream(
    log: &dyn EventLog,
    other: &dyn EventLog,
    _: &SuiteClock,
) {
    for n in 0..20_u64 {
        let batch = (0..75).map(|m| removal(&format!("r{n}-{m}"), &format!("C{}", m % 11)));
        put(log, batch.collect()).await;
    }
    let events = log.page(Position(1), 10_000).await.expect("a page");
    assert_eq!(events.len(), 1500);
    let some: Vec<Position> = (0..40).map(|n| Position(1 + n * 37 % events.len() as u64)).collect();
    let found = log.at(&some).await.expect("events");
    assert_eq!(found.iter().map(Logged::position).collect::<Vec<_>>(), some);
    let expected = some.iter().map(|at| &events[usize::try_from(at.0 - 1).expect("small")]);
    assert!(found.iter().eq(expected));
    let behind = [Position(events.len() as u64 + 1), Position(1)];
    assert_eq!(log.at(&behind).await.expect("events"), events[..1]);
    for from in [1_usize, 255, 256, 257, 512, 1023, 1500] {
        let page = log.page(Position(from as u64), 3).await.expect("a page");
        let last = (from + 2).min(1500);
        assert_eq!(page, events[from - 1..last]);
    }
    let c3 = subject("child/C3");
    let expected: Vec<_> = whole(&events);
    let expected: Vec<_> = expected.into_iter().filter(|e| e.content.subject == c3).collect();
    assert_eq!(log.stream(&c3, Revision(1), 10_000).await.expect("a stream"), expected);
    assert_eq!(log.stream(&c3, Revision(50), 4).await.expect("a part"), expected[49..53]);
    for chunk in events.chunks(331) {
        other.append(Batch::Exact(chunk.to_vec())).await.expect("taken");
    }
    for at in [0, 1, 255, 256, 257, 1000, 1500] {
        let at = Some(Position(at));
        assert_eq!(other.head(at).await, log.head(at).await);
    }
}

/// Proofs made of tiles verify, for events and trees on both sides of the edges of blocks.
pub async fn tiles_prove_inclusion_and_consistency(
    log: &dyn EventLog,
    _: &dyn EventLog,
    _: &SuiteClock,
) {
    for n in 0..10_u64 {
        let batch = (0..77).map(|m| removal(&format!("r{n}-{m}"), &format!("C{}", m % 11)));
        put(log, batch.collect()).await;
    }
    let events = all(log).await;
    let sizes = [1, 2, 255, 256, 257, 511, 512, 513, 769, 770].map(Position);
    for size in sizes {
        let root = log.head(Some(size)).await.expect("a head").root;
        for at in sizes.into_iter().filter(|at| *at <= size) {
            let leaf = events[usize::try_from(at.0).expect("small") - 1].leaf();
            let proof = inclusion_proof(log, at, size).await.expect("a proof");
            proof::verify_inclusion(&leaf, at.0 - 1, size.0, &proof, &root).expect("included");
            let old = log.head(Some(at)).await.expect("a head").root;
            let proof = consistency_proof(log, at, size).await.expect("a proof");
            proof::verify_consistency(at.0, size.0, &proof, &old, &root).expect("consistent");
        }
    }
    let outside = inclusion_proof(log, Position(771), Position(771)).await;
    assert!(matches!(outside, Err(ProofError::Read(ReadError::BeyondHead { .. }))), "{outside:?}");
}
