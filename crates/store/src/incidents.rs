//! Incidents: what happened to whom, how bad it is, and how far it has come.

mod aside;
mod deadlines;
mod due;
mod list;
mod mix;
mod named;

pub use aside::{Decided, moments, set_moments, severities};
pub use deadlines::{deadlines, first_response, lift, set_deadlines};
pub use due::{Due, Whose, due, due_after};
pub use list::{Brief, Filter, brief, list};
pub use mix::{Counted, Mix, mix};
pub(crate) use named::give_lead;
pub use named::{MOST_PEOPLE, MOST_TAGS, Person, add_tag, people, remove_person, remove_tag, set_person, tags};

use crate::retros::{self, Ends};
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, jobs, search, succession, time};
use hindcast_retro::record::incident::Status;
use hindcast_retro::record::people::Duty;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// The condition under which a viewer may know of an incident `i`: it is not restricted, or names the viewer.
///
/// The `OFFSET` keeps PostgreSQL from reading every incident that the viewer is named in, before the first row: it looks up the restricted
/// ones alone.
macro_rules! visible {
    ($viewer:literal) => {
        concat!(
            "(i.restricted = 0 OR EXISTS (SELECT 1 FROM incident_person vp WHERE vp.incident = i.number AND vp.account = ",
            $viewer,
            " LIMIT 1 OFFSET 0))"
        )
    };
}
pub(crate) use visible;

/// The same for what is read by an incident's number: also where the viewer reads that incident with emergency access. Lists, searches and
/// counts ask [`visible!`]: emergency access adds nothing to them.
macro_rules! readable {
    ($viewer:literal, $opened:literal) => {
        concat!("(i.number = ", $opened, " OR ", $crate::incidents::visible!($viewer), ")")
    };
}
pub(crate) use readable;

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// `12` of INC-12.
    pub number: i64,
    /// One line.
    pub title: String,
    /// The agent that it happened to; may be empty.
    pub agent: String,
    /// What is known, in a person's words.
    pub summary: String,
    /// 1 to 4; absent until somebody decides.
    pub severity: Option<u8>,
    /// Why.
    pub severity_reason: String,
    /// The severity whose duties apply: the highest one (1 is above 4) since the incident was opened, until [`confirm_severity`].
    pub duties: Option<u8>,
    /// How far it has come.
    pub status: Status,
    /// True where only the people named may know of it.
    pub restricted: bool,
    /// A reference in the team's tracker; may be empty.
    pub ticket: String,
    /// Who responded first, and when.
    pub first_response: Option<(String, Timestamp)>,
    /// The account that opened it.
    pub created_by: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub version: i64,
}

impl Incident {
    /// What people call it: `INC-12`.
    pub fn reference(&self) -> String {
        format!("INC-{}", self.number)
    }

    /// The severity that was decided and whose duties do not apply yet, because those of a higher one do.
    pub fn lowered(&self) -> Option<u8> {
        self.severity.filter(|level| self.duties.is_some_and(|duties| duties < *level))
    }
}

/// What a person may change of an incident at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Details {
    /// One line.
    pub title: String,
    /// The agent.
    pub agent: String,
    /// What is known.
    pub summary: String,
    /// A reference in the team's tracker.
    pub ticket: String,
}

/// An incident to open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct New {
    /// Its words.
    pub details: Details,
    /// How bad it is, where somebody knows already.
    pub severity: Option<u8>,
    /// Why.
    pub severity_reason: String,
    /// True where only the people named may know of it; whoever opens it is named.
    pub restricted: bool,
}

fn incident(row: &AnyRow) -> Result<Incident, StoreError> {
    let responder: Option<String> = row.try_get("first_response_by")?;
    let responded = time::parse_opt(row.try_get("first_response_at")?)?;
    Ok(Incident {
        number: row.try_get("number")?,
        title: row.try_get("title")?,
        agent: row.try_get("agent")?,
        summary: row.try_get("summary")?,
        severity: level(row, "severity")?,
        severity_reason: row.try_get("severity_reason")?,
        duties: level(row, "duties")?,
        status: status(row)?,
        restricted: row.try_get::<i64, _>("restricted")? != 0,
        ticket: row.try_get("ticket")?,
        first_response: responder.zip(responded),
        created_by: row.try_get("created_by")?,
        created_at: time::parse(row.try_get("created_at")?)?,
        updated_at: time::parse(row.try_get("updated_at")?)?,
        version: row.try_get("version")?,
    })
}

fn level(row: &AnyRow, column: &str) -> Result<Option<u8>, StoreError> {
    Ok(row.try_get::<Option<i64>, _>(column)?.and_then(|level| u8::try_from(level).ok()))
}

fn status(row: &AnyRow) -> Result<Status, StoreError> {
    let status: &str = row.try_get("status")?;
    status.parse().map_err(|_| StoreError::Corrupt(format!("the status `{status}`")))
}

