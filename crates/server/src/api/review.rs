//! From written to approved: the gate, its waivers, another person's approval, and what comes after.

use super::json::Json;
use super::openapi::{Operation, delete, get, post};
use super::retro::{RetroState, answer};
use super::schema::Stamp;
use super::sent::{Faults, Path, Sent};
use super::version::Made;
use crate::auth::{Approver, Reader, Writer};
use crate::failure::Failure;
use crate::state::App;
use crate::work::incident::REASON;
use crate::work::retro::both;
use crate::work::review::{self, Standing};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hindcast_retro::record::gate::{Checked, Fault};
use hindcast_store::{Viewer, retros};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule that was waived.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Waiver {
    /// Why.
    pub reason: String,
    /// The faults that it covers.
    pub faults: Vec<Fault>,
    /// True where it covers all that does not hold now.
    pub applies: bool,
    /// Who waived it, and when.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// What a rule says of the retro.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Rule {
    /// The rule, and what does not hold.
    #[serde(flatten)]
    pub checked: Checked,
    /// Its waiver, where it has one.
    pub waiver: Option<Waiver>,
}

impl From<Standing> for Rule {
    fn from(standing: Standing) -> Self {
        let applies = standing.is_waived();
        let Standing { checked, waiver } = standing;
        let waiver = waiver.map(|w| Waiver {
            stamp: Stamp::new(w.name.as_str(), w.at),
            reason: w.reason,
            faults: w.faults,
            applies,
        });
        Rule { checked, waiver }
    }
}

/// What stands between a retro and its approval.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Gate {
    /// The revision that was asked about; an approval names it as `"v{revision}"`.
    pub revision: i64,
    /// Every rule that is asked.
    pub rules: Vec<Rule>,
    /// How many fail and are not waived.
    pub open: usize,
    /// Why the one who asks may not approve; null where they may.
    pub no_approval: Option<&'static str>,
}

