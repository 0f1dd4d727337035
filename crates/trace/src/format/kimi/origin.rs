//! Whose words a message of role user holds: Kimi Code writes the origin of each beside it.

use super::super::transcript;
use crate::item::{MsgRole, Part};
use crate::node::Node;

/// Who said a part of a message of role user. `sub` is true for a sub-agent's log, where the main agent gives the task.
pub fn role(origin: Option<Node<'_>>, part: &Part, sub: bool) -> MsgRole {
    let kind = origin.and_then(|o| o.str_at("kind"));
    let user = if sub { MsgRole::System } else { MsgRole::User };
    match (kind.as_deref(), part) {
        // Reminders are put beside the user's words in one message.
        (_, Part::Text(text)) if transcript::is_element(&text.text) => MsgRole::Harness,
        (None | Some("user"), _) => user,
        (Some("shell_command"), _) if origin.is_some_and(|o| o.has("phase", "input")) => user,
        (Some("system_trigger"), _) if sub => MsgRole::System,
        _ => MsgRole::Harness,
    }
}
