//! Connections to read with.
//!
//! A pool of sqlx asks each connection that comes back whether it is still there, and lends out the one that was idle longest. For a read of
//! a fraction of a millisecond on PostgreSQL, that is a message too many, to a server process whose caches are cold. So a connection whose
//! read ended well rests here, and the one that came back last is lent out first.

use crate::{Conn, StoreError};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Connection};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a connection to PostgreSQL may have been idle to be used without asking first whether it is still there. A server does not
/// stop and start again in less.
pub(crate) const SURE: Duration = Duration::from_millis(100);
/// Reads after which a connection goes back to the pool, which closes those that are too old.
const READS: u32 = 1000;

/// A pool of connections to read with.
#[derive(Debug, Clone)]
pub(crate) struct Readers {
    pool: AnyPool,
    resting: Option<Arc<Resting>>,
}

/// Connections between two reads.
struct Resting {
    /// As many as the pool has connections: whoever holds a turn finds one here or in the pool, and waits for nobody.
    turns: Arc<Semaphore>,
    /// The one that came back last is at the end; `None` once the pool closes.
    all: Mutex<Option<Vec<Rested>>>,
}

struct Rested {
    conn: ReadConn,
    since: Instant,
}

/// A connection to read with. Dropped, it goes back to the pool, which asks whether it is still there and waits for a statement that was given
/// up; only then does what it keeps go. [`ReadConn::done`] is faster.
pub struct ReadConn {
    conn: PoolConnection<Any>,
    reads: u32,
    lent: Option<(Arc<Resting>, OwnedSemaphorePermit)>,
    kept: Option<Kept>,
}

/// Something that is only held.
pub(crate) type Kept = Box<dyn std::any::Any + Send + Sync>;

impl std::fmt::Debug for Resting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resting").field("turns", &self.turns.available_permits()).finish_non_exhaustive()
    }
}

impl Readers {
    /// Connections that go back to their pool after each read.
    pub(crate) fn new(pool: AnyPool) -> Self {
        Readers { pool, resting: None }
    }

    /// Connections that may rest between two reads.
    pub(crate) fn resting(pool: AnyPool) -> Self {
        let turns = Arc::new(Semaphore::new(pool.options().get_max_connections() as usize));
        let resting = Resting { turns, all: Mutex::new(Some(Vec::new())) };
        Readers { pool, resting: Some(Arc::new(resting)) }
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Connections that nobody uses.
    pub(crate) fn idle(&self) -> usize {
        let resting = self.resting.as_ref().map_or(0, |r| r.all().as_ref().map_or(0, Vec::len));
        self.pool.num_idle() + resting
    }

    pub(crate) async fn take(&self) -> Result<ReadConn, StoreError> {
        let Some(resting) = &self.resting else {
            return Ok(ReadConn::new(self.pool.acquire().await?, None));
        };
        let turn = timeout(self.pool.options().get_acquire_timeout(), Arc::clone(&resting.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let lent = Some((Arc::clone(resting), turn));
        let last = resting.all().as_mut().and_then(Vec::pop);
        if let Some(Rested { mut conn, since }) = last
            && (since.elapsed() <= SURE || conn.ping().await.is_ok())
        {
            conn.lent = lent;
            return Ok(conn);
        }
        Ok(ReadConn::new(self.pool.acquire().await?, lent))
    }

    pub(crate) async fn close(&self) {
        let rested = self.resting.as_ref().and_then(|r| r.all().take());
        // The pool waits until it has all of them.
        drop(rested);
        self.pool.close().await;
    }
}

impl Resting {
    fn all(&self) -> MutexGuard<'_, Option<Vec<Rested>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadConn {
    fn new(conn: PoolConnection<Any>, lent: Option<(Arc<Resting>, OwnedSemaphorePermit)>) -> Self {
        ReadConn { conn, reads: 0, lent, kept: None }
    }

    /// Keeps something until the connection is free again.
    pub(crate) fn keep(&mut self, what: Option<Kept>) {
        self.kept = what;
    }

    /// Gives the connection back after a read that ended well: no statement on it was given up before its end, and none failed.
    pub fn done(mut self) {
        let Some((resting, turn)) = self.lent.take() else { return };
        let kept = self.kept.take();
        let mut all = resting.all();
        let Some(rested) = all.as_mut().filter(|_| self.reads < READS) else { return };
        self.reads += 1;
        rested.push(Rested { conn: self, since: Instant::now() });
        // One that rests for long is no longer needed; the pool closes it some day.
        let old = rested.first().is_some_and(|r| r.since.elapsed() > SURE).then(|| rested.remove(0));
        drop(all);
        drop((old, turn, kept));
    }
}

impl Drop for ReadConn {
    fn drop(&mut self) {
        let (lent, kept) = (self.lent.take(), self.kept.take());
        // As the pool does it, which would not tell when it is back.
        let back = self.conn.return_to_pool();
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                back.await;
                drop((lent, kept));
            });
        }
    }
}

