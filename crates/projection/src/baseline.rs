//! Baselines: a metric asked month by month, each month in the world of its own last day.

use std::collections::BTreeMap;

use events::Json;
use metrics::{Asked, Composition, MonthAnswered, baseline};
use timeline::Policy;

use crate::{Answered, Known, Projection};

impl Projection {
    /// The baseline of a metric, each month of which `report` answers.
    pub(crate) fn baseline(
        &self,
        asked: &Asked,
        known: Known,
        report: impl Fn(&Asked, Known) -> Answered,
    ) -> Answered {
        let months = baseline::months(asked).into_iter().map(|month| {
            let answered = report(&month, known.clone());
            (month, answered)
        });
        let mut policy: BTreeMap<Option<i64>, Json> = BTreeMap::new();
        let mut answers: Vec<MonthAnswered> = Vec::new();
        for (month, answered) in months {
            policy.extend(answered.policy.into_iter().map(|event| (position(&event), event)));
            answers.push((month, answered.answer));
        }
        Answered {
            // Nothing is published about a baseline.
            question: asked.resolve(&Policy::default()),
            complete_through: self.complete_through(known.pos()),
            known,
            policy: policy.into_values().collect(),
            answer: baseline::answer(&answers),
        }
    }

    /// How the rows of a baseline come about.
    pub(crate) fn baseline_compositions(&self, asked: &Asked, known: &Known) -> Vec<Composition> {
        let months = baseline::months(asked).into_iter().map(|month| {
            let answer = self.report(&month, known.clone()).answer;
            (month, answer)
        });
        baseline::compositions(&months.collect::<Vec<_>>())
    }
}

/// The position of a policy event as an answer lists it.
fn position(event: &Json) -> Option<i64> {
    match event.as_object()?.get("position")? {
        Json::Int(n) => Some(*n),
        _ => None,
    }
}
