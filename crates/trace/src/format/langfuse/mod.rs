//! Langfuse: a trace downloaded in the UI (JSON inside of strings), the objects of the public API, and lists of
//! traces or observations.
//!
//! What observations carry is in the form of whatever provider was called, so it is recognised once more.

mod gather;
mod guard;
mod nest;
mod observe;
mod outside;
mod tool;

use super::{Document, Format};
use crate::item::Output;
use crate::node::Node;

/// See the module's documentation.
pub struct Langfuse;

const KINDS: [&str; 10] =
    ["SPAN", "GENERATION", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EMBEDDING", "GUARDRAIL", "EVALUATOR"];

impl Format for Langfuse {
    fn name(&self) -> &'static str {
        "langfuse"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if is_observation(root) {
            return 92;
        }
        if let Some(list) = root.get("observations").filter(|o| o.is_array()) {
            let like = list.items().next().is_none_or(|o| is_observation(o) || o.is_str());
            let named = root.get("trace").is_some() || root.get("timestamp").is_some();
            return if like && named { 97 } else { 0 };
        }
        if let Some(first) = root.get("data").and_then(|d| d.items().next()) {
            return if is_observation(first) || is_trace(first) { 90 } else { 0 };
        }
        if is_trace(root) { 80 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut pool = gather::Pool::default();
        for doc in docs {
            pool.take(doc.root);
        }
        observe::sessions(pool, out);
    }
}

fn is_observation(node: Node<'_>) -> bool {
    let kind = node.str_at("type").is_some_and(|k| KINDS.contains(&k.to_ascii_uppercase().as_str()));
    kind && node.get("traceId").is_some() && node.get("startTime").is_some()
}

/// A trace without its observations, as lists of traces hold it.
fn is_trace(node: Node<'_>) -> bool {
    let marks = ["projectId", "sessionId", "htmlPath", "bookmarked", "observations", "scores"];
    node.get("id").is_some() && node.get("timestamp").is_some() && node.any(&marks).is_some()
}

#[cfg(test)]
mod tests;
