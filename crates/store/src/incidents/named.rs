//! What an incident has or has not: people who are named in it, and tags. What is there already is not put there again.

use super::{hold, touch};
use crate::incidents::readable;
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, search, succession};
use hindcast_retro::record::people::Duty;
use serde_json::json;
use sqlx::Row;

/// Somebody named in an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account: String,
    /// The name.
    pub name: String,
    /// What for.
    pub duty: Duty,
}

/// Names somebody, unless they are named like this already. Every change that names people does it here, on an incident that it locked before.
///
/// # Errors
/// [`StoreError::Conflict`] where the incident names [as many](MOST_PEOPLE) as it may.
pub(super) async fn name(tx: &mut Tx, number: i64, account: &str, duty: Duty) -> Result<(), StoreError> {
    if !is_named(tx, number, account, duty).await? && count(tx, number).await? >= MOST_PEOPLE {
        let text = format!("INC-{number} can name at most {MOST_PEOPLE} people: remove one first");
        return Err(StoreError::Conflict(text));
    }
    insert(tx, number, account, duty).await
}

async fn count(tx: &mut Tx, number: i64) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM incident_person WHERE incident = $1";
    Ok(sqlx::query(sql).bind(number).fetch_one(&mut **tx).await?.try_get("n")?)
}

async fn insert(tx: &mut Tx, number: i64, account: &str, duty: Duty) -> Result<(), StoreError> {
    let sql = "INSERT INTO incident_person (incident, account, duty) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(number).bind(account).bind(duty.name()).execute(&mut **tx).await?;
    Ok(())
}

async fn remove(tx: &mut Tx, number: i64, account: &str, duty: Duty) -> Result<(), StoreError> {
    let sql = "DELETE FROM incident_person WHERE incident = $1 AND account = $2 AND duty = $3";
    sqlx::query(sql).bind(number).bind(account).bind(duty.name()).execute(&mut **tx).await?;
    Ok(())
}

/// Gives the lead to another account. The one that leaves stays named as informed, if there is room. A full list must not keep an account from leaving: there
/// it makes the room itself, and is named for one duty less, or no more.
pub(crate) async fn give_lead(tx: &mut Tx, number: i64, from: &str, to: &str) -> Result<(), StoreError> {
    remove(tx, number, from, Duty::Lead).await?;
    if !is_named(tx, number, to, Duty::Lead).await? && count(tx, number).await? >= MOST_PEOPLE {
        for duty in [Duty::Informed, Duty::Reviewer, Duty::Author, Duty::Responder] {
            if is_named(tx, number, from, duty).await? {
                remove(tx, number, from, duty).await?;
                break;
            }
        }
    }
    insert(tx, number, to, Duty::Lead).await?;
    match count(tx, number).await? < MOST_PEOPLE {
        true => insert(tx, number, from, Duty::Informed).await,
        false => Ok(()),
    }
}

async fn is_named(tx: &mut Tx, number: i64, account: &str, duty: Duty) -> Result<bool, StoreError> {
    let sql = "SELECT account FROM incident_person WHERE incident = $1 AND account = $2 AND duty = $3";
    let row = sqlx::query(sql).bind(number).bind(account).bind(duty.name()).fetch_optional(&mut **tx).await?;
    Ok(row.is_some())
}

/// People named in an incident at most; somebody named for two duties counts twice. Its page and each search row are made from all of them.
pub const MOST_PEOPLE: i64 = 200;

/// Names somebody. Where they are named like this already, nothing changes, and nothing is put down.
///
/// # Errors
/// [`StoreError::NotFound`] for the incident or the account; [`StoreError::Conflict`] where it names [as many](MOST_PEOPLE) as it may.
pub async fn set_person(tx: &mut Tx, act: Act<'_>, number: i64, account: &str, duty: Duty) -> Result<(), StoreError> {
    hold(tx, act, number).await?;
    crate::accounts::find(tx, account).await?;
    if is_named(tx, number, account, duty).await? {
        return Ok(());
    }
    touch(tx, act, number, None).await?;
    name(tx, number, account, duty).await?;
    search::refresh(tx, number).await?;
    chain::record(tx, act, "incident.person", Some(number), account, &json!({ "duty": duty.name() })).await
}

