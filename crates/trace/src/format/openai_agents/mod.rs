//! The OpenAI Agents SDK: traces as its exporter sends them, and saved states of a run.
//!
//! After `agents.tracing` (`Span.export`, `Trace.export`, and the span data classes), `agents.run_state` of the Python SDK
//! (schema versions 1.0 to 1.17), and `RunState` of the JavaScript SDK, which spells the same in camel case.

mod spans;
mod state;

use super::{Document, Format};
use crate::item::Output;
use crate::node::Node;

/// See the module's documentation.
pub struct OpenAiAgents;

impl Format for OpenAiAgents {
    fn name(&self) -> &'static str {
        "openai-agents"
    }

    fn dialect(&self, docs: &[Document<'_>]) -> Option<&'static str> {
        Some(if docs.iter().any(|doc| state::is_state(doc.root)) { "run state" } else { "trace" })
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if state::is_state(root) {
            return 95;
        }
        match spans::records(root).take(12).any(spans::is_record) {
            true => 92,
            false => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let (states, traces): (Vec<&Document<'_>>, Vec<_>) = docs.iter().partition(|doc| state::is_state(doc.root));
        states.into_iter().for_each(|doc| state::read(doc, out));
        spans::read(traces.into_iter().map(|doc| doc.root), out);
    }
}
