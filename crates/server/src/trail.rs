//! What a request leaves in the logs: its ID, where it came from, and which account asked.

use crate::refused;
use crate::secret;
use crate::source::Source;
use crate::state::App;
use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use hindcast_store::Viewer;
use hindcast_store::refusals::Refusal;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tracing::{Instrument, Span, field};

/// The header of every response that carries the ID of its request. An ID that a client sends is not used: anybody could repeat one.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is known of a request while it is answered.
#[derive(Debug)]
pub struct Trail {
    id: String,
    viewer: OnceLock<Viewer>,
    span: Span,
}

impl Trail {
    fn new(Source(source): Source) -> Self {
        let id = secret::id();
        // Of the highest level, so that a line of any level carries it.
        let span = tracing::error_span!("request", id, source = field::Empty, account = field::Empty);
        span.record("source", field::display(source));
        Trail { id, viewer: OnceLock::new(), span }
    }

    /// The trail of this request.
    pub fn of(extensions: &Extensions) -> Option<&Arc<Trail>> {
        extensions.get()
    }

    /// The viewer, once it is known.
    pub fn viewer(&self) -> Option<&Viewer> {
        self.viewer.get()
    }

    /// The request's ID.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// Puts down which account asks.
pub fn belongs_to(parts: &Parts, viewer: &Viewer) {
    if let Some(trail) = Trail::of(&parts.extensions)
        && trail.viewer.set(viewer.clone()).is_ok()
    {
        trail.span.record("account", viewer.account.as_str());
    }
}

/// Gives every request its ID and one line in the log: no names, no text, no secrets. An address may hold a token, so only its route is
/// told. Counts the request, and puts a denied one into the audit log.
pub async fn follow(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let source = Source::put_down(&mut request, &app.config.trusted_proxies);
    let trail = Arc::new(Trail::new(source));
    request.extensions_mut().insert(Arc::clone(&trail));
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned()).unwrap_or_default();
    let start = Instant::now();
    let mut response = next.run(request).instrument(trail.span.clone()).await;
    let (took, status) = (start.elapsed(), response.status());
    app.metrics.answered(method.as_str(), &path, status.as_u16(), took);
    trail.span.in_scope(|| {
        tracing::info!(%method, path, status = status.as_u16(), ms = took.as_millis() as u64, "request");
    });
    if status == StatusCode::FORBIDDEN
        && let Some(viewer) = trail.viewer.get()
    {
        let refusal = Refusal::Access { viewer: viewer.clone(), route: format!("{method} {path}") };
        refused::note(&app, refusal, &trail.id);
    }
    if let Ok(id) = HeaderValue::from_str(&trail.id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
