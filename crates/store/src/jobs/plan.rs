//! Jobs put down by the change that causes them, and withdrawn by the change that makes them needless.

use super::{Data, State};
use crate::{Act, StoreError, Tx, chain, time};
use hindcast_retro::record::reminder::{self, Kind, Reminder, Review, Urgency};
use jiff::Timestamp;
use sqlx::Row;

/// A job to put down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    key: String,
    kind: Kind,
    incident: Option<i64>,
    subject: String,
    data: Data,
    run_at: Timestamp,
}

impl Planned {
    /// A reminder of a deadline.
    fn deadline(number: i64, what: &str, reminder: Reminder) -> Self {
        Planned::about(Kind::Deadline, number, what, time::text(reminder.due), reminder)
    }

    /// A reminder of an action item that is due on this date. Each time that the failure came back, people are reminded anew.
    pub fn action(number: i64, id: &str, due: &str, returned: i64, reminder: Reminder) -> Self {
        let mut planned = Planned::about(Kind::Action, number, id, due.to_owned(), reminder);
        if returned > 0 {
            planned.key.push_str(&format!(" returned {returned}"));
        }
        planned
    }

    fn about(kind: Kind, number: i64, subject: &str, due: String, reminder: Reminder) -> Self {
        Planned {
            key: format!("{} INC-{number} {subject:?} {due} {}", kind.name(), reminder.urgency.name()),
            kind,
            incident: Some(number),
            subject: subject.to_owned(),
            data: Data { due, until: time::text(reminder.due), urgency: Some(reminder.urgency), from: None },
            run_at: reminder.at,
        }
    }

    /// What people are told of emergency access to an incident that lasts until then.
    pub(super) fn emergency_access(number: i64, id: i64, until: Timestamp, at: Timestamp) -> Self {
        Planned {
            key: format!("{} INC-{number} {id}", Kind::EmergencyAccess.name()),
            kind: Kind::EmergencyAccess,
            incident: Some(number),
            subject: id.to_string(),
            data: Data { due: time::text(until), until: time::text(until), urgency: None, from: None },
            run_at: at,
        }
    }

    /// What people are told of another lead of an incident, which an event says.
    pub(super) fn handed_over(number: i64, event: i64, at: Timestamp) -> Self {
        let text = time::text(at);
        Planned {
            key: format!("{} INC-{number} {event}", Kind::HandedOver.name()),
            kind: Kind::HandedOver,
            incident: Some(number),
            subject: event.to_string(),
            data: Data { due: text.clone(), until: text, urgency: None, from: None },
            run_at: at,
        }
    }

    /// What a person is told of an administrator who reset their second factor.
    pub(super) fn reset(account: &str, by: &str, at: Timestamp) -> Self {
        let text = time::text(at);
        Planned {
            key: format!("{} {account} {text}", Kind::SecondFactorReset.name()),
            kind: Kind::SecondFactorReset,
            incident: None,
            subject: by.to_owned(),
            data: Data { due: text.clone(), until: text, urgency: None, from: None },
            run_at: at,
        }
    }

    /// The key that makes it one.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Its dates, as they are kept.
    fn data(&self) -> Result<String, StoreError> {
        serde_json::to_string(&self.data).map_err(|e| StoreError::Invalid(e.to_string()))
    }

    /// The reminder of a month's near-misses.
    pub fn review(review: &Review) -> Self {
        Planned {
            key: format!("{} {}", Kind::Review.name(), review.month),
            kind: Kind::Review,
            incident: None,
            subject: review.month.clone(),
            data: Data {
                due: review.month.clone(),
                until: time::text(review.until),
                urgency: None,
                from: Some(time::text(review.from)),
            },
            run_at: review.at,
        }
    }
}

/// Puts a job down. One that is there already stays as it is; one that was not needed is needed again.
///
/// # Errors
/// When the database does not answer.
pub async fn enqueue(tx: &mut Tx, act: Act<'_>, planned: &Planned) -> Result<(), StoreError> {
    chain::hold(tx).await?;
    put(tx, act, planned).await
}

