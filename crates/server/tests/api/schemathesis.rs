use crate::harness::Harness;
use std::process::Command;

/// The variable that names the program; `./test` sets it.
const PROGRAM: &str = "HINDCAST_TEST_SCHEMATHESIS";

fn program() -> Option<String> {
    let program = std::env::var(PROGRAM).ok();
    if program.is_none() {
        println!("skipped: {PROGRAM} is not set; ./test sets it where Python and PyPI are at hand");
    }
    program
}

/// Requests made by the document, right and wrong ones: none is answered with a fault of the server, a status or a body
/// that the document does not tell of, or let through though the document forbids it.
async fn asked(program: String, server: Harness) {
    let folder = tempfile::tempdir().expect("a folder");
    let document = server.address("").replace("/api/v1", "/api/openapi.json");
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/schemathesis.toml");
    let mut command = Command::new(program);
    // The same requests each time; CONTRIBUTING.md says how to make others.
    command.current_dir(&folder).args(["--config-file", config, "run", &document]);
    command.args(["--header", &format!("Authorization: Bearer {}", server.writer), "--checks", "all"]);
    command.args(["--max-examples", "10", "--seed", "1", "--generation-database", ":memory:", "--continue-on-failure"]);
    command.args(["--generation-allow-x00", "false", "--no-color"]);
    let ran = tokio::task::spawn_blocking(move || command.output()).await.expect("runs").expect("runs");
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{told}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(told.contains("Selected: "), "{told}");
    println!("{}", told.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or(""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_does_what_its_document_says() {
    if let Some(program) = program() {
        asked(program, Harness::new().await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_does_what_its_document_says_on_postgres() {
    if let (Some(program), Some(server)) = (program(), Harness::postgres("api_schemathesis").await) {
        asked(program, server).await;
    }
}
