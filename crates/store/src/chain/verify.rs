//! Checks the audit log against itself, the record against the log, and evidence against its digests.

use super::content::Log;
use super::{about, hex, link};
use crate::check::{self, Stored};
use crate::search::is_postgres;
use crate::{Conn, Store, StoreError};
use sha2::{Digest, Sha256};
use sqlx::{Executor, Row};

/// What checking the audit log found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// Rows checked.
    pub rows: i64,
    /// The hash of the last of them; empty where there is none. Kept elsewhere, it is what a later check can be held against.
    pub hash: String,
    /// The first event that vouches for what it changed; absent if none does. What was not changed since is not covered.
    pub covered_from: Option<i64>,
    /// What is wrong, the first few faults, each with the row's number.
    pub faults: Vec<String>,
}

/// Faults told at most: one changed row makes every later one suspect.
const TOLD: usize = 20;
/// Rows fetched at once.
const PAGE: i64 = 1000;

/// Checks that the audit log is whole, that every event is the one that was put down, and that the record is as the log says. The chain has
/// no key: who can write to the database can write a whole chain anew. That shows only against a head that was kept elsewhere.
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
    Ok(in_one_state(conn, kept).await?.0)
}

/// The same, and that the bytes of all evidence are there and match their digests. Reads all of them.
///
/// # Errors
/// When the database or the folder does not answer.
pub async fn verify_with_evidence(store: &Store, kept: Option<(i64, &str)>) -> Result<Audit, StoreError> {
    let mut conn = store.reader().await?;
    let (mut audit, log) = in_one_state(&mut conn, kept).await?;
    for id in check::all_evidence(&mut conn).await? {
        if audit.faults.len() >= TOLD {
            break;
        }
        let fault = match check::evidence(store, &mut conn, &id).await {
            Ok(Stored::Intact) => continue,
            Ok(Stored::Missing) => "missing",
            Ok(Stored::Damaged) => "altered",
            Err(StoreError::Corrupt(_)) => "under a name that is no SHA-256",
            Err(e) => return Err(e),
        };
        // Read now: it may have been erased since the list was made.
        let sql = "SELECT incident, name FROM evidence WHERE id = $1 AND erased_at IS NULL ORDER BY incident";
        for row in sqlx::query(sql).bind(&id).fetch_all(&mut *conn).await? {
            let (incident, name): (i64, String) = (row.try_get("incident")?, row.try_get("name")?);
            let since = log.file(incident, &id).map(|seq| format!(" since event {seq} (evidence.added)"));
            let since = since.unwrap_or_default();
            audit.faults.push(format!("INC-{incident}: the bytes of evidence `{name}` ({id}) are {fault}{since}"));
        }
    }
    audit.faults.truncate(TOLD);
    Ok(audit)
}

/// Reads everything as it was at one moment, whatever is written meanwhile.
async fn in_one_state(conn: &mut Conn, kept: Option<(i64, &str)>) -> Result<(Audit, Log), StoreError> {
    let begin = if is_postgres(conn) { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" } else { "BEGIN" };
    conn.execute(begin).await?;
    let checked = both(conn, kept).await;
    let ended = conn.execute("ROLLBACK").await;
    let checked = checked?;
    ended?;
    Ok(checked)
}

async fn both(conn: &mut Conn, kept: Option<(i64, &str)>) -> Result<(Audit, Log), StoreError> {
    let (mut audit, log) = itself(conn, kept).await?;
    audit.covered_from = log.first;
    let left = TOLD.saturating_sub(audit.faults.len());
    audit.faults.extend(log.compare(conn, left).await?);
    audit.faults.truncate(TOLD);
    Ok((audit, log))
}

/// Checks the log against itself.
async fn itself(conn: &mut Conn, kept: Option<(i64, &str)>) -> Result<(Audit, Log), StoreError> {
    let mut log = Log::default();
    let mut audit = Audit::default();
    let mut before = String::new();
    let head = sqlx::query(
        "SELECT seq, hash, (SELECT COUNT(*) FROM audit) AS logged, (SELECT COUNT(*) FROM event) AS told \
         FROM audit_head WHERE id = 1",
    );
    let head = head.fetch_one(&mut *conn).await?;
    let (logged, told): (i64, i64) = (head.try_get("logged")?, head.try_get("told")?);
    let (last, head): (i64, String) = (head.try_get("seq")?, head.try_get("hash")?);
    loop {
        let rows = sqlx::query(
            "SELECT a.seq, a.at, a.account, a.kind, a.subject, a.digest, a.state, a.hash, \
             e.at AS e_at, e.account AS e_account, e.kind AS e_kind, e.incident, e.subject AS e_subject, e.data \
             FROM audit a LEFT JOIN event e ON e.seq = a.seq WHERE a.seq > $1 AND a.seq <= $2 ORDER BY a.seq LIMIT $3 + 0",
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
            let (digest, state, hash) = (text("digest")?, text("state")?, text("hash")?);
            let (at, account, kind, subject) = (text("at")?, text("account")?, text("kind")?, text("subject")?);
            if !log.take(seq, &kind, &subject, &state) {
                audit.faults.push(format!("the digests of row {seq} cannot be read"));
            }
            if link(&before, seq, [&at, &account, &kind, &subject, &digest, &state]) != hash {
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
    Ok((audit, log))
}
