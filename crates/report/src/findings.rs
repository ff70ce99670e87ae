//! Findings about the data: JSON, CSV, and a table for people.

use std::collections::{BTreeMap, BTreeSet};

use eventlog::Head;
use events::{Event, Json, Logged, Position};
use projection::{Finding, FindingKind, FindingsAsked, Known};

use crate::explanation::evidence_of;
use crate::json::{count, tree};
use crate::table::text_table;

/// The name of the schema.
const SCHEMA: &str = "casetrail.findings.v1";

/// Findings, and the events that they rest on.
#[derive(Debug, Clone)]
pub struct Findings {
    asked: FindingsAsked,
    known: Known,
    findings: Vec<Finding>,
    events: BTreeMap<Position, Event>,
}

impl Findings {
    /// Findings whose events are still to be [given](Self::give).
    #[must_use]
    pub fn of(findings: Vec<Finding>, asked: FindingsAsked, known: Known) -> Self {
        Self { asked, known, findings, events: BTreeMap::new() }
    }

    /// The position at which they were found.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.known.position
    }

    /// Where their events stand.
    #[must_use]
    pub fn positions(&self) -> BTreeSet<Position> {
        self.findings.iter().flat_map(|finding| finding.events.iter().copied()).collect()
    }

    /// Takes an event.
    pub fn give(&mut self, logged: Logged) {
        if let Logged::Whole(event) = logged {
            self.events.insert(event.position, event);
        }
    }

    fn events<'a>(&'a self, finding: &'a Finding) -> impl Iterator<Item = &'a Event> {
        finding.events.iter().filter_map(|position| self.events.get(position))
    }

    /// How many there are of each kind that was asked for.
    fn counts(&self) -> Vec<(FindingKind, usize)> {
        let all = self.asked.kinds.is_empty();
        let kinds = FindingKind::ALL.iter().filter(|kind| all || self.asked.kinds.contains(kind));
        let of = |kind| self.findings.iter().filter(|finding| finding.kind == kind).count();
        kinds.map(|kind| (*kind, of(*kind))).collect()
    }

    /// As JSON; `head` is the tree of the log at their position.
    #[must_use]
    pub fn json(&self, head: &Head) -> Json {
        let kinds = self.asked.kinds.iter().map(|kind| kind.name().into());
        let text = |text: Option<&str>| text.map_or(Json::Null, Json::from);
        let counts = self.counts().into_iter();
        let finding = |finding: &Finding| {
            Json::object([
                ("subject", finding.subject.as_str().into()),
                ("finding", Json::from(finding.kind.name())),
                ("words", finding.words.as_str().into()),
                ("events", Json::Array(self.events(finding).map(evidence_of).collect())),
            ])
        };
        Json::object([
            ("schema", SCHEMA.into()),
            (
                "question",
                Json::object([
                    ("as_of", self.asked.as_of.to_string().into()),
                    ("known_at", text(self.known.known_at.as_deref())),
                    ("position", count(self.known.position.0)),
                    ("kinds", Json::Array(kinds.collect())),
                    ("subject", text(self.asked.subject.as_deref())),
                ]),
            ),
            ("log", Json::object(tree(head))),
            ("counts", Json::object(counts.map(|(kind, n)| (kind.name(), count(n as u64))))),
            ("findings", Json::Array(self.findings.iter().map(finding).collect())),
        ])
    }

    /// As CSV (RFC 4180): a line for each event of each finding.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header =
            ["finding", "subject", "words", "position", "type", "effectiveon", "recordedtime"];
        // Writing to memory cannot fail, and every line has the header's length.
        let _ = writer.write_record(header);
        for finding in &self.findings {
            for event in self.events(finding) {
                let _ = writer.write_record([
                    finding.kind.name(),
                    &finding.subject,
                    &finding.words,
                    &event.position.to_string(),
                    event.content.kind.name(),
                    &event.content.effective_on.to_string(),
                    &event.recorded_time.to_string(),
                ]);
            }
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// For people: how many there are of each kind, and what they are.
    #[must_use]
    pub fn text(&self) -> String {
        let known = match &self.known.known_at {
            Some(instant) => format!("known at {instant} (position {})", self.known.position),
            None => format!("known at position {}", self.known.position),
        };
        let found = self.counts().into_iter().filter(|(_, n)| *n > 0);
        let counts: Vec<_> = found
            .map(|(kind, n)| vec![kind.name().to_owned(), n.to_string(), kind.meaning().to_owned()])
            .collect();
        let heading = format!("findings as of {}, {known}\n", self.asked.as_of);
        if counts.is_empty() {
            return heading + "none\n";
        }
        let line = |finding: &Finding| {
            let events = self.events(finding).map(|event| event.position.to_string());
            let events: Vec<_> = events.collect();
            vec![
                finding.kind.name().to_owned(),
                finding.subject.clone(),
                finding.words.clone(),
                events.join(", "),
            ]
        };
        let counts = text_table(&["finding", "count", "meaning"], counts, 3);
        let header = ["finding", "subject", "what was found", "events"];
        let lines = text_table(&header, self.findings.iter().map(line).collect(), header.len());
        format!("{heading}{counts}\n\n{lines}\n")
    }
}
