//! PostgreSQL on a disk that is full, and one that takes no writes.

use crate::{LATER, PATIENCE, open};
use hindcast_store::{Place, StorageFault, Store, StoreError, Unready};
use hindcast_testdb::{Postgres, database, small_disk};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row};
use std::time::Duration;

/// A connection beside those of the store.
async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.expect("answers")
}

/// The address of the same server and database for another user.
fn as_user(url: &str, user: &str) -> String {
    let (_, rest) = url.split_once('@').expect("a user");
    format!("postgres://{user}@{rest}")
}

async fn size(conn: &mut AnyConnection) -> i64 {
    let row = conn.fetch_one("SELECT pg_database_size(current_database()) AS bytes").await.expect("measures");
    row.get("bytes")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_not_ready_while_its_disk_is_full() {
    let Some(disk) = small_disk(64) else { return };
    let Some(postgres) = Postgres::start() else { return };
    postgres.own(disk.path());
    let mut conn = connect(&postgres.url()).await;
    let space = format!("CREATE TABLESPACE small LOCATION '{}'", disk.path().display());
    conn.execute(AssertSqlSafe(space)).await.expect("is made");
    conn.execute("CREATE DATABASE small TABLESPACE small").await.expect("is made");
    let url = postgres.url().replace("/postgres", "/small");
    let store = Store::open(&Place::Postgres(url)).await.expect("opens");
    open(&store, 10).await.expect("there is room");
    assert_eq!(store.ready(PATIENCE).await, Ok(()));
    for round in 1..=2 {
        disk.fill();
        tokio::time::sleep(LATER).await;
        let Err(Unready::NoWrite(why)) = store.ready(PATIENCE).await else {
            panic!("round {round}: it is ready on a full disk")
        };
        assert!(why.starts_with("the disk is full; free some space"), "{why}");
        assert!(store.answers(PATIENCE).await);
        disk.empty();
        tokio::time::sleep(LATER).await;
        assert_eq!(store.ready(PATIENCE).await, Ok(()), "round {round}");
        open(&store, 100_000).await.expect("there is room again");
    }
}

/// A standby refuses writes with the same code.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_not_ready_while_it_takes_no_writes() {
    let Some(url) = database("read_only").await else { return };
    let store = Store::open(&Place::Postgres(url.clone())).await.expect("opens");
    assert_eq!(store.ready(PATIENCE).await, Ok(()));
    let mut conn = connect(&url).await;
    let name = url.rsplit('/').next().expect("a name");
    for (setting, ready) in [("on", false), ("off", true)] {
        let set = format!(
            "SET transaction_read_only = off; ALTER DATABASE {name} SET default_transaction_read_only = {setting}"
        );
        conn.execute(AssertSqlSafe(set)).await.expect("is set");
        // Those of the store connect again.
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        conn.execute(end).await.expect("ends them");
        tokio::time::sleep(LATER).await;
        // A change meets the ended connections first.
        for _ in 0..20 {
            match open(&store, 10).await {
                Ok(_) | Err(StoreError::Storage(StorageFault::ReadOnly, _)) => break,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        match (store.ready(PATIENCE).await, ready) {
            (Ok(()), true) => {}
            (Err(Unready::NoWrite(why)), false) => assert!(why.starts_with("the data is read-only"), "{why}"),
            (other, _) => panic!("{setting}: {other:?}"),
        }
    }
}

/// Readiness asks for room in a temporary table, which an account may be forbidden to make.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_without_temporary_tables_is_ready() {
    let Some(url) = database("no_temporary").await else { return };
    let mut conn = connect(&url).await;
    let name = url.rsplit('/').next().expect("a name");
    let role = format!("{name}_role");
    let make = format!(
        "CREATE ROLE {role} LOGIN; REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC; GRANT ALL ON SCHEMA public TO {role}"
    );
    conn.execute(AssertSqlSafe(make)).await.expect("is made");
    let store = Store::open(&Place::Postgres(as_user(&url, &role))).await.expect("opens");
    for _ in 0..2 {
        assert_eq!(store.ready(PATIENCE).await, Ok(()));
        tokio::time::sleep(LATER).await;
    }
    store.close().await;
    let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    conn.execute(AssertSqlSafe(drop)).await.expect("is dropped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_does_not_grow_the_database() {
    let Some(url) = database("asking").await else { return };
    let store = Store::open(&Place::Postgres(url.clone())).await.expect("opens");
    let mut conn = connect(&url).await;
    assert_eq!(store.ready(PATIENCE).await, Ok(()));
    let before = size(&mut conn).await;
    for _ in 0..3 {
        tokio::time::sleep(LATER).await;
        for _ in 0..50 {
            assert_eq!(store.ready(PATIENCE).await, Ok(()));
        }
    }
    // Other than by a page that PostgreSQL keeps for itself.
    let grown = size(&mut conn).await - before;
    assert!(grown <= 16 << 10, "{grown} bytes");
}
