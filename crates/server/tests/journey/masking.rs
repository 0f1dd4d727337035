//! Typed text with secrets or personal data: nothing is stored before somebody chose.

use crate::support::{App, People, example, html, on_both};
use hindcast_store::{Viewer, evidence};

const EMAIL: &str = "quentin.okonkwo@mail.example.org";
const CARD: &str = "4111 1111 1111 1111";

async fn a_form_comes_back_with_masks_and_stores_what_was_chosen(app: App) {
    let mia = People::arrive(&app).await.mia;
    let (title, summary) = (format!("Refund mailed to {EMAIL}"), format!("Line one\nPaid with {CARD} & <b>more</b>"));
    let typed = [("title", title.as_str()), ("summary", summary.as_str()), ("agent", "refunds")];
    let before = app.changes().await;
    let asked = mia.client.fill("/incidents/new", "/incidents", &typed).await.is(422);
    assert_eq!(app.changes().await, before, "nothing is stored yet");
    let asked = asked.says("1 email address").says("1 card number").says("Save with masks").says("Save as typed");
    let form = html::form(&asked.body, "/incidents");
    for (name, value) in typed {
        let kept = form.iter().find(|(n, _)| n == name).map(|(_, v)| v.replace("\r\n", "\n"));
        assert_eq!(kept.as_deref(), Some(value), "nothing that was typed is lost");
    }
    let marks = html::all(&asked.body, "mark");
    assert!(marks.len() == 2 && marks.iter().any(|m| m.ends_with("email address")), "{marks:?}");
    assert!(marks.iter().any(|m| m.starts_with("card-") && m.contains("-1111")), "{marks:?}");
    assert!(!html::all(&asked.body, ".masked").concat().contains("quentin"), "the preview is masked");

    let stored = mia.client.fill_from(&asked.body, "/incidents", &[("typed_text", "mask")]).await.is(303);
    let page = mia.client.page(stored.leads()).await;
    assert!(!page.contains(EMAIL) && !page.contains(CARD) && page.contains("@masked.invalid"), "{page}");
    assert!(page.contains("refunds") && !page.contains("without masks"));

    // As typed, and a row that says so without the text.
    let number: i64 = stored.leads().rsplit('/').next().expect("a number").parse().expect("a number");
    let details = format!("/incidents/{number}/details");
    let version = html::form(&page, &details).into_iter().find(|(n, _)| n == "version").expect("a version").1;
    let typed = [("title", title.as_str()), ("version", &version)];
    let asked = mia.client.post(&details, &typed).await.is(422).says("1 email address");
    let before = app.changes().await;
    mia.client.fill_from(&asked.body, &details, &[("typed_text", "keep")]).await.is(303);
    assert_eq!(app.changes().await, before + 2, "the choice and the change");
    let page = mia.client.page(&format!("/incidents/{number}")).await;
    assert!(page.contains(EMAIL) && page.contains("chose to store text without masks"), "{page}");
    let event = app.events().await.into_iter().find(|e| e.kind == "text.unmasked").expect("an event");
    assert!(event.data.contains("\"email\":1") && !event.data.contains("quentin"), "{}", event.data);
    assert!(chain_is_whole(&app).await);
}

async fn chain_is_whole(app: &App) -> bool {
    let mut conn = app.store().reader().await.expect("reads");
    hindcast_store::chain::verify(&mut conn).await.expect("verifies").faults.is_empty()
}

