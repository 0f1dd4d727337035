//! What every answer carries, pages and errors alike.

use crate::support::client::{Answer, send};
use crate::support::people::PASSWORD;
use crate::support::{App, People, example, html, on_both};

fn guarded(answer: &Answer) {
    let asked = answer.asked();
    let policy = answer.header("content-security-policy");
    for part in
        ["default-src 'none'", "script-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"]
    {
        assert!(policy.contains(part), "{asked}: {policy:?}");
    }
    assert!(!policy.contains("script-src 'self' '"), "{asked}: {policy:?}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{asked}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{asked}");
    assert!(!answer.header("cache-control").is_empty(), "{asked}");
    if !asked.contains("/assets/") {
        assert_eq!(answer.header("cache-control"), "no-store", "{asked}");
    }
}

async fn every_answer_is_guarded(app: App) {
    let people = People::arrive(&app).await;
    let (mia, nobody) = (&people.mia, app.browser());
    let number = mia.open_with_retro("one", &[]).await;
    let at = format!("/incidents/{number}");
    let mut answers = Vec::new();
    for path in ["/", "/sign-in", "/incidents", "/actions", "/account", "/people", "/nothing", "/health/ready"] {
        answers.push(mia.client.get(path).await);
        answers.push(nobody.get(path).await);
    }
    for path in ["", "/retro", "/retro/review", "/retro/revisions", "/retro/impact/edit"] {
        answers.push(mia.client.get(&format!("{at}{path}")).await.is(200));
    }
    answers.push(mia.client.get("/incidents/none").await);
    answers.push(mia.client.get("/incidents?before=none").await);
    answers.push(mia.client.get("/sign-out").await.is(405));
    answers.push(mia.client.get("/assets/style.css").await.is(200));
    answers.push(mia.client.get("/assets/keys.js").await.is(200));
    answers.push(mia.client.post("/incidents", &[]).await.is(422));
    answers.push(mia.client.post(&format!("{at}/retro/approve"), &[]).await.is(403));
    let big = vec![("x".to_owned(), "x".repeat((4 << 20) + 1000))];
    answers.push(mia.client.submit("/incidents", &big).await.is(413));
    let foreign = mia.client.request("POST", "/incidents").header("origin", "https://evil.example");
    answers.push(send(foreign).await.is(403));
    let json = nobody.request("GET", "/incidents").header("accept", "application/json");
    answers.push(send(json).await.is(401));
    for answer in &answers {
        guarded(answer);
    }
}

async fn downloads_are_never_shown(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[]).await;
    let trace = example("refund/trace.json");
    let names = ["<script>.html", "a\"; filename=\"b.html", "..\\..\\x.svg", "ünïcode\r\nset-cookie: a=b.json"];
    for (n, name) in names.iter().enumerate() {
        let bytes = [&trace[..], " ".repeat(n).as_bytes()].concat();
        mia.client.upload(&format!("/incidents/{number}/evidence"), "trace", name, bytes).await.is(303);
    }
    let page = mia.client.page(&format!("/incidents/{number}")).await;
    assert_eq!(html::live(&page), Vec::<String>::new());
    let links = html::attributes(&page, "a[href*='/evidence/']", "href");
    assert_eq!(links.len(), names.len());
    for link in links {
        let file = mia.client.get(&link).await.is(200);
        guarded(&file);
        assert_eq!(file.header("content-type"), "application/octet-stream");
        let shown = file.header("content-disposition").to_owned();
        let name = shown.strip_prefix("attachment; filename=\"").and_then(|n| n.strip_suffix('"')).expect("a name");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{name}");
        assert_eq!(file.header("set-cookie"), "");
        assert!(file.bytes.starts_with(&trace));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cookies_are_for_this_server_only_and_https_stays_https() {
    for (url, name, secure) in [(None, "hindcast=", false), (Some("https://h.example.com"), "__Host-hindcast=", true)] {
        let app = App::sqlite_with(|c| c.public_url = url.map(str::to_owned)).await;
        let form = [("name", "Dana"), ("email", "dana@example.com"), ("password", PASSWORD)];
        let made = app.browser().post(&app.first_link(), &form).await.is(303);
        let again = app.browser().post("/sign-in", &form).await.is(303);
        for answer in [&made, &again] {
            let cookie = answer.header("set-cookie");
            assert!(cookie.starts_with(name), "{cookie}");
            for part in ["; Path=/;", "; HttpOnly", "; SameSite=Lax"] {
                assert!(cookie.contains(part), "{cookie}");
            }
            assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
            assert_eq!(!answer.header("strict-transport-security").is_empty(), secure, "{}", answer.asked());
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
        // Behind https the cookie without the prefix, which other hosts could set, counts for nothing.
        let cookie = again.header("set-cookie").split(';').next().expect("a pair").to_owned();
        let signed = app.browser().request("GET", "/").header("cookie", &cookie);
        send(signed).await.is(200);
        let plain = cookie.replace("__Host-", "");
        let answer = send(app.browser().request("GET", "/").header("cookie", plain)).await;
        assert_eq!(answer.status, if secure { 303 } else { 200 });
    }
}

on_both! {
    every_answer_is_guarded
    downloads_are_never_shown
}
