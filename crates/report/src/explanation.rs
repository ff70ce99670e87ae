//! An explanation: members of a metric, the clauses that decided each, and the events behind them.

use std::collections::{BTreeMap, BTreeSet};

use events::{Event, Json, Logged, Payload, Position};
use metrics::{Asked, Clause};
use projection::{Explained, Known};

use crate::text_table;

/// Members, and the events that they rest on.
#[derive(Debug, Clone)]
pub struct Explanation {
    members: Vec<Explained>,
    events: BTreeMap<u32, Event>,
}

impl Explanation {
    /// An explanation whose events are still to be [given](Self::give).
    #[must_use]
    pub const fn of(members: Vec<Explained>) -> Self {
        Self { members, events: BTreeMap::new() }
    }

    /// Where the events stand that it rests on.
    #[must_use]
    pub fn positions(&self) -> BTreeSet<Position> {
        let evidence = self.members.iter().flat_map(|member| &member.trace.evidence);
        evidence.map(|position| Position(u64::from(*position))).collect()
    }

    /// Takes an event; what was erased has nothing to show.
    pub fn give(&mut self, logged: Logged) {
        let position = u32::try_from(logged.position().0);
        if let (Ok(position), Logged::Whole(event)) = (position, logged) {
            self.events.insert(position, event);
        }
    }

    /// The explanation as JSON. `subject` is whom it was asked about, if it was one.
    #[must_use]
    pub fn json(&self, asked: &Asked, known: &Known, subject: Option<&str>) -> Json {
        let question = Json::object([
            ("metric", Json::from(asked.metric.name())),
            ("as_of", asked.as_of.to_string().into()),
            ("position", Json::Int(i64::from(known.pos()))),
            ("known_at", known.known_at.as_deref().map_or(Json::Null, Json::from)),
        ]);
        let mut members: Vec<Json> = self.members.iter().map(|m| self.member(m)).collect();
        if let (true, Some(subject)) = (members.is_empty(), subject) {
            members.push(Json::object([
                ("subject", Json::from(subject)),
                ("population", "not in it".into()),
            ]));
        }
        Json::object([("question", question), ("members", Json::Array(members))])
    }

    fn member(&self, member: &Explained) -> Json {
        let groups = member.groups.iter().map(|group| {
            let value = |text: &Option<String>| text.as_deref().map_or(Json::Null, Json::from);
            Json::object(group.iter().map(|(d, v)| (d.name(), value(v))))
        });
        let clauses = member.trace.clauses.iter().map(|clause| {
            Json::object([
                ("clause", Json::from(clause.name)),
                ("holds", clause.holds.map_or(Json::Null, Json::Bool)),
                ("compared", clause.compared.as_str().into()),
            ])
        });
        let evidence = member.trace.evidence.iter().filter_map(|p| self.events.get(p));
        Json::object([
            ("metric", Json::from(member.metric.name())),
            ("subject", member.subject.as_str().into()),
            ("unit", member.unit.as_str().into()),
            ("population", member.trace.population.name().into()),
            ("groups", Json::Array(groups.collect())),
            ("clauses", Json::Array(clauses.collect())),
            ("evidence", Json::Array(evidence.map(evidence_of).collect())),
        ])
    }

    /// The explanation for people.
    #[must_use]
    pub fn text(&self, subject: Option<&str>) -> String {
        if let (true, Some(subject)) = (self.members.is_empty(), subject) {
            return format!("{subject}: not in it\n");
        }
        let mut text = String::new();
        for member in &self.members {
            let (metric, population) = (member.metric.name(), member.trace.population.name());
            text += &format!("{metric}: {}, {}: {population}\n", member.subject, member.unit);
            for clause in &member.trace.clauses {
                text += &clause_in_words(clause);
            }
            let evidence = member.trace.evidence.iter().filter_map(|p| self.events.get(p));
            text += &events_table(evidence);
            text += "\n\n";
        }
        text
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
