//! The parameters of the metrics (RR-2): names, values, defaults.
//!
//! They are part of the vocabulary, since `metric.published` carries them and is refused when it
//! names one that does not exist. Questions take the same names and values.

use crate::{Code, Json, Pointer, Refusal};

/// A parameter of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub domain: Domain,
}

/// The values that a parameter may have; the default first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number from 0 to 100,000.
    Count(u32),
    /// A list of any names, not empty, none twice.
    Names(&'static [&'static str]),
    /// A list of words out of these, none twice; `default` of them if nothing is said.
    Subset {
        /// The words that exist.
        known: &'static [&'static str],
        /// The list in force if nothing is said.
        default: &'static [&'static str],
    },
    /// The name of a metric that is none of these. It has no default, and must be said.
    MetricBut(&'static [&'static str]),
}

/// The largest whole number a parameter takes.
const COUNT_MAX: u32 = 100_000;

/// The rules of residential-compliance (`RC-`), and those that can join them (`SB-`).
const RULES: &[&str] = &[
    "RC-01", "RC-02", "RC-03", "RC-04", "RC-05", "RC-06", "RC-07", "RC-08", "RC-09", "RC-10",
    "RC-11", "RC-12", "RC-13", "RC-14", "RC-15", "RC-16", "RC-17", "RC-18", "RC-19", "RC-20",
    "RC-21", "RC-22", "SB-01", "SB-02",
];

const ANNIVERSARY: &[Parameter] =
    &[Parameter { name: "anniversary", domain: Domain::Choice(&["strict", "inclusive"]) }];

/// Every metric with its parameters, in the order of the domain's table.
const METRICS: &[(&str, &[Parameter])] = &[
    (
        "timely-permanency",
        &[
            Parameter {
                name: "clock",
                domain: Domain::Choice(&[
                    "removal",
                    "court_goal_approval",
                    "federal_entry",
                    "provider_assignment",
                ]),
            },
            Parameter {
                name: "goal",
                domain: Domain::Choice(&[
                    "court_approved_in_effect_at_exit",
                    "first_court_approved",
                    "any_approved",
                ]),
            },
            Parameter { name: "cohort", domain: Domain::Choice(&["exit", "deadline", "entry"]) },
            Parameter {
                name: "achieved_on",
                domain: Domain::Choice(&["discharge", "physical_return", "order_date"]),
            },
            Parameter {
                name: "attribution",
                domain: Domain::Choice(&[
                    "provider_on_exit",
                    "provider_on_deadline",
                    "day_weighted",
                ]),
            },
        ],
    ),
    ("concurrent-planning", &[]),
    (
        "residential-compliance",
        &[Parameter {
            name: "rules",
            domain: Domain::Subset {
                known: RULES,
                default: &["RC-01", "RC-02", "RC-03", "RC-04", "RC-05", "RC-06", "RC-07", "RC-10"],
            },
        }],
    ),
    (
        "trauma-training",
        &[
            Parameter { name: "courses", domain: Domain::Names(&["trauma-toolkit"]) },
            Parameter { name: "grace_days", domain: Domain::Count(0) },
        ],
    ),
    (
        "supervisor-ratio",
        &[Parameter { name: "count", domain: Domain::Choice(&["headcount", "fte"]) }],
    ),
    ("returned-cases", &[]),
    (
        "worker-visits",
        &[Parameter { name: "month_rule", domain: Domain::Choice(&["full_calendar"]) }],
    ),
    ("cfsr-p1", ANNIVERSARY),
    ("cfsr-p2", ANNIVERSARY),
    ("cfsr-p3", ANNIVERSARY),
    ("cfsr-p4", ANNIVERSARY),
    ("cfsr-p5", ANNIVERSARY),
    (
        "data-timeliness",
        &[Parameter { name: "clock", domain: Domain::Choice(&["recorded", "source"]) }],
    ),
    ("hearing-timeliness", &[]),
    ("long-stayers", &[Parameter { name: "months", domain: Domain::Count(24) }]),
    ("incentive", &[]),
    ("scorecard", &[]),
];

/// The parameters of `baseline`, about which nothing can be published.
const BASELINE: &[Parameter] =
    &[Parameter { name: "metric", domain: Domain::MetricBut(&["incentive", "scorecard"]) }];

/// Whether a metric of this name exists (`baseline` is asked of one of them and has no policy).
#[must_use]
pub fn is_metric(name: &str) -> bool {
    METRICS.iter().any(|(metric, _)| *metric == name)
}

/// The names of all metrics.
pub fn metrics() -> impl Iterator<Item = &'static str> {
    METRICS.iter().map(|(name, _)| *name)
}

/// The parameters of a metric; none if there is no such metric.
#[must_use]
pub fn of(metric: &str) -> &'static [Parameter] {
    if metric == "baseline" {
        return BASELINE;
    }
    METRICS.iter().find(|(name, _)| *name == metric).map_or(&[], |(_, parameters)| parameters)
}

impl Domain {
    /// The default, as it stands in a question.
    #[must_use]
    pub fn default(self) -> Json {
        let list = |words: &[&str]| Json::Array(words.iter().map(|w| Json::from(*w)).collect());
        match self {
            Self::Choice(words) => words.first().map_or(Json::Null, |w| Json::from(*w)),
            Self::Count(n) => Json::Int(i64::from(n)),
            Self::Names(words) => list(words),
            Self::Subset { default, .. } => list(default),
            Self::MetricBut(_) => Json::Null,
        }
    }

