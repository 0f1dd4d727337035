mod actions_of_a_retro;
mod answers;
mod leads;

use super::*;
use crate::facts::Facts;
use crate::merge::{Edits, merge};
use crate::policy::Policy;
use crate::record::sample;
use crate::statement::{Answer, Basis, Origin, Statement};
use proptest::prelude::*;

fn author() -> Author {
    Author { name: "Dana".to_owned(), at: "2026-11-26T10:00:00Z".parse().expect("a time") }
}

fn decide(id: &str, verdict: Verdict, text: Option<&str>, reason: Option<&str>) -> SectionEdit {
    let one = Decide { id: id.to_owned(), verdict, text: text.map(str::to_owned), reason: reason.map(str::to_owned) };
    SectionEdit { decisions: vec![one], ..SectionEdit::default() }
}

fn reply(entry: &str, text: &str) -> SectionEdit {
    SectionEdit { replies: vec![Reply { entry: entry.to_owned(), text: text.to_owned() }], ..SectionEdit::default() }
}

fn action(draft: &Draft, id: Option<usize>) -> ActionEdit {
    let item = &draft.actions.items[id.unwrap_or(0)];
    ActionEdit {
        id: id.map(|_| item.id.clone()),
        category: item.category,
        title: item.title.clone(),
        owner: item.owner.clone(),
        due: item.due.clone(),
        verification: item.verification.clone(),
        findings: item.findings.clone(),
        question: item.question.clone(),
        verdict: item.verdict,
        reason: item.reason.clone(),
    }
}

fn actions(edits: Vec<ActionEdit>) -> SectionEdit {
    SectionEdit { actions: edits, ..SectionEdit::default() }
}

fn done(draft: &mut Draft, section: Section, edit: &SectionEdit) {
    apply(draft, section, edit, &author()).unwrap_or_else(|faults| panic!("refused: {faults:?}"));
}

/// The faults of an edit, which must leave the draft as it is.
fn refused(draft: &Draft, section: Section, edit: &SectionEdit) -> Vec<String> {
    let mut copy = draft.clone();
    let faults = apply(&mut copy, section, edit, &author()).expect_err("refused");
    assert_eq!(copy, *draft, "a refused edit changes nothing");
    faults.into_iter().map(|f| format!("{}: {}", f.field, f.what)).collect()
}

fn finding(draft: &Draft) -> &Statement {
    &draft.behavior.findings[0].statement
}

#[test]
fn rewording_confirming_and_reopening() {
    let mut draft = sample::refund(&sample::known());
    let before = draft.clone();
    let (id, words) = (finding(&draft).id.clone(), finding(&draft).text.clone());
    let mut step = |verdict, text, reason| {
        done(&mut draft, Section::Behavior, &decide(&id, verdict, text, reason));
        let s = finding(&draft);
        assert_eq!(s.id, id);
        (s.verdict, s.text.clone(), s.original.clone(), s.reason.clone())
    };
    let own = |text: &str| Some(text.to_owned());
    assert_eq!(step(Verdict::Confirmed, Some("Mine."), None), (Verdict::Edited, "Mine.".into(), own(&words), None));
    let again = step(Verdict::Edited, Some("Mine,\r\nanew."), Some("clearer"));
    assert_eq!(
        again,
        (Verdict::Edited, "Mine,\nanew.".into(), own(&words), own("clearer")),
        "the first words are kept"
    );
    let confirmed = step(Verdict::Confirmed, None, None);
    assert_eq!(confirmed, (Verdict::Confirmed, "Mine,\nanew.".into(), own(&words), None), "confirming keeps the text");
    let rejected = step(Verdict::Rejected, None, Some("told by phone"));
    assert_eq!(rejected, (Verdict::Rejected, "Mine,\nanew.".into(), own(&words), own("told by phone")));
    let back = step(Verdict::Open, None, None);
    assert_eq!(back, (Verdict::Open, words.clone(), None, None));
    step(Verdict::Edited, Some("Other."), None);
    assert_eq!(step(Verdict::Edited, Some(&words), None), (Verdict::Open, words.clone(), None, None), "typed back");
    assert_eq!(draft, before);
}

