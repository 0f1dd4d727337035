//! The formats. To add one: write its file, and add a line to [`ALL`].

mod adk;
mod agentdojo;
mod agno;
mod amazon_q;
mod anthropic;
mod antigravity;
mod assistants;
mod atif;
mod autogen;
mod bedrock;
mod beside;
mod bland;
mod bot_framework;
mod braintrust;
mod browser_use;
mod chain;
mod chat_lines;
mod chatgpt;
mod claude_ai;
mod claude_code;
mod cline;
mod codex;
mod contact_lens;
mod continue_dev;
mod copilot_chat;
mod copilot_cli;
mod cursor;
mod cursor_stream;
mod datadog;
mod dialogue;
mod dify;
mod droid;
mod elevenlabs;
mod exchange;
mod gemini_cli;
mod gemini_contents;
mod gemini_stream;
mod goose;
mod grok;
mod growing;
mod hermes;
mod inspect;
mod kimi;
mod langchain;
mod langfuse;
mod langsmith;
mod letta;
mod lists;
mod litellm;
mod livekit;
mod managed_agents;
mod mastra;
mod mcp;
mod mini_swe;
mod mixed;
mod n8n;
mod openai_agents;
mod openai_chat;
mod openai_responses;
mod opencode;
mod openhands;
mod opik;
mod otlp;
mod parts;
mod pi;
mod pydantic_ai;
mod qwen_code;
mod r_judge;
mod rasa;
mod repeats;
mod responses_stream;
mod retell;
mod sharegpt;
mod smolagents;
mod spans;
mod swe_agent;
mod tau2;
mod tau_bench;
mod transcript;
mod vapi;
mod verdict;
mod voice;
mod weave;
mod who_and_when;

use crate::item::Output;
use crate::locator::Bases;
use crate::model::KeyKind;
use crate::node::Node;
pub(crate) use growing::Links;
pub use growing::Steps;

/// A trace or transcript format.
pub trait Format: Sync {
    /// What people call it; stable, since drafts carry it.
    fn name(&self) -> &'static str;

