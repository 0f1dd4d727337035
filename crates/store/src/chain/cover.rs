//! Where coverage begins for what no event vouches for yet: in a new record for what belongs to the record as a whole, and in a record of an
//! earlier version for every part that the version did not cover.

use super::content::Log;
use super::kinds::COVERAGE_BEGAN;
use super::part::{self, EMPTY, Part};
use super::{content, index, put_down};
use crate::{Act, Conn, StoreError, Tx, time};
use serde_json::{Value, json};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Parts that one event vouches for at most.
const PARTS: usize = 500;

/// Lets the log vouch for what it does not cover yet, as it is. It does so once for each kind of part: otherwise a row that somebody puts in
/// later, and that no event vouches for, would be taken over.
///
/// # Errors
/// When the database does not answer.
pub async fn begin_coverage(tx: &mut Tx, act: Act<'_>) -> Result<(), StoreError> {
    super::hold(tx).await?;
    let covered = covered(tx).await?;
    let parts: Vec<_> = part::ALL.iter().filter(|part| !covered.contains(part.name)).collect();
    if parts.is_empty() {
        return Ok(());
    }
    let log = index::read(tx).await?;
    let mut missing = Vec::new();
    for part in &parts {
        let now: BTreeMap<String, String> = content::now(tx, part).await?.into_iter().collect();
        // Incidents and accounts that no event began stay without a digest, and verification tells of them.
        let owners: BTreeSet<&str> = match part.prefix {
            "" => BTreeSet::from([""]),
            _ => now
                .keys()
                .map(String::as_str)
                .filter(|owner| log.is_begun(part, owner))
                .chain(begun(&log, part))
                .collect(),
        };
        for owner in owners {
            let key = part.key_of(owner);
            if !log.covers(&key) {
                missing.push((key, now.get(owner).map_or(EMPTY, String::as_str).to_owned()));
            }
        }
    }
    let (at, account) = (time::text(act.at), act.by.account.as_str());
    let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
    let mut rest = missing.into_iter();
    loop {
        let state: BTreeMap<_, _> = rest.by_ref().take(PARTS).collect();
        let is_last = rest.len() == 0;
        // Only the last one says that it is done.
        let data = json!({ "parts": if is_last { names.as_slice() } else { &[] } });
        let mut event = put_down(tx, &at, account, COVERAGE_BEGAN, None, "", &data).await?;
        event.state = state;
        tx.pending.push(event);
        if is_last {
            return Ok(());
        }
    }
}

/// Owners that an event began, whether the part has rows or not. A revision or a block is an owner of its own, which has rows.
fn begun<'l>(log: &'l Log, part: &Part) -> impl Iterator<Item = &'l str> {
    log.begun(part.prefix).filter(|_| !part.is_numbered())
}

/// The parts that coverage began for.
async fn covered(conn: &mut Conn) -> Result<HashSet<String>, StoreError> {
    let rows = sqlx::query("SELECT data FROM event WHERE kind = $1").bind(COVERAGE_BEGAN).fetch_all(conn).await?;
    let mut all = HashSet::new();
    for row in rows {
        let data: Value = serde_json::from_str(row.try_get("data")?).unwrap_or_default();
        let names = data["parts"].as_array().into_iter().flatten().filter_map(Value::as_str);
        all.extend(names.map(str::to_owned));
    }
    Ok(all)
}
