//! What is due for an incident, and what was met.

use super::touch;
use crate::chain::Owner;
use crate::incidents::readable;
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, jobs, time};
use hindcast_retro::policy::DueDate;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;

/// What the first response meets.
const RESPONSE: &str = "response";
/// What an approval meets.
const RETRO: &str = "retro written";

/// Puts what is due in place of what was due before; what was met stays met. Reminders follow.
///
/// # Errors
/// When the database does not answer.
pub async fn set_deadlines(tx: &mut Tx, act: Act<'_>, number: i64, due: &[DueDate]) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT what, met_at FROM deadline WHERE incident = $1 AND met_at IS NOT NULL");
    let rows = rows.bind(number).fetch_all(&mut **tx).await?;
    let mut met: Vec<(String, String)> =
        rows.iter().map(|r| Ok((r.try_get("what")?, r.try_get("met_at")?))).collect::<Result<_, StoreError>>()?;
    // Somebody may have responded before there was a severity, and with it a deadline.
    let responded = sqlx::query("SELECT first_response_at FROM incident WHERE number = $1").bind(number);
    let responded = responded.fetch_optional(&mut **tx).await?.map(|r| r.try_get("first_response_at")).transpose()?;
    met.extend(responded.flatten().map(|at| (RESPONSE.to_owned(), at)));
    // So may the retro have been approved; one that is written anew since is not.
    let approved = sqlx::query("SELECT approved_at FROM retro WHERE incident = $1").bind(number);
    let approved = approved.fetch_optional(&mut **tx).await?.map(|r| r.try_get("approved_at")).transpose()?;
    met.extend(approved.flatten().map(|at| (RETRO.to_owned(), at)));
    sqlx::query("DELETE FROM deadline WHERE incident = $1").bind(number).execute(&mut **tx).await?;
    for item in due {
        let met = met.iter().find(|(what, _)| *what == item.what).map(|(_, at)| at.clone());
        sqlx::query(
            "INSERT INTO deadline (incident, what, due_at, due_text, explanation, met_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(number)
        .bind(&item.what)
        .bind(item.at.map(time::text))
        .bind(&item.text)
        .bind(&item.explanation)
        .bind(met)
        .execute(&mut **tx)
        .await?;
    }
    chain::touch(tx, act, chain::DEADLINES, Owner::Incident(number));
    jobs::follow_deadlines(tx, act, number).await
}

/// Puts down that what was due is done; nobody is reminded of it any more.
///
/// # Errors
/// When the database does not answer.
pub async fn lift(tx: &mut Tx, act: Act<'_>, number: i64, what: &str) -> Result<(), StoreError> {
    let sql = "UPDATE deadline SET met_at = $1 WHERE incident = $2 AND what = $3 AND met_at IS NULL";
    sqlx::query(sql).bind(time::text(act.at)).bind(number).bind(what).execute(&mut **tx).await?;
    chain::touch(tx, act, chain::DEADLINES, Owner::Incident(number));
    jobs::withdraw(tx, act, number, what).await
}

/// What is and was due, with when it was met.
///
/// # Errors
/// When the database does not answer.
pub async fn deadlines(
    conn: &mut Conn,
    viewer: &Viewer,
    number: i64,
) -> Result<Vec<(DueDate, Option<Timestamp>)>, StoreError> {
    const SQL: &str = concat!(
        "SELECT d.* FROM deadline d JOIN incident i ON i.number = d.incident WHERE d.incident = $1 AND ",
        readable!("$2", "$3"),
        " ORDER BY COALESCE(d.due_at, '9999'), d.what"
    );
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_all(conn).await?;
    let deadline = |row: &sqlx::any::AnyRow| {
        let due = DueDate {
            what: row.try_get("what")?,
            at: time::parse_opt(row.try_get("due_at")?)?,
            text: row.try_get("due_text")?,
            explanation: row.try_get("explanation")?,
        };
        Ok((due, time::parse_opt(row.try_get("met_at")?)?))
    };
    rows.iter().map(deadline).collect()
}

/// Puts down who responded first; the first one counts.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] where somebody did before.
pub async fn first_response(tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), StoreError> {
    let incident = touch(tx, act, number, None).await?;
    if let Some((_, at)) = incident.first_response {
        return Err(StoreError::Conflict(format!("somebody responded first at {}", time::text(at))));
    }
    sqlx::query("UPDATE incident SET first_response_by = $1, first_response_at = $2 WHERE number = $3")
        .bind(&act.by.name)
        .bind(time::text(act.at))
        .bind(number)
        .execute(&mut **tx)
        .await?;
    lift(tx, act, number, RESPONSE).await?;
    chain::record(tx, act, "incident.first_response", Some(number), "", &json!({})).await
}
