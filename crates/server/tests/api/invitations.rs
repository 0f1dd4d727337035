//! Links that let somebody in: with the whole address, where it is sure whose that is.

use crate::harness::{Harness, send};
use hindcast_server::{Clock, recovery};
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

#[tokio::test]
async fn an_open_invitation_is_listed_and_withdrawn() {
    let server = Harness::new().await;
    let link =
        server.post(&server.all, "/accounts/invitations", json!({ "role": "viewer" })).await.is(201)["link"].clone();
    let link = link.as_str().expect("a link");
    let open = server.get(&server.all, "/accounts/invitations").await.is(200);
    let open = open["items"].as_array().expect("items");
    assert_eq!((open.len(), &open[0]["role"], &open[0]["by"]), (1, &json!("viewer"), &json!("Dana Osei")));
    assert!(!link.contains(open[0]["id"].as_str().expect("an ID")), "the ID tells nothing of the secret");
    let one = format!("/accounts/invitations/{}", open[0]["id"].as_str().expect("an ID"));
    server.get(&server.writer, "/accounts/invitations").await.refused(403);
    send(server.request(&server.writer, Method::DELETE, &one)).await.refused(403);
    send(server.request(&server.all, Method::DELETE, &one)).await.is(204);
    send(server.request(&server.all, Method::DELETE, &one)).await.refused(404);
    assert_eq!(send(server.browser.get(link)).await.status, 404);
    // The page does the same.
    server.post(&server.all, "/accounts/invitations", json!({ "role": "viewer" })).await.is(201);
    let people = server.address("").replace("/api/v1", "/people");
    let page = send(server.browser.get(&people)).await.text;
    let (_, form) = page.split_once("/people/invitations/").expect("it is listed");
    let form = format!("{people}/invitations/{}", form.split('"').next().expect("a form"));
    assert!(send(server.browser.post(form)).await.status.is_redirection());
    assert!(!send(server.browser.get(&people)).await.text.contains("/people/invitations/"));
}

#[tokio::test]
async fn a_locked_out_administrator_sets_a_new_password_once() {
    let server = Harness::new().await;
    let unknown = recovery::link(&server.place, Some("nobody@example.com"), 60, Clock::System).await;
    assert!(unknown.is_err_and(|e| e.to_string().contains("nobody@example.com")));
    let made = recovery::link(&server.place, None, 3600, Clock::System).await.expect("while the server runs");
    assert_eq!(made.email, "dana@example.com");
    let link = server.address("").replace("/api/v1", &format!("/setup/{}", made.token));
    let page = send(server.browser.get(&link)).await.text;
    assert!(page.contains("dana@example.com") && !page.contains("name=\"name\""), "{page}");
    let anybody = reqwest::Client::builder()
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    assert_eq!(send(anybody.post(&link).form(&[("password", "short")])).await.status, 422);
    let password = "sparrow kettle 93 lantern";
    assert!(send(anybody.post(&link).form(&[("password", password)])).await.status.is_redirection());
    let home = server.address("").replace("/api/v1", "/people");
    assert_eq!(send(anybody.get(&home)).await.status, 200, "is signed in");
    // Used up, and what let the account in before is over.
    assert_eq!(send(anybody.post(&link).form(&[("password", password)])).await.status, 404);
    server.get(&server.all, "/accounts").await.refused(401);
    assert_ne!(send(server.browser.get(&home)).await.status, 200);
    let sign_in = server.address("").replace("/api/v1", "/sign-in");
    let form = [("email", "dana@example.com"), ("password", password)];
    assert!(send(anybody.post(sign_in).form(&form)).await.status.is_redirection());
}
