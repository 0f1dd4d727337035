//! Traces and observations out of their containers.

use crate::hash::HashMap;
use crate::item::Output;
use crate::model::Stamp;
use crate::node::Node;
use crate::time;

/// Everything in the files.
#[derive(Default)]
pub struct Pool<'d> {
    /// By trace id, in order of appearance.
    pub traces: Vec<TraceRecord<'d>>,
    /// Ratings in records of their own.
    pub scores: usize,
    /// Observations that are of no trace.
    pub strays: Vec<Node<'d>>,
    /// Traces and observations that came before, word for word: a trace comes with each batch, and a batch may come twice.
    pub again: Vec<Node<'d>>,
    place: HashMap<String, usize>,
}

/// One trace.
pub struct TraceRecord<'d> {
    pub id: String,
    pub session: Option<String>,
    pub user: Option<Node<'d>>,
    /// The trace's own object, where it is in the files.
    pub node: Option<Node<'d>>,
    pub observations: Vec<Observation<'d>>,
    by_id: HashMap<String, usize>,
}

/// One observation.
pub struct Observation<'d> {
    pub id: String,
    pub parent: Option<String>,
    /// In upper case.
    pub kind: String,
    pub name: Option<Node<'d>>,
    pub start: Option<Stamp>,
    pub end: Option<Stamp>,
    pub failed: bool,
    pub status: Option<Node<'d>>,
    pub input: Option<Node<'d>>,
    pub output: Option<Node<'d>>,
    pub metadata: Option<Node<'d>>,
    /// OpenTelemetry attributes in the metadata that Langfuse has no field for.
    pub attributes: Option<Node<'d>>,
    pub node: Node<'d>,
}

impl<'d> Pool<'d> {
    /// Takes everything out of one document.
    pub fn take(&mut self, root: Node<'d>, out: &mut Output) {
        if super::is_score(root) {
            out.bookkeeping(root, "score");
            self.scores += 1;
            return;
        }
        if super::is_observation(root) {
            self.observation(root);
            return;
        }
        if let Some(list) = root.get("data").filter(|d| d.is_array()) {
            for item in list.items() {
                self.take(item, out);
            }
            return;
        }
        let trace = root.get("trace").filter(|t| t.is_object()).unwrap_or(root);
        self.trace(trace);
        // The UI writes the observations twice: inside the trace without what they carry, and beside it in full.
        let lists = [root.get("observations"), trace.get("observations")];
        for item in lists.into_iter().flatten().flat_map(Node::items).filter(|i| i.is_object()) {
            self.observation(item);
        }
    }

    fn record(&mut self, id: String) -> &mut TraceRecord<'d> {
        let next = self.traces.len();
        let at = *self.place.entry(id.clone()).or_insert(next);
        if at == next {
            self.traces.push(TraceRecord {
                id,
                session: None,
                user: None,
                node: None,
                observations: Vec::new(),
                by_id: HashMap::default(),
            });
        }
        &mut self.traces[at]
    }

    fn trace(&mut self, node: Node<'d>) {
        let Some(id) = node.str_at("id") else { return };
        let record = self.record(id.into_owned());
        let first = *record.node.get_or_insert(node);
        if record.session.is_none() {
            record.session = session(node);
        }
        record.user = record.user.or(user(node));
        if first.loc() != node.loc() && first.fingerprint() == node.fingerprint() {
            self.again.push(node);
        }
    }

    fn observation(&mut self, node: Node<'d>) {
        let text = |key: &str| field(node, key).and_then(Node::str).map(|s| s.into_owned()).filter(|s| !s.is_empty());
        let (Some(id), Some(trace)) = (text("id"), text("traceId")) else {
            self.strays.push(node);
            return;
        };
        // The export to blob storage writes an empty text for what is not set.
        let row = node.get("traceId").is_none();
        let set = |key: &str| node.get(key).filter(|n| !row || n.str().is_none_or(|s| !s.is_empty()));
        let record = self.record(trace);
        if record.session.is_none() {
            record.session = session(node);
        }
        record.user = record.user.or(user(node));
        let found = Observation {
            id: id.clone(),
            parent: text("parentObservationId"),
            kind: text("type").unwrap_or_default().to_ascii_uppercase(),
            name: node.get("name").filter(|n| n.is_str()),
            start: field(node, "startTime").and_then(time::any),
            end: field(node, "endTime").and_then(time::any),
            failed: node.has("level", "ERROR"),
            status: field(node, "statusMessage").filter(|s| s.str().is_some_and(|s| !s.is_empty())),
            input: set("input"),
            output: set("output"),
            metadata: set("metadata"),
            attributes: None,
            node,
        };
        match record.by_id.get(&id) {
            Some(&known) => {
                let known = &mut record.observations[known];
                if known.node.fingerprint() == node.fingerprint() {
                    self.again.push(node);
                    return;
                }
                if known.input.is_none() && known.output.is_none() {
                    *known = found;
                }
            }
            None => {
                record.by_id.insert(id, record.observations.len());
                record.observations.push(found);
            }
        }
    }
}

impl<'d> TraceRecord<'d> {
    /// Puts the observations in the order of things, in which exports are not: what begins first, then what lies around others.
    /// Two exports of one trace are then read alike. Without times the record's own order is all there is.
    pub fn sort(&mut self) {
        if self.observations.iter().any(|o| o.start.is_none()) {
            return;
        }
        let depths: Vec<usize> = (0..self.observations.len()).map(|i| self.upwards(i).count()).collect();
        let mut order: Vec<usize> = (0..depths.len()).collect();
        let ns = |at: &Option<Stamp>| at.map(|t| t.ns);
        order.sort_by(|&a, &b| {
            let (x, y) = (&self.observations[a], &self.observations[b]);
            let key = |o: &Observation<'_>, depth: usize| (ns(&o.start), depth, ns(&o.end));
            key(x, depths[a]).cmp(&key(y, depths[b])).then_with(|| x.id.cmp(&y.id))
        });
        let mut taken: Vec<Option<Observation<'d>>> = self.observations.drain(..).map(Some).collect();
        self.observations = order.into_iter().filter_map(|i| taken[i].take()).collect();
        self.by_id = self.observations.iter().enumerate().map(|(i, o)| (o.id.clone(), i)).collect();
    }

    /// The observation and those above it, from below; a hostile trace may point in circles.
    pub fn upwards(&self, from: usize) -> impl Iterator<Item = usize> {
        let up = |&at: &usize| self.by_id.get(self.observations.get(at)?.parent.as_ref()?).copied();
        std::iter::successors(Some(from), up).take(64)
    }
}

fn session(node: Node<'_>) -> Option<String> {
    field(node, "sessionId")?.str().map(|s| s.into_owned()).filter(|s| !s.is_empty())
}

fn user(node: Node<'_>) -> Option<Node<'_>> {
    field(node, "userId").filter(|id| id.str().is_some_and(|id| !id.is_empty()))
}

/// A member under its name, or under the one that it has in the export to blob storage: `traceId` and `trace_id`.
pub fn field<'d>(node: Node<'d>, name: &str) -> Option<Node<'d>> {
    node.get(name).or_else(|| {
        let mut row = String::with_capacity(name.len() + 4);
        for c in name.chars() {
            if c.is_ascii_uppercase() {
                row.push('_');
            }
            row.push(c.to_ascii_lowercase());
        }
        node.get(&row)
    })
}
