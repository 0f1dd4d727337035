use super::*;
use crate::failure::Failure;
use axum::extract::Path;
use axum::routing::get;
use hindcast_store::{StorageFault, StoreError};
use reqwest::StatusCode;
use serde_json::Value;

#[test]
fn no_address_stands_twice() {
    let mut seen = std::collections::HashSet::new();
    assert!(TABLE.iter().chain(&UPLOADS).all(|r| seen.insert((r.method, r.path))));
}

/// A server whose handlers fail in every way that is not foreseen, and where it answers.
async fn failing() -> String {
    async fn panics() -> &'static str {
        panic!("what somebody sent: zanzibar")
    }
    async fn never_ends() -> &'static str {
        std::future::pending().await
    }
    async fn storage(Path(nth): Path<usize>) -> Result<(), Failure> {
        let fault = [StorageFault::Full, StorageFault::ReadOnly, StorageFault::Io, StorageFault::Damaged][nth];
        Err(StoreError::Storage(fault, "/srv/zanzibar/hindcast.db".to_owned()))?
    }
    let all = Router::new()
        .route("/api/v1/panics", get(panics))
        .route("/panics", get(panics))
        .route("/api/v1/never-ends", get(never_ends))
        .route("/never-ends", get(never_ends))
        .route("/api/v1/storage/{nth}", get(storage))
        .route("/storage/{nth}", get(storage));
    let bodies = Rooms::new(1 << 20, Duration::from_secs(1));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(axum::serve(listener, guarded(all, bodies, Duration::from_millis(100))).into_future());
    format!("http://{address}")
}

/// An answer; where there is none, the test fails rather than waits.
async fn ask(address: String) -> reqwest::Response {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
    client.get(address).send().await.expect("an answer")
}

#[tokio::test]
async fn a_panic_is_a_problem_that_tells_nothing_of_it() {
    let base = failing().await;
    for _ in 0..2 {
        let response = ask(format!("{base}/api/v1/panics")).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let problem: Value = serde_json::from_str(&response.text().await.expect("a body")).expect("JSON");
        assert_eq!((&problem["status"], &problem["title"]), (&500.into(), &"Something went wrong".into()));
        assert!(problem["instance"].as_str().is_some_and(|i| i.starts_with("urn:uuid:")), "{problem}");
        let text = problem.to_string();
        assert!(!text.contains("zanzibar") && !text.contains("panic"), "{text}");
    }
    let page = ask(format!("{base}/panics")).await;
    assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let page = page.text().await.expect("a body");
    assert!(page.contains("Something went wrong") && !page.contains("zanzibar"), "{page}");
}

#[tokio::test]
async fn work_without_an_end_is_given_up() {
    let base = failing().await;
    let response = ask(format!("{base}/api/v1/never-ends")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["retry-after"], "2");
    let page = ask(format!("{base}/never-ends")).await;
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().await.expect("a body").contains("took too long"));
}

#[tokio::test]
async fn every_fault_of_the_disk_has_a_sentence_of_its_own_that_says_what_to_do() {
    let base = failing().await;
    let faults = [
        (507, "The disk is full", "free some space"),
        (500, "The data is read-only", "give it write access"),
        (500, "The disk reports an error", "check it"),
        (500, "The database is damaged", "restore the latest backup"),
    ];
    for (nth, (status, title, advice)) in faults.into_iter().enumerate() {
        let response = ask(format!("{base}/api/v1/storage/{nth}")).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let problem: Value = serde_json::from_str(&response.text().await.expect("a body")).expect("JSON");
        assert_eq!(problem["title"], title);
        assert!(problem["detail"].as_str().is_some_and(|d| d.contains(advice)), "{problem}");
        assert!(problem["instance"].as_str().is_some_and(|i| i.starts_with("urn:uuid:")), "{problem}");
        assert!(!problem.to_string().contains("zanzibar"), "{problem}");
        let page = ask(format!("{base}/storage/{nth}")).await;
        assert_eq!(page.status(), status);
        let page = page.text().await.expect("a body");
        assert!(page.contains(title) && page.contains(advice) && !page.contains("zanzibar"), "{page}");
    }
}
