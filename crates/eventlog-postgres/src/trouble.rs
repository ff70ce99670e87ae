//! Why a group is tried again, or given up.

use tokio_postgres::Error;
use tokio_postgres::error::{Severity, SqlState};

use crate::group::Decided;
use crate::rows;
use crate::transaction::WriteError;

/// What keeps identities unique.
const IDENTITY: &str = "event_identity";

/// Why a group is tried again, or given up.
pub(crate) enum Trouble {
    /// Another server was first.
    Race,
    /// Nothing was written, and the next try may succeed.
    Again(String),
    /// Nothing was written, and no try will succeed.
    Refused(String),
    /// The same, because of something that is to be written.
    Unfit(String),
    /// Whether it was committed is not known; what was decided.
    Unknown(String, Vec<Decided>),
    /// It was committed on the primary alone.
    Alone,
    /// An event that was taken to be new is there.
    NotNew,
}

impl Trouble {
    /// What it means that a statement failed, of which nothing can have been committed.
    pub(crate) fn of(error: &Error) -> Self {
        let told = rows::told(error);
        let Some(said) = error.as_db_error() else { return Self::Again(told) };
        match *said.code() {
            SqlState::UNIQUE_VIOLATION if said.constraint() == Some(IDENTITY) => Self::NotNew,
            // Of what this server took to be true, and another has changed.
            SqlState::UNIQUE_VIOLATION | SqlState::NOT_NULL_VIOLATION => Self::Again(told),
            SqlState::TOO_MANY_CONNECTIONS
            | SqlState::LOCK_NOT_AVAILABLE
            | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
            // Of a standby that is perhaps being promoted.
            | SqlState::READ_ONLY_SQL_TRANSACTION => Self::Again(told),
            ref code => match code.code().as_bytes() {
                // Connections, transactions rolled back, and a server that is told to do something
                // else.
                [b'0', b'8', ..] | [b'4', b'0', ..] | [b'5', b'7', ..] => Self::Again(told),
                // Data, constraints, limits.
                [b'2', b'2' | b'3', ..] | [b'5', b'4', ..] => Self::Unfit(told),
                _ => Self::Refused(told),
            },
        }
    }

    /// What it means that something failed before the commit was sent.
    pub(crate) fn before_commit(error: WriteError) -> Self {
        match error {
            WriteError::Database(error) => Self::of(&error),
            WriteError::Read(error) => Self::Again(error.to_string()),
            WriteError::Type(error) => Self::Unfit(error.to_string()),
        }
    }

    /// What it means that a group was not committed. Only an error that leaves the session alive
    /// says that nothing was: a server that is going down may say so of a commit that it has
    /// written, and without its word the commit may have come through.
    pub(crate) fn at_commit(error: WriteError, decided: Vec<Decided>) -> Self {
        let WriteError::Database(error) = error else { return Self::before_commit(error) };
        let severity = error.as_db_error().and_then(|said| said.parsed_severity());
        let of_connections = error.code().is_none_or(|code| code.code().starts_with("08"));
        match severity {
            Some(Severity::Error) if !of_connections => Self::of(&error),
            _ => Self::Unknown(rows::told(&error), decided),
        }
    }
}
