//! From the other end: the user ordered something, no call is related to it, and the closing words tell it as done in
//! whatever words.

use super::{CompletionUnbacked, reckoned};
use crate::claims::binding;
use crate::claims::loose::{self, Statement};
use crate::claims::owning;
use crate::claims::telling;
use crate::detectors::Detector;
use crate::detectors::closing::short;
use crate::finding::{Basis, Category, Considered, Finding, Report, RestsOn};
use crate::prose::classes::class;
use crate::prose::lexicon::english;
use crate::prose::{Prose, flags, stem};
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use crate::values;
use crate::values::subject;
use std::collections::BTreeSet;

/// The rule path where other things were done, and nothing of this.
const OBJECT: &str = "object";
/// The rule path where one of several things that were told is left out.
const EACH: &str = "each";
/// Only so much of a text is compared with what is said.
const READ_AT_MOST: usize = 4096;
/// So many calls are looked at, the latest ones.
const MOST: usize = 64;
/// Among so many calls, of which most may be look-ups.
const LOOKED_AT: usize = 512;

/// Adds what it finds to a report.
pub(super) fn find(detector: &CompletionUnbacked, session: &Session<'_>, report: &mut Report) {
    if session.calls.is_empty() && session.trace.tools.is_empty() {
        return;
    }
    let mut users = session.messages.iter().filter(|m| m.role == hindcast_trace::model::Role::User).peekable();
    while let Some(user) = users.next().filter(|_| !session.is_stopped()) {
        let until = users.peek().map_or(u32::MAX, |m| m.event);
        let messages: Vec<_> = loose::closing(session, user.event, until).collect();
        let known = |(_, p): &(usize, &Prose<'_>)| report.findings.iter().any(|f| f.event == p.event);
        // What is told costs less to find than what was ordered, and most turns tell nothing as done.
        if messages.iter().any(known) || messages.iter().all(|(i, _)| session.statements(*i).is_empty()) {
            continue;
        }
        let Some(order) = ordered(session, user.event, until) else { continue };
        if messages.iter().any(|(_, p)| telling::tells_failed(p, &order) || owning::asks(p)) {
            continue;
        }
        for (i, prose) in messages {
            let Some(found) = unbacked(detector, session, prose, session.statements(i), &order) else { continue };
            report.eligible = true;
            if let Some(gap) = session.absence_is_unsafe() {
                report.skip(Some(prose.event), format!("a call may be missing from the trace: {gap}"));
                return;
            }
            report.findings.push(found);
            break;
        }
    }
}

/// The words of what the user orders in a message, with those of the offer that it agrees to; `None` where nothing is ordered.
fn ordered(session: &Session<'_>, user: u32, until: u32) -> Option<BTreeSet<String>> {
    let lex = english();
    let mut orders = false;
    let has_verb = |prose: &Prose<'_>| {
        (0..prose.words.len()).any(|i| prose.has(i, flags::BASE) && !lex.is("text_work", prose.word(i + 1)))
    };
    let mut agrees = false;
    let said = || binding::user_prose(session, user, until.min(user + 1));
    for prose in said() {
        orders |= has_verb(prose) && !only_asks(prose);
        let first = if prose.words.len() <= 12 { prose.words.len() } else { 4 };
        agrees |= (0..first).any(|i| lex.is("affirmation", prose.word(i)));
    }
    let mut offer = None;
    if agrees && !orders {
        let upto = session.prose().partition_point(|p| p.event < user);
        let last = session.prose()[..upto].last();
        offer = last.filter(|p| p.sentences.iter().any(|s| s.question) && has_verb(p));
        orders = offer.is_some();
    }
    // Read last, since most messages order nothing.
    let stems = |prose: &Prose<'_>| {
        let text = &prose.text.text;
        subject::stems(&text[..text.floor_char_boundary(READ_AT_MOST)])
    };
    orders.then(|| said().chain(offer).flat_map(stems).collect())
}

/// True when every sentence is a question that no deed answers: "Is my order cancelled?"
fn only_asks(prose: &Prose<'_>) -> bool {
    prose.sentences.iter().all(|s| {
        let first = prose.word(s.words.start);
        s.question
            && !matches!(first, "can" | "could" | "would" | "will" | "please")
            && !prose.any(s, |w| matches!(w, "please" | "i'd" | "want"))
    })
}

