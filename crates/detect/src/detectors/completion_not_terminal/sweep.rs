//! From the other end: an operation that is open or refused, and closing words that tell it as done in whatever words.

use super::{CompletionNotTerminal, concerns, other_thing, short, weigh};
use crate::claims::deeds::{Fit, fit};
use crate::claims::loose::{self, Statement};
use crate::claims::telling;
use crate::detectors::{Detector, corrected_later};
use crate::finding::{Considered, Finding, Outcome, Report};
use crate::guards;
use crate::kind::SessionKind;
use crate::outcome::failure::Kind;
use crate::outcome::shown;
use crate::outcome::status::{self, Standing, Status};
use crate::outcome::vocabulary;
use crate::prose::Prose;
use crate::session::{Call, Session};
use crate::tools::contract::{Effect, words_of};
use crate::values::subject::stems;
use hindcast_trace::model::Role;
use std::collections::BTreeSet;

/// The rule path of a family's claim over a status that stands somewhere in the answer.
const NESTED: &str = "nested";
/// So many operations are looked at, the latest ones.
const MOST: usize = 64;

/// So many sentences are weighed.
const WEIGHED: usize = 8;

/// An operation that is not done.
struct Open<'s, 't> {
    call: &'s Call<'t>,
    status: Status,
    /// True for a status that only weaker rules follow.
    nested: bool,
    /// True for an operation that ends in a plan, which only a claim of another deed goes beyond.
    planned: bool,
}

/// Adds what it finds to a report.
pub(super) fn find(detector: &CompletionNotTerminal, session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    let writes = session.calls.iter().filter(|c| c.known.effect.0 != Effect::Read && c.result.is_some());
    let mut writes: Vec<_> = writes.rev().take(MOST).collect();
    writes.reverse();
    for one in writes.into_iter().filter_map(|c| open(session, c)) {
        let one = &one;
        let known = report.findings.iter().any(|f| f.considered.iter().any(|c| c.event == one.call.event));
        if !known && let Some(found) = told(detector, session, one) {
            report.eligible = true;
            report.findings.push(found);
        }
    }
}

fn open<'s, 't>(session: &'s Session<'t>, call: &'s Call<'t>) -> Option<Open<'s, 't>> {
    if !concerns(session, call) || !tells_anything(session, call) {
        return None;
    }
    let latest = status::latest(session, call, turn_end(session, call));
    let answered_now = |s: &Status| s.cite.as_ref().map(|c| c.event()) == call.result.as_ref().map(|r| r.event);
    let refused = call.failure().is_some_and(|f| f.kind == Kind::Refusal);
    let answer = call.result.as_ref().map(|r| r.event);
    // Told by a later look, by a contract, or by a field such as `updated: true`; `ok: true` only says that it was taken.
    let settled = match (&latest.cite, latest.standing) {
        (Some(cite), Standing::Terminal) => {
            let key = cite.text().trim_start_matches('"').to_ascii_lowercase();
            Some(cite.event()) != answer || !(key.starts_with("ok") || key.starts_with("success"))
        }
        (Some(cite), _) => Some(cite.event()) != answer,
        (None, standing) => standing == Standing::Terminal,
    } || call.known.contract.as_ref().is_some_and(|c| c.status.is_some());
    // `modify_pending_order`: the word is what the record is to be.
    let in_name = |s: &Status| {
        let words = s.cite.as_ref().map(|c| words_of(c.text())).unwrap_or_default();
        words.iter().any(|w| call.known.words.contains(w))
    };
    if in_name(&latest) && latest.standing == Standing::NonTerminal {
        return None;
    }
    match latest.standing {
        Standing::NonTerminal => Some(Open { call, status: latest, nested: false, planned: false }),
        // What a guard says is a verdict, which another detector holds against what was done.
        Standing::Failed if vocabulary::is_ground(&latest.rests_on) && guards::is_judge(&call.name.text) => None,
        Standing::Failed if refused || call.failure().is_none() => {
            Some(Open { call, status: latest, nested: false, planned: false })
        }
        Standing::Failed => None,
        // "scheduled" is where scheduling ends; what is told as sent is not sent by it.
        Standing::Terminal if planned(&latest) && answered_now(&latest) => {
            Some(Open { call, status: latest, nested: true, planned: true })
        }
        Standing::Terminal | Standing::Unknown if settled => None,
        Standing::Terminal | Standing::Unknown => {
            let status = status::nested(session, call).filter(|s| !in_name(s))?;
            let done = status::ended_later(session, call)
                || status::completed(session, call, turn_end(session, call))
                    .is_some_and(|s| s.standing != Standing::NonTerminal);
            (!done).then_some(Open { call, status, nested: true, planned: false })
        }
    }
}

/// True when something is told as done before the user speaks again: that costs less to see than how far a call has got.
fn tells_anything(session: &Session<'_>, call: &Call<'_>) -> bool {
    loose::closing(session, call.event, turn_end(session, call)).any(|(i, _)| !session.statements(i).is_empty())
}

fn planned(status: &Status) -> bool {
    let words = status.cite.as_ref().map(|c| words_of(c.text())).unwrap_or_default();
    words.iter().any(|w| matches!(w.as_str(), "scheduled" | "booked" | "queued"))
}

/// True for a statement of a deed that the call's own kind does not end in.
fn goes_beyond(session: &Session<'_>, call: &Call<'_>, statement: &Statement) -> bool {
    let inside = |c: &&crate::claims::Claim| {
        c.event == statement.cite.event() && statement.cite.range().contains(&c.cite.range().start)
    };
    let deed = session.deeds().iter().find(|d| d.event == call.event);
    let claim = session.claims().iter().find(inside);
    claim.zip(deed).is_some_and(|(claim, deed)| !claim.families.is_empty() && fit(deed, &claim.families) == Fit::None)
}

