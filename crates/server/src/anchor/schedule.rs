//! Posting of the head at an interval, by the server itself.

use super::{Head, Webhook};
use crate::Clock;
use crate::metrics::Metrics;
use hindcast_store::anchor::{self, Posts};
use hindcast_store::{Store, StoreError, chain};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the server checks whether a post is due.
const LOOK: Duration = Duration::from_secs(5);
/// The same after the database did not respond, when the last post may not be recorded yet.
const LOOK_AFTER_FAULT: Duration = Duration::from_secs(60);
/// Wait after a first failure. It doubles with each further failure, up to the interval.
const RETRY: SignedDuration = SignedDuration::from_mins(1);

/// Where the head is posted, and how often.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The webhook to post to.
    pub webhook: Webhook,
    /// Minutes between two posts.
    pub every: u32,
}

/// Posts the head as long as the server runs.
pub(crate) struct Poster {
    pub schedule: Schedule,
    pub store: Store,
    pub clock: Clock,
    pub metrics: Arc<Metrics>,
}

impl Poster {
    /// Posts until it is told to stop, and then abandons a post in progress.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let work = async {
            loop {
                let rest = match self.look().await {
                    Ok(()) => LOOK,
                    Err(e) => {
                        tracing::warn!(kind = e.kind(), "cannot post the audit log's head until the database responds");
                        LOOK_AFTER_FAULT
                    }
                };
                tokio::time::sleep(rest).await;
            }
        };
        tokio::select! {
            _ = stop.wait_for(|over| *over) => {}
            () = work => {}
        }
    }

    /// Posts the head if it is time for it.
    async fn look(&self) -> Result<(), StoreError> {
        let mut conn = self.store.reader().await?;
        let mut posts = anchor::find(&mut conn).await?.unwrap_or_default();
        if !is_due(&posts, self.schedule.every, self.clock.now()) {
            return Ok(());
        }
        let Some((row, hash)) = chain::head(&mut conn).await? else { return Ok(()) };
        drop(conn);
        let head = Head { row, hash };
        let posted = self.schedule.webhook.post(&head, self.clock.now()).await;
        let at = self.clock.now();
        posts.every = self.schedule.every;
        self.metrics.anchored(posted.is_ok());
        match posted {
            Ok(()) => {
                tracing::info!(host = self.schedule.webhook.host(), row, "posted the audit log's head");
                posts.succeeded(at, row);
            }
            Err(e) => {
                let why = e.to_string();
                tracing::warn!(host = self.schedule.webhook.host(), error = why, "could not post the audit log's head");
                posts.failed(at, &why);
            }
        }
        let mut tx = self.store.begin().await?;
        anchor::set(&mut tx, &posts).await?;
        tx.commit().await
    }
}

