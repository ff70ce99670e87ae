//! What holds of every answer, whatever the history, for every metric.

use eventlog::EventLog as _;
use events::{EventType, Family, Json, Position};
use metrics::{Asked, Cells, Dimension, Exact, Lack, Line, MetricId, Population};
use proptest::prelude::*;
use timeline::{Fact, Facts};

use super::histories::{Said, history};
use super::laws::{memory, project, put, questions, runtime};
use crate::index::LaneId;
use crate::{Explained, Known, Projection, Selection};

/// Whether the numerator is a part of the denominator.
fn numerator_is_part(metric: MetricId) -> bool {
    !matches!(
        metric,
        MetricId::SupervisorRatio
            | MetricId::ReturnedCases
            | MetricId::CfsrP5
            | MetricId::Incentive
            | MetricId::Scorecard
            | MetricId::Baseline
    )
}

/// Whether each member, or each part of one, stands in one row alone.
fn groups_are_partition(metric: MetricId) -> bool {
    // Staff have several roles, cases several children.
    let of_children = numerator_is_part(metric) && metric != MetricId::TraumaTraining;
    of_children || metric == MetricId::CfsrP5
}

/// The question by each of its dimensions, and by all of them.
fn grouped(asked: &Asked) -> Vec<Asked> {
    let dimensions = asked.metric.dimensions();
    let by = |by: &[Dimension]| Asked { by: by.to_vec(), ..asked.clone() };
    dimensions.iter().map(|d| by(&[*d])).chain([by(dimensions)]).collect()
}

fn exact(count: &Json) -> Exact {
    let text = count.as_str().map_or_else(|| count.canonical_text(), str::to_owned);
    text.parse().expect("a count")
}

fn counts(line: &Line) -> [Exact; 4] {
    [&line.numerator, &line.denominator, &line.unknown, &line.excluded].map(exact)
}

fn cells(cells: &Cells) -> [Exact; 4] {
    [&cells.numerator, &cells.denominator, &cells.unknown, &cells.excluded].map(|n| n.exact())
}

fn whole(n: i64) -> Exact {
    Exact::from_integer(n.into())
}

/// Adds up counts column by column.
fn sum(lines: impl Iterator<Item = [Exact; 4]>) -> [Exact; 4] {
    lines.fold([0; 4].map(whole), |mut all, line| {
        all.iter_mut().zip(line).for_each(|(sum, count)| *sum += count);
        all
    })
}

/// A member is where its population says, and nowhere else: the numerator lies in the denominator,
/// both in the initial population, and a member is whole.
fn check_population(member: &Explained) {
    let expected = match member.trace.population {
        Population::Numerator => [1, 1, 0, 0],
        Population::Denominator => [0, 1, 0, 0],
        Population::Unknown => [0, 0, 1, 0],
        Population::Excluded => [0, 0, 0, 1],
        Population::Pending | Population::LeftOut | Population::Detail | Population::Outside => {
            [0; 4]
        }
    };
    assert_eq!(cells(&member.cells), expected.map(whole), "{member:?}");
}

/// The projection as if nothing were known that is true behind the as-of date, but for the kinds of
/// fact that no date cuts.
fn without_later(projection: &Projection, asked: &Asked) -> Projection {
    let seen = |fact: &Fact| fact.day <= asked.as_of || fact.what.uncut();
    let cut = |id: &LaneId| {
        let facts = projection.lane(*id).stream().facts.iter();
        (*id, facts.filter(seen).collect::<Facts>())
    };
    let lanes = Family::ALL.iter().flat_map(|family| projection.lanes_of(*family));
    projection.with_facts(lanes.map(cut).collect::<Vec<_>>())
}

async fn known(said: &[Said]) -> (eventlog::Memory, Projection) {
    let (log, clock) = memory();
    put(&log, &clock, &said.iter().enumerate().collect::<Vec<_>>()).await;
    let projection = project(&log).await;
    (log, projection)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_numerator_is_part_of_the_denominator_and_rows_part_the_total(said in history()) {
        runtime().block_on(async {
            let (_, projection) = known(&said).await;
            let head = || Known::head(&projection);
            for asked in questions() {
                let total = projection.report(&asked, head()).answer.total;
                for asked in grouped(&asked) {
                    let answer = projection.report(&asked, head()).answer;
                    assert_eq!(answer.total, total, "{asked:?}");
                    if numerator_is_part(asked.metric) {
                        for line in answer.rows.iter().chain([&total]) {
                            let [numerator, denominator, ..] = counts(line);
                            assert!(numerator <= denominator, "{asked:?}: {line:?}");
                        }
                    }
                    if groups_are_partition(asked.metric) {
                        let rows = sum(answer.rows.iter().map(counts));
                        assert_eq!(rows, counts(&total), "{asked:?}");
                    }
                }
            }
        });
    }

    #[test]
    fn a_member_is_in_one_population_and_its_parts_make_it_whole(said in history()) {
        runtime().block_on(async {
            let (log, projection) = known(&said).await;
            let mut decisions = Vec::new();
            for asked in questions() {
                let members = projection.explain(&asked, &Known::head(&projection), &Selection::All);
                for member in &members {
                    if numerator_is_part(member.metric) {
                        check_population(member);
                    }
                    if groups_are_partition(member.metric) {
                        let rows = member.rows.iter().map(|(_, counted)| cells(counted));
                        assert_eq!(sum(rows), cells(&member.cells), "{member:?}");
                    }
                    if member.trace.population == Population::Excluded {
                        let first = member.trace.clauses.first().expect("a clause");
                        assert_eq!((first.name, first.holds), ("not_excluded", Some(false)));
                        let Some(Lack::Contrary(decision)) = first.lack else {
                            panic!("an exclusion without a decision: {member:?}");
                        };
                        assert!(member.trace.evidence.contains(&decision), "{member:?}");
                        decisions.push(decision);
                    }
                }
            }
            decisions.sort_unstable();
            decisions.dedup();
            for decision in decisions {
                let events = log.page(Position(decision.into()), 1).await.expect("a page");
                let kinds: Vec<_> = events.iter().map(|event| event.kind()).collect();
                assert_eq!(kinds, [EventType::ExclusionDecided]);
            }
        });
    }

    #[test]
    fn nothing_behind_the_as_of_date_is_read(said in history()) {
        runtime().block_on(async {
            let (_, projection) = known(&said).await;
            for asked in questions() {
                let head = || Known::head(&projection);
                let found = without_later(&projection, &asked).report(&asked, head());
                let expected = projection.report(&asked, head());
                assert_eq!((found.answer, found.policy), (expected.answer, expected.policy), "{asked:?}");
            }
        });
    }
}
