//! What many rows share, by the numbers that stand for it: names of types, sources and recorders,
//! and streams.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use events::{EventType, Hash, Salt, Subject};
use rustc_hash::FxHashMap;
use tokio_postgres::{Client, Error};

use crate::rows::{hash, salt};

/// Streams beyond which those that are known are forgotten; about 30 MB.
const STREAMS_MAX: usize = 200_000;

const STREAMS: &str =
    "SELECT number, name, salt, subject_hash FROM casetrail.stream WHERE number = ANY($1)";

/// What is known here. A number of a name means the same for ever.
#[derive(Debug, Default)]
pub(crate) struct Names(RwLock<Known>);

/// The same, while it is read.
#[derive(Debug, Default)]
pub(crate) struct Known {
    texts: FxHashMap<i32, (Arc<str>, Option<EventType>)>,
    numbers: FxHashMap<Arc<str>, i32>,
    streams: FxHashMap<i32, Stream>,
}

/// A stream as its row has it.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    /// `None` once it is erased.
    pub(crate) named: Option<(Subject, Salt)>,
    pub(crate) hash: Hash,
}

impl Known {
    /// The name of a number.
    pub(crate) fn text(&self, number: i32) -> Option<&Arc<str>> {
        self.texts.get(&number).map(|(text, _)| text)
    }

    /// The type of events of a number.
    pub(crate) fn kind(&self, number: i32) -> Option<EventType> {
        self.texts.get(&number)?.1
    }

    /// The stream of a number.
    pub(crate) fn stream(&self, number: i32) -> Option<&Stream> {
        self.streams.get(&number)
    }
}

impl Names {
    /// What is known, to be read from.
    pub(crate) fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a name.
    pub(crate) fn number(&self, text: &str) -> Option<i32> {
        self.known().numbers.get(text).copied()
    }

    /// Learns names that are durable.
    pub(crate) fn learn(&self, names: impl IntoIterator<Item = (i32, Arc<str>)>) {
        let mut known = self.change();
        for (number, text) in names {
            known.numbers.insert(Arc::clone(&text), number);
            let kind = EventType::from_name(&text);
            known.texts.insert(number, (text, kind));
        }
    }

    /// Learns all names of the database.
    pub(crate) async fn load(&self, client: &Client) -> Result<(), Error> {
        let rows = client.query("SELECT number, text FROM casetrail.name", &[]).await?;
        self.learn(rows.iter().map(|row| (row.get(0), row.get::<_, &str>(1).into())));
        Ok(())
    }

    /// Learns streams.
    pub(crate) async fn load_streams(&self, client: &Client, numbers: &[i32]) -> Result<(), Error> {
        let rows = client.query(STREAMS, &[&numbers]).await?;
        let mut known = self.change();
        if known.streams.len() + rows.len() > STREAMS_MAX {
            known.streams.clear();
        }
        for row in rows {
            let name = row.get::<_, Option<&str>>(1).and_then(|name| name.parse().ok());
            let named = name.zip(salt(row.get(2)));
            if let Some(hash) = hash(row.get(3)) {
                known.streams.insert(row.get(0), Stream { named, hash });
            }
        }
        Ok(())
    }

    /// Forgets streams, whose names may have been erased.
    pub(crate) fn forget_streams(&self) {
        self.change().streams = FxHashMap::default();
    }
}
