//! From written to approved: the gate, its waivers, another person's approval, and what comes after.

use super::openapi::{Operation, delete, get, post};
use super::retro::{RetroState, answer};
use super::schema::Stamp;
use super::sent::{Faults, Path, Sent};
use crate::auth::{Approver, Reader, Writer};
use crate::failure::Failure;
use crate::state::App;
use crate::work::incident::REASON;
use crate::work::retro::both;
use crate::work::review;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hindcast_retro::record::gate::Checked;
use hindcast_store::retros::{self, Waiver as Kept};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule that was waived.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Waiver {
    /// Why.
    pub reason: String,
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

/// What stands between a retro and its approval.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Gate {
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
    let checked = review::ask(&app, &viewer, &incident, &retro).await?;
    let waivers = retros::waivers(&mut *app.store.reader().await?, &viewer, number).await?;
    let waiver = |w: &Kept| Waiver { reason: w.reason.clone(), stamp: Stamp::new(w.name.as_str(), w.at) };
    let rule = |checked: Checked| {
        let waived = waivers.iter().find(|w| w.rule == checked.rule);
        Rule { checked, waiver: waived.map(waiver) }
    };
    let rules: Vec<Rule> = checked.into_iter().map(rule).collect();
    Ok(Json(Gate {
        open: rules.iter().filter(|r| !r.checked.faults.is_empty() && r.waiver.is_none()).count(),
        rules,
        no_approval: review::no_approval(&viewer, &retro),
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
pub async fn submit(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
) -> Result<Json<RetroState>, Failure> {
    review::submit(&app, writer.act(&app), number).await?;
    answer(&app, &writer.0, number).await
}

/// Gives it back to be written on.
pub async fn give_back(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    sent: Sent<Why>,
) -> Result<Json<RetroState>, Failure> {
    review::give_back(&app, writer.act(&app), number, &sent.value.read()?).await?;
    answer(&app, &writer.0, number).await
}

/// Approves.
pub async fn approve(
    State(app): State<App>,
    approver: Approver,
    Path(number): Path<i64>,
) -> Result<Json<RetroState>, Failure> {
    review::approve(&app, approver.act(&app), number).await?;
    answer(&app, &approver.0, number).await
}

/// Begins a revision of what is approved.
pub async fn reopen(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    sent: Sent<Why>,
) -> Result<Json<RetroState>, Failure> {
    review::reopen(&app, writer.act(&app), number, &sent.value.read()?).await?;
    answer(&app, &writer.0, number).await
}

/// Waives a rule.
pub async fn waive(
    State(app): State<App>,
    writer: Writer,
    Path((number, rule)): Path<(i64, String)>,
    sent: Sent<Why>,
) -> Result<StatusCode, Failure> {
    review::rule(&rule)?;
    review::waive(&app, writer.act(&app), number, &rule, &sent.value.read()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a waiver back.
pub async fn unwaive(
    State(app): State<App>,
    writer: Writer,
    Path((number, rule)): Path<(i64, String)>,
) -> Result<StatusCode, Failure> {
    let waivers = retros::waivers(&mut *app.store.reader().await?, &writer.0, number).await?;
    if !waivers.iter().any(|w| w.rule == rule) {
        return Err(Failure::NotFound("There is no such waiver.".to_owned()));
    }
    review::waive(&app, writer.act(&app), number, &rule, "").await?;
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
            .problem(409, "It is not being written"),
        post("/api/v1/incidents/{number}/retro/return", "returnRetro", "Gives the retro back to be written on")
            .body::<Why>()
            .gives::<RetroState>(200, RETRO)
            .problem(409, "It is not in review"),
        post("/api/v1/incidents/{number}/retro/approve", "approveRetro", "Approves the retro")
            .gives::<RetroState>(200, RETRO)
            .problem(409, "It is not in review, was sent in by the same person, or a rule fails and is not waived")
            .problem(412, "Somebody changed it meanwhile")
            .problem(422, "The evidence cannot be read any more"),
        post("/api/v1/incidents/{number}/retro/reopen", "reopenRetro", "Begins a revision of an approved retro")
            .body::<Why>()
            .gives::<RetroState>(200, RETRO)
            .problem(409, "It is not approved"),
        post(
            "/api/v1/incidents/{number}/retro/waivers/{rule}",
            "waiveRule",
            "Waives a rule, in place of an earlier waiver",
        )
        .body::<Why>()
        .gives_nothing("It is done")
        .problem(409, FROZEN),
        delete("/api/v1/incidents/{number}/retro/waivers/{rule}", "withdrawWaiver", "Takes a waiver back")
            .gives_nothing("It is done")
            .problem(409, FROZEN),
    ]
}
