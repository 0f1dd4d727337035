//! Langfuse: a trace downloaded in the UI (JSON inside of strings), the objects of the public API, lists of traces or
//! observations, the UI's tables (see [`crate::table`]), and the files of the export to blob storage.
//!
//! The rows of the export to blob storage are those of Langfuse's field reference for it: names in snake case, an empty text
//! where nothing is set, JSON in strings. Observations with their trace's fields (`observations_v2/`) or without them
//! (`observations/`), traces and scores are in files of their own, which belong together by the trace's ID.
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

    fn silence(&self) -> Option<&'static str> {
        Some(
            "Langfuse exports scores, traces and observations separately. Export the observations of the same traces, and pass that file as well.",
        )
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if is_observation(root) || is_score(root) {
            return 92;
        }
        if let Some(list) = root.get("observations").filter(|o| o.is_array()) {
            let like = list.items().next().is_none_or(|o| is_observation(o) || o.is_str());
            let named = root.get("trace").is_some() || root.get("timestamp").is_some();
            return if like && named { 97 } else { 0 };
        }
        if let Some(first) = root.get("data").and_then(|d| d.items().next()) {
            return if is_observation(first) || is_trace(first) || is_score(first) { 90 } else { 0 };
        }
        if is_trace(root) { 80 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut pool = gather::Pool::default();
        for doc in out.until_stopped(docs) {
            pool.take(doc.root, out);
        }
        observe::sessions(pool, out);
    }
}

fn is_observation(node: Node<'_>) -> bool {
    let Some(kind) = node.str_at("type") else { return false };
    let known = KINDS.contains(&kind.to_ascii_uppercase().as_str());
    known && (node.get("traceId").is_some() && node.get("startTime").is_some() || is_row(node, &kind))
}

/// An observation in the export to blob storage. Other tools have rows of these names too, and not these kinds of them, so
/// that a column is asked for that is in every file and that only Langfuse calls so.
fn is_row(node: Node<'_>, kind: &str) -> bool {
    KINDS.contains(&kind)
        && node.get("trace_id").is_some()
        && node.get("start_time").is_some()
        && node.entries().any(|(key, _)| matches!(key.as_ref(), "parent_observation_id" | "provided_model_name"))
}

/// A rating, which names what it rates and tells nothing of it.
fn is_score(node: Node<'_>) -> bool {
    let is = |keys: &[&str], words: &[&str]| {
        node.any(keys).and_then(Node::str).is_some_and(|word| words.contains(&word.as_ref()))
    };
    let kinds = ["NUMERIC", "BOOLEAN", "CATEGORICAL", "TEXT", "CORRECTION"];
    is(&["dataType", "data_type"], &kinds)
        && is(&["source"], &["API", "ANNOTATION", "EVAL"])
        && node.get("id").is_some()
        && node.get("name").is_some()
}

/// A trace without its observations, as lists of traces hold it.
fn is_trace(node: Node<'_>) -> bool {
    // One of these is in the records of other programs as well. What is not set is there as null.
    const MARKS: [&str; 14] = [
        "projectId",
        "sessionId",
        "htmlPath",
        "bookmarked",
        "observations",
        "scores",
        "release",
        "version",
        "public",
        "environment",
        "latency",
        "totalCost",
        "externalId",
        "tags",
    ];
    let marks = || node.entries().filter(|(key, _)| MARKS.contains(&key.as_ref())).take(2).count();
    let tells = || usize::from(node.any(&["input", "output"]).is_some());
    let marked = || marks() > 0 && marks() + tells() >= 2;
    node.get("id").is_some() && node.get("timestamp").is_some() && marked()
}

#[cfg(test)]
mod tests;
