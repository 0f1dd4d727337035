//! Bodies that are larger than what is taken.

use crate::bodies::Held;
use crate::failure::Failure;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

/// How many times what is taken is read and thrown away, so that the answer arrives.
const THROWN_AWAY: u64 = 4;

/// The request, if it says that it is no larger than what is taken; one that says nothing is measured while it is read.
///
/// A browser looks for the answer once it has sent everything. When the connection is closed before, it shows that
/// the connection broke off, and nobody learns why: so a body somewhat too large is read to its end.
pub async fn within(request: Request, most: usize, told: impl FnOnce() -> Failure) -> Result<Request, Failure> {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|h| h.to_str().ok()?.parse::<u64>().ok());
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    match length {
        Some(length) if length > most => {
            if length <= most.saturating_mul(THROWN_AWAY) {
                if let Some(held) = request.extensions().get::<Arc<Held>>() {
                    held.let_go();
                }
                throw_away(request.into_body()).await;
            }
            Err(told())
        }
        _ => Ok(request),
    }
}

async fn throw_away(mut body: Body) {
    while let Some(Ok(_)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {}
}
