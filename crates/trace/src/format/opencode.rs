//! opencode: the output of `opencode export`, `{info, messages: [{info, parts}]}`, and the files of its storage folder, one for
//! each session, message and part; also the stream of `opencode run --format json`, `{type, timestamp, sessionID, part}`. After the types `Session`, `Message` and `Part` of its SDK.

use super::{Document, Format, parts, voice};
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, MsgRole, Output, Part, Session, ToolRun, Unread};
use crate::model::{EventKind, Gap, GapKind, KeyKind, Stamp, Text, Transport};
use crate::node::Node;
use crate::{payload, time};
use std::collections::BTreeMap;

/// See the module's documentation.
pub struct OpenCode;

impl Format for OpenCode {
    fn name(&self) -> &'static str {
        "opencode"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if let Some(list) = root.get("messages").filter(|m| m.is_array()) {
            let export = root.get("info").is_some_and(|i| i.is_object());
            let message = list.items().next().is_none_or(|m| m.get("info").is_some() || m.get("parts").is_some());
            return if export && message { 95 } else { 0 };
        }
        match kind(root) {
            Some(Kind::Event | Kind::Part | Kind::Message) => 90,
            Some(Kind::Session) => 80,
            None => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut found: BTreeMap<String, Vec<Entry<'_>>> = BTreeMap::new();
        let mut loose: BTreeMap<String, Vec<Node<'_>>> = BTreeMap::new();
        let mut errors: Vec<(String, Item)> = Vec::new();
        // Who started the sessions of sub-agents.
        let mut parents: HashMap<String, String> = HashMap::default();
        for doc in out.until_stopped(docs) {
            if let Some(list) = doc.root.get("messages") {
                let info = doc.root.get("info");
                let key = info.and_then(|i| parts::word(i, &["id"])).unwrap_or_else(|| doc.position_key());
                parents.extend(info.and_then(|i| parts::word(i, &["parentID"])).map(|of| (key.clone(), of)));
                let entries = found.entry(key).or_default();
                for message in list.items() {
                    let parts = message.get("parts").map(|p| p.items().collect());
                    entries.push(Entry { info: message.get("info").unwrap_or(message), parts });
                }
                continue;
            }
            match kind(doc.root) {
                Some(Kind::Event) => streamed(doc.root, &mut found, &mut errors, out),
                Some(Kind::Message) => {
                    let key = parts::word(doc.root, &["sessionID"]).unwrap_or_default();
                    found.entry(key).or_default().push(Entry { info: doc.root, parts: Some(Vec::new()) });
                }
                Some(Kind::Part) => {
                    let message = parts::word(doc.root, &["messageID"]).unwrap_or_default();
                    loose.entry(message).or_default().push(doc.root);
                }
                Some(Kind::Session) => {
                    let own = parts::word(doc.root, &["id"]);
                    parents.extend(own.zip(parts::word(doc.root, &["parentID"])));
                    out.bookkeeping(doc.root, "the file of the session");
                }
                None => out.unknown(doc.root),
            }
        }
        let here: HashSet<String> = found.keys().cloned().collect();
        let mut started: HashMap<String, String> = HashMap::default();
        for (key, mut entries) in found {
            let own = key.clone();
            let parent = parents.get(&key);
            // A sub-agent's session belongs to that of whoever started it, if that is among the files.
            let top = top(&key, &parents, &here);
            let mut session = Session::new(top, KeyKind::Conversation);
            for entry in &mut entries {
                let id = parts::word(entry.info, &["id"]).unwrap_or_default();
                if let Some(mut more) = loose.remove(&id) {
                    // IDs of parts ascend with their time.
                    more.sort_by_key(|part| parts::word(*part, &["id"]));
                    entry.parts.get_or_insert_default().extend(more);
                }
            }
            // Files come in any order; an export is in order already.
            entries.sort_by_key(|e| (created(e.info).map(|s| s.ns), parts::word(e.info, &["id"])));
            session.gaps.extend(unasked(&entries));
            entries.iter().for_each(|entry| message(entry, &mut session, out));
            once_compacted(&mut session.items);
            session.items.extend(errors.extract_if(.., |(of, _)| *of == own).map(|(_, error)| error));
            started.extend(entries.iter().flat_map(starts));
            if parent.is_some() {
                as_sub_agent(&own, &mut session, entries.first().map(|entry| entry.info));
            }
            out.sessions.push(session);
        }
        for session in &mut out.sessions {
            for (agent, call) in &mut session.sub_agents {
                *call = started.get(agent).cloned().or(call.take());
            }
        }
        for (key, error) in errors {
            let mut session = Session::new(key, KeyKind::Conversation);
            session.items.push(error);
            out.sessions.push(session);
        }
        // Parts without the file of their message: nobody can tell who spoke.
        loose.into_values().flatten().for_each(|part| out.unread(part));
    }
}

