//! A failure that comes back opens the actions that should have prevented it; evidence that must go goes for good.

use crate::support::app::NOW;
use crate::support::people::Person;
use crate::support::{App, People, html, on_both};
use hindcast_retro::record::gate::RULES;
use hindcast_store::{Act, Viewer, erasure, evidence};
use std::time::Duration;

async fn closed_action(mia: &Person, number: i64) -> String {
    let page = mia.client.page(&format!("/incidents/{number}")).await;
    let action = html::attributes(&page, "a[href*='/actions/']", "href")[0].clone();
    let form = [("version", "1"), ("state", "closed"), ("waiver", "The tool was changed.")];
    mia.client.post(&action, &form).await.is(303);
    action
}

async fn a_failure_that_comes_back_opens_the_closed_actions(app: App) {
    let people = People::arrive(&app).await;
    let (mia, vera) = (&people.mia, &people.vera);
    let one = mia.open_with_retro("one", &[]).await;
    let action = closed_action(mia, one).await;
    let two = mia.open_with_retro("two", &[("restricted", "yes")]).await;
    let (at, before) = (format!("/incidents/{two}"), format!("/incidents/{two}/recurrences"));
    // The same was found with the same tool, and the form proposes it.
    let page = mia.client.get(&at).await.is(200).says("The same was found with the same tool");
    assert!(html::form(&page.body, &before).contains(&("earlier".to_owned(), format!("INC-{one}"))));
    mia.client.post(&before, &[("earlier", "next week")]).await.is(422).says("write its number, such as INC-12");
    mia.client.post(&before, &[("earlier", "99")]).await.is(404);
    mia.client.post(&before, &[("earlier", &two.to_string())]).await.is(409).says("not its own return");
    mia.client.fill(&at, &before, &[("reason", "the same words again")]).await.is(303);
    mia.client.fill_from(&page.body, &before, &[]).await.is(409).says("known as the same failure already");
    mia.client.get(&at).await.is(200).says("came before: the same words again");
    let page = mia.client.get(&action).await.is(200).says("the failure came back");
    assert!(!html::words(&page.body).contains("The tool was changed."), "its proof is gone");
    // Somebody who may not know of the second incident learns that the action is open again, and not why.
    let page = vera.client.get(&action).await.is(200).says("the failure came back");
    assert!(!page.body.contains(&format!("INC-{two}")));
    let page = vera.client.get(&format!("/incidents/{one}")).await.is(200).says("since the failure came back");
    assert!(!page.body.contains(&format!("INC-{two}")) && !page.body.contains("the same words again"));
    mia.client.get(&format!("/incidents/{one}")).await.is(200).says("is the return of this one");
    mia.client.post(&format!("{before}/remove"), &[("earlier", &one.to_string())]).await.is(303);
    mia.client.get(&at).await.is(200).says("No earlier incident is known");
    mia.client.get(&action).await.is(200).says("Open");
}

async fn erased_evidence_is_gone_and_what_rests_on_it_says_so(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let number = mia.open_with_retro("one", &[]).await;
    let at = format!("/incidents/{number}");
    let page = ravi.client.page(&at).await;
    let file = html::attributes(&page, "a[download]", "href")[0].clone();
    assert!(!mia.client.page(&at).await.contains("/erase"), "erasing takes an approver");
    mia.client.post(&format!("{file}/erase"), &[("reason", "asked for")]).await.is(403);
    ravi.client.post(&format!("{file}/erase"), &[("reason", " ")]).await.is(422);
    mia.client.get(&file).await.is(200);
    ravi.client.post(&format!("{file}/erase"), &[("reason", "the customer asked for it")]).await.is(303);
    mia.client.get(&file).await.is(404);
    let page = mia.client.get(&at).await.is(200).says("the customer asked for it").says("erased a file");
    assert!(html::attributes(&page.body, "a[download]", "href").is_empty());
    ravi.client.post(&format!("{file}/erase"), &[("reason", "again")]).await.is(409);
    // The retro stays as it was written; what it quotes cannot be looked up any more, and the review says why.
    let told =
        "What it quotes from trace.json can be read here and not be looked up any more: Ravi Menon erased the file";
    mia.client.get(&format!("{at}/retro")).await.is(200).says(told);
    mia.client.get(&format!("{at}/retro/review")).await.is(200).says("erased on 2026-11-25 by Ravi Menon");
    mia.client.post(&format!("{at}/retro/redraft"), &[]).await.is(409).says("nothing left to draft from");
    let again = crate::support::example("refund/trace.json");
    mia.client.upload(&format!("{at}/evidence"), "trace", "trace.json", again).await.is(409).says("is not taken again");
}

