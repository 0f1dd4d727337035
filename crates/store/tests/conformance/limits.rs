//! How long reading may take.

use hindcast_store::{Place, Store, StoreError};
use sqlx::{Executor, Row};

/// SQLite has no time limit for statements that sqlx can set: there, searches end between two statements.
#[tokio::test]
async fn a_statement_that_reads_for_too_long_is_ended_on_postgres() {
    let Some(url) = hindcast_testdb::database("limits").await else { return };
    let store = Store::open(&Place::Postgres(url)).await.expect("opens");
    let limit = async |conn: &mut hindcast_store::Conn| {
        let row = conn.fetch_one("SHOW statement_timeout").await.expect("answers");
        row.try_get::<String, _>(0).expect("a text")
    };
    let mut reader = store.reader().await.expect("reads");
    assert_eq!(limit(&mut reader).await, "10s");
    reader.execute("SET statement_timeout = 50").await.expect("is set");
    let ended: Result<_, StoreError> = reader.execute("SELECT pg_sleep(60)").await.map_err(StoreError::from);
    assert!(matches!(ended, Err(StoreError::TooLong)), "{ended:?}");
    let mut tx = store.begin().await.expect("begins");
    assert_eq!(limit(&mut tx).await, "0", "a change may take longer");
}
