//! How long to wait before the next attempt to connect. Pure; no browser.

/// The first pause and the longest, in milliseconds.
const FIRST_MS: f64 = 400.0;
const LONGEST_MS: f64 = 20_000.0;
/// The shortest pause after the server said that there were too many frames.
const CALM_MS: f64 = 5_000.0;

/// Pauses that double, with jitter, so that a thousand clients of a restarted server don't come back as one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    attempts: i32,
    calm: bool,
}

impl Backoff {
    /// A connection stood: the next pause is a short one.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// The server asked for calm (close code 4429).
    pub fn calm(&mut self) {
        self.calm = true;
    }

    /// The next pause in milliseconds; `random` is from 0 up to 1.
    pub fn next(&mut self, random: f64) -> u32 {
        let longest = (FIRST_MS * f64::from(self.attempts).exp2()).min(LONGEST_MS);
        self.attempts = self.attempts.saturating_add(1).min(16);
        let at_least = if std::mem::take(&mut self.calm) { CALM_MS } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 25,000")]
        let pause = (at_least + longest * (0.5 + random / 2.0)) as u32;
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_start_again_after_a_connection() {
        let mut backoff = Backoff::default();
        let pauses: Vec<u32> = (0..8).map(|_| backoff.next(1.0)).collect();
        assert_eq!(pauses, [400, 800, 1_600, 3_200, 6_400, 12_800, 20_000, 20_000]);
        backoff.reset();
        assert_eq!(backoff.next(0.0), 200);
    }

    #[test]
    fn calm_holds_for_one_pause() {
        let mut backoff = Backoff::default();
        backoff.calm();
        assert_eq!(backoff.next(0.0), 5_200);
        assert_eq!(backoff.next(0.0), 400);
    }
}
