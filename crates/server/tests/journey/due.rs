//! What is due, by the times of a facts file.

use crate::support::{App, People, on_both};
use hindcast_store::{Viewer, incidents};

/// The sentences that say why something is due when it is.
async fn reasons(app: &App, number: i64) -> String {
    let conn = &mut *app.store().reader().await.expect("reads");
    let due = incidents::deadlines(conn, &Viewer::system(), number).await.expect("reads");
    assert!(!due.is_empty());
    due.into_iter().map(|(due, _)| due.explanation).collect::<Vec<_>>().join("\n")
}

/// A change keeps others waiting, so that it reads no file: what counts of a facts file is known before.
async fn due_dates_follow_a_facts_file_that_no_change_reads(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let number = mia.open("one", &[("severity", "2"), ("severity_reason", "told so")]).await;
    let (at, evidence) = (format!("/incidents/{number}"), format!("/incidents/{number}/evidence"));
    let upload = async |kind, name, day: u8| {
        let text = format!("aware:\n  at: 2026-11-{day}T08:00:00Z\n").into_bytes();
        mia.client.upload(&evidence, kind, name, text).await.is(303);
    };
    let severity = async |level: &str| {
        let form = [("severity", level), ("reason", "looked again")];
        mia.client.fill(&at, &format!("{at}/severity"), &form).await.is(303);
    };
    assert!(!reasons(&app, number).await.contains("facts.yaml"));
    upload("facts", "first.yaml", 23).await;
    app.wait(jiff::SignedDuration::from_secs(1));
    upload("facts", "second.yaml", 24).await;
    assert!(reasons(&app, number).await.contains("facts.yaml sets the awareness time to 2026-11-24T08:00:00Z"));
    app.damage().await;
    severity("1").await;
    assert!(reasons(&app, number).await.contains("2026-11-24T08:00:00Z"), "{}", reasons(&app, number).await);
    mia.client.fill(&at, &format!("{at}/times"), &[("at:aware", "2026-11-25 09:00")]).await.is(303);
    assert!(reasons(&app, number).await.contains("2026-11-24T08:00:00Z"));
    let page = ravi.client.page(&at).await;
    let files = crate::support::html::attributes(&page, "form[action$='/erase']", "action");
    assert_eq!(files.len(), 2);
    ravi.client.post(&files[1], &[("reason", "asked for")]).await.is(303);
    assert!(reasons(&app, number).await.contains("2026-11-23T08:00:00Z"), "{}", reasons(&app, number).await);
    ravi.client.post(&files[0], &[("reason", "asked for")]).await.is(303);
    assert!(!reasons(&app, number).await.contains("facts.yaml"));
}

on_both! { due_dates_follow_a_facts_file_that_no_change_reads }
