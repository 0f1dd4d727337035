//! Where in the evidence a text stands.
//!
//! Evidence is nested: a gzip stream of lines, each a JSON document, one of whose strings is JSON again.
//! While reading, a place is a small [`Loc`]: a base document and a byte position in it. Only places that
//! are cited become a [`Locator`]: a path of steps that anybody can follow again from the bytes alone.

use crate::evidence::Evidence;
use crate::hash::HashMap;
use crate::json::{Doc, parse_lenient};
use crate::notation::Notation;
use crate::otlp_value;
use crate::unwrap::{self, Codec};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// How the value at a place becomes text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// The value's own text: a string is decoded, anything else is the JSON source.
    Own,
    /// An OTLP `AnyValue`, written as plain JSON.
    OtlpValue,
    /// A part of the value's own text, in bytes: one turn of a transcript that is a single string.
    Slice {
        /// First byte.
        from: u32,
        /// Byte after the last.
        to: u32,
    },
    /// The key that the value stands under: where a format says something by a flag's name alone.
    Key,
    /// A part of the value's own text, in bytes, that is written in another notation, as JSON.
    Rewritten {
        /// First byte.
        from: u32,
        /// Byte after the last.
        to: u32,
        /// How the part is written.
        notation: Notation,
    },
}

/// A place, cheap to make and to copy: the value that starts at a byte of a base document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Loc {
    /// Index into [`Bases`].
    pub base: u32,
    /// Byte position of the value's first byte in the base document.
    pub at: u32,
    /// How the value becomes text.
    pub form: Form,
}

/// A document that places lie in.
#[derive(Debug, Clone, Copy)]
pub enum Base {
    /// A piece of evidence, as given.
    File {
        /// Index of the evidence.
        evidence: u32,
    },
    /// The same after decompressing or transcoding.
    Unwrapped {
        /// The document that was wrapped.
        parent: u32,
        /// How to unwrap it.
        codec: Codec,
    },
    /// One line of a document.
    Line {
        /// The document of many lines.
        parent: u32,
        /// Its number, counted from 1.
        number: u32,
        /// First byte in the parent.
        start: u64,
        /// Bytes without the line end.
        len: u32,
    },
    /// One of several values that follow each other in a document.
    Span {
        /// The document of many values.
        parent: u32,
        /// First byte in the parent.
        start: u32,
        /// Bytes.
        len: u32,
    },
    /// A JSON document inside a string.
    Inside {
        /// The string.
        at: Loc,
    },
}

/// All base documents of one reading.
#[derive(Debug, Clone, Default)]
pub struct Bases(Vec<Base>);

impl Bases {
    /// Adds a document and returns its number.
    pub fn push(&mut self, base: Base) -> u32 {
        self.0.push(base);
        self.0.len() as u32 - 1
    }

    /// The number that the next document will have.
    pub fn next(&self) -> u32 {
        self.0.len() as u32
    }

    /// The document with this number.
    pub fn get(&self, base: u32) -> Option<Base> {
        self.0.get(base as usize).copied()
    }
}

/// One step on the way to a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Undo an encoding.
    Unwrap(Codec),
    /// Take a line, counted from 1.
    Line(u32),
    /// Take these bytes of a document: from, and up to.
    Span(u32, u32),
    /// Follow a JSON pointer.
    Pointer(String),
    /// Read the string reached so far as a JSON document.
    Json,
    /// Write the OTLP `AnyValue` reached so far as plain JSON.
    OtlpValue,
    /// Take these bytes of the text reached so far: from, and up to.
    Bytes(u32, u32),
    /// Take the key of the member reached so far.
    Key,
    /// Rewrite the text reached so far, which is in another notation, as JSON.
    Rewrite(Notation),
}

/// A path of steps from evidence to one text. Its text form is a list such as
/// `["line:3", "/messages/4/content"]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Locator(pub Vec<Step>);

impl From<Locator> for Vec<String> {
    fn from(locator: Locator) -> Self {
        locator.0.iter().map(Step::to_string).collect()
    }
}

impl TryFrom<Vec<String>> for Locator {
    type Error = String;
    fn try_from(steps: Vec<String>) -> Result<Self, String> {
        steps.iter().map(|s| Step::parse(s)).collect::<Result<_, _>>().map(Locator)
    }
}

