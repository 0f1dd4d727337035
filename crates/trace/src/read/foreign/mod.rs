//! Formats that are known and not read: a file of one of them is refused by name, rather than read in part by a format
//! that happens to look alike.
//!
//! A format that gets a reader leaves this table.

mod binary;
mod database;
mod other;
mod plain;
mod table;
mod text;

use crate::node::Node;
use table::ALL;

pub use binary::{of_binary, of_office};
pub use database::of_database;
pub use plain::{SCALAR, of_plain};
pub use text::of_text;

/// A format that is not read.
pub struct Foreign {
    /// What people call it.
    pub name: &'static str,
    /// What to give instead.
    pub instead: &'static str,
    /// A document is of this format where all marks of one of these groups hold.
    marks: &'static [&'static [Mark]],
}

/// Something that a document of one format has, and of others not. A path names members and items: `message.parts.0`.
enum Mark {
    /// Something is there, and is not null.
    Has(&'static str),
    /// A list is there, or an object.
    Holds(&'static str),
    /// A string is there, and is one of these.
    Is(&'static str, &'static [&'static str]),
    /// Nothing is there.
    Lacks(&'static str),
    /// The name of a member begins so.
    Starts(&'static str),
    /// In a list, here or under a path, the member of one of the first items is a string, and one of these.
    Among(&'static str, &'static str, &'static [&'static str]),
    /// All of these hold for the first member.
    Inside(&'static [Mark]),
}

use Mark::{Among, Has, Holds, Inside, Is, Lacks, Starts};

/// How many members of a document are looked at.
const MEMBERS: usize = 200;

/// How many documents of a file are looked at.
const SAMPLE: usize = 20;

/// The format among these that any of the first documents is of.
pub fn of(roots: &[Node<'_>]) -> Option<&'static Foreign> {
    let sample = &roots[..roots.len().min(SAMPLE)];
    ALL.iter().find(|foreign| sample.iter().any(|root| foreign.is(*root)))
}

/// What documents are that no format knows.
pub fn other(roots: &[Node<'_>]) -> Option<&'static Foreign> {
    let sample = &roots[..roots.len().min(SAMPLE)];
    // One line of many is a likeness.
    let most = |foreign: &Foreign| sample.iter().filter(|root| foreign.is(**root)).count() * 2 > sample.len();
    other::ALL.iter().find(|foreign| most(foreign))
}

impl Foreign {
    fn is(&self, root: Node<'_>) -> bool {
        self.marks.iter().any(|group| group.iter().all(|mark| mark.holds(root)))
    }
}

impl Mark {
    fn holds(&self, root: Node<'_>) -> bool {
        match self {
            Has(path) => at(root, path).is_some(),
            Holds(path) => at(root, path).is_some_and(|n| n.is_array() || n.is_object()),
            Is(path, words) => at(root, path).and_then(Node::str).is_some_and(|s| words.contains(&s.as_ref())),
            Lacks(path) => at(root, path).is_none(),
            Among(path, key, words) => {
                let list = if path.is_empty() { Some(root) } else { at(root, path) };
                let is = |item: Node<'_>| item.str_at(key).is_some_and(|s| words.contains(&s.as_ref()));
                list.is_some_and(|list| list.items().take(MEMBERS).any(is))
            }
            Inside(marks) => {
                let first = root.entries().next().map(|(_, member)| member);
                first.is_some_and(|first| marks.iter().all(|mark| mark.holds(first)))
            }
            Starts(name) => root.is_object() && root.entries().take(MEMBERS).any(|(key, _)| key.starts_with(name)),
        }
    }
}

fn at<'d>(root: Node<'d>, path: &str) -> Option<Node<'d>> {
    path.split('.').try_fold(root, |node, step| match step.parse::<usize>() {
        Ok(index) if node.is_array() => node.items().nth(index),
        _ => node.get(step),
    })
}

/// A file that is known and not read, and that is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// What people call it.
    pub name: &'static str,
    /// What to give instead.
    pub instead: &'static str,
}

/// What to give instead of what is not read at all.
pub const INSTEAD: &str = "Export the session through OpenTelemetry (OTLP), or as OpenAI chat messages.";
#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Evidence, ReadError, read};

    #[test]
    fn a_known_format_is_refused_by_name_with_what_to_do() {
        for (text, name) in [
            (r#"{"request_body":{"model":"m"},"response_body":{"id":"r"}}"#, "Helicone"),
            (r#"{"data":[{"request_body":{"model":"m"},"response_body":{"id":"r"}}]}"#, "Helicone"),
            (r#"[{"Role":{"Label":"user"},"Items":[{"$type":"TextContent","Text":"Hi"}]}]"#, "Semantic Kernel"),
            (
                r#"{"type":"conversation.item.created","item":{"type":"message","role":"user","content":[]}}"#,
                "Realtime",
            ),
            (
                r#"[{"id":"c","mapping":{"root":{},"1":{"message":{"fragments":[{"type":"REQUEST","content":"a"}]}}}}]"#,
                "DeepSeek",
            ),
            (r#"{"A.json":{"goal":{},"log":[{"text":"a table","metadata":{}}]}}"#, "MultiWOZ"),
            (r#"{"kind":0,"v":{"requests":[]}}"#, "VS Code"),
            (r#"{"type":"TeamState","version":"1.0.0","agent_states":{"a":{"llm_context":{}}}}"#, "AutoGen team"),
            (
                r#"{"run_type":"llm","id":"r","trace_id":"t","inputs.messages":[],"start_time":"2026-05-04"}"#,
                "LangSmith",
            ),
            (
                r#"[{"timestamp":"2026-11-29","task_name":null,"task":"Where?","agent":"support","status":"started"},{"timestamp":"2026-11-29","task_name":null,"task":"Where?","agent":"support","status":"completed","output":"Here"}]"#,
                "CrewAI",
            ),
            (
                r#"[{"role":"user","content":"New task"},{"role":"tool-call","content":[{"type":"text","text":"Calling tools:"}]}]"#,
                "smolagents",
            ),
            (
                r#"{"message":{"role":"user","content":[{"text":"Hi"}]},"message_id":0,"redact_message":null,"created_at":"2026-01-01","updated_at":"2026-01-01"}"#,
                "Strands",
            ),
            (
                r#"[{"prompt":null,"messages":[{"role":"user","content":"q"}],"outputs":["a"],"model_type":"chat","uuid":"u"}]"#,
                "DSPy",
            ),
            (
                r#"{"step":0,"timestamp":"2026-05-04T10:00:00+00:00","type":"checkpoint","payload":{"values":{"messages":[]},"next":["model"]}}"#,
                "mode `debug`",
            ),
            (
                r#"[{"type":"AIMessageChunk","content":"Hi"},{"langgraph_node":"model","langgraph_step":1}]"#,
                "mode `messages`",
            ),
            (
                "{\"model\":{\"messages\":[{\"type\":\"ai\",\"content\":\"Hi\"}]}}\n{\"tools\":{\"messages\":[{\"type\":\"tool\",\"content\":\"x\",\"tool_call_id\":\"c\"}]}}",
                "mode `updates`",
            ),
            (
                r#"{"event":"on_tool_start","name":"refund","run_id":"r","data":{"input":{"n":1}},"metadata":{}}"#,
                "astream_events",
            ),
            (
                r#"{"current_agent_name":"desk","response":{"role":"assistant","additional_kwargs":{},"blocks":[{"block_type":"text","text":"Hi"}]},"tool_calls":[]}"#,
                "LlamaIndex",
            ),
            (r#"{"version":2,"state":{"state_data":{}},"is_running":false,"workers":{"call_tool":{}}}"#, "LlamaIndex"),
            (
                r#"{"raw":"Done","json_dict":null,"tasks_output":[{"description":"Refund it","raw":"Done","agent":"Desk","messages":[{"role":"user","content":"Refund it"}]}]}"#,
                "CrewAI",
            ),
            (r#"{"tables":[{"name":"PrimaryResult","columns":[],"rows":[]}]}"#, "Azure"),
        ] {
            let error = read(&[Evidence::new("f.json", text.as_bytes().to_vec())]).expect_err(text);
            assert!(matches!(&error, ReadError::Foreign { format, .. } if format.contains(name)), "{error}");
            assert!(
                ["Export", "Convert", "Pass", "Write"].iter().any(|word| error.to_string().contains(word)),
                "{error}"
            );
        }
    }

    #[test]
    fn every_entry_says_what_it_is_known_by() {
        for foreign in ALL {
            assert!(
                !foreign.marks.is_empty() && foreign.marks.iter().all(|group| !group.is_empty()),
                "{}",
                foreign.name
            );
        }
    }
}
