//! What people did to an earlier draft, whatever document it was kept in.

use super::instead::{Change, changes};
use super::people::ByPerson;
use super::replies::replies;
use super::session_mark;
use crate::build::{Promotions, distinct};
use crate::draft::{ActionItem, ByHand, Decided, Draft, Note};
use crate::statement::{Answer, Origin, Statement, Verdict, fingerprint};
use std::collections::{BTreeMap, BTreeSet};

/// Why an action is rejected that a person took out of the retro.
pub const REMOVED: &str = "removed from the retro by a person";

/// True for the reason of an action that a person removed, also in the words of earlier versions.
pub fn is_removed(reason: &str) -> bool {
    [REMOVED, "taken out of the retro by a person"].contains(&reason)
}

/// What people did to an earlier draft, whatever document it was kept in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edits {
    /// Decisions and rewordings, by statement or action id.
    pub decisions: BTreeMap<String, Decision>,
    /// The findings of people.
    pub by_people: Vec<ByPerson>,
    /// The sentences of the summary that people decided on, as they stood.
    pub summary: Vec<Statement>,
    /// Owner and due date, by action id.
    pub duties: BTreeMap<String, (Option<String>, Option<String>)>,
    /// Answers to questions, by entry of the facts file.
    pub answers: BTreeMap<String, Vec<Statement>>,
    /// Answers given in the record, with the place of each, such as `impact.customers`.
    pub replies: Vec<(String, Statement)>,
    /// Proposed actions that a person checked off, by id.
    pub done: BTreeSet<String>,
    /// What proposed actions that a person had a hand in say, by id.
    pub titles: BTreeMap<String, String>,
    /// Actions that a person added.
    pub actions: Vec<ActionItem>,
    /// Proposed actions that a person took on: they stay, even where they are no longer proposed.
    pub taken_on: Vec<ActionItem>,
    /// Notes.
    pub notes: Vec<Note>,
    /// The heading, where a person changed it.
    pub title: Option<String>,
    /// The level that a person decided on.
    pub severity: Option<Decided>,
    /// What else a person changed.
    pub by_hand: ByHand,
    /// What the session of the earlier draft is known by, see [`session_mark`].
    pub session: Option<String>,
    /// What could not be kept, and what to do about it; for the person who edited.
    pub warnings: Vec<String>,
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
    /// The words of the quotes that stand beside the person's, where that is known.
    pub cited: Option<Vec<String>>,
    /// What to know the statement by, should its id have changed.
    pub fingerprint: Option<String>,
    /// What it was about, should it be gone.
    pub about: String,
    /// True where a person holds it to be a finding: by confirming it, or by rewording what the draft shows as a finding.
    pub finding: bool,
}

impl Edits {
    /// What people hold to be findings, and what they do not: a lead among the first is promoted, and nothing rests on a
    /// finding among the second.
    pub fn promotions(&self) -> Promotions {
        let mut promotions = Promotions::default();
        let stands = |d: &Decision| d.finding && matches!(d.verdict, Verdict::Confirmed | Verdict::Edited);
        for (id, decision) in self.decisions.iter().filter(|(_, d)| stands(d)) {
            promotions.add(id, decision.fingerprint.as_deref());
        }
        for (id, decision) in self.decisions.iter().filter(|(_, d)| d.verdict == Verdict::Rejected) {
            promotions.dismiss(id, decision.fingerprint.as_deref());
        }
        promotions
    }

    /// What people did to a draft that was kept as data.
    pub fn of(draft: &Draft) -> Self {
        let mut edits = Edits {
            notes: draft.notes.clone(),
            title: draft.title_edited.then(|| draft.title.clone()),
            severity: draft.severity.decided.clone(),
            by_hand: draft.by_hand.clone(),
            session: Some(session_mark(&draft.session.key)),
            replies: replies(draft),
            ..Edits::default()
        };
        // Earlier versions gave some findings one id. There each has its own verdict and words.
        let mut apart = draft.behavior.clone();
        distinct::flags(apart.flags_mut().collect());
        let flags = apart.flags().map(|f| &f.statement);
        let others = draft
            .statements()
            .into_iter()
            .map(|(_, s)| s)
            .filter(|s| draft.behavior.flags().all(|f| f.statement.id != s.id));
        // What a person answered is kept whole, with what was decided about it.
        for statement in others.chain(flags).filter(|s| !s.is_reply()) {
            edits.statement(statement, statement.verdict == Verdict::Edited || statement.original.is_some());
        }
        edits.summary = draft.summary.iter().filter(|s| s.verdict != Verdict::Open).cloned().collect();
        for item in &draft.actions.items {
            edits.action(item);
        }
        for (entry, answer) in answers(draft) {
            let people = answer.statements().iter().filter(|s| matches!(s.origin, Origin::Person(_)));
            let by_people = people.clone().count() == answer.statements().len();
            let said: Vec<Statement> = people.filter(|s| !s.is_reply()).cloned().collect();
            if said.is_empty() {
                continue;
            }
            if by_people {
                edits.answers.insert(entry, said);
            } else if entry == "delay.first_wrong_step" {
                // Beside the step, which the trace tells, a person gave its time.
                edits.answers.insert(super::UNTIMED.to_owned(), said);
            }
        }
        edits.by_people = ByPerson::of(draft);
        edits.unsealed(draft);
        for finding in apart.flags() {
            if let Some(decision) = edits.decisions.get_mut(&finding.statement.id) {
                finding.title.clone_into(&mut decision.about);
                decision.finding = decision.verdict == Verdict::Confirmed;
            }
        }
        for finding in &apart.findings {
            if let Some(decision) = edits.decisions.get_mut(&finding.statement.id) {
                decision.finding |= decision.verdict == Verdict::Edited;
            }
        }
        edits
    }

