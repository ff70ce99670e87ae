//! What residential-compliance is made of: a stay, its rules, its claimable days.
//!
//! A rule with a deadline: a placement that ended before it is not applicable; evidence on or
//! before it meets the rule; until it has passed the rule is pending, from the next day violated.
//! Day N is the start plus N calendar days, inclusive, without weekend roll.

pub(crate) mod claimable;
mod compared;
mod long_stay;
mod qrtp;
mod rules;
mod setting;
mod state_law;
mod stay;

pub(crate) use compared::{Compared, compared};
pub(crate) use qrtp::assessment_done;
pub(crate) use rules::Rule;
pub(crate) use setting::{age_gate, unspecified};
pub(crate) use stay::{State, Stay};
