//! The sentences that open a retro: what happened, who was affected, why the system allowed it, what is proposed.
//!
//! They are made from the rest of the draft, so that they say nothing that does not stand below.

use crate::build::plural;
use crate::draft::{Contribution, Draft, FindingEntry};
use crate::statement::{Answer, Basis, Origin, Statement, Verdict, short_id};

/// Impact that the first sentence names where it is known.
const AFFECTED: [&str; 3] = ["customers", "conversations", "money"];
/// The sentences, in the order in which they are read.
const PLACES: [&str; 3] = ["happened", "allowed", "proposed"];
/// So many statements are named as the evidence of one sentence.
const MOST_BASES: usize = 4;

/// The summary of a draft.
pub fn of(draft: &Draft) -> Vec<Statement> {
    match draft.behavior.lead() {
        Some(lead) => vec![happened(draft, lead), allowed(draft, lead), proposed(draft, lead)],
        None => nothing(draft),
    }
}

/// Writes the summary again once people's decisions are in. A sentence that a person decided on keeps the words that
/// the person saw: what the program would write now is its original.
pub fn renew(draft: &mut Draft) {
    let before = std::mem::take(&mut draft.summary);
    renew_from(draft, before);
}

/// The same with the sentences as they stood in an earlier draft.
pub fn renew_from(draft: &mut Draft, before: Vec<Statement>) {
    let mut new = of(draft);
    for sentence in &mut new {
        let Some(old) = before.iter().find(|s| s.id == sentence.id) else { continue };
        (sentence.verdict, sentence.reason) = (old.verdict, old.reason.clone());
        if (old.original.is_some() || old.verdict != Verdict::Open) && old.text != sentence.text {
            sentence.original = Some(std::mem::replace(&mut sentence.text, old.text.clone()));
        }
    }
    // Such a sentence stays, even if the program would not write it any more.
    let gone = |s: &Statement| s.verdict != Verdict::Open && !new.iter().any(|n| n.id == s.id);
    let kept: Vec<Statement> = before.into_iter().filter(gone).collect();
    new.extend(kept);
    let place = |s: &Statement| PLACES.iter().position(|p| s.id == id_of(p));
    new.sort_by_key(place);
    draft.summary = new;
}

/// A sentence is known by its place, so that a person's words stay when the evidence moves.
fn sentence(place: &str, text: String, bases: impl IntoIterator<Item = Basis>, or: Basis) -> Statement {
    let mut bases = bases.into_iter();
    let first = bases.next().unwrap_or(or);
    let mut made = Statement::new(Origin::Analysis("summary".to_owned()), text, first, bases);
    made.id = id_of(place);
    made
}

fn id_of(place: &str) -> String {
    short_id("st", &format!("summary|{place}"))
}

fn basis_of(lead: &FindingEntry) -> Basis {
    // A statement has at least one basis.
    lead.statement.basis().first().cloned().unwrap_or_else(|| unseen(1, lead.event))
}

fn unseen(from_event: u32, to_event: u32) -> Basis {
    Basis::Absence { sought: "a failure that a detector recognizes".to_owned(), from_event, to_event }
}

fn happened(draft: &Draft, lead: &FindingEntry) -> Statement {
    let more = draft.behavior.findings.iter().filter(|f| f.statement.verdict != Verdict::Rejected).count() - 1;
    let more =
        if more == 0 { String::new() } else { format!(" (and {})", plural(more, "more finding", "more findings")) };
    let mut text = format!("Event {}: {}{more}.", lead.event, lead.title.trim_end_matches('.'));
    let told = draft.impact.iter().filter(|i| AFFECTED.contains(&i.field.as_str()));
    let told: Vec<(&str, &Statement)> = told
        .filter_map(|i| Some((i.field.as_str(), standing(i.answer.statements()).chain(standing(&i.seen)).next()?)))
        .collect();
    let (by_people, seen): (Vec<_>, Vec<_>) = told.iter().partition(|(_, s)| matches!(s.origin, Origin::Person(_)));
    let list = |all: &[&(&str, &Statement)]| {
        all.iter().map(|(field, s)| format!("{field}: {}", s.text.trim_end_matches('.'))).collect::<Vec<_>>().join("; ")
    };
    match (by_people.is_empty(), seen.is_empty()) {
        (false, _) => text.push_str(&format!(" {}.", capital(&affected(&by_people)))),
        (true, false) => text.push_str(&format!(" Who was affected is not confirmed yet; {}.", list(&seen))),
        (true, true) => text.push_str(" Who was affected is unknown."),
    }
    let rest = told.iter().flat_map(|(_, s)| s.basis().iter().take(1).cloned());
    sentence("happened", text, std::iter::once(basis_of(lead)).chain(rest), basis_of(lead))
}

