//! What an account is signed in with and can let others in with, ended at once.

use crate::{Act, StoreError, Tx, chain, time};
use serde_json::json;

/// Ends every browser session of an account, and tells how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn end_logins(tx: &mut Tx, act: Act<'_>, account: &str) -> Result<u64, StoreError> {
    let ended = sqlx::query("DELETE FROM login WHERE account = $1").bind(account).execute(&mut **tx).await?;
    let sessions = ended.rows_affected();
    if sessions > 0 {
        chain::record(tx, act, "account.sessions_ended", None, account, &json!({ "sessions": sessions })).await?;
    }
    Ok(sessions)
}

/// Ends every browser session, revokes every token, and withdraws every unused invitation of an account.
///
/// # Errors
/// When the database does not answer.
pub async fn end_all(tx: &mut Tx, act: Act<'_>, account: &str) -> Result<(), StoreError> {
    end_logins(tx, act, account).await?;
    let revoked = sqlx::query("UPDATE api_token SET revoked_at = $1 WHERE account = $2 AND revoked_at IS NULL");
    let revoked = revoked.bind(time::text(act.at)).bind(account).execute(&mut **tx).await?.rows_affected();
    let withdrawn = sqlx::query("DELETE FROM invitation WHERE created_by = $1 AND used_at IS NULL");
    let withdrawn = withdrawn.bind(account).execute(&mut **tx).await?.rows_affected();
    if revoked + withdrawn == 0 {
        return Ok(());
    }
    let data = json!({ "tokens": revoked, "invitations": withdrawn });
    chain::record(tx, act, "account.access_ended", None, account, &data).await
}
