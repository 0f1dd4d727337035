use crate::harness::{Harness, send};
use reqwest::Method;
use serde_json::{Value, json};

/// From an uploaded trace to an approved retro, with a conflicting edit.
async fn from_trace_to_approved(server: Harness) {
    let number = server.open(json!({ "title": "Refund", "severity": { "level": 2, "reason": "a customer" } })).await;
    let retro = format!("/incidents/{number}/retro");
    server.post(&server.writer, &retro, json!({})).await.refused(409);
    server.upload(number, "trace", "refund/trace.json").await.is(201);
    server.upload(number, "facts", "refund/facts.yaml").await.is(201);
    let begun = send(server.request(&server.writer, Method::POST, &retro)).await.is(201);
    assert_eq!((&begun["state"], &begun["revision"]), (&json!("draft"), &json!(1)));
    server.post(&server.writer, &retro, json!({})).await.refused(409);
    let read = server.get(&server.writer, &retro).await.is(200);
    assert_eq!((&begun["draft"], &begun["sections"]), (&read["draft"], &read["sections"]));
    assert_eq!(
        begun.as_object().map(|o| o.keys().collect::<Vec<_>>()),
        read.as_object().map(|o| o.keys().collect::<Vec<_>>())
    );

    let behavior = format!("{retro}/sections/behavior");
    let tag = server.get(&server.writer, &behavior).await.header("etag").to_owned();
    let findings = begun["draft"]["behavior"]["findings"].as_array().expect("findings");
    let decide = |verdict: &str| -> Vec<Value> {
        findings.iter().map(|f| json!({ "id": f["statement"]["id"], "verdict": verdict })).collect()
    };
    let fault = server.patch(&server.writer, &behavior, &tag, json!({ "decisions": decide("rejected") })).await;
    assert!(fault.refused(422)["errors"][0]["field"].as_str().is_some_and(|f| f.ends_with(".reason")));
    server.patch(&server.writer, &behavior, &tag, json!({ "decisions": decide("confirmed") })).await.is(200);

    // The second of two sees both texts, and nothing is lost.
    let impact = format!("{retro}/sections/impact");
    server.patch(&server.writer, &impact, "\"v1\"", json!({ "notes": "Mine" })).await.is(200);
    let conflict = server.patch(&server.approver, &impact, "\"v1\"", json!({ "notes": "Theirs" })).await.refused(412);
    assert_eq!(conflict["current"]["version"], 2);
    let lines = conflict["difference"].as_array().expect("a difference");
    let of = |kind: &str| lines.iter().filter(|l| l["kind"] == kind).map(|l| l["text"].clone()).collect::<Vec<_>>();
    assert_eq!((of("removed"), of("added")), (vec![json!("note: Mine")], vec![json!("note: Theirs")]));
    send(server.request(&server.approver, Method::PATCH, &impact).json(&json!({ "notes": "x" }))).await.refused(428);

    let approve = async |token: &str, tag: &str| {
        let request = server.request(token, Method::POST, &format!("{retro}/approve"));
        send(if tag.is_empty() { request } else { request.header("If-Match", tag) }).await
    };
    let current = async || server.get(&server.approver, &retro).await.header("etag").to_owned();
    let waive = async |path: &str, tag: &str, reason: &str| {
        let request = server.request(&server.writer, Method::POST, path).json(&json!({ "reason": reason }));
        send(if tag.is_empty() { request } else { request.header("If-Match", tag) }).await
    };
    let read = current().await;
    assert_eq!(read, "\"v3\"");
    approve(&server.writer, &read).await.refused(403);
    approve(&server.approver, "").await.refused(428);
    approve(&server.approver, "*").await.refused(400);
    approve(&server.approver, &read).await.refused(409);
    server.post(&server.writer, &format!("{retro}/submit"), json!({})).await.is(200);
    approve(&server.all, &read).await.refused(409);
    let gate = server.get(&server.approver, &format!("{retro}/gate")).await.is(200);
    assert_eq!(gate["no_approval"], Value::Null);
    let open: Vec<&str> = gate["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .filter(|r| !r["faults"].as_array().is_none_or(Vec::is_empty))
        .filter_map(|r| r["rule"].as_str())
        .collect();
    assert!(!open.is_empty() && !open.contains(&"findings-decided") && !open.contains(&"bases-hold"), "{open:?}");
    assert_eq!(gate["open"], open.len());
    assert_eq!(gate["revision"], 3);
    approve(&server.approver, &read).await.refused(409);
    for rule in &open {
        server.post(&server.writer, &format!("{retro}/waivers/{rule}"), json!({ "reason": " " })).await.refused(422);
        let waiver = format!("{retro}/waivers/{rule}");
        waive(&waiver, "", "agreed").await.refused(428);
        waive(&waiver, "*", "agreed").await.refused(400);
        waive(&waiver, "\"v2\"", "agreed").await.refused(412);
        waive(&waiver, &current().await, "agreed").await.is(204);
    }
    server.post(&server.writer, &format!("{retro}/waivers/none"), json!({ "reason": "agreed" })).await.refused(404);
    let waivers = server.get(&server.approver, &format!("{retro}/gate")).await.is(200);
    let waived = waivers["rules"].as_array().expect("rules").iter().find(|r| r["rule"] == open[0]).expect("the rule");
    assert_eq!((&waived["waiver"]["applies"], &waived["waiver"]["faults"]), (&json!(true), &waived["faults"]));
    // What was read had no waivers: the one who approves is told who waived what.
    let stale = approve(&server.approver, &read).await.refused(412);
    assert!(stale["detail"].as_str().is_some_and(|d| d.contains("Dana Osei waived a check:")), "{stale}");
    let approved = approve(&server.approver, &current().await).await.is(200);
    assert_eq!((&approved["state"], &approved["approved"]["by"]), (&json!("approved"), &json!("Second Person")));

    server.patch(&server.writer, &impact, "*", json!({ "notes": "Late" })).await.refused(409);
    server.post(&server.writer, &format!("{retro}/redraft"), json!({})).await.refused(409);
    server.post(&server.writer, &format!("{retro}/reopen"), json!({ "reason": "more came to light" })).await.is(200);
    // Waivers ended with the text that they were for; a new one is taken back.
    let waiver = format!("{retro}/waivers/{}", open[0]);
    waive(&waiver, &current().await, "still agreed").await.is(204);
    let unwaive = async |tag: &str| {
        let request = server.request(&server.writer, Method::DELETE, &waiver);
        send(if tag.is_empty() { request } else { request.header("If-Match", tag) }).await
    };
    unwaive("").await.refused(428);
    unwaive("\"v2\"").await.refused(412);
    unwaive(&current().await).await.is(204);
    server.delete(&server.writer, &format!("{retro}/waivers/{}", open[0])).await.refused(404);
    let anew = server.post(&server.writer, &format!("{retro}/redraft"), json!({})).await.is(200);
    assert!(anew["draft"]["notes"].to_string().contains("Mine"), "a person's words stay");

    let revisions = server.get(&server.writer, &format!("{retro}/revisions")).await.is(200);
    let changes: Vec<&str> =
        revisions["items"].as_array().expect("items").iter().rev().filter_map(|r| r["change"].as_str()).collect();
    let texts: Vec<&str> = changes.iter().copied().filter(|c| !c.starts_with("waive")).collect();
    assert_eq!(texts, ["drafted", "behavior", "impact", "redrafted"]);
    assert_eq!(changes.len(), texts.len() + open.len() + 2, "waivers are revisions as well");
    let third = server.get(&server.writer, &format!("{retro}/revisions/3")).await.is(200);
    assert_eq!(third["changed"][0]["section"], "impact");
    assert!(third["changed"].to_string().contains("note: Mine"));
    let markdown = server.get(&server.writer, &format!("{retro}.md")).await;
    assert!(markdown.text.starts_with("# "), "{}", &markdown.text[..80]);
    let accepted = server.request(&server.writer, Method::GET, &retro).header("Accept", "text/markdown");
    assert_eq!(send(accepted).await.text, markdown.text);
    let page = server.get(&server.writer, &format!("{retro}.html")).await;
    assert!(page.header("content-type").starts_with("text/html") && page.text.contains("<html"));
    let events = server.get(&server.writer, &format!("/incidents/{number}/events")).await.is(200);
    assert!(events["items"].as_array().expect("items").iter().any(|e| e["kind"] == "retro.approved"));
}

#[tokio::test]
async fn a_trace_becomes_an_approved_retro() {
    from_trace_to_approved(Harness::new().await).await;
}

#[tokio::test]
async fn a_trace_becomes_an_approved_retro_on_postgres() {
    if let Some(server) = Harness::postgres("api_journey").await {
        from_trace_to_approved(server).await;
    }
}

#[tokio::test]
async fn of_several_sessions_one_is_chosen() {
    let server = Harness::new().await;
    let number = server.open(json!({ "title": "Two" })).await;
    server.upload(number, "trace", "refund/trace.json").await.is(201);
    server.upload(number, "trace", "injection/trace.json").await.is(201);
    let retro = format!("/incidents/{number}/retro");
    let choose = server.post(&server.writer, &retro, json!({})).await.refused(409);
    let sessions = choose["sessions"].as_array().expect("sessions");
    assert_eq!(sessions.len(), 2);
    server.post(&server.writer, &retro, json!({ "session": "none" })).await.refused(404);
    let begun = server.post(&server.writer, &retro, json!({ "session": sessions[1]["key"] })).await.is(201);
    assert_eq!(begun["draft"]["session"]["key"], sessions[1]["key"]);
}

#[tokio::test]
async fn an_action_closes_with_its_proof() {
    let server = Harness::new().await;
    let closed = async || {
        let all = server.get(&server.writer, "/actions?state=closed").await.is(200);
        all["items"].as_array().map_or(0, Vec::len)
    };
    let before = closed().await;
    let all = server.get(&server.writer, "/actions?state=open&limit=100").await.is(200);
    let first = &all["items"][0];
    let path = format!("/incidents/{}/actions/{}", first["incident"], first["id"].as_str().expect("an id"));
    let tag = server.get(&server.writer, &path).await.header("etag").to_owned();
    server.patch(&server.writer, &path, &tag, json!({ "state": "closed" })).await.refused(422);
    let mail = json!({ "state": "closed", "proof": { "kind": "link", "reference": "javascript:alert(1)" } });
    server.patch(&server.writer, &path, &tag, mail).await.refused(422);
    let proof = json!({ "kind": "link", "reference": "https://git.example/pull/7" });
    let over = server.patch(&server.writer, &path, &tag, json!({ "state": "closed", "proof": proof })).await.is(200);
    assert_eq!(
        (&over["state"], &over["proof"], &over["closed"]["by"]),
        (&json!("closed"), &proof, &json!("Dana Osei"))
    );
    server.patch(&server.writer, &path, &tag, json!({ "state": "open" })).await.refused(412);
    assert_eq!(closed().await, before + 1);
}