/// "affected customers: 1; affected conversations: 3; money: 42 EUR".
fn affected(all: &[&(&str, &Statement)]) -> String {
    let words = |(field, said): &&(&str, &Statement)| {
        let affected = if *field == "money" { "" } else { "affected " };
        format!("{affected}{field}: {}", said.text.trim_end_matches('.'))
    };
    all.iter().map(words).collect::<Vec<_>>().join("; ")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// True for a person's bare "this contributed", which names the finding again and no reason.
fn is_bare(statement: &Statement) -> bool {
    let answers = |b: &Basis| matches!(b, Basis::Fact { entry, .. } if entry.starts_with("findings.answers."));
    matches!(statement.origin, Origin::Person(_)) && statement.basis().iter().any(answers)
}

/// Statements that nobody rejected.
fn standing(statements: &[Statement]) -> impl Iterator<Item = &Statement> {
    statements.iter().filter(|s| s.verdict != Verdict::Rejected)
}

fn allowed(draft: &Draft, lead: &FindingEntry) -> Statement {
    let of = |verdict: Contribution| draft.system.iter().filter(move |a| a.verdict == verdict);
    let names: Vec<String> = of(Contribution::Contributed).map(|a| a.question.replace('_', " ")).collect();
    let why: Vec<&Statement> = of(Contribution::Contributed).filter_map(|a| standing(&a.statements).next()).collect();
    let open = of(Contribution::Unknown).count();
    let asked = match open {
        0 => String::new(),
        n if n == draft.system.len() => format!(" All {n} system questions are open."),
        n => {
            format!(" {} of the {} system questions {} open.", n, draft.system.len(), if n == 1 { "is" } else { "are" })
        }
    };
    let text = match (list(&names), why.iter().find(|s| !is_bare(s)).or(why.first())) {
        (None, _) => format!("Why the system allowed it is unknown.{asked}"),
        (Some(names), None) => format!("{names} contributed.{asked}"),
        (Some(names), Some(_)) if why.iter().all(|s| is_bare(s)) => {
            format!("{names} contributed, according to a person.{asked}")
        }
        (Some(names), Some(first)) => format!("{names} contributed: {}.{asked}", first.text.trim_end_matches('.')),
    };
    let bases = why.iter().take(MOST_BASES).filter_map(|s| s.basis().first().cloned());
    sentence("allowed", text, bases, basis_of(lead))
}

/// "Tool design, guardrails and monitoring".
fn list(names: &[String]) -> Option<String> {
    let text = match names {
        [] => return None,
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    };
    Some(capital(&text))
}

fn proposed(draft: &Draft, lead: &FindingEntry) -> Statement {
    let severity = &draft.severity;
    let level = match (&severity.decided, severity.level) {
        (Some(decided), _) => format!("The severity is Sev {}.", decided.level),
        (None, Some(level)) => format!("Sev {level} is proposed."),
        (None, None) => "Answer the severity questions to get a proposed severity.".to_owned(),
    };
    let actions: Vec<_> = draft.actions.items.iter().filter(|a| a.verdict != Verdict::Rejected).collect();
    let actions = match actions.first() {
        None => "No action is proposed.".to_owned(),
        Some(first) => format!(
            "{}: {}.",
            match actions.len() {
                1 => "1 action is proposed".to_owned(),
                n => format!("{n} actions are proposed; the first one"),
            },
            first.title.trim_end_matches('.')
        ),
    };
    let facts = standing(&severity.reasons).filter(|s| matches!(s.origin, Origin::Person(_)));
    let bases = facts.filter_map(|s| s.basis().first().cloned()).take(MOST_BASES);
    sentence("proposed", format!("{level} {actions}"), bases, basis_of(lead))
}

/// With no finding: that nothing was recognized, and what to do next.
fn nothing(draft: &Draft) -> Vec<Statement> {
    let or = unseen(1, u32::try_from(draft.session.events.max(1)).unwrap_or(u32::MAX));
    let coverage = &draft.behavior.coverage;
    let leads = draft.leads_to_check();
    let mut text = match (draft.is_short(), leads) {
        (true, 0) if !draft.warnings.is_empty() => {
            "Part of the trace was not understood. Hindcast found nothing wrong in the rest.".to_owned()
        }
        (true, _) if !draft.warnings.is_empty() => {
            "Part of the trace was not understood. The rest has no finding.".to_owned()
        }
        (true, 0) if draft.behavior.leads.is_empty() => "Hindcast found nothing wrong in this session.".to_owned(),
        (true, 0) => "Every lead in this session was dismissed by a person.".to_owned(),
        // Something is worth checking, so that nothing is said to be right.
        (true, _) => "Hindcast has no finding in this session.".to_owned(),
        (false, _) => "Every finding in this session was dismissed by a person.".to_owned(),
    };
    match leads {
        0 => {}
        1 => text.push_str(" 1 lead is worth checking; see section 4."),
        n => text.push_str(&format!(" {n} leads are worth checking; see section 4.")),
    }
    let blind = coverage.iter().filter(|c| !c.not_assessed.is_empty()).count();
    if blind > 0 {
        text.push_str(&format!(" {blind} of {} checks could not assess the whole session.", coverage.len()));
    }
    let mut bases: Vec<Basis> = draft.behavior.findings.iter().map(basis_of).take(MOST_BASES).collect();
    if let Answer::Known(told) = &draft.trigger
        && let Some(said) = standing(told).find(|s| matches!(s.origin, Origin::Person(_)))
    {
        text.push_str(&format!(" A person reports: {}.", said.text.trim_end_matches('.')));
        bases.extend(said.basis().first().cloned());
    }
    let level = match (&draft.severity.decided, draft.severity.level) {
        (Some(decided), _) => format!("The severity is Sev {}. ", decided.level),
        (None, Some(level)) => format!("Sev {level} is proposed, from the answers that people gave. "),
        (None, None) => String::new(),
    };
    let next = "If something did go wrong, read the session with `hindcast show FILE`. Then describe it in a facts file (`hindcast draft --questions FILE` prints a template) or answer the open questions.";
    vec![sentence("happened", text, bases, or.clone()), sentence("proposed", format!("{level}{next}"), None, or)]
}

#[cfg(test)]
mod tests;
