//! A restricted incident leaves no trace on the pages of those whom it does not name.

use crate::support::people::{Person, invite};
use crate::support::{App, People, html, on_both};

/// A word that stands in everything that the restricted incident holds.
const MARK: &str = "Zanzibar";

/// Every page that gathers several incidents, narrowed down in every way.
const PAGES: [&str; 14] = [
    "/",
    "/incidents",
    "/incidents?q=zanzibar",
    "/incidents?q=refund",
    "/incidents?tag=zanzibar",
    "/incidents?status=unclosed",
    "/incidents?status=open",
    "/incidents?severity=1",
    "/incidents?before=1000",
    "/near-misses",
    "/near-misses?month=2026-11",
    "/actions",
    "/actions?view=list",
    "/actions?mine=yes&view=list",
];

/// A restricted incident whose every part holds the mark, with something due and an action with owner and date.
async fn restricted(lead: &Person) -> i64 {
    let changes =
        [("restricted", "on"), ("severity", "1"), ("severity_reason", MARK), ("summary", MARK), ("agent", MARK)];
    let number = lead.open_with_retro(&format!("{MARK} refund"), &changes).await;
    let at = format!("/incidents/{number}");
    lead.client.post(&format!("{at}/tags"), &[("tag", MARK)]).await.is(303);
    let edit = format!("{at}/retro/actions/edit");
    let form = html::form(&lead.client.page(&edit).await, &edit);
    let mut fields = form.clone();
    for (name, value) in &mut fields {
        match name.split(':').next() {
            Some("action-title") if !value.is_empty() => *value = format!("{MARK} {value}"),
            Some("action-owner") => *value = "Vera Okafor".to_owned(),
            Some("action-due") => *value = "2026-11-26".to_owned(),
            _ => {}
        }
    }
    lead.client.submit(&edit, &fields).await.is(303);
    number
}

async fn restricted_incidents_show_nowhere(app: App) {
    let people = People::arrive(&app).await;
    let lead = invite(&app, &people.dana, "responder", "Lee Park", "lee@example.com").await;
    people.mia.open_with_retro("A refund that all may see", &[("severity", "2"), ("severity_reason", "seen")]).await;
    let mut before = Vec::new();
    for person in [&people.dana, &people.ravi, &people.mia, &people.vera] {
        for page in PAGES {
            before.push(person.client.page(page).await);
        }
    }
    let number = restricted(&lead).await;
    let mut before = before.into_iter();
    for person in [&people.dana, &people.ravi, &people.mia, &people.vera] {
        let program = person.program(&app, &["read"]).await;
        for page in PAGES {
            let then = before.next().expect("as many as before");
            assert_eq!(person.client.page(page).await, then, "{page} as {}", person.name);
            // The words searched for stand in the form.
            let now = program.page(page).await.to_lowercase().replace("value=\"zanzibar\"", "");
            assert!(!now.contains("zanzibar"), "{page} as a program of {}", person.name);
        }
    }
    // Whoever leads it sees it everywhere: the pages do show such things.
    for page in ["/", "/incidents?q=zanzibar", "/incidents?tag=zanzibar", "/incidents?severity=1", "/actions"] {
        let shown = lead.client.page(page).await;
        assert!(shown.contains(MARK), "{page}: {}", html::words(&shown));
    }
    // Being named opens it, and being named no more closes it at once.
    let at = format!("/incidents/{number}");
    let vera = [("account", people.vera.id.as_str()), ("duty", "informed")];
    lead.client.post(&format!("{at}/people"), &vera).await.is(303);
    let home = people.vera.client.page("/").await;
    assert_eq!(html::all(&home, "section[aria-labelledby=mine-h] li").iter().filter(|l| l.contains(MARK)).count(), 5);
    lead.client.post(&format!("{at}/people/remove"), &vera).await.is(303);
    people.vera.client.get(&at).await.is(404);
}

/// Evidence is stored under its digest: knowing the digest, or having the same file elsewhere, opens nothing.
async fn the_same_bytes_open_nothing(app: App) {
    let people = People::arrive(&app).await;
    let lead = invite(&app, &people.dana, "responder", "Lee Park", "lee@example.com").await;
    let hidden = restricted(&lead).await;
    let open = people.mia.open_with_retro("the same trace", &[]).await;
    let page = people.mia.client.page(&format!("/incidents/{open}")).await;
    let link = html::attributes(&page, "a[href*='/evidence/']", "href").pop().expect("a link");
    people.mia.client.get(&link).await.is(200);
    let there = link.replace(&format!("/incidents/{open}/"), &format!("/incidents/{hidden}/"));
    people.mia.client.get(&there).await.is(404);
    lead.client.get(&there).await.is(200);
}

on_both! {
    restricted_incidents_show_nowhere
    the_same_bytes_open_nothing
}
