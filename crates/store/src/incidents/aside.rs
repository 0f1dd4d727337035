//! What belongs to an incident and there may be several of: times, deadlines, decisions.

use super::touch;
use crate::chain::Owner;
use crate::incidents::readable;
use crate::retros::{self, Ends};
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, time};
use hindcast_retro::record::incident::Moment;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;

/// A decision on severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The level; absent where the decision was taken back.
    pub level: Option<u8>,
    /// Why.
    pub reason: String,
    /// Who, as an account's id.
    pub account: String,
    /// Who, by name.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// Puts the known times of the detection-delay chain in place of the earlier ones. Where they are the same, nothing is recorded and no review ends.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Stale`].
pub async fn set_moments(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    version: Option<i64>,
    moments: &[Moment],
) -> Result<(), StoreError> {
    retros::hold(tx, number).await?;
    touch(tx, act, number, version).await?;
    let mut wanted = moments.to_vec();
    wanted.sort_by_key(|moment| moment.point);
    if wanted == self::moments(tx, &Viewer { emergency: None, ..act.by.clone() }, number).await? {
        return Ok(());
    }
    sqlx::query("DELETE FROM incident_moment WHERE incident = $1").bind(number).execute(&mut **tx).await?;
    for moment in moments {
        sqlx::query("INSERT INTO incident_moment (incident, point, at, source, by_name) VALUES ($1, $2, $3, $4, $5)")
            .bind(number)
            .bind(moment.point.name())
            .bind(time::text(moment.at))
            .bind(&moment.source)
            .bind(&moment.by)
            .execute(&mut **tx)
            .await?;
    }
    let data: Vec<_> = moments.iter().map(|m| json!({ "point": m.point.name(), "at": time::text(m.at) })).collect();
    chain::record(tx, act, "incident.times", Some(number), "", &json!(data)).await?;
    retros::end_review(tx, act, number, Ends::ReviewAndApproval, "changed the incident's times").await
}

/// The known times, in the order of the chain.
///
/// # Errors
/// When the database does not answer.
pub async fn moments(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Vec<Moment>, StoreError> {
    const SQL: &str = concat!(
        "SELECT m.* FROM incident_moment m JOIN incident i ON i.number = m.incident WHERE m.incident = $1 AND ",
        readable!("$2", "$3")
    );
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_all(conn).await?;
    let moment = |row: &sqlx::any::AnyRow| {
        let point: String = row.try_get("point")?;
        Ok(Moment {
            point: point.parse().map_err(|_| StoreError::Corrupt(format!("the point `{point}`")))?,
            at: time::parse(row.try_get("at")?)?,
            source: row.try_get("source")?,
            by: row.try_get("by_name")?,
        })
    };
    let mut all: Vec<Moment> = rows.iter().map(moment).collect::<Result<_, StoreError>>()?;
    all.sort_by_key(|m| m.point);
    Ok(all)
}

pub(super) async fn decided(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    level: Option<u8>,
    reason: &str,
) -> Result<(), StoreError> {
    let sql = "SELECT COALESCE(MAX(nth), 0) AS n FROM incident_severity WHERE incident = $1";
    let before: i64 = sqlx::query(sql).bind(number).fetch_one(&mut **tx).await?.try_get("n")?;
    sqlx::query(
        "INSERT INTO incident_severity (incident, nth, level, reason, account, at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(number)
    .bind(before + 1)
    .bind(level.map(i64::from))
    .bind(reason)
    .bind(&act.by.account)
    .bind(time::text(act.at))
    .execute(&mut **tx)
    .await?;
    chain::touch(tx, act, chain::DECISIONS, Owner::Numbered(number, chain::decision_block(before + 1)));
    Ok(())
}

/// Every decision on severity, the first one first.
///
/// # Errors
/// When the database does not answer.
pub async fn severities(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Vec<Decided>, StoreError> {
    const SQL: &str = concat!(
        "SELECT s.level, s.reason, s.account, s.at, a.name FROM incident_severity s JOIN incident i ON i.number = s.incident \
         LEFT JOIN account a ON a.id = s.account WHERE s.incident = $1 AND ",
        readable!("$2", "$3"),
        " ORDER BY s.nth"
    );
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_all(conn).await?;
    let decided = |row: &sqlx::any::AnyRow| {
        let level: Option<i64> = row.try_get("level")?;
        let name: Option<String> = row.try_get("name")?;
        Ok(Decided {
            level: level.and_then(|l| u8::try_from(l).ok()),
            reason: row.try_get("reason")?,
            account: row.try_get("account")?,
            name: name.unwrap_or_else(|| Viewer::system().name),
            at: time::parse(row.try_get("at")?)?,
        })
    };
    rows.iter().map(decided).collect()
}
