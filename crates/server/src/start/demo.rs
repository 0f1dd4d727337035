//! The example incidents: what Hindcast looks like after some weeks, to look around in.

mod examples;
mod near_misses;
mod play;
mod step;

use super::StartError;
use crate::jobs::Worker;
use crate::state::{App, Entrance};
use crate::{Clock, failure::Failure, secret};
use hindcast_retro::record::people::Role;
use hindcast_store::{Act, Conn, StoreError, Tx, Viewer, access, accounts, settings};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex};
use step::{Example, Happened};

impl From<Failure> for StartError {
    fn from(failure: Failure) -> Self {
        StartError::Demo(format!("{failure:?}"))
    }
}

const PEOPLE: [(&str, &str, Role); 5] = [
    ("Dana Osei", "dana@example.com", Role::Administrator),
    ("Ravi Menon", "ravi@example.com", Role::Approver),
    ("Mia Lindqvist", "mia@example.com", Role::Responder),
    ("Iris Falk", "iris@example.com", Role::Responder),
    ("Vera Okafor", "vera@example.com", Role::Viewer),
];

/// When the examples were begun, from which their times are counted back.
const BEGAN: &str = "demo_began";
/// How many steps of them are done.
const DONE: &str = "demo_done";
/// Before how many steps of them the reminders were sent. A step that is done again must not find reminders sent again before it:
/// they would then come at a time at which what they are about was not there yet.
const REMINDED: &str = "demo_reminded";
/// What stands there once all are.
const ALL: &str = "all";

/// The accounts that the examples made: their ids, in the order of [`PEOPLE`], with blanks between them. Only these are signed in to.
const ACCOUNTS: &str = settings::DEMO_ACCOUNTS;

/// Puts the examples into an empty record, goes on where that was cut short, and opens a way in. Sessions of an earlier run end.
///
/// # Errors
/// [`StartError::NotEmpty`] where the record has accounts that the examples did not make, before anything is changed.
pub async fn fill(app: &mut App) -> Result<String, StartError> {
    let mut tx = app.store.begin().await?;
    let is_demo = settings::find(&mut tx, BEGAN).await?.is_some();
    // An earlier version also put the examples beside accounts of people. It did not note which accounts it made.
    if (!is_demo || own(&mut tx).await?.is_empty()) && !accounts::none_yet(&mut tx).await? {
        return Err(StartError::NotEmpty);
    }
    let began = settings::get_or(&mut tx, BEGAN, &app.clock.now().to_string()).await?;
    let done = settings::find(&mut tx, DONE).await?.unwrap_or_default();
    end_sessions(app, &mut tx).await?;
    tx.commit().await?;
    if done != ALL {
        let began = began.parse().map_err(|e| StartError::Demo(format!("{e}")))?;
        let people = people(app, began).await?;
        put(app, &people, began, done.parse().unwrap_or(0)).await?;
    }
    let conn = &mut *app.store.reader().await?;
    let first =
        own(conn).await?.into_iter().next().ok_or_else(|| StartError::Demo("they have no account".to_owned()))?;
    let viewer = accounts::find(conn, &first).await?.viewer();
    let token = secret::new("")?;
    app.entrance = Some(Arc::new(Entrance { token_hash: secret::hash(&token), viewer }));
    Ok(token)
}

/// Ends what a demo left open in a record that is started without it: sessions, tokens and invitations of the accounts that the
/// examples made. Nobody knows their passwords.
pub async fn end(app: &App) -> Result<(), StartError> {
    let mut tx = app.store.begin().await?;
    let system = Viewer::system();
    let act = Act { by: &system, at: app.clock.now() };
    let own = own(&mut tx).await?;
    for account in &own {
        access::end_all(&mut tx, act, account).await?;
    }
    tx.commit().await?;
    if !own.is_empty() {
        tracing::warn!("this data holds the examples of --demo; without --demo, nobody can sign in to their accounts");
    }
    Ok(())
}

async fn end_sessions(app: &App, tx: &mut Tx) -> Result<(), StoreError> {
    let system = Viewer::system();
    for account in own(tx).await? {
        access::end_logins(tx, Act { by: &system, at: app.clock.now() }, &account).await?;
    }
    Ok(())
}

