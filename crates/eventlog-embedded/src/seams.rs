//! Time and randomness of the machine.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use eventlog::{Clock, Entropy};
use events::{Salt, Timestamp};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that others read through")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        // A clock before 1970 runs behind like any other: the log repeats its last time.
        let micros = since.map_or(0, |since| since.as_micros());
        Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

/// Salts asked of the operating system at a time: asking for each would cost more than hashing with
/// it.
const SALTS_AT_ONCE: usize = 64;

/// The operating system's random numbers.
#[derive(Default)]
pub struct SystemEntropy {
    drawn: Vec<Salt>,
}

impl Entropy for SystemEntropy {
    fn salt(&mut self) -> Salt {
        if self.drawn.is_empty() {
            let mut bytes = [0; 16 * SALTS_AT_ONCE];
            getrandom::fill(&mut bytes).expect("the operating system has random numbers");
            self.drawn.extend(bytes.as_chunks().0.iter().map(|salt| Salt(*salt)));
        }
        self.drawn.pop().expect("just drawn where there was none")
    }
}

impl fmt::Debug for SystemEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What was drawn is secret until it is used.
        f.debug_struct("SystemEntropy").finish_non_exhaustive()
    }
}
