//! Anthropic's Messages API: message objects, requests, requests with their answers, and lists of messages
//! with content blocks.

use super::{Bearing, Document, Format, beside, exchange, growing, session_key};
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Session, Transcript};
use crate::locator::Bases;
use crate::model::KeyKind;
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct Anthropic;

impl Format for Anthropic {
    fn name(&self) -> &'static str {
        "anthropic"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if answer(root).is_some() {
            return 95;
        }
        let Some(list) = list(root) else { return 0 };
        let request = exchange::request(root, "messages");
        let tools = request.get("tools").and_then(|t| t.items().next());
        let marked = request.get("system").is_some()
            || request.get("anthropic_version").is_some()
            || tools.is_some_and(|t| t.get("input_schema").is_some())
            || list.items().take(40).any(has_block);
        let said = list.items().next().is_some_and(|m| m.get("role").is_some());
        match (said, marked) {
            (true, true) => 80,
            // A request that asks for words and nothing more is no other API's either: the records beside it tell.
            (true, false) if request.get("max_tokens").is_some() && list.items().take(40).all(may_be_ours) => 30,
            _ => 0,
        }
    }

    fn bears_on(&self, doc: &Document<'_>, _bases: Bases) -> Option<Bearing> {
        let found = answer(doc.root);
        let (key, kind) = key(doc, found);
        let steps = exchanged(doc).map(|exchange| growing::Steps::of(doc, &exchange));
        Some(exchange::bearing((kind, key), found, steps))
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
    let found = answer(doc.root);
    let (key, kind) = key(doc, found);
    let mut session = Session::new(key, kind);
    let request = exchange::request(doc.root, "messages");
    if let Some(tools) = request.get("tools") {
        session.tools = payload::tools(tools, &mut out.bases);
    }
    let read = |s| payload::system_message(s).or_else(|| unread_instructions(s));
    let mut messages: Vec<Msg> = request.get("system").and_then(read).into_iter().collect();
    messages.extend(exchange::messages(doc, list(doc.root), out));
    messages.extend(exchange::damaged_list(doc.root, "messages", out));
    match found {
        Some(answer) => {
            if messages.is_empty() {
                session.gaps.push(exchange::no_request(answer));
            }
            let mut call = exchange::call(request, answer, answer.get("stop_reason").and_then(Node::text));
            call.start = call.start.or_else(|| exchange::logged(doc.root));
            let output: Vec<Msg> = payload::message(answer).into_iter().collect();
            output.iter().for_each(|msg| out.message(answer, msg));
            session.items.push(Item::Model(ModelRun {
                call,
                input: messages,
                output,
                agent: None,
                response_id: answer.str_at("id").map(|s| s.into_owned()),
                previous: None,
            }));
        }
        None => {
            let run = beside::read(doc.root, request, list(doc.root), &mut messages, out);
            if run.is_none() {
                messages.extend(exchange::damaged_answer(doc.root, out));
            }
            let model = request.str_at("model").map(|s| s.into_owned());
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
    let (asked, found) = (list(doc.root)?.items().collect(), answer(doc.root));
    let (said, answered) = match found {
        Some(said) => (vec![said], true),
        None => beside::answered(doc.root, list(doc.root)?),
    };
    match key(doc, found).1 {
        KeyKind::Conversation => None,
        KeyKind::Trace if !answered => None,
        KeyKind::Trace | KeyKind::Position => Some((asked, said)),
    }
}

/// An empty list of blocks is no instructions; anything else that holds no words is damaged.
fn unread_instructions(system: Node<'_>) -> Option<Msg> {
    let empty = system.is_array() && system.items().next().is_none();
    (!empty).then(|| payload::unread_message(system, MsgRole::System))
}

fn key(doc: &Document<'_>, answer: Option<Node<'_>>) -> (String, KeyKind) {
    let own = answer.and_then(|a| a.str_at("id"));
    match session_key(doc.root).or_else(|| session_key(doc.root.get("metadata")?)) {
        // An answer's own id names no session unless there is nothing else.
        Some(found) if Some(found.0.as_str()) != own.as_deref() => found,
        _ if list(doc.root).is_none() && own.is_some() => (own.unwrap_or_default().into_owned(), KeyKind::Trace),
        _ => (doc.position_key(), KeyKind::Position),
    }
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    if root.is_array() {
        return Some(root).filter(|r| r.items().next().is_some_and(|m| m.get("role").is_some()));
    }
    exchange::request(root, "messages").get("messages").filter(|m| m.is_array())
}

/// True for a message that both Anthropic and OpenAI write so.
fn may_be_ours(message: Node<'_>) -> bool {
    matches!(message.str_at("role").as_deref(), Some("user" | "assistant"))
        && message.any(&["tool_calls", "function_call", "name", "refusal"]).is_none()
}

/// True for a message with blocks that only Anthropic writes so.
fn has_block(msg: Node<'_>) -> bool {
    const BLOCKS: [&str; 7] = [
        "tool_use",
        "tool_result",
        "thinking",
        "redacted_thinking",
        "server_tool_use",
        "mcp_tool_use",
        "mcp_tool_result",
    ];
    msg.get("content")
        .into_iter()
        .flat_map(Node::items)
        .any(|b| b.str_at("type").is_some_and(|t| BLOCKS.contains(&t.as_ref())))
}

/// The message object of an answer, on its own or beside the request.
fn answer(root: Node<'_>) -> Option<Node<'_>> {
    let is = |n: &Node<'_>| {
        n.has("type", "message") && n.has("role", "assistant") && n.get("content").is_some_and(|c| c.is_array())
    };
    Some(root).filter(is).or_else(|| exchange::response(root).filter(is))
}

#[cfg(test)]
mod tests {
    use crate::model::{Finish, GapKind};
    use crate::test_support::{kinds, one, texts};

    #[test]
    fn a_request_without_a_mark_of_its_own_is_read_beside_others() {
        let request = |messages: &str| format!(r#"{{"model":"claude","max_tokens":9,"messages":[{messages}]}}"#);
        let asked = r#"{"role":"user","content":"Look"}"#;
        let call = r#"{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"look","input":{}}]}"#;
        let result = r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"here"}]}"#;
        let trace = one("l.jsonl", &[request(asked), request(&[asked, call, result].join(","))].join("\n"));
        assert_eq!(kinds(&trace), ["user", "call look -> 2", "result Unknown <- 1"]);
        assert!(trace.gaps.is_empty() && trace.format == "anthropic", "{:?}", trace.gaps);
        // By itself it may be anybody's.
        assert_eq!(one("l.json", &request(asked)).format, "openai-chat");
    }

    #[test]
    fn results_in_user_messages_are_not_the_user() {
        let request = r#"{"model":"claude","system":[{"type":"text","text":"Be kind"}],"tools":[{"name":"refund","description":"d","input_schema":{"type":"object"}}],"messages":[
            {"role":"user","content":"Refund me"},
            {"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"Sure"},{"type":"tool_use","id":"t1","name":"refund","input":{"a":1}},{"type":"tool_use","id":"t2","name":"refund","input":{"a":2}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"t2","content":"no","is_error":true},{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"ok"}]},{"type":"text","text":"And hurry"}]}]}"#;
        let trace = one("a.json", request);
        assert_eq!(
            kinds(&trace),
            [
                "system",
                "user",
                "reasoning",
                "assistant",
                "call refund -> 7",
                "call refund -> 6",
                "result Error <- 5",
                "result Unknown <- 4",
                "user"
            ]
        );
        assert_eq!(texts(&trace), ["Be kind", "Refund me", "Sure", "And hurry"]);
        assert_eq!(trace.tools.len(), 1);
        assert_eq!(trace.models(), ["claude"]);
    }

    #[test]
    fn an_empty_answer_of_a_tool_is_one_and_a_missing_one_is_a_gap() {
        let request = |result: &str| {
            format!(
                r#"[{{"role":"user","content":"a"}},{{"role":"assistant","content":[{{"type":"redacted_thinking","data":"x"}},{{"type":"tool_use","id":"t","name":"f","input":{{}}}}]}},{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"t"{result}}}]}}]"#
            )
        };
        let empty = one("a.json", &request(r#","content":"""#));
        assert_eq!(
            (kinds(&empty), empty.gaps.len()),
            (vec!["user".to_owned(), "call f -> 2".to_owned(), "result Unknown <- 1".to_owned()], 0)
        );
        assert!(one("a.json", &request("")).has_gap(&[GapKind::ContentNotCaptured]));
    }

    #[test]
    fn what_follows_a_hosted_tool_stays_behind_it() {
        let answer = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"mcp_tool_use","id":"m1","name":"echo","input":{},"server_name":"s"},{"type":"mcp_tool_result","tool_use_id":"m1","is_error":false,"content":[{"type":"text","text":"hi"}]},{"type":"text","text":"It said hi"}],"stop_reason":"refusal","usage":{"input_tokens":7,"output_tokens":3}}"#;
        let trace = one("a.json", answer);
        assert_eq!(kinds(&trace), ["call echo -> 1", "result Ok <- 0", "assistant"]);
        assert_eq!(trace.model_calls[0].finish.as_ref().map(|f| f.0), Some(Finish::Refusal));
        assert_eq!((trace.model_calls[0].input_tokens, trace.model_calls[0].output_tokens), (Some(7), Some(3)));
        assert!(trace.has_gap(&[GapKind::HistoryMissing]));
    }

    #[test]
    fn a_log_of_requests_and_answers_is_one_conversation() {
        let log = concat!(
            r#"{"session_id":"s","request":{"model":"c","system":"S","messages":[{"role":"user","content":"a"}]},"response":{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"b"}],"stop_reason":"end_turn"}}"#,
            "\n",
            r#"{"session_id":"s","request":{"model":"c","system":"S","messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]},"response":{"id":"msg_2","type":"message","role":"assistant","content":[{"type":"text","text":"d"}],"stop_reason":"max_tokens"}}"#,
        );
        let trace = one("l.jsonl", log);
        assert_eq!(texts(&trace), ["S", "a", "b", "c", "d"]);
        assert_eq!(trace.model_calls[1].finish.as_ref().map(|f| f.0), Some(Finish::Length));
    }

    #[test]
    fn a_thread_of_amp_tells_what_became_of_its_calls() {
        let answered = |id: &str, run: &str| {
            format!(r#"{{"role":"user","content":[{{"type":"tool_result","toolUseID":"{id}","run":{run}}}]}}"#)
        };
        let call = |id: &str| {
            format!(
                r#"{{"role":"assistant","content":[{{"type":"tool_use","id":"{id}","name":"Bash","input":{{"cmd":"ls"}}}}]}}"#
            )
        };
        let file = [
            r#"{"role":"user","content":[{"type":"text","text":"List it"}]}"#.to_owned(),
            call("a"),
            answered("a", r#"{"status":"done","result":{"output":"a.txt","exitCode":0}}"#),
            call("b"),
            answered("b", r#"{"status":"rejected-by-user"}"#),
            call("c"),
            answered("c", r#"{"status":"error","error":{"message":"boom"}}"#),
        ];
        let trace = one("t.json", &format!(r#"{{"v":12,"id":"T-1","messages":[{}]}}"#, file.join(",")));
        let expected = [
            "user",
            "call Bash -> 2",
            "result Ok <- 1",
            "call Bash -> 4",
            "result Declined <- 3",
            "call Bash -> 6",
            "result Error <- 5",
        ];
        assert_eq!(kinds(&trace), expected);
    }
}
