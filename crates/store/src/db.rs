//! One database in one of two places, opened, brought up to date, and closed.

use crate::blobs::Blobs;
use crate::incidents::Counted;
use crate::readers::{Kept, ReadConn, Readers, SURE};
use crate::readiness::Readiness;
use crate::{StoreError, check, fault, migrate};
use log::LevelFilter;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Connection, Executor};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

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

/// Which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    /// A file; one change at a time.
    Sqlite,
    /// A server.
    Postgres,
}

/// The database file in a data directory.
pub(crate) const FILE: &str = "hindcast.db";
/// A file that keeps Git from taking in what is beside it.
pub(crate) const IGNORE: &str = ".gitignore";

/// What the request that asks for a connection holds.
#[derive(Clone, Default)]
pub(crate) struct Keeper(Option<Arc<dyn Fn() -> Kept + Send + Sync>>);

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keeper")
    }
}

/// The record.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) writers: AnyPool,
    pub(crate) readers: Readers,
    /// One connection, with which a change that holds the log's head reads what was committed before it ([`crate::chain`]). One that it had to
    /// share with readers could be kept from it by those who wait for this change.
    pub(crate) committed: AnyPool,
    pub(crate) readiness: Arc<Readiness>,
    pub(crate) database: Database,
    pub(crate) blobs: Blobs,
    pub(crate) counted: Arc<Counted>,
    pub(crate) keeper: Keeper,
    /// True once the record is open: what brings it up to date may take its time, and a change may not.
    pub(crate) is_open: bool,
}

/// How long a request waits for a connection before it is told that the database is busy.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a start waits for PostgreSQL, and how long between two tries.
const START: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(500);
/// How long a start waits between two tries for a file that another program holds for a moment.
const SHORTLY: Duration = Duration::from_millis(20);
/// Connections of one server to PostgreSQL, for reading and for changes; its default limit is 100 for all.
const POSTGRES_READERS: u32 = 10;
const POSTGRES_WRITERS: u32 = 6;
/// PostgreSQL asks a silent connection after 10 seconds whether it is still there, and gives it up after 10 more; and after 20 where nothing of
/// what it sends is taken. By default that takes hours.
const NOTICES_WHO_IS_GONE: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2; SET tcp_user_timeout = '20s'";
/// Readers of one SQLite file; more than this many threads gain nothing.
const SQLITE_READERS: u32 = 8;

impl Store {
    /// Cached counts for [`crate::incidents::mix`].
    pub fn counted(&self) -> &Counted {
        &self.counted
    }

