//! Attachments: what the program adds to a session beside the messages.

use super::words::apart;
use crate::item::{MsgRole, Part};
use crate::model::Text;
use crate::node::Node;
use crate::payload;

/// What an attachment says, with who said it.
pub struct Said {
    /// The words, in order.
    pub words: Vec<(MsgRole, Text)>,
    /// True for words that went through the queue.
    pub queued: bool,
}

/// Reads an attachment whose words the model saw as somebody's; `None` for all that are the program's books.
pub fn said(line: Node<'_>) -> Option<Said> {
    let node = line.get("attachment")?;
    let kind = node.str_at("type")?;
    if kind == "queued_command" {
        let texts = texts(node.get("prompt")?);
        let typed = node.str_at("commandMode").is_none_or(|mode| mode == "prompt") && by_person(node);
        let words = match typed {
            true => texts.into_iter().flat_map(apart).collect(),
            false => texts.into_iter().map(|t| (MsgRole::Harness, t)).collect(),
        };
        return Some(Said { words, queued: true });
    }
    // What a hook says goes to the model.
    let texts = texts(node.get("content").filter(|_| kind.starts_with("hook_"))?);
    Some(Said { words: texts.into_iter().map(|t| (MsgRole::Harness, t)).collect(), queued: false })
}

/// False where a line says that somebody else than the person is its origin.
pub fn by_person(node: Node<'_>) -> bool {
    node.get("origin").and_then(|o| o.str_at("kind")).is_none_or(|kind| kind == "human")
}

fn texts(node: Node<'_>) -> Vec<Text> {
    let parts = payload::as_parts(node).into_iter();
    let words = parts.filter_map(|p| if let Part::Text(t) = p { Some(t) } else { None });
    words.filter(|t| !t.text.trim().is_empty()).collect()
}
