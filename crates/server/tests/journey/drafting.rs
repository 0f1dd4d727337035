//! Drafting: from several sessions, and again without losing what people wrote.

use super::{edit, set};
use crate::support::{App, People, example, html, on_both};

async fn drafting_anew_keeps_what_people_wrote(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open_with_retro("one", &[]).await;
    let at = format!("/incidents/{number}");
    let path = format!("{at}/retro/behavior/edit");
    let form = html::form(&mia.client.page(&path).await, &path);
    let mut changes = set(&form, "verdict:", "edited");
    changes.extend(set(&form, "text:", "The agent announced a refund that was only begun."));
    changes.push(("notes", "Mia heard the recording."));
    edit(&mia, number, "behavior", &changes).await;
    edit(
        &mia,
        number,
        "actions",
        &[
            ("action-title:new-0", "Call the customer"),
            ("action-owner:new-0", "Mia Lindqvist"),
            ("action-category:new-0", "process"),
        ],
    )
    .await;
    let path = format!("{at}/retro/impact/edit");
    let form = html::form(&mia.client.page(&path).await, &path);
    let answer = form.iter().find(|(name, _)| name.starts_with("answer:")).expect("an open question");
    edit(&mia, number, "impact", &[(&answer.0, "Since release 12, as Mia found out.")]).await;
    // More evidence comes in, and the retro is drafted from all of it.
    let facts = example("refund/facts.yaml");
    mia.client.upload(&format!("{at}/evidence"), "facts", "facts.yaml", facts).await.is(303);
    mia.client.fill(&format!("{at}/retro"), &format!("{at}/retro/redraft"), &[]).await.is(303);
    let words = [
        "The agent announced a refund that was only begun.",
        "Mia heard the recording.",
        "Call the customer",
        "Since release 12, as Mia found out.",
        "42.00 EUR, refunded two days later",
    ];
    let retro = html::words(&mia.client.page(&format!("{at}/retro")).await);
    for word in words {
        assert!(retro.contains(word), "{word}: {retro}");
    }
    mia.client.get(&format!("{at}/retro/revisions")).await.is(200).says("drafted anew from the evidence");
    // Once more changes no word.
    mia.client.post(&format!("{at}/retro/redraft"), &[]).await.is(303);
    let again = html::words(&mia.client.page(&format!("{at}/retro")).await);
    let body = |text: &str| text[text.find("Contents").expect("the contents")..].to_owned();
    assert_eq!(body(&again), body(&retro));
    mia.client.post(&format!("{at}/retro"), &[]).await.is(409).says("has a retro already");
}

async fn several_sessions_are_a_choice(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[]).await;
    let at = format!("/incidents/{number}");
    let files = vec![("a.json", example("refund/trace.json")), ("b.json", example("injection/trace.json"))];
    mia.client.upload_all(&format!("{at}/evidence"), "trace", files).await.is(303);
    let before = app.changes().await;
    let choice = mia.client.post(&format!("{at}/retro"), &[]).await.is(200).says("The evidence holds 2 sessions.");
    let choice = choice.says("refund my charge");
    assert_eq!(app.changes().await, before);
    let keys = html::attributes(&choice.body, "button[name=session]", "value");
    assert_eq!(keys.len(), 2);
    mia.client.post(&format!("{at}/retro"), &[("session", "no such one")]).await.is(404);
    let key = keys.iter().find(|k| k.starts_with("conv")).expect("the refund's session");
    mia.client.post(&format!("{at}/retro"), &[("session", key)]).await.is(303);
    mia.client.get(&format!("{at}/retro")).await.is(200).says("has been processed");
    // Drafted anew, it stays with its session.
    mia.client.post(&format!("{at}/retro/redraft"), &[]).await.is(303);
    mia.client.get(&format!("{at}/retro")).await.is(200).says("has been processed");
}

/// A preview saves nothing.
async fn a_preview_is_not_a_save(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open_with_retro("one", &[]).await;
    let path = format!("/incidents/{number}/retro/impact/edit");
    let before = app.changes().await;
    let shown = mia.client.fill(&path, &path, &[("notes", "Two callers."), ("preview", "yes")]).await.is(200);
    assert!(html::all(&shown.body, ".preview").concat().contains("Two callers."), "{}", html::words(&shown.body));
    assert_eq!(app.changes().await, before);
    // From there it is saved, with what was typed; sent unchanged, it is no new revision.
    mia.client.fill_from(&shown.body, &path, &[]).await.is(303);
    mia.client.get(&format!("/incidents/{number}/retro")).await.is(200).says("Two callers.");
    let before = app.changes().await;
    mia.client.fill(&path, &path, &[]).await.is(303);
    assert_eq!(app.changes().await, before);
}

on_both! {
    drafting_anew_keeps_what_people_wrote
    several_sessions_are_a_choice
    a_preview_is_not_a_save
}
