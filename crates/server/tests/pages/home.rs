//! The first page: what is due, for whom, until when.

use crate::support::people::Person;
use crate::support::{App, People, html, on_both};
use hindcast_retro::policy::Policy;
use jiff::SignedDuration;

/// What is listed on an address, by the heading's id.
async fn listed(person: &Person, address: &str, list: &str) -> Vec<String> {
    html::all(&person.client.page(address).await, &format!("section[aria-labelledby={list}-h] .due-item a"))
}

/// An incident of mia's, one of ravi's: each has a response and a retro to give.
async fn filter_by_links(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let severity = |level| [("severity", level), ("severity_reason", "a reason")];
    mia.open("Hers", &severity("1")).await;
    let early = [&severity("2")[..], &[("aware", "2026-11-20 09:00")]].concat();
    ravi.open("His", &early).await;
    let whole = mia.client.page("/").await;
    assert_eq!(html::all(&whole, "nav.views a[aria-current]"), ["everybody's", "all"]);
    assert_eq!(listed(mia, "/", "mine").await, ["response INC-1 Hers", "retro written INC-1 Hers"]);
    assert_eq!(listed(mia, "/", "team").await, ["response INC-2 His", "retro written INC-2 His"]);
    // Every link of the page leads to a page that marks it.
    for (at, label) in html::attributes(&whole, "nav.views a", "href").iter().zip(html::all(&whole, "nav.views a")) {
        let marked = html::all(&mia.client.page(at).await, "nav.views a[aria-current]");
        assert!(marked.contains(&label), "{at}: {marked:?}");
    }
    assert_eq!(listed(mia, "/?who=mine", "mine").await.len(), 2);
    assert_eq!(listed(mia, "/?who=mine", "team").await, [""; 0]);
    assert_eq!(listed(mia, "/?who=team", "mine").await, [""; 0]);
    // Wednesday: his response is late; his retro is due on Friday, hers next Wednesday.
    assert_eq!(listed(mia, "/?due=overdue", "team").await, ["response INC-2 His"]);
    mia.client.get("/?due=overdue&who=mine").await.is(200).says("Nothing of yours is overdue.");
    assert_eq!(listed(mia, "/?due=week", "team").await.len(), 2);
    assert_eq!(listed(mia, "/?due=week", "mine").await, ["response INC-1 Hers"]);
    // What nobody can have meant is the whole page.
    assert_eq!(listed(mia, "/?who=nobody&due=%00", "team").await.len(), 2);
}

on_both! {
    filter_by_links
}

/// An action of today is late when the day is over where the policy is, and not before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_is_due_until_midnight_in_the_policys_zone() {
    let yaml = include_str!("../../../retro/data/policy.yaml").replace("zone: UTC", "zone: Pacific/Auckland");
    let policy = Policy::parse(&yaml).expect("a policy");
    let app = App::sqlite_with(|config| config.policy = policy).await;
    let mia = People::arrive(&app).await.mia;
    let number = mia.open_with_retro("one", &[]).await;
    let path = format!("/incidents/{number}/retro/actions/edit");
    let form = html::form(&mia.client.page(&path).await, &path);
    let dues = form.iter().filter(|(name, _)| name.starts_with("action-due:") && !name.contains(":new-"));
    let dues: Vec<_> = dues.map(|(name, _)| (name.as_str(), "2026-11-25")).collect();
    mia.client.fill(&path, &path, &dues).await.is(303);
    let late = async || {
        let board = html::all(&mia.client.page("/actions").await, ".card.is-overdue").len();
        let first =
            html::all(&mia.client.page("/").await, "section[aria-labelledby=team-h] .due-item.is-overdue").len();
        assert_eq!(html::all(&mia.client.page("/?due=overdue").await, ".due-item").len(), first);
        (board, first)
    };
    // 23:00 on that day in Auckland, and still the same day in UTC two hours later.
    assert_eq!(late().await, (0, 0));
    app.wait(SignedDuration::from_hours(1) - SignedDuration::from_millis(1));
    assert_eq!(late().await, (0, 0));
    app.wait(SignedDuration::from_millis(1));
    assert_eq!(late().await, (dues.len(), dues.len()));
    mia.client.get("/").await.is(200).says("2026-11-25 24:00 Pacific/Auckland");
}
