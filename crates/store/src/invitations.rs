//! One-time links: the first administrator's, those that administrators hand out, and those that let somebody in who is locked out or forgot
//! their password.

use crate::accounts::Account;
use crate::chain::Owner;
use crate::{Act, Conn, StoreError, Tx, Viewer, access, accounts, chain, identities, time};
use hindcast_retro::record::people::Role;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What a link is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// It makes an account, as long as its maker administers.
    Account,
    /// It makes the first account, as long as there is none.
    First,
    /// It sets a new password for this account, by its id, as long as that is active.
    Recovery(String),
    /// The same, for whoever reads this account's mail: it does not end more than another password does.
    Reset(String),
}

impl Purpose {
    fn name(&self) -> &'static str {
        match self {
            Purpose::Account => "account",
            Purpose::First => "first",
            Purpose::Recovery(_) => "recovery",
            Purpose::Reset(_) => "reset",
        }
    }
}

/// A link that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What for.
    pub purpose: Purpose,
    /// The role of the account that it makes, or whose password it sets.
    pub role: Role,
}

/// An invitation that was not used yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Its id, which is no secret.
    pub id: String,
    /// What the new account may do.
    pub role: Role,
    /// Who made it, by name.
    pub by: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Digits of the hash that name a link.
const ID: usize = 32;

fn role(row: &AnyRow) -> Result<Role, StoreError> {
    let role: String = row.try_get("role")?;
    role.parse().map_err(|_| StoreError::Corrupt(format!("the role `{role}`")))
}

/// Makes an invitation. Only the token's hash is kept.
///
/// # Errors
/// [`StoreError::Conflict`] if the actor was deactivated.
pub async fn create(
    tx: &mut Tx,
    act: Act<'_>,
    token_hash: &str,
    role: Role,
    valid_seconds: i64,
) -> Result<(), StoreError> {
    accounts::hold_active(tx, &act.by.account).await?;
    put(tx, act, token_hash, &Link { purpose: Purpose::Account, role }, valid_seconds).await?;
    chain::record(tx, act, "invitation.created", None, &id(token_hash), &json!({ "role": role.name() })).await
}

/// Makes a link to the first account. Several servers may start at once: each prints one, and the first that is used ends the others.
///
/// # Errors
/// When the database does not answer.
pub async fn create_first(tx: &mut Tx, act: Act<'_>, token_hash: &str, valid_seconds: i64) -> Result<(), StoreError> {
    let role = Role::Administrator;
    sqlx::query("DELETE FROM invitation WHERE expires_at <= $1").bind(time::text(act.at)).execute(&mut **tx).await?;
    put(tx, act, token_hash, &Link { purpose: Purpose::First, role }, valid_seconds).await?;
    chain::record(tx, act, "invitation.created", None, &id(token_hash), &json!({ "role": role.name(), "first": true }))
        .await
}

/// Makes a link with which an account's person sets a new password; an earlier one ends.
///
/// # Errors
/// When the database does not answer.
pub async fn create_recovery(
    tx: &mut Tx,
    act: Act<'_>,
    token_hash: &str,
    account: &str,
    role: Role,
    valid_seconds: i64,
) -> Result<(), StoreError> {
    chain::hold(tx).await?;
    sqlx::query("DELETE FROM invitation WHERE account = $1 AND used_at IS NULL")
        .bind(account)
        .execute(&mut **tx)
        .await?;
    put(tx, act, token_hash, &Link { purpose: Purpose::Recovery(account.to_owned()), role }, valid_seconds).await?;
    let data = json!({ "expires_at": time::text(time::later(act.at, valid_seconds)) });
    chain::record(tx, act, "account.recovery_link", None, account, &data).await
}

/// True for an account whose password can be reset by mail: it is active, and no sign-in provider made it, so that it has one.
///
/// # Errors
/// When the database does not answer.
pub async fn may_reset(conn: &mut Conn, account: &Account) -> Result<bool, StoreError> {
    Ok(account.disabled_at.is_none() && !identities::made(conn, &account.id).await?)
}

/// Makes a link with which whoever reads an account's mail sets a new password; an earlier one ends. `request` is the ID of the request that
/// asked. False if the account has no password, or is deactivated.
///
/// # Errors
/// When the database does not answer.
pub async fn create_reset(
    tx: &mut Tx,
    act: Act<'_>,
    token_hash: &str,
    account: &str,
    valid_seconds: i64,
    request: &str,
) -> Result<bool, StoreError> {
    let account = accounts::find_held(tx, account).await?;
    if !may_reset(tx, &account).await? {
        return Ok(false);
    }
    access::end_resets(tx, &account.id).await?;
    let link = Link { purpose: Purpose::Reset(account.id.clone()), role: account.role };
    put(tx, act, token_hash, &link, valid_seconds).await?;
    let data = json!({ "expires_at": time::text(time::later(act.at, valid_seconds)), "request": request });
    chain::record(tx, act, "account.reset_link", None, &account.id, &data).await?;
    Ok(true)
}

fn id(token_hash: &str) -> String {
    token_hash.chars().take(ID).collect()
}

