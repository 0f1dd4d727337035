//! A change: a transaction that ends with a commit, or leaves nothing behind.

use crate::chain::{self, Pending, Touched};
use crate::db::Database;
use crate::incidents::Counted;
use crate::{Conn, StorageFault, Store, StoreError};
use sqlx::pool::PoolConnection;
use sqlx::{AnyPool, Executor, Transaction};
use std::any::Any;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A change in the making: all of it, or nothing.
pub struct Tx {
    /// Dropped first: files that are given up go before another change begins, which may add the same ones.
    files: UnlessCommitted,
    inner: Inner,
    /// Its events, whose rows of the audit log are written last.
    pub(crate) pending: Vec<Pending>,
    /// Parts of the record that it touched beside what its events tell.
    pub(crate) touched: Vec<Touched>,
    /// Connections that see what is committed, and nothing of this change.
    pub(crate) committed: AnyPool,
    counted: Arc<Counted>,
    /// Dropped last.
    kept: Option<Box<dyn Any + Send + Sync>>,
}

enum Inner {
    Sqlite(SqliteTx),
    /// PostgreSQL leaves the rollback of a failed transaction to its client, and sqlx does it.
    Postgres(Transaction<'static, sqlx::Any>),
}

/// A transaction on SQLite. `BEGIN` and `COMMIT` are sent here and not by sqlx: SQLite ends a transaction by itself when the disk is
/// full. sqlx then counts a transaction that cannot be rolled back any more, and the connection can never begin another.
struct SqliteTx {
    conn: PoolConnection<sqlx::Any>,
    committed: bool,
}

impl Drop for SqliteTx {
    fn drop(&mut self) {
        // Closing ends the transaction whatever state it is in, and a new connection keeps nothing that this one saw (a full disk, an
        // I/O error, damage). Opening one takes about a millisecond.
        if !self.committed {
            self.conn.close_on_drop();
        }
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
        let inner = match self.database {
            Database::Postgres => Inner::Postgres(self.writers.begin().await?),
            Database::Sqlite => {
                // Made before `BEGIN` is sent: if the caller gives up meanwhile, the transaction may have begun.
                let mut tx = SqliteTx { conn: self.writers.acquire().await?, committed: false };
                // Full synchronization: what was acknowledged survives a loss of power.
                tx.conn.execute("PRAGMA synchronous = FULL; BEGIN IMMEDIATE").await?;
                Inner::Sqlite(tx)
            }
        };
        Ok(Tx {
            files: UnlessCommitted::default(),
            inner,
            pending: Vec::new(),
            touched: Vec::new(),
            committed: self.committed.clone(),
            counted: Arc::clone(&self.counted),
            kept: None,
        })
    }
}

impl Tx {
    /// Keeps something until the change is made or given up, such as a place in a line of changes.
    pub fn keep(&mut self, what: impl Send + Sync + 'static) {
        self.kept = Some(Box::new(what));
    }

    /// Makes the change last.
    ///
    /// # Errors
    /// When the database does not answer; then the change may or may not have been made. After [`StorageFault::Full`] it was not.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        chain::seal(&mut self).await?;
        let Tx { files, inner, counted, kept, .. } = self;
        let done = match inner {
            Inner::Sqlite(mut tx) => {
                // Once it is sent, rows that name the files may be there, also if the caller gives up waiting: only an error that says that
                // nothing was kept gives the files up.
                let written = std::mem::take(&mut files.0.lock().files);
                let committed = tx.conn.execute("COMMIT").await.map_err(StoreError::from);
                tx.committed = committed.is_ok();
                if matches!(committed, Err(StoreError::Storage(StorageFault::Full, _))) {
                    files.0.lock().files = written;
                }
                drop(files);
                committed.map(|_| ())
            }
            Inner::Postgres(tx) => tx.commit().await.map_err(StoreError::from),
        };
        // Also after an error, because the change may have been made.
        counted.changed();
        drop(kept);
        done
    }

    /// Where whatever writes a file for this change gives it its name.
    pub(crate) fn new_files(&self) -> NewFiles {
        self.files.0.clone()
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        match &self.inner {
            Inner::Sqlite(tx) => &tx.conn,
            Inner::Postgres(tx) => tx,
        }
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        match &mut self.inner {
            Inner::Sqlite(tx) => &mut tx.conn,
            Inner::Postgres(tx) => tx,
        }
    }
}
