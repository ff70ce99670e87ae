//! The rows of one subject at a moment, as JSON.

use events::{Date, Family, Json, Subject, Target};
use metrics::goal_benchmarks;
use timeline::{
    Case, Episode, Fact, Moment, Person, Placement, Staff, Sym, World, evidence, history,
};

use crate::{Known, Projection};

fn text(text: impl Into<String>) -> Json {
    Json::String(text.into())
}

fn date(day: Date) -> Json {
    text(day.to_string())
}

fn optional(json: Option<Json>) -> Json {
    json.unwrap_or(Json::Null)
}

impl Projection {
    /// The rows of a subject on the as-of date, as known; `None` if no event of it is known then.
    #[must_use]
    pub fn timeline_of(&self, subject: &Subject, as_of: Date, known: &Known) -> Option<Json> {
        let at = Moment { as_of, known: known.pos() };
        let name = self.names().known(subject.as_str())?;
        let world = self.world(&at, as_of);
        let rows = match subject.family() {
            Family::Child => child(&world, &self.person(&world, name)),
            Family::Staff => staff(&world, &Staff::read(self.stream(name)?, &at)),
            Family::Case => case(&world, &Case::read(self.stream(name)?, &at)),
            Family::Facility
            | Family::Provider
            | Family::Policy
            | Family::Place
            | Family::Report
            | Family::Source
            | Family::Log => Vec::new(),
        };
        let stream = self.stream(name);
        let said = |stream| history(stream, &at).chain(evidence(stream, &at));
        let mut events: Vec<Fact> = stream.into_iter().flat_map(said).collect();
        events.sort_by_key(|f| (f.day, f.original));
        let events = events.into_iter().map(|f| {
            Json::object([
                ("effectiveon", date(f.day)),
                ("position", Json::Int(i64::from(f.event))),
            ])
        });
        let mut members = vec![
            ("subject", text(subject.as_str())),
            ("as_of", date(as_of)),
            ("position", Json::Int(i64::from(at.known))),
            ("events", Json::Array(events.collect())),
        ];
        members.extend(rows);
        Some(Json::object(members))
    }
}

fn child(world: &World<'_>, person: &Person) -> Vec<(&'static str, Json)> {
    let alone = [person.subject];
    let names = world.merges.members(person.subject).unwrap_or(&alone);
    let names = names.iter().map(|n| text(world.names.text(*n)));
    let assignments = person.assignments.iter().map(|a| {
        let place = world.place(person, a.day);
        let named = |sym: Option<Sym>| optional(sym.map(|s| text(world.names.text(s))));
        Json::object([
            ("from", date(a.day)),
            ("case", text(world.names.text(a.case))),
            ("provider", text(world.names.text(a.provider))),
            ("prime", named(place.provider)),
            ("worker", named(a.worker)),
            ("county", named(a.county)),
            ("region", named(place.region)),
            ("event", Json::Int(i64::from(a.event))),
        ])
    });
    vec![
        ("child", text(world.names.text(person.subject))),
        ("names", Json::Array(names.collect())),
        ("birth_date", optional(person.birth.map(|b| date(b.birth)))),
        (
            "episodes",
            Json::Array(person.episodes.iter().map(|e| episode(world, person, e)).collect()),
        ),
        ("assignments", Json::Array(assignments.collect())),
    ]
}

