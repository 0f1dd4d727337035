//! What the lexicons know of a word, in one look-up: most words are in none, and are passed over by their flags.

use crate::prose::lexicon::english;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

/// It can be the heart of a claim.
pub const CLAIM: u8 = 1;
/// It can own up to a failure.
pub const ADMIT: u8 = 2;
/// A function word of English.
pub const ENGLISH: u8 = 4;
/// A function word of another language.
pub const OTHER: u8 = 8;

/// It can begin an announcement.
pub const ANNOUNCE: u8 = 16;
/// It is a number.
pub const COUNT: u8 = 32;

/// It stands in a family of operations.
pub const FAMILY: u8 = 64;

/// It makes what is said depend on something.
pub const CONDITION: u8 = 128;

/// A quick hash for words and numbers of a fixed list, where nothing can be flooded: eight bytes at a time, as in Fx.
#[derive(Default, Clone, Copy)]
pub struct Fast(u64);

impl Fast {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Fast {
    fn finish(&self) -> u64 {
        // The low bits choose the bucket, and a product's high bits are the mixed ones.
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        let (chunks, rest) = bytes.as_chunks::<8>();
        chunks.iter().for_each(|chunk| self.add(u64::from_le_bytes(*chunk)));
        if !rest.is_empty() {
            self.add(rest.iter().rev().fold(0, |word, b| word << 8 | u64::from(*b)));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.add(u64::from(byte));
    }

    fn write_u64(&mut self, word: u64) {
        self.add(word);
    }

    fn write_i64(&mut self, word: i64) {
        self.add(word.cast_unsigned());
    }
}

static FLAGS: LazyLock<HashMap<String, u8, BuildHasherDefault<Fast>>> = LazyLock::new(|| {
    let lex = english();
    let mut all: HashMap<String, u8, BuildHasherDefault<Fast>> = HashMap::default();
    let mut set = |words: &mut dyn Iterator<Item = &String>, flag: u8| {
        words.for_each(|w| *all.entry(w.clone()).or_default() |= flag)
    };
    set(&mut lex.families.values().flat_map(|f| &f.past), CLAIM);
    set(&mut lex.families.values().flat_map(|f| f.past.iter().chain(&f.base).chain(&f.noun).chain(&f.tool)), FAMILY);
    for list in ["processed", "submission", "state_done"] {
        set(&mut lex.list(list), CLAIM);
    }
    set(&mut ["let".to_owned(), "checked".to_owned()].iter(), CLAIM);
    for list in ["failure", "negation"] {
        set(&mut lex.list(list), ADMIT);
    }
    set(&mut ["already".to_owned()].iter(), ADMIT);
    set(&mut ["i".to_owned(), "we".to_owned(), "let".to_owned()].iter(), ANNOUNCE);
    set(&mut lex.list("number"), COUNT);
    set(&mut lex.list("condition"), CONDITION);
    for (word, english) in super::language::words() {
        set(&mut std::iter::once(word), if *english { ENGLISH } else { OTHER });
    }
    all
});

/// The flags again, found by a word's bytes in one number; a word of more than sixteen bytes is looked up by itself.
/// Every word that anybody says goes through here.
struct Table {
    slots: Vec<(u128, u8)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let size = (FLAGS.len() * 4).next_power_of_two();
    let mut table = Table { slots: vec![(0, 0); size] };
    for (word, flags) in FLAGS.iter().filter(|(w, _)| (1..=LONGEST).contains(&w.len())) {
        let word = packed(word.as_bytes(), word.len());
        let mut at = table.slot(word);
        while table.slots[at].1 != 0 {
            at = (at + 1) & (size - 1);
        }
        table.slots[at] = (word, *flags);
    }
    table
});

impl Table {
    fn slot(&self, word: u128) -> usize {
        let hash = (word as u64 ^ ((word >> 64) as u64).rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash >> 32) as usize & (self.slots.len() - 1)
    }

    fn get(&self, word: u128) -> u8 {
        let mut at = self.slot(word);
        loop {
            let (known, flags) = self.slots[at];
            // Three of four slots are free, so that this ends soon.
            if flags == 0 || known == word {
                return flags;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

/// Bytes of a word that fit in one number.
const LONGEST: usize = 16;

/// The first `length` bytes, one to sixteen, of a text as a number.
#[inline]
fn packed(text: &[u8], length: usize) -> u128 {
    let all = match text.first_chunk::<LONGEST>() {
        Some(chunk) => u128::from_le_bytes(*chunk),
        // At the end of a text.
        None => text.iter().rev().fold(0, |n, b| n << 8 | u128::from(*b)),
    };
    all & (u128::MAX >> (8 * (LONGEST - length)))
}

/// The flags of a word in lower case.
pub fn of(word: &str) -> u8 {
    at(word, 0, word.len())
}

/// The flags of the word that stands from one byte to another of a text in lower case.
pub fn at(text: &str, from: usize, to: usize) -> u8 {
    let (bytes, length) = (text.as_bytes(), to.saturating_sub(from));
    let Some(first) = bytes.get(from) else { return 0 };
    let known = match length {
        0 => return 0,
        1..=LONGEST => TABLE.get(packed(&bytes[from..], length)),
        _ => text.get(from..to).and_then(|word| FLAGS.get(word)).copied().unwrap_or(0),
    };
    let count = if first.is_ascii_digit() { COUNT } else { 0 };
    // A progressive may announce as well: "booking it now".
    let announce = if bytes.get(from..to).is_some_and(|w| w.ends_with(b"ing")) { ANNOUNCE } else { 0 };
    known | count | announce
}
