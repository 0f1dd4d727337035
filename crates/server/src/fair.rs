//! Fair shares of the server: how much one account, or one address of somebody who is not signed in, may have under way at once and start
//! within a minute. What is over waits behind the same account's own work, and nobody else's.

mod bucket;
mod change;
mod kind;
mod known;
mod line;
mod look_up;
mod share;

pub use change::begin;
pub use kind::Kind;
pub use look_up::look_up;

use crate::connections::Place;
use crate::failure::Failure;
use crate::held_body::held;
use crate::source::Source;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use known::Known;
use line::{Line, Seat};
use share::{Permit, Share};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Accounts and addresses that are remembered; those with nothing under way and nothing counted are forgotten first.
const REMEMBERED: usize = 10_000;
/// Of all whom nobody knows, how many may ask the database at once: a fraction of its readers, so that the others are for those who are signed in.
const STRANGERS: usize = 2;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Account(String),
    Source(IpAddr),
    /// All who do not fit into the table.
    Others,
}

/// The shares of everybody who asks.
#[derive(Debug)]
pub struct Shares {
    all: Mutex<HashMap<(Who, Kind), Arc<Share>>>,
    /// False where only what is under way at once counts, and not how much is started in a minute.
    rates: bool,
    /// Where everybody's searches stand in line.
    searches: Arc<Line>,
    /// Where those stand in line of whom it is not known yet who they are.
    strangers: Arc<Line>,
    /// Whose secrets were good lately.
    known: Known,
}

impl Shares {
    /// Nobody has asked yet.
    pub fn new(rates: bool) -> Self {
        Shares {
            all: Mutex::default(),
            rates,
            searches: Line::new(searches_at_once()),
            strangers: Line::new(STRANGERS),
            known: Known::default(),
        }
    }

    /// The line in which everybody's work of a kind waits, if there is one.
    fn line(&self, kind: Kind) -> Option<&Arc<Line>> {
        match kind {
            Kind::Search => Some(&self.searches),
            Kind::Stranger => Some(&self.strangers),
            _ => None,
        }
    }

    fn of(&self, who: Who, kind: Kind) -> Arc<Share> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (who, kind);
        if !all.contains_key(&key) && all.len() >= REMEMBERED {
            all.retain(|_, share| !share.is_idle());
        }
        let key = if all.contains_key(&key) || all.len() < REMEMBERED { key } else { (Who::Others, kind) };
        Arc::clone(all.entry(key).or_insert_with(|| Arc::new(Share::new(kind.limits(), self.rates))))
    }
}

/// The part of its share that a request has, from when it is known who asks until it is answered.
#[derive(Debug)]
struct Turn {
    shares: Arc<Shares>,
    kind: Kind,
    /// The address.
    source: Who,
    /// Who asks: until an account is known, the address.
    who: Mutex<Who>,
    held: Mutex<Option<Permit>>,
    /// When the request came.
    came: Instant,
    /// The seat in everybody's line, until it is answered.
    seat: Mutex<Option<Seat>>,
    /// What it has of the room for strangers, until it is known who asks and the database is done with the question.
    room: Mutex<Option<(Permit, Option<Seat>)>>,
}

/// Searches that run at once, whoever asks: while one waits for the database, another takes the processor.
fn searches_at_once() -> usize {
    2 * std::thread::available_parallelism().map_or(1, usize::from)
}

tokio::task_local! {
    /// That of the request which this task answers.
    static TURN: Arc<Turn>;
}

