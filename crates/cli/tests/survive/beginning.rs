//! A start that cannot go on, or has to wait: it says why at once.

use super::program::Program;
use std::time::{Duration, Instant};

/// After so long, something hangs.
const PATIENCE: Duration = Duration::from_secs(25);

fn until(mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_second_server_on_a_folder_refuses_and_the_first_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let record = ["--data", data.to_str().expect("text")];
    let mut first = Program::start(&record, folder.path().join("first"));
    let (mut second, mut lines) = Program::begin(&record, folder.path().join("second"));
    until(|| !second.runs());
    assert_eq!(lines.next(), None);
    assert!(second.logged().contains("another server is running on"), "{}", second.logged());
    assert!(first.runs());
    // The folder is free once its server has ended, however it ended.
    first.kill();
    first.restart();
}

#[test]
fn a_database_that_does_not_answer_is_told_while_the_start_waits() {
    let folder = tempfile::tempdir().expect("a folder");
    // Nobody listens on this port, for it is given to nobody.
    let (mut program, _lines) =
        Program::begin(&["--database", "postgres://hindcast:secret@127.0.0.1:1/none"], folder.path().join("log"));
    until(|| program.logged().contains("does not answer yet"));
    let logged = program.logged();
    assert!(logged.contains("PostgreSQL at 127.0.0.1:1 does not answer yet") && !logged.contains("secret"), "{logged}");
    assert!(program.runs(), "it tries again");
}

#[cfg(target_os = "linux")]
#[test]
fn freed_memory_goes_back_at_once_however_the_server_is_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let program = Program::start(&["--data", data.to_str().expect("text")], folder.path().join("log"));
    let given = std::env::var("MIMALLOC_PURGE_DELAY").unwrap_or_else(|_| "0".to_owned());
    assert_eq!(program.variable("MIMALLOC_PURGE_DELAY"), Some(given));
}
