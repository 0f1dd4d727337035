//! What people are reminded of, from the change that causes it to the page that tells it.

use super::edit;
use crate::support::people::Person;
use crate::support::{App, People, html, on_both};
use jiff::SignedDuration;

/// Sev 2: a response until the end of the next day, the retro within five business days.
const SERIOUS: &[(&str, &str)] = &[("severity", "2"), ("severity_reason", "a customer was told so")];

fn hours(n: i64) -> SignedDuration {
    SignedDuration::from_hours(n)
}

async fn reminders(person: &Person) -> Vec<String> {
    html::all(&person.client.page("/notices").await, ".due-item")
}

async fn people_are_told_before_and_after(app: App) {
    let people = People::arrive(&app).await;
    people.mia.client.get("/notices").await.is(200).says("Nothing to remind you of yet");
    let number = people.mia.open("A refund", SERIOUS).await;
    assert_eq!(app.run_jobs().await, 0);
    app.wait(hours(14));
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(app.run_jobs().await, 0);
    let told = format!(
        "response INC-{number} A refunddue 2026-11-26 24:00 UTC (in 24 hours)mark as read: response, INC-{number}"
    );
    assert_eq!(reminders(&people.mia).await, [told]);
    people.mia.client.get("/").await.is(200).says("Reminders all of them response");
    people.ravi.client.get("/notices").await.is(200).says("Nothing to remind you of yet");
    let page = people.mia.client.page("/notices").await;
    let action = html::attributes(&page, "form.mark", "action").remove(0);
    people.mia.client.fill_from(&page, &action, &[]).await.is(303);
    people.mia.client.get("/notices").await.is(200).says("You have read them all.").says("Read, the latest");
    assert_eq!(html::all(&people.mia.client.page("/").await, ".reminders"), Vec::<String>::new());
    app.wait(hours(25));
    assert_eq!(app.run_jobs().await, 1);
    people.mia.client.get("/").await.is(200).says("overdue, due 2026-11-26 24:00 UTC (60 minutes ago)");
    // What came since the page was looked at stays unread.
    let page = people.mia.client.page("/notices").await;
    people.mia.open("Another", &[("severity", "1"), ("severity_reason", "money was lost")]).await;
    assert_eq!(app.run_jobs().await, 1);
    people.mia.client.fill_from(&page, "/notices/read", &[]).await.is(303);
    let page = people.mia.client.page("/notices").await;
    assert_eq!(html::all(&page, "form.mark").len(), 1);
    people.mia.client.post(&format!("/incidents/{number}/first-response"), &[]).await.is(303);
    assert!(reminders(&people.mia).await[1].contains("done meanwhile"));
    let log = people.mia.client.get(&format!("/incidents/{number}")).await.is(200);
    log.says("Hindcast reminded those concerned of what is due");
}

async fn the_first_page_tells_once_of_what_is_left_to_do(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("A refund", SERIOUS).await;
    let told = async || html::all(&mia.client.page("/").await, ".reminders li");
    app.wait(hours(14));
    app.run_jobs().await;
    assert_eq!(told().await.len(), 1);
    app.wait(hours(25));
    app.run_jobs().await;
    let now = told().await;
    assert!(now.len() == 1 && now[0].contains("overdue"), "{now:?}");
    mia.client.post(&format!("/incidents/{number}/first-response"), &[]).await.is(303);
    assert_eq!(told().await, Vec::<String>::new());
    mia.client.get("/notices").await.is(200).says("done meanwhile");
}

async fn what_is_due_otherwise_is_told_otherwise(app: App) {
    let people = People::arrive(&app).await;
    let number = people.mia.open("A refund", SERIOUS).await;
    let waiting =
        async || html::all(&people.dana.client.page("/jobs").await, "section[aria-labelledby=waiting-h] tbody tr");
    let before = waiting().await;
    assert_eq!(before.len(), 4, "{before:?}");
    assert!(before[0].contains("Deadline “response”, due soon INC-1") && before[0].contains("2026-11-26 00:00 UTC"));
    let at = format!("/incidents/{number}");
    people.mia.client.fill(&at, &format!("{at}/severity"), &[("severity", "1"), ("reason", "worse")]).await.is(303);
    let after = waiting().await;
    assert!(after.len() == 4 && after[0].contains("2026-11-25 10:00 UTC"), "the response is due today: {after:?}");
    assert_eq!(app.run_jobs().await, 1);
    people.mia.client.post(&format!("{at}/first-response"), &[]).await.is(303);
    app.wait(hours(24));
    assert_eq!(app.run_jobs().await, 0, "what is met is not overdue");
    people.mia.client.fill(&at, &format!("{at}/severity"), &[("severity", "3"), ("reason", "better")]).await.is(303);
    assert_ne!(waiting().await, Vec::<String>::new(), "a lower severity shortens nothing before it is confirmed");
    people.ravi.client.fill(&at, &format!("{at}/severity/confirm"), &[("reason", "agreed")]).await.is(303);
    assert_eq!(waiting().await, Vec::<String>::new());
    people.dana.client.get("/jobs").await.is(200).says("Nothing waits.").says("not needed");
}

