//! What readers of transcripts build alike.

use crate::item::{CallPart, Item, ModelRun, Msg, MsgRole, Part, ResultPart};
use crate::locator::Loc;
use crate::model::{ModelCall, Stamp, Text, Transport};
use crate::node::Node;

/// The first of several members that is a string or a number, as text.
pub fn word(node: Node<'_>, keys: &[&str]) -> Option<String> {
    let found = keys.iter().filter_map(|key| node.get(key));
    let mut texts =
        found.filter_map(|n| n.str().map(|s| s.into_owned()).or_else(|| n.i64().map(|number| number.to_string())));
    texts.find(|s| !s.is_empty())
}

/// The name of the span that Google's ADK adds for the answers of parallel calls together (`trace_merged_tool_calls` in its
/// `telemetry` module). Each of them has a span of its own, so that it is no call.
pub const MERGED_TOOLS: &str = "(merged tools)";

/// A message with its parts.
pub fn said(role: MsgRole, parts: Vec<Part>, time: Option<Stamp>, loc: Loc) -> Msg {
    Msg { parts, time, ..Msg::new(role, loc) }
}

/// A call; a name that is missing leaves something unread.
pub fn call(node: Node<'_>, id: Option<String>, name: Option<Text>, arguments: Option<Text>) -> Part {
    match name.filter(|n| !n.text.is_empty()) {
        Some(name) => Part::Call(CallPart { id, name, arguments }),
        None => crate::payload::unread(node),
    }
}

/// A result, as a message of its tool.
pub fn result(
    id: Option<String>,
    name: Option<String>,
    content: Option<Text>,
    transport: Transport,
    time: Option<Stamp>,
    loc: Loc,
) -> Msg {
    let part = ResultPart { id, name, arguments: None, content, transport, error: None, loc };
    said(MsgRole::Tool, vec![Part::Result(part)], time, loc)
}

/// What a flag for failure says; a flag that is not there says nothing.
pub fn failed(flag: Option<bool>) -> Transport {
    match flag {
        Some(true) => Transport::Error,
        Some(false) => Transport::Ok,
        None => Transport::Unknown,
    }
}

/// What an exit code says.
pub fn exited(code: Option<i64>) -> Transport {
    failed(code.map(|code| code != 0))
}

/// A request to a model whose messages are told on their own.
pub fn model_call(
    model: Option<String>,
    tokens: (Option<i64>, Option<i64>),
    start: Option<Stamp>,
    end: Option<Stamp>,
    loc: Loc,
) -> Item {
    let call = ModelCall { model, start, end, input_tokens: tokens.0, output_tokens: tokens.1, finish: None, loc };
    let (input, output) = (Vec::new(), Vec::new());
    Item::Model(ModelRun { call, input, output, agent: None, response_id: None, previous: None })
}
