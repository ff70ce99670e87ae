//! What is asked of policy on the command line.

use anyhow::anyhow;
use events::{Date, Timestamp, parameters};
use projection::{Known, Projection, When};
use report::Policies;

use crate::{Failure, KnownArgs, WhenArgs};

/// The stream that holds the calendar of holidays.
const CALENDAR: &str = "calendar";

/// Every event of policy.
#[derive(Debug, Clone, clap::Args)]
pub struct PolicyListArgs {
    /// Only what was said about this metric, or `calendar`
    #[arg(value_name = "METRIC")]
    pub of: Option<String>,
    /// The known axis of time.
    #[command(flatten)]
    pub known: KnownArgs,
}

/// Policy in force.
#[derive(Debug, Clone, clap::Args)]
pub struct PolicyShowArgs {
    /// Only what is decided about this metric, or `calendar`
    #[arg(value_name = "METRIC")]
    pub of: Option<String>,
    /// The two axes of time.
    #[command(flatten)]
    pub when: WhenArgs,
}

/// What is asked of policy, understood.
#[derive(Debug, Clone)]
pub struct PolicyQuestion {
    of: Option<String>,
    /// `None`: every event is asked for.
    as_of: Option<Date>,
    when: When,
}

fn checked(of: Option<String>) -> Result<Option<String>, Failure> {
    match of.as_deref() {
        Some(name) if name != CALENDAR && !parameters::is_metric(name) => {
            let known: Vec<_> = parameters::metrics().collect();
            let known = known.join(", ");
            let why = anyhow!("nothing is decided about `{name}`; there are {CALENDAR}, {known}");
            Err(Failure::WrongUse(why))
        }
        _ => Ok(of),
    }
}

impl PolicyListArgs {
    /// Reads the words, before anything is folded.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn read(self) -> Result<PolicyQuestion, Failure> {
        let when = When::from(self.known);
        Ok(PolicyQuestion { of: checked(self.of)?, as_of: None, when })
    }
}

impl PolicyShowArgs {
    /// Reads the words, before anything is folded; `now` is the instant at which it is asked.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn read(self, now: Timestamp) -> Result<PolicyQuestion, Failure> {
        let when = When::from(self.when);
        let as_of = when.as_of(None, now).map_err(Failure::wrong_use)?;
        Ok(PolicyQuestion { of: checked(self.of)?, as_of: Some(as_of), when })
    }
}

impl PolicyQuestion {
    /// The policy, whose events are still to be given.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn ask(&self, projection: &Projection, now: Timestamp) -> Result<Policies, Failure> {
        let known: Known = self.when.known(projection, now).map_err(Failure::wrong_use)?;
        let of = self.of.as_deref();
        Ok(match self.as_of {
            None => Policies::every(&projection.policy_events(of, &known), known),
            Some(day) => {
                Policies::in_force(projection.policy_in_force(of, day, &known), day, known)
            }
        })
    }
}
