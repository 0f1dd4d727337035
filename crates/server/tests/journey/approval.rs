//! An approval is of what was read, by somebody else; a lower severity skips no duty.

use super::edit;
use crate::support::people::invite;
use crate::support::{App, People, html, on_both};

const SEV_2: [(&str, &str); 2] = [("severity", "2"), ("severity_reason", "a customer was told so")];

async fn an_edit_after_reading_ends_the_review_and_is_told(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let number =
        mia.open_with_retro("one", &[("severity", "3"), ("severity_reason", "one"), ("ticket", "OPS-1")]).await;
    let (at, retro) = (format!("/incidents/{number}"), format!("/incidents/{number}/retro"));
    let (review, approve) = (format!("{retro}/review"), format!("{retro}/approve"));
    mia.client.post(&format!("{retro}/waivers/findings-decided"), &[("reason", "known")]).await;
    mia.client.post(&review, &[]).await.is(303);
    let read = ravi.client.page(&review).await;
    edit(mia, number, "impact", &[("notes", "Slipped in.")]).await;
    let told = ravi.client.fill_from(&read, &approve, &[]).await.is(412).says("Mia Lindqvist edited Impact");
    told.says("The review ended on").says("Send the retro for review again.");
    mia.client.get(&at).await.is(200).says("ended the review of the retro: edited Impact");
    // The same for what the text states of the incident, also once it is approved.
    mia.client.post(&review, &[]).await.is(303);
    ravi.client.fill(&review, &approve, &[]).await.is(303);
    mia.client.fill(&at, &format!("{at}/details"), &[("title", "another one")]).await.is(303);
    let page = ravi.client.get(&review).await.is(200).says("The approval ended on");
    page.says("Mia Lindqvist changed the incident's title");
}

async fn who_wrote_last_does_not_approve(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let ines = invite(&app, &people.dana, "approver", "Ines Roy", "ines@example.com").await;
    let number =
        mia.open_with_retro("one", &[("severity", "3"), ("severity_reason", "one"), ("ticket", "OPS-1")]).await;
    let retro = format!("/incidents/{number}/retro");
    let (review, approve) = (format!("{retro}/review"), format!("{retro}/approve"));
    edit(ravi, number, "impact", &[("notes", "Ravi was here.")]).await;
    mia.client.post(&format!("{retro}/waivers/findings-decided"), &[("reason", "known")]).await;
    mia.client.post(&review, &[]).await.is(303);
    ravi.client.get(&review).await.is(200).says("You made the last change to this retro.");
    ravi.client.post(&approve, &[("revision", "3")]).await.is(409).says("You made the last change to this retro.");
    // A redraft that changes nothing is nobody's edit, and ends no review.
    mia.client.post(&format!("{retro}/redraft"), &[]).await.is(303);
    ravi.client.post(&approve, &[("revision", "3")]).await.is(409).says("You made the last change to this retro.");
    // What the checks take from the incident counts as well: at Sev 3 the ticket is one.
    edit(mia, number, "impact", &[("notes", "Mia was here.")]).await;
    let at = format!("/incidents/{number}");
    ravi.client.fill(&at, &format!("{at}/details"), &[("ticket", "OPS-2")]).await.is(303);
    mia.client.post(&review, &[]).await.is(303);
    let refusal = "You made the last change to the incident's title, agent, ticket, times or severity";
    ravi.client.get(&review).await.is(200).says(refusal);
    ravi.client.post(&approve, &[("revision", "4")]).await.is(409).says(refusal);
    ines.client.fill(&review, &approve, &[]).await.is(303);
}

async fn a_waiver_ends_when_the_faults_change(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let number = mia.open_with_retro("one", &SEV_2).await;
    let retro = format!("/incidents/{number}/retro");
    let review = format!("{retro}/review");
    let waiver = format!("{retro}/waivers/actions-complete");
    mia.client.fill(&review, &waiver, &[("reason", "later")]).await.is(303);
    let fails = |page: &str| html::attributes(page, ".gate li.fails", "id").contains(&"actions-complete".to_owned());
    assert!(!fails(&ravi.client.page(&review).await));
    let path = format!("{retro}/actions/edit");
    let form = html::form(&mia.client.page(&path).await, &path);
    let owners = super::set(&form, "action-owner:", "Mia Lindqvist");
    edit(mia, number, "actions", &owners[..1]).await;
    let page = ravi.client.get(&review).await.is(200).says("The waiver no longer applies");
    assert!(fails(&page.body), "it fails in another way than it was waived for");
    mia.client
        .post(&format!("{retro}/waivers/ticket-named"), &[("reason", "x")])
        .await
        .is(409)
        .says("nothing to waive");
}

