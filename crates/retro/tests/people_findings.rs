//! Findings of people: what no rule sees, in a facts file.

use hindcast_detect::Contracts;
use hindcast_detect::finding::Category;
use hindcast_retro::draft::{Consequence, Contribution};
use hindcast_retro::facts::{self, Facts};
use hindcast_retro::merge::Edits;
use hindcast_retro::policy::Policy;
use hindcast_retro::statement::{Answer, Origin, Verdict};
use hindcast_retro::verify::verify;
use hindcast_retro::{Draft, Input, draft, redraft};
use hindcast_trace::{Evidence, Trace, read};
use serde_json::{Value, json};

const MISREAD: &str = "findings:
  - category: misinterpretation
    what: The agent read \"regular\" as \"gold\" and granted lounge access.
    quotes: ['\"membership\":\"regular\"', As a gold member]
    answers: {tool_design: contributed, guardrails: contributed, context: did_not}
    title: A regular member was treated as gold
";

/// A session in which no rule finds anything; `before` moves every place.
fn lounge(before: &[Value]) -> Vec<Evidence> {
    let mut messages = before.to_vec();
    messages.extend([
        json!({"role": "user", "content": "Can I use the lounge?"}),
        json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "get_profile", "arguments": "{\"user\":\"u_7\"}"}}]}),
        json!({"role": "tool", "tool_call_id": "c1", "content": "{\"user\":\"u_7\",\"membership\":\"regular\"}"}),
        json!({"role": "assistant", "content": "As a gold member you can use the lounge."}),
        json!({"role": "user", "content": "As a gold member? Thanks."}),
    ]);
    vec![Evidence::new("t.json", json!({ "messages": messages }).to_string().into_bytes())]
}

