//! A person's level: it stays over re-drafts, and what is due follows it.

use super::Edits;
use crate::draft::{Decided, Draft, Note};
use crate::policy::Policy;
use crate::statement::Answer;
use jiff::Timestamp;

/// Puts a person's level in force, and counts the deadlines anew for the level and the moment that hold now.
pub fn decide(edits: &Edits, new: &mut Draft, policy: &Policy, warnings: &mut Vec<String>) {
    match &edits.severity {
        Some(decided) if policy.level(decided.level).is_some() => new.severity.decided = Some(decided.clone()),
        Some(decided) => {
            warnings.push(format!(
                "the severity was set to {}, but levels are 1 to 4; the proposed severity is kept.",
                decided.level
            ));
            super::add(new, Note::new("header", format!("Decided: {decided}")));
        }
        None => {}
    }
    let Some(level) = new.severity.in_force() else { return };
    if new.severity.decided.is_some() {
        new.severity.decision = None;
    }
    if new.severity.decided.is_some()
        && let Some(chosen) = policy.level(level)
    {
        new.severity.means.clone_from(&chosen.means);
        new.severity.response.clone_from(&chosen.review);
    }
    let aware = aware(new);
    new.severity.deadlines = policy.deadlines(level, aware);
    if aware.is_some() {
        new.severity.questions.retain(|q| q.entry != "aware.at");
    }
}

/// When a person was aware, by the facts or by an answer that stands in the retro.
fn aware(draft: &Draft) -> Option<Timestamp> {
    let point = draft.delay.points.iter().find(|p| p.point == "aware" && matches!(p.answer, Answer::Known(_)))?;
    point.at.as_ref()?.parse().ok()
}

impl Edits {
    /// Remembers a level that a person wrote; what was decided before and reads otherwise becomes a note.
    pub fn level(&mut self, level: u8) {
        match &self.severity {
            Some(before) if before.level == level => return,
            Some(before) => self.notes.push(Note::new("header", format!("Decided earlier: {before}"))),
            None => {}
        }
        self.severity = Some(Decided { level, ..Decided::default() });
    }
}
