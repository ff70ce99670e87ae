//! What the service answers instead of an answer: stable codes.

use axum::http::StatusCode;

/// Declares the codes: name, status, one sentence. Cause and cure stand in
/// `schemas/codes/service/<CODE>.md`.
macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal $status:ident $title:literal,)*) => {
        /// A stable code of the service; events that are refused have those of `events::Code`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum ServiceCode {
            $($(#[doc = $doc])* $variant,)*
        }

        impl ServiceCode {
            /// Every code, in order of declaration.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as it is printed.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// One sentence for a person.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    /// No token, or none that is known.
    Unauthenticated = "UNAUTHENTICATED" UNAUTHORIZED
        "A bearer token is needed that this service knows",
    /// The token is known, and was not granted this.
    Forbidden = "FORBIDDEN" FORBIDDEN
        "This was not granted to you",
    /// A read of children's records says no purpose.
    PurposeRequired = "PURPOSE_REQUIRED" BAD_REQUEST
        "Records of children are read for a purpose: say it in the header Purpose",
    /// No such route.
    NotFound = "NOT_FOUND" NOT_FOUND
        "There is nothing at this path",
    /// The route is there, and does not take this method.
    MethodNotAllowed = "METHOD_NOT_ALLOWED" METHOD_NOT_ALLOWED
        "This path does not take this method",
    /// A parameter is unknown, stands twice or is not of its form.
    InvalidQuery = "INVALID_QUERY" BAD_REQUEST
        "A parameter is unknown, stands twice, or is not of its form",
    /// The words are no question.
    WrongQuestion = "WRONG_QUESTION" BAD_REQUEST
        "The words are no question that can be asked",
    /// The body is none of the forms that are taken.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE" UNSUPPORTED_MEDIA_TYPE
        "The body is in no form that is taken here",
    /// None of the forms that are wanted is there.
    NotAcceptable = "NOT_ACCEPTABLE" NOT_ACCEPTABLE
        "There is no answer in a form that you accept",
    /// The body is not what its headers say, or breaks off.
    BadBody = "BAD_BODY" BAD_REQUEST
        "The body breaks off, or is not what its headers say",
    /// The body is longer than is taken.
    BodyTooLarge = "BODY_TOO_LARGE" PAYLOAD_TOO_LARGE
        "The body is longer than is taken here",
    /// The request did not come in time.
    TooSlow = "TOO_SLOW" REQUEST_TIMEOUT
        "The request did not come, or could not be answered, in time",
    /// One principal asks too often.
    RateLimited = "RATE_LIMITED" TOO_MANY_REQUESTS
        "Too many requests under this name; wait as long as Retry-After says",
    /// All ask too much together, or the service is about to stop.
    Overloaded = "OVERLOADED" SERVICE_UNAVAILABLE
        "The service has more to do than it takes; wait as long as Retry-After says",
    /// No event is on the stream.
    StreamUnknown = "STREAM_UNKNOWN" NOT_FOUND
        "The log holds no such stream",
    /// A position behind the head.
    BeyondHead = "BEYOND_HEAD" NOT_FOUND
        "The log does not reach as far",
    /// The projection has not reached the position in time.
    NotReached = "NOT_REACHED" SERVICE_UNAVAILABLE
        "What was asked for is not known yet; ask again",
    /// The log cannot be read or written any more.
    LogFailed = "LOG_FAILED" SERVICE_UNAVAILABLE
        "The log cannot be used",
    /// It is not known whether the events were recorded.
    OutcomeUnknown = "OUTCOME_UNKNOWN" SERVICE_UNAVAILABLE
        "It is not known whether this was recorded; sending it again is safe",
    /// A mistake of the service.
    Internal = "INTERNAL" INTERNAL_SERVER_ERROR
        "The service made a mistake",
}
