//! Goes over every string of the documents, and keeps those that read like words and are in no timeline.

use super::copies::Copies;
use super::left_out;
use super::placed::{Here, Inner, Placed};
use super::words;
use crate::format::Document;
use crate::hash::{HashMap, HashSet, printer};
use crate::json::{Value, parse_lenient};
use crate::limits::Stop;
use crate::locator::{Form, Loc};
use std::borrow::Cow;
use std::hash::Hasher;

/// Levels of nesting that are looked at, over JSON in strings too.
const DEPTH: usize = 200;
/// Strings that are kept. Where there are more, nearly all of the file is unread, and that is told.
const MOST: usize = 100_000;
/// Fields that are told apart.
const FIELDS: usize = 50;

/// A key on the way to a value, and those above it.
#[derive(Clone, Copy)]
struct Path<'p> {
    above: Option<&'p Path<'p>>,
    key: &'p str,
}

impl Path<'_> {
    fn keys(&self) -> Vec<&str> {
        // OTLP's names of kinds of values are no fields.
        let is_field = |key: &&str| !["", "stringValue", "string_value", "arrayValue", "kvlistValue"].contains(key);
        let all = std::iter::successors(Some(self), |path| path.above).map(|path| path.key);
        let mut keys: Vec<&str> = all.filter(is_field).collect();
        keys.reverse();
        keys
    }
}

/// A string that may be unread.
pub struct Found {
    /// Its place among the different texts.
    pub text: usize,
    /// Its field's place in [`Walk::fields`].
    pub field: usize,
    /// The string, or the outermost one that it is in.
    pub loc: Loc,
    /// The session that it belongs to, as far as that is known.
    pub session: Option<u32>,
}

pub struct Walk<'a> {
    placed: &'a Placed,
    inner: &'a Inner,
    format: &'static str,
    stop: &'a Stop,
    copies: Copies,
    found: Vec<Found>,
    fields: Vec<String>,
    numbers: HashMap<String, usize>,
    /// Strings, as they are written, that are in a timeline.
    known: HashSet<u64>,
    /// The session of the last text that is in a timeline.
    last: Option<u32>,
    /// True where that is in the document that is gone over.
    is_told: bool,
    /// Strings that have no session yet.
    waiting: Vec<Found>,
    /// Texts that were found in a session.
    given: HashSet<(usize, u32)>,
    /// The string of the document that is looked at, and how many strings around what is looked at are JSON.
    top: Loc,
    inside_of: usize,
    /// True in a record that is left out, and in no record within.
    is_left: bool,
}

impl<'a> Walk<'a> {
    pub fn new(placed: &'a Placed, inner: &'a Inner, format: &'static str, stop: &'a Stop) -> Self {
        Walk {
            placed,
            inner,
            format,
            stop,
            copies: Copies::default(),
            found: Vec::new(),
            fields: Vec::new(),
            numbers: HashMap::default(),
            known: HashSet::default(),
            last: None,
            is_told: false,
            waiting: Vec::new(),
            given: HashSet::default(),
            top: Loc { base: 0, at: 0, form: Form::Own },
            inside_of: 0,
            is_left: false,
        }
    }

    pub fn document(&mut self, doc: &Document<'_>) {
        let (value, base) = (doc.root.value(), doc.root.loc().base);
        self.top.base = base;
        self.is_told = false;
        let base = Some(self.inner.same(base));
        self.value(value, base, &mut self.placed.within(base), &Path { above: None, key: "" }, 0);
        self.belong(self.last);
    }

    /// What was found, and which of it; behind the last document.
    pub fn end(mut self) -> (Copies, Vec<Found>, Vec<String>) {
        self.found.append(&mut self.waiting);
        (self.copies, self.found, self.fields)
    }

    /// Where a record begins or ends: strings before it belong to the session of the last text of this document.
    fn part(&mut self) {
        self.belong(self.last.filter(|_| self.is_told));
    }

    /// Gives strings without a session one.
    fn belong(&mut self, session: Option<u32>) {
        let Some(session) = session else { return };
        for found in self.waiting.drain(..) {
            if self.given.insert((found.text, session)) && self.found.len() < MOST {
                self.found.push(Found { session: Some(session), ..found });
            }
        }
    }

