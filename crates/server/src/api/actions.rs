//! Action items of all incidents, and closing one with its proof.

use super::cursor::{Page, Part, paged};
use super::json::Json;
use super::openapi::{Operation, get, patch};
use super::schema::{All, Stamp};
use super::sent::{Faults, Path, Query, Sent};
use super::shown::shown;
use super::version::{Has, Made, etag};
use crate::auth::{Reader, Writer};
use crate::failure::{Failure, Field};
use crate::state::App;
use crate::work::action::{fault, set};
use crate::work::incident::REASON;
use axum::extract::State;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use hindcast_retro::record::action::{ActionState, Proof, ProofKind};
use hindcast_store::actions::{self, Filter};
use hindcast_store::incidents;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What proves that an action item is done.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Proof")]
pub struct Shown {
    /// eval, backtest, link or sign_off.
    pub kind: String,
    /// Where it is.
    pub reference: String,
}

shown! {
    /// An action item.
    pub struct Action from actions::Action as action {
        /// The incident.
        incident: i64,
        /// Its id in the retro.
        id: String,
        /// eval, tooling, guardrails or process.
        category: String,
        /// What to do.
        title: String,
        /// Who does it; empty where nobody does.
        owner: String,
        /// Until when: a date.
        due: Option<String>,
        /// The system question that it answers.
        question: String,
        /// What will prove it.
        verification: String,
        /// How far it has come.
        state: ActionState,
        /// What proves it.
        proof: Option<Shown> = action.proof.map(|(kind, reference)| Shown { kind, reference }),
        /// Why it is over without a proof.
        waiver: Option<String>,
        /// Who closed it, and when.
        closed: Option<Stamp> = action.closed.map(|(by, at)| Stamp::new(by, at)),
        /// How often the failure came back after it was closed.
        returned: i64,
        /// Counts its changes; the ETag is made of it.
        version: i64,
    }
}

paged! {
    /// Which action items are listed.
    pub struct Asked {
        /// Only those in this state.
        state: Option<ActionState>,
        /// Only those of this owner, whatever the case of the letters.
        #[serde(default)]
        owner: String,
    }
}

/// The list of all incidents, those of the newest incident first.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Action>>, Failure> {
    let cursor = asked.cursor(&[Part::Number, Part::Text])?;
    let filter = Filter { state: asked.state, owner: asked.owner, after: cursor.number(0).zip(cursor.text(1)) };
    let rows = actions::page(&mut *app.store.reader().await?, &viewer, &filter, cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |a| format!("{} {}", a.incident, a.id), Action::from)))
}

/// The action items of one incident.
pub async fn of_incident(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Json<All<Action>>, Failure> {
    let conn = &mut *app.store.reader().await?;
    incidents::find(conn, &viewer, number).await?;
    let all = actions::of(conn, &viewer, number).await?;
    Ok(Json(All { items: all.into_iter().map(Action::from).collect() }))
}

/// One action item.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path((number, id)): Path<(i64, String)>,
    has: Has,
) -> Result<Response, Failure> {
    let action = actions::find(&mut *app.store.reader().await?, &viewer, number, &id).await?;
    Ok(has.answer(action.version, || Action::from(action)))
}

/// What proves that it is done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewProof")]
pub struct Given {
    /// Which kind. A sign-off is by whoever sends this, who must not own the action.
    kind: ProofKind,
    /// The eval, the backtest, the address, or what was looked at.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    reference: String,
}

/// How far an action item has come.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ActionChange")]
pub struct Change {
    /// The state.
    state: ActionState,
    /// What proves that it is closed.
    proof: Option<Given>,
    /// Why it is closed without a proof, or dropped.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    waiver: String,
}

/// Changes how far it has come.
pub async fn change(
    State(app): State<App>,
    writer: Writer,
    Path((number, id)): Path<(i64, String)>,
    made: Made,
    sent: Sent<Change>,
) -> Result<Response, Failure> {
    let sent = sent.value;
    let mut faults = Faults::default();
    let waiver = Some(faults.short("waiver", &sent.waiver, REASON)).filter(|w| !w.is_empty());
    let proof = sent.proof.map(|given| Proof {
        kind: given.kind,
        reference: faults.short("proof.reference", &given.reference, REASON),
        by: (given.kind == ProofKind::SignOff).then(|| writer.0.name.clone()),
    });
    faults.told()?;
    let action = actions::find(&mut *app.store.reader().await?, &writer.0, number, &id).await?;
    made.from(action.version, "action item")?;
    if let Some(what) = fault(&action, sent.state, proof.as_ref(), waiver.as_deref()) {
        return Err(Failure::Fields(vec![Field { field: "state".to_owned(), what }]));
    }
    set(&app, writer.act(&app), &action, sent.state, proof.as_ref(), waiver.as_deref()).await?;
    let action = actions::find(&mut *app.store.reader().await?, &writer.0, number, &id).await?;
    Ok(([(ETAG, etag(action.version))], Json(Action::from(action))).into_response())
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/actions", "listActions", "Lists the action items of all incidents, those of the newest first")
            .query::<Asked>()
            .gives::<Page<Action>>(200, "A page of the list"),
        get("/api/v1/incidents/{number}/actions", "listActionsOfIncident", "Lists the action items of an incident")
            .gives::<All<Action>>(200, "All of them"),
        get("/api/v1/incidents/{number}/actions/{id}", "getAction", "Gives one action item")
            .gives::<Action>(200, "The action item")
            .tagged(),
        patch(
            "/api/v1/incidents/{number}/actions/{id}",
            "changeAction",
            "Changes how far an action item has come; closing needs its proof, or a reason to do without",
        )
        .body::<Change>()
        .gives::<Action>(200, "The action item as it is now")
        .tagged(),
    ]
}
