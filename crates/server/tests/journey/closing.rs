//! The light forms: an incident of severity 3, and a near-miss.

use crate::support::{App, People, html, on_both};

async fn severity_3_closes_with_a_ticket(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[("severity", "3"), ("severity_reason", "one customer, told the same day")]).await;
    let at = format!("/incidents/{number}");
    let status = format!("{at}/status");
    for _ in 0..2 {
        mia.client.post(&status, &[("status", "closed")]).await.is(409).says("a reference to its ticket");
    }
    mia.client.fill(&at, &format!("{at}/details"), &[("ticket", "OPS-77")]).await.is(303);
    mia.client.fill(&at, &status, &[("status", "closed")]).await.is(303);
    mia.client.get(&at).await.is(200).says("Closed").says("ticket OPS-77");
    // Nothing of a closed incident is due.
    mia.client.get("/").await.is(200).says("Nothing is due for you.").says("Every incident is closed.");
}

async fn an_undecided_incident_does_not_close(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[]).await;
    let at = format!("/incidents/{number}");
    mia.client.get(&at).await.is(200).says("Decide on a severity: deadlines follow from it.");
    mia.client.post(&format!("{at}/status"), &[("status", "closed")]).await.is(409).says("Decide on a severity first.");
    let severity = format!("{at}/severity");
    mia.client.fill(&at, &severity, &[("severity", "2"), ("reason", "")]).await.is(422);
    mia.client.fill(&at, &severity, &[("severity", "5"), ("reason", "x")]).await.is(422);
    mia.client.fill(&at, &severity, &[("severity", "2"), ("reason", "a customer was told so")]).await.is(303);
    let two = html::all(&mia.client.page(&at).await, ".deadlines li");
    mia.client.fill(&at, &severity, &[("severity", "1"), ("reason", "money was lost")]).await.is(303);
    let page = mia.client.get(&at).await.is(200).says("Decided 2 times").says("a customer was told so");
    // What is due follows the severity.
    assert_ne!(html::all(&page.body, ".deadlines li"), two);
    mia.client.post(&format!("{at}/status"), &[("status", "closed")]).await.is(409);
}

async fn a_near_miss_takes_a_title_alone(app: App) {
    let mia = People::arrive(&app).await.mia;
    let logged = mia.client.fill("/near-miss", "/incidents", &[("title", "An invented id was refused")]).await.is(303);
    let at = logged.leads().to_owned();
    let page = mia.client.get(&at).await.is(200).says("Sev 4").says("logged as a near-miss");
    assert!(!html::words(&page.body).contains("I respond now"));
    mia.client.get("/").await.is(200).says("1 near-miss to 0 incidents of severity 1 to 3.");
    mia.client.fill(&at, &format!("{at}/status"), &[("status", "closed")]).await.is(303);
    let empty = mia.client.fill("/near-miss", "/incidents", &[("title", " "), ("summary", "kept")]).await.is(422);
    // What was typed is not typed twice.
    assert!(html::form(&empty.body, "/incidents").contains(&("summary".to_owned(), "kept".to_owned())));
}

/// A tag leads to the incidents that have it, whatever stands in it.
async fn a_tag_finds_its_incidents(app: App) {
    let mia = People::arrive(&app).await.mia;
    let (one, two) = (mia.open("one", &[]).await, mia.open("two", &[]).await);
    for tag in ["money", "r&d", "a+b", "100%", "#1", "größe?", "x=y; z"] {
        let at = format!("/incidents/{one}");
        mia.client.fill(&at, &format!("{at}/tags"), &[("tag", tag)]).await.is(303);
        let page = mia.client.page(&at).await;
        let links = html::attributes(&page, "a.tag", "href");
        let at_tag = html::all(&page, "a.tag").iter().position(|t| t == tag).expect("the tag is shown");
        let found = mia.client.page(&links[at_tag]).await;
        let rows = html::attributes(&found, "tbody a", "href");
        assert_eq!(rows, [at.as_str()], "{tag}: {}", links[at_tag]);
        mia.client.post(&format!("{at}/tags/remove"), &[("tag", tag)]).await.is(303);
        assert!(!html::all(&mia.client.page(&at).await, "a.tag").contains(&tag.to_owned()));
    }
    assert_ne!(one, two);
}

on_both! {
    severity_3_closes_with_a_ticket
    an_undecided_incident_does_not_close
    a_near_miss_takes_a_title_alone
    a_tag_finds_its_incidents
}
