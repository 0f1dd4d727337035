//! Incidents that are the same failure again.

use super::json::Json;
use super::openapi::{Operation, delete, get, post};
use super::schema::{All, Stamp};
use super::sent::{Faults, Path, Sent};
use super::shown::shown;
use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::state::App;
use crate::work::action;
use crate::work::change::change;
use crate::work::incident::REASON;
use axum::extract::State;
use axum::http::StatusCode;
use hindcast_store::{incidents, recurrences};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

shown! {
    /// The other incident of a recurrence.
    pub struct Recurrence from recurrences::Recurrence as it {
        /// Its number.
        incident: i64,
        /// Its title.
        title: String,
        /// True where it came before; false where it is the return.
        earlier: bool,
        /// Why the two are held for the same failure; may be empty.
        reason: String,
        /// Who told so, and when.
        told: Stamp = Stamp::new(it.by, it.at),
    }
}

/// Those of an incident, as far as the one who asks may know of them.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Json<All<Recurrence>>, Failure> {
    let conn = &mut *app.store.reader().await?;
    incidents::find(conn, &viewer, number).await?;
    let all = recurrences::of(conn, &viewer, number).await?;
    Ok(Json(All { items: all.into_iter().map(Recurrence::from).collect() }))
}

/// That an incident is the return of an earlier one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewRecurrence")]
pub struct Told {
    /// The number of the earlier one.
    earlier: i64,
    /// Why.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    reason: String,
}

/// What it led to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Returned {
    /// How many closed action items of the earlier incident are open again.
    pub opened: u64,
}

/// Tells it.
pub async fn tell(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    sent: Sent<Told>,
) -> Result<Json<Returned>, Failure> {
    let mut faults = Faults::default();
    let reason = faults.short("reason", &sent.value.reason, REASON);
    faults.told()?;
    let opened = action::recurred(&app, writer.act(&app), number, sent.value.earlier, &reason).await?;
    Ok(Json(Returned { opened }))
}

/// Takes it back.
pub async fn withdraw(
    State(app): State<App>,
    writer: Writer,
    Path((number, earlier)): Path<(i64, i64)>,
) -> Result<StatusCode, Failure> {
    change(&app, async |tx| Ok(recurrences::withdraw(tx, writer.act(&app), number, earlier).await?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get(
            "/api/v1/incidents/{number}/recurrences",
            "listRecurrences",
            "Lists the incidents that are the same failure",
        )
        .gives::<All<Recurrence>>(200, "All of them"),
        post(
            "/api/v1/incidents/{number}/recurrences",
            "tellRecurrence",
            "Tells that an incident is the return of an earlier one, whose closed action items are open again",
        )
        .body::<Told>()
        .gives::<Returned>(200, "What it led to")
        .problem(409, "It is told already, the two are one, or the other was opened later"),
        delete(
            "/api/v1/incidents/{number}/recurrences/{earlier}",
            "withdrawRecurrence",
            "Takes back that an incident is the return of an earlier one; action items stay as they are",
        )
        .gives_nothing("It is done"),
    ]
}
