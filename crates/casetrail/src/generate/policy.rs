//! Policy: what a response and evaluation team may have decided.

use std::collections::BTreeMap;

use events::v1::child::Goal;
use events::v1::policy::{
    BenchmarkDecided, CalendarPublished, MetricPublished, RegionalGoalSet, WeightDecided,
};
use events::{Date, Family, Fraction, Json, Payload, Rate, Subject, Target, parameters};

use super::calendar::holidays;
use super::dice::Dice;
use super::payload::{DECIDED_BY, subject};
use super::providers::{REGIONS, region_name};
use super::registry::Registry;

/// The metrics of Phase II that have a weight, in halves.
const WEIGHTED: &[(&str, u64)] = &[
    ("timely-permanency", 1),
    ("residential-compliance", 0),
    ("trauma-training", 0),
    ("supervisor-ratio", 0),
    ("returned-cases", 0),
];

/// Tells of the policy in force from the start, its changes half way, and the calendars.
pub(super) fn tell(registry: &mut Registry<'_>, dice: &mut Dice, half_way: Date) {
    let (first, last) = registry.span();
    for metric in parameters::metrics() {
        let published = published(BTreeMap::new());
        registry.decide(&policy(metric), first, first, published);
    }
    for (metric, halves) in WEIGHTED {
        let weight = WeightDecided {
            weight: Rate::Determined(Fraction {
                numerator: *halves,
                denominator: if *halves == 0 { 1 } else { 2 },
            }),
            decided_by: DECIDED_BY.into(),
            rationale: "Phase II".into(),
            raw: None,
        };
        registry.decide(&policy(metric), first, first, weight.into());
    }
    benchmarks(registry, first);
    regional_goals(registry, dice, first);
    regional_goals(registry, dice, half_way);
    let rules = ["RC-01", "RC-02", "RC-03", "RC-04", "RC-05", "RC-06", "RC-07", "RC-08", "RC-10"];
    let rules = Json::Array(rules.iter().map(|rule| Json::from(*rule)).collect());
    let more_rules = published(BTreeMap::from([("rules".to_owned(), rules)]));
    registry.decide(
        &policy("residential-compliance"),
        half_way.add_days(-60),
        half_way,
        more_rules,
    );
    for year in first.ymd().0..=last.ymd().0 + 1 {
        calendar(registry, year);
    }
}

fn policy(metric: &str) -> Subject {
    subject(Family::Policy, metric)
}

fn published(parameters: BTreeMap<String, Json>) -> Payload {
    let citation = "13 CSR 35-35.100(3)(E)".into();
    MetricPublished { parameters, citation, phase: "II".into(), raw: None }.into()
}

fn benchmarks(registry: &mut Registry<'_>, first: Date) {
    let mut decide = |metric: &str, goal: Option<Goal>, value: Target| {
        let (decided_by, rationale) = (DECIDED_BY.into(), "Phase II".into());
        let benchmark = BenchmarkDecided { goal, value, decided_by, rationale, raw: None };
        registry.decide(&policy(metric), first, first, benchmark.into());
    };
    for (goal, months) in
        [(Goal::Reunification, 12), (Goal::Guardianship, 18), (Goal::Adoption, 24)]
    {
        decide("timely-permanency", Some(goal), Target::Whole(months));
    }
    for (metric, _) in &WEIGHTED[1..] {
        decide(metric, None, Target::Rate(Rate::Undetermined));
    }
    let rate = |numerator, denominator| {
        Target::Rate(Rate::Determined(Fraction { numerator, denominator }))
    };
    decide("worker-visits", None, rate(19, 20));
    decide("long-stayers", None, rate(3, 10));
}

fn regional_goals(registry: &mut Registry<'_>, dice: &mut Dice, on: Date) {
    for region in 0..REGIONS {
        let numerator = u64::from(24 + dice.below(10));
        let rate = Rate::Determined(Fraction { numerator, denominator: 100 });
        let goal = RegionalGoalSet { region: region_name(region), rate, raw: None };
        registry.decide(&policy("incentive"), on.add_days(-30), on, goal.into());
    }
}

/// The calendar of a year is published in the autumn before.
fn calendar(registry: &mut Registry<'_>, year: i32) {
    let Some(new_year) = Date::from_ymd(year, 1, 1) else { return };
    let year_text = u32::try_from(year).unwrap_or(0);
    let published = CalendarPublished { year: year_text, holidays: holidays(year), raw: None };
    registry.decide(&policy("calendar"), new_year.add_days(-75), new_year, published.into());
}
