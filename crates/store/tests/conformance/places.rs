//! A new record in each of the two places.

use hindcast_store::{Place, Store};

pub async fn sqlite() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&Place::Folder(folder.path().join("data"))).await.expect("opens");
    (folder, store)
}

pub async fn postgres(name: &str) -> Option<Store> {
    let url = hindcast_testdb::database(name).await?;
    Some(Store::open(&Place::Postgres(url)).await.expect("opens"))
}