    /// The record, made where there is none, with its schema up to date.
    pub(crate) async fn connect(place: &Place) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let store = match place {
            Place::Folder(folder) => Self::sqlite(folder).await?,
            Place::Postgres(url) => Self::postgres(url).await?,
        };
        let mut conn = store.writers.acquire().await?;
        if let Place::Folder(folder) = place {
            let file = folder.join(FILE);
            until_free(async || {
                check::at_start(&mut conn, &file).await?;
                Ok(conn.execute("PRAGMA journal_mode = WAL").await.map(|_| ())?)
            })
            .await?;
        }
        migrate::run(&mut conn, store.database).await?;
        drop(conn);
        if store.database == Database::Sqlite {
            // While one connection is open, SQLite keeps its shared-memory file, and on a full disk others can still be opened to read.
            store.readiness.answers().await;
        }
        Ok(store)
    }

    /// The record as it is, on connections that cannot write. A read takes as long as it takes.
    pub(crate) async fn connect_read_only(place: &Place) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let (url, database, blobs) = match place {
            Place::Folder(folder) => {
                let folder = tokio::fs::canonicalize(folder).await?;
                (sqlite_url(&folder.join(FILE), "ro")?, Database::Sqlite, Blobs::Folder(folder.join("evidence")))
            }
            Place::Postgres(url) => (url.clone(), Database::Postgres, Blobs::Table),
        };
        let options = quiet(AnyConnectOptions::from_str(&url)?);
        let pool = AnyPoolOptions::new().max_connections(2).acquire_timeout(PATIENCE).after_connect(move |conn, _| {
            let only = match database {
                Database::Sqlite => "PRAGMA busy_timeout = 10000; PRAGMA query_only = ON",
                Database::Postgres => "SET default_transaction_read_only = on",
            };
            Box::pin(async move { conn.execute(only).await.map(|_| ()) })
        });
        let readers = pool.connect_lazy_with(options.clone());
        let readiness = Arc::new(Readiness::new(options));
        let (writers, committed) = (readers.clone(), readers.clone());
        let readers = Readers::new(readers);
        Ok(Store {
            writers,
            readers,
            committed,
            readiness,
            database,
            blobs,
            counted: Arc::default(),
            keeper: Keeper::default(),
            is_open: false,
        })
    }

    async fn sqlite(folder: &Path) -> Result<Self, StoreError> {
        tokio::fs::create_dir_all(folder).await?;
        private(folder).await?;
        let folder = tokio::fs::canonicalize(folder).await?;
        ignore(&folder).await;
        let url = sqlite_url(&folder.join(FILE), "rwc")?;
        // One writer: SQLite has one anyway, and waiting for a connection is fairer than its busy handler. Nothing here touches the
        // file: the pool would try again until the time is over, and then tell that instead of what is wrong with the file.
        let pool = |most: u32| {
            AnyPoolOptions::new()
                .max_connections(most)
                .acquire_timeout(PATIENCE)
                .after_connect(|conn, _| {
                    Box::pin(async move {
                        conn.execute("PRAGMA busy_timeout = 10000").await?;
                        conn.execute("PRAGMA foreign_keys = ON").await?;
                        // Kilobytes of the file that a connection holds in memory: with the default of two megabytes, a record of
                        // thousands of incidents is read from the system again and again. This reads the file; whether it can be
                        // read is told by the first statement that somebody needs.
                        conn.execute("PRAGMA cache_size = -16384").await.ok();
                        Ok(())
                    })
                })
                // There is nobody at the other end who could go away, so that nothing has to be asked before each use.
                .test_before_acquire(false)
                // A connection that was open when the disk or the file failed may hold on to what it saw then.
                .before_acquire(|_, meta| Box::pin(async move { Ok(!fault::saw_fault(meta.age)) }))
        };
        let options = quiet(AnyConnectOptions::from_str(&url)?);
        let writers = pool(1).connect_with(options.clone()).await?;
        let readers = Readers::new(pool(SQLITE_READERS).connect_lazy_with(options.clone()));
        let committed = pool(1).connect_lazy_with(options.clone());
        let readiness = Arc::new(Readiness::new(options));
        let blobs = Blobs::Folder(folder.join("evidence"));
        Ok(Store {
            writers,
            readers,
            committed,
            readiness,
            database: Database::Sqlite,
            blobs,
            counted: Arc::default(),
            keeper: Keeper::default(),
            is_open: false,
        })
    }

    async fn postgres(url: &str) -> Result<Self, StoreError> {
        let options = quiet(AnyConnectOptions::from_str(url)?);
        until_it_answers(&options, START).await?;
        let pool = |most: u32| {
            let pool = AnyPoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
            pool.test_before_acquire(false).before_acquire(|conn, meta| {
                Box::pin(async move {
                    if meta.idle_for > SURE {
                        conn.ping().await?;
                    }
                    Ok(true)
                })
            })
        };
        let changes = pool(POSTGRES_WRITERS)
            .after_connect(|conn, _| Box::pin(async move { conn.execute(NOTICES_WHO_IS_GONE).await.map(|_| ()) }));
        let writers = changes.connect_with(options.clone()).await?;
        let committed = pool(1)
            .after_connect(|conn, _| Box::pin(async move { conn.execute(NOTICES_WHO_IS_GONE).await.map(|_| ()) }));
        let committed = committed.connect_lazy_with(options.clone());
        let readers = pool(POSTGRES_READERS).after_connect(|conn, _| {
            Box::pin(async move {
                conn.execute(NOTICES_WHO_IS_GONE).await?;
                conn.execute("SET statement_timeout = '10s'").await?;
                // Planning a search takes longer than the search, and its plan does not depend on what is searched for.
                conn.execute("SET plan_cache_mode = force_generic_plan").await?;
                Ok(())
            })
        });
        let readers = Readers::resting(readers.connect_lazy_with(options.clone()));
        let readiness = Arc::new(Readiness::new(options));
        Ok(Store {
            readers,
            writers,
            committed,
            readiness,
            database: Database::Postgres,
            blobs: Blobs::Table,
            counted: Arc::default(),
            keeper: Keeper::default(),
            is_open: false,
        })
    }

    /// A connection to read with. On PostgreSQL, a statement on it ends with [`StoreError::TooLong`] after 10 seconds. Where reads are many and
    /// short, give it back with [`ReadConn::done`].
    ///
    /// # Errors
    /// When the database does not answer in time.
    pub async fn reader(&self) -> Result<ReadConn, StoreError> {
        let mut conn = self.readers.take().await?;
        conn.keep(self.keeper.0.as_ref().map(|keep| keep()));
        Ok(conn)
    }

    /// The same record, whose connections to read with hold what `keep` gives until they are free again: a statement goes on where nobody waits for it
    /// any more, and whoever asked for it gets no other connection instead.
    pub fn keeping<T: Send + Sync + 'static>(self, keep: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Store { keeper: Keeper(Some(Arc::new(move || Box::new(keep())))), ..self }
    }

    /// Waits for what is under way and closes.
    pub async fn close(&self) {
        self.readiness.close().await;
        self.readers.close().await;
        self.committed.close().await;
        self.writers.close().await;
    }
}

