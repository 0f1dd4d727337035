//! Contents of the Gemini API: a list of them, a GenerateContent request, its response, or both in one log record.
//!
//! Source: the `GenerateContent` reference of the Gemini and Vertex AI APIs. The history of a Gemini CLI checkpoint has the
//! same form. Calls have IDs only in newer versions; without them, results join by name and order.

use super::{Bearing, Document, Format, beside, exchange, growing, session_key};
use crate::item::{Item, ModelRun, Msg, Output, Session, Transcript};
use crate::locator::Bases;
use crate::model::{Event, EventKind, Finish, KeyKind, ModelCall};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct GeminiContents;

impl Format for GeminiContents {
    fn name(&self) -> &'static str {
        "gemini"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if list(root).is_some_and(|l| l.items().take(12).any(is_content)) {
            return if root.is_array() { 80 } else { 90 };
        }
        if answers(root).iter().any(|answer| is_answer(*answer)) {
            return 88;
        }
        // A single string is a whole request too.
        const MARKS: [&str; 8] = [
            "model",
            "config",
            "generationConfig",
            "generation_config",
            "systemInstruction",
            "system_instruction",
            "tools",
            "safetySettings",
        ];
        let request = request(root);
        let words = request.get("contents").is_some_and(Node::is_str);
        if words && request.any(&MARKS).is_some() { 60 } else { 0 }
    }

    fn bears_on(&self, doc: &Document<'_>, _bases: Bases) -> Option<Bearing> {
        let (key, kind) = key(doc);
        let steps = exchanged(doc).map(|exchange| growing::Steps::of(doc, &exchange));
        Some(exchange::bearing((kind, key), answers(doc.root).first().copied(), steps))
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let copies = exchange::copies(docs, |root| answers(root).first().copied());
        let conversations = growing::conversations(docs, &copies, exchanged, out);
        for conversation in out.until_stopped(&conversations) {
            let session = growing::session(conversation, |doc| {
                let (key, kind) = key(doc);
                let mut session = Session::new(key, kind);
                read(doc, &mut session, out);
                session
            });
            out.sessions.extend(session);
        }
    }
}

fn key(doc: &Document<'_>) -> (String, KeyKind) {
    let named = session_key(doc.root).filter(|(_, kind)| *kind == KeyKind::Conversation);
    named.unwrap_or_else(|| (doc.position_key(), KeyKind::Position))
}

/// What a record asked and what was answered, where it names no conversation.
fn exchanged<'d>(doc: &Document<'d>) -> Option<growing::Exchange<'d>> {
    let asked = match request(doc.root).get("contents").filter(|c| !c.is_array()) {
        Some(words) => vec![words],
        None => list(doc.root)?.items().collect(),
    };
    // The pieces of a stream are one message in the next request.
    let answered = match answers(doc.root)[..] {
        [only] => only.get("candidates").and_then(|c| c.items().next()?.get("content")).into_iter().collect(),
        _ => Vec::new(),
    };
    match session_key(doc.root).map(|(_, kind)| kind) {
        Some(KeyKind::Conversation) => None,
        // A record with an ID of its own and no answer is none of several requests.
        Some(KeyKind::Trace) if answers(doc.root).is_empty() => None,
        _ => Some((asked, answered)),
    }
}

