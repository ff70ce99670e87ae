//! batch = incremental = restart from disk; and what order of arrival cannot change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use eventlog::{Batch, EventLog, Memory, SeededEntropy, SetClock};
use eventlog_embedded::{EmbeddedLog, Options};
use events::{Date, Json, Position, Timestamp};
use metrics::{Answer, Asked, Cells, Line, MetricId, Period, Population};
use proptest::prelude::*;

use super::histories::{Said, history, incoming, recorded};
use crate::{Answered, Explained, Known, Projection, Selection, Standing, follow};

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}

/// Puts events into a log, in this order; those that the log refuses (amendments of what no longer
/// stands) are told by `false`.
pub(crate) async fn put(
    log: &dyn EventLog,
    clock: &SetClock,
    said: &[(usize, &Said)],
) -> Vec<bool> {
    put_by(log, clock, said, recorded).await
}

/// The same, each event at its instant.
pub(crate) async fn put_by(
    log: &dyn EventLog,
    clock: &SetClock,
    said: &[(usize, &Said)],
    recorded: impl Fn(usize) -> Timestamp,
) -> Vec<bool> {
    let mut taken = Vec::new();
    for (index, said) in said {
        clock.set(recorded(*index));
        let events = vec![incoming(*index, said)];
        let batch = Batch::Adapter { events, recorded_by: "tester".to_owned() };
        taken.push(log.append(batch).await.is_ok());
    }
    taken
}

pub(crate) fn memory() -> (Memory, Arc<SetClock>) {
    let clock = Arc::new(SetClock::at(recorded(0)));
    (Memory::new("laws", clock.clone(), SeededEntropy(1)), clock)
}

pub(crate) async fn project(log: &dyn EventLog) -> Projection {
    let mut projection = Projection::default();
    follow(log, &mut projection, &mut |_| ()).await.expect("the log is applied");
    projection
}

/// Questions over every metric, at two as-of dates, with parameters that take other ways.
pub(crate) fn questions() -> Vec<Asked> {
    let date = |text: &str| text.parse::<Date>().expect("a date");
    let mut all = Vec::new();
    for metric in MetricId::ALL {
        for (start, end, as_of) in
            [("2023-01-01", "2023-12-31", "2023-12-31"), ("2023-01-10", "2024-06-30", "2024-07-15")]
        {
            let period = Period { start: date(start), end: date(end) };
            let ways = every_way(*metric, period, date(as_of));
            if *metric == MetricId::ResidentialCompliance {
                let period = Period { start: date("2023-01-02"), end: date("2023-02-01") };
                all.extend(
                    ways.iter().map(|asked| Asked { period: Some(period), ..asked.clone() }),
                );
            }
            all.extend(ways);
        }
    }
    all
}

/// A metric's questions by provider, with parameters that take other ways.
pub(crate) fn every_way(metric: MetricId, period: Period, as_of: Date) -> Vec<Asked> {
    let ways: &[&[(&str, &str)]] = match metric {
        MetricId::TimelyPermanency => &[
            &[],
            &[("cohort", "deadline"), ("clock", "provider_assignment")],
            &[("cohort", "deadline"), ("clock", "removal")],
            &[("cohort", "deadline"), ("clock", "court_goal_approval")],
            &[("cohort", "deadline"), ("clock", "federal_entry")],
            &[("cohort", "entry")],
            &[("attribution", "day_weighted"), ("goal", "any_approved")],
        ],
        MetricId::DataTimeliness => &[&[], &[("clock", "source")]],
        // The histories span less than two years.
        MetricId::LongStayers => &[&[], &[("months", "6")]],
        MetricId::Baseline => {
            &[&[("metric", "timely-permanency")], &[("metric", "data-timeliness")]]
        }
        _ => &[&[]],
    };
    let question = |way: &&[(&str, &str)]| {
        let mut asked = Asked::new(metric, Some(period), as_of).expect("a question");
        way.iter().for_each(|(name, value)| asked.set_text(name, value).expect("a value"));
        asked.group_by("provider").expect("every metric is by provider");
        asked
    };
    ways.iter().map(question).collect()
}

/// What the members of a metric count for together.
fn sum_of(members: &[Explained], metric: MetricId) -> Cells {
    let mut sum = Cells::default();
    members.iter().filter(|m| m.metric == metric).for_each(|member| sum += &member.cells);
    sum
}

