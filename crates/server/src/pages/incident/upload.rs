//! Evidence comes in, and is given out to those who may see the incident.

use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::pages::frame::go;
use crate::state::App;
use crate::work;
use crate::work::attachment::attachment;
use axum::extract::{Multipart, Path, State};
use axum::response::Response;
use hindcast_store::evidence::{self, Kind};

/// Takes files in.
pub async fn upload(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    mut form: Multipart,
) -> Result<Response, Failure> {
    let mut kind = Kind::Trace;
    let mut files = Vec::new();
    let limit = app.config.upload_limit;
    let too_large = || Failure::TooLarge(format!("The upload is larger than {} MiB.", limit >> 20));
    let unreadable = |e: axum::extract::multipart::MultipartError| match e.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Failure::Invalid("The upload broke off or is no form.".to_owned()),
    };
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("kind") => {
                let name = field.text().await.map_err(unreadable)?;
                kind = name.parse().map_err(|()| Failure::Invalid("Kind: choose one.".to_owned()))?;
            }
            Some("file") => {
                let name = field.file_name().unwrap_or("").to_owned();
                let bytes = field.bytes().await.map_err(unreadable)?;
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
    for (name, bytes) in files {
        work::take_in(&app, writer.act(&app), number, kind, &name, bytes).await?;
    }
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
    attachment(&file.name, "application/octet-stream", file.bytes.to_vec())
}