/// The session that one belongs to: its own, or that of whoever started its agent, as far as they are among the files.
fn top(key: &str, parents: &HashMap<String, String>, here: &HashSet<String>) -> String {
    let mut top = key;
    for _ in 0..parents.len() {
        match parents.get(top).filter(|parent| here.contains(*parent)) {
            Some(parent) => top = parent,
            None => break,
        }
    }
    top.to_owned()
}

/// The calls of a message that started sub-agents, by the sessions of these.
fn starts(entry: &Entry<'_>) -> Vec<(String, String)> {
    let of = |part: &Node<'_>| {
        let meta = part.get("state")?.get("metadata")?;
        Some((parts::word(meta, &["sessionId", "sessionID"])?, parts::word(*part, &["callID"])?))
    };
    entry.parts.iter().flatten().filter_map(of).collect()
}

/// What the user says in the session of a sub-agent is said by the agent that started it.
fn as_sub_agent(own: &str, session: &mut Session, first: Option<Node<'_>>) {
    session.sub_agents.push((own.to_owned(), None));
    for item in &mut session.items {
        match item {
            Item::Message(msg) => {
                msg.role = if msg.role == MsgRole::User { MsgRole::System } else { msg.role };
                msg.agent = Some(own.to_owned());
            }
            Item::Tool(run) => run.agent = Some(own.to_owned()),
            Item::Event(event) => event.agent = Some(own.to_owned()),
            Item::Model(run) => run.agent = Some(own.to_owned()),
            _ => {}
        }
    }
    if session.key == own {
        let what = "this is the session of a sub-agent; the session that started it is not among the files".to_owned();
        let loc = first.map(Node::loc);
        session.gaps.push(Gap { kind: GapKind::HistoryMissing, what, loc, event: None });
    }
}

/// A compaction that was asked for, and its summary right behind it, are one.
fn once_compacted(items: &mut Vec<Item>) {
    let compacted = |item: &Item, words: bool| matches!(item, Item::Message(m) if matches!(&m.parts[..], [Part::Compacted(text)] if text.is_some() == words));
    let mut at = 0;
    while at < items.len() {
        let next = items.iter().skip(at + 1).find(|item| !matches!(item, Item::Model(_)));
        match compacted(&items[at], false) && next.is_some_and(|next| compacted(next, true)) {
            true => drop(items.remove(at)),
            false => at += 1,
        }
    }
}

struct Entry<'d> {
    info: Node<'d>,
    parts: Option<Vec<Node<'d>>>,
}

/// One event of the stream. It tells only what the agent does: its parts, each when it is complete.
fn streamed<'d>(
    root: Node<'d>,
    found: &mut BTreeMap<String, Vec<Entry<'d>>>,
    errors: &mut Vec<(String, Item)>,
    out: &mut Output,
) {
    let key = parts::word(root, &["sessionID"]).unwrap_or_default();
    let at = root.get("timestamp").and_then(time::any);
    if let Some(part) = root.get("part") {
        let entries = found.entry(key).or_default();
        let id = parts::word(part, &["messageID"]);
        match entries.last_mut().filter(|last| parts::word(last.info, &["messageID"]) == id) {
            Some(Entry { parts: Some(parts), .. }) => parts.push(part),
            _ => entries.push(Entry { info: part, parts: Some(vec![part]) }),
        }
        return;
    }
    match root.get("error") {
        Some(error) => {
            out.mapped(root);
            let text = error.get("data").and_then(|d| d.get("message")).or(error.get("name")).unwrap_or(error);
            errors.push((key, voice::event(EventKind::Error { text: text.json_text() }, at, None, root.loc())));
        }
        None => out.unknown(root),
    }
}

