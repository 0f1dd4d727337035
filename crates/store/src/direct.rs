//! One connection to a record as it is: for tools beside the server, which neither make a record nor change its schema.

use crate::db::{self, FILE};
use crate::{Conn, Place, StoreError, schema, unfinished};
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Connection, Executor, Row};
use std::path::Path;
use std::str::FromStr;

/// Connects to a record that exists.
///
/// # Errors
/// [`StoreError::Invalid`] if a folder has no database, or one that was not restored to the end; otherwise when the database does not answer.
pub(crate) async fn connect(place: &Place) -> Result<Conn, StoreError> {
    unfinished::refuse(place).await?;
    match place {
        Place::Folder(folder) => file(&folder.join(FILE)).await,
        Place::Postgres(url) => {
            sqlx::any::install_default_drivers();
            Ok(db::quiet(AnyConnectOptions::from_str(url)?).connect().await?)
        }
    }
}

/// Connects to a database file that exists.
pub(crate) async fn file(path: &Path) -> Result<Conn, StoreError> {
    if !tokio::fs::try_exists(path).await? {
        let folder = path.parent().unwrap_or(path).display();
        return Err(StoreError::Invalid(format!(
            "{folder} contains no Hindcast data. Give the data directory with --data"
        )));
    }
    connect_file(path, "rw").await
}

/// Makes a database file with the schema up to a version.
pub(crate) async fn new_file(path: &Path, version: i64) -> Result<Conn, StoreError> {
    let mut conn = connect_file(path, "rwc").await?;
    let steps = schema::steps(false).into_iter().filter(|step| step.version <= version).collect();
    sqlx::migrate::Migrator::with_migrations(steps).run(&mut conn).await?;
    Ok(conn)
}

async fn connect_file(path: &Path, mode: &str) -> Result<Conn, StoreError> {
    sqlx::any::install_default_drivers();
    let url = db::sqlite_url(path, mode)?;
    let mut conn: AnyConnection = db::quiet(AnyConnectOptions::from_str(&url)?).connect().await?;
    conn.execute("PRAGMA busy_timeout = 10000").await?;
    Ok(conn)
}

/// The version of a record's schema; `None` if the database holds no record.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn version(conn: &mut Conn) -> Result<Option<i64>, StoreError> {
    let sql = if conn.backend_name() == "SQLite" {
        "SELECT COUNT(*) AS n FROM sqlite_master WHERE name = '_sqlx_migrations'"
    } else {
        "SELECT COUNT(*) AS n FROM pg_tables WHERE tablename = '_sqlx_migrations' AND schemaname = ANY(current_schemas(false))"
    };
    if sqlx::query(sql).fetch_one(&mut *conn).await?.try_get::<i64, _>("n")? == 0 {
        return Ok(None);
    }
    // Steps that only one database has are counted apart, from 1000 on.
    let row = sqlx::query("SELECT MAX(version) AS version FROM _sqlx_migrations WHERE version < 1000");
    Ok(row.fetch_one(conn).await?.try_get("version")?)
}

/// Ends a connection. What fails then was done before.
pub(crate) async fn close(conn: Conn) {
    conn.close().await.ok();
}
