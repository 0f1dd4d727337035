//! Leads: dismissed and promoted on the page of the retro, and remembered by every later draft.

use crate::support::people::Person;
use crate::support::{App, People, example, html, on_both};

/// A retro with one lead: nobody has judged coding sessions.
async fn with_lead(person: &Person) -> (String, String) {
    let number = person.open("one", &[]).await;
    let at = format!("/incidents/{number}");
    let evidence = format!("{at}/evidence");
    person.client.upload(&evidence, "trace", "trace.json", example("refund/trace.json")).await.is(303);
    person.client.upload(&evidence, "facts", "facts.yaml", b"kind: coding\n".to_vec()).await.is(303);
    person.client.post(&format!("{at}/retro"), &[]).await.is(303);
    let page = person.client.page(&format!("{at}/retro")).await;
    assert!(html::words(&page).contains("coding or shell agent set in facts.yaml line 1"), "{}", html::words(&page));
    let forms = html::attributes(&page, ".leads form", "action");
    assert_eq!(forms.len(), 1, "{forms:?}");
    (at, forms[0].clone())
}

async fn a_lead_is_dismissed_and_opened_again(app: App) {
    let people = People::arrive(&app).await;
    let mia = people.mia;
    let (at, lead) = with_lead(&mia).await;
    let before = app.changes().await;
    mia.client
        .post(&lead, &[("decision", "dismissed"), ("reason", "")])
        .await
        .is(422)
        .says("a rejection needs a reason");
    mia.client.post(&lead, &[("decision", "maybe")]).await.is(422);
    mia.client.post(&format!("{at}/retro/leads/st_0000000000"), &[("decision", "promoted")]).await.is(404);
    assert_eq!(app.changes().await, before);
    let done = mia.client.post(&lead, &[("decision", "dismissed"), ("reason", "It was a test.")]).await.is(303);
    assert_eq!(done.leads(), format!("{at}/retro#behavior"));
    mia.client.post(&format!("{at}/retro/redraft"), &[]).await.is(303);
    let page = mia.client.page(&format!("{at}/retro")).await;
    assert_eq!(html::all(&page, ".lead .chip.gone"), ["dismissed"]);
    assert!(html::all(&page, ".lead").concat().contains("It was a test."));
    mia.client.get(&format!("{at}/retro/revisions")).await.is(200).says("dismissed a lead");
    mia.client.get(&at).await.is(200).says("dismissed a lead of the retro");
    // The gate asks for decisions on findings only.
    let review = html::words(&mia.client.page(&format!("{at}/retro/review")).await);
    assert!(!review.contains("Not decided yet"), "{review}");
    mia.client.post(&lead, &[("decision", "open")]).await.is(303);
    assert!(html::all(&mia.client.page(&format!("{at}/retro")).await, ".lead .chip.gone").is_empty());
    // Who only reads sees leads and no form.
    let read = people.vera.client.page(&format!("{at}/retro")).await;
    assert!(html::all(&read, ".lead").len() == 1 && html::attributes(&read, ".leads form", "action").is_empty());
}

async fn a_promoted_lead_is_a_finding_until_that_is_taken_back(app: App) {
    let mia = People::arrive(&app).await.mia;
    let (at, lead) = with_lead(&mia).await;
    let retro = format!("{at}/retro");
    assert!(html::all(&mia.client.page(&retro).await, ".finding").is_empty());
    mia.client.post(&lead, &[("decision", "promoted")]).await.is(303);
    let promoted = mia.client.page(&retro).await;
    assert_eq!(html::all(&promoted, ".finding .chip.promoted"), ["promoted by a person"]);
    assert!(html::all(&promoted, ".lead").is_empty() && !html::all(&promoted, ".action").is_empty());
    assert!(html::words(&promoted).contains("▲ Finding 1"), "the timeline names it");
    // More evidence, and drafted anew: it stays one.
    let logs = example("refund/otel-logs.binpb");
    mia.client.upload(&format!("{at}/evidence"), "trace", "logs.binpb", logs).await.is(303);
    mia.client.post(&format!("{retro}/redraft"), &[]).await.is(303);
    assert_eq!(html::all(&mia.client.page(&retro).await, ".finding .chip.promoted").len(), 1);
    mia.client.get(&format!("{retro}/revisions")).await.is(200).says("promoted a lead to a finding");
    let page = mia.client.page(&retro).await;
    let back = html::attributes(&page, ".finding form.decide", "action");
    mia.client.post(&back[0], &[("decision", "open")]).await.is(303);
    let page = mia.client.page(&retro).await;
    assert!(html::all(&page, ".finding").is_empty() && html::all(&page, ".action").is_empty());
    assert_eq!(html::all(&page, ".lead").len(), 1);
    // The form of the section is for findings; a lead is decided on by itself.
    let form = html::form(&mia.client.page(&format!("{retro}/behavior/edit")).await, &format!("{retro}/behavior/edit"));
    assert!(!form.iter().any(|(name, _)| name.starts_with("verdict:")), "{form:?}");
}

on_both! {
    a_lead_is_dismissed_and_opened_again
    a_promoted_lead_is_a_finding_until_that_is_taken_back
}
