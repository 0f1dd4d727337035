//! Whether the server lives, and whether it can do its work.

use crate::state::App;
use axum::extract::State;
use axum::http::StatusCode;
use std::time::Duration;

/// It lives.
pub async fn live() -> &'static str {
    "ok\n"
}

/// How long the database may take to answer: who asks for this waits a few seconds at most.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// It can do its work: the database answers.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.store.is_ready(PATIENCE).await {
        true => (StatusCode::OK, "ok\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
