//! An administrator opens a restricted incident in an emergency: with a reason, for a limited time, and in the open.

use crate::support::client::{Answer, Client, send};
use crate::support::people::{PASSWORD, Person, invite};
use crate::support::{App, People, html, on_both};
use jiff::SignedDuration;
use serde_json::{Value, json};

const REASON: &str = "The lead is on a plane and the agent still pays refunds.";

/// Pages and lists that gather several incidents.
const GATHERING: [&str; 13] = [
    "/",
    "/incidents",
    "/incidents?q=zebra",
    "/incidents?status=open",
    "/actions",
    "/actions?view=list",
    "/near-misses",
    "/api/v1/incidents?limit=100",
    "/api/v1/incidents?q=zebra",
    "/api/v1/counts",
    "/api/v1/deadlines",
    "/api/v1/actions",
    "/api/v1/near-misses?month=2026-11",
];

async fn open(client: &Client, number: i64, password: &str) -> Answer {
    let incident = format!("INC-{number}");
    client.post("/emergency-access", &[("incident", &incident), ("reason", REASON), ("password", password)]).await
}

/// What was read of an incident, the first reading first.
async fn read(app: &App) -> Vec<String> {
    let all = app.events().await;
    all.into_iter().filter(|e| e.kind == "incident.emergency_read").map(|e| e.subject).collect()
}

/// A restricted incident of somebody's that names mia as well.
async fn hidden(people: &People, lead: &Person) -> i64 {
    let number =
        lead.open_with_retro("Zebra", &[("restricted", "on"), ("severity", "1"), ("severity_reason", "x")]).await;
    let named = [("account", people.mia.id.as_str()), ("duty", "responder")];
    lead.client.post(&format!("/incidents/{number}/people"), &named).await.is(303);
    number
}

async fn it_needs_a_reason_and_the_password(app: App) {
    let people = People::arrive(&app).await;
    let dana = &people.dana;
    let lead = invite(&app, dana, "responder", "Lee Park", "lee@example.com").await;
    let number = hidden(&people, &lead).await;
    let before = app.changes().await;
    // Whoever does not administer hears the same of any number.
    for person in [&people.ravi, &people.mia, &people.vera] {
        let (there, absent) =
            (open(&person.client, number, PASSWORD).await, open(&person.client, 4711, PASSWORD).await);
        assert_eq!((there.status, &there.body), (absent.is(403).status, &there.body));
    }
    let form = |reason: &'static str| [("incident", "1"), ("reason", reason), ("password", PASSWORD)];
    for (reason, told) in [
        ("", "Reason: it must have 10 to 2000 characters."),
        ("too short", "Reason: it must have 10 to 2000 characters."),
        ("The lead is\u{202e} away", "Reason: it contains an invisible character (U+202E); remove it."),
    ] {
        dana.client.post("/emergency-access", &form(reason)).await.is(422).says(told);
    }
    let wrong = open(&dana.client, number, "wrong").await.is(422).says("Your password is wrong.");
    assert_eq!(html::all(&wrong.body, "textarea[name=reason]"), [REASON], "what was written is not lost");
    // Whether there is such an incident is told to nobody without the password either.
    open(&dana.client, 4711, "wrong").await.is(422);
    open(&dana.client, 4711, PASSWORD).await.is(422).says("there is no INC-4711");
    dana.client.get(&format!("/incidents/{number}")).await.is(404);
    assert_eq!(app.changes().await, before);
    // After too many wrong ones, not even the right one counts.
    for _ in 0..10 {
        open(&dana.client, number, "wrong").await.is(422);
    }
    open(&dana.client, number, PASSWORD).await.is(429);
    app.wait(SignedDuration::from_mins(16));
    open(&dana.client, number, PASSWORD).await.is(303);
    open(&dana.client, number, PASSWORD)
        .await
        .is(409)
        .says("You have emergency access to INC-1 already, until 2026-11-25 14:16 UTC");
    let open_to_all = lead.open("Open to all", &[]).await;
    open(&dana.client, open_to_all, PASSWORD).await.is(409).says("You can read INC-2 without emergency access");
}

