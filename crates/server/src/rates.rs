//! How often each principal may ask.

use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use rustc_hash::FxHashMap;

use crate::problem::{Problem, ServiceCode};

/// Names that are remembered; with more, all begin anew.
const NAMES_MAX: usize = 10_000;

/// Requests a second by name; the same number may come at once.
#[derive(Debug)]
pub(crate) struct Rates {
    /// `None`: any number.
    quota: Option<Quota>,
    clock: DefaultClock,
    limiters: RwLock<FxHashMap<String, Arc<DefaultDirectRateLimiter>>>,
}

impl Rates {
    /// So many a second; 0: any number.
    pub(crate) fn new(per_second: u32) -> Self {
        let quota = NonZeroU32::new(per_second).map(Quota::per_second);
        Self { quota, clock: DefaultClock::default(), limiters: RwLock::default() }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// [`ServiceCode::RateLimited`], with the whole seconds after which the next is taken.
    pub(crate) fn count(&self, name: &str) -> Result<(), Problem> {
        let Some(quota) = self.quota else { return Ok(()) };
        self.limiter(name, quota).check().map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            Problem::from(ServiceCode::RateLimited).retry_after(wait.as_secs() + 1)
        })
    }

    fn limiter(&self, name: &str, quota: Quota) -> Arc<DefaultDirectRateLimiter> {
        let known = self.limiters.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(limiter) = known.get(name) {
            return Arc::clone(limiter);
        }
        drop(known);
        let mut known = self.limiters.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= NAMES_MAX {
            known.clear();
        }
        let limiter = || Arc::new(RateLimiter::direct(quota));
        Arc::clone(known.entry(name.to_owned()).or_insert_with(limiter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_own_rate() {
        let rates = Rates::new(3);
        for _ in 0..3 {
            assert!(rates.count("a").is_ok());
        }
        assert_eq!(rates.count("a").map_err(|problem| problem.code()), Err("RATE_LIMITED"));
        assert!(rates.count("b").is_ok());
        let any = Rates::new(0);
        assert!((0..1000).all(|_| any.count("a").is_ok()));
    }
}
