//! Re-drafting keeps what people did: their words, verdicts, answers, owners and notes.

mod edits;
mod instead;
mod people;
mod replies;
mod retitle;
mod severity;

pub use crate::statement::fingerprint;
pub use edits::{Decision, Edits, is_removed};
pub(crate) use instead::put;
pub use instead::seal;
pub use people::ByPerson;
pub(crate) use replies::{leading_time, put_reply, retime};

use crate::draft::{Actions, Draft, FindingEntry, Note};
use crate::policy::Policy;
use crate::statement::{Answer, Origin, Statement, Verdict, short_id};
use std::collections::{BTreeMap, BTreeSet};

/// A new draft with the people's part of an earlier one. Nothing that a person wrote or decided is lost: what no
/// longer has a place in the new draft becomes a note that says so. Also what a person should know about it. The policy
/// says what is due at a person's level.
pub fn merge(edits: &Edits, mut new: Draft, policy: &Policy) -> (Draft, Vec<String>) {
    let mut warnings = edits.warnings.clone();
    let mut left = edits.decisions.clone();
    unexplained(edits, &mut warnings);
    actions(edits, &mut new, &mut left);
    let before = retitle::titles(&new);
    // The category of an action that is gone says nothing.
    let told = |(field, _): &(String, String)| !(field.starts_with("action.") && field.ends_with(".category"));
    for (field, text) in put(&edits.by_hand.instead, &mut new).into_iter().filter(told) {
        warnings.push(format!("{field} is not in the new draft; your text is kept as a note."));
        add(&mut new, Note::new("behavior", format!("Written earlier at `{field}`: {text}")));
    }
    retitle::follow(&mut new, &before);
    answer(edits, &mut new);
    for (place, said) in &edits.replies {
        if !put_reply(&mut new, place, said) {
            warnings.push(format!("the new draft no longer asks {place}; your answer is kept as a note."));
            let section = place.split('.').next().unwrap_or_default();
            let reason = said.reason.as_ref().map_or(String::new(), |r| format!(" ({}: {r})", said.verdict.name()));
            add(&mut new, Note::new(section, format!("Answered earlier at `{place}`: {}{reason}", said.text)));
        }
    }
    decide(&mut new, &mut left);
    retime(&mut new.delay);
    dismiss(&mut new);
    new.actions = Actions::new(std::mem::take(&mut new.actions.items));
    new.by_hand.removed.clone_from(&edits.by_hand.removed);
    let removed = edits.by_hand.leads_removed.iter();
    let is_lead = |id: &&String| new.behavior.leads.iter().any(|l| l.statement.id == **id);
    new.by_hand.leads_removed = removed.filter(is_lead).cloned().collect();
    severity::decide(edits, &mut new, policy, &mut warnings);
    let summary = summary_before(edits, std::mem::take(&mut new.summary));
    crate::summary::renew_from(&mut new, summary);
    edits.notes.iter().for_each(|note| add(&mut new, note.clone()));
    let mut prints: BTreeMap<String, usize> = BTreeMap::new();
    new.statements().into_iter().for_each(|(_, s)| *prints.entry(fingerprint(s)).or_default() += 1);
    for decision in left.into_values().filter(|d| d.verdict != Verdict::Open) {
        let several = decision.fingerprint.as_ref().is_some_and(|p| prints.get(p).is_some_and(|n| *n > 1));
        let why = match (several, decision.finding) {
            (true, _) => SEVERAL,
            (false, true) => UNFLAGGED,
            (false, false) => GONE,
        };
        if several {
            warnings.push(format!(
                "what you decided about \"{}\" may mean several statements, because they quote the same text; it is kept as a note. Decide about each of them.",
                decision.about
            ));
        }
        if decision.finding && !several {
            warnings.push(format!(
                "what you confirmed, \"{}\", is not flagged in this draft; it is kept as a note. If the kind of session changed, other rules apply.",
                decision.about
            ));
        }
        let verdict = match decision.verdict {
            Verdict::Rejected => "Dismissed earlier",
            Verdict::Edited => "Edited earlier",
            Verdict::Confirmed | Verdict::Open => "Confirmed earlier",
        };
        let words = decision.text.as_ref().unwrap_or(&decision.about);
        let reason = decision.reason.as_ref().map_or(String::new(), |r| format!(" (reason: {r})"));
        let text = format!("{verdict}, {why}: {words}{reason}");
        add(&mut new, Note::new("behavior", text));
    }
    for told in &edits.by_people {
        let known = |f: &FindingEntry| {
            matches!(f.statement.origin, Origin::Person(_)) && (f.statement.id == told.id || f.title == told.title)
        };
        if !new.behavior.findings.iter().any(known) {
            warnings.push(format!(
                "the finding \"{}\" by a person is not in the facts of this draft; it is kept as a note. To keep it as a finding, pass its facts file again with --context.",
                told.title
            ));
            add(&mut new, told.note());
        }
    }
    if let Some(title) = &edits.title {
        new.title.clone_from(title);
        new.title_edited = true;
    }
    if edits.session.as_ref().is_some_and(|s| *s != session_mark(&new.session.key)) {
        let text = "the earlier retro is about a different session; what does not fit this one is kept as notes.";
        warnings.push(text.to_owned());
    }
    seal(&mut new);
    (new, warnings)
}

