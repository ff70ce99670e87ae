//! The difference of two answers: numbers by cause, and the members and events of each cause.

use std::collections::{BTreeMap, BTreeSet};

use events::{Event, Json, Logged, Position};
use metrics::{Exact, Population};
use projection::{
    Because, Cause, ChangedCell, ChangedMember, Compared, Difference, Place, Verification,
};

use crate::explanation::{events_table, evidence_of};
use crate::json::question;
use crate::table::{draft_mark, text_table};

/// The name of the schema.
const SCHEMA: &str = "casetrail.diff.v1";

/// A difference, with the events that it names.
#[derive(Debug, Clone)]
pub struct Differing {
    difference: Difference,
    events: BTreeMap<Position, Event>,
}

fn position(position: Position) -> Json {
    i64::try_from(position.0).map_or(Json::Null, Json::Int)
}

fn population(population: Option<Population>) -> Json {
    population.map_or("not in it", Population::name).into()
}

/// The row of a place: its group, or null for the total.
fn group(place: &Place) -> Json {
    let group = place.row.as_ref().and_then(|text| Json::parse(text.as_bytes()).ok());
    group.unwrap_or(Json::Null)
}

impl Differing {
    /// A difference whose events are still to be [given](Self::give).
    #[must_use]
    pub const fn of(difference: Difference) -> Self {
        Self { difference, events: BTreeMap::new() }
    }

    /// Where the events stand that it names.
    #[must_use]
    pub fn positions(&self) -> BTreeSet<Position> {
        self.difference.positions()
    }

    /// Takes an event; of what was erased the position alone is shown.
    pub fn give(&mut self, logged: Logged) {
        if let Logged::Whole(event) = logged {
            self.events.insert(event.position, event);
        }
    }

    /// The difference as JSON.
    #[must_use]
    pub fn json(&self) -> Json {
        let Difference { from, to, cells, causes } = &self.difference;
        let causes = causes.iter().map(|because| self.because(because));
        Json::object([
            ("schema", SCHEMA.into()),
            ("metric", from.answered.question.asked.metric.name().into()),
            ("from", side(from)),
            ("to", side(to)),
            ("cells", Json::Array(cells.iter().map(cell).collect())),
            ("causes", Json::Array(causes.collect())),
        ])
    }

    fn because(&self, because: &Because) -> Json {
        let event = |at: &Position| match self.events.get(at) {
            Some(event) => evidence_of(event),
            None => Json::object([("position", position(*at))]),
        };
        Json::object([
            ("cause", Json::from(because.cause.name())),
            ("members", Json::Array(because.members.iter().map(member).collect())),
            ("events", Json::Array(because.events.iter().map(event).collect())),
        ])
    }

    /// The difference for people.
    #[must_use]
    pub fn text(&self) -> String {
        let Difference { from, to, cells, causes } = &self.difference;
        let metric = from.answered.question.asked.metric.name();
        let (first, second) = (in_words(from), in_words(to));
        let mut text = format!("{metric}\nfrom {first}\nto   {second}\n\n");
        if cells.is_empty() {
            return text + "no number differs\n";
        }
        text += &cells_table(cells);
        for because in causes {
            text += &format!("\n\n{}\n", because.cause.name());
            for member in &because.members {
                text += &member_in_words(member);
            }
            text += &self.events_in_words(&because.events);
        }
        text + "\n"
    }

    fn events_in_words(&self, events: &[Position]) -> String {
        let (whole, erased): (Vec<&Position>, Vec<&Position>) =
            events.iter().partition(|position| self.events.contains_key(*position));
        let mut text = String::new();
        if !erased.is_empty() {
            let erased: Vec<_> = erased.iter().map(|position| position.0.to_string()).collect();
            text += &format!("  erased: positions {}\n", erased.join(", "));
        }
        if !whole.is_empty() {
            text += &events_table(whole.iter().filter_map(|position| self.events.get(*position)));
        }
        text
    }
}

