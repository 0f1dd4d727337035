//! Emergency access to restricted incidents: for administrators, who open them and see all that there was, and on the pages of incidents.

use super::frame::{Frame, away, go, page, refused, when};
use crate::auth::{Admin, AdminInPerson, Writer};
use crate::failure::Failure;
use crate::form::Fields;
use crate::state::App;
use crate::work::change::change;
use crate::work::confirm::Wrong;
use crate::work::emergency::{self as work, Asked, LONGEST, Outcome, SHORTEST};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_store::emergency::{self, Ending, Grant, HOURS};
use hindcast_store::{Viewer, second_factors};
use jiff::Timestamp;

/// Those that are listed at most.
const MOST: i64 = 200;

/// Emergency access as a page tells it.
pub struct Row {
    /// Its number.
    pub id: i64,
    /// The incident's.
    pub number: i64,
    /// The administrator.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub opened: String,
    /// Until when at the latest.
    pub until: String,
    /// How it ended, or how long it lasts.
    pub state: String,
    /// True while it gives access.
    pub active: bool,
    /// True where the viewer is the administrator.
    pub own: bool,
}

/// Emergency access, for people.
pub fn row(grant: Grant, viewer: &Viewer, now: Timestamp) -> Row {
    let active = grant.is_active(now);
    let by = grant.ended_by.as_deref().unwrap_or_default();
    let state = match (grant.ended_at, grant.ending) {
        (Some(at), Some(Ending::Returned)) => format!("{by} ended it, {}", when(at)),
        (Some(at), Some(Ending::Withdrawn)) => format!("{by} withdrew it, {}", when(at)),
        (Some(at), Some(Ending::Demoted)) => format!("ended with the administrator role, {}", when(at)),
        (Some(at), Some(Ending::Deactivated)) => format!("ended when the account was deactivated, {}", when(at)),
        (Some(at), None) => format!("ended, {}", when(at)),
        (None, _) if active => format!("active, ends {}", away(grant.expires_at, now)),
        (None, _) => "expired".to_owned(),
    };
    Row {
        id: grant.id,
        number: grant.incident,
        own: grant.account == viewer.account,
        name: grant.name,
        reason: grant.reason,
        opened: when(grant.opened_at),
        until: when(grant.expires_at),
        state,
        active,
    }
}

#[derive(Template)]
#[template(path = "emergency.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    /// True where the administrator has a second factor.
    second_factor: bool,
    hours: i64,
    shortest: usize,
    longest: usize,
    number: String,
    reason: String,
    fault: Option<String>,
}

async fn listed(app: &App, viewer: &Viewer) -> Result<Page, Failure> {
    let now = app.clock.now();
    let conn = &mut *app.store.reader().await?;
    let all = emergency::page(conn, None, MOST).await?;
    let second_factor = second_factors::find(conn, &viewer.account).await?.is_some();
    Ok(Page {
        frame: Frame::new(viewer, "people", "Emergency access"),
        rows: all.into_iter().map(|g| row(g, viewer, now)).collect(),
        second_factor,
        hours: HOURS,
        shortest: SHORTEST,
        longest: LONGEST,
        number: String::new(),
        reason: String::new(),
        fault: None,
    })
}

/// The list, and the form that opens an incident.
pub async fn list(State(app): State<App>, Admin(viewer): Admin) -> Result<Response, Failure> {
    page(&listed(&app, &viewer).await?)
}

fn number(text: &str) -> Result<i64, Failure> {
    let digits = text.get(..4).filter(|p| p.eq_ignore_ascii_case("INC-")).map_or(text, |_| &text[4..]);
    let number = digits.parse().ok().filter(|n| *n > 0);
    number.ok_or_else(|| Failure::Invalid("Incident: write its number, such as INC-12.".to_owned()))
}

async fn opened(app: &App, admin: &AdminInPerson, fields: &Fields) -> Result<i64, Failure> {
    let number = number(fields.get("incident"))?;
    let reason = work::reason(fields.get("reason")).map_err(|e| Failure::Invalid(format!("Reason: it {e}.")))?;
    let field = |name| fields.raw(name).unwrap_or("");
    let asked = Asked { number, reason: &reason, password: field("password"), code: field("code") };
    match work::open(app, &admin.0, asked).await? {
        Outcome::Opened(grant) => Ok(grant.incident),
        Outcome::Wrong(Wrong::Password) => {
            Err(Failure::Invalid("Your password is wrong. Nothing was opened.".to_owned()))
        }
        Outcome::Wrong(wrong) => Err(wrong.told("Your password")),
        Outcome::NoIncident => Err(Failure::Invalid(format!("Incident: there is no INC-{number}."))),
    }
}

/// Opens an incident. Where the form has a fault, it comes back with what was written.
pub async fn open(State(app): State<App>, admin: AdminInPerson, fields: Fields) -> Result<Response, Failure> {
    match opened(&app, &admin, &fields).await {
        Ok(number) => Ok(go(&format!("/incidents/{number}"))),
        Err(Failure::Invalid(fault)) => {
            let (number, reason) = (fields.get("incident").to_owned(), fields.get("reason").to_owned());
            let page = listed(&app, &admin.0.viewer).await?;
            refused(&Page { number, reason, fault: Some(fault), ..page })
        }
        Err(other) => Err(other),
    }
}

/// Ends it: by the administrator, or by somebody named in the incident.
pub async fn end(
    State(app): State<App>,
    writer: Writer,
    Path((number, id)): Path<(i64, i64)>,
) -> Result<Response, Failure> {
    let sees = change(&app, async |tx| work::end(tx, writer.act(&app), number, id).await).await?;
    Ok(if sees { go(&format!("/incidents/{number}#emergency")) } else { go("/emergency-access") })
}
