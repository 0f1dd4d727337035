//! The server is asked to stop (SIGTERM) while it is busy with everything that takes long.

use super::program::Program;
use super::writers::{Seeded, Shared, sign_up};
use flate2::{Compression, write::GzEncoder};
use hindcast_store::Place;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Response, StatusCode};
use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Writes that are acknowledged before the rest begins.
const WRITES: usize = 150;
/// After so long, something hangs.
const LONGEST: Duration = Duration::from_secs(10);
/// After so long without what it needs, the test gives up.
const PATIENCE: Duration = Duration::from_secs(150);

/// A conversation of so many messages in one document.
fn conversation(messages: usize, seed: u64) -> Vec<u8> {
    let mut random = Seeded::new(seed);
    let mut text = r#"{"messages":[{"role":"user","content":"Refund my order."}"#.to_owned();
    for nth in 0..messages {
        let (role, order) = (if nth % 2 == 0 { "assistant" } else { "user" }, random.below(1 << 30));
        let said = format!("I have refunded order {order}, and the customer was told of it by mail on day {nth}.");
        text.push_str(&format!(r#",{{"role":"{role}","content":"{said}"}}"#));
    }
    text.push_str("]}");
    text.into_bytes()
}

/// Some 10 MB that unpack to as much as the server takes.
fn packed() -> Vec<u8> {
    let block = conversation(40_000, 99);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    while gzip.get_ref().len() < 10 << 20 {
        gzip.write_all(&block).expect("packs");
    }
    gzip.finish().expect("packs")
}

async fn upload(client: Client, to: String, name: &'static str, bytes: Vec<u8>) -> Option<Response> {
    let form = Form::new().text("kind", "trace").part("file", Part::bytes(bytes).file_name(name));
    client.post(to).multipart(form).timeout(PATIENCE).send().await.ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_server_stops_when_it_is_asked_to_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let record = ["--data", data.to_str().expect("text")];
    stops(&record, &Place::Folder(data.clone()), folder.path().join("log")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_server_stops_when_it_is_asked_to_on_postgresql() {
    let Some(postgres) = hindcast_testdb::Postgres::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let url = postgres.url();
    stops(&["--database", &url], &Place::Postgres(url.clone()), folder.path().join("log")).await;
}

/// As the first process of a container it would otherwise not even be ended: a signal that nobody listens to is lost there.
#[cfg(target_os = "linux")]
#[test]
fn a_server_that_still_waits_for_its_database_stops_when_it_is_asked_to() {
    // Takes connections, and never answers.
    let database = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("postgres://nobody@{}/nothing", database.local_addr().expect("an address"));
    let folder = tempfile::tempdir().expect("a folder");
    let (mut program, _) = Program::begin(&["--database", &url], folder.path().join("log"));
    let begun = Instant::now();
    while !program.listens_to_being_ended() {
        assert!(begun.elapsed() < PATIENCE, "it never listens");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(program.terminate(LONGEST), Some(0), "{}", program.logged());
}

async fn stops(record: &[&str], place: &Place, log: std::path::PathBuf) {
    let mut program = Program::start(record, log);
    let client = sign_up(&program.link).await;
    let shared = Shared::new(client.clone(), program.base.clone());
    let writers = shared.write(4);
    let start = Instant::now();
    while shared.acknowledged() < WRITES {
        assert!(start.elapsed() < PATIENCE, "{} of {WRITES} writes", shared.acknowledged());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let base = program.base.clone();
    let incident = |number: i64, rest: &str| format!("{base}/incidents/{number}/{rest}");
    let session = conversation(12_000, 1);
    let id = hindcast_trace::EvidenceId::of(&session).to_string();
    let taken = upload(client.clone(), incident(1, "evidence"), "session.json", session).await.expect("answers");
    assert_eq!(taken.status(), StatusCode::SEE_OTHER);
    // An answer of which nothing is taken.
    let slow = client.get(incident(1, &format!("evidence/{id}"))).timeout(PATIENCE).send().await.expect("answers");
    assert_eq!(slow.status(), StatusCode::OK);
    let mut busy = Vec::new();
    for seed in 10..13 {
        let file = conversation(90_000, seed);
        busy.push(tokio::spawn(upload(client.clone(), incident(1, "evidence"), "large.json", file)));
    }
    busy.push(tokio::spawn(upload(client.clone(), incident(2, "evidence"), "packed.gz", packed())));
    let asked =
        |request: reqwest::RequestBuilder| tokio::spawn(async move { request.timeout(PATIENCE).send().await.ok() });
    busy.push(asked(client.post(incident(1, "retro"))));
    for nth in 0..6 {
        let form = [("email", format!("nobody{nth}@example.com")), ("password", "of no account".to_owned())];
        busy.push(asked(Client::new().post(format!("{base}/sign-in")).form(&form)));
        busy.push(asked(client.get(format!("{base}/incidents?q=refund+w{nth}"))));
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(program.runs());
    let asked = Instant::now();
    let code = program.terminate(LONGEST);
    println!("{} writes; ended {:?} after it was asked to", shared.acknowledged(), asked.elapsed());
    assert_eq!(code, Some(0), "{}", program.logged());
    shared.stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.expect("only busy and cut off are excuses");
    }
    drop(slow);
    for one in busy {
        one.await.expect("is answered or cut off");
    }
    assert!(!program.logged().contains("panicked"), "{}", program.logged());
    program.restart();
    super::reminded::settle(place).await;
    program.kill();
    let done = shared.done.lock().expect("a list").clone();
    super::kept::check(place, &done).await;
    check_session(place, &id).await;
    let audit = std::process::Command::new(env!("CARGO_BIN_EXE_hindcast"));
    assert!(verified(audit, record), "the audit log");
}

fn verified(mut audit: std::process::Command, record: &[&str]) -> bool {
    let audit = audit.args(["audit", "verify"]).args(record).env_remove("HINDCAST_DATABASE");
    audit.output().expect("the program runs").status.success()
}

/// The large file that was acknowledged is there.
async fn check_session(place: &Place, id: &str) {
    let store = hindcast_store::Store::open(place).await.expect("opens");
    let conn = &mut *store.reader().await.expect("reads");
    let viewer = hindcast_store::Viewer::system();
    let files = hindcast_store::evidence::of(conn, &viewer, 1).await.expect("lists");
    assert!(files.iter().any(|file| file.id == id), "{files:?}");
}
