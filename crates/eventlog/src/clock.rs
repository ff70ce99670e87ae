//! The seams through which time and randomness enter an engine.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use events::{Salt, Timestamp};

/// The one clock that stamps `recordedtime`.
pub trait Clock: Send + Sync {
    /// The instant of now.
    fn now(&self) -> Timestamp;
}

/// Where salts come from.
pub trait Entropy: Send {
    /// Sixteen bytes that nobody can guess.
    fn salt(&mut self) -> Salt;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// A clock that stands where it was set; for tests.
#[derive(Debug)]
pub struct SetClock(AtomicI64);

impl SetClock {
    /// A clock that stands at `at`.
    #[must_use]
    pub const fn at(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.micros()))
    }

    /// Sets it, forward or back.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.micros(), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Salts that repeat for a seed; for tests, never for a log that is kept.
#[derive(Debug, Clone)]
pub struct SeededEntropy(pub u64);

impl Entropy for SeededEntropy {
    fn salt(&mut self) -> Salt {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.0.to_be_bytes());
        bytes[8..].copy_from_slice(&self.0.rotate_left(29).to_be_bytes());
        Salt(bytes)
    }
}

/// Entropy that the writer and the callers' threads draw from.
#[derive(Clone)]
pub struct SharedEntropy(Arc<Mutex<Box<dyn Entropy>>>);

impl fmt::Debug for SharedEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedEntropy").finish_non_exhaustive()
    }
}

impl SharedEntropy {
    /// Entropy that many draw from.
    #[must_use]
    pub fn new(entropy: Box<dyn Entropy>) -> Self {
        Self(Arc::new(Mutex::new(entropy)))
    }

    /// So many salts, drawn one after the other.
    #[must_use]
    pub fn salts(&self, count: usize) -> Vec<Salt> {
        let mut entropy = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (0..count).map(|_| entropy.salt()).collect()
    }
}

impl Entropy for SharedEntropy {
    fn salt(&mut self) -> Salt {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).salt()
    }
}
