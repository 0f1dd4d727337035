//! A session with hundreds of findings stays readable, and every finding can still be decided on.

use hindcast_detect::Contracts;
use hindcast_render::{html, markdown};
use hindcast_retro::facts::Facts;
use hindcast_retro::merge::{Edits, merge};
use hindcast_retro::policy::Policy;
use hindcast_retro::statement::Verdict;
use hindcast_retro::{Draft, Input, draft};
use hindcast_trace::{Evidence, read};
use serde_json::json;

/// As many refunds told as done while they are pending.
fn refunds(count: usize) -> Draft {
    after(Vec::new(), count)
}

/// The same, after other messages.
fn after(mut messages: Vec<serde_json::Value>, count: usize) -> Draft {
    for i in 0..count {
        let arguments = json!({"charge_id": format!("ch_{}", 1000 + i)}).to_string();
        let function = json!({"name": "refund", "arguments": arguments});
        let call = json!({"id": format!("c{i}"), "type": "function", "function": function});
        messages.push(json!({"role": "user", "content": format!("Refund charge ch_{} please.", 1000 + i)}));
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [call]}));
        messages.push(json!({"role": "tool", "tool_call_id": format!("c{i}"), "content": "{\"status\":\"pending\"}"}));
        messages.push(json!({"role": "assistant", "content": "Your refund has been processed."}));
    }
    let evidence = vec![Evidence::new("t.json", serde_json::to_vec(&json!({ "messages": messages })).expect("writes"))];
    let reading = read(&evidence).expect("reads");
    let (contracts, facts, policy) = (Contracts::default(), Facts::default(), Policy::builtin());
    let trace = &reading.sessions[0];
    let draft = draft(&Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy });
    assert_eq!(draft.behavior.findings.len(), count);
    draft
}

/// The line of a finding, by its number from 1, and that of its verdict.
fn lines_of(page: &str, number: usize) -> (&str, &str) {
    let mut lines = page.lines().skip_while(|l| !l.starts_with(&format!("- **Finding {number}, event ")));
    let line = lines.next().expect("a line");
    (line, lines.find(|l| l.contains("Verdict: ")).expect("a verdict"))
}

/// The page with another verdict on a finding, by its number from 1.
fn with_verdict(page: &str, number: usize, verdict: &str) -> String {
    let whole = |l: &&str| l.starts_with(&format!("### Finding {number}: "));
    let start =
        page.lines().position(|l| whole(&l) || l.starts_with(&format!("- **Finding {number}, event "))).expect("it");
    let mut lines: Vec<&str> = page.lines().collect();
    let at = start + lines[start..].iter().position(|l| l.ends_with("- Verdict: open")).expect("a verdict");
    let line = lines[at].replace("open", verdict);
    lines[at] = &line;
    lines.join("\n")
}

fn again(page: &str, fresh: &Draft) -> (Draft, String, Vec<String>) {
    let edits = markdown::read(page, "r.md").expect("ours");
    let (merged, mut told) = merge(&edits, fresh.clone(), &Policy::builtin());
    let written = markdown::pages(std::slice::from_ref(&merged));
    told.extend(written.warnings);
    (merged, written.text, told)
}

#[test]
fn a_dozen_is_told_whole_and_many_in_short() {
    let few = markdown::page(&refunds(12));
    assert_eq!(few.matches("### Finding ").count(), 12);
    assert!(!few.contains("in short form"));
    let many = markdown::page(&refunds(60));
    assert_eq!(many.matches("### Finding ").count(), 5, "the first ones");
    assert!(many.contains("### 55 more findings of completion-not-terminal, in short form"));
    let section = many.split("## 4. ").nth(1).and_then(|s| s.split("## 5. ").next()).expect("section 4");
    assert!(section.lines().count() < 60 * 4, "{}", section.lines().count());
}

#[test]
fn each_finding_keeps_its_id_event_quote_and_verdict() {
    let draft = refunds(60);
    let page = markdown::page(&draft);
    for (i, finding) in draft.behavior.findings.iter().enumerate().skip(5) {
        let (line, verdict) = lines_of(&page, i + 1);
        assert!(line.starts_with(&format!("- **Finding {}, event {}**: ", i + 1, finding.event)), "{line}");
        assert!(line.contains("`has been processed` [q"), "{line}");
        assert_eq!(verdict, "  - Verdict: open");
        assert_eq!(page.matches(&finding.statement.id).count(), 1, "listed once");
    }
    // Every quote that is pointed at stands among the evidence, and none besides.
    let pointed: std::collections::HashSet<&str> =
        page.split("](#").skip(1).filter_map(|p| p.split(')').next()).collect();
    let listed: std::collections::HashSet<&str> =
        page.split("<a name=\"").skip(1).filter_map(|p| p.split('"').next()).collect();
    assert_eq!(pointed, listed);
}

