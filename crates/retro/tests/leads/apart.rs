//! What is worth checking stands beside the findings, and nothing rests on it.

use crate::sessions::{Session, coding};
use hindcast_retro::Draft;
use hindcast_retro::statement::{Answer, Verdict};
use hindcast_retro::verify::verify;

#[test]
fn nothing_rests_on_a_lead() {
    let draft = coding().draft();
    let [lead] = &draft.behavior.leads[..] else { panic!("one lead: {:#?}", draft.behavior.leads) };
    assert_eq!(lead.rule, "completion-not-terminal");
    assert_eq!(
        lead.reliability,
        "nobody has judged the rule `completion-not-terminal` in coding or shell agent sessions yet"
    );
    assert!(draft.behavior.findings.is_empty());
    assert!(draft.title.starts_with("Session "), "{}", draft.title);
    assert_eq!(draft.severity.level, None);
    assert!(matches!(draft.trigger, Answer::Unknown(_)));
    assert!(draft.actions.items.is_empty(), "{:#?}", draft.actions.items);
    assert!(draft.timeline.entries.iter().all(|e| e.findings.is_empty()));
    let first = draft.delay.points.iter().find(|p| p.point == "first_wrong_step").expect("the point");
    assert!(matches!(first.answer, Answer::Unknown(_)));
    // The same session without what the lead is about has the same sections.
    let quiet = Session::coding("It is on its way.").draft();
    assert!(quiet.behavior.leads.is_empty(), "{:#?}", quiet.behavior.leads);
    assert_eq!(
        draft.system.iter().map(|a| (a.verdict, a.coverage)).collect::<Vec<_>>(),
        quiet.system.iter().map(|a| (a.verdict, a.coverage)).collect::<Vec<_>>()
    );
    assert_eq!(draft.severity, quiet.severity);
}

#[test]
fn what_a_lead_quotes_is_looked_up() {
    let session = coding();
    let draft = session.draft();
    let lead = &draft.behavior.leads[0];
    assert!(draft.statements().iter().any(|(section, s)| *section == "behavior" && s.id == lead.statement.id));
    assert!(verify(&draft, &session.evidence()).holds());
    let other = Session::coding("The refund has been cancelled, I think.");
    let check = verify(&draft, &other.evidence());
    let resting = check.broken.iter().flat_map(|b| &b.statements);
    assert!(resting.map(|(_, id)| id).any(|id| *id == lead.statement.id), "{:#?}", check.broken);
}

#[test]
fn a_finding_says_how_reliable_its_rule_is() {
    let draft = Session::service("Your refund has been processed.").draft();
    let finding = &draft.behavior.findings[0];
    assert_eq!(finding.rule, "completion-not-terminal");
    assert!(
        finding.reliability.starts_with("the rule `completion-not-terminal` was right in "),
        "{}",
        finding.reliability
    );
    assert!(draft.behavior.leads.is_empty());
}

#[test]
fn a_draft_without_leads_is_still_read() {
    let mut json = serde_json::to_value(coding().draft()).expect("writes");
    let behavior = json["behavior"].as_object_mut().expect("section 4");
    let mut earlier = behavior.remove("leads").expect("leads");
    earlier[0].as_object_mut().expect("an entry").retain(|key, _| key != "rule" && key != "reliability");
    behavior["findings"] = earlier;
    let draft: Draft = serde_json::from_value(json).expect("reads");
    assert_eq!((draft.behavior.findings.len(), draft.behavior.leads.len()), (1, 0));
    assert_eq!(draft.behavior.findings[0].statement.verdict, Verdict::Open);
}
