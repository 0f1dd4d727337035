//! A record of a stage's own, gone after it.

use crate::filled::Error;
use crate::program::Program;
use hindcast_store::Place;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// What a record is kept in.
#[derive(Clone)]
pub enum Base {
    Sqlite,
    /// A server, as the URL of a database on it, and the databases made there.
    Postgres {
        url: String,
        made: Arc<Mutex<Vec<String>>>,
    },
}

impl Base {
    pub fn postgres(url: String) -> Self {
        sqlx::any::install_default_drivers();
        Base::Postgres { url, made: Arc::default() }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Base::Sqlite => "SQLite",
            Base::Postgres { .. } => "PostgreSQL",
        }
    }

    /// Drops the databases that a stage made.
    pub async fn clear(&self) {
        let Base::Postgres { url, made } = self else { return };
        let names = std::mem::take(&mut *made.lock().expect("a list"));
        let Ok(mut conn) = AnyConnection::connect(url).await else { return };
        for name in names {
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            if let Err(e) = conn.execute(AssertSqlSafe(drop)).await {
                eprintln!("siege: the database {name} is left: {e}");
            }
        }
    }
}

/// An empty record, and a folder for what belongs to it.
pub struct Record {
    pub place: Place,
    folder: TempDir,
}

impl Record {
    pub async fn new(base: &Base) -> Result<Self, Error> {
        let folder = tempfile::tempdir()?;
        let place = match base {
            Base::Sqlite => Place::Folder(folder.path().join("data")),
            Base::Postgres { url, made } => {
                let name = {
                    let mut made = made.lock().expect("a list");
                    let name = format!("hindcast_siege_{}_{}", std::process::id(), made.len());
                    made.push(name.clone());
                    name
                };
                create_database(url, &name, "").await?;
                Place::Postgres(beside(url, &name)?)
            }
        };
        Ok(Record { place, folder })
    }

    /// A record at a place that somebody else made.
    pub fn at(place: Place) -> Result<Self, Error> {
        Ok(Record { place, folder: tempfile::tempdir()? })
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// How the program is told of it.
    pub fn arguments(&self) -> [String; 2] {
        match &self.place {
            Place::Folder(folder) => ["--data".to_owned(), folder.display().to_string()],
            Place::Postgres(url) => ["--database".to_owned(), url.clone()],
        }
    }

    /// Starts a server on it, and waits until it listens. The name is that of its log.
    pub fn serve(&self, log: &str) -> Program {
        let [option, value] = self.arguments();
        tokio::task::block_in_place(|| Program::start(&[&option, &value], self.path(log)))
    }

    /// As [`Self::serve`], where there are accounts already: the program prints no link then.
    pub fn serve_filled(&self, log: &str) -> Result<Program, Error> {
        let [option, value] = self.arguments();
        let (mut server, mut lines) = Program::begin(&[&option, &value], self.path(log));
        let line = tokio::task::block_in_place(|| lines.next()).unwrap_or_default();
        let base = line.strip_prefix("Hindcast is listening on ");
        server.base = base.ok_or_else(|| format!("the server did not start: {}", server.logged()))?.to_owned();
        Ok(server)
    }
}

/// Makes a database. The name and the options are no input from outside.
pub async fn create_database(url: &str, name: &str, options: &str) -> Result<(), Error> {
    let mut conn = AnyConnection::connect(url).await?;
    conn.execute(AssertSqlSafe(format!("CREATE DATABASE {name} {options}"))).await?;
    Ok(conn.close().await?)
}

/// The URL of another database on the same server.
pub fn beside(url: &str, name: &str) -> Result<String, Error> {
    let mut other = url::Url::parse(url)?;
    other.set_path(name);
    Ok(other.into())
}
