//! The journey: a first start, people, an incident with its trace, a retro, its review, its approval, a revision.

use super::{edit, set};
use crate::support::people::Person;
use crate::support::{App, People, example, html, on_both};
use jiff::SignedDuration;

/// The rules of the gate that fail, by their ids.
fn failing(page: &str) -> Vec<String> {
    html::attributes(page, ".gate li.fails", "id")
}

async fn from_the_first_start_to_an_approved_retro(app: App) {
    app.browser().get("/").await.is(303);
    app.browser().get(&app.first_link()).await.is(200).says("Administrator");
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    mia.client.get("/").await.is(200).says("No incident yet");

    // An incident, with what is due and why.
    let severity = [("severity", "1"), ("severity_reason", "a refund was promised and not made")];
    let more = [("summary", "A caller was told **done**."), ("aware", "2026-11-24 08:40"), ("source", "ticket 4711")];
    let number = mia.open("A refund that was none", &[&severity[..], &more[..]].concat()).await;
    let at = format!("/incidents/{number}");
    let page = mia.client.page(&at).await;
    let due = html::all(&page, ".deadlines li");
    assert!(!due.is_empty());
    for (item, why) in due.iter().zip(html::all(&page, ".deadlines li .how")) {
        assert!(why.len() > 10 && item.contains("2026-"), "{item}: {why}");
    }
    assert_eq!(html::all(&page, ".prose strong"), ["done"]);
    let responding = mia.client.fill_from(&page, &format!("{at}/first-response"), &[]).await.is(303);
    assert_eq!(responding.leads(), format!("{at}#due"));
    mia.client.get(&at).await.is(200).says("First response: Mia Lindqvist, 2026-11-25 10:00 UTC");
    mia.client.post(&format!("{at}/first-response"), &[]).await.is(409);

    // Its evidence and its retro.
    let evidence = format!("{at}/evidence");
    mia.client.get(&format!("{at}/retro")).await.is(404);
    mia.client.post(&format!("{at}/retro"), &[]).await.is(409).says("Add a trace first");
    mia.client.upload(&evidence, "trace", "trace.json", example("refund/trace.json")).await.is(303);
    mia.client.upload(&evidence, "facts", "facts.yaml", example("refund/facts.yaml")).await.is(303);
    mia.client.fill(&at, &format!("{at}/retro"), &[]).await.is(303);
    mia.client.get(&format!("{at}/retro")).await.is(200).says("the last known status of");

    // A review that comes too early: the gate names what is missing.
    let review = format!("{at}/retro/review");
    mia.client.fill(&review, &review, &[]).await.is(303);
    mia.client.post(&format!("{at}/retro/approve"), &[]).await.is(403);
    let page = ravi.client.page(&review).await;
    assert_eq!(failing(&page), ["findings-decided", "actions-complete"]);
    assert!(html::words(&page).contains("Not decided yet: Claimed \"Your refund has been processed\""));
    let first = [("revision", "1")];
    ravi.client.post(&format!("{at}/retro/approve"), &[]).await.is(422);
    ravi.client.post(&format!("{at}/retro/approve"), &first).await.is(409).says("of the checks fail");
    let back = format!("{at}/retro/return");
    ravi.client.post(&back, &[("reason", "")]).await.is(422);
    ravi.client.post(&back, &[("reason", "The finding is not decided.")]).await.is(303);
    mia.client.get(&at).await.is(200).says("gave the retro back: The finding is not decided.");

    decide(mia, number).await;
    approve(&app, &people, number).await;
    revise(&people, number).await;
}

/// What a person decides, assigns and writes; one action is left without a date.
async fn decide(mia: &Person, number: i64) {
    let at = format!("/incidents/{number}/retro");
    let form = async |section: &str| {
        let path = format!("{at}/{section}/edit");
        html::form(&mia.client.page(&path).await, &path)
    };
    let behavior = form("behavior").await;
    let mut verdicts = set(&behavior, "verdict:", "confirmed");
    assert_eq!(verdicts.len(), 1);
    verdicts.push(("notes", "Heard on the recording as well."));
    edit(mia, number, "behavior", &verdicts).await;
    let actions: Vec<_> = form("actions").await.into_iter().filter(|(name, _)| !name.contains(":new-")).collect();
    let owners = set(&actions, "action-owner:", "Mia Lindqvist");
    let dates = set(&actions, "action-due:", "2026-12-04");
    assert_eq!((owners.len(), dates.len()), (3, 3));
    edit(mia, number, "actions", &[&owners[..], &dates[1..]].concat()).await;
    let retro = mia.client.get(&at).await.is(200).says("Heard on the recording as well.");
    assert!(!html::words(&retro.body).contains("1 finding undecided"));
    // The edit of one section leaves the version of another alone, and a date that is none is told.
    let due = dates[0].0;
    let path = format!("{at}/actions/edit");
    mia.client.fill(&path, &path, &[(due, "tomorrow")]).await.is(422).says("Not saved");
}

