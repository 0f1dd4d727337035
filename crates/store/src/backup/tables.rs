//! All rows of a record, from one database into another of the same schema.

use super::error::BackupError;
use crate::Conn;
use futures_util::TryStreamExt;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Executor, Row};

/// Every table whose rows are kept nowhere else, each behind those that it refers to. The words of the search and its index, and the
/// newest digests of the audit log, are made anew when a record is opened, and evidence is copied by itself.
pub const TABLES: [&str; 33] = [
    "account",
    "identity",
    "second_factor",
    "recovery_code",
    "invitation",
    "login",
    "api_token",
    "counter",
    "incident",
    "incident_person",
    "incident_moment",
    "incident_severity",
    "incident_tag",
    "deadline",
    "evidence",
    "retro",
    "retro_section",
    "retro_revision",
    "waiver",
    "action",
    "event",
    "audit",
    "audit_head",
    "idempotency",
    "setting",
    "affected",
    "job",
    "notice",
    "recurrence",
    "retro_kind",
    "near_miss_review",
    "near_miss_month",
    "emergency_access",
];

/// Tables that a new record has rows in.
pub(crate) const SEEDED: [&str; 2] = ["counter", "audit_head"];

/// Rows of one statement.
const ROWS: usize = 50;

struct Column {
    name: String,
    is_number: bool,
}

/// Copies all rows, in the transaction of the caller. One of the two databases is SQLite, which tells the columns.
pub(crate) async fn copy_all(from: &mut Conn, to: &mut Conn) -> Result<(), BackupError> {
    for table in TABLES {
        let sqlite = if to.backend_name() == "SQLite" { &mut *to } else { &mut *from };
        let columns = columns(sqlite, table).await?;
        // A schema of an earlier version does not have every table.
        if columns.is_empty() {
            continue;
        }
        if SEEDED.contains(&table) {
            to.execute(AssertSqlSafe(format!("DELETE FROM {table}"))).await?;
        }
        copy(from, to, table, &columns).await?;
    }
    Ok(())
}

async fn columns(sqlite: &mut Conn, table: &str) -> Result<Vec<Column>, BackupError> {
    let rows =
        sqlx::query("SELECT name, type AS kind FROM pragma_table_info($1)").bind(table).fetch_all(sqlite).await?;
    let column = |row: &AnyRow| {
        Ok(Column { name: row.try_get("name")?, is_number: row.try_get::<String, _>("kind")? == "BIGINT" })
    };
    rows.iter().map(column).collect()
}

async fn copy(from: &mut Conn, to: &mut Conn, table: &str, columns: &[Column]) -> Result<(), BackupError> {
    // Names of tables and columns are this program's own.
    let names = columns.iter().map(|c| format!("\"{}\"", c.name)).collect::<Vec<_>>().join(", ");
    let mut rows = sqlx::query(AssertSqlSafe(format!("SELECT {names} FROM {table}"))).fetch(from);
    let mut batch = Vec::with_capacity(ROWS);
    while let Some(row) = rows.try_next().await? {
        batch.push(row);
        if batch.len() == ROWS {
            insert(to, table, &names, columns, &batch).await?;
            batch.clear();
        }
    }
    if batch.is_empty() { Ok(()) } else { insert(to, table, &names, columns, &batch).await }
}

async fn insert(
    to: &mut Conn,
    table: &str,
    names: &str,
    columns: &[Column],
    rows: &[AnyRow],
) -> Result<(), BackupError> {
    let one = |row: usize| {
        let places: Vec<_> = (1..=columns.len()).map(|nth| format!("${}", row * columns.len() + nth)).collect();
        format!("({})", places.join(", "))
    };
    let values = (0..rows.len()).map(one).collect::<Vec<_>>().join(", ");
    let mut query = sqlx::query(AssertSqlSafe(format!("INSERT INTO {table} ({names}) VALUES {values}")));
    for row in rows {
        for (nth, column) in columns.iter().enumerate() {
            query = bind(query, row, nth, column)?;
        }
    }
    query.execute(to).await?;
    Ok(())
}

type Insert<'q> = Query<'q, Any, AnyArguments>;

fn bind<'q>(query: Insert<'q>, row: &AnyRow, nth: usize, column: &Column) -> Result<Insert<'q>, BackupError> {
    Ok(match column.is_number {
        true => query.bind(row.try_get::<Option<i64>, _>(nth)?),
        false => query.bind(row.try_get::<Option<String>, _>(nth)?),
    })
}
