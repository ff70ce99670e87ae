//! What the other readings of a rule would give: every alternative value of each parameter.

use events::{Json, parameters};

use crate::{Answered, Projection};

/// The answer under another value of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// The parameter.
    pub parameter: &'static str,
    /// Its other value.
    pub value: Json,
    /// Whether that is the built-in default.
    pub is_default: bool,
    /// The answer.
    pub answered: Answered,
}

impl Projection {
    /// The alternatives of an answer, by parameter: every other word of a choice, every list that has
    /// one rule more or less, and the default where it is not in force. Numbers and free names have
    /// no list of alternatives.
    #[must_use]
    pub fn alternatives(&self, answered: &Answered) -> Vec<Alternative> {
        let question = &answered.question;
        let asked = &question.asked;
        let mut found = Vec::new();
        for parameter in parameters::of(asked.metric.name()) {
            let Some(in_force) = question.parameters.get(parameter.name) else { continue };
            let default = parameter.domain.default();
            for value in parameter.domain.alternatives(in_force) {
                let mut other = asked.clone();
                other.set.insert(parameter.name.to_owned(), value.clone());
                let is_default = value == default;
                let answered = self.report(&other, answered.known.clone());
                found.push(Alternative { parameter: parameter.name, value, is_default, answered });
            }
        }
        found
    }
}
