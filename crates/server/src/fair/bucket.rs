//! A rate: so much within a minute, and some of it at once where nothing was asked before.

use std::time::Instant;

/// What is left of a minute's work.
#[derive(Debug)]
pub struct Bucket {
    left: f64,
    most: f64,
    a_minute: f64,
    at: Instant,
}

impl Bucket {
    /// A full one, for so much in a minute and so much at once.
    pub fn new(a_minute: u32, at_first: u32, now: Instant) -> Self {
        let most = f64::from(at_first);
        Bucket { left: most, most, a_minute: f64::from(a_minute), at: now }
    }

    fn fill(&mut self, now: Instant) {
        let minutes = now.saturating_duration_since(self.at).as_secs_f64() / 60.0;
        self.left = (self.left + minutes * self.a_minute).min(self.most);
        self.at = now;
    }

    /// Takes one.
    ///
    /// # Errors
    /// How many seconds to wait for the next one; at least 1.
    pub fn take(&mut self, now: Instant) -> Result<(), u64> {
        self.fill(now);
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        Err((((1.0 - self.left) * 60.0 / self.a_minute).ceil() as u64).max(1))
    }

    /// True where nothing is missing.
    pub fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.left >= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn so_much_is_taken_in_a_minute_and_comes_back_steadily() {
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let mut bucket = Bucket::new(30, 30, now);
        assert!((0..30).all(|_| bucket.take(now).is_ok()));
        assert_eq!(bucket.take(now), Err(2));
        assert!(bucket.take(later(2)).is_ok() && bucket.take(later(2)).is_err());
        assert!(!bucket.is_full(later(50)) && bucket.is_full(later(120)));
        assert!(bucket.take(now).is_ok(), "a clock that goes back is no time");
    }
}
