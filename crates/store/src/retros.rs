//! Retros: one of each incident, edited section by section, every revision kept.

mod editors;
mod ended;
mod revisions;
mod waivers;

pub use editors::{Editors, last_editors};
pub use ended::Ends;
pub(crate) use ended::end_review;
pub use revisions::{Revision, revision, revisions, revisions_before};
pub use waivers::{Waiver, waive, waivers};

use crate::incidents::{find as find_incident, find_to_change};
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, search, time};
use hindcast_retro::record::edit::Section;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// How far a retro has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Being written.
    Draft,
    /// Being reviewed; an edit makes it a draft again.
    InReview,
    /// Approved: frozen until a revision is begun with a reason, or the incident's facts that it states change.
    Approved,
}

impl State {
    /// The name in the record and the API.
    pub fn name(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::InReview => "in_review",
            State::Approved => "approved",
        }
    }

    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::InReview => "in review",
            State::Approved => "approved",
        }
    }
}

impl std::str::FromStr for State {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        [State::Draft, State::InReview, State::Approved].into_iter().find(|s| s.name() == name).ok_or(())
    }
}

/// How often a section was changed, and by whom last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edited {
    /// Counts its changes.
    pub version: i64,
    /// Who changed it last; absent for the program.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
}

/// A retro.
#[derive(Debug, Clone, PartialEq)]
pub struct Retro {
    /// The incident.
    pub incident: i64,
    /// How far it has come.
    pub state: State,
    /// Counts its changes.
    pub revision: i64,
    /// The draft, as JSON.
    pub draft: String,
    /// Its sections.
    pub sections: BTreeMap<&'static str, Edited>,
    /// Who asked for a review (account and name), and when.
    pub submitted: Option<(String, String, Timestamp)>,
    /// Who approved it (account and name), and when.
    pub approved: Option<(String, String, Timestamp)>,
}

/// What a change did to a retro.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// What was done, as in [`Revision::change`].
    pub what: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The sections that it changed.
    pub sections: &'a [Section],
}

/// Begins the retro of an incident.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] where it has one.
pub async fn create(tx: &mut Tx, act: Act<'_>, number: i64, draft: &str) -> Result<(), StoreError> {
    find_to_change(tx, act, number).await?;
    let inserted = sqlx::query(
        "INSERT INTO retro (incident, state, revision, draft, created_at) VALUES ($1, $2, 1, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(number)
    .bind(State::Draft.name())
    .bind(draft)
    .bind(time::text(act.at))
    .execute(&mut **tx)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(StoreError::Conflict("the incident has a retro already".to_owned()));
    }
    for section in Section::ALL {
        let sql = "INSERT INTO retro_section (incident, section, version) VALUES ($1, $2, 1)";
        sqlx::query(sql).bind(number).bind(section.name()).execute(&mut **tx).await?;
    }
    let change = Change { what: "drafted", reason: "", sections: &[] };
    put_down(tx, act, number, 1, draft, change).await
}

