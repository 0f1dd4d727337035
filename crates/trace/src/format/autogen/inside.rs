//! Agents that are called as tools (`AgentTool`, `TeamTool`): a stream of messages holds what they are told and what they say
//! between the call and its result.

use crate::hash::{HashMap, HashSet};
use crate::item::{Msg, MsgRole, Session};
use crate::node::Node;

/// A task that a call gave to an agent.
#[derive(Debug, Clone)]
pub struct Task {
    /// The sub-agent that the message is of.
    agent: String,
    /// The call, where it is the only one that waits.
    call: Option<String>,
}

impl Task {
    /// Makes a message one of the sub-agent's. What it is told comes from the agent that called it, and not from the user.
    pub fn belongs(&self, msg: &mut Msg, session: &mut Session) {
        if msg.role == MsgRole::User {
            msg.role = MsgRole::System;
        }
        msg.agent = Some(self.agent.clone());
        if session.sub_agents.iter().all(|(known, _)| *known != self.agent) {
            session.sub_agents.push((self.agent.clone(), self.call.clone()));
        }
    }
}

/// A call that waits for its result.
struct Open {
    id: String,
    tool: String,
    caller: String,
}

/// The messages inside of tasks, by their places. While a call waits, its caller is silent: what others say then is inside.
pub fn tasks(messages: &[Node<'_>]) -> HashMap<usize, Task> {
    let text = |node: Node<'_>, key: &str| node.str_at(key).map(|s| s.into_owned()).unwrap_or_default();
    let mut open: Vec<Open> = Vec::new();
    let mut outside: HashSet<String> = HashSet::default();
    let mut inside: Vec<(usize, String, String, Option<String>)> = Vec::new();
    for (i, &node) in messages.iter().enumerate() {
        let (kind, source) = (text(node, "type"), text(node, "source"));
        let items = || node.get("content").into_iter().flat_map(Node::items);
        let own = open.iter().any(|call| call.caller == source);
        match kind.as_str() {
            "ToolCallRequestEvent" if !own && open.is_empty() => {
                open.extend(items().map(|c| Open { id: text(c, "id"), tool: text(c, "name"), caller: source.clone() }));
            }
            "ToolCallExecutionEvent" if own => {
                let done: HashSet<String> = items().map(|result| text(result, "call_id")).collect();
                open.retain(|call| !done.contains(&call.id));
            }
            _ if own || open.is_empty() || source.is_empty() => drop(outside.insert(source)),
            _ => {
                let named = open.iter().find(|call| call.tool == source);
                let only = named.or_else(|| open.first().filter(|_| open.len() == 1));
                let tool = only.map_or_else(|| "sub-agent".to_owned(), |call| call.tool.clone());
                inside.push((i, source, tool, only.map(|call| call.id.clone())));
            }
        }
    }
    // A call without a result lets everything after it look as if it were inside.
    if !open.is_empty() {
        return HashMap::default();
    }
    let label = |(i, source, tool, call): (usize, String, String, Option<String>)| {
        let user = source.eq_ignore_ascii_case("user") || source == "user_proxy";
        let name = if user { tool } else { source };
        let agent = if outside.contains(&name) { format!("{name} (called)") } else { name };
        (i, Task { agent, call })
    };
    inside.into_iter().map(label).collect()
}
