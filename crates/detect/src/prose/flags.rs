//! What the lexicons know of a word, in one look-up: most words are in none, and are passed over by their flags.

use crate::lexicon::english;
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
    for (word, english) in super::language::words() {
        set(&mut std::iter::once(word), if *english { ENGLISH } else { OTHER });
    }
    all
});

/// The flags again, found by a word's bytes in two numbers; a word of more than sixteen bytes is looked up by itself.
/// Every word that anybody says goes through here.
struct Table {
    slots: Vec<(u64, u64, u8)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let size = (FLAGS.len() * 4).next_power_of_two();
    let mut table = Table { slots: vec![(0, 0, 0); size] };
    for (word, flags) in FLAGS.iter() {
        let Some((head, tail)) = packed(word) else { continue };
        let mut at = table.slot(head, tail);
        while table.slots[at].2 != 0 {
            at = (at + 1) & (size - 1);
        }
        table.slots[at] = (head, tail, *flags);
    }
    table
});

impl Table {
    fn slot(&self, head: u64, tail: u64) -> usize {
        let hash = (head ^ tail.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash >> 32) as usize & (self.slots.len() - 1)
    }

    fn get(&self, head: u64, tail: u64) -> u8 {
        let mut at = self.slot(head, tail);
        loop {
            let slot = self.slots[at];
            // Three of four slots are free, so that this ends soon.
            if slot.2 == 0 || (slot.0, slot.1) == (head, tail) {
                return slot.2;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

/// A word of at most sixteen bytes as two numbers.
fn packed(word: &str) -> Option<(u64, u64)> {
    let mut bytes = [0; 16];
    bytes.get_mut(..word.len())?.copy_from_slice(word.as_bytes());
    let (head, tail) = bytes.split_at(8);
    let number = |half: &[u8]| half.iter().rev().fold(0u64, |n, b| n << 8 | u64::from(*b));
    Some((number(head), number(tail)))
}

/// The flags of a word in lower case.
pub fn of(word: &str) -> u8 {
    // A progressive may announce as well: "booking it now".
    let count = if word.as_bytes().first().is_some_and(u8::is_ascii_digit) { COUNT } else { 0 };
    let announce = if word.ends_with("ing") { ANNOUNCE } else { 0 };
    let known = match packed(word) {
        Some((head, tail)) => TABLE.get(head, tail),
        None => FLAGS.get(word).copied().unwrap_or(0),
    };
    known | count | announce
}
