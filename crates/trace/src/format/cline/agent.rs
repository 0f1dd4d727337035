//! What the agent says: words, and one call as XML.

use crate::item::{CallPart, Part};
use crate::model::Text;
use crate::notation::{Notation, next_tag};

/// Tools whose arguments are what the agent says to the user: the tag that holds the words.
const WORDS: [(&str, &str); 6] = [
    ("attempt_completion", "result"),
    ("ask_followup_question", "question"),
    ("plan_mode_respond", "response"),
    ("plan_mode_response", "response"),
    ("act_mode_respond", "response"),
    ("condense", "context"),
];

/// Tools of Cline and of Roo.
const TOOLS: [&str; 34] = [
    "execute_command",
    "read_file",
    "write_to_file",
    "replace_in_file",
    "apply_diff",
    "apply_patch",
    "edit_file",
    "insert_content",
    "search_and_replace",
    "search_files",
    "list_files",
    "list_code_definition_names",
    "codebase_search",
    "browser_action",
    "use_mcp_tool",
    "access_mcp_resource",
    "load_mcp_documentation",
    "web_fetch",
    "web_search",
    "switch_mode",
    "new_task",
    "new_rule",
    "fetch_instructions",
    "update_todo_list",
    "focus_chain",
    "run_slash_command",
    "generate_image",
    "report_bug",
    "summarize_task",
    "use_subagents",
    "use_skill",
    "skill",
    "read_command_output",
    "generate_explanation",
];

/// True for a text that ends with the tag of a known tool.
pub fn ends_with_call(text: &str) -> bool {
    let Some(before) = text.trim_end().strip_suffix('>') else { return false };
    let name = before.rsplit_once("</").map_or("", |(_, name)| name);
    TOOLS.contains(&name) || speaks(name)
}

/// The name of the argument that holds the words of a tool that only says something to the user.
pub fn words_of(name: &str) -> Option<&'static str> {
    WORDS.iter().find(|(tool, _)| *tool == name).map(|(_, tag)| *tag)
}

/// True for a tool that only says something to the user.
pub fn speaks(name: &str) -> bool {
    words_of(name).is_some()
}

/// The parts of a text.
pub fn said(text: &Text) -> Vec<Part> {
    let all = text.text.as_str();
    let mut found = Vec::new();
    let mut unclosed = Vec::new();
    let mut from = 0;
    let mut rest = all;
    while let Some((name, inner, after)) = next_tag(rest, &mut unclosed) {
        let end = all.len() - after.len();
        let inner_from = end - inner.len() - name.len() - "</>".len();
        let open = inner_from - name.len() - "<>".len();
        rest = after;
        let part = match name {
            "thinking" => text.trimmed(inner_from, inner_from + inner.len()).map(Part::Reasoning),
            name if speaks(name) => spoken(text, name, inner_from, inner),
            name if TOOLS.contains(&name) => call(text, name, inner_from, inner),
            _ => None,
        };
        let Some(part) = part else { continue };
        found.extend(text.trimmed(from, open).map(Part::Text));
        found.push(part);
        from = end;
    }
    found.extend(text.trimmed(from, all.len()).map(Part::Text));
    found
}

/// Words that were cut off: what was said, and the note below it in which the program says so. `None` for all other parts.
pub fn interruption(part: &Part) -> Option<(Option<Text>, Text)> {
    let Part::Text(text) = part else { return None };
    let end = text.text.trim_end().len();
    let at = text.text.rfind("[Response interrupted by ").filter(|_| text.text[..end].ends_with(']'))?;
    let alone = at == 0 || text.text[..at].ends_with('\n');
    let note = text.trimmed(at, end).filter(|note| alone && !note.text.contains('\n'))?;
    Some((text.trimmed(0, at), note))
}

/// The words in the tag of a tool that only speaks.
fn spoken(text: &Text, name: &str, from: usize, inner: &str) -> Option<Part> {
    let tag = words_of(name)?;
    let (at, len) = within(inner, tag)?;
    text.trimmed(from + at, from + at + len).map(Part::Text)
}

fn call(text: &Text, name: &str, from: usize, inner: &str) -> Option<Part> {
    let whole = text.slice(from, from + inner.len())?;
    let own = text.slice(from - name.len() - 1, from - 1)?;
    // A tool of an MCP server is named in a tag, and its arguments are JSON in another.
    let part = |tag: &str| within(inner, tag).and_then(|(at, len)| text.trimmed(from + at, from + at + len));
    let (name, arguments) = match (name, part("tool_name")) {
        ("use_mcp_tool", Some(tool)) => (tool, part("arguments").or_else(|| whole.rewritten(Notation::Tags))),
        _ => (own, whole.rewritten(Notation::Tags)),
    };
    Some(Part::Call(CallPart { id: None, name, arguments }))
}

/// Where the value of a tag stands in a text, and its bytes.
fn within(inner: &str, tag: &str) -> Option<(usize, usize)> {
    let open = format!("<{tag}>");
    let at = inner.find(&open)? + open.len();
    let len = inner.get(at..)?.find(&format!("</{tag}>"))?;
    Some((at, len))
}
