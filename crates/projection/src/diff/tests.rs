//! The parts add up, whatever was recorded in which order.

mod by_log;
mod survey;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use eventlog::{Batch, EventLog, Head, Memory, SeededEntropy, SetClock};
use events::{Json, Logged, Position, Timestamp};
use metrics::{Asked, Exact, Line, MetricId, Period};
use proptest::prelude::*;

use super::cells::{Numbers, numbers, zero};
use super::{Cause, Difference, Erasures, Place, Side, Stages};
use crate::tests::concerned::{questions_on_others, resting_on_others};
use crate::tests::histories::{Said, history, incoming};
use crate::tests::laws::questions;
use crate::{Known, Projection};
use by_log::ByLog;
use survey::Survey;

const HEAD: u64 = u64::MAX;

/// A clock that passes through the days of the histories, so that some facts are early, some in
/// time and some late.
fn recorded(n: usize) -> Timestamp {
    let start: Timestamp = "2022-12-30T12:00:00Z".parse().expect("an instant");
    let day = 86_400_000_000;
    Timestamp::from_micros(start.micros() + i64::try_from(n).expect("small") * 13 * day)
}

/// A log of what was said, as far as it takes it.
async fn log_of<'a>(said: impl IntoIterator<Item = (usize, &'a Said)>) -> Vec<Logged> {
    let clock = Arc::new(SetClock::at(recorded(0)));
    let log = Memory::new("differences", clock.clone(), SeededEntropy(1));
    for (index, said) in said {
        clock.set(recorded(index));
        let events = vec![incoming(index, said)];
        // Amendments of what no longer stands are refused.
        let _ = log.append(Batch::Adapter { events, recorded_by: "tester".to_owned() }).await;
    }
    log.page(Position(1), 10_000).await.expect("a page")
}

fn events_of(said: &[Said]) -> Vec<Logged> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(log_of(said.iter().enumerate()))
}

fn folded(events: &[Logged]) -> Projection {
    let mut projection = Projection::default();
    events.iter().for_each(|event| projection.apply(event).expect("applied"));
    projection
}

/// The stages as the log itself gives them.
fn by_log(projection: &Projection, events: &[Logged], a: Position, b: Position) -> ByLog {
    let mut survey = Survey::between(projection, a, b);
    events.iter().for_each(|event| survey.take(event).expect("surveyed"));
    let mut stages = ByLog::new(survey);
    events.iter().for_each(|event| stages.take(event).expect("taken"));
    stages
}

fn known(at: u64, projection: &Projection) -> Known {
    Known { position: Position(at).min(projection.position()), known_at: None }
}

fn head(position: Position) -> Head {
    Head { origin: "differences".into(), position, root: [0; 32], recorded_time: None, erased: 0 }
}

fn side(asked: &Asked, known: Known) -> Side {
    Side { asked: asked.clone(), known, saved: None }
}

fn between(projection: &Projection, from: &Side, to: &Side) -> Difference {
    let heads = [&head(from.known.position), &head(to.known.position)];
    let none = Erasures::default();
    Difference::of(projection, [from, to], heads, &none).expect("one metric")
}

fn answer(projection: &Projection, side: &Side) -> Numbers {
    let answer = projection.report(&side.asked, side.known.clone()).answer;
    let rows: Vec<Json> = answer.rows.iter().map(Line::to_json).collect();
    numbers(&rows, &answer.total.to_json())
}

fn parts(difference: &Difference) -> BTreeMap<(Place, Cause), Exact> {
    let cells = difference.cells.iter();
    let parts = cells.flat_map(|cell| {
        cell.parts.iter().map(|(cause, part)| ((cell.place.clone(), *cause), part.clone()))
    });
    parts.collect()
}

/// Parts add up to the difference of two answers that were given apart.
fn check_sums(projection: &Projection, from: &Side, to: &Side, difference: &Difference) {
    let mut here = answer(projection, from);
    for ((place, _), part) in parts(difference) {
        *here.entry(place).or_insert_with(zero) += part;
    }
    here.retain(|_, number| *number != zero());
    let mut there = answer(projection, to);
    there.retain(|_, number| *number != zero());
    assert_eq!(here, there, "{:?} to {:?}", from.asked, to.asked);
}

