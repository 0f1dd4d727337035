//! The same failure again: which incident is the return of which, and what that does to the actions that were closed.

use crate::incidents::{find_to_change, visible};
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, retros, time};
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// The other incident of a recurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// Its number.
    pub incident: i64,
    /// Its title.
    pub title: String,
    /// True where it came before; false where it is the return.
    pub earlier: bool,
    /// Why somebody holds the two for the same failure.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When it was told.
    pub at: Timestamp,
}

/// Recurrences of an incident at most, with those of which it is the earlier one. Its page shows all of them.
pub const MOST: i64 = 100;

/// Tells that an incident is the return of an earlier one: the earlier one's closed actions, which should have prevented it, are open
/// again, without their proof. How many is given.
///
/// # Errors
/// [`StoreError::NotFound`] also where the actor may not know of one of them; [`StoreError::Conflict`] where it is told already, or is
/// told of an incident and itself or one that was opened later, or one of the two has [as many](MOST) as there may be.
pub async fn tell(tx: &mut Tx, act: Act<'_>, number: i64, earlier: i64, reason: &str) -> Result<u64, StoreError> {
    for incident in [number, earlier] {
        find_to_change(tx, act, incident).await?;
    }
    if number == earlier {
        return Err(StoreError::Conflict("an incident is not its own return".to_owned()));
    }
    // Numbers are in the order of opening. Without this, incidents would go round in a circle, each the return of the next.
    if number < earlier {
        return Err(StoreError::Conflict(format!(
            "INC-{earlier} was opened later than INC-{number}: tell there that it is the return of this one"
        )));
    }
    // In the order of a change of an action: the retro, the log, the actions.
    retros::hold(tx, earlier).await?;
    let told = sqlx::query(
        "INSERT INTO recurrence (incident, earlier, reason, account, at) SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS \
         (SELECT 1 FROM recurrence r WHERE (r.incident = $1 AND r.earlier = $2) OR (r.incident = $2 AND r.earlier = $1)) \
         ON CONFLICT DO NOTHING",
    );
    let told = told.bind(number).bind(earlier).bind(reason).bind(&act.by.account).bind(time::text(act.at));
    if told.execute(&mut **tx).await?.rows_affected() == 0 {
        return Err(StoreError::Conflict(format!(
            "INC-{number} and INC-{earlier} are known as the same failure already"
        )));
    }
    let open = sqlx::query(
        "UPDATE action SET state = 'open', proof_kind = NULL, proof_reference = NULL, waiver = NULL, closed_by = NULL, \
         closed_at = NULL, returned = returned + 1, version = version + 1 WHERE incident = $1 AND live = 1 AND state = 'closed' \
         RETURNING id, title",
    );
    let opened = open.bind(earlier).fetch_all(&mut **tx).await?;
    // Which incident it is and what the two have in common is not for everybody who may see this one; the list of recurrences
    // tells those who may know of both.
    chain::record(tx, act, "incident.recurred", Some(number), "", &json!({})).await?;
    // Counted after the change is put down: writers queue there, so that two at once see each other.
    for incident in [number, earlier] {
        let sql = "SELECT COUNT(*) AS n FROM recurrence WHERE incident = $1 OR earlier = $1";
        let all: i64 = sqlx::query(sql).bind(incident).fetch_one(&mut **tx).await?.try_get("n")?;
        if all > MOST {
            return Err(StoreError::Conflict(format!(
                "INC-{incident} can have at most {MOST} recurrences: remove one first"
            )));
        }
    }
    for row in &opened {
        let id: String = row.try_get("id")?;
        chain::record(tx, act, "action.returned", Some(earlier), &id, &json!({})).await?;
    }
    Ok(opened.len() as u64)
}

