//! The finding of a change that the user did not ask for, and that a sentence in a tool result speaks of.

use super::ID;
use crate::finding::{Category, Cite, Finding, Outcome, RestsOn};
use crate::outcome::rejection;
use crate::session::Call;
use hindcast_trace::model::Text;
use std::ops::Range;

/// How it was seen, in words for people.
pub(super) struct Seen {
    /// The rule path.
    pub path: &'static str,
    /// What the user wanted instead; the end of the title.
    pub user: &'static str,
    /// What links the call to the sentence.
    pub detail: &'static str,
}

/// The finding; the sentence stands at `place` of `text`, at the event `event`.
pub(super) fn finding(call: &Call<'_>, event: u32, text: &Text, place: Range<usize>, seen: Seen) -> Option<Finding> {
    let name = call.name.text.as_str();
    let words =
        call.arguments.and_then(|a| Cite::whole(call.event, a)).or_else(|| Cite::whole(call.event, call.name))?;
    let rejected = rejection::of(call);
    let title = format!("Called `{name}` as suggested by a tool result, {}", seen.user);
    let made = Finding::new(ID, Category::RefusalFailure, call.event, title, words)
        .path(seen.path)
        .detail(seen.detail)
        .and(Cite::of(event, text, place))
        .outcome(if rejected.is_some() { Outcome::NearMiss } else { Outcome::Unmitigated })
        .rests_on(RestsOn::Assumption("the user does not want a change that they did not ask for".to_owned()))
        .and(rejected)
        .tool(name);
    Some(made)
}