fn side(compared: &Compared) -> Json {
    let verification = compared.verification.as_ref().map(|verification| {
        let program = match verification {
            Verification::NotHeld(program) => Json::from(program.as_str()),
            _ => Json::Null,
        };
        Json::object([("outcome", verification.name().into()), ("program", program)])
    });
    Json::object([
        ("question", question(&compared.answered)),
        ("verification", verification.unwrap_or(Json::Null)),
    ])
}

fn cell(cell: &ChangedCell) -> Json {
    let parts = cell.parts.iter().map(|(cause, part)| (cause.name(), ChangedCell::written(part)));
    Json::object([
        ("group", group(&cell.place)),
        ("cell", cell.place.cell.as_str().into()),
        ("from", cell.from.clone()),
        ("to", cell.to.clone()),
        ("difference", ChangedCell::written(&cell.difference())),
        ("parts", Json::object(parts)),
    ])
}

fn member(member: &ChangedMember) -> Json {
    let changes = member.changes.iter().map(|(place, change)| {
        Json::object([
            ("group", group(place)),
            ("cell", place.cell.as_str().into()),
            ("difference", ChangedCell::written(change)),
        ])
    });
    Json::object([
        ("metric", Json::from(member.metric.name())),
        ("subject", member.subject.as_str().into()),
        ("unit", member.unit.as_str().into()),
        ("from", population(member.from)),
        ("to", population(member.to)),
        ("changes", Json::Array(changes.collect())),
        ("events", Json::Array(member.events.iter().map(|event| position(*event)).collect())),
    ])
}

fn in_words(compared: &Compared) -> String {
    let answered = &compared.answered;
    let asked = &answered.question.asked;
    let period = asked.period.map_or_else(String::new, |p| format!("{} to {}, ", p.start, p.end));
    let verified = match &compared.verification {
        None => String::new(),
        Some(Verification::Verified) => "; saved answer verified".to_owned(),
        Some(Verification::Erased) => "; saved answer differs, events were erased since".to_owned(),
        Some(Verification::NotHeld(program)) => {
            format!("; saved answer NOT VERIFIED: this program does not have {program}")
        }
        Some(Verification::Failed) => "; saved answer FAILED its verification".to_owned(),
    };
    format!(
        "{period}as of {}, known at position {}{verified}{}",
        asked.as_of,
        answered.known.position,
        draft_mark(asked)
    )
}

/// A line for every number; a column for every cause that has a part in any.
fn cells_table(cells: &[ChangedCell]) -> String {
    let causes: BTreeSet<Cause> =
        cells.iter().flat_map(|cell| cell.parts.keys().copied()).collect();
    let mut header = vec!["group", "number", "from", "to", "difference"];
    header.extend(causes.iter().map(|cause| cause.name()));
    let signed = |number: &Exact| {
        let text = number.to_string();
        if text.starts_with('-') { text } else { format!("+{text}") }
    };
    let line = |cell: &ChangedCell| {
        let mut line = vec![
            group_in_words(&cell.place),
            cell.place.cell.clone(),
            plain(&cell.from),
            plain(&cell.to),
            signed(&cell.difference()),
        ];
        line.extend(
            causes.iter().map(|cause| cell.parts.get(cause).map_or_else(String::new, signed)),
        );
        line
    };
    text_table(&header, cells.iter().map(line).collect(), 2)
}

fn plain(json: &Json) -> String {
    json.as_str().map_or_else(|| json.canonical_text(), str::to_owned)
}

fn group_in_words(place: &Place) -> String {
    match group(place) {
        Json::Object(members) => {
            let value = |json: &Json| json.as_str().unwrap_or("–").to_owned();
            members.values().map(value).collect::<Vec<_>>().join(", ")
        }
        _ => "total".to_owned(),
    }
}

fn member_in_words(member: &ChangedMember) -> String {
    let name = |population: Option<Population>| population.map_or("not in it", Population::name);
    let (from, to) = (name(member.from), name(member.to));
    let events: Vec<_> = member.events.iter().map(|position| position.0.to_string()).collect();
    let behind =
        if events.is_empty() { String::new() } else { format!(" ({})", events.join(", ")) };
    format!("  {}, {}: {from} → {to}{behind}\n", member.subject, member.unit)
}
