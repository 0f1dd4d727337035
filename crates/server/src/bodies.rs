//! Bodies of requests on their way in: how much of them is held at once, and how long one may take to arrive.
//!
//! What counts is what has arrived, not what a request says that it will send: whoever sends slowly holds little.

use crate::failure::Failure;
use crate::routes::{TABLE, Who};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// Bodies that are held at once at most, however small.
const MANY: usize = 512;
/// How long the body of somebody who is not known may take: a name and a password.
const AT_THE_DOOR: Duration = Duration::from_secs(15);

/// What is held of all bodies.
#[derive(Debug)]
pub struct Bodies {
    bytes: AtomicUsize,
    count: AtomicUsize,
    most: usize,
    many: usize,
    longest: Duration,
}

/// The bodies of those who are known, and apart from them those of anybody: nobody who is not signed in takes the room of those who are.
#[derive(Debug, Clone)]
pub struct Rooms {
    known: Arc<Bodies>,
    anybody: Arc<Bodies>,
}

impl Rooms {
    /// Room for so many bytes at once, of bodies that each arrive within a time; for anybody a part of it, as they sign in and no more.
    pub fn new(most: usize, longest: Duration) -> Self {
        let anybody = Bodies { many: MANY / 2, ..Bodies::new(most / 8, longest.min(AT_THE_DOOR)) };
        Rooms { known: Arc::new(Bodies::new(most, longest)), anybody: Arc::new(anybody) }
    }

    /// The room for a request. Where somebody has to be known, a body is read only once they are.
    fn of(&self, request: &Request) -> Arc<Bodies> {
        let path = request.extensions().get::<MatchedPath>();
        let is_open = path.is_some_and(|path| {
            TABLE.iter().any(|r| r.who == Who::Anybody && r.path == path.as_str() && *request.method() == r.method)
        });
        Arc::clone(if is_open { &self.anybody } else { &self.known })
    }
}

impl Bodies {
    /// Room for so many bytes at once, of bodies that each arrive within a time.
    pub fn new(most: usize, longest: Duration) -> Self {
        Bodies { bytes: AtomicUsize::new(0), count: AtomicUsize::new(0), most, many: MANY, longest }
    }

    /// Takes room, where there is some.
    fn take(counter: &AtomicUsize, more: usize, most: usize) -> bool {
        let grown = |held: usize| held.checked_add(more).filter(|h| *h <= most);
        counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown).is_ok()
    }
}

/// One body while its request is answered. Its room is given back when the last who holds it is done.
#[derive(Debug)]
pub struct Held {
    bodies: Arc<Bodies>,
    bytes: AtomicUsize,
    began: AtomicBool,
    unkept: AtomicBool,
    full: AtomicBool,
    late: AtomicBool,
}

impl Held {
    fn new(bodies: Arc<Bodies>) -> Arc<Self> {
        let no = || AtomicBool::new(false);
        Arc::new(Held { bodies, bytes: AtomicUsize::new(0), began: no(), unkept: no(), full: no(), late: no() })
    }

    /// What arrives from now on is thrown away, and takes no room.
    pub fn let_go(&self) {
        self.unkept.store(true, Ordering::Relaxed);
    }

    /// Makes room for what arrived.
    fn takes(&self, more: usize) -> bool {
        if self.unkept.load(Ordering::Relaxed) {
            return true;
        }
        if !self.began.load(Ordering::Relaxed) {
            if !Bodies::take(&self.bodies.count, 1, self.bodies.many) {
                return false;
            }
            self.began.store(true, Ordering::Relaxed);
        }
        let took = Bodies::take(&self.bodies.bytes, more, self.bodies.most);
        self.bytes.fetch_add(if took { more } else { 0 }, Ordering::Relaxed);
        took
    }

    /// Why it was not read to its end.
    fn failure(&self) -> Option<Failure> {
        match (self.full.load(Ordering::Relaxed), self.late.load(Ordering::Relaxed)) {
            (true, _) => Some(Failure::Full),
            (_, true) => Some(Failure::Slow(self.bodies.longest.as_secs())),
            _ => None,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.bodies.bytes.fetch_sub(*self.bytes.get_mut(), Ordering::Relaxed);
        self.bodies.count.fetch_sub(usize::from(*self.began.get_mut()), Ordering::Relaxed);
    }
}

/// A body that is watched while it arrives.
struct Watched {
    body: Body,
    held: Arc<Held>,
    /// Begins when somebody begins to read.
    end: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let end = this.end.get_or_insert_with(|| Box::pin(sleep(this.held.bodies.longest)));
        if end.as_mut().poll(context).is_ready() {
            this.held.late.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(axum::Error::new("the body took too long"))));
        }
        let frame = std::task::ready!(Pin::new(&mut this.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && !this.held.takes(frame.data_ref().map_or(0, Bytes::len))
        {
            this.held.full.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(axum::Error::new("too much is held at once"))));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Watches the body of a request until it is answered. Where it was not read to its end, that is what is told.
pub async fn watch(State(rooms): State<Rooms>, request: Request, next: Next) -> Response {
    let held = Held::new(rooms.of(&request));
    let mut request = request.map(|body| Body::new(Watched { body, held: Arc::clone(&held), end: None }));
    request.extensions_mut().insert(Arc::clone(&held));
    let response = next.run(request).await;
    held.failure().map_or(response, IntoResponse::into_response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_bodies_are_held_than_there_is_room_for_and_what_goes_gives_its_room_back() {
        let bodies = Arc::new(Bodies::new(MANY * 2, Duration::from_secs(1)));
        let mut all: Vec<Arc<Held>> = (0..MANY).map(|_| Held::new(Arc::clone(&bodies))).collect();
        assert!(all.iter().all(|held| held.takes(1)), "as many as there is room for");
        let another = Held::new(Arc::clone(&bodies));
        assert!(!another.takes(1), "one too many");
        all.pop();
        assert!(another.takes(1));
        assert!(all[0].takes(MANY) && !all[0].takes(1), "no more bytes than there is room for, of all together");
        all[1].let_go();
        assert!(all[1].takes(MANY * 9), "what is thrown away takes no room");
        drop((all, another));
        assert_eq!((bodies.bytes.load(Ordering::Relaxed), bodies.count.load(Ordering::Relaxed)), (0, 0));
    }
}
