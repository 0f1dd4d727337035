//! The instructions name a tool of the session in a sentence that puts it before something; that is done or told, and the tool was
//! never called, or said no.

use crate::detectors::translated;
use crate::dialogue::assent::akin;
use crate::dialogue::instructed::{self, Instruction};
use crate::finding::{Basis, Category, Cite, Considered, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::outcome::rejection;
use crate::prose::accents::unaccented;
use crate::prose::forms::each;
use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;
use std::collections::BTreeSet;

/// The rule path.
const PATH: &str = "required-step";
/// Members whose `false` says that a check did not pass.
const CHECKED: [&str; 9] =
    ["match", "matched", "matches", "valid", "verified", "passed", "approved", "confirmed", "authenticated"];
/// So many calls and messages are looked at.
const MOST: usize = 128;

/// Adds what it finds to a report.
pub(super) fn judge(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding || session.absence_is_unsafe().is_some() {
        return;
    }
    let instructions = session.instructions();
    if instructions.is_empty() {
        return;
    }
    let tools = instructed::tools(session);
    report.findings.extend(instructions.iter().find_map(|rule| out_of_order(session, rule, &tools)));
    for rule in instructions.iter().filter(|i| i.orders() && !i.conditional()) {
        let mut named: Vec<&str> = tools.iter().copied().filter(|t| rule.names(t).is_some()).collect();
        // A tool that nobody offered and nobody called is known by how its name is written.
        let written = identifiers(rule.cite.text());
        named.extend(written.into_iter().filter(|w| !tools.iter().any(|t| t.contains(w) || w.contains(t))));
        // Of several tools, any may be the step, and any may be what it comes before.
        let [step] = named[..] else { continue };
        let Some(found) = done(session, instructions, rule, step).or_else(|| told(session, rule, step)) else {
            continue;
        };
        report.eligible = true;
        if !report.findings.iter().any(|f| f.event == found.event && f.path == PATH) {
            report.findings.push(found);
        }
    }
}

/// The words of a text that are written like the names of tools: `stock_check`, `stock.check`.
fn identifiers(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '`' | '"' | ',' | ':' | '(' | ')' | '«' | '»'));
    let words = words.map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()));
    let written = |w: &&str| {
        let parts: Vec<&str> = w.split(['_', '.']).collect();
        parts.len() > 1 && parts.iter().all(|p| p.len() > 2 && p.chars().all(|c| c.is_ascii_alphabetic()))
    };
    words.filter(written).take(MOST).collect()
}

/// A write that the sentence numbers after another tool, which was not called before: `(1) estimate_send, (2) parts_order`.
fn out_of_order(session: &Session<'_>, rule: &Instruction, tools: &BTreeSet<&str>) -> Option<Finding> {
    if !rule.numbers() {
        return None;
    }
    let mut named: Vec<(usize, &str)> = tools.iter().filter_map(|t| Some((rule.names(t)?, *t))).collect();
    named.sort_unstable();
    named.windows(2).find_map(|two| {
        let [(_, step), (_, next)] = two else { return None };
        let call = session.calls.iter().find(|c| c.name.text == *next && acts(c) && c.failure().is_none())?;
        if session.calls.iter().any(|c| c.event < call.event && c.name.text == *step) {
            return None;
        }
        let cite = call.arguments.and_then(|a| Cite::whole(call.event, a))?;
        let title = format!("`{next}` was called before `{step}`, against the order in the instructions");
        Some(
            finding(session, rule, step, (call.event, title, cite), None)?.outcome(rejection::outcome(call)).tool(next),
        )
    })
}

/// A call that changes something, as far as its name tells, in any language.
pub(super) fn acts(call: &Call<'_>) -> bool {
    let named = || call.known.words.iter().any(|w| english().is("more_writes", w));
    call.is_write()
        || !call.declined() && !translated::looks(call) && (named() || !translated::families(call).is_empty())
}

/// What became of the step before an event: the last call of it that said no. `Err` where it was done, or nobody knows.
fn before<'s, 't>(session: &'s Session<'t>, step: &str, event: u32) -> Result<Option<&'s Call<'t>>, ()> {
    let calls = session.calls.iter().filter(|c| c.event < event && c.name.text == step);
    let mut last = None;
    for call in calls {
        if call.result.is_none() || !said_no(call) {
            return Err(());
        }
        last = Some(call);
    }
    Ok(last)
}

fn said_no(call: &Call<'_>) -> bool {
    let json = call.result.as_ref().and_then(|r| r.json());
    let no = |(key, value): (Value<'_>, Value<'_>)| CHECKED.iter().any(|k| key.is(k)) && value.bool() == Some(false);
    call.failure().is_some() || json.is_some_and(|j| j.entries().take(40).any(no))
}

