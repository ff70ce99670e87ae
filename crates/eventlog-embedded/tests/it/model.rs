//! Random lists of operations: the engine answers as the model does, through sealing and opening.

use std::sync::{Arc, Mutex};

use eventlog::suite::{SuiteClock, removal, start};
use eventlog::{Batch, EventLog, Memory, SeededEntropy};
use eventlog_embedded::{EmbeddedLog, Options};
use events::{Content, EventKey, Incoming, Json, Position, Revision, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::common::{ORIGIN, SharedEntropy, answers, small};

#[derive(Debug, Clone)]
enum Operation {
    Append { events: Vec<Draft>, at_micros: i64 },
    Backfill { events: Vec<Draft>, at_micros: i64 },
    Page { from: u64, limit: usize },
    Stream { child: u8, from: u64, limit: usize },
    Find { id: u16 },
    Head { at: u64 },
    Erase { child: u8 },
    Reopen { close: bool },
}

/// One event of a batch; names repeat, so that some are repetitions, conflicts or refused.
#[derive(Debug, Clone)]
struct Draft {
    id: u16,
    child: u8,
    expected_revision: Option<u64>,
    amends: Option<(bool, u16)>,
}

/// Events as they come: most are new or repetitions, some are conflicts, expectations, amendments.
fn any_draft() -> impl Strategy<Value = Draft> {
    let child = prop_oneof![9 => Just(None), 1 => (0_u8..9).prop_map(Some)];
    let expected = prop::option::weighted(0.1, 0_u64..60);
    let amends = prop::option::weighted(0.2, (any::<bool>(), 0_u16..400));
    (0_u16..2000, child, expected, amends).prop_map(|(id, child, expected_revision, amends)| {
        Draft { id, child: child.unwrap_or(home(id)), expected_revision, amends }
    })
}

/// Events that are new or repetitions, so that a batch of many is taken.
fn any_plain_draft() -> impl Strategy<Value = Draft> {
    (0_u16..2000).prop_map(plain_draft)
}

fn plain_draft(id: u16) -> Draft {
    Draft { id, child: home(id), expected_revision: None, amends: None }
}

/// The child that events of this name are about, unless they are in conflict.
fn home(id: u16) -> u8 {
    u8::try_from(id % 9).unwrap()
}

fn any_operation() -> impl Strategy<Value = Operation> {
    let batch = prop_oneof![4 => vec(any_draft(), 0..4), 2 => vec(any_plain_draft(), 20..60)];
    prop_oneof![
        12 => (batch.clone(), -5_i64..20)
            .prop_map(|(events, at_micros)| Operation::Append { events, at_micros }),
        2 => (batch, -5_i64..20)
            .prop_map(|(events, at_micros)| Operation::Backfill { events, at_micros }),
        2 => (0_u64..900, 0_usize..400).prop_map(|(from, limit)| Operation::Page { from, limit }),
        2 => (0_u8..10, 0_u64..80, 0_usize..30)
            .prop_map(|(child, from, limit)| Operation::Stream { child, from, limit }),
        1 => (0_u16..2000).prop_map(|id| Operation::Find { id }),
        1 => (0_u64..900).prop_map(|at| Operation::Head { at }),
        1 => (0_u8..10).prop_map(|child| Operation::Erase { child }),
        1 => any::<bool>().prop_map(|close| Operation::Reopen { close }),
    ]
}

fn event(draft: &Draft) -> Incoming {
    let (id, child) = (format!("r{}", draft.id), format!("C{}", draft.child));
    let mut event = match draft.amends {
        None => removal(&id, &child),
        Some((correct, named)) => amendment(&id, &child, correct, named),
    };
    event.expected_revision = draft.expected_revision;
    event
}

fn amendment(id: &str, child: &str, correct: bool, named: u16) -> Incoming {
    let (kind, data) = if correct {
        let data = r#"{"removal_id":"other"}"#;
        let key = format!(r#"{{"source":"suite","id":"r{named}"}}"#);
        ("record.corrected", format!(r#"{{"corrects":{key},"data":{data}}}"#))
    } else {
        let key = format!(r#"{{"source":"suite","id":"r{named}"}}"#);
        ("record.retracted", format!(r#"{{"retracts":{key},"reason":"wrong"}}"#))
    };
    let text = format!(
        r#"{{"specversion":"1.0","source":"suite","id":"{id}","type":"casetrail.{kind}.v1",
            "subject":"child/{child}","effectiveon":"2024-01-01","data":{data},
            "time":"2024-01-02T03:04:05+01:00","correlationid":"c","causationid":"é\"\n"}}"#
    );
    let content = Content::from_json(&Json::parse(text.as_bytes()).unwrap()).unwrap();
    Incoming { content, expected_revision: None, recorded_time: None }
}

/// The engine beside the model, both on one clock and with the same salts.
struct Pair {
    dir: TempDir,
    clock: Arc<SuiteClock>,
    entropy: SharedEntropy,
    log: Option<EmbeddedLog>,
    model: Memory,
}

impl Pair {
    fn new() -> Self {
        let clock = Arc::new(SuiteClock::at(start()));
        let entropy = SharedEntropy(Arc::new(Mutex::new(SeededEntropy(7))));
        let model = Memory::new(ORIGIN, Arc::clone(&clock), SeededEntropy(7));
        let mut pair = Self { dir: TempDir::new().unwrap(), clock, entropy, log: None, model };
        pair.open();
        // The engine has drawn its key, which the model has not.
        pair.log = None;
        *pair.entropy.0.lock().unwrap() = SeededEntropy(7);
        pair.open();
        pair
    }

    fn open(&mut self) {
        let clock: Arc<SuiteClock> = Arc::clone(&self.clock);
        let options = Options { entropy: Box::new(self.entropy.clone()), ..small(clock) };
        self.log = Some(EmbeddedLog::open(self.dir.path(), options).unwrap());
    }

    /// Appends more than a run and waits until it is sealed, so that all that follows meets sealed
    /// events.
    async fn begin(&self) {
        let events = (0..300).map(plain_draft).map(|draft| event(&draft)).collect();
        self.append(Batch::Adapter { events, recorded_by: "tester".to_owned() }).await;
        self.log.as_ref().unwrap().watch_sealed(Position(256)).await.unwrap();
    }

    async fn append(&self, batch: Batch) {
        let log = self.log.as_ref().unwrap();
        assert_eq!(log.append(batch.clone()).await, self.model.append(batch).await);
    }

    async fn apply(&mut self, operation: &Operation) {
        let log = self.log.as_ref().unwrap();
        let recorded_by = "tester".to_owned();
        match operation {
            Operation::Append { events, at_micros } => {
                self.clock.set(Timestamp::from_micros(start().micros() + at_micros));
                let events = events.iter().map(event).collect();
                self.append(Batch::Adapter { events, recorded_by }).await;
            }
            Operation::Backfill { events, at_micros } => {
                let at = Timestamp::from_micros(start().micros() + at_micros);
                let timed = |event| Incoming { recorded_time: Some(at), ..event };
                let events = events.iter().map(event).map(timed).collect();
                self.append(Batch::Backfill { events, recorded_by }).await;
            }
            Operation::Erase { child } => {
                let subject = format!("child/C{child}").parse().unwrap();
                let (authority, reason) = ("a court".to_owned(), "asked for".to_owned());
                self.append(Batch::Erase { subject, authority, reason, recorded_by }).await;
            }
            Operation::Page { from, limit } => {
                let from = Position(*from);
                assert_eq!(log.page(from, *limit).await, self.model.page(from, *limit).await);
            }
            Operation::Stream { child, from, limit } => {
                let subject = format!("child/C{child}").parse().unwrap();
                let (from, limit) = (Revision(*from), *limit);
                let expected = self.model.stream(&subject, from, limit).await;
                assert_eq!(log.stream(&subject, from, limit).await, expected);
            }
            Operation::Find { id } => {
                let key = EventKey { source: "suite".into(), id: format!("r{id}").into() };
                assert_eq!(log.find(&key).await, self.model.find(&key).await);
            }
            Operation::Head { at } => {
                let at = Some(Position(*at));
                assert_eq!(log.head(at).await, self.model.head(at).await);
            }
            Operation::Reopen { close } => {
                if *close {
                    log.close().unwrap();
                }
                self.log = None;
                self.open();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_answers_as_the_model(operations in vec(any_operation(), 1..50)) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut pair = Pair::new();
            pair.begin().await;
            for operation in &operations {
                pair.apply(operation).await;
            }
            let expected = answers(&pair.model).await;
            assert_eq!(answers(pair.log.as_ref().unwrap()).await, expected);
            pair.apply(&Operation::Reopen { close: false }).await;
            assert_eq!(answers(pair.log.as_ref().unwrap()).await, expected);
        });
    }
}
