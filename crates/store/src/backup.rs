//! A copy of a record that is consistent while a server writes to it.
//!
//! Whatever database a record is in, its backup is a folder with a SQLite database, the evidence that this database names, and a
//! manifest. The database is copied first: every row was committed after the file that it names, so that no row of the copy lacks
//! its file, unless somebody erased it meanwhile. Then the copy is made again, so that erased evidence is never kept.

pub(crate) mod error;
mod evidence;
mod folder;
pub mod manifest;
pub(crate) mod tables;

pub use error::BackupError;
pub use manifest::Manifest;

pub use tables::TABLES;

pub(crate) use folder::{is_empty, keep_private};

use crate::db::FILE;
use crate::{Conn, Place, check, direct, schema};
use evidence::Copied;
use jiff::Timestamp;
use manifest::{EVIDENCE, FORMAT};
use sqlx::{Executor, Row};
use std::path::Path;

/// The oldest schema that can be copied: the first with evidence that may be erased.
const OLDEST: i64 = 5;
/// How often a copy is made because evidence was erased meanwhile. The last time, changes wait: nearly everything is copied by then.
const TRIES: usize = 3;

/// Copies a record into a new or empty folder, and tells what is in it.
///
/// # Errors
/// [`BackupError::Out`] if the folder is not empty or cannot be written; [`BackupError::Store`] if the record cannot be read. Then
/// the folder is left empty.
pub async fn run(place: &Place, out: &Path, at: Timestamp) -> Result<Manifest, BackupError> {
    let mut live = direct::connect(place).await?;
    let schema = known_schema(&mut live).await?;
    folder::prepare(out).await?;
    let made = copy(place, &mut live, out, schema, at).await;
    direct::close(live).await;
    if made.is_err() {
        folder::clear(out).await;
    }
    made
}

/// The version of the schema, where this program can copy it.
async fn known_schema(live: &mut Conn) -> Result<i64, BackupError> {
    let newest = schema::newest();
    match direct::version(live).await? {
        Some(version) if (OLDEST..=newest).contains(&version) => Ok(version),
        Some(version) if version < OLDEST => Err(BackupError::Record(format!(
            "the database has schema version {version}, and a backup needs {OLDEST} or later. Start the server once to update it"
        ))),
        Some(version) => Err(BackupError::Record(format!(
            "the database has schema version {version}, and this program knows {newest} at most. Use the program version of the server"
        ))),
        None => Err(BackupError::Record("the database contains no Hindcast data".to_owned())),
    }
}

async fn copy(place: &Place, live: &mut Conn, out: &Path, schema: i64, at: Timestamp) -> Result<Manifest, BackupError> {
    let file = out.join(FILE);
    let mut copied = Copied::new(out.join(EVIDENCE));
    for nth in 1..=TRIES {
        folder::remove(&file).await?;
        let held = if nth == TRIES { Some(hold(place).await?) } else { None };
        begin(live).await?;
        let round = round(place, live, &file, schema, &mut copied).await;
        end(live).await?;
        let erased_now = erased(live).await;
        if let Some(held) = held {
            // Ends its transaction as well.
            direct::close(held).await;
        }
        let (erased, head) = round?;
        // An erasure is never undone, so that their number tells whether there was one.
        if erased == erased_now? {
            return finish(out, copied, schema, at, live.backend_name(), head).await;
        }
    }
    Err(BackupError::Record(
        "evidence was erased each time while it was copied. Make the backup again later".to_owned(),
    ))
}

/// Keeps every change waiting until the connection is closed.
async fn hold(place: &Place) -> Result<Conn, BackupError> {
    let mut conn = direct::connect(place).await?;
    match place {
        Place::Folder(_) => conn.execute("BEGIN IMMEDIATE").await?,
        // Every change queues at the log's head.
        Place::Postgres(_) => conn.execute("BEGIN; UPDATE audit_head SET seq = seq WHERE id = 1").await?,
    };
    Ok(conn)
}

/// With PostgreSQL, everything is read as it is at one moment. With SQLite, one statement copies the database.
async fn begin(live: &mut Conn) -> Result<(), BackupError> {
    if live.backend_name() == "PostgreSQL" {
        live.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    }
    Ok(())
}

async fn end(live: &mut Conn) -> Result<(), BackupError> {
    if live.backend_name() == "PostgreSQL" {
        live.execute("ROLLBACK").await?;
    }
    Ok(())
}

/// Copies the database and the evidence that the copy names; gives how much of it was erased, and the head of the audit log.
async fn round(
    place: &Place,
    live: &mut Conn,
    file: &Path,
    schema: i64,
    copied: &mut Copied,
) -> Result<(i64, String), BackupError> {
    let mut copy = match place {
        Place::Folder(_) => {
            let path = file.to_str().ok_or_else(|| BackupError::Out(format!("{} is not UTF-8", file.display())))?;
            sqlx::query("VACUUM INTO $1").bind(path).execute(&mut *live).await?;
            direct::file(file).await?
        }
        Place::Postgres(_) => {
            let mut copy = direct::new_file(file, schema).await?;
            copy.execute("BEGIN").await?;
            tables::copy_all(live, &mut copy).await?;
            copy.execute("COMMIT").await?;
            copy
        }
    };
    let ids = check::all_evidence(&mut copy).await?;
    match place {
        Place::Folder(folder) => copied.copy_folder(&folder.join(EVIDENCE), &ids).await?,
        Place::Postgres(_) => copied.copy_table(live, &ids).await?,
    }
    let found = (erased(&mut copy).await?, head(&mut copy).await?);
    direct::close(copy).await;
    Ok(found)
}

async fn erased(conn: &mut Conn) -> Result<i64, BackupError> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM evidence WHERE erased_at IS NOT NULL").fetch_one(conn).await?;
    Ok(row.try_get("n")?)
}

/// As `hindcast audit verify` prints it.
async fn head(conn: &mut Conn) -> Result<String, BackupError> {
    let row = sqlx::query("SELECT seq, hash FROM audit_head WHERE id = 1").fetch_one(conn).await?;
    Ok(format!("{}:{}", row.try_get::<i64, _>("seq")?, row.try_get::<String, _>("hash")?))
}

/// Writes the manifest last, so that a folder without one is no backup.
async fn finish(
    out: &Path,
    copied: Copied,
    schema: i64,
    made_at: Timestamp,
    database: &str,
    audit_head: String,
) -> Result<Manifest, BackupError> {
    let Copied { missing, damaged, files, .. } = copied;
    let mut all = vec![manifest::entry(out, FILE).await?];
    all.extend(files.into_values());
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        made_at,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        database: database.to_lowercase(),
        schema,
        audit_head,
        missing: missing.into_iter().collect(),
        damaged: damaged.into_iter().collect(),
        files: all,
    };
    manifest.write(out).await?;
    Ok(manifest)
}
