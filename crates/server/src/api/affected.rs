//! Whom the same failure reached: listed, imported, and what was done about each.

use super::cursor::{Page, Part, paged};
use super::file::File;
use super::incidents::address;
use super::json::Json;
use super::once::Key;
use super::openapi::{Operation, get, patch, post};
use super::sent::{Faults, Path, Query, Sent};
use super::shown::shown;
use super::version::{Has, Made, etag};
use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::masking::Offer;
use crate::secret;
use crate::state::App;
use crate::work::affected::{NOTE, OWNER, find, read_in, set};
use axum::extract::{Request, State};
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use hindcast_retro::record::affected::{MOST, Remedy};
use hindcast_store::affected::{self, Done};
use hindcast_store::incidents;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

shown! {
    /// Somebody who was reached.
    pub struct Affected from affected::Affected as affected {
        /// The place in the incident's list, counted from 1.
        nth: i64,
        /// The session.
        session: String = affected.reached.session,
        /// The customer; may be empty.
        customer: String = affected.reached.customer,
        /// When, as the imported list has it; may be empty.
        time: String = affected.reached.at,
        /// What was said; may be empty.
        quote: String = affected.reached.quote,
        /// What was done about it.
        status: Remedy = affected.remedy,
        /// Who sees to it; may be empty.
        owner: String,
        /// What else there is to say; may be empty.
        note: String,
        /// Counts its changes; the ETag is made of it.
        version: i64,
    }
}

paged! {
    /// Which of those who were reached are listed.
    pub struct Asked {
        /// Only those about whom this was done.
        status: Option<Remedy>,
    }
}

/// The list, in the order in which they were imported.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Affected>>, Failure> {
    let cursor = asked.cursor(&[Part::Number])?;
    let conn = &mut *app.store.reader().await?;
    incidents::find(conn, &viewer, number).await?;
    let after = cursor.number(0).unwrap_or(0);
    let rows = affected::of(conn, &viewer, number, asked.status, after, cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |a| a.nth.to_string(), Affected::from)))
}

/// One of them.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path((number, nth)): Path<(i64, i64)>,
    has: Has,
) -> Result<Response, Failure> {
    let affected = find(&mut *app.store.reader().await?, &viewer, number, nth).await?;
    Ok(has.answer(affected.version, || Affected::from(affected)))
}

/// What a body of nothing but a list is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ListName")]
pub struct How {
    /// The list's name; in a form, the field `file` says so.
    #[serde(default)]
    name: String,
}

/// What became of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AffectedImport")]
pub struct Imported {
    /// Entries that were not listed before.
    pub new: usize,
    /// Entries that were: what was done about them stays.
    pub known: usize,
    /// What was masked before it was stored, in words; empty where nothing was.
    pub masked: String,
}

/// Takes a list in.
pub async fn import(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    Query(how): Query<How>,
    key: Key,
    request: Request,
) -> Result<Response, Failure> {
    let offer = Offer::of_api(request.headers(), "POST /api/v1/incidents/{number}/affected")?;
    let file = File::of(request, &app, &["text/csv", "application/json"], &[]).await?;
    let name = file.name.unwrap_or(how.name);
    // Something other than a list, called JSON, would be looked at as CSV.
    if file.media == "application/json" && file.bytes.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'[') {
        return Err(Failure::Invalid("The body is a JSON array of objects.".to_owned()));
    }
    let once = key.of(&writer.0, &[b"list", name.as_bytes(), secret::digest(&[&file.bytes]).as_bytes()]);
    if let Some(answer) = once.before(&app).await? {
        return Ok(answer);
    }
    let act = writer.act(&app);
    let list = read_in(&app, &writer.0, number, &name, file.bytes, offer).await?;
    let mut tx = app.begin().await?;
    let (new, known) = list.take_in(&mut tx, act, number).await?;
    let imported = Imported { new, known, masked: list.masked };
    let answer = once.created(&mut tx, act, format!("{}/affected", address(number)), &imported, &imported).await?;
    tx.commit().await?;
    Ok(answer)
}

/// What was done about somebody. What is not mentioned stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AffectedChange")]
pub struct Change {
    /// What was done.
    status: Option<Remedy>,
    /// Who sees to it.
    #[schemars(length(max = 200))]
    owner: Option<String>,
    /// What else there is to say.
    #[schemars(length(max = 2000))]
    note: Option<String>,
}

/// Puts down what was done about one of them.
pub async fn change(
    State(app): State<App>,
    writer: Writer,
    Path((number, nth)): Path<(i64, i64)>,
    made: Made,
    sent: Sent<Change>,
) -> Result<Response, Failure> {
    let mut faults = Faults::default();
    let owner = sent.value.owner.map(|t| faults.short("owner", &t, OWNER));
    let note = sent.value.note.map(|t| faults.short("note", &t, NOTE));
    faults.told()?;
    let before = find(&mut *app.store.reader().await?, &writer.0, number, nth).await?;
    made.from(before.version, "entry")?;
    let remedy = sent.value.status.unwrap_or(before.remedy);
    let (owner, note) = (owner.as_ref().unwrap_or(&before.owner), note.as_ref().unwrap_or(&before.note));
    if (remedy, owner, note) != (before.remedy, &before.owner, &before.note) {
        set(&app, writer.act(&app), number, nth, before.version, &Done { remedy, owner, note }).await?;
    }
    let affected = find(&mut *app.store.reader().await?, &writer.0, number, nth).await?;
    Ok(([(ETAG, etag(affected.version))], Json(Affected::from(affected))).into_response())
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    let text = json!({ "type": "string" });
    let list = json!({
        "type": "array", "minItems": 1, "maxItems": MOST,
        "items": {
            "type": "object",
            "properties": {
                "session": { "type": "string", "minLength": 1, "pattern": r"\S" },
                "customer": text, "time": text, "quote": text,
            },
            "required": ["session"],
        },
    });
    let form = json!({
        "type": "object",
        "properties": { "file": { "type": "string", "contentMediaType": "text/csv" } },
        "required": ["file"],
        "additionalProperties": false,
    });
    vec![
        get("/api/v1/incidents/{number}/affected", "listAffected", "Lists who was reached")
            .query::<Asked>()
            .gives::<Page<Affected>>(200, "A page of the list"),
        post(
            "/api/v1/incidents/{number}/affected",
            "importAffected",
            "Takes a list of those who were reached in: CSV with the columns session, customer, time and quote, or JSON",
        )
        .query::<How>()
        .body_of("text/csv", json!({ "type": "string" }))
        .body_of("application/json", list)
        .body_of("multipart/form-data", form)
        .gives::<Imported>(201, "How many are new")
        .once(),
        get("/api/v1/incidents/{number}/affected/{nth}", "getAffected", "Gives one of those who were reached")
            .gives::<Affected>(200, "The entry")
            .tagged(),
        patch("/api/v1/incidents/{number}/affected/{nth}", "changeAffected", "Puts down what was done about somebody")
            .body::<Change>()
            .gives::<Affected>(200, "The entry as it is now")
            .tagged(),
    ]
}
