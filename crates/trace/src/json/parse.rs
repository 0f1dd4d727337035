//! From bytes to a tape, without recursion.

use super::string::string_end;
use super::{ANY_KIND, Doc, Fault, Kind, MAX_DEPTH, MAX_DOCUMENT, Node, Source, decode, mark, mixed, tag};
use std::borrow::Cow;
use std::collections::HashSet;

/// Parses the first value of `src` and says where it ended; whitespace around it is skipped.
///
/// # Errors
/// The first fault, with its position.
pub fn parse_first(src: &[u8]) -> Result<(Doc<'_>, usize), Fault> {
    let mut parser = Parser::new(src);
    parser.run()?;
    let end = parser.skip_space(parser.at);
    let Parser { nodes, repeated, .. } = parser;
    // What follows belongs to others, and may be long.
    Ok((Doc { src: src[..end].into(), nodes, repeated, stop: None }, end))
}

/// Parses one value and keeps what stood before the first fault: open arrays and objects are closed there.
/// `None` when not even the beginning of a value is there.
pub fn parse_lenient<'s>(src: impl Into<Source<'s>>) -> Option<(Doc<'s>, Option<Fault>)> {
    let src = src.into();
    let mut parser = Parser::new(src.bytes());
    let fault = parser.run().err();
    if fault.is_some() {
        parser.close_open();
    }
    let Parser { nodes, repeated, .. } = parser;
    (!nodes.is_empty()).then_some((Doc { src, nodes, repeated, stop: None }, fault))
}

/// The values of a text, as positions only, without the text itself.
#[derive(Debug)]
pub struct Tape {
    pub(super) nodes: Vec<Node>,
    pub(super) repeated: Option<u32>,
}

impl Tape {
    /// A document of these values. `src` must be the text that they were read from.
    pub fn over<'s>(self, src: impl Into<Source<'s>>) -> Doc<'s> {
        Doc { src: src.into(), nodes: self.nodes, repeated: self.repeated, stop: None }
    }
}

/// Parses the first value of `src` and keeps everything before the first fault, as [`parse_lenient`] does. Also returns where
/// the value ended, as [`parse_first`] does.
pub fn parse_tape(src: &[u8]) -> (Option<Tape>, Result<usize, Fault>) {
    let mut parser = Parser::new(src);
    let outcome = parser.run();
    if outcome.is_err() {
        parser.close_open();
    }
    let end = outcome.map(|()| parser.skip_space(parser.at));
    let Parser { nodes, repeated, .. } = parser;
    ((!nodes.is_empty()).then_some(Tape { nodes, repeated }), end)
}

/// So few keys are compared with each other faster than they are looked up.
const FEW: usize = 16;

struct Parser<'s> {
    src: &'s [u8],
    at: usize,
    nodes: Vec<Node>,
    /// The open arrays and objects.
    open: Vec<Open>,
    /// The first object in which a key is there more than once.
    repeated: Option<u32>,
}

/// An array or object whose end is not read yet.
struct Open {
    /// Its index.
    at: u32,
    is_object: bool,
    /// What an object's node will say of its keys.
    keys: u32,
    /// One bit for each kind of key that an object has so far, as [`mark`] gives, but of more kinds.
    kinds: u64,
    /// True once two keys of an object are of one kind: only then can a key be repeated.
    alike: bool,
}

impl<'s> Parser<'s> {
    fn new(src: &'s [u8]) -> Self {
        // About one value in 24 bytes in real traces, and in eight in a tool's answer; too small only costs a few copies.
        let expected = if src.len() < 1 << 14 { src.len() / 8 } else { src.len().min(MAX_DOCUMENT) / 24 };
        // A byte order mark, which Windows programs put in front.
        let at = if src.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        Parser { src, at, nodes: Vec::with_capacity(expected + 8), open: Vec::with_capacity(16), repeated: None }
    }

    fn fault<T>(&self, what: &'static str) -> Result<T, Fault> {
        let truncated = self.at >= self.src.len();
        Err(Fault {
            at: self.at,
            what: if truncated { "the text ends in the middle of a value" } else { what },
            truncated,
        })
    }

