//! Evidence comes in, and is given out to those who may see the incident.

use crate::auth::{Reader, Writer};
use crate::excess;
use crate::failure::Failure;
use crate::pages::frame::go;
use crate::state::App;
use crate::work;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::header;
use axum::response::Response;
use hindcast_store::evidence::{self, Kind};

/// Bytes that an upload may have beside its files: what a form puts around them.
pub const AROUND: usize = 1 << 20;

/// Takes files in.
pub async fn upload(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    request: Request,
) -> Result<Response, Failure> {
    let mut kind = Kind::Trace;
    let (mut files, mut taken) = (Vec::new(), 0_usize);
    let limit = app.config.upload_limit;
    let too_large = || Failure::TooLarge(format!("The upload is larger than {} MiB.", limit >> 20));
    let unreadable = |e: axum::extract::multipart::MultipartError| match e.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Failure::Invalid("The upload broke off or is no form.".to_owned()),
    };
    let request = excess::within(request, limit.saturating_add(AROUND), too_large).await?;
    let form = Multipart::from_request(request, &app).await;
    let mut form = form.map_err(|_| Failure::Invalid("The upload is no form with files.".to_owned()))?;
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("kind") => {
                let name = field.text().await.map_err(unreadable)?;
                kind = name.parse().map_err(|()| Failure::Invalid("Kind: choose one.".to_owned()))?;
            }
            Some("file") => {
                let name = field.file_name().unwrap_or("").to_owned();
                let bytes = field.bytes().await.map_err(unreadable)?;
                // The body may be larger than the limit, for what a form puts around its files.
                taken = taken.saturating_add(bytes.len());
                if taken > limit {
                    return Err(too_large());
                }
                if !name.is_empty() || !bytes.is_empty() {
                    files.push((name, bytes.to_vec()));
                }
            }
            _ => {}
        }
    }
    if files.is_empty() {
        return Err(Failure::Invalid("Choose a file.".to_owned()));
    }
    work::take_in_all(&app, writer.act(&app), number, kind, files).await?;
    Ok(go(&format!("/incidents/{number}#evidence")))
}

/// Gives a file out as it was stored; as a download, never as something that a browser would show or run.
pub async fn download(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path((number, id)): Path<(i64, String)>,
) -> Result<Response, Failure> {
    let mut conn = app.store.reader().await?;
    let file = evidence::bytes(&app.store, &mut conn, &viewer, number, &id).await?;
    let file =
        file.ok_or_else(|| Failure::NotFound("The bytes of this evidence are not there any more.".to_owned()))?;
    let response = Response::builder()
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", plain(&file.name)))
        .body(Body::from(file.bytes));
    response.map_err(|e| Failure::Internal(e.to_string()))
}

/// A file's name without what could end the header's text.
fn plain(name: &str) -> String {
    let harmless = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    name.chars().take(100).map(harmless).collect()
}
