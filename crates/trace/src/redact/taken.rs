//! What is found in a text, and what of the text is taken by it.

use super::number;
use super::room::{Held, List, Room};
use super::rules::Kind;
use std::borrow::Cow;
use std::collections::{BTreeMap, btree_map};
use std::ops::Range;

/// A value to be masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    /// The spelling that all spellings of the value share, where it is another than that of the range ([`spelled`]).
    pub(super) canonical: Option<Vec<u8>>,
}

/// How a value of a kind is spelled wherever it stands, by how it is spelled here.
pub(super) fn spelled(kind: Kind, bytes: &[u8]) -> Cow<'_, [u8]> {
    let plain = || bytes.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase).collect();
    match kind {
        Kind::Email => Cow::Owned(bytes.to_ascii_lowercase()),
        Kind::Card => Cow::Owned(bytes.iter().copied().filter(u8::is_ascii_digit).collect()),
        Kind::Phone => Cow::Owned(number::phone_digits(bytes)),
        Kind::Iban | Kind::Id => Cow::Owned(plain()),
        Kind::Secret | Kind::Birthdate | Kind::Street | Kind::Ip => Cow::Borrowed(bytes),
    }
}

/// A value as it is kept: there may be one for every few bytes of a text. Where it begins is its key.
#[derive(Debug)]
struct Kept {
    canonical: Option<Box<[u8]>>,
    end: u32,
    kind: Kind,
}

impl Kept {
    /// Bytes of memory that it takes: more than half of the map may be empty, and a spelling takes some besides itself.
    fn size(&self) -> usize {
        3 * (size_of::<Kept>() + size_of::<u32>()) + self.canonical.as_ref().map_or(0, |c| c.len() + 16)
    }
}

/// A place in a text. Texts with more of them are refused before ([`super::LARGEST`]).
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Places taken, apart from each other.
#[derive(Debug)]
pub(super) struct Taken<'r> {
    text: &'r [u8],
    /// Masks that stood in the text before.
    masks: List<'r, Range<u32>>,
    found: BTreeMap<u32, Kept>,
    /// What the found values take.
    held: Held<'r>,
    /// How many of them tell all that the caller asks.
    enough: usize,
    /// True if IP addresses are masked too.
    pub(super) ips: bool,
    /// Memory, and the flag that ends it.
    pub(super) room: &'r Room,
}

impl<'r> Taken<'r> {
    /// Nothing of a text taken; `None` if there is no memory left.
    pub(super) fn new(text: &'r [u8], ips: bool, enough: usize, room: &'r Room) -> Option<Self> {
        let (masks, found) = (List::new(room), BTreeMap::new());
        Some(Taken { text, masks, found, held: room.hold(0)?, enough, ips, room })
    }

    /// Takes a mask that stands in the text, behind all that are known.
    pub(super) fn add_mask(&mut self, range: &Range<usize>) {
        self.masks.push(place(range.start)..place(range.end));
    }

    /// True where nothing of the range is taken.
    pub(super) fn is_free(&self, range: &Range<usize>) -> bool {
        let last = self.found.range(..place(range.end)).next_back();
        last.is_none_or(|(_, f)| f.end as usize <= range.start) && self.has_no_mask(range)
    }

    /// True where no mask stands in the range.
    pub(super) fn has_no_mask(&self, range: &Range<usize>) -> bool {
        let next = self.masks.partition_point(|m| m.end as usize <= range.start);
        self.masks.get(next).is_none_or(|m| m.start as usize >= range.end)
    }

    /// Where the next taken place begins.
    pub(super) fn next(&self, at: usize) -> Option<usize> {
        let found = self.found.range(place(at)..).next().map(|(start, _)| *start);
        let next = self.masks.partition_point(|m| (m.start as usize) < at);
        let next = self.masks.get(next).map(|m| m.start);
        found.into_iter().chain(next).min().map(|at| at as usize)
    }

