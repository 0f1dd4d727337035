//! What has to be done later because of a change: rows that are put down in its transaction, and done once.
//!
//! A job's effect is rows as well, so that it is done exactly once without a lease: marking it as done and what it does
//! are one transaction, and of two servers that try at once the second finds it done. What fails is given up whole,
//! counted in a transaction of its own, and tried again later. A job with an effect outside the record, such as a mail,
//! could be cut off between the effect and the mark; it would need a lease and a receiver that knows the job's key, and
//! there is none yet.
//!
//! Whoever touches a row of a job holds the log's head (`chain::hold`): changes put their jobs down behind it, and in
//! another order a change and a job would wait for each other.

mod plan;
mod send;
mod take;

pub use plan::{Planned, enqueue, follow};
pub(crate) use plan::{follow_deadlines, withdraw};
pub(crate) use send::{named, tell_of_emergency_access, tell_of_hand_over, tell_of_reset};
pub use take::{Ended, MOST_ATTEMPTS, take};

use crate::incidents::visible;
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, time};
use hindcast_retro::record::reminder::{Kind, Urgency};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It is done when its time has come, and tried again where that failed.
    Waiting,
    /// It was done.
    Done,
    /// What it was for is over, or there was nobody to tell.
    NotNeeded,
    /// It failed too often and waits for a person.
    Failed,
}

impl State {
    /// All of them.
    pub const ALL: [State; 4] = [State::Waiting, State::Done, State::NotNeeded, State::Failed];

    /// The name that is stored and sent.
    pub fn name(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Done => "done",
            State::NotNeeded => "not_needed",
            State::Failed => "failed",
        }
    }

    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            State::NotNeeded => "not needed",
            other => other.name(),
        }
    }
}

impl std::str::FromStr for State {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        State::ALL.into_iter().find(|s| s.name() == name).ok_or(())
    }
}

/// What a job needs to know besides its incident and subject: dates, never content.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// What it is due on: an instant for a deadline, a date for an action item, a month for a review.
    pub due: String,
    /// The instant from which on it is overdue, or the month over.
    pub until: String,
    /// How urgent it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// When the month of a review began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// What makes it this one.
    pub key: String,
    /// What it reminds of.
    pub kind: Kind,
    /// The incident, where it is about one.
    pub incident: Option<i64>,
    /// What it is about: a deadline's name, an action's id, a month.
    pub subject: String,
    /// The title of the action item, where it is about one.
    pub action: Option<String>,
    /// How urgent that is; absent where it is not told, or cannot be read.
    pub urgency: Option<Urgency>,
    /// What became of it.
    pub state: State,
    /// When its time comes, or came.
    pub run_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// Which kind of error the last attempt ended with; empty where none did.
    pub last_error: String,
    /// When it was put down.
    pub created_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

fn job(row: &AnyRow) -> Result<Job, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name);
    let (kind, state, data) = (text("kind")?, text("state")?, text("data")?);
    Ok(Job {
        id: row.try_get("id")?,
        key: row.try_get("key")?,
        kind: kind.parse().map_err(|_| StoreError::Corrupt(format!("the job `{kind}`")))?,
        incident: row.try_get("incident")?,
        subject: row.try_get("subject")?,
        action: row.try_get("action_title")?,
        // A job that failed because of what it holds is listed all the same.
        urgency: serde_json::from_str::<Data>(&data).ok().and_then(|d| d.urgency),
        state: state.parse().map_err(|()| StoreError::Corrupt(format!("the state `{state}`")))?,
        run_at: time::parse(row.try_get("run_at")?)?,
        attempts: row.try_get("attempts")?,
        last_error: row.try_get("last_error")?,
        created_at: time::parse(row.try_get("created_at")?)?,
        finished_at: time::parse_opt(row.try_get("finished_at")?)?,
    })
}

/// The jobs whose time has come, by number, the one that waited longest first.
///
/// # Errors
/// When the database does not answer.
pub async fn due(conn: &mut Conn, at: Timestamp, most: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT id FROM job WHERE state = 'waiting' AND run_at <= $1 ORDER BY run_at, id LIMIT $2 + 0";
    let rows = sqlx::query(sql).bind(time::text(at)).bind(most).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
}

