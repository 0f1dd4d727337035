//! Chats of GitHub Copilot in VS Code: what `Chat: Export Chat...` writes, and the files of `chatSessions`,
//! `{requesterUsername, responderUsername, requests: [{message, response, result}]}`.
//!
//! After `ISerializableChatData` in `chatModel.ts` of microsoft/vscode, and the metadata of results that the Copilot extension
//! keeps (`toolCallRounds`, `toolCallResults`). The metadata tells calls with their arguments and results; where it is missing,
//! the response tells at least that a tool was run.

use super::transcript::{self, Outcome, Place};
use super::{Document, Format, parts};
use crate::hash::HashSet;
use crate::item::{MsgRole, Output, Part, Session};
use crate::model::{EventKind, Gap, GapKind, KeyKind, Text, Transport};
use crate::node::Node;
use crate::{account, payload, time};

/// See the module's documentation.
pub struct CopilotChat;

impl Format for CopilotChat {
    fn name(&self) -> &'static str {
        "copilot-chat"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(requests) = root.get("requests").filter(|r| r.is_array()) else { return 0 };
        let named = root.any(&["responderUsername", "requesterUsername"]).is_some();
        let request = |r: Node<'_>| r.get("message").is_some() && r.get("response").is_none_or(Node::is_array);
        if named && requests.items().take(8).any(request) { 95 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let named = parts::word(doc.root, &["sessionId"]);
            let kind = if named.is_some() { KeyKind::Conversation } else { KeyKind::Position };
            let mut session = Session::new(named.unwrap_or_else(|| doc.position_key()), kind);
            doc.root.get("requests").into_iter().flat_map(Node::items).for_each(|r| request(r, &mut session, out));
            out.sessions.push(session);
        }
    }
}

fn request(node: Node<'_>, session: &mut Session, out: &mut Output) {
    let at = node.get("timestamp").and_then(time::any);
    let asked = Place { time: at, agent: None, loc: node.loc() };
    let place = Place { time: None, ..asked.clone() };
    let message = node.get("message");
    let words = message.and_then(|m| m.text().or_else(|| m.get("text")?.text()));
    let Some(words) = words else { return if message.is_some() { out.unread(node) } else { out.unknown(node) } };
    session.items.extend(asked.said([(MsgRole::User, words)]));
    let model = parts::word(node, &["modelId"]);
    session.items.extend(model.map(|model| parts::model_call(Some(model), (None, None), at, None, node.loc())));
    let result = node.get("result");
    let metadata = result.and_then(|r| r.get("metadata"));
    let rounds = metadata.and_then(|m| m.get("toolCallRounds")).filter(|r| r.items().next().is_some());
    let shown: Vec<Node<'_>> = node.get("response").into_iter().flat_map(Node::items).collect();
    let whole = match (rounds, metadata) {
        (Some(rounds), Some(metadata)) => {
            let told = told(rounds, metadata.get("toolCallResults"), &place, session);
            let missing = shown.iter().filter(|p| p.has("kind", TOOL)).filter_map(|p| parts::word(*p, &["toolCallId"]));
            let missing = missing.filter(|id| !told.contains(id)).count();
            if missing > 0 && told.is_empty() { response(&shown, &place, session) } else { true }
        }
        _ => response(&shown, &place, session),
    };
    if let Some(error) = result.and_then(|r| r.get("errorDetails")?.get("message")?.text()) {
        session.items.push(place.event(EventKind::Error { text: error }));
    }
    if node.get("isCanceled").and_then(Node::bool) == Some(true) {
        let what = "the user interrupted the agent".to_owned();
        session.items.push(place.event(EventKind::Context { what, lost: false }));
    }
    let rounds = rounds.into_iter().flat_map(Node::items);
    let strange = transcript::holds_unread(node, &REQUEST)
        || metadata.is_some_and(|m| transcript::holds_unread(m, &METADATA))
        || rounds.into_iter().any(|round| transcript::holds_unread(round, &ROUND));
    match whole && !strange {
        true => out.mapped(node),
        false => out.unread(node),
    }
}

