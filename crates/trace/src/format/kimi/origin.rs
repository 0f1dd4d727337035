//! Whose words a message with the role `user` contains. Kimi Code writes the origin beside each message.

use super::super::transcript;
use crate::item::{MsgRole, Part};
use crate::node::Node;

/// Who said a part of a message with the role `user`. `sub` is true for a sub-agent's log, in which the main agent gives the task.
pub fn role(origin: Option<Node<'_>>, part: &Part, sub: bool) -> MsgRole {
    let kind = origin.and_then(|o| o.str_at("kind"));
    let user = if sub { MsgRole::System } else { MsgRole::User };
    match (kind.as_deref(), part) {
        // A message may contain reminders beside the user's words.
        (_, Part::Text(text)) if transcript::is_element(&text.text) => MsgRole::Harness,
        (None | Some("user"), _) => user,
        (Some("shell_command"), _) if origin.is_some_and(|o| o.has("phase", "input")) => user,
        (Some("system_trigger"), _) if sub => MsgRole::System,
        _ => MsgRole::Harness,
    }
}
