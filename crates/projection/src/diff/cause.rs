//! Why a number changed.

/// A cause of a change, in the order in which changes are attributed. The causes of the log stand
/// as they are walked from the earlier position to the later one; from the later to the earlier
/// they are walked backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A saved answer was given by another version of the metric's rule.
    Program,
    /// Events that a saved answer could still use were erased since.
    Erasure,
    /// A saved answer is not what its question gives, and nothing explains that.
    Unverified,
    /// The question has another as-of date.
    AsOf,
    /// The question has another period.
    Period,
    /// The question has other parameters or what-ifs.
    Parameters,
    /// The question has another filter.
    Filter,
    /// The question has another grouping.
    Grouping,
    /// Events on policy streams.
    Policy,
    /// New facts, recorded in time.
    InTime,
    /// New facts, recorded late.
    Late,
    /// Facts that were corrected.
    Correction,
    /// Facts that were retracted.
    Retraction,
}

impl Cause {
    /// The causes of the log's events, in the order in which they are admitted.
    pub const OF_EVENTS: [Self; 5] =
        [Self::Policy, Self::InTime, Self::Late, Self::Correction, Self::Retraction];

    /// Its name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Erasure => "erasure",
            Self::Unverified => "unverified",
            Self::AsOf => "question.as_of",
            Self::Period => "question.period",
            Self::Parameters => "question.parameters",
            Self::Filter => "question.filter",
            Self::Grouping => "question.grouping",
            Self::Policy => "policy",
            Self::InTime => "in_time",
            Self::Late => "late",
            Self::Correction => "correction",
            Self::Retraction => "retraction",
        }
    }
}
