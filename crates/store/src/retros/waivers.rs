//! Rules of the gate that people waived.

use super::lock;
use crate::incidents::visible;
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, time};
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A rule of the gate that a person waived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The rule.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// Waives a rule of the gate, or takes the waiver back where the reason is empty.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no retro, also where the actor may not know of the incident.
pub async fn waive(tx: &mut Tx, act: Act<'_>, number: i64, rule: &str, reason: &str) -> Result<(), StoreError> {
    lock(tx, act, number).await?;
    let sql = "DELETE FROM waiver WHERE incident = $1 AND rule = $2";
    sqlx::query(sql).bind(number).bind(rule).execute(&mut **tx).await?;
    if !reason.is_empty() {
        sqlx::query("INSERT INTO waiver (incident, rule, reason, account, at) VALUES ($1, $2, $3, $4, $5)")
            .bind(number)
            .bind(rule)
            .bind(reason)
            .bind(&act.by.account)
            .bind(time::text(act.at))
            .execute(&mut **tx)
            .await?;
    }
    let kind = if reason.is_empty() { "retro.waiver_withdrawn" } else { "retro.waived" };
    chain::record(tx, act, kind, Some(number), rule, &json!({ "reason": reason })).await
}

/// What was waived.
///
/// # Errors
/// When the database does not answer.
pub async fn waivers(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Vec<Waiver>, StoreError> {
    const SQL: &str = concat!(
        "SELECT w.rule, w.reason, w.at, a.name FROM waiver w JOIN incident i ON i.number = w.incident \
         LEFT JOIN account a ON a.id = w.account WHERE w.incident = $1 AND ",
        visible!("$2"),
        " ORDER BY w.rule"
    );
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).fetch_all(conn).await?;
    let waiver = |row: &AnyRow| {
        let name: Option<String> = row.try_get("name")?;
        Ok(Waiver {
            rule: row.try_get("rule")?,
            reason: row.try_get("reason")?,
            name: name.unwrap_or_default(),
            at: time::parse(row.try_get("at")?)?,
        })
    };
    rows.iter().map(waiver).collect()
}