async fn of_an_action_its_owner_is_told(app: App) {
    let people = People::arrive(&app).await;
    let number = people.ravi.open_with_retro("A refund", &[]).await;
    let path = format!("/incidents/{number}/retro/actions/edit");
    let form = html::form(&people.ravi.client.page(&path).await, &path);
    let mut changes = super::set(&form, "action-owner", "MIA lindqvist");
    changes.extend(super::set(&form, "action-due", "2026-11-26"));
    edit(&people.ravi, number, "actions", &changes).await;
    let sent = app.run_jobs().await;
    assert!(sent > 1, "the business day before is today");
    assert_eq!((reminders(&people.mia).await.len(), reminders(&people.ravi).await.len()), (sent, 0));
    let page = people.mia.client.page("/notices").await;
    let action = html::attributes(&page, ".due-item > a", "href").remove(0);
    let version = html::attributes(&people.mia.client.page(&action).await, "input[name=version]", "value").remove(0);
    let form = [("version", version.as_str()), ("state", "dropped"), ("waiver", "no use")];
    people.mia.client.post(&action, &form).await.is(303);
    let jobs = people.dana.client.page("/jobs").await;
    let waiting = html::all(&jobs, "section[aria-labelledby=waiting-h] tbody tr");
    assert_eq!(waiting.iter().filter(|w| w.starts_with("Action “")).count(), sent - 1, "{waiting:?}");
    // Another date for the rest.
    let form = html::form(&people.ravi.client.page(&path).await, &path);
    edit(&people.ravi, number, "actions", &super::set(&form, "action-due", "2026-11-27")).await;
    app.wait(hours(38));
    assert_eq!(app.run_jobs().await, sent - 1, "on the day before the new date, and not of what is dropped");
    app.wait(hours(24));
    assert_eq!(app.run_jobs().await, sent - 1);
    assert!(reminders(&people.mia).await[0].contains("overdue"));
}

async fn near_misses_are_looked_at_once_a_month(app: App) {
    let people = People::arrive(&app).await;
    for title in ["An invented id was refused", "And another"] {
        people.mia.client.fill("/near-miss", "/incidents", &[("title", title)]).await.is(303);
    }
    // The first of December 2026 is a Tuesday.
    app.wait(hours(24 * 5));
    assert_eq!(app.run_jobs().await, 0);
    app.wait(hours(24));
    assert_eq!(app.run_jobs().await, 1);
    for person in [&people.dana, &people.ravi] {
        person.client.get("/").await.is(200).says("look at the near-misses of November 2026");
    }
    assert_eq!(reminders(&people.mia).await, Vec::<String>::new());
    let link = html::attributes(&people.ravi.client.page("/notices").await, ".due-item > a", "href").remove(0);
    people.ravi.client.get(&link).await.is(200).says("And another");
}

async fn a_job_that_failed_is_tried_again_by_hand(app: App) {
    let people = People::arrive(&app).await;
    people.mia.open("A refund", SERIOUS).await;
    app.tamper("UPDATE job SET data = replace(data, 'soon', 'secret words') WHERE subject = 'response'").await;
    app.wait(hours(14));
    for _ in 0..8 {
        assert_eq!(app.run_jobs().await, 0);
        app.wait(hours(1));
    }
    let failed = people.dana.client.get("/jobs").await.is(200).says("unreadable").says("try again");
    assert!(!failed.body.contains("secret words"));
    let metrics = people.dana.client.page("/metrics").await;
    assert!(metrics.contains("hindcast_jobs{state=\"failed\"} 1\n"), "{metrics}");
    let retry = html::attributes(&failed.body, "form[action$='/retry']", "action").remove(0);
    app.tamper("UPDATE job SET data = replace(data, 'secret words', 'soon') WHERE subject = 'response'").await;
    people.dana.client.fill_from(&failed.body, &retry, &[]).await.is(303);
    people.dana.client.post(&retry, &[]).await.is(409).says("only one that failed is tried again");
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(reminders(&people.mia).await.len(), 1);
}

on_both! {
    people_are_told_before_and_after
    the_first_page_tells_once_of_what_is_left_to_do
    what_is_due_otherwise_is_told_otherwise
    of_an_action_its_owner_is_told
    near_misses_are_looked_at_once_a_month
    a_job_that_failed_is_tried_again_by_hand
}