/// Why a decision became a note.
const GONE: &str = "and no longer found in the evidence";
/// The same for what a person holds to be a finding: another kind of session has other rules, and the same evidence.
const UNFLAGGED: &str = "and not flagged in this draft";
/// The same where others quote what it quoted.
const SEVERAL: &str = "and no longer found in the evidence as one statement, since several quote the same text";

/// Decisions on statements: by id, and where that is gone, by the words that the statement is known by.
fn decide(new: &mut Draft, left: &mut BTreeMap<String, Decision>) {
    let present: BTreeSet<String> = new.statements().into_iter().map(|(_, s)| s.id.clone()).collect();
    let by_id: BTreeMap<String, Decision> =
        present.iter().filter_map(|id| Some((id.clone(), left.remove(id)?))).collect();
    // Words that stand in several places do not tell which of them was meant.
    let mut prints: BTreeMap<String, usize> = BTreeMap::new();
    for (_, statement) in new.statements().into_iter().filter(|(_, s)| !by_id.contains_key(&s.id)) {
        *prints.entry(fingerprint(statement)).or_default() += 1;
    }
    for statement in new.statements_mut() {
        let decision = match by_id.get(&statement.id) {
            Some(decision) => Some(decision.clone()),
            None => {
                let print = Some(fingerprint(statement)).filter(|p| prints.get(p) == Some(&1));
                let moved = left.iter().find(|(_, d)| print.is_some() && d.fingerprint == print);
                moved.map(|(id, _)| id.clone()).and_then(|id| left.remove(&id))
            }
        };
        let Some(decision) = decision else { continue };
        statement.verdict = decision.verdict;
        statement.reason = decision.reason;
        if let Some(cited) = &decision.cited {
            let gone = statement.quotes().map(|q| &q.text).filter(|text| !cited.iter().any(|c| same_words(c, text)));
            statement.without = gone.cloned().collect();
        }
        // An answer that was kept whole has the person's words already.
        if let Some(text) = decision.text.filter(|text| statement.original.is_none() || *text != statement.text) {
            statement.original = Some(std::mem::replace(&mut statement.text, text));
        }
    }
}

/// True for quoted words that are the same as a reader sees them.
fn same_words(a: &str, b: &str) -> bool {
    let seen = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let (a_seen, b_seen) = (seen(a), seen(b));
    if a_seen.is_empty() && b_seen.is_empty() { a.trim() == b.trim() } else { a_seen == b_seen }
}

/// The sentences of the summary as people saw them when they decided.
fn summary_before(edits: &Edits, sentences: Vec<Statement>) -> Vec<Statement> {
    let as_seen = |s: Statement| edits.summary.iter().find(|seen| seen.id == s.id).cloned().unwrap_or(s);
    sentences.into_iter().map(as_seen).collect()
}

/// Actions that people added or took on, and what they decided about those that are proposed.
fn actions(edits: &Edits, new: &mut Draft, left: &mut BTreeMap<String, Decision>) {
    let items = &mut new.actions.items;
    for kept in edits.actions.iter().chain(&edits.taken_on) {
        if !items.iter().any(|i| i.id == kept.id) {
            items.push(kept.clone());
        }
    }
    let mut duties = edits.duties.clone();
    let mut done = edits.done.clone();
    for item in items.iter_mut() {
        if let Some((owner, due)) = duties.remove(&item.id) {
            item.owner.clone_from(&owner);
            item.due.clone_from(&due);
        }
        item.done |= done.remove(&item.id);
        // That was nobody's decision, and falls with the dismissal that it came from.
        let decided = |d: &Decision| d.verdict != Verdict::Rejected || d.reason.as_deref() != Some(DISMISSED);
        if let Some(decision) = left.remove(&item.id).filter(decided) {
            let same = decision.text.as_ref() == Some(&item.title) && item.original.is_none();
            // Words that are those of the program were not edited, whatever else was changed beside them.
            item.verdict = if same && decision.verdict == Verdict::Edited { Verdict::Open } else { decision.verdict };
            item.reason = decision.reason;
            if let Some(text) = decision.text.filter(|text| *text != item.title) {
                let before = std::mem::replace(&mut item.title, text);
                item.original.get_or_insert(before);
            }
        }
    }
    for (id, (owner, due)) in duties {
        let each = [("owner", owner), ("due", due)].map(|(name, value)| value.map(|v| format!("{name}: {v}")));
        let each: Vec<String> = each.into_iter().flatten().collect();
        if !each.is_empty() {
            homeless(edits, new, &id, &each.join("; "));
        }
    }
    for id in done {
        homeless(edits, new, &id, "marked as done");
    }
}