async fn who_waived_does_not_approve(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let ines = invite(&app, &people.dana, "approver", "Ines Roy", "ines@example.com").await;
    let number =
        mia.open_with_retro("one", &[("severity", "3"), ("severity_reason", "one"), ("ticket", "OPS-1")]).await;
    let retro = format!("/incidents/{number}/retro");
    let (review, approve) = (format!("{retro}/review"), format!("{retro}/approve"));
    let waiver = format!("{retro}/waivers/findings-decided");
    mia.client.post(&review, &[]).await.is(303);
    let page = ravi.client.get(&review).await.is(200);
    page.says("If you waive a check, another person must approve the retro.");
    ravi.client.fill(&review, &waiver, &[("reason", "known")]).await.is(303);
    let refusal = "You waived a failed check of this retro.";
    let page = ravi.client.get(&review).await.is(200).says(refusal);
    assert!(
        html::attributes(&page.body, "form[action$='/approve']", "action").is_empty(),
        "no button that would be refused"
    );
    ravi.client.post(&approve, &[("revision", "2")]).await.is(409).says(refusal);
    // Another person's waiver of the same check takes its place.
    mia.client.fill(&review, &waiver, &[("withdraw", "yes")]).await.is(303);
    mia.client.fill(&review, &waiver, &[("reason", "known")]).await.is(303);
    ravi.client.fill(&review, &approve, &[]).await.is(303);
    // Or another person approves.
    mia.client.post(&format!("{retro}/reopen"), &[("reason", "more came out")]).await.is(303);
    mia.client.post(&review, &[]).await.is(303);
    ravi.client.fill(&review, &waiver, &[("reason", "known")]).await.is(303);
    ravi.client.get(&review).await.is(200).says(refusal);
    ines.client.fill(&review, &approve, &[]).await.is(303);
}

/// Where a server allows it, for a team of one, the log says so.
#[tokio::test]
async fn where_it_is_allowed_the_log_names_an_approvers_own_waivers() {
    let app = App::sqlite_with(|c| c.self_approval = true).await;
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let number =
        mia.open_with_retro("one", &[("severity", "3"), ("severity_reason", "one"), ("ticket", "OPS-1")]).await;
    let retro = format!("/incidents/{number}/retro");
    let (review, approve) = (format!("{retro}/review"), format!("{retro}/approve"));
    mia.client.post(&review, &[]).await.is(303);
    ravi.client.fill(&review, &format!("{retro}/waivers/findings-decided"), &[("reason", "known")]).await.is(303);
    ravi.client.fill(&review, &approve, &[]).await.is(303);
    let page = ravi.client.get(&format!("/incidents/{number}")).await.is(200);
    page.says("self-approval, which this server allows; approver's own waivers: findings-decided");
}

/// Sev 2, lowered to 4 and closed, back to 1: no duty is skipped on the way.
async fn a_lower_severity_skips_no_duty(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let number = mia.open("one", &SEV_2).await;
    let at = format!("/incidents/{number}");
    let (severity, status, confirm) =
        (format!("{at}/severity"), format!("{at}/status"), format!("{at}/severity/confirm"));
    mia.client.fill(&at, &severity, &[("severity", "4"), ("reason", "nothing happened")]).await.is(303);
    let close = [("status", "closed")];
    mia.client.post(&status, &close).await.is(409).says("An approver has not confirmed severity 4 yet.");
    mia.client.get(&at).await.is(200).says("Its duties apply until an approver confirms Sev 4.");
    mia.client.post(&confirm, &[("reason", "agreed")]).await.is(403);
    ravi.client.fill(&at, &confirm, &[("reason", "")]).await.is(422);
    ravi.client.fill(&at, &confirm, &[("reason", "agreed")]).await.is(303);
    mia.client.get(&at).await.is(200).says("confirmed Sev 4, instead of Sev 2: agreed");
    mia.client.post(&status, &close).await.is(303);
    // More is asked of it now, and it is open again.
    mia.client.fill(&at, &severity, &[("severity", "1"), ("reason", "money was lost")]).await.is(303);
    mia.client.get(&at).await.is(200).says("changed the status from closed to open");
    mia.client.post(&status, &close).await.is(409).says("once its retro is approved");
    // Who lowers it does not confirm it.
    ravi.client.fill(&at, &severity, &[("severity", "4"), ("reason", "no")]).await.is(303);
    ravi.client.post(&confirm, &[("reason", "agreed")]).await.is(409).says("Another approver must confirm it.");
}

on_both! {
    an_edit_after_reading_ends_the_review_and_is_told
    who_wrote_last_does_not_approve
    a_waiver_ends_when_the_faults_change
    who_waived_does_not_approve
    a_lower_severity_skips_no_duty
}
