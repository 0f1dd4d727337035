//! To close an action, add a verification, or with a written reason; its owner does not sign it off.

use super::{edit, set};
use crate::support::people::Person;
use crate::support::{App, People, html, on_both};

/// The page of the first action, with its owner set.
async fn owned(mia: &Person) -> (i64, String) {
    let number = mia.open_with_retro("one", &[]).await;
    let path = format!("/incidents/{number}/retro/actions/edit");
    let form = html::form(&mia.client.page(&path).await, &path);
    let form: Vec<_> = form.into_iter().filter(|(name, _)| !name.contains(":new-")).collect();
    let changes = [set(&form, "action-owner:", "Mia Lindqvist"), set(&form, "action-due:", "2026-11-20")].concat();
    edit(mia, number, "actions", &changes).await;
    let page = mia.client.page(&format!("/incidents/{number}")).await;
    (number, html::attributes(&page, "a[href*='/actions/']", "href")[0].clone())
}

/// Sends the form of an action's page, which has no address of its own in it.
async fn change(person: &Person, action: &str, changes: &[(&str, &str)]) -> crate::support::Answer {
    let page = person.client.page(action).await;
    let version = html::attributes(&page, "input[name=version]", "value")[0].clone();
    let form = [&[("version", version.as_str())], changes].concat();
    person.client.post(action, &form).await
}

async fn closing_takes_proof_or_a_reason(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let (_, action) = owned(mia).await;
    let before = app.changes().await;
    let refused: [(&[(&str, &str)], &str); 7] = [
        (&[("state", "closed")], "To close an action, add a verification"),
        (&[("state", "closed"), ("proof", "eval"), ("reference", " ")], "To close an action, add a verification"),
        (
            &[("state", "closed"), ("proof", "link"), ("reference", "javascript:alert(1)")],
            "A link must start with https://",
        ),
        (
            &[("state", "closed"), ("proof", "link"), ("reference", "https://a@b.example")],
            "A link must start with https://",
        ),
        (&[("state", "closed"), ("proof", "sign_off")], "Another person must sign off"),
        (&[("state", "closed"), ("waiver", "  ")], "To close an action, add a verification"),
        (&[("state", "dropped")], "Write why it is dropped."),
    ];
    for (form, says) in refused {
        change(mia, &action, form).await.is(422).says(says);
    }
    change(mia, &action, &[("state", "finished")]).await.is(422).says("State: choose one.");
    assert_eq!(app.changes().await, before);
    change(mia, &action, &[("state", "in_progress")]).await.is(303);
    change(ravi, &action, &[("state", "closed"), ("proof", "sign_off"), ("reference", "seen it")]).await.is(303);
    ravi.client.get(&action).await.is(200).says("sign_off: seen it").says("Ended by").says("Ravi Menon, 2026-11-25");
    // Opened again, its proof is gone; a reason closes it without one.
    change(mia, &action, &[("state", "open")]).await.is(303);
    let page = mia.client.page(&action).await;
    assert!(!html::words(&page).contains("Ended by"));
    change(mia, &action, &[("state", "closed"), ("waiver", "The tool was taken out of service.")]).await.is(303);
    mia.client.get(&action).await.is(200).says("Without proof, because").says("The tool was taken out of service.");
}

async fn two_who_close_one_action_do_not_overwrite_each_other(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let (_, action) = owned(mia).await;
    let page = ravi.client.page(&action).await;
    let version = html::attributes(&page, "input[name=version]", "value")[0].clone();
    change(mia, &action, &[("state", "dropped"), ("waiver", "not needed")]).await.is(303);
    let form = [("version", version.as_str()), ("state", "closed"), ("proof", "eval"), ("reference", "refund-7")];
    ravi.client.post(&action, &form).await.is(412);
    mia.client.get(&action).await.is(200).says("not needed").says("Dropped");
}

async fn the_board_and_the_first_page_show_what_is_late(app: App) {
    let people = People::arrive(&app).await;
    let (mia, vera) = (&people.mia, &people.vera);
    let (number, action) = owned(mia).await;
    let board = vera.client.page("/actions").await;
    assert_eq!(html::all(&board, "section[aria-label=Open] li.card.is-overdue").len(), 3);
    assert_eq!(html::all(&mia.client.page("/actions?mine=yes&view=list").await, "tr.is-overdue").len(), 3);
    vera.client.get("/actions?mine=yes").await.is(200).says("Nothing to do.");
    let late = "section[aria-labelledby=mine-h] li.is-overdue";
    assert_eq!(html::all(&mia.client.page("/").await, late).len(), 3);
    change(mia, &action, &[("state", "closed"), ("proof", "eval"), ("reference", "refund-7")]).await.is(303);
    assert_eq!(html::all(&mia.client.page("/").await, late).len(), 2);
    assert_eq!(html::all(&vera.client.page("/actions").await, "section[aria-label=Closed] li.card").len(), 1);
    // What is closed stays so when the retro is drafted anew.
    mia.client.post(&format!("/incidents/{number}/retro/redraft"), &[]).await.is(303);
    mia.client.get(&action).await.is(200).says("eval: refund-7").says("Closed");
}

on_both! {
    closing_takes_proof_or_a_reason
    two_who_close_one_action_do_not_overwrite_each_other
    the_board_and_the_first_page_show_what_is_late
}