    /// How surely a document is of this format: 0 not at all, 100 beyond doubt. Cheap: it looks at keys.
    fn score(&self, root: Node<'_>) -> u32;

    /// Which dialect of the format these documents of one file are in, where there are several.
    fn dialect(&self, _docs: &[Document<'_>]) -> Option<&'static str> {
        None
    }

    /// True when one document (or line) holds whole sessions, so that a file can be read line by line.
    /// False when a session is spread over documents, such as spans over export batches.
    fn standalone(&self) -> bool;

    /// What to do about records of this format in which nothing happened; `None` where there is nothing special to say.
    fn silence(&self) -> Option<&'static str> {
        None
    }

    /// The sessions that a document tells of, where this shows without the other documents: what lets a file be read in
    /// parts. `None` where it does not. The document lies in `bases`.
    fn bears_on(&self, doc: &Document<'_>, bases: Bases) -> Option<Bearing> {
        if !self.standalone() {
            return None;
        }
        let mut out = Output { bases, ..Output::default() };
        self.read(std::slice::from_ref(doc), &mut out);
        let keys = out.sessions.into_iter().map(|s| (s.key_kind, s.key)).collect();
        Some(Bearing { keys, ..Bearing::default() })
    }

    /// Reads documents of this format, and reports every record of them once: as mapped, as bookkeeping of a kind that
    /// the reader names, or as unknown (see [`Output`]). Nothing that is neither may be passed over.
    fn read(&self, docs: &[Document<'_>], out: &mut Output);
}

/// The sessions that a document tells of.
#[derive(Debug, Default)]
pub struct Bearing {
    /// By the keys that they have or may have.
    pub keys: Vec<(KeyKind, String)>,
    /// Keys, among those, of one and the same session.
    pub same: Vec<((KeyKind, String), (KeyKind, String))>,
    /// What the document goes on from, where only its words tell: it is then of the session of that one, whatever its own key is.
    pub steps: Option<Steps>,
    /// Values that should have held spans and the like, and are damaged: no session of the file is whole then.
    pub damaged: usize,
}

/// What is said of so many damaged values, for people.
pub fn damage(values: usize) -> String {
    format!("{values} values that should contain spans, log records or attributes are damaged")
}

/// A document to read.
#[derive(Debug, Clone, Copy)]
pub struct Document<'d> {
    /// Its outermost value.
    pub root: Node<'d>,
    /// The file's name.
    pub file: &'d str,
    /// Its number among the file's documents, counted from 1; 0 when it is the only one.
    pub number: u32,
}

impl Document<'_> {
    /// A key for a session that has no id: the file and the position in it.
    pub fn position_key(&self) -> String {
        if self.number == 0 { self.file.to_owned() } else { format!("{}#{}", self.file, self.number) }
    }
}

/// Every format that is known. Where two score alike, the first one wins.
pub static ALL: &[&dyn Format] = &[
    &otlp::Otlp,
    &langfuse::Langfuse,
    &langsmith::LangSmith,
    &opik::Opik,
    &weave::Weave,
    &braintrust::Braintrust,
    &datadog::Datadog,
    &mastra::Mastra,
    &openai_agents::OpenAiAgents,
    &pydantic_ai::PydanticAi,
    &autogen::AutoGen,
    &assistants::Assistants,
    &claude_ai::ClaudeAi,
    &chatgpt::ChatGpt,
    &vapi::Vapi,
    &retell::Retell,
    &livekit::LiveKit,
    &claude_code::ClaudeCode,
    &codex::Codex,
    &codex::CodexExec,
    &gemini_cli::GeminiCli,
    &gemini_stream::GeminiStream,
    &copilot_cli::CopilotCli,
    &copilot_chat::CopilotChat,
    &cursor::Cursor,
    &cursor_stream::CursorStream,
    &goose::Goose,
    &amazon_q::AmazonQ,
    &continue_dev::Continue,
    &browser_use::BrowserUse,
    &pi::Pi,
    &droid::Droid,
    &qwen_code::QwenCode,
    &kimi::Kimi,
    &grok::Grok,
    &antigravity::Antigravity,
    &managed_agents::ManagedAgents,
    &openhands::OpenHands,
    &opencode::OpenCode,
    &cline::Cline,
    &swe_agent::SweAgent,
    &mini_swe::MiniSwe,
    &elevenlabs::ElevenLabs,
    &bland::Bland,
    &bot_framework::BotFramework,
    &contact_lens::ContactLens,
    &rasa::Rasa,
    &adk::Adk,
    &agno::Agno,
    &smolagents::Smolagents,
    &inspect::Inspect,
    &atif::Atif,
    &tau2::Tau2,
    &tau_bench::TauBench,
    &agentdojo::AgentDojo,
    &gemini_contents::GeminiContents,
    &r_judge::RJudge,
    &who_and_when::WhoAndWhen,
    &letta::Letta,
    &n8n::N8n,
    &dify::Dify,
    &mcp::Mcp,
    &bedrock::Bedrock,
    &bedrock::BedrockAgents,
    &litellm::LiteLlm,
    &hermes::Hermes,
    &sharegpt::ShareGpt,
    &anthropic::Anthropic,
    &openai_responses::OpenAiResponses,
    &openai_chat::OpenAiChat,
    &langchain::LangChain,
    &chat_lines::ChatLines,
    &dialogue::TextDialogue,
];

/// The format of this name.
pub fn named(name: &str) -> Option<&'static dyn Format> {
    ALL.iter().copied().find(|f| f.name() == name)
}

/// The names of all formats, in the order of the list.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|f| f.name())
}

/// The id of a session, where a record names one in the usual ways.
pub(crate) fn session_key(node: Node<'_>) -> Option<(String, KeyKind)> {
    use KeyKind::{Conversation, Trace};
    let text = |n: Node<'_>| n.str().map(|s| s.into_owned()).or_else(|| n.i64().map(|i| i.to_string()));
    let conversation =
        ["conversation_id", "conversationId", "session_id", "sessionId", "thread_id", "threadId", "chat_id"];
    if let Some(id) = node.any(&conversation).and_then(text).filter(|s| !s.is_empty()) {
        return Some((id, Conversation));
    }
    let id = node.any(&["trace_id", "traceId", "id"]).and_then(text).filter(|s| !s.is_empty())?;
    Some((id, Trace))
}
