//! Whether the server lives, and whether it can do its work.

use crate::state::App;
use axum::extract::State;
use axum::http::StatusCode;
use hindcast_store::Unready;
use std::time::Duration;

/// It lives.
pub async fn live() -> &'static str {
    "ok\n"
}

/// How long the database may take to answer: who asks for this waits a few seconds at most.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// It can do its work: the database answers and takes a change. Anybody may ask, so the system's own words go to the log only.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.store.ready(PATIENCE).await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(Unready::Silent) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
        Err(Unready::Damaged(what)) => {
            tracing::error!(what, "the database is damaged");
            (StatusCode::SERVICE_UNAVAILABLE, "the database is damaged; the log says where\n")
        }
        Err(Unready::NoWrite(what)) => {
            tracing::error!(what, "the record takes no change");
            (StatusCode::SERVICE_UNAVAILABLE, "the database answers but cannot be written; the log says why\n")
        }
    }
}
