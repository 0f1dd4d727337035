//! What is told in two places is told alike.

use crate::support::{App, People, example, html, on_both};

/// The facts file and the incident name other times: both are told, the same one counts, in the retro and beside the incident.
async fn the_clock_starts_once(app: App) {
    let mia = People::arrive(&app).await.mia;
    let severity = [("severity", "2"), ("severity_reason", "a customer"), ("aware", "2026-11-20 09:00")];
    let number = mia.open("one", &severity).await;
    let (at, evidence) = (format!("/incidents/{number}"), format!("/incidents/{number}/evidence"));
    let due = async || html::all(&mia.client.page(&at).await, ".deadlines time");
    assert_eq!(due().await, ["2026-11-21 24:00 UTC", "2026-11-27 24:00 UTC"]);
    mia.client.upload(&evidence, "trace", "trace.json", example("refund/trace.json")).await.is(303);
    mia.client
        .upload(&evidence, "facts", "facts.yaml", b"aware:\n  at: 2026-11-24T15:00:00Z\n  how: a call\n".to_vec())
        .await
        .is(303);
    assert_eq!(due().await, ["2026-11-25 24:00 UTC", "2026-12-01 24:00 UTC"]);
    let sentence = format!(
        "facts.yaml sets the awareness time to 2026-11-24T15:00:00Z, INC-{number} to 2026-11-20T09:00:00Z; facts.yaml takes precedence"
    );
    mia.client.get(&at).await.is(200).says(&sentence);
    mia.client.post(&format!("{at}/retro"), &[]).await.is(303);
    let retro = mia.client.get(&format!("{at}/retro")).await.is(200).says(&sentence);
    // The retro shows the same days.
    for day in ["25 November 2026", "1 December 2026"] {
        assert!(
            html::all(&retro.body, "#severity").join(" ").contains(day),
            "{day}: {}",
            html::all(&retro.body, "#severity")[0]
        );
    }
    // Set to the same time, nothing is said.
    mia.client.fill(&at, &format!("{at}/times"), &[("at:aware", "2026-11-24 15:00")]).await.is(303);
    assert!(!html::words(&mia.client.page(&at).await).contains("awareness time"));
    assert_eq!(due().await, ["2026-11-25 24:00 UTC", "2026-12-01 24:00 UTC"]);
}

/// An open question leads to the form that takes its answer; who may not write is not sent to a file.
async fn open_questions_lead_to_their_form(app: App) {
    let people = People::arrive(&app).await;
    let number = people.mia.open_with_retro("one", &[]).await;
    let retro = format!("/incidents/{number}/retro");
    let page = people.mia.client.page(&retro).await;
    let links = html::attributes(&page, ".ask a", "href");
    assert!(links.len() > 5, "{links:?}");
    for link in &links {
        let (form, id) = link.split_once('#').expect("a place");
        let there = html::attributes(&people.mia.client.page(form).await, "textarea", "id");
        assert!(there.iter().any(|i| i == id), "{link}: {there:?}");
    }
    let read = people.vera.client.page(&retro).await;
    assert_eq!(html::attributes(&read, ".ask a", "href"), [""; 0]);
    assert!(!html::words(&read).contains("in the facts file"), "{}", html::words(&read));
    assert!(html::words(&page).contains("LLM behavior analysis") && !html::words(&page).contains("LLM behaviour"));
}

/// An answer such as "1" or "none" is told with what it answers.
async fn answers_are_told_with_what_they_answer(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[("severity", "2"), ("severity_reason", "a customer")]).await;
    let at = format!("/incidents/{number}");
    for (kind, name) in [("trace", "trace.json"), ("facts", "facts.yaml")] {
        let bytes = example(&format!("refund/{name}"));
        mia.client.upload(&format!("{at}/evidence"), kind, name, bytes).await.is(303);
    }
    mia.client.post(&format!("{at}/retro"), &[]).await.is(303);
    let legends = async |section: &str| {
        html::all(&mia.client.page(&format!("{at}/retro/{section}/edit")).await, ".statement > legend")
    };
    let impact = legends("impact").await;
    assert!(impact.iter().any(|l| l == "customers facts.yaml"), "{impact:?}");
    assert!(impact.iter().any(|l| l == "money facts.yaml"), "{impact:?}");
    let delay = legends("delay").await;
    assert!(delay.iter().any(|l| l == "first wrong step analysis"), "{delay:?}");
    let system = legends("system").await;
    assert!(system.iter().any(|l| l == "tool design analysis"), "{system:?}");
}

/// What people write is Markdown wherever it is shown, and does no harm.
async fn notes_are_markdown(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open_with_retro("one", &[]).await;
    let edit = format!("/incidents/{number}/retro/impact/edit");
    let note = [("notes", "**Two** customers.\n\n- one\n- <script>alert(1)</script>")];
    let preview = mia.client.fill(&edit, &edit, &[&note[..], &[("preview", "yes")]].concat()).await.is(200).body;
    mia.client.fill(&edit, &edit, &note).await.is(303);
    for page in [preview, mia.client.page(&format!("/incidents/{number}/retro")).await] {
        assert_eq!(html::all(&page, ".note-text strong"), ["Two"]);
        assert_eq!(html::all(&page, ".note-text li").len(), 2);
        assert_eq!(html::live(&page), Vec::<String>::new());
    }
}

on_both! {
    answers_are_told_with_what_they_answer
    notes_are_markdown
    the_clock_starts_once
    open_questions_lead_to_their_form
}
