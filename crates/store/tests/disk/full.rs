//! A full disk.

use crate::{LATER, PATIENCE, count, open};
use hindcast_store::{Place, ReadConn, StorageFault, Store, StoreError, Unready};
use sqlx::{Executor, Row};

fn is_full<T: std::fmt::Debug>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Storage(StorageFault::Full, _)))
}

/// Every reader that the pool lends out.
async fn readers(store: &Store) -> Vec<ReadConn> {
    let mut lent = Vec::new();
    for _ in 0..8 {
        lent.push(store.reader().await.expect("reads"));
    }
    lent
}

/// A limit of pages is told as a full disk is, and is the connection's own: the next connection does not have it.
#[tokio::test]
async fn a_connection_that_saw_it_is_not_used_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
    for _ in 0..3 {
        let mut tx = store.begin().await.expect("begins");
        tx.execute("PRAGMA max_page_count = 1").await.expect("is set");
        tx.commit().await.expect("commits");
        let full = open(&store, 1 << 20).await;
        assert!(is_full(&full), "{full:?}");
        open(&store, 1 << 20).await.expect("the next change works");
    }
    assert_eq!(count(&store).await, 3);
}

#[tokio::test]
async fn a_reader_that_was_open_then_is_not_used_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
    // A temporary table is the connection's own, and tells which one it is.
    let mut lent = readers(&store).await;
    for conn in &mut lent {
        conn.execute("CREATE TEMP TABLE mark (n BIGINT)").await.expect("is made");
    }
    drop(lent);
    let mut tx = store.begin().await.expect("begins");
    tx.execute("PRAGMA max_page_count = 1").await.expect("is set");
    tx.commit().await.expect("commits");
    let full = open(&store, 1 << 20).await;
    assert!(is_full(&full), "{full:?}");
    for conn in &mut readers(&store).await {
        assert!(conn.execute("SELECT n FROM mark").await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_works_again_when_there_is_room() {
    let Some(disk) = hindcast_testdb::small_disk(8) else { return };
    let store = Store::open(&Place::Folder(disk.path().join("data"))).await.expect("opens");
    assert_eq!(store.ready(PATIENCE).await, Ok(()));
    for round in 1..=3 {
        disk.fill();
        // Some room is left in the write-ahead log.
        let mut kept = count(&store).await;
        let mut full = Ok(0);
        for _ in 0..2000 {
            full = open(&store, 10_000).await;
            if full.is_err() {
                break;
            }
            kept += 1;
        }
        assert!(is_full(&full), "round {round}: {full:?}");
        tokio::time::sleep(LATER).await;
        let Err(Unready::NoWrite(why)) = store.ready(PATIENCE).await else { panic!("it is ready on a full disk") };
        assert!(why.starts_with("the disk is full; free some space"), "{why}");
        assert!(store.answers(PATIENCE).await);
        assert_eq!(count(&store).await, kept, "what was acknowledged, and nothing else");
        disk.empty();
        open(&store, 10_000).await.expect("there is room");
        tokio::time::sleep(LATER).await;
        assert_eq!(store.ready(PATIENCE).await, Ok(()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_on_it_says_so() {
    let Some(disk) = hindcast_testdb::small_disk(1) else { return };
    disk.fill();
    let full = Store::open(&Place::Folder(disk.path().join("data"))).await;
    assert!(is_full(&full), "{full:?}");
    disk.empty();
}

/// Asking often writes seldom, and writes the same row.
#[tokio::test]
async fn asking_whether_it_is_ready_does_not_grow_the_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
    assert_eq!(store.ready(PATIENCE).await, Ok(()));
    let mut conn = store.reader().await.expect("reads");
    let mut pages = async || {
        let row = sqlx::query("SELECT page_count FROM pragma_page_count").fetch_one(&mut *conn).await.expect("counts");
        row.get::<i64, _>(0)
    };
    let log = || std::fs::metadata(folder.path().join("hindcast.db-wal")).expect("is there").len();
    let (before, log_before) = (pages().await, log());
    for _ in 0..200 {
        assert_eq!(store.ready(PATIENCE).await, Ok(()));
    }
    assert_eq!(pages().await, before);
    // 200 trial writes would be 200 pages of 4 KiB.
    assert!(log() - log_before < 100 << 12, "{} bytes", log() - log_before);
    let left: Vec<_> = std::fs::read_dir(folder.path().join("evidence")).expect("lists").collect();
    assert!(left.is_empty(), "{left:?}");
}
