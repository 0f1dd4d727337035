//! Who is told by a job: decided when it is done, by what holds then.

use super::State;
use super::plan::{Planned, enqueue};
use super::take::Taken;
use crate::incidents::visible;
use crate::{Act, StoreError, Tx, time};
use hindcast_retro::record::people::{Permission, Role};
use hindcast_retro::record::reminder::Kind;
use jiff::Timestamp;
use sqlx::Row;

/// The accounts that are told; nobody where what the job is for is over.
pub(super) async fn told(tx: &mut Tx, job: &Taken, at: Timestamp) -> Result<Vec<String>, StoreError> {
    let no_incident = || StoreError::Corrupt("a job without its incident".to_owned());
    // What says that it is overdue comes in its place.
    if job.data.is_late(at)? {
        return Ok(Vec::new());
    }
    match job.kind {
        Kind::Deadline => of_deadline(tx, job, job.incident.ok_or_else(no_incident)?).await,
        Kind::Action => of_action(tx, job, job.incident.ok_or_else(no_incident)?).await,
        Kind::Review => of_review(tx, job).await,
        // The change that resets it tells its person.
        Kind::SecondFactorReset => Ok(Vec::new()),
        Kind::EmergencyAccess | Kind::HandedOver => named(tx, job.incident.ok_or_else(no_incident)?).await,
    }
}

/// Tells everybody named in an incident of emergency access to it, in the change that gives it: nobody has access before it is told. The
/// accounts that are told are given.
pub(crate) async fn tell_of_emergency_access(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    id: i64,
    until: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let told = named(tx, number).await?;
    tell_now(tx, act, &Planned::emergency_access(number, id, until, act.at), &told).await?;
    Ok(told)
}

/// Tells accounts that the actor gave an incident another lead, in the change that does so. The event says whom, and why.
pub(crate) async fn tell_of_hand_over(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    event: i64,
    told: &[String],
) -> Result<(), StoreError> {
    tell_now(tx, act, &Planned::handed_over(number, event, act.at), told).await
}

/// Tells a person that the actor reset their second factor, in the change that does so.
pub(crate) async fn tell_of_reset(tx: &mut Tx, act: Act<'_>, account: &str) -> Result<(), StoreError> {
    tell_now(tx, act, &Planned::reset(account, &act.by.account, act.at), &[account.to_owned()]).await
}

/// Puts a job down that is done in the same change.
async fn tell_now(tx: &mut Tx, act: Act<'_>, planned: &Planned, told: &[String]) -> Result<(), StoreError> {
    enqueue(tx, act, planned).await?;
    let sql = "UPDATE job SET state = $1, attempts = 1, finished_at = $2 WHERE key = $3 RETURNING id";
    let state = if told.is_empty() { State::NotNeeded } else { State::Done };
    let row = sqlx::query(sql).bind(state.name()).bind(time::text(act.at)).bind(planned.key());
    let job: i64 = row.fetch_one(&mut **tx).await?.try_get("id")?;
    notify(tx, job, told, act.at).await
}

/// Puts a notice down for each account.
pub(super) async fn notify(tx: &mut Tx, job: i64, told: &[String], at: Timestamp) -> Result<(), StoreError> {
    for account in told {
        sqlx::query("INSERT INTO notice (id, job, account, at) VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM notice), $1, $2, $3)")
            .bind(job)
            .bind(account)
            .bind(time::text(at))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Everybody active who is named, whatever for.
pub(crate) async fn named(tx: &mut Tx, number: i64) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT p.account FROM incident_person p JOIN account a ON a.id = p.account \
               WHERE p.incident = $1 AND a.disabled_at IS NULL ORDER BY p.account";
    let rows = sqlx::query(sql).bind(number).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok(row.try_get("account")?)).collect()
}

async fn of_deadline(tx: &mut Tx, job: &Taken, number: i64) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT d.due_at FROM deadline d JOIN incident i ON i.number = d.incident \
               WHERE d.incident = $1 AND d.what = $2 AND d.due_at = $3 AND d.met_at IS NULL AND i.status <> 'closed'";
    let row = sqlx::query(sql).bind(number).bind(&job.subject).bind(&job.data.due).fetch_optional(&mut **tx).await?;
    if row.is_none() {
        return Ok(Vec::new());
    }
    Ok(people(candidates(tx, number).await?))
}

