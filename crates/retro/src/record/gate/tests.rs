use super::*;
use crate::draft::{Contribution, Note};
use crate::record::sample;
use crate::statement::{Answer, Question, Quote, Verdict};
use crate::verify::verify;

/// A retro that passes.
fn finished() -> Draft {
    let mut draft = sample::refund(&sample::known());
    draft.behavior.findings.iter_mut().for_each(|f| f.statement.verdict = Verdict::Confirmed);
    for item in &mut draft.actions.items {
        (item.owner, item.due) = (Some("Ana".to_owned()), Some("2026-12-25".to_owned()));
    }
    draft
}

/// The faults of one rule, at Sev 1.
fn faults(rule: &str, draft: &Draft) -> Vec<Fault> {
    of(rule, &GateInput { draft, check: Some(&verify(draft, &sample::evidence())), level: Some(1), ticket: None })
}

fn of(rule: &str, input: &GateInput<'_>) -> Vec<Fault> {
    let all = check(input);
    all.into_iter().find(|c| c.rule == rule).unwrap_or_else(|| panic!("{rule} does not apply")).faults
}

#[test]
fn a_finished_retro_passes() {
    let draft = finished();
    let check_of = verify(&draft, &sample::evidence());
    let all = check(&GateInput { draft: &draft, check: Some(&check_of), level: Some(1), ticket: None });
    assert_eq!(all.len(), 8);
    for checked in all {
        assert_eq!(checked.faults, [], "{}", checked.rule);
        assert!(checked.asks.ends_with('.'), "{}", checked.rule);
    }
}

#[test]
fn the_form_decides_which_rules_are_asked() {
    let draft = finished();
    let rules = |level| {
        let all = check(&GateInput { draft: &draft, check: None, level, ticket: None });
        all.into_iter().map(|c| c.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(Some(3)), ["bases-hold", "findings-decided", "ticket-named"]);
    assert_eq!(rules(Some(4)), ["bases-hold"]);
    for full in [None, Some(1), Some(2), Some(9)] {
        assert_eq!(rules(full).len(), RULES.len() - 1);
        assert!(!rules(full).contains(&"ticket-named"));
    }
    let mut ids: Vec<_> = RULES.iter().map(|r| r.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), RULES.len(), "ids are unique");
}

#[test]
fn bases_hold() {
    let draft = finished();
    assert_eq!(faults("bases-hold", &draft), []);
    let changed = String::from_utf8(sample::evidence()[0].bytes.clone()).expect("text").replace("pending", "settled");
    let files = [hindcast_trace::Evidence::new("trace.json", changed.into_bytes())];
    let broken = verify(&draft, &files);
    let told = of("bases-hold", &GateInput { draft: &draft, check: Some(&broken), level: Some(4), ticket: None });
    let mut resting: Vec<_> = broken.broken.iter().flat_map(|b| &b.statements).collect();
    resting.sort();
    resting.dedup();
    assert!(!resting.is_empty());
    let named: Vec<_> = told.iter().filter(|f| f.id.is_some()).collect();
    assert!(named.len() >= resting.len(), "one fault for each statement");
    for (section, id) in resting {
        let here = |f: &&&Fault| f.section.name() == section && f.id.as_ref() == Some(id);
        let quotes = broken.broken.iter().filter(|b| b.statements.contains(&(section.clone(), id.clone())));
        assert_eq!(named.iter().filter(here).count(), quotes.count(), "{section} {id}");
    }
    assert!(told.iter().any(|f| f.what.contains("pending") && f.what.contains("settled")), "{told:?}");
}

#[test]
fn bases_hold_only_where_the_evidence_is_at_hand() {
    let draft = finished();
    let input = GateInput { draft: &draft, check: None, level: Some(1), ticket: None };
    assert!(of("bases-hold", &input)[0].what.contains("not available"));
    let gone = verify(&draft, &[]);
    assert!(!of("bases-hold", &GateInput { check: Some(&gone), ..input }).is_empty());
    // A near-miss that a person wrote down quotes nothing.
    let mut bare = draft.clone();
    bare.timeline.entries.clear();
    bare.behavior.findings.clear();
    bare.impact.iter_mut().for_each(|i| i.seen.clear());
    bare.summary.clear();
    bare.severity.reasons.clear();
    bare.system.clear();
    bare.trigger = asked("trigger", "?");
    bare.delay.points.clear();
    assert_eq!(of("bases-hold", &GateInput { draft: &bare, level: Some(4), ..input }), []);
}

