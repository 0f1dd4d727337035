//! Reading with emergency access: nothing is read that was not put down before.

use super::active;
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, time};
use jiff::Timestamp;
use serde_json::json;

/// The event of something that is read.
pub(crate) const READ: &str = "incident.emergency_read";

/// The restricted incident that a request reads with emergency access. Only [`begin`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    grant: i64,
    incident: i64,
    since: Timestamp,
    until: Timestamp,
}

impl Reading {
    /// The number of the emergency access.
    pub fn grant(&self) -> i64 {
        self.grant
    }

    /// The incident's number.
    pub fn incident(&self) -> i64 {
        self.incident
    }

    /// When it ends at the latest.
    pub fn until(&self) -> Timestamp {
        self.until
    }
}

/// The viewer as one who reads an incident with emergency access; `None` where they have none, or need none.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(conn: &mut Conn, viewer: &Viewer, number: i64, at: Timestamp) -> Result<Option<Viewer>, StoreError> {
    let Some(grant) = active(conn, &viewer.account, number, at).await? else { return Ok(None) };
    let reading = Reading { grant: grant.id, incident: number, since: grant.opened_at, until: grant.expires_at };
    Ok(Some(Viewer { emergency: Some(reading), ..viewer.clone() }))
}

/// Whether something was put down as read since this emergency access began.
///
/// # Errors
/// When the database does not answer.
pub async fn is_recorded(conn: &mut Conn, viewer: &Viewer, what: &str) -> Result<bool, StoreError> {
    let Some(reading) = viewer.emergency else { return Ok(false) };
    let sql = "SELECT seq FROM event WHERE incident = $1 AND kind = $2 AND account = $3 AND subject = $4 AND at >= $5 LIMIT 1";
    let row = sqlx::query(sql).bind(reading.incident).bind(READ).bind(&viewer.account).bind(what);
    Ok(row.bind(time::text(reading.since)).fetch_optional(conn).await?.is_some())
}

/// Puts down what is read with emergency access.
///
/// # Errors
/// [`StoreError::NotFound`] where the access has ended, or the actor has none.
pub async fn record(tx: &mut Tx, act: Act<'_>, what: &str) -> Result<(), StoreError> {
    let ended = StoreError::NotFound("incident");
    let Some(reading) = act.by.emergency else { return Err(ended) };
    // Behind the log's head, so that what was withdrawn meanwhile is seen.
    chain::hold(tx).await?;
    if active(tx, &act.by.account, reading.incident, act.at).await?.is_none_or(|grant| grant.id != reading.grant) {
        return Err(ended);
    }
    let data = json!({ "access": reading.grant });
    chain::record(tx, act, READ, Some(reading.incident), what, &data).await
}
