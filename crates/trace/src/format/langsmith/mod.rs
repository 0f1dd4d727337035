//! LangSmith runs: lists and JSON Lines of runs as the API and the bulk export give them, and the SDK's own
//! `{"post": […], "patch": […]}`.
//!
//! After the schemas of the `langsmith` SDK (`RunBase`, `Run`, `RunWithAnnotationQueueInfo`) and the column list of
//! LangSmith's bulk export, in which `inputs`, `outputs`, `extra` and `events` are JSON in strings, and which may be a table
//! (see [`crate::table`]). The payloads are in
//! the form of whatever was called, so they are recognized once more.

mod gather;
mod model;
mod outermost;
mod sessions;
mod tool;

#[cfg(test)]
mod tests;

use super::{Document, Format};
use crate::item::Output;
use crate::node::Node;

/// See the module's documentation.
pub struct LangSmith;

/// The kinds of runs that LangSmith knows.
const KINDS: [&str; 7] = ["llm", "chain", "tool", "retriever", "prompt", "parser", "embedding"];

impl Format for LangSmith {
    fn name(&self) -> &'static str {
        "langsmith"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if is_run(root) {
            return 92;
        }
        let batch =
            ["post", "patch"].into_iter().any(|key| first(root, key).is_some_and(|run| is_run(run) || is_patch(run)));
        let page = ["runs", "data"].into_iter().any(|key| first(root, key).is_some_and(is_run));
        if batch || page { 92 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut pool = gather::Pool::default();
        for doc in out.until_stopped(docs) {
            pool.take(doc.root, out);
        }
        sessions::build(pool, out);
    }
}

fn first<'d>(root: Node<'d>, key: &str) -> Option<Node<'d>> {
    root.get(key).filter(|list| list.is_array())?.items().next()
}

/// True for a run. Kinds of later versions count where everything else is there.
fn is_run(node: Node<'_>) -> bool {
    let Some(kind) = node.str_at("run_type") else { return false };
    let placed = node.any(&["dotted_order", "trace_id", "parent_run_id", "session_id", "session_name"]).is_some();
    let carries = node.any(&["inputs", "outputs", "start_time"]).is_some();
    node.get("id").is_some() && carries && (placed || KINDS.contains(&kind.as_ref()))
}

/// True for the end of a run, which repeats neither its kind nor its start.
fn is_patch(node: Node<'_>) -> bool {
    node.any(&["dotted_order", "trace_id"]).is_some()
        && node.get("id").is_some()
        && node.any(&["outputs", "end_time"]).is_some()
}
