//! One account's share of one kind of work.

use super::bucket::Bucket;
use super::kind::Limits;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// A share.
#[derive(Debug)]
pub struct Share {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    bucket: Option<Mutex<Bucket>>,
    limits: Limits,
}

/// A part of a share, until it is dropped.
#[derive(Debug)]
pub struct Permit(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// Counts those who wait, also where they stop waiting.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Share {
    /// One with nothing taken.
    pub fn new(limits: Limits, rates: bool) -> Self {
        let rate = limits.a_minute.zip(limits.at_first).filter(|_| rates);
        let bucket = rate.map(|(n, at_first)| Mutex::new(Bucket::new(n, at_first, Instant::now())));
        Share { free: Arc::new(Semaphore::new(limits.at_once)), waiting: AtomicUsize::new(0), bucket, limits }
    }

    /// Takes a part of it; waits for it for a while, behind those who came before.
    ///
    /// # Errors
    /// In how many seconds to come back.
    pub async fn take(&self) -> Result<Permit, u64> {
        if let Some(bucket) = &self.bucket {
            let taken = bucket.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now());
            if let Err(seconds) = taken {
                self.hold_up().await;
                return Err(seconds);
            }
        }
        if let Some(permit) = self.try_take() {
            return Ok(permit);
        }
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.limits.waiting {
            return Err(1);
        }
        let permit = timeout(self.limits.patience, Arc::clone(&self.free).acquire_owned()).await;
        drop(waiting);
        permit.ok().and_then(Result::ok).map(Permit).ok_or(self.limits.patience.as_secs().max(1))
    }

    /// Lets somebody wait who is refused. Whoever asks again at once, whatever the answer says, would otherwise have thousands of refusals
    /// a second written, which takes more of the machine than what was refused.
    async fn hold_up(&self) {
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) < self.limits.waiting {
            tokio::time::sleep(self.limits.refused_after).await;
        }
        drop(waiting);
    }

    /// Takes a part of it where nobody waits.
    pub fn try_take(&self) -> Option<Permit> {
        Arc::clone(&self.free).try_acquire_owned().ok().map(Permit)
    }

    /// True where forgetting it changes nothing.
    pub fn is_idle(&self) -> bool {
        let full = |b: &Mutex<Bucket>| b.lock().unwrap_or_else(PoisonError::into_inner).is_full(Instant::now());
        self.free.available_permits() == self.limits.at_once
            && self.waiting.load(Ordering::Relaxed) == 0
            && self.bucket.as_ref().is_none_or(full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(20);

    fn limits() -> Limits {
        let refused_after = Duration::from_millis(20);
        Limits { at_once: 1, waiting: 1, patience: LONG, refused_after, a_minute: None, at_first: None }
    }

    #[tokio::test]
    async fn one_waits_for_another_and_one_too_many_is_told_at_once() {
        let share = Arc::new(Share::new(limits(), true));
        let first = share.take().await.expect("is free");
        let second = tokio::spawn({
            let share = Arc::clone(&share);
            async move { share.take().await.is_ok() }
        });
        while share.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(share.take().await.err(), Some(1));
        assert!(!share.is_idle());
        drop(first);
        assert!(second.await.expect("waits"));
        assert!(share.is_idle(), "everything is given back");
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_they_may() {
        let share = Share::new(Limits { patience: Duration::from_millis(20), ..limits() }, true);
        let held = share.take().await.expect("is free");
        assert_eq!(share.take().await.err(), Some(1));
        drop(held);
        assert!(share.take().await.is_ok());
    }

    #[tokio::test]
    async fn a_rate_ends_when_its_minute_is_used_up() {
        let limits = Limits { a_minute: Some(2), at_first: Some(2), ..limits() };
        let share = Share::new(limits, true);
        assert!(share.take().await.is_ok() && share.take().await.is_ok());
        assert_eq!(share.take().await.err(), Some(30));
        assert!(!share.is_idle());
        let (late, other) = tokio::join!(share.take(), async { share.waiting.load(Ordering::Relaxed) });
        assert_eq!((late.err(), other), (Some(30), 1), "a refusal is held up");
        assert_eq!(share.waiting.load(Ordering::Relaxed), 0);
        let free = Share::new(limits, false);
        for _ in 0..9 {
            free.take().await.expect("any number");
        }
    }
}