async fn of_action(tx: &mut Tx, job: &Taken, number: i64) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT owner FROM action WHERE incident = $1 AND id = $2 AND due = $3 AND live = 1 \
               AND state IN ('open', 'in_progress')";
    let row = sqlx::query(sql).bind(number).bind(&job.subject).bind(&job.data.due).fetch_optional(&mut **tx).await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let owner = folded(row.try_get("owner")?);
    let all = candidates(tx, number).await?;
    let owns = |c: &&Candidate| !owner.is_empty() && (folded(&c.name) == owner || folded(&c.email) == owner);
    let owners: Vec<String> = all.iter().filter(owns).map(|c| c.account.clone()).collect();
    Ok(if owners.is_empty() { people(all) } else { owners })
}

/// Approvers and administrators who may know of at least one near-miss of the month.
async fn of_review(tx: &mut Tx, job: &Taken) -> Result<Vec<String>, StoreError> {
    const SQL: &str = concat!(
        "SELECT a.id, a.role FROM account a WHERE a.disabled_at IS NULL AND EXISTS (SELECT 1 FROM incident i \
         JOIN incident_severity s ON s.incident = i.number \
         WHERE i.severity = 4 AND s.level = 4 AND s.at >= $1 AND s.at < $2 AND ",
        visible!("a.id"),
        ") ORDER BY a.id"
    );
    let from = job.data.from.as_deref().ok_or_else(|| StoreError::Corrupt("a review without its month".to_owned()))?;
    let mut told = Vec::new();
    for row in sqlx::query(SQL).bind(from).bind(&job.data.until).fetch_all(&mut **tx).await? {
        if role(row.try_get("role")?)?.may(Permission::Approve) {
            told.push(row.try_get("id")?);
        }
    }
    Ok(told)
}

/// Somebody who may be told of an incident: active, and may know of it.
struct Candidate {
    account: String,
    name: String,
    email: String,
    writes: bool,
    named: bool,
}

async fn candidates(tx: &mut Tx, number: i64) -> Result<Vec<Candidate>, StoreError> {
    const SQL: &str = concat!(
        "SELECT a.id, a.name, a.email, a.role, (SELECT COUNT(*) FROM incident_person p WHERE p.incident = i.number \
         AND p.account = a.id) AS named FROM account a JOIN incident i ON i.number = $1 WHERE a.disabled_at IS NULL AND ",
        visible!("a.id"),
        " ORDER BY a.id"
    );
    let rows = sqlx::query(SQL).bind(number).fetch_all(&mut **tx).await?;
    let candidate = |row: &sqlx::any::AnyRow| {
        Ok(Candidate {
            account: row.try_get("id")?,
            name: row.try_get("name")?,
            email: row.try_get("email")?,
            writes: role(row.try_get("role")?)?.may(Permission::Write),
            named: row.try_get::<i64, _>("named")? > 0,
        })
    };
    rows.iter().map(candidate).collect()
}

/// Those who are named; where nobody is, everybody who may write.
fn people(all: Vec<Candidate>) -> Vec<String> {
    let anybody_named = all.iter().any(|c| c.named);
    all.into_iter().filter(|c| if anybody_named { c.named } else { c.writes }).map(|c| c.account).collect()
}

fn role(name: String) -> Result<Role, StoreError> {
    name.parse().map_err(|_| StoreError::Corrupt(format!("the role `{name}`")))
}

/// A name whatever the case of its letters, in any language.
fn folded(text: &str) -> String {
    text.trim().to_uppercase().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn names_are_compared_whatever_the_case_of_their_letters() {
        assert_eq!(folded(" ÉLODIE STRAUSS "), folded("Élodie Strauß"));
        assert_eq!(folded("ΟΔΥΣΣΕΥΣ"), folded("Οδυσσευς"));
        assert_ne!(folded("Mia"), folded("Mía"));
    }
}
