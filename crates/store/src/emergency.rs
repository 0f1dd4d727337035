//! Emergency access: an administrator reads a restricted incident that does not name them.
//!
//! It is for one incident, by its number, for reading, and for a limited time. Everybody named in the incident is told in the change that
//! opens it. What is read is put down ([`record`]); lists, searches and counts do not ask for it.

mod reading;

pub(crate) use reading::READ;
pub use reading::{Reading, begin, is_recorded, record};

use crate::incidents::readable;
use crate::{Act, Conn, StoreError, Tx, Viewer, accounts, chain, jobs, time};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// How long it lasts if nobody ends it.
pub const HOURS: i64 = 4;

/// Why it ended before its time was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The administrator ended it.
    Returned,
    /// Somebody named in the incident withdrew it.
    Withdrawn,
    /// The account is no administrator any more.
    Demoted,
    /// The account was deactivated.
    Deactivated,
}

impl Ending {
    /// All of them.
    pub const ALL: [Ending; 4] = [Ending::Returned, Ending::Withdrawn, Ending::Demoted, Ending::Deactivated];

    /// The name that is stored and sent.
    pub fn name(self) -> &'static str {
        match self {
            Ending::Returned => "returned",
            Ending::Withdrawn => "withdrawn",
            Ending::Demoted => "demoted",
            Ending::Deactivated => "deactivated",
        }
    }
}

/// Emergency access of one administrator to one incident, past or present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its number.
    pub id: i64,
    /// The incident.
    pub incident: i64,
    /// The administrator's account.
    pub account: String,
    /// The administrator's name.
    pub name: String,
    /// Why, in the administrator's words.
    pub reason: String,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// When it was ended before that.
    pub ended_at: Option<Timestamp>,
    /// The name of the person who ended it.
    pub ended_by: Option<String>,
    /// Why it was ended.
    pub ending: Option<Ending>,
}

impl Grant {
    /// Whether it gives access at a time.
    pub fn is_active(&self, at: Timestamp) -> bool {
        self.ended_at.is_none() && at < self.expires_at
    }
}

/// The columns of a grant `g`, with the names of its people.
macro_rules! granted {
    () => {
        "SELECT g.*, a.name AS name, e.name AS ender FROM emergency_access g JOIN account a ON a.id = g.account \
         LEFT JOIN account e ON e.id = g.ended_by JOIN incident i ON i.number = g.incident "
    };
}

fn grant(row: &AnyRow) -> Result<Grant, StoreError> {
    let ending = row.try_get::<Option<String>, _>("ending")?.map(|name| {
        let known = Ending::ALL.into_iter().find(|e| e.name() == name);
        known.ok_or_else(|| StoreError::Corrupt(format!("the ending `{name}`")))
    });
    let ended_by: Option<String> = row.try_get("ended_by")?;
    let ender: Option<String> = row.try_get("ender")?;
    Ok(Grant {
        id: row.try_get("id")?,
        incident: row.try_get("incident")?,
        account: row.try_get("account")?,
        name: row.try_get("name")?,
        reason: row.try_get("reason")?,
        opened_at: time::parse(row.try_get("opened_at")?)?,
        expires_at: time::parse(row.try_get("expires_at")?)?,
        ended_at: time::parse_opt(row.try_get("ended_at")?)?,
        ended_by: ended_by.map(|_| ender.unwrap_or_else(|| Viewer::system().name)),
        ending: ending.transpose()?,
    })
}

/// Opens a restricted incident for an administrator whom it does not name, and tells everybody whom it names. Who may do this is not decided
/// here.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such incident; [`StoreError::Conflict`] where the actor can read it already.
pub async fn open(tx: &mut Tx, act: Act<'_>, number: i64, reason: &str) -> Result<Grant, StoreError> {
    // Before anything is looked at: of two that open it at once, the second one sees the first.
    accounts::hold_active(tx, &act.by.account).await?;
    let sql = "SELECT i.restricted, (SELECT COUNT(*) FROM incident_person p WHERE p.incident = i.number AND p.account = $2) AS named \
               FROM incident i WHERE i.number = $1";
    let row = sqlx::query(sql).bind(number).bind(&act.by.account).fetch_optional(&mut **tx).await?;
    let row = row.ok_or(StoreError::NotFound("incident"))?;
    if row.try_get::<i64, _>("restricted")? == 0 || row.try_get::<i64, _>("named")? > 0 {
        return Err(StoreError::Conflict(format!("you can read INC-{number} without emergency access")));
    }
    if let Some(active) = active(tx, &act.by.account, number, act.at).await? {
        let until = active.expires_at.strftime("%Y-%m-%d %H:%M UTC");
        return Err(StoreError::Conflict(format!("you have emergency access to INC-{number} already, until {until}")));
    }
    let next = sqlx::query("SELECT COALESCE(MAX(id), 0) + 1 AS id FROM emergency_access");
    let id: i64 = next.fetch_one(&mut **tx).await?.try_get("id")?;
    let expires_at = act.at.checked_add(SignedDuration::from_hours(HOURS)).unwrap_or(act.at);
    let sql = "INSERT INTO emergency_access (id, incident, account, reason, opened_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let row = sqlx::query(sql).bind(id).bind(number).bind(&act.by.account).bind(reason);
    row.bind(time::text(act.at)).bind(time::text(expires_at)).execute(&mut **tx).await?;
    let told = jobs::tell_of_emergency_access(tx, act, number, id, expires_at).await?;
    let data = json!({ "reason": reason, "until": time::text(expires_at), "told": told });
    chain::record(tx, act, "incident.emergency_opened", Some(number), &id.to_string(), &data).await?;
    active(tx, &act.by.account, number, act.at).await?.ok_or(StoreError::NotFound("emergency access"))
}

