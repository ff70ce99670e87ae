//! Names that many events share, by the numbers that stand for them in rows.

use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use tokio_postgres::Client;

/// The names known here. A number means the same name for ever, so nothing is ever forgotten.
#[derive(Debug, Default)]
pub(crate) struct Names(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    texts: FxHashMap<i32, Arc<str>>,
    numbers: FxHashMap<Arc<str>, i32>,
}

impl Names {
    /// The name of a number.
    pub(crate) fn text(&self, number: i32) -> Option<Arc<str>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).texts.get(&number).cloned()
    }

    /// The number of a name.
    pub(crate) fn number(&self, text: &str) -> Option<i32> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).numbers.get(text).copied()
    }

    /// Learns names that are durable.
    pub(crate) fn learn(&self, names: impl IntoIterator<Item = (i32, Arc<str>)>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (number, text) in names {
            known.numbers.insert(Arc::clone(&text), number);
            known.texts.insert(number, text);
        }
    }

    /// Learns all names of the database.
    pub(crate) async fn load(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let rows = client.query("SELECT number, text FROM casetrail.name", &[]).await?;
        self.learn(rows.iter().map(|row| (row.get(0), row.get::<_, &str>(1).into())));
        Ok(())
    }
}
