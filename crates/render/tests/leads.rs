//! Leads on both pages.

mod support;

use hindcast_detect::{Contracts, SessionKind};
use hindcast_render::{html, markdown};
use hindcast_retro::facts::Facts;
use hindcast_retro::policy::Policy;
use hindcast_retro::statement::Verdict;
use hindcast_retro::{Draft, Input, draft, redraft};
use hindcast_trace::{Evidence, read};
use serde_json::json;
use support::{hostile, refund, rich};

/// Drafts a session with one lead: a first draft, or one that keeps what people wrote into a page.
fn drafted(system: Option<&str>, page: Option<&str>) -> (Draft, Vec<String>) {
    let mut messages = vec![
        json!({"role": "user", "content": "Please refund charge ch_42."}),
        json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "refund", "arguments": "{\"charge_id\":\"ch_42\"}"}}]}),
        json!({"role": "tool", "tool_call_id": "c1", "content": "{\"status\":\"pending\"}"}),
        json!({"role": "assistant", "content": "The refund has been processed."}),
    ];
    messages.splice(0..0, system.map(|words| json!({"role": "system", "content": words})));
    let evidence = vec![Evidence::new("t.json", json!({ "messages": messages }).to_string().into_bytes())];
    let reading = read(&evidence).expect("reads");
    let (contracts, policy, mut facts) = (Contracts::default(), Policy::builtin(), Facts::default());
    // Nobody has judged coding sessions, so that every rule gives leads there.
    facts.choose_kind(SessionKind::Coding);
    let (trace, facts) = (&reading.sessions[0], &facts);
    let input = Input { trace, evidence: &evidence, contracts: &contracts, facts, policy: &policy };
    match page {
        None => (draft(&input), Vec::new()),
        Some(page) => redraft(&input, &markdown::read(page, "r.md").expect("ours")),
    }
}

const OPEN: &str = "  - Verdict: open\n";

fn with_verdict(page: &str, verdict: &str) -> String {
    assert_eq!(page.matches(OPEN).count(), 1, "{page}");
    page.replace(OPEN, &format!("  - Verdict: {verdict}\n"))
}

#[test]
fn a_lead_is_promoted_in_the_page_and_stays_promoted() {
    let page = markdown::page(&drafted(None, None).0);
    for (word, system) in [("confirmed", None), ("promoted", None), ("confirmed", Some("You work on refunds."))] {
        let mut next = with_verdict(&page, word);
        for _ in 0..2 {
            let (draft, told) = drafted(system, Some(&next));
            assert_eq!(told, [""; 0]);
            assert!(draft.behavior.leads.is_empty() && draft.behavior.findings[0].promoted, "{word}");
            assert!(!draft.actions.items.is_empty());
            next = markdown::page(&draft);
            assert!(
                next.contains("- A person promoted this lead to a finding\n") && !next.contains("<details>"),
                "{next}"
            );
            assert!(next.contains("\n- Verdict: confirmed\n"), "{next}");
            assert!(
                next.starts_with(&format!(
                    "# {}",
                    draft.behavior.findings[0].heading().split('"').next().expect("words")
                ))
            );
        }
    }
}

/// The result that the coverage table gives for the rule of the lead.
fn result(draft: &Draft) -> String {
    let page = markdown::page(draft);
    let row = page.lines().find(|l| l.starts_with("| completion-not-terminal |")).expect("a row").to_owned();
    let word = row.trim_end_matches(" |").rsplit(" | ").next().expect("a result").to_owned();
    let html = html::page(draft).expect("a page");
    assert!(html.contains(&format!("<span class=\"answer\">{word}</span>")), "{word}");
    assert!(page.contains(&format!("\n- *{word}*: ")), "the word is explained: {word}");
    word
}

#[test]
fn the_coverage_table_says_what_people_decided() {
    let open = drafted(None, None).0;
    let page = markdown::page(&open);
    assert_eq!(result(&open), "worth checking");
    assert!(!page.contains("- *promoted*: ") && !page.contains("- *dismissed*: "), "{page}");
    let promoted = drafted(None, Some(&with_verdict(&page, "confirmed"))).0;
    assert_eq!(result(&promoted), "promoted");
    let dismissed = drafted(None, Some(&with_verdict(&page, "rejected: a test"))).0;
    assert_eq!(result(&dismissed), "dismissed");
    let page = markdown::page(&dismissed);
    assert!(page.contains("<summary>Dismissed: 1 lead</summary>"), "{page}");
    assert!(!page.contains("Worth checking: ") && page.contains("Every lead in this session was dismissed"), "{page}");
    assert!(html::page(&dismissed).expect("a page").contains("<summary>Dismissed: 1 lead</summary>"));
    let found = refund();
    assert_eq!(result(&found), "found");
}

