//! Whether a call may have changed something: it does more than look, and nothing says that it failed.

use super::rejection;
use crate::session::{Call, Session};
use crate::tools::looked_up;
use crate::tools::operation::Weight;
use hindcast_trace::model::Role;

/// Whoever agrees says little.
const SHORT: usize = 60;

/// True for a call that may have changed something and does not only show what was asked for. Right after the user agreed to a
/// proposal, a list in its result is a receipt.
pub fn likely(session: &Session<'_>, call: &Call<'_>) -> bool {
    may_have(call) && (!looked_up::is(call) || follows_agreement(session, call))
}

/// True for the first call after a few words of the user's with which a question of the agent's is answered.
fn follows_agreement(session: &Session<'_>, call: &Call<'_>) -> bool {
    let upto = session.messages.partition_point(|m| m.event < call.event);
    let mut before = session.messages[..upto].iter().rev().skip_while(|m| m.role == Role::Assistant);
    let Some(agreed) = before.next().filter(|m| m.role == Role::User) else { return false };
    let length: usize = agreed.texts.iter().map(|t| t.text.chars().count()).sum();
    let asked =
        before.next().is_some_and(|m| m.role == Role::Assistant && m.texts.iter().any(|t| t.text.contains('?')));
    let first = session.calls_between(agreed.event, call.event).is_empty();
    length <= SHORT && asked && first
}

/// True for a call that is no look-up by its name and that neither failed nor was turned down.
pub fn may_have(call: &Call<'_>) -> bool {
    call.operation().weight != Weight::Look
        && !call.declined()
        && call.result.is_some()
        && call.failure().is_none()
        && rejection::of(call).is_none()
}
