//! The near-miss log by the month, and its review.

use crate::support::people::Person;
use crate::support::{App, People, html, on_both};
use jiff::SignedDuration;

async fn log(person: &Person, title: &str, changes: &[(&str, &str)]) -> i64 {
    let form = [&[("title", title)], changes].concat();
    let logged = person.client.fill("/near-miss", "/incidents", &form).await.is(303);
    logged.leads().rsplit('/').next().and_then(|n| n.parse().ok()).expect("a number")
}

async fn a_month_is_reviewed_one_by_one_and_as_a_whole(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi, vera) = (&people.mia, &people.ravi, &people.vera);
    vera.client.get("/near-misses").await.is(200).says("No near-miss was logged in this month.").says("hurt nobody");
    assert!(!html::words(&vera.client.page("/near-misses").await).contains("Log one"), "a viewer may not");
    let (one, two) = (log(mia, "Invented id, refused", &[]).await, log(mia, "Recovered from an error", &[]).await);
    log(mia, "Zanzibar", &[("restricted", "on")]).await;
    mia.open("real", &[("severity", "2"), ("severity_reason", "a customer")]).await;
    mia.client.post(&format!("/incidents/{one}/tags"), &[("tag", "ids")]).await.is(303);
    let page = ravi.client.get("/near-misses").await.is(200).says("November 2026 2 logged, 2 not reviewed");
    assert_eq!(
        html::all(&page.body, ".months tr.is-here td"),
        ["2 near-misses", "1 of Sev 1 to 3", "2.0 to 1", "2 not reviewed"]
    );
    assert_eq!(html::all(&page.body, ".reviews a.tag"), ["ids"]);
    assert!(!page.body.contains("Zanzibar"));
    mia.client.get("/near-misses").await.is(200).says("Zanzibar restricted");

    // One by one, with a note, and taken back.
    let at = format!("/incidents/{one}/reviewed");
    let marked = ravi.client.fill("/near-misses", &at, &[("note", "Worth an eval.")]).await.is(303);
    assert_eq!(marked.leads(), format!("/near-misses?month=2026-11#inc-{one}"));
    let row = format!("#inc-{one}");
    let told = html::all(&vera.client.page("/near-misses").await, &row);
    assert!(told[0].ends_with("reviewed by Ravi Menon, 2026-11-25 10:00 UTC Worth an eval."), "{told:?}");
    vera.client
        .get(&format!("/incidents/{one}"))
        .await
        .is(200)
        .says("Reviewed by Ravi Menon")
        .says("reviewed the near-miss: Worth an eval.");
    ravi.client.fill("/near-misses", &at, &[("withdraw", "yes")]).await.is(303);
    vera.client.get("/near-misses").await.is(200).says("2 not reviewed");
    ravi.client.fill("/near-misses", &at, &[("note", "Worth an eval.")]).await.is(303);

    // As a whole: what was reviewed before stays, what he may not know of is not touched.
    let month = "/near-misses/2026-11/reviewed";
    ravi.client.fill("/near-misses", month, &[("note", "A quiet month.")]).await.is(303);
    let page = vera
        .client
        .get("/near-misses")
        .await
        .is(200)
        .says("The month was reviewed by Ravi Menon")
        .says("A quiet month.");
    assert!(html::all(&page.body, &row)[0].contains("Worth an eval."));
    assert!(html::all(&page.body, &format!("#inc-{two}"))[0].contains("reviewed by Ravi Menon"));
    assert!(!html::words(&page.body).contains("not reviewed yet"));
    mia.client.get("/near-misses").await.is(200).says("3 logged, 1 not reviewed").says("Since then 1 came to it.");

    // A month later it is one of those before.
    app.wait(SignedDuration::from_hours(24 * 6));
    let page = vera.client.get("/near-misses").await.is(200).says("December 2026 0 logged");
    assert_eq!(html::attributes(&page.body, "a[rel=prev]", "href"), ["/near-misses?month=2026-11"]);
    assert_eq!(html::all(&page.body, "a[rel=next]"), [""; 0], "there is no month after this one");
    assert_eq!(html::all(&page.body, ".months tbody th")[..2], ["December 2026", "November 2026"]);
    assert_eq!(html::all(&page.body, ".months tbody th").len(), 3, "months without anything are left out");
    for (month, status) in [("2027-01", 409), ("2026-13", 404), ("9999-12", 404), ("1970-01", 303)] {
        ravi.client.post(&format!("/near-misses/{month}/reviewed"), &[]).await.is(status);
    }
    for (month, status) in [("9999-12", 404), ("1970-01", 200), ("x", 404), ("2026-11%00", 404)] {
        vera.client.get(&format!("/near-misses?month={month}")).await.is(status);
    }
}

async fn only_a_near_miss_is_reviewed(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("real", &[("severity", "2"), ("severity_reason", "a customer")]).await;
    mia.client.post(&format!("/incidents/{number}/reviewed"), &[]).await.is(409).says("severity 4");
    mia.client.post("/incidents/99/reviewed", &[]).await.is(404);
    let near = log(&mia, "near", &[]).await;
    mia.client.post(&format!("/incidents/{near}/reviewed"), &[("withdraw", "yes")]).await.is(404);
    let long = "x".repeat(2001);
    mia.client.post(&format!("/incidents/{near}/reviewed"), &[("note", &long)]).await.is(422);
    mia.client.post(&format!("/incidents/{near}/reviewed"), &[]).await.is(303);
    // Decided to be worse than that, it leaves the log.
    let at = format!("/incidents/{near}");
    mia.client.fill(&at, &format!("{at}/severity"), &[("severity", "3"), ("reason", "it reached one")]).await.is(303);
    mia.client.get("/near-misses").await.is(200).says("No near-miss was logged");
}

on_both! {
    a_month_is_reviewed_one_by_one_and_as_a_whole
    only_a_near_miss_is_reviewed
}
