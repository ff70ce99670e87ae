//! API keys: names, grants, and digests of their tokens. A token is shown once and kept nowhere.

mod file;
mod token;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustc_hash::FxHashMap;
use subtle::ConstantTimeEq as _;

pub use file::{KeyError, KeyFile, KeyRecord};
pub use token::Token;

use crate::grants::Grants;
use crate::principal::Principal;

/// How often the file is looked at.
const RELOAD: Duration = Duration::from_secs(1);

/// The keys in force: those of a file, which may change while the service runs.
#[derive(Debug, Clone, Default)]
pub struct Keys(Arc<RwLock<InForce>>);

/// Keys by id.
#[derive(Debug, Default)]
struct InForce {
    of_file: FxHashMap<String, Entry>,
    /// The one that stands in no file.
    one_time: Option<(String, Entry)>,
}

#[derive(Debug, Clone)]
struct Entry {
    digest: [u8; 32],
    principal: Principal,
}

impl Keys {
    /// The keys of a file that are not revoked.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn of_file(file: &KeyFile) -> Result<Self, KeyError> {
        let keys = Self::default();
        keys.replace(&file.read()?)?;
        Ok(keys)
    }

    /// Adds a key that stands in no file and may do everything, and gives its token.
    #[must_use]
    pub fn one_time(&self) -> Token {
        let token = Token::draw();
        let entry =
            Entry { digest: token.digest(), principal: Principal::new("dev", Grants::all()) };
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        keys.one_time = Some((token.id().to_owned(), entry));
        token
    }

    /// Whose token it is.
    pub(crate) fn principal_of(&self, token: &str) -> Option<Principal> {
        let token = Token::parse(token)?;
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let one_time = keys.one_time.as_ref().filter(|(id, _)| id == token.id());
        let entry = one_time.map(|(_, entry)| entry).or_else(|| keys.of_file.get(token.id()))?;
        let same = bool::from(entry.digest.ct_eq(&token.digest()));
        same.then(|| entry.principal.clone())
    }

    fn replace(&self, records: &[KeyRecord]) -> Result<(), KeyError> {
        let mut entries = FxHashMap::default();
        for record in records.iter().filter(|record| record.revoked.is_none()) {
            let principal = Principal::new(&record.name, record.grants()?);
            entries.insert(record.id.clone(), Entry { digest: record.digest()?, principal });
        }
        self.0.write().unwrap_or_else(PoisonError::into_inner).of_file = entries;
        Ok(())
    }

    /// Takes up what changes in the file, for as long as it is polled. Where the file cannot be
    /// read any more, nobody is known: a key that was revoked must not stay in force.
    pub async fn follow(self, file: KeyFile) {
        // What was changed since the keys were first read is read now.
        let mut seen = None;
        loop {
            let stamp = file.stamp();
            if stamp == seen {
                tokio::time::sleep(RELOAD).await;
                continue;
            }
            seen = stamp;
            let read = file.read().and_then(|records| self.replace(&records));
            if let Err(error) = read {
                tracing::error!(%error, "the file of keys cannot be read: nobody is let in");
                self.0.write().unwrap_or_else(PoisonError::into_inner).of_file.clear();
            }
        }
    }
}
