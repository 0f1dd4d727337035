//! Formats that are known and not read: a file of one of them is refused by name, rather than read in part by a format
//! that happens to look alike.

use crate::node::Node;

/// A format that is not read.
pub struct Foreign {
    /// What people call it.
    pub name: &'static str,
    /// What to give instead.
    pub instead: &'static str,
    /// True for a document that is of this format beyond doubt.
    is: fn(Node<'_>) -> bool,
}

/// How many documents of a file are looked at.
const SAMPLE: usize = 20;

/// The format among these that any of the first documents is of.
pub fn of(roots: &[Node<'_>]) -> Option<&'static Foreign> {
    let sample = &roots[..roots.len().min(SAMPLE)];
    ALL.iter().find(|foreign| sample.iter().any(|root| (foreign.is)(*root)))
}

/// What to give instead of what is not read at all.
pub const INSTEAD: &str = "Export the session through OpenTelemetry (OTLP), or as OpenAI chat messages.";

const OTEL: &str = INSTEAD;

static ALL: [Foreign; 14] = [
    Foreign { name: "a Pi or OpenClaw session", instead: OTEL, is: pi },
    Foreign { name: "a GitHub Copilot CLI event log", instead: OTEL, is: copilot },
    Foreign { name: "a Qwen Code session", instead: OTEL, is: qwen },
    Foreign { name: "a Gemini CLI session", instead: OTEL, is: gemini },
    Foreign { name: "a Codex CLI rollout", instead: OTEL, is: codex },
    Foreign { name: "a Cline conversation", instead: OTEL, is: cline },
    Foreign {
        name: "an Opik export",
        instead: "Export the spans through OpenTelemetry (OTLP).",
        is: |root| spans(root, "traces", "spans"),
    },
    Foreign { name: "a TalkPilot webhook", instead: "Give the messages as OpenAI chat messages.", is: talkpilot },
    Foreign { name: "an OpenHands event log", instead: OTEL, is: openhands },
    Foreign {
        name: "a SWE-agent trajectory",
        instead: "Give its `history` as OpenAI chat messages.",
        is: |root| has(root, &["trajectory", "environment"]),
    },
    Foreign {
        name: "a tau2-bench result file",
        instead: "Give the messages of one simulation as OpenAI chat messages.",
        is: |root| has(root, &["simulations", "tasks"]),
    },
    Foreign {
        name: "an Inspect log",
        instead: "Give the messages of one sample as OpenAI chat messages.",
        is: |root| has(root, &["eval", "samples", "status"]),
    },
    Foreign {
        name: "an ATIF trajectory",
        instead: "Give the steps as OpenAI chat messages.",
        is: |root| root.str_at("schema_version").is_some_and(|v| v.starts_with("ATIF")),
    },
    Foreign {
        name: "an ElevenLabs conversation",
        instead: "Give the transcript as OpenAI chat messages.",
        is: |root| root.has("type", "post_call_transcription"),
    },
];

fn has(root: Node<'_>, keys: &[&str]) -> bool {
    keys.iter().all(|key| root.get(key).is_some())
}

fn pi(root: Node<'_>) -> bool {
    let header = root.has("type", "session") && has(root, &["version", "cwd", "id"]);
    header || (root.has("type", "message") && root.get("message").is_some_and(|m| m.has("role", "toolResult")))
}

fn copilot(root: Node<'_>) -> bool {
    let kinds =
        ["session.start", "user.message", "assistant.message", "tool.execution_start", "tool.execution_complete"];
    kinds.iter().any(|kind| root.has("type", kind)) && root.get("data").is_some_and(Node::is_object)
}

fn qwen(root: Node<'_>) -> bool {
    let parts = root.get("message").and_then(|m| m.get("parts")).is_some_and(Node::is_array);
    parts && has(root, &["uuid", "sessionId"])
}

fn gemini(root: Node<'_>) -> bool {
    has(root, &["sessionId", "projectHash"])
}

fn codex(root: Node<'_>) -> bool {
    let kinds = ["session_meta", "response_item", "event_msg", "turn_context"];
    kinds.iter().any(|kind| root.has("type", kind)) && root.get("payload").is_some_and(Node::is_object)
}

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

fn spans(root: Node<'_>, traces: &str, spans: &str) -> bool {
    let span = root.get(spans).and_then(|s| s.items().next());
    root.get(traces).is_some_and(|t| t.is_array()) && span.is_some_and(|s| has(s, &["trace_id", "type", "start_time"]))
}

fn talkpilot(root: Node<'_>) -> bool {
    root.has("event", "call_ended")
        && root.get("call").is_none()
        && root.get("transcript").and_then(|t| t.items().next()).is_some_and(|t| t.get("text").is_some())
}

fn openhands(root: Node<'_>) -> bool {
    let kinds = ["ActionEvent", "ObservationEvent", "MessageEvent", "SystemPromptEvent"];
    has(root, &["source", "id"]) && kinds.iter().any(|kind| root.has("kind", kind))
}
