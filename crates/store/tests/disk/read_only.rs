//! A disk or a database that takes no writes.

use crate::{count, open};
use hindcast_store::{Place, StorageFault, Store, StoreError};
use sqlx::Executor;

fn is_read_only<T: std::fmt::Debug>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Storage(StorageFault::ReadOnly, _)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_in_a_read_only_folder_says_so() {
    let Some(disk) = hindcast_testdb::small_disk(8) else { return };
    let place = Place::Folder(disk.path().join("data"));
    let store = Store::open(&place).await.expect("opens");
    open(&store, 10).await.expect("opens an incident");
    store.close().await;
    disk.make_read_only();
    let refused = Store::open(&place).await;
    assert!(is_read_only(&refused), "{refused:?}");
    let new = Store::open(&Place::Folder(disk.path().join("other"))).await;
    assert!(is_read_only(&new), "{new:?}");
}

#[tokio::test]
async fn a_change_says_so_and_the_next_one_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&Place::Folder(folder.path().to_owned())).await.expect("opens");
    let mut tx = store.begin().await.expect("begins");
    tx.execute("PRAGMA query_only = ON").await.expect("is set");
    tx.commit().await.expect("commits");
    let refused = open(&store, 10).await;
    assert!(is_read_only(&refused), "{refused:?}");
    open(&store, 10).await.expect("the next change works");
    assert_eq!(count(&store).await, 1);
}
