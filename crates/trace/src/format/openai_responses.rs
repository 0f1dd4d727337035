//! OpenAI's Responses API: lists of items, Response objects, and requests with their responses.

use super::repeats::REPEATED;
use super::{Bearing, Document, Format, beside, exchange, growing, responses_stream, session_key};
use crate::hash::HashMap;
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Part, Session, Transcript};
use crate::locator::Bases;
use crate::model::{Event, EventKind, Finish, Gap, GapKind, KeyKind};
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct OpenAiResponses;

impl Format for OpenAiResponses {
    fn name(&self) -> &'static str {
        "openai-responses"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if answer(root).is_some() || responses_stream::is_event(root) {
            return 95;
        }
        let request = exchange::request(root, "input");
        match items(root) {
            Some(list) if list.items().take(40).any(is_typed) => 75,
            Some(_) if !root.is_array() && request.get("model").is_some() => 60,
            None if is_question(root, request) => 55,
            _ => 0,
        }
    }

    fn bears_on(&self, doc: &Document<'_>, _bases: Bases) -> Option<Bearing> {
        // A stream is one response over many lines.
        if responses_stream::is_event(doc.root) {
            return None;
        }
        let found = answer(doc.root);
        let session = |(key, kind): (String, KeyKind)| (kind, key);
        let of_answer = |id: std::borrow::Cow<'_, str>| (KeyKind::Trace, id.into_owned());
        let mut keys = vec![session(key(doc, found))];
        keys.extend(found.and_then(|a| a.str_at("id")).map(of_answer));
        keys.extend(previous(doc.root).map(of_answer));
        let same = keys.iter().skip(1).map(|other| (keys[0].clone(), other.clone())).collect();
        let steps = exchanged(doc).map(|exchange| growing::Steps::of(doc, &exchange));
        Some(Bearing { keys, same, steps, ..Bearing::default() })
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let streams = responses_stream::streams(docs, out);
        // Where no event holds the response, the first one stands for it.
        let mut done: HashMap<u32, Vec<Node<'_>>> =
            streams.iter().map(|s| (s.whole.unwrap_or(s.first).number, s.done.clone())).collect();
        let ends: Vec<Document<'_>> = docs
            .iter()
            .filter(|doc| !responses_stream::is_event(doc.root) || done.contains_key(&doc.number))
            .copied()
            .collect();
        let docs = ends.as_slice();
        let copies = exchange::copies(docs, answer);
        // A response that names the one before it continues that one's session, whichever stands first in the file.
        let id_of = |d: &Document<'_>| answer(d.root).and_then(|a| a.str_at("id")).map(|id| id.into_owned());
        let originals = docs.iter().enumerate().filter(|(at, _)| copies.get(*at) != Some(&true));
        let by_id: HashMap<String, usize> = originals.filter_map(|(at, doc)| Some((id_of(doc)?, at))).collect();
        // Where none is named, the request may repeat the conversation.
        let (mut before, unused) = growing::linked(docs, &copies, exchanged);
        // A second run that began with answers of the first is no part of it.
        let is_second = |at: usize| copies.get(at) == Some(&true) && unused.get(at) == Some(&false);
        for (doc, before) in docs.iter().zip(&mut before) {
            if let Some(id) = previous(doc.root) {
                *before = by_id.get(id.as_ref()).copied();
            }
        }
        // Records whose session has an ID are joined by it; others by the first of them.
        let mut conversations: Vec<(String, KeyKind, Vec<Placed<'_, '_>>)> = Vec::with_capacity(docs.len());
        let mut first_of: Vec<Option<usize>> = vec![None; docs.len()];
        let mut of_first: HashMap<usize, usize> = HashMap::default();
        for at in out.until_stopped(growing::ordered(&before)) {
            let Some(doc) = docs.get(at) else { continue };
            if unused.get(at) == Some(&true) && exchanged(doc).is_some() {
                out.bookkeeping(doc.root, REPEATED);
                continue;
            }
            let first = before[at].and_then(|before| first_of[before]).unwrap_or(at);
            first_of[at] = Some(first);
            let (key, kind) = match is_second(first) {
                true => (docs[first].position_key(), KeyKind::Position),
                false => key(&docs[first], answer(docs[first].root)),
            };
            let next = conversations.len();
            let to = match kind {
                KeyKind::Position => *of_first.entry(first).or_insert(next),
                KeyKind::Conversation | KeyKind::Trace => next,
            };
            match conversations.get_mut(to) {
                Some((_, _, records)) => records.push((doc, before[at].is_some())),
                None => conversations.push((key, kind, vec![(doc, before[at].is_some())])),
            }
        }
        for (key, kind, records) in out.until_stopped(conversations) {
            let mut session = Session::new(key, kind);
            for (doc, goes_on) in records {
                if previous(doc.root).is_some() && !goes_on {
                    let what = "the response continues an earlier one that is not in the file; the earlier messages are missing";
                    missing(&mut session, what, doc.root);
                }
                let done = done.remove(&doc.number).unwrap_or_default();
                read(doc, answer(doc.root), exchange::request(doc.root, "input"), &done, &mut session, out);
            }
            out.sessions.push(session);
        }
    }
}

