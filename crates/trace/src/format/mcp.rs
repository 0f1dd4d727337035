//! Logs of the Model Context Protocol: its JSON-RPC messages, one in each line, bare or in an envelope.
//!
//! After the schema of the protocol (2025-06-18). A log of this kind holds what a client and a server said to each other; what
//! a user asked for and what the agent told is not in it.

use super::{Document, Format, exchange, parts, session_key};
use crate::hash::HashMap;
use crate::item::{Item, ModelRun, MsgRole, Output, Part, Session};
use crate::model::{Finish, Gap, GapKind, KeyKind, ModelCall, Stamp, Transport};
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct Mcp;

impl Format for Mcp {
    fn name(&self) -> &'static str {
        "mcp"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        match message(root) {
            Some(inner) if inner.loc() == root.loc() => 90,
            Some(_) => 80,
            None => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut files: Vec<&str> = docs.iter().map(|doc| doc.file).collect();
        files.dedup();
        for file in files {
            let mut log = Log {
                session: Session::new(file, KeyKind::Position),
                waiting: HashMap::default(),
                calls: HashMap::default(),
            };
            for doc in docs.iter().filter(|doc| doc.file == file) {
                if let Some((key, KeyKind::Conversation)) = session_key(doc.root) {
                    (log.session.key, log.session.key_kind) = (key, KeyKind::Conversation);
                }
                match message(doc.root) {
                    Some(inner) => log.message(inner, exchange::time(doc.root), out),
                    None => out.unknown(doc.root),
                }
            }
            // Where nothing was called, nothing is missing beside it: the file is no session.
            let nothing = log.session.items.is_empty() && log.session.gaps.is_empty();
            let known = Gap {
                kind: GapKind::ContentNotCaptured,
                what: "a log of the Model Context Protocol holds tools and calls only: what the user asked and what the agent said are not in it".to_owned(),
                loc: docs.iter().find(|doc| doc.file == file).map(|doc| doc.root.loc()),
                event: None,
            };
            log.session.gaps.extend(Some(known).filter(|_| !nothing));
            out.sessions.push(log.session);
        }
    }
}

/// The protocol's message in a record.
fn message(root: Node<'_>) -> Option<Node<'_>> {
    let is = |node: &Node<'_>| node.has("jsonrpc", "2.0");
    let around = ["message", "msg", "payload", "data", "body", "frame"];
    Some(root).filter(is).or_else(|| around.iter().filter_map(|key| root.get(key)).find(is))
}

/// A request that waits for its answer.
struct Waiting<'d> {
    method: String,
    params: Option<Node<'d>>,
    at: Option<Stamp>,
    call: Option<String>,
}

struct Log<'d> {
    session: Session,
    /// By ID. Client and server count each for itself, and both from anew after a restart.
    waiting: HashMap<String, Vec<Waiting<'d>>>,
    /// How often an ID was a call's.
    calls: HashMap<String, usize>,
}

impl<'d> Log<'d> {
    fn message(&mut self, node: Node<'d>, at: Option<Stamp>, out: &mut Output) {
        let id = parts::word(node, &["id"]);
        match (node.str_at("method"), id) {
            (Some(method), Some(id)) => self.request(node, &method, id, at, out),
            (Some(method), None) => out.bookkeeping(node, &method),
            (None, Some(id)) => self.answer(node, &id, at, out),
            (None, None) if node.get("error").is_some() => out.bookkeeping(node, "an error without a request"),
            (None, None) => out.unknown(node),
        }
    }

    fn request(&mut self, node: Node<'d>, method: &str, id: String, at: Option<Stamp>, out: &mut Output) {
        let params = node.get("params");
        let mut call = None;
        match method {
            "tools/call" => {
                let often = self.calls.entry(id.clone()).or_default();
                *often += 1;
                let unique = if *often == 1 { id.clone() } else { format!("{id} ({often})") };
                let name = params.and_then(|p| p.get("name")?.text());
                // Arguments may be left out where there are none.
                let arguments = params.map(|p| p.get("arguments").unwrap_or(p).json_text());
                let part = parts::call(node, Some(unique.clone()), name, arguments);
                let msg = parts::said(MsgRole::Assistant, vec![part], at, node.loc());
                out.message(node, &msg);
                self.session.items.push(Item::Message(msg));
                call = Some(unique);
            }
            "elicitation/create" => {
                out.bookkeeping(node, method);
                self.session.gaps.push(Gap {
                    kind: GapKind::NotRead,
                    what: "the server asked the user something (`elicitation/create`); this was not read".to_owned(),
                    loc: Some(node.loc()),
                    event: None,
                });
            }
            "sampling/createMessage" => out.mapped(node),
            _ => out.bookkeeping(node, method),
        }
        self.waiting.entry(id).or_default().push(Waiting { method: method.to_owned(), params, at, call });
    }

