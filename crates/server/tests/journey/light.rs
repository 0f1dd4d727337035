//! The light form of severity 3: one page for three sections and the ticket.

use super::set;
use crate::support::people::Person;
use crate::support::{App, People, html, on_both};

const SEVERITY_3: [(&str, &str); 2] = [("severity", "3"), ("severity_reason", "one customer, told the same day")];

/// The page and its form as they stand.
async fn form(person: &Person, light: &str) -> (String, Vec<(String, String)>) {
    let page = person.client.page(light).await;
    let form = html::form(&page, light);
    (page, form)
}

async fn one_page_leads_to_approval(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi, vera) = (&people.mia, &people.ravi, &people.vera);
    let number = mia.open_with_retro("one", &SEVERITY_3).await;
    let (at, light) = (format!("/incidents/{number}"), format!("/incidents/{number}/retro/light"));
    let incident = mia.client.page(&at).await;
    assert!(html::attributes(&incident, "#main a.button", "href").contains(&light), "the incident leads to it");
    let (page, fields) = form(mia, &light).await;
    for heading in ["What happened", "What contributed", "The action or ticket"] {
        assert!(html::all(&page, "h2").contains(&heading.to_owned()), "{heading}");
    }
    assert!(
        html::attributes(&page, "a", "href").contains(&format!("/incidents/{number}/retro")),
        "and to the full form"
    );
    // What has to hold leads here as well.
    let review = format!("{at}/retro/review");
    let links = html::attributes(&mia.client.page(&review).await, ".faults a", "href");
    assert!(links.contains(&format!("{light}#ticket")), "{links:?}");
    assert!(links.iter().all(|l| l.starts_with(&light)), "{links:?}");
    let ids = html::attributes(&page, "[id]", "id");
    assert!(links.iter().all(|l| l.split_once('#').is_some_and(|(_, id)| ids.iter().any(|i| i == id))), "{links:?}");

    let mut changes = set(&fields, "verdict:", "confirmed");
    changes.extend([
        ("notes:behavior", "It took **pending** for done."),
        ("contribution:tool_design", "contributed"),
        ("notes:system", "A free status."),
        ("ticket", "OPS-77"),
        ("action-title:new-0", "Give the tool a status of its own"),
        ("action-owner:new-0", "Ravi Menon"),
    ]);
    let before = app.changes().await;
    assert_eq!(mia.client.fill_from(&page, &light, &changes).await.is(303).leads(), light);
    assert_eq!(app.changes().await, before + 4, "three sections and the ticket");
    let now = form(mia, &light).await.1;
    let value = |name: &str| now.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim().to_owned()).unwrap_or_default();
    assert_eq!(value("contribution:tool_design"), "contributed");
    assert_eq!((value("ticket"), value("notes:system")), ("OPS-77".to_owned(), "A free status.".to_owned()));
    ravi.client
        .get(&format!("{at}/retro"))
        .await
        .is(200)
        .says("Give the tool a status of its own")
        .says("A free status.");
    // Saved again as it is, nothing changes.
    mia.client.fill(&light, &light, &[]).await.is(303);
    assert_eq!(app.changes().await, before + 4);

    mia.client.post(&review, &[]).await.is(303);
    ravi.client.fill(&review, &format!("{at}/retro/approve"), &[]).await.is(303);
    // Frozen, it is read by everybody and written by nobody.
    let page = vera
        .client
        .get(&light)
        .await
        .is(200)
        .says("OPS-77")
        .says("It took pending for done.")
        .says("tool design contributed");
    assert_eq!(html::attributes(&page.body, "#main form", "action"), [""; 0]);
    mia.client.post(&light, &[("revision", "1")]).await.is(409).says("frozen");
}

async fn two_who_write_it_at_once_lose_nothing(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let number = mia.open_with_retro("one", &SEVERITY_3).await;
    let light = format!("/incidents/{number}/retro/light");
    let (for_mia, for_ravi) = (form(mia, &light).await.0, form(ravi, &light).await.0);
    mia.client.fill_from(&for_mia, &light, &[("notes:behavior", "Mia heard it."), ("ticket", "OPS-1")]).await.is(303);
    // Another section is no conflict; the same one, or the ticket, is.
    ravi.client.fill_from(&for_ravi, &light, &[("notes:system", "Ravi knows the tool.")]).await.is(303);
    let before = app.changes().await;
    let both = [("notes:behavior", "Ravi read it."), ("notes:actions", "Later."), ("ticket", "OPS-2")];
    let conflict = ravi.client.fill_from(&for_ravi, &light, &both).await.is(409);
    let conflict = conflict.says("Mia Lindqvist changed “LLM behavior analysis” while you were editing");
    let conflict = conflict.says("the ticket was changed to “OPS-1”");
    assert_eq!(app.changes().await, before, "all of it or nothing");
    let lines = |class: &str| html::all(&conflict.body, &format!(".difference .{class}")).join("\n");
    assert!(lines("removed").contains("Mia heard it.") && lines("added").contains("Ravi read it."));
    let merged = html::form(&conflict.body, &light);
    for kept in [
        ("notes:behavior", "Ravi read it."),
        ("notes:system", "Ravi knows the tool."),
        ("notes:actions", "Later."),
        ("ticket", "OPS-2"),
    ] {
        assert!(merged.contains(&(kept.0.to_owned(), kept.1.to_owned())), "{kept:?} in {merged:?}");
    }
    ravi.client.fill_from(&conflict.body, &light, &[]).await.is(303);
    let page = mia.client.get(&format!("/incidents/{number}")).await.is(200);
    page.says("ticket OPS-2");
}

async fn a_fault_keeps_what_was_typed(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open_with_retro("one", &SEVERITY_3).await;
    let light = format!("/incidents/{number}/retro/light");
    let (page, fields) = form(&mia, &light).await;
    let mut changes = set(&fields, "verdict:", "rejected");
    changes.extend([("notes:system", "kept"), ("ticket", "OPS-9"), ("action-title:new-0", "typed")]);
    let before = app.changes().await;
    let refused = mia.client.fill_from(&page, &light, &changes).await.is(422).says("Not saved");
    assert_eq!(app.changes().await, before);
    let form = html::form(&refused.body, &light);
    for (name, value) in &changes {
        assert!(form.contains(&((*name).to_owned(), (*value).to_owned())), "{name}: {form:?}");
    }
    mia.client.fill_from(&refused.body, &light, &[("ticket", &"x".repeat(201))]).await.is(422);
}

/// Other severities have other forms.
async fn it_is_for_severity_3(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open_with_retro("one", &[("severity", "2"), ("severity_reason", "a customer")]).await;
    let light = format!("/incidents/{number}/retro/light");
    assert_eq!(mia.client.get(&light).await.is(303).leads(), format!("/incidents/{number}/retro"));
    mia.client.post(&light, &[("revision", "1")]).await.is(409).says("severity 3");
    let logged = mia.client.fill("/near-miss", "/incidents", &[("title", "nearly")]).await.is(303);
    mia.client.get(logged.leads()).await.is(200).says("A near-miss needs no retro: this page is its entry in the log.");
    mia.client.get("/incidents/99/retro/light").await.is(404);
}

on_both! {
    one_page_leads_to_approval
    two_who_write_it_at_once_lose_nothing
    a_fault_keeps_what_was_typed
    it_is_for_severity_3
}
