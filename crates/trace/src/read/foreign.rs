//! Formats that are known and not read: a file of one of them is refused by name, rather than read in part by a format
//! that happens to look alike.
//!
//! A format that gets a reader leaves this table.

use crate::node::Node;

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
    /// A string is there, and begins so.
    Begins(&'static str, &'static str),
    /// Nothing is there.
    Lacks(&'static str),
    /// What no path can say.
    Test(fn(Node<'_>) -> bool),
}

use Mark::{Begins, Has, Holds, Is, Lacks, Test};

/// How many documents of a file are looked at.
const SAMPLE: usize = 20;

/// The format among these that any of the first documents is of.
pub fn of(roots: &[Node<'_>]) -> Option<&'static Foreign> {
    let sample = &roots[..roots.len().min(SAMPLE)];
    ALL.iter().find(|foreign| sample.iter().any(|root| foreign.is(*root)))
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
            Begins(path, start) => at(root, path).and_then(Node::str).is_some_and(|s| s.starts_with(start)),
            Lacks(path) => at(root, path).is_none(),
            Test(test) => test(root),
        }
    }
}

fn at<'d>(root: Node<'d>, path: &str) -> Option<Node<'d>> {
    path.split('.').try_fold(root, |node, step| match step.parse::<usize>() {
        Ok(index) => node.items().nth(index),
        Err(_) => node.get(step),
    })
}

/// What to give instead of what is not read at all.
pub const INSTEAD: &str = "Export the session through OpenTelemetry (OTLP), or as OpenAI chat messages.";
const SPANS: &str = "Export the spans through OpenTelemetry (OTLP).";
const CHAT: &str = "Convert its messages to OpenAI chat messages.";

const fn foreign(name: &'static str, instead: &'static str, marks: &'static [&'static [Mark]]) -> Foreign {
    Foreign { name, instead, marks }
}

