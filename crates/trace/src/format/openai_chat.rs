//! OpenAI chat messages: a list, a request, a request with its response, or a log line that holds one.

use super::{Bearing, Document, Format, beside, exchange, growing, session_key};
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Session, Transcript};
use crate::locator::Bases;
use crate::model::KeyKind;
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct OpenAiChat;

impl Format for OpenAiChat {
    fn name(&self) -> &'static str {
        "openai-chat"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(list) = list(root) else { return if answer(root).is_some() { 55 } else { 0 } };
        let mut roles = 0;
        let mut marks = u32::from(answer(root).is_some());
        for msg in list.items().take(12) {
            let known = payload::role_word(msg).is_some_and(|r| {
                matches!(r.as_ref(), "system" | "developer" | "user" | "assistant" | "tool" | "function")
            });
            let known = known && says(msg);
            roles += u32::from(known);
            let openai = msg.get("tool_calls").is_some() || msg.get("tool_call_id").is_some();
            marks += u32::from(known && openai);
        }
        match (roles, marks) {
            (0, _) => 0,
            (_, 0) => 50,
            _ => 70,
        }
    }

    fn bears_on(&self, doc: &Document<'_>, _bases: Bases) -> Option<Bearing> {
        let steps = exchanged(doc).map(|exchange| growing::Steps::of(doc, &exchange));
        Some(exchange::bearing(bearing(doc), answer(doc.root), steps))
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let copies = exchange::copies(docs, answer);
        let conversations = growing::conversations(docs, &copies, exchanged, out);
        for conversation in out.until_stopped(&conversations) {
            let session = growing::session(conversation, |doc| read(doc, out));
            out.sessions.extend(session);
        }
    }
}

/// Reads one record.
fn read(doc: &Document<'_>, out: &mut Output) -> Session {
    let (key, key_kind) = key(doc);
    let mut session = Session::new(key, key_kind);
    let request = exchange::request(doc.root, "messages");
    if let Some(tools) = request.any(&["tools", "functions"]) {
        session.tools = payload::tools(tools, &mut out.bases);
    }
    let mut messages = exchange::messages(doc, list(doc.root), out);
    messages.extend(exchange::damaged_list(doc.root, "messages", out));
    match answer(doc.root) {
        Some(answer) => {
            // A batch's output and a stored answer do not say what was asked.
            if messages.is_empty() {
                session.gaps.push(exchange::no_request(answer));
            }
            let mut run = run(request, answer, messages, out);
            run.call.start = run.call.start.or_else(|| exchange::logged(doc.root));
            session.items.push(Item::Model(run));
        }
        None => {
            payload::untangle_xml_calls(&mut messages, &mut []);
            let run = beside::read(doc.root, request, list(doc.root), &mut messages, out);
            if run.is_none() {
                messages.extend(exchange::damaged_answer(doc.root, out));
            }
            let model = request.str_at("model").map(|s| s.into_owned());
            if is_agents_response(doc.root) && !messages.iter().any(|msg| msg.role == MsgRole::User) {
                session.gaps.push(exchange::no_request(doc.root));
            }
            session.items.push(match (run, exchange::unanswered(doc.root, request)) {
                (Some(run), _) => run,
                (None, Some(call)) => Item::Model(exchange::asked(call, messages)),
                (None, None) => Item::Transcript(Transcript { messages, model }),
            });
        }
    }
    session.items.extend(exchange::failure(doc.root, out));
    session
}

/// What a record asked and what was answered, where it names no conversation. A record with an ID of its own and no answer is none
/// of several requests.
fn exchanged<'d>(doc: &Document<'d>) -> Option<growing::Exchange<'d>> {
    let asked = list(doc.root)?.items().collect();
    let said = answer(doc.root).and_then(|a| a.get("choices")?.items().next()?.get("message"));
    let (said, answered) = match said {
        Some(said) => (vec![said], true),
        None => beside::answered(doc.root, list(doc.root)?),
    };
    match key(doc).1 {
        KeyKind::Conversation => None,
        KeyKind::Trace if !answered => None,
        KeyKind::Trace | KeyKind::Position => Some((asked, said)),
    }
}

