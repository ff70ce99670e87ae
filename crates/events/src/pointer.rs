//! Places in a JSON document.

use std::fmt;

use crate::{Code, Refusal};

/// A place in a JSON document; written as a JSON pointer (RFC 6901).
#[derive(Debug, Clone, Copy)]
pub struct Pointer<'a> {
    parent: Option<&'a Pointer<'a>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    Member(&'a str),
    Index(usize),
}

impl<'a> Pointer<'a> {
    /// The whole document.
    pub const ROOT: Pointer<'static> = Pointer { parent: None, step: Step::Root };

    /// The member `name` of the object here.
    #[must_use]
    pub const fn member(&'a self, name: &'a str) -> Pointer<'a> {
        Pointer { parent: Some(self), step: Step::Member(name) }
    }

    /// The item `index` (from 0) of the list here.
    #[must_use]
    pub const fn index(&'a self, index: usize) -> Pointer<'a> {
        Pointer { parent: Some(self), step: Step::Index(index) }
    }

    /// A refusal of the value here.
    #[must_use]
    pub fn refuse(&self, code: Code, message: impl Into<String>) -> Refusal {
        Refusal::new(code, self.to_string(), message)
    }
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Member(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => write!(f, "/{index}"),
        }
    }
}
