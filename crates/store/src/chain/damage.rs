//! What cannot be read, named, so that the rest is still checked.

use crate::backup::TABLES;
use crate::search::is_postgres;
use crate::{Conn, StoreError};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Executor, Row};

/// Does some reading within the transaction of a check. What goes wrong with the rows is told in words, and the transaction goes on.
///
/// # Errors
/// When the database does not answer at all.
pub(super) async fn attempt<T>(
    conn: &mut Conn,
    reading: impl AsyncFnOnce(&mut Conn) -> Result<T, StoreError>,
) -> Result<Result<T, String>, StoreError> {
    // PostgreSQL refuses everything behind an error until the transaction is rolled back to a point before it.
    let is_postgres = is_postgres(conn);
    if is_postgres {
        conn.execute("SAVEPOINT attempt").await?;
    }
    let error = match reading(conn).await {
        Ok(read) => {
            if is_postgres {
                conn.execute("RELEASE SAVEPOINT attempt").await?;
            }
            return Ok(Ok(read));
        }
        Err(e) => e,
    };
    if is_about_the_connection(&error) {
        return Err(error);
    }
    if is_postgres {
        conn.execute("ROLLBACK TO SAVEPOINT attempt").await?;
    }
    Ok(Err(match error {
        StoreError::Storage(_, words) => words,
        StoreError::Database(sqlx::Error::Database(e)) => e.message().to_owned(),
        StoreError::Database(e) => e.to_string(),
        other => other.to_string(),
    }))
}

fn is_about_the_connection(error: &StoreError) -> bool {
    match error {
        StoreError::TooLong => true,
        StoreError::Storage(..) => false,
        other => other.is_passing(),
    }
}

/// Values of another type than their column, and rows that cannot be read, by table and row; the first few. PostgreSQL has no value of another
/// type, and tells of a damaged page when it is read.
pub(super) async fn rows(conn: &mut Conn, most: usize) -> Result<Vec<String>, StoreError> {
    let mut faults = Vec::new();
    if is_postgres(conn) {
        return Ok(faults);
    }
    for table in TABLES {
        if faults.len() >= most {
            break;
        }
        let left = most - faults.len();
        let (mut found, mut last) = (Vec::new(), None);
        let scanned = attempt(conn, async |conn| scan(conn, table, left, &mut found, &mut last).await).await?;
        faults.append(&mut found);
        if let Err(why) = scanned {
            let place =
                last.map_or_else(|| "cannot be read".to_owned(), |n| format!("cannot be read behind rowid {n}"));
            faults.push(format!("table `{table}` {place}: {why}"));
        }
    }
    Ok(faults)
}

async fn scan(
    conn: &mut Conn,
    table: &str,
    most: usize,
    found: &mut Vec<String>,
    last: &mut Option<i64>,
) -> Result<(), StoreError> {
    let sql = "SELECT name, type AS kind FROM pragma_table_info($1)";
    let columns: Vec<(String, String)> = sqlx::query(sql)
        .bind(table.to_owned())
        .fetch_all(&mut *conn)
        .await?
        .iter()
        .map(|row| Ok((row.try_get("name")?, row.try_get("kind")?)))
        .collect::<Result<_, StoreError>>()?;
    // Names of tables and columns are this program's own.
    let wrong: String = columns
        .iter()
        .map(|(name, kind)| {
            let kind = if kind == "BIGINT" { "integer" } else { "text" };
            format!(
                " WHEN typeof(\"{name}\") NOT IN ('{kind}', 'null') THEN '`{name}` contains a value of type ' || typeof(\"{name}\") || ' instead of {kind}'"
            )
        })
        .collect();
    let sql = format!("SELECT rowid AS n, CASE{wrong} ELSE '' END AS wrong FROM {table} ORDER BY rowid");
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(conn);
    while let Some(row) = rows.try_next().await? {
        let n: i64 = row.try_get("n")?;
        *last = Some(n);
        let wrong: String = row.try_get("wrong")?;
        if !wrong.is_empty() {
            found.push(format!("table `{table}`, rowid {n}: {wrong}"));
            if found.len() >= most {
                break;
            }
        }
    }
    Ok(())
}