/// What is said of a stream, which does not hold what the agent was asked.
fn unasked(entries: &[Entry<'_>]) -> Option<Gap> {
    let streamed = |entry: &&Entry<'_>| entry.info.get("role").is_none() && entry.info.get("messageID").is_some();
    let first = entries.iter().find(streamed).filter(|_| !entries.iter().any(|e| e.info.has("role", "user")))?;
    let what =
        "the output of `opencode run --format json` does not hold the prompt; what the user asked for is missing";
    Some(Gap { kind: GapKind::HistoryMissing, what: what.to_owned(), loc: Some(first.info.loc()), event: None })
}

enum Kind {
    Event,
    Session,
    Message,
    Part,
}

fn kind(root: Node<'_>) -> Option<Kind> {
    let of_session = root.get("sessionID").is_some();
    let carries = root.any(&["part", "error"]).is_some_and(Node::is_object);
    if of_session && carries && root.get("type").is_some() && root.get("timestamp").is_some() {
        return Some(Kind::Event);
    }
    if of_session && root.get("messageID").is_some() && root.get("type").is_some() {
        return Some(Kind::Part);
    }
    if of_session && root.get("role").is_some() && root.get("time").is_some() {
        return Some(Kind::Message);
    }
    let session = root.str_at("id").is_some_and(|id| id.starts_with("ses_")) && root.get("time").is_some();
    session.then_some(Kind::Session)
}

fn created(info: Node<'_>) -> Option<Stamp> {
    info.get("time").and_then(|t| t.get("created")).and_then(time::any)
}

fn message(entry: &Entry<'_>, session: &mut Session, out: &mut Output) {
    let info = entry.info;
    let role = match info.str_at("role").as_deref() {
        Some("user") => Some(MsgRole::User),
        Some("assistant") => Some(MsgRole::Assistant),
        Some("system") => Some(MsgRole::System),
        // In the stream, a part stands for its message, and only the agent's are told.
        None if info.get("messageID").is_some() => Some(MsgRole::Assistant),
        _ => None,
    };
    let (Some(role), Some(list)) = (role, &entry.parts) else {
        out.unread(info);
        session.items.push(Item::Message(payload::unread_message(info, role.unwrap_or(MsgRole::Assistant))));
        return;
    };
    // A message is a record of its own only for what it says beside its parts.
    let mut last = created(info);
    if role == MsgRole::Assistant {
        let tokens = info.get("tokens");
        let count = |key: &str| tokens.and_then(|t| t.get(key)).and_then(Node::i64);
        let model = parts::word(info, &["modelID"]);
        let end = info.get("time").and_then(|t| t.get("completed")).and_then(time::any);
        if model.is_some() {
            session.items.push(parts::model_call(model, (count("input"), count("output")), last, end, info.loc()));
        }
    }
    for part in list {
        let at = part.get("time").and_then(|t| t.any(&["start", "created"])).and_then(time::any).or(last);
        last = at.max_by_time(last);
        match told(*part, role, at, info) {
            Told::Item(item) => {
                match &*item {
                    Item::Message(msg) => out.message(*part, msg),
                    _ => out.mapped(*part),
                }
                session.gaps.extend(shortened(*part));
                session.items.push(*item);
            }
            Told::Bookkeeping => out.bookkeeping(*part, &part.str_at("type").unwrap_or_default()),
            Told::Unknown => out.unknown(*part),
        }
    }
    // It ended the message, whatever it had done before.
    if let Some(error) = info.get("error").filter(|_| role == MsgRole::Assistant) {
        let text = error.get("data").and_then(|d| d.get("message")).or(error.get("name")).unwrap_or(error);
        let at = info.get("time").and_then(|t| t.get("completed")).and_then(time::any).max_by_time(last);
        session.items.push(voice::event(EventKind::Error { text: text.json_text() }, at, None, error.loc()));
    }
}

/// The later of two times.
trait Later {
    fn max_by_time(self, other: Self) -> Self;
}

impl Later for Option<Stamp> {
    fn max_by_time(self, other: Self) -> Self {
        match (self, other) {
            (Some(a), Some(b)) => Some(if a.ns >= b.ns { a } else { b }),
            (a, b) => a.or(b),
        }
    }
}

enum Told {
    Item(Box<Item>),
    Bookkeeping,
    Unknown,
}

fn told(part: Node<'_>, role: MsgRole, at: Option<Stamp>, info: Node<'_>) -> Told {
    let say = |role, part_of| Told::Item(Box::new(Item::Message(parts::said(role, vec![part_of], at, part.loc()))));
    match part.str_at("type").unwrap_or_default().as_ref() {
        "text" => {
            // Text that the program wrote in the user's name, such as the content of a file.
            let synthetic = part.get("synthetic").and_then(Node::bool) == Some(true);
            let from = if synthetic && role == MsgRole::User { MsgRole::Harness } else { role };
            let summary = info.get("summary").and_then(Node::bool) == Some(true);
            match part.get("text").and_then(Node::text) {
                Some(text) if summary => say(role, Part::Compacted(Some(text))),
                Some(text) => say(from, Part::Text(text)),
                None => say(from, payload::unread(part)),
            }
        }
        "reasoning" => {
            say(role, part.get("text").and_then(Node::text).map_or_else(|| payload::unread(part), Part::Reasoning))
        }
        "tool" => {
            tool(part).map_or_else(|| say(role, payload::unread(part)), |run| Told::Item(Box::new(Item::Tool(run))))
        }
        "file" => {
            say(role, Part::Unread(Unread { kind: "file".to_owned(), attachment: true, length: 0, loc: part.loc() }))
        }
        "retry" => match part.get("error") {
            Some(error) => {
                let text = error.get("data").and_then(|d| d.get("message")).unwrap_or(error).json_text();
                Told::Item(Box::new(voice::event(EventKind::Error { text }, at, None, part.loc())))
            }
            None => Told::Bookkeeping,
        },
        "subtask" => match part.get("prompt").and_then(Node::text) {
            Some(text) => say(MsgRole::Harness, Part::Text(text)),
            None => Told::Unknown,
        },
        "compaction" => say(MsgRole::Assistant, Part::Compacted(None)),
        "step-start" | "step-finish" | "snapshot" | "patch" | "agent" => Told::Bookkeeping,
        _ => Told::Unknown,
    }
}

/// What is said of a result of which the model, and this file, has only a part.
fn shortened(part: Node<'_>) -> Option<Gap> {
    let state = part.get("state")?;
    let cut = state.get("metadata")?.get("truncated").filter(|cut| cut.bool() == Some(true))?;
    let what = format!("the result of `{}` was shortened: the model saw only part of it", part.str_at("tool")?);
    Some(Gap { kind: GapKind::ContentTruncated, what, loc: Some(cut.loc()), event: None })
}

/// The arguments; of a call that was never finished, what had come of them.
fn arguments(state: Node<'_>) -> Option<Text> {
    let input = state.get("input");
    let raw = state.get("raw").and_then(Node::text).filter(|raw| !raw.text.is_empty());
    let empty = input.is_none_or(|input| input.entries().next().is_none());
    raw.filter(|_| empty && state.has("status", "pending")).or_else(|| input.map(Node::json_text))
}

fn tool(part: Node<'_>) -> Option<ToolRun> {
    let state = part.get("state")?;
    let at = |key: &str| state.get("time").and_then(|t| t.get(key)).and_then(time::any);
    let error = state.get("error").and_then(Node::text);
    let meta = state.get("metadata");
    let exit = meta.and_then(|m| m.any(&["exit", "exitCode"])).and_then(Node::i64);
    let rejected = error.as_ref().is_some_and(|e| e.text.contains("rejected permission"));
    Some(ToolRun {
        id: parts::word(part, &["callID"]),
        name: part.get("tool")?.text()?,
        arguments: arguments(state),
        content: state.get("output").and_then(payload::answer_text).or_else(|| error.clone()),
        transport: match state.str_at("status").as_deref() {
            Some("completed") if exit.is_some() => parts::exited(exit),
            Some("completed") => Transport::Ok,
            Some("error") if rejected => Transport::Declined,
            Some("error") => Transport::Error,
            // It was still running when the file was written.
            Some("running" | "pending") => Transport::Missing,
            _ => Transport::Unknown,
        },
        error: None,
        start: at("start"),
        end: at("end"),
        agent: None,
        span: None,
        loc: part.loc(),
    })
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};
    use crate::{Evidence, read};

    const EXPORT: &str = r#"{"info":{"id":"ses_1","title":"x","time":{"created":1777888800000}},"messages":[
        {"info":{"id":"msg_1","role":"user","sessionID":"ses_1","time":{"created":1777888800000}},"parts":[{"id":"p1","type":"text","text":"Run it"},{"id":"p2","type":"text","synthetic":true,"text":"Called the Read tool"}]},
        {"info":{"id":"msg_2","role":"assistant","sessionID":"ses_1","modelID":"m","tokens":{"input":5,"output":2},"time":{"created":1777888801000}},"parts":[{"type":"step-start"},{"type":"reasoning","text":"hm","time":{"start":1777888801100}},
            {"type":"tool","callID":"c1","tool":"bash","state":{"status":"completed","input":{"command":"ls"},"output":"no","metadata":{"exit":1},"time":{"start":1777888801200,"end":1777888802000}}},
            {"type":"tool","callID":"c2","tool":"edit","state":{"status":"error","input":{"p":1},"error":"The user rejected permission to use this specific tool call.","time":{"start":1777888802100,"end":1777888802200}}},
            {"type":"text","text":"It failed","time":{"start":1777888803000}},{"type":"step-finish","reason":"stop"}]}]}"#;

    #[test]
    fn an_export_tells_calls_with_their_outcome() {
        let trace = one("export.json", EXPORT);
        assert_eq!(
            kinds(&trace),
            [
                "user",
                "harness",
                "reasoning",
                "call bash -> 4",
                "result Error <- 3",
                "call edit -> 6",
                "result Declined <- 5",
                "assistant"
            ]
        );
        assert_eq!((trace.key.as_str(), trace.models(), trace.gaps.len()), ("ses_1", vec!["m"], 0));
        assert_eq!(trace.model_calls[0].input_tokens, Some(5));
    }

    #[test]
    fn files_of_the_storage_folder_are_put_together() {
        let files = [
            ("prt_2.json", r#"{"id":"prt_2","messageID":"msg_2","sessionID":"ses_1","type":"text","text":"Hello"}"#),
            ("msg_2.json", r#"{"id":"msg_2","sessionID":"ses_1","role":"assistant","time":{"created":1777888801000}}"#),
            ("msg_1.json", r#"{"id":"msg_1","sessionID":"ses_1","role":"user","time":{"created":1777888800000}}"#),
            ("prt_1.json", r#"{"id":"prt_1","messageID":"msg_1","sessionID":"ses_1","type":"text","text":"Hi"}"#),
            ("ses_1.json", r#"{"id":"ses_1","title":"t","time":{"created":1777888800000}}"#),
        ];
        let evidence = files.map(|(name, text)| Evidence::new(name, text.as_bytes().to_vec()));
        let found = read(&evidence).expect("reads");
        assert_eq!((texts(&found.sessions[0]), found.sessions.len()), (vec!["Hi", "Hello"], 1));
    }

    #[test]
    fn a_part_of_a_new_kind_that_speaks_is_a_gap() {
        let strange = EXPORT.replacen(r#""type":"reasoning""#, r#""type":"whisper_message""#, 1);
        assert!(one("export.json", &strange).has_gap(&[GapKind::RecordsUnread]));
    }

    #[test]
    fn the_stream_tells_what_the_agent_did() {
        let lines = [
            r#"{"type":"step_start","timestamp":1777888800000,"sessionID":"ses_1","part":{"id":"p1","messageID":"msg_1","sessionID":"ses_1","type":"step-start"}}"#,
            r#"{"type":"tool_use","timestamp":1777888801000,"sessionID":"ses_1","part":{"id":"p2","messageID":"msg_1","sessionID":"ses_1","type":"tool","callID":"c1","tool":"bash","state":{"status":"completed","input":{"command":"ls"},"output":"a.txt","metadata":{"exit":0}}}}"#,
            r#"{"type":"text","timestamp":1777888802000,"sessionID":"ses_1","part":{"id":"p3","messageID":"msg_2","sessionID":"ses_1","type":"text","text":"One file"}}"#,
            r#"{"type":"error","timestamp":1777888803000,"sessionID":"ses_1","error":{"name":"APIError","data":{"message":"quota"}}}"#,
        ];
        let trace = one("run.jsonl", &lines.join("\n"));
        assert_eq!((trace.format, trace.key.as_str()), ("opencode", "ses_1"));
        assert_eq!(kinds(&trace), ["call bash -> 1", "result Ok <- 0", "assistant", "error quota"]);
        let missing: Vec<_> = trace.gaps.iter().map(|g| g.kind).collect();
        assert_eq!(missing, [GapKind::HistoryMissing]);
    }

    #[test]
    fn a_session_with_a_parent_is_a_sub_agents() {
        let main = EXPORT.replacen(r#""metadata":{"exit":1}"#, r#""metadata":{"sessionId":"ses_2"}"#, 1);
        let sub = r#"{"info":{"id":"ses_2","parentID":"ses_1","time":{"created":1777888801300}},"messages":[
            {"info":{"id":"msg_8","role":"user","sessionID":"ses_2","time":{"created":1777888801300}},"parts":[{"id":"p8","type":"text","text":"List it"}]},
            {"info":{"id":"msg_9","role":"assistant","sessionID":"ses_2","modelID":"m","time":{"created":1777888801400}},"parts":[{"id":"p9","type":"text","text":"Empty"}]}]}"#;
        let alone = one("sub.json", sub);
        assert_eq!(kinds(&alone), ["system", "assistant"]);
        assert!(alone.has_gap(&[GapKind::HistoryMissing]));
        let files = [("main.json", main.as_str()), ("sub.json", sub)];
        let evidence = files.map(|(name, text)| Evidence::new(name, text.as_bytes().to_vec()));
        let found = read(&evidence).expect("reads").sessions;
        assert_eq!((found.len(), found[0].sub_agents[0].call.is_some()), (1, true));
        let told = kinds(&found[0]);
        assert_eq!(told.iter().filter(|kind| *kind == "user").count(), 1);
        // The result reports what the sub-agent did.
        let last = found[0].events.iter().rposition(|event| event.agent.as_deref() == Some("ses_2"));
        let call = found[0].sub_agents[0].call.expect("a call");
        let result = told.iter().position(|kind| kind.ends_with(&format!("<- {call}")));
        assert!(result > last, "{told:?}");
    }

    #[test]
    fn a_compaction_and_its_summary_are_one() {
        let compacted = EXPORT.replacen(
            r#""messages":["#,
            r#""messages":[{"info":{"id":"msg_a","role":"user","sessionID":"ses_1","time":{"created":1777888700000}},"parts":[{"id":"pa","type":"compaction","auto":true}]},{"info":{"id":"msg_b","role":"assistant","summary":true,"sessionID":"ses_1","modelID":"m","time":{"created":1777888701000}},"parts":[{"id":"pb","type":"text","text":"So far"}]},"#,
            1,
        );
        assert_eq!(kinds(&one("export.json", &compacted)).iter().filter(|kind| kind.starts_with("context")).count(), 1);
    }

    #[test]
    fn a_shortened_result_and_cut_arguments_are_told() {
        let file = r#"{"info":{"id":"ses_1","time":{"created":1777888800000}},"messages":[
            {"info":{"id":"m1","role":"user","sessionID":"ses_1","time":{"created":1777888800000}},"parts":[{"type":"text","text":"Look"}]},
            {"info":{"id":"m2","role":"assistant","sessionID":"ses_1","time":{"created":1777888801000}},"parts":[
            {"type":"tool","callID":"c1","tool":"read","state":{"status":"completed","input":{"p":"a"},"output":"half","metadata":{"truncated":true}}},
            {"type":"tool","callID":"c2","tool":"bash","state":{"status":"pending","input":{},"raw":"{\"command\":\"ma"}}]}]}"#;
        let trace = one("s.json", file);
        let told: Vec<_> = trace.gaps.iter().filter(|g| g.kind == GapKind::ContentTruncated).collect();
        assert_eq!(told.len(), 2, "{:?}", trace.gaps);
    }
}
