//! Google ADK: sessions, `{id, events: [{author, content: {parts}, actions}]}`, the events of a run as `/run` gives them back, in a
//! list of their own or each on a line, and evalsets, `{eval_cases: [{conversation}]}`.
//! Names are in snake case or in camel case, as Python or the REST API writes them (`google.adk.events.Event`,
//! `google.adk.evaluation.eval_case`).

use super::{Bearing, Document, Format, parts, transcript, voice};
use crate::item::{Item, Msg, MsgRole, Output, Part, Session};
use crate::locator::Bases;
use crate::model::{EventKind, Gap, GapKind, KeyKind, Stamp, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Adk;

impl Format for Adk {
    fn name(&self) -> &'static str {
        "adk"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if cases(root).is_some_and(|c| c.items().next().is_none_or(|c| c.get("conversation").is_some())) {
            return 95;
        }
        if is_lone(root) {
            return 94;
        }
        let Some(events) = events(root) else { return 0 };
        let own_session = root.any(&["appName", "app_name", "lastUpdateTime", "last_update_time"]).is_some();
        match (events.items().take(8).any(is_event), own_session) {
            (true, _) => 94,
            (false, true) if events.items().take(8).any(|e| e.get("content").is_some()) => 60,
            _ => 0,
        }
    }

    fn bears_on(&self, doc: &Document<'_>, bases: Bases) -> Option<Bearing> {
        // The events of a file are one session, and none says which.
        if is_lone(doc.root) {
            return None;
        }
        let mut out = Output { bases, ..Output::default() };
        self.read(std::slice::from_ref(doc), &mut out);
        let keys = out.sessions.into_iter().map(|s| (s.key_kind, s.key)).collect();
        Some(Bearing { keys, ..Bearing::default() })
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut lines: Vec<(&str, Vec<Node<'_>>)> = Vec::new();
        for doc in out.until_stopped(docs) {
            match cases(doc.root) {
                Some(cases) => cases.items().for_each(|case| eval_case(case, doc, out)),
                None if is_lone(doc.root) => match lines.last_mut().filter(|(file, _)| *file == doc.file) {
                    Some((_, events)) => events.push(doc.root),
                    None => lines.push((doc.file, vec![doc.root])),
                },
                None => session(doc, out),
            }
        }
        for (file, events) in lines {
            let mut session = Session::new(file, KeyKind::Position);
            events.iter().for_each(|event| read_event(*event, &mut session, out));
            session.gaps.extend(without_user(&events));
            out.sessions.push(session);
        }
    }
}

/// True for an event that stands by itself, as a program prints each as it comes.
fn is_lone(root: Node<'_>) -> bool {
    is_event(root) && root.any(&["content", "actions"]).is_some() && root.any(&["events", "sessionEvents"]).is_none()
}

/// What is said of the events of a run.
fn without_user(events: &[Node<'_>]) -> Option<Gap> {
    let by_user = |event: &Node<'_>| event.has("author", "user");
    (!events.iter().any(by_user)).then(|| Gap {
        kind: GapKind::HistoryMissing,
        what: "the events that a run gives back do not hold what the user said; the session does".to_owned(),
        loc: events.first().map(|event| event.loc()),
        event: None,
    })
}

fn cases(root: Node<'_>) -> Option<Node<'_>> {
    root.any(&["eval_cases", "evalCases"]).filter(|c| c.is_array())
}

fn is_event(event: Node<'_>) -> bool {
    event.get("author").is_some() && event.any(&["invocation_id", "invocationId"]).is_some()
}

/// The events; the session service of Vertex AI lists them by another name.
fn events(root: Node<'_>) -> Option<Node<'_>> {
    if root.is_array() {
        let own = |e: Node<'_>| is_event(e) && e.any(&["content", "actions"]).is_some();
        return Some(root).filter(|root| root.items().take(8).any(own));
    }
    root.any(&["events", "sessionEvents"]).filter(|e| e.is_array())
}

fn session(doc: &Document<'_>, out: &mut Output) {
    let named = parts::word(doc.root, &["id", "session_id", "sessionId"]);
    let (key, kind) = named.map_or((doc.position_key(), KeyKind::Position), |id| (id, KeyKind::Conversation));
    let mut session = Session::new(key, kind);
    for event in events(doc.root).into_iter().flat_map(Node::items) {
        read_event(event, &mut session, out);
    }
    if doc.root.is_array() {
        session.gaps.extend(without_user(&doc.root.items().collect::<Vec<_>>()));
    }
    out.sessions.push(session);
}

fn read_event(event: Node<'_>, session: &mut Session, out: &mut Output) {
    let at = event.get("timestamp").and_then(time::any);
    let author = event.str_at("author").map(|a| a.into_owned());
    let before = session.items.len();
    // Streaming writes an answer in pieces, and then the whole.
    if event.get("partial").and_then(Node::bool) == Some(true) {
        out.bookkeeping(event, "a piece of an answer that a later event holds in full");
        return;
    }
    let usage = event.any(&["usage_metadata", "usageMetadata"]);
    if let Some(usage) = usage {
        let count = |keys: &[&str]| usage.any(keys).and_then(Node::i64);
        let tokens = (
            count(&["prompt_token_count", "promptTokenCount"]),
            count(&["candidates_token_count", "candidatesTokenCount"]),
        );
        let model = parts::word(event, &["model_version", "modelVersion"]);
        session.items.push(parts::model_call(model, tokens, at, at, event.loc()));
    }
    if let Some(content) = event.get("content") {
        session.items.extend(message(content, author.as_deref(), at).map(Item::Message));
    }
    if let Some(text) = event.any(&["error_message", "errorMessage", "error_code", "errorCode"]).and_then(Node::text) {
        session.items.push(voice::event(EventKind::Error { text }, at, author.as_deref(), event.loc()));
    }
    let actions = event.get("actions");
    if let Some(to) = actions.and_then(|a| a.any(&["transfer_to_agent", "transferToAgent"])).and_then(Node::text) {
        let kind = EventKind::Handoff { from: author.clone(), to };
        session.items.push(voice::event(kind, at, author.as_deref(), event.loc()));
    }
    let added = session.items.get(before..).unwrap_or_default();
    // What was said or called may stand under a name of a newer version.
    let elsewhere = event.get("content").is_none() && transcript::holds_unread(event, &MEMBERS);
    let unread = elsewhere || added.iter().any(|item| matches!(item, Item::Message(m) if lost(m)));
    match (event.get("author").is_none() || unread, added.is_empty()) {
        (true, _) if unread || event.get("content").is_some() => out.unread(event),
        (true, _) => out.unknown(event),
        (false, true) if event.get("content").is_none() && actions.is_none() => out.unknown(event),
        (false, true) => out.bookkeeping(event, "a change of state"),
        (false, false) => out.mapped(event),
    }
}

/// Members of an event beside its content. State may hold anything, also what looks like a message.
const MEMBERS: [&str; 14] = [
    "actions",
    "usage_metadata",
    "usageMetadata",
    "grounding_metadata",
    "groundingMetadata",
    "citation_metadata",
    "citationMetadata",
    "custom_metadata",
    "customMetadata",
    "logprobs_result",
    "logprobsResult",
    "cache_metadata",
    "cacheMetadata",
    "long_running_tool_ids",
];

fn lost(msg: &Msg) -> bool {
    msg.parts.iter().any(|p| matches!(p, Part::Unread(u) if !u.attachment))
}

/// A content by its author. Results come in the user's role, and the author tells who really speaks.
fn message(content: Node<'_>, author: Option<&str>, at: Option<Stamp>) -> Option<Msg> {
    let list = content.get("parts").filter(|p| p.is_array());
    let role = match (author, content.str_at("role").as_deref()) {
        (Some("user"), _) | (None, Some("user")) => MsgRole::User,
        _ => MsgRole::Assistant,
    };
    let Some(list) = list else {
        let empty = content.get("parts").is_none() && content.entries().all(|(key, _)| key == "role" || key == "parts");
        return (!empty).then(|| payload::unread_message(content, role));
    };
    let mut found = Vec::new();
    for part in list.items() {
        found.extend(one(part));
    }
    let results = found.iter().any(|p| matches!(p, Part::Result(_)));
    let from = if results && role == MsgRole::User { MsgRole::Tool } else { role };
    let agent = author.filter(|_| role == MsgRole::Assistant).map(str::to_owned);
    (!found.is_empty()).then(|| Msg { agent, ..parts::said(from, found, at, content.loc()) })
}

/// One part, after the Gemini API: what is there says what it is.
fn one(part: Node<'_>) -> Vec<Part> {
    let thought = part.get("thought").and_then(Node::bool) == Some(true);
    if let Some(text) = part.get("text").and_then(Node::text) {
        return vec![if thought { Part::Reasoning(text) } else { Part::Text(text) }];
    }
    let signature = part.any(&["thought_signature", "thoughtSignature"]).is_some();
    if let Some(code) = part.any(&["executable_code", "executableCode"]) {
        let name =
            code.key_text(if part.get("executable_code").is_some() { "executable_code" } else { "executableCode" });
        return vec![parts::call(part, None, Some(name), code.get("code").map(|_| code.json_text()))];
    }
    if let Some(ran) = part.any(&["code_execution_result", "codeExecutionResult"]) {
        let good = ran.str_at("outcome").map(|o| !o.ends_with("OK"));
        let content = ran.get("output").and_then(Node::text);
        return parts::result(None, None, content, parts::failed(good), None, part.loc()).parts;
    }
    let mut found = payload::as_parts(part);
    for told in &mut found {
        if let Part::Result(result) = told {
            let response = part.any(&["function_response", "functionResponse"]).and_then(|r| r.get("response"));
            // ADK puts the message of an exception under `error`.
            let error = response.and_then(|r| r.any(&["error", "error_message"]));
            if error.is_some_and(|e| e.bool() != Some(false)) {
                result.transport = Transport::Error;
            }
        }
    }
    if signature && found.iter().all(|p| matches!(p, Part::Unread(_))) { Vec::new() } else { found }
}

/// A case of an evalset: what the user said, which tools were used, and the final answer. Some keep the results as well.
fn eval_case(case: Node<'_>, doc: &Document<'_>, out: &mut Output) {
    let named = parts::word(case, &["eval_id", "evalId"]);
    let mut session = Session::new(named.unwrap_or_else(|| doc.position_key()), KeyKind::Position);
    let mut unanswered = false;
    for turn in case.get("conversation").into_iter().flat_map(Node::items) {
        let before = session.items.len();
        let at = turn.any(&["creation_timestamp", "creationTimestamp"]).and_then(time::any);
        let content = |keys: &[&str], author| turn.any(keys).and_then(|c| message(c, author, at));
        session.items.extend(content(&["user_content", "userContent"], Some("user")).map(Item::Message));
        let between = turn.any(&["intermediate_data", "intermediateData"]);
        let list =
            |keys: &[&str]| between.and_then(|b| b.any(keys)).into_iter().flat_map(Node::items).collect::<Vec<_>>();
        for call in list(&["tool_uses", "toolUses"]) {
            let arguments = call.any(&["args", "arguments"]).map(Node::json_text);
            let made = parts::call(call, parts::word(call, &["id"]), call.get("name").and_then(Node::text), arguments);
            session.items.push(Item::Message(parts::said(MsgRole::Assistant, vec![made], at, call.loc())));
        }
        let results = list(&["tool_responses", "toolResponses"]);
        unanswered |= results.is_empty() && !list(&["tool_uses", "toolUses"]).is_empty();
        for result in results {
            let content = result.get("response").and_then(payload::answer_text);
            let (id, name) = (parts::word(result, &["id"]), parts::word(result, &["name"]));
            let told = parts::result(id, name, content, Transport::Unknown, at, result.loc());
            session.items.push(Item::Message(told));
        }
        // Newer evalsets keep the events between instead.
        for event in list(&["invocation_events", "invocationEvents"]) {
            let author = event.str_at("author").map(|a| a.into_owned());
            let told = event.get("content").and_then(|c| message(c, author.as_deref(), at));
            session.items.extend(told.map(Item::Message));
        }
        session.items.extend(content(&["final_response", "finalResponse"], None).map(|m| {
            let role = if m.role == MsgRole::User { MsgRole::Assistant } else { m.role };
            Item::Message(Msg { role, ..m })
        }));
        let added = session.items.get(before..).unwrap_or_default();
        let unread = added.iter().any(|item| matches!(item, Item::Message(m) if lost(m)));
        if unread || turn.any(&["user_content", "userContent"]).is_none() || added.is_empty() {
            out.unread(turn);
        } else {
            out.mapped(turn);
        }
    }
    if unanswered {
        session.gaps.push(Gap {
            kind: GapKind::ContentNotCaptured,
            what: "the evalset does not hold what the tools answered".to_owned(),
            loc: Some(case.loc()),
            event: None,
        });
    }
    out.sessions.push(session);
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};
    use crate::{Evidence, ReadError, read};

    const SESSION: &str = r#"{"id":"s1","appName":"shop","events":[
        {"id":"e0","invocationId":"i","author":"user","timestamp":1777888800.0,"content":{"role":"user","parts":[{"text":"Refund"}]}},
        {"id":"e1","invocationId":"i","author":"shop","timestamp":1777888801.0,"content":{"role":"model","parts":[{"text":"hm","thought":true},{"functionCall":{"id":"c1","name":"refund","args":{"n":1}}},{"functionCall":{"id":"c2","name":"refund","args":{"n":2}}}]},"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":2},"modelVersion":"gemini"},
        {"id":"e2","invocationId":"i","author":"shop","timestamp":1777888802.0,"content":{"role":"user","parts":[{"functionResponse":{"id":"c2","name":"refund","response":{"error":"no"}}},{"functionResponse":{"id":"c1","name":"refund","response":{"status":"ok"}}}]},"actions":{"transferToAgent":"billing"}},
        {"id":"e3","invocationId":"i","author":"billing","timestamp":1777888803.0,"content":{"role":"model","parts":[{"text":"Do"}]},"partial":true},
        {"id":"e4","invocationId":"i","author":"billing","timestamp":1777888803.0,"content":{"role":"model","parts":[{"text":"Done"}]}},
        {"id":"e5","invocationId":"i","author":"billing","timestamp":1777888804.0,"actions":{"stateDelta":{"a":1}}}]}"#;

    #[test]
    fn events_on_lines_of_their_own_are_one_session() {
        let whole = one("session.json", SESSION);
        let root: serde_json::Value = serde_json::from_str(SESSION).expect("JSON");
        let events = root["events"].as_array().expect("events");
        let lines: Vec<String> = events.iter().map(ToString::to_string).collect();
        let trace = one("events.jsonl", &lines.join("\n"));
        assert_eq!((kinds(&trace), trace.key.as_str()), (kinds(&whole), "events.jsonl"));
        assert!(!trace.has_gap(&[GapKind::HistoryMissing]));
        assert!(one("events.jsonl", &lines[1..].join("\n")).has_gap(&[GapKind::HistoryMissing]));
    }

    #[test]
    fn results_in_the_users_role_are_results() {
        let trace = one("session.json", SESSION);
        assert_eq!(
            kinds(&trace),
            [
                "user",
                "reasoning",
                "call refund -> 5",
                "call refund -> 4",
                "result Error <- 3",
                "result Unknown <- 2",
                "handoff shop -> billing",
                "assistant"
            ]
        );
        assert_eq!((texts(&trace), trace.models(), trace.gaps.len()), (vec!["Refund", "Done"], vec!["gemini"], 0));
        assert_eq!((trace.key.as_str(), trace.model_calls[0].input_tokens), ("s1", Some(7)));
    }

    #[test]
    fn the_events_of_a_run_are_those_of_a_session_without_the_user() {
        let from = SESSION.find('[').expect("a list");
        let list = &SESSION[from..SESSION.len() - 1];
        let whole = one("run.json", list);
        assert_eq!((kinds(&whole), whole.gaps.len()), (kinds(&one("session.json", SESSION)), 0));
        let first = list.find(r#"{"id":"e1""#).expect("the agent's");
        let trace = one("run.json", &format!("[{}", &list[first..]));
        assert_eq!(kinds(&trace), kinds(&whole)[1..].iter().map(|k| shifted(k)).collect::<Vec<_>>());
        assert!(trace.has_gap(&[GapKind::HistoryMissing]) && trace.gaps.len() == 1, "{:?}", trace.gaps);
    }

    /// The same event one place earlier.
    fn shifted(kind: &str) -> String {
        match kind.rsplit_once(' ').and_then(|(what, n)| Some((what, n.parse::<u32>().ok()?))) {
            Some((what, n)) => format!("{what} {}", n - 1),
            None => kind.to_owned(),
        }
    }

    #[test]
    fn an_evalset_without_results_says_so() {
        let set = r#"{"eval_set_id":"s","eval_cases":[{"eval_id":"c1","conversation":[{"invocation_id":"i","user_content":{"role":"user","parts":[{"text":"Refund"}]},"final_response":{"role":"model","parts":[{"text":"Done"}]},"intermediate_data":{"tool_uses":[{"name":"refund","args":{"n":1},"id":"c1"}]}}]}]}"#;
        let trace = one("set.evalset.json", set);
        assert_eq!(kinds(&trace), ["user", "call refund -> none", "assistant"]);
        assert!(trace.has_gap(&[GapKind::ContentNotCaptured]));
    }

    #[test]
    fn a_content_of_another_name_is_no_bookkeeping() {
        let renamed = SESSION.replace("\"content\"", "\"contents2\"");
        let error = read(&[Evidence::new("session.json", renamed.into_bytes())]).expect_err("nothing said is read");
        assert!(matches!(error, ReadError::NotUnderstood { unread: 4, .. }), "{error}");
    }

    #[test]
    fn an_event_of_another_form_is_a_gap() {
        let strange = SESSION.replacen(r#"{"text":"Done"}"#, r#"{"whisper":"Done"}"#, 1);
        assert!(one("session.json", &strange).has_gap(&[GapKind::RecordsUnread]));
    }
}
