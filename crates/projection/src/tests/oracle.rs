//! An answer made from zero, from a log's first events alone: without lanes, postings, pages,
//! known intervals, threads or snapshots.
//!
//! Which events stand is worked out for this one position, every stream is read, and everybody is
//! judged. It shares with the engine what an event says (`timeline::what`), the rows of a person
//! and the judges: `tests/oracle`, in Python, shares nothing at all.

use std::collections::{BTreeMap, BTreeSet};

use eventlog::EventLog as _;
use events::{
    Date, Event, EventKey, EventType, Family, Json, Logged, Payload, Pointer, Position, Subject,
    Timestamp, Value,
};
use metrics::{Answer, Asked, Dimension, Evaluation, Line, MetricId, Period, Rows, baseline};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use timeline::{
    Entered, Fact, Facts, Folder, Merges, Moment, Names, Pos, Staff, Stream, Sym, World, what,
};

use super::histories::{any_day, corrected_history, day, recorded_every};
use super::laws::{every_way, memory, project, put, put_by, runtime};
use crate::Known;

/// One of the things that were said instead of each other.
struct Version {
    event: Position,
    day: Date,
    data: Json,
}

/// An original with its corrections, as far as they stand: the last one is what is said.
struct Chain {
    original: Position,
    kind: EventType,
    versions: Vec<Version>,
}

/// What stands in a log of so many events.
#[derive(Default)]
struct Standing {
    /// Of each stream, in order of the originals.
    chains: BTreeMap<Subject, Vec<Chain>>,
    /// The chain of each event, by its place in its stream.
    chain_of: BTreeMap<(Subject, EventKey), usize>,
    /// When the log, and the source if it says so, took each event.
    entered: BTreeMap<Pos, (Timestamp, Option<Timestamp>)>,
}

impl Standing {
    fn take(&mut self, event: &Event) {
        let (content, position) = (&event.content, event.position);
        let time = content.time.as_ref().and_then(|time| Timestamp::containing(time).ok());
        self.entered.insert(pos(position), (event.recorded_time, time));
        let subject = content.subject.clone();
        let chains = self.chains.entry(subject.clone()).or_default();
        let chain_of = |named| self.chain_of[&(subject.clone(), named)];
        let its = match content.payload() {
            Payload::RecordCorrected(c) => {
                let its = chain_of(c.corrects);
                let versions = &mut chains[its].versions;
                let replaced = versions.last().expect("what is corrected stands");
                let day = c.effectiveon.unwrap_or(replaced.day);
                versions.push(Version { event: position, day, data: Json::Object(c.data) });
                its
            }
            Payload::RecordRetracted(r) => {
                let its = chain_of(r.retracts);
                chains[its].versions.pop().expect("what is retracted stands");
                its
            }
            _ => {
                let data = Json::parse(content.data.as_str().as_bytes()).expect("JSON");
                let versions = vec![Version { event: position, day: content.effective_on, data }];
                chains.push(Chain { original: position, kind: content.kind, versions });
                chains.len() - 1
            }
        };
        self.chain_of.insert((subject, content.key.clone()), its);
    }
}

impl std::fmt::Debug for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standing").finish_non_exhaustive()
    }
}

impl Entered for Standing {
    fn recorded_on(&self, original: Pos) -> Option<Date> {
        self.entered.get(&original).map(|(recorded, _)| recorded.chicago_date())
    }

    fn source_on(&self, original: Pos) -> Option<Date> {
        self.entered.get(&original)?.1.map(Timestamp::chicago_date)
    }
}

fn pos(position: Position) -> Pos {
    position.0.try_into().expect("small")
}

/// The facts of a stream that stand.
fn facts(names: &mut Names, subject: &Subject, chains: &[Chain]) -> Facts {
    let mut facts = Facts::default();
    for Chain { original, kind, versions } in chains {
        let Some(Version { event, day, data }) = versions.last() else { continue };
        let data = Value::from(data);
        let payload = Payload::read(*kind, subject, &data, &Pointer::ROOT).expect("of its type");
        if let Some(what) = what(names, &payload, &data) {
            let (day, original, event) = (*day, pos(*original), pos(*event));
            facts.insert(Fact { day, original, event, from: 0, to: Pos::MAX, what });
        }
    }
    facts
}

