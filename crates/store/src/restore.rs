//! A record from a backup, in an empty place: a data directory or a PostgreSQL database, whichever the backup was made of.

use crate::backup::manifest::{self, EVIDENCE, Manifest};
use crate::backup::{BackupError, error, is_empty, keep_private, tables};
use crate::chain::Owner;
use crate::db::FILE;
use crate::{
    Act, Place, Store, Viewer, affected, chain, check, direct, erasure, schema, search, statistics, unfinished,
};
use jiff::Timestamp;
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor, Row};
use std::collections::BTreeSet;
use std::path::Path;

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// How many incidents the record holds.
    pub incidents: i64,
    /// How many pieces of evidence are there as they were added.
    pub intact: usize,
    /// Evidence that is missing or damaged, as it was when the backup was made.
    pub lost: Vec<String>,
    /// Browser sessions and one-time links that were ended.
    pub ended: u64,
}

/// Checks a backup, puts it into an empty place, and ends what people were signed in with. What a restore into the same folder left that did
/// not finish is replaced.
///
/// # Errors
/// [`BackupError::In`] if the backup is not as it was written; [`BackupError::Out`] if the place is not empty. Nothing else is overwritten.
pub async fn run(from: &Path, place: &Place, at: Timestamp) -> Result<Restored, BackupError> {
    let manifest = Manifest::read(from).await?;
    if manifest.schema > schema::newest() {
        return Err(BackupError::In(format!(
            "the backup has schema version {}, and this program knows {} at most. Use a newer version of Hindcast",
            manifest.schema,
            schema::newest()
        )));
    }
    match place {
        Place::Folder(folder) if !is_empty(folder).await? && !unfinished::is_marked(folder).await? => {
            return Err(BackupError::Out(format!("{} is not empty. Give a new or empty folder", folder.display())));
        }
        Place::Folder(_) => {}
        Place::Postgres(_) => refuse_a_record(place).await?,
    }
    manifest.verify(from).await?;
    let (ended, mark) = match place {
        Place::Folder(folder) => {
            let mark = unfinished::begin(folder).await?;
            into_folder(&manifest, from, folder).await?;
            (None, Some(mark))
        }
        Place::Postgres(_) => (Some(into_postgres(&manifest, from, place, at).await?), None),
    };
    // As it is opened otherwise, but for the mark.
    let store = Store::connect(place).await?;
    erasure::finish(&store).await?;
    search::fill(&store).await?;
    chain::fill(&store).await?;
    affected::fill(&store).await?;
    statistics::refresh(&store).await?;
    let ended = match ended {
        Some(ended) => ended,
        None => end_access(&store, &manifest, at).await?,
    };
    let restored = count(&store, ended).await;
    store.close().await;
    let restored = restored?;
    if let Some(mark) = mark {
        mark.end().await?;
    }
    Ok(restored)
}

/// Evidence first, the database last: a folder that was not finished holds no record.
async fn into_folder(manifest: &Manifest, from: &Path, folder: &Path) -> Result<(), BackupError> {
    keep_private(folder).await?;
    for file in manifest.files.iter().filter(|f| f.path != FILE) {
        copy(&from.join(&file.path), &folder.join(&file.path), &file.sha256).await?;
    }
    let unfinished = folder.join(unfinished::DATABASE);
    let sha256 = database(manifest)?;
    copy(&from.join(FILE), &unfinished, sha256).await?;
    let file = folder.join(FILE);
    tokio::fs::rename(&unfinished, &file).await.map_err(error::out(&file))
}

/// Everything in one transaction: all of it is there, or nothing.
async fn into_postgres(manifest: &Manifest, from: &Path, place: &Place, at: Timestamp) -> Result<u64, BackupError> {
    let stage = tempfile::Builder::new().prefix("hindcast-restore-").tempdir();
    let stage = stage.map_err(error::out(&std::env::temp_dir()))?;
    into_folder(&Manifest { files: vec![only_database(manifest)?], ..manifest.clone() }, from, stage.path()).await?;
    // Brings the copy's schema up to date. Access ends in the copy, where the log can compare what it vouches for with what was there before.
    let copy = Place::Folder(stage.path().to_owned());
    let staged = Store::connect(&copy).await?;
    chain::fill(&staged).await?;
    let ended = end_access(&staged, manifest, at).await;
    staged.close().await;
    let ended = ended?;
    let store = Store::connect(place).await?;
    let put = put_rows(&store, &copy, manifest, from).await;
    store.close().await;
    put.map(|()| ended)
}

/// Asked before the schema is made or changed: a record of an earlier version is left as it is.
async fn refuse_a_record(place: &Place) -> Result<(), BackupError> {
    let mut conn = direct::connect(place).await?;
    for table in ["audit", "setting", "account"] {
        // Earlier programs that were killed while they made the tables left only some of them.
        let there = sqlx::query(
            "SELECT COUNT(*) AS n FROM pg_tables WHERE tablename = $1 AND schemaname = ANY(current_schemas(false))",
        );
        if there.bind(table).fetch_one(&mut conn).await?.try_get::<i64, _>("n")? == 0 {
            continue;
        }
        let any = sqlx::query(AssertSqlSafe(format!("SELECT 1 AS one FROM {table} LIMIT 1")));
        if any.fetch_optional(&mut conn).await?.is_some() {
            return Err(not_empty());
        }
    }
    direct::close(conn).await;
    Ok(())
}

