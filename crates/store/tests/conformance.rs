//! One suite for both databases: what holds of the record on SQLite holds on PostgreSQL.

mod suite;

use hindcast_store::{Place, Store};

/// Runs a check of the suite on both databases.
macro_rules! conformance {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().expect("a folder");
                let store = super::Store::open(&super::Place::Folder(folder.path().join("data"))).await.expect("opens");
                super::suite::$name(store).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let Some(url) = hindcast_testdb::database(stringify!($name)).await else { return };
                let store = super::Store::open(&super::Place::Postgres(url)).await.expect("opens");
                super::suite::$name(store).await;
            })*
        }
    };
}

conformance! {
    accounts_are_found_again
    incidents_are_numbered_and_found
    restricted_incidents_are_hidden
    stale_edits_are_refused
    the_audit_log_shows_changes
    evidence_is_kept_byte_for_byte
}
