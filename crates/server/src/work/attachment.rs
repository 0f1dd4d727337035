//! Files on their way out.

use crate::failure::Failure;
use axum::body::Body;
use axum::http::header;
use axum::response::Response;

/// A file as a download, never as something that a browser would show or run.
pub fn attachment(name: &str, kind: &str, bytes: impl Into<Body>) -> Result<Response, Failure> {
    let response = Response::builder()
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", plain(name)))
        .body(bytes.into());
    response.map_err(|e| Failure::Internal(e.to_string()))
}

/// A file's name without what could end the header's text.
fn plain(name: &str) -> String {
    let harmless = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    name.chars().take(100).map(harmless).collect()
}
