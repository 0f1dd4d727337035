//! What the agent proposed, and the user agreed to.

use super::{REPLY, Wanted};
use crate::claims::disclosure;
use crate::detectors::closing::Closing;
use crate::dialogue::instructed::sentences;
use crate::prose::classes::class;
use crate::session::Session;
use crate::values::subject::stems;
use hindcast_trace::model::Role;

/// The rule path.
pub(super) const PATH: &str = "agreed-idle";
/// An offer is so many sentences.
const OFFER: usize = 3;

/// What the agent proposed in its last question, where the user's reply agrees and nothing was called since.
pub(super) fn of<'t>(session: &Session<'t>, closing: &Closing<'_, 't>) -> Option<Wanted<'t>> {
    let reply = session.messages.iter().find(|m| m.event == closing.user).and_then(|m| m.texts.last())?;
    let before = session.messages.iter().rev().find(|m| m.event < closing.user && m.role != Role::System)?;
    let offer = before.texts.last().filter(|_| before.role == Role::Assistant)?;
    let agrees = class("yes").begins(&reply.text) && reply.text.split_whitespace().count() <= REPLY;
    let called = !session.calls_between(before.event, closing.event).is_empty();
    if !agrees || called || reply.text.contains(['?', '？']) {
        return None;
    }
    let cut = sentences(&offer.text);
    let last = cut.iter().rposition(|s| offer.text[s.clone()].trim_end().ends_with(['?', '？']))?;
    let question = &offer.text[cut[last].clone()];
    // What comes behind the question is part of no offer; what only offers more help, or words, takes no call.
    if last + 1 < cut.len() || disclosure::is_courtesy(question) || class("words").is_in_text(question) {
        return None;
    }
    let range = cut[(last + 1).saturating_sub(OFFER)].start..cut[last].end;
    if !class("proposes").is_in_text(&offer.text[range.clone()]) {
        return None;
    }
    let about = stems(&offer.text[range.clone()]);
    Some(Wanted { path: PATH, from: before.event, event: before.event, text: offer, range, about, now: false })
}