/// The retro of an incident, if it has one.
///
/// # Errors
/// [`StoreError::NotFound`] where the viewer may not know of the incident.
pub async fn find(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Option<Retro>, StoreError> {
    find_incident(conn, viewer, number).await?;
    read(conn, number).await
}

async fn read(conn: &mut Conn, number: i64) -> Result<Option<Retro>, StoreError> {
    let row = sqlx::query(
        "SELECT r.*, s.name AS submitter, a.name AS approver FROM retro r LEFT JOIN account s ON s.id = r.submitted_by \
         LEFT JOIN account a ON a.id = r.approved_by WHERE r.incident = $1",
    );
    let Some(row) = row.bind(number).fetch_optional(&mut *conn).await? else { return Ok(None) };
    let sections = sqlx::query(
        "SELECT s.section, s.version, s.edited_at, a.name FROM retro_section s LEFT JOIN account a ON a.id = s.edited_by \
         WHERE s.incident = $1",
    );
    let mut of = BTreeMap::new();
    for row in sections.bind(number).fetch_all(conn).await? {
        let name: String = row.try_get("section")?;
        let section: Section = name.parse().map_err(|_| StoreError::Corrupt(format!("the section `{name}`")))?;
        let at = time::parse_opt(row.try_get("edited_at")?)?;
        of.insert(section.name(), Edited { version: row.try_get("version")?, by: row.try_get("name")?, at });
    }
    Ok(Some(retro(&row, of)?))
}

fn retro(row: &AnyRow, sections: BTreeMap<&'static str, Edited>) -> Result<Retro, StoreError> {
    let state: String = row.try_get("state")?;
    let did = |account: &str, name: &str, at: &str| -> Result<Option<(String, String, Timestamp)>, StoreError> {
        let account: Option<String> = row.try_get(account)?;
        let name: Option<String> = row.try_get(name)?;
        let at = time::parse_opt(row.try_get(at)?)?;
        Ok(account.zip(at).map(|(account, at)| (account, name.unwrap_or_default(), at)))
    };
    Ok(Retro {
        incident: row.try_get("incident")?,
        state: state.parse().map_err(|()| StoreError::Corrupt(format!("the state `{state}`")))?,
        revision: row.try_get("revision")?,
        draft: row.try_get("draft")?,
        sections,
        submitted: did("submitted_by", "submitter", "submitted_at")?,
        approved: did("approved_by", "approver", "approved_at")?,
    })
}

/// The retro to change: until the change is made or given up, nobody else changes it.
///
/// # Errors
/// [`StoreError::NotFound`] also where the viewer may not know of the incident.
pub async fn lock(tx: &mut Tx, act: Act<'_>, number: i64) -> Result<Retro, StoreError> {
    find_to_change(tx, act, number).await?;
    hold(tx, number).await?;
    read(tx, number).await?.ok_or(StoreError::NotFound("retro"))
}

/// Makes everybody else who would change the retro wait; nothing where there is none.
pub(crate) async fn hold(tx: &mut Tx, number: i64) -> Result<(), StoreError> {
    let held = sqlx::query("UPDATE retro SET revision = revision WHERE incident = $1").bind(number);
    held.execute(&mut **tx).await?;
    Ok(())
}

/// Saves a changed draft of a locked retro as its next revision. A review ends with it: the retro is a draft again.
///
/// # Errors
/// [`StoreError::Stale`] where it was not locked and was changed meanwhile.
pub async fn save(
    tx: &mut Tx,
    act: Act<'_>,
    retro: &Retro,
    draft: &str,
    change: Change<'_>,
) -> Result<i64, StoreError> {
    let next = retro.revision + 1;
    let saved = sqlx::query("UPDATE retro SET draft = $1, revision = $2 WHERE incident = $3 AND revision = $4");
    let saved = saved.bind(draft).bind(next).bind(retro.incident).bind(retro.revision).execute(&mut **tx).await?;
    if saved.rows_affected() == 0 {
        return Err(StoreError::Stale("retro"));
    }
    for section in change.sections {
        sqlx::query(
            "UPDATE retro_section SET version = version + 1, edited_by = $1, edited_at = $2 WHERE incident = $3 AND section = $4",
        )
        .bind(&act.by.account)
        .bind(time::text(act.at))
        .bind(retro.incident)
        .bind(section.name())
        .execute(&mut **tx)
        .await?;
    }
    put_down(tx, act, retro.incident, next, draft, change).await?;
    if retro.state == State::InReview {
        ended::to_draft(tx, act, retro.incident, next, retro.state, change.what).await?;
    }
    Ok(next)
}

/// Counts a change that leaves the draft as it is, as a revision of its own, so that whoever read an earlier one is told.
async fn count(tx: &mut Tx, act: Act<'_>, retro: &Retro, what: &str, reason: &str) -> Result<i64, StoreError> {
    let next = retro.revision + 1;
    let sql = "UPDATE retro SET revision = $1 WHERE incident = $2";
    sqlx::query(sql).bind(next).bind(retro.incident).execute(&mut **tx).await?;
    insert_revision(tx, act, retro.incident, next, &retro.draft, what, reason).await?;
    Ok(next)
}

async fn insert_revision(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    revision: i64,
    draft: &str,
    what: &str,
    reason: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO retro_revision (incident, revision, change, reason, account, at, draft) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(number)
    .bind(revision)
    .bind(what)
    .bind(reason)
    .bind(&act.by.account)
    .bind(time::text(act.at))
    .bind(draft)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn put_down(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    revision: i64,
    draft: &str,
    change: Change<'_>,
) -> Result<(), StoreError> {
    insert_revision(tx, act, number, revision, draft, change.what, change.reason).await?;
    search::follow(tx, number, draft).await?;
    let data = json!({ "revision": revision, "reason": change.reason });
    chain::record(tx, act, &format!("retro.{}", change.what), Some(number), "", &data).await
}

/// Asks for a review, approves, or takes the retro back into writing.
///
/// # Errors
/// [`StoreError::Conflict`] where it cannot come there from where it is; [`StoreError::Stale`] where it was not locked
/// and has come elsewhere meanwhile.
pub async fn set_state(tx: &mut Tx, act: Act<'_>, retro: &Retro, to: State, reason: &str) -> Result<(), StoreError> {
    let (column, kind) = match (retro.state, to) {
        (State::Draft, State::InReview) => ("submitted", "retro.submitted"),
        (State::InReview, State::Approved) => ("approved", "retro.approved"),
        (State::InReview, State::Draft) => ("returned", "retro.returned"),
        (State::Approved, State::Draft) => ("reopened", "retro.reopened"),
        (from, to) => {
            let text = format!("a retro that is {} cannot become {}", from.label(), to.label());
            return Err(StoreError::Conflict(text));
        }
    };
    let sql = match column {
        "submitted" => {
            "UPDATE retro SET state = $1, submitted_by = $2, submitted_at = $3 WHERE incident = $4 AND state = $5"
        }
        "approved" => {
            "UPDATE retro SET state = $1, approved_by = $2, approved_at = $3 WHERE incident = $4 AND state = $5"
        }
        // Who approved the frozen text stands in the log; what is written anew is approved by nobody yet.
        _ => {
            "UPDATE retro SET state = $1, submitted_by = NULL, submitted_at = NULL, approved_by = NULL, approved_at = NULL \
             WHERE $2 <> '' AND $3 <> '' AND incident = $4 AND state = $5"
        }
    };
    let changed = sqlx::query(sql)
        .bind(to.name())
        .bind(&act.by.account)
        .bind(time::text(act.at))
        .bind(retro.incident)
        .bind(retro.state.name())
        .execute(&mut **tx)
        .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::Stale("retro"));
    }
    if kind == "retro.reopened" {
        waivers::end_all(tx, retro.incident).await?;
    }
    let data = json!({ "revision": retro.revision, "reason": reason });
    chain::record(tx, act, kind, Some(retro.incident), "", &data).await
}
