//! What is said about words that are no question: which are wrong, and what there is instead. The
//! words themselves may name a child, and are not repeated.

use metrics::QuestionError;
use projection::{KnownError, WordsError};
use report::SuppressError;

use crate::problem::{Problem, ServiceCode};

/// The problem of words that are no question.
pub(crate) fn told(error: &WordsError) -> Problem {
    let detail = match error {
        WordsError::Known(KnownError::PastHead { asked, head }) => {
            let problem = Problem::from(ServiceCode::BeyondHead);
            return problem.with("asked", asked.0).with("head", head.0);
        }
        WordsError::Known(KnownError::NotAnInstant(_)) => {
            "known_at is no RFC 3339 instant, as in 2024-04-10T12:00:00Z".to_owned()
        }
        WordsError::Known(KnownError::InFuture(_)) => "known_at lies in the future".to_owned(),
        WordsError::KnownTwice => "known_at and at_position exclude each other".to_owned(),
        WordsError::Date(_, why) => format!("as_of: {why}"),
        WordsError::Question(question) => of_question(question),
        WordsError::History(why) => why.replace("--", ""),
        WordsError::Saved(_) | WordsError::Masked => error.to_string(),
    };
    wrong(detail)
}

/// The problem of an answer that cannot be masked.
pub(crate) fn unmaskable(_: &SuppressError) -> Problem {
    wrong("suppress masks counts, and attribution=day_weighted has fractions of them".to_owned())
}

/// The problem of a question that cannot be asked.
pub(crate) fn wrong(detail: String) -> Problem {
    Problem::from(ServiceCode::WrongQuestion).with("detail", detail)
}

fn of_question(error: &QuestionError) -> String {
    match error {
        QuestionError::Metric(_, known) => format!("there is no such metric; there are {known}"),
        QuestionError::Period(_) => {
            "period: two dates as in 2024-01-01..2024-03-31, the earlier first".to_owned()
        }
        QuestionError::PeriodMissing(metric) => format!("{metric} needs period"),
        QuestionError::Dimension { metric, known, .. } => {
            format!("{metric} is grouped and filtered by {known} alone")
        }
        QuestionError::Repeated(_) => "a name stands twice in by, set or where".to_owned(),
        QuestionError::Parameter(_) => {
            "set or what_if: there is no such parameter, or it has no such value; /v1/metrics \
             lists them"
                .to_owned()
        }
        QuestionError::Form(_) => "set, where and group are of the form name=value".to_owned(),
    }
}