fn stream(name: Sym, facts: &Facts) -> Stream<'_> {
    Stream { name, facts }
}

/// The answer to a question, as known once these events and no others were recorded.
pub(crate) fn answer(events: &[Logged], asked: &Asked) -> Answer {
    if asked.metric == MetricId::Baseline {
        let months = baseline::months(asked).into_iter().map(|month| {
            let answer = answer(events, &month);
            (month, answer)
        });
        return baseline::answer(&months.collect::<Vec<_>>());
    }
    let mut standing = Standing::default();
    events.iter().filter_map(Logged::event).for_each(|event| standing.take(event));
    let mut names = Names::default();
    let mut all: Vec<(Sym, Family, Facts)> = Vec::new();
    for (subject, chains) in &standing.chains {
        names.intern(subject.ident());
        let name = names.intern(subject.as_str());
        all.push((name, subject.family(), facts(&mut names, subject, chains)));
    }
    let streams: Vec<(Family, Stream<'_>)> =
        all.iter().map(|(name, family, facts)| (*family, stream(*name, facts))).collect();
    let of = |wanted: Family| {
        streams.iter().filter(move |(family, _)| *family == wanted).map(|(_, stream)| *stream)
    };
    let at = Moment { as_of: asked.as_of, known: Pos::MAX - 1 };
    let merges = Merges::read(of(Family::Child), &at, &names);
    let mut world = World::new(&names, at, &standing, merges);
    streams.iter().for_each(|(_, stream)| world.put(*stream, asked.policy_date()));
    world.settle();

    let mut evaluation = Evaluation::new(&world, asked);
    let mut counts = evaluation.counts(1);
    let children: Vec<_> = of(Family::Child).collect();
    for child in names_of_children(&world, &children) {
        let its = |stream: &&Stream<'_>| world.merges.canonical(stream.name) == child;
        let its: Vec<_> = children.iter().filter(its).copied().collect();
        let mut folder = Folder::new(child);
        folder.fold(child, &its, &at);
        evaluation.subject(Rows::Child(folder.add_entries(&its, &at)), &mut counts);
    }
    for staff in of(Family::Staff) {
        evaluation.subject(Rows::Staff(&Staff::read(staff, &at)), &mut counts);
    }
    evaluation.take(counts.into_sums());
    evaluation.finish()
}

/// Everybody who may count as a child: those with streams, and those whom a returned case names.
fn names_of_children(world: &World<'_>, children: &[Stream<'_>]) -> BTreeSet<Sym> {
    let returns = world.cases.iter().flat_map(|case| &case.returns);
    let named = returns.flat_map(|r| world.names.list(r.children)).copied();
    let all = children.iter().map(|stream| stream.name).chain(named);
    all.map(|name| world.merges.canonical(name)).collect()
}

/// Days that count and an as-of date: whole months or any days, the as-of date at their end, beside
/// a day on which something is true, or anywhere.
fn any_days() -> impl Strategy<Value = (Period, Date)> {
    let beside = (any_day(), -1..=1).prop_map(|(n, days)| day(n).add_days(days));
    let as_of = prop_oneof![beside, (0_u32..1300).prop_map(day)];
    (0_u32..900, any::<bool>(), 1_u32..13, prop::option::of(as_of)).prop_map(
        |(start, whole_months, months, as_of)| {
            let start = if whole_months { day(0).add_months(start % 30) } else { day(start) };
            let end = start.add_months(months).add_days(-1);
            (Period { start, end }, as_of.unwrap_or(end))
        },
    )
}

