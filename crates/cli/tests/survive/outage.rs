//! The database is stopped and started while people write; the server stays up.

use super::program::Program;
use super::writers::{Shared, sign_up};
use hindcast_store::Place;
use hindcast_testdb::Postgres;
use reqwest::StatusCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// After so long without an acknowledged write, it does not recover.
const LONGEST: Duration = Duration::from_secs(40);

/// Waits until so many more writes are acknowledged.
async fn more(shared: &Arc<Shared>, writes: usize) {
    let (start, least) = (Instant::now(), shared.acknowledged() + writes);
    while shared.acknowledged() < least {
        assert!(start.elapsed() < LONGEST, "{} of {least} writes", shared.acknowledged());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_an_outage_of_the_database() {
    let Some(postgres) = Postgres::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let url = postgres.url();
    let start = Instant::now();
    let mut program = Program::start(&["--database", &url], folder.path().join("log"));
    let client = sign_up(&program.link).await;
    let shared = Shared::new(client, program.base.clone());
    let writers = shared.write(8);
    more(&shared, 60).await;
    // For a moment, as for an update and as in a crash: those who ask wait, or are told to come again.
    for mode in ["fast", "immediate", "fast"] {
        assert!(postgres.down(mode));
        assert!(postgres.up());
        more(&shared, 60).await;
    }
    // And once for longer than anybody is made to wait.
    assert!(postgres.down("immediate"));
    let told = shared.busy.load(Ordering::SeqCst);
    let health = async |path: &str| {
        shared.client.get(format!("{}/health/{path}", shared.base)).send().await.expect("answers").status()
    };
    assert_eq!(health("live").await, StatusCode::OK);
    let page = shared.client.get(&shared.base).send();
    let (ready, page) = tokio::join!(health("ready"), page);
    assert_eq!(ready, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.expect("answers").status(), StatusCode::SERVICE_UNAVAILABLE);
    // Those who write began to wait at another moment, and wait as long.
    let waited = Instant::now();
    while shared.busy.load(Ordering::SeqCst) == told {
        assert!(waited.elapsed() < LONGEST, "who writes is told to come again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(postgres.up());
    more(&shared, 60).await;
    assert_eq!(health("ready").await, StatusCode::OK);
    shared.stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.expect("busy is the only excuse");
    }
    assert_eq!(shared.cut_off.load(Ordering::SeqCst), 0, "every request was answered");
    assert!(program.runs(), "nobody started it again");
    super::reminded::settle(&Place::Postgres(url.clone())).await;
    program.kill();
    assert!(!program.logged().contains("panicked"), "{}", program.logged());
    let done = shared.done.lock().expect("a list").clone();
    println!(
        "{} writes, 4 outages, {} told to come again, {:?}",
        done.len(),
        shared.busy.load(Ordering::SeqCst),
        start.elapsed()
    );
    super::kept::check(&Place::Postgres(url.clone()), &done).await;
    super::reminded::check(&Place::Postgres(url)).await;
}
