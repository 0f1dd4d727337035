//! What people were told by the program: a row for each job and account, whose words are made when it is read.

use crate::incidents::visible;
use crate::jobs::Data;
use crate::{Act, Conn, StoreError, Tx, Viewer, time};
use hindcast_retro::record::reminder::{Kind, Urgency};
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Something that the viewer was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its number.
    pub id: i64,
    /// What it reminds of.
    pub kind: Kind,
    /// The incident, where it is about one.
    pub incident: Option<i64>,
    /// The incident's title as it is now.
    pub title: String,
    /// What it is about: a deadline's name, an action's id, a month, the number of emergency access, the account that reset the second factor, the
    /// number of the event that tells of another lead.
    pub subject: String,
    /// What the action is about, as it is now.
    pub action: Option<String>,
    /// Who has emergency access, reset the second factor, or gave the incident another lead, where it is about that.
    pub by: Option<String>,
    /// Why they have it, or did it.
    pub reason: Option<String>,
    /// How urgent it was.
    pub urgency: Option<Urgency>,
    /// Until when: an instant for a deadline, a date for an action item.
    pub due: String,
    /// How the policy tells that, where the deadline is still the same.
    pub text: Option<String>,
    /// The instant from which on that is overdue, the access over, the second factor reset, or the lead another one.
    pub until: Timestamp,
    /// True where it is settled by now: met, done, or the incident closed.
    pub settled: bool,
    /// When it was told.
    pub at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

/// Which of one's own notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only those that were read, or only those that were not.
    pub read: Option<bool>,
    /// Only those with a lower number: where the page before ended.
    pub before: Option<i64>,
}

fn notice(row: &AnyRow) -> Result<Notice, StoreError> {
    let (kind, data): (String, String) = (row.try_get("kind")?, row.try_get("data")?);
    let data: Data =
        serde_json::from_str(&data).map_err(|_| StoreError::Corrupt("a job without its dates".to_owned()))?;
    let kind: Kind = kind.parse().map_err(|_| StoreError::Corrupt(format!("the job `{kind}`")))?;
    let text = |name: &str| row.try_get::<Option<String>, _>(name);
    let (status, met, state) = (text("status")?, text("met_at")?, text("action_state")?);
    let due_at = text("due_at")?;
    let handed: Option<serde_json::Value> = text("handed")?.and_then(|data| serde_json::from_str(&data).ok());
    let handed_why = handed.and_then(|data| data["reason"].as_str().map(str::to_owned));
    let settled = match kind {
        Kind::Deadline => met.is_some() || status.is_some_and(|s| s == "closed"),
        Kind::Action => state.is_some_and(|s| s == "closed" || s == "dropped"),
        // Being told counts, also where the access is over before that is read.
        Kind::Review | Kind::EmergencyAccess | Kind::SecondFactorReset | Kind::HandedOver => false,
    };
    Ok(Notice {
        id: row.try_get("id")?,
        kind,
        incident: row.try_get("incident")?,
        title: text("title")?.unwrap_or_default(),
        subject: row.try_get("subject")?,
        action: text("action_title")?,
        by: text("opener")?,
        reason: text("opened_why")?.or(handed_why),
        urgency: data.urgency,
        text: text("due_text")?.filter(|_| due_at.is_some_and(|at| at == data.due)),
        due: data.due,
        until: time::parse(&data.until)?,
        settled,
        at: time::parse(row.try_get("at")?)?,
        read_at: time::parse_opt(row.try_get("read_at")?)?,
    })
}

/// What the viewer was told, the latest first; of incidents that the viewer may know of now.
///
/// # Errors
/// When the database does not answer.
pub async fn of(conn: &mut Conn, viewer: &Viewer, filter: Filter, most: i64) -> Result<Vec<Notice>, StoreError> {
    const SQL: &str = concat!(
        "SELECT n.id, n.at, n.read_at, j.kind, j.incident, j.subject, j.data, i.title, i.status, d.met_at, d.due_at, d.due_text, \
         c.title AS action_title, c.state AS action_state, g.reason AS opened_why, \
         CASE WHEN j.kind = 'handed_over' THEN (SELECT v.data FROM event v WHERE v.seq = CAST(j.subject AS BIGINT)) END AS handed, \
         COALESCE(o.name, r.name, CASE WHEN j.kind = 'handed_over' THEN (SELECT h.name FROM event v JOIN account h ON h.id = v.account \
         WHERE v.seq = CAST(j.subject AS BIGINT)) END) AS opener FROM notice n JOIN job j ON j.id = n.job \
         LEFT JOIN incident i ON i.number = j.incident \
         LEFT JOIN deadline d ON j.kind = 'deadline' AND d.incident = j.incident AND d.what = j.subject \
         LEFT JOIN action c ON j.kind = 'action' AND c.incident = j.incident AND c.id = j.subject \
         LEFT JOIN emergency_access g ON j.kind = 'emergency_access' AND g.incident = j.incident AND CAST(g.id AS TEXT) = j.subject \
         LEFT JOIN account o ON o.id = g.account \
         LEFT JOIN account r ON j.kind = 'second_factor_reset' AND r.id = j.subject \
         WHERE n.account = $1 AND n.id < $2 AND ($3 < 0 OR ($3 = 1 AND n.read_at IS NOT NULL) \
         OR ($3 = 0 AND n.read_at IS NULL)) AND (j.incident IS NULL OR ",
        visible!("$1"),
        ") ORDER BY n.id DESC LIMIT $4 + 0"
    );
    let rows = sqlx::query(SQL)
        .bind(&viewer.account)
        .bind(filter.before.unwrap_or(i64::MAX))
        .bind(filter.read.map_or(-1, i64::from))
        .bind(most)
        .fetch_all(conn)
        .await?;
    rows.iter().map(notice).collect()
}

/// Puts down that one of one's own notices was read; the first time counts.
///
/// # Errors
/// [`StoreError::NotFound`] for one of somebody else, or of an incident that the actor may not know of any more.
pub async fn mark_read(tx: &mut Tx, act: Act<'_>, id: i64) -> Result<(), StoreError> {
    const SQL: &str = concat!(
        "SELECT n.id FROM notice n JOIN job j ON j.id = n.job LEFT JOIN incident i ON i.number = j.incident \
         WHERE n.id = $1 AND n.account = $2 AND (j.incident IS NULL OR ",
        visible!("$2"),
        ")"
    );
    let row = sqlx::query(SQL).bind(id).bind(&act.by.account).fetch_optional(&mut **tx).await?;
    row.ok_or(StoreError::NotFound("reminder"))?;
    let sql = "UPDATE notice SET read_at = $1 WHERE id = $2 AND read_at IS NULL";
    sqlx::query(sql).bind(time::text(act.at)).bind(id).execute(&mut **tx).await?;
    Ok(())
}

/// Puts down that one's own notices up to this number were read.
///
/// # Errors
/// When the database does not answer.
pub async fn mark_read_up_to(tx: &mut Tx, act: Act<'_>, last: i64) -> Result<(), StoreError> {
    let sql = "UPDATE notice SET read_at = $1 WHERE account = $2 AND id <= $3 AND read_at IS NULL";
    sqlx::query(sql).bind(time::text(act.at)).bind(&act.by.account).bind(last).execute(&mut **tx).await?;
    Ok(())
}
