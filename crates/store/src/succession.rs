//! Restricted incidents outlive the accounts of their people: nobody leaves one without somebody who can work on it.

use crate::incidents::give_lead;
use crate::{Act, StoreError, Tx, accounts, chain, jobs, search};
use hindcast_retro::record::people::Permission;
use serde_json::json;
use sqlx::Row;

/// How many active people who can write are named in an incident, and how many of them lead it.
pub(crate) async fn working(tx: &mut Tx, number: i64) -> Result<(i64, i64), StoreError> {
    let sql = "SELECT COUNT(*) AS people, COALESCE(SUM(CASE WHEN p.duty = 'lead' THEN 1 ELSE 0 END), 0) AS leads \
               FROM incident_person p JOIN account a ON a.id = p.account \
               WHERE p.incident = $1 AND a.disabled_at IS NULL AND a.role <> 'viewer'";
    let row = sqlx::query(sql).bind(number).fetch_one(&mut **tx).await?;
    Ok((row.try_get("people")?, row.try_get("leads")?))
}

/// The restricted incidents that nobody else could lead or edit without this account.
async fn needing(tx: &mut Tx, account: &str) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT i.number FROM incident i WHERE i.restricted = 1 \
               AND EXISTS (SELECT 1 FROM incident_person m WHERE m.incident = i.number AND m.account = $1) \
               AND (NOT EXISTS (SELECT 1 FROM incident_person p JOIN account a ON a.id = p.account \
               WHERE p.incident = i.number AND p.account <> $1 AND a.disabled_at IS NULL AND a.role <> 'viewer') \
               OR (EXISTS (SELECT 1 FROM incident_person m WHERE m.incident = i.number AND m.account = $1 AND m.duty = 'lead') \
               AND NOT EXISTS (SELECT 1 FROM incident_person p JOIN account a ON a.id = p.account WHERE p.incident = i.number \
               AND p.account <> $1 AND p.duty = 'lead' AND a.disabled_at IS NULL AND a.role <> 'viewer'))) ORDER BY i.number";
    let rows = sqlx::query(sql).bind(account).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok(row.try_get("number")?)).collect()
}

/// Refuses to let an account go that restricted incidents need. Which ones they are is not told: whoever asks may not know of them.
/// Asked after the change of the account is put down, so that two changes at once see each other.
pub(crate) async fn check(tx: &mut Tx, account: &str) -> Result<(), StoreError> {
    let needing = needing(tx, account).await?.len();
    if needing == 0 {
        return Ok(());
    }
    Err(StoreError::Conflict(format!(
        "this account leads {needing} restricted incident{} or is the last one that can edit {}: choose a successor first",
        if needing == 1 { "" } else { "s" },
        if needing == 1 { "it" } else { "them" }
    )))
}

/// Who leads an incident instead of an account, of those who are named in it and can edit it: whoever works on it most closely.
async fn heir(tx: &mut Tx, number: i64, account: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT p.account FROM incident_person p JOIN account a ON a.id = p.account \
               WHERE p.incident = $1 AND p.account <> $2 AND a.disabled_at IS NULL AND a.role <> 'viewer' \
               ORDER BY CASE p.duty WHEN 'lead' THEN 0 WHEN 'responder' THEN 1 WHEN 'author' THEN 2 WHEN 'reviewer' THEN 3 ELSE 4 END, p.account LIMIT 1";
    let row = sqlx::query(sql).bind(number).bind(account).fetch_optional(&mut **tx).await?;
    Ok(row.map(|row| row.try_get("account")).transpose()?)
}

/// Gives every restricted incident that needs an account another lead; the account stays named as informed while there is room. Somebody who is named already and
/// can edit the incident comes first, so that an administrator lets nobody in whom the incident does not need. Everybody named in it is told,
/// with the reason, in the same change, as of emergency access: an administrator could let in an account of their own. How many incidents there
/// were is given.
///
/// # Errors
/// [`StoreError::NotFound`] for an account; [`StoreError::Conflict`] for a successor who cannot edit incidents, or who is the one
/// who asks: nobody lets themselves in like this; [`StoreError::Invalid`] without a reason.
pub async fn hand_over(
    tx: &mut Tx,
    act: Act<'_>,
    account: &str,
    successor: &str,
    reason: &str,
) -> Result<usize, StoreError> {
    accounts::find(tx, account).await?;
    let to = accounts::find(tx, successor).await?;
    if to.id == account || to.disabled_at.is_some() || !to.role.may(Permission::Write) {
        return Err(StoreError::Conflict(
            "the successor must be another active person who can edit incidents".to_owned(),
        ));
    }
    if reason.trim().is_empty() {
        return Err(StoreError::Invalid("naming a successor needs a reason".to_owned()));
    }
    let needing = needing(tx, account).await?;
    if to.id == act.by.account && !needing.is_empty() {
        return Err(StoreError::Conflict("you cannot name yourself as the successor: choose somebody else".to_owned()));
    }
    for number in &needing {
        let heir = heir(tx, *number, account).await?;
        let lead = heir.as_deref().unwrap_or(successor);
        let sql = "UPDATE incident SET version = version + 1 WHERE number = $1";
        sqlx::query(sql).bind(number).execute(&mut **tx).await?;
        give_lead(tx, *number, account, lead).await?;
        search::refresh(tx, *number).await?;
        // Whoever leads it from now on is named by now, and whoever led it still is, unless the list is full.
        let told = jobs::named(tx, *number).await?;
        let data = json!({ "from": account, "named_before": heir.is_some(), "reason": reason, "told": told });
        chain::record(tx, act, "incident.handed_over", Some(*number), lead, &data).await?;
        let (event, _) = chain::head(tx).await?.ok_or(StoreError::NotFound("event"))?;
        jobs::tell_of_hand_over(tx, act, *number, event, &told).await?;
    }
    Ok(needing.len())
}