fn in_words(json: &Json) -> String {
    json.as_str().map_or_else(|| json.canonical_text(), str::to_owned)
}

/// Every count of a line is what its members count for.
fn check_line(sum: &Cells, line: &Line, name: &str) {
    let counted = [&sum.numerator, &sum.denominator, &sum.unknown, &sum.excluded];
    let reported = [&line.numerator, &line.denominator, &line.unknown, &line.excluded];
    for (sum, cell) in counted.iter().zip(reported) {
        assert_eq!(sum.exact().to_string(), in_words(cell), "{name}");
    }
    // Which costs are known decides only whether their sum is null.
    let shown = |counter: &&[&str; 3]| !["cases_cost_known", "cost_cents"].contains(&counter[2]);
    for counter in sum.counters.iter().map(|(counter, _)| counter).filter(shown) {
        let member = |of: &Json, name: &str| of.as_object().and_then(|o| o.get(name)).cloned();
        let mut names = counter.iter().filter(|name| !name.is_empty());
        let found = names.try_fold(line.detail.clone(), |json, name| member(&json, name));
        let found = found.as_ref().map_or_else(|| "0".to_owned(), in_words);
        assert_eq!(sum.get(*counter).exact().to_string(), found, "{name}: {counter:?}");
    }
}

/// The value of every metric of a score is what its members count for.
fn check_scored(members: &[Explained], detail: &Json) {
    for metric in MetricId::SCORED {
        let path = ["metrics", metric.name(), "value"];
        let value = path.iter().try_fold(detail, |json, name| json.as_object()?.get(*name));
        if let Some(Json::String(value)) = value {
            let sum = sum_of(members, *metric);
            let (n, d) = (sum.numerator.exact(), sum.denominator.exact());
            assert_eq!(format!("{n}/{d}"), *value, "{}", metric.name());
        }
    }
}

fn shown(answer: &Answer) -> Vec<Json> {
    answer.rows.iter().chain([&answer.total]).map(Line::to_json).collect()
}

/// Every question's answer at a position.
pub(crate) fn answers(projection: &Projection, position: Position) -> Vec<Vec<Json>> {
    let known = Known { position, known_at: None };
    let answer = |asked: &Asked| shown(&projection.report(asked, known.clone()).answer);
    questions().iter().map(answer).collect()
}

/// The rows of every subject of the histories at the head, without positions, which order of arrival
/// does change: what they say, and in which order on a day.
fn rows(projection: &Projection) -> Vec<Option<Json>> {
    let as_of: Date = "2025-01-01".parse().expect("a date");
    let known = Known::head(projection);
    let subjects =
        ["child/C0", "child/C1", "child/C2", "staff/S0", "staff/S1", "staff/S2", "case/K0"];
    let row = |subject: &&str| {
        let subject = subject.parse().expect("a subject");
        projection.timeline_of(&subject, as_of, &known).map(without_positions)
    };
    subjects.iter().map(row).collect()
}

fn without_positions(json: Json) -> Json {
    match json {
        Json::Object(members) => {
            let kept =
                members.into_iter().filter(|(name, _)| name != "event" && name != "position");
            Json::object(kept.map(|(name, value)| (name, without_positions(value))))
        }
        Json::Array(items) => Json::Array(items.into_iter().map(without_positions).collect()),
        other => other,
    }
}

/// The answer by those whom a question concerns, on so many threads.
fn on_threads(projection: &Projection, asked: &Asked, known: Known, threads: usize) -> Answered {
    if asked.metric == MetricId::Baseline {
        let report = |month: &Asked, known| on_threads(projection, month, known, threads);
        return projection.baseline(asked, known, report);
    }
    let world = projection.world_for(asked, known.pos());
    projection.report_in(&world, asked, known, |evaluation| evaluation.concerns(), |_| threads)
}

