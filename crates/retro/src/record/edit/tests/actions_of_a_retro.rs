//! Section 7 in a form.

use super::*;
use crate::policy::Policy;

#[test]
fn a_proposed_action_is_changed_in_every_field() {
    let fresh = sample::refund(&sample::known());
    let mut draft = fresh.clone();
    let edit = ActionEdit {
        category: ActionCategory::Process,
        title: "Write a case".to_owned(),
        owner: Some("Eve".to_owned()),
        due: Some("2026-12-24".to_owned()),
        verification: "It is red before.".to_owned(),
        findings: Vec::new(),
        question: "monitoring".to_owned(),
        verdict: Verdict::Confirmed,
        reason: Some("agreed with the team".to_owned()),
        ..action(&fresh, Some(0))
    };
    done(&mut draft, Section::Actions, &actions(vec![edit.clone()]));
    let item = draft.actions.items[0].clone();
    assert_eq!(item.verdict, Verdict::Edited);
    assert_eq!(item.original.as_ref(), Some(&fresh.actions.items[0].title));
    assert_eq!(
        (item.category, item.question.as_str(), item.findings.len()),
        (ActionCategory::Process, "monitoring", 0)
    );
    let (next, told) = merge(&Edits::of(&draft), fresh.clone(), &Policy::builtin());
    assert_eq!((next.actions, told), (draft.actions.clone(), Vec::new()));
    // Confirming keeps the words, also in the next draft.
    done(&mut draft, Section::Actions, &actions(vec![edit]));
    assert_eq!(draft.actions.items[0].verdict, Verdict::Confirmed);
    let (next, _) = merge(&Edits::of(&draft), fresh.clone(), &Policy::builtin());
    assert_eq!(next.actions, draft.actions);
    // Open gives the first words back.
    let back = ActionEdit { verdict: Verdict::Open, reason: None, ..action(&draft, Some(0)) };
    done(&mut draft, Section::Actions, &actions(vec![back]));
    assert_eq!(
        (&draft.actions.items[0].title, &draft.actions.items[0].original),
        (&fresh.actions.items[0].title, &None)
    );
}

#[test]
fn an_action_that_is_no_longer_proposed_stays_where_a_person_took_it_on() {
    let fresh = sample::refund(&sample::known());
    let mut draft = fresh.clone();
    let edit = ActionEdit { owner: Some("Eve".to_owned()), ..action(&fresh, Some(1)) };
    done(&mut draft, Section::Actions, &actions(vec![edit]));
    let mut without = fresh.clone();
    without.actions.items.clear();
    let (next, _) = merge(&Edits::of(&draft), without, &Policy::builtin());
    assert_eq!(next.actions.items, [draft.actions.items[1].clone()]);
}

#[test]
fn a_person_adds_actions() {
    let fresh = sample::refund(&sample::known());
    let mut draft = fresh.clone();
    let new = ActionEdit { title: "Ask the bank".to_owned(), question: String::new(), ..action(&fresh, None) };
    done(&mut draft, Section::Actions, &actions(vec![new.clone(), new.clone()]));
    let added = &draft.actions.items[fresh.actions.items.len()..];
    assert_eq!(added.len(), 2);
    assert_ne!(added[0].id, added[1].id, "two of the same words are two");
    assert_eq!((&added[0].origin, added[0].question.as_str()), (&Origin::Person("Dana".to_owned()), "unknown"));
    let (next, told) = merge(&Edits::of(&draft), fresh.clone(), &Policy::builtin());
    assert_eq!((&next.actions, told), (&draft.actions, Vec::new()));
    // One's own action has no first words to go back to.
    let last = draft.actions.items.len() - 1;
    let own = ActionEdit { title: "Ask both banks".to_owned(), ..action(&draft, Some(last)) };
    done(&mut draft, Section::Actions, &actions(vec![own]));
    assert_eq!(
        (draft.actions.items[last].title.as_str(), &draft.actions.items[last].original),
        ("Ask both banks", &None)
    );
}

#[test]
fn an_action_that_is_wrong_is_refused() {
    let draft = sample::refund(&sample::known());
    let told = |change: &dyn Fn(&mut ActionEdit)| {
        let mut edit = action(&draft, Some(0));
        change(&mut edit);
        refused(&draft, Section::Actions, &actions(vec![edit]))
    };
    for due in ["soon", "2026-13-01", "2026-12-25T10:00:00", "25.12.2026"] {
        assert!(told(&|e| e.due = Some(due.to_owned()))[0].contains("is not a date"), "{due}");
    }
    assert!(told(&|e| e.title = "\n".to_owned())[0].ends_with("title: is empty"));
    assert!(told(&|e| e.findings = vec!["st_none".to_owned()])[0].contains("section 4"));
    assert!(told(&|e| e.question = "weather".to_owned())[0].contains("section 5"));
    assert!(told(&|e| e.verdict = Verdict::Rejected)[0].contains("needs a reason"));
    assert!(told(&|e| e.reason = Some("why".to_owned()))[0].contains("needs a decision"));
    assert!(told(&|e| e.verdict = Verdict::Edited)[0].contains("the text is unchanged"));
    assert!(told(&|e| e.id = Some("ac_none".to_owned()))[0].contains("does not exist"));
    let many = vec![action(&draft, None); MOST_ACTIONS + 1 - draft.actions.items.len()];
    assert!(refused(&draft, Section::Actions, &actions(many.clone()))[0].contains("at most 500"));
    assert!(apply(&mut draft.clone(), Section::Actions, &actions(many[1..].to_vec()), &author()).is_ok());
}

#[test]
fn an_action_comes_back_with_its_finding() {
    let fresh = sample::refund(&sample::known());
    let mut draft = fresh.clone();
    let id = finding(&draft).id.clone();
    done(&mut draft, Section::Behavior, &decide(&id, Verdict::Rejected, None, Some("told by phone")));
    let (mut next, _) = merge(&Edits::of(&draft), fresh.clone(), &Policy::builtin());
    assert!(next.actions.items.iter().all(|i| i.verdict == Verdict::Rejected), "{:?}", next.actions);
    done(&mut next, Section::Behavior, &decide(&id, Verdict::Open, None, None));
    let (next, _) = merge(&Edits::of(&next), fresh.clone(), &Policy::builtin());
    assert_eq!(next.actions, fresh.actions);
}