fn with<T>(evidence: &[Evidence], facts: &Facts, work: impl FnOnce(&Input<'_>) -> T) -> T {
    let reading = read(evidence).expect("reads");
    let (contracts, policy, trace) = (Contracts::default(), Policy::builtin(), &reading.sessions[0]);
    work(&Input { trace, evidence, contracts: &contracts, facts, policy: &policy })
}

fn parsed(yaml: &str) -> Facts {
    facts::parse(yaml, "facts.yaml").expect("valid facts")
}

fn drafted(yaml: &str) -> Draft {
    with(&lounge(&[]), &parsed(yaml), |input| {
        input.facts.look_up(&[input.trace]).expect("everything is found");
        draft(input)
    })
}

fn refused(yaml: &str) -> String {
    let facts = parsed(yaml);
    with(&lounge(&[]), &facts, |input| facts.look_up(&[input.trace]).expect_err("a fault").to_string())
}

#[test]
fn a_person_s_finding_is_a_finding_in_all_respects() {
    assert!(drafted("").behavior.findings.is_empty(), "no rule sees it");
    let draft = drafted(MISREAD);
    let [finding] = &draft.behavior.findings[..] else { panic!("one: {:#?}", draft.behavior.findings) };
    assert_eq!(finding.statement.origin, Origin::Person("facts.yaml".to_owned()));
    assert_eq!((finding.rule.as_str(), finding.reliability.as_str()), ("", ""));
    assert_eq!(finding.category, Category::Misinterpretation);
    // The agent's own step, and not the result that it misread nor the user who repeats its words.
    assert_eq!(finding.event, 4);
    assert_eq!(finding.tools, ["get_profile"]);
    assert_eq!(finding.consequence, Consequence::NotContained);
    let quotes: Vec<_> = finding.statement.quotes().map(|q| (q.event, q.text.as_str())).collect();
    assert_eq!(quotes, [(3, r#""membership":"regular""#), (4, "As a gold member")]);
    assert_eq!(draft.title, "A regular member was treated as gold");
    assert!(draft.summary[0].text.contains("A regular member was treated as gold"), "{}", draft.summary[0].text);
    assert!(draft.timeline.entries.iter().any(|e| e.event == Some(4) && e.findings.len() == 1));
    let Answer::Known(trigger) = &draft.trigger else { panic!("a trigger") };
    assert_eq!(trigger[0].quotes().next().map(|q| q.event), Some(3));
    let first = draft.delay.points.iter().find(|p| p.point == "first_wrong_step").expect("the point");
    assert!(first.answer.statements()[0].text.starts_with("Event 4: "));
    assert!(draft.severity.reasons.iter().any(|r| r.text.contains("at event 4")));
    assert!(verify(&draft, &lounge(&[])).holds());
}

#[test]
fn its_answers_decide_the_system_questions_and_the_actions() {
    let draft = drafted(MISREAD);
    let verdict = |question: &str| draft.system.iter().find(|a| a.question == question).expect("the question");
    for question in ["tool_design", "guardrails"] {
        let answer = verdict(question);
        assert_eq!(answer.verdict, Contribution::Contributed, "{question}");
        assert!(answer.counterfactual.is_some() && answer.questions.is_empty(), "{question}");
        let said = answer.statements.last().expect("a statement");
        assert_eq!(said.origin, Origin::Person("facts.yaml".to_owned()));
        assert_eq!(said.quotes().count(), 2, "it cites the finding's words");
    }
    assert_eq!(verdict("context").verdict, Contribution::DidNot);
    assert_eq!(verdict("eval_coverage").verdict, Contribution::Unknown);
    let actions: Vec<_> = draft.actions.items.iter().map(|a| a.question.as_str()).collect();
    // What is unknown is not thereby fine; context is ruled out, and permissions are not known to matter.
    assert_eq!(actions, ["eval_coverage", "guardrails", "tool_design"]);
    assert!(draft.actions.items.iter().all(|a| a.findings == [draft.behavior.findings[0].statement.id.as_str()]));
    assert!(draft.actions.items[2].title.contains("`get_profile`"));
}

#[test]
fn every_category_can_be_reached() {
    for category in Category::ALL {
        let name = category.label().replace(' ', "_");
        let yaml = format!(
            "alerted: {{never: true}}\nfindings:\n  - {{category: {name}, what: It went wrong, events: [4]}}\n"
        );
        let draft = drafted(&yaml);
        let [finding] = &draft.behavior.findings[..] else { panic!("one for {name}") };
        assert_eq!(finding.category, category);
        let questions: Vec<_> = draft.actions.items.iter().map(|a| a.question.as_str()).collect();
        assert_eq!(questions, ["eval_coverage", "guardrails", "monitoring"], "{name}");
        assert!(!draft.actions.items.iter().any(|a| a.title.contains("its detector")), "{name}");
        assert!(verify(&draft, &lounge(&[])).holds());
    }
}

#[test]
fn events_narrow_where_a_quote_is_looked_for() {
    let of = |fields: &str| format!("findings:\n  - {{category: hallucination, what: a, {fields}}}\n");
    let at = |fields: &str| {
        drafted(&of(fields)).behavior.findings[0].statement.quotes().map(|q| q.event).collect::<Vec<_>>()
    };
    assert_eq!(at("quotes: [As a gold member]"), [4]);
    assert_eq!(at("quotes: [As a gold member], events: [5]"), [5]);
    assert_eq!(at("quotes: [As a gold member], events: [5, 1]"), [5, 1], "an event without a quote is cited as well");
    assert_eq!(at("events: [2]"), [2]);
    let told = refused(&of("events: [1], quotes: [As a gold member]"));
    assert!(told.contains("the quote `As a gold member` is in event 4, and `events` names only 1. Add 4"), "{told}");
}

#[test]
fn what_is_not_there_is_told_with_its_place_and_what_comes_nearest() {
    let of = |fields: &str| format!("findings:\n  - category: hallucination\n    what: a\n    {fields}\n");
    assert_eq!(
        refused(&of("quotes: ['membership: regular']")),
        "facts.yaml: line 4, column 14: the quote `membership: regular` is not in the session. The closest match is in event 3: `membership\":\"regular`. Quote the text exactly."
    );
    let far = refused(&of("quotes: [platinum status confirmed]"));
    assert!(far.contains("is not in the session, and there is no close match."), "{far}");
    for event in [0, 6] {
        let told = refused(&of(&format!("events: [{event}]")));
        assert!(told.starts_with(&format!("facts.yaml: line 4, column 14: there is no event {event}; ")), "{told}");
        assert!(told.contains("the session has events 1 to 5."), "{told}");
    }
}

#[test]
fn of_several_sessions_each_has_its_own_findings() {
    let (one, other) = (
        lounge(&[]),
        vec![Evidence::new(
            "u.json",
            json!({"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]})
                .to_string()
                .into_bytes(),
        )],
    );
    let (one, other) = (read(&one).expect("reads"), read(&other).expect("reads"));
    let all: [&Trace; 2] = [&other.sessions[0], &one.sessions[0]];
    let facts = parsed(MISREAD);
    facts.look_up(&all).expect("one of them has it");
    assert!(facts.cited(all[0]).is_empty() && facts.cited(all[1]).len() == 1);
    let nowhere = parsed("findings:\n  - {category: hallucination, what: a, quotes: [membership regular]}\n");
    let told = nowhere.look_up(&all).expect_err("in neither").to_string();
    assert!(told.contains("not in any of the 2 sessions. The closest match is in event 3"), "{told}");
    let events = parsed("findings:\n  - {category: hallucination, what: a, events: [2]}\n");
    let told = events.look_up(&all).expect_err("which one").to_string();
    assert!(told.contains("choose a session with --session ID"), "{told}");
}

#[test]
fn what_people_decide_on_it_survives() {
    let facts = parsed(MISREAD);
    let mut earlier = drafted(MISREAD);
    let finding = &mut earlier.behavior.findings[0].statement;
    (finding.verdict, finding.reason) = (Verdict::Rejected, Some("the member was gold by then".to_owned()));
    let again =
        |evidence: &[Evidence], facts: &Facts| with(evidence, facts, |input| redraft(input, &Edits::of(&earlier)));
    let moved = lounge(&[json!({"role": "system", "content": "You help members."})]);
    // More lines before it, other answers, and another export of the session.
    let edited = parsed(&format!("agent: lounge-bot\n{}", MISREAD.replace("context: did_not", "context: contributed")));
    for (evidence, facts) in [(lounge(&[]), &facts), (lounge(&[]), &edited), (moved, &facts)] {
        let (draft, told) = again(&evidence, facts);
        assert_eq!(told, [""; 0]);
        let statement = &draft.behavior.findings[0].statement;
        assert_eq!(
            (statement.verdict, statement.reason.as_deref()),
            (Verdict::Rejected, Some("the member was gold by then"))
        );
        assert!(draft.actions.items.iter().all(|a| a.verdict == Verdict::Rejected));
    }
}

#[test]
fn two_findings_on_the_same_words_are_told_apart() {
    let two = format!(
        "{MISREAD}  - {{category: hallucination, what: It invented a status, quotes: ['\"membership\":\"regular\"']}}\n"
    );
    let facts = parsed(&two);
    let mut earlier = drafted(&two);
    let [one, other] = &mut earlier.behavior.findings[..] else { panic!("two") };
    assert_ne!(one.statement.id, other.statement.id);
    let rejected = if one.category == Category::Hallucination { one } else { other };
    (rejected.statement.verdict, rejected.statement.reason) = (Verdict::Rejected, Some("no".to_owned()));
    let (draft, _) = with(&lounge(&[]), &facts, |input| redraft(input, &Edits::of(&earlier)));
    for finding in &draft.behavior.findings {
        assert_eq!(finding.statement.verdict == Verdict::Rejected, finding.category == Category::Hallucination);
    }
    // The one that is left does not inherit the other's verdict.
    let (draft, _) = with(&lounge(&[]), &parsed(MISREAD), |input| redraft(input, &Edits::of(&earlier)));
    assert_eq!(draft.behavior.findings[0].statement.verdict, Verdict::Open);
}

#[test]
fn a_finding_whose_facts_file_is_missing_becomes_a_note() {
    let earlier = drafted(MISREAD);
    let again = |earlier: &Draft| with(&lounge(&[]), &parsed(""), |input| redraft(input, &Edits::of(earlier)));
    let (draft, told) = again(&earlier);
    assert!(draft.behavior.findings.is_empty());
    assert!(told[0].contains("is not in the facts of this draft; it is kept as a note"), "{told:?}");
    let notes = |draft: &Draft| draft.notes.iter().filter(|n| n.text.contains("A regular member was treated")).count();
    assert_eq!(notes(&draft), 1);
    assert_eq!(notes(&again(&draft).0), 1);
}
