//! A line in which everybody's work of one kind waits for a seat, in the order in which the requests came.
//!
//! Each account's own share bounds how much of it is under way. Where many accounts ask at once, all of it would take turns on the processors,
//! and how long each takes would be a matter of luck: the share of one account would fall behind that of another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// A line and its seats.
#[derive(Debug)]
pub struct Line {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: usize,
    /// By when the request came, and a number that tells apart what came at the same time.
    waiting: BTreeMap<Place, oneshot::Sender<Seat>>,
    next: u64,
}

type Place = (Instant, u64);

/// A seat, until it is dropped; then whoever came first gets it.
#[derive(Debug)]
pub struct Seat(Option<Arc<Line>>);

/// A place in the line, which is given up when the wait ends.
struct Waiting<'l>(&'l Line, Place);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // A seat that was given meanwhile is dropped with the channel, outside of the lock.
        let sender = self.0.state().waiting.remove(&self.1);
        drop(sender);
    }
}

impl Line {
    /// One with so many seats.
    pub fn new(seats: usize) -> Arc<Self> {
        Arc::new(Line { state: Mutex::new(State { free: seats, waiting: BTreeMap::new(), next: 0 }) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a seat; waits for it behind every request that came before. `None` where that takes longer than somebody's patience.
    pub async fn take(self: &Arc<Self>, came: Instant, patience: Duration) -> Option<Seat> {
        let (given, place) = {
            let mut state = self.state();
            if state.free > 0 {
                state.free -= 1;
                return Some(Seat(Some(Arc::clone(self))));
            }
            let (sender, given) = oneshot::channel();
            let place = (came, state.next);
            state.next += 1;
            state.waiting.insert(place, sender);
            (given, place)
        };
        let _waiting = Waiting(self, place);
        timeout(patience, given).await.ok()?.ok()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(line) = self.0.take() else { return };
        let mut state = line.state();
        while let Some((_, sender)) = state.waiting.pop_first() {
            match sender.send(Seat(Some(Arc::clone(&line)))) {
                Ok(()) => return,
                // Whoever stood there has left; the seat that comes back is this one.
                Err(mut seat) => seat.0 = None,
            }
        }
        state.free += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    async fn until(line: &Line, waiting: usize) {
        while line.state().waiting.len() != waiting {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn who_came_first_is_first() {
        let line = Line::new(1);
        let now = Instant::now();
        let held = line.take(now, LONG).await.expect("is free");
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut all = Vec::new();
        for (nth, came) in [(1, 3), (2, 1), (3, 2)] {
            let (line, order, waited_for) = (Arc::clone(&line), Arc::clone(&order), Arc::clone(&line));
            all.push(tokio::spawn(async move {
                let seat = line.take(now + Duration::from_secs(came), LONG).await;
                order.lock().expect("nobody panicked").push(came);
                drop(seat);
            }));
            until(&waited_for, nth).await;
        }
        drop(held);
        for one in all {
            one.await.expect("ends");
        }
        assert_eq!(*order.lock().expect("nobody panicked"), [1, 2, 3]);
    }

    #[tokio::test]
    async fn who_leaves_costs_nobody_a_seat() {
        let line = Line::new(1);
        let now = Instant::now();
        let held = line.take(now, LONG).await.expect("is free");
        assert!(line.take(now, Duration::from_millis(10)).await.is_none(), "patience ends");
        assert_eq!(line.state().waiting.len(), 0);
        let gone = tokio::spawn({
            let line = Arc::clone(&line);
            async move { line.take(now, LONG).await.is_some() }
        });
        until(&line, 1).await;
        gone.abort();
        assert!(gone.await.is_err());
        drop(held);
        let free = || line.state().free;
        assert_eq!(free(), 1);
        let seat = line.take(now, LONG).await;
        assert!(seat.is_some() && free() == 0);
        drop(seat);
        assert_eq!(free(), 1, "everything is given back");
    }
}
