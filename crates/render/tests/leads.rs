//! Leads on both pages.

mod support;

use hindcast_render::{html, markdown};
use support::{hostile, refund, rich};

#[test]
fn leads_stand_apart_and_closed() {
    let draft = rich();
    let page = markdown::page(&draft);
    let (before, rest) = page.split_once("<details>\n<summary>Worth checking: 2 leads</summary>").expect("the list");
    let (list, after) = rest.split_once("</details>").expect("its end");
    assert!(before.contains("### Finding 1: ") && after.starts_with("\n\nWhat was looked for:"), "{after}");
    assert!(list.contains("Leads have no effect on severity, title,") && list.contains("write `Verdict: confirmed`"));
    assert!(list.contains("  - Reliability: nobody has judged this rule in service agent sessions yet"));
    assert!(list.contains("  - Verdict: rejected: the user had asked for it at event 2 <!-- verdict "));
    assert!(list.contains("  - considered, event 5: it lists the charge, and is no confirmation"));
    assert!(before.contains("- Reliability: this rule was right in 21 of 24 judged cases in service agent sessions"));
    for answer in ["found", "worth checking", "nothing found", "not assessed", "not applicable"] {
        assert_eq!(after.matches(&format!("\n- *{answer}*: ")).count(), 1, "{answer} is explained once");
    }
    for lead in &draft.behavior.leads {
        let quote = lead.statement.quotes().next().expect("a quote");
        assert!(page.contains(&format!("<a name=\"{}\">", quote.id)), "{} is among the evidence", quote.id);
    }
}

#[test]
fn the_page_keeps_them_closed_and_apart_from_findings() {
    let page = html::page(&rich()).expect("a page");
    let (_, rest) = page.split_once("<details class=\"leads\" id=\"leads\">").expect("the list");
    let (list, after) = rest.split_once("</details>").expect("its end");
    assert!(list.contains("<summary>Worth checking: 2 leads</summary>") && list.contains("Leads have no effect on"));
    assert_eq!((list.matches("<article class=\"lead").count(), page.matches("<article class=\"lead").count()), (2, 2));
    assert!(list.contains("<dt>Reliability</dt><dd>nobody has judged this rule in service agent sessions yet</dd>"));
    assert!(list.contains("<span class=\"chip gone\">dismissed</span>"));
    assert!(after.contains("<dt>1 worth checking</dt>"), "{after}");
    assert!(!html::page(&refund()).expect("a page").contains("Worth checking: "));
}

#[test]
fn what_a_lead_says_stays_text() {
    let draft = hostile();
    let page = markdown::page(&draft);
    let list = page.split_once("Worth checking").and_then(|(_, r)| r.split_once("</details>")).expect("the list").0;
    assert!(!draft.behavior.leads.is_empty() && !list.contains("\u{202e}") && !list.contains("\n# "));
}