/// Every metric's questions, and a baseline of one of them, by all that each can be grouped by.
fn questions(period: Period, as_of: Date, measured: MetricId) -> impl Iterator<Item = Asked> {
    let all = MetricId::ALL.iter().filter(|metric| **metric != MetricId::Baseline);
    let all = all.flat_map(move |metric| every_way(*metric, period, as_of));
    let mut baseline = Asked::new(MetricId::Baseline, Some(period), as_of).expect("a question");
    baseline.set_text("metric", measured.name()).expect("a metric that is measured");
    all.chain([baseline]).map(|asked| {
        let measured = asked.measured().expect("a metric").dimensions();
        let dimensions = asked.metric.dimensions().iter().filter(|d| measured.contains(d));
        let by: Vec<Dimension> = dimensions.copied().collect();
        Asked { by, ..asked }
    })
}

/// A metric that has a baseline.
fn any_measured() -> impl Strategy<Value = MetricId> {
    let measured = MetricId::ALL.iter().copied().filter(|metric| metric.is_measured());
    prop::sample::select(measured.collect::<Vec<_>>())
}

/// What a total shows that not every total does.
fn shown(total: &Line) -> impl Iterator<Item = &'static str> {
    let there = |count: &Json| !matches!(count, Json::Null | Json::Int(0));
    let all = [
        ("numerator", there(&total.numerator)),
        ("not all in the numerator", total.numerator != total.denominator),
        ("unknown", there(&total.unknown)),
        ("excluded", there(&total.excluded)),
        ("a value", total.value.is_some()),
    ];
    all.into_iter().filter(|(_, there)| *there).map(|(name, _)| name)
}

/// A comparison of empty answers would say nothing.
#[test]
fn random_histories_reach_every_population() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<MetricId, BTreeSet<&str>> = BTreeMap::new();
    for _ in 0..100 {
        let drawn = (corrected_history(), any_days(), any_measured()).new_tree(&mut runner);
        let (said, (period, as_of), measured) = drawn.expect("a history").current();
        let projection = runtime().block_on(async {
            let (log, clock) = memory();
            put(&log, &clock, &said.iter().enumerate().collect::<Vec<_>>()).await;
            project(&log).await
        });
        for asked in questions(period, as_of, measured) {
            let total = projection.report(&asked, Known::head(&projection)).answer.total;
            seen.entry(asked.metric).or_default().extend(shown(&total));
        }
    }
    let (met, unmet, value) = ("numerator", "not all in the numerator", "a value");
    let decided: &[_] = &[met, unmet, value];
    for (metric, expected) in [
        (MetricId::TimelyPermanency, &[decided, &["unknown", "excluded"]].concat()),
        (MetricId::WorkerVisits, &[decided, &["excluded"]].concat()),
        (MetricId::DataTimeliness, &[decided, &["unknown", "excluded"]].concat()),
        (MetricId::HearingTimeliness, &[decided, &["unknown", "excluded"]].concat()),
        (MetricId::LongStayers, &[decided, &["unknown", "excluded"]].concat()),
        (MetricId::Baseline, &vec![value]),
    ] {
        let seen = &seen[&metric];
        assert!(expected.iter().all(|name| seen.contains(name)), "{}: {seen:?}", metric.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_that_of_a_fold_from_zero(
        said in corrected_history(),
        days_between in 0_usize..14,
        asked in prop::collection::vec(
            (any_days(), any_measured(), any::<prop::sample::Index>()), 3,
        ),
    ) {
        runtime().block_on(async {
            let (log, clock) = memory();
            let said: Vec<_> = said.iter().enumerate().collect();
            put_by(&log, &clock, &said, |n| recorded_every(days_between, n)).await;
            let events = log.page(Position(1), 10_000).await.expect("a page");
            let projection = project(&log).await;
            for ((period, as_of), measured, at) in asked {
                let known = at.index(events.len() + 1);
                for asked in questions(period, as_of, measured) {
                    let position = Position(known as u64);
                    let found = projection.report(&asked, Known { position, known_at: None });
                    let expected = answer(&events[..known], &asked);
                    assert_eq!(found.answer, expected, "{asked:?} at {position}");
                }
            }
        });
    }
}