/// Ends emergency access to an incident before its time is over: one's own, or that to an incident that names the actor.
///
/// # Errors
/// [`StoreError::NotFound`] for that of anybody else; [`StoreError::Conflict`] where it is over.
pub async fn end(tx: &mut Tx, act: Act<'_>, number: i64, id: i64) -> Result<(), StoreError> {
    const SQL: &str = concat!(
        granted!(),
        "WHERE g.id = $1 AND g.incident = $2 AND (g.account = $3 OR EXISTS \
         (SELECT 1 FROM incident_person p WHERE p.incident = g.incident AND p.account = $3))"
    );
    chain::hold(tx).await?;
    let row = sqlx::query(SQL).bind(id).bind(number).bind(&act.by.account).fetch_optional(&mut **tx).await?;
    let found = grant(&row.ok_or(StoreError::NotFound("emergency access"))?)?;
    if !found.is_active(act.at) {
        return Err(StoreError::Conflict("the emergency access is over already".to_owned()));
    }
    let own = found.account == act.by.account;
    finish(tx, act, &found, if own { Ending::Returned } else { Ending::Withdrawn }).await
}

/// Ends all that an account has, because the account changed.
pub(crate) async fn end_all(tx: &mut Tx, act: Act<'_>, account: &str, ending: Ending) -> Result<(), StoreError> {
    const SQL: &str =
        concat!(granted!(), "WHERE g.account = $1 AND g.ended_at IS NULL AND g.expires_at > $2 ORDER BY g.id");
    chain::hold(tx).await?;
    let rows = sqlx::query(SQL).bind(account).bind(time::text(act.at)).fetch_all(&mut **tx).await?;
    for row in &rows {
        finish(tx, act, &grant(row)?, ending).await?;
    }
    Ok(())
}

async fn finish(tx: &mut Tx, act: Act<'_>, grant: &Grant, ending: Ending) -> Result<(), StoreError> {
    sqlx::query("UPDATE emergency_access SET ended_at = $1, ended_by = $2, ending = $3 WHERE id = $4")
        .bind(time::text(act.at))
        .bind(&act.by.account)
        .bind(ending.name())
        .bind(grant.id)
        .execute(&mut **tx)
        .await?;
    let data = json!({ "of": grant.account, "ending": ending.name() });
    chain::record(tx, act, "incident.emergency_ended", Some(grant.incident), &grant.id.to_string(), &data).await
}

/// What gives an account access to an incident at a time, if anything: it has not ended, the account administers, and the incident is
/// restricted and does not name it.
async fn active(conn: &mut Conn, account: &str, number: i64, at: Timestamp) -> Result<Option<Grant>, StoreError> {
    const SQL: &str = concat!(
        granted!(),
        "WHERE g.account = $1 AND g.incident = $2 AND g.ended_at IS NULL AND g.expires_at > $3 AND i.restricted = 1 \
         AND a.disabled_at IS NULL AND a.role = 'administrator' AND NOT EXISTS \
         (SELECT 1 FROM incident_person p WHERE p.incident = i.number AND p.account = g.account) ORDER BY g.id LIMIT 1"
    );
    let row = sqlx::query(SQL).bind(account).bind(number).bind(time::text(at)).fetch_optional(conn).await?;
    row.as_ref().map(grant).transpose()
}

/// All emergency access there was to an incident, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Vec<Grant>, StoreError> {
    const SQL: &str = concat!(granted!(), "WHERE g.incident = $1 AND ", readable!("$2", "$3"), " ORDER BY g.id DESC");
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_all(conn).await?;
    rows.iter().map(grant).collect()
}

/// All emergency access there was to any incident, the newest first, from before one of them. For administrators, who oversee each other.
///
/// # Errors
/// When the database does not answer.
pub async fn page(conn: &mut Conn, before: Option<i64>, most: i64) -> Result<Vec<Grant>, StoreError> {
    const SQL: &str = concat!(granted!(), "WHERE g.id < $1 ORDER BY g.id DESC LIMIT $2 + 0");
    let rows = sqlx::query(SQL).bind(before.unwrap_or(i64::MAX)).bind(most).fetch_all(conn).await?;
    rows.iter().map(grant).collect()
}
