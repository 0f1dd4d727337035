//! A change of the record.

use crate::failure::Failure;
use crate::state::App;
use hindcast_store::Tx;

/// Makes a change: all of it, or nothing where a part of it fails.
pub async fn change<T>(app: &App, work: impl AsyncFnOnce(&mut Tx) -> Result<T, Failure>) -> Result<T, Failure> {
    let mut tx = app.begin().await?;
    let done = work(&mut tx).await?;
    tx.commit().await?;
    Ok(done)
}