/// An order of arrival that keeps, for each day, the order of the originals that are ever on it,
/// and puts an amendment behind what it names: chosen by `keys` among all such orders.
fn shuffled(said: &[Said], keys: &[u32]) -> Vec<usize> {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); said.len()];
    let mut on_day: BTreeMap<Date, BTreeSet<usize>> = BTreeMap::new();
    let mut root: Vec<usize> = (0..said.len()).collect();
    for (index, event) in said.iter().enumerate() {
        let Some(named) = event.amends else {
            on_day.entry(event.day).or_default().insert(index);
            continue;
        };
        root[index] = root[named];
        // Amendments of one original keep their order: the log takes one and refuses another.
        let original = root[index];
        before[index].extend((0..index).filter(|i| root[*i] == original));
        if let Some(day) = corrected_day(event) {
            on_day.entry(day).or_default().insert(original);
        }
    }
    for originals in on_day.values() {
        let originals: Vec<_> = originals.iter().copied().collect();
        originals.windows(2).for_each(|pair| before[pair[1]].push(pair[0]));
    }
    let mut order: Vec<usize> = Vec::new();
    while order.len() < said.len() {
        let ready = (0..said.len())
            .filter(|i| !order.contains(i) && before[*i].iter().all(|b| order.contains(b)));
        let next = ready.min_by_key(|i| keys[*i % keys.len()]);
        order.push(next.expect("what comes before an event is said before it"));
    }
    order
}

