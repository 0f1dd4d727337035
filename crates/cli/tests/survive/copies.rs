//! A backup and a restore are killed at random moments: what they leave is never taken for something whole.

use super::program::Program;
use super::writers::{Seeded, Shared, sign_up};
use hindcast_testdb::Postgres;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How often each is killed, unless this variable says otherwise.
const KILLS: u64 = 20;
const VARIABLE: &str = "HINDCAST_TEST_KILLS";
/// Writes in the record that is copied.
const WRITES: usize = 60;

fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hindcast"));
    program.args(arguments).env_remove("HINDCAST_DATABASE").stdin(Stdio::null());
    program
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().expect("the program runs")
}

/// Starts it and kills it after a while, unless it ended by then. True if it ended well.
fn killed(arguments: &[&str], after: Duration) -> bool {
    let mut child = program(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program runs");
    std::thread::sleep(after);
    child.kill().expect("is killed, or ended");
    child.wait().expect("ends").success()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_copies_are_never_taken_for_whole_ones_with_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let target = async |nth: u64| vec!["--data".to_owned(), text(&folder.path().join(format!("to{nth}"))).to_owned()];
    copies(&["--data", text(&data)], target).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_copies_are_never_taken_for_whole_ones_with_postgresql() {
    let Some(postgres) = Postgres::start() else { return };
    let url = postgres.url();
    let target = async |nth: u64| {
        sqlx::any::install_default_drivers();
        let mut conn = AnyConnection::connect(&url).await.expect("connects");
        conn.execute(AssertSqlSafe(format!("CREATE DATABASE to{nth}"))).await.expect("a database");
        conn.close().await.expect("closes");
        vec!["--database".to_owned(), url.replace("/postgres", &format!("/to{nth}"))]
    };
    copies(&["--database", &url], target).await;
}

async fn copies(record: &[&str], target: impl AsyncFn(u64) -> Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Program::start(record, folder.path().join("log"));
    let shared = Shared::new(sign_up(&server.link).await, server.base.clone());
    let writers = shared.write(4);
    while shared.acknowledged() < WRITES {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    shared.stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.expect("only busy is an excuse");
    }
    server.kill();
    let kills = std::env::var(VARIABLE).ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    let mut random = Seeded::new(11);
    let mut within = |whole: Duration| {
        let most = u64::try_from(whole.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(random.below(most.max(2)))
    };
    let verified = |record: &[&str]| run(&[&["audit", "verify"][..], record].concat());

    let whole = folder.path().join("whole");
    let begun = Instant::now();
    let made = run(&[&["backup", text(&whole)][..], record].concat());
    assert!(made.status.success(), "{}", said(&made));
    let took = begun.elapsed();
    let mut broken = 0;
    for nth in 0..kills {
        let out = folder.path().join(format!("out{nth}"));
        if killed(&[&["backup", text(&out)][..], record].concat(), within(took)) {
            continue;
        }
        // What the record holds can be put back from it, or it is refused by its name.
        let to = folder.path().join(format!("from{nth}"));
        let restored = run(&["restore", text(&out), "--data", text(&to)]);
        match restored.status.success() {
            true => assert!(verified(&["--data", text(&to)]).status.success(), "backup {nth}"),
            false => {
                broken += 1;
                assert_eq!(restored.status.code(), Some(3), "{}", said(&restored));
                assert!(said(&restored).contains(text(&out)), "{}", said(&restored));
                assert!(!to.join("hindcast.db").exists(), "nothing was put there");
            }
        }
    }
    println!("{broken} of {kills} backups broken off");
    let untouched = verified(record);
    assert!(untouched.status.success(), "{}", said(&untouched));

    let full = target(kills).await;
    let full: Vec<&str> = full.iter().map(String::as_str).collect();
    let begun = Instant::now();
    let restored = run(&[&["restore", text(&whole)][..], &full[..]].concat());
    assert!(restored.status.success(), "{}", said(&restored));
    let took = begun.elapsed();
    let mut broken = 0;
    for nth in 0..kills {
        let to = target(nth).await;
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        let restore = [&["restore", text(&whole)][..], &to[..]].concat();
        if !killed(&restore, within(took)) && !verified(&to).status.success() {
            broken += 1;
            // Nobody takes it for a record.
            let looked = run(&[&["doctor"][..], &to[..]].concat());
            assert!(!looked.status.success(), "{}", said(&looked));
            if to[0] == "--data" && Path::new(to[1]).join("restore-unfinished").exists() {
                assert!(said(&looked).contains("did not finish"), "{}", said(&looked));
                let served = run(&[&["serve", "--listen", "127.0.0.1:0"][..], &to[..]].concat());
                assert_eq!(served.status.code(), Some(6), "{}", said(&served));
                assert!(said(&served).contains("did not finish"), "{}", said(&served));
            }
            let again = run(&restore);
            assert!(again.status.success(), "restore {nth} again: {}", said(&again));
        }
        let audit = verified(&to);
        assert!(audit.status.success(), "restore {nth}: {}", said(&audit));
    }
    println!("{broken} of {kills} restores broken off");
}