static ALL: &[Foreign] = &[
    // Coding agents.
    foreign(
        "a Pi or OpenClaw session",
        INSTEAD,
        &[
            &[Is("type", &["session"]), Has("version"), Has("cwd"), Has("id")],
            &[Is("type", &["message"]), Is("message.role", &["toolResult"])],
        ],
    ),
    foreign(
        "a GitHub Copilot CLI event log",
        INSTEAD,
        &[&[
            Is(
                "type",
                &[
                    "session.start",
                    "user.message",
                    "assistant.message",
                    "tool.execution_start",
                    "tool.execution_complete",
                ],
            ),
            Holds("data"),
        ]],
    ),
    foreign("a Qwen Code session", INSTEAD, &[&[Holds("message.parts"), Has("uuid"), Has("sessionId")]]),
    foreign("a Gemini CLI session", INSTEAD, &[&[Has("sessionId"), Has("projectHash")]]),
    foreign(
        "a Codex CLI rollout",
        INSTEAD,
        &[&[Is("type", &["session_meta", "response_item", "event_msg", "turn_context"]), Holds("payload")]],
    ),
    foreign(
        "the JSON output of `codex exec`",
        INSTEAD,
        &[&[Is("type", &["thread.started"]), Has("thread_id")], &[Is("type", &["item.completed"]), Holds("item")]],
    ),
    foreign("a Cline conversation", INSTEAD, &[&[Test(cline)]]),
    foreign("a Cursor agent transcript", INSTEAD, &[&[Is("type", &["turn_ended"]), Has("status")]]),
    foreign("an opencode session", INSTEAD, &[&[Holds("info"), Holds("messages.0.parts"), Holds("messages.0.info")]]),
    foreign(
        "an OpenHands event log",
        INSTEAD,
        &[
            &[
                Has("source"),
                Has("id"),
                Is("kind", &["ActionEvent", "ObservationEvent", "MessageEvent", "SystemPromptEvent"]),
            ],
            &[Has("source"), Has("id"), Has("action"), Has("args")],
        ],
    ),
    foreign(
        "a Grok session",
        INSTEAD,
        &[&[Is("type", &["tool_result", "backend_tool_call"]), Has("tool_call_id"), Lacks("role")]],
    ),
    foreign("an Antigravity session", INSTEAD, &[&[Has("step_index"), Has("source"), Has("type")]]),
    foreign("a Claude.ai data export", CHAT, &[&[Holds("chat_messages"), Has("uuid")]]),
    foreign("a ChatGPT data export", CHAT, &[&[Holds("mapping"), Has("title")]]),
    // Benchmarks and research.
    foreign(
        "a SWE-agent trajectory",
        "Convert its `history` to OpenAI chat messages.",
        &[&[Holds("trajectory"), Has("environment")], &[Holds("trajectory"), Holds("history")]],
    ),
    foreign(
        "a tau2-bench result file",
        "Convert the messages of one simulation to OpenAI chat messages.",
        &[&[Has("simulations"), Has("tasks")]],
    ),
    foreign(
        "an Inspect log",
        "Convert the messages of one sample to OpenAI chat messages.",
        &[&[Has("eval"), Has("samples"), Has("status")]],
    ),
    foreign(
        "an ATIF trajectory",
        "Convert the steps to OpenAI chat messages.",
        &[&[Begins("schema_version", "ATIF")], &[Holds("steps.0"), Has("steps.0.step_id"), Has("steps.0.source")]],
    ),
    // Frameworks.
    foreign(
        "a Google ADK session",
        INSTEAD,
        &[
            &[Holds("events"), Has("events.0.author"), Has("events.0.invocation_id")],
            &[Holds("events"), Has("events.0.author"), Has("events.0.invocationId")],
        ],
    ),
    foreign("a Google ADK evalset", INSTEAD, &[&[Holds("eval_cases")], &[Holds("evalCases")]]),
    foreign("the state of an OpenAI Agents SDK run", INSTEAD, &[&[Has("$schemaVersion")]]),
    foreign(
        "an OpenAI Agents SDK trace",
        SPANS,
        &[&[Is("data.0.object", &["trace", "trace.span"])], &[Is("object", &["trace.span"]), Holds("span_data")]],
    ),
    foreign("an AutoGen state", CHAT, &[&[Has("messages.0.source"), Begins("messages.0.type", "UserMessage")]]),
    foreign("Gemini contents", CHAT, &[&[Holds("contents.0.parts")]]),
    foreign("a pydantic-ai message history", CHAT, &[&[Is("kind", &["request", "response"]), Holds("parts")]]),
    foreign("a LangGraph thread state", CHAT, &[&[Holds("values.messages"), Has("checkpoint")]]),
    foreign("a Letta agent file", CHAT, &[&[Holds("agents"), Holds("agents.0.messages")]]),
    foreign("an n8n execution", INSTEAD, &[&[Holds("data.resultData.runData")]]),
    foreign("an MCP JSON-RPC log", INSTEAD, &[&[Is("jsonrpc", &["2.0"])]]),
    // Observability.
    foreign(
        "a LangSmith export",
        SPANS,
        &[
            &[Has("run_type"), Has("dotted_order")],
            &[Has("run_type"), Has("trace_id"), Holds("inputs")],
            &[Holds("post.0"), Has("post.0.run_type")],
            &[Holds("runs.0"), Has("runs.0.run_type")],
        ],
    ),
    foreign(
        "an Opik export",
        SPANS,
        &[&[Holds("traces"), Has("spans.0.trace_id"), Has("spans.0.type"), Has("spans.0.start_time")]],
    ),
    foreign("a Weave export", SPANS, &[&[Has("op_name"), Has("trace_id"), Holds("inputs")]]),
    foreign("a Braintrust export", SPANS, &[&[Has("span_attributes"), Has("root_span_id")]]),
    foreign("an MLflow trace", SPANS, &[&[Holds("info"), Holds("data.spans")]]),
    foreign("a Datadog LLM Observability export", SPANS, &[&[Holds("data.0.attributes.meta")], &[Has("ml_app")]]),
    foreign("a Helicone request", CHAT, &[&[Has("request_body"), Has("response_body")]]),
    // Voice and support.
    foreign("a TalkPilot webhook", CHAT, &[&[Is("event", &["call_ended"]), Lacks("call"), Has("transcript.0.text")]]),
    foreign(
        "an ElevenLabs conversation",
        "Convert the transcript to OpenAI chat messages.",
        &[&[Is("type", &["post_call_transcription"])], &[Has("conversation_id"), Holds("transcript"), Has("agent_id")]],
    ),
    foreign("a Rasa tracker", CHAT, &[&[Has("sender_id"), Holds("events.0"), Has("events.0.event")]]),
    foreign("an Amazon Contact Lens transcript", CHAT, &[&[Holds("Transcript"), Holds("Participants")]]),
    foreign("a Bot Framework transcript", CHAT, &[&[Has("channelId"), Has("from"), Has("type")]]),
];

/// The calls of Cline stand in the words of the agent, and their results in messages of role user.
fn cline(root: Node<'_>) -> bool {
    let texts = |message: Node<'_>| -> Vec<String> {
        let content = message.get("content");
        let parts = content.into_iter().flat_map(Node::items).filter_map(|p| p.str_at("text"));
        parts.chain(content.and_then(Node::str)).take(8).map(|s| s.into_owned()).collect()
    };
    let list = root.get("messages").filter(|l| l.is_array()).unwrap_or(root);
    let Some(first) = list.items().next().filter(|m| m.has("role", "user")) else { return false };
    let said = texts(first);
    said.iter().any(|t| t.trim_start().starts_with("<task>"))
        && said.iter().any(|t| t.contains("<environment_details>"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Evidence, ReadError, read};

    #[test]
    fn a_known_format_is_refused_by_name_with_what_to_do() {
        for (text, name) in [
            (r#"{"type":"session_meta","payload":{"id":"x"}}"#, "Codex"),
            (r#"{"post":[{"run_type":"llm","id":"x"}],"patch":[]}"#, "LangSmith"),
            (r#"[{"kind":"request","parts":[]}]"#, "pydantic-ai"),
            (r#"{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}"#, "Gemini"),
        ] {
            let error = read(&[Evidence::new("f.json", text.as_bytes().to_vec())]).expect_err(text);
            assert!(matches!(&error, ReadError::Foreign { format, .. } if format.contains(name)), "{error}");
            assert!(error.to_string().contains("Export") || error.to_string().contains("Convert"), "{error}");
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
