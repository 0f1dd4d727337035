//! Which words of a message of role user are the user's, and which Codex wrote in their place.

use crate::format::transcript;
use crate::item::MsgRole;
use crate::model::Text;

/// How texts begin that Codex writes in the user's place without an element around them.
const SENTENCES: [&str; 8] = [
    "# AGENTS.md instructions for",
    "# AGENTS.md instructions\n",
    "Warning: The maximum number of unified exec processes",
    "Warning: apply_patch was requested via",
    "Another language model started to solve this problem and produced a summary",
    "The following is the Codex agent history",
    "<user_instructions>",
    "<environment_context>",
];

/// The heading below which an editor's extension puts the user's own words.
const REQUEST: &str = "## My request for Codex:";

/// Takes a text apart, in order: the words of Codex and the user's.
pub fn apart(text: Text) -> Vec<(MsgRole, Text)> {
    if is_harness(&text.text) {
        return vec![(MsgRole::Harness, text)];
    }
    let below = text.text.find(REQUEST).filter(|_| text.text.trim_start().starts_with("# Context from my IDE"));
    let Some(at) = below else { return vec![(MsgRole::User, text)] };
    let from = at + REQUEST.len();
    let own = &text.text[from..];
    let start = from + (own.len() - own.trim_start().len());
    let end = from + own.trim_end().len();
    match (text.slice(0, at), text.slice(start, end.max(start))) {
        (Some(context), Some(own)) if !own.text.is_empty() => vec![(MsgRole::Harness, context), (MsgRole::User, own)],
        _ => vec![(MsgRole::User, text)],
    }
}

/// True for a text that Codex wrote.
pub fn is_harness(text: &str) -> bool {
    let start = text.trim_start();
    SENTENCES.iter().any(|s| start.starts_with(s)) || transcript::is_element(text) || is_image_tag(start)
}

/// Codex writes a tag before and after each picture.
fn is_image_tag(start: &str) -> bool {
    let end = start.trim_end();
    end == "</image>" || end == "<image>" || end.starts_with("<image name=") && end.ends_with('>') && end.len() < 200
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locator::{Form, Loc};

    fn told(of: &str) -> Vec<(bool, String)> {
        let text = Text { text: of.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        apart(text).into_iter().map(|(role, t)| (role == MsgRole::User, t.text)).collect()
    }

    #[test]
    fn injected_blocks_are_not_the_users() {
        for block in [
            "<environment_context>\n  <cwd>/w</cwd>\n</environment_context>",
            "<user_instructions>\n\nBe brief\n\n</user_instructions>",
            "# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\nBe brief\n</INSTRUCTIONS>",
            "<turn_aborted>\nThe user interrupted the previous turn.\n</turn_aborted>",
            "<image name=[Image #1]>",
        ] {
            assert_eq!(told(block), [(false, block.to_owned())]);
        }
        assert_eq!(told("Fix <b>it</b>"), [(true, "Fix <b>it</b>".to_owned())]);
    }

    #[test]
    fn the_request_below_an_editors_context_is_the_users() {
        let text = "# Context from my IDE setup:\n\n## Open tabs:\n- a.rs\n\n## My request for Codex:\nFix it\n";
        let told = told(text);
        assert_eq!(told.len(), 2);
        assert_eq!(told[1], (true, "Fix it".to_owned()));
    }
}