fn not_empty() -> BackupError {
    BackupError::Out("the database contains Hindcast data already. Give an empty one".to_owned())
}

async fn put_rows(store: &Store, copy: &Place, manifest: &Manifest, from: &Path) -> Result<(), BackupError> {
    let mut rows = direct::connect(copy).await?;
    let mut tx = store.begin().await?;
    // Between two rows, files are read. Nobody else works with a database that is empty.
    tx.execute("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
    // Whoever starts a server on it meanwhile waits.
    chain::hold(&mut tx).await?;
    for table in tables::TABLES.into_iter().filter(|t| !tables::SEEDED.contains(t)).chain(["blob"]) {
        let any = sqlx::query(AssertSqlSafe(format!("SELECT 1 AS one FROM {table} LIMIT 1")));
        if any.fetch_optional(&mut *tx).await?.is_some() {
            return Err(not_empty());
        }
    }
    tables::copy_all(&mut rows, &mut tx).await?;
    for file in manifest.files.iter().filter(|f| f.path != FILE) {
        let packed = read(&from.join(&file.path), &file.sha256).await?;
        let hex = file.path.trim_start_matches(EVIDENCE).trim_start_matches('/').trim_end_matches(".zst");
        let put = sqlx::query("INSERT INTO blob (id, packed) VALUES ($1, $2)");
        put.bind(format!("sha256:{hex}")).bind(packed).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    direct::close(rows).await;
    Ok(())
}

/// Ends what let people in when the backup was made, and puts down which backup the record is from: whoever has a copy of it could have the
/// cookie or link as well. Tells how many sessions and links there were.
async fn end_access(store: &Store, manifest: &Manifest, at: Timestamp) -> Result<u64, BackupError> {
    let system = Viewer::system();
    let act = Act { by: &system, at };
    let mut tx = store.begin().await?;
    chain::hold(&mut tx).await?;
    let logins = sqlx::query("DELETE FROM login RETURNING account").fetch_all(&mut *tx).await?;
    let links = tx.execute("DELETE FROM invitation WHERE used_at IS NULL").await?.rows_affected();
    let data = json!({ "backup": manifest.made_at, "head": manifest.audit_head });
    chain::record(&mut tx, act, "record.restored", None, "", &data).await?;
    let accounts: Result<BTreeSet<String>, _> = logins.iter().map(|row| row.try_get("account")).collect();
    for account in accounts? {
        chain::touch(&mut tx, act, chain::LOGINS, Owner::Account(account));
    }
    tx.commit().await?;
    Ok(links + logins.len() as u64)
}

/// What is there.
async fn count(store: &Store, ended: u64) -> Result<Restored, BackupError> {
    let mut conn = store.reader().await?;
    let mut restored = Restored { incidents: 0, intact: 0, lost: Vec::new(), ended };
    for id in check::all_evidence(&mut conn).await? {
        match check::evidence(store, &mut conn, &id).await? {
            check::Stored::Intact => restored.intact += 1,
            _ => restored.lost.push(id),
        }
    }
    let count = sqlx::query("SELECT COUNT(*) AS n FROM incident").fetch_one(&mut *conn).await?;
    restored.incidents = count.try_get("n")?;
    Ok(restored)
}

fn only_database(manifest: &Manifest) -> Result<manifest::Entry, BackupError> {
    let file = manifest.files.iter().find(|f| f.path == FILE).cloned();
    file.ok_or_else(|| BackupError::In("the backup has no database".to_owned()))
}

fn database(manifest: &Manifest) -> Result<&str, BackupError> {
    let file = manifest.files.iter().find(|f| f.path == FILE);
    file.map(|f| f.sha256.as_str()).ok_or_else(|| BackupError::In("the backup has no database".to_owned()))
}

/// Copies a file to where there is none, and checks again what was copied.
async fn copy(from: &Path, to: &Path, sha256: &str) -> Result<(), BackupError> {
    let (from, to, sha256) = (from.to_owned(), to.to_owned(), sha256.to_owned());
    manifest::blocking(move || {
        use std::io::Write;
        let mut read = std::fs::File::open(&from).map_err(error::input(&from))?;
        let mut written = std::fs::File::create_new(&to).map_err(error::out(&to))?;
        let (_, found) = manifest::digest(&mut read, |piece| written.write_all(piece)).map_err(error::out(&to))?;
        written.sync_all().map_err(error::out(&to))?;
        match found == sha256 {
            true => Ok(()),
            false => Err(BackupError::In(format!("{} was changed while it was read", from.display()))),
        }
    })
    .await
}

async fn read(from: &Path, sha256: &str) -> Result<Vec<u8>, BackupError> {
    let (from, sha256) = (from.to_owned(), sha256.to_owned());
    manifest::blocking(move || {
        let mut bytes = Vec::new();
        let mut file = std::fs::File::open(&from).map_err(error::input(&from))?;
        let keep = |piece: &[u8]| {
            bytes.extend_from_slice(piece);
            Ok(())
        };
        let (_, found) = manifest::digest(&mut file, keep).map_err(error::input(&from))?;
        match found == sha256 {
            true => Ok(bytes),
            false => Err(BackupError::In(format!("{} was changed while it was read", from.display()))),
        }
    })
    .await
}
