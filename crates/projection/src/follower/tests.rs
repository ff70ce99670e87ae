//! Readers see what a fold of the log up to their position would say; a log that gives other events
//! than its tree has is found out.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use eventlog::{Batch, EventLog, Head, Memory, Pending, ReadError};
use events::{Event, EventKey, Hash, Logged, Position, Revision, Subject};
use proof::TileId;
use proptest::prelude::*;

use super::{FollowError, Follower, NotReached};
use crate::Projection;
use crate::tests::histories::{Said, history};
use crate::tests::laws::{answers, memory, project, put, runtime};

const SOON: Duration = Duration::from_secs(30);

fn all(said: &[Said]) -> Vec<(usize, &Said)> {
    said.iter().enumerate().collect()
}

fn removals(count: usize) -> Vec<Said> {
    let said = |n: usize| Said {
        subject: format!("child/C{}", n % 3).parse().expect("a subject"),
        kind: "removal.recorded",
        day: "2024-01-02".parse().expect("a date"),
        data: format!(r#"{{"removal_id":"R{n}"}}"#),
        amends: None,
    };
    (0..count).map(said).collect()
}

/// A log that leaves out the event at a position and gives those behind it one position earlier.
struct Skipping {
    log: Memory,
    left_out: u64,
}

#[async_trait]
impl EventLog for Skipping {
    fn append(&self, batch: Batch) -> Pending {
        self.log.append(batch)
    }

    async fn page(&self, from: Position, limit: usize) -> Result<Vec<Logged>, ReadError> {
        let mut page = self.log.page(from, limit + 1).await?;
        if let Some(index) = page.iter().position(|logged| logged.position().0 == self.left_out) {
            page.remove(index);
            for logged in &mut page[index..] {
                let Logged::Whole(event) = logged else { continue };
                event.position.0 -= 1;
            }
        }
        page.truncate(limit);
        Ok(page)
    }

    async fn stream(
        &self,
        subject: &Subject,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        self.log.stream(subject, from, limit).await
    }

    async fn find(&self, key: &EventKey) -> Result<Option<Position>, ReadError> {
        self.log.find(key).await
    }

    async fn head(&self, at: Option<Position>) -> Result<Head, ReadError> {
        self.log.head(at).await
    }

    async fn tile(&self, tile: TileId) -> Result<Vec<Hash>, ReadError> {
        self.log.tile(tile).await
    }

    async fn checkpoint(&self, at: Position) -> Result<Option<String>, ReadError> {
        self.log.checkpoint(at).await
    }

    async fn watch(&self, after: Position) -> Result<Position, ReadError> {
        self.log.watch(after).await
    }
}

proptest! {
    // Every question, at every position that readers happen to see.
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn readers_see_a_fold_up_to_their_position(said in history(), cut in 1_usize..30) {
        runtime().block_on(async {
            let (log, clock) = memory();
            let cut = cut.min(said.len());
            put(&log, &clock, &all(&said)[..cut]).await;
            let mut follower =
                Follower::start(Arc::new(log.clone()), Projection::default()).await.expect("started");
            let view = follower.view();
            let first = view.now();
            let expected_first = answers(&first.projection, first.position());
            let reading = view.clone();
            let (end, ended) = std::sync::mpsc::channel::<()>();
            let reader = thread::Builder::new().name("reader".to_owned()).spawn(move || {
                let mut seen = Vec::new();
                loop {
                    let over = ended.try_recv().is_ok();
                    let now = reading.now();
                    let answers = answers(&now.projection, now.position());
                    seen.push((now.position(), now.root, answers));
                    if over {
                        return seen;
                    }
                }
            });
            let reader = reader.expect("a thread");
            for pair in all(&said).chunks(2) {
                put(&log, &clock, pair).await;
                follower.catch_up().await.expect("followed");
            }
            end.send(()).expect("the reader reads");
            let seen = reader.join().expect("the reader has read");
            let head = log.head(None).await.expect("a head");
            assert_eq!(seen.last().map(|(position, ..)| *position), Some(head.position));
            assert!(seen.is_sorted_by_key(|(position, ..)| *position));
            for (position, root, found) in seen {
                let mut prefix = Projection::default();
                let limit = position.0.try_into().expect("small");
                for event in log.page(Position(1), limit).await.expect("a page") {
                    prefix.apply(&event).expect("applied");
                }
                assert_eq!(found, answers(&prefix, position));
                assert_eq!(root, log.head(Some(position)).await.expect("a head").root);
            }
            assert_eq!(answers(&first.projection, first.position()), expected_first, "it stays");
        });
    }
}

#[test]
fn an_event_left_out_is_found_at_the_next_head() {
    runtime().block_on(async {
        for left_out in [600, 601, 699] {
            let (log, clock) = memory();
            let said = removals(700);
            put(&log, &clock, &all(&said)[..599]).await;
            let skipping = Skipping { log: log.clone(), left_out };
            let started = Follower::start(Arc::new(skipping), Projection::default()).await;
            let mut follower = started.expect("nothing was left out yet");
            put(&log, &clock, &all(&said)[599..]).await;
            let outcome = follower.catch_up().await;
            assert!(matches!(outcome, Err(FollowError::Unlike(_))), "{left_out}: {outcome:?}");
            assert_eq!(follower.view().now().position(), Position(599), "it is not shown");
        }
    });
}

#[test]
fn a_follower_goes_on_from_where_a_projection_was() {
    runtime().block_on(async {
        let (log, clock) = memory();
        let said = removals(520);
        for end in [0, 1, 255, 256, 257, 511, 520] {
            put(&log, &clock, &all(&said)[..end]).await;
            let mut follower =
                Follower::start(Arc::new(log.clone()), project(&log).await).await.expect("started");
            let head = log.head(None).await.expect("a head");
            let now = follower.view().now();
            assert_eq!((now.position(), now.root), (head.position, head.root));
            follower.catch_up().await.expect("there is nothing to take");
        }
    });
}

#[test]
fn who_asks_for_a_position_waits_for_it_and_no_longer_than_said() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (log, clock) = memory();
        let said = removals(3);
        put(&log, &clock, &all(&said)[..1]).await;
        let started = Follower::start(Arc::new(log.clone()), Projection::default()).await;
        let mut follower = started.expect("started");
        let view = follower.view();
        let asked = Position(3);
        let early = view.at(asked, Duration::from_millis(5)).await;
        assert_eq!(early.err(), Some(NotReached { asked, reached: Position(1) }));
        let following = tokio::spawn(async move { follower.run().await });
        let waiting = {
            let view = view.clone();
            tokio::spawn(async move { view.at(asked, SOON).await.expect("reached").position() })
        };
        put(&log, &clock, &all(&said)[1..]).await;
        assert_eq!(waiting.await.expect("it waits"), asked);
        following.abort();
        assert!(following.await.is_err());
        assert_eq!(view.at(asked, SOON).await.expect("it is there").position(), asked);
        let beyond = view.at(Position(4), SOON).await;
        assert!(beyond.is_err(), "nobody follows any more, so it does not wait");
    });
}

#[test]
fn an_erased_stream_is_gone_from_what_is_shown() {
    runtime().block_on(async {
        let (log, clock) = memory();
        put(&log, &clock, &all(&removals(6))).await;
        let mut follower =
            Follower::start(Arc::new(log.clone()), Projection::default()).await.expect("started");
        let subject: Subject = "child/C1".parse().expect("a subject");
        let (authority, reason) = ("court".to_owned(), "expunged".to_owned());
        let recorded_by = "operator".to_owned();
        let erasure = Batch::Erase { subject, authority, reason, recorded_by };
        log.append(erasure).await.expect("erased");
        follower.catch_up().await.expect("followed");
        let (now, fresh) = (follower.view().now(), project(&log).await);
        assert_eq!(now.root, log.head(None).await.expect("a head").root);
        assert!(now.projection.names().known("child/C1").is_none());
        let position = fresh.position();
        assert_eq!(answers(&now.projection, position), answers(&fresh, position));
    });
}
