//! What somebody may do, and how it is written: `ingest:faces-extract`, `reporter:A`, `auditor`.

use std::collections::BTreeSet;
use std::fmt;

/// Names of sources or providers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// Every one.
    All,
    /// These alone.
    Only(BTreeSet<String>),
}

impl Names {
    /// Whether a name is among them.
    #[must_use]
    pub fn hold(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(name),
        }
    }

    fn add(&mut self, name: &str) {
        match self {
            Self::All => {}
            Self::Only(_) if name == ALL => *self = Self::All,
            Self::Only(names) => {
                names.insert(name.to_owned());
            }
        }
    }

    fn words<'a>(&'a self, role: &'a str) -> Vec<String> {
        match self {
            Self::All => vec![format!("{role}:{ALL}")],
            Self::Only(names) => names.iter().map(|name| format!("{role}:{name}")).collect(),
        }
    }
}

/// Stands for every name.
const ALL: &str = "*";

/// What somebody may do; nothing unless it is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    /// May post events of these sources.
    pub ingest: Option<Names>,
    /// May ask for aggregates of these providers, small cells masked.
    pub reporter: Option<Names>,
    /// May read everything, children's records too.
    pub auditor: bool,
    /// May look after the service.
    pub operator: bool,
}

/// Not a grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no grant: expected ingest:SOURCE, ingest:*, reporter:PROVIDER, reporter:*, auditor \
     or operator"
)]
pub struct GrantError(pub String);

impl Grants {
    /// Reads grants as they are written; several of one role add up.
    ///
    /// # Errors
    /// [`GrantError`] names the first that is none.
    ///
    /// ```
    /// let grants = server::Grants::read(["ingest:faces-extract", "reporter:A"])?;
    /// assert!(grants.ingest.is_some_and(|sources| sources.hold("faces-extract")));
    /// assert!(!grants.auditor);
    /// # Ok::<_, server::GrantError>(())
    /// ```
    pub fn read<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> Result<Self, GrantError> {
        let mut grants = Self::default();
        for word in words {
            grants.add(word.as_ref())?;
        }
        Ok(grants)
    }

    fn add(&mut self, word: &str) -> Result<(), GrantError> {
        let none = || Names::Only(BTreeSet::new());
        match word.split_once(':') {
            None if word == "auditor" => self.auditor = true,
            None if word == "operator" => self.operator = true,
            Some(("ingest", source)) if !source.is_empty() => {
                self.ingest.get_or_insert_with(none).add(source);
            }
            Some(("reporter", provider)) if !provider.is_empty() => {
                self.reporter.get_or_insert_with(none).add(provider);
            }
            _ => return Err(GrantError(word.to_owned())),
        }
        Ok(())
    }

    /// Everything.
    #[must_use]
    pub const fn all() -> Self {
        Self { ingest: Some(Names::All), reporter: Some(Names::All), auditor: true, operator: true }
    }

    /// The grants as they are written.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        words.extend(self.ingest.iter().flat_map(|names| names.words("ingest")));
        words.extend(self.reporter.iter().flat_map(|names| names.words("reporter")));
        words.extend(self.auditor.then(|| "auditor".to_owned()));
        words.extend(self.operator.then(|| "operator".to_owned()));
        words
    }
}

impl fmt::Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(" "))
    }
}