fn read(doc: &Document<'_>, session: &mut Session, out: &mut Output) {
    let request = request(doc.root);
    let config = request.get("config").unwrap_or(request);
    let instructions = ["systemInstruction", "system_instruction"];
    let mut input: Vec<Msg> = Vec::new();
    if let Some(words) = request.any(&instructions).or_else(|| config.any(&instructions)) {
        let read = payload::system_message(words);
        input.push(read.unwrap_or_else(|| payload::unread_message(words, crate::item::MsgRole::System)));
    }
    if let Some(tools) = request.get("tools").or_else(|| config.get("tools")) {
        session.tools = payload::tools(tools, &mut out.bases);
    }
    match request.get("contents").filter(|c| !c.is_array()) {
        Some(words) => {
            let said = payload::said(words, crate::item::MsgRole::User, &mut out.bases);
            match said.first() {
                Some(first) => out.message(words, first),
                None => out.unread(words),
            }
            input.extend(said);
        }
        None => input.extend(exchange::messages(doc, list(doc.root), out)),
    }
    let model = request.any(&["model", "modelVersion"]).and_then(Node::str).map(|m| m.into_owned());
    let answers = answers(doc.root);
    if answers.is_empty() {
        let run = beside::read(doc.root, request, list(doc.root), &mut input, out);
        if run.is_none() {
            input.extend(exchange::damaged_answer(doc.root, out));
        }
        session.items.push(run.unwrap_or(Item::Transcript(Transcript { messages: input, model })));
        session.items.extend(exchange::failure(doc.root, out));
        return;
    }
    let mut output: Vec<Msg> = Vec::new();
    let mut call = ModelCall {
        model,
        start: None,
        end: None,
        input_tokens: None,
        output_tokens: None,
        finish: None,
        loc: answers.first().map_or(doc.root.loc(), |a| a.loc()),
    };
    let mut blocked = Vec::new();
    // A stream is a list of answers, each of which goes on where the one before stopped.
    for answer in answers {
        call.model = answer.str_at("modelVersion").map(|m| m.into_owned()).or(call.model);
        call.end = answer.any(&["createTime", "create_time"]).and_then(time::any).or(call.end);
        let usage = answer.any(&["usageMetadata", "usage_metadata"]);
        let number = |keys: &[&str]| usage.and_then(|u| u.any(keys)).and_then(Node::i64);
        call.input_tokens = number(&["promptTokenCount", "prompt_token_count"]).or(call.input_tokens);
        call.output_tokens = number(&["candidatesTokenCount", "candidates_token_count"]).or(call.output_tokens);
        let reason = answer.any(&["promptFeedback", "prompt_feedback"]);
        if let Some(text) = reason.and_then(|f| f.any(&["blockReason", "block_reason"])).and_then(Node::text) {
            blocked.push((text, answer.loc()));
        }
        // Further candidates are alternatives that nobody was shown.
        let candidates: Vec<_> = answer.get("candidates").into_iter().flat_map(Node::items).collect();
        candidates.iter().skip(1).for_each(|c| out.bookkeeping(*c, "an alternative answer"));
        let Some(first) = candidates.first() else { continue };
        if let Some(text) = first.any(&["finishReason", "finish_reason"]).and_then(Node::text) {
            call.finish = Some((Finish::from_word(&text.text), text));
        }
        let Some(content) = first.get("content") else {
            out.bookkeeping(*first, "a candidate without content");
            continue;
        };
        let msg = match content.get("role").is_some() {
            true => payload::message(content),
            false => Some(payload::as_role(content, crate::item::MsgRole::Assistant)),
        };
        let Some(msg) = msg else {
            out.unread(*first);
            continue;
        };
        out.message(*first, &msg);
        match output.last_mut() {
            Some(last) => last.parts.extend(msg.parts),
            None => output.push(msg),
        }
    }
    // What a stream ends with holds no words.
    output.retain(|m| !m.parts.is_empty() || call.finish.is_none());
    let (time, response_id) = (call.end, answers_id(doc.root));
    session.items.push(Item::Model(ModelRun { call, input, output, agent: None, response_id, previous: None }));
    for (text, loc) in blocked {
        let kind = EventKind::Error { text };
        session.items.push(Item::Event(Event { kind, time, agent: None, model_call: None, loc }));
    }
}

fn answers_id(root: Node<'_>) -> Option<String> {
    answers(root).first()?.any(&["responseId", "response_id"])?.str().map(|s| s.into_owned())
}