    #[inline]
    fn skip_space(&self, mut at: usize) -> usize {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.src.get(at) {
            at += 1;
        }
        at
    }

    fn run(&mut self) -> Result<(), Fault> {
        if self.src.len() > MAX_DOCUMENT {
            return Err(Fault { at: MAX_DOCUMENT, what: "one value is larger than 1 GiB", truncated: false });
        }
        loop {
            self.at = self.skip_space(self.at);
            // Here a value is due.
            let opened = self.value()?;
            if opened {
                if self.open.len() >= MAX_DEPTH {
                    return Err(Fault { at: self.at, what: "nested deeper than 512 levels", truncated: false });
                }
                let at = self.nodes.len() as u32 - 1;
                let is_object = self.src.get(self.at - 1) == Some(&b'{');
                self.open.push(Open { at, is_object, keys: 0, kinds: 0, alike: false });
                self.at = self.skip_space(self.at);
                let Some(&byte) = self.src.get(self.at) else { return self.fault("") };
                if byte == b']' || byte == b'}' {
                    self.close(byte)?;
                } else {
                    self.key_if_object()?;
                    continue;
                }
            }
            // Here a value has just ended.
            loop {
                if self.open.is_empty() {
                    return Ok(());
                }
                self.at = self.skip_space(self.at);
                match self.src.get(self.at) {
                    Some(b',') => {
                        self.at += 1;
                        self.at = self.skip_space(self.at);
                        self.key_if_object()?;
                        break;
                    }
                    Some(&byte @ (b']' | b'}')) => self.close(byte)?,
                    _ => return self.fault("expected a comma or a closing bracket"),
                }
            }
        }
    }

