//! A JSON reader that keeps byte positions.
//!
//! Evidence must point back at bytes, and traces arrive cut, with `NaN`, with invalid UTF-8 and with a
//! million nesting levels. This reader therefore keeps the start and end of every value, never recurses,
//! and can keep what stood before the first fault. It builds a flat tape: one small node per value, with
//! the index of the node after its subtree, so that siblings are one hop apart.

mod build;
mod marks;
mod parse;
mod quote;
mod source;
mod string;

pub(crate) use build::Builder;
pub use parse::{Tape, parse_first, parse_lenient, parse_tape};
pub(crate) use quote::quote;
pub use source::Source;
pub use string::decode;

use crate::limits::Stop;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// Nesting deeper than this is refused: no tracing system writes it, and readers of nested values stay safe.
pub const MAX_DEPTH: usize = 512;
/// Bytes in one JSON document (or one line of JSON Lines); positions are kept as 32-bit numbers.
pub const MAX_DOCUMENT: usize = 1 << 30;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`, and the non-standard `NaN` and `Infinity` that Python writes.
    Null,
    /// `true`
    True,
    /// `false`
    False,
    /// A number, kept as text.
    Number,
    /// A string without escapes.
    Plain,
    /// A string with at least one escape.
    Escaped,
    /// An array.
    Array,
    /// An object: key, value, key, value.
    Object,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    start: u32,
    end: u32,
    /// Index of the first node after this value's subtree. For a key: after its value's, which is where the next key is.
    next: u32,
    /// For an object: one bit for each kind of key that it has, see [`mark`]. For a key without escapes: its [`tag`].
    keys: u32,
    kind: Kind,
    /// Of an object: true if a key is there more than once.
    repeats: bool,
}

/// A key's length and its first and last byte, which differ for most keys.
#[inline]
fn tag(key: &[u8]) -> u32 {
    let (first, last) = (key.first().copied().unwrap_or_default(), key.last().copied().unwrap_or_default());
    (key.len() as u32) << 16 | u32::from(first) << 8 | u32::from(last)
}

/// A number of which the keys of messages and calls have few in common, by their tags.
#[inline]
fn mixed(tag: u32) -> u32 {
    (tag >> 16).wrapping_mul(3).wrapping_add((tag >> 8 & 0xff) + (tag & 0xff) * 5)
}

/// The bit of a key's kind, by its tag. Readers look up dozens of keys in every message, which has three or four, and in every
/// line of a session, which has a dozen. The bits show that most of the others are missing, without comparing keys.
#[inline]
fn mark(tag: u32) -> u32 {
    1 << (mixed(tag) % 32)
}

/// All bits, for an object that may have a key of any kind because one of its keys has escapes.
const ANY_KIND: u32 = u32::MAX;

/// Why a document could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Byte position within the document.
    pub at: usize,
    /// What is wrong there, for people.
    pub what: &'static str,
    /// True when the text merely ended too early.
    pub truncated: bool,
}

/// One parsed document: the source and its tape.
#[derive(Debug, Clone)]
pub struct Doc<'s> {
    src: Source<'s>,
    nodes: Vec<Node>,
    repeated: Option<u32>,
    stop: Option<Stop>,
}

impl<'s> Doc<'s> {
    /// The same, until the caller ends it: from then on, every list and every object is at its end.
    pub fn until(self, stop: &Stop) -> Self {
        Doc { stop: Some(stop.clone()), ..self }
    }

    /// The same in no more memory than it needs: room was made for more values than most texts have.
    pub fn compact(mut self) -> Self {
        self.nodes.shrink_to_fit();
        self
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value { doc: self, at: 0 }
    }

    /// The text that it was read from.
    pub fn source(&self) -> &[u8] {
        self.src.bytes()
    }

    /// The value whose first byte is `start`, with the JSON pointer that leads to it.
    pub fn find(&self, start: u32) -> Option<(Value<'_>, String)> {
        let mut here = self.root();
        let mut pointer = String::new();
        loop {
            let node = here.node();
            if node.start == start {
                return Some((here, pointer));
            }
            // Over the values before the one that is sought, without making anything of them: there may be very many.
            let is_array = node.kind == Kind::Array;
            let (mut number, mut key, mut child) = (0usize, here.at, here.at + 1);
            loop {
                if !is_array {
                    (key, child) = (child, child + 1);
                }
                let candidate = self.nodes.get(child as usize).filter(|_| child < node.next)?;
                if start < candidate.end {
                    break;
                }
                child = candidate.next;
                number += 1;
            }
            let child = Value { at: child, ..here };
            pointer.push('/');
            match is_array {
                true => pointer.push_str(&number.to_string()),
                false => {
                    let key = Value { at: key, ..here }.str().unwrap_or_default();
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                }
            }
            if start < child.node().start {
                return None;
            }
            here = child;
        }
    }

    /// The value at a JSON pointer (RFC 6901).
    pub fn pointer(&self, pointer: &str) -> Option<Value<'_>> {
        self.root().pointer(pointer)
    }

    /// The first object in which a key is there more than once: only the first value of such a key is read.
    pub fn repeated(&self) -> Option<Value<'_>> {
        self.repeated.map(|at| Value { at, ..self.root() })
    }

    /// How many values it has, with the keys of objects.
    pub fn values(&self) -> usize {
        self.nodes.len()
    }

    /// How many of its values may become a message, a call or an event, at a guess: itself (twice, as
    /// it may be a session), the objects in its lists, and for each third
    /// text in a list or second bracket in a text of JSON one more. Pairs of a key and a value, as OTLP writes attributes, are none.
    pub fn records(&self) -> usize {
        let (mut records, mut texts, mut brackets) = (2, 0, 0);
        for (at, node) in self.nodes.iter().enumerate() {
            let value = Value { at: at as u32, ..self.root() };
            match node.kind {
                Kind::Array => {
                    for item in value.items() {
                        let item = item.node();
                        let pair = mark(tag(b"key")) | mark(tag(b"value"));
                        records += usize::from(item.kind == Kind::Object && item.keys & pair != pair);
                        texts += usize::from(matches!(item.kind, Kind::Plain | Kind::Escaped));
                    }
                }
                Kind::Plain | Kind::Escaped if matches!(value.bytes(), [_, b'[' | b'{', ..]) => {
                    brackets += memchr::memchr_iter(b'{', value.bytes()).count();
                }
                _ => {}
            }
        }
        records + texts / 3 + brackets / 2
    }
}

/// A value inside a [`Doc`]; as cheap to copy as a pointer.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    doc: &'d Doc<'d>,
    at: u32,
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw())
    }
}

impl<'d> Value<'d> {
    /// True once the caller ended the reading of its document.
    #[inline]
    fn is_over(self) -> bool {
        self.doc.stop.as_ref().is_some_and(Stop::is_set)
    }

    /// What ends the reading of its document.
    pub fn stop(self) -> Option<&'d Stop> {
        self.doc.stop.as_ref()
    }

    #[inline]
    fn node(self) -> &'d Node {
        &self.doc.nodes[self.at as usize]
    }

    /// What the value is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Position of the value's first byte in its document.
    pub fn start(self) -> u32 {
        self.node().start
    }

    /// The value's own bytes, quotes and brackets included.
    pub fn bytes(self) -> &'d [u8] {
        let n = self.node();
        &self.doc.src.bytes()[n.start as usize..n.end as usize]
    }

    /// The same as text; `None` where its document is not valid UTF-8.
    pub fn written(self) -> Option<&'d str> {
        let n = self.node();
        self.doc.src.text()?.get(n.start as usize..n.end as usize)
    }

    /// The value's own text; invalid UTF-8 is replaced.
    pub fn raw(self) -> Cow<'d, str> {
        let n = self.node();
        self.doc.src.lossy(n.start as usize, n.end as usize)
    }

    /// True for a string that may begin with a bracket or a quote after white space; false if it certainly does not.
    pub fn may_hold_json(self) -> bool {
        let first = || self.bytes().get(1..)?.iter().find(|b| **b != b' ').copied();
        // An escape or a byte beyond ASCII may also mean white space.
        self.is_str() && first().is_some_and(|b| matches!(b, b'{' | b'[' | b'\\' | 0x80..))
    }

    /// True for a string.
    pub fn is_str(self) -> bool {
        matches!(self.kind(), Kind::Plain | Kind::Escaped)
    }

    /// True for `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// True for an object.
    pub fn is_object(self) -> bool {
        self.kind() == Kind::Object
    }

    /// True for an array.
    pub fn is_array(self) -> bool {
        self.kind() == Kind::Array
    }

    /// From where to where a string stands between its quotes.
    #[inline]
    fn inner(self, n: &Node) -> (usize, usize) {
        // A string that the end of the text cut has no closing quote.
        let closed = n.end > n.start + 1 && self.doc.src.bytes().get(n.end as usize - 1) == Some(&b'"');
        let end = if closed { n.end as usize - 1 } else { n.end as usize };
        ((n.start as usize + 1).min(end), end)
    }

    /// The decoded text of a string.
    pub fn str(self) -> Option<Cow<'d, str>> {
        let n = self.node();
        let (start, end) = self.inner(n);
        match n.kind {
            Kind::Plain => Some(self.doc.src.lossy(start, end)),
            Kind::Escaped => Some(Cow::Owned(match self.doc.src.text().and_then(|text| text.get(start..end)) {
                Some(inner) => decode(inner),
                None => decode(&String::from_utf8_lossy(&self.doc.src.bytes()[start..end])),
            })),
            _ => None,
        }
    }

    /// True when the value is a string equal to `other`; does not allocate for plain strings.
    pub fn is(self, other: &str) -> bool {
        match self.kind() {
            Kind::Plain => {
                let b = self.bytes();
                b.len() == other.len() + 2 && &b[1..b.len() - 1] == other.as_bytes()
            }
            Kind::Escaped => self.str().is_some_and(|s| s == other),
            _ => false,
        }
    }

    /// The number, whether written as a number or as a decimal string.
    pub fn f64(self) -> Option<f64> {
        match self.kind() {
            Kind::Number => self.raw().parse().ok(),
            Kind::Plain => self.str()?.trim().parse().ok(),
            _ => None,
        }
    }

    /// The integer, whether written as a number or as a decimal string (proto-JSON writes 64-bit ones so).
    pub fn i64(self) -> Option<i64> {
        let text = match self.kind() {
            Kind::Number => self.raw(),
            Kind::Plain => self.str()?,
            _ => return None,
        };
        text.parse().ok().or_else(|| text.parse::<f64>().ok().filter(|f| f.abs() < 9e18).map(|f| f as i64))
    }

    /// The truth value.
    pub fn bool(self) -> Option<bool> {
        match self.kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    /// The member of an object; the first one where a key is repeated.
    #[inline]
    pub fn get(self, key: &str) -> Option<Value<'d>> {
        let object = self.node();
        let tag = tag(key.as_bytes());
        // Most keys that are asked for are missing, and their kind is known where they are asked for.
        if object.kind != Kind::Object || object.keys & mark(tag) == 0 {
            return None;
        }
        if object.keys == ANY_KIND { self.any_member(key) } else { self.member(key, tag, object.next) }
    }

    /// The member of an object that ends at the node `end` and has no key with escapes.
    fn member(self, key: &str, tag: u32, end: u32) -> Option<Value<'d>> {
        // A loop of its own, so that keys with another tag are skipped without reading their bytes.
        let nodes = self.doc.nodes.get(..end as usize)?;
        let mut at = self.at as usize + 1;
        while let Some(name) = nodes.get(at) {
            if name.keys == tag {
                let written = self.doc.src.bytes().get(name.start as usize + 1..name.end as usize - 1);
                if written == Some(key.as_bytes()) {
                    return Some(Value { at: at as u32 + 1, ..self });
                }
            }
            at = name.next as usize;
        }
        None
    }

    /// The member of any object.
    fn any_member(self, key: &str) -> Option<Value<'d>> {
        let n = self.node();
        let mut at = self.at + 1;
        while at + 1 < n.next {
            let value = Value { at: at + 1, ..self };
            if (Value { at, ..self }).is(key) {
                return Some(value);
            }
            at = value.node().next;
        }
        None
    }

    /// The member of an object, unless it is `null`.
    pub fn some(self, key: &str) -> Option<Value<'d>> {
        self.get(key).filter(|v| !v.is_null())
    }

    /// The members of an object, each key once and with its first value, as [`get`](Self::get) finds it; empty for
    /// anything else.
    pub fn entries(self) -> impl Iterator<Item = (Value<'d>, Value<'d>)> {
        let n = self.node();
        let end = if n.kind == Kind::Object { n.next } else { self.at + 1 };
        let mut at = self.at + 1;
        let mut seen = n.repeats.then(HashSet::new);
        std::iter::from_fn(move || {
            while at + 1 < end && !self.is_over() {
                let key = Value { at, ..self };
                let value = Value { at: at + 1, ..self };
                at = value.node().next;
                if seen.as_mut().is_none_or(|seen| seen.insert(key.str().unwrap_or_default())) {
                    return Some((key, value));
                }
            }
            None
        })
    }

    /// The first member of an object.
    pub fn first(self) -> Option<(Value<'d>, Value<'d>)> {
        let n = self.node();
        let there = n.kind == Kind::Object && self.at + 2 < n.next;
        there.then(|| (Value { at: self.at + 1, ..self }, Value { at: self.at + 2, ..self }))
    }

    /// The items of an array; empty for anything else.
    pub fn items(self) -> impl Iterator<Item = Value<'d>> {
        let n = self.node();
        let end = if n.kind == Kind::Array { n.next } else { self.at + 1 };
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            if at >= end || self.is_over() {
                return None;
            }
            let value = Value { at, ..self };
            at = value.node().next;
            Some(value)
        })
    }

    /// How many items or members.
    pub fn len(self) -> usize {
        match self.kind() {
            Kind::Array => self.items().count(),
            Kind::Object => self.entries().count(),
            _ => 0,
        }
    }

    /// True when there are no items or members.
    pub fn is_empty(self) -> bool {
        self.node().next == self.at + 1
    }

    /// The value at a JSON pointer (RFC 6901), from here.
    pub fn pointer(self, pointer: &str) -> Option<Value<'d>> {
        let mut here = self;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            here = match here.kind() {
                Kind::Array => here.items().nth(step.parse().ok()?)?,
                Kind::Object => {
                    // A key of invalid UTF-8 is only equal after replacement.
                    let replaced = || here.entries().find(|(k, _)| k.str().is_some_and(|s| s == step)).map(|(_, v)| v);
                    here.get(&step).or_else(replaced)?
                }
                _ => return None,
            };
        }
        Some(here)
    }

    /// Copies the value into `serde_json`'s form, for libraries that want that.
    pub fn to_serde(self) -> serde_json::Value {
        use serde_json::Value as S;
        match self.kind() {
            Kind::Null => S::Null,
            Kind::True => S::Bool(true),
            Kind::False => S::Bool(false),
            Kind::Number => serde_json::from_str(&self.raw()).unwrap_or(S::Null),
            Kind::Plain | Kind::Escaped => S::String(self.str().unwrap_or_default().into_owned()),
            Kind::Array => S::Array(self.items().map(Value::to_serde).collect()),
            Kind::Object => S::Object(
                self.entries().map(|(k, v)| (k.str().unwrap_or_default().into_owned(), v.to_serde())).collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
