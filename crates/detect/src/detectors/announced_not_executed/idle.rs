//! What the user agreed to or ordered, and no call does: "Shall I?" "Yes." "It is on its way to you as we speak." Read from who spoke and what
//! was called, so that neither the verb nor the tense of the last words need be known.

mod agreed;
mod ordered;
#[cfg(test)]
mod tests;
mod unanswered;

use crate::claims::{admission, disclosure, translated};
use crate::detectors::closing::{Closing, all, short};
use crate::detectors::translated::{families, may_act, shows_record};
use crate::dialogue::instructed::sentences;
use crate::finding::{Basis, Category, Cite, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::outcome::vocabulary;
use crate::prose::classes::class;
use crate::prose::wordlists::words;
use crate::session::{Call, Session};
use crate::values::subject::{stems, touch};
use hindcast_trace::model::{Role, Text};
use std::collections::BTreeSet;
use std::ops::Range;

/// A longer reply says more than yes; a longer message tells more than that something is done.
const REPLY: usize = 24;
const MESSAGE: usize = 60;
/// Shorter words of a tool's name tell nothing.
const SHORTEST: usize = 3;

/// What the user wants done.
struct Wanted<'t> {
    path: &'static str,
    /// Since when a call may have done it.
    from: u32,
    event: u32,
    text: &'t Text,
    range: Range<usize>,
    about: BTreeSet<String>,
    /// True where the message says that it happens now.
    now: bool,
}

/// Adds what it finds to a report.
pub(super) fn find(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding || session.trace.tools.is_empty() && session.calls.is_empty() {
        return;
    }
    let done: Vec<u32> = translated::find(session).into_iter().map(|t| t.event).collect();
    for closing in all(session) {
        if session.is_stopped() {
            return;
        }
        let known = report.findings.iter().any(|f| f.event >= closing.event);
        let later = session.calls_between(closing.event, u32::MAX);
        if known || closing.calls.iter().chain(later).any(acts) {
            continue;
        }
        let obstacle = || session.prose_at(closing.event).iter().any(admission::tells_obstacle);
        let Some(told) = statement(&closing).filter(|_| !obstacle()) else { continue };
        let Some(wanted) = agreed::of(session, &closing)
            .or_else(|| ordered::of(session, &closing))
            .or_else(|| unanswered::of(session, &closing))
        else {
            continue;
        };
        let about = stems(&closing.text.text);
        // What is told as done is another detector's.
        let claimed = !session.claims_at(closing.event).is_empty() || done.contains(&closing.event);
        if claimed && !wanted.now || !touch(&about, &wanted.about) || takes_back(session, &closing) {
            continue;
        }
        report.eligible = true;
        report.findings.extend(finding(&closing, told, &wanted));
        return;
    }
}

/// True for a call that may have done it. One that is named for no operation and shows a record looked it up.
fn acts(call: &Call<'_>) -> bool {
    let named = call.known.words.iter().any(|w| w.len() > SHORTEST);
    let shows = || named && !call.is_write() && families(call).is_empty() && shows_record(call);
    may_act(call) && !shows()
}

/// The sentence of a message that states something; nothing where the message asks, leaves the next step to somebody or tells of an obstacle.
fn statement(closing: &Closing<'_, '_>) -> Option<Range<usize>> {
    let text = &closing.text.text;
    let all = words(text);
    let asks = |s: &Range<usize>| text[s.clone()].contains(['?', '？']);
    let cut = sentences(text);
    let open = cut.iter().any(|s| asks(s) && !disclosure::is_courtesy(&text[s.clone()]));
    if open || all.len() > MESSAGE || class("passes").is_in_text(text) {
        return None;
    }
    cut.into_iter().filter(|s| !asks(s)).max_by_key(|s| s.len())
}

/// True where a later message of the agent takes it back, or one of the user calls it off.
fn takes_back(session: &Session<'_>, closing: &Closing<'_, '_>) -> bool {
    let later = session.messages_after(closing.event).iter();
    let texts = |role: Role| later.clone().filter(move |m| m.role == role).flat_map(|m| m.texts);
    let off = |t: &Text| words(&t.text).iter().take(3).any(|w| vocabulary::is_none(w));
    texts(Role::User).next().is_some_and(off) || texts(Role::Assistant).any(|t| vocabulary::tells_open(&t.text))
}

fn finding(closing: &Closing<'_, '_>, told: Range<usize>, wanted: &Wanted<'_>) -> Option<Finding> {
    let text = &closing.text.text;
    let part = text[told.clone()].trim();
    let start = told.start + text[told.clone()].find(part)?;
    let cite = Cite::of(closing.event, closing.text, start..start + part.len())?;
    let (title, who) = match wanted.path {
        agreed::PATH => ("The user agreed to what the agent offered, but no call does it", "The user agreed to"),
        unanswered::PATH => ("The agent speaks of looking, but no call follows", "The user asked"),
        _ => ("The agent says that it does what the user ordered, but no call does it", "The user ordered"),
    };
    let asked = &wanted.text.text[wanted.range.clone()];
    let detail = format!(
        "{who} \"{}\". The agent then says \"{}\". No call that may change something was made before or after that.",
        short(asked),
        short(cite.text())
    );
    let absence =
        Basis::Absence { sought: "a call that may change something".into(), scope: (wanted.from, closing.event) };
    let made = Finding::new("announced-not-executed", Category::Hallucination, closing.event, title.to_owned(), cite)
        .path(wanted.path)
        .detail(detail)
        .and(Cite::of(wanted.event, wanted.text, wanted.range.clone()))
        .and(Some(absence))
        .rests_on(RestsOn::Assumption("what the user wants takes a call".into()));
    Some(made)
}