impl Step {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.starts_with('/') {
            return Ok(Step::Pointer(text.to_owned()));
        }
        if let Some(number) = text.strip_prefix("line:") {
            return number.parse().map(Step::Line).map_err(|_| format!("`{text}` is not a line number"));
        }
        let range = |prefix: &str| text.strip_prefix(prefix).and_then(|range| range.split_once('-'));
        let number = |n: &str| n.parse().map_err(|_| format!("`{text}` is not a byte range"));
        if let Some((from, to)) = range("bytes:") {
            return Ok(Step::Bytes(number(from)?, number(to)?));
        }
        if let Some((from, to)) = range("span:") {
            return Ok(Step::Span(number(from)?, number(to)?));
        }
        match text {
            "json" => Ok(Step::Json),
            "otlp-value" => Ok(Step::OtlpValue),
            "key" => Ok(Step::Key),
            _ => Notation::from_name(text).map(Step::Rewrite).or_else(|| Codec::from_name(text).map(Step::Unwrap)).ok_or_else(|| {
                format!("`{text}` is not a step of a locator; expected a JSON pointer, line:N, span:N-M, bytes:N-M, json, otlp-value, key, a notation or a codec")
            }),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Unwrap(codec) => f.write_str(codec.name()),
            Step::Line(n) => write!(f, "line:{n}"),
            Step::Span(from, to) => write!(f, "span:{from}-{to}"),
            Step::Pointer(p) => f.write_str(p),
            Step::Json => f.write_str("json"),
            Step::OtlpValue => f.write_str("otlp-value"),
            Step::Bytes(from, to) => write!(f, "bytes:{from}-{to}"),
            Step::Key => f.write_str("key"),
            Step::Rewrite(notation) => f.write_str(notation.name()),
        }
    }
}

impl fmt::Display for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" > ")?;
            }
            write!(f, "{step}")?;
        }
        Ok(())
    }
}

/// Turns places into locators and back into text, keeping parsed documents for the next question.
pub struct Resolver<'e> {
    evidence: &'e Evidence,
    docs: HashMap<Vec<Step>, Option<Doc<'e>>>,
    raw: HashMap<Vec<Step>, Option<Cow<'e, [u8]>>>,
}

impl<'e> Resolver<'e> {
    /// Looks into this evidence.
    pub fn new(evidence: &'e Evidence) -> Self {
        Resolver { evidence, docs: HashMap::default(), raw: HashMap::default() }
    }

    /// The text that a locator leads to, or `None` where the path no longer exists.
    pub fn text(&mut self, locator: &Locator) -> Option<String> {
        let steps = &locator.0[..];
        if let Some((Step::Rewrite(notation), before)) = steps.split_last() {
            // Only a part of a string is ever rewritten, so this goes one level deep.
            let part = Some(before).filter(|b| matches!(b.last(), Some(Step::Bytes(..))))?;
            return notation.to_json(&self.text(&Locator(part.to_vec()))?);
        }
        let (form, steps) = match steps.split_last()? {
            (form @ (Step::OtlpValue | Step::Bytes(..) | Step::Key), before) => (Some(form), before),
            _ => (None, steps),
        };
        let (last, prefix) = steps.split_last()?;
        let Step::Pointer(pointer) = last else { return None };
        let value = self.doc(prefix)?.pointer(pointer)?;
        let own = || value.str().map_or_else(|| value.raw().into_owned(), Cow::into_owned);
        match form {
            Some(Step::OtlpValue) => Some(otlp_value::to_json(value)),
            Some(Step::Key) => Some(pointer.rsplit_once('/')?.1.replace("~1", "/").replace("~0", "~")),
            Some(Step::Bytes(from, to)) => own().get(*from as usize..*to as usize).map(str::to_owned),
            _ => Some(own()),
        }
    }

    /// The locator of a place found while reading this evidence.
    pub fn locate(&mut self, bases: &Bases, loc: Loc) -> Option<Locator> {
        let mut steps = self.base_steps(bases, loc.base)?;
        let (_, pointer) = self.doc(&steps)?.find(loc.at)?;
        steps.push(Step::Pointer(pointer));
        match loc.form {
            Form::Own => {}
            Form::OtlpValue => steps.push(Step::OtlpValue),
            Form::Slice { from, to } => steps.push(Step::Bytes(from, to)),
            Form::Key => steps.push(Step::Key),
            Form::Rewritten { from, to, notation } => {
                steps.extend([Step::Bytes(from, to), Step::Rewrite(notation)]);
            }
        }
        Some(Locator(steps))
    }

