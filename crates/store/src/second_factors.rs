//! Second factors: a secret for codes that change every 30 seconds (TOTP), and recovery codes.
//!
//! How a code is computed is not decided here. A code is a number of a step in time, and each step is accepted once, whichever server asks.

use crate::{Act, Conn, StoreError, Tx, access, accounts, chain, jobs, time};
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use std::collections::HashSet;

/// Seconds within which a secret has to be confirmed.
pub const SETUP: i64 = 15 * 60;

/// A second factor that counts. It has no `Debug`: its secret must not get into a log.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The secret, as it was given to [`begin`].
    pub secret: String,
    /// Since when it counts.
    pub since: Timestamp,
    /// Recovery codes that were not used.
    pub codes_left: i64,
}

/// The second factor of an account; `None` if it has none that counts.
///
/// # Errors
/// When the database does not answer.
pub async fn find(conn: &mut Conn, account: &str) -> Result<Option<SecondFactor>, StoreError> {
    let sql = "SELECT f.secret, f.confirmed_at, (SELECT COUNT(*) FROM recovery_code c WHERE c.account = f.account AND c.used_at IS NULL) \
               AS codes FROM second_factor f WHERE f.account = $1 AND f.confirmed_at IS NOT NULL";
    let row = sqlx::query(sql).bind(account).fetch_optional(conn).await?;
    row.map(|row| {
        Ok(SecondFactor {
            secret: row.try_get("secret")?,
            since: time::parse(row.try_get("confirmed_at")?)?,
            codes_left: row.try_get("codes")?,
        })
    })
    .transpose()
}

/// The accounts with a second factor that counts.
///
/// # Errors
/// When the database does not answer.
pub async fn holders(conn: &mut Conn) -> Result<HashSet<String>, StoreError> {
    let rows = sqlx::query("SELECT account FROM second_factor WHERE confirmed_at IS NOT NULL").fetch_all(conn).await?;
    rows.iter().map(|row| Ok(row.try_get("account")?)).collect()
}

/// The secret that an account's person is about to confirm; `None` if there is none, or its time is over.
///
/// # Errors
/// When the database does not answer.
pub async fn unconfirmed(conn: &mut Conn, account: &str, now: Timestamp) -> Result<Option<String>, StoreError> {
    let sql = "SELECT secret FROM second_factor WHERE account = $1 AND confirmed_at IS NULL AND created_at > $2";
    let row = sqlx::query(sql).bind(account).bind(time::text(time::later(now, -SETUP))).fetch_optional(conn).await?;
    row.map(|row| Ok(row.try_get("secret")?)).transpose()
}

/// Keeps a secret for the actor to confirm, in place of an earlier one that was not confirmed.
///
/// # Errors
/// [`StoreError::Conflict`] if the actor has a second factor already.
pub async fn begin(tx: &mut Tx, act: Act<'_>, secret: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO second_factor (account, secret, created_at, step) VALUES ($1, $2, $3, 0) ON CONFLICT (account) DO UPDATE SET \
               secret = excluded.secret, created_at = excluded.created_at WHERE second_factor.confirmed_at IS NULL";
    let kept = sqlx::query(sql).bind(&act.by.account).bind(secret).bind(time::text(act.at)).execute(&mut **tx).await?;
    if kept.rows_affected() == 0 { Err(StoreError::Conflict(ON.to_owned())) } else { Ok(()) }
}

const ON: &str = "your second factor is on already: turn it off first";
const OFF: &str = "your second factor is not on";

/// Turns the actor's second factor on, once a code of this step confirmed the secret. `codes` are the hashes of the recovery codes.
///
/// # Errors
/// [`StoreError::Conflict`] if this secret is not the one to be confirmed, or its time is over.
pub async fn turn_on(tx: &mut Tx, act: Act<'_>, secret: &str, step: i64, codes: &[String]) -> Result<(), StoreError> {
    chain::hold(tx).await?;
    let sql = "UPDATE second_factor SET confirmed_at = $1, step = $2 WHERE account = $3 AND secret = $4 AND confirmed_at IS NULL AND \
               created_at > $5";
    let on = sqlx::query(sql).bind(time::text(act.at)).bind(step).bind(&act.by.account).bind(secret);
    let on = on.bind(time::text(time::later(act.at, -SETUP))).execute(&mut **tx).await?;
    if on.rows_affected() == 0 {
        return Err(StoreError::Conflict("the setup of your second factor has expired: begin again".to_owned()));
    }
    put_codes(tx, act, codes).await?;
    chain::record(tx, act, "account.second_factor_on", None, &act.by.account, &json!({ "codes": codes.len() })).await
}

