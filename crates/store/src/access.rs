//! What an account is signed in with and can let others in with, ended at once.

pub mod all;

use crate::{Act, StoreError, Tx, chain, known_sources, pending_sign_ins, time};
use serde_json::json;

/// Ends every browser session of an account, and tells how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn end_logins(tx: &mut Tx, act: Act<'_>, account: &str) -> Result<u64, StoreError> {
    // A browser that is signed in at this moment is ended as well.
    chain::hold(tx).await?;
    pending_sign_ins::end_all(tx, account).await?;
    let ended = sqlx::query("DELETE FROM login WHERE account = $1").bind(account).execute(&mut **tx).await?;
    let sessions = ended.rows_affected();
    if sessions > 0 {
        chain::record(tx, act, "account.sessions_ended", None, account, &json!({ "sessions": sessions })).await?;
    }
    Ok(sessions)
}

/// Withdraws every unused invitation that an account made, and tells how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn withdraw_invitations(tx: &mut Tx, act: Act<'_>, account: &str) -> Result<u64, StoreError> {
    let sql = "DELETE FROM invitation WHERE created_by = $1 AND used_at IS NULL";
    let withdrawn = sqlx::query(sql).bind(account).execute(&mut **tx).await?.rows_affected();
    if withdrawn > 0 {
        let data = json!({ "invitations": withdrawn });
        chain::record(tx, act, "account.invitations_withdrawn", None, account, &data).await?;
    }
    Ok(withdrawn)
}

/// Ends every browser session and revokes every API token of an account, and tells how many there were of each.
///
/// # Errors
/// When the database does not answer.
pub async fn end_sessions_and_tokens(tx: &mut Tx, act: Act<'_>, account: &str) -> Result<(u64, u64), StoreError> {
    let sessions = end_logins(tx, act, account).await?;
    let tokens = revoke_tokens(tx, act, account).await?;
    if tokens > 0 {
        chain::record(tx, act, "account.tokens_revoked", None, account, &json!({ "tokens": tokens })).await?;
    }
    Ok((sessions, tokens))
}

/// Revokes every API token of an account, and tells how many there were. What is recorded of it is the caller's.
async fn revoke_tokens(tx: &mut Tx, act: Act<'_>, account: &str) -> Result<u64, StoreError> {
    let revoked = sqlx::query("UPDATE api_token SET revoked_at = $1 WHERE account = $2 AND revoked_at IS NULL");
    Ok(revoked.bind(time::text(act.at)).bind(account).execute(&mut **tx).await?.rows_affected())
}

/// Links with people at sign-in providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// All of them.
    All,
    /// Those that were added to the account. The one that it was created with stays: such an account has no password, and its person no other
    /// way in.
    Added,
}

/// Removes links of an account, and tells how many there were. Whoever had the account for a minute may have linked it with a person of their own.
///
/// # Errors
/// When the database does not answer.
pub async fn end_links(tx: &mut Tx, act: Act<'_>, account: &str, which: Links) -> Result<u64, StoreError> {
    chain::hold(tx).await?;
    // An account that a provider made is linked in the change that creates it.
    let sql = "DELETE FROM identity WHERE account = $1 AND ($2 = 1 OR linked_at <> (SELECT created_at FROM account WHERE id = $1))";
    let ended = sqlx::query(sql).bind(account).bind(i64::from(which == Links::All)).execute(&mut **tx).await?;
    let links = ended.rows_affected();
    if links > 0 {
        chain::record(tx, act, "account.identity_unlinked", None, account, &json!({ "links": links })).await?;
    }
    Ok(links)
}

/// Ends the links of an account that were sent by mail and not used. What is recorded of it is the caller's.
pub(crate) async fn end_resets(tx: &mut Tx, account: &str) -> Result<(), StoreError> {
    let ended = sqlx::query("DELETE FROM invitation WHERE account = $1 AND purpose = 'reset' AND used_at IS NULL");
    ended.bind(account).execute(&mut **tx).await?;
    Ok(())
}

/// Ends every browser session, revokes every token, removes the links that were added, and withdraws every unused invitation and every recovery
/// link of an account.
///
/// # Errors
/// When the database does not answer.
pub async fn end_all(tx: &mut Tx, act: Act<'_>, account: &str) -> Result<(), StoreError> {
    end_logins(tx, act, account).await?;
    withdraw_invitations(tx, act, account).await?;
    end_links(tx, act, account, Links::Added).await?;
    known_sources::forget(tx, account).await?;
    let recovery = sqlx::query("DELETE FROM invitation WHERE account = $1 AND used_at IS NULL");
    let links = recovery.bind(account).execute(&mut **tx).await?.rows_affected();
    let tokens = revoke_tokens(tx, act, account).await?;
    if tokens + links == 0 {
        return Ok(());
    }
    let data = json!({ "tokens": tokens, "recovery_links": links });
    chain::record(tx, act, "account.access_ended", None, account, &data).await
}
