//! Questions: as they are asked, and as policy completes them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use events::v1::child::Goal;
use events::{Date, Field, Json, Pointer, Rate, Target, Value, parameters};
use timeline::Policy;

use crate::{Dimension, MetricId, Period};

/// Why a question is not one: wrong use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// The metric does not exist.
    #[error("there is no metric `{0}`; there are {1}")]
    Metric(String, String),
    /// The period is not `A..B`.
    #[error("`{0}` is no period: two dates as in 2024-01-01..2024-03-31, the earlier first")]
    Period(String),
    /// The metric needs a period.
    #[error("{0} needs --period")]
    PeriodMissing(&'static str),
    /// The metric is not grouped or filtered so.
    #[error("{metric} is not grouped or filtered by `{dimension}`; it is by {known}")]
    Dimension {
        /// The metric.
        metric: &'static str,
        /// What was asked.
        dimension: String,
        /// What there is.
        known: String,
    },
    /// A dimension stands twice.
    #[error("`{0}` stands twice")]
    Repeated(String),
    /// A parameter or value that the metric does not have.
    #[error("{0}")]
    Parameter(String),
    /// `name=value` was expected.
    #[error("`{0}` is not of the form name=value")]
    Form(String),
}

/// What a question sets aside from policy, for itself alone; its answer is a draft.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WhatIf {
    /// Months by goal.
    pub goal_benchmarks: BTreeMap<Goal, Target>,
    /// Target values by metric.
    pub benchmarks: BTreeMap<String, Target>,
    /// Weights by metric.
    pub weights: BTreeMap<String, Rate>,
    /// Goals by region.
    pub regional_goals: BTreeMap<String, Rate>,
    /// Parameters by metric: for those that a question is composed of.
    pub parameters: BTreeMap<String, BTreeMap<String, Json>>,
}

/// A question as it is asked, before policy is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The metric.
    pub metric: MetricId,
    /// The period.
    pub period: Option<Period>,
    /// The as-of date.
    pub as_of: Date,
    /// The grouping, in order.
    pub by: Vec<Dimension>,
    /// The filter.
    pub filter: BTreeMap<Dimension, String>,
    /// The providers whose members alone count, whatever else is asked; `None`: all. No word of a
    /// question: it is what the asker may see, and composed metrics keep it in all of their parts.
    pub within: Option<Arc<BTreeSet<String>>>,
    /// Parameters set in the question.
    pub set: BTreeMap<String, Json>,
    /// What-ifs set in the question.
    pub what_if: WhatIf,
    /// The what-ifs as they were written, for the answer.
    pub what_if_written: BTreeMap<String, Json>,
    /// Whether the answer is a draft though no what-if is set.
    pub marked_draft: bool,
}

impl Asked {
    /// A question of a metric, without grouping, filter or settings.
    ///
    /// # Errors
    /// [`QuestionError::PeriodMissing`].
    pub fn new(
        metric: MetricId,
        period: Option<Period>,
        as_of: Date,
    ) -> Result<Self, QuestionError> {
        if metric.needs_period() && period.is_none() {
            return Err(QuestionError::PeriodMissing(metric.name()));
        }
        Ok(Self {
            metric,
            period,
            as_of,
            by: Vec::new(),
            filter: BTreeMap::new(),
            within: None,
            set: BTreeMap::new(),
            what_if: WhatIf::default(),
            what_if_written: BTreeMap::new(),
            marked_draft: false,
        })
    }

    /// The days that count: the period cut at the as-of date; `None` if no day is left.
    #[must_use]
    pub fn days(&self) -> Option<Period> {
        let period = self.period?;
        let end = period.end.min(self.as_of);
        (period.start <= end).then_some(Period { start: period.start, end })
    }

    /// The metric whose members are counted: itself, or the one that a baseline is of.
    ///
    /// # Errors
    /// [`QuestionError::Parameter`] for a baseline of nothing, [`QuestionError::Metric`].
    pub fn measured(&self) -> Result<MetricId, QuestionError> {
        if self.metric != MetricId::Baseline {
            return Ok(self.metric);
        }
        let name = self.set.get("metric").and_then(Json::as_str);
        let missing = || QuestionError::Parameter("baseline needs --set metric=NAME".to_owned());
        MetricId::from_name(name.ok_or_else(missing)?)
    }

