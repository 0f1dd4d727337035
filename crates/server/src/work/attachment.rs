//! Files on their way out.

use crate::failure::Failure;
use crate::state::App;
use axum::body::Body;
use axum::http::header;
use axum::response::Response;
use hindcast_store::{Viewer, evidence};

/// A file as a download, never as something that a browser would show or run.
pub fn attachment(name: &str, kind: &str, bytes: impl Into<Body>) -> Result<Response, Failure> {
    let response = Response::builder()
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", plain(name)))
        .body(bytes.into());
    response.map_err(|e| Failure::Internal(e.to_string()))
}

/// A file of an incident as it was stored.
pub async fn evidence(app: &App, viewer: &Viewer, number: i64, id: &str) -> Result<Response, Failure> {
    let mut conn = app.store.reader().await?;
    let file = evidence::bytes(&app.store, &mut conn, viewer, number, id).await?;
    let file =
        file.ok_or_else(|| Failure::NotFound("The bytes of this evidence are not there any more.".to_owned()))?;
    attachment(&file.name, "application/octet-stream", file.bytes.to_vec())
}

/// A file's name without what could end the header's text.
fn plain(name: &str) -> String {
    let harmless = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    name.chars().take(100).map(harmless).collect()
}