fn request(root: Node<'_>) -> Node<'_> {
    exchange::request(root, "contents")
}

/// The list of contents that went in.
fn list(root: Node<'_>) -> Option<Node<'_>> {
    let history = root.get("history").filter(|h| h.is_array() && h.items().take(12).any(is_content));
    let list = if root.is_array() { Some(root) } else { request(root).get("contents").or(history) };
    list.filter(|l| l.is_array() && !l.items().any(|i| i.get("candidates").is_some()))
}

/// The answers: one, or those of a stream.
fn answers(root: Node<'_>) -> Vec<Node<'_>> {
    let is = |n: &Node<'_>| {
        n.get("candidates").is_some_and(Node::is_array) || n.any(&["promptFeedback", "prompt_feedback"]).is_some()
    };
    let holder = exchange::response(root).or_else(|| root.get("response")).unwrap_or(root);
    match holder.is_array() {
        true => holder.items().filter(is).collect(),
        false => Some(holder).filter(is).into_iter().collect(),
    }
}

/// True for an answer of the API: there are candidates for other things too.
fn is_answer(answer: Node<'_>) -> bool {
    let candidate = |c: Node<'_>| {
        c.any(&["content", "finishReason", "finish_reason", "finishMessage", "safetyRatings", "safety_ratings"])
            .is_some()
    };
    let marked = ["usageMetadata", "usage_metadata", "modelVersion", "model_version", "responseId", "response_id"];
    let candidates = answer.get("candidates").filter(|c| c.is_array());
    candidates.is_some_and(|list| list.items().take(4).any(candidate) || answer.any(&marked).is_some())
}

fn is_content(node: Node<'_>) -> bool {
    let role = node.str_at("role");
    let known = role.as_ref().is_none_or(|r| matches!(r.as_ref(), "user" | "model" | "function" | "system" | "tool"));
    // Other formats have parts as well; theirs are typed.
    known && node.get("parts").is_some_and(|p| p.items().next().is_some_and(|part| part.get("type").is_none()))
}

#[cfg(test)]
mod tests {
    use crate::model::{Finish, Transport};
    use crate::test_support::{kinds, one, texts, transports};

    #[test]
    fn a_request_joins_results_by_name_and_order() {
        let file = r#"{"systemInstruction":{"parts":[{"text":"Be kind"}]},"contents":[
            {"role":"user","parts":[{"text":"Refund both"}]},
            {"role":"model","parts":[{"text":"Let me see","thought":true},{"functionCall":{"name":"refund","args":{"n":1}}},{"functionCall":{"name":"refund","args":{"n":2}}}]},
            {"role":"function","parts":[{"functionResponse":{"name":"refund","response":{"n":1}}},{"functionResponse":{"name":"refund","response":{"n":2}}}]},
            {"role":"model","parts":[{"text":"Done","thoughtSignature":"x"},{"thoughtSignature":"y"}]}],
            "tools":[{"functionDeclarations":[{"name":"refund","description":"Refund","parameters":{"type":"OBJECT"}}]}]}"#;
        let trace = one("g.json", file);
        assert_eq!(
            kinds(&trace),
            [
                "system",
                "user",
                "reasoning",
                "call refund -> 5",
                "call refund -> 6",
                "result Unknown <- 3",
                "result Unknown <- 4",
                "assistant"
            ]
        );
        assert_eq!(trace.tools[0].name.text, "refund");
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }

    #[test]
    fn a_log_record_holds_request_and_response() {
        let file = r#"{"request":{"model":"models/gemini-2.5-pro","contents":[{"role":"user","parts":[{"text":"2+2?"}]}]},
            "response":{"candidates":[{"content":{"role":"model","parts":[{"executableCode":{"language":"PYTHON","code":"print(2+2)"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"4"}},{"text":"4"}]},"finishReason":"STOP"}],
            "usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":9},"modelVersion":"gemini-2.5-pro"}}"#;
        let trace = one("g.json", file);
        assert_eq!(kinds(&trace), ["user", "call executableCode -> 2", "result Ok <- 1", "assistant"]);
        assert_eq!(transports(&trace), [Transport::Ok]);
        assert_eq!((trace.models(), trace.model_calls[0].output_tokens), (vec!["gemini-2.5-pro"], Some(9)));
        assert_eq!(trace.model_calls[0].finish.as_ref().map(|f| f.0), Some(Finish::Stop));
    }

    #[test]
    fn a_stream_is_one_answer() {
        let file = r#"[{"candidates":[{"content":{"role":"model","parts":[{"text":"Hel"}]}}]},{"candidates":[{"content":{"parts":[{"text":"lo"}]},"finishReason":"STOP"}],"usageMetadata":{"candidatesTokenCount":2}}]"#;
        let trace = one("g.json", file);
        assert_eq!((kinds(&trace).len(), texts(&trace)), (1, vec!["Hel", "lo"]));
    }
}