/// Tries again while another program is in the way. Where several start on a new file at once, SQLite may refuse to read it, or to give it a
/// write-ahead log, without waiting for the others, whatever time it is given.
async fn until_free(mut attempt: impl AsyncFnMut() -> Result<(), StoreError>) -> Result<(), StoreError> {
    let until = Instant::now() + PATIENCE;
    loop {
        match attempt().await {
            Err(e @ StoreError::Database(_)) if e.is_passing() && Instant::now() < until => {
                tokio::time::sleep(SHORTLY).await
            }
            done => return done,
        }
    }
}

/// Waits for a database that is not there yet, as when both are started together. The log says so at once, and what was wrong with the last
/// try is what is told in the end; a refusal that time does not mend is told at once.
async fn until_it_answers(options: &AnyConnectOptions, patience: Duration) -> Result<(), StoreError> {
    let (began, mut told) = (Instant::now(), false);
    // Without the password.
    let url = &options.database_url;
    let place = format!("{}:{}", url.host_str().unwrap_or("the local socket"), url.port().unwrap_or(5432));
    loop {
        let left = patience.saturating_sub(began.elapsed());
        let error = match tokio::time::timeout(left, AnyConnection::connect_with(options)).await {
            Ok(Ok(conn)) => return conn.close().await.map_err(StoreError::from),
            Ok(Err(e)) => StoreError::from(e),
            Err(_) => StoreError::Database(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
        };
        if !error.is_passing() || began.elapsed() + AGAIN >= patience {
            tracing::error!("PostgreSQL at {place} cannot be used: {error}");
            return Err(error);
        }
        if !told {
            tracing::warn!(
                "PostgreSQL at {place} does not answer yet: {error}. Trying for {} seconds",
                patience.as_secs()
            );
            told = true;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Statements go to the log at the lowest level only: they may be slow, but they are no news.
pub(crate) fn quiet(options: AnyConnectOptions) -> AnyConnectOptions {
    options.log_statements(LevelFilter::Trace).log_slow_statements(LevelFilter::Trace, Duration::from_secs(1))
}

/// The address of a database file.
pub(crate) fn sqlite_url(file: &Path, mode: &str) -> Result<String, StoreError> {
    let Some(path) = file.to_str() else {
        return Err(StoreError::Invalid(format!("the path {} is not UTF-8", file.display())));
    };
    Ok(format!("sqlite://{}?mode={mode}", utf8_percent_encode(path, NON_ALPHANUMERIC)))
}

/// Evidence is not committed by accident where the folder is inside of a Git repository. A file that is there stays as it is, and a
/// folder that takes no writes tells that by itself.
pub(crate) async fn ignore(folder: &Path) {
    let file = folder.join(IGNORE);
    if !tokio::fs::try_exists(&file).await.unwrap_or(true) {
        tokio::fs::write(file, "# Evidence and the database stay out of Git.\n*\n").await.ok();
    }
}

/// Nobody but the owner may look into the data directory.
pub(crate) async fn private(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        tokio::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_that_does_not_answer_is_told_by_what_is_wrong_and_not_by_the_pool() {
        sqlx::any::install_default_drivers();
        // Nobody listens on this port, for it is given to nobody.
        let options = AnyConnectOptions::from_str("postgres://127.0.0.1:1/none").expect("reads");
        let began = Instant::now();
        let error = until_it_answers(&options, Duration::from_millis(1200)).await.expect_err("nobody is there");
        assert!(matches!(&error, StoreError::Database(sqlx::Error::Io(_))), "{error}");
        assert!(began.elapsed() >= AGAIN, "it was tried again");
    }

    /// A server that freezes in the middle of a change does not stop the others, also while it starts.
    #[tokio::test]
    async fn a_change_that_does_nothing_more_is_ended_also_at_a_start_on_postgresql() {
        let Some(url) = hindcast_testdb::database("stuck_at_start").await else { return };
        let place = Place::Postgres(url);
        let limit = async |store: &Store| {
            let mut tx = store.begin().await.expect("begins");
            let row = tx.fetch_one("SHOW idle_in_transaction_session_timeout").await.expect("answers");
            sqlx::Row::get::<String, _>(&row, 0)
        };
        assert_eq!(limit(&Store::connect(&place).await.expect("connects")).await, "1min");
        assert_eq!(limit(&Store::open(&place).await.expect("opens")).await, "15s");
    }

    #[tokio::test]
    async fn a_data_directory_stays_out_of_git_and_keeps_a_file_that_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, file) = (folder.path().join("data"), folder.path().join("data").join(IGNORE));
        let open = async || Store::open(&Place::Folder(data.clone())).await.expect("opens").close().await;
        open().await;
        let text = std::fs::read_to_string(&file).expect("is there");
        assert!(text.lines().any(|line| line == "*"), "{text}");
        std::fs::write(&file, "evidence/").expect("writes");
        open().await;
        assert_eq!(std::fs::read_to_string(&file).expect("is there"), "evidence/");
    }

    /// SQLite reads the value that is bound to a bare `LIMIT $n` while it plans, so it plans again for each execution. That takes a tenth of
    /// the time of a page. It does not read the value of `$n + 0`.
    #[test]
    fn no_statement_is_planned_anew_for_its_limit() {
        let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut limits = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("lists").map(|e| e.expect("an entry").path()) {
                if entry.is_dir() {
                    folders.push(entry);
                    continue;
                }
                let text = std::fs::read_to_string(&entry).expect("reads");
                let bound = text.split("LIMIT $").skip(1).filter(|t| t.starts_with(|c: char| c.is_ascii_digit()));
                for rest in bound.map(|t| t.trim_start_matches(|c: char| c.is_ascii_digit())) {
                    limits += 1;
                    let line = rest.lines().next().unwrap_or_default();
                    assert!(rest.starts_with(" + 0"), "{}: LIMIT ...{line}", entry.display());
                }
            }
        }
        assert!(limits > 20);
    }
}