    /// What was found, in order.
    pub(super) fn found(&self) -> impl Iterator<Item = Value<'_>> {
        self.found.iter().map(|(start, kept)| Value {
            kind: kept.kind,
            range: *start as usize..kept.end as usize,
            canonical: kept.canonical.as_deref().map(Cow::Borrowed),
            text: self.text,
        })
    }

    /// True where a value begins at a place.
    pub(super) fn starts_at(&self, at: usize) -> bool {
        self.found.contains_key(&(place(at)))
    }

    /// True where one value or mask takes the whole range.
    pub(super) fn covers(&self, range: &Range<usize>) -> bool {
        let last = self.found.range(..=place(range.start)).next_back();
        last.is_some_and(|(_, f)| f.end as usize >= range.end)
    }

    /// True once enough is known, there is too little memory, or nobody waits any more.
    pub(super) fn is_over(&self) -> bool {
        self.found.len() >= self.enough || self.room.is_over()
    }

    /// Takes a range, and what is taken of it already with it.
    pub(super) fn cover(&mut self, mut found: Found) {
        if self.covers(&found.range) || !self.has_no_mask(&found.range) {
            return;
        }
        let (first, end) = (found.range.start, found.range.end);
        // An address that begins within a password is part of it.
        let last = self.found.range(..place(end)).next_back();
        let clash =
            last.is_some_and(|(start, f)| f.kind != found.kind && f.end as usize > first && (*start as usize) < first);
        if clash {
            return;
        }
        let starts: Vec<u32> = self
            .found
            .range(..place(end))
            .rev()
            .take_while(|(_, f)| f.end as usize > first)
            .map(|(start, _)| *start)
            .collect();
        for start in starts {
            if let Some(known) = self.found.remove(&start) {
                found.range = found.range.start.min(start as usize)..found.range.end.max(known.end as usize);
            }
        }
        if found.range != (first..end) && found.canonical.is_none() {
            found.canonical = self.text.get(first..end).map(|bytes| spelled(found.kind, bytes).into_owned());
        }
        self.add(found);
    }

    /// Takes a value.
    pub(super) fn add(&mut self, found: Found) {
        let canonical = found.canonical.map(Vec::into_boxed_slice);
        let kept = Kept { canonical, end: place(found.range.end), kind: found.kind };
        if self.held.more(kept.size()) {
            self.found.insert(place(found.range.start), kept);
        }
    }

    /// All values, in order. Their memory is given back on the way.
    pub(super) fn into_found(self) -> All<'r> {
        All { found: self.found.into_iter(), text: self.text, held: self.held }
    }
}

/// A value that was found in a text.
#[derive(Debug)]
pub(super) struct Value<'v> {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    canonical: Option<Cow<'v, [u8]>>,
    text: &'v [u8],
}

impl<'v> Value<'v> {
    /// The spelling that all spellings of it share.
    pub(super) fn canonical(self) -> Cow<'v, [u8]> {
        let text = self.text;
        self.canonical.unwrap_or_else(|| spelled(self.kind, text.get(self.range).unwrap_or_default()))
    }
}

/// All values of a text, on the way out.
#[derive(Debug)]
pub(super) struct All<'r> {
    found: btree_map::IntoIter<u32, Kept>,
    text: &'r [u8],
    held: Held<'r>,
}

impl All<'_> {
    /// How many are left.
    pub(super) fn len(&self) -> usize {
        self.found.len()
    }
}

impl<'r> Iterator for All<'r> {
    type Item = Value<'r>;

    fn next(&mut self) -> Option<Value<'r>> {
        let (start, kept) = self.found.next()?;
        self.held.less(kept.size());
        let canonical = kept.canonical.map(|c| Cow::Owned(c.into_vec()));
        Some(Value { kind: kept.kind, range: start as usize..kept.end as usize, canonical, text: self.text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_takes_little_memory() {
        assert_eq!(size_of::<Kept>(), 24);
    }
}
