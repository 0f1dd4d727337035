//! Where texts of sessions stand: what is in a timeline, and what a reader made of every record.

use crate::account::Account;
use crate::assemble::NOT_TEXT;
use crate::hash::{HashMap, HashSet, printer};
use crate::locator::{Base, Bases, Form, Loc};
use crate::model::{Event, EventKind, Text, Trace};
use std::hash::Hasher;

/// JSON documents inside of strings by the strings: a string may have been opened more than once.
pub struct Inner {
    /// For each document, the first one that is the same.
    same: Vec<u32>,
    by_string: HashMap<(u32, u32), u32>,
}

impl Inner {
    pub fn of(bases: &Bases) -> Self {
        let mut inner = Inner { same: Vec::with_capacity(bases.next() as usize), by_string: HashMap::default() };
        for base in 0..bases.next() {
            let same = match bases.get(base) {
                Some(Base::Inside { at: Loc { base: around, at, form: Form::Own } }) => {
                    *inner.by_string.entry((inner.same(around), at)).or_insert(base)
                }
                _ => base,
            };
            inner.same.push(same);
        }
        inner
    }

    /// The first document that is the same.
    pub fn same(&self, base: u32) -> u32 {
        self.same.get(base as usize).copied().unwrap_or(base)
    }

    /// The document inside of the string that stands there.
    pub fn inside(&self, base: u32, at: u32) -> Option<u32> {
        self.by_string.get(&(base, at)).copied()
    }

    fn key(&self, base: u32, at: u32) -> u64 {
        u64::from(self.same(base)) << 32 | u64::from(at)
    }
}

/// A place and whose it is.
type Mark = (u64, u32);

/// The texts that are in a timeline, and the records.
pub struct Placed {
    /// With twice the number of the session, and 1 more where only a string there is told: by a gap, or in another notation.
    texts: Vec<Mark>,
    /// With 1 where the record is not part of a session, and that is known or told.
    records: Vec<Mark>,
    /// Fingerprints of the texts.
    known: HashSet<u64>,
}

impl Placed {
    pub fn of<'t>(
        sessions: impl Iterator<Item = (u32, &'t Trace)>,
        account: &Account,
        bases: &Bases,
        inner: &Inner,
    ) -> Self {
        let mut placed = Placed { texts: Vec::new(), records: Vec::new(), known: HashSet::default() };
        for (number, session) in sessions {
            for text in texts(session) {
                placed.known.insert(fingerprint(&text.text));
                placed.put(text.loc, number * 2, bases, inner);
            }
            // A text that a gap tells of is not silent.
            for gap in &session.gaps {
                // A part of a message that is not read is told as a whole.
                let is_whole = gap.what.ends_with(NOT_TEXT);
                gap.loc.iter().for_each(|loc| placed.put(*loc, number * 2 + u32::from(!is_whole), bases, inner));
            }
        }
        placed.texts.sort_unstable();
        placed.texts.dedup_by_key(|(key, _)| *key);
        placed.records.extend(account.places().map(|(base, at, left)| (inner.key(base, at), u32::from(left))));
        // A record that is both is looked into.
        placed.records.sort_unstable();
        placed.records.dedup_by_key(|(key, _)| *key);
        placed
    }

    fn put(&mut self, loc: Loc, whose: u32, bases: &Bases, inner: &Inner) {
        // What is rewritten from a list need not be all that is in it.
        let whose = whose | u32::from(matches!(loc.form, Form::Rewritten { .. }));
        if loc.form != Form::Key {
            self.texts.push((inner.key(loc.base, loc.at), whose));
        }
        // A document that is a part of a string: what is around it was taken apart by its reader.
        if let Some(Base::Inside { at }) = bases.get(loc.base)
            && at.form != Form::Own
        {
            self.put(at, whose, bases, inner);
        }
    }

    /// True where a text is in a timeline, word for word but for white space around it.
    pub fn knows(&self, text: &str) -> bool {
        self.known.contains(&fingerprint(text))
    }

    /// The places in one document.
    pub fn within(&self, base: Option<u32>) -> Here<'_> {
        let part = |all: &'_ [Mark]| -> std::ops::Range<usize> {
            let from = |base: u64| all.partition_point(|(key, _)| key >> 32 < base);
            base.map_or(0..0, |base| from(base.into())..from(u64::from(base) + 1))
        };
        Here { texts: &self.texts[part(&self.texts)], records: &self.records[part(&self.records)] }
    }
}

/// The places in one document, which is gone through from its beginning to its end.
pub struct Here<'p> {
    texts: &'p [Mark],
    records: &'p [Mark],
}

impl Here<'_> {
    /// The session whose text stands there. A gap tells of a text, and not of all that is in a record.
    pub fn text(&mut self, at: u32, is_str: bool) -> Option<u32> {
        next(&mut self.texts, at).filter(|whose| is_str || whose % 2 == 0).map(|whose| whose / 2)
    }

    /// True where the next record begins before a byte.
    pub fn has_record_until(&self, end: usize) -> bool {
        let next = self.records.get(1..).unwrap_or_default().first();
        next.is_some_and(|(key, _)| (*key as u32 as usize) < end)
    }

    /// The record that stands there: true where it is left out.
    pub fn record(&mut self, at: u32) -> Option<bool> {
        next(&mut self.records, at).map(|left| left != 0)
    }
}

fn next(marks: &mut &[Mark], at: u32) -> Option<u32> {
    while let Some(((key, what), rest)) = marks.split_first() {
        match (*key as u32).cmp(&at) {
            std::cmp::Ordering::Less => *marks = rest,
            std::cmp::Ordering::Equal => return Some(*what),
            std::cmp::Ordering::Greater => break,
        }
    }
    None
}

pub fn fingerprint(text: &str) -> u64 {
    let mut hasher = printer();
    hasher.write(text.trim().as_bytes());
    hasher.finish()
}

/// All texts of a session.
pub fn texts(session: &Trace) -> impl Iterator<Item = &Text> {
    let tools = session.tools.iter().flat_map(|tool| {
        [Some(&tool.name), tool.description.as_ref(), tool.parameters.as_ref(), tool.output_schema.as_ref()]
    });
    let finishes = session.model_calls.iter().filter_map(|call| call.finish.as_ref().map(|(_, text)| text));
    session.events.iter().flat_map(texts_of).chain(tools.flatten()).chain(finishes).chain(&session.users)
}

fn texts_of(event: &Event) -> impl Iterator<Item = &Text> {
    let (list, few): (&[Text], [Option<&Text>; 3]) = match &event.kind {
        EventKind::Message { texts, .. } => (texts, [None; 3]),
        EventKind::Reasoning { text } | EventKind::Error { text } => (&[], [Some(text), None, None]),
        EventKind::ToolCall { name, arguments, .. } => (&[], [Some(name), arguments.as_ref(), None]),
        EventKind::ToolResult { content, error, .. } => (&[], [content.as_ref(), error.as_ref(), None]),
        EventKind::Guardrail { name, action, detail, .. } => (&[], [Some(name), action.as_ref(), detail.as_ref()]),
        EventKind::Handoff { to, .. } => (&[], [Some(to), None, None]),
        EventKind::Retrieval { query, source, .. } => (&[], [query.as_ref(), Some(source), None]),
        EventKind::Context { .. } => (&[], [None; 3]),
    };
    list.iter().chain(few.into_iter().flatten())
}
