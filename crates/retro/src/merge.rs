//! Re-drafting keeps what people did: their words, verdicts, answers, owners and notes.

use crate::draft::{ActionItem, Actions, Draft, Note};
use crate::statement::{Answer, Basis, Origin, Statement, Verdict};
use std::collections::BTreeMap;

/// What people did to an earlier draft, whatever document it was kept in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edits {
    /// Decisions and rewordings, by statement or action id.
    pub decisions: BTreeMap<String, Decision>,
    /// Owner and due date, by action id.
    pub duties: BTreeMap<String, (Option<String>, Option<String>)>,
    /// Answers to questions, by entry of the facts file.
    pub answers: BTreeMap<String, Vec<Statement>>,
    /// Actions that a person added.
    pub actions: Vec<ActionItem>,
    /// Notes.
    pub notes: Vec<Note>,
    /// The heading, where a person changed it.
    pub title: Option<String>,
}

/// What a person decided about one statement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<String>,
    /// The person's words, where they replaced the machine's.
    pub text: Option<String>,
    /// What to know the statement by, should its id have changed.
    pub fingerprint: Option<String>,
    /// What it was about, should it be gone.
    pub about: String,
}

impl Edits {
    /// What people did to a draft that was kept as data.
    pub fn of(draft: &Draft) -> Self {
        let title = draft.titled.then(|| draft.title.clone());
        let mut edits = Edits { notes: draft.notes.clone(), title, ..Edits::default() };
        for (_, statement) in draft.statements() {
            if statement.verdict != Verdict::Open {
                edits.decisions.insert(
                    statement.id.clone(),
                    Decision {
                        verdict: statement.verdict,
                        reason: statement.reason.clone(),
                        text: (statement.verdict == Verdict::Edited || statement.original.is_some())
                            .then(|| statement.text.clone()),
                        fingerprint: Some(fingerprint(statement)),
                        about: statement.text.clone(),
                    },
                );
            }
        }
        for finding in &draft.behavior.findings {
            if let Some(decision) = edits.decisions.get_mut(&finding.statement.id) {
                finding.title.clone_into(&mut decision.about);
            }
        }
        for item in &draft.actions.items {
            if matches!(item.origin, Origin::Person(_)) {
                edits.actions.push(item.clone());
                continue;
            }
            if item.owner.is_some() || item.due.is_some() {
                edits.duties.insert(item.id.clone(), (item.owner.clone(), item.due.clone()));
            }
            if item.verdict != Verdict::Open {
                edits.decisions.insert(
                    item.id.clone(),
                    Decision {
                        verdict: item.verdict,
                        reason: item.reason.clone(),
                        about: item.title.clone(),
                        ..Decision::default()
                    },
                );
            }
        }
        for (entry, answer) in answers(draft) {
            let said: Vec<Statement> =
                answer.statements().iter().filter(|s| matches!(s.origin, Origin::Person(_))).cloned().collect();
            if !said.is_empty() && said.len() == answer.statements().len() {
                edits.answers.insert(entry, said);
            }
        }
        edits
    }
}

/// What a person would know a statement by again: short enough for a comment.
pub fn fingerprint(statement: &Statement) -> String {
    crate::statement::short_id("fp", &statement.fingerprint())
}

fn answers(draft: &Draft) -> Vec<(String, &Answer)> {
    let impact = draft.impact.iter().map(|i| (format!("impact.{}", i.field), &i.answer));
    let delay = draft.delay.points.iter().map(|p| (format!("delay.{}", p.point), &p.answer));
    impact.chain(delay).collect()
}

