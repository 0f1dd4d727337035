//! A person promotes a lead to a finding or dismisses it, and every later draft remembers.

use crate::sessions::{Session, coding};
use hindcast_retro::Draft;
use hindcast_retro::statement::{Answer, Origin, Verdict};
use hindcast_retro::verify::verify;

fn decided(verdict: Verdict, reason: Option<&str>) -> Draft {
    let mut draft = coding().draft();
    let statement = &mut draft.behavior.leads[0].statement;
    statement.verdict = verdict;
    statement.reason = reason.map(str::to_owned);
    draft
}

/// What rests on findings.
fn rests_on_it(draft: &Draft) {
    let [finding] = &draft.behavior.findings[..] else { panic!("one: {:#?}", draft.behavior.findings) };
    assert!(draft.behavior.leads.is_empty());
    assert!(finding.promoted);
    assert_eq!(finding.statement.verdict, Verdict::Confirmed);
    assert_eq!(draft.title, finding.heading());
    assert!(matches!(draft.trigger, Answer::Known(_)));
    assert!(draft.actions.items.iter().any(|a| a.findings.contains(&finding.statement.id)), "{:#?}", draft.actions);
    assert!(draft.timeline.entries.iter().any(|e| e.findings == [finding.statement.id.as_str()]));
    let first = draft.delay.points.iter().find(|p| p.point == "first_wrong_step").expect("the point");
    assert!(matches!(first.answer, Answer::Known(_)));
    let by = finding.statement.origin.clone();
    let row =
        draft.behavior.coverage.iter().find(|c| Origin::Detector(c.detector.clone()) == by).expect("its detector");
    assert_eq!(row.result, hindcast_detect::finding::Answer::Found, "it is no longer only worth checking");
}

#[test]
fn a_promoted_lead_is_a_finding_in_all_respects() {
    let (draft, told) = coding().redraft(&decided(Verdict::Confirmed, None));
    assert_eq!(told, [""; 0]);
    rests_on_it(&draft);
    assert!(verify(&draft, &coding().evidence()).holds());
    // As if the rule were reliable: the sections are those of a finding.
    let service = Session::service("The refund has been processed.").draft();
    assert_eq!(draft.actions.items.len(), service.actions.items.len());
    assert_eq!(draft.title, service.title);
}

#[test]
fn a_promotion_outlasts_any_number_of_drafts() {
    let mut draft = decided(Verdict::Confirmed, None);
    for _ in 0..3 {
        let (next, told) = coding().redraft(&draft);
        assert_eq!(told, [""; 0]);
        rests_on_it(&next);
        draft = next;
    }
}

#[test]
fn another_export_of_the_session_does_not_undo_it() {
    let moved = coding().moved();
    let ids = [coding().draft(), moved.draft()].map(|d| d.behavior.leads[0].statement.id.clone());
    assert_ne!(ids[0], ids[1], "the place is another one");
    let (draft, _) = moved.redraft(&decided(Verdict::Confirmed, None));
    rests_on_it(&draft);
    let (again, _) = coding().moved().redraft(&draft);
    rests_on_it(&again);
    let (dismissed, told) = moved.redraft(&decided(Verdict::Rejected, Some("the user said so")));
    let lead = &dismissed.behavior.leads[0].statement;
    assert_eq!((lead.verdict, lead.reason.as_deref()), (Verdict::Rejected, Some("the user said so")));
    assert_eq!(told, [""; 0]);
}

#[test]
fn a_promotion_is_taken_back_and_changed_into_a_dismissal() {
    let (mut draft, _) = coding().redraft(&decided(Verdict::Confirmed, None));
    draft.behavior.findings[0].statement.verdict = Verdict::Open;
    let (open, _) = coding().redraft(&draft);
    assert!(open.behavior.findings.is_empty() && !open.behavior.leads[0].promoted);
    assert_eq!(open.behavior.leads[0].statement.verdict, Verdict::Open);
    let finding = &mut draft.behavior.findings[0].statement;
    (finding.verdict, finding.reason) = (Verdict::Rejected, Some("it was a test".to_owned()));
    let (dismissed, _) = coding().redraft(&draft);
    assert!(dismissed.behavior.findings.is_empty() && dismissed.actions.items.is_empty());
    assert_eq!(dismissed.behavior.leads[0].statement.verdict, Verdict::Rejected);
    let (again, _) = coding().redraft(&dismissed);
    assert_eq!(again.behavior.leads, dismissed.behavior.leads, "a dismissed lead stays dismissed");
}

#[test]
fn a_promoted_lead_that_is_gone_leaves_a_note() {
    let (draft, _) = Session::coding("It is on its way.").redraft(&decided(Verdict::Confirmed, None));
    assert!(draft.behavior.findings.is_empty());
    let note = draft.notes.iter().find(|n| n.section == "behavior").expect("a note");
    assert!(note.text.starts_with("Confirmed earlier, and not flagged in this draft: "), "{}", note.text);
}

#[test]
fn what_a_person_held_to_be_a_finding_never_falls_back_to_a_lead() {
    // An earlier version, or a person who named another kind, had it as a finding.
    for (verdict, original) in [(Verdict::Confirmed, None), (Verdict::Edited, Some("The machine's words."))] {
        let mut draft = coding().draft();
        let mut lead = draft.behavior.leads.remove(0);
        lead.statement.verdict = verdict;
        lead.statement.original = original.map(str::to_owned);
        draft.behavior.findings.push(lead);
        let (next, _) = coding().redraft(&draft);
        assert_eq!(next.behavior.findings.len(), 1, "{verdict:?}");
        assert!(next.behavior.findings[0].promoted);
        assert_eq!(next.behavior.findings[0].statement.verdict, verdict);
    }
    // Nobody had decided on it: then it is what its rule allows.
    let mut open = coding().draft();
    let lead = open.behavior.leads.remove(0);
    open.behavior.findings.push(lead);
    assert!(coding().redraft(&open).0.behavior.findings.is_empty());
}

#[test]
fn rewording_a_lead_does_not_promote_it() {
    let mut draft = decided(Verdict::Open, None);
    draft.behavior.leads[0].statement.text = "Ana looked: probably nothing.".to_owned();
    draft.behavior.leads[0].title = "Pending, or is it?".to_owned();
    let (next, told) = coding().redraft(&draft);
    assert_eq!(told, [""; 0]);
    assert!(next.behavior.findings.is_empty());
    let lead = &next.behavior.leads[0];
    assert_eq!(
        (lead.statement.text.as_str(), lead.statement.verdict),
        ("Ana looked: probably nothing.", Verdict::Edited)
    );
    assert_eq!(lead.title, "Pending, or is it?");
}