fn episode(world: &World<'_>, person: &Person, episode: &Episode) -> Json {
    let exit = episode.exit().map(|exit| {
        Json::object([
            ("date", date(exit.day)),
            ("reason", text(exit.reason.code())),
            ("order_date", optional(exit.order_date.map(date))),
            ("event", Json::Int(i64::from(exit.event))),
        ])
    });
    let doubts = [
        (episode.doubts.exit_not_after_removal, "exit_not_after_removal"),
        (episode.doubts.missing_end, "missing_end"),
        (episode.doubts.conflicting_episodes, "conflicting_episodes"),
    ];
    let doubts = doubts.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| text(name));
    let last = episode.exit().map_or(world.at.as_of, |exit| exit.day);
    let goals = person.goals.iter().filter(|g| episode.removal <= g.day && g.day <= last);
    let goals = goals.map(|g| {
        Json::object([
            ("date", date(g.day)),
            ("conduct", text(format!("{:?}", g.conduct).to_lowercase())),
            ("role", text(g.role.code())),
            ("goal", text(g.goal.code())),
            ("event", Json::Int(i64::from(g.event))),
        ])
    });
    Json::object([
        ("removal", date(episode.removal)),
        ("event", Json::Int(i64::from(episode.event))),
        ("exit", optional(exit)),
        ("in_care_until", optional(episode.end.map(date))),
        ("doubts", Json::Array(doubts.collect())),
        ("goals", Json::Array(goals.collect())),
        ("due", due_dates(world, episode)),
        (
            "placements",
            Json::Array(episode.placements.iter().map(|p| placement(world, p)).collect()),
        ),
    ])
}

/// Days of the two planning deadlines of an entry (Child Welfare Manual 4.10.1).
const PLANNING: [(&str, i32); 2] = [("primary_goal", 3), ("concurrent_goal", 30)];

/// Planning deadlines, and the deadline of each goal that has a benchmark in force.
fn due_dates(world: &World<'_>, episode: &Episode) -> Json {
    let planning = PLANNING.map(|(name, days)| (name, date(episode.removal.add_days(days))));
    let benchmarks = goal_benchmarks(&world.policy).into_iter();
    let goals = benchmarks.filter_map(|(goal, target)| match target {
        Target::Whole(months) => Some((goal.code(), date(episode.removal.add_months(months)))),
        Target::Rate(_) => None,
    });
    Json::object(planning.into_iter().chain(goals))
}

fn placement(world: &World<'_>, placement: &Placement) -> Json {
    let flags =
        [(placement.flags.end_inferred, "end_inferred"), (placement.flags.overlap, "overlap")];
    let flags = flags.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| text(name));
    let qrtp = placement.setting == events::v1::child::Setting::Qrtp;
    let due = [("assessment", 30), ("court_decision", 60)];
    let due = due.map(|(name, days)| (name, date(placement.start.add_days(days))));
    let due = if qrtp { Json::object(due) } else { Json::Null };
    Json::object([
        ("placement_id", text(world.names.text(placement.id.1))),
        ("setting", text(placement.setting.code())),
        ("start", date(placement.start)),
        ("end", optional(placement.end.map(date))),
        ("facility", optional(placement.facility.map(|f| text(world.names.text(f))))),
        ("flags", Json::Array(flags.collect())),
        ("due", due),
        ("event", Json::Int(i64::from(placement.event))),
    ])
}

fn staff(world: &World<'_>, staff: &Staff) -> Vec<(&'static str, Json)> {
    let roles = staff.roles.iter().map(|r| {
        Json::object([
            ("role", text(r.role.code())),
            ("provider", text(world.names.text(r.provider))),
            ("start", date(r.start)),
            ("end", optional(r.end.map(date))),
        ])
    });
    let training = staff.training.iter().map(|t| {
        Json::object([
            ("date", date(t.day)),
            ("course", text(world.names.text(t.course))),
            ("completed", Json::Bool(t.completed)),
        ])
    });
    vec![("roles", Json::Array(roles.collect())), ("training", Json::Array(training.collect()))]
}

fn case(world: &World<'_>, case: &Case) -> Vec<(&'static str, Json)> {
    let returns = case.returns.iter().map(|r| {
        let children = world.names.list(r.children).iter();
        Json::object([
            ("date", date(r.day)),
            ("provider", text(world.names.text(r.provider))),
            ("reason", text(r.reason.code())),
            ("children", Json::Array(children.map(|c| text(world.names.text(*c))).collect())),
        ])
    });
    vec![
        ("returns", Json::Array(returns.collect())),
        ("cost_cents", optional(case.cost_cents().map(Json::Int))),
    ]
}
