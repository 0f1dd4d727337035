//! What PostgreSQL knows of how much there is of what, which its plans rest on.

use crate::search::is_postgres;
use crate::{Store, StoreError};
use sqlx::Executor;

/// Has PostgreSQL count anew, for a record that was just filled. It would do so by itself within minutes; until then it plans as if the
/// tables were empty, and the first page of a large record takes several times as long. SQLite's plans do not need it.
///
/// # Errors
/// If the database cannot be written.
pub async fn refresh(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    if is_postgres(&tx) {
        tx.execute("ANALYZE").await?;
    }
    tx.commit().await
}
