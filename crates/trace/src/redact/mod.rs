//! Redaction: secrets and personal data are masked before anything is stored or shown.
//!
//! What is masked is data (`data/redaction.yaml`); how masks look is in `token`. Masking reads the text as it stands,
//! through the escapes of JSON at any depth, and changes nothing but the values that it found, byte for byte. It is pure and
//! linear in the text, and masking what is masked changes nothing.

mod admit;
mod again;
mod ascending;
mod bare;
mod blob;
mod checks;
mod copy;
mod decode;
mod email;
mod encoded;
mod examples;
mod find;
mod hits;
mod ids;
mod ip;
mod letters;
mod look;
mod number;
mod phone;
mod quoted;
mod room;
mod rules;
mod scan;
mod shape;
mod taken;
#[cfg(test)]
mod test_support;
mod token;
mod view;
mod wrap;

pub use admit::{Admitted, Choosable, Refused, admit, admit_within, choosable_within, key_of, parse_key};
pub use rules::RulesError;

use crate::limits::Limits;
use room::{Held, Room};
use rules::{Kind, Rules};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

const BUILTIN: &str = include_str!("../../data/redaction.yaml");

static COMPILED: LazyLock<Result<Arc<Rules>, RulesError>> = LazyLock::new(|| Rules::parse(BUILTIN).map(Arc::new));

/// Rules with a key.
#[derive(Clone)]
pub struct Masker {
    rules: Arc<Rules>,
    key: [u8; 32],
    ips: bool,
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key is nobody's business.
        f.debug_struct("Masker").field("rules", &self.rules.compiled.len()).finish_non_exhaustive()
    }
}

/// A text without what was masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// The text.
    pub bytes: Vec<u8>,
    /// How many values were masked, by kind: `secret`, `email`, `card`, `iban`, `phone`, `id`, `birthdate`, `street`, `ip`.
    pub counts: BTreeMap<String, usize>,
    /// Every mask, in order.
    pub places: Vec<Place>,
}

/// A mask and what it hides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The kind, as in the counts.
    pub kind: &'static str,
    /// The bytes of the original that it stands for.
    pub hidden: Range<usize>,
    /// Where it stands in the masked text.
    pub mask: Range<usize>,
}

impl Masked {
    /// The counts for people: `2 secrets, 1 card number`. Empty where nothing was masked.
    pub fn words(&self) -> String {
        words(&self.counts)
    }
}

/// Counts for people.
fn words(counts: &BTreeMap<String, usize>) -> String {
    let name = |kind: Kind, n: usize| match (kind, n == 1) {
        (Kind::Secret, true) => "secret",
        (Kind::Secret, false) => "secrets",
        (Kind::Email, true) => "email address",
        (Kind::Email, false) => "email addresses",
        (Kind::Card, true) => "card number",
        (Kind::Card, false) => "card numbers",
        (Kind::Iban, true) => "IBAN",
        (Kind::Iban, false) => "IBANs",
        (Kind::Phone, true) => "phone number",
        (Kind::Phone, false) => "phone numbers",
        (Kind::Id, true) => "national ID",
        (Kind::Id, false) => "national IDs",
        (Kind::Birthdate, true) => "date of birth",
        (Kind::Birthdate, false) => "dates of birth",
        (Kind::Street, true) => "street address",
        (Kind::Street, false) => "street addresses",
        (Kind::Ip, true) => "IP address",
        (Kind::Ip, false) => "IP addresses",
    };
    let of = |kind: Kind| counts.get(kind.name()).filter(|n| **n > 0).map(|n| format!("{n} {}", name(kind, *n)));
    Kind::ALL.into_iter().filter_map(of).collect::<Vec<_>>().join(", ")
}

impl Masker {
    /// The built-in rules with a key.
    ///
    /// # Errors
    /// Never in a program that passed its tests: the built-in rules are one of them.
    pub fn new(key: &[u8; 32]) -> Result<Self, RulesError> {
        Ok(Masker { rules: COMPILED.clone()?, key: *key, ips: false })
    }

    /// Other rules with a key.
    ///
    /// # Errors
    /// When the file is not of the shape of [`Masker::builtin_rules`], a pattern in it cannot be used, or an example in
    /// it does not hold.
    pub fn with_rules(key: &[u8; 32], yaml: &str) -> Result<Self, RulesError> {
        let masker = Masker { rules: Arc::new(Rules::parse(yaml)?), key: *key, ips: false };
        examples::check(&masker)?;
        Ok(masker)
    }

    /// The same masker, which also masks IP addresses if `on`.
    pub fn with_ip_addresses(self, on: bool) -> Self {
        Masker { ips: on, ..self }
    }

