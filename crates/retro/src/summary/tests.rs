use super::*;
use crate::facts::Facts;
use crate::merge::{Edits, merge};
use crate::policy::Policy;
use crate::record::sample;

fn texts(draft: &Draft) -> Vec<&str> {
    draft.summary.iter().map(|s| s.text.as_str()).collect()
}

#[test]
fn a_finding_is_told_with_what_people_know() {
    let draft = sample::refund(&sample::known());
    let told = texts(&draft);
    assert_eq!(told.len(), 3);
    assert!(told[0].starts_with("Event 5: Claimed \"Your refund has been processed\""), "{told:?}");
    assert!(told[0].contains("Affected customers: 1; affected conversations: 1; money: 42.00 EUR"), "{told:?}");
    assert!(told[1].contains("contributed: "), "{told:?}");
    assert!(told[2].starts_with("Sev 2 is proposed. "), "{told:?}");
    assert!(draft.summary.iter().all(|s| !s.basis().is_empty()));
    let happened: Vec<&Basis> = draft.summary[0].basis().iter().collect();
    assert!(happened.iter().any(|b| matches!(b, Basis::Fact { entry, .. } if entry == "impact.customers")));
}

#[test]
fn what_is_not_known_is_said_to_be_unknown() {
    let draft = sample::refund(&Facts::default());
    let told = texts(&draft);
    assert!(told[0].contains("Who was affected is unknown"), "{told:?}");
    assert!(told[2].starts_with("Answer the severity questions to get a proposed severity."), "{told:?}");
}

#[test]
fn a_persons_words_stay_when_the_facts_change() {
    let mut edited = sample::refund(&Facts::default());
    edited.summary[0].text = "We told a caller that a refund was done.".to_owned();
    let (next, told) = merge(&Edits::of(&edited), sample::refund(&sample::known()), &Policy::builtin());
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(next.summary[0].text, "We told a caller that a refund was done.");
    assert!(next.summary[0].original.as_ref().is_some_and(|o| o.contains("customers: 1")), "{:?}", next.summary[0]);
    assert!(next.summary[2].text.starts_with("Sev 2 is proposed."), "the others are written again");
    let (third, told) = merge(&Edits::of(&next), sample::refund(&sample::known()), &Policy::builtin());
    assert_eq!((third, told), (next, Vec::new()));
}

#[test]
fn what_a_person_confirmed_is_not_reworded_under_the_verdict() {
    let mut confirmed = sample::refund(&Facts::default());
    let seen = confirmed.summary[0].text.clone();
    confirmed.summary[0].verdict = Verdict::Confirmed;
    let (next, _) = merge(&Edits::of(&confirmed), sample::refund(&sample::known()), &Policy::builtin());
    assert_eq!((&next.summary[0].text, next.summary[0].verdict), (&seen, Verdict::Confirmed));
    assert!(next.summary[0].original.as_ref().is_some_and(|o| o.contains("customers: 1")), "{:?}", next.summary[0]);
    let (again, _) = merge(&Edits::of(&next), sample::refund(&sample::known()), &Policy::builtin());
    assert_eq!(again, next);
}

#[test]
fn a_dismissed_finding_is_no_longer_told() {
    let mut edited = sample::refund(&sample::known());
    for finding in &mut edited.behavior.findings {
        finding.statement.verdict = Verdict::Rejected;
        finding.statement.reason = Some("the caller was told by phone".to_owned());
    }
    let (next, _) = merge(&Edits::of(&edited), sample::refund(&sample::known()), &Policy::builtin());
    assert!(next.summary[0].text.starts_with("Every finding in this session was dismissed"), "{:?}", texts(&next));
}

#[test]
fn what_was_not_understood_is_not_said_to_be_right() {
    let mut draft = sample::refund(&Facts::default());
    draft.behavior.findings.clear();
    assert!(of(&draft)[0].text.starts_with("Hindcast found nothing wrong in this session."));
    draft.warnings.push("Incomplete: 3 of 40 records were not understood.".to_owned());
    let told = &of(&draft)[0].text;
    assert!(told.starts_with("Part of the trace was not understood."), "{told}");
}

#[test]
fn where_something_is_worth_checking_nothing_is_said_to_be_right() {
    let mut draft = sample::refund(&Facts::default());
    draft.behavior.leads = std::mem::take(&mut draft.behavior.findings);
    let told = of(&draft)[0].text.clone();
    assert!(told.starts_with("Hindcast has no finding in this session. "), "{told}");
    assert!(told.contains("worth checking; see section 4."), "{told}");
    for lead in &mut draft.behavior.leads {
        lead.statement.verdict = Verdict::Rejected;
    }
    let told = of(&draft)[0].text.clone();
    assert!(told.starts_with("Every lead in this session was dismissed by a person."), "{told}");
    assert!(!told.contains("worth checking"), "{told}");
}
