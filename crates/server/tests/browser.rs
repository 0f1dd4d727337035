//! Journeys in a real browser: starts a server and lets `tests/browser/journeys.mjs` walk through it.
//!
//! Needs Node.js, Chromium, and what `npm ci` brings; `./test` installs them. Where they are missing, the test prints a
//! line and passes.

use hindcast_server::{Clock, Config, MailSettings, Server};
use hindcast_store::Place;
use std::path::{Path, PathBuf};
use tokio::process::Command;

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser")
}

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    named.into_iter().chain(usual).find(|p| p.is_file())
}

async fn journeys(place: Place) {
    let (Some(chromium), true) = (chromium(), scripts().join("node_modules/playwright-core").is_dir()) else {
        println!("skipped: Chromium or the packages of tests/browser are missing; ./test installs them");
        return;
    };
    // Mail needs to know the server's address before it listens; nobody on these journeys has any sent.
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let mail = MailSettings::new("smtp://127.0.0.1:9", None, None, "hindcast@example.com", false).expect("settings");
    let public_url = Some(format!("http://{free}"));
    let config = Config { mail: Some(mail), public_url, ..Config::new(place, free) };
    let server = Server::bind(config, Clock::System).await.expect("starts");
    let (url, setup) = (format!("http://{}", server.address()), server.link().expect("a link").to_owned());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let outcome = Command::new("node")
        .args(["--test", "--test-reporter=spec", "--test-concurrency=1", "journeys.mjs"])
        .current_dir(scripts())
        .env("HINDCAST_URL", &url)
        .env("HINDCAST_SETUP", setup)
        .env("HINDCAST_EXAMPLES", examples)
        .env("CHROMIUM", chromium)
        .output()
        .await
        .expect("node runs");
    println!("{}", String::from_utf8_lossy(&outcome.stdout));
    eprintln!("{}", String::from_utf8_lossy(&outcome.stderr));
    assert!(outcome.status.success(), "a journey failed; see above");
    stop.send(()).expect("the server runs");
    running.await.expect("no panic").expect("stops in peace");
}

#[tokio::test]
async fn journeys_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    journeys(Place::Folder(folder.path().join("data"))).await;
}

#[tokio::test]
async fn journeys_on_postgres() {
    let Some(url) = hindcast_testdb::database("journeys").await else { return };
    journeys(Place::Postgres(url)).await;
}
