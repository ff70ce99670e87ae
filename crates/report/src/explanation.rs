//! An explanation: members of a metric, the clauses that decided each, and the events behind them.

use std::collections::{BTreeMap, BTreeSet};

use events::{Event, Json, Logged, Payload, Position};
use metrics::{Asked, Cells, Clause, Composition, Dimension, Lack, Row};
use projection::{Answered, Explained, Known, Projection, Selection};

use crate::json::question;
use crate::table::{draft_mark, text_table};

/// Members, and the events that they rest on.
#[derive(Debug, Clone)]
pub struct Explanation {
    answered: Answered,
    members: Vec<Explained>,
    compositions: Vec<Composition>,
    events: BTreeMap<u32, Event>,
}

/// The name of the schema.
const SCHEMA: &str = "casetrail.explain.v1";

impl Explanation {
    /// The explanation of a question, whose events are still to be [given](Self::give). How the
    /// rows of a composed metric are put together is told where all of them are asked for.
    #[must_use]
    pub fn of(
        projection: &Projection,
        asked: &Asked,
        known: &Known,
        selection: &Selection,
    ) -> Self {
        let compositions = match selection {
            Selection::All => projection.compositions(asked, known),
            Selection::Subject(_) => Vec::new(),
            Selection::Group(group) => {
                let mut compositions = projection.compositions(asked, known);
                compositions.retain(|composition| is_of(&composition.row, group));
                compositions
            }
        };
        Self {
            answered: projection.report(asked, known.clone()),
            members: projection.explain(asked, known, selection),
            compositions,
            events: BTreeMap::new(),
        }
    }

    /// The same of one of its members alone.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(&Explained) -> bool) -> Self {
        let first = self.members.iter().position(keep).unwrap_or(0);
        self.members = self.members.into_iter().skip(first).take(1).collect();
        self
    }

    /// The members from that one on, as many as `limit`, and where the next ones begin. How rows
    /// are put together is told before the first.
    #[must_use]
    pub fn page(mut self, from: usize, limit: usize) -> (Self, Option<usize>) {
        let next = from.saturating_add(limit);
        let next = (next < self.members.len()).then_some(next);
        self.members = self.members.into_iter().skip(from).take(limit).collect();
        if from > 0 {
            self.compositions.clear();
        }
        (self, next)
    }

    /// Where the events stand that it rests on.
    #[must_use]
    pub fn positions(&self) -> BTreeSet<Position> {
        let evidence = self.members.iter().flat_map(|member| &member.trace.evidence);
        let evidence = evidence.chain(self.compositions.iter().flat_map(|c| &c.evidence));
        evidence.map(|position| Position(u64::from(*position))).collect()
    }

    /// Takes an event; what was erased has nothing to show.
    pub fn give(&mut self, logged: Logged) {
        let position = u32::try_from(logged.position().0);
        if let (Ok(position), Logged::Whole(event)) = (position, logged) {
            self.events.insert(position, event);
        }
    }

    /// The explanation as JSON.
    #[must_use]
    pub fn json(&self) -> Json {
        let members = self.members.iter().map(|m| self.member(m));
        let compositions = self.compositions.iter().map(|c| self.composition(c));
        Json::object([
            ("schema", SCHEMA.into()),
            ("metric", self.answered.question.asked.metric.name().into()),
            ("question", question(&self.answered)),
            ("compositions", Json::Array(compositions.collect())),
            ("members", Json::Array(members.collect())),
        ])
    }

    fn member(&self, member: &Explained) -> Json {
        let groups = member.groups.iter().map(|group| {
            let value = |text: &Option<String>| text.as_deref().map_or(Json::Null, Json::from);
            Json::object(group.iter().map(|(d, v)| (d.name(), value(v))))
        });
        let why_not = member.trace.why_not().map_or(Json::Null, clause);
        Json::object([
            ("metric", Json::from(member.metric.name())),
            ("subject", member.subject.as_str().into()),
            ("unit", member.unit.as_str().into()),
            ("population", member.trace.population.name().into()),
            ("groups", Json::Array(groups.collect())),
            ("counts", counts(&member.cells)),
            ("clauses", Json::Array(member.trace.clauses.iter().map(clause).collect())),
            ("why_not", why_not),
            ("evidence", self.evidence(&member.trace.evidence)),
        ])
    }

    fn composition(&self, composition: &Composition) -> Json {
        let total = composition.row.0.is_empty();
        Json::object([
            ("group", if total { Json::Null } else { composition.row.to_json() }),
            ("steps", Json::Array(composition.steps.iter().map(clause).collect())),
            ("evidence", self.evidence(&composition.evidence)),
        ])
    }

    fn evidence(&self, positions: &[u32]) -> Json {
        let events = positions.iter().filter_map(|position| self.events.get(position));
        Json::Array(events.map(evidence_of).collect())
    }

    /// The explanation for people.
    #[must_use]
    pub fn text(&self) -> String {
        let asked = &self.answered.question.asked;
        let mut text = draft_mark(asked).trim_start().to_owned();
        if !text.is_empty() {
            text.push('\n');
        }
        for composition in &self.compositions {
            let values = composition.row.0.iter().map(|(_, v)| v.as_deref().unwrap_or("–"));
            let row: Vec<_> = values.collect();
            let row = if row.is_empty() { "total".to_owned() } else { row.join(", ") };
            text += &format!("{}: {row}\n", self.answered.question.asked.metric.name());
            text += &self.clauses_in_words(&composition.steps, &composition.evidence);
        }
        for member in &self.members {
            let (metric, population) = (member.metric.name(), member.trace.population.name());
            text += &format!("{metric}: {}, {}: {population}", member.subject, member.unit);
            if let Some(why) = member.trace.why_not() {
                text += &format!(", by {}{}", why.name, lack_in_words(why.lack));
            }
            text.push('\n');
            text += &self.clauses_in_words(&member.trace.clauses, &member.trace.evidence);
        }
        text
    }

    fn clauses_in_words(&self, clauses: &[Clause], evidence: &[u32]) -> String {
        let clauses: String = clauses.iter().map(clause_in_words).collect();
        let events = evidence.iter().filter_map(|position| self.events.get(position));
        let events: Vec<_> = events.collect();
        if events.is_empty() {
            return format!("{clauses}\n");
        }
        format!("{clauses}{}\n\n", events_table(events.into_iter()))
    }
}

