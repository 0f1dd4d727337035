//! Text that somebody chose to store as typed, although there are secrets or personal data in it.

use crate::{Act, StoreError, Tx, chain, incidents};
use serde_json::json;
use std::collections::BTreeMap;

/// Puts down that somebody chose so: how many values of which kind and by which route, never the text. With an incident, it is one of that
/// incident's events.
///
/// # Errors
/// When the incident is not there for them, or the database does not answer.
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