async fn put(tx: &mut Tx, act: Act<'_>, planned: &Planned) -> Result<(), StoreError> {
    let data = planned.data()?;
    sqlx::query(
        "INSERT INTO job (id, key, kind, incident, subject, data, state, run_at, attempts, last_error, created_at) \
         VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM job), $1, $2, $3, $4, $5, 'waiting', $6, 0, '', $7) \
         ON CONFLICT (key) DO UPDATE SET state = excluded.state, run_at = excluded.run_at, attempts = 0, \
         last_error = '', finished_at = NULL WHERE job.state = 'not_needed'",
    )
    .bind(&planned.key)
    .bind(planned.kind.name())
    .bind(planned.incident)
    .bind(&planned.subject)
    .bind(data)
    .bind(time::text(planned.run_at))
    .bind(time::text(act.at))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Brings the jobs of one kind that an incident has in step with those that it needs now: what waits and is needed no
/// more is withdrawn, what is missing is put down.
///
/// # Errors
/// When the database does not answer.
pub async fn follow(tx: &mut Tx, act: Act<'_>, number: i64, kind: Kind, needed: &[Planned]) -> Result<(), StoreError> {
    chain::hold(tx).await?;
    let rows = sqlx::query("SELECT id, key, state, data FROM job WHERE incident = $1 AND kind = $2");
    let mut settled = Vec::new();
    for row in rows.bind(number).bind(kind.name()).fetch_all(&mut **tx).await? {
        let (id, key, state): (i64, String, String) = (row.try_get("id")?, row.try_get("key")?, row.try_get("state")?);
        let open = matches!(state.parse(), Ok(State::Waiting | State::Failed));
        match needed.iter().find(|n| n.key == key) {
            None if open => give_up(tx, act, id).await?,
            // What waits, was done or failed stays so.
            Some(planned) if state.parse() != Ok(State::NotNeeded) => {
                // The same day may begin at another time by now: the policy may have another zone than when this was put down.
                if state.parse() == Ok(State::Waiting) && row.try_get::<String, _>("data")? != planned.data()? {
                    move_to(tx, id, planned).await?;
                }
                settled.push(key);
            }
            _ => {}
        }
    }
    for planned in needed.iter().filter(|n| !settled.contains(&n.key)) {
        put(tx, act, planned).await?;
    }
    Ok(())
}

/// Gives what waits the time at which it is due by now.
async fn move_to(tx: &mut Tx, id: i64, planned: &Planned) -> Result<(), StoreError> {
    let sql = "UPDATE job SET run_at = $1, data = $2 WHERE id = $3 AND state = 'waiting'";
    let moved = sqlx::query(sql).bind(time::text(planned.run_at)).bind(planned.data()?).bind(id);
    moved.execute(&mut **tx).await?;
    Ok(())
}

async fn give_up(tx: &mut Tx, act: Act<'_>, id: i64) -> Result<(), StoreError> {
    let sql = "UPDATE job SET state = 'not_needed', finished_at = $1 WHERE id = $2 AND state IN ('waiting', 'failed')";
    sqlx::query(sql).bind(time::text(act.at)).bind(id).execute(&mut **tx).await?;
    Ok(())
}

/// Withdraws the reminders of a deadline that is met.
pub(crate) async fn withdraw(tx: &mut Tx, act: Act<'_>, number: i64, what: &str) -> Result<(), StoreError> {
    chain::hold(tx).await?;
    let sql = "SELECT id FROM job WHERE incident = $1 AND kind = $2 AND subject = $3";
    let rows = sqlx::query(sql).bind(number).bind(Kind::Deadline.name()).bind(what).fetch_all(&mut **tx).await?;
    for row in rows {
        give_up(tx, act, row.try_get("id")?).await?;
    }
    Ok(())
}

/// Brings the reminders of an incident's deadlines in step with them. Of a closed incident nothing is due.
pub(crate) async fn follow_deadlines(tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT d.what, d.due_at FROM deadline d JOIN incident i ON i.number = d.incident \
         WHERE d.incident = $1 AND d.met_at IS NULL AND d.due_at IS NOT NULL AND i.status <> 'closed' ORDER BY d.what",
    );
    let mut needed = Vec::new();
    for row in rows.bind(number).fetch_all(&mut **tx).await? {
        let what: String = row.try_get("what")?;
        let due = time::parse(row.try_get("due_at")?)?;
        let all = reminder::of_deadline(due, act.at).into_iter();
        needed.extend(all.map(|r| Planned::deadline(number, &what, r)));
    }
    follow(tx, act, number, Kind::Deadline, &needed).await
}

impl Data {
    /// Whether it is too late to say that something is due soon.
    pub(super) fn is_late(&self, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.urgency == Some(Urgency::Soon) && time::parse(&self.until)? <= now)
    }
}
