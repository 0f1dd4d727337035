//! An answer says, in whatever structure or words, that what was ordered is not done, not done yet or done in part; the closing words tell it
//! as done, and nothing in them admits the contrary. A lead where they do not even tell it as done, in words that are known, but keep silent.

use super::super::closing::records;
use super::super::translated::{looks, may_act};
use super::followed_by_call;
use super::untold::{READ_AT_MOST, acts_by_name, answered, asked_for, brought_later, heard, scalars};
use crate::claims::admission::{Silence, silence};
use crate::claims::binding;
use crate::claims::candor::{self, Tone};
use crate::finding::{Category, Cite, Considered, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::maps::HashSet;
use crate::outcome::agrees;
use crate::outcome::answer::{self, Said, Upshot, extent};
use crate::outcome::status::{self, Standing};
use crate::prose::Prose;
use crate::prose::accents::unaccented;
use crate::prose::forms::alike;
use crate::session::{Call, Session};
use crate::values::subject::stems;
use hindcast_trace::model::Role;
use std::cell::LazyCell;

/// The rule paths: of what failed, of what is open, of what is done in part.
const FAILED: &str = "contrary";
const OPEN: &str = "contrary-open";
const PART: &str = "contrary-part";
/// The rule path of what no word admits, where none tells it as done either.
const QUIET: &str = "quiet";
/// So many calls behind a change are looked at, and an answer about it has no more records.
const MOST: usize = 32;
const FEW: usize = 4;

/// Adds what it finds to a report.
pub(super) fn judge(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    for (at, call) in answered(session) {
        let known = report.findings.iter().any(|f| f.considered.iter().any(|c| c.event == call.event));
        if known || !(call.is_write() || asked_for(session, call) || ordered(session, call)) {
            continue;
        }
        let order = LazyCell::new(|| heard(session, call));
        let number = |w: &str| w.bytes().all(|b| b.is_ascii_digit());
        let expected = |w: &str| (w.len() > 3 || number(w)) && arguments(call).iter().any(|k| alike(k, w));
        // A document may tell of anything that failed or is open.
        let own = answer::of(call, &expected).filter(|s| !s.worded || call.is_write() || acts_by_name(call));
        let later = own.is_none();
        let open = || nested(session, call).filter(|s| !settled(session, at, call, s));
        let Some(said) = own.or_else(|| shown_later(session, at, &expected)).or_else(open) else { continue };
        report.eligible = true;
        if !of_record(session, call, &said) && (later || !settled(session, at, call, &said)) {
            let told = told(session, call, &said, later, &|w| order.iter().any(|k| alike(k, w)));
            report.findings.extend(told);
        }
    }
}

/// What a status deep in the answer of a change shows as open.
fn nested(session: &Session<'_>, call: &Call<'_>) -> Option<Said> {
    let status = status::nested(session, call).filter(|s| s.standing == Standing::NonTerminal)?;
    let words = status.cite.as_ref().map_or("", Cite::text).to_owned();
    Some(Said { upshot: Upshot::Open, firm: false, worded: false, cite: status.cite, words })
}

/// What the last look-up of a change, in the same turn, shows as open, where the change itself says nothing of it.
fn shown_later(session: &Session<'_>, at: usize, expected: &dyn Fn(&str) -> bool) -> Option<Said> {
    let call = &session.calls[at];
    let next = session.messages_after(call.event).iter().find(|m| m.role == Role::User).map_or(u32::MAX, |m| m.event);
    let answer = call.result.as_ref().and_then(|r| r.content).map_or("", |t| t.text.as_str());
    let answer = answer[..answer.floor_char_boundary(READ_AT_MOST)].to_lowercase();
    let own = call.args().map(scalars).unwrap_or_default();
    let is_id = |v: &&String| v.len() > 3 && v.bytes().any(|b| b.is_ascii_digit());
    let shared = |v: &String| own.contains(v) || answer.contains(v.as_str());
    let same = |c: &Call<'_>| c.args().map(scalars).unwrap_or_default().iter().filter(is_id).any(shared);
    let looked = session.calls_between(call.event, next).iter().take(MOST).filter(|c| looks(c) && same(c));
    let last = looked.last().filter(|_| call.failure().is_none())?;
    let one = last.result.as_ref()?.json().is_none_or(|r| records(r).len() <= FEW);
    answer::of(last, expected).filter(|s| one && !s.worded && s.upshot == Upshot::Open)
}

/// True for a call that a word or a number of the user's order names, where that asks no question but an order's: "can you renew it?"
fn ordered(session: &Session<'_>, call: &Call<'_>) -> bool {
    let Some(user) = binding::last_user(session, call.event).filter(|_| !looks(call)) else { return false };
    let digits = |t: &str| t.chars().filter(char::is_ascii_digit).collect::<String>();
    let values: Vec<String> = call.args().map(scalars).unwrap_or_default();
    binding::user_prose(session, user, user + 1).any(|p| {
        let text = &p.text.text[..p.text.text.floor_char_boundary(4096)];
        let (folded, numbers) = (unaccented(text), digits(text));
        let order = !text.contains('?') || candor::asks_for(text);
        order
            && values.iter().map(|v| unaccented(v)).any(|v| {
                let number = digits(&v);
                v.len() > 2 && folded.contains(v.as_str()) || number.len() > 4 && numbers.contains(number.as_str())
            })
    })
}

/// True for a state that may be that of the record which was changed: it stood in an answer before, or an update shows the record with
/// what it changed.
fn of_record(session: &Session<'_>, call: &Call<'_>, said: &Said) -> bool {
    let Some(cite) = said.cite.as_ref().filter(|_| !said.firm) else { return false };
    let answer = call.result.as_ref().and_then(|r| r.content).map_or("", |t| t.text.as_str()).to_lowercase();
    let updates = call.known.families.iter().any(|f| f == "update");
    let echoed = || call.args().map(scalars).unwrap_or_default().iter().filter(|v| answer.contains(v.as_str())).count();
    session.answer_texts().hold(cite.text(), call.event) || updates && echoed() > 1
}

/// The words of a call's arguments.
fn arguments(call: &Call<'_>) -> HashSet<String> {
    let text = call.arguments.map_or("", |a| &a.text[..a.text.floor_char_boundary(4096)]);
    crate::prose::wordlists::words(text).into_iter().filter(|w| w.len() > 2).collect()
}

/// True when a later answer, or a later call, may have brought what this one did not.
fn settled(session: &Session<'_>, at: usize, call: &Call<'_>, said: &Said) -> bool {
    let completed = status::completed(session, call, u32::MAX);
    let answer = call.result.as_ref().and_then(|r| r.content).map_or("", |t| t.text.as_str());
    let answer = answer[..answer.floor_char_boundary(READ_AT_MOST)].to_lowercase();
    completed.is_some_and(|s| s.standing != Standing::NonTerminal)
        || brought_later(session, at, said.upshot == Upshot::Open, &answer, &|c| answer::of(c, &|_| false).is_none())
}

/// What tells it as done, where nothing that the agent says from the answer on admits that it is not.
fn told(
    session: &Session<'_>,
    call: &Call<'_>,
    said: &Said,
    later: bool,
    known: &dyn Fn(&str) -> bool,
) -> Option<Finding> {
    let from = call.result.as_ref().map_or(call.event, |r| r.event.max(call.event));
    let spoken = || session.prose_after(from).iter().filter(|p| p.role == Role::Assistant);
    let next = session.messages_after(from).iter().find(|m| m.role == Role::User).map_or(u32::MAX, |m| m.event);
    let mut found: Option<(&Prose<'_>, std::ops::Range<usize>)> = None;
    let mut quiet: Option<(&Prose<'_>, std::ops::Range<usize>)> = None;
    let mut doubted = false;
    for prose in spoken() {
        let here = prose.event < next && !followed_by_call(session, prose);
        match candor::of(prose, said, known) {
            // "I've filed it" says no more than `RECEIVED` does.
            Tone::Done(range) if said.upshot == Upshot::Open && agrees_with(said, &prose.text.text[range.clone()]) => {}
            Tone::Done(range) if found.is_none() && here => found = Some((prose, range)),
            Tone::Done(_) => {}
            tone => match silence(prose, said, known) {
                Silence::Kept(range) => {
                    doubted |= tone == Tone::Honest;
                    if quiet.is_none() && here {
                        quiet = Some((prose, range));
                    }
                }
                _ if tone == Tone::Honest => return None,
                _ => {}
            },
        }
    }
    let sure = found.is_some() && !doubted && !later;
    let (prose, range) = found.or(quiet).filter(|(p, _)| sure || speaks_of(session, call, p))?;
    let cite = Cite::of(prose.event, prose.text, trimmed(&prose.text.text, range))?;
    Some(finding(call, said, cite, prose.event, !sure))
}

/// True where a message is about the call, and about no other one of its turn that may have gone well.
fn speaks_of(session: &Session<'_>, call: &Call<'_>, prose: &Prose<'_>) -> bool {
    let words = stems(&prose.text.text);
    let score = |c: &Call<'_>| c.about().intersection(&words).count();
    let from = binding::last_user(session, call.event).unwrap_or(0);
    let mut others = session.calls_between(from, prose.event).iter().filter(|c| c.event != call.event && may_act(c));
    let own = score(call);
    own > 0 && others.all(|o| o.event < call.event && (!o.is_write() || score(o) < own))
}

fn agrees_with(said: &Said, sentence: &str) -> bool {
    said.cite.as_ref().is_some_and(|c| agrees::with(sentence, c.text()))
}

fn trimmed(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    start..start + part.trim().len()
}

fn finding(call: &Call<'_>, said: &Said, cite: Cite, event: u32, quiet: bool) -> Finding {
    let name = &call.name.text;
    let path = match said.upshot {
        _ if quiet => QUIET,
        Upshot::Failed => FAILED,
        Upshot::Open => OPEN,
        Upshot::Part => PART,
    };
    let what = in_words(extent::upshot(call, said.upshot), "did not work");
    let title = match quiet {
        true => format!("`{name}` {what}, and the agent does not say so"),
        false => format!("`{name}` {what}, and the agent reports it as done"),
    };
    let shown = said.cite.as_ref().zip(call.result.as_ref()).is_some_and(|(c, r)| c.event() != r.event);
    let source = if shown { "A later look-up" } else { "The result" };
    let detail = format!(
        "{source} of `{name}` says that it {what}. The agent then says \"{}\", and no message says otherwise.",
        cite.text()
    );
    let assumption = "a result with these words says that what was ordered is not done".to_owned();
    let mut finding = Finding::new("error-ignored", Category::Misinterpretation, event, title, cite)
        .path(path)
        .and(said.cite.clone())
        .detail(detail)
        .rests_on(RestsOn::Assumption(assumption))
        .tool(name);
    let why = format!("it {what}");
    finding.considered.push(Considered { event: call.event, why, cite: said.cite.clone() });
    finding
}

/// What became of an operation, in words that are true of all of it.
pub(super) fn in_words(upshot: Upshot, failed: &'static str) -> &'static str {
    match upshot {
        Upshot::Failed => failed,
        Upshot::Open => "is not complete",
        Upshot::Part => "worked only in part",
    }
}

#[cfg(test)]
mod tests;