impl Deref for ReadConn {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for ReadConn {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Executor;
    use sqlx::any::AnyPoolOptions;

    const SOON: Duration = Duration::from_millis(100);
    const LONG: Duration = Duration::from_secs(20);

    /// Two connections, to whichever database.
    fn two() -> Readers {
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new().max_connections(2).acquire_timeout(LONG);
        Readers::resting(pool.connect_lazy("sqlite::memory:").expect("an address"))
    }

    /// A temporary table is the connection's own, and tells which one it is.
    async fn mark(conn: &mut ReadConn) {
        conn.execute("CREATE TEMP TABLE mark (n BIGINT)").await.expect("is made");
    }

    async fn is_marked(conn: &mut ReadConn) -> bool {
        conn.execute("SELECT n FROM mark").await.is_ok()
    }

    #[tokio::test]
    async fn the_connection_that_came_back_last_is_lent_first() {
        let readers = two();
        let (first, mut second) = (readers.take().await.expect("reads"), readers.take().await.expect("reads"));
        mark(&mut second).await;
        first.done();
        second.done();
        assert_eq!(readers.idle(), 2);
        for _ in 0..3 {
            let mut conn = readers.take().await.expect("reads");
            assert!(is_marked(&mut conn).await);
            assert_eq!(readers.idle(), 1);
            conn.done();
        }
    }

    #[tokio::test]
    async fn whoever_waits_gets_the_next_one_however_it_comes_back() {
        let readers = two();
        for done in [true, false] {
            let (one, _other) = (readers.take().await.expect("reads"), readers.take().await.expect("reads"));
            let mut third = Box::pin(readers.take());
            assert!(timeout(SOON, &mut third).await.is_err(), "both are lent");
            if done {
                one.done();
            } else {
                drop(one);
            }
            timeout(LONG, third).await.expect("gets it").expect("reads");
        }
    }

    #[tokio::test]
    async fn a_connection_goes_back_to_the_pool_after_many_reads_and_when_it_rested_for_long() {
        let readers = two();
        let mut conn = readers.take().await.expect("reads");
        mark(&mut conn).await;
        conn.reads = READS;
        conn.done();
        let all = readers.resting.as_ref().expect("they rest");
        assert_eq!(all.all().as_ref().map(Vec::len), Some(0));
        let (old, new) = (readers.take().await.expect("reads"), readers.take().await.expect("reads"));
        old.done();
        tokio::time::sleep(SURE + SOON).await;
        new.done();
        assert_eq!(all.all().as_ref().map(Vec::len), Some(1));
    }

    #[tokio::test]
    async fn closing_takes_those_that_rest() {
        let readers = two();
        let lent = readers.take().await.expect("reads");
        readers.take().await.expect("reads").done();
        let closing = readers.clone();
        let closing = tokio::spawn(async move { closing.close().await });
        tokio::time::sleep(SOON).await;
        lent.done();
        timeout(LONG, closing).await.expect("closes").expect("ends");
        assert!(readers.take().await.is_err());
    }
}