/// What a person said of an action that is no longer proposed.
fn homeless(edits: &Edits, new: &mut Draft, id: &str, what: &str) {
    let title = edits.titles.get(id).map_or(id, String::as_str);
    add(new, Note::new("actions", format!("No longer proposed: {title} ({what})")));
}

/// What a written retro knows its session by.
pub fn session_mark(key: &str) -> String {
    short_id("se", key)
}

fn add(new: &mut Draft, note: Note) {
    if !new.notes.contains(&note) {
        new.notes.push(note);
    }
}

/// A dismissal is remembered; one without a reason tells the next reader nothing.
fn unexplained(edits: &Edits, warnings: &mut Vec<String>) {
    let silent =
        |d: &&Decision| d.verdict == Verdict::Rejected && d.reason.as_ref().is_none_or(|r| r.trim().is_empty());
    for decision in edits.decisions.values().filter(silent) {
        warnings.push(format!(
            "{} is rejected without a reason. It stays rejected; write why: `rejected: the caller was told by phone`.",
            decision.about
        ));
    }
}

/// Why an action is rejected whose findings a person dismissed.
const DISMISSED: &str = "its finding was dismissed";

/// What a person dismissed no longer marks the timeline, proposes actions or gives the retro its name.
fn dismiss(new: &mut Draft) {
    let lead = new.behavior.lead().map(FindingEntry::heading);
    let (gone, live): (Vec<_>, Vec<_>) =
        new.behavior.findings.iter().partition(|f| f.statement.verdict == Verdict::Rejected);
    if gone.is_empty() {
        return;
    }
    let is_gone = |id: &String| gone.iter().any(|f| f.statement.id == *id);
    for entry in &mut new.timeline.entries {
        entry.findings.retain(|id| !is_gone(id));
    }
    for item in
        new.actions.items.iter_mut().filter(|i| i.verdict == Verdict::Open && !matches!(i.origin, Origin::Person(_)))
    {
        if !item.findings.is_empty() && item.findings.iter().all(is_gone) {
            item.verdict = Verdict::Rejected;
            item.reason = Some(DISMISSED.to_owned());
        }
    }
    if gone.iter().any(|f| f.heading() == new.title) {
        new.title = lead.unwrap_or_else(|| format!("Session {}", new.session.key));
    }
    let gravest = |all: &[&FindingEntry]| all.iter().map(|f| f.consequence).max();
    if new.severity.level.is_some() && !live.is_empty() && gravest(&gone) > gravest(&live) {
        let text = "The proposed severity still includes a dismissed finding that is more severe than the others. Set the severity.";
        new.severity.remarks.push(text.to_owned());
    }
    if live.is_empty() {
        new.severity.remarks.push("Every finding was dismissed. Decide whether a severity still applies.".to_owned());
    }
}

/// The entry that gives the first wrong step its time.
const UNTIMED: &str = "first_wrong_step.at";

/// Fills open questions with the people's earlier answers; a fresh answer wins over an old one.
fn answer(edits: &Edits, new: &mut Draft) {
    let of = |entry: &str| edits.answers.get(entry).cloned();
    for item in &mut new.impact {
        if let (Answer::Unknown(_), Some(said)) = (&item.answer, of(&format!("impact.{}", item.field))) {
            item.answer = Answer::Known(said);
        }
    }
    for point in &mut new.delay.points {
        // The step is known from the trace, and only its time from a person.
        if let (Answer::Known(known), None, Some(said)) = (&mut point.answer, &point.at, of(UNTIMED))
            && point.point == "first_wrong_step"
        {
            point.at = said.iter().find_map(replies::time).map(|at| at.to_string());
            known.extend(said);
            if point.at.is_some() {
                new.delay.questions.clear();
            }
            continue;
        }
        let Answer::Unknown(asked) = &point.answer else { continue };
        if let Some(said) = of(&format!("delay.{}", point.point)).or_else(|| of(&asked.entry)) {
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
    for open in [&mut new.trigger, &mut new.delay.should_have_fired] {
        if let Some(said) = open.question().and_then(|q| of(&q.entry)) {
            *open = Answer::Known(said);
        }
    }
}