#[test]
fn a_deleted_lead_is_not_worth_checking() {
    let page = markdown::page(&drafted(None, None).0);
    let (before, rest) = page.split_once("- **Lead 1").expect("a lead");
    let (lead, after) = rest.split_once("\n\n").expect("its end");
    assert!(lead.contains("Verdict: open"), "{lead}");
    let (draft, _) = drafted(None, Some(&format!("{before}\n{after}")));
    assert_eq!(draft.leads_to_check(), 0);
    assert_eq!(result(&draft), "dismissed");
    assert!(!draft.summary[0].text.contains("worth checking"), "{}", draft.summary[0].text);
}

#[test]
fn a_heading_in_other_words_is_used_in_the_whole_page() {
    let page = markdown::page(&drafted(None, None).0);
    let promoted = markdown::page(&drafted(None, Some(&with_verdict(&page, "confirmed"))).0);
    let line = promoted.lines().find(|l| l.starts_with("### Finding 1: ")).expect("a heading");
    let (before, title) = line.rsplit_once(": ").expect("a title");
    let other = promoted.replacen(line, &format!("{before}: the caller was told too early"), 1);
    let (draft, told) = drafted(None, Some(&other));
    assert_eq!(told, [""; 0]);
    let next = markdown::page(&draft);
    assert!(next.starts_with("# The caller was told too early\n"), "{next}");
    assert!(!next.contains(title), "no place keeps the other title: {next}");
    assert!(next.matches("the caller was told too early").count() >= 4, "{next}");
    let (again, told) = drafted(None, Some(&next));
    assert_eq!((markdown::page(&again), told), (next, Vec::new()));
}

#[test]
fn a_lead_is_dismissed_in_the_page_and_stays_dismissed() {
    let page = markdown::page(&drafted(None, None).0);
    let mut next = with_verdict(&page, "rejected: the user saw the status");
    for system in [None, Some("You work on refunds."), None] {
        let (draft, told) = drafted(system, Some(&next));
        assert_eq!(told, [""; 0]);
        let lead = &draft.behavior.leads[0].statement;
        assert_eq!((lead.verdict, lead.reason.as_deref()), (Verdict::Rejected, Some("the user saw the status")));
        assert!(draft.behavior.findings.is_empty());
        next = markdown::page(&draft);
    }
    let (_, told) = drafted(None, Some(&with_verdict(&page, "rejected")));
    assert!(told[0].contains("is rejected without a reason"), "{told:?}");
}

#[test]
fn a_lead_that_a_person_rewords_or_deletes_stays_a_lead() {
    let page = markdown::page(&drafted(None, None).0);
    let line = page.lines().find(|l| l.starts_with("- **Lead 1, ")).expect("the lead");
    let reworded = page.replace(line, &line.replace("The agent says", "It seems that the agent says"));
    let (draft, _) = drafted(None, Some(&reworded));
    let lead = &draft.behavior.leads[0].statement;
    assert!(lead.text.starts_with("It seems that the agent says"), "{}", lead.text);
    assert!(lead.original.is_some() && draft.behavior.findings.is_empty());
    // A lead has no effect, so that nobody has to give a reason for taking it out.
    let (draft, told) = drafted(None, Some(&page.replace(&format!("{line}\n"), "")));
    let again = markdown::page(&draft);
    assert!(told.is_empty() && !again.contains("- **Lead 1, "), "{told:?}");
}

#[test]
fn leads_stand_apart_and_closed() {
    let draft = rich();
    let page = markdown::page(&draft);
    let (before, rest) =
        page.split_once("<details>\n<summary>Worth checking: 1 lead (1 dismissed)</summary>").expect("the list");
    let (list, after) = rest.split_once("</details>").expect("its end");
    assert!(before.contains("### Finding 1: ") && after.starts_with("\n\nDetector coverage:"), "{after}");
    assert!(list.contains("Leads do not affect severity, title,") && list.contains("write `Verdict: confirmed`"));
    assert!(list.contains("  - Reliability: nobody has judged this rule in service agent sessions yet"));
    assert!(list.contains("  - Verdict: rejected: the user had asked for it at event 2\n"));
    assert!(list.contains("  - Checked event 5: it lists the charge, and is no confirmation"));
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
    assert!(
        list.contains("<summary>Worth checking: 1 lead (1 dismissed)</summary>")
            && list.contains("Leads do not affect")
    );
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
