//! The retro of an incident: begun from evidence, read, drafted anew, written out.

use super::incidents::address;
use super::json::Json;
use super::once;
use super::openapi::{Operation, get, post};
use super::schema::{Stamp, names};
use super::sections::SectionRow;
use super::sent::{Path, Sent, SentIfAny};
use super::version::etag;
use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::fair;
use crate::state::App;
use crate::work::attachment::attachment;
use crate::work::retro::{begin, both, opened, parse, redraft as draft_anew, written};
use crate::work::{self, Drafted};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use hindcast_render::{html, markdown};
use hindcast_retro::draft::Draft;
use hindcast_retro::record::edit::{LeadDecision, Section};
use hindcast_store::retros::{self, Retro as Kept};
use hindcast_store::{StoreError, Viewer};
use hindcast_trace::Stop;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

/// How far a retro has come.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RetroState {
    /// The incident.
    pub incident: i64,
    /// Being written, reviewed, or approved and frozen.
    #[schemars(schema_with = "names::state")]
    pub state: &'static str,
    /// Counts its changes.
    pub revision: i64,
    /// Its sections, with the version that a change is made from.
    pub sections: Vec<SectionRow>,
    /// Who asked for a review.
    pub submitted: Option<Stamp>,
    /// Who approved it.
    pub approved: Option<Stamp>,
}

impl From<&Kept> for RetroState {
    fn from(retro: &Kept) -> Self {
        let stamp = |did: &Option<(String, String, jiff::Timestamp)>| {
            did.as_ref().map(|(_, name, at)| Stamp::new(name.as_str(), *at))
        };
        RetroState {
            incident: retro.incident,
            state: retro.state.name(),
            revision: retro.revision,
            sections: Section::ALL.into_iter().map(|s| SectionRow::of(retro, s)).collect(),
            submitted: stamp(&retro.submitted),
            approved: stamp(&retro.approved),
        }
    }
}

/// A retro.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Retro {
    /// How far it has come.
    #[serde(flatten)]
    pub state: RetroState,
    /// All of it.
    pub draft: Draft,
    /// What a person should know about the drafting that this request did.
    pub warnings: Vec<String>,
}

async fn told(app: &App, retro: &Kept, warnings: Vec<String>) -> Result<Retro, Failure> {
    Ok(Retro { state: retro.into(), draft: opened(app, &retro.draft).await?, warnings })
}

