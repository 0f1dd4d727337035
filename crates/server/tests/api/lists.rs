//! Lists come page by page, each entry once.

use crate::harness::{Harness, send};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Lists that come whole, and why they are short.
const WHOLE: [(&str, &str); 5] = [
    ("/incidents/{number}/emergency-access", "one for every four hours of an emergency"),
    ("/incidents/{number}/deadlines", "what the policy asks of one incident: a handful"),
    ("/incidents/{number}/recurrences", "incidents that people told to be the same failure: a handful"),
    ("/near-misses", "a month, which is reviewed as a whole"),
    ("/incidents/{number}/actions", "section 7 of one retro, which is written and read as a whole"),
];

/// Lists that come page by page, with the limit of a page that makes several of them.
const PAGED: [(&str, u32); 16] = [
    ("/incidents", 3),
    ("/deadlines", 2),
    ("/people", 2),
    ("/actions", 2),
    ("/incidents/{number}/events", 1),
    ("/incidents/{number}/evidence", 1),
    ("/incidents/{number}/affected", 2),
    ("/incidents/{number}/retro/revisions", 1),
    ("/accounts", 2),
    ("/accounts/invitations", 2),
    ("/accounts/logins", 1),
    ("/accounts/tokens", 1),
    ("/account/logins", 1),
    ("/account/tokens", 1),
    ("/jobs", 2),
    ("/affected-by-status", 2),
];

/// Every list of the document: its path, and whether it comes page by page.
fn lists(document: &Value) -> BTreeSet<(String, bool)> {
    let mut found = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let schema = &methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
        let Some(name) = schema.as_str().and_then(|r| r.strip_prefix("#/components/schemas/")) else { continue };
        let fields = document["components"]["schemas"][name]["properties"].as_object();
        if fields.is_some_and(|f| f.contains_key("items")) {
            let path = path.strip_prefix("/api/v1").expect("a path").to_owned();
            found.insert((path, fields.is_some_and(|f| f.contains_key("next"))));
        }
    }
    found
}

#[tokio::test]
async fn every_list_comes_page_by_page_or_is_short() {
    let paged =
        PAGED.iter().filter(|(path, _)| *path != "/affected-by-status").map(|(path, _)| ((*path).to_owned(), true));
    // One's own reminders are gone through page by page where somebody is reminded, in `notices`.
    // Emergency access is gone through where there is some, in the journey of it.
    let paged = paged.chain([("/notices".to_owned(), true), ("/emergency-access".to_owned(), true)]);
    let whole = WHOLE.iter().map(|(path, _)| ((*path).to_owned(), false));
    let document = Harness::new().await.document().await;
    assert_eq!(lists(&document), paged.chain(whole).collect());
}

/// A server with several entries in each of its lists.
async fn filled() -> (Harness, i64, Vec<Client>) {
    let server = Harness::new().await;
    for nth in 0..5 {
        server.open(json!({ "title": format!("Number {nth}"), "severity": { "level": 1, "reason": "x" } })).await;
    }
    let number = server.example("invented claim number").await;
    let more = |nth: usize| json!([{ "role": "user", "content": format!("number {nth}") }]).to_string();
    for nth in 0..3 {
        let to = format!("/incidents/{number}/evidence?name=more {nth}");
        let request = server.request(&server.writer, Method::POST, &to);
        send(request.header("Content-Type", "application/octet-stream").body(more(nth))).await.is(201);
        let impact = format!("/incidents/{number}/retro/sections/impact");
        server.patch(&server.writer, &impact, "*", json!({ "notes": format!("Note {nth}") })).await.is(200);
        server.post(&server.all, "/accounts/invitations", json!({ "role": "viewer" })).await.is(201);
    }
    server.import(number, "text/csv", "session\na\nb\nc\nd\ne\n").await.is(201);
    let second = format!("/incidents/{number}/affected/2");
    server.patch(&server.writer, &second, "*", json!({ "status": "told" })).await.is(200);
    let browsers = vec![server.another_browser().await, server.another_browser().await];
    (server, number, browsers)
}

#[tokio::test]
async fn each_entry_stands_on_one_page() {
    let (server, number, _browsers) = filled().await;
    for (list, limit) in PAGED {
        let (path, filter) = match list {
            "/affected-by-status" => (format!("/incidents/{number}/affected"), "&status=to_tell"),
            other => (other.replace("{number}", &number.to_string()), ""),
        };
        let by_browser = path.starts_with("/account/");
        let get = async |query: &str| -> Value {
            let to = format!("{path}?{query}{filter}");
            match by_browser {
                true => send(server.browser.get(server.address(&to))).await.is(200),
                false => server.get(&server.all, &to).await.is(200),
            }
        };
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = get(&format!("limit={limit}{cursor}")).await;
            let items = page["items"].as_array().expect("items");
            assert!(items.len() <= limit as usize, "{list}");
            seen.extend(items.iter().cloned());
            pages += 1;
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let all = get("limit=100").await;
        // When a browser or a token was last used may change between two requests.
        let plain = |items: &Value| {
            let mut items = items.clone();
            for item in items.as_array_mut().expect("items") {
                let item = item.as_object_mut().expect("an entry");
                item.remove("seen_at");
                item.remove("used_at");
            }
            items
        };
        assert_eq!(plain(&json!(seen)), plain(&all["items"]), "{list}");
        assert!(pages > 1 && seen.len() > limit as usize, "{list}: {pages} pages");
        for bad in ["limit=0", "limit=101", "limit=x", "cursor=x", "unknown=1"] {
            let to = format!("{path}?{bad}");
            let told = match by_browser {
                true => send(server.browser.get(server.address(&to))).await,
                false => server.get(&server.all, &to).await,
            };
            told.refused(422);
        }
    }
}

#[tokio::test]
async fn incidents_are_narrowed() {
    let (server, _, _browsers) = filled().await;
    let some = server.get(&server.writer, "/incidents?q=NUMBER%203&status=open").await.is(200);
    assert_eq!(some["items"].as_array().map(Vec::len), Some(1));
    for bad in ["severity=5", "status=over", "q=%00"] {
        server.get(&server.writer, &format!("/incidents?{bad}")).await.refused(422);
    }
}

#[tokio::test]
async fn what_is_due_and_how_many_there_are_is_told() {
    let (server, _, _browsers) = filled().await;
    let due = server.get(&server.writer, "/deadlines?limit=100").await.is(200);
    let due = due["items"].as_array().expect("items");
    assert!(due.iter().map(|d| d["at"].as_str().expect("a time")).is_sorted(), "the most urgent first");
    assert!(due.iter().any(|d| d["title"] == "Number 3" && d["mine"] == true && d["severity"] == 1));
    let counts = server.get(&server.reader, "/counts").await.is(200);
    let levels: i64 = counts["by_severity"].as_array().expect("four").iter().filter_map(Value::as_i64).sum();
    let all = server.get(&server.writer, "/incidents?limit=100").await.is(200);
    let all = all["items"].as_array().expect("items");
    assert_eq!(levels + counts["undecided"].as_i64().expect("a number"), all.len() as i64);
    assert_eq!(counts["unclosed"], all.iter().filter(|i| i["status"] != "closed").count());
}