/// Takes back what was told by mistake. Actions stay as they are: whoever knows them closes them again.
///
/// # Errors
/// [`StoreError::NotFound`] where it was not told, also where the actor may not know of one of them.
pub async fn withdraw(tx: &mut Tx, act: Act<'_>, number: i64, earlier: i64) -> Result<(), StoreError> {
    for incident in [number, earlier] {
        find_to_change(tx, act, incident).await?;
    }
    let sql = "DELETE FROM recurrence WHERE incident = $1 AND earlier = $2";
    if sqlx::query(sql).bind(number).bind(earlier).execute(&mut **tx).await?.rows_affected() == 0 {
        return Err(StoreError::NotFound("recurrence"));
    }
    chain::record(tx, act, "incident.recurrence_withdrawn", Some(number), "", &json!({})).await
}

/// The incidents that are the same failure as this one, as far as the viewer may know of them; the latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Vec<Recurrence>, StoreError> {
    // Both ends are held to the rights: this one as `o`, the other one as `i`.
    const SQL: &str = concat!(
        "SELECT i.number, i.title, CASE WHEN r.earlier = i.number THEN 1 ELSE 0 END AS before, r.reason, r.at, a.name \
         FROM recurrence r JOIN incident o ON o.number = $1 \
         JOIN incident i ON i.number = CASE WHEN r.incident = $1 THEN r.earlier ELSE r.incident END \
         LEFT JOIN account a ON a.id = r.account WHERE (r.incident = $1 OR r.earlier = $1) AND (o.number = $3 OR o.restricted = 0 OR EXISTS \
         (SELECT 1 FROM incident_person p WHERE p.incident = o.number AND p.account = $2)) AND ",
        visible!("$2"),
        " ORDER BY i.number DESC"
    );
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_all(conn).await?;
    let recurrence = |row: &AnyRow| {
        let by: Option<String> = row.try_get("name")?;
        Ok(Recurrence {
            incident: row.try_get("number")?,
            title: row.try_get("title")?,
            earlier: row.try_get::<i64, _>("before")? != 0,
            reason: row.try_get("reason")?,
            by: by.unwrap_or_else(|| Viewer::system().name),
            at: time::parse(row.try_get("at")?)?,
        })
    };
    rows.iter().map(recurrence).collect()
}

/// Puts down what was found in an incident's retro, as pairs of a detector and a tool, in place of what stood there.
///
/// # Errors
/// When the database does not answer.
pub async fn set_kinds(tx: &mut Tx, number: i64, kinds: &[(String, String)]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM retro_kind WHERE incident = $1").bind(number).execute(&mut **tx).await?;
    for (detector, tool) in kinds {
        let sql = "INSERT INTO retro_kind (incident, detector, tool) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        sqlx::query(sql).bind(number).bind(detector).bind(tool).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Incidents that an incident may be the return of: the same was found in them with the same tool, an action of theirs is closed, and
/// nobody has told so yet. The latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn likely(
    conn: &mut Conn,
    viewer: &Viewer,
    number: i64,
    most: i64,
) -> Result<Vec<(i64, String)>, StoreError> {
    const SQL: &str = concat!(
        "SELECT DISTINCT i.number, i.title FROM retro_kind mine JOIN retro_kind theirs ON theirs.detector = mine.detector \
         AND theirs.tool = mine.tool AND theirs.incident < mine.incident JOIN incident i ON i.number = theirs.incident \
         JOIN incident o ON o.number = mine.incident WHERE mine.incident = $1 \
         AND EXISTS (SELECT 1 FROM action a WHERE a.incident = i.number AND a.live = 1 AND a.state = 'closed') \
         AND NOT EXISTS (SELECT 1 FROM recurrence r WHERE r.incident = $1 AND r.earlier = i.number) \
         AND (o.number = $4 OR o.restricted = 0 OR EXISTS \
         (SELECT 1 FROM incident_person p WHERE p.incident = o.number AND p.account = $2)) AND ",
        visible!("$2"),
        " ORDER BY i.number DESC LIMIT $3 + 0"
    );
    let rows =
        sqlx::query(SQL).bind(number).bind(&viewer.account).bind(most).bind(viewer.opened()).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get("number")?, row.try_get("title")?))).collect()
}
