//! Work that keeps a thread busy: so much of each kind at once, in pools that never wait for each other.
//!
//! A turn goes with the work and ends with it, not with the request: nobody gets a thread by asking and hanging up. Work learns that
//! nobody waits for it any more, and ends.

use crate::failure::Failure;
use crate::fair;
use hindcast_trace::Stop;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Semaphore, oneshot};

/// The pools.
#[derive(Debug)]
pub struct Pools {
    /// Hashing of passwords.
    pub passwords: Pool,
    /// Evidence: masking, reading, drafting.
    pub evidence: Pool,
    /// What pages and exports show: quotes that are looked up, retros that are written out.
    pub pages: Pool,
}

impl Pools {
    /// Pools for a machine with so many processors.
    pub fn new(processors: usize) -> Self {
        let workers = processors.clamp(2, 8);
        Pools {
            passwords: Pool::behind(workers),
            evidence: Pool::behind(workers).and_light(1),
            pages: Pool::new(workers),
        }
    }
}

/// A number of turns.
#[derive(Debug)]
pub struct Pool {
    turns: usize,
    free: Arc<Semaphore>,
    /// Further turns, for light work only.
    light: Arc<Semaphore>,
    queued: AtomicUsize,
    /// True where its work comes behind everything else that wants a processor.
    behind: bool,
}

/// How much nicer work is that comes behind: it gets a tenth of a processor that somebody else wants as well, and all of one that
/// nobody wants.
#[cfg(target_os = "linux")]
const NICER: i32 = 10;

/// Counts work that waits for its turn, also if whoever asked for it gives up.
struct Queued<'a>(&'a AtomicUsize);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Ends the work when whoever waits for it is gone: the request was answered otherwise, ran out of time, or its connection broke off.
struct Waiting(Stop);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.set();
    }
}

impl Pool {
    /// A pool with so many turns at once.
    pub fn new(turns: usize) -> Self {
        let free = |turns| Arc::new(Semaphore::new(turns));
        Pool { turns, free: free(turns), light: free(0), queued: AtomicUsize::new(0), behind: false }
    }

    /// The same, for work that may come behind everything else: anybody can ask for a password to be checked, and a file takes seconds, while
    /// a page takes milliseconds and people wait for it. Only Linux knows priorities of threads.
    pub fn behind(turns: usize) -> Self {
        Pool { behind: true, ..Pool::new(turns) }
    }

    /// The same with so many turns more that only light work gets: a few people with large files do not keep everybody else waiting.
    fn and_light(self, turns: usize) -> Self {
        Pool { turns: self.turns + turns, light: Arc::new(Semaphore::new(turns)), ..self }
    }

    /// Turns in all.
    pub fn turns(&self) -> usize {
        self.turns
    }

    /// Turns that are taken.
    pub fn busy(&self) -> usize {
        self.turns.saturating_sub(self.free.available_permits() + self.light.available_permits())
    }

    /// Work that waits for its turn.
    pub fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Does light work: in a turn that is kept for such, where others have the rest.
    ///
    /// # Errors
    /// As [`Pool::run`].
    pub async fn run_light<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Stop) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        self.run_as(true, work).await
    }

    /// Does work in a thread of its own, once it has a turn. Turns are given in the order of the requests, and an account has so few of one kind
    /// at once that they go round. What the request holds of its account's share goes with the work. The work looks at the flag now and then, and ends early where it is set:
    /// then nobody waits for what it gives.
    ///
    /// # Errors
    /// Where the work panicked.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Stop) -> T + Send + 'static) -> Result<T, Failure> {
        self.run_as(false, work).await
    }

    async fn run_as<T: Send + 'static>(
        &self,
        is_light: bool,
        work: impl FnOnce(&Stop) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        self.queued.fetch_add(1, Ordering::Relaxed);
        let queued = Queued(&self.queued);
        let any = Arc::clone(&self.free).acquire_owned();
        let turn = if is_light {
            tokio::select! {
                biased;
                turn = any => turn,
                turn = Arc::clone(&self.light).acquire_owned() => turn,
            }
        } else {
            any.await
        };
        let turn = turn.map_err(|_| Failure::Busy)?;
        drop(queued);
        let share = fair::holding();
        let waiting = Waiting(Stop::default());
        let stop = waiting.0.clone();
        let (tell, told) = oneshot::channel();
        let task = move || {
            // Whatever the work held goes with it, also where nobody waits for what it gives.
            let done = Some(work(&stop)).filter(|_| !tell.is_closed());
            drop((turn, share));
            // Whoever waited may be gone.
            if let Some(done) = done {
                tell.send(done).ok();
            }
        };
        if self.behind {
            // A thread that was made nicer cannot go back, so it ends with its work.
            let thread = std::thread::Builder::new().name("behind".to_owned()).spawn(move || {
                step_back();
                task();
            });
            thread.map_err(|_| Failure::Busy)?;
        } else {
            tokio::task::spawn_blocking(task);
        }
        let done = told.await.map_err(|_| Failure::Internal("work in a thread of its own was cut short".to_owned()));
        drop(waiting);
        done
    }
}

