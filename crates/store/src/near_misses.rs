//! Near-misses by the month, and which of them were looked at.

use crate::chain::Owner;
use crate::incidents::{find_to_change, readable, visible};
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, time};
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::HashMap;

/// That somebody looked at something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Who.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// What came of it; may be empty.
    pub note: String,
}

/// A near-miss of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// `12` of INC-12.
    pub number: i64,
    /// One line.
    pub title: String,
    /// The agent; may be empty.
    pub agent: String,
    /// True where only the people named may know of it.
    pub restricted: bool,
    /// When it was logged.
    pub logged_at: Timestamp,
    /// Its tags, in order.
    pub tags: Vec<String>,
    /// That it was looked at.
    pub review: Option<Review>,
}

/// How many incidents a span of time has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Of severity 4.
    pub near_misses: i64,
    /// Near-misses among them that nobody looked at.
    pub unreviewed: i64,
    /// Of severity 1 to 3.
    pub serious: i64,
}

/// Spans of time that [`counts`] tells at once.
pub const SPANS: usize = 13;

fn review(row: &AnyRow) -> Result<Option<Review>, StoreError> {
    let Some(at) = time::parse_opt(row.try_get("reviewed_at")?)? else { return Ok(None) };
    let name: Option<String> = row.try_get("reviewer")?;
    Ok(Some(Review { name: name.unwrap_or_else(|| Viewer::system().name), at, note: row.try_get("note")? }))
}

/// The near-misses that were opened from one time on and before another, the first one first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    conn: &mut Conn,
    viewer: &Viewer,
    from: Timestamp,
    before: Timestamp,
    most: i64,
) -> Result<Vec<NearMiss>, StoreError> {
    const SQL: &str = concat!(
        "SELECT i.number, i.title, i.agent, i.restricted, i.created_at, r.at AS reviewed_at, r.note, a.name AS reviewer \
         FROM incident i LEFT JOIN near_miss_review r ON r.incident = i.number LEFT JOIN account a ON a.id = r.account \
         WHERE i.severity = 4 AND i.created_at >= $2 AND i.created_at < $3 AND ",
        visible!("$1"),
        " ORDER BY i.number LIMIT $4 + 0"
    );
    const TAGS: &str = concat!(
        "SELECT t.incident, t.tag FROM incident_tag t JOIN incident i ON i.number = t.incident \
         WHERE i.severity = 4 AND i.created_at >= $2 AND i.created_at < $3 AND ",
        visible!("$1"),
        " ORDER BY t.incident, t.tag LIMIT $4 + 0"
    );
    let (from, before) = (time::text(from), time::text(before));
    let mut tags: HashMap<i64, Vec<String>> = HashMap::new();
    // Ten for each is more than people put on.
    let rows = sqlx::query(TAGS).bind(&viewer.account).bind(&from).bind(&before).bind(most.saturating_mul(10));
    for row in rows.fetch_all(&mut *conn).await? {
        tags.entry(row.try_get("incident")?).or_default().push(row.try_get("tag")?);
    }
    let rows = sqlx::query(SQL).bind(&viewer.account).bind(&from).bind(&before).bind(most).fetch_all(conn).await?;
    let near_miss = |row: &AnyRow| {
        let number: i64 = row.try_get("number")?;
        Ok(NearMiss {
            number,
            title: row.try_get("title")?,
            agent: row.try_get("agent")?,
            restricted: row.try_get::<i64, _>("restricted")? != 0,
            logged_at: time::parse(row.try_get("created_at")?)?,
            tags: tags.remove(&number).unwrap_or_default(),
            review: review(row)?,
        })
    };
    rows.iter().map(near_miss).collect()
}

/// How many incidents were opened in each of some spans of time, from a time on and before another.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(
    conn: &mut Conn,
    viewer: &Viewer,
    spans: &[(Timestamp, Timestamp); SPANS],
) -> Result<[Count; SPANS], StoreError> {
    // The spans come as parameters $2 to $27; the types of a list of values are those of its first row.
    const SQL: &str = concat!(
        "WITH span (nth, begins, ends) AS (VALUES (0, CAST($2 AS TEXT), CAST($3 AS TEXT)), (1, $4, $5), (2, $6, $7), \
         (3, $8, $9), (4, $10, $11), (5, $12, $13), (6, $14, $15), (7, $16, $17), (8, $18, $19), (9, $20, $21), \
         (10, $22, $23), (11, $24, $25), (12, $26, $27)) \
         SELECT CAST(s.nth AS BIGINT) AS nth, i.severity, COUNT(*) AS n, COUNT(r.incident) AS reviewed FROM span s \
         JOIN incident i ON i.created_at >= s.begins AND i.created_at < s.ends \
         LEFT JOIN near_miss_review r ON r.incident = i.number WHERE i.severity IS NOT NULL AND ",
        visible!("$1"),
        " GROUP BY s.nth, i.severity"
    );
    let mut query = sqlx::query(SQL).bind(&viewer.account);
    for (from, before) in spans {
        query = query.bind(time::text(*from)).bind(time::text(*before));
    }
    let mut counts = [Count::default(); SPANS];
    for row in query.fetch_all(conn).await? {
        let (nth, severity): (i64, i64) = (row.try_get("nth")?, row.try_get("severity")?);
        let Some(count) = usize::try_from(nth).ok().and_then(|nth| counts.get_mut(nth)) else { continue };
        let n: i64 = row.try_get("n")?;
        match severity {
            4 => {
                count.near_misses += n;
                count.unreviewed += n - row.try_get::<i64, _>("reviewed")?;
            }
            _ => count.serious += n,
        }
    }
    Ok(counts)
}