    fn dimension(&self, name: &str) -> Result<Dimension, QuestionError> {
        let measured = self.measured()?.dimensions().iter().copied();
        let known: Vec<_> = measured.filter(|d| self.metric.dimensions().contains(d)).collect();
        Dimension::from_name(name).filter(|d| known.contains(d)).ok_or_else(|| {
            QuestionError::Dimension {
                metric: self.metric.name(),
                dimension: name.to_owned(),
                known: known.iter().map(|d| d.name()).collect::<Vec<_>>().join(", "),
            }
        })
    }

    /// Groups by one more dimension.
    ///
    /// # Errors
    /// [`QuestionError::Dimension`], [`QuestionError::Repeated`].
    pub fn group_by(&mut self, name: &str) -> Result<(), QuestionError> {
        let dimension = self.dimension(name)?;
        if self.by.contains(&dimension) {
            return Err(QuestionError::Repeated(name.to_owned()));
        }
        self.by.push(dimension);
        Ok(())
    }

    /// Keeps only what has this value in a dimension.
    ///
    /// # Errors
    /// [`QuestionError::Dimension`], [`QuestionError::Repeated`].
    pub fn filter_by(&mut self, name: &str, value: &str) -> Result<(), QuestionError> {
        let dimension = self.dimension(name)?;
        match self.filter.insert(dimension, value.to_owned()) {
            None => Ok(()),
            Some(_) => Err(QuestionError::Repeated(name.to_owned())),
        }
    }

    /// Sets a parameter, or a what-if (`benchmark.<goal>`, `benchmark.<metric>`,
    /// `weight.<metric>`, `regional-goal.<region>`, `parameters.<metric>.<name>`), from text.
    ///
    /// # Errors
    /// [`QuestionError::Parameter`], [`QuestionError::Repeated`].
    pub fn set_text(&mut self, name: &str, value: &str) -> Result<(), QuestionError> {
        let metric = self.metric.name();
        let (metric, own) = parameter_of(name).unwrap_or((metric, name));
        let parameter = parameters::of(metric).iter().find(|p| p.name == own);
        let json = parameter.map_or_else(|| what_if_value(value), |p| p.domain.from_text(value));
        self.set_json(name, json)
    }

    /// Sets a parameter or a what-if from JSON, as it stands in an answer's question.
    ///
    /// # Errors
    /// [`QuestionError::Parameter`], [`QuestionError::Repeated`].
    pub fn set_json(&mut self, name: &str, value: Json) -> Result<(), QuestionError> {
        if self.set.contains_key(name) || self.what_if_written.contains_key(name) {
            return Err(QuestionError::Repeated(name.to_owned()));
        }
        if self.what_if.set(name, &value)? {
            self.what_if_written.insert(name.to_owned(), value);
            return Ok(());
        }
        parameters::check(self.metric.name(), name, &value, &Pointer::ROOT)
            .map_err(|refusal| QuestionError::Parameter(refusal.message))?;
        self.set.insert(name.to_owned(), value);
        Ok(())
    }

    /// Sets what a what-if has aside: an object of what-ifs and parameters, the parts of whose names
    /// may be objects in objects. The answer is a draft, whatever is in it.
    ///
    /// # Errors
    /// As [`Asked::set_json`].
    pub fn suppose(&mut self, what_if: &BTreeMap<String, Json>) -> Result<(), QuestionError> {
        self.marked_draft = true;
        what_if.iter().try_for_each(|(name, value)| self.suppose_one(name, value))
    }

    fn suppose_one(&mut self, name: &str, value: &Json) -> Result<(), QuestionError> {
        let Json::Object(parts) = value else { return self.set_json(name, value.clone()) };
        parts
            .iter()
            .try_for_each(|(part, value)| self.suppose_one(&format!("{name}.{part}"), value))
    }

    /// Whether the answer is a draft.
    #[must_use]
    pub fn draft(&self) -> bool {
        self.marked_draft || !self.what_if_written.is_empty()
    }

    /// The date on which policy is taken: the earlier of the period's end and the as-of date.
    #[must_use]
    pub fn policy_date(&self) -> Date {
        self.period.map_or(self.as_of, |p| p.end.min(self.as_of))
    }

    /// The question with every parameter: built-in default, then published, then set.
    #[must_use]
    pub fn resolve(&self, policy: &Policy<'_>) -> Question {
        let metric = self.metric.name();
        let published = policy.parameters(metric);
        let resolved = parameters::of(metric).iter().map(|p| {
            let supposed = || self.what_if.parameters.get(metric)?.get(p.name);
            let set = self.set.get(p.name).or_else(supposed);
            let set = set.or_else(|| published.and_then(|all| all.get(p.name)));
            (p.name, set.cloned().unwrap_or_else(|| p.domain.default()))
        });
        Question { parameters: resolved.collect(), asked: self.clone() }
    }

