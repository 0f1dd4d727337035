use crate::harness::Harness;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn near_misses_are_reviewed_by_programs() {
    let server = Harness::new().await;
    // The examples hold near-misses too, some of this month.
    let months = server.get(&server.approver, "/near-misses").await.is(200);
    let count = |what: &str| months["months"][0][what].as_i64().expect("a number");
    let (before, unreviewed) = (count("near_misses"), count("unreviewed"));
    let near = server.post(&server.writer, "/near-misses", json!({ "title": "Nearly" })).await.is(201);
    let number = near["number"].as_i64().expect("a number");
    let secret = json!({ "title": "Zebra", "restricted": true, "severity": { "level": 4, "reason": "x" } });
    let hidden = server.post(&server.writer, "/incidents", secret).await.is(201);
    let all = server.get(&server.approver, "/near-misses").await.is(200);
    let month = all["month"].as_str().expect("a month").to_owned();
    let items = all["items"].as_array().expect("items");
    assert!(
        items.iter().any(|i| i["number"] == number) && items.iter().all(|i| i["number"] != hidden["number"]),
        "{all}"
    );
    let of_month = &all["months"][0];
    assert_eq!((&of_month["near_misses"], &of_month["unreviewed"]), (&json!(before + 1), &json!(unreviewed + 1)));
    assert_eq!(all["months"].as_array().map(Vec::len), Some(12));

    let path = format!("/incidents/{number}/review");
    server.post(&server.reader, &path, json!({})).await.refused(403);
    let review = server.post(&server.approver, &path, json!({ "note": " seen " })).await.is(200);
    assert_eq!(review["note"], "seen");
    let all = server.get(&server.approver, &format!("/near-misses?month={month}")).await.is(200);
    assert_eq!(all["items"].as_array().and_then(|i| i.last()).map(|i| &i["review"]), Some(&review));
    let back = server.request(&server.writer, Method::DELETE, &path);
    crate::harness::send(back).await.is(204);
    server.post(&server.approver, &path, json!({ "note": "x".repeat(2001) })).await.refused(422);
    server.post(&server.approver, &format!("/incidents/{}/review", hidden["number"]), json!({})).await.refused(404);

    let whole = server.post(&server.approver, &format!("/near-misses/{month}/review"), json!({ "note": "all" })).await;
    assert_eq!(whole.is(200), json!({ "month": month, "marked": unreviewed + 1, "more": false }));
    let all = server.get(&server.writer, "/near-misses").await.is(200);
    assert_eq!((&all["review"]["note"], &all["months"][0]["unreviewed"]), (&json!("all"), &json!(1)));
    server.post(&server.approver, "/near-misses/2999-01/review", json!({})).await.refused(409);
    server.post(&server.approver, "/near-misses/2026-1/review", json!({})).await.refused(404);
    server.get(&server.reader, "/near-misses?month=2026-1").await.refused(422);
    let number = server.open(json!({ "title": "real", "severity": { "level": 2, "reason": "x" } })).await;
    server.post(&server.writer, &format!("/incidents/{number}/review"), json!({})).await.refused(409);
}
