use crate::harness::{Answer, Harness};
use serde_json::{Value, json};
use std::time::Duration;

/// Asks until the server, which does its jobs by itself, has done some.
async fn until(ask: impl AsyncFn() -> Answer, enough: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..500 {
        let told = ask().await.is(200);
        if enough(&told) {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody was reminded of anything");
}

/// An incident whose deadlines have passed.
fn late(title: &str) -> Value {
    let severity = json!({ "level": 1, "reason": "money was lost" });
    json!({ "title": title, "severity": severity, "aware_at": "2020-01-06T10:00:00Z" })
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("items")
}

#[tokio::test]
async fn reminders_are_listed_and_marked_as_read() {
    let server = Harness::new().await;
    for title in ["one", "two"] {
        server.open(late(title)).await;
    }
    let jobs = async || server.get(&server.all, "/jobs?state=waiting&limit=100").await;
    let is_late = |job: &Value| job["run_at"].as_str() <= job["created_at"].as_str();
    assert!(items(&jobs().await.is(200)).iter().any(is_late), "there is something to do");
    until(jobs, |page| !items(page).iter().any(is_late)).await;
    let all = server.get(&server.reader, "/notices?limit=100").await.is(200);
    let ids: Vec<i64> = items(&all).iter().map(|n| n["id"].as_i64().expect("a number")).collect();
    assert!(ids.len() > 2 && ids.is_sorted_by(|a, b| a > b), "{all}");
    let one = &items(&all)[0];
    assert_eq!((&one["read_at"], one["title"].as_str().map(str::is_empty)), (&Value::Null, Some(false)), "{one}");
    let first = server.get(&server.reader, "/notices?limit=1").await.is(200);
    let next = format!("/notices?limit=1&cursor={}", first["next"].as_str().expect("another page"));
    assert_eq!(items(&server.get(&server.reader, &next).await.is(200))[0]["id"], ids[1]);
    let done = async || {
        let page = server.get(&server.reader, "/notices?read=true&limit=100").await.is(200);
        items(&page).iter().map(|n| n["id"].as_i64().expect("a number")).collect::<Vec<_>>()
    };
    let before = done().await;
    let open: Vec<i64> = ids.iter().copied().filter(|id| !before.contains(id)).collect();
    // Who reads may mark their own, and nobody else's.
    let read = format!("/notices/{}/read", open[1]);
    server.post(&server.approver, &read, json!({})).await.refused(404);
    for _ in 0..2 {
        assert_eq!(server.post(&server.reader, &read, json!({})).await.is(204), Value::Null);
    }
    assert_eq!(done().await, [&[open[1]], &before[..]].concat());
    server.post(&server.reader, "/notices/read", json!({})).await.refused(422);
    server.post(&server.reader, "/notices/read", json!({ "last": open[1] })).await.is(204);
    let left = server.get(&server.reader, "/notices?read=false&limit=100").await.is(200);
    assert_eq!(items(&left).iter().map(|n| n["id"].as_i64()).collect::<Vec<_>>(), [Some(open[0])]);
}

#[tokio::test]
async fn jobs_are_listed_by_administrators() {
    let server = Harness::new().await;
    server.open(late("one")).await;
    let done = until(async || server.get(&server.all, "/jobs?state=done").await, |page| !items(page).is_empty()).await;
    let job = &items(&done)[0];
    assert_eq!((&job["attempts"], &job["last_error"], &job["state"]), (&json!(1), &json!(""), &json!("done")));
    server.post(&server.all, &format!("/jobs/{}/retry", job["id"]), json!({})).await.refused(409);
    server.post(&server.all, "/jobs/4711/retry", json!({})).await.refused(404);
    server.get(&server.all, "/jobs?state=lost").await.refused(422);
    server.get(&server.approver, "/jobs").await.refused(403);
    let first = server.get(&server.all, "/jobs?limit=1").await.is(200);
    let next = format!("/jobs?limit=1&cursor={}", first["next"].as_str().expect("another page"));
    let second = server.get(&server.all, &next).await.is(200);
    let (one, two) = (&items(&first)[0]["id"], &items(&second)[0]["id"]);
    assert_eq!(two.as_i64().map(|id| id + 1), one.as_i64());
}
