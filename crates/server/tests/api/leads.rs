use crate::harness::{Harness, send};
use reqwest::Method;
use serde_json::{Value, json};

/// A retro with one lead: nobody has judged coding sessions.
async fn with_lead(server: &Harness) -> (String, Value) {
    let number = server.open(json!({ "title": "Refund" })).await;
    server.upload(number, "trace", "refund/trace.json").await.is(201);
    let to = format!("/incidents/{number}/evidence?kind=facts&name=facts.yaml");
    let request = server.request(&server.writer, Method::POST, &to).header("Content-Type", "application/octet-stream");
    send(request.body("kind: coding\n")).await.is(201);
    let retro = format!("/incidents/{number}/retro");
    let begun = send(server.request(&server.writer, Method::POST, &retro)).await.is(201);
    assert_eq!(begun["draft"]["session"]["kind"], "coding");
    assert_eq!(begun["draft"]["behavior"]["findings"], json!([]));
    (retro, begun["draft"]["behavior"]["leads"][0]["statement"]["id"].clone())
}

#[tokio::test]
async fn a_lead_is_promoted_dismissed_and_opened_again() {
    let server = Harness::new().await;
    let (retro, id) = with_lead(&server).await;
    let lead = format!("{retro}/leads/{}", id.as_str().expect("an id"));
    let decide = async |body: Value| server.post(&server.writer, &lead, body).await;
    let fault = decide(json!({ "decision": "dismissed" })).await.refused(422);
    assert_eq!(fault["errors"][0]["field"], "reason");
    decide(json!({ "decision": "maybe" })).await.refused(422);
    server
        .post(&server.writer, &format!("{retro}/leads/st_none"), json!({ "decision": "promoted" }))
        .await
        .refused(404);
    server.post(&server.reader, &lead, json!({ "decision": "promoted" })).await.refused(403);

    let dismissed = decide(json!({ "decision": "dismissed", "reason": "a test" })).await.is(200);
    let statement = &dismissed["draft"]["behavior"]["leads"][0]["statement"];
    assert_eq!((&statement["verdict"], &statement["reason"]), (&json!("rejected"), &json!("a test")));
    let again = server.post(&server.writer, &format!("{retro}/redraft"), json!({})).await.is(200);
    assert_eq!(&again["draft"]["behavior"]["leads"][0]["statement"], statement);

    let promoted = decide(json!({ "decision": "promoted" })).await.is(200);
    let finding = &promoted["draft"]["behavior"]["findings"][0];
    assert_eq!((&finding["statement"]["id"], &finding["promoted"]), (&id, &json!(true)));
    assert_eq!(promoted["draft"]["behavior"]["leads"], json!([]));
    assert_eq!(promoted["draft"]["actions"]["items"][0]["findings"], json!([id]));
    let again = server.post(&server.writer, &format!("{retro}/redraft"), json!({})).await.is(200);
    assert_eq!(&again["draft"]["behavior"]["findings"][0], finding);

    let open = decide(json!({ "decision": "open" })).await.is(200);
    assert_eq!(open["draft"]["behavior"]["findings"], json!([]));
    assert_eq!(open["draft"]["behavior"]["leads"][0]["statement"]["verdict"], "open");
    // With other statements of its section it is not promoted, since other sections follow it.
    let section = format!("{retro}/sections/behavior");
    let edit = json!({ "decisions": [{ "id": id, "verdict": "confirmed" }] });
    let fault = server.patch(&server.writer, &section, "*", edit).await.refused(422);
    assert!(fault["errors"][0]["field"].as_str().is_some_and(|f| f.ends_with(".verdict")), "{fault}");
    let revisions = server.get(&server.writer, &format!("{retro}/revisions")).await.is(200);
    let changes: Vec<&str> =
        revisions["items"].as_array().expect("items").iter().rev().filter_map(|r| r["change"].as_str()).collect();
    // The second redraft changed nothing, so that it is no revision.
    assert_eq!(changes, ["drafted", "lead_dismissed", "redrafted", "lead_promoted", "lead_reopened"]);
}
