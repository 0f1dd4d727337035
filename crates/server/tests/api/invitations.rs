//! Links that let somebody in: with the whole address, where it is sure whose that is.

use crate::harness::{Harness, send};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_link_names_this_server_or_none() {
    let server = Harness::new().await;
    let invite = |host: &'static str| {
        let request =
            server.request(&server.all, Method::POST, "/accounts/invitations").json(&json!({ "role": "viewer" }));
        send(if host.is_empty() { request } else { request.header("Host", host) })
    };
    let own = server.address("").replace("/api/v1", "/setup/");
    let made = invite("").await.is(201);
    assert!(made["link"].as_str().is_some_and(|l| l.starts_with(&own)), "{made}");
    assert_eq!(made["note"], Value::Null);
    let made = invite("localhost:9000").await.is(201);
    assert!(made["link"].as_str().is_some_and(|l| l.starts_with("http://localhost:9000/setup/")), "{made}");
    for other in ["evil.example", "evil.example:7878", "localhost.evil.example", "192.0.2.7"] {
        let made = invite(other).await;
        assert!(!made.text.contains(other), "{}", made.text);
        let made = made.is(201);
        assert!(made["link"].as_str().is_some_and(|l| l.starts_with("/setup/")), "{made}");
        assert!(made["note"].as_str().is_some_and(|n| n.contains("--url")), "{made}");
    }
    // The page says the same.
    let people = server.address("").replace("/api/v1", "/people");
    let page = |host: &'static str| {
        let request = server.browser.post(&people).form(&[("role", "viewer")]);
        send(if host.is_empty() { request } else { request.header("Host", host) })
    };
    let shown = page("").await;
    assert!(shown.text.contains(&format!(">{own}")) && !shown.text.contains("--url"), "{}", shown.text);
    let shown = page("evil.example").await;
    assert!(shown.text.contains(">/setup/") && shown.text.contains("--url"), "{}", shown.text);
    assert!(!shown.text.contains("evil.example"), "{}", shown.text);
}
