//! What the checks of the suite begin with.

use hindcast_retro::record::people::Role;
use hindcast_store::incidents::{self, Details, New};
use hindcast_store::{Act, Conn, Store, StoreError, Tx, Viewer, accounts, logins, retros};
use jiff::{SignedDuration, Timestamp};
use sqlx::Row;

pub fn now() -> Timestamp {
    "2026-11-25T10:00:00Z".parse().expect("a time")
}

/// Some seconds after [`now`].
pub fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

pub fn act(by: &Viewer) -> Act<'_> {
    Act { by, at: now() }
}

/// Makes a change: all of it, or nothing where it fails.
pub async fn change<T>(
    store: &Store,
    work: impl AsyncFnOnce(&mut Tx) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut tx = store.begin().await?;
    let done = work(&mut tx).await?;
    tx.commit().await?;
    Ok(done)
}

/// Reads.
pub async fn read<T>(store: &Store, work: impl AsyncFnOnce(&mut Conn) -> Result<T, StoreError>) -> T {
    let mut conn = store.reader().await.expect("a connection");
    work(&mut conn).await.expect("reads")
}

/// Changes what only somebody with the database in hand can change.
pub async fn tamper(store: &Store, sql: &'static str) {
    let mut tx = store.begin().await.expect("begins");
    sqlx::query(sql).execute(&mut *tx).await.expect("changes");
    tx.commit().await.expect("commits");
}

/// An account with this name and role.
pub async fn person(store: &Store, name: &str, role: Role) -> Viewer {
    let email = format!("{name}@example.com");
    let new = accounts::New { id: name, email: &email, name, role, password_hash: "x" };
    change(store, async |tx| accounts::create(tx, act(&Viewer::system()), &new).await).await.expect("creates");
    Viewer { account: name.to_owned(), name: name.to_owned(), role, scopes: None, emergency: None }
}

/// An administrator.
pub async fn dana(store: &Store) -> Viewer {
    person(store, "dana", Role::Administrator).await
}

/// A browser of somebody whose password hashes as [`person`] has it.
pub fn browser<'a>(id: &'a str, token_hash: &'a str) -> logins::New<'a> {
    logins::New { id, token_hash, device: "a browser", valid_seconds: 3600, proof: logins::Proof::Password("x") }
}

pub fn titled(title: &str) -> New {
    let details = Details { title: title.to_owned(), ..Details::default() };
    New { details, severity: Some(2), severity_reason: "reason".to_owned(), restricted: false }
}

/// An incident of severity 2 with this title, opened by somebody.
pub async fn incident(store: &Store, by: &Viewer, title: &str) -> i64 {
    change(store, async |tx| incidents::create(tx, act(by), &titled(title)).await).await.expect("opens")
}

/// An incident with a retro whose draft is this text.
pub async fn drafted(store: &Store, by: &Viewer, draft: &str) -> i64 {
    let number = incident(store, by, "drafted").await;
    change(store, async |tx| retros::create(tx, act(by), number, draft).await).await.expect("drafts");
    number
}

pub fn is_missing<T: std::fmt::Debug>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::NotFound(_)))
}

pub fn is_stale<T: std::fmt::Debug>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Stale(_)))
}

pub fn is_conflict<T: std::fmt::Debug>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict(_)))
}

/// Damages the bytes of every piece of evidence, as a bad disk does.
pub async fn damage(store: &Store) {
    match evidence_folder(store).await {
        None => tamper(store, "UPDATE blob SET packed = decode('00', 'hex')").await,
        Some(folder) => {
            for file in std::fs::read_dir(folder).expect("lists") {
                std::fs::write(file.expect("a file").path(), [0]).expect("damages");
            }
        }
    }
}

/// Deletes the bytes of every piece of evidence.
pub async fn remove_evidence(store: &Store) {
    match evidence_folder(store).await {
        None => tamper(store, "DELETE FROM blob").await,
        Some(folder) => {
            for file in std::fs::read_dir(folder).expect("lists") {
                std::fs::remove_file(file.expect("a file").path()).expect("deletes");
            }
        }
    }
}

/// The folder with evidence, beside SQLite.
async fn evidence_folder(store: &Store) -> Option<std::path::PathBuf> {
    let mut conn = store.reader().await.expect("reads");
    let file =
        sqlx::query("SELECT file FROM pragma_database_list WHERE name = 'main'").fetch_one(&mut *conn).await.ok()?;
    let file: String = file.try_get("file").expect("a path");
    Some(std::path::Path::new(&file).parent().expect("a folder").join("evidence"))
}
