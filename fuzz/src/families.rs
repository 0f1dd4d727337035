//! Formats that are alike are read by one target, which takes the format from its first byte.

/// A family: a target's name and its formats. New formats go to the end, so that inputs that were kept stay what they are.
pub type Family = &'static [&'static str];

/// What model providers take and give.
pub const CHAT: Family = &[
    "openai-chat",
    "openai-responses",
    "anthropic",
    "gemini",
    "bedrock",
    "openai-assistants",
    "langchain",
    "chat-lines",
    "litellm",
    "mcp",
    "chatgpt",
    "claude-ai",
    "sharegpt",
];
/// Sessions of coding agents.
pub const AGENTS: Family = &[
    "claude-code",
    "codex",
    "codex-exec",
    "gemini-cli",
    "copilot-cli",
    "cursor",
    "pi",
    "droid",
    "qwen",
    "kimi",
    "grok",
    "managed-agents",
    "openhands",
    "opencode",
    "cline",
    "swe-agent",
    "antigravity",
    "hermes",
    "goose",
    "gemini-stream",
    "cursor-stream",
    "copilot-chat",
    "amazon-q",
    "continue",
    "browser-use",
    "mini-swe-agent",
];
/// Spans, in lists of all kinds.
pub const SPANS: Family = &["otlp"];
/// Exports of observability products.
pub const EXPORTS: Family = &["langfuse", "langsmith", "opik", "weave", "braintrust", "datadog", "mastra"];
/// States and messages of agent frameworks.
pub const FRAMEWORKS: Family =
    &["openai-agents", "pydantic-ai", "autogen", "adk", "smolagents", "letta", "n8n", "dify", "bedrock-agents", "agno"];
/// Logs of benchmarks and evaluations.
pub const EVALS: Family = &["inspect", "atif", "tau2", "tau-bench", "agentdojo", "r-judge", "who-and-when"];
/// Calls and bots.
pub const VOICE: Family =
    &["vapi", "retell", "livekit", "elevenlabs", "bland", "bot-framework", "contact-lens", "rasa"];
/// Plain text and tables.
pub const TEXT: Family = &["dialogue"];

/// The families of targets.
pub const ALL: &[(&str, Family)] = &[
    ("chat", CHAT),
    ("agents", AGENTS),
    ("spans", SPANS),
    ("exports", EXPORTS),
    ("frameworks", FRAMEWORKS),
    ("evals", EVALS),
    ("voice", VOICE),
    ("text", TEXT),
];

/// The byte that stands for the first of a list of choices.
pub const FIRST: u8 = b'0';

/// Which of so many choices a byte stands for.
pub fn choice(byte: u8, of: usize) -> usize {
    usize::from(byte.wrapping_sub(FIRST)) % of
}
