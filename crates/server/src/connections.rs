//! Places for connections. Where all are taken, the next one gets the place of somebody who is not known: strangers that send half a
//! request and wait cannot keep out those who are signed in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;

/// All places.
#[derive(Debug)]
pub struct Places {
    most: usize,
    next: AtomicU64,
    taken: Mutex<HashMap<u64, Taken>>,
    freed: Notify,
}

/// A place that is taken.
#[derive(Debug)]
struct Taken {
    source: IpAddr,
    /// True once somebody who is signed in asked for something.
    known: bool,
    /// Requests that are not answered yet.
    under_way: usize,
    /// Since when it has been as it is.
    since: Instant,
    /// Told when the place is needed by another.
    leave: Arc<Notify>,
    leaving: bool,
}

/// A connection's place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    id: u64,
    source: IpAddr,
    leave: Arc<Notify>,
    places: Arc<Places>,
}

/// A request that is under way on a connection, until it is dropped.
#[derive(Debug)]
pub struct UnderWay(Arc<Place>);

impl Places {
    /// So many of them.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Places { most, next: AtomicU64::new(0), taken: Mutex::default(), freed: Notify::new() })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<u64, Taken>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection from an address; where none is free, once somebody has left.
    pub async fn take(self: &Arc<Self>, source: IpAddr) -> Place {
        loop {
            let freed = self.freed.notified();
            if let Some(place) = self.try_take(source) {
                return place;
            }
            freed.await;
        }
    }

    fn try_take(self: &Arc<Self>, source: IpAddr) -> Option<Place> {
        let mut taken = self.taken();
        if taken.len() >= self.most {
            // One leaves for each that comes: whoever is leaving already is on the way out for this one.
            if !taken.values().any(|t| t.leaving)
                && let Some(id) = who_leaves(&taken)
                && let Some(one) = taken.get_mut(&id)
            {
                one.leaving = true;
                one.leave.notify_one();
            }
            return None;
        }
        let (id, leave) = (self.next.fetch_add(1, Ordering::Relaxed), Arc::new(Notify::new()));
        let since = Instant::now();
        let one = Taken { source, known: false, under_way: 0, since, leave: Arc::clone(&leave), leaving: false };
        taken.insert(id, one);
        Some(Place { id, source, leave, places: Arc::clone(self) })
    }
}

/// Who has to leave: of the strangers, from the address with the most of them, whoever has been there the longest; then whoever is known and
/// has not asked for anything for the longest time. Nobody who is known and waits for an answer.
fn who_leaves(taken: &HashMap<u64, Taken>) -> Option<u64> {
    let mut strangers: HashMap<IpAddr, (usize, Instant, u64)> = HashMap::new();
    for (id, one) in taken.iter().filter(|(_, t)| !t.known) {
        let of = strangers.entry(one.source).or_insert((0, one.since, *id));
        of.0 += 1;
        if (one.since, *id) < (of.1, of.2) {
            (of.1, of.2) = (one.since, *id);
        }
    }
    let stranger = strangers.values().max_by_key(|(many, ..)| *many).map(|(.., id)| *id);
    let idle = || taken.iter().filter(|(_, t)| t.known && t.under_way == 0).min_by_key(|(id, t)| (t.since, **id));
    stranger.or_else(|| idle().map(|(id, _)| *id))
}

impl Place {
    /// Where the connection comes from. Behind a proxy it is the proxy; [`crate::source`] tells who asks.
    pub fn source(&self) -> IpAddr {
        self.source
    }

    /// Somebody who is signed in asks on this connection.
    pub fn belongs_to_somebody_known(&self) {
        if let Some(one) = self.places.taken().get_mut(&self.id) {
            one.known = true;
        }
    }

    /// A request begins.
    pub fn begins(self: &Arc<Self>) -> UnderWay {
        if let Some(one) = self.places.taken().get_mut(&self.id) {
            one.under_way += 1;
            one.since = Instant::now();
        }
        UnderWay(Arc::clone(self))
    }

    /// Done when the place is needed by another.
    pub async fn is_needed(&self) {
        self.leave.notified().await;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(one) = self.0.places.taken().get_mut(&self.0.id) {
            one.under_way = one.under_way.saturating_sub(1);
            one.since = Instant::now();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().remove(&self.id);
        self.places.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    const LONG: Duration = Duration::from_secs(20);
    const SOON: Duration = Duration::from_millis(100);

    fn from(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    async fn taken(places: &Arc<Places>, last: u8) -> Arc<Place> {
        Arc::new(timeout(LONG, places.take(from(last))).await.expect("there is room"))
    }

    /// The one of these that has to leave for another.
    async fn leaves(places: &Arc<Places>, all: Vec<Arc<Place>>) -> (usize, Vec<Arc<Place>>) {
        assert!(timeout(SOON, places.take(from(99))).await.is_err(), "no place is free yet");
        for (n, place) in all.iter().enumerate() {
            if timeout(Duration::from_millis(1), place.is_needed()).await.is_ok() {
                return (n, all);
            }
        }
        panic!("somebody has to leave");
    }

    #[tokio::test]
    async fn the_oldest_of_the_strangers_with_the_most_places_leaves_first() {
        let places = Places::new(5);
        let mut all = Vec::new();
        for last in [1, 2, 2, 2, 3] {
            all.push(taken(&places, last).await);
        }
        all[1].belongs_to_somebody_known();
        let (first, mut all) = leaves(&places, all).await;
        assert_eq!(first, 2, "the oldest stranger of 10.0.0.2");
        all.remove(first);
        all.push(taken(&places, 4).await);
        assert_eq!(places.taken().len(), 5);
    }

    #[tokio::test]
    async fn who_is_known_and_waits_for_an_answer_stays() {
        let places = Places::new(2);
        let (one, two) = (taken(&places, 1).await, taken(&places, 1).await);
        one.belongs_to_somebody_known();
        two.belongs_to_somebody_known();
        let (asking, other) = (one.begins(), two.begins());
        assert!(timeout(SOON, places.take(from(9))).await.is_err());
        assert!(timeout(SOON, one.is_needed()).await.is_err() && timeout(SOON, two.is_needed()).await.is_err());
        drop(other);
        let (idle, all) = leaves(&places, vec![Arc::clone(&one), Arc::clone(&two)]).await;
        assert_eq!(idle, 1);
        drop((asking, one, two, all));
        assert_eq!(places.taken().len(), 0, "everything is given back");
    }
}
