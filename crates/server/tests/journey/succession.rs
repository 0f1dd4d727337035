//! A restricted incident outlives the accounts of its people.

use crate::support::people::invite;
use crate::support::{App, People, on_both};

async fn whoever_leads_a_restricted_incident_goes_once_there_is_a_successor(app: App) {
    let people = People::arrive(&app).await;
    let (dana, ravi, mia) = (&people.dana, &people.ravi, &people.mia);
    let lead = invite(&app, dana, "responder", "Lee Park", "lee@example.com").await;
    let number = lead.open("Zebra", &[("restricted", "on")]).await;
    let at = format!("/incidents/{number}");
    let named = [("account", mia.id.as_str()), ("duty", "responder")];
    lead.client.post(&format!("{at}/people"), &named).await.is(303);
    // Neither directly nor by opening it to all in between.
    let remove = [("account", lead.id.as_str()), ("duty", "lead")];
    let removing = async || mia.client.post(&format!("{at}/people/remove"), &remove).await;
    removing().await.is(409).says("Only Lee Park can hand over the lead");
    mia.client.post(&format!("{at}/restricted"), &[("restricted", "no")]).await.is(303);
    removing().await.is(409);
    mia.client.post(&format!("{at}/restricted"), &[("restricted", "yes")]).await.is(303);
    lead.client.post(&format!("{at}/people/remove"), &remove).await.is(409).says("name another one first");
    // Nor by whoever administers, who learns nothing of the incident.
    let (disabled, role) = (format!("/people/{}/disabled", lead.id), format!("/people/{}/role", lead.id));
    let told = dana.client.post(&disabled, &[("disabled", "yes")]).await.is(409).says("choose a successor first");
    assert!(!told.body.contains("Zebra") && !told.body.contains(&format!("INC-{number}")));
    dana.client.post(&role, &[("role", "viewer")]).await.is(409).says("choose a successor first");
    let to = |successor: &str| {
        let fields = [("disabled", "yes"), ("successor", successor), ("reason", "Lee leaves the company")];
        Vec::from(fields.map(|(name, value)| (name.to_owned(), value.to_owned())))
    };
    dana.client.submit(&disabled, &to(&dana.id)).await.is(409).says("You cannot name yourself");
    dana.client.submit(&disabled, &to(&people.vera.id)).await.is(409);
    dana.client.submit(&disabled, &to("nobody")).await.is(404);
    dana.client.get(&at).await.is(404);
    // Nor without a reason.
    let silent = [("disabled", "yes"), ("successor", ravi.id.as_str()), ("reason", "bye")];
    dana.client.post(&disabled, &silent).await.is(422).says("10 to 2000 characters");
    // Mia is named already and can edit it, so that nobody else is let in.
    dana.client.submit(&disabled, &to(&ravi.id)).await.is(303);
    mia.client.get(&at).await.is(200).says("because an account changed: Lee leaves the company");
    mia.client
        .get("/notices")
        .await
        .is(200)
        .says("Dana Osei gave this restricted incident another lead")
        .says("Lee leaves");
    ravi.client.get(&at).await.is(404);
    dana.client.get(&at).await.is(404);
    // Where nobody else is, the successor is let in.
    let disabled = format!("/people/{}/disabled", mia.id);
    dana.client.post(&disabled, &[("disabled", "yes")]).await.is(409).says("choose a successor first");
    dana.client.submit(&disabled, &to(&ravi.id)).await.is(303);
    ravi.client.get(&at).await.is(200);
    // Whom no restricted incident needs goes at once.
    dana.client.post(&format!("/people/{}/disabled", people.vera.id), &[("disabled", "yes")]).await.is(303);
}

on_both! {
    whoever_leads_a_restricted_incident_goes_once_there_is_a_successor
}