/// One mechanism stands behind all forms: sections of a retro, notes, actions, reviews, affected customers.
async fn every_form_whose_text_is_stored_asks(app: App) {
    let people = People::arrive(&app).await;
    let mia = &people.mia;
    let number = mia.open_with_retro("one", &[("severity", "3"), ("severity_reason", "a customer")]).await;
    let at = format!("/incidents/{number}");
    let note = format!("Ask {EMAIL}");
    let before = app.changes().await;
    for path in ["light", "behavior/edit", "system/edit", "actions/edit"] {
        let path = format!("{at}/retro/{path}");
        let page = mia.client.page(&path).await;
        let text = html::form(&page, &path).into_iter().map(|(name, _)| name);
        let name = text.into_iter().find(|n| n.starts_with("notes") || n.starts_with("action-title")).expect("a text");
        let asked = mia.client.fill_from(&page, &path, &[(&name, &note)]).await.is(422).says("1 email address");
        assert!(html::form(&asked.body, &path).contains(&(name, note.clone())), "{path}");
    }
    for (path, fields) in [
        (format!("{at}/tags"), vec![("tag", note.as_str())]),
        (format!("{at}/severity"), vec![("severity", "2"), ("reason", &note), ("version", "1")]),
        (format!("{at}/times"), vec![("at:detected", "2026-11-23 14:05"), ("by:detected", &note), ("version", "1")]),
        (format!("{at}/retro/waivers/owner"), vec![("reason", &note)]),
        (format!("{at}/affected/1"), vec![("remedy", "told"), ("note", &note), ("version", "1")]),
        (format!("{at}/actions/a1"), vec![("state", "open"), ("reason", &note)]),
        ("/incidents".to_owned(), vec![("title", &note), ("near_miss", "yes")]),
    ] {
        mia.client.post(&path, &fields).await.is(422).says("1 email address");
    }
    // Only a section's form has a preview: for any other form the field changes nothing.
    for (path, fields) in [
        (format!("{at}/details"), vec![("title", note.as_str()), ("version", "1"), ("preview", "1")]),
        (format!("{at}/tags"), vec![("tag", note.as_str()), ("preview", "yes")]),
        (format!("{at}/retro/light"), vec![("notes:impact", note.as_str()), ("preview", "yes")]),
    ] {
        mia.client.post(&path, &fields).await.is(422).says("1 email address");
    }
    let path = format!("{at}/retro/behavior/edit");
    mia.client.fill(&path, &path, &[("notes", &note), ("preview", "yes")]).await.is(200).says("Preview");
    assert_eq!(app.changes().await, before, "nothing is stored");
    // A viewer is refused before anything is looked at, and so is somebody who is not signed in.
    let refused = people.vera.client.post(&format!("{at}/tags"), &[("tag", &note)]).await;
    assert!(refused.status == 403 || refused.status == 422, "{}", refused.status);
    assert!(!app.browser().post(&format!("{at}/tags"), &[("tag", &note)]).await.body.contains(EMAIL));
    // Of an incident that they may not know of, no choice is put down.
    mia.client.post("/incidents/99/tags", &[("tag", &note), ("typed_text", "keep")]).await.is(404);
    assert_eq!(app.changes().await, before);
}

/// The reason for emergency access is text; the password beside it is neither looked at nor written into a page.
async fn what_proves_who_asks_is_not_shown_again(app: App) {
    let people = People::arrive(&app).await;
    let secret = format!("ghp_{}", "a1B2c3D4e5F6".repeat(3));
    let form =
        [("incident", "1"), ("reason", "Nobody else is there."), ("password", secret.as_str()), ("code", &secret)];
    let wrong = people.dana.client.post("/emergency-access", &form).await;
    assert!(!wrong.body.contains("Save with masks") && !wrong.body.contains(&secret), "{}", wrong.body);
    let reason = format!("Ask {EMAIL}");
    let form = [("incident", "1"), ("reason", reason.as_str()), ("password", &secret), ("code", &secret)];
    let asked = people.dana.client.post("/emergency-access", &form).await.is(422).says("1 email address");
    assert!(!asked.body.contains(&secret), "{}", asked.body);
    let typed_again =
        |name: &str| html::form(&asked.body, "/emergency-access").contains(&(name.to_owned(), String::new()));
    assert!(typed_again("password") && typed_again("code"));
}

