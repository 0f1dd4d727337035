//! OTLP traces and logs, and the dialects in which instrumentations write model calls into them.
//!
//! Spans and log records of all files are pooled: old GenAI instrumentations put the messages into logs and
//! only times into spans, and a trace arrives in many batches.

mod adk;
mod adot;
mod aside;
mod build;
mod clock;
mod flat;
mod foreign;
mod genai;
mod livekit;
mod log;
mod loose;
mod lost;
mod model_call;
mod openinference;
mod outermost;
mod rest;
mod smolagents;
mod span;
mod tool;
mod traceloop;
mod vercel;

pub use openinference::numbered_messages;

#[cfg(test)]
mod tests;

use super::{Bearing, Document, Format};
use crate::item::{Msg, Output, Part, ResultPart};
use crate::locator::Bases;
use crate::model::Transport;
use crate::node::Node;

/// See the module's documentation.
pub struct Otlp;

const CONTAINERS: [&str; 7] =
    ["resourceSpans", "resource_spans", "resourceLogs", "resource_logs", "batches", "traces", "resourceMetrics"];

impl Format for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn dialect(&self, docs: &[Document<'_>]) -> Option<&'static str> {
        let mut spoken = Spoken::default();
        for doc in docs.iter().take(20) {
            // Usually only the attributes have to be read.
            match span::Pool::attributes(doc.root) {
                Some(all) => all.take(SOME).for_each(|attrs| spoken.span(&attrs)),
                None => {
                    let mut pool = span::Pool::default();
                    pool.take(doc);
                    pool.spans.iter().for_each(|span| spoken.span(&span.attrs));
                    pool.logs.iter().for_each(|log| spoken.log(log));
                }
            }
        }
        Some(spoken.most())
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if tempo(root).is_some() {
            return 75;
        }
        let held = |keys: &[&str]| keys.iter().any(|k| root.get(k).is_some_and(Node::is_array));
        let common = ["batches", "traces"];
        if held(&common) {
            // Other things come in batches too, and leave traces.
            let ours = common.iter().filter_map(|k| root.get(k)).flat_map(Node::items).take(5).any(is_batch);
            if ours {
                return 75;
            }
        } else if held(&CONTAINERS) {
            return 98;
        }
        let foreign = foreign::score(root);
        if foreign > 0 {
            return foreign;
        }
        let marked = root.entries().any(|(k, _)| k.starts_with("gen_ai.") || k.as_ref() == "openinference.span.kind");
        if marked { 85 } else { 0 }
    }

    fn bears_on(&self, doc: &Document<'_>, _bases: Bases) -> Option<Bearing> {
        let mut pool = span::Pool::default();
        pool.take(doc);
        Some(build::bearing(&pool))
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut pool = span::Pool::default();
        for doc in out.until_stopped(docs) {
            pool.take(doc);
            if let Some(metrics) = doc.root.any(&["resourceMetrics", "resource_metrics"]) {
                out.bookkeeping(metrics, "metrics");
            }
        }
        build::sessions(pool, out);
    }
}

/// True for what a common name holds where it is of OTLP: spans of a resource, or a whole trace.
fn is_batch(node: Node<'_>) -> bool {
    let keys = ["scopeSpans", "scope_spans", "instrumentationLibrarySpans", "instrumentation_library_spans"];
    node.any(&keys).is_some()
        || CONTAINERS[..4].iter().any(|k| node.get(k).is_some())
        || node.get("data").is_some_and(|data| data.get("spans").is_some())
        || node.get("spans").is_some() && node.any(&["traceID", "traceId", "trace_id", "info"]).is_some()
}

/// Tempo answers with the trace's batches one level down.
fn tempo(root: Node<'_>) -> Option<Node<'_>> {
    root.get("trace").filter(|t| CONTAINERS[..5].iter().any(|k| t.get(k).is_some_and(Node::is_array)))
}

/// Most spans, and most records, that are checked to find out who wrote them.
const SOME: usize = 2000;

/// Who wrote the model calls, and in which form, judged by some of the spans and records.
#[derive(Default)]
struct Spoken {
    openinference: usize,
    traceloop: usize,
    genai: usize,
    livekit: usize,
    vercel: usize,
    langfuse: usize,
    of_logs: usize,
    spans: usize,
    logs: usize,
}

impl Spoken {
    fn span(&mut self, attrs: &span::Attrs<'_>) {
        if self.spans == SOME {
            return;
        }
        self.spans += 1;
        if attrs.get("openinference.span.kind").is_some() || attrs.has_prefix("llm.input_messages.") {
            self.openinference += 1;
        } else if attrs.has_prefix("lk.") {
            self.livekit += 1;
        } else if attrs.get("ai.operationId").is_some() {
            self.vercel += 1;
        } else if attrs.has_prefix("gen_ai.prompt.")
            || attrs.has_prefix("gen_ai.completion.")
            || attrs.has_prefix("llm.request.") && attrs.get("gen_ai.input.messages").is_none()
        {
            self.traceloop += 1;
        } else if attrs.has_prefix("gen_ai.") {
            self.genai += 1;
        } else if attrs.has_prefix("traceloop.") {
            self.traceloop += 1;
        } else if attrs.has_prefix("langfuse.observation.") {
            self.langfuse += 1;
        }
    }

    fn log(&mut self, log: &span::Log<'_>) {
        if self.logs < SOME {
            self.logs += 1;
            self.of_logs += usize::from(log.name.starts_with("gen_ai."));
        }
    }

    /// The writer that most of them indicate. On a tie, the first one, because more specific writers come first.
    fn most(&self) -> &'static str {
        let counts = [
            ("openinference", self.openinference),
            ("traceloop", self.traceloop),
            ("genai", self.genai),
            ("genai-logs", self.of_logs),
            ("livekit", self.livekit),
            ("vercel", self.vercel),
            ("langfuse", self.langfuse),
        ];
        counts.iter().rev().max_by_key(|(_, n)| *n).filter(|(_, n)| *n > 0).map_or("none", |(name, _)| name)
    }
}

/// Turns a message of flat attributes into a tool's answer.
fn flat_tool_answer(msg: &mut Msg, id: Option<String>, content: Option<Node<'_>>) {
    let part = ResultPart {
        id,
        name: None,
        arguments: None,
        content: content.map(Node::json_text),
        transport: Transport::Unknown,
        error: None,
        loc: msg.loc,
    };
    msg.parts = vec![Part::Result(part)];
}
