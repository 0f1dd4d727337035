//! Whether the record can do its work: whether it answers, and whether it takes a change.

use crate::db::Database;
use crate::{Conn, Store, StoreError, check, fault, settings};
use sqlx::any::AnyConnectOptions;
use sqlx::{Connection, Executor};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long the outcome of a trial write counts. Each writes and synchronizes some kilobytes, and whoever asks may ask often.
const COUNTS_FOR: Duration = Duration::from_secs(2);
/// The row that trial writes change, so that the database does not grow. Each gives it another value: SQLite writes nothing to the disk for a
/// row that gets the value that it has.
const ROW: &str = "write_check";
/// A table of one connection of PostgreSQL. Its file is empty again after each commit, so that each insert needs room on the disk. Without the
/// setting, it could be on another disk than the database.
const ROOM: &str = "SET temp_tablespaces = ''; CREATE TEMP TABLE hindcast_room (n BIGINT) ON COMMIT DELETE ROWS";
/// Takes eight pages of 8 KiB.
const USE_ROOM: &str = "INSERT INTO pg_temp.hindcast_room SELECT generate_series(1, 1700)";
/// How long one such table is kept: PostgreSQL cannot vacuum it, and keeps old transaction IDs while it exists.
const ROOM_LASTS: Duration = Duration::from_secs(3600);
/// PostgreSQL's `insufficient_privilege`: the account may not create temporary tables.
const MAY_NOT: &str = "42501";

/// A connection for nothing but asking: under load the connections of the pools may all be lent out.
#[derive(Debug)]
struct Asker {
    conn: Conn,
    /// When [`ROOM`] was run on it.
    room_since: Option<Instant>,
}

impl Asker {
    async fn connect(options: &AnyConnectOptions) -> Result<Self, sqlx::Error> {
        Ok(Asker { conn: Conn::connect_with(options).await?, room_since: None })
    }

    async fn is_answered(&mut self) -> bool {
        self.conn.execute("SELECT seq FROM audit_head").await.is_ok()
    }

    async fn use_room(&mut self) -> Result<(), sqlx::Error> {
        if self.room_since.is_none() {
            self.conn.execute(ROOM).await?;
            self.room_since = Some(Instant::now());
        }
        self.conn.execute(USE_ROOM).await.map(|_| ())
    }
}

/// What is asked with, and what was answered last.
#[derive(Debug)]
pub(crate) struct Readiness {
    options: AnyConnectOptions,
    asker: Mutex<Option<Asker>>,
    /// When a write was last tried, and the kind of what went wrong with it.
    last: Mutex<Option<(Instant, Result<(), Unready>)>>,
    /// Up to when the damage that was seen is known to be mended ([`fault::damage`]).
    mended: AtomicU64,
}

/// Why the record cannot do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unready {
    /// The database does not answer in time.
    Silent,
    /// It answers and does not take a change, for this reason.
    NoWrite(String),
    /// Damage was seen in it, and is still there.
    Damaged(String),
}

impl Readiness {
    pub(crate) fn new(options: AnyConnectOptions) -> Self {
        Readiness { options, asker: Mutex::new(None), last: Mutex::new(None), mended: AtomicU64::new(fault::damage()) }
    }

    /// Closes the connection and waits for it: closing the last one may still write to the file.
    pub(crate) async fn close(&self) {
        if let Some(asker) = self.asker.lock().await.take() {
            asker.conn.close().await.ok();
        }
    }

    pub(crate) async fn answers(&self) -> bool {
        let mut kept = self.asker.lock().await;
        // Taken out while it is asked: one that does not answer is not asked again.
        if let Some(mut asker) = kept.take()
            && asker.is_answered().await
        {
            *kept = Some(asker);
            return true;
        }
        let Ok(mut asker) = Asker::connect(&self.options).await else { return false };
        let answered = asker.is_answered().await;
        *kept = answered.then_some(asker);
        answered
    }

