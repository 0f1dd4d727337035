//! A finding that a person gave another title has it everywhere: in the heading of the retro, among the reasons for the
//! severity, as the first wrong step.

use crate::draft::{Draft, FindingEntry};
use crate::statement::{Answer, Statement};
use std::collections::BTreeMap;

/// The titles of a draft's findings by id, as the program wrote them.
pub fn titles(draft: &Draft) -> BTreeMap<String, (String, String)> {
    let entry = |f: &FindingEntry| (f.statement.id.clone(), (f.title.clone(), f.heading()));
    draft.behavior.findings.iter().map(entry).collect()
}

/// Writes the new titles where the earlier ones stand in sentences of the program.
pub fn follow(draft: &mut Draft, before: &BTreeMap<String, (String, String)>) {
    let renamed = draft.behavior.findings.iter().filter_map(|f| {
        let (title, heading) = before.get(&f.statement.id)?;
        (*title != f.title).then(|| (f.event, title.clone(), heading.clone(), f.title.clone(), f.heading()))
    });
    let named = draft.behavior.lead().map(|f| f.statement.id.clone());
    let lead = named.as_ref().and_then(|id| before.get(id)).map(|(_, heading)| heading.clone());
    for (event, old, old_heading, new, heading) in renamed.collect::<Vec<_>>() {
        // Two findings may have had one title: the retro is named after the gravest.
        if draft.title == old_heading && lead.as_ref() == Some(&old_heading) {
            draft.title = heading;
        }
        let at = format!("at event {event}");
        for reason in draft.severity.reasons.iter_mut().filter(|r| r.text.contains(&at)) {
            retell(reason, &old, &new);
        }
        let first = format!("Event {event}: ");
        for point in draft.delay.points.iter_mut().filter(|p| p.point == "first_wrong_step") {
            if let Answer::Known(told) = &mut point.answer {
                told.iter_mut().filter(|s| s.text.starts_with(&first)).for_each(|s| retell(s, &old, &new));
            }
        }
        for said in draft.system.iter_mut().flat_map(|a| &mut a.statements).filter(|s| s.text.contains(&at)) {
            retell(said, &old, &new);
        }
    }
}

/// Puts one title in place of another, unless a person wrote the sentence.
fn retell(statement: &mut Statement, old: &str, new: &str) {
    if statement.original.is_none() && !statement.is_reply() {
        statement.text = statement.text.replacen(old, new, 1);
    }
}

#[cfg(test)]
mod tests {
    use crate::draft::Draft;
    use crate::merge::{Edits, merge};
    use crate::policy::Policy;
    use crate::record::sample;
    use crate::statement::Verdict;

    /// What people know, without a title of their own.
    fn fresh() -> Draft {
        let mut facts = sample::known();
        facts.title = None;
        sample::refund(&facts)
    }

    fn again(edited: &Draft) -> Draft {
        merge(&Edits::of(edited), fresh(), &Policy::builtin()).0
    }

    /// Every place where the draft names its finding.
    fn names(draft: &Draft) -> Vec<&str> {
        let reasons = draft.severity.reasons.iter().map(|r| r.text.as_str());
        let first = draft.delay.points[0].answer.statements().iter().map(|s| s.text.as_str());
        let summary = draft.summary.iter().take(1).map(|s| s.text.as_str());
        std::iter::once(draft.title.as_str()).chain(reasons).chain(first).chain(summary).collect()
    }

    #[test]
    fn a_new_title_is_used_everywhere_and_stays() {
        let mut edited = fresh();
        let old = edited.behavior.findings[0].title.clone();
        edited.behavior.findings[0].title = "the caller was told of a refund that was pending".to_owned();
        let next = again(&edited);
        assert_eq!(next.title, "The caller was told of a refund that was pending");
        let named = names(&next);
        assert!(!named.iter().any(|n| n.contains(&old) || n.contains("Claimed ")), "{named:#?}");
        let times = |part: &str| named.iter().filter(|n| n.contains(part)).count();
        assert_eq!(times("he caller was told of a refund that was pending"), 4, "{named:#?}");
        assert_eq!(again(&next), next, "a later draft says the same");
    }

    #[test]
    fn a_title_of_the_retro_and_words_of_people_stay() {
        let mut edited = fresh();
        edited.title = "INC-12".to_owned();
        edited.behavior.findings[0].title = "another title".to_owned();
        let reason = edited.severity.reasons.iter_mut().find(|r| r.text.contains("Claimed ")).expect("a reason");
        reason.text = format!("As I see it: {}", reason.text);
        let id = reason.id.clone();
        let next = again(&edited);
        assert_eq!(next.title, "INC-12");
        let reason = next.severity.reasons.iter().find(|r| r.id == id).expect("the reason");
        assert!(reason.text.starts_with("As I see it: Claimed "), "{}", reason.text);
    }

    #[test]
    fn what_is_confirmed_and_not_flagged_any_more_is_told_by_its_title() {
        let mut edited = fresh();
        edited.behavior.findings[0].statement.verdict = Verdict::Confirmed;
        let title = edited.behavior.findings[0].title.clone();
        let mut other = fresh();
        other.behavior.findings.clear();
        let (next, told) = merge(&Edits::of(&edited), other, &Policy::builtin());
        assert!(told.iter().any(|t| t.contains(&title) && t.contains("is not flagged in this draft")), "{told:#?}");
        let note = next.notes.iter().find(|n| n.text.contains(&title)).expect("a note");
        assert!(note.text.starts_with("Confirmed earlier, and not flagged in this draft: "), "{}", note.text);
    }
}
