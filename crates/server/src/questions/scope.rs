//! What a principal's grants leave of a question. It is put into the question before anything is
//! counted, so that rows, totals and what is composed of them know of nobody else; nothing about the
//! log decides whether a question is refused.

use std::sync::Arc;

use events::{EventType, Json};
use metrics::{Asked, Dimension};
use projection::Answered;

use crate::grants::Names;
use crate::principal::Scope;
use crate::problem::{Problem, ServiceCode};

/// Puts the scope into a question.
///
/// # Errors
/// [`ServiceCode::Forbidden`] for a question about another provider, whether there is one of that
/// name or not.
pub(crate) fn limit(asked: &mut Asked, scope: &Scope<'_>) -> Result<(), Problem> {
    let Scope::Aggregates(Names::Only(providers)) = scope else { return Ok(()) };
    match asked.filter.get(&Dimension::Provider) {
        Some(provider) if providers.contains(provider) => return Ok(()),
        Some(_) => return Err(ServiceCode::Forbidden.into()),
        None => {}
    }
    // One provider can be said in the words of a question, so that anybody can ask it again.
    match providers.first() {
        Some(only) if providers.len() == 1 => {
            asked.filter.insert(Dimension::Provider, only.clone());
        }
        _ => asked.within = Some(Arc::new(providers.clone())),
    }
    Ok(())
}

/// Up to which count cells are masked: as asked, and no less than the scope wants.
pub(crate) fn threshold(asked: Option<u32>, scope: &Scope<'_>, small_cells: u32) -> Option<u32> {
    match scope {
        Scope::Everything => asked,
        Scope::Aggregates(_) => Some(asked.unwrap_or(0).max(small_cells)),
    }
}

/// What becomes of the decisions on single children and staff, which name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Single {
    /// Shown: it is recorded who reads them, and why.
    Shown,
    /// Not without a purpose.
    Refused,
    /// Left out, for those who see aggregates alone.
    LeftOut,
}

impl Single {
    pub(crate) fn of(scope: &Scope<'_>, purposed: bool) -> Self {
        match scope {
            Scope::Aggregates(_) => Self::LeftOut,
            Scope::Everything if purposed => Self::Shown,
            Scope::Everything => Self::Refused,
        }
    }

    /// Makes an answer what may be shown.
    ///
    /// # Errors
    /// [`ServiceCode::PurposeRequired`].
    pub(crate) fn apply(self, answered: &mut Answered) -> Result<(), Problem> {
        match self {
            Self::Shown => Ok(()),
            Self::Refused if answered.policy.iter().any(names_somebody) => {
                Err(ServiceCode::PurposeRequired.into())
            }
            Self::Refused => Ok(()),
            Self::LeftOut => {
                answered.policy.retain(|event| !names_somebody(event));
                // It names every source of the log, other providers' too.
                answered.complete_through.clear();
                Ok(())
            }
        }
    }
}

fn names_somebody(event: &Json) -> bool {
    let kind = event.as_object().and_then(|event| event.get("type"));
    kind.and_then(Json::as_str) == Some(EventType::ExclusionDecided.name())
}