/// Members of a request that are read, or that are about the editor.
const REQUEST: [&str; 17] = [
    "message",
    "variableData",
    "response",
    "result",
    "followups",
    "responseMarkdownInfo",
    "contentReferences",
    "codeCitations",
    "agent",
    "slashCommand",
    "usedContext",
    "editedFileEvents",
    "shadowRequest",
    "confirmation",
    "modelState",
    "modeInfo",
    "vote",
];
/// The same of a result's metadata. The messages that the extension rendered repeat the chat.
const METADATA: [&str; 8] = [
    "toolCallRounds",
    "toolCallResults",
    "renderedUserMessage",
    "renderedGlobalContext",
    "codeBlocks",
    "cacheKey",
    "summaries",
    "summary",
];
/// The same of a round.
const ROUND: [&str; 6] = ["response", "toolCalls", "thinking", "summary", "statefulMarker", "compaction"];

const TOOL: &str = "toolInvocationSerialized";

/// The rounds between the model and its tools; gives the IDs of the calls.
fn told(rounds: Node<'_>, results: Option<Node<'_>>, place: &Place, session: &mut Session) -> HashSet<String> {
    let mut ids = HashSet::default();
    for round in rounds.items() {
        let place = Place { time: round.get("timestamp").and_then(time::any), loc: round.loc(), ..place.clone() };
        let thought = round.get("thinking").and_then(|t| t.text().or_else(|| t.get("text")?.text()));
        let mut found: Vec<Part> = thought.filter(filled).map(Part::Reasoning).into_iter().collect();
        found.extend(round.get("response").and_then(Node::text).filter(filled).map(Part::Text));
        let calls: Vec<Node<'_>> = round.get("toolCalls").into_iter().flat_map(Node::items).collect();
        found.extend(calls.iter().map(|call| payload::call(*call)));
        if !found.is_empty() {
            session.items.push(place.message(MsgRole::Assistant, found));
        }
        for id in calls.iter().filter_map(|call| parts::word(*call, &["id"])) {
            if let Some(result) = results.and_then(|r| r.get(&id)) {
                let content = result.get("content").map(contents);
                let outcome = Outcome { content, transport: Transport::Unknown, error: None };
                session.items.push(place.result(Some(id.clone()), None, outcome));
            }
            ids.insert(id);
        }
    }
    ids
}

/// What a tool returned: the only text, or the whole.
fn contents(content: Node<'_>) -> Text {
    let mut items = content.items();
    let only = items.next().filter(|_| items.next().is_none());
    only.and_then(|only| only.get("value")?.text()).unwrap_or_else(|| content.json_text())
}

fn filled(text: &Text) -> bool {
    !text.text.trim().is_empty()
}

/// What was shown to the user; says whether all of it could be read.
fn response(shown: &[Node<'_>], place: &Place, session: &mut Session) -> bool {
    let mut whole = true;
    let mut words: Vec<Part> = Vec::new();
    let mut hidden = None;
    for part in shown {
        match part.str_at("kind").as_deref() {
            None | Some("markdownContent" | "markdownVuln") => {
                let value = part.get("content").unwrap_or(*part);
                let text = value.text().or_else(|| value.get("value")?.text());
                whole &= text.is_some();
                words.extend(text.filter(filled).map(Part::Text));
            }
            Some("thinking") => {
                words.extend(part.get("value").and_then(Node::text).filter(filled).map(Part::Reasoning))
            }
            Some(TOOL) => {
                if !words.is_empty() {
                    session.items.push(place.message(MsgRole::Assistant, std::mem::take(&mut words)));
                }
                whole &= tool(*part, place, session);
                hidden = hidden.or(Some(part.loc()));
            }
            Some(kind) => whole &= SHOWN.contains(&kind) || !account::looks_spoken(*part),
        }
    }
    if !words.is_empty() {
        session.items.push(place.message(MsgRole::Assistant, words));
    }
    if let Some(loc) = hidden {
        let what = "the chat names the tools that were run, and holds the arguments and results of some of them only"
            .to_owned();
        session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(loc), event: None });
    }
    whole
}