#[test]
fn a_verdict_stays_with_its_line_where_another_line_has_the_same_words() {
    let mut fresh = sample::refund(&sample::known());
    let mut twin = fresh.timeline.entries[0].clone();
    let Basis::Quote(mut quote) = twin.statement.basis()[0].clone() else { panic!("no quote") };
    quote.event += 1;
    quote.start += 1;
    let (origin, text) = (twin.statement.origin.clone(), twin.statement.text.clone());
    twin.statement = Statement::new(origin, text, Basis::Quote(quote), []);
    fresh.timeline.entries.push(twin.clone());
    assert_eq!(twin.statement.fingerprint(), fresh.timeline.entries[0].statement.fingerprint());
    crate::merge::seal(&mut fresh);
    let mut draft = fresh.clone();
    done(&mut draft, Section::Timeline, &decide(&twin.statement.id, Verdict::Confirmed, None, None));
    let (next, _) = merge(&Edits::of(&draft), fresh, &Policy::builtin());
    assert_eq!(next.timeline, draft.timeline);
}

#[test]
fn what_is_refused_and_why() {
    let draft = sample::refund(&sample::known());
    let id = finding(&draft).id.clone();
    let told = |edit: SectionEdit| refused(&draft, Section::Behavior, &edit);
    let decided = |verdict, text, reason| told(decide(&id, verdict, text, reason));
    assert_eq!(decided(Verdict::Rejected, None, None), [format!("decisions.{id}.reason: a rejection needs a reason")]);
    assert_eq!(decided(Verdict::Rejected, None, Some("  ")).len(), 1);
    assert_eq!(decided(Verdict::Edited, Some(" "), None), [format!("decisions.{id}.text: is empty")]);
    assert!(decided(Verdict::Edited, None, None)[0].contains("the text is unchanged"));
    assert!(decided(Verdict::Open, None, Some("why"))[0].contains("needs a decision"));
    assert!(decided(Verdict::Edited, Some("a\0b"), None)[0].contains("control character"));
    let long = "ä".repeat(MOST_CHARACTERS);
    assert!(
        apply(&mut draft.clone(), Section::Behavior, &decide(&id, Verdict::Edited, Some(&long), None), &author())
            .is_ok()
    );
    assert!(decided(Verdict::Edited, Some(&format!("{long}x")), None)[0].contains("20001 characters"));
    let elsewhere = draft.timeline.entries[0].statement.id.clone();
    assert!(told(decide(&elsewhere, Verdict::Confirmed, None, None))[0].contains("does not exist in “LLM behavior"));
    let mut twice = decide(&id, Verdict::Confirmed, None, None);
    twice.decisions.push(twice.decisions[0].clone());
    assert!(told(twice)[0].contains("appears twice"));
    assert!(told(actions(vec![action(&draft, None)]))[0].contains("section 7"));
    assert!(told(reply("trigger", "x"))[0].contains("not an open question in “LLM behavior"));
    assert_eq!(told(SectionEdit { title: Some(" ".to_owned()), ..SectionEdit::default() }), ["title: is empty"]);
    assert_eq!(told(SectionEdit { notes: Some("x".repeat(MOST_CHARACTERS + 1)), ..SectionEdit::default() }).len(), 1);
}

#[test]
fn every_fault_is_told_at_once() {
    let draft = sample::refund(&Facts::default());
    let edit = SectionEdit {
        title: Some(String::new()),
        replies: vec![Reply { entry: "nothing".to_owned(), text: "x".to_owned() }],
        ..decide("st_none", Verdict::Confirmed, None, None)
    };
    assert_eq!(refused(&draft, Section::Impact, &edit).len(), 3);
}

#[test]
fn the_six_questions() {
    let fresh = sample::refund(&sample::known());
    let mut draft = fresh.clone();
    let edit = |question: &str, verdict, coverage, otherwise: Option<&str>| SectionEdit {
        system: vec![SystemEdit {
            question: question.to_owned(),
            verdict,
            coverage,
            counterfactual: otherwise.map(str::to_owned),
        }],
        ..SectionEdit::default()
    };
    let (yes, no, open) = (Contribution::Contributed, Contribution::DidNot, Contribution::Unknown);
    done(&mut draft, Section::System, &edit("context", yes, DesignCoverage::Specified, Some("Had it known.")));
    let keys: Vec<_> = draft.by_hand.instead.keys().map(String::as_str).collect();
    assert_eq!(keys, ["system.context.counterfactual", "system.context.coverage", "system.context.verdict"]);
    done(&mut draft, Section::System, &edit("tool_design", open, DesignCoverage::Unknown, None));
    assert!(!draft.system[1].questions.is_empty(), "an unknown says what to ask");
    assert_eq!(draft.system[1].counterfactual, fresh.system[1].counterfactual, "what is absent stays");
    done(&mut draft, Section::System, &edit("guardrails", no, DesignCoverage::Unknown, Some("")));
    assert_eq!(draft.system[2].counterfactual, None, "what is empty is taken out");
    let (next, told) = merge(&Edits::of(&draft), fresh.clone(), &Policy::builtin());
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(next.system, draft.system);
    let same = edit("context", fresh.system[0].verdict, fresh.system[0].coverage, None);
    let mut untouched = fresh.clone();
    done(&mut untouched, Section::System, &same);
    assert_eq!(untouched, fresh, "what stands there is nobody's edit");
    assert!(
        refused(&fresh, Section::System, &edit("weather", no, DesignCoverage::Unknown, None))[0].contains("not one of")
    );
    assert!(refused(&fresh, Section::Impact, &same)[0].contains("section 5"));
}