    fn statement(&mut self, statement: &Statement, reworded: bool) {
        if statement.verdict == Verdict::Open && !reworded {
            return;
        }
        let decision = Decision {
            verdict: if statement.verdict == Verdict::Open { Verdict::Edited } else { statement.verdict },
            reason: statement.reason.clone(),
            text: reworded.then(|| statement.text.clone()),
            cited: Some(
                statement.quotes().map(|q| q.text.clone()).filter(|t| !statement.without.contains(t)).collect(),
            )
            .filter(|_| !statement.without.is_empty()),
            fingerprint: Some(fingerprint(statement)),
            about: statement.text.clone(),
            finding: false,
        };
        self.decisions.insert(statement.id.clone(), decision);
    }

    fn action(&mut self, item: &ActionItem) {
        if matches!(item.origin, Origin::Person(_)) {
            self.actions.push(item.clone());
            return;
        }
        self.titles.insert(item.id.clone(), item.title.clone());
        if item.done {
            self.done.insert(item.id.clone());
        }
        if item.owner.is_some() || item.due.is_some() {
            self.duties.insert(item.id.clone(), (item.owner.clone(), item.due.clone()));
        }
        let reworded = item.verdict == Verdict::Edited || item.original.is_some();
        let verdict = if item.verdict == Verdict::Open && reworded { Verdict::Edited } else { item.verdict };
        let duties = item.owner.is_some() || item.due.is_some() || item.done;
        if verdict != Verdict::Rejected && (duties || verdict != Verdict::Open) {
            self.taken_on.push(item.clone());
        }
        if verdict != Verdict::Open {
            let decision = Decision {
                verdict,
                reason: item.reason.clone(),
                text: reworded.then(|| item.title.clone()),
                about: item.title.clone(),
                ..Decision::default()
            };
            self.decisions.insert(item.id.clone(), decision);
        }
    }

    /// What was changed without saying so: texts differ from the seal, parts are gone or new.
    fn unsealed(&mut self, draft: &Draft) {
        for change in changes(draft) {
            match change {
                Change::Text(field, text) => self.reworded(draft, &field, text),
                Change::Gone(field) => self.gone(&field),
                Change::Section(section) => self.warnings.push(format!(
                    "an edit in `{section}` is not kept, because that part is computed from the evidence. Write a note, or add it to the facts file."
                )),
            }
        }
        let known = |item: &&ActionItem| !draft.seal.contains_key(&format!("action.{}.title", item.id));
        for item in draft.actions.items.iter().filter(known).filter(|_| !draft.seal.is_empty()) {
            if !self.actions.iter().any(|i| i.id == item.id) {
                self.actions.push(item.clone());
            }
        }
    }

    fn reworded(&mut self, draft: &Draft, field: &str, text: String) {
        match *field.split('.').collect::<Vec<_>>() {
            ["title"] => self.title = Some(text),
            ["severity", "level"] => match text.parse() {
                Ok(level) => self.level(level),
                Err(_) => self.warnings.push(
                    "`severity.level` was removed, so the level is proposed again. To set the severity, write 1, 2, 3 or 4."
                        .to_owned(),
                ),
            },
            ["statement", id] if draft.behavior.flags().filter(|f| f.statement.id == id).count() > 1 => {
                self.warnings.push(format!(
                    "several findings of the earlier draft have the ID {id}, so it is not known which of them you reworded; your text is kept as a note."
                ));
                self.notes.push(Note::new("behavior", format!("Written earlier at `{field}`: {text}")));
            }
            ["statement", id] => {
                if let Some((_, statement)) = draft.statements().iter().find(|(_, s)| s.id == id) {
                    self.statement(statement, true);
                }
            }
            ["action", id, "title"] => {
                let decision = self.decisions.entry(id.to_owned()).or_default();
                decision.about.clone_from(&text);
                decision.text = Some(text);
                if decision.verdict == Verdict::Open {
                    decision.verdict = Verdict::Edited;
                }
            }
            _ => {
                self.by_hand.instead.insert(field.to_owned(), text);
            }
        }
    }

    fn gone(&mut self, field: &str) {
        match *field.split('.').collect::<Vec<_>>() {
            ["action", id, "title"] => self.take_out(id),
            ["finding", id, "title"] => self.warnings.push(format!(
                "finding {id} was deleted without a reason, so it is restored if the evidence still shows it. To dismiss it, set its `verdict` to `rejected` and add a `reason`."
            )),
            // The action or the finding itself was told.
            ["action" | "finding", ..] => {}
            _ => self.warnings.push(format!(
                "{field} was deleted, so it is restored if the evidence still shows it. To dismiss it, set its `verdict` to `rejected` and add a `reason`."
            )),
        }
    }

    /// Remembers that a person took an action out.
    pub fn take_out(&mut self, action: &str) {
        let decision = self.decisions.entry(action.to_owned()).or_default();
        decision.verdict = Verdict::Rejected;
        decision.reason = Some(REMOVED.to_owned());
        decision.about = format!("action {action}");
    }
}

fn answers(draft: &Draft) -> Vec<(String, &Answer)> {
    let impact = draft.impact.iter().map(|i| (format!("impact.{}", i.field), &i.answer));
    let delay = draft.delay.points.iter().map(|p| (format!("delay.{}", p.point), &p.answer));
    impact.chain(delay).collect()
}
