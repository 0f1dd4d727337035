//! Whom the same failure reached, and what was done about each.

use super::frame::{Frame, go, page};
use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::form::{Fields, files_or_held};
use crate::masking::Offer;
use crate::state::App;
use crate::work;
use crate::work::affected::{NOTE, OWNER, read_in};
use crate::work::change::change;
use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use hindcast_retro::record::affected::Remedy;
use hindcast_store::affected::{self, Affected, Done};
use hindcast_store::incidents::{self, Incident};
use serde::Deserialize;

/// Entries on one page.
const PAGE: i64 = 100;

/// Which part of the list.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    remedy: String,
    #[serde(default)]
    after: i64,
}

#[derive(Template)]
#[template(path = "affected.html")]
struct Page {
    frame: Frame,
    incident: Incident,
    counts: Vec<(Remedy, i64)>,
    total: i64,
    list: Vec<Affected>,
    asked: Asked,
    next: Option<i64>,
    remedies: [Remedy; 4],
}

/// Shows the list.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let conn = &mut *app.store.reader().await?;
    let incident = incidents::find(conn, &viewer, number).await?;
    let counts = affected::counts(conn, &viewer, number).await?;
    let mut list = affected::of(conn, &viewer, number, asked.remedy.parse().ok(), asked.after, PAGE + 1).await?;
    let more = list.len() as i64 > PAGE;
    list.truncate(PAGE as usize);
    page(&Page {
        frame: Frame::new(&viewer, "incidents", format!("Who was reached by {}", incident.reference())),
        total: counts.iter().map(|(_, n)| n).sum(),
        next: list.last().filter(|_| more).map(|last| last.nth),
        counts,
        list,
        asked,
        incident,
        remedies: Remedy::ALL,
    })
}

/// Takes a list in, as a file.
pub async fn import(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    request: Request,
) -> Result<Response, Failure> {
    let (fields, mut files) = files_or_held(request, &app).await?;
    files.truncate(1);
    let action = format!("/incidents/{number}/affected");
    let offer = Offer::of_form(&app, "POST /incidents/{number}/affected", action, &fields, &files);
    let Some((name, bytes)) = files.pop() else {
        return Err(Failure::Invalid("Choose a file.".to_owned()));
    };
    let list = read_in(&app, &writer.0, number, &name, bytes, offer).await?;
    change(&app, async |tx| Ok(list.take_in(tx, writer.act(&app), number).await?)).await?;
    Ok(go(&format!("/incidents/{number}/affected")))
}

/// Puts down what was done about somebody.
pub async fn set(
    State(app): State<App>,
    writer: Writer,
    Path((number, nth)): Path<(i64, i64)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let remedy: Remedy =
        fields.get("remedy").parse().map_err(|_| Failure::Invalid("Remedy: choose one.".to_owned()))?;
    let (owner, note) = (fields.short("owner", "Owner", OWNER)?, fields.short("note", "Note", NOTE)?);
    let done = Done { remedy, owner: &owner, note: &note };
    work::affected::set(&app, writer.act(&app), number, nth, fields.number("version")?, &done).await?;
    Ok(go(&format!("/incidents/{number}/affected?after={}#a{nth}", (nth - 1) / PAGE * PAGE)))
}
