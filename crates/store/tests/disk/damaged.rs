//! A damaged database file.

use crate::open;
use hindcast_store::{Place, StorageFault, Store, StoreError, Unready, chain, check};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A record with some hundred pages that nobody has open.
async fn record(folder: &Path) -> PathBuf {
    let store = Store::open(&Place::Folder(folder.to_owned())).await.expect("opens");
    for _ in 0..50 {
        open(&store, 10_000).await.expect("opens an incident");
    }
    let faults = check::database(&mut store.reader().await.expect("reads")).await.expect("checks");
    assert_eq!(faults, Vec::<String>::new());
    store.close().await;
    folder.join("hindcast.db")
}

/// Overwrites every page of a file but the first so many.
fn damage(file: &Path, from_page: usize) {
    let mut bytes = std::fs::read(file).expect("reads");
    for byte in bytes.iter_mut().skip(from_page * 4096) {
        *byte = 0xA5;
    }
    std::fs::write(file, bytes).expect("damages");
}

#[track_caller]
fn is_damaged<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(e @ StoreError::Storage(StorageFault::Damaged, _)) => e.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_start_on_a_damaged_page_says_what_to_do_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = record(folder.path()).await;
    damage(&file, 60);
    let before = std::fs::read(&file).expect("reads");
    let words = is_damaged(Store::open(&Place::Folder(folder.path().to_owned())).await);
    assert!(words.starts_with("the database is damaged; keep a copy of it and restore the latest backup ("), "{words}");
    assert!(std::fs::read(&file).expect("reads") == before);
}

#[tokio::test]
async fn a_start_on_a_file_that_is_no_database_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = record(folder.path()).await;
    damage(&file, 0);
    is_damaged(Store::open(&Place::Folder(folder.path().to_owned())).await);
}

#[tokio::test]
async fn damage_that_happens_while_it_is_open_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = record(folder.path()).await;
    let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
    damage(&file, 60);
    let mut conn = store.reader().await.expect("reads");
    let rows = sqlx::query("SELECT * FROM incident").fetch_all(&mut *conn).await;
    is_damaged(rows.map(|rows| rows.len()).map_err(StoreError::from));
    let checked = check::database(&mut conn).await;
    assert!(!matches!(&checked, Ok(faults) if faults.is_empty()), "{checked:?}");
}

#[tokio::test]
async fn readiness_tells_of_a_damaged_page_that_a_list_met_until_it_is_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = record(folder.path()).await;
    let whole = std::fs::read(&file).expect("reads");
    let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
    let ready = async || {
        // An outcome counts for two seconds.
        tokio::time::sleep(Duration::from_millis(2100)).await;
        store.ready(Duration::from_secs(10)).await
    };
    assert_eq!(ready().await, Ok(()));
    damage(&file, 60);
    let rows = sqlx::query("SELECT * FROM incident").fetch_all(&mut *store.reader().await.expect("reads")).await;
    is_damaged(rows.map(|rows| rows.len()).map_err(StoreError::from));
    assert!(matches!(ready().await, Err(Unready::Damaged(_))), "a list is damaged");
    std::fs::write(&file, whole).expect("mends");
    assert_eq!(ready().await, Ok(()));
}

#[tokio::test]
async fn a_damaged_page_does_not_keep_the_rest_from_being_verified() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = record(folder.path()).await;
    let mut bytes = std::fs::read(&file).expect("reads");
    let pages = bytes.len() / 4096;
    // A few pages in the middle, which hold rows.
    for byte in &mut bytes[pages / 2 * 4096..(pages / 2 + 8) * 4096] {
        *byte = 0xA5;
    }
    std::fs::write(&file, bytes).expect("damages");
    let store = Store::open_read_only(&Place::Folder(folder.path().to_owned())).await.expect("opens");
    let audit = chain::verify_with_evidence(&store, None).await.expect("goes on to the end");
    assert!(audit.rows > 0, "the log was read");
    let named = |f: &&String| f.contains("table `") && f.contains("malformed");
    assert!(audit.faults.iter().any(|f| named(&f)), "{:?}", audit.faults);
    assert!(audit.faults.iter().any(|f| f.starts_with("the database file: ")), "{:?}", audit.faults);
}
