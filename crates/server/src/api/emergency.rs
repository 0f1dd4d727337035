//! Emergency access to restricted incidents.

use super::cursor::{Page, Paging, Part};
use super::json::Json;
use super::openapi::{Operation, delete, get, post};
use super::schema::{All, Time, names};
use super::sent::{Faults, Path, Query, Sent};
use super::shown::shown;
use crate::auth::{Admin, AdminInPerson, Reader, Writer};
use crate::failure::{Failure, Field};
use crate::state::App;
use crate::work::change::change;
use crate::work::confirm::Wrong;
use crate::work::emergency::{self as work, Asked, Outcome};
use axum::extract::State;
use axum::http::StatusCode;
use hindcast_store::emergency::{self, Ending};
use hindcast_store::incidents;
use schemars::JsonSchema;
use serde::Deserialize;

shown! {
    /// Emergency access of one administrator to one restricted incident, past or present.
    pub struct EmergencyAccess from emergency::Grant as grant {
        /// Its number.
        id: i64,
        /// The incident's number.
        incident: i64,
        /// The administrator's account.
        account: String,
        /// The administrator's name.
        by: String = grant.name,
        /// Why, in the administrator's words.
        reason: String,
        /// When it began.
        opened_at: Time = Time(grant.opened_at),
        /// When it ends at the latest.
        expires_at: Time = Time(grant.expires_at),
        /// When it was ended before that; null if it was not.
        ended_at: Option<Time> = grant.ended_at.map(Time),
        /// The name of the person who ended it.
        ended_by: Option<String>,
        /// Why it ended: the administrator ended it (`returned`), somebody named in the incident withdrew it (`withdrawn`), or the role (`demoted`) or the account (`deactivated`) ended.
        #[schemars(schema_with = "names::ending")]
        ending: Option<&'static str> = grant.ending.map(Ending::name),
    }
}

/// All emergency access there was, the newest first.
pub async fn list(
    State(app): State<App>,
    _: Admin,
    Query(asked): Query<Paging>,
) -> Result<Json<Page<EmergencyAccess>>, Failure> {
    let cursor = asked.cursor(&[Part::Number])?;
    let rows = emergency::page(&mut *app.store.reader().await?, cursor.number(0), cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |g| g.id.to_string(), EmergencyAccess::from)))
}

/// That to one incident.
pub async fn of_incident(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Json<All<EmergencyAccess>>, Failure> {
    let conn = &mut *app.store.reader().await?;
    incidents::find(conn, &viewer, number).await?;
    let all = emergency::of(conn, &viewer, number).await?;
    Ok(Json(All { items: all.into_iter().map(EmergencyAccess::from).collect() }))
}

/// A restricted incident to open in an emergency.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEmergencyAccess {
    /// The incident's number.
    #[schemars(range(min = 1))]
    incident: i64,
    /// Why. The people named and all administrators can read it. No invisible characters.
    #[schemars(length(min = 10, max = 2000))]
    reason: String,
    /// The password of the administrator who asks.
    password: String,
    /// A code from the authenticator app, or a recovery code, if the administrator has a second factor.
    #[serde(default)]
    code: String,
}

/// Opens a restricted incident.
pub async fn open(
    State(app): State<App>,
    admin: AdminInPerson,
    sent: Sent<NewEmergencyAccess>,
) -> Result<Json<EmergencyAccess>, Failure> {
    let sent = sent.value;
    let mut faults = Faults::default();
    let reason = work::reason(&sent.reason).unwrap_or_else(|e| {
        faults.add("reason", e);
        String::new()
    });
    faults.told()?;
    let asked = Asked { number: sent.incident, reason: &reason, password: &sent.password, code: &sent.code };
    let fault =
        |field: &str, what: &str| Failure::Fields(vec![Field { field: field.to_owned(), what: what.to_owned() }]);
    match work::open(&app, &admin.0, asked).await? {
        Outcome::Opened(grant) => Ok(Json(grant.into())),
        Outcome::Wrong(Wrong::Password) => Err(fault("password", "is wrong")),
        Outcome::Wrong(Wrong::Code) => Err(fault("code", "is wrong or was used before")),
        Outcome::NoIncident => Err(fault("incident", "does not exist")),
    }
}

/// Ends it: by the administrator, or by somebody named in the incident.
pub async fn end(
    State(app): State<App>,
    writer: Writer,
    Path((number, id)): Path<(i64, i64)>,
) -> Result<StatusCode, Failure> {
    change(&app, async |tx| Ok(emergency::end(tx, writer.act(&app), number, id).await?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get(
            "/api/v1/emergency-access",
            "listEmergencyAccess",
            "Lists past and present emergency access to all incidents, newest first",
        )
        .query::<Paging>()
        .gives::<Page<EmergencyAccess>>(200, "A page of the list"),
        post(
            "/api/v1/emergency-access",
            "openWithEmergencyAccess",
            "Opens a restricted incident for its administrator to read, for four hours, and tells everyone named in it",
        )
        .body::<NewEmergencyAccess>()
        .gives::<EmergencyAccess>(200, "The access")
        .problem(409, "The administrator can read the incident already")
        .problem(429, "Too many attempts")
        .by_session(),
        get(
            "/api/v1/incidents/{number}/emergency-access",
            "listEmergencyAccessOfIncident",
            "Lists past and present emergency access to an incident, newest first",
        )
        .gives::<All<EmergencyAccess>>(200, "All of it"),
        delete(
            "/api/v1/incidents/{number}/emergency-access/{access}",
            "endEmergencyAccess",
            "Ends emergency access: your own, or access to an incident that names you",
        )
        .gives_nothing("It is ended")
        .problem(409, "It is over already"),
    ]
}