/// Somebody erases the evidence while an approval looks at the quotes: what is approved then is not what was checked.
async fn evidence_erased_during_an_approval_is_noticed(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let number = mia.open_with_retro("one", &[("severity", "2"), ("severity_reason", "told a customer so")]).await;
    let retro = format!("/incidents/{number}/retro");
    for rule in RULES.iter().filter(|r| r.id() != "bases-hold") {
        mia.client.post(&format!("{retro}/waivers/{}", rule.id()), &[("reason", "known")]).await;
    }
    mia.client.post(&format!("{retro}/review"), &[]).await.is(303);
    let dana = Viewer { account: people.dana.id.clone(), name: people.dana.name.clone(), ..Viewer::system() };
    let act = Act { by: &dana, at: NOW.parse().expect("a time") };
    let files = evidence::of(&mut app.store().reader().await.expect("reads"), &dana, number).await.expect("lists");
    let mut tx = app.store().begin().await.expect("begins");
    erasure::erase(&mut tx, act, number, &files[0].id, "asked for").await.expect("erases");
    let approve = format!("{retro}/approve");
    let page = ravi.client.page(&format!("{retro}/review")).await;
    let read = html::attributes(&page, "form[action$='/approve'] input[name=revision]", "value").remove(0);
    let read = [("revision", read.as_str())];
    let slowly = async {
        // Time for the approval to check every quote; the evidence is not gone for others yet.
        tokio::time::sleep(Duration::from_secs(2)).await;
        tx.commit().await.expect("commits");
    };
    let (approved, ()) = tokio::join!(ravi.client.post(&approve, &read), slowly);
    approved.is(412).says("erased evidence").says("The review ended on");
    mia.client.get(&retro).await.is(200).says("draft");
}

/// A bad disk keeps nobody from their work on the incident, and the same file taken in again mends it.
async fn damaged_evidence_is_told_and_mended(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open_with_retro("one", &[]).await;
    let (at, evidence) = (format!("/incidents/{number}"), format!("/incidents/{number}/evidence"));
    let facts = crate::support::example("refund/facts.yaml");
    mia.client.upload(&evidence, "facts", "facts.yaml", facts.clone()).await.is(303);
    app.damage().await;
    mia.client.fill(&at, &format!("{at}/severity"), &[("severity", "2"), ("reason", "told so")]).await.is(303);
    mia.client.fill(&at, &format!("{at}/times"), &[("at:aware", "2026-11-25 09:00")]).await.is(303);
    mia.client.get(&format!("{at}/retro/review")).await.is(200).says("The evidence is not available");
    let redraft = format!("{at}/retro/redraft");
    mia.client.post(&redraft, &[]).await.is(409).says("trace.json are damaged or gone");
    mia.client.upload(&evidence, "trace", "trace.json", crate::support::example("refund/trace.json")).await.is(303);
    mia.client.post(&redraft, &[]).await.is(409).says("facts.yaml are damaged or gone");
    mia.client.upload(&evidence, "facts", "facts.yaml", facts).await.is(303);
    mia.client.post(&redraft, &[]).await.is(303);
}

on_both! {
    damaged_evidence_is_told_and_mended
    evidence_erased_during_an_approval_is_noticed
    a_failure_that_comes_back_opens_the_closed_actions
    erased_evidence_is_gone_and_what_rests_on_it_says_so
}