/// What a request holds of its account's share, for work that may outlive the request: the share comes back when the last holder is done.
#[derive(Debug, Clone)]
pub struct Holding(#[expect(dead_code, reason = "held, not read")] Option<Arc<Turn>>);

/// What the request that this task answers holds; nothing outside of a request.
pub fn holding() -> Holding {
    Holding(TURN.try_with(Arc::clone).ok())
}

/// A secret lets an account in from now on.
pub fn remember(hash: &str, account: &str) {
    TURN.try_with(|turn| turn.shares.known.remember(hash, account)).ok();
}

/// Called by work that no account may have several of at once: drafts, quote checks, exports. A route that comes here and is not listed in
/// [`kind`] fails every test that asks it; in a release, only the log says so.
pub fn needs_own_share(work: &str) {
    let is_listed = TURN.try_with(|turn| turn.kind != Kind::Page).unwrap_or(true);
    debug_assert!(is_listed, "{work} in a request that has no share of its own: list its route in fair/kind.rs");
    if !is_listed {
        tracing::error!(work, "a request without a share of its own does heavy work");
    }
}

impl Turn {
    fn new(shares: Arc<Shares>, kind: Kind, source: IpAddr) -> Self {
        let source = Who::Source(source);
        let who = Mutex::new(source.clone());
        Turn {
            shares,
            kind,
            source,
            who,
            held: Mutex::default(),
            came: Instant::now(),
            seat: Mutex::default(),
            room: Mutex::default(),
        }
    }

    fn who(&self) -> Who {
        self.who.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn give_back(&self) {
        drop(self.seat.lock().unwrap_or_else(PoisonError::into_inner).take());
        drop(self.held.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    async fn permit(&self, kind: Kind, who: Who) -> Result<Permit, Failure> {
        self.shares.of(who, kind).take().await.map_err(|seconds| Failure::TooMany(kind, seconds))
    }

    async fn seat(&self, kind: Kind) -> Result<Option<Seat>, Failure> {
        let Some(line) = self.shares.line(kind) else { return Ok(None) };
        let seat = line.take(self.came, kind.limits().patience).await;
        seat.map(Some).ok_or(Failure::TooMany(kind, 1))
    }

    async fn enter(&self) -> Result<(), Failure> {
        let permit = self.permit(Kind::Stranger, self.source.clone()).await?;
        let seat = self.seat(Kind::Stranger).await?;
        *self.room.lock().unwrap_or_else(PoisonError::into_inner) = Some((permit, seat));
        Ok(())
    }

    fn leave(&self) {
        drop(self.room.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    async fn take(&self, who: Who) -> Result<(), Failure> {
        *self.who.lock().unwrap_or_else(PoisonError::into_inner) = who.clone();
        if self.held.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return Ok(());
        }
        let permit = self.permit(self.kind, who).await?;
        let seat = self.seat(self.kind).await?;
        *self.seat.lock().unwrap_or_else(PoisonError::into_inner) = seat;
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(permit);
        Ok(())
    }
}

fn turn(parts: &Parts) -> Option<Arc<Turn>> {
    parts.extensions.get::<Arc<Turn>>().map(Arc::clone)
}

/// Waits for the account's turn. Whoever is signed in also keeps the place of their connection before strangers do.
///
/// # Errors
/// [`Failure::TooMany`] where more waits already than may, or too much was started within a minute.
pub async fn admit(parts: &Parts, account: &str) -> Result<(), Failure> {
    if let Some(place) = parts.extensions.get::<Arc<Place>>() {
        place.belongs_to_somebody_known();
    }
    match turn(parts) {
        Some(turn) => turn.take(Who::Account(account.to_owned())).await,
        None => Ok(()),
    }
}

/// Gives every request the part of its share that it needs. Where somebody has to be known, the wait is in [`admit`]; what anybody may
/// send is counted by where it comes from.
pub async fn share(State(shares): State<Arc<Shares>>, mut request: Request, next: Next) -> Result<Response, Failure> {
    let kind = Kind::of(&request);
    let turn = Arc::new(Turn::new(shares, kind, Source::of(request.extensions()).network()));
    if matches!(kind, Kind::SignIn | Kind::Stranger) {
        turn.take(turn.who()).await?;
    }
    request.extensions_mut().insert(Arc::clone(&turn));
    let response = TURN.scope(Arc::clone(&turn), next.run(request)).await;
    if turn.shares.line(kind).is_some() {
        // The next one may begin while this answer is sent.
        turn.give_back();
    }
    // A download is under way until it is sent.
    Ok(response.map(|body| held(body, turn)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pools::Pool;
    use std::sync::mpsc;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_share_comes_back_when_the_work_ends_and_not_with_the_request() {
        let shares = Arc::new(Shares::new(false));
        let turn = || Arc::new(Turn::new(Arc::clone(&shares), Kind::Upload, IpAddr::from([127, 0, 0, 1])));
        let ada = || Who::Account("ada".to_owned());
        let pool = Pool::new(1);
        let (go, gone) = mpsc::channel::<()>();
        let request = turn();
        request.take(ada()).await.expect("the first");
        let asked = TURN.scope(request, pool.run(move |_| gone.recv().ok()));
        assert!(timeout(Duration::from_millis(50), asked).await.is_err(), "whoever asked is gone");
        let share = shares.of(ada(), Kind::Upload);
        assert!(share.try_take().is_none(), "the work goes on");
        go.send(()).expect("works");
        timeout(Duration::from_secs(20), share.take()).await.expect("it ended").expect("it is free");
    }

    #[test]
    fn the_table_is_bounded_and_forgets_those_with_nothing_under_way() {
        let shares = Shares::new(true);
        let share = |n: usize| shares.of(Who::Account(n.to_string()), Kind::Page);
        let busy = share(0);
        let permit = busy.try_take().expect("the first");
        for n in 1..=REMEMBERED {
            share(n);
        }
        let all = shares.all.lock().expect("nobody panicked");
        assert!(all.len() <= REMEMBERED, "{}", all.len());
        assert!(all.contains_key(&(Who::Account("0".to_owned()), Kind::Page)), "work is under way");
        drop((all, permit));
    }

    #[test]
    fn who_does_not_fit_shares_with_others() {
        let shares = Shares::new(true);
        let share = |n: usize| shares.of(Who::Account(n.to_string()), Kind::Page);
        let permits: Vec<_> = (0..REMEMBERED).map(|n| share(n).try_take().expect("the first")).collect();
        let others = share(REMEMBERED + 1);
        let permit = others.try_take().expect("the first");
        assert!(Arc::ptr_eq(&others, &share(REMEMBERED + 2)));
        drop((permits, permit));
        assert!(!Arc::ptr_eq(&share(REMEMBERED + 1), &share(REMEMBERED + 2)));
    }
}