/// Numbers of an answer that are not summed over members: they are made of others.
fn made_of_others(metric: MetricId, cell: &str) -> bool {
    matches!(metric, MetricId::Scorecard | MetricId::Baseline)
        || (metric == MetricId::Incentive && cell.starts_with("detail/"))
        || (metric == MetricId::CfsrP5 && cell.starts_with("detail/"))
        || cell == "detail/cases"
        || cell.ends_with("/cost_cents")
}

/// The members of every cause add up to its part.
fn check_members(metric: MetricId, difference: &Difference) {
    let mut sums: BTreeMap<(Place, Cause), Exact> = BTreeMap::new();
    for because in &difference.causes {
        let own = because.members.iter().filter(|member| member.metric == metric);
        for (place, change) in own.flat_map(|member| &member.changes) {
            *sums.entry((place.clone(), because.cause)).or_insert_with(zero) += change;
        }
    }
    for ((place, cause), part) in parts(difference) {
        if !made_of_others(metric, &place.cell) {
            let sum = sums.get(&(place.clone(), cause)).cloned().unwrap_or_else(zero);
            assert_eq!(sum, part, "{}: {place:?} by {}", metric.name(), cause.name());
        }
    }
}

/// Every event is named under the cause that its type stands for.
fn check_events(events: &[Logged], after: Position, difference: &Difference) {
    for because in &difference.causes {
        for position in &because.events {
            assert!(*position > after, "{because:?}");
            let event = &events[usize::try_from(position.0).expect("small") - 1];
            let kind = event.kind();
            let subject = event.event().expect("whole").content.subject.as_str();
            let expected = match because.cause {
                Cause::Policy => subject.starts_with("policy/"),
                Cause::InTime | Cause::Late => !kind.amends() && !subject.starts_with("policy/"),
                Cause::Correction | Cause::Retraction => kind.amends(),
                _ => false,
            };
            assert!(expected, "{} {kind:?} {subject}", because.cause.name());
        }
    }
}

fn said(kind: &'static str, day: &str, data: &str) -> Said {
    let subject = "child/C".parse().expect("a subject");
    let day = day.parse().expect("a date");
    Said { subject, kind, day, data: data.to_owned(), amends: None }
}

/// The exit, event 2 of the history below, moved to another day by an amendment of event `of`.
fn moved(of: usize, day: &str) -> Said {
    let data = format!(
        r#"{{"corrects":{{"source":"t","id":"e{of}"}},"effectiveon":"{day}",
            "data":{{"exit_reason":"reunification"}}}}"#
    );
    said("record.corrected", "2025-01-01", &data)
}