/// That somebody looked at an incident as a near-miss.
///
/// # Errors
/// When the database does not answer.
pub async fn of(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Option<Review>, StoreError> {
    const SQL: &str = concat!(
        "SELECT r.at AS reviewed_at, r.note, a.name AS reviewer FROM near_miss_review r \
         JOIN incident i ON i.number = r.incident LEFT JOIN account a ON a.id = r.account WHERE r.incident = $1 AND ",
        readable!("$2", "$3")
    );
    let row = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_optional(conn).await?;
    row.as_ref().map_or(Ok(None), review)
}

/// That somebody looked at a month as a whole, by its name: `2026-11`.
///
/// # Errors
/// When the database does not answer.
pub async fn month(conn: &mut Conn, month: &str) -> Result<Option<Review>, StoreError> {
    let row = sqlx::query(
        "SELECT r.at AS reviewed_at, r.note, a.name AS reviewer FROM near_miss_month r \
         LEFT JOIN account a ON a.id = r.account WHERE r.month = $1",
    );
    row.bind(month).fetch_optional(conn).await?.as_ref().map_or(Ok(None), review)
}

/// Puts down that a near-miss was looked at, in place of an earlier review.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] where the incident is no near-miss.
pub async fn mark(tx: &mut Tx, act: Act<'_>, number: i64, note: &str) -> Result<(), StoreError> {
    if find_to_change(tx, act, number).await?.severity != Some(4) {
        return Err(StoreError::Conflict("only an incident of severity 4 is reviewed as a near-miss".to_owned()));
    }
    sqlx::query(
        "INSERT INTO near_miss_review (incident, account, at, note) VALUES ($1, $2, $3, $4) ON CONFLICT (incident) \
         DO UPDATE SET account = excluded.account, at = excluded.at, note = excluded.note",
    )
    .bind(number)
    .bind(&act.by.account)
    .bind(time::text(act.at))
    .bind(note)
    .execute(&mut **tx)
    .await?;
    chain::record(tx, act, "near_miss.reviewed", Some(number), "", &json!({ "note": note })).await
}

/// Takes back that a near-miss was looked at.
///
/// # Errors
/// [`StoreError::NotFound`] also where nobody looked at it.
pub async fn take_back(tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), StoreError> {
    find_to_change(tx, act, number).await?;
    let gone = sqlx::query("DELETE FROM near_miss_review WHERE incident = $1").bind(number).execute(&mut **tx).await?;
    if gone.rows_affected() == 0 {
        return Err(StoreError::NotFound("review"));
    }
    chain::record(tx, act, "near_miss.review_taken_back", Some(number), "", &json!({})).await
}

/// Near-misses that one review of a month marks at most: other changes wait meanwhile.
pub const MARKED: usize = 500;

/// What a review of a month marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked {
    /// Near-misses that nobody had looked at before.
    pub marked: usize,
    /// True where more are left than are marked at once. Then the month is not put down as looked at yet.
    pub more: bool,
}

/// Puts down that a month was looked at as a whole, and with it each near-miss of it that nobody looked at and that the
/// actor may know of, the first [`MARKED`] of them. The note is the month's.
///
/// # Errors
/// When the database does not answer.
pub async fn mark_month(
    tx: &mut Tx,
    act: Act<'_>,
    month: &str,
    (from, before): (Timestamp, Timestamp),
    note: &str,
) -> Result<Marked, StoreError> {
    const SQL: &str = concat!(
        "SELECT i.number FROM incident i WHERE i.severity = 4 AND i.created_at >= $2 AND i.created_at < $3 \
         AND NOT EXISTS (SELECT 1 FROM near_miss_review r WHERE r.incident = i.number) AND ",
        visible!("$1"),
        " ORDER BY i.number LIMIT $4 + 0"
    );
    let at = time::text(act.at);
    let left = sqlx::query(SQL).bind(&act.by.account).bind(time::text(from)).bind(time::text(before));
    let left = left.bind(MARKED as i64 + 1).fetch_all(&mut **tx).await?;
    let mut done = Marked { marked: 0, more: left.len() > MARKED };
    for row in left.iter().take(MARKED) {
        let number: i64 = row.try_get("number")?;
        let sql =
            "INSERT INTO near_miss_review (incident, account, at, note) VALUES ($1, $2, $3, '') ON CONFLICT DO NOTHING";
        let marked = sqlx::query(sql).bind(number).bind(&act.by.account).bind(&at).execute(&mut **tx).await?;
        if marked.rows_affected() == 1 {
            done.marked += 1;
            chain::touch(tx, act, chain::NEAR_MISS, Owner::Incident(number));
        }
    }
    if !done.more {
        let sql = "INSERT INTO near_miss_month (month, account, at, note) VALUES ($1, $2, $3, $4) ON CONFLICT (month) \
                   DO UPDATE SET account = excluded.account, at = excluded.at, note = excluded.note";
        sqlx::query(sql).bind(month).bind(&act.by.account).bind(&at).bind(note).execute(&mut **tx).await?;
    }
    let data = json!({ "marked": done.marked, "more": done.more, "note": note });
    chain::record(tx, act, "near_miss.month_reviewed", None, month, &data).await?;
    Ok(done)
}
