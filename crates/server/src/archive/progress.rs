//! What somebody at a terminal sees of a long step.

use std::time::{Duration, Instant};

/// How often it says how far it is.
const EVERY: Duration = Duration::from_secs(2);

/// Counts, and says so on standard error now and then.
pub struct Progress {
    what: &'static str,
    count: u64,
    said: Instant,
}

impl Progress {
    /// `what` is counted, in the plural.
    pub fn new(what: &'static str) -> Self {
        Self { what, count: 0, said: Instant::now() }
    }

    pub fn add(&mut self, count: u64) {
        self.count += count;
        if self.said.elapsed() >= EVERY {
            self.said = Instant::now();
            eprintln!("studyhall: {} {} so far", self.count, self.what);
        }
    }

    pub fn count(&self) -> u64 {
        self.count
    }
}