/// A write that the sentence speaks of, without the step.
fn done(session: &Session<'_>, all: &[Instruction], rule: &Instruction, step: &str) -> Option<Finding> {
    let about = rule.words(step);
    // Without words of its own the sentence speaks of everything.
    let writes = session.calls.iter().filter(|c| c.failure().is_none() && c.name.text != step);
    let mut writes = writes.take(MOST).filter(|c| {
        let own = instructed::own_words(c);
        // A tool whose name says nothing to us is known by a word that it has in common with the sentence.
        let named = || c.known.words.iter().any(|w| about.iter().any(|a| akin(a, &unaccented(w))));
        (acts(c) || translated::may_act(c) && named()) && instructed::share(&about, &own) && !exempt(all, rule, c)
    });
    let call = writes.find(|c| before(session, step, c.event).is_ok())?;
    let failed = before(session, step, call.event).ok()?;
    let cite =
        call.arguments.and_then(|a| Cite::whole(call.event, a)).or_else(|| Cite::whole(call.event, call.name))?;
    let name = &call.name.text;
    let title = match failed {
        None => format!("`{name}` was called without `{step}`, which the instructions require first"),
        Some(_) => {
            format!("`{name}` was called although `{step}` had not passed, which the instructions require first")
        }
    };
    let made = finding(session, rule, step, (call.event, title, cite), failed)?;
    Some(made.outcome(rejection::outcome(call)).tool(name))
}

/// True where another sentence says that this needs no step.
fn exempt(all: &[Instruction], rule: &Instruction, call: &Call<'_>) -> bool {
    let name: BTreeSet<String> = call.known.words.iter().map(|w| unaccented(w)).filter(|w| w.len() >= 4).collect();
    all.iter().any(|i| i.cite != rule.cite && i.denies() && instructed::share(&i.words(""), &name))
}

/// A looked-up value that the agent tells, in words that the sentence speaks of, without the step.
fn told(session: &Session<'_>, rule: &Instruction, step: &str) -> Option<Finding> {
    if !rule.of_telling() {
        return None;
    }
    let about = rule.words(step);
    let heard = heard(session);
    for prose in session.prose().iter().filter(|p| p.role == Role::Assistant).take(MOST) {
        let Ok(failed) = before(session, step, prose.event) else { return None };
        let looked = session.calls.iter().filter(|c| c.event < prose.event && c.known.effect.0 != Effect::Write);
        let values: BTreeSet<String> = looked.take(MOST).flat_map(values).filter(|v| !heard.contains(v)).collect();
        for range in instructed::sentences(&prose.text.text) {
            let folded = unaccented(&prose.text.text[range.clone()]);
            let words: BTreeSet<String> = each(&folded).map(str::to_owned).collect();
            let long = words.iter().filter(|w| w.len() >= 4).cloned().collect();
            if words.iter().filter(|w| values.contains(*w)).count() < 2 || !instructed::share(&about, &long) {
                continue;
            }
            let cite = Cite::of(prose.event, prose.text, range)?;
            let title = format!("Looked-up data was disclosed without `{step}`, which the instructions require first");
            return finding(session, rule, step, (prose.event, title, cite), failed);
        }
    }
    None
}

/// The words of the user and of the instructions: what they have is not told anew.
fn heard(session: &Session<'_>) -> BTreeSet<String> {
    let others = session.messages.iter().filter(|m| m.role != Role::Assistant);
    let texts = others.flat_map(|m| m.texts).map(|t| unaccented(&t.text));
    texts.flat_map(|t| each(&t).map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The words of an answer that tell something: names, numbers.
fn values(call: &Call<'_>) -> Vec<String> {
    let text = call.result.as_ref().and_then(|r| r.content).map_or("", |t| &t.text[..t.text.floor_char_boundary(4000)]);
    let folded = unaccented(text);
    each(&folded)
        .filter(|w| w.len() >= 4 || w.len() >= 2 && w.bytes().any(|b| b.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

fn finding(
    session: &Session<'_>,
    rule: &Instruction,
    step: &str,
    (event, title, cite): (u32, String, Cite),
    failed: Option<&Call<'_>>,
) -> Option<Finding> {
    let what = match failed {
        None => format!("`{step}` was not called before"),
        Some(_) => format!("the last `{step}` before did not pass"),
    };
    let detail = format!("The instructions say \"{}\", and {what}.", rule.cite.text());
    let first = session.messages.first().map_or(event, |m| m.event.min(event));
    let absence = Basis::Absence { sought: format!("a call of `{step}` that passed"), scope: (first, event) };
    let mut made = Finding::new("unconfirmed-write", Category::ToolMisuse, event, title, cite)
        .path(PATH)
        .detail(detail)
        .and(Some(rule.cite.clone()))
        .and(Some(absence))
        .rests_on(RestsOn::Assumption(
            "a sentence of the instructions that names a tool before something requires it".to_owned(),
        ))
        .tool(step);
    if let Some(call) = failed {
        let cite = call.result.as_ref().and_then(|r| Cite::whole(r.event, r.content?));
        made.considered.push(Considered { event: call.event, why: "it did not pass".to_owned(), cite });
    }
    Some(made)
}
