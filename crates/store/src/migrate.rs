//! Bringing a record's schema up to date.

use crate::db::{Conn, Database};
use crate::{StoreError, schema};
use sqlx::Row;
use sqlx::migrate::{MigrateError, Migrator};

/// Makes the steps that are missing. SQLite has no lock for that: where two programs start at once, or one starts while another that
/// was cut short still ends, a step that the other one made meanwhile is not made again.
///
/// # Errors
/// When a step fails for another reason.
pub(crate) async fn run(conn: &mut Conn, database: Database) -> Result<(), StoreError> {
    let migrator = Migrator::with_migrations(schema::steps(database == Database::Postgres));
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

    #[tokio::test]
    async fn several_programs_may_start_on_a_new_folder_at_once() {
        for _ in 0..4 {
            let folder = tempfile::tempdir().expect("a folder");
            let place = Place::Folder(folder.path().join("data"));
            let open = || Store::open(&place);
            let starts = tokio::join!(open(), open(), open(), open());
            for start in [starts.0, starts.1, starts.2, starts.3] {
                start.expect("opens");
            }
        }
    }
}