/// The ids of the accounts that the examples made.
async fn own(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let all = settings::find(conn, ACCOUNTS).await?.unwrap_or_default();
    Ok(all.split_whitespace().map(str::to_owned).collect())
}

/// The people, in their order; whoever is not there yet is made.
async fn people(app: &App, began: Timestamp) -> Result<Vec<Viewer>, StartError> {
    let system = Viewer::system();
    let mut ids = own(&mut *app.store.reader().await?).await?;
    let mut all = Vec::new();
    for (nth, (name, email, role)) in PEOPLE.into_iter().enumerate() {
        if let Some(id) = ids.get(nth) {
            all.push(accounts::find(&mut *app.store.reader().await?, id).await?.viewer());
            continue;
        }
        // Nobody knows these passwords: the way in is the printed link.
        let password_hash = crate::auth::password::hash(app, &secret::new("")?).await?;
        let id = secret::id();
        ids.push(id.clone());
        let mut tx = app.store.begin().await?;
        let new = accounts::New { id: &id, email, name, role, password_hash: &password_hash };
        let at = back(began, SignedDuration::from_hours(24 * 90));
        accounts::create(&mut tx, Act { by: &system, at }, &new).await?;
        settings::set(&mut tx, ACCOUNTS, &ids.join(" ")).await?;
        settings::vouch(&mut tx, Act { by: &system, at }, ACCOUNTS).await?;
        tx.commit().await?;
        all.push(Viewer { account: id, name: name.to_owned(), role, scopes: None, emergency: None });
    }
    Ok(all)
}

fn back(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(at)
}

/// A step of one of the examples, with its time.
struct Turn<'a> {
    at: Timestamp,
    nth: usize,
    example: &'a Example,
    happened: &'a Happened,
}

/// Every step in the order of time, as if people had done them then.
fn turns(examples: &[Example], began: Timestamp) -> Vec<Turn<'_>> {
    let mut all: Vec<Turn<'_>> = Vec::new();
    for (nth, example) in examples.iter().enumerate() {
        // Not everything happens at the same minute of an hour.
        let minutes = i64::try_from(nth * 17 % 60).unwrap_or(0);
        for happened in &example.steps {
            let at = back(began, SignedDuration::from_mins(60 * happened.hours_ago + minutes));
            all.push(Turn { at, nth, example, happened });
        }
    }
    all.sort_by_key(|turn| turn.at);
    all
}

/// Does the steps that are not done yet, with the reminders that fall between them.
async fn put(app: &App, people: &[Viewer], began: Timestamp, done: usize) -> Result<(), StartError> {
    let mut examples = near_misses::all();
    examples.extend(examples::all());
    let turns = turns(&examples, began);

    let reminded = settings::find(&mut *app.store.reader().await?, REMINDED).await?;
    let reminded: usize = reminded.and_then(|count| count.parse().ok()).unwrap_or(0);
    let mut from = turns.get(done.saturating_sub(1)).map_or(began, |t| t.at);
    for (count, turn) in turns.iter().enumerate().skip(done) {
        if count >= reminded {
            remind(app, from, turn.at).await?;
            mark(app, REMINDED, &(count + 1).to_string()).await?;
        }
        from = turn.at;
        play::step(app, people, began, turn).await?;
        mark(app, DONE, &(count + 1).to_string()).await?;
    }
    remind(app, from, began).await?;
    mark(app, DONE, ALL).await
}

async fn mark(app: &App, name: &str, done: &str) -> Result<(), StartError> {
    let mut tx = app.store.begin().await?;
    settings::set(&mut tx, name, done).await?;
    Ok(tx.commit().await?)
}

/// Sends the reminders that are due from one time to another, each on its day.
async fn remind(app: &App, mut from: Timestamp, until: Timestamp) -> Result<(), StoreError> {
    const STEP: SignedDuration = SignedDuration::from_hours(12);
    while from < until {
        from = from.checked_add(STEP).map_or(until, |next| next.min(until));
        Worker::new(app.store.clone(), Clock::Fixed(Arc::new(Mutex::new(from)))).run_due().await?;
    }
    Ok(())
}
