//! Evidence comes in, and is given out to those who may see the incident.

use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::form::files_or_held;
use crate::masking::Offer;
use crate::pages::frame::go;
use crate::state::App;
use crate::work;
use crate::work::attachment::evidence;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use hindcast_store::evidence::Kind;

/// Takes files in.
pub async fn upload(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    request: Request,
) -> Result<Response, Failure> {
    let (fields, files) = files_or_held(request, &app).await?;
    let kind = fields.iter().find(|(name, _)| name == "kind").map_or("trace", |(_, kind)| kind.as_str());
    let kind: Kind = kind.parse().map_err(|()| Failure::Invalid("Kind: choose one.".to_owned()))?;
    if files.is_empty() {
        return Err(Failure::Invalid("Choose a file.".to_owned()));
    }
    let action = format!("/incidents/{number}/evidence");
    let offer = Offer::of_form(&app, "POST /incidents/{number}/evidence", action, &fields, &files);
    work::take_in_all(&app, writer.act(&app), number, kind, files, offer).await?;
    Ok(go(&format!("/incidents/{number}#evidence")))
}

/// Gives a file out as it was stored; as a download, never as something that a browser would show or run.
pub async fn download(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path((number, id)): Path<(i64, String)>,
) -> Result<Response, Failure> {
    evidence(&app, &viewer, number, &id).await
}
