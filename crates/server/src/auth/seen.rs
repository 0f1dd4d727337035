//! When a browser or a token was last used: worth knowing, and never a reason not to answer.

use crate::state::App;
use hindcast_store::{Store, StoreError, logins, tokens};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long a request waits for its use to be put down. Changes take some milliseconds, unless the disk is full or many wait.
const PATIENCE: Duration = Duration::from_millis(250);

/// What was used, by its ID.
#[derive(Debug, Clone)]
pub enum Used {
    /// A browser that is signed in.
    Login(String),
    /// An API token.
    Token(String),
}

/// Puts a use down. If that fails, or another request is at it, a later request does it.
pub async fn put_down(app: &App, used: Used, now: Timestamp) {
    let Ok(turn) = Arc::clone(&app.seen).try_acquire_owned() else { return };
    let store = app.store.clone();
    // The turn ends with the work and not with the waiting: at most one connection is held up.
    let work = tokio::spawn(async move {
        if let Err(e) = change(&store, &used, now).await {
            tracing::warn!(kind = e.kind(), "when a browser or a token was last used is not put down");
        }
        drop(turn);
    });
    tokio::time::timeout(PATIENCE, work).await.ok();
}

async fn change(store: &Store, used: &Used, now: Timestamp) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    match used {
        Used::Login(id) => logins::seen(&mut tx, id, now).await?,
        Used::Token(id) => tokens::used(&mut tx, id, now).await?,
    }
    tx.commit().await
}