/// The names of files, and facts files and lists: nothing is stored before somebody chose, and small files come back with the form.
async fn an_upload_comes_back_with_its_lines(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[]).await;
    let (files, affected) = (format!("/incidents/{number}/evidence"), format!("/incidents/{number}/affected"));
    let facts = format!("# <b>\ntitle: Order & letter\nagent: Ask {EMAIL}\n");
    let before = app.changes().await;
    let asked = mia.client.upload(&files, "facts", "facts.yaml", facts.clone().into_bytes()).await.is(422);
    let asked = asked.says("1 email address").says("Line 3").says("Store masked").says("Store as uploaded");
    let marks = html::all(&asked.body, "mark");
    assert!(matches!(&marks[..], [value, mask] if value == EMAIL && mask.ends_with("email address")), "{marks:?}");
    let list = format!("session,customer\ns1,{EMAIL}\n");
    let listed = mia.client.upload(&affected, "", "list.csv", list.clone().into_bytes()).await.is(422).says("Line 2");
    let named = format!("letter to {EMAIL}.json");
    let name = mia.client.upload(&files, "trace", &named, example("refund/trace.json")).await.is(422);
    let name = name.says("File name").says("always masked");
    assert_eq!(app.changes().await, before, "nothing is stored yet");

    mia.client.fill_parts_from(&asked.body, &files, &[("typed_text", "mask")]).await.is(303);
    mia.client.fill_parts_from(&listed.body, &affected, &[("typed_text", "mask")]).await.is(303);
    mia.client.fill_parts_from(&name.body, &files, &[("typed_text", "mask")]).await.is(303);
    let page = mia.client.page(&format!("/incidents/{number}")).await + &mia.client.page(&affected).await;
    assert!(!page.contains(EMAIL) && !page.contains("without masks"), "{page}");

    mia.client.fill_parts_from(&asked.body, &files, &[("typed_text", "keep")]).await.is(303);
    mia.client.fill_parts_from(&listed.body, &affected, &[("typed_text", "keep")]).await.is(303);
    let page = mia.client.page(&format!("/incidents/{number}")).await;
    assert_eq!(page.matches("chose to store text without masks").count(), 2, "{page}");
    assert!(mia.client.page(&affected).await.contains(EMAIL));
    let (store, viewer) = (app.store(), Viewer::system());
    let mut conn = store.reader().await.expect("reads");
    let mut kept = Vec::new();
    for item in evidence::of(&mut conn, &viewer, number).await.expect("lists") {
        let file = evidence::bytes(store, &mut conn, &viewer, number, &item.id).await.expect("reads");
        kept.push(file.expect("is there").bytes);
    }
    drop(conn);
    assert!(kept.len() == 3 && kept.contains(&facts.into_bytes()), "the same bytes as were uploaded");
    assert!(chain_is_whole(&app).await);

    // Asked before, nobody is asked again.
    let quiet = [("kind", "facts"), ("typed_text", "mask")];
    let other = format!("title: {EMAIL}\n").into_bytes();
    mia.client.upload_with(&files, &quiet, vec![("other.yaml", other)]).await.is(303);
    // Large files are not in the page. Others than those that were shown are shown first.
    let large = format!("session,customer\n{}s1,{EMAIL}\n", format!("s2,{}\n", "a long name ".repeat(90)).repeat(1000))
        .into_bytes();
    let asked =
        mia.client.upload(&affected, "", "large.csv", large.clone()).await.is(422).says("Choose the same files again");
    assert!(asked.body.len() < 20_000 && !asked.body.contains("name=\"held\""), "{} bytes", asked.body.len());
    let shown = html::form(&asked.body, &affected).into_iter().find(|(name, _)| name == "shown").expect("a digest").1;
    let keep = [("shown", shown.as_str()), ("typed_text", "keep")];
    let before = app.changes().await;
    mia.client
        .upload_with(&affected, &keep, vec![("large.csv", list.clone().into_bytes())])
        .await
        .is(422)
        .says("Line 2");
    assert_eq!(app.changes().await, before);
    mia.client.upload_with(&affected, &keep, vec![("large.csv", large)]).await.is(303);
}

/// IP addresses are left alone unless the policy says otherwise.
#[tokio::test]
async fn the_policy_turns_ip_addresses_on() {
    let yaml = include_str!("../../../retro/data/policy.yaml");
    let on = yaml.replace("mask_ip_addresses: false", "mask_ip_addresses: true");
    let policy = hindcast_retro::policy::Policy::parse(&on).expect("a policy");
    assert!(policy.masks_ip_addresses() && !hindcast_retro::policy::Policy::builtin().masks_ip_addresses());
    for (app, status) in [(App::sqlite().await, 303), (App::sqlite_with(|config| config.policy = policy).await, 422)] {
        let mia = People::arrive(&app).await.mia;
        let logged = [("title", "Calls came from 203.0.113.7:8080"), ("near_miss", "yes")];
        mia.client.post("/incidents", &logged).await.is(status);
    }
}

on_both! {
    a_form_comes_back_with_masks_and_stores_what_was_chosen
    every_form_whose_text_is_stored_asks
    what_proves_who_asks_is_not_shown_again
    an_upload_comes_back_with_its_lines
}
