//! Whether the server lives, and whether it can do its work.

use crate::state::App;
use axum::extract::State;
use axum::http::StatusCode;

/// It lives.
pub async fn live() -> &'static str {
    "ok\n"
}

/// It can do its work: the database answers.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.store.is_ready().await {
        true => (StatusCode::OK, "ok\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
