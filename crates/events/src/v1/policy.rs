//! `policy/…`: what was decided about metrics, from when it is in force.

use std::collections::BTreeMap;

use crate::record::{Record, codes, records};
use crate::v1::child::Goal;
use crate::{
    Code, Date, Field, Fraction, Json, Pointer, Rate, Refusal, Subject, Target, Text, parameters,
};

records! {
    /// A metric's parameters were published; those left out are the built-in defaults.
    MetricPublished {
        /// Values by parameter.
        parameters: BTreeMap<String, Json>,
        /// The rule that it rests on.
        citation: Text,
        /// The phase of the evaluation tool.
        phase: Text,
    }
    /// A benchmark was decided: of a goal (in months), or of the metric.
    BenchmarkDecided {
        /// The goal; absent: the target value of the metric.
        goal: Option<Goal>,
        /// Months for a goal; otherwise a fraction or a whole number; or `undetermined`.
        value: Target,
        /// Who decided.
        decided_by: Text,
        /// Why.
        rationale: Text,
    }
    /// The metric's weight in the score was decided.
    WeightDecided {
        /// A fraction, or `undetermined`.
        weight: Rate,
        /// Who decided.
        decided_by: Text,
        /// Why.
        rationale: Text,
    }
    /// The permanency goal of a contract region was set (on `policy/incentive`).
    RegionalGoalSet {
        /// The region.
        region: Text,
        /// The rate to exceed: a fraction, or `undetermined`.
        rate: Rate,
    }
    /// The legal holidays of a year were published (on `policy/calendar`).
    CalendarPublished {
        /// The year.
        year: u32,
        /// Its holidays.
        holidays: Vec<Date>,
    }
    /// It was decided whether a subject is left out of a metric.
    ExclusionDecided {
        /// The subject.
        subject: Subject,
        /// The metric: that of the stream.
        metric: Text,
        /// Approved or denied.
        decision: ExclusionDecision,
        /// Who decided.
        decided_by: Text,
    }
}

codes! {
    /// Decision on an exclusion.
    ExclusionDecision {
        /// Left out.
        Approved = "approved",
        /// Not left out.
        Denied = "denied",
    }
}

/// The stream that holds the calendar.
const CALENDAR: &str = "calendar";
/// The metric whose benchmarks are of goals.
const TIMELY_PERMANENCY: &str = "timely-permanency";
/// The metric whose stream holds the regional goals.
const INCENTIVE: &str = "incentive";

fn wrong_stream(message: &str) -> Refusal {
    Pointer::ROOT.member("subject").refuse(Code::WrongStream, message)
}

/// The metric that a policy stream is about.
fn metric_of(stream: &Subject) -> Result<&str, Refusal> {
    if parameters::is_metric(stream.ident()) {
        return Ok(stream.ident());
    }
    Err(Pointer::ROOT
        .member("subject")
        .refuse(Code::UnknownMetric, format!("there is no metric `{}`", stream.ident())))
}

impl Record for MetricPublished {
    fn check(&self, stream: &Subject, at: &Pointer<'_>) -> Result<(), Refusal> {
        let metric = metric_of(stream)?;
        let here = at.member("parameters");
        for (name, value) in &self.parameters {
            parameters::check(metric, name, value, &here.member(name))?;
        }
        Ok(())
    }
}

impl Record for BenchmarkDecided {
    fn check(&self, stream: &Subject, at: &Pointer<'_>) -> Result<(), Refusal> {
        let metric = metric_of(stream)?;
        if self.goal.is_none() {
            return Ok(());
        }
        if metric != TIMELY_PERMANENCY {
            return Err(wrong_stream("a goal's benchmark is on policy/timely-permanency"));
        }
        match self.value {
            Target::Whole(_) | Target::Rate(Rate::Undetermined) => Ok(()),
            Target::Rate(Rate::Determined(Fraction { .. })) => Err(at.member("value").refuse(
                Code::WrongType,
                "a goal's benchmark is a whole number of months, or undetermined",
            )),
        }
    }
}

impl Record for WeightDecided {
    fn check(&self, stream: &Subject, _at: &Pointer<'_>) -> Result<(), Refusal> {
        metric_of(stream).map(|_| ())
    }
}

impl Record for RegionalGoalSet {
    fn check(&self, stream: &Subject, _at: &Pointer<'_>) -> Result<(), Refusal> {
        let right = stream.ident() == INCENTIVE;
        right.then_some(()).ok_or_else(|| wrong_stream("regional goals are on policy/incentive"))
    }
}

impl Record for CalendarPublished {
    fn check(&self, stream: &Subject, _at: &Pointer<'_>) -> Result<(), Refusal> {
        let right = stream.ident() == CALENDAR;
        right.then_some(()).ok_or_else(|| wrong_stream("calendars are on policy/calendar"))
    }
}

impl Record for ExclusionDecided {
    fn check(&self, stream: &Subject, at: &Pointer<'_>) -> Result<(), Refusal> {
        let metric = metric_of(stream)?;
        if self.metric.as_str() == metric {
            return Ok(());
        }
        Err(at.member("metric").refuse(
            Code::WrongStream,
            format!("{} on the stream of {metric}", self.metric.write().canonical_text()),
        ))
    }
}