/// True for what has a place for words or calls: other lists have a role of somebody too.
fn says(msg: Node<'_>) -> bool {
    const PLACES: [&str; 12] = [
        "content",
        "contents",
        "tool_calls",
        "function_call",
        "tool_call_id",
        "blocks",
        "items",
        "parts",
        "refusal",
        "reasoning_content",
        "audio",
        "text",
    ];
    msg.any(&PLACES).is_some()
}

fn run(request: Node<'_>, answer: Node<'_>, input: Vec<Msg>, out: &mut Output) -> ModelRun {
    let choices = answer.get("choices");
    let finish = choices.and_then(|c| c.items().next()?.get("finish_reason")?.text());
    // Further choices are alternatives that nobody was given.
    let mut output: Vec<Msg> = Vec::new();
    if let Some(first) = choices.and_then(|c| c.items().next()) {
        output = payload::messages(first, &mut out.bases);
        if output.is_empty() {
            out.unread(first);
            output.push(payload::unread_message(first, MsgRole::Assistant));
        } else {
            output.iter().for_each(|msg| out.message(first, msg));
        }
    }
    let mut others = 0;
    for other in choices.into_iter().flat_map(Node::items).skip(1) {
        out.bookkeeping(other, "an alternative that was not used");
        others += 1;
    }
    if others > 0 {
        out.lossy.push(format!("{others} other choices of a response are alternatives that were not used; left out"));
    }
    let response_id = answer.str_at("id").map(|s| s.into_owned());
    ModelRun { call: exchange::call(request, answer, finish), input, output, agent: None, response_id, previous: None }
}

/// The key by which a record's session is known.
fn bearing(doc: &Document<'_>) -> (KeyKind, String) {
    let (key, kind) = key(doc);
    (kind, key)
}

/// The session's id; an answer's own id is none, since the next answer has another.
fn key(doc: &Document<'_>) -> (String, KeyKind) {
    let found = session_key(doc.root).or_else(|| session_key(doc.root.get("metadata")?));
    let own = |id: &str| id.starts_with("chatcmpl") || id.starts_with("batch_req");
    found.filter(|(id, _)| !own(id)).unwrap_or_else(|| (doc.position_key(), KeyKind::Position))
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    if root.is_array() {
        return Some(root).filter(|r| r.items().next().is_some_and(|m| m.get("role").is_some()));
    }
    // A thread of Microsoft's agents, serialized.
    let state =
        root.any(&["storeState", "chatMessageStoreState", "chat_message_store_state", "chatHistoryProviderState"]);
    let thread = || state?.get("messages").filter(|m| m.is_array());
    let request = exchange::request(root, "messages").get("messages").filter(|m| m.is_array());
    request.or_else(thread).or_else(|| provided(root))
}

