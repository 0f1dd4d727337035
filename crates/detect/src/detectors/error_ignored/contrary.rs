//! An answer says, in whatever structure or words, that what was ordered is not done, not done yet or done in part; the closing words tell it
//! as done, and nothing in them admits the contrary.

use super::super::translated::looks;
use super::followed_by_call;
use super::untold::{READ_AT_MOST, acts_by_name, answered, asked_for, brought_later, heard, scalars};
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
use hindcast_trace::model::Role;
use std::cell::LazyCell;

/// The rule paths: of what failed, of what is open, of what is done in part.
const FAILED: &str = "contrary";
const OPEN: &str = "contrary-open";
const PART: &str = "contrary-part";

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
        let Some(said) = answer::of(call, &expected) else { continue };
        // A document may tell of anything that failed or is open.
        if said.worded && !call.is_write() && !acts_by_name(call) {
            continue;
        }
        report.eligible = true;
        if !of_record(session, call, &said) && !settled(session, at, call, &said) {
            report.findings.extend(told(session, call, &said, &|w| order.iter().any(|k| alike(k, w))));
        }
    }
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
fn told(session: &Session<'_>, call: &Call<'_>, said: &Said, known: &dyn Fn(&str) -> bool) -> Option<Finding> {
    let from = call.result.as_ref().map_or(call.event, |r| r.event.max(call.event));
    let spoken = || session.prose_after(from).iter().filter(|p| p.role == Role::Assistant);
    let next = session.messages_after(from).iter().find(|m| m.role == Role::User).map_or(u32::MAX, |m| m.event);
    let mut found: Option<(&Prose<'_>, std::ops::Range<usize>)> = None;
    for prose in spoken() {
        match candor::of(prose, said, known) {
            Tone::Honest => return None,
            // "I've filed it" says no more than `RECEIVED` does.
            Tone::Done(range) if said.upshot == Upshot::Open && agrees_with(said, &prose.text.text[range.clone()]) => {}
            Tone::Done(range) if found.is_none() && prose.event < next && !followed_by_call(session, prose) => {
                found = Some((prose, range));
            }
            _ => {}
        }
    }
    let (prose, range) = found?;
    finding(call, said, Cite::of(prose.event, prose.text, trimmed(&prose.text.text, range))?, prose.event)
}

fn agrees_with(said: &Said, sentence: &str) -> bool {
    said.cite.as_ref().is_some_and(|c| agrees::with(sentence, c.text()))
}

fn trimmed(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    start..start + part.trim().len()
}

fn finding(call: &Call<'_>, said: &Said, cite: Cite, event: u32) -> Option<Finding> {
    let name = &call.name.text;
    let path = match said.upshot {
        Upshot::Failed => FAILED,
        Upshot::Open => OPEN,
        Upshot::Part => PART,
    };
    let what = in_words(extent::upshot(call, said.upshot), "did not work");
    let title = format!("`{name}` {what}, and the agent reports it as done");
    let detail = format!(
        "The result of `{name}` says that it {what}. The agent then says \"{}\", and no message says otherwise.",
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
    Some(finding)
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
