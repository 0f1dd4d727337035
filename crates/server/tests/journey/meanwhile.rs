//! What closes an incident or confirms a severity still holds when it is done, whatever somebody else does meanwhile.

use crate::support::app::NOW;
use crate::support::client::send;
use crate::support::people::Person;
use crate::support::{Answer, App, People, on_both};
use hindcast_retro::record::gate::RULES;
use hindcast_retro::record::people::Role;
use hindcast_store::retros::{self, State};
use hindcast_store::{Act, Tx, Viewer, incidents};
use std::time::Duration;

/// Makes a request while somebody else's change has been made and is not there for others yet.
async fn meanwhile(tx: Tx, request: impl Future<Output = Answer>) -> Answer {
    let slowly = async {
        tokio::time::sleep(Duration::from_millis(800)).await;
        tx.commit().await.expect("commits");
    };
    tokio::join!(request, slowly).0
}

fn viewer(person: &Person, role: Role) -> Viewer {
    Viewer { account: person.id.clone(), name: person.name.clone(), role, ..Viewer::system() }
}

fn act(viewer: &Viewer) -> Act<'_> {
    Act { by: viewer, at: NOW.parse().expect("a time") }
}

const SEV_4: [(&str, &str); 2] = [("severity", "4"), ("severity_reason", "nothing happened")];
const CLOSE: [(&str, &str); 1] = [("status", "closed")];

async fn an_incident_does_not_close_over_a_severity_that_was_just_raised(app: App) {
    let people = People::arrive(&app).await;
    let ravi = viewer(&people.ravi, Role::Approver);
    let program = people.mia.program(&app, &["read", "write"]).await;
    for by_api in [false, true] {
        let number = people.mia.open("one", &SEV_4).await;
        let mut tx = app.store().begin().await.expect("begins");
        incidents::set_severity(&mut tx, act(&ravi), number, None, Some(1), "money").await.expect("raises");
        let closing = async {
            if !by_api {
                return people.mia.client.post(&format!("/incidents/{number}/status"), &CLOSE).await;
            }
            let change = program.request("PATCH", &format!("/api/v1/incidents/{number}")).header("if-match", "*");
            send(change.json(&serde_json::json!({ "status": "closed" }))).await
        };
        meanwhile(tx, closing).await.is(409).says("once its retro is approved");
    }
}

/// An incident of severity 2 with an approved retro.
async fn approved(people: &People) -> i64 {
    let severity = [("severity", "2"), ("severity_reason", "a customer was told so")];
    let number = people.mia.open_with_retro("one", &severity).await;
    let retro = format!("/incidents/{number}/retro");
    for rule in RULES {
        people.mia.client.post(&format!("{retro}/waivers/{}", rule.id()), &[("reason", "known")]).await;
    }
    people.mia.client.post(&format!("{retro}/review"), &[]).await.is(303);
    people.ravi.client.fill(&format!("{retro}/review"), &format!("{retro}/approve"), &[]).await.is(303);
    number
}

async fn an_incident_does_not_close_over_a_retro_that_was_just_reopened(app: App) {
    let people = People::arrive(&app).await;
    let number = approved(&people).await;
    let ravi = viewer(&people.ravi, Role::Approver);
    let mut tx = app.store().begin().await.expect("begins");
    let retro = retros::lock(&mut tx, act(&ravi), number).await.expect("is there");
    retros::set_state(&mut tx, act(&ravi), &retro, State::Draft, "more came out").await.expect("reopens");
    let status = format!("/incidents/{number}/status");
    let closing = people.mia.client.post(&status, &CLOSE);
    meanwhile(tx, closing).await.is(409).says("once its retro is approved");
}

async fn a_reopened_retro_opens_its_closed_incident(app: App) {
    let people = People::arrive(&app).await;
    let mia = &people.mia;
    let program = mia.program(&app, &["read", "write"]).await;
    for by_api in [false, true] {
        let number = approved(&people).await;
        let at = format!("/incidents/{number}");
        mia.client.post(&format!("{at}/status"), &CLOSE).await.is(303);
        let why = "more came out";
        if by_api {
            let reopen = program.request("POST", &format!("/api/v1{at}/retro/reopen"));
            send(reopen.json(&serde_json::json!({ "reason": why }))).await.is(200);
        } else {
            mia.client.post(&format!("{at}/retro/reopen"), &[("reason", why)]).await.is(303);
        }
        mia.client.get(&at).await.is(200).says("changed the status from closed to open");
        mia.client.post(&format!("{at}/status"), &CLOSE).await.is(409).says("once its retro is approved");
    }
}

async fn nobody_confirms_a_severity_that_they_just_set(app: App) {
    let people = People::arrive(&app).await;
    let severity = [("severity", "2"), ("severity_reason", "a customer was told so")];
    let number = people.mia.open("one", &severity).await;
    let at = format!("/incidents/{number}");
    let lower = [("severity", "4"), ("reason", "nothing happened")];
    people.mia.client.fill(&at, &format!("{at}/severity"), &lower).await.is(303);
    let ravi = viewer(&people.ravi, Role::Approver);
    let mut tx = app.store().begin().await.expect("begins");
    incidents::set_severity(&mut tx, act(&ravi), number, None, Some(3), "one customer").await.expect("decides");
    let confirm = format!("{at}/severity/confirm");
    let confirming = people.ravi.client.post(&confirm, &[("reason", "agreed")]);
    meanwhile(tx, confirming).await.is(409).says("Another approver must confirm it.");
}

/// The light form changes the ticket as well.
async fn a_ticket_taken_away_opens_a_closed_incident(app: App) {
    let mia = People::arrive(&app).await.mia;
    let sev_3 = [("severity", "3"), ("severity_reason", "one"), ("ticket", "OPS-1")];
    let number = mia.open_with_retro("one", &sev_3).await;
    let at = format!("/incidents/{number}");
    let light = format!("{at}/retro/light");
    mia.client.post(&format!("{at}/status"), &CLOSE).await.is(303);
    mia.client.fill(&light, &light, &[("ticket", "")]).await.is(303);
    mia.client.get(&at).await.is(200).says("changed the status from closed to open");
}

on_both! {
    an_incident_does_not_close_over_a_severity_that_was_just_raised
    an_incident_does_not_close_over_a_retro_that_was_just_reopened
    a_reopened_retro_opens_its_closed_incident
    nobody_confirms_a_severity_that_they_just_set
    a_ticket_taken_away_opens_a_closed_incident
}