    /// The question put to another metric, with that metric's own parameters and these what-ifs;
    /// grouped by provider.
    pub(crate) fn of_metric(&self, metric: MetricId) -> Self {
        let by = self.by.iter().copied().filter(|d| *d == Dimension::Provider);
        Self { metric, by: by.collect(), set: BTreeMap::new(), ..self.clone() }
    }
}

/// The metric and parameter of `parameters.<metric>.<name>`.
fn parameter_of(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("parameters.")?.split_once('.')
}

/// A what-if's value as text names it: a whole number, a fraction, or `undetermined`.
fn what_if_value(text: &str) -> Json {
    text.parse().map_or_else(|_| Json::from(text), Json::Int)
}

impl WhatIf {
    /// Takes a what-if; `false` if the name is that of none.
    fn set(&mut self, name: &str, value: &Json) -> Result<bool, QuestionError> {
        let wrong = |e: events::Refusal| QuestionError::Parameter(format!("{name}: {}", e.message));
        let target = || Target::read(&Value::from(value), &Pointer::ROOT).map_err(wrong);
        let rate = || match value {
            Json::Int(n) => {
                Rate::read(&Value::String(n.to_string().into()), &Pointer::ROOT).map_err(wrong)
            }
            other => Rate::read(&Value::from(other), &Pointer::ROOT).map_err(wrong),
        };
        let Some((what, of)) = name.split_once('.') else { return Ok(false) };
        match what {
            "benchmark" => {
                let target = target()?;
                if let Some(goal) = Goal::from_code(of) {
                    if matches!(target, Target::Rate(Rate::Determined(_))) {
                        let message = format!("{name}: a goal's benchmark is in whole months");
                        return Err(QuestionError::Parameter(message));
                    }
                    self.goal_benchmarks.insert(goal, target);
                } else {
                    self.benchmarks.insert(metric_name(of)?, target);
                }
            }
            "weight" => {
                self.weights.insert(metric_name(of)?, rate()?);
            }
            "regional-goal" => {
                self.regional_goals.insert(of.to_owned(), rate()?);
            }
            "parameters" => {
                let wrong = |refusal: events::Refusal| QuestionError::Parameter(refusal.message);
                let (metric, own) = of.split_once('.').unwrap_or((of, ""));
                let metric = metric_name(metric)?;
                parameters::check(&metric, own, value, &Pointer::ROOT).map_err(wrong)?;
                self.parameters.entry(metric).or_default().insert(own.to_owned(), value.clone());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn metric_name(name: &str) -> Result<String, QuestionError> {
    if parameters::is_metric(name) {
        return Ok(name.to_owned());
    }
    Err(QuestionError::Parameter(format!("`{name}` is neither a goal nor a metric")))
}

/// A question with every parameter known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Values by parameter.
    pub parameters: BTreeMap<&'static str, Json>,
    /// The question as it was asked.
    pub asked: Asked,
}

impl Question {
    /// The as-of date.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.asked.as_of
    }

    /// The days that count: the period cut at the as-of date; `None` if no day is left.
    #[must_use]
    pub fn days(&self) -> Option<Period> {
        self.asked.days()
    }

    /// Whether a day is one of those that count.
    #[must_use]
    pub fn counts(&self, day: Date) -> bool {
        self.days().is_some_and(|days| days.start <= day && day <= days.end)
    }

    /// The days that count, in words.
    pub(crate) fn days_in_words(&self) -> String {
        self.days().map_or_else(
            || "no day of the period counts".to_owned(),
            |days| format!("days that count: {} to {}", days.start, days.end),
        )
    }

    /// A parameter that is a word.
    #[must_use]
    pub fn word(&self, name: &str) -> &str {
        self.parameters.get(name).and_then(Json::as_str).unwrap_or("")
    }

    /// A parameter that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> i64 {
        if let Some(Json::Int(n)) = self.parameters.get(name) { *n } else { 0 }
    }

    /// A parameter that is a list of words.
    #[must_use]
    pub fn words(&self, name: &str) -> Vec<&str> {
        match self.parameters.get(name) {
            Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        }
    }
}
