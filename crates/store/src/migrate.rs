//! Bringing a record's schema up to date.

use crate::db::{Conn, Database};
use crate::{StoreError, schema};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection, Row};

/// PostgreSQL's advisory lock of whoever changes the schema ("hindcast" in ASCII).
const LOCK: i64 = 0x6869_6e64_6361_7374;

/// Makes the steps that are missing.
///
/// On PostgreSQL it is one change: a program that is killed meanwhile leaves the schema as it was, and another one that starts waits. SQLite
/// has no lock for that: where two programs start at once, or one starts while another that was cut short still ends, a step that the other
/// one made meanwhile is not made again.
///
/// # Errors
/// When a step fails for another reason.
pub(crate) async fn run(conn: &mut Conn, database: Database) -> Result<(), StoreError> {
    let migrator = Migrator::with_migrations(schema::steps(database == Database::Postgres));
    if database == Database::Postgres {
        let mut tx = conn.begin().await?;
        // Held to the commit. The migrator's own lock ends before it.
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *tx).await?;
        migrator.run(&mut *tx).await?;
        return Ok(tx.commit().await?);
    }
    loop {
        match migrator.run(&mut *conn).await {
            // Each time round a later step is met, so that this ends.
            Err(MigrateError::ExecuteMigration(e, version)) => {
                if !is_made(conn, version).await? {
                    return Err(MigrateError::ExecuteMigration(e, version).into());
                }
            }
            done => return Ok(done?),
        }
    }
}

async fn is_made(conn: &mut Conn, version: i64) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM _sqlx_migrations WHERE version = $1 AND success";
    Ok(sqlx::query(sql).bind(version).fetch_one(&mut *conn).await?.try_get::<i64, _>("n")? > 0)
}

#[cfg(test)]
mod tests {
    use crate::{Place, Store};
    use sqlx::{AnyConnection, Connection, Executor, Row};

    async fn four_starts(place: &Place) {
        let open = || Store::open(place);
        let starts = tokio::join!(open(), open(), open(), open());
        for start in [starts.0, starts.1, starts.2, starts.3] {
            start.expect("opens").close().await;
        }
    }

    #[tokio::test]
    async fn several_programs_may_start_on_a_new_folder_at_once() {
        for _ in 0..4 {
            let folder = tempfile::tempdir().expect("a folder");
            four_starts(&Place::Folder(folder.path().join("data"))).await;
        }
    }

    #[tokio::test]
    async fn several_programs_may_start_on_a_new_database_at_once() {
        if let Some(url) = hindcast_testdb::database("starts").await {
            four_starts(&Place::Postgres(url)).await;
        }
    }

    #[tokio::test]
    async fn a_schema_that_cannot_be_made_to_the_end_is_not_begun_on_postgresql() {
        let Some(url) = hindcast_testdb::database("broken_off").await else { return };
        sqlx::any::install_default_drivers();
        let mut conn = AnyConnection::connect(&url).await.expect("connects");
        conn.execute("CREATE TABLE second_factor (in_the_way BIGINT)").await.expect("makes");
        assert!(Store::open(&Place::Postgres(url)).await.is_err(), "its seventeenth step cannot be made");
        let tables = "SELECT COUNT(*) AS n FROM pg_tables WHERE schemaname = 'public'";
        let row = sqlx::query(tables).fetch_one(&mut conn).await.expect("counts");
        assert_eq!(row.get::<i64, _>("n"), 1, "only the one that was in the way");
    }
}
