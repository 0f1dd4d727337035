//! A tape that is made along with its text.

use super::{Kind, MAX_DOCUMENT, Node, Tape, mark, tag};

/// Takes down where the values of a text stand while it is written, so that it need not be parsed. It must be told of each
/// value, in order, and no object may have a key twice.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    nodes: Vec<Node>,
    /// The open arrays and objects.
    open: Vec<u32>,
}

impl Builder {
    /// An array or object begins at a byte.
    pub fn open(&mut self, kind: Kind, at: usize) {
        self.open.push(self.nodes.len() as u32);
        self.scalar(kind, at, at);
    }

    /// The last array or object that is open ends before a byte.
    pub fn close(&mut self, end: usize) {
        let next = self.nodes.len() as u32;
        let Some(at) = self.open.pop() else { return };
        if let Some(node) = self.nodes.get_mut(at as usize) {
            (node.end, node.next) = (end as u32, next);
        }
        let around = self.open.last().and_then(|around| self.nodes.get(*around as usize));
        if around.is_some_and(|around| around.kind == Kind::Object)
            && let Some(key) = self.nodes.get_mut(at as usize - 1)
        {
            key.next = next;
        }
    }

    /// A key, without escapes, whose quote is at a byte.
    pub fn key(&mut self, name: &str, at: usize) {
        let tag = tag(name.as_bytes());
        if let Some(object) = self.open.last().and_then(|at| self.nodes.get_mut(*at as usize)) {
            object.keys |= mark(tag);
        }
        self.scalar(Kind::Plain, at, at + name.len() + 2);
        if let Some(key) = self.nodes.last_mut() {
            (key.keys, key.next) = (tag, key.next + 1);
        }
    }

    /// Any other value.
    pub fn scalar(&mut self, kind: Kind, start: usize, end: usize) {
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { start: start as u32, end: end as u32, next, kind, repeats: false, keys: 0 });
    }

    /// The tape; none where the text, of so many bytes, is longer than one may be.
    pub fn finish(self, length: usize) -> Option<Tape> {
        (length <= MAX_DOCUMENT).then_some(Tape { nodes: self.nodes, repeated: None })
    }
}
