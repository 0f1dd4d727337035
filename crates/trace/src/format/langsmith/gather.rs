//! Runs out of their containers, each once.

use super::{is_patch, is_run};
use crate::hash::HashMap;
use crate::item::Output;
use crate::locator::Bases;
use crate::model::Stamp;
use crate::node::Node;
use crate::time;

/// All runs of all documents, in order of appearance.
#[derive(Default)]
pub struct Pool<'d> {
    pub runs: Vec<Run<'d>>,
    place: HashMap<String, usize>,
}

/// One run: what the SDK posted at its start, and what it added at its end.
pub struct Run<'d> {
    pub id: String,
    pub parent: Option<String>,
    pub trace: String,
    /// In lower case.
    pub kind: String,
    pub start: Option<Stamp>,
    pub end: Option<Stamp>,
    /// The first sighting of the run.
    pub node: Node<'d>,
    /// All sightings, in order.
    sightings: Vec<Node<'d>>,
}

/// Runs inside of runs: more levels than any agent has.
const DEPTH: usize = 64;

impl<'d> Pool<'d> {
    /// Takes everything out of one document.
    pub fn take(&mut self, root: Node<'d>, out: &mut Output) {
        if root.get("run_type").is_some() || is_patch(root) {
            self.run(root, None, out, 0);
            return;
        }
        for list in ["post", "patch", "runs", "data"].iter().filter_map(|key| root.get(key)) {
            if !list.is_array() {
                out.unread(list);
            }
            for item in list.items() {
                match is_run(item) || is_patch(item) {
                    true => self.run(item, None, out, 0),
                    false => out.unknown(item),
                }
            }
        }
    }

    fn run(&mut self, node: Node<'d>, above: Option<&str>, out: &mut Output, depth: usize) {
        let text = |key: &str| node.str_at(key).map(|s| s.into_owned()).filter(|s| !s.is_empty());
        let Some(id) = text("id").filter(|_| depth < DEPTH) else {
            out.unknown(node);
            return;
        };
        let next = self.runs.len();
        let at = *self.place.entry(id.clone()).or_insert(next);
        if at == next {
            self.runs.push(Run {
                id: id.clone(),
                parent: above.map(str::to_owned),
                trace: id.clone(),
                kind: String::new(),
                start: None,
                end: None,
                node,
                sightings: Vec::new(),
            });
        } else {
            out.bookkeeping(node, "a later sighting of a run");
        }
        let run = &mut self.runs[at];
        run.sightings.push(node);
        run.parent = text("parent_run_id").or(run.parent.take());
        run.trace = text("trace_id").unwrap_or(std::mem::take(&mut run.trace));
        run.kind = text("run_type").map_or(std::mem::take(&mut run.kind), |kind| kind.to_ascii_lowercase());
        let path = text("dotted_order");
        // The export may have been made without these two columns, and the path says the same.
        let [first, parent] = path.as_deref().map(above_of).unwrap_or_default();
        run.parent = run.parent.take().or(parent);
        if let Some(first) = first.filter(|_| run.trace == id) {
            run.trace = first;
        }
        let order = path.and_then(|order| start_of(&order));
        run.start = run.start.or(node.get("start_time").and_then(time::any)).or(order);
        run.end = node.get("end_time").and_then(time::any).or(run.end);
        for child in node.get("child_runs").into_iter().flat_map(Node::items) {
            match is_run(child) {
                true => self.run(child, Some(&id), out, depth + 1),
                false => out.unknown(child),
            }
        }
    }
}

/// The IDs of the run at the top of a run's path and of the one above the run, where there are any.
fn above_of(path: &str) -> [Option<String>; 2] {
    let id = |step: &str| step.split_once('Z').map(|(_, id)| id.to_owned()).filter(|id| !id.is_empty());
    let mut steps = path.rsplit('.').skip(1);
    let parent = steps.next();
    [path.split('.').next().filter(|_| parent.is_some()).and_then(id), parent.and_then(id)]
}

/// The time in the last step of a run's place in its tree: `20260504T100001000000Z` and the run's ID, parted from the
/// steps above by dots.
fn start_of(order: &str) -> Option<Stamp> {
    let last = order.rsplit('.').next()?;
    let (whole, rest) = (last.get(..15)?, last.get(15..)?);
    let micros = rest.split_once('Z')?.0;
    time::iso(&format!("{whole}.{micros}Z"))
}

impl<'d> Run<'d> {
    /// A member of the latest sighting in which it holds something.
    pub fn get(&self, key: &str) -> Option<Node<'d>> {
        let holds = |n: &Node<'d>| {
            let empty = (n.is_object() || n.is_array()) && n.entries().next().is_none() && n.items().next().is_none();
            !empty && !n.str().is_some_and(|s| s.is_empty() || s == "{}" || s == "null")
        };
        self.sightings.iter().rev().filter_map(|s| s.get(key)).find(holds)
    }

    /// True where the record has the member at all, also an empty one.
    pub fn has(&self, key: &str) -> bool {
        self.sightings.iter().any(|s| s.get(key).is_some())
    }

    /// Reads a member that may be JSON in a string.
    pub fn read<R>(
        &self,
        key: &str,
        bases: &mut Bases,
        read: impl FnOnce(Node<'_>, &mut Bases) -> Option<R>,
    ) -> Option<R> {
        let node = self.get(key)?;
        match node.nested() {
            Some(nested) => {
                let root = nested.root(bases);
                read(root, bases)
            }
            None => read(node, bases),
        }
    }

    /// What went wrong, apart from what LangGraph uses exceptions for: it stops a run to ask somebody, or to go on elsewhere.
    pub fn error(&self) -> Option<Node<'d>> {
        const CONTROL: [&str; 4] = ["GraphInterrupt", "NodeInterrupt", "ParentCommand", "GraphBubbleUp"];
        let error = self.get("error")?;
        let control = error.str().is_some_and(|text| CONTROL.iter().any(|word| text.trim_start().starts_with(word)));
        (!control).then_some(error)
    }

    /// The first of several texts in the run's metadata.
    pub fn metadata(&self, keys: &[&str], bases: &mut Bases) -> Option<String> {
        let text = |n: Node<'_>| n.str().map(|s| s.into_owned()).or_else(|| n.i64().map(|i| i.to_string()));
        let found = self.read("extra", bases, |extra, _| {
            let meta = extra.get("metadata")?;
            keys.iter().find_map(|key| meta.get(key).and_then(text).filter(|s| !s.is_empty()))
        });
        // The bulk export has the metadata in a column of its own too, and the thread.
        found.or_else(|| {
            self.read("metadata", bases, |meta, _| keys.iter().find_map(|key| meta.get(key).and_then(text)))
        })
    }
}