/// Accepts the code of a step. False if that one, or a later one, was accepted before; then it is no proof.
///
/// # Errors
/// When the database does not answer.
pub async fn accept(tx: &mut Tx, account: &str, step: i64) -> Result<bool, StoreError> {
    chain::hold(tx).await?;
    let sql = "UPDATE second_factor SET step = $1 WHERE account = $2 AND confirmed_at IS NOT NULL AND step < $1";
    Ok(sqlx::query(sql).bind(step).bind(account).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Uses one of the actor's recovery codes up. False if there is no such code, or it was used before.
///
/// # Errors
/// When the database does not answer.
pub async fn use_code(tx: &mut Tx, act: Act<'_>, code_hash: &str) -> Result<bool, StoreError> {
    chain::hold(tx).await?;
    let sql = "UPDATE recovery_code SET used_at = $1 WHERE code_hash = $2 AND account = $3 AND used_at IS NULL";
    let used = sqlx::query(sql).bind(time::text(act.at)).bind(code_hash).bind(&act.by.account);
    if used.execute(&mut **tx).await?.rows_affected() == 0 {
        return Ok(false);
    }
    chain::record(tx, act, "account.recovery_code_used", None, &act.by.account, &json!({})).await?;
    Ok(true)
}

/// Replaces the actor's recovery codes with others.
///
/// # Errors
/// [`StoreError::Conflict`] if the actor has no second factor.
pub async fn renew_codes(tx: &mut Tx, act: Act<'_>, codes: &[String]) -> Result<(), StoreError> {
    // Before it is looked at: whoever turns it off is done before or waits.
    chain::hold(tx).await?;
    if find(tx, &act.by.account).await?.is_none() {
        return Err(StoreError::Conflict(OFF.to_owned()));
    }
    put_codes(tx, act, codes).await?;
    let data = json!({ "codes": codes.len() });
    chain::record(tx, act, "account.recovery_codes_renewed", None, &act.by.account, &data).await
}

async fn put_codes(tx: &mut Tx, act: Act<'_>, codes: &[String]) -> Result<(), StoreError> {
    remove_codes(tx, &act.by.account).await?;
    for code in codes {
        let sql = "INSERT INTO recovery_code (code_hash, account, created_at) VALUES ($1, $2, $3)";
        sqlx::query(sql).bind(code).bind(&act.by.account).bind(time::text(act.at)).execute(&mut **tx).await?;
    }
    Ok(())
}

async fn remove_codes(tx: &mut Tx, account: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM recovery_code WHERE account = $1").bind(account).execute(&mut **tx).await?;
    Ok(())
}

/// Removes the second factor of an account with its recovery codes, also one that was not confirmed. False if none counted.
async fn remove(tx: &mut Tx, account: &str) -> Result<bool, StoreError> {
    chain::hold(tx).await?;
    let counted = find(tx, account).await?.is_some();
    remove_codes(tx, account).await?;
    sqlx::query("DELETE FROM second_factor WHERE account = $1").bind(account).execute(&mut **tx).await?;
    Ok(counted)
}

/// Turns the actor's second factor off.
///
/// # Errors
/// [`StoreError::Conflict`] if it is not on.
pub async fn turn_off(tx: &mut Tx, act: Act<'_>) -> Result<(), StoreError> {
    if !remove(tx, &act.by.account).await? {
        return Err(StoreError::Conflict(OFF.to_owned()));
    }
    chain::record(tx, act, "account.second_factor_off", None, &act.by.account, &json!({})).await
}

/// Removes somebody's second factor, ends their sessions, and tells them.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no such account; [`StoreError::Conflict`] if it has no second factor.
pub async fn reset(tx: &mut Tx, act: Act<'_>, account: &str) -> Result<(), StoreError> {
    accounts::find(tx, account).await?;
    if !remove(tx, account).await? {
        return Err(StoreError::Conflict("this account has no second factor".to_owned()));
    }
    chain::record(tx, act, "account.second_factor_reset", None, account, &json!({})).await?;
    access::end_logins(tx, act, account).await?;
    jobs::tell_of_reset(tx, act, account).await
}

/// Removes the second factor of whoever recovers their account with a one-time link, if there is one.
///
/// # Errors
/// When the database does not answer.
pub async fn recover(tx: &mut Tx, act: Act<'_>) -> Result<(), StoreError> {
    if !remove(tx, &act.by.account).await? {
        return Ok(());
    }
    let data = json!({ "recovery_link": true });
    chain::record(tx, act, "account.second_factor_reset", None, &act.by.account, &data).await
}
