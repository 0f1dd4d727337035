//! Memory for evidence that is being read: one ceiling for all requests. What is counted is what a file may take at most, as its limits
//! say, and it is counted before anything is read.

use crate::failure::Failure;
use hindcast_trace::Limits;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// What is counted in.
const UNIT: u64 = 1 << 20;
/// How long a request waits for its memory before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(15);

/// How many times what a small file takes there must be, for as much of it to be kept for small files.
const ENOUGH: u64 = 8;

/// All the memory that there is for it.
#[derive(Debug)]
pub struct Memory {
    free: Arc<Semaphore>,
    /// What only small files get.
    small: Arc<Semaphore>,
    all: u64,
    /// What one file may take.
    most: u64,
    patience: Duration,
}

/// Memory that somebody has; given back when the last who holds it is done. It goes into the work, since that may outlive its request.
#[derive(Debug, Clone)]
pub struct Taken(Arc<OwnedSemaphorePermit>);

impl Taken {
    /// The same, as far as it is still needed; the rest is given back. What somebody else holds as well stays as it is.
    pub fn reduced(self, bytes: u64) -> Self {
        let permit = Arc::try_unwrap(self.0);
        let kept = permit.map(|mut permit| {
            let units = usize::try_from(bytes.div_ceil(UNIT)).unwrap_or(usize::MAX);
            Arc::new(permit.split(units).unwrap_or(permit))
        });
        Taken(kept.unwrap_or_else(|shared| shared))
    }
}

impl Memory {
    /// So many bytes of it.
    pub fn new(bytes: u64) -> Self {
        let units = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX).max(1);
        let all = u64::from(units) * UNIT;
        let small = if all >= ENOUGH * Limits::FLOOR { Limits::FLOOR } else { 0 };
        let of = |bytes: u64| Arc::new(Semaphore::new(usize::try_from(bytes / UNIT).unwrap_or(usize::MAX)));
        Memory { free: of(all - small), small: of(small), all, most: all - small, patience: PATIENCE }
    }

    /// All of it, in bytes.
    pub fn all(&self) -> u64 {
        self.all
    }

    /// What one file may take, in bytes: nothing that takes more is ever done. The rest is kept for small files, so that they do not wait for
    /// large ones.
    pub fn most(&self) -> u64 {
        self.most
    }

    /// What is taken, in bytes.
    pub fn reserved(&self) -> u64 {
        let free = self.free.available_permits() + self.small.available_permits();
        self.all.saturating_sub(free as u64 * UNIT)
    }

    /// Takes some of it; waits for it for a while.
    ///
    /// # Errors
    /// [`Failure::NoMemory`] where others have it for longer.
    pub async fn take(&self, bytes: u64) -> Result<Taken, Failure> {
        let units = u32::try_from(bytes.min(self.most).div_ceil(UNIT)).unwrap_or(u32::MAX);
        let any = Arc::clone(&self.free).acquire_many_owned(units);
        let taken = async {
            if bytes > Limits::FLOOR || self.most == self.all {
                return any.await;
            }
            tokio::select! {
                biased;
                permit = any => permit,
                permit = Arc::clone(&self.small).acquire_many_owned(units) => permit,
            }
        };
        match timeout(self.patience, taken).await {
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
        let most = memory.take(3 * UNIT).await.expect("there is enough again").reduced(2 * UNIT);
        assert_eq!(memory.reserved(), 3 * UNIT);
        drop((small, most));
        memory.take(u64::MAX).await.expect("who wants more than there is gets all of it");
    }

    #[tokio::test]
    async fn a_small_file_does_not_wait_for_large_ones() {
        let memory = Memory { patience: Duration::from_millis(50), ..Memory::new(ENOUGH * Limits::FLOOR) };
        assert_eq!((memory.all() - memory.most(), memory.reserved()), (Limits::FLOOR, 0));
        let large = memory.take(u64::MAX).await.expect("there is enough");
        assert!(matches!(memory.take(Limits::FLOOR + 1).await, Err(Failure::NoMemory)));
        let small = memory.take(Limits::FLOOR).await.expect("is kept for it");
        assert_eq!(memory.reserved(), memory.all());
        assert!(matches!(memory.take(1).await, Err(Failure::NoMemory)));
        drop((large, small));
        assert_eq!(memory.reserved(), 0);
    }
}
