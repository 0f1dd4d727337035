//! How far back a conversation is read for one call. Every call is held against the talk before it, so that in a very long
//! session the work would grow with the square of its length.

use crate::session::Session;

/// A call after no more messages, and no more calls, than these is held against all of them.
const WHOLE: usize = 400;
/// A later call is held against so many messages before it.
const NEAR: usize = 64;

/// The first of so many messages that is read for a call after them.
pub fn start(messages: usize) -> usize {
    if messages > WHOLE { messages - NEAR } else { 0 }
}

/// True where not everything before an event is read.
pub fn is_far(session: &Session<'_>, event: u32) -> bool {
    session.messages.partition_point(|m| m.event < event) > WHOLE
        || session.calls.partition_point(|c| c.event < event) > WHOLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_call_is_held_against_the_last_messages() {
        assert_eq!([0, WHOLE, WHOLE + 1, 60_000].map(start), [0, 0, WHOLE + 1 - NEAR, 60_000 - NEAR]);
    }
}
