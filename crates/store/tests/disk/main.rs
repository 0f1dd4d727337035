//! Disks that are full, read-only or damaged: what is told, and that it is over when they work again.

mod damaged;
mod evidence;
mod full;
mod io_errors;
mod postgres;
mod read_only;

use hindcast_store::incidents::{self, Details, New};
use hindcast_store::{Act, Store, StoreError, Viewer};
use std::time::Duration;

/// How long the store has to say whether it is ready.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Longer than the outcome of a trial write counts.
pub const LATER: Duration = Duration::from_millis(2100);

/// Opens an incident whose text is so long, and gives its number.
pub async fn open(store: &Store, bytes: usize) -> Result<i64, StoreError> {
    let details = Details { title: "one".to_owned(), summary: "x".repeat(bytes), ..Details::default() };
    let new = New { details, ..New::default() };
    let system = Viewer::system();
    let act = Act { by: &system, at: "2026-11-25T10:00:00Z".parse().expect("a time") };
    let mut tx = store.begin().await?;
    let number = incidents::create(&mut tx, act, &new).await?;
    tx.commit().await?;
    Ok(number)
}

/// How many incidents there are.
pub async fn count(store: &Store) -> i64 {
    let mut conn = store.reader().await.expect("reads");
    let row = sqlx::query("SELECT COUNT(*) AS n FROM incident").fetch_one(&mut *conn).await.expect("counts");
    sqlx::Row::get(&row, "n")
}
