//! What is due over all incidents.

use super::visible;
use crate::{Conn, StoreError, Viewer, time};
use jiff::Timestamp;
use sqlx::Row;

/// Whose, among what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Whose {
    /// Everybody's.
    #[default]
    Everybody,
    /// What the viewer is named in, or owns.
    Mine,
    /// What the viewer is not named in, and does not own.
    Others,
}

impl Whose {
    /// As a number for a statement.
    pub(crate) fn number(self) -> i64 {
        match self {
            Whose::Everybody => 0,
            Whose::Mine => 1,
            Whose::Others => 2,
        }
    }
}

/// Something that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The incident.
    pub incident: i64,
    /// Its title.
    pub title: String,
    /// Its severity.
    pub severity: Option<u8>,
    /// What is due.
    pub what: String,
    /// When, for people.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// True where the viewer is named in the incident.
    pub mine: bool,
}

/// Which of what is due.
#[derive(Debug, Clone, Copy, Default)]
struct Which<'a> {
    whose: Whose,
    until: Option<Timestamp>,
    after: Option<(Timestamp, i64, &'a str)>,
}

/// What is due and not met, of incidents that are not closed, the most urgent first; with a time, only what is due until
/// then.
///
/// # Errors
/// When the database does not answer.
pub async fn due(
    conn: &mut Conn,
    viewer: &Viewer,
    whose: Whose,
    until: Option<Timestamp>,
    most: i64,
) -> Result<Vec<Due>, StoreError> {
    page(conn, viewer, Which { whose, until, after: None }, most).await
}

/// A page of everybody's: what is behind a time, an incident and a name, where the page before ended.
///
/// # Errors
/// When the database does not answer.
pub async fn due_after(
    conn: &mut Conn,
    viewer: &Viewer,
    after: Option<(Timestamp, i64, &str)>,
    most: i64,
) -> Result<Vec<Due>, StoreError> {
    page(conn, viewer, Which { after, ..Which::default() }, most).await
}

/// What is due, from these tables and in this order.
macro_rules! statement {
    ($from:literal, $first:literal) => {
        concat!(
            "SELECT i.number, i.title, i.severity, d.what, d.due_at, d.due_text, \
             (SELECT COUNT(*) FROM incident_person p WHERE p.incident = i.number AND p.account = $1) AS mine FROM ",
            $from,
            " AND d.met_at IS NULL AND d.due_at IS NOT NULL AND i.status <> 'closed' AND ",
            visible!("$1"),
            " AND ($2 = 0 OR $2 = CASE WHEN EXISTS \
             (SELECT 1 FROM incident_person p WHERE p.incident = i.number AND p.account = $1) THEN 1 ELSE 2 END) \
             AND ($3 = '' OR d.due_at <= $3) \
             AND (d.due_at > $5 OR (d.due_at = $5 AND (d.incident > $6 OR (d.incident = $6 AND d.what > $7)))) \
             ORDER BY ",
            $first,
            ", d.incident, d.what LIMIT $4 + 0"
        )
    };
}

/// In the order of the index, as far as is needed.
const ORDERED: &str = statement!("deadline d JOIN incident i ON i.number = d.incident WHERE 1 = 1", "d.due_at");
/// All of the incidents that the viewer is named in, then sorted. Text added to a text keeps the database from the index of the order.
const NAMED: &str = statement!(
    "(SELECT DISTINCT incident FROM incident_person WHERE account = $1) m CROSS JOIN incident i CROSS JOIN deadline d \
     WHERE i.number = m.incident AND d.incident = i.number",
    "d.due_at || ''"
);
/// Incidents that the viewer is named in, up to which it is faster to look at all of them than to look for them among all that is due.
const FEW: i64 = 100;

async fn is_in_few(conn: &mut Conn, viewer: &Viewer) -> Result<bool, StoreError> {
    let sql =
        "SELECT COUNT(*) AS n FROM (SELECT incident FROM incident_person WHERE account = $1 LIMIT $2 + 0) some_of_them";
    let row = sqlx::query(sql).bind(&viewer.account).bind(FEW + 1).fetch_one(conn).await?;
    Ok(row.try_get::<i64, _>("n")? <= FEW)
}

async fn page(conn: &mut Conn, viewer: &Viewer, which: Which<'_>, most: i64) -> Result<Vec<Due>, StoreError> {
    let few = which.whose == Whose::Mine && is_in_few(conn, viewer).await?;
    let (at, number, what) = which.after.unwrap_or((Timestamp::UNIX_EPOCH, 0, ""));
    let rows = sqlx::query(if few { NAMED } else { ORDERED })
        .bind(&viewer.account)
        .bind(which.whose.number())
        .bind(which.until.map(time::text).unwrap_or_default())
        .bind(most)
        .bind(time::text(at))
        .bind(number)
        .bind(what)
        .fetch_all(conn)
        .await?;
    let due = |row: &sqlx::any::AnyRow| {
        let severity: Option<i64> = row.try_get("severity")?;
        let text: Option<String> = row.try_get("due_text")?;
        Ok(Due {
            incident: row.try_get("number")?,
            title: row.try_get("title")?,
            severity: severity.and_then(|s| u8::try_from(s).ok()),
            what: row.try_get("what")?,
            text: text.unwrap_or_default(),
            at: time::parse(row.try_get("due_at")?)?,
            mine: row.try_get::<i64, _>("mine")? > 0,
        })
    };
    rows.iter().map(due).collect()
}