/// The day to which a correction moves its event: there too, order counts.
fn corrected_day(said: &Said) -> Option<Date> {
    let json = Json::parse(said.data.as_bytes()).ok()?;
    json.as_object()?.get("effectiveon")?.as_str()?.parse().ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn batch_is_incremental_is_restart_from_disk(said in history(), cut in 1_usize..40) {
        let all: Vec<_> = said.iter().enumerate().collect();
        let cut = cut.min(all.len());
        runtime().block_on(async {
            let (log, clock) = memory();
            put(&log, &clock, &all[..cut]).await;
            let mut growing = project(&log).await;
            let early = answers(&growing, growing.position());
            let position = growing.position();
            put(&log, &clock, &all).await;
            follow(&log, &mut growing, &mut |_| ()).await.expect("the rest is applied");
            let batch = project(&log).await;
            let expected = answers(&batch, batch.position());
            assert_eq!(answers(&growing, growing.position()), expected, "incremental");
            assert_eq!(answers(&batch, position), early, "the past keeps its answers");

            let dir = tempfile::tempdir().expect("a directory");
            let options = || Options { origin: Some("laws".to_owned()), ..Options::default() };
            let disk = EmbeddedLog::open(dir.path(), options()).expect("a log");
            let events = log.page(Position(1), 10_000).await.expect("a page");
            disk.append(Batch::Exact(events)).await.expect("an exact copy");
            disk.close().expect("closed");
            drop(disk);
            let disk = EmbeddedLog::open(dir.path(), options()).expect("opened again");
            let restarted = project(&disk).await;
            assert_eq!(answers(&restarted, restarted.position()), expected, "restart");
            assert_eq!(disk.head(None).await, log.head(None).await);
        });
    }

    #[test]
    fn whom_a_question_concerns_is_enough_on_any_number_of_threads(
        said in history(), at in 0_usize..45,
    ) {
        runtime().block_on(async {
            let (log, clock) = memory();
            put(&log, &clock, &said.iter().enumerate().collect::<Vec<_>>()).await;
            let projection = project(&log).await;
            let head = projection.position();
            for position in [head, Position((at as u64).min(head.0))] {
                let known = || Known { position, known_at: None };
                for asked in questions() {
                    let expected = projection.report_of_everyone(&asked, known());
                    let found = on_threads(&projection, &asked, known(), 1);
                    assert_eq!(found, expected, "{asked:?} at {position}");
                    let found = on_threads(&projection, &asked, known(), 3);
                    assert_eq!(found, expected, "{asked:?} at {position}, on three threads");
                }
            }
        });
    }

    #[test]
    fn order_of_arrival_changes_only_what_was_known_when(
        said in history(),
        keys in prop::collection::vec(any::<u32>(), 8..40),
    ) {
        runtime().block_on(async {
            let (log, clock) = memory();
            let all: Vec<_> = said.iter().enumerate().collect();
            let taken = put(&log, &clock, &all).await;
            let first = project(&log).await;

            let order = shuffled(&said, &keys);
            let other_order: Vec<_> = order.iter().map(|i| (*i, &said[*i])).collect();
            let (other, clock) = memory();
            let other_taken = put(&other, &clock, &other_order).await;
            for (index, taken_there) in order.iter().zip(other_taken) {
                assert_eq!(taken[*index], taken_there, "event {index} is taken in both orders");
            }
            let second = project(&other).await;
            assert_eq!(rows(&first), rows(&second), "order {order:?}");
            // When the log took an event is what order of arrival does change.
            let by_arrival = |asked: &Asked| {
                let by_source = asked.set.contains_key("clock");
                asked.measured() == Ok(MetricId::DataTimeliness) && !by_source
            };
            let answers = |of: &Projection| -> Vec<_> {
                let all = answers(of, of.position()).into_iter().zip(questions());
                all.filter(|(_, asked)| !by_arrival(asked)).map(|(answer, _)| answer).collect()
            };
            assert_eq!(answers(&first), answers(&second), "order {order:?}");
        });
    }

    #[test]
    fn what_is_known_at_a_position_is_what_a_log_of_that_length_says(
        said in history(), at in 0_usize..45,
    ) {
        runtime().block_on(async {
            let (log, clock) = memory();
            put(&log, &clock, &said.iter().enumerate().collect::<Vec<_>>()).await;
            let whole = project(&log).await;
            let at = Position((at as u64).min(whole.position().0));
            let mut prefix = Projection::default();
            for event in log.page(Position(1), at.0.try_into().expect("small")).await.expect("a page") {
                prefix.apply(&event).expect("applied");
            }
            assert_eq!(answers(&whole, at), answers(&prefix, at));
        });
    }

    #[test]
    fn an_erased_stream_counts_as_if_nothing_had_been_said_on_it(
        said in history(), which in any::<prop::sample::Index>(),
    ) {
        runtime().block_on(async {
            let (log, clock) = memory();
            put(&log, &clock, &said.iter().enumerate().collect::<Vec<_>>()).await;
            let mut growing = project(&log).await;
            let subject = said[which.index(said.len())].subject.clone();
            let erasure = Batch::Erase {
                subject: subject.clone(),
                authority: "court".to_owned(),
                reason: "expunged".to_owned(),
                recorded_by: "operator".to_owned(),
            };
            prop_assume!(log.append(erasure).await.is_ok());
            let erased = project(&log).await;
            let (without, clock) = memory();
            let others = said.iter().enumerate().filter(|(_, said)| said.subject != subject);
            put(&without, &clock, &others.collect::<Vec<_>>()).await;
            let without = project(&without).await;
            let expected = answers(&without, without.position());
            prop_assert_eq!(answers(&erased, erased.position()), expected.clone(), "from zero");
            prop_assert_eq!(rows(&erased), rows(&without));
            follow(&log, &mut growing, &mut |_| ()).await.expect("followed");
            prop_assert_eq!(answers(&growing, growing.position()), expected, "followed");
            Ok(())
        })?;
    }

    #[test]
    fn explained_members_add_up_to_the_report(said in history()) {
        runtime().block_on(async {
            let (log, clock) = memory();
            put(&log, &clock, &said.iter().enumerate().collect::<Vec<_>>()).await;
            let projection = project(&log).await;
            let known = Known::head(&projection);
            for asked in questions() {
                let members = projection.explain(&asked, &known, &Selection::All);
                for member in &members {
                    let decided = matches!(
                        member.trace.population,
                        Population::Numerator | Population::Detail
                    );
                    assert_eq!(member.trace.why_not().is_none(), decided, "{member:?}");
                }
                let total = projection.report(&asked, known.clone()).answer.total;
                match asked.metric {
                    MetricId::Scorecard => check_scored(&members, &total.detail),
                    // It is made of values, not of members.
                    MetricId::Baseline => assert!(members.is_empty()),
                    metric => check_line(&sum_of(&members, metric), &total, metric.name()),
                }
            }
        });
    }
}

proptest! {
    // Every question at many positions, twice.
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn asked_again_is_asked_anew(said in history(), every in 4_usize..12) {
        runtime().block_on(async {
            let (log, clock) = memory();
            put(&log, &clock, &said.iter().enumerate().collect::<Vec<_>>()).await;
            let mut growing = Projection::default();
            let mut standing: Vec<_> = questions().into_iter().map(Standing::new).collect();
            let events = log.page(Position(1), 10_000).await.expect("a page");
            for (n, event) in events.iter().enumerate() {
                growing.apply(event).expect("applied");
                if n % every != 0 {
                    continue;
                }
                for (standing, asked) in standing.iter_mut().zip(questions()) {
                    let known = Known::head(&growing);
                    let found = standing.answer(&growing, known.clone());
                    assert_eq!(found, growing.report(&asked, known), "{asked:?}");
                }
            }
        });
    }
}
