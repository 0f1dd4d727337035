//! From the other end: what was ordered is not done, as its answer says; nothing later did it; and no message tells it, in whatever
//! words. Nothing has to be recognized as a claim.

use super::super::translated::{families, looks};
use super::contrary::in_words;
use super::followed_by_call;
use crate::claims::binding;
use crate::claims::disclosure::{self, Telling};
use crate::finding::{Category, Cite, Considered, Finding, Report};
use crate::guards;
use crate::kind::SessionKind;
use crate::maps::HashSet;
use crate::outcome::answer::{Upshot, extent};
use crate::outcome::shortfall::{self, Shortfall};
use crate::outcome::status::{self, Standing};
use crate::prose::Prose;
use crate::prose::accents::unaccented;
use crate::prose::forms::each;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;
use std::cell::LazyCell;

/// The rule path of what failed, and of what is open.
const FAILED: &str = "untold";
const OPEN: &str = "untold-open";
/// So many calls are looked at, the latest ones; and so many later ones of each.
const MOST: usize = 32;
const LATER: usize = 64;
/// Only so much of an order or an answer is read.
pub(super) const READ_AT_MOST: usize = 4096;

/// Adds what it finds to a report.
pub(super) fn judge(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    for (at, call) in answered(session) {
        let known = report.findings.iter().any(|f| f.considered.iter().any(|c| c.event == call.event));
        if known {
            continue;
        }
        let Some(short) = shortfall::of(call, &LazyCell::new(|| heard(session, call))) else { continue };
        report.eligible |= !short.open;
        if (call.is_write() || asked_for(session, call)) && !settled(session, at, &short) {
            silence(session, call, &short, report);
        }
    }
}

/// The latest calls that may have changed something and were answered, in their order, with their index.
pub(super) fn answered<'s, 't>(session: &'s Session<'t>) -> impl Iterator<Item = (usize, &'s Call<'t>)> {
    let acts = |(_, c): &(usize, &Call<'_>)| {
        c.known.effect.0 != Effect::Read && c.result.is_some() && !guards::is_judge(&c.name.text)
    };
    let calls: Vec<_> = session.calls.iter().enumerate().filter(acts).rev().take(MOST).collect();
    calls.into_iter().rev()
}

