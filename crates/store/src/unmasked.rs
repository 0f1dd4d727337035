//! Text that somebody chose to store as typed, although it contains secrets or personal data.

use crate::{Act, StoreError, Tx, chain, incidents};
use serde_json::json;
use std::collections::BTreeMap;

/// Records the choice with the route and the number of values of each kind, but never the text. With an incident, the event belongs to that
/// incident.
///
/// # Errors
/// [`StoreError::NotFound`] if the viewer may not see the incident; otherwise when the database does not answer.
pub async fn record(
    tx: &mut Tx,
    act: Act<'_>,
    incident: Option<i64>,
    route: &str,
    counts: &BTreeMap<String, usize>,
) -> Result<(), StoreError> {
    if let Some(number) = incident {
        incidents::find(tx, act.by, number).await?;
    }
    chain::record(tx, act, "text.unmasked", incident, "", &json!({ "route": route, "values": counts })).await
}
