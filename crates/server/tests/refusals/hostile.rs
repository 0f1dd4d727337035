//! Words made to harm whoever reads them: pages stay pages, and nothing in them runs or loads.

use crate::support::people::{Person, invite};
use crate::support::{App, People, example, html, on_both};

/// Words that fit into a title.
const SHORT: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/t.png)",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "{{ frame.name }} {% block main %}",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
];
/// What nobody sees: forms refuse it, a search may have it.
const HIDDEN: &str = "\u{202e}gnp.exe\u{2066}\u{200b}\u{feff}";

/// Texts that fit into a summary or into notes, some of them as large as they may be.
fn long() -> Vec<String> {
    let row = format!("|{}\n", "a|".repeat(400));
    let mut all = vec![
        SHORT.join("\n\n"),
        "<style>*{display:none}</style><iframe src=//evil.example></iframe><base href=//evil.example>".to_owned(),
        "[a]: javascript:alert(1)\n[b]: data:text/html;base64,PHNjcmlwdD4=\n\n[x][a] [y][b] <javascript:alert(1)>"
            .to_owned(),
        "[x](JaVa\tScRiPt:alert(1)) [y](&#106;avascript:alert(1)) [z](//evil.example \"on\" onclick=alert(1))"
            .to_owned(),
        format!("{row}|{}\n{}", "-|".repeat(400), row.repeat(20)),
        "x".repeat(20_000),
        "> ".repeat(10_000),
        "- ".repeat(10_000),
        "[".repeat(20_000),
        "*a ".repeat(6_000),
        "`".repeat(19_999),
        "![[".repeat(6_000),
        "<div>".repeat(4_000),
        "\u{202e}".repeat(6_000),
    ];
    all.iter_mut().for_each(|t| t.truncate(t.floor_char_boundary(20_000)));
    all
}

async fn harmless(person: &Person, path: &str) {
    let page = person.client.page(path).await;
    assert_eq!(html::live(&page), Vec::<String>::new(), "{path}");
    assert_eq!(html::all(&page, "main").len(), 1, "{path}");
}

async fn hostile_words_in_short_fields_do_nothing(app: App) {
    let people = People::arrive(&app).await;
    for (n, words) in SHORT.iter().enumerate() {
        let name = invite(&app, &people.dana, "responder", words, &format!("p{n}@example.com")).await;
        let changes = [("agent", *words), ("ticket", *words), ("severity", "2"), ("severity_reason", *words)];
        let number = name.open(words, &[&changes[..], &[("source", *words)]].concat()).await;
        let at = format!("/incidents/{number}");
        let tag: String = words.chars().take(50).collect();
        name.client.post(&format!("{at}/tags"), &[("tag", &tag)]).await.is(303);
        name.client.upload(&format!("{at}/evidence"), "trace", words, example("refund/trace.json")).await.is(303);
        name.client.post(&format!("{at}/retro"), &[]).await.is(303);
        name.client.post(&format!("{at}/retro/waivers/findings-decided"), &[("reason", words)]).await.is(303);
        let edit = format!("{at}/retro/actions/edit");
        let action = [("action-title:new-0", *words), ("action-owner:new-0", *words), ("action-proof:new-0", *words)];
        name.client.fill(&edit, &edit, &action).await.is(303);
        name.token(&["read"]).await;
        for path in ["", "/retro", "/retro/review", "/retro/revisions", "/retro/revisions/2", "/retro/actions/edit"] {
            harmless(&name, &format!("{at}{path}")).await;
        }
        let links = html::attributes(&name.client.page(&at).await, "a[href*='/actions/']", "href");
        for link in links {
            harmless(&name, &link).await;
        }
    }
    let hidden = people.mia.client.fill("/incidents/new", "/incidents", &[("title", HIDDEN)]).await.is(422);
    assert!(html::words(&hidden.body).contains("U+202E"), "{}", html::words(&hidden.body));
    for path in ["/", "/incidents", "/actions", "/actions?view=list", "/people", "/account"] {
        harmless(&people.dana, path).await;
    }
    for words in SHORT.into_iter().chain([HIDDEN]) {
        let query = reqwest::Url::parse_with_params("http://x/incidents", [("q", words), ("tag", words)]);
        let query = query.expect("an address");
        harmless(&people.dana, &format!("/incidents?{}", query.query().expect("a query"))).await;
    }
}

async fn hostile_markdown_does_nothing(app: App) {
    let people = People::arrive(&app).await;
    let number = people.mia.open_with_retro("one", &[]).await;
    let at = format!("/incidents/{number}");
    for text in long() {
        people.mia.client.post(&format!("{at}/details"), &[("title", "one"), ("summary", &text)]).await.is(303);
        harmless(&people.mia, &at).await;
        for section in ["impact", "behavior", "actions"] {
            let edit = format!("{at}/retro/{section}/edit");
            let kept: String = text.chars().take(9_000).filter(|c| !c.is_control() || *c == '\n').collect();
            let saved = people.mia.client.fill(&edit, &edit, &[("notes", &kept)]).await;
            assert_eq!(saved.status, 303, "{section}: {:.60?}\n{}", text, html::words(&saved.body));
            let preview = people.mia.client.fill(&edit, &edit, &[("notes", &kept), ("preview", "yes")]).await.is(200);
            assert_eq!(html::live(&preview.body), Vec::<String>::new(), "{section}");
            harmless(&people.mia, &edit).await;
        }
        harmless(&people.mia, &format!("{at}/retro")).await;
    }
    let newest = html::attributes(&people.mia.client.page(&format!("{at}/retro/revisions")).await, "td a", "href");
    for revision in newest.iter().take(6) {
        harmless(&people.mia, revision).await;
    }
}

on_both! {
    hostile_words_in_short_fields_do_nothing
    hostile_markdown_does_nothing
}
