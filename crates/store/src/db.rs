//! One database in one of two places, opened, brought up to date, and closed.

use crate::blobs::Blobs;
use crate::{StoreError, schema};
use log::LevelFilter;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions, Connection, Executor, Transaction};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A connection, whichever database it leads to.
pub type Conn = AnyConnection;

/// Where the record is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A data directory with `hindcast.db` and `evidence/`.
    Folder(PathBuf),
    /// A PostgreSQL server's address, `postgres://user@host/database`; several servers may share it.
    Postgres(String),
}

/// The record.
#[derive(Debug, Clone)]
pub struct Store {
    writers: AnyPool,
    readers: AnyPool,
    probe: Arc<Probe>,
    begin: &'static str,
    pub(crate) blobs: Blobs,
}

/// One connection for nothing but asking whether the database answers: under load those of the pools may all be lent out.
#[derive(Debug)]
struct Probe {
    options: AnyConnectOptions,
    conn: Mutex<Option<Conn>>,
}

impl Probe {
    fn new(options: AnyConnectOptions) -> Self {
        Probe { options, conn: Mutex::new(None) }
    }

    async fn answers(&self) -> bool {
        let mut kept = self.conn.lock().await;
        // Taken out while it is asked: one that does not answer is not asked again.
        if let Some(mut conn) = kept.take()
            && ask(&mut conn).await
        {
            *kept = Some(conn);
            return true;
        }
        let Ok(mut conn) = Conn::connect_with(&self.options).await else { return false };
        let answered = ask(&mut conn).await;
        *kept = answered.then_some(conn);
        answered
    }
}

async fn ask(conn: &mut Conn) -> bool {
    sqlx::query("SELECT seq FROM audit_head").execute(conn).await.is_ok()
}

/// A change in the making: all of it, or nothing.
pub struct Tx {
    inner: Transaction<'static, Any>,
}

impl Tx {
    /// Makes the change last.
    ///
    /// # Errors
    /// When the database does not answer; then the change may or may not have been made.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.inner.commit().await?)
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.inner
    }
}

/// How long a request waits for a connection before it is told that the database is busy.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections of one server to PostgreSQL; its default limit is 100 for all.
const POSTGRES_CONNECTIONS: u32 = 16;
/// Readers of one SQLite file; more than this many threads gain nothing.
const SQLITE_READERS: u32 = 8;

impl Store {
    /// The record, made where there is none, with its schema up to date.
    pub(crate) async fn connect(place: &Place) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let store = match place {
            Place::Folder(folder) => Self::sqlite(folder).await?,
            Place::Postgres(url) => Self::postgres(url).await?,
        };
        let blobs = matches!(place, Place::Postgres(_));
        let mut conn = store.writers.acquire().await?;
        Migrator::with_migrations(schema::steps(blobs)).run(&mut *conn).await?;
        drop(conn);
        Ok(store)
    }

    async fn sqlite(folder: &Path) -> Result<Self, StoreError> {
        tokio::fs::create_dir_all(folder).await?;
        private(folder).await?;
        let folder = tokio::fs::canonicalize(folder).await?;
        let file = folder.join("hindcast.db");
        let Some(path) = file.to_str() else {
            return Err(StoreError::Invalid(format!("the path {} is not UTF-8", file.display())));
        };
        let url = format!("sqlite://{}?mode=rwc", utf8_percent_encode(path, NON_ALPHANUMERIC));
        // One writer: SQLite has one anyway, and waiting for a connection is fairer than its busy handler. Full
        // synchronisation: what was acknowledged survives a loss of power.
        let pool = |most: u32| {
            AnyPoolOptions::new().max_connections(most).acquire_timeout(PATIENCE).after_connect(|conn, _| {
                Box::pin(async move {
                    conn.execute("PRAGMA busy_timeout = 10000").await?;
                    conn.execute("PRAGMA journal_mode = WAL").await?;
                    conn.execute("PRAGMA synchronous = FULL").await?;
                    conn.execute("PRAGMA foreign_keys = ON").await?;
                    Ok(())
                })
            })
        };
        let options = quiet(AnyConnectOptions::from_str(&url)?);
        let writers = pool(1).connect_with(options.clone()).await?;
        let readers = pool(SQLITE_READERS).connect_lazy_with(options.clone());
        let probe = Arc::new(Probe::new(options));
        Ok(Store { writers, readers, probe, begin: "BEGIN IMMEDIATE", blobs: Blobs::Folder(folder.join("evidence")) })
    }

    async fn postgres(url: &str) -> Result<Self, StoreError> {
        let options = quiet(AnyConnectOptions::from_str(url)?);
        let pool = AnyPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(PATIENCE);
        let pool = pool.connect_with(options.clone()).await?;
        let probe = Arc::new(Probe::new(options));
        Ok(Store { readers: pool.clone(), writers: pool, probe, begin: "BEGIN", blobs: Blobs::Table })
    }

    /// Begins a change.
    ///
    /// # Errors
    /// When the database does not answer in time.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx { inner: self.writers.begin_with(self.begin).await? })
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// When the database does not answer in time.
    pub async fn reader(&self) -> Result<sqlx::pool::PoolConnection<Any>, StoreError> {
        Ok(self.readers.acquire().await?)
    }

    /// True when the database answers within some time. How many others use it does not count.
    pub async fn is_ready(&self, within: Duration) -> bool {
        tokio::time::timeout(within, self.probe.answers()).await.unwrap_or(false)
    }

    /// Waits for what is under way and closes.
    pub async fn close(&self) {
        self.probe.conn.lock().await.take();
        self.readers.close().await;
        self.writers.close().await;
    }
}

/// Statements go to the log at the lowest level only: they may be slow, but they are no news.
fn quiet(options: AnyConnectOptions) -> AnyConnectOptions {
    options.log_statements(LevelFilter::Trace).log_slow_statements(LevelFilter::Trace, Duration::from_secs(1))
}

/// Nobody but the owner may look into the data directory.
async fn private(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        tokio::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).await?;
    }
    Ok(())
}
