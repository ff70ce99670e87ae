//! Policy: what is in force on a date, and the events that say so; as JSON and as a table.

use std::collections::{BTreeMap, BTreeSet};

use events::{Date, Event, Json, Logged, Position};
use projection::{Known, PolicyEvent, PolicyValue};

use crate::explanation::evidence_of;
use crate::table::{text, text_table};

/// The name of the schema.
const SCHEMA: &str = "casetrail.policy.v1";

/// Values of policy on a date, or every event on the streams of policy.
#[derive(Debug, Clone)]
pub struct Policies {
    as_of: Option<Date>,
    known: Known,
    values: Vec<PolicyValue>,
    stands: BTreeMap<Position, bool>,
    events: BTreeMap<Position, Event>,
}

impl Policies {
    /// Every event, whose content is still to be [given](Self::give).
    #[must_use]
    pub fn every(events: &[PolicyEvent], known: Known) -> Self {
        let stands = events.iter().map(|event| (event.position, event.stands)).collect();
        Self { as_of: None, known, values: Vec::new(), stands, events: BTreeMap::new() }
    }

    /// The values of a date; of the events those that decided them, and what these replaced.
    #[must_use]
    pub fn in_force(values: Vec<PolicyValue>, as_of: Date, known: Known) -> Self {
        let decided = values.iter().filter_map(|value| value.decided);
        let stands = decided.flat_map(|decided| {
            // What a correction replaced no longer stands.
            [(decided.position, false), (decided.event, true)]
        });
        let stands = stands.collect();
        Self { as_of: Some(as_of), known, values, stands, events: BTreeMap::new() }
    }

    /// Where its events stand.
    #[must_use]
    pub fn positions(&self) -> BTreeSet<Position> {
        self.stands.keys().copied().collect()
    }

    /// Takes an event; of what was erased nothing is shown.
    pub fn give(&mut self, logged: Logged) {
        let position = logged.position();
        if let (true, Logged::Whole(event)) = (self.stands.contains_key(&position), logged) {
            self.events.insert(position, event);
        }
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Json {
        let known_at = self.known.known_at.as_deref();
        Json::object([
            ("schema", SCHEMA.into()),
            ("as_of", self.as_of.map_or(Json::Null, |day| day.to_string().into())),
            ("known_at", known_at.map_or(Json::Null, Json::from)),
            ("position", number(self.known.position)),
            ("values", Json::Array(self.values.iter().map(value).collect())),
            ("events", Json::Array(self.events.values().map(|e| self.event(e)).collect())),
        ])
    }

    fn event(&self, event: &Event) -> Json {
        let Json::Object(mut members) = evidence_of(event) else { return Json::Null };
        let stands = self.stands.get(&event.position).copied().unwrap_or_default();
        members.insert("stands".to_owned(), Json::Bool(stands));
        members.insert("authority".to_owned(), authority(event).map_or(Json::Null, Json::from));
        members.insert("data".to_owned(), data(event));
        Json::Object(members)
    }

    /// For people: a line for each value, or for each event.
    #[must_use]
    pub fn text(&self) -> String {
        let known = format!("as known at position {}", self.known.position);
        let (heading, table) = match self.as_of {
            Some(day) => (format!("policy in force on {day}, {known}"), self.values_in_words()),
            None => (format!("events of policy, {known}; * no longer stands"), self.in_words()),
        };
        format!("{heading}\n{table}\n")
    }

    fn values_in_words(&self) -> String {
        let line = |value: &PolicyValue| {
            let mut line = vec![value.name.clone(), plain(&value.value)];
            match value.decided {
                None => line.push("built in".to_owned()),
                Some(decided) => {
                    let event = self.events.get(&decided.event);
                    let who = event.map(|event| event.recorded_by.to_string());
                    line.push(decided.effective_on.to_string());
                    line.push(decided.position.to_string());
                    line.push(who.unwrap_or_default());
                    line.push(event.and_then(authority).unwrap_or_default());
                }
            }
            line.resize(6, String::new());
            line
        };
        let header = ["policy", "value", "in force from", "position", "recorded by", "authority"];
        text_table(&header, self.values.iter().map(line).collect(), header.len())
    }

    fn in_words(&self) -> String {
        let line = |event: &Event| {
            let stands = self.stands.get(&event.position).copied().unwrap_or_default();
            let mark = if stands { "" } else { " *" };
            vec![
                format!("{}{mark}", event.position),
                event.content.effective_on.to_string(),
                event.content.kind.name().to_owned(),
                event.content.subject.as_str().to_owned(),
                plain(&data(event)),
                event.recorded_by.to_string(),
                authority(event).unwrap_or_default(),
            ]
        };
        let header =
            ["position", "effective", "type", "stream", "what", "recorded by", "authority"];
        text_table(&header, self.events.values().map(line).collect(), header.len())
    }
}

fn number(position: Position) -> Json {
    i64::try_from(position.0).map_or(Json::Null, Json::Int)
}

fn value(value: &PolicyValue) -> Json {
    let decided = value.decided;
    Json::object([
        ("name", value.name.as_str().into()),
        ("value", value.value.clone()),
        ("position", decided.map_or(Json::Null, |decided| number(decided.position))),
        (
            "effectiveon",
            decided.map_or(Json::Null, |decided| decided.effective_on.to_string().into()),
        ),
    ])
}

fn data(event: &Event) -> Json {
    Json::parse(event.content.data.as_str().as_bytes()).unwrap_or(Json::Null)
}

/// Who decided, or the rule that a publication cites; of a correction, what the replacement says.
fn authority(event: &Event) -> Option<String> {
    let data = data(event);
    let said = data.as_object()?;
    let replacement = said.get("data").and_then(Json::as_object).unwrap_or(said);
    let named = ["decided_by", "citation"].iter().find_map(|name| replacement.get(*name));
    named.and_then(Json::as_str).map(str::to_owned)
}

fn plain(json: &Json) -> String {
    text(Some(json)).replace('"', "")
}
