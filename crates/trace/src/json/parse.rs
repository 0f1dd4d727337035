//! From bytes to a tape, without recursion.

use super::string::string_end;
use super::{ANY_KIND, Doc, Fault, Kind, MAX_DEPTH, MAX_DOCUMENT, Node, Value, mark, tag};
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
    Ok((Doc { src: Cow::Borrowed(src), nodes: parser.nodes, repeated: parser.repeated, stop: None }, end))
}

/// Parses one value and keeps what stood before the first fault: open arrays and objects are closed there.
/// `None` when not even the beginning of a value is there.
pub fn parse_lenient<'s>(src: impl Into<Cow<'s, [u8]>>) -> Option<(Doc<'s>, Option<Fault>)> {
    let src = src.into();
    let mut parser = Parser::new(&src);
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
    pub fn over<'s>(self, src: impl Into<Cow<'s, [u8]>>) -> Doc<'s> {
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
    /// One bit for each kind of key that an object has so far, as [`mark`] gives, but of more kinds.
    kinds: u64,
    /// True once two keys of an object are of one kind: only then can a key be repeated.
    alike: bool,
}

impl<'s> Parser<'s> {
    fn new(src: &'s [u8]) -> Self {
        // About one value in 24 bytes in real traces, and in eight in a tool's answer; too small only costs a few copies.
        let expected = if src.len() < 1 << 14 { src.len() / 8 } else { src.len().min(MAX_DOCUMENT) / 24 };
        Parser { src, at: 0, nodes: Vec::with_capacity(expected + 8), open: Vec::new(), repeated: None }
    }

    fn fault<T>(&self, what: &'static str) -> Result<T, Fault> {
        let truncated = self.at >= self.src.len();
        Err(Fault {
            at: self.at,
            what: if truncated { "the text ends in the middle of a value" } else { what },
            truncated,
        })
    }

    fn skip_space(&self, mut at: usize) -> usize {
        // A byte order mark, which Windows programs put in front.
        if at == 0 && self.src.starts_with(b"\xEF\xBB\xBF") {
            at = 3;
        }
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
                self.open.push(Open { at: self.nodes.len() as u32 - 1, kinds: 0, alike: false });
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
            b'-' | b'0'..=b'9' if !self.src[self.at..].starts_with(b"-I") => {
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
        let Some(&Open { at: open, .. }) = self.open.last() else { return Ok(()) };
        if self.nodes[open as usize].kind != Kind::Object {
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
        // What an escaped key says is not known here: it may be of any kind.
        let (marks, kinds) = match name.kind {
            Kind::Plain => {
                name.keys = tag(&self.src[name.start as usize + 1..name.end as usize - 1]);
                (mark(name.keys), 1 << (name.keys % 64))
            }
            _ => (ANY_KIND, u64::MAX),
        };
        self.nodes[open as usize].keys |= marks;
        if let Some(open) = self.open.last_mut() {
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
        let Some(&Open { at: open, alike, .. }) = self.open.last() else {
            return self.fault("a closing bracket without an opening bracket");
        };
        let expected = if self.nodes[open as usize].kind == Kind::Object { b'}' } else { b']' };
        if byte != expected {
            return self.fault("a closing bracket of the wrong kind");
        }
        self.at += 1;
        self.open.pop();
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[open as usize];
        node.end = self.at as u32;
        node.next = next;
        if alike && self.repeats(open) {
            self.nodes[open as usize].repeats = true;
            self.repeated = Some(self.repeated.map_or(open, |first| first.min(open)));
        }
        Ok(())
    }

    /// True if a key of an object is there more than once.
    fn repeats(&self, open: u32) -> bool {
        let object = Value { src: self.src, nodes: &self.nodes, stop: None, at: open };
        let (mut tags, mut few) = ([0; FEW], [&[][..]; FEW]);
        for (n, (key, _)) in object.entries().enumerate() {
            let (tag, bytes) = (key.node().keys, key.bytes());
            if n >= FEW || key.kind() != Kind::Plain || !bytes.is_ascii() {
                return Self::repeats_of_many(object);
            }
            // Only keys with the same tag can be equal.
            if tags[..n].contains(&tag) && few[..n].contains(&bytes) {
                return true;
            }
            (tags[n], few[n]) = (tag, bytes);
        }
        false
    }

    /// The same of an object with many keys, or with some that have to be decoded.
    fn repeats_of_many(object: Value<'_>) -> bool {
        let mut keys: HashSet<_, foldhash::fast::RandomState> = HashSet::default();
        object.entries().any(|(key, _)| !keys.insert(key.str().unwrap_or_default()))
    }

    /// Ends every open array and object where the fault stands, dropping a key that has no value.
    fn close_open(&mut self) {
        while let Some(Open { at: open, alike, .. }) = self.open.pop() {
            if self.nodes[open as usize].kind == Kind::Object && self.children(open) % 2 == 1 {
                self.nodes.pop();
            }
            let next = self.nodes.len() as u32;
            let node = &mut self.nodes[open as usize];
            node.end = self.at.min(self.src.len()) as u32;
            node.next = next;
            if alike && self.repeats(open) {
                self.nodes[open as usize].repeats = true;
                self.repeated = Some(self.repeated.map_or(open, |first| first.min(open)));
            }
        }
    }

    fn children(&self, open: u32) -> usize {
        let mut at = open + 1;
        let mut n = 0;
        while (at as usize) < self.nodes.len() {
            at = self.nodes[at as usize].next;
            n += 1;
        }
        n
    }
}