/// Parts that show what the editor does, and say nothing of their own.
const SHOWN: [&str; 17] = [
    "inlineReference",
    "textEditGroup",
    "notebookEditGroup",
    "codeblockUri",
    "undoStop",
    "progressMessage",
    "progressTask",
    "progressTaskSerialized",
    "prepareToolInvocation",
    "mcpServersStarting",
    "confirmation",
    "elicitation",
    "elicitationSerialized",
    "command",
    "treeData",
    "warning",
    "extensions",
];

fn tool(part: Node<'_>, place: &Place, session: &mut Session) -> bool {
    let Some(name) = part.get("toolId").and_then(Node::text) else { return false };
    let place = Place { loc: part.loc(), ..place.clone() };
    let id = parts::word(part, &["toolCallId"]);
    let details = part.get("resultDetails");
    let specific = part.get("toolSpecificData");
    let arguments =
        details.and_then(|d| d.get("input")).or_else(|| specific?.any(&["rawInput", "commandLine", "command"]));
    session.items.push(place.call(id.clone(), name, arguments.map(Node::json_text)));
    let failed = details.and_then(|d| d.get("isError")).and_then(Node::bool);
    let declined = part.get("isConfirmed").is_some_and(|c| {
        c.bool() == Some(false) || c.get("type").and_then(Node::i64).is_some_and(|reason| reason == 0)
    });
    let complete = part.get("isComplete").and_then(Node::bool) == Some(true);
    if complete || declined {
        let transport = if declined { Transport::Declined } else { parts::failed(failed) };
        let content = details.and_then(|d| d.get("output")).map(contents);
        session.items.push(place.result(id, None, Outcome { content, transport, error: None }));
    }
    true
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};

    fn chat(more: &str) -> String {
        format!(
            r#"{{"version":3,"requesterUsername":"u","responderUsername":"GitHub Copilot","sessionId":"v1","requests":[{{"requestId":"r1","message":{{"text":"Fix it","parts":[{{"text":"Fix it","kind":"text"}}]}},"response":[{{"value":"Running."}},{{"kind":"toolInvocationSerialized","toolId":"run_in_terminal","toolCallId":"c1","isComplete":true,"isConfirmed":true,"invocationMessage":{{"value":"Running"}},"toolSpecificData":{{"kind":"terminal","command":"make"}}}},{{"value":"It "}},{{"kind":"inlineReference","name":"a.rs"}},{{"value":" failed."}}],"timestamp":1777888800000,"modelId":"copilot/m"{more}}}]}}"#
        )
    }

    #[test]
    fn the_metadata_tells_calls_with_their_results() {
        let more = r#","result":{"metadata":{"toolCallRounds":[{"response":"Running.","toolCalls":[{"name":"run_in_terminal","arguments":"{\"command\":\"make\"}","id":"c1"}],"id":"a"},{"response":"It failed.","toolCalls":[],"id":"b"}],"toolCallResults":{"c1":{"content":[{"value":"boom"}]}}}}"#;
        let trace = one("chat.json", &chat(more));
        assert_eq!((trace.format, trace.key.as_str(), trace.models()), ("copilot-chat", "v1", vec!["copilot/m"]));
        let expected = ["user", "assistant", "call run_in_terminal -> 3", "result Unknown <- 2", "assistant"];
        assert_eq!(kinds(&trace), expected);
        assert_eq!(texts(&trace), ["Fix it", "Running.", "It failed."]);
    }

    #[test]
    fn without_metadata_what_was_shown_tells_which_tools_were_run() {
        let trace = one("chat.json", &chat(""));
        let expected = ["user", "assistant", "call run_in_terminal -> 3", "result Unknown <- 2", "assistant"];
        assert_eq!(kinds(&trace), expected);
        assert!(trace.has_gap(&[GapKind::ContentNotCaptured]));
    }

    #[test]
    fn a_request_that_failed_says_so() {
        let trace =
            one("chat.json", &chat(r#","result":{"errorDetails":{"message":"rate limited"}},"isCanceled":true"#));
        assert!(kinds(&trace).contains(&"error rate limited".to_owned()), "{:?}", kinds(&trace));
    }
}
