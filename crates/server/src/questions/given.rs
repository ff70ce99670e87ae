//! The words of a request.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::http::Uri;
use events::{Json, Pointer};
use projection::{When, Words};

use crate::problem::{Problem, ServiceCode};

/// Names and values, in order, to be taken one after the other; what nobody takes is an error.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pairs: Vec<(String, String)>,
    /// Members of a body that are objects.
    objects: BTreeMap<String, Json>,
}

fn invalid(name: &str) -> Problem {
    Problem::from(ServiceCode::InvalidQuery).with("parameter", name)
}

impl Given {
    /// What stands behind the question mark.
    pub(crate) fn of_uri(uri: &Uri) -> Result<Self, Problem> {
        let pairs = axum::extract::Query::try_from_uri(uri);
        let axum::extract::Query(pairs) = pairs.map_err(|_| ServiceCode::InvalidQuery)?;
        Ok(Self { pairs, objects: BTreeMap::new() })
    }

    /// An object in a body: a list stands for a name that is given several times.
    pub(crate) fn of_body(body: &[u8]) -> Result<Self, Problem> {
        let read = Json::parse(body).map_err(|_| ServiceCode::BadBody)?;
        // Fractions, and members that stand twice: nothing asks by them.
        read.check(&Pointer::ROOT).map_err(|_| ServiceCode::BadBody)?;
        let Json::Object(members) = read else { return Err(ServiceCode::BadBody.into()) };
        Self::of_members(members)
    }

    pub(crate) fn of_members(members: BTreeMap<String, Json>) -> Result<Self, Problem> {
        let mut given = Self::default();
        for (name, value) in members {
            match value {
                Json::Null => {}
                Json::Object(_) => {
                    given.objects.insert(name, value);
                }
                Json::Array(items) => {
                    for item in items {
                        let text = scalar(&item).ok_or_else(|| invalid(&name))?;
                        given.pairs.push((name.clone(), text));
                    }
                }
                value => {
                    let text = scalar(&value).ok_or_else(|| invalid(&name))?;
                    given.pairs.push((name, text));
                }
            }
        }
        Ok(given)
    }

    /// The words as they came, for the record.
    pub(crate) fn text(&self) -> String {
        let pairs = self.pairs.iter().map(|(name, value)| format!("{name}={value}"));
        let objects = self.objects.iter();
        let objects = objects.map(|(name, value)| format!("{name}={}", value.canonical_text()));
        pairs.chain(objects).collect::<Vec<_>>().join("&")
    }

    /// A name that may stand once.
    pub(crate) fn one(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        let mut all = self.many(name);
        let one = all.pop();
        if all.is_empty() { Ok(one) } else { Err(invalid(name)) }
    }

    /// A name that must stand once.
    pub(crate) fn must(&mut self, name: &'static str) -> Result<String, Problem> {
        self.one(name)?.ok_or_else(|| invalid(name))
    }

    /// A name that may stand several times.
    pub(crate) fn many(&mut self, name: &str) -> Vec<String> {
        let all = self.pairs.extract_if(.., |(is, _)| is == name);
        all.map(|(_, value)| value).collect()
    }

    /// What a name's value reads as.
    pub(crate) fn read<T: FromStr>(&mut self, name: &'static str) -> Result<Option<T>, Problem> {
        let text = self.one(name)?;
        text.map(|text| text.parse().map_err(|_| invalid(name))).transpose()
    }

    /// A member that is an object.
    pub(crate) fn object(&mut self, name: &str) -> Option<BTreeMap<String, Json>> {
        match self.objects.remove(name) {
            Some(Json::Object(members)) => Some(members),
            _ => None,
        }
    }

    /// Both axes of time.
    pub(crate) fn when(&mut self) -> Result<When, Problem> {
        let (as_of, known_at) = (self.one("as_of")?, self.one("known_at")?);
        Ok(When { as_of, known_at, at_position: self.read("at_position")? })
    }

    /// The words of a question about that metric.
    pub(crate) fn words(&mut self, metric: String) -> Result<Words, Problem> {
        let by = self.many("by");
        let by = by.iter().flat_map(|list| list.split(',')).map(str::to_owned).collect();
        Ok(Words {
            metric,
            period: self.one("period")?,
            when: self.when()?,
            by,
            set: self.many("set"),
            filter: self.many("where"),
            what_if: self.object("what_if"),
        })
    }

    /// Nothing is left that nobody took. The name of it may be anything, and is not told.
    pub(crate) fn end(self) -> Result<(), Problem> {
        if self.pairs.is_empty() && self.objects.is_empty() {
            return Ok(());
        }
        Err(ServiceCode::InvalidQuery.into())
    }
}

/// A value that is one word.
fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Int(number) => Some(number.to_string()),
        Json::Bool(whether) => Some(whether.to_string()),
        _ => None,
    }
}