/// A new draft with the people's part of an earlier one. Nothing that a person wrote or decided is lost: what no
/// longer has a place in the new draft becomes a note that says so.
pub fn merge(edits: &Edits, mut new: Draft) -> Draft {
    let mut left = edits.decisions.clone();
    for statement in new.statements_mut() {
        let id = statement.id.clone();
        let print = fingerprint(statement);
        let key = match left.contains_key(&id) {
            true => Some(id),
            false => left.iter().find(|(_, d)| d.fingerprint.as_ref() == Some(&print)).map(|(k, _)| k.clone()),
        };
        let Some(decision) = key.and_then(|k| left.remove(&k)) else { continue };
        statement.verdict = decision.verdict;
        statement.reason = decision.reason;
        if let Some(text) = decision.text {
            statement.original = Some(std::mem::replace(&mut statement.text, text));
        }
    }
    let mut items = std::mem::take(&mut new.actions.items);
    for added in &edits.actions {
        if !items.iter().any(|i| i.id == added.id) {
            items.push(added.clone());
        }
    }
    for item in &mut items {
        if let Some((owner, due)) = edits.duties.get(&item.id) {
            item.owner.clone_from(owner);
            item.due.clone_from(due);
        }
        if let Some(decision) = left.remove(&item.id) {
            item.verdict = decision.verdict;
            item.reason = decision.reason;
            if let Some(text) = decision.text {
                item.title = text;
            }
        }
    }
    dismiss(&mut new, &mut items);
    new.actions = Actions::new(items);
    answer(edits, &mut new);
    for note in &edits.notes {
        if !new.notes.contains(note) {
            new.notes.push(note.clone());
        }
    }
    for decision in left.into_values().filter(|d| d.verdict != Verdict::Open) {
        let verdict = match decision.verdict {
            Verdict::Rejected => "Dismissed before",
            Verdict::Edited => "Reworded before",
            Verdict::Confirmed | Verdict::Open => "Confirmed before",
        };
        let words = decision.text.as_ref().unwrap_or(&decision.about);
        let reason = decision.reason.as_ref().map_or(String::new(), |r| format!(" (reason: {r})"));
        let text = format!("{verdict}, and no longer in the evidence: {words}{reason}");
        let note = Note { section: "behavior".to_owned(), text };
        if !new.notes.contains(&note) {
            new.notes.push(note);
        }
    }
    if let Some(title) = &edits.title {
        new.title.clone_from(title);
        new.titled = true;
    }
    new
}

/// What a person dismissed no longer marks the timeline, proposes actions or gives the retro its name.
fn dismiss(new: &mut Draft, items: &mut [ActionItem]) {
    let (gone, live): (Vec<_>, Vec<_>) =
        new.behavior.findings.iter().partition(|f| f.statement.verdict == Verdict::Rejected);
    if gone.is_empty() {
        return;
    }
    let is_gone = |id: &String| gone.iter().any(|f| f.statement.id == *id);
    for entry in &mut new.timeline.entries {
        entry.findings.retain(|id| !is_gone(id));
    }
    for item in items.iter_mut().filter(|i| i.verdict == Verdict::Open && !matches!(i.origin, Origin::Person(_))) {
        if !item.findings.is_empty() && item.findings.iter().all(is_gone) {
            item.verdict = Verdict::Rejected;
            item.reason = Some("its finding was dismissed".to_owned());
        }
    }
    if gone.iter().any(|f| f.title.replace('`', "") == new.title) {
        new.title = live.first().map_or_else(|| format!("Session {}", new.session.key), |f| f.title.replace('`', ""));
    }
    if live.is_empty() {
        let text = "every finding was dismissed: what is proposed here rests on none, and a person has to decide";
        new.severity.assumptions.push(text.to_owned());
    }
}

/// Fills open questions with the people's earlier answers; a fresh answer wins over an old one.
fn answer(edits: &Edits, new: &mut Draft) {
    let of = |entry: &str| edits.answers.get(entry).cloned();
    for item in &mut new.impact {
        if let (Answer::Unknown(_), Some(said)) = (&item.answer, of(&format!("impact.{}", item.field))) {
            item.answer = Answer::Known(said);
        }
    }
    for point in &mut new.delay.points {
        let said = match &point.answer {
            Answer::Unknown(question) => of(&format!("delay.{}", point.point)).or_else(|| of(&question.entry)),
            Answer::Known(_) => None,
        };
        if let Some(said) = said {
            let time = |s: &Statement| match s.basis().first() {
                Some(Basis::Fact { value, .. }) => value.parse::<jiff::Timestamp>().ok(),
                _ => None,
            };
            point.at = said.iter().find_map(time).map(|t| t.to_string());
            point.answer = Answer::Known(said);
        }
    }
    for system in &mut new.system {
        let answered: Vec<Statement> = system.questions.iter().filter_map(|q| of(&q.entry)).flatten().collect();
        if !answered.is_empty() {
            system.questions.retain(|q| of(&q.entry).is_none());
            system.statements.extend(answered);
        }
    }
    if let Some(said) = new.trigger.question().and_then(|q| of(&q.entry)) {
        new.trigger = Answer::Known(said);
    }
    new.delay.gaps = crate::build::delay_gaps(&new.delay.points);
}
