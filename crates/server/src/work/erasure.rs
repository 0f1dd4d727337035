//! Evidence is taken away for good.

use super::change::change;
use super::{FileTimes, set_due};
use crate::failure::Failure;
use crate::state::App;
use hindcast_store::{Act, erasure};

/// Erases a file from an incident, with a reason.
pub async fn erase(app: &App, act: Act<'_>, number: i64, id: &str, why: &str) -> Result<(), Failure> {
    let file_times = FileTimes::of(app, act.by, number, &[id.to_owned()]).await?;
    change(app, async |tx| {
        erasure::erase(tx, act, number, id, why).await?;
        // What a facts file told of times is not known any more.
        set_due(app, tx, act, number, &file_times).await
    })
    .await?;
    if let Err(error) = erasure::finish(&app.store).await {
        // The record says that it is erased, and gives it to nobody; the bytes go with the next one, or at the next start.
        tracing::warn!(%error, "the bytes of erased evidence could not be taken away yet");
    }
    Ok(())
}
