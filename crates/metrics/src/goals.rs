//! Court-approved primary goals of an episode (ruling "Goals").

use events::Date;
use events::v1::child::{ExitReason, Goal, GoalRole};
use smallvec::SmallVec;
use timeline::{Conduct, Episode, Person, Pos};

/// An unbroken time in which a primary goal was in effect. Approving the goal in effect again
/// changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) goal: Goal,
    /// First approval of the run.
    pub(crate) from: Date,
    pub(crate) event: Pos,
    /// Whether the goal was withdrawn; then no earlier goal revives.
    pub(crate) withdrawn: bool,
}

/// The runs of an episode.
pub(crate) type Runs = SmallVec<[Run; 4]>;

/// The runs of an episode: approvals dated from the removal to `last` (the exit or the as-of
/// date), both included, in history order.
pub(crate) fn runs(person: &Person, episode: &Episode, last: Date) -> Runs {
    let mut runs = Runs::new();
    let within = |day: Date| episode.removal <= day && day <= last;
    let acts = person.goals.iter().filter(|a| a.role == GoalRole::Primary && within(a.day));
    for act in acts {
        let in_effect = runs.last().filter(|r| !r.withdrawn).map(|r| r.goal);
        match act.conduct {
            Conduct::Approved if in_effect != Some(act.goal) => {
                let (goal, from, event) = (act.goal, act.day, act.event);
                runs.push(Run { goal, from, event, withdrawn: false });
            }
            Conduct::Withdrawn if in_effect == Some(act.goal) => {
                if let Some(run) = runs.last_mut() {
                    run.withdrawn = true;
                }
            }
            Conduct::Approved | Conduct::Withdrawn | Conduct::Proposed => {}
        }
    }
    runs
}

/// Whether an exit is the achievement of a goal: each to its own name, APPLA to emancipation.
pub(crate) const fn matches(goal: Goal, exit: ExitReason) -> bool {
    matches!(
        (goal, exit),
        (Goal::Reunification, ExitReason::Reunification)
            | (Goal::Guardianship, ExitReason::Guardianship)
            | (Goal::Adoption, ExitReason::Adoption)
            | (Goal::Relative, ExitReason::Relative)
            | (Goal::Appla, ExitReason::Emancipation)
    )
}

/// Whether an exit is to permanency: reunification, relative, adoption, guardianship (CFSR).
pub(crate) const fn permanency(exit: ExitReason) -> bool {
    matches!(
        exit,
        ExitReason::Reunification
            | ExitReason::Relative
            | ExitReason::Adoption
            | ExitReason::Guardianship
    )
}
