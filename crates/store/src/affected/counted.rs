//! How many of an incident's affected customers have each remedy, kept beside the list: a page about an incident does not count a long list.

use crate::incidents::readable;
use crate::{Conn, Store, StoreError, Tx, Viewer, chain};
use hindcast_retro::record::affected::Remedy;
use sqlx::Row;
use sqlx::any::AnyRow;

/// The counts as the lists have them.
macro_rules! listed {
    () => {
        "SELECT incident, status, COUNT(*) AS entries FROM affected GROUP BY incident, status"
    };
}

/// How many there are with each remedy, in the order of [`Remedy::ALL`].
///
/// # Errors
/// When the database does not answer.
pub async fn counts(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Vec<(Remedy, i64)>, StoreError> {
    const SQL: &str = concat!(
        "SELECT c.status, c.entries FROM affected_count c JOIN incident i ON i.number = c.incident WHERE c.incident = $1 AND ",
        readable!("$2", "$3")
    );
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_all(conn).await?;
    let count = |row: &AnyRow| Ok((row.try_get::<String, _>("status")?, row.try_get::<i64, _>("entries")?));
    let found: Vec<(String, i64)> = rows.iter().map(count).collect::<Result<_, StoreError>>()?;
    let of = |r: Remedy| found.iter().find(|(name, _)| name == r.name()).map_or(0, |(_, n)| *n);
    Ok(Remedy::ALL.into_iter().map(|r| (r, of(r))).collect())
}

/// Keeps count of the entries with a remedy.
pub(super) async fn count(tx: &mut Tx, number: i64, remedy: Remedy, more: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO affected_count (incident, status, entries) VALUES ($1, $2, $3) \
               ON CONFLICT (incident, status) DO UPDATE SET entries = affected_count.entries + excluded.entries";
    sqlx::query(sql).bind(number).bind(remedy.name()).bind(more).execute(&mut **tx).await?;
    Ok(())
}

/// Counts anew where the counts are not those of the lists: after an upgrade, or where a backup was restored.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn fill(store: &Store) -> Result<(), StoreError> {
    if !is_off(&mut *store.reader().await?).await? {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    chain::hold(&mut tx).await?;
    // Of two servers that start at once, the second finds them counted.
    if is_off(&mut tx).await? {
        sqlx::query("DELETE FROM affected_count").execute(&mut *tx).await?;
        let sql = concat!("INSERT INTO affected_count (incident, status, entries) ", listed!());
        sqlx::query(sql).execute(&mut *tx).await?;
    }
    tx.commit().await
}

async fn is_off(conn: &mut Conn) -> Result<bool, StoreError> {
    const MISSING: &str = concat!(
        "SELECT 1 AS one FROM (",
        listed!(),
        " EXCEPT SELECT incident, status, entries FROM affected_count) l LIMIT 1"
    );
    const LEFT: &str = concat!(
        "SELECT 1 AS one FROM (SELECT incident, status, entries FROM affected_count WHERE entries <> 0 EXCEPT ",
        listed!(),
        ") l LIMIT 1"
    );
    for sql in [MISSING, LEFT] {
        if sqlx::query(sql).fetch_optional(&mut *conn).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
