//! Slows guessing down: after some failures for one address, no more attempts for a while.

use crate::secret;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::Mutex;

/// Failures in [`WINDOW`] after which attempts are refused.
const MOST: u32 = 10;
/// Seconds over which failures count.
const WINDOW: i64 = 15 * 60;
/// Addresses remembered; when there are more, those whose time is over are forgotten.
const REMEMBERED: usize = 10_000;

/// Failed attempts, by the hash of what was tried: what is remembered is short, however long the attempt was, and a
/// look into memory shows no address.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<String, (u32, Timestamp)>>);

impl Throttle {
    /// True where another attempt may be made.
    pub fn allows(&self, key: &str, now: Timestamp) -> bool {
        let failures = self.0.lock().unwrap_or_else(|e| e.into_inner());
        failures.get(&secret::hash(key)).is_none_or(|(n, since)| *n < MOST || is_over(*since, now))
    }

    /// Counts a failure.
    pub fn failed(&self, key: &str, now: Timestamp) {
        let mut failures = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if failures.len() >= REMEMBERED {
            failures.retain(|_, (_, since)| !is_over(*since, now));
        }
        let entry = failures.entry(secret::hash(key)).or_insert((0, now));
        if is_over(entry.1, now) {
            *entry = (0, now);
        }
        entry.0 += 1;
    }

    /// Forgets the failures of one who got in.
    pub fn succeeded(&self, key: &str) {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).remove(&secret::hash(key));
    }
}

fn is_over(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since) > SignedDuration::from_secs(WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_after_some_failures_and_allows_again_later() {
        let now: Timestamp = "2026-11-25T10:00:00Z".parse().expect("a time");
        let throttle = Throttle::default();
        for _ in 0..MOST {
            assert!(throttle.allows("a", now));
            throttle.failed("a", now);
        }
        assert!(!throttle.allows("a", now));
        assert!(throttle.allows("b", now));
        let later = now + SignedDuration::from_secs(WINDOW + 1);
        assert!(throttle.allows("a", later));
        throttle.failed("a", later);
        assert!(throttle.allows("a", later));
        throttle.succeeded("a");
        assert!(throttle.allows("a", now));
    }

    #[test]
    fn what_is_remembered_is_short_and_names_nobody() {
        let (throttle, now) = (Throttle::default(), "2026-11-25T10:00:00Z".parse().expect("a time"));
        throttle.failed(&"dana@example.com".repeat(10_000), now);
        let failures = throttle.0.lock().expect("nobody panicked");
        assert!(failures.keys().all(|k| k.len() == 64 && !k.contains("dana")), "{failures:?}");
    }
}
