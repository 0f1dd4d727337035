//! Verdicts on statements.

use super::{Decide, EditFault, Section, check};
use crate::draft::Draft;
use crate::statement::{Statement, Verdict};

/// Decides on statements of a section.
pub fn decide(draft: &mut Draft, section: Section, decisions: &[Decide], faults: &mut Vec<EditFault>) {
    check::once("decisions", decisions.iter().map(|d| d.id.as_str()), faults);
    for decision in decisions {
        let field = |name: &str| format!("decisions.{}.{name}", decision.id);
        let is_lead = draft.behavior.leads.iter().any(|l| l.statement.id == decision.id);
        if is_lead && decision.verdict == Verdict::Confirmed {
            faults.push(EditFault::new(field("verdict"), A_LEAD));
            continue;
        }
        let before = faults.len();
        let text = decision.text.as_ref().and_then(|t| check::required(&field("text"), t, faults));
        let reason = check::optional(&field("reason"), decision.reason.as_ref(), faults);
        if faults.len() > before {
            continue;
        }
        // One fact may be told in two lines: then both are decided.
        let mut found = false;
        let mut wrong = None;
        for statement in draft.statements_mut_of(section.name()).into_iter().filter(|s| s.id == decision.id) {
            found = true;
            wrong = one(statement, decision.verdict, text.as_deref(), reason.clone()).err();
        }
        if let Some((name, what)) = wrong {
            faults.push(EditFault::new(field(name), what));
        }
        if !found {
            let what = format!("this statement does not exist in “{}”", section.label());
            faults.push(EditFault::new(format!("decisions.{}", decision.id), what));
        }
    }
}

/// The field that is wrong, and why.
type Wrong = (&'static str, &'static str);

fn one(of: &mut Statement, verdict: Verdict, text: Option<&str>, reason: Option<String>) -> Result<(), Wrong> {
    let text = text.filter(|t| *t != of.text);
    match (verdict, text) {
        (Verdict::Rejected, _) if reason.is_none() => return Err(("reason", NO_REASON)),
        (Verdict::Open, None) => {
            if reason.is_some() {
                return Err(("reason", REASON_OF_NOTHING));
            }
            restore(of);
            (of.verdict, of.reason) = (Verdict::Open, None);
            return Ok(());
        }
        (Verdict::Edited, None) if of.original.is_none() && of.verdict != Verdict::Edited => {
            return Err(("text", SAME_WORDS));
        }
        _ => {}
    }
    of.verdict = verdict;
    if let Some(text) = text {
        let rejected = verdict == Verdict::Rejected;
        if of.original.as_deref() == Some(text) {
            // Typed back to the first words: nothing is reworded any more.
            restore(of);
            of.verdict = if verdict == Verdict::Edited { Verdict::Open } else { verdict };
        } else {
            let before = std::mem::replace(&mut of.text, text.to_owned());
            of.original.get_or_insert(before);
            of.verdict = if rejected { Verdict::Rejected } else { Verdict::Edited };
        }
    }
    of.reason = reason.filter(|_| of.verdict != Verdict::Open);
    Ok(())
}

fn restore(of: &mut Statement) {
    if let Some(original) = of.original.take() {
        of.text = original;
    }
}

/// Why a rejection is refused.
pub const NO_REASON: &str = "a rejection needs a reason";

/// Why a reason is refused.
pub const REASON_OF_NOTHING: &str =
    "a reason needs a decision: confirm, edit or reject the statement, or remove the reason";

/// Why a lead is not confirmed with other statements.
pub const A_LEAD: &str = "is a lead: promote it separately, because other sections depend on it";

/// Why an edit is refused that changes nothing.
pub const SAME_WORDS: &str = "is marked as edited, but the text is unchanged; confirm it instead";
