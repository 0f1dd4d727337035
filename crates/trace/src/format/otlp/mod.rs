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
use std::borrow::Cow;

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
                Some(all) => all.take(SOME).for_each(|attributes| spoken.span(attributes)),
                None => {
                    let mut pool = span::Pool::default();
                    pool.take(doc);
                    pool.spans.iter().for_each(|span| spoken.span(span.attrs.all.iter().cloned()));
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
        if span::is_bare(root) {
            return 88;
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
    /// Takes in a span by its attributes, in one pass over their names.
    fn span<'d>(&mut self, attributes: impl Iterator<Item = (Cow<'d, str>, Node<'d>)>) {
        if self.spans == SOME {
            return;
        }
        self.spans += 1;
        let (mut openinference, mut livekit, mut vercel, mut traceloop, mut request) =
            (None, false, None, false, false);
        let (mut input, mut genai, mut of_traceloop, mut langfuse) = (None, false, false, false);
        for (name, value) in attributes {
            let there = || Some(!value.is_null());
            // Of a name that is repeated, the first counts.
            match name.as_ref() {
                "openinference.span.kind" => openinference = openinference.or_else(there),
                "ai.operationId" => vercel = vercel.or_else(there),
                "gen_ai.input.messages" => (genai, input) = (true, input.or_else(there)),
                name if name.starts_with("gen_ai.") => {
                    genai = true;
                    traceloop |= name.starts_with("gen_ai.prompt.") || name.starts_with("gen_ai.completion.");
                }
                name if name.starts_with("llm.input_messages.") => openinference = Some(true),
                name => {
                    livekit |= name.starts_with("lk.");
                    request |= name.starts_with("llm.request.");
                    of_traceloop |= name.starts_with("traceloop.");
                    langfuse |= name.starts_with("langfuse.observation.");
                }
            }
        }
        let is = |flag: Option<bool>| flag == Some(true);
        let writer = match () {
            () if is(openinference) => &mut self.openinference,
            () if livekit => &mut self.livekit,
            () if is(vercel) => &mut self.vercel,
            () if traceloop || request && !is(input) => &mut self.traceloop,
            () if genai => &mut self.genai,
            () if of_traceloop => &mut self.traceloop,
            () if langfuse => &mut self.langfuse,
            () => return,
        };
        *writer += 1;
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