async fn it_reads_one_incident_and_everything_read_is_recorded(app: App) {
    let people = People::arrive(&app).await;
    let (dana, mia) = (&people.dana, &people.mia);
    let lead = invite(&app, dana, "responder", "Lee Park", "lee@example.com").await;
    let ada = invite(&app, dana, "administrator", "Ada Bell", "ada@example.com").await;
    let number = hidden(&people, &lead).await;
    let at = format!("/incidents/{number}");
    let mut before = Vec::new();
    for page in GATHERING {
        before.push(dana.client.page(page).await);
    }
    let opened = open(&dana.client, number, PASSWORD).await.is(303);
    assert_eq!(opened.leads(), at);
    for (page, before) in GATHERING.iter().zip(before) {
        assert_eq!(dana.client.page(page).await, before, "{page} is as before");
    }
    assert_eq!(read(&app).await, Vec::<String>::new(), "nothing was read yet");
    let page = dana.client.get(&at).await.is(200).says("You opened this restricted incident with emergency access.");
    let page = page.says("It ends at 2026-11-25 14:00 UTC. The people named were told").body;
    let forms = html::attributes(&page, "main form", "action");
    let end = format!("{at}/emergency-access/1/end");
    assert!(forms.iter().all(|f| *f == end), "nothing can be changed: {forms:?}");
    dana.client.get(&at).await.is(200);
    dana.client.get(&format!("{at}/retro")).await.is(200).says("emergency access");
    let evidence = html::attributes(&page, "a[href*='/evidence/']", "href").pop().expect("a file");
    let (markdown, api) = (format!("/api/v1{at}/retro.md"), format!("/api/v1{at}"));
    for given_out in [&evidence, &evidence, &markdown, &markdown, &api, &api] {
        dana.client.get(given_out).await.is(200);
    }
    let exported = format!("{api}/retro");
    for form in ["text/markdown", "text/html"] {
        send(dana.client.request("GET", &exported).header("accept", form)).await.is(200);
    }
    send(dana.client.request("HEAD", &format!("{at}/affected"))).await.is(200);
    let (retro, affected) = (format!("{at}/retro"), format!("{at}/affected"));
    let expected = [&at, &retro, &evidence, &evidence, &markdown, &markdown, &api, &exported, &exported, &affected];
    assert_eq!(read(&app).await.iter().collect::<Vec<_>>(), expected);
    // It reads; whatever changes, approves or is a form to change is not there.
    let changes = app.changes().await;
    for path in ["details", "restricted", "people", "tags", "retro/approve", "retro/redraft", "severity/confirm"] {
        let form = [
            ("title", "x"),
            ("account", dana.id.as_str()),
            ("duty", "lead"),
            ("tag", "x"),
            ("reason", "x"),
            ("revision", "1"),
        ];
        dana.client.post(&format!("{at}/{path}"), &form).await.is(404);
    }
    dana.client.get(&format!("{at}/retro/impact/edit")).await.is(404);
    // Neither a token of the same administrator nor another administrator reads it.
    let program = dana.program(&app, &["read", "write", "approve", "administer"]).await;
    let after_token = app.changes().await;
    assert_eq!(after_token, changes + 1, "the token");
    for client in [&program, &ada.client, &people.ravi.client] {
        for path in [&at, &api, &evidence, &markdown] {
            client.get(path).await.is(404);
        }
    }
    let asked = json!({ "incident": number, "reason": REASON, "password": PASSWORD });
    send(program.request("POST", "/api/v1/emergency-access").json(&asked)).await.is(403);
    assert_eq!(app.changes().await, after_token);
    // It shows to those named: as a reminder, on the page, in what happened.
    for person in [&lead, mia] {
        person
            .client
            .get("/notices")
            .await
            .is(200)
            .says("Dana Osei reads this restricted incident with emergency access");
        person.client.get("/").await.is(200).says(REASON);
        let page = person.client.get(&at).await.is(200).says("opened the incident with emergency access until");
        page.says(&format!("read {evidence} with emergency access")).says(REASON);
    }
    for person in [&people.ravi, &people.vera] {
        let notices = person.client.page("/notices").await;
        assert!(!notices.contains("Dana Osei reads"), "{}", person.name);
    }
    // A person named withdraws it; it is over at once.
    mia.client.post(&end, &[]).await.is(303);
    dana.client.get(&at).await.is(404);
    dana.client.post(&end, &[]).await.is(409);
    // Administrators see all there was, and no more of the incident than its number.
    let list = ada.client.get("/emergency-access").await.is(200).says("Mia Lindqvist withdrew it").says(REASON);
    assert!(!list.body.contains("Zebra"));
    let page: Value = serde_json::from_str(&program.page("/api/v1/emergency-access").await).expect("JSON");
    assert_eq!((&page["items"][0]["incident"], &page["items"][0]["ending"]), (&json!(number), &json!("withdrawn")));
    let of = mia.client.page(&format!("{api}/emergency-access")).await;
    assert_eq!(serde_json::from_str::<Value>(&of).expect("JSON")["items"], page["items"]);
}

