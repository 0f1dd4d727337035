//! Memory for evidence that is being read: one ceiling for all requests. What is counted is what a file may take at most, as its limits
//! say, and it is counted before anything is read.

use crate::failure::Failure;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// What is counted in.
const UNIT: u64 = 1 << 20;
/// How long a request waits for its memory before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(15);

/// All the memory that there is for it.
#[derive(Debug)]
pub struct Memory {
    free: Arc<Semaphore>,
    all: u64,
    patience: Duration,
}

/// Memory that somebody has; given back when the last who holds it is done. It goes into the work, since that may outlive its request.
#[derive(Debug, Clone)]
pub struct Taken(#[expect(dead_code, reason = "held, not read")] Arc<OwnedSemaphorePermit>);

impl Memory {
    /// So many bytes of it.
    pub fn new(bytes: u64) -> Self {
        let units = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX).max(1);
        Memory { free: Arc::new(Semaphore::new(units as usize)), all: u64::from(units) * UNIT, patience: PATIENCE }
    }

    /// All of it, in bytes: nothing that takes more is ever done.
    pub fn all(&self) -> u64 {
        self.all
    }

    /// What is taken, in bytes.
    pub fn reserved(&self) -> u64 {
        self.all.saturating_sub(self.free.available_permits() as u64 * UNIT)
    }

    /// Takes some of it; waits for it for a while.
    ///
    /// # Errors
    /// [`Failure::NoMemory`] where others have it for longer.
    pub async fn take(&self, bytes: u64) -> Result<Taken, Failure> {
        let units = u32::try_from(bytes.min(self.all).div_ceil(UNIT)).unwrap_or(u32::MAX);
        match timeout(self.patience, Arc::clone(&self.free).acquire_many_owned(units)).await {
            Ok(Ok(permit)) => Ok(Taken(Arc::new(permit))),
            _ => Err(Failure::NoMemory),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_is_given_back_by_the_last_who_holds_it_and_who_waits_too_long_is_told() {
        let memory = Memory { patience: Duration::from_millis(50), ..Memory::new(4 * UNIT) };
        let first = memory.take(3 * UNIT).await.expect("there is enough");
        let small = memory.take(1).await.expect("there is enough");
        assert_eq!(memory.reserved(), 4 * UNIT);
        let with_the_work = first.clone();
        drop(first);
        assert!(matches!(memory.take(2 * UNIT).await, Err(Failure::NoMemory)), "the work has it");
        drop(with_the_work);
        let most = memory.take(3 * UNIT).await.expect("there is enough again");
        drop((small, most));
        memory.take(u64::MAX).await.expect("who wants more than there is gets all of it");
    }
}
