//! When a browser was last used: worth knowing, and never a reason not to answer.

use crate::state::App;
use hindcast_store::{Store, StoreError, logins};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long a request waits for its use to be put down. Changes take some milliseconds, unless the disk is full or many wait.
const PATIENCE: Duration = Duration::from_millis(250);

/// Puts down that a browser was used. If that fails, or another request is at it, a later request does it.
pub async fn put_down(app: &App, login: String, now: Timestamp) {
    let Ok(turn) = Arc::clone(&app.seen).try_acquire_owned() else { return };
    let store = app.store.clone();
    // The turn ends with the work and not with the waiting: at most one connection is held up.
    let work = tokio::spawn(async move {
        if let Err(e) = change(&store, &login, now).await {
            tracing::warn!(kind = e.kind(), "when a browser was last used is not put down");
        }
        drop(turn);
    });
    tokio::time::timeout(PATIENCE, work).await.ok();
}

async fn change(store: &Store, login: &str, now: Timestamp) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    logins::seen(&mut tx, login, now).await?;
    tx.commit().await
}