async fn it_ends(app: App) {
    let people = People::arrive(&app).await;
    let dana = &people.dana;
    let lead = invite(&app, dana, "responder", "Lee Park", "lee@example.com").await;
    let ada = invite(&app, dana, "administrator", "Ada Bell", "ada@example.com").await;
    let number = hidden(&people, &lead).await;
    let at = format!("/incidents/{number}");
    let end = |id: i64| format!("{at}/emergency-access/{id}/end");
    // By the administrator alone, and not under another incident's number.
    open(&dana.client, number, PASSWORD).await.is(303);
    ada.client.post(&end(1), &[]).await.is(404);
    people.ravi.client.post(&end(1), &[]).await.is(404);
    dana.client.post(&format!("/incidents/{}/emergency-access/1/end", number + 1), &[]).await.is(404);
    assert_eq!(dana.client.post(&end(1), &[]).await.is(303).leads(), "/emergency-access");
    dana.client.get(&at).await.is(404);
    // By a token of somebody named who writes.
    open(&dana.client, number, PASSWORD).await.is(303);
    let program = lead.program(&app, &["read", "write"]).await;
    send(program.request("DELETE", &format!("/api/v1{at}/emergency-access/2"))).await.is(204);
    dana.client.get(&at).await.is(404);
    // With the role, which does not bring it back.
    open(&ada.client, number, PASSWORD).await.is(303);
    ada.client.get(&at).await.is(200);
    for role in ["approver", "administrator"] {
        dana.client.post(&format!("/people/{}/role", ada.id), &[("role", role)]).await.is(303);
        ada.client.get(&at).await.is(404);
    }
    lead.client.get(&at).await.is(200).says("ended with the administrator role");
    // By itself.
    open(&dana.client, number, PASSWORD).await.is(303);
    app.wait(SignedDuration::from_hours(4) - SignedDuration::from_secs(1));
    dana.client.get(&at).await.is(200);
    app.wait(SignedDuration::from_secs(1));
    dana.client.get(&at).await.is(404);
    lead.client.get(&at).await.is(200).says("expired");
    // All of it is listed, page by page.
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = dana.client.page(&format!("/api/v1/emergency-access?limit=3{cursor}")).await;
        let page: Value = serde_json::from_str(&page).expect("JSON");
        ids.extend(page["items"].as_array().expect("items").iter().filter_map(|g| g["id"].as_i64()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(ids, [4, 3, 2, 1]);
}

/// Over the API as on the pages: a person in a browser opens, with the password.
async fn it_is_opened_over_the_api_in_person(app: App) {
    let people = People::arrive(&app).await;
    let lead = invite(&app, &people.dana, "responder", "Lee Park", "lee@example.com").await;
    let number = hidden(&people, &lead).await;
    let ask = async |client: &Client, incident: i64, reason: &str, password: &str| {
        let asked = json!({ "incident": incident, "reason": reason, "password": password });
        send(client.request("POST", "/api/v1/emergency-access").json(&asked)).await
    };
    let dana = &people.dana.client;
    let short: Value = serde_json::from_str(&ask(dana, number, "short", PASSWORD).await.is(422).body).expect("JSON");
    assert_eq!(short["errors"][0]["field"], "reason");
    let wrong: Value = serde_json::from_str(&ask(dana, number, REASON, "wrong").await.is(422).body).expect("JSON");
    assert_eq!(wrong["errors"][0]["field"], "password");
    ask(&people.ravi.client, number, REASON, PASSWORD).await.is(403);
    let absent: Value = serde_json::from_str(&ask(dana, 4711, REASON, PASSWORD).await.is(422).body).expect("JSON");
    assert_eq!(absent["errors"][0]["field"], "incident");
    let made: Value = serde_json::from_str(&ask(dana, number, REASON, PASSWORD).await.is(200).body).expect("JSON");
    assert_eq!((&made["expires_at"], &made["by"]), (&json!("2026-11-25T14:00:00Z"), &json!("Dana Osei")));
    ask(dana, number, REASON, PASSWORD).await.is(409);
    // A wrong password on the way to a restricted incident is a failed sign-in in the log.
    let refused = app.refusals("sign_in.failed", 1).await;
    assert_eq!(refused[0].subject, people.dana.id);
}

on_both! {
    it_needs_a_reason_and_the_password
    it_reads_one_incident_and_everything_read_is_recorded
    it_ends
    it_is_opened_over_the_api_in_person
}
