//! Evidence of an incident: traces, facts and contracts, in and out.

use super::cursor::{Page, Paging, Part};
use super::file::{File, fault};
use super::incidents::address;
use super::json::Json;
use super::once::Key;
use super::openapi::{Operation, get, post};
use super::review::Why;
use super::schema::{Stamp, names};
use super::sent::{Path, Query, Sent};
use super::shown::shown;
use crate::auth::{Approver, Reader, Writer};
use crate::failure::Failure;
use crate::masking::Offer;
use crate::secret;
use crate::state::App;
use crate::work::attachment::evidence;
use crate::work::erasure;
use crate::work::read_in;
use axum::extract::{Request, State};
use axum::response::Response;
use hindcast_store::evidence::{self as files, Kind};
use hindcast_store::{StoreError, incidents};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

shown! {
    /// How evidence went.
    pub struct Erased from files::Erased as it {
        /// Why.
        reason: String = it.why,
        /// Who erased it, and when.
        done: Stamp = Stamp::new(it.by, it.at),
    }
}

shown! {
    /// A file of an incident.
    pub struct EvidenceItem from files::Item as item {
        /// SHA-256 of its bytes.
        id: String,
        /// Its name.
        name: String,
        /// What it is for.
        #[schemars(schema_with = "names::kind")]
        kind: &'static str = item.kind.name(),
        /// Its size.
        bytes: i64,
        /// What was masked before it was stored, in words; empty where nothing was.
        masked: String,
        /// Who added it.
        added: Stamp = Stamp::new(item.added_by, item.added_at),
        /// How its bytes went, where they were erased.
        erased: Option<Erased> = item.erased.map(Erased::from),
    }
}

/// The files, in the order in which they were added.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
    Query(asked): Query<Paging>,
) -> Result<Json<Page<EvidenceItem>>, Failure> {
    let cursor = asked.cursor(&[Part::Time, Part::Text, Part::Text])?;
    let conn = &mut *app.store.reader().await?;
    incidents::find(conn, &viewer, number).await?;
    let after = cursor.time(0).zip(cursor.text(1)).zip(cursor.text(2)).map(|((at, id), name)| (at, id, name));
    let rows = files::page(conn, &viewer, number, after, cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |i| format!("{} {} {}", i.added_at, i.id, i.name), EvidenceItem::from)))
}

/// One file, without its bytes.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path((number, id)): Path<(i64, String)>,
) -> Result<Json<EvidenceItem>, Failure> {
    let items = files::of(&mut *app.store.reader().await?, &viewer, number).await?;
    let item = items.into_iter().find(|i| i.id == id).ok_or(StoreError::NotFound("evidence"))?;
    Ok(Json(item.into()))
}

/// Its bytes, as they were stored.
pub async fn download(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path((number, id)): Path<(i64, String)>,
) -> Result<Response, Failure> {
    evidence(&app, &viewer, number, &id).await
}

/// What a body of nothing but bytes is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct How {
    /// What the file is for; in a form, the field `kind` says so.
    #[serde(default = "trace")]
    #[schemars(schema_with = "names::kind")]
    kind: String,
    /// The file's name; in a form, the field `file` says so.
    #[serde(default)]
    name: String,
}

fn trace() -> String {
    Kind::Trace.name().to_owned()
}

/// Takes a file in.
pub async fn upload(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    Query(how): Query<How>,
    key: Key,
    request: Request,
) -> Result<Response, Failure> {
    let offer = Offer::of_api(request.headers(), "POST /api/v1/incidents/{number}/evidence")?;
    let file = File::of(request, &app, &["application/octet-stream"], &["kind"]).await?;
    let kind: Kind =
        file.field("kind").unwrap_or(&how.kind).parse().map_err(|()| fault("kind", "is trace, facts or contracts"))?;
    let (name, bytes) = (file.name.unwrap_or(how.name), file.bytes);
    // A form sent again has another boundary, so that what it holds is what tells requests apart.
    let once = key.of(&writer.0, &[kind.name().as_bytes(), name.as_bytes(), secret::digest(&[&bytes]).as_bytes()]);
    if let Some(answer) = once.before(&app).await? {
        return Ok(answer);
    }
    let act = writer.act(&app);
    let incoming = read_in(&app, &writer.0, number, kind, vec![(name, bytes)], offer).await?;
    let id = incoming.ids().next().unwrap_or_default();
    let mut tx = app.begin().await?;
    incoming.add(&app, &mut tx, act, number).await?;
    let items = files::of(&mut tx, &writer.0, number).await?;
    let item: EvidenceItem = items.into_iter().find(|i| i.id == id).ok_or(StoreError::NotFound("evidence"))?.into();
    let location = format!("{}/evidence/{id}", address(number));
    let answer = once.created(&mut tx, act, location, &item, &item).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Erases a file: its bytes go for good, that it was there stays.
pub async fn erase(
    State(app): State<App>,
    approver: Approver,
    Path((number, id)): Path<(i64, String)>,
    sent: Sent<Why>,
) -> Result<Json<EvidenceItem>, Failure> {
    erasure::erase(&app, approver.act(&app), number, &id, &sent.value.read()?).await?;
    show(State(app), Reader(approver.0), Path((number, id))).await
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    let form = json!({
        "type": "object",
        "properties": {
            "kind": { "type": "string", "enum": [Kind::Trace.name(), Kind::Facts.name(), Kind::Contracts.name()], "default": Kind::Trace.name() },
            "file": { "type": "string", "contentMediaType": "application/octet-stream" },
        },
        "required": ["file"],
        "additionalProperties": false,
    });
    vec![
        get("/api/v1/incidents/{number}/evidence", "listEvidence", "Lists the files of an incident")
            .query::<Paging>()
            .gives::<Page<EvidenceItem>>(200, "A page of the list"),
        post(
            "/api/v1/incidents/{number}/evidence",
            "addEvidence",
            "Takes a file in; it is read first, and refused where it cannot be used",
        )
        .query::<How>()
        .body_of("application/octet-stream", json!({}))
        .body_of("multipart/form-data", form)
        .gives::<EvidenceItem>(201, "The file")
        .once(),
        get("/api/v1/incidents/{number}/evidence/{id}", "getEvidence", "Gives what is known of a file")
            .gives::<EvidenceItem>(200, "The file, without its bytes"),
        post(
            "/api/v1/incidents/{number}/evidence/{id}/erasure",
            "eraseEvidence",
            "Erases a file with a reason: its bytes go for good, that it was there stays",
        )
        .body::<Why>()
        .gives::<EvidenceItem>(200, "What is left of it")
        .problem(409, "It is erased already"),
        get("/api/v1/incidents/{number}/evidence/{id}/bytes", "downloadEvidence", "Gives a file as it was stored")
            .gives_any(200, "application/octet-stream", "Its bytes"),
    ]
}
