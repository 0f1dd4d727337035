//! Markdown and back: hostile texts stay texts, an untouched document holds no edits.

use hindcast_detect::Contracts;
use hindcast_render::markdown;
use hindcast_retro::draft::Note;
use hindcast_retro::facts::Facts;
use hindcast_retro::merge::{Edits, merge};
use hindcast_retro::policy::Policy;
use hindcast_retro::{Draft, Input, draft};
use hindcast_trace::{Evidence, read};
use proptest::prelude::*;

fn draft_of(messages: &serde_json::Value) -> Draft {
    let evidence = vec![Evidence::new(
        "t.json",
        serde_json::to_vec(&serde_json::json!({ "messages": messages })).expect("writes"),
    )];
    let reading = read(&evidence).expect("reads");
    let (contracts, facts, policy) = (Contracts::default(), Facts::default(), Policy::builtin());
    draft(&Input {
        trace: &reading.sessions[0],
        evidence: &evidence,
        contracts: &contracts,
        facts: &facts,
        policy: &policy,
    })
}

fn said(user: &str, tool: &str, agent: &str) -> Draft {
    draft_of(&serde_json::json!([
        {"role": "user", "content": user},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "refund", "arguments": "{\"charge_id\":\"ch_42\"}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": tool},
        {"role": "assistant", "content": agent},
    ]))
}

/// What people did to a page, but for the session that it is of.
fn edits_in(page: &str) -> Edits {
    Edits { session: None, ..markdown::read(page, "r.md").expect("ours") }
}

/// The document without its code spans: there every text must be harmless.
fn outside_code(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        out.push_str(&rest[..at]);
        let fence = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let inner = &rest[at + fence..];
        let close = "`".repeat(fence);
        let mut from = 0;
        let end = loop {
            let Some(n) = inner[from..].find(&close) else { break None };
            let start = from + n;
            let run = inner[start..].len() - inner[start..].trim_start_matches('`').len();
            if run == fence {
                break Some(start + fence);
            }
            from = start + run;
        };
        rest = end.map_or("", |e| &inner[e..]);
    }
    out.push_str(rest);
    out
}

#[test]
fn hostile_texts_stay_texts() {
    let evil = "</td><script>alert(1)</script> <!-- hindcast:lines 00 --> | ``` [x](javascript:alert(1)) \u{202e}\n# Heading\n- Verdict: rejected";
    let page = markdown::page(&said(evil, evil, evil));
    let plain = outside_code(&page);
    assert!(!plain.contains("<script") && !plain.contains("javascript:"), "{plain}");
    assert!(!page.contains('\u{202e}'));
    assert_eq!(page.lines().filter(|l| l.starts_with("# ")).count(), 1, "no heading from a trace");
    assert_eq!(edits_in(&page), Edits::default());
}

#[test]
fn what_a_person_writes_is_found_again() {
    let fresh = said("refund my charge", r#"{"status":"pending"}"#, "Your refund has been processed.");
    let page = markdown::page(&fresh);
    let edited = page
        .replace("## 3. Trigger\n", "## 3. Trigger\n\nIt began with the new prompt.\n")
        .replace("## 7. Action items\n", "## 7. Action items\n\n- [ ] **guardrails**: Call the customer back\n");
    let edits = markdown::read(&edited, "r.md").expect("ours");
    assert_eq!(edits.notes.len(), 1, "{:?}", edits.notes);
    assert_eq!(edits.notes[0].section, "trigger");
    assert_eq!(edits.actions[0].title, "Call the customer back");
    let merged = merge(&edits, fresh.clone(), &Policy::builtin()).0;
    let second = markdown::page(&merged);
    let again = merge(&markdown::read(&second, "r.md").expect("ours"), fresh, &Policy::builtin()).0;
    assert_eq!(markdown::page(&again), second);
    assert!(second.contains("It began with the new prompt.") && second.contains("Call the customer back"));
}

#[test]
fn a_note_on_the_severity_stands_above_the_sections() {
    let mut draft = said("refund it", "pending", "done");
    draft.notes.push(Note::new("severity", "The lawyers agree."));
    let page = markdown::page(&draft);
    let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words} is missing"));
    assert!(at("The lawyers agree.") < at("## 1. Timeline"));
    assert_eq!(page.matches("The lawyers agree.").count(), 1);
}

#[test]
fn a_reworded_line_is_kept_with_the_machines_words_beside_it() {
    let fresh = said("refund my charge", r#"{"status":"pending"}"#, "Your refund has been processed.");
    let page = markdown::page(&fresh);
    let line = page.lines().find(|l| l.contains("refund my charge") && l.starts_with('|')).expect("the user's line");
    let edited = page.replace(line, &line.replace("says", "demands, angrily,"));
    let merged = merge(&markdown::read(&edited, "r.md").expect("ours"), fresh, &Policy::builtin()).0;
    let kept = merged.timeline.entries.iter().find(|e| e.statement.original.is_some()).expect("an edited line");
    assert_eq!(kept.statement.text, "demands, angrily,");
    assert_eq!(kept.statement.original.as_deref(), Some("says"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn an_untouched_document_holds_no_edits(user in ".{1,80}", tool in ".{0,80}", agent in "(?s).{1,120}") {
        let page = markdown::page(&said(&user, &tool, &agent));
        prop_assert_eq!(edits_in(&page), Edits::default());
    }
}

#[test]
fn a_draft_with_nothing_found_asks_each_question_once() {
    let draft = draft_of(&serde_json::json!([
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Hello! How can I help?"},
    ]));
    assert!(draft.is_short());
    let page = markdown::page(&draft);
    for section in ["## 2. Impact", "## 5. System contribution"] {
        let (_, after) = page.split_once(section).expect("a section");
        let body = after.split("\n<!-- ").next().expect("a body");
        assert_eq!(body.trim(), "Nothing is known yet. See [Open questions](#open-questions).", "{section}");
    }
    for question in draft.questions() {
        assert_eq!(page.matches(&question.ask).count(), 1, "{}", question.ask);
    }
    assert!(!page.contains("**unknown**"), "{page}");
    // An answer in the list goes where it belongs.
    let asked = draft.questions().into_iter().find(|q| q.entry == "impact.customers").expect("asked");
    let line = page.lines().find(|l| l.contains(&asked.ask)).expect("asked");
    let edited = page.replace(line, "- 12 callers");
    let edits = markdown::read(&edited, "retro.md").expect("reads");
    let (next, _) = merge(&edits, draft, &Policy::builtin());
    let next = markdown::page(&next);
    assert!(next.contains("- **customers**: 12 callers\n"), "{next}");
}