#[test]
fn notes_are_replaced_as_one_and_others_stay() {
    let mut draft = sample::refund(&sample::known());
    let below =
        Note { below: Some(crate::draft::Place { line: "x".to_owned(), nth: 0 }), ..Note::new("impact", "placed") };
    draft.notes =
        vec![below.clone(), Note::new("impact", "one"), Note::new("impact", "two"), Note::new("delay", "three")];
    let note = |text: &str| SectionEdit { notes: Some(text.to_owned()), ..SectionEdit::default() };
    assert_eq!(notes(&draft, Section::Impact), "one\n\ntwo");
    done(&mut draft, Section::Impact, &note("# All\r\n\r\nof it \n"));
    let expected = vec![below.clone(), Note::new("delay", "three"), Note::new("impact", "# All\n\nof it")];
    assert_eq!(draft.notes, expected);
    done(&mut draft, Section::Impact, &note("  "));
    assert_eq!(draft.notes, [below, Note::new("delay", "three")]);
}

#[test]
fn the_heading_is_a_persons_once_it_is_changed() {
    let fresh = sample::refund(&sample::known());
    let mut draft = fresh.clone();
    let title = |text: &str| SectionEdit { title: Some(text.to_owned()), ..SectionEdit::default() };
    done(&mut draft, Section::Severity, &title(&fresh.title));
    assert_eq!(draft, fresh);
    done(&mut draft, Section::Severity, &title("What we told the caller"));
    let (next, _) = merge(&Edits::of(&draft), fresh, &Policy::builtin());
    assert_eq!((next.title.as_str(), next.title_edited), ("What we told the caller", true));
}

#[test]
fn lines_tell_what_was_decided() {
    let mut draft = sample::refund(&sample::known());
    let id = finding(&draft).id.clone();
    done(&mut draft, Section::Behavior, &decide(&id, Verdict::Rejected, Some("In two\nlines"), Some("not so")));
    let told = lines(&draft, Section::Behavior);
    assert_eq!(told[1], "finding: In two lines [rejected: not so]");
    assert!(told.iter().all(|l| !l.contains('\n')));
    for section in Section::ALL {
        assert!(!lines(&draft, section).is_empty(), "{}", section.label());
    }
    let without = sample::refund(&Facts::default());
    assert!(lines(&without, Section::Impact)[0].starts_with("customers: unknown. How many"));
    assert!(matches!(without.impact[0].answer, Answer::Unknown(_)));
}

#[test]
fn sections_are_numbered_as_in_the_retro() {
    let numbers: Vec<_> = Section::ALL.iter().map(|s| s.number()).collect();
    assert_eq!(numbers, [None, Some(1), Some(2), Some(3), Some(4), Some(5), Some(6), Some(7)]);
    for section in Section::ALL {
        assert_eq!(section.name().parse(), Ok(section));
        assert_eq!(serde_json::to_value(section).expect("writes"), section.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_words_are_refused_or_kept(text in any::<String>(), id in ".{0,20}", section in 0..8_usize) {
        let section = Section::ALL[section];
        let mut draft = sample::refund(&Facts::default());
        let known = draft.statements().into_iter().find(|(s, _)| *s == section.name()).map(|(_, s)| s.id.clone());
        let asked = draft.questions().into_iter().map(|q| q.entry).next().unwrap_or_default();
        for id in [id, known.unwrap_or_default()] {
            let edits = [
                decide(&id, Verdict::Rejected, Some(&text), Some(&text)),
                reply(&id, &text),
                reply(&asked, &text),
                SectionEdit { title: Some(text.clone()), notes: Some(text.clone()), ..SectionEdit::default() },
                actions(vec![ActionEdit { title: text.clone(), due: Some(text.clone()), ..action(&draft, None) }]),
            ];
            for edit in edits {
                let before = draft.clone();
                if apply(&mut draft, section, &edit, &author()).is_err() {
                    prop_assert_eq!(&draft, &before);
                }
                prop_assert_eq!(Edits::of(&draft).warnings, Vec::<String>::new());
            }
        }
    }
}
