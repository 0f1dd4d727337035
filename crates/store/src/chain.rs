//! What happened, in order: an event for people, and a row of the audit log for the auditor.
//!
//! Both are written in the transaction of the change that they tell of. The audit log holds ids and digests, never
//! content, and every row's hash covers the row before: a row that is changed, taken out or put in later shows. A row also
//! carries digests of what its change found and left in the record (`part`, `seal`), so that the record can be checked against the
//! log ([`verify()`]).

mod content;
mod cover;
mod damage;
mod index;
mod kinds;
mod log;
mod part;
mod seal;
mod verify;

pub use cover::begin_coverage;
pub(crate) use index::fill;
pub(crate) use part::{
    ACTION_STATES, AFFECTED, DEADLINES, DECISIONS, INVITATIONS, LOGINS, NEAR_MISS, Owner, affected_block,
    decision_block,
};
pub(crate) use seal::{Pending, Touched, seal, touch};
pub use verify::{Audit, verify, verify_against, verify_with_evidence};

use crate::incidents::readable;
use crate::{Act, Conn, StoreError, Tx, Viewer, emergency, time};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::Row;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place in the order of all events, counted from 1.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who, as an account's id.
    pub account: String,
    /// Who, by name.
    pub name: String,
    /// What, such as `incident.opened`.
    pub kind: String,
    /// The incident, where it is about one.
    pub incident: Option<i64>,
    /// What it is about, such as a section or an account.
    pub subject: String,
    /// More of it.
    pub data: Value,
}

/// Makes everybody else who changes something wait from here on, as [`record`] does. A change that looks at rows, or takes them away, which another
/// one may make at the same time, begins with this: each then sees what the other made, and neither waits for the other forever.
pub(crate) async fn hold(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("UPDATE audit_head SET seq = seq WHERE id = 1").execute(&mut **tx).await?;
    Ok(())
}

/// Puts down what happened. The head's row is changed first, which makes writers queue here and nowhere else.
pub(crate) async fn record(
    tx: &mut Tx,
    act: Act<'_>,
    kind: &str,
    incident: Option<i64>,
    subject: &str,
    data: &Value,
) -> Result<(), StoreError> {
    // Whatever a change asked before: one who reads with emergency access changes nothing but the list of what was read.
    if act.by.emergency.is_some() && kind != emergency::READ {
        return Err(StoreError::NotFound("incident"));
    }
    let parts = kinds::changed(kind, incident, subject, &act.by.account, data["revision"].as_i64());
    let (at, account) = (time::text(act.at), act.by.account.as_str());
    let mut event = put_down(tx, &at, account, kind, incident, subject, data).await?;
    event.parts = parts;
    tx.pending.push(event);
    Ok(())
}

/// Puts down an event, which vouches for nothing yet. Its row of the log is written once the caller adds it to those of the change.
async fn put_down(
    tx: &mut Tx,
    at: &str,
    account: &str,
    kind: &str,
    incident: Option<i64>,
    subject: &str,
    data: &Value,
) -> Result<Pending, StoreError> {
    let head = sqlx::query("UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq");
    let head = head.fetch_optional(&mut **tx).await?.ok_or_else(no_head)?;
    let seq: i64 = head.try_get("seq")?;
    let data = data.to_string();
    let digest = hex(&Sha256::digest(data.as_bytes()));
    sqlx::query(
        "INSERT INTO event (seq, at, account, kind, incident, subject, data) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(seq)
    .bind(at)
    .bind(account)
    .bind(kind)
    .bind(incident)
    .bind(subject)
    .bind(&data)
    .execute(&mut **tx)
    .await?;
    Ok(Pending::new(seq, [at, account, kind, &about(incident, subject), &digest]))
}

fn no_head() -> StoreError {
    StoreError::Corrupt("no head of the audit log (the table `audit_head` has no row)".to_owned())
}

/// What a row of the audit log is about, in one text.
fn about(incident: Option<i64>, subject: &str) -> String {
    incident.map_or_else(|| subject.to_owned(), |n| format!("INC-{n} {subject}").trim_end().to_owned())
}

/// A row's hash: over the hash before and all of the row (time, account, kind, subject, digest, state), each part with its length, so that
/// no two rows read alike. A row without a state hashes as rows did before there was one.
fn link(before: &str, seq: i64, row: [&str; 6]) -> String {
    let mut hash = Sha256::new();
    let [fixed @ .., state] = row;
    let seq = seq.to_string();
    let state = Some(state).filter(|state| !state.is_empty());
    for part in [before, &seq].into_iter().chain(fixed).chain(state) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// The head of the log: its last row and that row's hash; `None` where there is no row.
///
/// # Errors
/// When the database does not answer; [`StoreError::Corrupt`] if somebody removed the head.
pub async fn head(conn: &mut Conn) -> Result<Option<(i64, String)>, StoreError> {
    let row =
        sqlx::query("SELECT seq, hash FROM audit_head WHERE id = 1").fetch_optional(conn).await?.ok_or_else(no_head)?;
    let head: (i64, String) = (row.try_get("seq")?, row.try_get("hash")?);
    Ok(Some(head).filter(|(seq, _)| *seq > 0))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The latest events of an incident that the viewer may see, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_incident(conn: &mut Conn, viewer: &Viewer, incident: i64, most: i64) -> Result<Vec<Event>, StoreError> {
    of_incident_before(conn, viewer, incident, None, most).await
}

/// The same from before an event: where the page before ended.
///
/// # Errors
/// When the database does not answer.
pub async fn of_incident_before(
    conn: &mut Conn,
    viewer: &Viewer,
    incident: i64,
    before: Option<i64>,
    most: i64,
) -> Result<Vec<Event>, StoreError> {
    const SQL: &str = concat!(
        "SELECT e.seq, e.at, e.account, e.kind, e.incident, e.subject, e.data, a.name FROM event e \
         JOIN incident i ON i.number = e.incident LEFT JOIN account a ON a.id = e.account \
         WHERE e.incident = $1 AND e.seq < $4 AND ",
        readable!("$2", "$5"),
        " ORDER BY e.seq DESC LIMIT $3 + 0"
    );
    let rows = sqlx::query(SQL).bind(incident).bind(&viewer.account).bind(most).bind(before.unwrap_or(i64::MAX));
    rows.bind(viewer.opened()).fetch_all(conn).await?.iter().map(event).collect()
}

fn event(row: &sqlx::any::AnyRow) -> Result<Event, StoreError> {
    let data: String = row.try_get("data")?;
    let name: Option<String> = row.try_get("name")?;
    Ok(Event {
        seq: row.try_get("seq")?,
        at: time::parse(row.try_get("at")?)?,
        account: row.try_get("account")?,
        name: name.unwrap_or_else(|| Viewer::system().name),
        kind: row.try_get("kind")?,
        incident: row.try_get("incident")?,
        subject: row.try_get("subject")?,
        data: serde_json::from_str(&data).map_err(|_| StoreError::Corrupt("an event without JSON".to_owned()))?,
    })
}
