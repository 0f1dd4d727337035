//! Evidence of an incident: traces, facts and contracts, in and out.

use super::incidents::address;
use super::once::Key;
use super::openapi::{Operation, get, post};
use super::schema::{All, Stamp, names};
use super::sent::{self, Path, Query};
use crate::auth::{Reader, Writer};
use crate::failure::{Failure, Field};
use crate::secret;
use crate::state::App;
use crate::work::attachment::attachment;
use crate::work::{read_in, set_due};
use axum::Json;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use hindcast_store::evidence::{self, Kind};
use hindcast_store::{StoreError, incidents};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A file of an incident.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EvidenceItem {
    /// SHA-256 of its bytes.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[schemars(schema_with = "names::kind")]
    pub kind: &'static str,
    /// Its size.
    pub bytes: i64,
    /// What was masked before it was stored, in words; empty where nothing was.
    pub masked: String,
    /// Who added it.
    pub added: Stamp,
}

impl From<evidence::Item> for EvidenceItem {
    fn from(item: evidence::Item) -> Self {
        EvidenceItem {
            id: item.id,
            name: item.name,
            kind: item.kind.name(),
            bytes: item.bytes,
            masked: item.masked,
            added: Stamp::new(item.added_by, item.added_at),
        }
    }
}

/// The files.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Json<All<EvidenceItem>>, Failure> {
    let conn = &mut *app.store.reader().await?;
    incidents::find(conn, &viewer, number).await?;
    let items = evidence::of(conn, &viewer, number).await?;
    Ok(Json(All { items: items.into_iter().map(EvidenceItem::from).collect() }))
}

/// One file, without its bytes.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path((number, id)): Path<(i64, String)>,
) -> Result<Json<EvidenceItem>, Failure> {
    let items = evidence::of(&mut *app.store.reader().await?, &viewer, number).await?;
    let item = items.into_iter().find(|i| i.id == id).ok_or(StoreError::NotFound("evidence"))?;
    Ok(Json(item.into()))
}

/// Its bytes, as they were stored.
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

fn fault(field: &str, what: &str) -> Failure {
    Failure::Fields(vec![Field { field: field.to_owned(), what: what.to_owned() }])
}

/// The one file of a form.
async fn of_form(app: &App, how: How, request: Request) -> Result<(How, Vec<u8>), Failure> {
    let unreadable = |e: MultipartError| match e.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(app),
        _ => Failure::Unreadable("The upload broke off or is no form.".to_owned()),
    };
    let form = Multipart::from_request(request, app).await;
    let mut form = form.map_err(|_| Failure::Unreadable("The form has no boundary.".to_owned()))?;
    let (mut how, mut file) = (how, None);
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("kind") => how.kind = field.text().await.map_err(unreadable)?,
            Some("file") if file.is_none() => {
                how.name = field.file_name().unwrap_or("").to_owned();
                file = Some(field.bytes().await.map_err(unreadable)?.to_vec());
            }
            Some("file") => return Err(fault("file", "stands there twice; send one file a request")),
            _ => return Err(Failure::Invalid("The form has the fields `kind` and `file` and no other.".to_owned())),
        }
    }
    let file = file.ok_or_else(|| fault("file", "is missing"))?;
    Ok((how, file))
}

fn too_large(app: &App) -> Failure {
    Failure::TooLarge(format!("The upload is larger than {} MiB.", app.config.upload_limit >> 20))
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
    let (how, bytes) = match sent::kind(request.headers()).as_str() {
        "multipart/form-data" => of_form(&app, how, request).await?,
        "application/octet-stream" => (how, sent::bytes(request, &app).await?.to_vec()),
        _ => {
            let text = "Send the file as application/octet-stream, or a form as multipart/form-data.";
            return Err(Failure::MediaType(text.to_owned()));
        }
    };
    let kind: Kind = how.kind.parse().map_err(|()| fault("kind", "is trace, facts or contracts"))?;
    if bytes.is_empty() {
        return Err(fault("file", "is empty"));
    }
    if bytes.len() > app.config.upload_limit {
        return Err(too_large(&app));
    }
    // A form sent again has another boundary, so that what it holds is what tells requests apart.
    let once = key.of(&writer.0, &[kind.name().as_bytes(), how.name.as_bytes(), secret::digest(&[&bytes]).as_bytes()]);
    if let Some(answer) = once.before(&app).await? {
        return Ok(answer);
    }
    let act = writer.act(&app);
    let admitted = read_in(&app, &writer.0, number, kind, &how.name, bytes).await?;
    let (file, masked) = (&admitted.evidence, admitted.words());
    let id = file.id.to_string();
    let mut tx = app.store.begin().await?;
    evidence::add(&app.store, &mut tx, act, number, kind, file, &masked).await?;
    if kind == Kind::Facts {
        set_due(&app, &mut tx, act, number).await?;
    }
    let items = evidence::of(&mut tx, &writer.0, number).await?;
    let item: EvidenceItem = items.into_iter().find(|i| i.id == id).ok_or(StoreError::NotFound("evidence"))?.into();
    let location = format!("{}/evidence/{id}", address(number));
    let answer = once.created(&mut tx, act, location, &item, &item).await?;
    tx.commit().await?;
    Ok(answer)
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
            .gives::<All<EvidenceItem>>(200, "All of them"),
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
        get("/api/v1/incidents/{number}/evidence/{id}/bytes", "downloadEvidence", "Gives a file as it was stored")
            .gives_any(200, "application/octet-stream", "Its bytes"),
    ]
}
