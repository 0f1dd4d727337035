//! What stands in messages in the user's name: the user's words, results, and what the program adds.

use super::super::parts;
use super::agent;
use crate::hash::HashSet;
use crate::item::{Msg, MsgRole, Part, ResultPart};
use crate::locator::Loc;
use crate::model::{Text, Transport};
use crate::node::Node;
use crate::notation::next_tag;

/// Tags around the user's own words.
const USER: [&str; 4] = ["task", "user_message", "feedback", "answer"];

/// Tags around what the program adds.
const HARNESS: [&str; 15] = [
    "environment_details",
    "explicit_instructions",
    "system-reminder",
    "file_content",
    "folder_content",
    "url_content",
    "workspace_diagnostics",
    "git_working_state",
    "git_commit",
    "hook_context",
    "notice",
    "user_rules",
    "detailed_error",
    "slash_command",
    "new_problems_detected_after_saving_the_file",
];

/// How texts begin that the program writes of its own.
const NOTICES: [&str; 7] =
    ["[ERROR]", "[TASK RESUMPTION]", "[NOTE]", "# Reminder", "# task_progress", "# TODO LIST", "# REMINDERS"];

/// The messages in one, in order. `xml` tells that a call in the agent's words waits for its result; `spoken` are calls by which the
/// agent only says something.
pub fn told(node: Node<'_>, found: Vec<Part>, xml: &mut bool, spoken: &HashSet<String>) -> Vec<Msg> {
    let mut all: Vec<Msg> = Vec::new();
    // A result may go on in the blocks behind the one that announces it.
    let mut open: Option<usize> = None;
    for part in found {
        match part {
            Part::Text(text) => {
                for (role, piece) in pieces(&text) {
                    match (role, announced(&piece.text)) {
                        (MsgRole::User, Some(from)) => {
                            let body = piece.trimmed(from, piece.text.len());
                            // What only takes note of the agent's words has no call.
                            if *xml || !agent::speaks(tool(&piece.text)) {
                                *xml = false;
                                open = Some(all.len());
                                all.push(result(body, node.loc()));
                            } else {
                                let role = MsgRole::Harness;
                                all.push(parts::said(role, vec![Part::Text(body.unwrap_or(piece))], None, node.loc()));
                            }
                        }
                        (MsgRole::User, None) if open.is_some_and(|at| lacks_content(&all[at])) => {
                            let at = open.take().unwrap_or_default();
                            all[at] = result(Some(piece), node.loc());
                        }
                        (role, _) => all.push(parts::said(role, vec![Part::Text(piece)], None, node.loc())),
                    }
                }
            }
            // What the user answers to the agent's words is no result.
            Part::Result(told) if told.id.as_ref().is_some_and(|id| spoken.contains(id)) => {
                open = None;
                let Some(content) = told.content else { continue };
                for (role, piece) in pieces(&content) {
                    // Around the user's own words, the program says what they are.
                    let role = if is_tagged(&content.text, &piece.text) { role } else { MsgRole::Harness };
                    all.push(parts::said(role, vec![Part::Text(piece)], None, node.loc()));
                }
            }
            Part::Result(mut told) => {
                open = None;
                let text = told.content.take();
                all.push(parts::said(MsgRole::Tool, Vec::new(), None, node.loc()));
                let at = all.len() - 1;
                // The user's feedback stands inside the result of the call that it is about.
                let feedback = text.as_ref().and_then(feedback);
                told.transport = text.as_ref().map_or(told.transport, |t| outcome(&t.text, told.transport));
                told.content = match &feedback {
                    Some((_, before)) => text.as_ref().and_then(|t| t.trimmed(0, *before)),
                    None => text,
                };
                all[at].parts.push(Part::Result(told));
                all.extend(
                    feedback.map(|(words, _)| parts::said(MsgRole::User, vec![Part::Text(words)], None, node.loc())),
                );
            }
            other => all.push(parts::said(MsgRole::User, vec![other], None, node.loc())),
        }
    }
    all
}

fn lacks_content(msg: &Msg) -> bool {
    msg.parts.iter().any(|p| matches!(p, Part::Result(r) if r.content.is_none()))
}

fn result(content: Option<Text>, loc: Loc) -> Msg {
    let transport = content.as_ref().map_or(Transport::Unknown, |c| outcome(&c.text, Transport::Unknown));
    let part = ResultPart { id: None, name: None, arguments: None, content, transport, error: None, loc };
    parts::said(MsgRole::Tool, vec![Part::Result(part)], None, loc)
}

