//! Something was ordered, no call since then may have changed anything, and the agent's closing words tell it as done, whatever the words:
//! "Your account is active again", "Renamed: a → b", "The slot is yours".

mod answers;
#[cfg(test)]
mod any_text;
mod idle;
mod order;
mod reader;
#[cfg(test)]
mod tests;
mod words;

use super::reckoned;
use crate::claims::made;
use crate::detectors::closing::{Closing, all, short};
use crate::excerpt::first_words;
use crate::finding::{Basis, Category, Cite, Considered, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::session::{Call, Session};
use crate::tools::operation;
use crate::values::subject;
use hindcast_trace::model::{Role, Text};
pub(in crate::detectors) use idle::is_idle;
use reader::Known;
use std::ops::Range;

/// The rule path.
const PATH: &str = "told-done";
/// The same where the user only reported trouble, or the claim names nothing of the order: what is told may be what is known of it.
const REPORTED: &str = "told-reported";
/// Longer requests hold more than an order.
const LONGEST: usize = 2000;
/// So many of the user's messages back, the order stands.
const BACK: usize = 3;
/// So many answers are compared with what is told, the latest ones, and so much of each.
const ANSWERS: usize = 32;
const ANSWER: usize = 16_384;

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding || session.trace.tools.is_empty() && session.calls.is_empty() {
        return;
    }
    for closing in all(session) {
        if session.is_stopped() {
            return;
        }
        let found = judge(session, &closing);
        report.eligible |= found.is_some();
        report.findings.extend(found);
    }
}

fn judge(session: &Session<'_>, closing: &Closing<'_, '_>) -> Option<Finding> {
    if !closing.calls.iter().all(is_idle) {
        return None;
    }
    let (at, order, heard) = last(session, closing, &is_idle)?;
    let earlier = session.calls_before(closing.event);
    let said = closing.text;
    let cite = Cite::of(closing.event, said, told_as_done(session, closing, &heard)?)?;
    // Reckoning takes no call, and what a call gave its number to, it made.
    if reckoned::is(&said.text, &cite.range()) || made::by(session, closing.calls, cite.text()).is_some() {
        return None;
    }
    // What an earlier call did is only told again.
    let stems = subject::stems(cite.text());
    if earlier.iter().rev().take(ANSWERS).any(|c| !is_idle(c) && subject::touch(&stems, c.about())) {
        return None;
    }
    // Behind a look-up, a sentence without a word of the order may tell what was looked up.
    let apart = !closing.calls.is_empty() && stems.len() > 1 && !subject::touch(&stems, &subject::stems(&heard));
    let reported = apart || order::only_reports(&order.text);
    let title =
        format!("Claimed \"{}\", but no call that could have done it was made since the request", short(cite.text()));
    let trial = closing.calls.iter().any(operation::is_trial);
    let detail = format!(
        "The user wrote \"{}\", and the agent says \"{}\". {}",
        first_words(order.text.trim()),
        cite.text(),
        match closing.calls.len() {
            0 => "No call was made in between.",
            _ if trial =>
                "Judging by their names, arguments and results, the calls in between were dry runs or look-ups.",
            1 => "Judging by its name and result, the call in between was only a look-up.",
            _ => "Judging by their names and results, the calls in between were only look-ups.",
        }
    );
    let absence = Basis::Absence { sought: "a call that may change something".into(), scope: (at, closing.event) };
    let mut made = Finding::new("completion-unbacked", Category::Hallucination, closing.event, title, cite)
        .path(if reported { REPORTED } else { PATH })
        .detail(detail)
        .and(Cite::of(at, order, 0..order.text.floor_char_boundary(400)))
        .and(Some(absence))
        .rests_on(RestsOn::Assumption("what was asked for takes a call that changes something".into()));
    for call in closing.calls.iter().rev().take(4) {
        let does = if operation::is_trial(call) { "was a dry run" } else { "only looks something up" };
        let why = format!("`{}` {does}", call.name.text);
        made.considered.push(Considered { event: call.event, why, cite: None });
    }
    Some(made)
}

/// True where a message of the user leaves open what was ordered before it: it gives what the agent asked for, or takes something as heard.
pub(in crate::detectors) fn leaves_open(session: &Session<'_>, event: u32, text: &str) -> bool {
    let asked = session.messages.iter().rev().find(|m| m.role == Role::Assistant && m.event < event);
    let asked = asked.and_then(|m| m.texts.last()).map_or("", |t| t.text.as_str());
    let asked = &asked[..asked.floor_char_boundary(LONGEST)];
    !order::declines(asked, text) && (order::only_answers(asked, text) || order::only_acknowledges(asked, text))
}

/// The sentence of the closing words that tells what was `heard` as done, and that no answer of a call has.
pub(in crate::detectors) fn told_as_done(
    session: &Session<'_>,
    closing: &Closing<'_, '_>,
    heard: &str,
) -> Option<Range<usize>> {
    // What a dry run shows is not so yet.
    let shown = session.calls_before(closing.event).iter().rev().filter(|c| !operation::is_trial(c)).take(ANSWERS);
    let answers = shown.flat_map(|c| c.result.iter().flat_map(|r| r.texts()));
    let answers = answers.map(|t| &t.text[..t.text.floor_char_boundary(ANSWER)]);
    reader::told(&closing.text.text, Known::of(heard, answers))
}

/// True where a sentence adds a value or a word to what was heard that an answer of a call has.
pub(in crate::detectors) fn is_looked_up(
    session: &Session<'_>,
    closing: &Closing<'_, '_>,
    sentence: &str,
    heard: &str,
) -> bool {
    let shown = session.calls_before(closing.event).iter().rev().take(ANSWERS);
    let answers = shown.flat_map(|c| c.result.iter().flat_map(|r| r.texts()));
    let answers = answers::Answers::of(answers.map(|t| &t.text[..t.text.floor_char_boundary(ANSWER)]));
    let heard = words::words(heard);
    let telling = |w: &&words::Word| {
        let number = w.plain.starts_with(|c: char| c.is_ascii_digit());
        (w.plain.len() > 3 || w.capital && w.plain.len() > 2 || number) && !heard.iter().any(|h| h.plain == w.plain)
    };
    words::words(sentence).iter().filter(telling).any(|w| answers.has(w))
}

/// The user's last order since which all calls are `idle`, and all that the user said since.
pub(in crate::detectors) fn last<'t>(
    session: &Session<'t>,
    closing: &Closing<'_, '_>,
    idle: &dyn Fn(&Call<'_>) -> bool,
) -> Option<(u32, &'t Text, String)> {
    let users = session.messages.iter().rev().filter(|m| m.role == Role::User && m.event <= closing.user);
    let mut heard = String::new();
    for message in users.take(BACK) {
        if !session.calls_between(message.event, closing.event).iter().all(idle) {
            return None;
        }
        let text = message.texts.last().filter(|t| t.text.len() <= LONGEST)?;
        heard.insert_str(0, &format!("{}\n", text.text));
        let asked = session.messages.iter().rev().find(|m| m.role == Role::Assistant && m.event < message.event);
        let asked = asked.and_then(|m| m.texts.last()).map_or("", |t| t.text.as_str());
        let asked = &asked[..asked.floor_char_boundary(LONGEST)];
        if order::declines(asked, &text.text) {
            return None;
        }
        if order::only_answers(asked, &text.text) || order::only_acknowledges(asked, &text.text) {
            continue;
        }
        if order::orders(session, message.event, &text.text) {
            return Some((message.event, text, heard));
        }
    }
    None
}
