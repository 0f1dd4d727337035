//! Works through the jobs whose time has come, as long as the server runs.

use crate::Clock;
use crate::auth::throttle::WINDOW;
use crate::refused::Refusals;
use hindcast_store::jobs::{self, Ended};
use hindcast_store::{Store, StoreError, attempts, logins};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long to rest between two looks.
const REST: Duration = Duration::from_secs(3);
/// How long to rest at most while the database does not answer.
const LONGEST_REST: Duration = Duration::from_secs(15);
/// How often what is over is removed.
const SWEPT: Duration = Duration::from_secs(10 * 60);
/// How many times as long as a job took the server rests behind it, and how long at most. A backlog of thousands, as after a week without
/// the server, takes a fifth of the time of the one who writes: people that ask meanwhile come first.
const REST_OF_JOB: u32 = 4;
const LONGEST_REST_OF_JOB: Duration = Duration::from_millis(250);
/// Jobs that are looked up at once.
const BATCH: i64 = 100;

/// Whoever does the jobs of a record. Several may: each job is done once.
#[derive(Debug, Clone)]
pub struct Worker {
    store: Store,
    clock: Clock,
    refusals: Arc<Refusals>,
}

impl Worker {
    /// A worker on this record.
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        Worker { store, clock, refusals: Arc::default() }
    }

    /// The same, which also puts down what this server refused.
    pub(crate) fn with_refusals(self, refusals: Arc<Refusals>) -> Self {
        Worker { refusals, ..self }
    }

    /// Does every job whose time has come, and tells how many were done here.
    ///
    /// # Errors
    /// When the database does not answer; what was not done waits.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        self.sweep().await?;
        self.work(|| false, 0).await
    }

    /// Puts refusals down that wait for their row. Removes attempts to sign in that do not count any more, and expired browser sessions; tidies the
    /// index of searches.
    async fn sweep(&self) -> Result<(), StoreError> {
        self.refusals.put_down_due(&self.store, self.clock.now()).await?;
        let mut tx = self.store.begin().await?;
        attempts::sweep(&mut tx, self.clock.now(), WINDOW).await?;
        tx.commit().await?;
        let mut tx = self.store.begin().await?;
        logins::sweep(&mut tx, self.clock.now()).await?;
        tx.commit().await?;
        self.store.tidy().await
    }

    /// Does what is due, and rests behind each job so many times as long as it took.
    async fn work(&self, is_over: impl Fn() -> bool, rest: u32) -> Result<usize, StoreError> {
        let mut done = 0;
        loop {
            let due = jobs::due(&mut *self.store.reader().await?, self.clock.now(), BATCH).await?;
            let mut moved = false;
            for id in due {
                if is_over() {
                    return Ok(done);
                }
                let begun = Instant::now();
                let ended = jobs::take(&self.store, id, self.clock.now()).await?;
                if rest > 0 {
                    tokio::time::sleep(rest_behind(begun.elapsed(), rest)).await;
                }
                moved |= ended.is_some();
                match ended {
                    Some(Ended::Sent(_) | Ended::NotNeeded) => done += 1,
                    Some(Ended::Postponed(kind)) => tracing::warn!(job = id, kind, "a job failed and is tried again"),
                    Some(Ended::Failed(kind)) => tracing::error!(job = id, kind, "a job failed and waits for a person"),
                    // Another server did it.
                    None => {}
                }
            }
            if !moved {
                return Ok(done);
            }
        }
    }

    /// Works until it is told to stop; what is under way then is finished. While the database does not answer it waits,
    /// longer each time, and says so once.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        let (mut rest, mut is_down) = (REST, false);
        let mut swept: Option<Instant> = None;
        loop {
            let watched = stop.clone();
            let done = async {
                if swept.is_none_or(|at| at.elapsed() >= SWEPT) {
                    self.sweep().await?;
                    swept = Some(Instant::now());
                }
                self.work(|| *watched.borrow(), REST_OF_JOB).await
            };
            match done.await {
                Ok(_) => {
                    if is_down {
                        tracing::info!("jobs go on");
                    }
                    (rest, is_down) = (REST, false);
                }
                Err(e) => {
                    if !is_down {
                        tracing::warn!(kind = e.kind(), "jobs wait until the database answers");
                    }
                    (rest, is_down) = ((rest * 2).min(LONGEST_REST), true);
                }
            }
            tokio::select! {
                // Also where whoever would tell is gone.
                _ = stop.wait_for(|over| *over) => return,
                () = tokio::time::sleep(rest) => {}
            }
        }
    }
}

/// How long to rest behind a job that took so long.
fn rest_behind(took: Duration, times: u32) -> Duration {
    took.saturating_mul(times).min(LONGEST_REST_OF_JOB)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_retro::policy::DueDate;
    use hindcast_retro::record::people::Role;
    use hindcast_store::incidents::{self, New};
    use hindcast_store::{Act, Place, Viewer, accounts, notices};

    /// Puts down a job whose time has come, and gives whom it tells.
    async fn one(store: &Store) -> Viewer {
        let system = Viewer::system();
        let act = Act { by: &system, at: Clock::System.now() };
        let new = accounts::New {
            id: "mia",
            email: "mia@example.com",
            name: "Mia",
            role: Role::Responder,
            password_hash: "x",
        };
        let due = DueDate { what: "response".to_owned(), at: Some(act.at), text: None, explanation: String::new() };
        let mut tx = store.begin().await.expect("begins");
        accounts::create(&mut tx, act, &new).await.expect("creates");
        let number = incidents::create(&mut tx, act, &New::default()).await.expect("opens");
        incidents::set_deadlines(&mut tx, act, number, &[due]).await.expect("sets");
        tx.commit().await.expect("commits");
        accounts::find(&mut store.reader().await.expect("reads"), "mia").await.expect("is there").viewer()
    }

    #[test]
    fn a_backlog_leaves_most_of_the_time_to_people() {
        let ms = Duration::from_millis;
        assert_eq!(rest_behind(ms(3), REST_OF_JOB), ms(12));
        assert_eq!(
            rest_behind(ms(900), REST_OF_JOB),
            LONGEST_REST_OF_JOB,
            "and nobody who stops the server waits long"
        );
        assert_eq!(rest_behind(ms(3), 0), Duration::ZERO);
    }

    #[tokio::test]
    async fn it_works_until_it_is_told_to_stop() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&Place::Folder(folder.path().join("data"))).await.expect("opens");
        let mia = one(&store).await;
        let (tell, told) = watch::channel(false);
        let working = tokio::spawn(Worker::new(store.clone(), Clock::System).run(told));
        let told = async || {
            let conn = &mut store.reader().await.expect("reads");
            notices::of(conn, &mia, notices::Filter::default(), 10).await.expect("lists").len()
        };
        for _ in 0..500 {
            if told().await == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(told().await, 1);
        tell.send(true).expect("it listens");
        let ended = tokio::time::timeout(Duration::from_secs(2), working).await;
        ended.expect("it stops at once").expect("it ends well");
    }

    #[tokio::test]
    async fn it_waits_while_the_database_does_not_answer() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&Place::Folder(folder.path().join("data"))).await.expect("opens");
        one(&store).await;
        store.close().await;
        let worker = Worker::new(store, Clock::System);
        assert!(worker.run_due().await.expect_err("it is closed").is_passing());
        let (tell, told) = watch::channel(false);
        let working = tokio::spawn(worker.run(told));
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!working.is_finished(), "it is there when the database is back");
        drop(tell);
        tokio::time::timeout(Duration::from_secs(2), working).await.expect("it stops").expect("it ends well");
    }
}