/// What a result's own words say of the call, in the program's fixed sentences.
fn outcome(said: &str, flag: Transport) -> Transport {
    let start = said.trim_start().trim_start_matches("[ERROR]").trim_start();
    let json = start.starts_with('{');
    if start.starts_with("The user denied this operation") || (json && start.contains("\"status\":\"denied\"")) {
        Transport::Declined
    } else if start.starts_with("The tool execution failed") || start.starts_with("<error>") {
        Transport::Error
    } else if let Some(code) = exit_code(start) {
        parts::exited(Some(code))
    } else {
        flag
    }
}

/// `Exit code: 1`, as Roo writes it behind the sentence that the command ran, within the first lines.
fn exit_code(said: &str) -> Option<i64> {
    let line = said.lines().take(6).find_map(|line| line.trim().strip_prefix("Exit code:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// True for a piece of a text that stands in one of the tags around the user's own words.
fn is_tagged(all: &str, piece: &str) -> bool {
    let before = all.find(piece).and_then(|at| all.get(..at)).unwrap_or_default().trim_end();
    USER.iter().any(|tag| before.strip_suffix('>').and_then(|b| b.strip_suffix(tag)).is_some_and(|b| b.ends_with('<')))
}

/// The first of the user's words inside a result, and where they begin.
fn feedback(text: &Text) -> Option<(Text, usize)> {
    let open = text.text.find("<feedback>")?;
    let from = open + "<feedback>".len();
    let len = text.text.get(from..)?.find("</feedback>")?;
    Some((text.trimmed(from, from + len)?, open))
}

/// The line `[tool for '…'] Result:`, and where the result begins.
fn announced(text: &str) -> Option<usize> {
    let start = text.len() - text.trim_start().len();
    let line_end = text.get(start..)?.find('\n').map_or(text.len(), |at| start + at);
    let rest = text.get(start..)?.strip_prefix('[')?;
    let name = rest.split([' ', ']']).next()?;
    let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let at = text.get(start..)?.find("] Result:")? + start;
    // A command may have several lines, so the mark may stand behind the first.
    (named && (at <= line_end || at < start + ANNOUNCED)).then_some(at + "] Result:".len())
}

/// The tool that an announced result is of.
fn tool(text: &str) -> &str {
    let start = text.trim_start().trim_start_matches('[');
    start.split([' ', ']']).next().unwrap_or_default()
}

/// Bytes within which the mark is looked for.
const ANNOUNCED: usize = 4000;

/// A text by who wrote it: the words in the user's tags, the blocks of the program, and the rest.
fn pieces(text: &Text) -> Vec<(MsgRole, Text)> {
    let all = text.text.as_str();
    let mut found = Vec::new();
    let mut unclosed = Vec::new();
    // What a tool answered may hold any tag.
    let result = announced(all).is_some();
    let mut from = 0;
    let mut rest = all;
    let plain = |from: usize, to: usize, found: &mut Vec<(MsgRole, Text)>| {
        let Some(piece) = text.trimmed(from, to) else { return };
        let notice = NOTICES.iter().any(|n| piece.text.starts_with(n));
        let aside = piece.text.starts_with("The user provided the following feedback")
            || piece.text.starts_with("New message to respond to");
        found.push((if notice || aside { MsgRole::Harness } else { MsgRole::User }, piece));
    };
    while let Some((name, inner, after)) = next_tag(rest, &mut unclosed) {
        let end = all.len() - after.len();
        let inner_from = end - inner.len() - name.len() - "</>".len();
        let open = inner_from - name.len() - "<>".len();
        rest = after;
        let at_line = all
            .get(..open)
            .is_some_and(|before| before.trim_end_matches([' ', '\t']).is_empty() || before.ends_with('\n'));
        match name {
            name if USER.contains(&name) && at_line => {
                plain(from, open, &mut found);
                found.extend(text.trimmed(inner_from, inner_from + inner.len()).map(|t| (MsgRole::User, t)));
            }
            name if HARNESS.contains(&name) && at_line && (!result || name == "environment_details") => {
                plain(from, open, &mut found);
                found.extend(text.trimmed(inner_from, inner_from + inner.len()).map(|t| (MsgRole::Harness, t)));
            }
            _ => continue,
        }
        from = end;
    }
    plain(from, all.len(), &mut found);
    found
}