/// How many jobs there are, of whatever incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// In each state, in the order of [`State::ALL`].
    pub states: [i64; 4],
    /// When the time of the one that waits longest comes, or came.
    pub first: Option<Timestamp>,
}

/// Counts them.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(conn: &mut Conn) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    for row in sqlx::query("SELECT state, COUNT(*) AS n FROM job GROUP BY state").fetch_all(&mut *conn).await? {
        let (state, n): (String, i64) = (row.try_get("state")?, row.try_get("n")?);
        if let Some(at) = State::ALL.iter().position(|s| s.name() == state) {
            counts.states[at] = n;
        }
    }
    let first = sqlx::query("SELECT MIN(run_at) AS first FROM job WHERE state = 'waiting'").fetch_one(conn).await?;
    counts.first = time::parse_opt(first.try_get("first")?)?;
    Ok(counts)
}

/// Jobs as they are listed; the incident is there to be held against the rights.
macro_rules! listed {
    () => {
        "SELECT j.*, c.title AS action_title FROM job j LEFT JOIN incident i ON i.number = j.incident \
         LEFT JOIN action c ON j.kind = 'action' AND c.incident = j.incident AND c.id = j.subject "
    };
}

/// Jobs in one state, but for those of incidents that the viewer may not know of: those that wait by when their time
/// comes, the others the latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn by_time(conn: &mut Conn, viewer: &Viewer, state: State, most: i64) -> Result<Vec<Job>, StoreError> {
    const FIRST: &str = concat!(
        listed!(),
        "WHERE j.state = $1 AND (j.incident IS NULL OR ",
        visible!("$2"),
        ") ORDER BY j.run_at, j.id LIMIT $3 + 0"
    );
    const LAST: &str = concat!(
        listed!(),
        "WHERE j.state = $1 AND (j.incident IS NULL OR ",
        visible!("$2"),
        ") ORDER BY j.run_at DESC, j.id DESC LIMIT $3 + 0"
    );
    let sql = if state == State::Waiting { FIRST } else { LAST };
    let rows = sqlx::query(sql).bind(state.name()).bind(&viewer.account).bind(most).fetch_all(conn).await?;
    rows.iter().map(job).collect()
}

/// A page of the jobs, the newest first, in one state or in all.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    conn: &mut Conn,
    viewer: &Viewer,
    state: Option<State>,
    before: Option<i64>,
    most: i64,
) -> Result<Vec<Job>, StoreError> {
    const SQL: &str = concat!(
        listed!(),
        "WHERE ($1 = '' OR j.state = $1) AND j.id < $2 AND (j.incident IS NULL OR ",
        visible!("$3"),
        ") ORDER BY j.id DESC LIMIT $4 + 0"
    );
    let rows = sqlx::query(SQL)
        .bind(state.map_or("", State::name))
        .bind(before.unwrap_or(i64::MAX))
        .bind(&viewer.account)
        .bind(most)
        .fetch_all(conn)
        .await?;
    rows.iter().map(job).collect()
}

/// Lets a job that failed be tried again, at once and as often as at first.
///
/// # Errors
/// [`StoreError::NotFound`] also where the actor may not know of the incident; [`StoreError::Conflict`] where it did not
/// fail.
pub async fn retry(tx: &mut Tx, act: Act<'_>, id: i64) -> Result<Job, StoreError> {
    const SQL: &str = concat!(listed!(), "WHERE j.id = $1 AND (j.incident IS NULL OR ", visible!("$2"), ")");
    chain::hold(tx).await?;
    let row = sqlx::query(SQL).bind(id).bind(&act.by.account).fetch_optional(&mut **tx).await?;
    let failed = job(&row.ok_or(StoreError::NotFound("job"))?)?;
    if failed.state != State::Failed {
        return Err(StoreError::Conflict(format!(
            "the job is {}; only one that failed is tried again",
            failed.state.label()
        )));
    }
    sqlx::query("UPDATE job SET state = 'waiting', attempts = 0, run_at = $1, finished_at = NULL WHERE id = $2")
        .bind(time::text(act.at))
        .bind(id)
        .execute(&mut **tx)
        .await?;
    let data = json!({ "job": failed.key });
    chain::record(tx, act, "job.retried", failed.incident, &id.to_string(), &data).await?;
    Ok(Job { state: State::Waiting, attempts: 0, run_at: act.at, finished_at: None, ..failed })
}