#[test]
fn a_quote_that_was_only_weighed_must_hold_too() {
    let draft = finished();
    let finding = &draft.behavior.findings[0];
    let quote = finding.considered.iter().find_map(|c| c.quote.clone()).expect("weighed");
    let broken = verify::Broken { quote, fault: verify::Fault::PathGone, statements: Vec::new() };
    let check = verify::Check { quotes: 1, broken: vec![broken], changed: Vec::new() };
    let told = of("bases-hold", &GateInput { draft: &draft, check: Some(&check), level: None, ticket: None });
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].id.as_ref(), Some(&finding.statement.id));
}

#[test]
fn each_broken_quote_of_a_statement_is_a_fault_of_its_own() {
    let draft = finished();
    let finding = &draft.behavior.findings[0].statement;
    let broken = |quote: &Quote| verify::Broken {
        quote: quote.clone(),
        fault: verify::Fault::Erased("by Ana".to_owned()),
        statements: vec![("behavior".to_owned(), finding.id.clone()), ("system".to_owned(), finding.id.clone())],
    };
    let quotes = draft.every_quote();
    let told = |broken: Vec<verify::Broken>| {
        let check = verify::Check { quotes: 2, broken, changed: Vec::new() };
        of("bases-hold", &GateInput { draft: &draft, check: Some(&check), level: None, ticket: None })
    };
    let first = told(vec![broken(quotes[0])]);
    assert_eq!(first.iter().map(|f| f.section).collect::<Vec<_>>(), [Section::Behavior, Section::System]);
    let both = told(vec![broken(quotes[0]), broken(quotes[1])]);
    assert_eq!(both.len(), 4);
    let new: Vec<_> = both.iter().filter(|f| !first.contains(f)).collect();
    assert_eq!(new.len(), 2, "what was waived for the first quote does not cover the second one");
}

#[test]
fn findings_decided() {
    let mut draft = finished();
    for verdict in [Verdict::Confirmed, Verdict::Edited, Verdict::Rejected] {
        draft.behavior.findings[0].statement.verdict = verdict;
        assert_eq!(faults("findings-decided", &draft), []);
    }
    draft.behavior.findings[0].statement.verdict = Verdict::Open;
    let told = faults("findings-decided", &draft);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].id.as_ref(), Some(&draft.behavior.findings[0].statement.id));
}

#[test]
fn severity_set() {
    let draft = finished();
    let input = GateInput { draft: &draft, check: None, level: None, ticket: None };
    let what = &of("severity-set", &input)[0].what;
    assert!(what.contains("Sev 2 is proposed"), "{what}");
    assert_eq!(of("severity-set", &GateInput { level: Some(1), ..input }), []);
    assert_eq!(of("severity-set", &GateInput { level: Some(7), ..input }).len(), 1, "there is no Sev 7");
}

fn asked(entry: &str, ask: &str) -> Answer {
    Answer::Unknown(Question { entry: entry.to_owned(), ask: ask.to_owned() })
}

#[test]
fn unknown_asked() {
    let told = |change: &dyn Fn(&mut Draft)| {
        let mut draft = finished();
        change(&mut draft);
        faults("unknown-asked", &draft).into_iter().map(|f| (f.section, f.what)).collect::<Vec<_>>()
    };
    assert_eq!(told(&|d| d.trigger = asked("trigger", "What set it off?")), []);
    assert_eq!(told(&|d| d.trigger = asked("trigger", " "))[0].0, Section::Trigger);
    assert!(told(&|d| d.impact[0].answer = Answer::Known(Vec::new()))[0].1.contains("customers"));
    assert_eq!(told(&|d| d.delay.should_have_fired = asked("monitors", ""))[0].0, Section::Delay);
    assert_eq!(told(&|d| d.delay.points[0].answer = Answer::Known(Vec::new()))[0].0, Section::Delay);
    let rejected = told(&|d| match &mut d.impact[0].answer {
        Answer::Known(said) => said[0].verdict = Verdict::Rejected,
        Answer::Unknown(_) => {}
    });
    assert!(rejected[0].1.contains("only rejected answers"), "{rejected:?}");
    let system = |d: &mut Draft, questions: Vec<Question>| {
        d.system[0].verdict = Contribution::Unknown;
        d.system[0].questions = questions;
    };
    let question = Question { entry: "context".to_owned(), ask: "Had it all?".to_owned() };
    assert_eq!(told(&|d| system(d, vec![question.clone()])), []);
    assert_eq!(told(&|d| system(d, Vec::new()))[0].0, Section::System);
}

