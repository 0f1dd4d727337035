//! Files on their way out.

use super::intake::is_small;
use crate::failure::Failure;
use crate::held_body;
use crate::state::App;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::stream;
use hindcast_store::{Pieces, StoreError, Viewer, evidence};
use hindcast_trace::Stop;

/// A file as a download, never as something that a browser would show or run.
pub fn attachment(name: &str, kind: &str, bytes: impl Into<Body>) -> Result<Response, Failure> {
    let response = Response::builder()
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", plain(name)))
        .body(bytes.into());
    response.map_err(|e| Failure::Internal(e.to_string()))
}

/// A file of an incident as it was stored, piece by piece.
pub async fn evidence(app: &App, viewer: &Viewer, number: i64, id: &str) -> Result<Response, Failure> {
    let gone = || Failure::NotFound("The bytes of this evidence are not there any more.".to_owned());
    // A table gives them whole, and they are held until the last piece is taken: in three copies while they are fetched, then in one.
    let held = evidence::held_bytes(&app.store, &mut *app.store.reader().await?, viewer, number, id).await?;
    let memory = match held {
        0 => None,
        held => Some(app.memory.take(3 * held).await?),
    };
    let stored = evidence::stored(&app.store, &mut *app.store.reader().await?, viewer, number, id).await?;
    let memory = memory.map(|memory| memory.reduced(held));
    let (file, packed) = stored.ok_or_else(gone)?;
    // All of it is read once before the first piece is given.
    let work = move |stop: &Stop| packed.pieces(stop);
    let pieces = match is_small(u64::try_from(file.bytes).unwrap_or_default()) {
        true => app.pools.evidence.run_light(work).await??,
        false => app.pools.evidence.run(work).await??,
    };
    let pieces = pieces.ok_or_else(gone)?;
    let pieces = stream::try_unfold(pieces, async |mut pieces: Pieces| {
        let piece = pieces.next().await?;
        Ok::<_, StoreError>(piece.map(|piece| (piece, pieces)))
    });
    let mut response =
        attachment(&file.name, "application/octet-stream", held_body::held(Body::from_stream(pieces), memory))?;
    // A download that breaks off is seen to be short.
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(file.bytes));
    Ok(response)
}

/// A file's name without what could end the header's text.
fn plain(name: &str) -> String {
    let harmless = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    name.chars().take(100).map(harmless).collect()
}