/// Asks every rule about the retro as it stands.
pub async fn gate(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Json<Gate>, Failure> {
    let (incident, retro) = both(&app, &viewer, number).await?;
    let standing = review::standing(&app, &viewer, &incident, &retro).await?;
    let no_approval = review::no_approval(&app, &mut *app.store.reader().await?, &viewer, &retro, &standing).await?;
    Ok(Json(Gate {
        revision: retro.revision,
        open: standing.iter().filter(|s| !s.passes()).count(),
        rules: standing.into_iter().map(Rule::from).collect(),
        no_approval,
    }))
}

/// Why something is done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Reason")]
pub struct Why {
    /// The reason.
    #[schemars(length(min = 1, max = 2000), regex(pattern = r"\S"))]
    reason: String,
}

impl Why {
    /// It, where there is one.
    pub fn read(&self) -> Result<String, Failure> {
        let mut faults = Faults::default();
        let reason = faults.required("reason", &self.reason, REASON);
        faults.told().map(|()| reason)
    }
}

/// Asks for a review.
pub async fn submit(State(app): State<App>, writer: Writer, Path(number): Path<i64>) -> Result<Response, Failure> {
    review::submit(&app, writer.act(&app), number).await?;
    answer(&app, &writer.0, number).await
}

/// Gives it back to be written on.
pub async fn give_back(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    sent: Sent<Why>,
) -> Result<Response, Failure> {
    review::give_back(&app, writer.act(&app), number, &sent.value.read()?).await?;
    answer(&app, &writer.0, number).await
}

/// The revision that was read, by `If-Match`. The retro is found first: who may not know of the incident is not told what the request lacks either.
async fn revision_read(app: &App, viewer: &Viewer, number: i64, headers: &HeaderMap) -> Result<i64, Failure> {
    both(app, viewer, number).await?;
    Made::of(headers)?.read()
}

/// Approves the revision that was read.
pub async fn approve(
    State(app): State<App>,
    approver: Approver,
    Path(number): Path<i64>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let read = revision_read(&app, &approver.0, number, &headers).await?;
    review::approve(&app, approver.act(&app), number, read).await?;
    answer(&app, &approver.0, number).await
}

/// Begins a revision of what is approved.
pub async fn reopen(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    sent: Sent<Why>,
) -> Result<Response, Failure> {
    review::reopen(&app, writer.act(&app), number, &sent.value.read()?).await?;
    answer(&app, &writer.0, number).await
}

/// Waives a rule, for the revision that was read.
pub async fn waive(
    State(app): State<App>,
    writer: Writer,
    Path((number, rule)): Path<(i64, String)>,
    headers: HeaderMap,
    sent: Sent<Why>,
) -> Result<StatusCode, Failure> {
    review::rule(&rule)?;
    let reason = sent.value.read()?;
    let read = revision_read(&app, &writer.0, number, &headers).await?;
    review::waive(&app, writer.act(&app), number, &rule, &reason, Some(read)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a waiver back, of the revision that was read.
pub async fn unwaive(
    State(app): State<App>,
    writer: Writer,
    Path((number, rule)): Path<(i64, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, Failure> {
    let waivers = retros::waivers(&mut *app.store.reader().await?, &writer.0, number).await?;
    if !waivers.iter().any(|w| w.rule == rule) {
        return Err(Failure::NotFound("There is no such waiver.".to_owned()));
    }
    let read = revision_read(&app, &writer.0, number, &headers).await?;
    review::waive(&app, writer.act(&app), number, &rule, "", Some(read)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    const RETRO: &str = "The retro as it is now";
    const FROZEN: &str = "The retro is approved and frozen";
    vec![
        get("/api/v1/incidents/{number}/retro/gate", "askGate", "Asks every rule about the retro as it stands")
            .gives::<Gate>(200, "What they say")
            .problem(422, "The evidence cannot be read any more"),
        post("/api/v1/incidents/{number}/retro/submit", "submitRetro", "Asks for a review")
            .gives::<RetroState>(200, RETRO)
            .tagged()
            .problem(409, "It is not being written"),
        post("/api/v1/incidents/{number}/retro/return", "returnRetro", "Gives the retro back to be written on")
            .body::<Why>()
            .gives::<RetroState>(200, RETRO)
            .tagged()
            .problem(409, "It is not in review"),
        post("/api/v1/incidents/{number}/retro/approve", "approveRetro", "Approves the retro")
            .gives::<RetroState>(200, RETRO)
            .tagged()
            .needs_version()
            .problem(400, "If-Match does not contain exactly one revision")
            .problem(
                409,
                "It is not in review; you sent it for review, changed it last or waived a check that fails; or a check fails and is not \
                 waived",
            )
            .problem(412, "The retro has changed since that revision; `detail` says who changed what")
            .problem(422, "The evidence cannot be read any more"),
        post("/api/v1/incidents/{number}/retro/reopen", "reopenRetro", "Begins a revision of an approved retro")
            .body::<Why>()
            .gives::<RetroState>(200, RETRO)
            .tagged()
            .problem(409, "It is not approved"),
        post(
            "/api/v1/incidents/{number}/retro/waivers/{rule}",
            "waiveRule",
            "Waives the current failures of a check; replaces an earlier waiver",
        )
        .body::<Why>()
        .gives_nothing("It is done")
        .needs_version()
        .problem(400, "The body is not JSON, or If-Match does not contain exactly one revision")
        .problem(409, "The retro is approved and frozen, or the check does not fail")
        .problem(412, "The retro has changed since that revision; `detail` says who changed what")
        .problem(422, "The evidence cannot be read any more"),
        delete("/api/v1/incidents/{number}/retro/waivers/{rule}", "withdrawWaiver", "Takes a waiver back")
            .gives_nothing("It is done")
            .needs_version()
            .problem(400, "If-Match does not contain exactly one revision")
            .problem(409, FROZEN)
            .problem(412, "The retro has changed since that revision; `detail` says who changed what"),
    ]
}