    fn answer(&mut self, node: Node<'d>, id: &str, at: Option<Stamp>, out: &mut Output) {
        let result = node.get("result");
        let Some(list) = self.waiting.get_mut(id).filter(|list| !list.is_empty()) else {
            // The request is not in the log; what it asked for shows in the answer.
            let content = result.and_then(|r| r.get("content")).filter(|c| c.is_array());
            match content {
                Some(_) => self.result(node, Some(format!("{id} (not in the log)")), at, out),
                None => {
                    self.offer(result, out);
                    out.bookkeeping(node, "an answer whose request is not in the log");
                }
            }
            return;
        };
        let fits = |w: &Waiting<'_>| match w.method.as_str() {
            "tools/call" => result.is_some_and(|r| r.any(&["content", "structuredContent", "isError"]).is_some()),
            "tools/list" => result.is_some_and(|r| r.get("tools").is_some()),
            "sampling/createMessage" => result.is_some_and(|r| r.get("role").is_some()),
            _ => false,
        };
        let place = list.iter().position(fits).unwrap_or(0);
        let asked = list.remove(place);
        match asked.method.as_str() {
            "tools/call" => self.result(node, asked.call, at, out),
            "tools/list" => {
                self.offer(result, out);
                out.bookkeeping(node, "a list of tools");
            }
            "sampling/createMessage" => self.sampled(node, &asked, at, out),
            method => out.bookkeeping(node, &format!("an answer to {method}")),
        }
    }

    fn offer(&mut self, result: Option<Node<'_>>, out: &mut Output) {
        if let Some(list) = result.and_then(|r| r.get("tools")) {
            self.session.tools.extend(payload::tools(list, &mut out.bases));
        }
    }

    fn result(&mut self, node: Node<'_>, call: Option<String>, at: Option<Stamp>, out: &mut Output) {
        let result = node.get("result");
        let error = node.get("error");
        let content = result.and_then(|r| r.any(&["content", "structuredContent", "toolResult"]).or(Some(r)));
        let transport = match (error, result.and_then(|r| r.get("isError")).and_then(Node::bool)) {
            (Some(_), _) | (_, Some(true)) => Transport::Error,
            // The protocol: where the flag is left out, the call worked.
            (None, _) => Transport::Ok,
        };
        let content = content.and_then(payload::answer_text);
        let mut msg = parts::result(call, None, content, transport, at, node.loc());
        for part in &mut msg.parts {
            if let Part::Result(part) = part {
                part.error = error.map(|e| e.get("message").unwrap_or(e).json_text());
            }
        }
        out.message(node, &msg);
        self.session.items.push(Item::Message(msg));
    }

    /// A server that asks the client's model.
    fn sampled(&mut self, node: Node<'_>, asked: &Waiting<'_>, at: Option<Stamp>, out: &mut Output) {
        let Some(result) = node.get("result") else {
            out.bookkeeping(node, "a request to the model that failed");
            return;
        };
        // What a server asks a model is not what the user said.
        let messages = asked.params.and_then(|p| p.get("messages")).into_iter().flat_map(Node::items);
        let mut input: Vec<_> =
            asked.params.and_then(|p| p.get("systemPrompt")).and_then(payload::system_message).into_iter().collect();
        for message in messages {
            let role = if message.has("role", "assistant") { MsgRole::Assistant } else { MsgRole::Harness };
            input.push(payload::as_role(message, role));
        }
        let output = vec![payload::as_role(result, MsgRole::Assistant)];
        output.iter().for_each(|msg| out.message(node, msg));
        let finish = result.get("stopReason").and_then(Node::text);
        let call = ModelCall {
            model: parts::word(result, &["model"]),
            start: asked.at,
            end: at,
            input_tokens: None,
            output_tokens: None,
            finish: finish.map(|text| (Finish::from_word(&text.text), text)),
            loc: node.loc(),
        };
        let agent = Some("MCP server".to_owned());
        self.session.items.push(Item::Model(ModelRun {
            call,
            input,
            output,
            agent,
            response_id: None,
            previous: None,
        }));
    }
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one};
    use serde_json::{Value, json};

    fn request(id: Value, method: &str, params: &Value) -> Value {
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
    }

    #[test]
    fn calls_are_joined_by_their_request_also_where_ids_come_again() {
        let lines = [
            request(json!(0), "initialize", &json!({})),
            json!({"jsonrpc": "2.0", "id": 0, "result": {"protocolVersion": "2025-06-18"}}),
            json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
            request(json!(1), "tools/list", &json!({})),
            json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "pay", "inputSchema": {"type": "object"}}]}}),
            request(json!(2), "tools/call", &json!({"name": "pay", "arguments": {"n": 1}})),
            request(json!(3), "tools/call", &json!({"name": "look"})),
            // The server asks something of its own under the same number.
            request(json!(2), "roots/list", &json!({})),
            json!({"jsonrpc": "2.0", "id": 3, "error": {"code": -32602, "message": "Unknown tool"}}),
            json!({"jsonrpc": "2.0", "id": 2, "result": {"content": [{"type": "text", "text": "no money"}], "isError": true}}),
            json!({"jsonrpc": "2.0", "id": 2, "result": {"roots": []}}),
            request(json!(2), "tools/call", &json!({"name": "pay", "arguments": {"n": 2}})),
            json!({"jsonrpc": "2.0", "id": 2, "result": {"content": [{"type": "text", "text": "paid"}]}}),
        ];
        let expected = [
            "call pay -> 3",
            "call look -> 2",
            "result Error <- 1",
            "result Error <- 0",
            "call pay -> 5",
            "result Ok <- 4",
        ];
        let wrap = |l: &Value| json!({"direction": "in", "timestamp": null, "message": l});
        for file in [
            lines.iter().map(|l| format!("{l}\n")).collect::<String>(),
            json!(lines).to_string(),
            lines.iter().map(|l| format!("{}\n", wrap(l))).collect(),
        ] {
            let trace = one("mcp.jsonl", &file);
            assert_eq!(kinds(&trace), expected, "{file}");
            assert_eq!((trace.format, trace.tools.len()), ("mcp", 1));
            assert!(trace.has_gap(&[GapKind::ContentNotCaptured]) && trace.gaps.len() == 1, "{:?}", trace.gaps);
        }
    }

    #[test]
    fn a_list_of_tools_alone_is_no_session() {
        let list = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"refund","inputSchema":{"type":"object"}}]}}"#;
        assert!(crate::read(&[crate::Evidence::new("list.json", list.as_bytes().to_vec())]).is_err());
    }
}