    /// The built-in rules, as YAML.
    pub fn builtin_rules() -> &'static str {
        BUILTIN
    }

    /// Masks a text, JSON or not.
    pub fn mask(&self, bytes: &[u8]) -> Masked {
        let none = || Masked { bytes: Vec::new(), counts: BTreeMap::new(), places: Vec::new() };
        self.mask_within(bytes, &Limits::default()).unwrap_or_else(none)
    }

    /// The same within limits of the caller's; `None` where it would take more memory, with the text and what is decoded of it, or the caller
    /// ends it.
    pub fn mask_within(&self, bytes: &[u8], limits: &Limits) -> Option<Masked> {
        self.mask_for(bytes, limits, Wanted::Places)
    }

    fn mask_for(&self, bytes: &[u8], limits: &Limits, wanted: Wanted) -> Option<Masked> {
        let room = Room::new(limits.memory, &limits.stop);
        let _text = room.hold(bytes.len()).filter(|_| bytes.len() <= LARGEST)?;
        let (mut masked, mut crowded, mut _held) = self.once(bytes, wanted, &room)?;
        // A mask that stands close to other words may change what they are: `a@b.example` within a path is none any more
        // when the rest of the path is masked. Then what is left is looked at once more.
        for _ in 0..ROUNDS {
            if room.is_over() {
                return None;
            }
            if !crowded {
                break;
            }
            let (next, still, held) = self.once(&masked.bytes, wanted, &room)?;
            if next.counts.is_empty() {
                break;
            }
            masked = masked.then(next);
            (crowded, _held) = (still, held);
        }
        Some(masked)
    }

    /// Masks a text once, and tells whether a mask stands close to something else. `None` as in [`Masker::mask_within`].
    fn once<'r>(&self, bytes: &[u8], wanted: Wanted, room: &'r Room) -> Option<(Masked, bool, Held<'r>)> {
        let view = view::View::of(bytes, room)?;
        let found = find::all(&self.rules, &view.text, self.ips, room)?;
        let length = bytes.len() + found.len() * token::LONGEST;
        let listed = if wanted == Wanted::Places { found.len() } else { 0 };
        let held = room.hold(length + listed * PLACE)?;
        let mut masked =
            Masked { bytes: Vec::with_capacity(length), counts: BTreeMap::new(), places: Vec::with_capacity(listed) };
        let mut places = view.places();
        let mut strings = bare::Strings::of(bytes);
        let keyed = token::keyed(&self.key);
        let (mut written, mut crowded) = (0, false);
        for found in found {
            if room.is_over() {
                return None;
            }
            let kind = found.kind;
            let range = places.of(found.range.start)..places.of(found.range.end);
            let Some(bare::Replaced { range, quote }) = strings.replaced(&range) else { continue };
            crowded |= is_crowded(&view.text, &found.range);
            let mask = token::of(&keyed, kind, &found.canonical());
            masked.bytes.extend_from_slice(&bytes[written..range.start.max(written)]);
            let from = masked.bytes.len();
            for part in [quote, mask.as_bytes(), quote] {
                masked.bytes.extend_from_slice(part);
            }
            written = range.end;
            if wanted == Wanted::Places {
                masked.places.push(Place { kind: kind.name(), hidden: range, mask: from..masked.bytes.len() });
            }
            *masked.counts.entry(kind.name().to_owned()).or_default() += 1;
        }
        masked.bytes.extend_from_slice(&bytes[written..]);
        Some((masked, crowded, held))
    }
}

/// What is asked for besides the masked text and the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Nothing,
    Places,
}

/// Bytes of memory that a place takes: two lists of places become a third where a text is masked once more.
const PLACE: usize = 3 * size_of::<Place>();

/// Places in a text are kept in four bytes. No file has so many.
const LARGEST: usize = u32::MAX as usize;

/// How often a text is looked at once more.
const ROUNDS: usize = 6;

/// True where a value touches something else, or only a sign parts them.
fn is_crowded(text: &[u8], value: &Range<usize>) -> bool {
    let of_word = |b: &u8| !b.is_ascii() || b.is_ascii_alphanumeric();
    let touches = |near: Option<&u8>, far: Option<&u8>| match near {
        None => false,
        Some(b) if b.is_ascii_whitespace() || b"\"'=<>`;*[]{}|".contains(b) => false,
        // The end of a sentence, or of a name.
        Some(b'.' | b',' | b':' | b'!' | b'?' | b')' | b'(') => far.is_some_and(of_word),
        Some(_) => true,
    };
    let before = |n: usize| value.start.checked_sub(n).and_then(|at| text.get(at));
    touches(before(1), before(2))
        || touches(text.get(value.end), text.get(value.end + 1))
        || ends_with_entity(&text[..value.start])
}

/// Longest character reference of HTML that is looked for, in bytes.
const ENTITY: usize = 10;

/// True for `&#64;` at the end: the letter that it stands for touches what follows.
fn ends_with_entity(text: &[u8]) -> bool {
    let name = text.strip_suffix(b";").unwrap_or_default().iter().rev().take(ENTITY);
    name.take_while(|b| b.is_ascii_alphanumeric() || b"&#".contains(b)).any(|b| *b == b'&')
}

impl Masked {
    /// This text masked once more, as one step: places are those of the first text.
    fn then(mut self, next: Masked) -> Masked {
        let mut places = Vec::with_capacity(self.places.len() + next.places.len());
        let mut earlier = self.places.into_iter().peekable();
        // How much longer the text in between is than the first one, up to here.
        let mut longer = 0isize;
        for mut place in next.places {
            while let Some(known) = earlier.next_if(|e| e.mask.end <= place.hidden.start) {
                longer += known.mask.len().cast_signed() - known.hidden.len().cast_signed();
                places.push(known);
            }
            let first = |at: usize| at.saturating_add_signed(-longer);
            place.hidden = first(place.hidden.start)..first(place.hidden.end);
            places.push(place);
        }
        places.extend(earlier);
        let mut longer = 0isize;
        for place in &mut places {
            let start = place.hidden.start.saturating_add_signed(longer);
            longer += place.mask.len().cast_signed() - place.hidden.len().cast_signed();
            place.mask = start..start + place.mask.len();
        }
        next.counts.into_iter().for_each(|(kind, n)| *self.counts.entry(kind).or_default() += n);
        Masked { bytes: next.bytes, counts: self.counts, places }
    }
}

#[cfg(test)]
mod tests;
