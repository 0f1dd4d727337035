//! A cursor over a parsed document that knows its place.
//!
//! The same message may stand in a file as plain JSON or wrapped as an OTLP `AnyValue`. Readers of messages
//! see no difference: [`Node`] unwraps on the way and gives every text its place.

use crate::json::{Doc, Value, parse_lenient};
use crate::locator::{Base, Bases, Form, Loc};
use crate::model::Text;
use crate::otlp_value::{self, Wrapped};
use std::borrow::Cow;
use std::hash::Hasher;

/// A value, its document's number, and whether it is wrapped as an OTLP `AnyValue`.
#[derive(Debug, Clone, Copy)]
pub struct Node<'d> {
    value: Value<'d>,
    base: u32,
    wrapped: bool,
}

impl<'d> Node<'d> {
    /// A plain value of document `base`.
    pub fn new(value: Value<'d>, base: u32) -> Self {
        Node { value, base, wrapped: false }
    }

    /// The same value, to be read as an OTLP `AnyValue`.
    pub fn as_otlp_value(self) -> Self {
        Node { wrapped: true, ..self }
    }

    /// The value as it stands in its document.
    pub(crate) fn value(self) -> Value<'d> {
        self.value
    }

    /// Where the value stands.
    pub fn loc(self) -> Loc {
        Loc { base: self.base, at: self.value.start(), form: Form::Own }
    }

    fn with(self, value: Value<'d>) -> Self {
        Node { value, ..self }
    }

    /// The value without its wrapping, and what it wraps.
    fn open(self) -> Option<(Option<Wrapped>, Value<'d>)> {
        if !self.wrapped {
            return Some((None, self.value));
        }
        otlp_value::inner(self.value).map(|(kind, inner)| (Some(kind), inner))
    }

    /// The value without its wrapping, whatever it wraps. Nearly no value is wrapped, and that is told first.
    #[inline]
    fn bare(self) -> Option<Value<'d>> {
        if self.wrapped { otlp_value::inner(self.value).map(|(_, inner)| inner) } else { Some(self.value) }
    }

    /// True for `null`, and for an empty `AnyValue`.
    #[inline]
    pub fn is_null(self) -> bool {
        self.bare().is_none_or(Value::is_null)
    }

    fn wraps(self, kind: Wrapped) -> bool {
        otlp_value::inner(self.value).is_some_and(|(found, _)| found == kind)
    }

    /// True for an object or a wrapped map.
    pub fn is_object(self) -> bool {
        if self.wrapped { self.wraps(Wrapped::Map) } else { self.value.is_object() }
    }

    /// True for an array or a wrapped array.
    pub fn is_array(self) -> bool {
        if self.wrapped { self.wraps(Wrapped::Array) } else { self.value.is_array() }
    }

    /// True for a string.
    pub fn is_str(self) -> bool {
        self.bare().is_some_and(Value::is_str)
    }

    /// A member that is there and not null.
    #[inline]
    pub fn get(self, key: &str) -> Option<Node<'d>> {
        let found = if self.wrapped { self.wrapped_member(key)? } else { self.value.get(key)? };
        let found = self.with(found);
        (!found.is_null()).then_some(found)
    }

    fn wrapped_member(self, key: &str) -> Option<Value<'d>> {
        let (kind, value) = otlp_value::inner(self.value)?;
        let pair = match kind {
            Wrapped::Map => value.get("values")?.items().find(|p| p.get("key").is_some_and(|k| k.is(key)))?,
            _ => return None,
        };
        pair.get("value")
    }

    /// The first of several members that is there.
    pub fn any(self, keys: &[&str]) -> Option<Node<'d>> {
        keys.iter().find_map(|k| self.get(k))
    }

    /// A member's text, if it is a string.
    pub fn str_at(self, key: &str) -> Option<Cow<'d, str>> {
        self.get(key)?.str()
    }

    /// True when the member is this very string.
    pub fn has(self, key: &str, text: &str) -> bool {
        match self.wrapped {
            false => self.value.get(key).is_some_and(|v| v.is(text)),
            true => self.str_at(key).is_some_and(|s| s == text),
        }
    }

    /// The items of an array.
    pub fn items(self) -> impl Iterator<Item = Node<'d>> {
        let list = match self.open() {
            Some((None, value)) => Some(value),
            Some((Some(Wrapped::Array), value)) => value.get("values"),
            _ => None,
        };
        list.into_iter().flat_map(Value::items).map(move |v| self.with(v))
    }

    /// The members of an object.
    pub fn entries(self) -> Box<dyn Iterator<Item = (Cow<'d, str>, Node<'d>)> + 'd> {
        match self.open() {
            Some((None, value)) => {
                Box::new(value.entries().map(move |(k, v)| (k.str().unwrap_or_default(), self.with(v))))
            }
            Some((Some(Wrapped::Map), value)) => {
                let pairs = value.get("values").into_iter().flat_map(Value::items);
                Box::new(pairs.filter_map(move |p| Some((p.get("key")?.str()?, self.with(p.get("value")?)))))
            }
            _ => Box::new(std::iter::empty()),
        }
    }

    /// The members that are objects or arrays. Keys of the others are not decoded.
    pub fn holders(self) -> impl Iterator<Item = (Cow<'d, str>, Node<'d>)> {
        let plain = (!self.wrapped).then(|| self.value.entries()).into_iter().flatten();
        let plain = plain.filter(|(_, v)| v.is_object() || v.is_array());
        let wrapped = self.wrapped.then(|| self.entries()).into_iter().flatten();
        let wrapped = wrapped.filter(|(_, v)| v.is_object() || v.is_array());
        plain.map(move |(k, v)| (k.str().unwrap_or_default(), self.with(v))).chain(wrapped)
    }

    /// The string's decoded text.
    pub fn str(self) -> Option<Cow<'d, str>> {
        self.bare()?.str()
    }

    /// The number.
    pub fn i64(self) -> Option<i64> {
        self.bare()?.i64()
    }

    /// The number.
    pub fn f64(self) -> Option<f64> {
        self.bare()?.f64()
    }

    /// The truth value.
    pub fn bool(self) -> Option<bool> {
        self.bare()?.bool()
    }

    /// A string with its place.
    pub fn text(self) -> Option<Text> {
        let value = self.bare()?;
        let loc = Loc { base: self.base, at: value.start(), form: Form::Own };
        Some(Text { text: value.str()?.into_owned(), loc })
    }

    /// How many bytes the value takes in its document, as written.
    pub fn written_size(self) -> usize {
        self.value.bytes().len()
    }

    /// Any value as text with its place: a string decoded, anything else as JSON.
    pub fn json_text(self) -> Text {
        if let Some(text) = self.text() {
            return text;
        }
        if self.wrapped {
            let loc = Loc { base: self.base, at: self.value.start(), form: Form::OtlpValue };
            return Text { text: otlp_value::to_json(self.value), loc };
        }
        Text { text: self.value.raw().into_owned(), loc: self.loc() }
    }

    /// The key that this value stands under, as a text with its place. The caller knows the key, having used it.
    pub fn key_text(self, key: &str) -> Text {
        let at = self.bare().unwrap_or(self.value).start();
        Text { text: key.to_owned(), loc: Loc { base: self.base, at, form: Form::Key } }
    }

    /// A fingerprint of the value as it is written.
    pub fn fingerprint(self) -> u64 {
        let mut hasher = crate::hash::printer();
        hasher.write(self.value.bytes());
        hasher.finish()
    }

    /// A string as it is written, with its quotes, and its place; `None` where its document is not valid UTF-8.
    pub fn source(self) -> Option<(&'d str, Loc)> {
        let value = self.bare().filter(|value| value.is_str())?;
        Some((value.written()?, Loc { base: self.base, at: value.start(), form: Form::Own }))
    }

    /// False for a string that certainly has no such word in it, which is told without decoding it.
    pub fn may_contain(self, word: &str) -> bool {
        let has = |bytes: &[u8], part: &str| memchr::memmem::find(bytes, part.as_bytes()).is_some();
        // Any character may be written by its number.
        self.bare().map(Value::bytes).is_some_and(|bytes| has(bytes, word) || has(bytes, "\\u"))
    }

    /// Parses a string as a JSON document of its own, if it holds an object or an array.
    pub fn nested(self) -> Option<Nested> {
        // Most texts are plain words, which is clear without decoding them.
        let text = self.bare().filter(|value| value.may_hold_json())?.str()?;
        if !text.trim_start().starts_with(['{', '[', '"']) {
            return None;
        }
        let (doc, fault) = parse_lenient(text.into_owned())?;
        let doc = match self.value.stop() {
            Some(stop) => doc.until(stop),
            None => doc,
        };
        let at = Loc { base: self.base, at: self.bare()?.start(), form: Form::Own };
        Some(Nested { doc, at, cut: fault.is_some() })
    }
}

/// A JSON document that stands inside a string.
#[derive(Debug)]
pub struct Nested {
    doc: Doc<'static>,
    at: Loc,
    /// True when the document breaks off.
    pub cut: bool,
}

impl Nested {
    /// The document itself, which is registered on the way.
    pub(crate) fn into_doc(self, bases: &mut Bases) -> (Doc<'static>, u32) {
        let base = bases.push(Base::Inside { at: self.at });
        (self.doc, base)
    }

    /// The outermost value; its document is registered on the way.
    pub fn root(&self, bases: &mut Bases) -> Node<'_> {
        let base = bases.push(Base::Inside { at: self.at });
        Node::new(self.doc.root(), base)
    }
}