/// A retro that was just begun, as [`Retro`] is written, around its draft as it is kept: writing that again would take its time while others wait for
/// the change.
fn begun(retro: &Kept, draft: &str, warnings: &[String]) -> Result<String, Failure> {
    let (state, warnings) = (once::write(&RetroState::from(retro))?, once::write(&warnings)?);
    let state = state.strip_suffix('}').unwrap_or(&state);
    Ok(format!(r#"{state},"draft":{draft},"warnings":{warnings}}}"#))
}

/// The state of a retro after something was done to it.
pub async fn answer(app: &App, viewer: &Viewer, number: i64) -> Result<Response, Failure> {
    let (_, retro) = both(app, viewer, number).await?;
    Ok(([(header::ETAG, etag(retro.revision))], Json(RetroState::from(&retro))).into_response())
}

/// Where a retro is.
pub fn place(number: i64) -> String {
    format!("{}/retro", address(number))
}

const MARKDOWN: &str = "text/markdown; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// The answer with the ETag of the revision, which an approval names.
fn tagged(revision: i64, mut response: Response) -> Response {
    if let Ok(tag) = etag(revision).parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

async fn as_markdown(app: &App, retro: Kept) -> Result<Response, Failure> {
    fair::needs_own_share("an export");
    let (number, json) = (retro.incident, retro.draft);
    let page = app.pools.pages.run(move |stop| exported(&json, stop, markdown::page)).await??;
    attachment(&format!("INC-{number}.md"), MARKDOWN, page)
}

async fn as_html(app: &App, retro: Kept) -> Result<Response, Failure> {
    fair::needs_own_share("an export");
    let (number, json) = (retro.incident, retro.draft);
    let page = app.pools.pages.run(move |stop| exported(&json, stop, html::page)).await??;
    let page = page.map_err(|e| Failure::Internal(format!("a retro cannot be written: {e}")))?;
    attachment(&format!("INC-{number}.html"), HTML, page)
}

/// Reads a draft and writes it out, as long as somebody waits for it.
fn exported<T>(json: &str, stop: &Stop, write: impl Fn(&Draft) -> T) -> Result<T, Failure> {
    let draft = parse(json, stop)?;
    if stop.is_set() { Err(Failure::Ended) } else { Ok(write(&draft)) }
}

/// The retro, as data; as Markdown or HTML where that is asked for.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (_, retro) = both(&app, &viewer, number).await?;
    let revision = retro.revision;
    // The first kind that is known counts.
    let accepts = headers.get(header::ACCEPT).and_then(|a| a.to_str().ok()).unwrap_or("");
    for kind in accepts.split(',').map(|k| k.split(';').next().unwrap_or("").trim()) {
        match kind {
            "text/markdown" => return Ok(tagged(revision, as_markdown(&app, retro).await?)),
            "text/html" => return Ok(tagged(revision, as_html(&app, retro).await?)),
            "application/json" | "*/*" => break,
            _ => {}
        }
    }
    let told = told(&app, &retro, Vec::new()).await?;
    Ok(tagged(revision, Json(told).into_response()))
}

/// The retro as Markdown.
pub async fn export_markdown(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    let (_, retro) = both(&app, &viewer, number).await?;
    as_markdown(&app, retro).await
}

/// The retro as one HTML page.
pub async fn export_html(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    let (_, retro) = both(&app, &viewer, number).await?;
    as_html(&app, retro).await
}

/// Which session to draft from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SessionChoice")]
pub struct Choice {
    /// Its key; needed where the evidence holds several.
    session: Option<String>,
}

/// Begins it: drafts from the evidence.
pub async fn create(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    SentIfAny(sent): SentIfAny<Choice>,
) -> Result<Response, Failure> {
    let (choice, once) = sent.once(&writer.0);
    if let Some(answer) = once.before(&app).await? {
        return Ok(answer);
    }
    let material = work::material(&app, &writer.0, number).await?;
    // Told before the work is done.
    if retros::find(&mut *app.store.reader().await?, &writer.0, number).await?.is_some() {
        return Err(Failure::Conflict("The incident has a retro already.".to_owned()));
    }
    let (draft, warnings) = match work::draft(&app, material, choice.session, None).await? {
        Drafted::Done(draft, warnings) => (draft, warnings),
        Drafted::Choose(sessions) => {
            let text = "The evidence holds several sessions; choose one of `sessions` by its key.";
            let more = Map::from_iter([("sessions".to_owned(), json!(sessions))]);
            return Err(Failure::With(Box::new(Failure::Conflict(text.to_owned())), more));
        }
    };
    let act = writer.act(&app);
    let new = written(&app, *draft).await?;
    let mut tx = app.begin().await?;
    begin(&app, &mut tx, act, number, &new).await?;
    let retro = retros::find(&mut tx, &writer.0, number).await?.ok_or(StoreError::NotFound("retro"))?;
    let answer = once.created_as(&mut tx, act, place(number), begun(&retro, new.json(), &warnings)?).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Drafts anew from the evidence as it is now; what people wrote and decided stays.
pub async fn redraft(State(app): State<App>, writer: Writer, Path(number): Path<i64>) -> Result<Json<Retro>, Failure> {
    let warnings = draft_anew(&app, writer.act(&app), number).await?;
    let (_, retro) = both(&app, &writer.0, number).await?;
    Ok(Json(told(&app, &retro, warnings).await?))
}

/// Promotes a lead to a finding, dismisses it, or takes that back.
pub async fn decide_lead(
    State(app): State<App>,
    writer: Writer,
    Path((number, id)): Path<(i64, String)>,
    sent: Sent<LeadDecision>,
) -> Result<Json<Retro>, Failure> {
    let warnings = work::lead::decide(&app, writer.act(&app), number, &id, &sent.value).await?;
    let (_, retro) = both(&app, &writer.0, number).await?;
    Ok(Json(told(&app, &retro, warnings).await?))
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/incidents/{number}/retro", "getRetro", "Gives the retro of an incident")
            .gives::<Retro>(200, "The retro, in the form that Accept names")
            .gives_any(200, "text/markdown", "")
            .gives_any(200, "text/html", ""),
        get("/api/v1/incidents/{number}/retro.md", "getRetroMarkdown", "Gives the retro as Markdown").gives_any(
            200,
            "text/markdown",
            "The retro",
        ),
        get("/api/v1/incidents/{number}/retro.html", "getRetroHtml", "Gives the retro as one HTML page").gives_any(
            200,
            "text/html",
            "The retro",
        ),
        post("/api/v1/incidents/{number}/retro", "beginRetro", "Drafts the retro from the evidence")
            .body_if_any::<Choice>()
            .gives::<Retro>(201, "The retro")
            .once()
            .problem(409, "There is one already, there is no trace, or `sessions` holds several to choose from"),
        post(
            "/api/v1/incidents/{number}/retro/redraft",
            "redraftRetro",
            "Drafts anew; what people wrote and decided stays",
        )
        .gives::<Retro>(200, "The retro as it is now")
        .problem(409, "It is approved, or the evidence does not hold its session any more")
        .problem(412, "Somebody changed it meanwhile")
        .problem(422, "The evidence cannot be read any more"),
        post(
            "/api/v1/incidents/{number}/retro/leads/{id}",
            "decideLead",
            "Promotes a lead to a finding, dismisses it, or takes that back",
        )
        .body::<LeadDecision>()
        .gives::<Retro>(200, "The retro as it is now; a promotion, and taking one back, draft it anew")
        .problem(409, "The retro is approved, or the evidence does not hold its session any more")
        .problem(412, "Somebody changed it meanwhile"),
    ]
}