async fn put(tx: &mut Tx, act: Act<'_>, token_hash: &str, link: &Link, valid_seconds: i64) -> Result<(), StoreError> {
    let account = match &link.purpose {
        Purpose::Recovery(account) | Purpose::Reset(account) => Some(account.as_str()),
        Purpose::Account | Purpose::First => None,
    };
    sqlx::query(
        "INSERT INTO invitation (token_hash, id, purpose, account, role, created_by, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(token_hash)
    .bind(id(token_hash))
    .bind(link.purpose.name())
    .bind(account)
    .bind(link.role.name())
    .bind(&act.by.account)
    .bind(time::text(act.at))
    .bind(time::text(time::later(act.at, valid_seconds)))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What a link is good for, if it still is.
///
/// # Errors
/// [`StoreError::NotFound`] where it was used or withdrawn, has expired, or never was; where its maker does not administer any more;
/// where somebody else made the first account; where the account to let in is deactivated.
pub async fn find(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<Link, StoreError> {
    let row = sqlx::query(
        "SELECT i.purpose, i.role, i.account FROM invitation i WHERE i.token_hash = $1 AND i.used_at IS NULL AND i.expires_at > $2 AND \
         ((i.purpose = 'first' AND NOT EXISTS (SELECT 1 FROM account)) OR (i.purpose = 'account' AND EXISTS \
         (SELECT 1 FROM account a WHERE a.id = i.created_by AND a.disabled_at IS NULL AND a.role = 'administrator')) OR \
         (i.purpose IN ('recovery', 'reset') AND EXISTS (SELECT 1 FROM account a WHERE a.id = i.account AND a.disabled_at IS NULL)))",
    );
    let row = row.bind(token_hash).bind(time::text(now)).fetch_optional(conn).await?;
    let row = row.ok_or(StoreError::NotFound("invitation"))?;
    let purpose = match (row.try_get::<String, _>("purpose")?.as_str(), row.try_get::<Option<String>, _>("account")?) {
        ("first", _) => Purpose::First,
        ("recovery", Some(account)) => Purpose::Recovery(account),
        ("reset", Some(account)) => Purpose::Reset(account),
        _ => Purpose::Account,
    };
    Ok(Link { purpose, role: role(&row)? })
}

/// Uses a link up; two who use it at once do not both succeed, and neither do two who each use a link to the first account.
///
/// # Errors
/// [`StoreError::NotFound`] where it is not good any more.
pub async fn use_up(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<Link, StoreError> {
    // Whoever makes the first account, or ends what the link rests on, is done before or waits.
    chain::hold(tx).await?;
    let link = find(tx, token_hash, now).await?;
    let used = sqlx::query("UPDATE invitation SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL");
    let used = used.bind(time::text(now)).bind(token_hash).execute(&mut **tx).await?;
    if used.rows_affected() == 0 {
        return Err(StoreError::NotFound("invitation"));
    }
    let system = Viewer::system();
    let act = Act { by: &system, at: now };
    chain::touch(tx, act, chain::INVITATIONS, Owner::Record);
    if let Purpose::Reset(account) = &link.purpose {
        chain::record(tx, act, "account.reset_link_used", None, account, &json!({})).await?;
    }
    Ok(link)
}

/// A page of the invitations that can still be used, the newest first: those behind a time and an id, where the page before ended.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    conn: &mut Conn,
    now: Timestamp,
    after: Option<(Timestamp, &str)>,
    most: i64,
) -> Result<Vec<Open>, StoreError> {
    let (at, id) = after.unwrap_or((Timestamp::MAX, ""));
    let rows = sqlx::query(
        "SELECT i.id, i.role, i.created_at, i.expires_at, a.name AS maker FROM invitation i JOIN account a ON a.id = i.created_by \
         WHERE i.purpose = 'account' AND i.used_at IS NULL AND i.expires_at > $1 AND a.disabled_at IS NULL AND a.role = 'administrator' \
         AND (i.created_at < $2 OR (i.created_at = $2 AND i.id > $3)) ORDER BY i.created_at DESC, i.id LIMIT $4 + 0",
    );
    let rows = rows.bind(time::text(now)).bind(time::text(at)).bind(id).bind(most).fetch_all(conn).await?;
    let open = |row: &AnyRow| {
        Ok(Open {
            id: row.try_get("id")?,
            role: role(row)?,
            by: row.try_get("maker")?,
            created_at: time::parse(row.try_get("created_at")?)?,
            expires_at: time::parse(row.try_get("expires_at")?)?,
        })
    };
    rows.iter().map(open).collect()
}

/// Withdraws an invitation that was not used yet, and tells the role that it was for.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn withdraw(tx: &mut Tx, act: Act<'_>, id: &str) -> Result<Role, StoreError> {
    chain::hold(tx).await?;
    let gone =
        sqlx::query("DELETE FROM invitation WHERE id = $1 AND purpose = 'account' AND used_at IS NULL RETURNING role");
    let gone = gone.bind(id).fetch_optional(&mut **tx).await?.ok_or(StoreError::NotFound("invitation"))?;
    chain::record(tx, act, "invitation.withdrawn", None, id, &json!({})).await?;
    role(&gone)
}