    /// Whether PostgreSQL's disk has room. A row that replaces itself does not tell: its new version fits on the page of the old one.
    async fn has_room(&self) -> Result<(), StoreError> {
        let mut kept = self.asker.lock().await;
        let is_old = |asker: &Asker| asker.room_since.is_some_and(|since| since.elapsed() > ROOM_LASTS);
        let mut asker = match kept.take().filter(|asker| !is_old(asker)) {
            Some(asker) => asker,
            None => Asker::connect(&self.options).await?,
        };
        match asker.use_room().await {
            Ok(()) => {
                *kept = Some(asker);
                Ok(())
            }
            // Then the trial write alone tells.
            Err(e) if e.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == MAY_NOT) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
}

impl Store {
    /// True when the database answers within some time. How many others use it does not count.
    pub async fn answers(&self, within: Duration) -> bool {
        tokio::time::timeout(within, self.readiness.answers()).await.unwrap_or(false)
    }

    /// Whether the database answers within some time and takes a change: one row is written, with SQLite also a small
    /// file beside the evidence, and with PostgreSQL some pages of a temporary table. While others hold every connection, that it answers is
    /// enough: busy is not down.
    ///
    /// # Errors
    /// [`Unready`] says what does not work.
    pub async fn ready(&self, within: Duration) -> Result<(), Unready> {
        let asked = Instant::now();
        if !self.answers(within).await {
            return Err(Unready::Silent);
        }
        // Whoever asks meanwhile waits for the same outcome, within their time.
        let left = within.saturating_sub(asked.elapsed());
        let slow = || match fault::damage() > self.readiness.mended.load(Ordering::Acquire) {
            true => Err(Unready::Damaged("the check of the database has not ended yet".to_owned())),
            false => Ok(()),
        };
        tokio::time::timeout(left, self.takes_a_change()).await.unwrap_or_else(|_| slow())
    }

    async fn takes_a_change(&self) -> Result<(), Unready> {
        let mut last = self.readiness.last.lock().await;
        if let Some((at, outcome)) = last.as_ref()
            && at.elapsed() < COUNTS_FOR
        {
            return outcome.clone();
        }
        if let Err(unready) = self.is_mended().await {
            *last = Some((Instant::now(), Err(unready.clone())));
            return Err(unready);
        }
        let outcome = match self.try_write().await {
            // Nobody was given a connection or a lock in time.
            Err(e @ StoreError::Database(_)) if e.is_passing() => Ok(()),
            Err(e) => Err(Unready::NoWrite(e.to_string())),
            Ok(()) => Ok(()),
        };
        *last = Some((Instant::now(), outcome.clone()));
        outcome
    }

    /// Whether the damage that some request met is gone. A write alone does not meet a damaged page under a list. Only a database file is
    /// looked through; PostgreSQL cannot be asked.
    async fn is_mended(&self) -> Result<(), Unready> {
        let seen = fault::damage();
        if self.database == Database::Postgres || seen <= self.readiness.mended.load(Ordering::Acquire) {
            return Ok(());
        }
        let damaged = |what: String| Err(Unready::Damaged(what));
        // One of its own: what another connection holds in memory may be whole.
        let mut conn = match Conn::connect_with(&self.readiness.options).await {
            Ok(conn) => conn,
            Err(e) => return damaged(e.to_string()),
        };
        let faults = check::database(&mut conn).await;
        conn.close().await.ok();
        match faults {
            Ok(faults) if faults.is_empty() => {
                self.readiness.mended.fetch_max(seen, Ordering::AcqRel);
                Ok(())
            }
            Ok(faults) => damaged(faults.join("; ")),
            Err(e) => damaged(e.to_string()),
        }
    }

    async fn try_write(&self) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        settings::turn(&mut tx, ROW).await?;
        self.blobs.try_write().await?;
        tx.commit().await?;
        match self.database {
            Database::Sqlite => Ok(()),
            Database::Postgres => self.readiness.has_room().await,
        }
    }
}