/// What tells the operation as done, before the user speaks again.
fn told(detector: &CompletionNotTerminal, session: &Session<'_>, open: &Open<'_, '_>) -> Option<Finding> {
    let until = turn_end(session, open.call);
    let messages: Vec<(usize, &Prose<'_>)> = loose::closing(session, open.call.event, until).collect();
    let words = open.status.cite.as_ref().map(|c| words_of(c.text())).unwrap_or_default();
    let refused = open.status.standing == Standing::Failed;
    let own_words = other_thing::ordered(open.call);
    let told = |p: &Prose<'_>| telling::tells_open(p, &words) || refused && telling::tells_failed(p, &own_words);
    let repeated = |p: &Prose<'_>| super::repeated(session, p.event, &open.status);
    if messages.iter().any(|(_, p)| told(p) || repeated(p)) {
        return None;
    }
    let changes = session.calls.iter().filter(|c| c.known.effect.0 != Effect::Read);
    let turn = changes.filter(|c| c.event < until && turn_of(session, c) == turn_of(session, open.call));
    let others: Vec<_> = turn.filter(|c| c.event != open.call.event).take(MOST).map(Call::about).collect();
    let own = open.call.about();
    // Where nothing else was done, what the user's order names may be told instead of what the call has: "Mr. Berg has his money".
    let order: BTreeSet<String> = match others.is_empty() {
        true => turn_of(session, open.call).map(|user| ordered(session, user)).unwrap_or_default(),
        false => BTreeSet::new(),
    };
    let of_this = |s: &&Statement| {
        let score = |words: &BTreeSet<String>| s.words().intersection(words).count();
        let alone = others.is_empty() && (score(&order) > 1 || s.path == "state" && stands_for_all(s));
        s.bare() || alone || score(own) > 0 && others.iter().all(|o| score(own) >= score(o))
    };
    let statements = messages.iter().flat_map(|(i, _)| session.statements(*i));
    // "You're all set" goes beyond nothing: what is booked is booked.
    let names = |s: &Statement| s.words().intersection(own).next().is_some();
    let statements = statements.filter(|s| !open.planned || names(s) && goes_beyond(session, open.call, s));
    let statements = statements.filter(|s| !super::tells_reason(open.call, s.cite.text(), &s.participles));
    let is_shown = |s: &&Statement| shown::shown_later(session, open.call, s.cite.event(), s.cite.text());
    let statements = statements.filter(|s| open.status.standing != Standing::NonTerminal || !is_shown(s));
    let mut statements: Vec<_> = statements.filter(of_this).collect();
    statements.sort_by_key(|s| (s.bare(), s.path.len()));
    // What is about another operation hides no later sentence about this one.
    statements.into_iter().take(WEIGHED).find_map(|statement| {
        let mut found = vec![finding(detector, session, open, statement)];
        weigh::weigh(session, &mut found);
        found.pop()
    })
}

/// The words of what the user says at an event.
fn ordered(session: &Session<'_>, user: u32) -> BTreeSet<String> {
    let texts = crate::claims::binding::user_prose(session, user, user + 1).map(|p| &p.text.text);
    texts.flat_map(|t| stems(&t[..t.floor_char_boundary(READ_AT_MOST)])).collect()
}

/// Only so much of an order is compared with what is told.
const READ_AT_MOST: usize = 4096;

/// "That's all wrapped up", "everything is in place": no name, and a word that stands for what was ordered.
fn stands_for_all(statement: &Statement) -> bool {
    let text = statement.cite.text().to_ascii_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).take(3);
    words.any(|w| matches!(w, "that" | "it" | "everything")) && statement.words().len() <= 4
}

/// The event of what the user says next after a call.
fn turn_end(session: &Session<'_>, call: &Call<'_>) -> u32 {
    let next = session.messages_after(call.event).iter().find(|m| m.role == Role::User);
    next.map_or(u32::MAX, |m| m.event)
}

/// The event of what the user said last before a call.
fn turn_of(session: &Session<'_>, call: &Call<'_>) -> Option<u32> {
    crate::claims::binding::last_user(session, call.event)
}

fn finding(
    detector: &CompletionNotTerminal,
    session: &Session<'_>,
    open: &Open<'_, '_>,
    statement: &Statement,
) -> Finding {
    let tool = &open.call.name.text;
    let said = super::status_in_code(&open.status);
    let path = match statement.path {
        _ if vocabulary::is_ground(&open.status.rests_on) => vocabulary::PATH,
        "" if open.nested => NESTED,
        "" => "loose",
        path => path,
    };
    let why = match open.status.standing {
        Standing::Failed => format!("`{tool}` was rejected or returned"),
        _ => format!("`{tool}` was accepted but is not complete"),
    };
    let event = statement.cite.event();
    let mut finding = Finding::new(
        detector.id(),
        detector.category(),
        event,
        format!("Claimed \"{}\" while `{tool}` returned {}", short(statement.cite.text()), said),
        statement.cite.clone(),
    )
    .and(open.status.cite.clone())
    .path(path)
    .detail(format!(
        "The agent says \"{}\", but the last known status of `{tool}` is {}, and no message says so.",
        statement.cite.text(),
        said
    ))
    .rests_on(open.status.rests_on.clone())
    .tool(tool);
    finding.considered.push(Considered { event: open.call.event, why, cite: open.status.cite.clone() });
    if corrected_later(session, event) { finding.outcome(Outcome::NearMiss) } else { finding }
}
