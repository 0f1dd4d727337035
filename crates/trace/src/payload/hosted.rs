//! Tools that the provider runs within its answer: the model goes on to speak behind them, so there was an answer.

use super::part::{UNTYPED_CODE, kind};
use crate::hash::HashSet;
use crate::item::{CallPart, Part, ResultPart};
use crate::model::Transport;
use crate::node::Node;

/// Adds that there was an answer to each call that the provider ran, and behind which the model went on to speak, where the record
/// has left the answer out.
pub fn answer(body: Node<'_>, parts: &mut Vec<Part>) {
    let last_words = parts.iter().rposition(|part| matches!(part, Part::Text(_))).unwrap_or_default();
    if !parts[..last_words].iter().any(|part| matches!(part, Part::Call(_))) {
        return;
    }
    let hosted = |item: &Node<'_>| {
        matches!(kind(*item).as_ref(), "server_tool_use" | "mcp_tool_use" | "server_tool_call")
            || item.get("providerExecuted").and_then(Node::bool) == Some(true)
    };
    let id = |item: Node<'_>| item.any(&["id", "toolCallId", "tool_call_id"])?.str().map(|s| s.into_owned());
    let mut waiting: HashSet<String> = body.items().filter(hosted).filter_map(id).collect();
    let by_model = |call: &CallPart| call.id.is_none() && UNTYPED_CODE.contains(&call.name.text.as_str());
    if waiting.is_empty() && !parts.iter().any(|p| matches!(p, Part::Call(call) if by_model(call))) {
        return;
    }
    let is_answer = |part: &Part| matches!(part, Part::Result(_));
    for part in parts.iter() {
        if let Part::Result(ResultPart { id: Some(id), .. }) = part {
            waiting.remove(id);
        }
    }
    let all = std::mem::take(parts);
    let mut rest = all.into_iter().enumerate().peekable();
    while let Some((at, part)) = rest.next() {
        let answer = match &part {
            Part::Call(call) if at < last_words => {
                let code = by_model(call) && !rest.peek().is_some_and(|(_, next)| is_answer(next));
                let is_open = code || call.id.as_ref().is_some_and(|id| waiting.contains(id));
                is_open.then(|| ResultPart {
                    id: call.id.clone(),
                    name: Some(call.name.text.clone()),
                    arguments: None,
                    content: None,
                    transport: Transport::Unknown,
                    error: None,
                    loc: call.name.loc,
                })
            }
            _ => None,
        };
        parts.push(part);
        parts.extend(answer.map(Part::Result));
    }
}