/// Names somebody no more. Where they are not named like this, nothing changes, and nothing is put down.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] for the active lead, unless they step down themselves, and where a restricted
/// incident would be left without a lead or without anybody active who can edit it.
pub async fn remove_person(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    account: &str,
    duty: Duty,
) -> Result<(), StoreError> {
    hold(tx, act, number).await?;
    if !is_named(tx, number, account, duty).await? {
        return Ok(());
    }
    let incident = touch(tx, act, number, None).await?;
    // Also where the incident is open to all: somebody could open it, remove its lead, and restrict it again.
    if duty == Duty::Lead && account != act.by.account {
        let lead = crate::accounts::find(tx, account).await?;
        if lead.disabled_at.is_none() {
            let text = format!("only {} can hand over the lead: name another lead first, then step down", lead.name);
            return Err(StoreError::Conflict(text));
        }
    }
    remove(tx, number, account, duty).await?;
    search::refresh(tx, number).await?;
    chain::record(tx, act, "incident.person_removed", Some(number), account, &json!({ "duty": duty.name() })).await?;
    // Asked after the change is put down: writers queue there, so that two who leave at once see each other.
    if incident.restricted {
        let (people, leads) = succession::working(tx, number).await?;
        if people == 0 || (duty == Duty::Lead && leads == 0) {
            let text = "a restricted incident keeps a lead and somebody active who can edit it: name another one first";
            return Err(StoreError::Conflict(text.to_owned()));
        }
    }
    Ok(())
}

/// Who is named.
///
/// # Errors
/// When the database does not answer.
pub async fn people(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Vec<Person>, StoreError> {
    const SQL: &str = concat!(
        "SELECT p.account, p.duty, a.name FROM incident_person p JOIN account a ON a.id = p.account \
         JOIN incident i ON i.number = p.incident WHERE p.incident = $1 AND ",
        readable!("$2", "$3")
    );
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_all(conn).await?;
    let person = |row: &sqlx::any::AnyRow| {
        let duty: String = row.try_get("duty")?;
        let duty = duty.parse().map_err(|_| StoreError::Corrupt(format!("the duty `{duty}`")))?;
        Ok(Person { account: row.try_get("account")?, name: row.try_get("name")?, duty })
    };
    let mut all: Vec<Person> = rows.iter().map(person).collect::<Result<_, StoreError>>()?;
    all.sort_by(|a, b| (a.duty, &a.name, &a.account).cmp(&(b.duty, &b.name, &b.account)));
    Ok(all)
}

async fn is_tagged(tx: &mut Tx, number: i64, tag: &str) -> Result<bool, StoreError> {
    let sql = "SELECT tag FROM incident_tag WHERE incident = $1 AND tag = $2";
    Ok(sqlx::query(sql).bind(number).bind(tag).fetch_optional(&mut **tx).await?.is_some())
}

/// Tags of an incident at most. A change of one reads all of them while other changes wait.
pub const MOST_TAGS: i64 = 100;

/// Puts a tag on an incident. Where it has it already, nothing changes, and nothing is put down.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] where it has [as many](MOST_TAGS) as there may be.
pub async fn add_tag(tx: &mut Tx, act: Act<'_>, number: i64, tag: &str) -> Result<(), StoreError> {
    hold(tx, act, number).await?;
    if is_tagged(tx, number, tag).await? {
        return Ok(());
    }
    let sql = "SELECT COUNT(*) AS n FROM incident_tag WHERE incident = $1";
    let tags: i64 = sqlx::query(sql).bind(number).fetch_one(&mut **tx).await?.try_get("n")?;
    if tags >= MOST_TAGS {
        return Err(StoreError::Conflict(format!("an incident can have at most {MOST_TAGS} tags: remove one first")));
    }
    touch(tx, act, number, None).await?;
    let sql = "INSERT INTO incident_tag (incident, tag) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(number).bind(tag).execute(&mut **tx).await?;
    search::refresh(tx, number).await?;
    chain::record(tx, act, "incident.tagged", Some(number), tag, &json!({})).await
}

/// Takes a tag off an incident. Where it does not have it, nothing changes, and nothing is put down.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn remove_tag(tx: &mut Tx, act: Act<'_>, number: i64, tag: &str) -> Result<(), StoreError> {
    hold(tx, act, number).await?;
    if !is_tagged(tx, number, tag).await? {
        return Ok(());
    }
    touch(tx, act, number, None).await?;
    let sql = "DELETE FROM incident_tag WHERE incident = $1 AND tag = $2";
    sqlx::query(sql).bind(number).bind(tag).execute(&mut **tx).await?;
    search::refresh(tx, number).await?;
    chain::record(tx, act, "incident.untagged", Some(number), tag, &json!({})).await
}

/// The tags of an incident, in order.
///
/// # Errors
/// When the database does not answer.
pub async fn tags(conn: &mut Conn, viewer: &Viewer, number: i64) -> Result<Vec<String>, StoreError> {
    const SQL: &str = concat!(
        "SELECT t.tag FROM incident_tag t JOIN incident i ON i.number = t.incident WHERE t.incident = $1 AND ",
        readable!("$2", "$3"),
        " ORDER BY t.tag"
    );
    let rows = sqlx::query(SQL).bind(number).bind(&viewer.account).bind(viewer.opened()).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(row.try_get("tag")?)).collect()
}