    /// Reads a scalar, or opens an array or object and returns true.
    fn value(&mut self) -> Result<bool, Fault> {
        let Some(&byte) = self.src.get(self.at) else { return self.fault("") };
        match byte {
            b'"' => self.string()?,
            b'{' | b'[' => {
                let kind = if byte == b'{' { Kind::Object } else { Kind::Array };
                self.push(kind, self.at, self.at + 1);
                self.at += 1;
                return Ok(true);
            }
            b'-' | b'0'..=b'9' if byte != b'-' || self.src.get(self.at + 1) != Some(&b'I') => {
                let start = self.at;
                while let Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') = self.src.get(self.at) {
                    self.at += 1;
                }
                self.push(Kind::Number, start, self.at);
            }
            _ => {
                let rest = &self.src[self.at..];
                const WORDS: [(&[u8], Kind); 6] = [
                    (b"null", Kind::Null),
                    (b"true", Kind::True),
                    (b"false", Kind::False),
                    (b"NaN", Kind::Null),
                    (b"Infinity", Kind::Null),
                    (b"-Infinity", Kind::Null),
                ];
                if let Some((word, kind)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
                    self.push(*kind, self.at, self.at + word.len());
                    self.at += word.len();
                } else {
                    if WORDS.iter().any(|(word, _)| word.starts_with(rest)) {
                        self.at = self.src.len();
                    }
                    return self.fault("expected a JSON value");
                }
            }
        }
        Ok(false)
    }

    fn key_if_object(&mut self) -> Result<(), Fault> {
        if !self.open.last().is_some_and(|open| open.is_object) {
            return Ok(());
        }
        if self.src.get(self.at) != Some(&b'"') {
            return self.fault("expected a key in quotes");
        }
        let key = self.nodes.len();
        self.string()?;
        self.at = self.skip_space(self.at);
        if self.src.get(self.at) != Some(&b':') {
            self.nodes.truncate(key);
            return self.fault("expected a colon after the key");
        }
        self.at += 1;
        let name = &mut self.nodes[key];
        // Behind the value, unless that has values in it.
        name.next = key as u32 + 2;
        // What an escaped key says is not known here: it may be of any kind.
        let (marks, kinds) = match name.kind {
            Kind::Plain => {
                name.keys = tag(&self.src[name.start as usize + 1..name.end as usize - 1]);
                (mark(name.keys), 1 << (mixed(name.keys) % 64))
            }
            _ => (ANY_KIND, u64::MAX),
        };
        if let Some(open) = self.open.last_mut() {
            open.keys |= marks;
            open.alike |= open.kinds & kinds != 0;
            open.kinds |= kinds;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), Fault> {
        let start = self.at;
        match string_end(&self.src[start + 1..]) {
            Some((length, kind)) => {
                self.at = start + length + 2;
                self.push(kind, start, self.at);
                Ok(())
            }
            None => {
                self.at = self.src.len();
                self.fault("")
            }
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { start: start as u32, end: end as u32, next, kind, repeats: false, keys: 0 });
    }

    fn close(&mut self, byte: u8) -> Result<(), Fault> {
        let Some(open) = self.open.last() else {
            return self.fault("a closing bracket without an opening bracket");
        };
        if byte != if open.is_object { b'}' } else { b']' } {
            return self.fault("a closing bracket of the wrong kind");
        }
        self.at += 1;
        self.end(self.at);
        Ok(())
    }

    /// Ends the last array or object that is open.
    fn end(&mut self, end: usize) {
        let Some(Open { at: open, keys, alike, .. }) = self.open.pop() else { return };
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[open as usize];
        (node.end, node.next, node.keys) = (end as u32, next, keys);
        if self.open.last().is_some_and(|around| around.is_object) {
            self.nodes[open as usize - 1].next = next;
        }
        if alike && self.repeats(open) {
            self.nodes[open as usize].repeats = true;
            self.repeated = Some(self.repeated.map_or(open, |first| first.min(open)));
        }
    }

    /// True if a key of an object is there more than once.
    fn repeats(&self, open: u32) -> bool {
        let (mut tags, mut few) = ([0; FEW], [&[][..]; FEW]);
        for (n, key) in self.keys(open).enumerate() {
            let bytes = self.src.get(key.start as usize..key.end as usize).unwrap_or_default();
            if n >= FEW || key.kind != Kind::Plain || !bytes.is_ascii() {
                return self.repeats_of_many(open);
            }
            // Only keys with the same tag can be equal.
            if tags[..n].contains(&key.keys) && few[..n].contains(&bytes) {
                return true;
            }
            (tags[n], few[n]) = (key.keys, bytes);
        }
        false
    }

    /// The same of an object with many keys, or with some that have to be decoded.
    fn repeats_of_many(&self, open: u32) -> bool {
        let mut known: HashSet<Cow<'_, str>, foldhash::fast::RandomState> = HashSet::default();
        self.keys(open).any(|key| {
            let inner = self.src.get(key.start as usize + 1..key.end as usize - 1).unwrap_or_default();
            let text = String::from_utf8_lossy(inner);
            !known.insert(if key.kind == Kind::Escaped { Cow::Owned(decode(&text)) } else { text })
        })
    }

    /// The keys of an object that are followed by a value.
    fn keys(&self, open: u32) -> impl Iterator<Item = &Node> {
        let mut at = open as usize + 1;
        std::iter::from_fn(move || {
            let [key, value] = self.nodes.get(at..at + 2)? else { return None };
            at = value.next as usize;
            Some(key)
        })
    }

    /// Ends every open array and object where the fault stands, dropping a key that has no value.
    fn close_open(&mut self) {
        while let Some(&Open { at: open, is_object, .. }) = self.open.last() {
            if is_object && self.lacks_value(open) {
                self.nodes.pop();
            }
            self.end(self.at.min(self.src.len()));
        }
    }

    /// True for an object whose last key has no value yet.
    fn lacks_value(&self, open: u32) -> bool {
        let mut at = open as usize + 1;
        while let Some(key) = self.nodes.get(at) {
            if self.nodes.len() == at + 1 {
                return true;
            }
            at = key.next as usize;
        }
        false
    }
}