/// The messages in the state of a session of Microsoft's Agent Framework, which has a part for each provider of context. Where
/// several hold some, nothing says which were said.
fn provided(root: Node<'_>) -> Option<Node<'_>> {
    let state = match root.get("state").filter(|_| root.has("type", "session")) {
        Some(state) => state,
        None => root.get("stateBag")?,
    };
    let mut lists = state.entries().filter_map(|(_, part)| part.get("messages").filter(|m| m.is_array()));
    lists.next().filter(|_| lists.next().is_none())
}

/// True for what an agent of Microsoft's Agent Framework gave back, which holds no request.
fn is_agents_response(root: Node<'_>) -> bool {
    ["agent_response", "agent_run_response", "chat_response"].iter().any(|kind| root.has("type", kind))
}

/// The response object, on its own or beside the request.
fn answer(root: Node<'_>) -> Option<Node<'_>> {
    let has = |n: &Node<'_>| n.get("choices").is_some_and(|c| c.is_array());
    Some(root).filter(has).or_else(|| exchange::response(root).filter(has))
}

#[cfg(test)]
mod tests {
    use crate::model::{EventKind, Finish, GapKind, Role};
    use crate::test_support::{kinds, one, reading, texts};
    use crate::{Evidence, read};

    #[test]
    fn a_log_of_a_gateway_says_when_the_request_was_made() {
        let line = |second: u32, asked: &str| {
            format!(
                r#"{{"id":"p{second}","created_at":"2026-03-02T08:00:0{second}Z","trace_id":"shop-1","request":{{"model":"m","messages":[{{"role":"user","content":"{asked}"}}]}},"response":{{"id":"x{second}","object":"chat.completion","choices":[{{"index":0,"message":{{"role":"assistant","content":"Yes."}},"finish_reason":"stop"}}]}}}}"#
            )
        };
        let found = reading("log.jsonl", &format!("{}\n{}\n", line(7, "Any skis?"), line(2, "Any sleds?")));
        for trace in &found.sessions {
            assert!(trace.events.iter().all(|event| event.time.is_some()), "{:?}", trace.events);
        }
    }

    #[test]
    fn an_answer_without_its_request_says_so() {
        let answer = r#"{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Your refund has been processed."}}]}"#;
        let batch = format!(
            r#"{{"id":"batch_req_1","custom_id":"a","response":{{"status_code":200,"body":{answer}}},"error":null}}"#
        );
        for file in [answer, &batch] {
            let trace = one("out.jsonl", file);
            let gaps: Vec<_> = trace.gaps.iter().map(|g| (g.kind, g.what.as_str())).collect();
            let what = "the file contains only the model's response; the request is missing";
            assert_eq!(gaps, [(GapKind::HistoryMissing, what)], "{file}");
        }
    }

    #[test]
    fn a_log_of_growing_requests_tells_each_message_once() {
        let log = concat!(
            r#"{"session_id":"s1","request":{"model":"m","messages":[{"role":"user","content":"Hi"}]},"response":{"id":"chatcmpl-1","choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"Hello"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}}"#,
            "\n",
            r#"{"session_id":"s1","request":{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"user","content":"Hi"}]},"response":{"id":"chatcmpl-2","choices":[{"finish_reason":"length","message":{"role":"assistant","content":"Again"}}],"usage":{"prompt_tokens":9,"completion_tokens":2}}}"#,
            "\n",
        );
        let trace = one("log.jsonl", log);
        assert_eq!(texts(&trace), ["Hi", "Hello", "Hi", "Again"]);
        assert_eq!(trace.key, "s1");
        assert_eq!(trace.model_calls.len(), 2);
        assert_eq!(trace.model_calls[0].input_tokens, Some(3));
        assert_eq!(trace.model_calls[1].output_tokens, Some(2));
        assert_eq!(trace.model_calls[1].finish.as_ref().map(|f| f.0), Some(Finish::Length));
    }

    #[test]
    fn a_growing_transcript_under_one_id_is_told_once() {
        let log = concat!(
            r#"{"conversation_id":"c","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
            "\n",
            r#"{"conversation_id":"c","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}"#,
        );
        assert_eq!(texts(&one("t.jsonl", log)), ["a", "b", "c"]);
    }

    #[test]
    fn older_forms_other_roles_and_answers_out_of_order() {
        let log = r#"{"model":"m","functions":[{"name":"f","parameters":{}}],"messages":[{"role":"developer","content":"S"},{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"g","arguments":"{}"}},{"id":"2","type":"function","function":{"name":"h","arguments":"{}"}}]},{"role":"tool","tool_call_id":"2","content":"two"},{"role":"tool","tool_call_id":"1","content":"one"},{"role":"assistant","content":null,"refusal":"No"}]}"#;
        let trace = one("t.json", log);
        assert_eq!(
            kinds(&trace),
            [
                "system",
                "user",
                "call f -> 3",
                "result Unknown <- 2",
                "call g -> 7",
                "call h -> 6",
                "result Unknown <- 5",
                "result Unknown <- 4",
                "assistant"
            ]
        );
        assert_eq!((texts(&trace), trace.tools.len()), (vec!["S", "a", "No"], 1));
    }

    #[test]
    fn alternatives_that_were_not_used_are_told() {
        let answer = r#"{"id":"chatcmpl-1","created":1700000000,"model":"m","choices":[{"finish_reason":"content_filter","message":{"role":"assistant","content":"x"}},{"message":{"role":"assistant","content":"other"}}]}"#;
        let found = reading("t.json", answer);
        assert_eq!(texts(&found.sessions[0]), ["x"]);
        assert!(found.detections[0].lossy[0].starts_with("1 other choices"));
        assert_eq!(found.sessions[0].model_calls[0].finish.as_ref().map(|f| f.0), Some(Finish::ContentFilter));
    }

    #[test]
    fn a_result_that_is_flagged_as_an_error_is_one() {
        let flagged = |flag: &str| {
            format!(
                r#"[{{"role":"user","content":"a"}},{{"role":"assistant","content":null,"tool_calls":[{{"id":"c","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}]}},{{"role":"tool","tool_call_id":"c","tool_name":"f",{flag},"content":"down"}}]"#
            )
        };
        for (flag, outcome) in [
            (r#""tool_call_error":true"#, "Error"),
            (r#""tool_call_error":false"#, "Ok"),
            (r#""is_error":true"#, "Error"),
        ] {
            assert_eq!(kinds(&one("t.json", &flagged(flag)))[2], format!("result {outcome} <- 1"), "{flag}");
        }
    }

    #[test]
    fn a_failed_request_is_an_error() {
        let log =
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"error":{"message":"rate limited","code":429}}"#;
        let trace = one("t.json", log);
        assert!(matches!(&trace.events[1].kind, EventKind::Error { text } if text.text == "rate limited"));
        assert!(matches!(&trace.events[0].kind, EventKind::Message { role: Role::User, .. }));
    }

    #[test]
    fn messages_of_microsofts_agent_framework_are_read_wherever_they_stand() {
        let text = |words: &str| format!(r#"{{"type":"text","text":"{words}","additional_properties":{{}}}}"#);
        let message = |role: &str, contents: &str| {
            format!(
                r#"{{"type":"message","role":"{role}","contents":[{contents}],"author_name":"Desk","additional_properties":{{}}}}"#
            )
        };
        let call = |id: &str, n: u32| {
            format!(
                r#"{{"type":"function_call","call_id":"{id}","id":"af-{id}","name":"refund","arguments":"{{\"n\":{n}}}","hosted":false}}"#
            )
        };
        let calls = [text("Trying both."), call("c1", 1), call("c2", 2)].join(",");
        let results = r#"{"type":"function_result","call_id":"c2","id":"af-c2","result":"done","items":[]},{"type":"function_result","call_id":"c1","id":"af-c1","exception":"Timeout","result":"Error: Function failed."}"#;
        let said = [
            message("user", &text("Refund both")),
            message("assistant", &calls),
            message("tool", results),
            message(
                "assistant",
                &format!(
                    r#"{{"type":"text_reasoning","text":"one failed"}},{},{{"type":"usage","usage_details":{{"input_token_count":3}}}}"#,
                    text("One failed.")
                ),
            ),
        ];
        let list = said.join(",");
        let wrapped = list.replace(r#""role":"user""#, r#""role":{"type":"role","value":"user"}"#);
        for file in [
            format!("[{list}]"),
            format!("[{wrapped}]"),
            format!(r#"{{"type":"agent_response","messages":[{list}],"response_id":"r"}}"#),
            format!(
                r#"{{"type":"session","session_id":"s","service_session_id":null,"state":{{"in_memory":{{"messages":[{list}]}},"notes":{{"seen":3}}}}}}"#
            ),
            format!(r#"{{"service_thread_id":null,"chat_message_store_state":{{"messages":[{list}]}}}}"#),
        ] {
            let trace = one("m.json", &file);
            assert_eq!(
                kinds(&trace),
                [
                    "user",
                    "assistant",
                    "call refund -> 5",
                    "call refund -> 4",
                    "result Unknown <- 3",
                    "result Error <- 2",
                    "reasoning",
                    "assistant"
                ],
                "{file}"
            );
            assert_eq!(texts(&trace), ["Refund both", "Trying both.", "One failed."]);
            assert!(trace.gaps.is_empty() && trace.agents == ["Desk"], "{:?}", trace.gaps);
        }
        let answer =
            one("m.json", &format!(r#"{{"type":"agent_response","messages":[{}],"response_id":"r"}}"#, said[3]));
        assert!(answer.has_gap(&[GapKind::HistoryMissing]) && texts(&answer) == ["One failed."]);
        // Whether a call may be made is no call, and nobody can say which of two histories was told.
        let asks = message(
            "assistant",
            &format!(r#"{{"type":"function_approval_request","id":"a","function_call":{}}}"#, call("c1", 1)),
        );
        let trace = one("m.json", &format!("[{},{asks}]", said[0]));
        assert!(trace.has_gap(&[GapKind::RecordsUnread]) && kinds(&trace) == ["user"], "{:?}", kinds(&trace));
        let two = format!(
            r#"{{"type":"session","session_id":"s","state":{{"a":{{"messages":[{list}]}},"b":{{"messages":[{list}]}}}}}}"#
        );
        assert!(read(&[Evidence::new("m.json", two.into_bytes())]).is_err());
    }

    #[test]
    fn contents_of_other_libraries_are_words_calls_and_results() {
        let microsoft = r#"[{"role":"user","contents":[{"$type":"text","text":"Refund it"}]},{"role":"assistant","authorName":"Desk","contents":[{"$type":"functionCall","callId":"c1","name":"refund","arguments":{"n":1}}]},{"role":"tool","contents":[{"$type":"functionResult","callId":"c1","result":"card expired"}]},{"role":"assistant","contents":[{"$type":"text","text":"It failed"}]}]"#;
        let haystack = r#"{"messages":[{"role":"user","meta":{},"name":null,"content":[{"text":"Refund it"}]},{"role":"assistant","meta":{},"name":null,"content":[{"tool_call":{"tool_name":"refund","arguments":{"n":1},"id":"c1"}}]},{"role":"tool","meta":{},"name":null,"content":[{"tool_call_result":{"result":"card expired","origin":{"tool_name":"refund","arguments":{"n":1},"id":"c1"},"error":true}}]},{"role":"assistant","meta":{},"name":null,"content":[{"text":"It failed"}]}]}"#;
        let llama = r#"[{"role":"user","additional_kwargs":{},"blocks":[{"block_type":"text","text":"Refund it"}]},{"role":"assistant","additional_kwargs":{},"blocks":[{"block_type":"tool_call","tool_call_id":"c1","tool_name":"refund","tool_kwargs":{"n":1}}]},{"role":"tool","additional_kwargs":{"tool_call_id":"c1"},"blocks":[{"block_type":"text","text":"card expired"}]},{"role":"assistant","additional_kwargs":{},"blocks":[{"block_type":"text","text":"It failed"}]}]"#;
        let llama_openai = llama.replacen(r#""additional_kwargs":{},"blocks":[{"block_type":"tool_call","tool_call_id":"c1","tool_name":"refund","tool_kwargs":{"n":1}}]"#, r#""additional_kwargs":{"tool_calls":[{"id":"c1","type":"function","function":{"name":"refund","arguments":"{\"n\":1}"}}]},"blocks":[]"#, 1);
        assert_ne!(llama, llama_openai);
        let kernel = r#"{"messages":[{"metadata":{},"content_type":"message","role":"user","items":[{"metadata":{},"content_type":"text","text":"Refund it"}]},{"metadata":{},"content_type":"message","role":"assistant","items":[{"metadata":{},"content_type":"function_call","id":"c1","name":"refund","function_name":"refund","arguments":"{\"n\":1}"}]},{"metadata":{},"content_type":"message","role":"tool","items":[{"metadata":{},"content_type":"function_result","id":"c1","result":"card expired","name":"refund"}]},{"metadata":{},"content_type":"message","role":"assistant","items":[{"metadata":{},"content_type":"text","text":"It failed"}]}]}"#;
        let thread = format!(r#"{{"storeState":{{"messages":{microsoft}}}}}"#);
        for (text, outcome) in [
            (microsoft, "Unknown"),
            (thread.as_str(), "Unknown"),
            (haystack, "Error"),
            (llama, "Unknown"),
            (llama_openai.as_str(), "Unknown"),
            (kernel, "Unknown"),
        ] {
            let trace = one("t.json", text);
            let expected = ["user", "call refund -> 2", &format!("result {outcome} <- 1"), "assistant"];
            assert_eq!(kinds(&trace), expected, "{text}");
            assert_eq!(texts(&trace), ["Refund it", "It failed"], "{text}");
            let EventKind::ToolResult { content: Some(content), .. } = &trace.events[2].kind else {
                panic!("a result")
            };
            assert_eq!(content.text, "card expired");
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
    }
}
