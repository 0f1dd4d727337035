//! Bringing a record's schema up to date.

use crate::db::{Conn, Database};
use crate::tx::ENDS_WHEN_STUCK_AT_START;
use crate::{StoreError, schema};
use sqlx::migrate::Migrator;
use sqlx::{Connection, Executor};

/// PostgreSQL's advisory lock of whoever changes the schema ("hindcast" in ASCII).
const LOCK: i64 = 0x6869_6e64_6361_7374;

/// Makes the steps that are missing.
///
/// It is one change: a program that is killed meanwhile leaves the schema as it was, and another one that starts waits.
///
/// # Errors
/// When a step fails.
pub(crate) async fn run(conn: &mut Conn, database: Database) -> Result<(), StoreError> {
    let migrator = Migrator::with_migrations(schema::steps(database == Database::Postgres));
    let mut tx = match database {
        // A change that begins by reading cannot wait for another one's end once it writes, so it begins as one that writes.
        Database::Sqlite => conn.begin_with("BEGIN IMMEDIATE").await?,
        Database::Postgres => conn.begin().await?,
    };
    if database == Database::Postgres {
        tx.execute(ENDS_WHEN_STUCK_AT_START).await?;
        // Held to the commit. The migrator's own lock ends before it.
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *tx).await?;
    }
    migrator.run(&mut *tx).await?;
    Ok(tx.commit().await?)
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

    /// Somebody who reads a file that has no write-ahead log yet keeps SQLite from giving it one, and it does not wait for the end of that.
    #[tokio::test]
    async fn a_start_waits_for_another_program_that_reads_the_new_file() {
        let folder = tempfile::tempdir().expect("a folder");
        sqlx::any::install_default_drivers();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("hindcast.db").display());
        let mut other = AnyConnection::connect(&url).await.expect("connects");
        other.execute("CREATE TABLE other (id BIGINT)").await.expect("makes");
        other.execute("BEGIN").await.expect("begins");
        other.execute("SELECT id FROM other").await.expect("reads");
        let place = Place::Folder(folder.path().to_owned());
        let ends = async {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            other.execute("COMMIT").await.expect("ends");
        };
        let (start, ()) = tokio::join!(Store::open(&place), ends);
        start.expect("opens").close().await;
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
