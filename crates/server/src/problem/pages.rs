//! The pages of codes: cause, what to do, an example.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::{Problem, ServiceCode};
use crate::query::Path;

macro_rules! pages {
    ($folder:literal: $($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../../../schemas/codes", $folder, "/", $name, ".md"))),)*]
    };
}

/// Pages of what events are refused with.
pub(super) const OF_EVENTS: &[(&str, &str)] = pages!("":
    "AMENDS_FINAL" "AMENDS_SUPERSEDED" "AMENDS_UNKNOWN" "BLANK_FIELD" "CONTENT_TYPE"
    "DUPLICATE_FIELD" "ERASES_LOG" "ERASES_UNKNOWN" "EVENT_TOO_LARGE" "IDENTITY_CONFLICT"
    "IMPORT_MISMATCH" "INVALID_CHARACTER" "INVALID_COUNTY" "INVALID_DATE" "INVALID_FRACTION" "INVALID_IDENTIFIER"
    "INVALID_INSTANT" "INVALID_NUMBER" "INVALID_PARAMETER" "INVALID_SUBJECT" "LOG_ATTRIBUTE"
    "LOG_EVENT" "MISSING_FIELD" "NOT_JSON" "REVISION_MISMATCH" "SOURCE_NOT_GRANTED" "SPEC_VERSION"
    "SUBJECT_ERASED" "TIME_DECREASES" "TIME_IN_FUTURE" "TOO_LONG" "UNKNOWN_CODE" "UNKNOWN_FIELD"
    "UNKNOWN_METRIC" "UNKNOWN_PARAMETER" "UNKNOWN_TYPE" "WRONG_STREAM" "WRONG_TYPE");

/// Pages of what requests are refused with.
pub(super) const OF_SERVICE: &[(&str, &str)] = pages!("/service":
    "BAD_BODY" "BEYOND_HEAD" "BODY_TOO_LARGE" "FORBIDDEN" "INTERNAL" "INVALID_QUERY" "LOG_FAILED"
    "METHOD_NOT_ALLOWED" "NOT_ACCEPTABLE" "NOT_FOUND" "NOT_REACHED" "OUTCOME_UNKNOWN" "OVERLOADED"
    "PURPOSE_REQUIRED" "RATE_LIMITED" "STREAM_UNKNOWN" "TOO_SLOW" "UNAUTHENTICATED"
    "UNSUPPORTED_MEDIA_TYPE" "WRONG_QUESTION");

/// `GET /codes/{code}`: the page that a problem's `type` names.
pub(crate) async fn page(Path(code): Path<String>) -> Result<Response, Problem> {
    let mut pages = OF_EVENTS.iter().chain(OF_SERVICE);
    let (_, text) = pages.find(|(name, _)| *name == code).ok_or(ServiceCode::NotFound)?;
    let kind = [(header::CONTENT_TYPE, "text/markdown; charset=utf-8")];
    Ok((kind, *text).into_response())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn names(pages: &[(&str, &str)]) -> BTreeSet<String> {
        pages.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        let codes: BTreeSet<String> =
            events::Code::ALL.iter().map(|code| code.name().to_owned()).collect();
        assert_eq!(names(OF_EVENTS), codes);
        let codes: BTreeSet<String> =
            ServiceCode::ALL.iter().map(|code| code.name().to_owned()).collect();
        assert_eq!(names(OF_SERVICE), codes);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/codes/service");
        let files = std::fs::read_dir(folder).expect("the folder of pages");
        let files = files.map(|file| file.expect("a file").path());
        let files: BTreeSet<String> = files
            .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
            .collect();
        assert_eq!(files, codes);
    }

    #[test]
    fn pages_have_their_parts() {
        for (name, text) in OF_SERVICE {
            assert!(text.starts_with(&format!("# {name}\n")), "{name}");
            for part in ["**Cause.**", "**What to do.**", "**Example.**"] {
                assert!(text.contains(part), "{name} lacks {part}");
            }
        }
    }
}
