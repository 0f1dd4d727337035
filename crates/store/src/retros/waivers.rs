//! Rules of the gate that people waived.

use super::{count, lock};
use crate::incidents::readable;
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, time};
use hindcast_retro::record::gate::Fault;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A rule of the gate that a person waived, for the faults that it had then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The rule.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// The faults that it covers.
    pub faults: Vec<Fault>,
    /// Whose account.
    pub account: String,
    /// Who.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

impl Waiver {
    /// True where the waiver is of this rule and names every one of these faults, of which there is at least one.
    pub fn covers(&self, rule: &str, faults: &[Fault]) -> bool {
        self.rule == rule && !faults.is_empty() && faults.iter().all(|f| self.faults.contains(f))
    }
}

/// Waives these faults of a rule of the gate, or takes the waiver back where the reason is empty.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no retro, also where the actor may not know of the incident.
pub async fn waive(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    rule: &str,
    reason: &str,
    faults: &[Fault],
) -> Result<(), StoreError> {
    let retro = lock(tx, act, number).await?;
    let sql = "DELETE FROM waiver WHERE incident = $1 AND rule = $2";
    sqlx::query(sql).bind(number).bind(rule).execute(&mut **tx).await?;
    if !reason.is_empty() {
        sqlx::query("INSERT INTO waiver (incident, rule, reason, faults, account, at) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(number)
            .bind(rule)
            .bind(reason)
            .bind(json!(faults).to_string())
            .bind(&act.by.account)
            .bind(time::text(act.at))
            .execute(&mut **tx)
            .await?;
    }
    let what = if reason.is_empty() { "waiver_withdrawn" } else { "waived" };
    let revision = count(tx, act, &retro, what, format!("{rule} {reason}").trim()).await?;
    let faults: Vec<&str> = faults.iter().map(|f| f.what.as_str()).collect();
    let data = json!({ "revision": revision, "reason": reason, "faults": faults });
    chain::record(tx, act, &format!("retro.{what}"), Some(number), rule, &data).await
}

/// Takes every waiver of a retro away: what was waived for one text is waived anew for the next. The log keeps who did and why.
pub(super) async fn end_all(tx: &mut Tx, number: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM waiver WHERE incident = $1").bind(number).execute(&mut **tx).await?;
    Ok(())
}

/// What was waived.
///
/// # Errors
/// When the database does not answer.
pub async fn waivers(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Vec<Waiver>, StoreError> {
    const SQL: &str = concat!(
        "SELECT w.rule, w.reason, w.faults, w.account, w.at, a.name FROM waiver w JOIN incident i ON i.number = w.incident \
         LEFT JOIN account a ON a.id = w.account WHERE w.incident = $1 AND ",
        readable!("$2", "$3"),
        " ORDER BY w.rule"
    );
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_all(conn).await?;
    let waiver = |row: &AnyRow| {
        let (name, faults): (Option<String>, String) = (row.try_get("name")?, row.try_get("faults")?);
        Ok(Waiver {
            rule: row.try_get("rule")?,
            account: row.try_get("account")?,
            reason: row.try_get("reason")?,
            faults: serde_json::from_str(&faults)
                .map_err(|_| StoreError::Corrupt("the faults of a waiver".to_owned()))?,
            name: name.unwrap_or_default(),
            at: time::parse(row.try_get("at")?)?,
        })
    };
    rows.iter().map(waiver).collect()
}
