//! Evidence is taken away for good; that it was there stays.
//!
//! First the row says so, with who and why, in one change; then the bytes go, in another that makes sure that no other incident needs
//! them. A program that is killed between the two does the second at its next start.

use crate::incidents::touch;
use crate::retros::{self, Ends};
use crate::{Act, Store, StoreError, Tx, chain, evidence, time};
use hindcast_trace::EvidenceId;
use serde_json::json;
use sqlx::Row;

/// Erases a file from an incident. Its bytes are gone once [`finish`] ran after the change was made.
///
/// # Errors
/// [`StoreError::NotFound`] also where the actor may not know of the incident; [`StoreError::Conflict`] where it is erased already.
pub async fn erase(tx: &mut Tx, act: Act<'_>, number: i64, id: &str, why: &str) -> Result<(), StoreError> {
    retros::hold(tx, number).await?;
    touch(tx, act, number, None).await?;
    let erased = sqlx::query(
        "UPDATE evidence SET erased_at = $1, erased_by = $2, erased_why = $3 WHERE incident = $4 AND id = $5 AND erased_at IS NULL",
    );
    let erased = erased.bind(time::text(act.at)).bind(&act.by.account).bind(why).bind(number).bind(id);
    if erased.execute(&mut **tx).await?.rows_affected() == 0 {
        let known = evidence::of(tx, act.by, number).await?.iter().any(|i| i.id == id);
        return Err(match known {
            true => StoreError::Conflict("the evidence is erased already".to_owned()),
            false => StoreError::NotFound("evidence"),
        });
    }
    chain::record(tx, act, "evidence.erased", Some(number), id, &json!({ "reason": why })).await?;
    retros::end_review(tx, act, number, Ends::Review, "erased evidence").await
}

/// Takes the bytes away that no incident needs any more; also those that a killed program did not come to.
///
/// # Errors
/// When the database or the folder does not answer; then it is done at the next start.
pub async fn finish(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    store.blobs.tidy(&mut tx).await?;
    // In one order, so that two servers that start at once do not wait for each other.
    let erased = sqlx::query("SELECT DISTINCT id FROM evidence WHERE erased_at IS NOT NULL ORDER BY id");
    let rows = erased.fetch_all(&mut *tx).await?;
    for row in rows {
        let text: String = row.try_get("id")?;
        let id: EvidenceId = text.parse().map_err(|_| StoreError::Corrupt(format!("the digest `{text}`")))?;
        if !store.blobs.hold(&mut tx, &id).await? {
            continue;
        }
        // Asked after the row is held: who added the same bytes elsewhere has come to an end by now.
        let needed = sqlx::query("SELECT COUNT(*) AS n FROM evidence WHERE id = $1 AND erased_at IS NULL").bind(&text);
        if needed.fetch_one(&mut *tx).await?.try_get::<i64, _>("n")? == 0 {
            store.blobs.remove(&mut tx, &id).await?;
        }
    }
    tx.commit().await
}