    fn base_steps(&mut self, bases: &Bases, base: u32) -> Option<Vec<Step>> {
        Some(match bases.get(base)? {
            Base::File { .. } => Vec::new(),
            Base::Unwrapped { parent, codec } => {
                let mut steps = self.base_steps(bases, parent)?;
                steps.push(Step::Unwrap(codec));
                steps
            }
            Base::Line { parent, number, .. } => {
                let mut steps = self.base_steps(bases, parent)?;
                steps.push(Step::Line(number));
                steps
            }
            Base::Span { parent, start, len } => {
                let mut steps = self.base_steps(bases, parent)?;
                steps.push(Step::Span(start, start + len));
                steps
            }
            Base::Inside { at } => {
                let mut steps = self.locate(bases, at)?.0;
                steps.push(Step::Json);
                steps
            }
        })
    }

    fn doc(&mut self, prefix: &[Step]) -> Option<&Doc<'e>> {
        if !self.docs.contains_key(prefix) {
            let parsed = self.bytes_at(prefix).and_then(|bytes| parse_lenient(bytes).map(|(doc, _)| doc));
            self.docs.insert(prefix.to_vec(), parsed);
        }
        self.docs.get(prefix)?.as_ref()
    }

    fn bytes_at(&mut self, prefix: &[Step]) -> Option<Cow<'e, [u8]>> {
        if let Some(excerpt) = &self.evidence.excerpt
            && let Some(Step::Line(number)) = prefix.get(excerpt.codecs.len())
            && prefix.len() == excerpt.codecs.len() + 1
        {
            let wrapped = prefix.iter().zip(&excerpt.codecs).all(|(step, codec)| *step == Step::Unwrap(*codec));
            return excerpt.line(&self.evidence.bytes, *number).filter(|_| wrapped).map(Cow::Borrowed);
        }
        let Some((last, before)) = prefix.split_last() else {
            // The whole of a file is not in an excerpt of it.
            return self.evidence.excerpt.is_none().then_some(Cow::Borrowed(&self.evidence.bytes[..]));
        };
        if let Some(known) = self.raw.get(prefix) {
            return known.clone();
        }
        let found = match last {
            Step::Unwrap(codec) => {
                let wrapped = self.bytes_at(before)?;
                unwrap::unwrap(*codec, &wrapped).ok().map(|u| Cow::Owned(u.bytes))
            }
            Step::Line(number) => match self.bytes_at(before)? {
                Cow::Borrowed(all) => unwrap::line(all, *number).map(Cow::Borrowed),
                Cow::Owned(all) => unwrap::line(&all, *number).map(|l| Cow::Owned(l.to_vec())),
            },
            Step::Span(from, to) => {
                let range = *from as usize..*to as usize;
                match self.bytes_at(before)? {
                    Cow::Borrowed(all) => all.get(range).map(Cow::Borrowed),
                    Cow::Owned(all) => all.get(range).map(|part| Cow::Owned(part.to_vec())),
                }
            }
            Step::Json => self.text(&Locator(before.to_vec())).map(|t| Cow::Owned(t.into_bytes())),
            Step::Pointer(_) | Step::OtlpValue | Step::Bytes(..) | Step::Key | Step::Rewrite(_) => None,
        };
        self.raw.insert(prefix.to_vec(), found.clone());
        found
    }
}

/// The evidence that a base document comes from.
pub fn evidence_of(bases: &Bases, mut base: u32) -> Option<u32> {
    loop {
        base = match bases.get(base)? {
            Base::File { evidence } => return Some(evidence),
            Base::Unwrapped { parent, .. } | Base::Line { parent, .. } | Base::Span { parent, .. } => parent,
            Base::Inside { at } => at.base,
        };
    }
}

/// The evidence and the line of it that a base document lies in, where it is a file of lines.
pub(crate) fn line_of(bases: &Bases, mut base: u32) -> Option<(u32, u32)> {
    loop {
        base = match bases.get(base)? {
            Base::Line { parent, number, .. } => return Some((evidence_of(bases, parent)?, number)),
            Base::Inside { at } => at.base,
            Base::Span { parent, .. } => parent,
            Base::File { .. } | Base::Unwrapped { .. } => return None,
        };
    }
}
