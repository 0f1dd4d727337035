//! What happened, in order: an event for people, and a row of the audit log for the auditor.
//!
//! Both are written in the transaction of the change that they tell of. The audit log holds ids and digests, never
//! content, and every row's hash covers the row before: a row that is changed, taken out or put in later shows.

use crate::{Act, Conn, StoreError, Tx, Viewer, time};
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

/// Makes everybody else who changes something wait from here on, as [`record`] does.
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
    let head = sqlx::query("UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash");
    let head = head.fetch_one(&mut **tx).await?;
    let (seq, before): (i64, String) = (head.try_get("seq")?, head.try_get("hash")?);
    let at = time::text(act.at);
    let data = data.to_string();
    let digest = hex(&Sha256::digest(data.as_bytes()));
    let full = about(incident, subject);
    let hash = link(&before, seq, &at, &act.by.account, kind, &full, &digest);
    sqlx::query(
        "INSERT INTO event (seq, at, account, kind, incident, subject, data) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(seq)
    .bind(&at)
    .bind(&act.by.account)
    .bind(kind)
    .bind(incident)
    .bind(subject)
    .bind(&data)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO audit (seq, at, account, kind, subject, digest, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(seq)
    .bind(&at)
    .bind(&act.by.account)
    .bind(kind)
    .bind(&full)
    .bind(&digest)
    .bind(&hash)
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE audit_head SET hash = $1 WHERE id = 1").bind(&hash).execute(&mut **tx).await?;
    Ok(())
}

/// What a row of the audit log is about, in one text.
fn about(incident: Option<i64>, subject: &str) -> String {
    incident.map_or_else(|| subject.to_owned(), |n| format!("INC-{n} {subject}").trim_end().to_owned())
}

/// A row's hash: over the hash before and all of the row, each part with its length, so that no two rows read alike.
fn link(before: &str, seq: i64, at: &str, account: &str, kind: &str, subject: &str, digest: &str) -> String {
    let mut hash = Sha256::new();
    for part in [before, &seq.to_string(), at, account, kind, subject, digest] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// What checking the audit log found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// Rows checked.
    pub rows: i64,
    /// The hash of the last of them; empty where there is none. Kept elsewhere, it is what a later check can be held against.
    pub hash: String,
    /// What is wrong, the first few faults, each with the row's number.
    pub faults: Vec<String>,
}

/// Faults told at most: one changed row makes every later one suspect.
const TOLD: usize = 20;
/// Rows fetched at once.
const PAGE: i64 = 1000;

/// Checks that the audit log is whole and that every event is the one that was put down. The chain has no key: who can write
/// to the database can write a whole chain anew. That shows only against a head that was kept elsewhere.
///
/// # Errors
/// When the database does not answer.
pub async fn verify(conn: &mut Conn) -> Result<Audit, StoreError> {
    verify_against(conn, None).await
}

/// The same, and that the log still holds a row that it had: the head of an earlier check, which was kept elsewhere.
///
/// # Errors
/// When the database does not answer.
pub async fn verify_against(conn: &mut Conn, kept: Option<(i64, &str)>) -> Result<Audit, StoreError> {
    let mut audit = Audit::default();
    let mut before = String::new();
    // The head is read first: what is written meanwhile is left for the next check. Rows are counted in the same
    // statement, which sees one state of all three tables.
    let head = sqlx::query(
        "SELECT seq, hash, (SELECT COUNT(*) FROM audit) AS logged, (SELECT COUNT(*) FROM event) AS told \
         FROM audit_head WHERE id = 1",
    );
    let head = head.fetch_one(&mut *conn).await?;
    let (logged, told): (i64, i64) = (head.try_get("logged")?, head.try_get("told")?);
    let (last, head): (i64, String) = (head.try_get("seq")?, head.try_get("hash")?);
    loop {
        let rows = sqlx::query(
            "SELECT a.seq, a.at, a.account, a.kind, a.subject, a.digest, a.hash, \
             e.at AS e_at, e.account AS e_account, e.kind AS e_kind, e.incident, e.subject AS e_subject, e.data \
             FROM audit a LEFT JOIN event e ON e.seq = a.seq WHERE a.seq > $1 AND a.seq <= $2 ORDER BY a.seq LIMIT $3",
        );
        let rows = rows.bind(audit.rows).bind(last).bind(PAGE).fetch_all(&mut *conn).await?;
        if rows.is_empty() || audit.faults.len() >= TOLD {
            break;
        }
        for row in rows {
            let seq: i64 = row.try_get("seq")?;
            let text = |name: &str| row.try_get::<String, _>(name);
            if seq != audit.rows + 1 {
                audit.faults.push(format!("rows {} to {} are missing", audit.rows + 1, seq - 1));
            }
            audit.rows = seq;
            let (digest, hash) = (text("digest")?, text("hash")?);
            let (at, account, kind, subject) = (text("at")?, text("account")?, text("kind")?, text("subject")?);
            if link(&before, seq, &at, &account, &kind, &subject, &digest) != hash {
                audit.faults.push(format!("row {seq} was changed, or the one before it"));
            }
            match row.try_get::<Option<String>, _>("data")? {
                Some(data) => {
                    let same = hex(&Sha256::digest(data.as_bytes())) == digest
                        && (text("e_at")?, text("e_account")?, text("e_kind")?) == (at, account, kind)
                        && about(row.try_get("incident")?, &text("e_subject")?) == subject;
                    if !same {
                        audit.faults.push(format!("the event of row {seq} is not the one that was put down"));
                    }
                }
                None => audit.faults.push(format!("the event of row {seq} is gone")),
            }
            if kept.is_some_and(|(row, kept)| row == seq && kept != hash) {
                audit.faults.push(format!("row {seq} is not the one that was kept: the log was written anew"));
            }
            before = hash;
        }
    }
    if let Some((row, _)) = kept.filter(|(row, _)| *row > audit.rows && audit.faults.len() < TOLD) {
        audit.faults.push(format!("the log ends at row {}, and row {row} was kept", audit.rows));
    }
    audit.hash.clone_from(&before);
    if audit.faults.is_empty() && (audit.rows != last || before != head) {
        audit.faults.push(format!("the log ends at row {}, but {last} were written", audit.rows));
    }
    if logged > last || told > last {
        let text = format!("there are {logged} rows and {told} events: more rows than were written, which are {last}");
        audit.faults.push(text);
    }
    audit.faults.truncate(TOLD);
    Ok(audit)
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
    let rows = sqlx::query(
        "SELECT e.seq, e.at, e.account, e.kind, e.incident, e.subject, e.data, a.name FROM event e \
         JOIN incident i ON i.number = e.incident LEFT JOIN account a ON a.id = e.account \
         WHERE e.incident = $1 AND e.seq < $4 AND (i.restricted = 0 OR EXISTS \
         (SELECT 1 FROM incident_person p WHERE p.incident = i.number AND p.account = $2)) \
         ORDER BY e.seq DESC LIMIT $3",
    );
    let rows =
        rows.bind(incident).bind(&viewer.account).bind(most).bind(before.unwrap_or(i64::MAX)).fetch_all(conn).await?;
    rows.iter().map(event).collect()
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