/// Opens an incident and gives its number.
///
/// # Errors
/// When the database does not answer.
pub async fn create(tx: &mut Tx, act: Act<'_>, new: &New) -> Result<i64, StoreError> {
    let next = sqlx::query("UPDATE counter SET value = value + 1 WHERE name = 'incident' RETURNING value");
    let number: i64 = next.fetch_one(&mut **tx).await?.try_get("value")?;
    let now = time::text(act.at);
    sqlx::query(
        "INSERT INTO incident (number, title, agent, summary, severity, severity_reason, status, restricted, ticket, \
         created_by, created_at, updated_at, version, duties) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $5)",
    )
    .bind(number)
    .bind(&new.details.title)
    .bind(&new.details.agent)
    .bind(&new.details.summary)
    .bind(new.severity.map(i64::from))
    .bind(&new.severity_reason)
    .bind(Status::Open.name())
    .bind(i64::from(new.restricted))
    .bind(&new.details.ticket)
    .bind(&act.by.account)
    .bind(&now)
    .bind(&now)
    .execute(&mut **tx)
    .await?;
    if act.by.account != Viewer::system().account {
        named::name(tx, number, &act.by.account, Duty::Lead).await?;
    }
    let Details { title, agent, summary, ticket } = &new.details;
    search::begin(tx, number, &[title, agent, summary, ticket, &act.by.name]).await?;
    if new.severity.is_some() {
        aside::decided(tx, act, number, new.severity, &new.severity_reason).await?;
    }
    let data = json!({ "title": new.details.title, "severity": new.severity, "restricted": new.restricted });
    chain::record(tx, act, "incident.opened", Some(number), "", &data).await?;
    Ok(number)
}

/// The incident with this number.
///
/// # Errors
/// [`StoreError::NotFound`] also where the viewer may not know of it.
pub async fn find(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Incident, StoreError> {
    const SQL: &str = concat!("SELECT i.* FROM incident i WHERE i.number = $1 AND ", readable!("$2", "$3"));
    let row = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_optional(conn).await?;
    row.as_ref().map(incident).transpose()?.ok_or(StoreError::NotFound("incident"))
}

/// The incident that somebody changes. Emergency access changes nothing, so that it does not count here.
pub(crate) async fn find_to_change(tx: &mut Tx, act: Act<'_>, number: i64) -> Result<Incident, StoreError> {
    find(tx, &Viewer { emergency: None, ..act.by.clone() }, number).await
}

/// Counts a change of an incident that the actor may know of. With a version, only where nobody changed it since.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Stale`].
pub(crate) async fn touch(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    version: Option<i64>,
) -> Result<Incident, StoreError> {
    let sql = sqlx::query("UPDATE incident SET version = version + 1, updated_at = $1 WHERE number = $2");
    sql.bind(time::text(act.at)).bind(number).execute(&mut **tx).await?;
    // Read after the row is locked by its change, so that what is compared cannot change any more.
    let mut incident = find_to_change(tx, act, number).await?;
    incident.version -= 1;
    match version {
        Some(version) if version != incident.version => Err(StoreError::Stale("incident")),
        _ => Ok(incident),
    }
}

/// Locks an incident that the actor may know of, so that what is looked at before a change is still so when it is made.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn hold(tx: &mut Tx, act: Act<'_>, number: i64) -> Result<Incident, StoreError> {
    let sql = "UPDATE incident SET version = version WHERE number = $1";
    sqlx::query(sql).bind(number).execute(&mut **tx).await?;
    find_to_change(tx, act, number).await
}

/// Locks an incident and its retro, as [`hold`], in the order in which a change of both locks them.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn hold_whole(tx: &mut Tx, act: Act<'_>, number: i64) -> Result<Incident, StoreError> {
    retros::hold(tx, number).await?;
    hold(tx, act, number).await
}

/// Changes an incident's words.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Stale`].
pub async fn edit(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    version: Option<i64>,
    details: &Details,
) -> Result<(), StoreError> {
    // In the order of a change of the retro: the retro, then the incident.
    retros::hold(tx, number).await?;
    let before = touch(tx, act, number, version).await?;
    sqlx::query("UPDATE incident SET title = $1, agent = $2, summary = $3, ticket = $4 WHERE number = $5")
        .bind(&details.title)
        .bind(&details.agent)
        .bind(&details.summary)
        .bind(&details.ticket)
        .bind(number)
        .execute(&mut **tx)
        .await?;
    search::refresh(tx, number).await?;
    let stated = [("title", before.title != details.title), ("agent", before.agent != details.agent)];
    let stated: Vec<&str> = stated.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
    if !stated.is_empty() {
        let because = format!("changed the incident's {}", stated.join(" and "));
        retros::end_review(tx, act, number, Ends::ReviewAndApproval, &because).await?;
    }
    if before.ticket != details.ticket {
        retros::end_review(tx, act, number, Ends::Review, "changed the incident's ticket").await?;
    }
    let data = json!({ "from": { "title": before.title, "agent": before.agent, "summary": before.summary,
        "ticket": before.ticket }, "to": { "title": details.title, "agent": details.agent, "summary": details.summary,
        "ticket": details.ticket } });
    chain::record(tx, act, "incident.edited", Some(number), "", &data).await
}