    /// The value that the text of a command line or query names; not yet checked.
    #[must_use]
    pub fn from_text(self, text: &str) -> Json {
        match self {
            Self::Choice(_) | Self::MetricBut(_) => Json::from(text),
            Self::Count(_) => text.parse().map_or_else(|_| Json::from(text), Json::Int),
            Self::Names(_) | Self::Subset { .. } => {
                Json::Array(text.split(',').map(Json::from).collect())
            }
        }
    }

    /// The values that stand beside one as its alternatives: the other words of a choice; lists with
    /// one known word more or less; the default, where it is another.
    #[must_use]
    pub fn alternatives(self, value: &Json) -> Vec<Json> {
        let list = |words: Vec<&str>| Json::Array(words.into_iter().map(Json::from).collect());
        let mut found: Vec<Json> = match self {
            Self::Choice(words) => words.iter().map(|word| Json::from(*word)).collect(),
            // Another metric is another question.
            Self::MetricBut(_) => return Vec::new(),
            Self::Count(_) | Self::Names(_) => Vec::new(),
            Self::Subset { known, .. } => {
                let Json::Array(items) = value else { return Vec::new() };
                let has = |word: &str| items.iter().any(|item| item.as_str() == Some(word));
                let toggled = known.iter().map(|toggled| {
                    list(known.iter().filter(|w| has(w) != (*w == toggled)).copied().collect())
                });
                toggled
                    .filter(|list| !matches!(list, Json::Array(items) if items.is_empty()))
                    .collect()
            }
        };
        let default = self.default();
        if !found.contains(&default) {
            found.insert(0, default);
        }
        found.retain(|other| other != value);
        found
    }

    fn takes(self, value: &Json) -> Result<(), String> {
        match (self, value) {
            (Self::Choice(words), Json::String(word)) if words.contains(&word.as_str()) => Ok(()),
            (Self::Choice(words), _) => Err(format!("expected one of {}", words.join(", "))),
            (Self::Count(_), Json::Int(n)) if (0..=i64::from(COUNT_MAX)).contains(n) => Ok(()),
            (Self::Count(_), _) => Err(format!("expected a whole number from 0 to {COUNT_MAX}")),
            (Self::Names(_), Json::Array(items)) => takes_list(items, None),
            (Self::Subset { known, .. }, Json::Array(items)) => takes_list(items, Some(known)),
            (Self::MetricBut(not), Json::String(name))
                if is_metric(name) && !not.contains(&name.as_str()) =>
            {
                Ok(())
            }
            (Self::MetricBut(not), _) => {
                let known = metrics().filter(|name| !not.contains(name)).collect::<Vec<_>>();
                Err(format!("expected one of {}", known.join(", ")))
            }
            (Self::Names(_) | Self::Subset { .. }, _) => Err("expected a list".to_owned()),
        }
    }
}

fn takes_list(items: &[Json], known: Option<&[&str]>) -> Result<(), String> {
    if items.is_empty() {
        return Err("expected at least one name".to_owned());
    }
    for (i, item) in items.iter().enumerate() {
        let word = item.as_str().filter(|w| !w.is_empty()).ok_or("expected a list of names")?;
        if known.is_some_and(|known| !known.contains(&word)) {
            return Err(format!("`{word}` is not known"));
        }
        if items[..i].contains(item) {
            return Err(format!("`{word}` stands twice"));
        }
    }
    Ok(())
}

/// Checks a value of a parameter of a metric.
///
/// # Errors
/// [`Code::UnknownParameter`] or [`Code::InvalidParameter`], at `at`.
pub fn check(metric: &str, name: &str, value: &Json, at: &Pointer<'_>) -> Result<(), Refusal> {
    let known = of(metric);
    let Some(parameter) = known.iter().find(|p| p.name == name) else {
        let names: Vec<_> = known.iter().map(|p| p.name).collect();
        let message = if names.is_empty() {
            format!("{metric} has no parameters")
        } else {
            format!("{metric} has no parameter `{name}`; it has {}", names.join(", "))
        };
        return Err(at.refuse(Code::UnknownParameter, message));
    };
    parameter
        .domain
        .takes(value)
        .map_err(|why| at.refuse(Code::InvalidParameter, format!("{name}: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(metric: &str, name: &str) -> Domain {
        of(metric).iter().find(|p| p.name == name).expect("a parameter").domain
    }

    #[test]
    fn the_default_is_an_alternative_where_it_is_not_in_force() {
        let cohort = domain("timely-permanency", "cohort");
        let words = |value: &str| cohort.alternatives(&Json::from(value));
        assert_eq!(words("exit"), [Json::from("deadline"), Json::from("entry")]);
        assert_eq!(words("entry"), [Json::from("exit"), Json::from("deadline")]);
        let months = domain("long-stayers", "months");
        assert_eq!(months.alternatives(&Json::Int(24)), []);
        assert_eq!(months.alternatives(&Json::Int(12)), [Json::Int(24)]);
    }

    #[test]
    fn lists_of_rules_have_one_more_or_less() {
        let rules = domain("residential-compliance", "rules");
        let others = rules.alternatives(&rules.default());
        assert_eq!(others.len(), RULES.len());
        let one = Json::Array(vec![Json::from("RC-01")]);
        let others = rules.alternatives(&one);
        // None of them is empty, and the default is another.
        assert_eq!(others.len(), RULES.len());
        assert_eq!(others[0], rules.default());
        for other in others {
            check("residential-compliance", "rules", &other, &Pointer::ROOT).expect("a list");
        }
    }
}
