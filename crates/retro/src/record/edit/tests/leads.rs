use super::*;

/// A draft whose finding is a lead.
fn with_lead() -> (Draft, String) {
    let mut draft = sample::refund(&sample::known());
    let lead = draft.behavior.findings.remove(0);
    let id = lead.statement.id.clone();
    draft.behavior.leads.push(lead);
    crate::merge::seal(&mut draft);
    (draft, id)
}

fn by(decision: LeadChoice, reason: &str) -> LeadDecision {
    LeadDecision { decision, reason: Some(reason.to_owned()).filter(|r| !r.is_empty()) }
}

#[test]
fn a_lead_is_dismissed_with_a_reason_and_opened_again() {
    let (mut draft, id) = with_lead();
    let before = draft.clone();
    let faults = decide_lead(&mut draft, &id, &by(LeadChoice::Dismissed, " ")).expect_err("no reason");
    assert_eq!((faults[0].field.as_str(), faults[0].what.as_str()), ("reason", "a rejection needs a reason"));
    let control = decide_lead(&mut draft, &id, &by(LeadChoice::Promoted, "\u{1b}")).expect_err("a control character");
    assert_eq!(control[0].field, "reason");
    assert_eq!(decide_lead(&mut draft, "st_none", &by(LeadChoice::Promoted, "")), Ok(None));
    assert_eq!(draft, before);
    let done = decide_lead(&mut draft, &id, &by(LeadChoice::Dismissed, "the user saw it"));
    assert_eq!(done, Ok(Some(LeadEffect::Section)));
    let lead = &draft.behavior.leads[0].statement;
    assert_eq!((lead.verdict, lead.reason.as_deref()), (Verdict::Rejected, Some("the user saw it")));
    assert_eq!(Edits::of(&draft).warnings, [""; 0], "it is sealed");
    assert_eq!(decide_lead(&mut draft, &id, &by(LeadChoice::Open, "")), Ok(Some(LeadEffect::Section)));
    assert_eq!(draft, before);
}

#[test]
fn a_promotion_and_taking_it_back_ask_for_a_new_draft() {
    let (mut draft, id) = with_lead();
    assert_eq!(decide_lead(&mut draft, &id, &by(LeadChoice::Promoted, "")), Ok(Some(LeadEffect::Draft)));
    assert_eq!(draft.behavior.leads[0].statement.verdict, Verdict::Confirmed);
    let mut promoted = draft.behavior.leads.remove(0);
    promoted.promoted = true;
    draft.behavior.findings.push(promoted);
    for decision in [LeadChoice::Open, LeadChoice::Dismissed] {
        assert_eq!(decide_lead(&mut draft.clone(), &id, &by(decision, "a test")), Ok(Some(LeadEffect::Draft)));
    }
    // What the program itself holds to be a finding was no lead.
    draft.behavior.findings[0].promoted = false;
    assert_eq!(decide_lead(&mut draft, &id, &by(LeadChoice::Open, "")), Ok(None));
}

#[test]
fn a_lead_is_not_confirmed_with_other_statements() {
    let (mut draft, id) = with_lead();
    let faults = refused(&draft, Section::Behavior, &decide(&id, Verdict::Confirmed, None, None));
    assert_eq!(
        faults,
        [format!("decisions.{id}.verdict: is a lead: promote it separately, because other sections depend on it")]
    );
    done(&mut draft, Section::Behavior, &decide(&id, Verdict::Rejected, None, Some("a test")));
    assert_eq!(draft.behavior.leads[0].statement.verdict, Verdict::Rejected);
}
