//! How a command fails, and its exit code.

use std::fmt;

/// A failure of a command, cut by what the caller can do.
#[derive(Debug)]
pub enum Failure {
    /// The answer is no: the export is bad, answers differ, a golden fails (exit 1).
    Negative(anyhow::Error),
    /// The command was used wrongly (exit 2).
    WrongUse(anyhow::Error),
    /// Something broke (exit 3).
    Fault(anyhow::Error),
}

impl Failure {
    /// Wrong use, for this reason.
    pub fn wrong_use(why: impl Into<anyhow::Error>) -> Self {
        Self::WrongUse(why.into())
    }

    /// The same failure, of something.
    #[must_use]
    pub fn context(self, of: &impl fmt::Display) -> Self {
        let of = of.to_string();
        match self {
            Self::Negative(why) => Self::Negative(why.context(of)),
            Self::WrongUse(why) => Self::WrongUse(why.context(of)),
            Self::Fault(why) => Self::Fault(why.context(of)),
        }
    }

    /// The exit code.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Negative(_) => 1,
            Self::WrongUse(_) => 2,
            Self::Fault(_) => 3,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Negative(why) | Self::WrongUse(why) | Self::Fault(why)) = self;
        // The whole chain, outermost first, once.
        write!(f, "{why:#}")
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}