#[test]
fn a_severity_that_nobody_knows_says_what_to_ask() {
    let mut draft = finished();
    draft.severity.level = None;
    draft.severity.questions.clear();
    let input = GateInput { draft: &draft, check: None, level: None, ticket: None };
    assert_eq!(of("unknown-asked", &input)[0].section, Section::Severity);
    assert_eq!(of("unknown-asked", &GateInput { level: Some(2), ..input }), []);
    let mut draft = draft.clone();
    draft.severity.questions.push(Question { entry: "severity.financial".to_owned(), ask: "Money?".to_owned() });
    assert_eq!(of("unknown-asked", &GateInput { draft: &draft, ..input }), []);
}

#[test]
fn contributions_answered() {
    let mut draft = finished();
    assert!(draft.system.iter().any(|a| a.verdict == Contribution::Contributed && a.question == "tool_design"));
    assert_eq!(faults("contributions-answered", &draft), []);
    for item in draft.actions.items.iter_mut().filter(|i| i.question == "tool_design") {
        item.verdict = Verdict::Rejected;
    }
    let told = faults("contributions-answered", &draft);
    assert_eq!(told.len(), 1);
    assert!(told[0].what.contains("“tool design” contributed"), "{told:?}");
    draft.notes.push(Note::new("system", "We looked at the guards."));
    draft.notes.push(Note::new("actions", "Tool design: it is replaced next week."));
    assert_eq!(faults("contributions-answered", &draft).len(), 1, "neither note is a reason");
    draft.notes.push(Note::new("system", "Tool design: the tool is replaced next week."));
    assert_eq!(faults("contributions-answered", &draft), []);
}

#[test]
fn actions_present() {
    let mut draft = finished();
    assert_eq!(faults("actions-present", &draft), []);
    draft.actions.items.iter_mut().for_each(|i| i.verdict = Verdict::Rejected);
    assert_eq!(faults("actions-present", &draft)[0].what, "Every action was rejected.");
    draft.actions.items.clear();
    assert_eq!(faults("actions-present", &draft)[0].what, "The retro has no action.");
}

#[test]
fn actions_complete() {
    let mut draft = finished();
    assert_eq!(faults("actions-complete", &draft), []);
    let item = &mut draft.actions.items[0];
    (item.owner, item.due, item.verification) = (Some(" ".to_owned()), Some("soon".to_owned()), String::new());
    let told = faults("actions-complete", &draft);
    assert_eq!(told.len(), 1);
    assert!(told[0].what.ends_with("has no owner, due date and verification."), "{told:?}");
    assert_eq!(told[0].id.as_ref(), Some(&draft.actions.items[0].id));
    let item = &mut draft.actions.items[0];
    (item.owner, item.due, item.verification) = (None, None, "not specified".to_owned());
    assert_eq!(faults("actions-complete", &draft), told);
    draft.actions.items[0].owner = Some("Ana".to_owned());
    draft.actions.items[0].verification = "an eval".to_owned();
    assert!(faults("actions-complete", &draft)[0].what.ends_with("has no due date."));
    draft.actions.items[0].verdict = Verdict::Rejected;
    assert_eq!(faults("actions-complete", &draft), []);
}

#[test]
fn not_prompt_only() {
    let mut draft = finished();
    assert_eq!(faults("not-prompt-only", &draft), []);
    draft.actions.items.iter_mut().for_each(|i| i.title = "Improve the system prompt".to_owned());
    assert_eq!(faults("not-prompt-only", &draft).len(), 1);
    draft.actions.items[0].title = "Return a structured status".to_owned();
    assert_eq!(faults("not-prompt-only", &draft), []);
    draft.actions.items[0].verdict = Verdict::Rejected;
    assert_eq!(faults("not-prompt-only", &draft).len(), 1);
    draft.actions.items.clear();
    assert_eq!(faults("not-prompt-only", &draft), [], "that there is none is another rule's");
}

#[test]
fn ticket_named() {
    let draft = finished();
    let input = GateInput { draft: &draft, check: None, level: Some(3), ticket: None };
    assert_eq!(of("ticket-named", &input).len(), 1);
    assert_eq!(of("ticket-named", &GateInput { ticket: Some("  "), ..input }).len(), 1);
    assert_eq!(of("ticket-named", &GateInput { ticket: Some("OPS-7"), ..input }), []);
}
