//! A server on a port of its own, on a database of its own, at a time that stands still.

use super::Client;
use hindcast_server::{Clock, Config, Server, Worker};
use hindcast_store::refusals::{ACCESS_DENIED, SIGN_IN_FAILED};
use hindcast_store::{Place, Store, chain};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// When every test begins: a Wednesday.
pub const NOW: &str = "2026-11-25T10:00:00Z";

/// A row of the log.
#[derive(Debug)]
pub struct Row {
    pub kind: String,
    pub account: String,
    pub subject: String,
    pub data: String,
}

/// A server that answers until it is dropped.
pub struct App {
    base: String,
    link: String,
    place: Place,
    now: Arc<Mutex<Timestamp>>,
    store: Store,
    worker: Worker,
    /// Stops the server when it is dropped.
    _stop: oneshot::Sender<()>,
    /// Holds the database.
    _folder: Option<TempDir>,
}

impl App {
    /// On SQLite in a folder of its own.
    pub async fn sqlite() -> App {
        App::sqlite_with(|_| {}).await
    }

    /// The same, started otherwise than usual.
    pub async fn sqlite_with(change: impl FnOnce(&mut Config)) -> App {
        let folder = tempfile::tempdir().expect("a folder");
        let mut app = App::start(Place::Folder(folder.path().join("data")), change).await;
        app._folder = Some(folder);
        app
    }

    /// The same by the machine's clock, which cannot be set.
    pub async fn by_the_clock(change: impl FnOnce(&mut Config)) -> App {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::Folder(folder.path().join("data"));
        let mut app = App::start_by(Clock::System, place, change).await;
        app._folder = Some(folder);
        app
    }

    /// On SQLite in this folder.
    pub async fn in_folder(folder: &Path) -> App {
        App::start(Place::Folder(folder.to_owned()), |_| {}).await
    }

    /// On PostgreSQL, in a database of its own; `None` where there is no server to make it on.
    pub async fn postgres(name: &str) -> Option<App> {
        Some(App::start(Place::Postgres(hindcast_testdb::database(name).await?), |_| {}).await)
    }

    /// Another server on the same record.
    pub async fn another(&self) -> App {
        App::start(self.place.clone(), |_| {}).await
    }

    /// The same, started otherwise than usual, at the same time.
    pub async fn sharing(&self, change: impl FnOnce(&mut Config)) -> App {
        let app = App::start_by(Clock::Fixed(Arc::clone(&self.now)), self.place.clone(), change).await;
        App { now: Arc::clone(&self.now), ..app }
    }

    async fn start(place: Place, change: impl FnOnce(&mut Config)) -> App {
        let now = Arc::new(Mutex::new(NOW.parse().expect("a time")));
        let app = App::start_by(Clock::Fixed(Arc::clone(&now)), place, change).await;
        App { now, ..app }
    }

    async fn start_by(clock: Clock, place: Place, change: impl FnOnce(&mut Config)) -> App {
        let now = Arc::new(Mutex::new(clock.now()));
        let listen = "127.0.0.1:0".parse().expect("an address");
        let mut config = Config::new(place.clone(), listen);
        change(&mut config);
        let server = Server::bind(config, clock).await.expect("starts");
        let base = format!("http://{}", server.address());
        // Where somebody has an account, there is none.
        let link = server.link().unwrap_or("").to_owned();
        let worker = server.worker();
        let (_stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(async move {
            stopped.await.ok();
        }));
        let store = Store::open(&place).await.expect("opens");
        App { base, link, place, now, store, worker, _stop, _folder: None }
    }

    /// Where it answers.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The path of the link that the server printed at its first start.
    pub fn first_link(&self) -> String {
        path_of(&self.link)
    }

    /// Somebody's browser, with nothing in it.
    pub fn browser(&self) -> Client {
        Client::new(&self.base)
    }

    /// Lets time pass.
    pub fn wait(&self, span: SignedDuration) {
        let mut now = self.now.lock().expect("the clock");
        *now = now.checked_add(span).expect("a time");
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        *self.now.lock().expect("the clock")
    }

    /// Does the jobs whose time has come, and tells how many.
    pub async fn run_jobs(&self) -> usize {
        self.worker.run_due().await.expect("the database answers")
    }

    /// Where the record is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The record, for what two people do at the same moment.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Changes what only somebody with the database in hand can change.
    pub async fn tamper(&self, sql: &'static str) {
        let mut tx = self.store.begin().await.expect("begins");
        sqlx::query(sql).execute(&mut *tx).await.expect("changes");
        tx.commit().await.expect("commits");
    }

    /// Damages the bytes of every piece of evidence, as a bad disk does.
    pub async fn damage(&self) {
        match &self._folder {
            None => self.tamper("UPDATE blob SET packed = decode('00', 'hex')").await,
            Some(folder) => {
                for file in std::fs::read_dir(folder.path().join("data/evidence")).expect("lists") {
                    std::fs::write(file.expect("a file").path(), [0]).expect("damages");
                }
            }
        }
    }

    /// How many changes the audit log has. Whatever changes the record adds a row, and the chain is whole. Refusals change nothing.
    pub async fn changes(&self) -> i64 {
        let audit = chain::verify(&mut self.store.reader().await.expect("reads")).await.expect("checks");
        assert_eq!(audit.faults, Vec::<String>::new());
        self.events().await.iter().filter(|e| ![SIGN_IN_FAILED, ACCESS_DENIED].contains(&e.kind.as_str())).count()
            as i64
    }

    /// Everything in the log, in order.
    pub async fn events(&self) -> Vec<Row> {
        let rows = sqlx::query_as("SELECT kind, account, subject, data FROM event ORDER BY seq");
        let rows = rows.fetch_all(&mut *self.store.reader().await.expect("reads")).await.expect("reads");
        let row = |(kind, account, subject, data)| Row { kind, account, subject, data };
        rows.into_iter().map(row).collect()
    }

    /// The rows of a kind, once there are so many.
    pub async fn refusals(&self, kind: &str, many: usize) -> Vec<Row> {
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let mut rows = self.events().await;
            rows.retain(|e| e.kind == kind);
            if rows.len() >= many || tokio::time::Instant::now() > until {
                assert_eq!(rows.len(), many, "{kind}: {rows:?}");
                return rows;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The path of an address, whichever server it names.
pub fn path_of(link: &str) -> String {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    rest[rest.find('/').expect("a path")..].to_owned()
}
