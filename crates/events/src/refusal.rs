//! Why input is refused: a stable code, a JSON pointer, a sentence.

use std::fmt;

/// Declares the codes with their wire names, and nothing else: cause and cure stand in
/// `schemas/codes/<CODE>.md`.
macro_rules! codes {
    ($(#[doc = $doc:literal] $variant:ident = $name:literal,)*) => {
        /// A stable error code of the outward contract; each has a page in `schemas/codes/`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $doc] $variant,)*
        }

        impl Code {
            /// Every code, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as it is printed and documented, for example `UNKNOWN_FIELD`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What the code means, in a sentence that is the same for every event.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $doc.trim_ascii(),)*
                }
            }
        }
    };
}

codes! {
    /// The bytes are not JSON, or not UTF-8.
    NotJson = "NOT_JSON",
    /// A value has another JSON type than the field.
    WrongType = "WRONG_TYPE",
    /// A required attribute or field is missing.
    MissingField = "MISSING_FIELD",
    /// An attribute or field that the vocabulary does not know.
    UnknownField = "UNKNOWN_FIELD",
    /// The same member stands twice in one object.
    DuplicateField = "DUPLICATE_FIELD",
    /// An event type that the vocabulary does not know.
    UnknownType = "UNKNOWN_TYPE",
    /// A code outside the field's list.
    UnknownCode = "UNKNOWN_CODE",
    /// An empty string: a blank field is to be left out.
    BlankField = "BLANK_FIELD",
    /// A text longer than its limit.
    TooLong = "TOO_LONG",
    /// The character U+0000 in a name.
    InvalidCharacter = "INVALID_CHARACTER",
    /// An event over 64 KiB.
    EventTooLarge = "EVENT_TOO_LARGE",
    /// Not an identifier: 1 to 128 of `A-Z a-z 0-9 . _ : -`.
    InvalidIdentifier = "INVALID_IDENTIFIER",
    /// Not a subject: family, slash, identifier.
    InvalidSubject = "INVALID_SUBJECT",
    /// Not a civil date `YYYY-MM-DD`.
    InvalidDate = "INVALID_DATE",
    /// Not an RFC 3339 instant, or finer than microseconds.
    InvalidInstant = "INVALID_INSTANT",
    /// A number that is no integer, or beyond 2^53 - 1.
    InvalidNumber = "INVALID_NUMBER",
    /// Not a fraction `n/d` or `n` in decimal digits, d above 0.
    InvalidFraction = "INVALID_FRACTION",
    /// Not a five-digit county code (FIPS).
    InvalidCounty = "INVALID_COUNTY",
    /// `specversion` is not `1.0`.
    SpecVersion = "SPEC_VERSION",
    /// `datacontenttype` is not `application/json`.
    ContentType = "CONTENT_TYPE",
    /// The type does not belong on a stream of this family, or the policy not on this subject.
    WrongStream = "WRONG_STREAM",
    /// An attribute that only the log sets.
    LogAttribute = "LOG_ATTRIBUTE",
    /// An event that only the log itself appends.
    LogEvent = "LOG_EVENT",
    /// A metric that does not exist.
    UnknownMetric = "UNKNOWN_METRIC",
    /// A parameter that the metric does not have.
    UnknownParameter = "UNKNOWN_PARAMETER",
    /// A value that the parameter does not take.
    InvalidParameter = "INVALID_PARAMETER",
    /// The source is not one that the principal may speak for.
    SourceNotGranted = "SOURCE_NOT_GRANTED",
    /// The same (source, id) was recorded with other content.
    IdentityConflict = "IDENTITY_CONFLICT",
    /// `expectedrevision` is not the stream's revision.
    RevisionMismatch = "REVISION_MISMATCH",
    /// A correction or retraction names an event that its stream does not hold.
    AmendsUnknown = "AMENDS_UNKNOWN",
    /// A correction or retraction names an event that no longer stands.
    AmendsSuperseded = "AMENDS_SUPERSEDED",
    /// A correction or retraction names a retraction, which is final.
    AmendsFinal = "AMENDS_FINAL",
    /// A backfilled `recordedtime` lies before the log's last one.
    TimeDecreases = "TIME_DECREASES",
    /// A backfilled `recordedtime` lies in the future.
    TimeInFuture = "TIME_IN_FUTURE",
    /// The stream was erased: it takes nothing more.
    SubjectErased = "SUBJECT_ERASED",
    /// The stream to erase does not exist.
    ErasesUnknown = "ERASES_UNKNOWN",
    /// A stream of the log's own is never erased.
    ErasesLog = "ERASES_LOG",
    /// An exact import does not continue the log, or does not reproduce its hashes.
    ImportMismatch = "IMPORT_MISMATCH",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Input that is not taken: what is wrong, where, and under which stable code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} at {}: {message}", if path.is_empty() { "/" } else { path })]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// JSON pointer (RFC 6901) to the value at fault; empty for the whole event.
    pub path: String,
    /// One sentence for a person; may change between versions.
    pub message: String,
}

impl Refusal {
    /// A refusal of the value at `path`.
    pub fn new(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, path: path.into(), message: message.into() }
    }
}
