//! Doing a job: once, whoever else tries.

use super::{Data, send};
use crate::{Act, Store, StoreError, Tx, Viewer, chain, time};
use hindcast_retro::record::reminder::Kind;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;

/// What came of taking a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// So many people were told.
    Sent(usize),
    /// What it was for is over, or there is nobody to tell.
    NotNeeded,
    /// It failed and is tried again later.
    Postponed(&'static str),
    /// It failed once too often.
    Failed(&'static str),
}

/// How often a job is tried before it waits for a person.
pub const MOST_ATTEMPTS: i64 = 8;
/// Seconds until the second attempt; each further one takes twice as long.
const PAUSE: i64 = 60;
/// Seconds between two attempts at most.
const LONGEST_PAUSE: i64 = 3600;

/// A job in the hands of whoever does it.
pub(super) struct Taken {
    pub key: String,
    pub kind: Kind,
    pub incident: Option<i64>,
    pub subject: String,
    pub data: Data,
}

/// Does a job whose time has come. `None` where somebody else did it, or put it off, meanwhile.
///
/// # Errors
/// When the database does not answer: then nothing is counted, and the job waits as before.
pub async fn take(store: &Store, id: i64, at: Timestamp) -> Result<Option<Ended>, StoreError> {
    match attempt(store, id, at).await {
        Err(e) if !e.is_passing() => postpone(store, id, at, e.kind()).await,
        other => other,
    }
}

async fn attempt(store: &Store, id: i64, at: Timestamp) -> Result<Option<Ended>, StoreError> {
    let system = Viewer::system();
    let act = Act { by: &system, at };
    let mut tx = store.begin().await?;
    chain::hold(&mut tx).await?;
    // The mark comes first: it locks the row, and whoever comes second finds nothing to do.
    let row = sqlx::query(
        "UPDATE job SET state = 'done', attempts = attempts + 1, last_error = '', finished_at = $1 \
         WHERE id = $2 AND state = 'waiting' AND run_at <= $1 RETURNING key, kind, incident, subject, data",
    );
    let Some(row) = row.bind(time::text(at)).bind(id).fetch_optional(&mut *tx).await? else { return Ok(None) };
    let (kind, data): (String, String) = (row.try_get("kind")?, row.try_get("data")?);
    let taken = Taken {
        key: row.try_get("key")?,
        kind: kind.parse().map_err(|_| StoreError::Corrupt(format!("the job `{kind}`")))?,
        incident: row.try_get("incident")?,
        subject: row.try_get("subject")?,
        data: serde_json::from_str(&data).map_err(|_| StoreError::Corrupt("a job without its dates".to_owned()))?,
    };
    let told = send::told(&mut tx, &taken, at).await?;
    if told.is_empty() {
        let sql = "UPDATE job SET state = 'not_needed' WHERE id = $1";
        sqlx::query(sql).bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        return Ok(Some(Ended::NotNeeded));
    }
    send::notify(&mut tx, id, &told, at).await?;
    let data = json!({ "job": taken.key, "to": told });
    chain::record(&mut tx, act, "reminder.sent", taken.incident, &id.to_string(), &data).await?;
    tx.commit().await?;
    Ok(Some(Ended::Sent(told.len())))
}

/// Counts an attempt that failed, and puts the next one off. What went wrong is kept as a kind, without its words.
async fn postpone(store: &Store, id: i64, at: Timestamp, kind: &'static str) -> Result<Option<Ended>, StoreError> {
    let mut tx = store.begin().await?;
    chain::hold(&mut tx).await?;
    let Some(attempts) = attempts(&mut tx, id, at).await? else { return Ok(None) };
    let over = attempts >= MOST_ATTEMPTS;
    let exponent = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    let pause = PAUSE.saturating_mul(1 << exponent).min(LONGEST_PAUSE);
    sqlx::query(
        "UPDATE job SET attempts = $1, last_error = $2, state = $3, run_at = $4, finished_at = $5 WHERE id = $6",
    )
    .bind(attempts)
    .bind(kind)
    .bind(if over { "failed" } else { "waiting" })
    .bind(time::text(if over { at } else { time::later(at, pause) }))
    .bind(over.then(|| time::text(at)))
    .bind(id)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Some(if over { Ended::Failed(kind) } else { Ended::Postponed(kind) }))
}

/// Attempts with this one; `None` where somebody else counted it.
async fn attempts(tx: &mut Tx, id: i64, at: Timestamp) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT attempts + 1 AS n FROM job WHERE id = $1 AND state = 'waiting' AND run_at <= $2";
    let row = sqlx::query(sql).bind(id).bind(time::text(at)).fetch_optional(&mut **tx).await?;
    Ok(row.map(|r| r.try_get("n")).transpose()?)
}
