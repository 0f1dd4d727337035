//! Reminders are their own person's, and tell nobody of an incident that they may not know of.

use crate::support::people::invite;
use crate::support::{App, People, html, on_both};
use jiff::SignedDuration;

const MARK: &str = "Zanzibar";

/// Overdue at once: the response of the day before.
const LATE: &[(&str, &str)] = &[("severity", "1"), ("severity_reason", "late"), ("aware", "2026-11-20 10:00")];

async fn somebody_elses_is_not_there(app: App) {
    let people = People::arrive(&app).await;
    people.mia.open("one", LATE).await;
    assert!(app.run_jobs().await > 0);
    let page = people.mia.client.page("/notices").await;
    let marks = html::attributes(&page, "form.mark", "action");
    for other in [&people.dana, &people.vera] {
        other.client.post(&marks[0], &[]).await.is(404).says("There is no such reminder.");
        other.client.post("/notices/read", &[("last", "1000")]).await.is(303);
    }
    assert_eq!(html::attributes(&people.mia.client.page("/notices").await, "form.mark", "action"), marks);
    // Who only reads may mark what they were told as read.
    let reader = people.mia.program(&app, &["read"]).await;
    reader.post(&format!("/api/v1{}", marks[0]), &[]).await.is(204);
    assert_eq!(
        html::attributes(&people.mia.client.page("/notices").await, "form.mark", "action").len(),
        marks.len() - 1
    );
}

async fn a_restricted_incident_reminds_only_those_who_are_named(app: App) {
    let people = People::arrive(&app).await;
    let lead = invite(&app, &people.dana, "responder", "Lee Park", "lee@example.com").await;
    let changes: Vec<_> = LATE.iter().copied().chain([("restricted", "on")]).collect();
    let secret = lead.open(&format!("{MARK} one"), &changes).await;
    let named = [("account", people.dana.id.as_str()), ("duty", "reviewer")];
    lead.client.post(&format!("/incidents/{secret}/people"), &named).await.is(303);
    assert!(app.run_jobs().await > 0);
    let pages = ["/", "/notices", "/jobs", "/api/v1/notices", "/api/v1/jobs"];
    let shown = async || {
        let mut all = Vec::new();
        for page in pages {
            let told = people.dana.client.get(page).await.is(200).body;
            all.push(told.contains(MARK) || told.contains(&format!("INC-{secret}")));
        }
        all
    };
    assert_eq!(shown().await, [true; 5], "whoever is named sees it everywhere");
    lead.client.post(&format!("/incidents/{secret}/people/remove"), &named).await.is(303);
    assert_eq!(shown().await, [false; 5], "and nowhere any more");
    for person in [&people.ravi, &people.mia, &people.vera] {
        person.client.get("/notices").await.is(200).says("Nothing to remind you of yet");
    }
    // Nor is anybody told who was named before it was time.
    app.wait(SignedDuration::from_hours(24 * 6));
    app.run_jobs().await;
    assert_eq!(shown().await, [false; 5]);
    assert!(lead.client.page("/notices").await.contains(MARK));
}

on_both! {
    somebody_elses_is_not_there
    a_restricted_incident_reminds_only_those_who_are_named
}