/// Changes how far an incident has come.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Stale`]; [`StoreError::Conflict`] where it cannot come there from where it is.
pub async fn set_status(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    version: Option<i64>,
    status: Status,
) -> Result<(), StoreError> {
    let before = touch(tx, act, number, version).await?;
    if !before.status.may_become(status) {
        let (from, to) = (before.status.label(), status.label());
        return Err(StoreError::Conflict(format!("an incident that is {from} cannot become {to}")));
    }
    sqlx::query("UPDATE incident SET status = $1 WHERE number = $2")
        .bind(status.name())
        .bind(number)
        .execute(&mut **tx)
        .await?;
    let data = json!({ "from": before.status.name(), "to": status.name() });
    chain::record(tx, act, "incident.status", Some(number), "", &data).await?;
    // Nothing is due of a closed incident, until it is opened again.
    if before.status == Status::Closed || status == Status::Closed {
        jobs::follow_deadlines(tx, act, number).await?;
    }
    Ok(())
}

/// Decides how bad an incident is; earlier decisions are kept. The duties of a higher severity apply at once; those of a lower one
/// once they are confirmed ([`confirm_severity`]). A retro in review or approved becomes a draft again: it states the severity.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Stale`].
pub async fn set_severity(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    version: Option<i64>,
    level: Option<u8>,
    reason: &str,
) -> Result<(), StoreError> {
    retros::hold(tx, number).await?;
    let before = touch(tx, act, number, version).await?;
    let duties = before.duties.into_iter().chain(level).min();
    sqlx::query("UPDATE incident SET severity = $1, severity_reason = $2, duties = $3 WHERE number = $4")
        .bind(level.map(i64::from))
        .bind(reason)
        .bind(duties.map(i64::from))
        .bind(number)
        .execute(&mut **tx)
        .await?;
    aside::decided(tx, act, number, level, reason).await?;
    let data = json!({ "from": before.severity, "to": level, "duties": duties, "reason": reason });
    chain::record(tx, act, "incident.severity", Some(number), "", &data).await?;
    retros::end_review(tx, act, number, Ends::ReviewAndApproval, "decided on the severity again").await
}

/// Confirms a lower severity than one that was in force: from here on its duties apply. Who may confirm is not decided here.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Stale`]; [`StoreError::Conflict`] where no lower severity waits for it.
pub async fn confirm_severity(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    version: Option<i64>,
    reason: &str,
) -> Result<(), StoreError> {
    retros::hold(tx, number).await?;
    let before = touch(tx, act, number, version).await?;
    let Some(level) = before.lowered() else {
        return Err(StoreError::Conflict("no lower severity waits for confirmation".to_owned()));
    };
    sqlx::query("UPDATE incident SET duties = $1 WHERE number = $2")
        .bind(i64::from(level))
        .bind(number)
        .execute(&mut **tx)
        .await?;
    let data = json!({ "from": before.duties, "to": level, "reason": reason });
    chain::record(tx, act, "incident.severity_confirmed", Some(number), "", &data).await?;
    retros::end_review(tx, act, number, Ends::Review, "confirmed a lower severity").await
}

/// Restricts an incident to the people named, or opens it to all. Whoever restricts it is named, and leads it where nobody active does.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Stale`]; [`StoreError::Conflict`] where they would have to be named and it names [as many](MOST_PEOPLE) as it
/// may.
pub async fn set_restricted(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    version: Option<i64>,
    restricted: bool,
) -> Result<(), StoreError> {
    touch(tx, act, number, version).await?;
    let named = people(tx, act.by, number).await?.iter().any(|p| p.account == act.by.account);
    let leads = succession::working(tx, number).await?.1;
    if restricted && (leads == 0 || !named) {
        let duty = if leads == 0 { Duty::Lead } else { Duty::Informed };
        named::name(tx, number, &act.by.account, duty).await?;
        search::refresh(tx, number).await?;
    }
    sqlx::query("UPDATE incident SET restricted = $1 WHERE number = $2")
        .bind(i64::from(restricted))
        .bind(number)
        .execute(&mut **tx)
        .await?;
    let kind = if restricted { "incident.restricted" } else { "incident.unrestricted" };
    chain::record(tx, act, kind, Some(number), "", &json!({})).await
}