#[test]
fn a_finding_told_in_short_can_be_dismissed_reworded_and_annotated() {
    let fresh = refunds(60);
    let page = markdown::page(&fresh);
    let (text, _) = lines_of(&page, 41);
    let words = text.split("**: ").nth(1).and_then(|t| t.rsplit_once(" `has been")).expect("words").0;
    let new = text.replacen(words, "It was told as done.", 1);
    let edited = with_verdict(&page, 31, "rejected: the caller was told by phone").replacen(
        text,
        &format!("{new}\n  - Eve looks into this one."),
        1,
    );
    let (merged, once, told) = again(&edited, &fresh);
    assert_eq!(told, Vec::<String>::new());
    let gone = &merged.behavior.findings[30].statement;
    assert_eq!((gone.verdict, gone.reason.as_deref()), (Verdict::Rejected, Some("the caller was told by phone")));
    let said = &merged.behavior.findings[40].statement;
    assert_eq!((said.text.as_str(), said.verdict), ("It was told as done.", Verdict::Edited));
    assert!(once.contains("  - Eve looks into this one."));
    assert_eq!(again(&once, &fresh).1, once, "the next draft changes nothing");
    // The same from the draft as data.
    let (from_data, _) = merge(&Edits::of(&merged), fresh.clone(), &Policy::builtin());
    assert_eq!(markdown::page(&from_data), once);
}

#[test]
fn a_finding_told_in_short_that_is_deleted_comes_back_and_is_told() {
    let fresh = refunds(60);
    let page = markdown::page(&fresh);
    let (line, verdict) = lines_of(&page, 31);
    let kept = page.replacen(&format!("{line}\n{verdict}\n"), "", 1);
    assert_ne!(kept, page);
    let (_, once, told) = again(&kept, &fresh);
    assert_eq!(once, page);
    assert!(told.iter().any(|t| t.contains("finding 31 was deleted without a reason")), "{told:?}");
}

#[test]
fn a_dismissal_never_moves_to_another_finding_with_the_same_words() {
    let page = markdown::page(&refunds(3));
    let edited = with_verdict(&page, 2, "rejected: a test call");
    // In another export every finding stands elsewhere, and by its words alone none can be told from the others.
    let elsewhere = after(vec![json!({"role": "user", "content": "Hello"})], 3);
    let (merged, once, _) = again(&edited, &elsewhere);
    assert!(merged.behavior.findings.iter().all(|f| f.statement.verdict == Verdict::Open));
    assert!(once.contains("Dismissed earlier, and no longer found in the evidence") && once.contains("a test call"));
    // In the same export it stays where it was, though a finding before it rests on the same words.
    let two = refunds(2);
    let edited = with_verdict(&markdown::page(&two), 2, "rejected: a test call");
    let verdicts = again(&edited, &two).0.behavior.findings.iter().map(|f| f.statement.verdict).collect::<Vec<_>>();
    assert_eq!(verdicts, [Verdict::Open, Verdict::Rejected]);
    // Where the words stand once, they tell.
    let one = markdown::page(&refunds(1)).replacen("Verdict: open", "Verdict: rejected: a test call", 1);
    let (merged, ..) = again(&one, &after(vec![json!({"role": "user", "content": "Hello"})], 1));
    assert_eq!(merged.behavior.findings[0].statement.verdict, Verdict::Rejected);
}

#[test]
fn a_title_in_a_persons_words_is_shown_however_many_there_are() {
    let mut few = refunds(60);
    let id = few.behavior.findings[50].statement.id.clone();
    few.behavior.findings[50].title = "What Ana was told".to_owned();
    let (merged, _) = merge(&Edits::of(&few), refunds(60), &Policy::builtin());
    let page = markdown::page(&merged);
    assert!(page.contains("### Finding 51: misinterpretation: What Ana was told"), "{id}");
    assert_eq!(again(&page, &refunds(60)).1, page);
}

#[test]
fn the_page_holds_every_finding() {
    let page = html::page(&refunds(60)).expect("a page");
    for number in 1..=60 {
        assert_eq!(page.matches(&format!("id=\"f{number}\"")).count(), 1, "finding {number}");
    }
    assert_eq!(page.matches("<article class=\"finding").count(), 5);
    assert!(page.contains("60 findings"));
}