async fn approve(app: &App, people: &People, number: i64) {
    let (mia, ravi) = (&people.mia, &people.ravi);
    let at = format!("/incidents/{number}/retro");
    let (review, approve) = (format!("{at}/review"), format!("{at}/approve"));
    let close = || mia.client.post("/incidents/1/status", &[("status", "closed")]);
    close().await.is(409).says("once its retro is approved");
    // Whoever asks for the review does not approve it, with whatever role.
    ravi.client.post(&review, &[]).await.is(303);
    let third = [("revision", "3")];
    ravi.client.post(&approve, &third).await.is(409).says("Another person must approve it");
    ravi.client.post(&format!("{at}/return"), &[("reason", "Mia asks.")]).await.is(303);
    ravi.client.post(&approve, &third).await.is(409);
    mia.client.fill(&review, &review, &[]).await.is(303);
    assert_eq!(failing(&ravi.client.page(&review).await), ["actions-complete"]);
    ravi.client.post(&approve, &third).await.is(409).says("1 of the checks fail");
    // A waiver takes a reason, and can be taken back.
    let waiver = format!("{at}/waivers/actions-complete");
    mia.client.post(&waiver, &[("reason", "  ")]).await.is(422).says("Why: write something here.");
    mia.client.post(&format!("{at}/waivers/no-such-rule"), &[("reason", "x")]).await.is(404);
    for _ in 0..2 {
        mia.client.fill(&review, &waiver, &[("reason", "The date comes with the vendor's answer.")]).await.is(303);
        let page = ravi.client.get(&review).await.is(200);
        let page = page.says("Waived by Mia Lindqvist").says("The date comes with the vendor's answer.");
        assert_eq!(failing(&page.body), Vec::<String>::new());
        mia.client.fill(&review, &waiver, &[("withdraw", "yes")]).await.is(303);
        assert_eq!(failing(&ravi.client.page(&review).await), ["actions-complete"]);
    }
    mia.client.post(&waiver, &[("reason", "The date comes with the vendor's answer.")]).await.is(303);
    app.wait(SignedDuration::from_hours(1));
    // What Ravi read is not what stands there: he is told who changed what, and shown what to look at.
    let told = ravi.client.post(&approve, &third).await.is(412).says("The retro has changed since you read revision 3");
    let told = told.says("Mia Lindqvist waived a check: actions-complete").says("Read revision 8");
    ravi.client.fill_from(&told.body, &approve, &[]).await.is(303);
    ravi.client.get(&at).await.is(200).says("approved by Ravi Menon, 2026-11-25 11:00 UTC");
    // Frozen: every way to change it is refused, and nothing changes.
    let before = app.changes().await;
    for section in ["behavior", "actions", "severity"] {
        mia.client.get(&format!("{at}/{section}/edit")).await.is(409).says("approved and frozen");
        let form = [("version", "2"), ("revision", "3"), ("notes", "one more thing")];
        mia.client.post(&format!("{at}/{section}/edit"), &form).await.is(409).says("approved and frozen");
    }
    mia.client.post(&format!("{at}/redraft"), &[]).await.is(409).says("approved and frozen");
    mia.client.post(&waiver, &[("reason", "another one")]).await.is(409);
    mia.client.post(&review, &[]).await.is(409);
    ravi.client.post(&approve, &[("revision", "8")]).await.is(409);
    ravi.client.post(&format!("{at}/return"), &[("reason", "no")]).await.is(409);
    assert_eq!(app.changes().await, before);
    // What was due is done, and the incident can be closed.
    mia.client.get("/incidents/1").await.is(200).says("retro written").says("done 2026-11-25 11:00 UTC");
    mia.client.post("/incidents/1/status", &[("status", "contained")]).await.is(303);
    mia.client.post("/incidents/1/status", &[("status", "resolved")]).await.is(303);
    close().await.is(303);
}

async fn revise(people: &People, number: i64) {
    let (mia, ravi) = (&people.mia, &people.ravi);
    let at = format!("/incidents/{number}/retro");
    let (review, reopen) = (format!("{at}/review"), format!("{at}/reopen"));
    mia.client.post(&reopen, &[("reason", "")]).await.is(422);
    mia.client.fill(&review, &reopen, &[("reason", "A second caller was told the same.")]).await.is(303);
    mia.client.post(&reopen, &[("reason", "again")]).await.is(409);
    edit(mia, number, "impact", &[("notes", "Two callers were told so.")]).await;
    // Its approval is gone with the frozen text; it takes another one.
    let retro = mia.client.page(&at).await;
    assert!(!html::words(&retro).contains("approved by"), "{}", html::words(&retro));
    mia.client.get(&format!("/incidents/{number}")).await.is(200).says("A second caller was told the same.");
    let revisions = ravi.client.page(&format!("{at}/revisions")).await;
    let mut rows = html::all(&revisions, "tbody tr td:nth-child(2)");
    rows.retain(|r| !r.contains("waive"));
    assert_eq!(
        rows,
        ["edited Impact", "edited Action items", "edited LLM behavior analysis", "drafted from the evidence"]
    );
    let newest = ravi.client.page(&format!("{at}/revisions/9")).await;
    assert_eq!(html::all(&newest, ".difference .added").len(), 1, "{}", html::words(&newest));
    assert!(html::all(&newest, ".difference .added")[0].contains("Two callers were told so."));
    assert_eq!(html::all(&newest, ".difference .removed"), Vec::<String>::new());
    let behavior = ravi.client.page(&format!("{at}/revisions/2")).await;
    assert!(html::all(&behavior, ".difference .added").iter().any(|l| l.contains("recording")));
    ravi.client.get(&format!("{at}/revisions/1")).await.is(200).says("added:");
    ravi.client.get(&format!("{at}/revisions/10")).await.is(404);
    ravi.client.get(&format!("{at}/revisions/0")).await.is(404);
    mia.client.fill(&review, &review, &[]).await.is(303);
    // What was waived for the frozen text is not waived for the new one.
    ravi.client.post(&format!("{at}/approve"), &[("revision", "9")]).await.is(409);
    mia.client.post(&format!("{at}/waivers/actions-complete"), &[("reason", "still open")]).await.is(303);
    ravi.client.fill(&review, &format!("{at}/approve"), &[]).await.is(303);
}

on_both! {
    from_the_first_start_to_an_approved_retro
}
