//! What a route is, in words and schemas.

use axum::http::StatusCode;
use events::Code;
use serde_json::Value;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{Header, KnownFormat, Ref, RefOr, Required, Schema};

use crate::problem::{ServiceCode, status_of};

/// What a route is, takes and answers. Every route has one ([`crate::routes::Route`]).
pub(crate) struct About {
    pub(super) tag: Tag,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) words: &'static str,
    pub(super) parameters: Vec<Parameter>,
    pub(super) bodies: Vec<Media>,
    pub(super) answers: Vec<Answer>,
    pub(super) codes: Vec<(StatusCode, &'static str)>,
}

/// Routes that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Post,
    Read,
    Ask,
    Verify,
    Operate,
}

impl Tag {
    pub(super) const ALL: [Self; 5] =
        [Self::Post, Self::Read, Self::Ask, Self::Verify, Self::Operate];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Read => "read",
            Self::Ask => "ask",
            Self::Verify => "verify",
            Self::Operate => "operate",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Post => "Events in",
            Self::Read => "The log, page by page or as it grows",
            Self::Ask => "Metrics, why they are what they are, and why they changed",
            Self::Verify => "The tree that proves that nothing was changed or left out",
            Self::Operate => "Whether the service lives, and how it is described",
        }
    }
}

/// One form of a body or an answer.
pub(crate) struct Media {
    pub(super) kind: &'static str,
    pub(super) schema: RefOr<Schema>,
    pub(super) example: Value,
}

/// JSON of a named schema (`schemas.rs`).
pub(crate) fn json(schema: &'static str, example: Value) -> Media {
    media("application/json", schema, example)
}

/// A form of a named schema.
pub(crate) fn media(kind: &'static str, schema: &'static str, example: Value) -> Media {
    Media { kind, schema: RefOr::Ref(Ref::from_schema_name(schema)), example }
}

/// A form that is text.
pub(crate) fn text(kind: &'static str, example: impl Into<String>) -> Media {
    let schema = ObjectBuilder::new().schema_type(Type::String).into();
    Media { kind, schema: RefOr::T(schema), example: Value::String(example.into()) }
}

/// One status that is no problem.
pub(crate) struct Answer {
    pub(super) status: StatusCode,
    pub(super) words: &'static str,
    pub(super) media: Vec<Media>,
    pub(super) headers: Vec<(&'static str, Header)>,
}

impl About {
    pub(crate) fn new(tag: Tag, id: &'static str, summary: &'static str) -> Self {
        Self {
            tag,
            id,
            summary,
            words: "",
            parameters: Vec::new(),
            bodies: Vec::new(),
            answers: Vec::new(),
            codes: Vec::new(),
        }
    }

    pub(crate) fn words(mut self, words: &'static str) -> Self {
        self.words = words;
        self
    }

    pub(crate) fn takes(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    pub(crate) fn body(mut self, bodies: impl IntoIterator<Item = Media>) -> Self {
        self.bodies.extend(bodies);
        self
    }

    pub(crate) fn answers(
        mut self,
        status: StatusCode,
        words: &'static str,
        media: impl IntoIterator<Item = Media>,
    ) -> Self {
        let media = media.into_iter().collect();
        self.answers.push(Answer { status, words, media, headers: Vec::new() });
        self
    }

    /// A header of the answer that was named last.
    pub(crate) fn with_header(mut self, name: &'static str, words: &'static str) -> Self {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let header = HeaderBuilder::new().schema(Some(schema)).description(Some(words)).build();
        if let Some(answer) = self.answers.last_mut() {
            answer.headers.push((name, header));
        }
        self
    }

    pub(crate) fn refuses(mut self, codes: impl IntoIterator<Item = ServiceCode>) -> Self {
        self.codes.extend(codes.into_iter().map(|code| (code.status(), code.name())));
        self
    }

    /// Codes of the event vocabulary.
    pub(crate) fn refuses_events(mut self, codes: impl IntoIterator<Item = Code>) -> Self {
        self.codes.extend(codes.into_iter().map(|code| (status_of(code), code.name())));
        self
    }
}

/// What a parameter's value may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    Text,
    Date,
    Instant,
    /// A whole number from .. to.
    Number(u32, Option<u32>),
    Bool,
    Word(&'static [&'static str]),
    /// Text of this form.
    Form(&'static str),
}

impl Of {
    fn schema(self) -> ObjectBuilder {
        let text = ObjectBuilder::new().schema_type(Type::String);
        match self {
            Self::Text => text,
            Self::Date => text.format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))),
            Self::Instant => text.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))),
            Self::Number(least, most) => {
                let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least));
                number.maximum(most)
            }
            Self::Bool => ObjectBuilder::new().schema_type(Type::Boolean),
            Self::Word(words) => text.enum_values(Some(words.iter().copied())),
            Self::Form(pattern) => text.pattern(Some(pattern)),
        }
    }
}

/// A parameter behind the question mark.
pub(crate) fn query(
    name: &'static str,
    of: Of,
    words: &'static str,
    example: impl Into<Value>,
) -> Parameter {
    parameter(name, ParameterIn::Query, of, words, example).required(Required::False).build()
}

/// One that may stand several times.
pub(crate) fn queries(
    name: &'static str,
    of: Of,
    words: &'static str,
    example: impl Into<Value>,
) -> Parameter {
    let items = utoipa::openapi::ArrayBuilder::new().items(of.schema()).build();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .schema(Some(items))
        .explode(Some(true))
        .description(Some(words))
        .example(Some(Value::Array(vec![example.into()])))
        .build()
}

/// A part of the path.
pub(crate) fn part(
    name: &'static str,
    of: Of,
    words: &'static str,
    example: impl Into<Value>,
) -> Parameter {
    parameter(name, ParameterIn::Path, of, words, example).required(Required::True).build()
}

/// A header of the request.
pub(crate) fn header(
    name: &'static str,
    of: Of,
    words: &'static str,
    example: impl Into<Value>,
) -> Parameter {
    parameter(name, ParameterIn::Header, of, words, example).required(Required::False).build()
}

fn parameter(
    name: &'static str,
    within: ParameterIn,
    of: Of,
    words: &'static str,
    example: impl Into<Value>,
) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(within)
        .schema(Some(of.schema()))
        .description(Some(words))
        .example(Some(example.into()))
}
