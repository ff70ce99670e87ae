//! A few things read last, kept for the next reader.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Of which open run ([`crate::sealed::SealedRun::id`]), and what of it: a run that was rewritten
/// has blocks of the same numbers, and readers of an older snapshot still ask for the old ones.
pub(crate) type Key = (u64, u64);

/// The values of the last keys asked for. Small, so that looking through all of it costs nothing.
#[derive(Debug)]
pub(crate) struct Recent<V> {
    /// Newest first.
    values: Mutex<VecDeque<(Key, Arc<V>)>>,
    capacity: usize,
}

impl<V> Recent<V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { values: Mutex::default(), capacity }
    }

    /// The value of a key, if it is still here.
    pub(crate) fn get(&self, key: Key) -> Option<Arc<V>> {
        let mut values = self.lock();
        let index = values.iter().position(|(other, _)| *other == key)?;
        let found = values.remove(index)?;
        let value = Arc::clone(&found.1);
        values.push_front(found);
        Some(value)
    }

    /// The value of a key, read now if it is not here, and kept.
    pub(crate) fn get_or_read<E>(
        &self,
        key: Key,
        read: impl FnOnce() -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        if let Some(value) = self.get(key) {
            return Ok(value);
        }
        // Read without the lock: two readers may read the same, none waits for another.
        let value = Arc::new(read()?);
        let mut values = self.lock();
        values.push_front((key, Arc::clone(&value)));
        values.truncate(self.capacity);
        Ok(value)
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Key, Arc<V>)>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