/// The words of the call, and of the user until then.
pub(super) fn heard(session: &Session<'_>, call: &Call<'_>) -> HashSet<String> {
    let texts = binding::user_prose(session, 0, call.event).map(|p| p.text.text.as_str());
    let all = texts.chain(call.arguments.map(|a| a.text.as_str()));
    let folded = all.map(|t| unaccented(&t[..t.floor_char_boundary(READ_AT_MOST)]));
    folded.flat_map(|t| each(&t).filter(|w| w.len() > 2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// True for a call of unknown effect that the user's order names a value of, and that is no look-up.
pub(super) fn asked_for(session: &Session<'_>, call: &Call<'_>) -> bool {
    let Some(user) = binding::last_user(session, call.event).filter(|_| !looks(call)) else { return false };
    // A name that speaks of an operation in any language needs no value to be told by.
    if acts_by_name(call) {
        return binding::user_prose(session, user, user + 1).all(|p| !p.text.text.contains('?'));
    }
    let values: Vec<String> = call.args().map(scalars).unwrap_or_default();
    binding::user_prose(session, user, user + 1).any(|p| {
        let text = p.text.text.to_lowercase();
        !text.contains('?') && values.iter().any(|v| text.contains(v.as_str()))
    })
}

/// True for a tool whose name has a word of an operation in any language: `sposta_lezione`, `termin_umbuchen`.
pub(super) fn acts_by_name(call: &Call<'_>) -> bool {
    !looks(call) && !families(call).is_empty()
}

/// The values of a call that are long enough to tell one thing from another.
pub(super) fn scalars(args: Value<'_>) -> Vec<String> {
    let members = args.entries().flat_map(|(_, v)| match v.is_array() {
        true => v.items().take(MOST).collect::<Vec<_>>(),
        false => vec![v],
    });
    let text = |v: Value<'_>| v.str().map(|s| s.into_owned()).or_else(|| v.f64().map(|_| v.raw().into_owned()));
    members.filter_map(text).map(|s| s.to_lowercase()).filter(|s| s.len() > 1).take(MOST).collect()
}

/// True when a later answer, or a later call, may have brought what this one did not.
fn settled(session: &Session<'_>, at: usize, short: &Shortfall) -> bool {
    let known = LazyCell::new(HashSet::default);
    brought_later(session, at, short.open, "", &|c| shortfall::of(c, &known).is_none())
}

/// True when a later answer of the call `at`, or a later call that is `fine`, may have brought what it did not: one of the same tool, or with
/// a value of its arguments or of `answer`, in small letters. What is `open` may also have come about by itself, as a look-up tells.
pub(super) fn brought_later(
    session: &Session<'_>,
    at: usize,
    open: bool,
    answer: &str,
    fine: &dyn Fn(&Call<'_>) -> bool,
) -> bool {
    let call = &session.calls[at];
    let answered = call.result.as_ref().map(|r| r.event);
    let latest = status::latest(session, call, u32::MAX);
    let later = latest.cite.as_ref().is_some_and(|c| Some(c.event()) != answered);
    // What was looked up again and is still under way is settled by no look.
    let under_way = later && latest.standing == Standing::NonTerminal;
    if later && !under_way && (latest.standing == Standing::Terminal || open) {
        return true;
    }
    let own = call.args().map(scalars).unwrap_or_default();
    session.calls[at + 1..].iter().take(LATER).any(|c| {
        let fine = || c.result.is_some() && c.failure().is_none() && fine(c);
        // What was called beside it is another item of the same order.
        let beside = answered.is_some_and(|a| a > c.event);
        let shared = |v: &String| own.contains(v) || v.len() > 3 && answer.contains(v.as_str());
        let same = || c.args().map(scalars).unwrap_or_default().iter().any(shared);
        let tells = c.known.effect.0 == Effect::Read;
        !tells && !beside && (c.name.text == call.name.text || same()) && fine()
            || tells && open && !under_way && same() && fine()
    })
}

/// Adds a flag where nothing that the agent says from the answer on may tell it.
fn silence(session: &Session<'_>, call: &Call<'_>, short: &Shortfall, report: &mut Report) {
    let known = call.result.as_ref().map_or(call.event, |r| r.event.max(call.event));
    let said = || session.prose_after(known).iter().filter(|p| p.role == Role::Assistant);
    let speaks = |p: &&Prose<'_>| p.sentences.iter().any(|s| s.words.len() > 2);
    let Some(message) = said().filter(speaks).find(|p| !followed_by_call(session, p)) else { return };
    for prose in said() {
        match disclosure::of(prose, &short.words, short.open) {
            Telling::Nothing => {}
            Telling::Something => return,
            Telling::Unknown => {
                let name = &call.name.text;
                let why = format!(
                    "whether the agent says that `{name}` is not done is unknown, since its language is not read"
                );
                report.skip(Some(prose.event), why);
                return;
            }
        }
    }
    report.findings.extend(finding(call, short, message));
}

fn finding(call: &Call<'_>, short: &Shortfall, message: &Prose<'_>) -> Option<Finding> {
    let sentence = message.sentences.iter().find(|s| s.words.len() > 2)?;
    let cite = Cite::of(message.event, message.text, message.bytes(sentence.words.clone()))?;
    let name = &call.name.text;
    let path = if short.open { OPEN } else { FAILED };
    let upshot = if short.open { Upshot::Open } else { extent::of_call(call) };
    let said = in_words(upshot, "failed");
    let category = Category::Misinterpretation;
    let title = format!("`{name}` {said}, and no message says so");
    let detail = format!(
        "The result of `{name}` says that it {said}. No later call did it, and nothing that the agent says afterwards mentions it."
    );
    let mut finding = Finding::new("error-ignored", category, message.event, title, cite)
        .path(path)
        .and(short.cite.clone())
        .detail(detail)
        .rests_on(short.rests_on.clone())
        .tool(name);
    let why = format!("it {said}");
    finding.considered.push(Considered { event: call.event, why, cite: short.cite.clone() });
    Some(finding)
}

#[cfg(test)]
mod tests;
