//! People who write until they are told to end, or forgotten.

use crate::filled::Error;
use crate::program::Program;
use crate::writers::{self, Done, Shared};
use reqwest::{Client, StatusCode};
use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// After so long without the writes that are waited for, the server does not recover.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writers, and what was acknowledged to them.
pub struct Crowd {
    pub shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

impl Crowd {
    /// So many people write at a server. All are signed in as one account.
    pub fn begin(client: Client, server: &Program, writers: u64) -> Self {
        let shared = Shared::new(client, server.base.clone());
        let tasks = shared.write(writers);
        Crowd { shared, tasks }
    }

    /// Waits until so many more writes are acknowledged.
    pub async fn more(&self, writes: usize) -> Result<(), Error> {
        let (begun, from) = (Instant::now(), self.shared.acknowledged());
        while self.shared.acknowledged() < from + writes {
            if self.tasks.iter().any(JoinHandle::is_finished) {
                return Err("a write was answered with neither success nor a request to come again; see above".into());
            }
            if begun.elapsed() > PATIENCE {
                let got = self.shared.acknowledged() - from;
                return Err(format!("{got} of {writes} writes were acknowledged within {PATIENCE:?}").into());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    /// One more write, tried once. How long it took, if it was acknowledged.
    pub async fn one(&self, title: &str) -> Option<Duration> {
        let begun = Instant::now();
        let done = writers::open(&self.shared, title.to_owned()).await?;
        self.shared.done.lock().expect("a list").push(done);
        Some(begun.elapsed())
    }

    /// The status that a page is answered with.
    pub async fn status(&self, path: &str) -> Option<StatusCode> {
        Some(self.shared.client.get(format!("{}{path}", self.shared.base)).send().await.ok()?.status())
    }

    /// All that was acknowledged so far.
    pub fn acknowledged(&self) -> Vec<Done> {
        self.shared.done.lock().expect("a list").clone()
    }

    /// Ends it, and gives all that was acknowledged.
    pub async fn end(mut self) -> Result<Vec<Done>, Error> {
        self.shared.stop.store(true, Ordering::SeqCst);
        for task in std::mem::take(&mut self.tasks) {
            if let Err(e) = task.await {
                return Err(e.try_into_panic().map_or("a writer was ended".to_owned(), |panic| text(&*panic)).into());
            }
        }
        Ok(self.acknowledged())
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// The future's outcome, or what it panicked with: what is shared with tests panics where it finds a fault.
pub async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(text(&*panic))),
    })
    .await
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or(panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or("it panicked".to_owned())
}