/// A record, and whether the one that it goes on from is known.
type Placed<'a, 'd> = (&'a Document<'d>, bool);

/// What a record asked and what was answered, where neither a conversation nor another answer is named. A record with an ID of its
/// own and no answer is none of several requests.
fn exchanged<'d>(doc: &Document<'d>) -> Option<growing::Exchange<'d>> {
    let found = answer(doc.root);
    let asked = match items(doc.root) {
        Some(list) => list.items().collect(),
        None => exchange::request(doc.root, "input").get("input").into_iter().collect(),
    };
    match key(doc, found).1 {
        _ if previous(doc.root).is_some() || responses_stream::is_event(doc.root) => None,
        KeyKind::Conversation => None,
        KeyKind::Trace if found.is_none() => None,
        KeyKind::Trace | KeyKind::Position => {
            let answered = found.and_then(|a| a.get("output")).into_iter().flat_map(Node::items);
            Some((asked, answered.collect()))
        }
    }
}

/// The id of the answer before.
fn previous(root: Node<'_>) -> Option<std::borrow::Cow<'_, str>> {
    let request = exchange::request(root, "input");
    let named =
        answer(root).and_then(|a| a.get("previous_response_id")).or_else(|| request.get("previous_response_id"));
    named.and_then(Node::str)
}

/// Reads a request and its response; `done` are the items of a response that does not hold them itself.
fn read(
    doc: &Document<'_>,
    found: Option<Node<'_>>,
    request: Node<'_>,
    done: &[Node<'_>],
    session: &mut Session,
    out: &mut Output,
) {
    let mut input = Vec::new();
    let instructions = request.get("instructions").or_else(|| found?.get("instructions"));
    input.extend(
        instructions.map(|i| payload::system_message(i).unwrap_or_else(|| payload::unread_message(i, MsgRole::System))),
    );
    let list = items(doc.root);
    if let Some(given) = request.get("input").filter(|i| !i.is_array()) {
        let said = payload::plain(given, MsgRole::User)
            .or_else(|| (!given.is_str()).then(|| payload::unread_message(given, MsgRole::User)));
        said.iter().for_each(|msg| out.message(given, msg));
        input.extend(said);
    }
    let mut unread = 0;
    for node in list.into_iter().flat_map(Node::items) {
        read_item(node, &mut input, session, &mut unread, out);
    }
    if let Some(tools) = request.get("tools").or_else(|| found?.get("tools")) {
        session.tools.extend(payload::tools(tools, &mut out.bases));
    }
    match found {
        Some(answer) => {
            if list.is_none() && request.get("input").is_none() && answer.get("previous_response_id").is_none() {
                session.gaps.push(exchange::no_request(doc.root));
            }
            run(request, answer, input, done, session, &mut unread, out);
        }
        None if responses_stream::is_event(doc.root) => {
            done.iter().for_each(|item| read_item(*item, &mut input, session, &mut unread, out));
            missing(
                session,
                "the file contains only part of a stream; the request and the whole response are missing",
                doc.root,
            );
            session.items.push(Item::Transcript(Transcript { messages: input, model: None }));
        }
        None => {
            let run = beside::read(doc.root, request, list, &mut input, out);
            if run.is_none() {
                input.extend(exchange::damaged_answer(doc.root, out));
            }
            let model = request.str_at("model").map(|s| s.into_owned());
            session.items.push(run.unwrap_or(Item::Transcript(Transcript { messages: input, model })));
        }
    }
    if unread > 0 {
        out.lossy.push(format!("{}: {unread} items contain neither text nor calls (such as images or references to other items) and were left out", doc.position_key()));
    }
}

fn run(
    request: Node<'_>,
    answer: Node<'_>,
    input: Vec<Msg>,
    done: &[Node<'_>],
    session: &mut Session,
    unread: &mut usize,
    out: &mut Output,
) {
    let mut output = Vec::new();
    for node in answer.get("output").into_iter().flat_map(Node::items).chain(done.iter().copied()) {
        read_item(node, &mut output, session, unread, out);
    }
    let why = answer.get("incomplete_details").and_then(|d| d.get("reason"));
    let finish = why.or_else(|| answer.get("status")).and_then(Node::text);
    let mut call = exchange::call(request, answer, finish);
    let calls = output.iter().any(|m| m.parts.iter().any(|p| matches!(p, Part::Call(_))));
    if let Some((finish @ Finish::Stop, _)) = &mut call.finish {
        // `completed` says only that the response is there; what it asks for is in its items.
        if calls && !output.iter().any(|m| m.parts.iter().any(|p| matches!(p, Part::Text(_)))) {
            *finish = Finish::ToolCalls;
        }
    }
    let (time, loc) = (call.end.or(call.start), call.loc);
    let response_id = answer.str_at("id").map(|s| s.into_owned());
    let previous = previous(answer).or_else(|| previous(request)).map(|id| id.into_owned());
    session.items.push(Item::Model(ModelRun { call, input, output, agent: None, response_id, previous }));
    if let Some(text) = exchange::error(answer) {
        let kind = EventKind::Error { text };
        out.mapped(answer);
        session.items.push(Item::Event(Event { kind, time, agent: None, model_call: None, loc }));
    }
}

fn read_item(node: Node<'_>, into: &mut Vec<Msg>, session: &mut Session, unread: &mut usize, out: &mut Output) {
    if node.has("type", "compaction") {
        out.mapped(node);
        missing(session, "the provider compacted the conversation; the earlier messages are not readable", node);
        return;
    }
    if node.has("type", "mcp_list_tools") {
        out.mapped(node);
        session.tools.extend(node.get("tools").into_iter().flat_map(Node::items).filter_map(payload::tool));
        return;
    }
    match payload::message(node) {
        Some(msg) if msg.parts.is_empty() && node.get("role").is_none() => match node.has("type", "reasoning") {
            // The provider keeps the words of it to itself.
            true => out.bookkeeping(node, "reasoning"),
            false => {
                out.unknown(node);
                *unread += 1;
            }
        },
        Some(msg) => {
            out.message(node, &msg);
            into.push(msg);
        }
        None => {
            match node.str_at("type").as_deref() {
                Some(kind) if BOOKKEEPING.contains(&kind) => out.bookkeeping(node, kind),
                _ => out.unknown(node),
            }
            *unread += 1;
            // What it is stays known; a reference to an item elsewhere is part of the history, and missing.
            into.push(payload::unread_message(node, MsgRole::Assistant));
        }
    }
}

/// Items without words or calls of their own: each keeps its place as a gap.
const BOOKKEEPING: [&str; 3] = ["item_reference", "mcp_approval_request", "mcp_approval_response"];

fn missing(session: &mut Session, what: &str, node: Node<'_>) {
    session.gaps.push(Gap { kind: GapKind::HistoryMissing, what: what.to_owned(), loc: Some(node.loc()), event: None });
}

fn key(doc: &Document<'_>, answer: Option<Node<'_>>) -> (String, KeyKind) {
    let conversation = answer.and_then(|a| a.get("conversation")).or_else(|| doc.root.get("conversation"));
    let named =
        conversation.and_then(|c| c.get("id").unwrap_or(c).str().map(|s| s.into_owned())).filter(|s| !s.is_empty());
    if let Some(id) = named {
        return (id, KeyKind::Conversation);
    }
    if let Some((id, kind)) = session_key(doc.root).filter(|(id, _)| !id.starts_with("batch_req")) {
        return (id, kind);
    }
    match answer.and_then(|a| a.str_at("id")) {
        Some(id) => (id.into_owned(), KeyKind::Trace),
        None => (doc.position_key(), KeyKind::Position),
    }
}

/// The Response object, on its own or beside the request.
fn answer(root: Node<'_>) -> Option<Node<'_>> {
    let is = |n: &Node<'_>| n.has("object", "response") && n.get("output").is_some_and(|o| o.is_array());
    Some(root).filter(is).or_else(|| exchange::response(root).filter(is))
}

/// True for a request whose input is a text. Other things have a model and an input as well.
fn is_question(root: Node<'_>, request: Node<'_>) -> bool {
    const MARKS: [&str; 14] = [
        "instructions",
        "tools",
        "tool_choice",
        "previous_response_id",
        "conversation",
        "reasoning",
        "max_output_tokens",
        "temperature",
        "top_p",
        "store",
        "stream",
        "text",
        "truncation",
        "parallel_tool_calls",
    ];
    let asked = request.get("model").is_some_and(Node::is_str) && request.get("input").is_some_and(Node::is_str);
    let wrapped = root.get("request").is_some() || root.get("body").is_some();
    asked && (wrapped || request.any(&MARKS).is_some() || exchange::response(root).is_some())
}

/// The list of items that went in.
fn items(root: Node<'_>) -> Option<Node<'_>> {
    if root.is_array() {
        return Some(root).filter(|r| r.items().take(40).any(is_typed));
    }
    exchange::request(root, "input").get("input").filter(|i| i.is_array())
}

fn is_typed(node: Node<'_>) -> bool {
    match node.str_at("type").as_deref() {
        Some("function_call_output" | "reasoning" | "item_reference" | "mcp_call") => true,
        Some("function_call") => node.get("call_id").is_some(),
        Some(kind) if kind.ends_with("_call") => node.get("role").is_none(),
        _ => node
            .get("content")
            .into_iter()
            .flat_map(Node::items)
            .any(|part| part.has("type", "input_text") || part.has("type", "output_text")),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{EventKind, Finish, GapKind, Transport};
    use crate::test_support::{all, kinds, one, reading, texts, transports};

    const FIRST: &str = r#"{"input":[{"role":"user","content":"Refund me"}],"response":{"id":"resp_1","object":"response","model":"m","status":"completed","instructions":"Be brief","output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"look it up"}]},{"type":"function_call","id":"fc_1","call_id":"call_1","name":"refund","arguments":"{}"}],"usage":{"input_tokens":5,"output_tokens":2}}}"#;
    const SECOND: &str = r#"{"input":[{"role":"user","content":"Refund me"},{"type":"function_call","id":"fc_1","call_id":"call_1","name":"refund","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"{\"status\":\"pending\"}"}],"response":{"id":"resp_2","object":"response","previous_response_id":"resp_1","model":"m","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"instructions":"Be brief","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Done"}]}]}}"#;

    #[test]
    fn calls_join_on_call_id_and_history_is_told_once() {
        let trace = one("r.jsonl", &format!("{FIRST}\n{SECOND}\n"));
        assert_eq!(
            kinds(&trace),
            ["system", "user", "reasoning", "call refund -> 4", "result Unknown <- 3", "assistant"]
        );
        assert_eq!(trace.model_calls[0].finish.as_ref().map(|f| f.0), Some(Finish::ToolCalls));
        assert_eq!(trace.model_calls[1].finish.as_ref().map(|f| f.0), Some(Finish::Length));
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }

    #[test]
    fn a_chain_whose_beginning_is_elsewhere_has_a_gap() {
        let traces = all("r.json", SECOND);
        assert!(traces[0].has_gap(&[GapKind::HistoryMissing]));
        let alone = one(
            "r.json",
            r#"{"id":"resp_1","object":"response","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}]}"#,
        );
        assert!(alone.has_gap(&[GapKind::HistoryMissing]));
        assert_eq!(texts(&alone), ["Hi"]);
    }

    /// A request of a chain, which holds only what is new.
    fn link(n: u32, previous: &str, said: &str, answer: &str) -> String {
        let previous = if previous.is_empty() { "null".to_owned() } else { format!("\"{previous}\"") };
        format!(
            r#"{{"input":[{{"role":"user","content":"{said}"}}],"response":{{"id":"r{n}","object":"response","previous_response_id":{previous},"created_at":17000000{n}0.5,"status":"completed","instructions":"Be brief","output":[{{"type":"function_call","call_id":"c{n}","name":"f","arguments":"{{}}"}},{{"type":"message","role":"assistant","content":[{{"type":"output_text","text":"{answer}"}}]}}]}}}}"#
        )
    }

    #[test]
    fn a_chain_is_one_session_in_any_order_and_keeps_what_is_said_twice() {
        let links = [link(1, "", "yes", "ok"), link(2, "r1", "yes", "ok"), link(3, "r2", "yes", "ok")];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let file = order.map(|i| links[i].clone()).join("\n");
            let trace = one("r.jsonl", &file);
            assert_eq!(texts(&trace), ["Be brief", "yes", "ok", "yes", "ok", "yes", "ok"]);
            assert_eq!((trace.key.as_str(), trace.model_calls.len()), ("r1", 3));
            assert!(!kinds(&trace).iter().any(|k| k.starts_with("context")), "{:?}", kinds(&trace));
        }
        let branched = [link(1, "", "yes", "ok"), link(2, "r1", "no", "ok"), link(3, "r1", "maybe", "ok")].join("\n");
        let told = kinds(&one("r.jsonl", &branched));
        assert_eq!(told.iter().filter(|k| *k == "context lost=true").count(), 1, "{told:?}");
    }

    #[test]
    fn a_chain_of_one_second_has_the_order_that_its_ids_give() {
        let response = |n: u32, previous: &str, item: &str| {
            format!(
                r#""response":{{"id":"r{n}","object":"response","previous_response_id":{previous},"created_at":1700000000,"status":"completed","output":[{item}]}}"#
            )
        };
        let call = |n: u32| format!(r#"{{"type":"function_call","call_id":"c{n}","name":"f","arguments":"{{}}"}}"#);
        let result = |n: u32| {
            format!(
                r#""request":{{"model":"m","input":[{{"type":"function_call_output","call_id":"c{n}","output":"x"}}]}}"#
            )
        };
        let said = r#"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Done."}]}"#;
        let lines = [
            format!(r#"{{"request":{{"model":"m","input":"Go"}},{}}}"#, response(1, "null", &call(1))),
            format!("{{{},{}}}", result(1), response(2, "\"r1\"", &call(2))),
            format!("{{{},{}}}", result(2), response(3, "\"r2\"", said)),
        ];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]] {
            let trace = one("r.jsonl", &order.map(|i: usize| lines[i].clone()).join("\n"));
            let told =
                ["user", "call f -> 2", "result Unknown <- 1", "call f -> 4", "result Unknown <- 3", "assistant"];
            assert_eq!((kinds(&trace), trace.gaps.len()), (told.map(str::to_owned).to_vec(), 0), "{order:?}");
        }
    }

    const CREATED: &str = r#"{"type":"response.created","sequence_number":0,"response":{"id":"r1","object":"response","model":"m","status":"in_progress","output":[]}}"#;
    const ITEM: &str = r#"{"type":"function_call","id":"fc","call_id":"c1","name":"refund","arguments":"{}"}"#;

    #[test]
    fn a_stream_comes_to_its_last_response() {
        let item = format!(r#"{{"type":"response.output_item.done","output_index":0,"item":{ITEM}}}"#);
        let delta = r#"{"type":"response.function_call_arguments.delta","item_id":"fc","output_index":0,"delta":"{}"}"#;
        let completed = format!(
            r#"{{"type":"response.completed","response":{{"id":"r1","object":"response","model":"m","status":"completed","output":[{ITEM}]}}}}"#
        );
        // All events, those that hold the response, and a stream that broke off before its end.
        for events in [
            vec![CREATED, delta, &item, &completed],
            vec![&completed, CREATED],
            vec![CREATED, delta, &item],
            vec![&item],
        ] {
            let found = reading("s.jsonl", &events.join("\n"));
            let trace = &found.sessions[0];
            assert_eq!(kinds(trace), ["call refund -> none"], "{events:?}");
            assert!(trace.has_gap(&[GapKind::HistoryMissing]) && !trace.has_gap(&[GapKind::RecordsUnread]));
        }
        // Where it broke off before any item was done, what its pieces told is not passed over.
        let broken = crate::Evidence::new("s.jsonl", [CREATED, delta].join("\n").into_bytes());
        assert!(crate::read(&[broken]).is_err());
    }

    #[test]
    fn a_chain_in_circles_ends() {
        let circle = [link(1, "r2", "a", "b"), link(2, "r1", "c", "d"), link(3, "r3", "e", "f")].join("\n");
        assert_eq!(all("r.jsonl", &circle).iter().map(|t| t.model_calls.len()).sum::<usize>(), 3);
    }

    #[test]
    fn every_kind_of_item_is_read_or_told() {
        let trace = one(
            "r.json",
            r#"[{"role":"user","content":"x"},{"type":"computer_call","id":"i","call_id":"cc","action":{"type":"click"}},{"type":"computer_call_output","call_id":"cc","output":{"type":"computer_screenshot"}},{"type":"local_shell_call","call_id":"ls","action":{}},{"type":"local_shell_call_output","id":"ls","output":"files"},{"type":"mcp_list_tools","tools":[{"name":"echo","input_schema":{}}]},{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]},{"type":"reasoning","encrypted_content":"zz"},{"type":"mcp_approval_request","id":"a","name":"pay"},{"type":"item_reference","id":"m"}]"#,
        );
        assert_eq!(
            kinds(&trace),
            [
                "user",
                "call computer_call -> 2",
                "result Unknown <- 1",
                "call local_shell_call -> 4",
                "result Unknown <- 3",
                "reasoning"
            ]
        );
        assert_eq!(trace.tools[0].name.text, "echo");
        let unread: Vec<_> = trace.gaps.iter().filter(|g| g.kind == GapKind::InputDropped).map(|g| &*g.what).collect();
        assert!(unread.len() == 2 && unread[0].contains("mcp_approval_request"), "{unread:?}");
    }

    #[test]
    fn what_the_provider_ran_has_an_outcome_though_its_answer_is_not_recorded() {
        let trace = one(
            "r.json",
            r#"[{"role":"user","content":"Where is parcel 77?"},{"type":"web_search_call","id":"w1","status":"completed","action":{"type":"search","query":"parcel 77"}},{"type":"file_search_call","id":"f1","status":"failed","queries":["parcel"],"results":null},{"type":"code_interpreter_call","id":"i1","code":"1+1","outputs":null},{"type":"image_generation_call","id":"p1","status":"completed","revised_prompt":"a parcel","result":"aGVsbG8="},{"type":"mcp_call","id":"m1","name":"look","arguments":"{}","output":null,"error":null,"status":"completed"},{"type":"web_search_call","id":"w2","status":"searching","action":{"type":"search","query":"77"}},{"type":"computer_call","id":"c1","call_id":"cc","status":"completed","action":{"type":"click"}}]"#,
        );
        let told = kinds(&trace);
        let calls: Vec<_> = told.iter().filter(|kind| kind.starts_with("call")).collect();
        assert_eq!(
            calls,
            [
                "call web_search_call -> 2",
                "call file_search_call -> 4",
                "call code_interpreter_call -> 6",
                "call image_generation_call -> 8",
                "call look -> 10",
                "call web_search_call -> none",
                "call computer_call -> none"
            ]
        );
        assert_eq!(
            transports(&trace),
            [Transport::Ok, Transport::Error, Transport::Unknown, Transport::Ok, Transport::Ok]
        );
        let said = |what: &str| trace.gaps.iter().filter(|gap| gap.what.contains(what)).count();
        assert_eq!((said("has no result"), said("was not captured"), said("`image`")), (2, 4, 1), "{:?}", trace.gaps);
    }

    #[test]
    fn a_call_without_an_id_to_answer_by_is_never_without_a_result() {
        let trace = one(
            "r.json",
            r#"[{"role":"user","content":"x"},{"type":"web_search_preview_call","id":"w1","status":"completed"},{"type":"tool_search_call","id":"t1","call_id":null,"execution":"server"},{"type":"computer_call","id":"i","call_id":"cc","action":{"type":"click"}},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Found"}]}]"#,
        );
        let missing: Vec<_> = trace.gaps.iter().filter(|gap| gap.what.contains("has no result")).collect();
        assert!(missing.len() == 1 && missing[0].what.contains("computer_call"), "{:?}", trace.gaps);
    }

    #[test]
    fn hosted_calls_hold_their_answer() {
        let trace = one(
            "r.json",
            r#"[{"role":"user","content":"x"},{"type":"mcp_call","id":"m1","name":"echo","arguments":"{}","output":"hi","status":"completed"},{"type":"mcp_call","id":"m2","name":"echo","arguments":"{}","error":"boom"}]"#,
        );
        let results: Vec<_> = trace
            .events
            .iter()
            .filter_map(|e| if let EventKind::ToolResult { transport, .. } = &e.kind { Some(*transport) } else { None })
            .collect();
        assert_eq!(results, [Transport::Ok, Transport::Error]);
    }
}