    fn value(&mut self, value: Value<'_>, base: Option<u32>, here: &mut Here<'_>, path: &Path<'_>, depth: usize) {
        if depth > DEPTH || self.stop.is_set() {
            return;
        }
        let at = value.start();
        let around = self.is_left;
        let record = here.record(at);
        match record {
            // Around records that are read may be one that is left out.
            Some(true) if !here.has_record_until(at as usize + value.bytes().len()) => return,
            Some(false) => self.part(),
            _ => {}
        }
        self.is_left = record.unwrap_or(around);
        if let Some(session) = here.text(at, value.is_str()) {
            self.belong(Some(session));
            (self.last, self.is_told) = (Some(session), true);
        } else if value.is_str() && self.is_left {
        } else if value.is_str() {
            self.string(value, base, path, depth);
        } else if !left_out::is_definition(value) {
            for item in value.items() {
                match pair(item) {
                    Some((key, member)) => {
                        self.value(member, base, here, &Path { above: Some(path), key: &key }, depth + 1)
                    }
                    None => self.value(item, base, here, path, depth + 1),
                }
            }
            for (key, member) in value.entries() {
                if member.is_str() || member.is_object() || member.is_array() {
                    let key = key.str().unwrap_or_default();
                    self.value(member, base, here, &Path { above: Some(path), key: &key }, depth + 1);
                }
            }
        }
        if record.is_some() {
            self.part();
        }
        self.is_left = around;
    }

    fn string(&mut self, value: Value<'_>, base: Option<u32>, path: &Path<'_>, depth: usize) {
        let written = value.bytes();
        let may_hold_json = value.may_hold_json();
        if !may_hold_json && !words::may_be_prose(written) {
            return;
        }
        let mut hasher = printer();
        hasher.write(written);
        let print = hasher.finish();
        if self.known.contains(&print) {
            return;
        }
        let Some(text) = value.str() else { return };
        // Also where the string is JSON: it may be an answer as it came.
        if self.placed.knows(&text) {
            self.known.insert(print);
            return;
        }
        if self.inside_of == 0 {
            self.top.at = value.start();
        }
        if may_hold_json && self.inside(&text, value, base, path, depth) {
            return;
        }
        if !words::is_prose(&text) || left_out::is_mark(self.format, &text) {
            self.known.insert(print);
        } else if !left_out::is(self.format, &path.keys()) && self.waiting.len() < MOST {
            let field = self.field(path);
            let text = self.copies.number(&text);
            self.waiting.push(Found { text, field, loc: self.top, session: None });
        }
    }

    /// Looks into JSON in a string. False where it is none.
    fn inside(&mut self, text: &str, value: Value<'_>, base: Option<u32>, path: &Path<'_>, depth: usize) -> bool {
        if !text.trim_start().starts_with(['{', '[']) {
            return false;
        }
        // Of JSON that ends in the middle, what is whole before that: the rest is no content.
        let Some((doc, fault)) = parse_lenient(text) else { return false };
        if fault.is_some_and(|fault| !fault.truncated) {
            return false;
        }
        let doc = doc.until(self.stop);
        let base = base.and_then(|base| self.inner.inside(base, value.start()));
        self.inside_of += 1;
        self.value(doc.root(), base, &mut self.placed.within(base), path, depth + 1);
        self.inside_of -= 1;
        true
    }

    fn field(&mut self, path: &Path<'_>) -> usize {
        let name = named(&path.keys());
        if let Some(number) = self.numbers.get(&name) {
            return *number;
        }
        let name = if self.fields.len() < FIELDS { name } else { OTHERS.to_owned() };
        let next = self.fields.len();
        *self.numbers.entry(name).or_insert_with_key(|name| {
            self.fields.push(name.clone());
            next
        })
    }
}

/// A member of an object as OTLP writes it: an object with a key and a value.
fn pair<'d>(item: Value<'d>) -> Option<(Cow<'d, str>, Value<'d>)> {
    let (key, value) = (item.get("key")?, item.get("value")?);
    (item.entries().take(3).count() == 2).then_some((key.str()?, value))
}

/// What fields beyond those that are told apart are called.
pub const OTHERS: &str = "other fields";

/// A field as people may see it: keys that are IDs are left out, and a long path is cut at its beginning.
fn named(keys: &[&str]) -> String {
    const LONGEST: usize = 100;
    let name = |key: &&str| -> Cow<'static, str> {
        let digits = key.bytes().filter(u8::is_ascii_digit).count();
        if digits > 4 || key.len() > 60 {
            return Cow::Borrowed("*");
        }
        Cow::Owned(key.chars().filter(|c| !c.is_control() && *c != '`').collect())
    };
    let all = keys.iter().map(name).collect::<Vec<_>>().join(".");
    match all.len() > LONGEST {
        true => format!("…{}", &all[all.ceil_char_boundary(all.len() - LONGEST)..]),
        false => all,
    }
}
