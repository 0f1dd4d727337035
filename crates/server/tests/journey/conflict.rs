//! Two people edit one section: nobody's words are lost.

use super::set;
use crate::support::{App, People, html, on_both};

async fn the_second_sees_both_texts_and_nothing_is_lost(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let number = mia.open_with_retro("one", &[]).await;
    let (retro, edit) = (format!("/incidents/{number}/retro"), format!("/incidents/{number}/retro/behavior/edit"));
    // Both open the form.
    let (for_mia, for_ravi) = (mia.client.page(&edit).await, ravi.client.page(&edit).await);
    mia.client.fill_from(&for_mia, &edit, &[("notes", "Mia heard the recording.")]).await.is(303);
    // Ravi decides on the finding and writes nothing: what Mia wrote stands in the form that he gets back.
    let form = html::form(&for_ravi, &edit);
    let reason = "It says processed while it is pending.";
    let mut changes = set(&form, "verdict:", "confirmed");
    changes.extend(set(&form, "reason:", reason));
    let before = app.changes().await;
    let conflict = ravi.client.fill_from(&for_ravi, &edit, &changes).await.is(409);
    let conflict = conflict.says("Mia Lindqvist changed “LLM behavior analysis” while you were editing");
    assert_eq!(app.changes().await, before);
    let merged = html::form(&conflict.body, &edit);
    let value = |part: &str| merged.iter().find(|(name, _)| name.starts_with(part)).map(|(_, v)| v.trim().to_owned());
    assert_eq!(value("notes").as_deref(), Some("Mia heard the recording."));
    assert_eq!(value("verdict:").as_deref(), Some("confirmed"));
    assert_eq!(value("reason:").as_deref(), Some(reason));
    ravi.client.fill_from(&conflict.body, &edit, &[]).await.is(303);
    let saved = ravi.client.get(&retro).await.is(200).says("Mia heard the recording.").says(reason);
    let finding = html::words(&saved.body);
    assert!(finding.contains("confirmed by a person"), "{finding}");
}

async fn the_same_words_changed_by_both_are_shown_side_by_side(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let number = mia.open_with_retro("one", &[]).await;
    let (retro, edit) = (format!("/incidents/{number}/retro"), format!("/incidents/{number}/retro/impact/edit"));
    let (for_mia, for_ravi) = (mia.client.page(&edit).await, ravi.client.page(&edit).await);
    mia.client.fill_from(&for_mia, &edit, &[("notes", "Mia counts one customer.")]).await.is(303);
    let conflict = ravi.client.fill_from(&for_ravi, &edit, &[("notes", "Ravi counts two.")]).await.is(409);
    let lines = |class: &str| html::all(&conflict.body, &format!(".difference .{class}")).join("\n");
    assert!(lines("removed").contains("Mia counts one customer."), "{}", lines("removed"));
    assert!(lines("added").contains("Ravi counts two."), "{}", lines("added"));
    let merged = html::form(&conflict.body, &edit);
    assert!(merged.contains(&("notes".to_owned(), "Ravi counts two.".to_owned())), "{merged:?}");
    // Sent again as it was, it meets the same conflict; nothing is saved by trying twice.
    ravi.client.fill_from(&for_ravi, &edit, &[("notes", "Ravi counts two.")]).await.is(409);
    // A third change meanwhile is a conflict again.
    let now = mia.client.page(&edit).await;
    mia.client.fill_from(&now, &edit, &[("notes", "Mia counts one customer, Ms Roe.")]).await.is(303);
    let both = "Mia counts one customer. Ravi counts two.";
    let again = ravi.client.fill_from(&conflict.body, &edit, &[("notes", both)]).await.is(409);
    let again = again.says("Mia counts one customer, Ms Roe.");
    ravi.client.fill_from(&again.body, &edit, &[("notes", both)]).await.is(303);
    ravi.client.get(&retro).await.is(200).says(both);
    // What gave way is kept in the revision before.
    let was = ravi.client.get(&format!("{retro}/revisions/3")).await.is(200);
    was.says("Mia counts one customer, Ms Roe.");
}

/// Edits of different sections, at the same time, do not meet.
async fn different_sections_are_no_conflict(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let number = mia.open_with_retro("one", &[]).await;
    let path = |section: &str| format!("/incidents/{number}/retro/{section}/edit");
    let sections = ["impact", "trigger", "behavior", "system", "delay", "actions"];
    let mut forms = Vec::new();
    for section in sections {
        forms.push(mia.client.page(&path(section)).await);
    }
    let saves = sections.iter().zip(&forms).enumerate().map(|(n, (section, form))| {
        let client = if n % 2 == 0 { mia.client.clone() } else { ravi.client.clone() };
        let (action, fields) = (path(section), html::form(form, &path(section)));
        let words = format!("Words on {section}, number {n}.");
        tokio::spawn(async move {
            let mut fields = fields;
            fields.retain(|(name, _)| name != "notes");
            fields.push(("notes".to_owned(), words));
            client.submit(&action, &fields).await.status
        })
    });
    for save in saves.collect::<Vec<_>>() {
        assert_eq!(save.await.expect("answers"), 303);
    }
    let retro = html::words(&mia.client.page(&format!("/incidents/{number}/retro")).await);
    for (n, section) in sections.iter().enumerate() {
        assert!(retro.contains(&format!("Words on {section}, number {n}.")), "{section}: {retro}");
    }
    // And of many at once in the same section, exactly one is saved; the others see the conflict.
    let form = html::form(&mia.client.page(&path("impact")).await, &path("impact"));
    let saves = (0..6).map(|n| {
        let (client, action, mut fields) = (mia.client.clone(), path("impact"), form.clone());
        fields.retain(|(name, _)| name != "notes");
        fields.push(("notes".to_owned(), format!("Attempt {n}.")));
        tokio::spawn(async move { client.submit(&action, &fields).await.status })
    });
    let mut all = Vec::new();
    for save in saves.collect::<Vec<_>>() {
        all.push(save.await.expect("answers"));
    }
    all.sort_unstable();
    assert_eq!(all, [303, 409, 409, 409, 409, 409]);
}

/// What an incident's own forms carry along tells a change by somebody else.
async fn a_stale_form_of_an_incident_is_refused(app: App) {
    let people = People::arrive(&app).await;
    let (mia, ravi) = (&people.mia, &people.ravi);
    let number = mia.open("one", &[]).await;
    let at = format!("/incidents/{number}");
    let (for_mia, for_ravi) = (mia.client.page(&at).await, ravi.client.page(&at).await);
    let details = format!("{at}/details");
    mia.client.fill_from(&for_mia, &details, &[("title", "Mia's title")]).await.is(303);
    let refused = ravi.client.fill_from(&for_ravi, &details, &[("title", "Ravi's title")]).await.is(412);
    refused.says("changed by somebody else meanwhile");
    let severity = [("severity", "2"), ("reason", "seen")];
    ravi.client.fill_from(&for_ravi, &format!("{at}/severity"), &severity).await.is(412);
    mia.client.get(&at).await.is(200).says("Mia's title");
}

on_both! {
    the_second_sees_both_texts_and_nothing_is_lost
    the_same_words_changed_by_both_are_shown_side_by_side
    different_sections_are_no_conflict
    a_stale_form_of_an_incident_is_refused
}