/// Lets everything else go first, from here to the end of this thread.
#[cfg(target_os = "linux")]
fn step_back() {
    use rustix::process::{getpriority_process, setpriority_process};
    // Without a process named, Linux tells and changes it for the thread that asks. Where it may not, the work is done all the same.
    if let Ok(usual) = getpriority_process(None) {
        setpriority_process(None, usual.saturating_add(NICER)).ok();
    }
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;
    use tokio::time::timeout;

    const SOON: Duration = Duration::from_millis(100);
    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_turn_is_taken_until_the_work_ends_even_where_nobody_waits_for_it() {
        let pool = Pool::new(1);
        let (go, gone) = mpsc::channel::<()>();
        let (told, tell) = mpsc::channel::<bool>();
        let work = move |stop: &Stop| {
            gone.recv().ok();
            told.send(stop.is_set()).ok();
        };
        assert!(timeout(SOON, pool.run(work)).await.is_err(), "whoever waited is gone");
        assert_eq!((pool.turns(), pool.busy(), pool.queued()), (1, 1, 0));
        let mut second = Box::pin(pool.run(|_| ()));
        assert!(timeout(SOON, &mut second).await.is_err(), "the work goes on, and has the only turn");
        assert_eq!(pool.queued(), 1);
        drop(second);
        assert_eq!(pool.queued(), 0, "who gave up does not wait");
        go.send(()).expect("works");
        assert_eq!(tell.recv_timeout(LONG), Ok(true), "the work knows that nobody waits");
        timeout(LONG, pool.run(|_| ())).await.expect("gets a turn").expect("works");
    }

    #[tokio::test]
    async fn light_work_has_a_turn_where_others_have_the_rest() {
        let pool = Pool::new(1).and_light(1);
        let (go, gone) = mpsc::channel::<()>();
        assert!(timeout(SOON, pool.run(move |_| gone.recv().ok())).await.is_err());
        let mut heavy = Box::pin(pool.run(|_| ()));
        assert!(timeout(SOON, &mut heavy).await.is_err(), "the turn that is left is not for it");
        assert_eq!((pool.turns(), pool.busy(), pool.queued()), (2, 1, 1));
        timeout(LONG, pool.run_light(|_| ())).await.expect("gets it").expect("works");
        go.send(()).expect("works");
        timeout(LONG, heavy).await.expect("gets a turn").expect("works");
        timeout(LONG, pool.run_light(|_| ())).await.expect("gets a turn").expect("works");
        assert_eq!((pool.busy(), pool.queued()), (0, 0));
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_turn_back() {
        for pool in [Pool::new(1), Pool::behind(1)] {
            assert!(pool.run(|_| panic!("on purpose")).await.is_err());
            assert_eq!(timeout(LONG, pool.run(|stop| stop.is_set())).await.expect("gets a turn").ok(), Some(false));
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn only_work_that_comes_behind_is_nicer_than_the_rest() {
        let nice = || rustix::process::getpriority_process(None).expect("is told");
        let usual = nice();
        let pools = Pools::new(2);
        let behind = (usual + NICER).min(19);
        assert_eq!(pools.passwords.run(move |_| nice()).await.ok(), Some(behind));
        assert_eq!(pools.evidence.run(move |_| nice()).await.ok(), Some(behind));
        assert_eq!(pools.pages.run(move |_| nice()).await.ok(), Some(usual));
        assert_eq!(nice(), usual);
    }

    #[tokio::test]
    async fn pools_do_not_wait_for_each_other() {
        let pools = Pools { passwords: Pool::new(1), evidence: Pool::new(1), pages: Pool::new(1) };
        let (go, gone) = mpsc::channel::<()>();
        assert!(timeout(SOON, pools.evidence.run(move |_| gone.recv().ok())).await.is_err());
        timeout(LONG, pools.passwords.run(|_| ())).await.expect("is not behind evidence").expect("works");
        timeout(LONG, pools.pages.run(|_| ())).await.expect("is not behind evidence").expect("works");
        go.send(()).expect("works");
    }
}