fn unbacked(
    detector: &CompletionUnbacked,
    session: &Session<'_>,
    prose: &Prose<'_>,
    statements: &[Statement],
    order: &BTreeSet<String>,
) -> Option<Finding> {
    let horizon = binding::horizon(session, prose.event);
    // A tool that nobody knows may have done what its name shares a word with.
    let may_do = |c: &&Call<'_>| {
        let told_of = || {
            let name = subject::stems(&c.known.words.join(" "));
            statements.iter().any(|s| s.bare() || subject::touch(s.words(), &name))
        };
        let unknown = c.known.effect.0 == Effect::Unknown;
        c.is_write() || unknown && (c.known.words.iter().any(|w| english().is("generic_tool", w)) || told_of())
    };
    let upto = session.calls.partition_point(|c| c.event < horizon);
    let writes = session.calls[..upto].iter().rev().take(LOOKED_AT).filter(may_do).take(MOST);
    let writes: Vec<_> = writes.collect();
    if let Some((statement, id)) = left_out(session, prose, statements, &writes) {
        return Some(finding(detector, session, statement, EACH, format!("no call touches {id}"), &writes));
    }
    let touches = |s: &Statement| writes.iter().any(|c| subject::touch(s.words(), c.about()));
    let asked = |s: &Statement| s.words().intersection(order).count();
    if writes.is_empty() {
        // "The order was delivered" tells a record, unless delivering it is what the user ordered.
        let own_verb = |s: &Statement| s.participles.iter().any(|p| order.contains(stem::of(p).as_ref()));
        let of_order = |s: &&Statement| {
            !s.described && (!s.past || own_verb(s)) && (asked(s) > 0 || s.bare()) && !read_before(session, s)
        };
        // "I did a dry run only": what is told as a trial is not told as done.
        let tried = |s: &Statement| class("trial").is_in_text(s.cite.text());
        let shown = |s: &Statement| reckoned::is(&prose.text.text, &s.cite.range());
        let of_order = |s: &&Statement| of_order(s) && !tried(s) && !shown(s);
        let statement = statements.iter().filter(of_order).min_by_key(|s| s.bare())?;
        let path = if statement.path.is_empty() { "loose" } else { statement.path };
        return Some(finding(
            detector,
            session,
            statement,
            path,
            "no call that changes anything was made".into(),
            &writes,
        ));
    }
    let light = |s: &Statement| s.participles.iter().any(|p| english().is("processed", p));
    let told = |s: &&Statement| !s.past && !s.described && !light(s) && !s.bare() && asked(s) >= 2;
    let told: Vec<&Statement> = statements.iter().filter(told).collect();
    // What a call is about costs most to find.
    if told.is_empty() {
        return None;
    }
    // One call, two deeds told: the one that shares nothing with any call, though the user ordered it.
    // What was only handed in ("badge: ordered") is no statement here, and accounts for a call as well.
    let handed_in = || {
        let own = session.claims_at(prose.event).iter().filter(|c| c.submission);
        own.into_iter().any(|c| {
            let words = subject::stems(c.cite.text());
            writes.iter().any(|w| subject::touch(&words, w.about()))
        })
    };
    (statements.iter().any(touches) || handed_in()).then_some(())?;
    let statement = told.into_iter().find(|s| !touches(s) && !read_before(session, s))?;
    Some(finding(detector, session, statement, OBJECT, "no call is related to it".into(), &writes))
}

/// True when a look-up's answer has the very participle with which a state is told: a record is told.
fn read_before(session: &Session<'_>, statement: &Statement) -> bool {
    if statement.personal {
        return false;
    }
    let event = statement.cite.event();
    let upto = session.calls.partition_point(|c| c.event < event);
    let calls = session.calls[..upto].iter().rev().take(LOOKED_AT);
    let reads = calls.filter(|c| c.known.effect.0 == Effect::Read).take(MOST);
    reads.filter_map(|c| c.result.as_ref()?.content).any(|t| {
        let text = t.text[..t.text.floor_char_boundary(READ_AT_MOST)].to_ascii_lowercase();
        statement.participles.iter().any(|p| text.contains(p.as_str()))
    })
}

/// Of several ids that the message tells as done, and the user named, the one that no call touches though others are.
fn left_out<'m>(
    session: &Session<'_>,
    prose: &Prose<'_>,
    statements: &'m [Statement],
    writes: &[&Call<'_>],
) -> Option<(&'m Statement, String)> {
    let user = binding::last_user(session, prose.event)?;
    let named: Vec<_> = binding::user_prose(session, user, prose.event).flat_map(|p| codes(&p.text.text)).collect();
    let text = |c: &Call<'_>| {
        let answer = c.result.as_ref().and_then(|r| r.content);
        c.arguments.into_iter().chain(answer).map(|t| t.text.to_lowercase()).collect::<String>()
    };
    let texts: Vec<String> = writes.iter().map(|c| text(c)).collect();
    let touched = |id: &str| texts.iter().any(|t| t.contains(id));
    for statement in statements {
        let said = statement.cite.text();
        let both = said.to_ascii_lowercase().split(|c: char| !c.is_alphanumeric()).any(|w| matches!(w, "both" | "all"));
        let ids = match codes(said) {
            ids if ids.len() > 1 => ids,
            _ if both => named.clone(),
            ids => ids,
        };
        let open = ids.iter().find(|id| {
            let same = |other: &&String| values::shape(other) == values::shape(id) && other != id;
            named.contains(id) && !touched(id) && named.iter().filter(same).any(|other| touched(other))
        });
        if let Some(id) = open {
            return Some((statement, id.clone()));
        }
    }
    None
}

/// The words of a text that may be codes of something, whatever their shape.
fn codes(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').map(|w| w.trim_matches(['-', '_']));
    // Dates and times are no codes.
    let code = |w: &&str| {
        let digits = w.bytes().filter(u8::is_ascii_digit).count();
        digits >= 3 && w.bytes().any(|b| b.is_ascii_alphabetic()) || digits >= 5 && digits == w.len()
    };
    words.filter(code).map(str::to_ascii_lowercase).collect()
}

fn finding(
    detector: &CompletionUnbacked,
    session: &Session<'_>,
    statement: &Statement,
    path: &'static str,
    why: String,
    writes: &[&Call<'_>],
) -> Finding {
    let event = statement.cite.event();
    let last = binding::horizon(session, event).min(session.trace.events.len() as u32).saturating_sub(1);
    let quote = short(statement.cite.text());
    let mut finding = Finding::new(
        detector.id(),
        Category::Hallucination,
        event,
        format!("Claimed \"{quote}\", but {why}"),
        statement.cite.clone(),
    )
    .and(Some(Basis::Absence { sought: "a call that does this".into(), scope: (0, last) }))
    .rests_on(RestsOn::Assumption(
        "a call's name, arguments and result say what it is about; a read changes nothing".into(),
    ))
    .path(path)
    .detail(format!("The agent says \"{}\", but {why}.", statement.cite.text()));
    for call in writes.iter().take(4) {
        finding.considered.push(Considered {
            event: call.event,
            why: format!("`{}` is about something else", call.name.text),
            cite: None,
        });
    }
    finding
}
