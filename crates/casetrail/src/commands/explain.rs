//! `casetrail explain`: why the members of a metric count as they do.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;

use eventlog::EventLog;
use events::{Event, Json, Logged, Payload, Position};
use metrics::{Asked, Clause};
use projection::{Explained, Selection, sides_of};
use report::{pretty, text_table};

use crate::Failure;
use crate::opened::{LogArgs, project};
use crate::output::print;
use crate::question_args::QuestionArgs;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    question: QuestionArgs,
    #[command(flatten)]
    log: LogArgs,
    /// One subject's members, for example child/C-1001
    #[arg(long, value_name = "SUBJECT", conflicts_with = "group")]
    subject: Option<String>,
    /// The members of a group
    #[arg(long, value_name = "DIMENSION=VALUE")]
    group: Vec<String>,
    /// Print JSON (the default where standard output is no terminal)
    #[arg(long)]
    json: bool,
    /// Print text for people (the default on a terminal)
    #[arg(long, conflicts_with = "json")]
    text: bool,
}

/// An explanation: members, and the events that they rest on.
pub(crate) struct Explanation {
    pub(crate) members: Vec<Explained>,
    events: BTreeMap<u32, Event>,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let asked = args.question.asked()?;
    let selection = selection(&args, &asked)?;
    let opened = args.log.open().await?;
    let projection = project(opened.log()).await?;
    let known = args.question.when.known(&projection)?;
    let members = projection.explain(&asked, &known, &selection);
    let explanation = Explanation::read(opened.log(), members).await?;
    if args.text || (!args.json && std::io::stdout().is_terminal()) {
        print(&explanation.text(args.subject.as_deref()))?;
    } else {
        let question = Json::object([
            ("metric", Json::from(asked.metric.name())),
            ("as_of", asked.as_of.to_string().into()),
            ("position", Json::Int(i64::from(known.pos()))),
            ("known_at", known.known_at.as_deref().map_or(Json::Null, Json::from)),
        ]);
        print(&pretty(&explanation.json(question, args.subject.as_deref())))?;
    }
    opened.close()
}

fn selection(args: &Args, asked: &Asked) -> Result<Selection, Failure> {
    if let Some(subject) = &args.subject {
        return Ok(Selection::Subject(subject.clone()));
    }
    if args.group.is_empty() {
        return Ok(Selection::All);
    }
    // A group is named in the words of a filter, and is wrong where they are.
    let mut grouped = Asked { filter: BTreeMap::new(), ..asked.clone() };
    for text in &args.group {
        let (name, value) = sides_of(text).map_err(Failure::wrong_use)?;
        grouped.filter_by(name, value).map_err(Failure::wrong_use)?;
    }
    Ok(Selection::Group(grouped.filter))
}

impl Explanation {
    /// Reads the events that the members rest on.
    pub(crate) async fn read(log: &dyn EventLog, members: Vec<Explained>) -> Result<Self, Failure> {
        let positions: BTreeSet<u32> =
            members.iter().flat_map(|m| m.trace.evidence.iter().copied()).collect();
        let mut events = BTreeMap::new();
        for position in positions {
            let page = log.page(Position(u64::from(position)), 1).await?;
            let event = page.into_iter().find_map(Logged::into_event);
            events.extend(event.map(|event| (position, event)));
        }
        Ok(Self { members, events })
    }

    fn json(&self, question: Json, subject: Option<&str>) -> Json {
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
    pub(crate) fn text(&self, subject: Option<&str>) -> String {
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
            let lines = evidence.map(|event| {
                vec![
                    event.position.to_string(),
                    event.content.kind.name().to_owned(),
                    event.content.effective_on.to_string(),
                    event.recorded_time.to_string(),
                    event.content.key.to_string(),
                ]
            });
            let header = ["position", "type", "effective", "recorded", "event"];
            text += &text_table(&header, lines.collect(), header.len());
            text += "\n\n";
        }
        text
    }
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
fn evidence_of(event: &Event) -> Json {
    let content = &event.content;
    let mut members = vec![
        ("position", Json::Int(i64::try_from(event.position.0).unwrap_or(i64::MAX))),
        ("type", content.kind.name().into()),
        ("subject", content.subject.as_str().into()),
        ("effectiveon", content.effective_on.to_string().into()),
        ("recordedtime", event.recorded_time.to_string().into()),
        ("recordedby", event.recorded_by.as_str().into()),
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
