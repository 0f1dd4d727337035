//! The server is killed again and again while eight people write.

use super::program::Program;
use super::writers::{Seeded, Shared, sign_up};
use hindcast_store::Place;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Writes that are acknowledged before the test ends.
const WRITES: usize = 500;
const KILLS: usize = 8;
/// After so long, something hangs.
const LONGEST: Duration = Duration::from_secs(150);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_being_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let record = ["--data", data.to_str().expect("text")];
    let start = Instant::now();
    let mut program = Program::start(&record, folder.path().join("log"));
    let client = sign_up(&program.link).await;
    let shared = Shared::new(client, program.base.clone());
    let writers = shared.write(8);
    let mut random = Seeded::new(7);
    for kill in 0..KILLS {
        let least = WRITES * (kill + 1) / (KILLS + 1);
        while shared.acknowledged() < least {
            assert!(start.elapsed() < LONGEST, "{} of {WRITES} writes", shared.acknowledged());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(random.below(60))).await;
        program.kill();
        program.restart();
    }
    while shared.acknowledged() < WRITES {
        assert!(start.elapsed() < LONGEST, "{} of {WRITES} writes", shared.acknowledged());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    program.kill();
    shared.stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.expect("only busy and cut off are excuses");
    }
    program.restart();
    super::reminded::settle(&Place::Folder(data.clone())).await;
    program.kill();
    assert!(shared.cut_off.load(Ordering::SeqCst) >= KILLS, "it was killed under load");
    assert!(!program.logged().contains("panicked"), "{}", program.logged());
    let done = shared.done.lock().expect("a list").clone();
    println!("{} writes, {KILLS} kills, {:?}", done.len(), start.elapsed());
    super::kept::check(&Place::Folder(data.clone()), &done).await;
    super::reminded::check(&Place::Folder(data.clone())).await;
    let audit = std::process::Command::new(env!("CARGO_BIN_EXE_hindcast"))
        .args(["audit", "verify"])
        .args(record)
        .env_remove("HINDCAST_DATABASE")
        .output()
        .expect("the program runs");
    assert!(audit.status.success(), "{audit:?}");
}

/// Who kills or stops it knows; of any other end, its tests and attacks tell the signal and the log.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_ends_unasked_is_told_with_its_signal_and_its_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let mut server = Program::start(&["--data", data.to_str().expect("text")], folder.path().join("log"));
    assert_eq!(server.unasked_end(), None);
    let killed = std::process::Command::new("kill").args(["-KILL", &server.id().to_string()]).status();
    assert!(killed.expect("runs").success());
    while server.runs() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let end = server.unasked_end().expect("it ended");
    assert!(end.starts_with("the server ended by itself (signal: 9 (SIGKILL)); its log ends with:\n"), "{end}");
    server.restart();
    assert_eq!(server.unasked_end(), None);
    server.kill();
    assert_eq!(server.unasked_end(), None);
}