/// Whether a row is one of a group; the total is of every one.
fn is_of(row: &Row, group: &BTreeMap<Dimension, String>) -> bool {
    row.0.iter().all(|(d, value)| group.get(d).is_none_or(|wanted| value.as_ref() == Some(wanted)))
}

/// What a member counts for in the total: every number of the answer that it is not 0 in.
fn counts(cells: &Cells) -> Json {
    let whole = [
        ("numerator", &cells.numerator),
        ("denominator", &cells.denominator),
        ("unknown", &cells.unknown),
        ("excluded", &cells.excluded),
    ];
    let whole = whole.into_iter().map(|(name, amount)| (name.to_owned(), amount));
    let detail = cells.counters.iter().map(|(counter, amount)| {
        let path = counter.iter().filter(|name| !name.is_empty());
        (path.fold("detail".to_owned(), |path, name| format!("{path}/{name}")), amount)
    });
    let counted = whole.chain(detail).filter(|(_, amount)| !amount.is_zero());
    Json::object(counted.map(|(name, amount)| {
        let text = amount.exact().to_string();
        (name, text.parse().map_or_else(|_| Json::from(text.as_str()), Json::Int))
    }))
}

fn clause(clause: &Clause) -> Json {
    Json::object([
        ("clause", Json::from(clause.name)),
        ("holds", clause.holds.map_or(Json::Null, Json::Bool)),
        ("compared", clause.compared.as_str().into()),
        ("lacks", clause.lack.map_or(Json::Null, lack)),
    ])
}

/// The event that was missing, late or contrary.
fn lack(lack: Lack) -> Json {
    let at = |how: &'static str, position: u32| {
        Json::object([("how", how.into()), ("position", Json::Int(i64::from(position)))])
    };
    match lack {
        Lack::Missing(kind) => {
            Json::object([("how", "missing".into()), ("type", Json::from(kind.name()))])
        }
        Lack::Late(position) => at("late", position),
        Lack::Contrary(position) => at("contrary", position),
    }
}

fn lack_in_words(lack: Option<Lack>) -> String {
    match lack {
        None => String::new(),
        Some(Lack::Missing(kind)) => format!(": no {}", kind.name()),
        Some(Lack::Late(position)) => format!(": {position} is late"),
        Some(Lack::Contrary(position)) => format!(": {position} is contrary"),
    }
}

/// Events as a table for people.
pub(crate) fn events_table<'a>(events: impl Iterator<Item = &'a Event>) -> String {
    let lines = events.map(|event| {
        vec![
            event.position.to_string(),
            event.content.kind.name().to_owned(),
            event.content.effective_on.to_string(),
            event.recorded_time.to_string(),
            event.content.key.to_string(),
        ]
    });
    let header = ["position", "type", "effective", "recorded", "event"];
    text_table(&header, lines.collect(), header.len())
}

fn clause_in_words(clause: &Clause) -> String {
    let outcome = match clause.holds {
        Some(true) => "yes",
        Some(false) => "no",
        None => "–",
    };
    format!("  {outcome:>3}  {}: {}\n", clause.name, clause.compared)
}

/// An event as evidence: where it stands, who said it, and why where it amends another.
pub(crate) fn evidence_of(event: &Event) -> Json {
    let content = &event.content;
    let mut members = vec![
        ("position", Json::Int(i64::try_from(event.position.0).unwrap_or(i64::MAX))),
        ("type", content.kind.name().into()),
        ("subject", content.subject.as_str().into()),
        ("effectiveon", content.effective_on.to_string().into()),
        ("recordedtime", event.recorded_time.to_string().into()),
        ("recordedby", Json::from(&*event.recorded_by)),
        ("source", content.key.source.as_str().into()),
        ("id", content.key.id.as_str().into()),
    ];
    match content.payload() {
        Payload::RecordCorrected(c) => members.push(("corrects", c.corrects.to_string().into())),
        Payload::RecordRetracted(r) => {
            members.push(("retracts", r.retracts.to_string().into()));
            members.push(("reason", r.reason.as_str().into()));
        }
        _ => {}
    }
    Json::object(members)
}