/// True once the interval, or the wait after a failure, is over. Setting the clock back does not delay a post.
fn is_due(posts: &Posts, every: u32, now: Timestamp) -> bool {
    let over = |since: Timestamp, wait: SignedDuration| {
        let age = now.duration_since(since);
        age >= wait || age.is_negative()
    };
    let every = SignedDuration::from_mins(i64::from(every));
    let wait = match posts.failures {
        0 => every,
        n => (RETRY * (1 << (n - 1).min(10))).min(every),
    };
    posts.last().is_none_or(|at| over(at, wait))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_store::doctor::{self, Level};
    use hindcast_store::{Act, Place, Viewer, incidents};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[test]
    fn it_is_posted_at_the_interval_and_sooner_after_a_failure() {
        let at =
            |minute: i8| jiff::civil::datetime(2026, 11, 29, 9, minute, 0, 0).in_tz("UTC").expect("a time").timestamp();
        let mut posts = Posts::default();
        assert!(is_due(&posts, 30, at(0)));
        posts.succeeded(at(0), 7);
        assert!(!is_due(&posts, 30, at(29)) && is_due(&posts, 30, at(30)));
        posts.failed(at(30), "no answer");
        assert!(!is_due(&posts, 30, at(30)) && is_due(&posts, 30, at(31)));
        posts.failed(at(31), "no answer");
        assert!(!is_due(&posts, 30, at(32)) && is_due(&posts, 30, at(33)));
        assert!(is_due(&posts, 1, at(32)), "never later than the interval");
        posts.succeeded(at(33), 8);
        assert!(!is_due(&posts, 30, at(40)));
    }

    /// Responds to one connection after the other with these status lines, and returns the bodies. For an empty line, it only holds the
    /// connection open.
    async fn hook(answers: &'static [&'static str]) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let (tell, told) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.expect("accepts");
                let mut request = vec![0; 4096];
                let mut read = 0;
                while !request[..read].ends_with(b"}") {
                    read += stream.read(&mut request[read..]).await.expect("reads");
                }
                tell.send(String::from_utf8_lossy(&request[..read]).into_owned()).ok();
                if answer.is_empty() {
                    std::future::pending::<()>().await;
                }
                let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.expect("writes");
            }
        });
        (url, told)
    }

    async fn incident(store: &Store) {
        let mut tx = store.begin().await.expect("begins");
        let act = Act { by: &Viewer::system(), at: Clock::System.now() };
        incidents::create(&mut tx, act, &incidents::New::default()).await.expect("opens");
        tx.commit().await.expect("commits");
    }

    #[tokio::test]
    async fn what_became_of_a_post_is_what_the_doctor_and_the_next_look_know() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::Folder(folder.path().join("data"));
        let store = Store::open(&place).await.expect("opens");
        let (url, mut told) = hook(&["500 Oh", "204 No Content"]).await;
        let webhook = Webhook::new(&url, None).expect("a URL");
        let schedule = Schedule { webhook, every: 60 };
        let (clock, metrics) = (Clock::System, Arc::default());
        let poster = Poster { schedule, store: store.clone(), clock, metrics };
        let line = async || {
            let lines = doctor::run(&place, Clock::System.now(), false).await;
            lines.into_iter().find(|l| l.name == "anchor")
        };
        poster.look().await.expect("looks");
        assert!(line().await.is_none(), "the log is empty: there is nothing to post");
        incident(&store).await;
        poster.look().await.expect("looks");
        assert!(told.recv().await.expect("a post").contains("\"row\":1"));
        let found = line().await.expect("a line");
        assert!(
            found.level == Level::Warning
                && found.found.starts_with("no post has succeeded yet; 1 attempt failed, the last one at 20")
                && found.found.ends_with(": it responded with status 500"),
            "{}",
            found.found
        );
        poster.look().await.expect("looks");
        assert!(told.try_recv().is_err(), "it is not tried again at once");
        // An older failure is due again.
        let mut posts = anchor::find(&mut store.reader().await.expect("reads")).await.expect("reads").expect("one");
        posts.failed(Clock::System.now() - SignedDuration::from_mins(2), "before");
        posts.failures = 1;
        let mut tx = store.begin().await.expect("begins");
        anchor::set(&mut tx, &posts).await.expect("sets");
        tx.commit().await.expect("commits");
        poster.look().await.expect("looks");
        assert!(told.recv().await.expect("a post").contains("\"row\":1"));
        let found = line().await.expect("a line");
        assert!(found.level == Level::Ok && found.found.contains("(row 1)"), "{}", found.found);
        store.close().await;
    }

    #[tokio::test]
    async fn a_webhook_that_never_answers_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&Place::Folder(folder.path().join("data"))).await.expect("opens");
        incident(&store).await;
        let (url, mut told) = hook(&[""]).await;
        let webhook = Webhook::new(&url, None).expect("a URL");
        let (clock, metrics) = (Clock::System, Arc::default());
        let poster = Poster { schedule: Schedule { webhook, every: 60 }, store: store.clone(), clock, metrics };
        let (stop, stopped) = watch::channel(false);
        let posting = tokio::spawn(poster.run(stopped));
        told.recv().await.expect("it asks");
        // Changes go on while the post is under way, and so does the end of the server.
        incident(&store).await;
        stop.send(true).expect("it listens");
        tokio::time::timeout(Duration::from_secs(2), posting).await.expect("it stops at once").expect("it ends well");
        store.close().await;
    }
}
