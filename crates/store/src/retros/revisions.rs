//! What a retro was before.

use crate::incidents::readable;
use crate::{Conn, StoreError, Viewer, time};
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A revision, without its draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Counted from 1.
    pub number: i64,
    /// What was done: a section's name, `drafted`, `redrafted`, `lead_promoted`, `lead_dismissed`, `lead_reopened`; or, with the text
    /// as it was, `waived`, `waiver_withdrawn`, `review_ended`.
    pub change: String,
    /// Why, where somebody said so.
    pub reason: String,
    /// Who.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// Every revision, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn revisions(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Vec<Revision>, StoreError> {
    revisions_before(conn, viewer, number, None, i64::MAX).await
}

/// A page of them: those before a revision, where the page before ended.
///
/// # Errors
/// When the database does not answer.
pub async fn revisions_before(
    conn: &mut Conn,
    viewer: &Viewer,
    number: i64,
    before: Option<i64>,
    most: i64,
) -> Result<Vec<Revision>, StoreError> {
    const SQL: &str = concat!(
        "SELECT r.revision, r.change, r.reason, r.at, a.name FROM retro_revision r JOIN incident i ON i.number = r.incident \
         LEFT JOIN account a ON a.id = r.account WHERE r.incident = $1 AND r.revision < $3 AND ",
        readable!("$2", "$5"),
        " ORDER BY r.revision DESC LIMIT $4 + 0"
    );
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(before.unwrap_or(i64::MAX)).bind(most);
    let rows = rows.bind(viewer.opened()).fetch_all(conn).await?;
    let revision = |row: &AnyRow| {
        let name: Option<String> = row.try_get("name")?;
        Ok(Revision {
            number: row.try_get("revision")?,
            change: row.try_get("change")?,
            reason: row.try_get("reason")?,
            name: name.unwrap_or_else(|| Viewer::system().name),
            at: time::parse(row.try_get("at")?)?,
        })
    };
    rows.iter().map(revision).collect()
}

/// The draft of a revision, as JSON.
///
/// # Errors
/// [`StoreError::NotFound`] also where the viewer may not know of the incident.
pub async fn revision(conn: &mut Conn, viewer: &Viewer, number: i64, revision: i64) -> Result<String, StoreError> {
    const SQL: &str = concat!(
        "SELECT r.draft FROM retro_revision r JOIN incident i ON i.number = r.incident \
         WHERE r.incident = $1 AND r.revision = $2 AND ",
        readable!("$3", "$4")
    );
    let row = sqlx::query(SQL).bind(number).bind(revision).bind(&viewer.account).bind(viewer.opened());
    let row = row.fetch_optional(conn).await?;
    Ok(row.ok_or(StoreError::NotFound("revision"))?.try_get("draft")?)
}
