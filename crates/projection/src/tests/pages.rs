//! However many events are taken at a time, the projection is the same, down to its numbers.

use eventlog::EventLog;
use events::{Logged, Position};
use proptest::prelude::*;

use super::histories::history;
use super::laws::{memory, put, runtime};
use super::snapshots::bytes;
use crate::page::Page;
use crate::{ApplyError, Projection};

fn page_of(events: &[Logged]) -> Page {
    let mut page = Page::default();
    events.iter().for_each(|logged| page.push(logged.into()));
    page
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn pages_of_any_size_give_the_same_projection(said in history(), size in 2_usize..60) {
        runtime().block_on(async {
            let (log, clock) = memory();
            put(&log, &clock, &said.iter().enumerate().collect::<Vec<_>>()).await;
            let events = log.page(Position(1), 10_000).await.expect("a page");
            let mut alone = Projection::default();
            for event in &events {
                alone.apply(event).expect("applied");
            }
            let mut together = Projection::default();
            let mut page = Page::default();
            for some in events.chunks(size) {
                page.clear();
                some.iter().for_each(|logged| page.push(logged.into()));
                together.apply_page(&page).expect("applied");
            }
            assert_eq!(bytes(&log, &together).await, bytes(&log, &alone).await, "{size} at a time");
        });
    }
}

#[test]
fn a_page_is_taken_up_to_what_cannot_follow() {
    runtime().block_on(async {
        let (log, clock) = memory();
        let said = [super::snapshots::said(0), super::snapshots::said(1)];
        put(&log, &clock, &[(0, &said[0]), (1, &said[1])]).await;
        let events = log.page(Position(1), 10).await.expect("a page");
        let mut projection = Projection::default();
        let twice = [&events[..], &events[1..]].concat();
        let outcome = projection.apply_page(&page_of(&twice));
        let (found, after) = (Position(2), Position(2));
        assert_eq!(outcome, Err(ApplyError::OutOfOrder { found, after }));
        assert_eq!(projection.position(), after);
    });
}
