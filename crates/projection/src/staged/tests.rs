//! A staged projection asks every subject whom its facts concern, and leaves the other as it was.

use events::{Family, Position};
use proptest::prelude::*;
use timeline::{Fact, Facts};

use crate::Known;
use crate::index::LaneId;
use crate::tests::histories::history;
use crate::tests::laws::{answers, memory, project, put, questions, runtime};

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn whom_a_question_concerns_is_enough(
        said in history(), changes in prop::collection::vec((0_u8..4, -400_i32..400), 1..20),
    ) {
        runtime().block_on(async {
            let (log, clock) = memory();
            put(&log, &clock, &said.iter().enumerate().collect::<Vec<_>>()).await;
            let projection = project(&log).await;
            let head = projection.position();
            let before = answers(&projection, head);
            let facts_of = |id: LaneId| projection.lane(id).stream().facts;
            let same = projection.with_facts(
                projection.lanes_of(Family::Child).iter().map(|id| (*id, facts_of(*id).clone())),
            );
            assert_eq!(answers(&same, head), before, "nothing is changed");

            let mut changes = changes.iter().cycle();
            let mut change = |fact: Fact| match changes.next().expect("a cycle has no end") {
                (0, _) => None,
                (1, days) => Some(Fact { day: fact.day.add_days(*days), ..fact }),
                (2, _) => Some(Fact { from: 1, ..fact }),
                _ => Some(fact),
            };
            let changed = |id: &LaneId| {
                (*id, facts_of(*id).iter().filter_map(&mut change).collect::<Facts>())
            };
            let families = [Family::Child, Family::Staff, Family::Case];
            let lanes = families.iter().flat_map(|family| projection.lanes_of(*family));
            let staged = projection.with_facts(lanes.map(changed).collect::<Vec<_>>());
            for position in [head, Position(head.0 / 2)] {
                let known = || Known { position, known_at: None };
                for asked in questions() {
                    let expected = staged.report_of_everyone(&asked, known());
                    let found = staged.report(&asked, known());
                    assert_eq!(found, expected, "{asked:?} at {position}");
                }
            }
            assert_eq!(answers(&projection, head), before, "the other is as it was");
        });
    }
}