fn retracted(of: usize) -> Said {
    let data = format!(r#"{{"retracts":{{"source":"t","id":"e{of}"}},"reason":"wrong"}}"#);
    said("record.retracted", "2025-01-01", &data)
}

/// What happened to one event counts together, under the kind of the last amendment.
#[test]
fn amendments_of_one_event_count_under_the_last_of_them() {
    let known = || {
        vec![
            said("removal.recorded", "2023-01-01", r#"{"removal_id":"R"}"#),
            said("goal.approved", "2023-01-02", r#"{"role":"primary","goal":"reunification"}"#),
            said("episode.closed", "2023-03-01", r#"{"exit_reason":"reunification"}"#),
        ]
    };
    let cases = [
        (vec![moved(2, "2024-02-01")], Some(Cause::Correction)),
        (vec![retracted(2)], Some(Cause::Retraction)),
        (vec![moved(2, "2024-02-01"), retracted(3)], None),
        (vec![moved(2, "2024-02-01"), retracted(3), retracted(2)], Some(Cause::Retraction)),
        (
            vec![moved(2, "2024-02-01"), retracted(3), moved(2, "2024-02-02")],
            Some(Cause::Correction),
        ),
    ];
    for (later, expected) in cases {
        let count = later.len();
        let events = events_of(&[known(), later].concat());
        assert_eq!(events.len(), 3 + count, "all are taken");
        let projection = folded(&events);
        let period = "2023-01-01..2023-12-31".parse::<Period>().expect("a period");
        let asked = Asked::new(MetricId::TimelyPermanency, Some(period), period.end);
        let asked = asked.expect("a question");
        let from = side(&asked, Known { position: Position(3), known_at: None });
        let to = side(&asked, Known::head(&projection));
        let parts = parts(&between(&projection, &from, &to));
        let denominator = Place { row: None, cell: "denominator".to_owned() };
        let of = parts.into_iter().filter(|((place, _), _)| *place == denominator);
        let of: Vec<_> = of.map(|((_, cause), part)| (cause, part.to_string())).collect();
        let expected: Vec<_> = expected.map(|cause| (cause, "-1".to_owned())).into_iter().collect();
        assert_eq!(of, expected, "{count} amendments");
    }
}

#[test]
fn late_credentials_and_returns_move_whom_they_concern() {
    let projection = folded(&events_of(&resting_on_others()));
    for asked in questions_on_others("2023-01-01..2023-01-31", "2023-01-31") {
        for position in 0..projection.position().0 {
            let from = side(&asked, known(position, &projection));
            let to = side(&asked, Known::head(&projection));
            let difference = between(&projection, &from, &to);
            check_sums(&projection, &from, &to, &difference);
            check_members(asked.metric, &difference);
            assert!(!difference.causes.is_empty() || position > 6, "{position}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn parts_add_up_to_the_difference(said in history(), a in 0_u64..45, b in 0_u64..45) {
        let events = events_of(&said);
        let projection = folded(&events);
        let all = questions();
        for pair in all.windows(2).filter(|pair| pair[0].metric == pair[1].metric) {
            let from = side(&pair[0], known(a, &projection));
            let to = side(&pair[1], known(b, &projection));
            let difference = between(&projection, &from, &to);
            check_sums(&projection, &from, &to, &difference);
            check_members(from.asked.metric, &difference);
            check_events(&events, from.known.position.min(to.known.position), &difference);
        }
    }

    #[test]
    fn the_way_back_is_the_way_there(said in history(), a in 0_u64..45, b in 0_u64..45) {
        let events = events_of(&said);
        let projection = folded(&events);
        for asked in questions() {
            let from = side(&asked, known(a, &projection));
            let to = side(&asked, known(b, &projection));
            let there = parts(&between(&projection, &from, &to));
            let back = parts(&between(&projection, &to, &from));
            let turned = back.into_iter().map(|(at, part)| (at, -part)).collect();
            assert_eq!(there, turned);
        }
    }

    /// What facts are cut to is what the log says when the events of later causes are left out.
    #[test]
    fn stages_are_those_of_the_log(said in history(), a in 0_u64..45, b in 0_u64..45) {
        let events = events_of(&said);
        let projection = folded(&events);
        let [a, b] = [a, b].map(|at| known(at, &projection).position);
        let expected = by_log(&projection, &events, a, b);
        let stages = Stages::between(&projection, a, b);
        let at = |position| Known { position, known_at: None };
        for cause in Cause::OF_EVENTS {
            let admitted = stages.causes().iter().rfind(|of| **of <= cause);
            let (stage, known) = match admitted {
                Some(admitted) => (stages.knowing(*admitted), a.max(b)),
                None => (Cow::Borrowed(&projection), a.min(b)),
            };
            let (expected, then) = expected.admitting(&projection, cause);
            for asked in questions() {
                let found = stage.report(&asked, at(known)).answer;
                let expected = expected.report(&asked, at(then)).answer;
                assert_eq!(found, expected, "{} up to {}", asked.metric.name(), cause.name());
            }
        }
        for position in a.min(b).0 + 1..=a.max(b).0 {
            for cause in Cause::OF_EVENTS.into_iter().filter(|c| stages.has(*c, Position(position))) {
                assert_eq!(expected.cause(Position(position)), Some(cause), "{position}");
            }
        }
    }

    /// Without its amendments, a log is what the stage of late entries knows of it.
    #[test]
    fn new_facts_are_admitted_as_they_were_first_said(said in history()) {
        let events = events_of(&said);
        let projection = folded(&events);
        let stages = Stages::between(&projection, Position(0), Position(HEAD));
        let last_new = stages.causes().iter().rfind(|cause| **cause <= Cause::Late);
        let Some(stage) = last_new.map(|cause| stages.knowing(*cause)) else { return Ok(()) };
        let originals = said.iter().enumerate().filter(|(_, said)| {
            said.amends.is_none() || said.subject.as_str().starts_with("policy/")
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let alone = folded(&runtime.block_on(log_of(originals)));
        for asked in questions() {
            let stage = answer(&stage, &side(&asked, Known::head(&projection)));
            let alone = answer(&alone, &side(&asked, Known::head(&alone)));
            assert_eq!(stage, alone, "{}", asked.metric.name());
        }
    }
}
