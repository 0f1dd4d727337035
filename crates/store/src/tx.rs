//! A change: a transaction that ends with a commit, or leaves nothing behind.

use crate::chain::{self, Pending, Touched};
use crate::db::Database;
use crate::incidents::Counted;
use crate::{Conn, StorageFault, Store, StoreError};
use sqlx::pool::PoolConnection;
use sqlx::{AnyPool, Executor};
use std::any::Any;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;

/// A change holds the log's head and has everybody else wait. A server that freezes or loses its power while it holds it does not end the change:
/// PostgreSQL does, when it sends nothing for 15 seconds. Whoever waits for one waits longer, so that those behind a frozen server go on. Statements may
/// take longer as well: what was waited for is not repeated for nothing.
const ENDS_WHEN_STUCK: &str =
    "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '15s'; SET LOCAL lock_timeout = '25s'";

/// The same while the record is opened. What brings it up to date has long statements, and computes between them.
pub(crate) const ENDS_WHEN_STUCK_AT_START: &str = "SET LOCAL idle_in_transaction_session_timeout = '60s'";

/// A change in the making: all of it, or nothing.
pub struct Tx {
    /// Dropped first: files that are given up go before another change begins, which may add the same ones.
    files: UnlessCommitted,
    held: Held,
    /// Its events, whose rows of the audit log are written last.
    pub(crate) pending: Vec<Pending>,
    /// Parts of the record that it touched beside what its events tell.
    pub(crate) touched: Vec<Touched>,
    /// Connections that see what is committed, and nothing of this change.
    pub(crate) committed: AnyPool,
    counted: Arc<Counted>,
}

/// The connection of a change, in a transaction until it is committed. `BEGIN` and `COMMIT` are sent here and not by sqlx: SQLite ends a
/// transaction by itself when the disk is full. sqlx then counts a transaction that cannot be rolled back any more, and the connection can never
/// begin another.
struct Held {
    /// Taken when it is dropped.
    conn: Option<PoolConnection<sqlx::Any>>,
    database: Database,
    committed: bool,
    /// Goes back after the connection.
    kept: Option<Box<dyn Any + Send + Sync>>,
}

impl Held {
    fn conn(&self) -> &Conn {
        self.conn.as_ref().expect("it is there until this is dropped")
    }

    fn conn_mut(&mut self) -> &mut Conn {
        self.conn.as_mut().expect("it is there until this is dropped")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let (Some(conn), kept) = (self.conn.take(), self.kept.take()) else { return };
        if self.committed {
            return;
        }
        // Whoever gave the change up may have done so in the middle of a statement, which goes on. What it holds of its account's share does not
        // come back before: nobody gets more of the connections by asking and hanging up.
        let ended = end(conn, self.database);
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                ended.await;
                drop(kept);
            });
        }
    }
}

/// Ends a transaction that is given up, behind the statement that may still run.
async fn end(mut conn: PoolConnection<sqlx::Any>, database: Database) {
    let ended = match database {
        // Closing ends the transaction whatever state it is in, and a new connection keeps nothing that this one saw (a full disk, an I/O error,
        // damage). Opening one takes about a millisecond.
        Database::Sqlite => conn.close().await,
        Database::Postgres => match conn.execute("ROLLBACK").await {
            Ok(_) => {
                conn.return_to_pool().await;
                Ok(())
            }
            Err(_) => conn.close().await,
        },
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "could not close the connection of an abandoned change");
    }
}

/// Files that a change gives a name to and that did not exist before. A thread that writes one may still be at work when the change is given
/// up.
#[derive(Clone, Default)]
pub(crate) struct NewFiles(Arc<Mutex<Named>>);

#[derive(Default)]
struct Named {
    given_up: bool,
    files: Vec<PathBuf>,
}

impl NewFiles {
    fn lock(&self) -> MutexGuard<'_, Named> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a file its name, which is removed again if the change is given up; `new` is absent where the name was there before.
    ///
    /// # Errors
    /// Those of `name`, and where the change was given up meanwhile.
    pub fn name(&self, new: Option<PathBuf>, name: impl FnOnce() -> std::io::Result<()>) -> std::io::Result<()> {
        let mut named = self.lock();
        if named.given_up {
            return Err(std::io::Error::other("the change was given up"));
        }
        named.files.extend(new);
        name()
    }
}

/// Removes the new files of a change if it is given up.
#[derive(Default)]
struct UnlessCommitted(NewFiles);

impl Drop for UnlessCommitted {
    fn drop(&mut self) {
        let mut named = self.0.lock();
        named.given_up = true;
        for file in named.files.drain(..) {
            // What cannot be removed is a file that no row names, and does no harm.
            std::fs::remove_file(file).ok();
        }
    }
}

impl Store {
    /// Begins a change.
    ///
    /// # Errors
    /// When the database does not answer in time.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        // Made before `BEGIN` is sent: if the caller gives up meanwhile, the transaction may have begun.
        let conn = Some(self.writers.acquire().await?);
        let mut held = Held { conn, database: self.database, committed: false, kept: None };
        let begin = match self.database {
            Database::Postgres if self.is_open => ENDS_WHEN_STUCK,
            Database::Postgres => "BEGIN",
            // Full synchronization: what was acknowledged survives a loss of power.
            Database::Sqlite => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
        };
        held.conn_mut().execute(begin).await?;
        if self.database == Database::Postgres && !self.is_open {
            held.conn_mut().execute(ENDS_WHEN_STUCK_AT_START).await?;
        }
        Ok(Tx {
            files: UnlessCommitted::default(),
            held,
            pending: Vec::new(),
            touched: Vec::new(),
            committed: self.committed.clone(),
            counted: Arc::clone(&self.counted),
        })
    }
}

impl Tx {
    /// Keeps something until the change is made, or given up and its connection free again, such as a place in a line of changes.
    pub fn keep(&mut self, what: impl Send + Sync + 'static) {
        self.held.kept = Some(Box::new(what));
    }

    /// Makes the change last.
    ///
    /// # Errors
    /// When the database does not answer; then the change may or may not have been made. After [`StorageFault::Full`] it was not.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        chain::seal(&mut self).await?;
        let Tx { files, mut held, counted, .. } = self;
        // Once it is sent, rows that name the files may be there, also if the caller gives up waiting: only an error that says that nothing
        // was kept gives the files up.
        let written = std::mem::take(&mut files.0.lock().files);
        let committed = held.conn_mut().execute("COMMIT").await.map_err(StoreError::from);
        held.committed = committed.is_ok();
        if matches!(committed, Err(StoreError::Storage(StorageFault::Full, _))) {
            files.0.lock().files = written;
        }
        drop(files);
        // Also after an error, because the change may have been made.
        counted.changed();
        committed.map(|_| ())
    }

    /// Where whatever writes a file for this change gives it its name.
    pub(crate) fn new_files(&self) -> NewFiles {
        self.files.0.clone()
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.held.conn()
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        self.held.conn_mut()
    }
}
