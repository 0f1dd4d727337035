//! What the lexicons know of a word, in one look-up: most words are in none, and are passed over by their flags.

use crate::bits;
use crate::prose::lexicon::english;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::select_unpredictable;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// What is known of a word, one bit a fact.
pub type Flags = u32;

/// It can be the heart of a claim.
pub const CLAIM: Flags = 1;
/// It can own up to a failure.
pub const ADMIT: Flags = 1 << 1;
/// A function word of English.
pub const ENGLISH: Flags = 1 << 2;
/// A function word of another language.
pub const OTHER: Flags = 1 << 3;
/// It can begin an announcement.
pub const ANNOUNCE: Flags = 1 << 4;
/// It is a number.
pub const COUNT: Flags = 1 << 5;
/// It stands in a family of operations.
pub const FAMILY: Flags = 1 << 6;
/// It makes what is said depend on something: the lexicon's list `condition`.
pub const CONDITION: Flags = 1 << 7;
/// The lexicon's list `correction`.
pub const CORRECTION: Flags = 1 << 8;
/// The lexicon's list `negation`.
pub const NEGATION: Flags = 1 << 9;
/// The lexicon's list `adverb`.
pub const ADVERB: Flags = 1 << 10;
/// The lexicon's list `state_adverb`.
pub const STATE_ADVERB: Flags = 1 << 11;
/// The lexicon's list `modal`.
pub const MODAL: Flags = 1 << 12;
/// It is a verb that asks for or announces an operation of some family.
pub const BASE: Flags = 1 << 13;
/// It can begin the words that announce something, wherever it stands.
pub const FORMULA: Flags = 1 << 14;
/// The lexicon's list `wanting`.
pub const WANTING: Flags = 1 << 15;
/// The lexicon's list `processed`.
pub const PROCESSED: Flags = 1 << 16;
/// The lexicon's list `submission`.
pub const SUBMISSION: Flags = 1 << 17;
/// The lexicon's list `state_done`.
pub const STATE_DONE: Flags = 1 << 18;
/// The lexicon's list `failure`.
pub const FAILURE: Flags = 1 << 19;
/// It is a participle that claims an operation of some family.
pub const PAST: Flags = 1 << 20;

/// A phrase of the lexicon's list `done_idiom` begins with it.
pub const DONE_IDIOM: Flags = 1 << 21;
/// A phrase of the lexicon's list `announce_idiom` begins with it.
pub const ANNOUNCE_IDIOM: Flags = 1 << 22;
/// The lexicon's list `irregular_past`.
pub const IRREGULAR_PAST: Flags = 1 << 23;
/// The lexicon's list `no_deed`.
pub const NO_DEED: Flags = 1 << 24;
/// The lexicon's list `common`.
pub const COMMON: Flags = 1 << 25;
/// A word of the lexicon's lists `open` and `status_pending`, or one of the future: what can tell that something is not done yet.
pub const OPEN: Flags = 1 << 26;
/// "now", and verbs of moving: with them a thing is told to have become something else.
pub const BECOMES: Flags = 1 << 27;
/// It is longer than four letters and ends like a regular past.
pub const ED: Flags = 1 << 28;
/// The lexicon's list `bare`.
pub const BARE: Flags = 1 << 29;
/// A word that says in another language than English that something was done.
pub const DOING: Flags = 1 << 30;

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

static FLAGS: LazyLock<HashMap<String, Flags, BuildHasherDefault<Fast>>> = LazyLock::new(|| {
    let lex = english();
    let mut all: HashMap<String, Flags, BuildHasherDefault<Fast>> = HashMap::default();
    let mut set = |words: &mut dyn Iterator<Item = &String>, flag: Flags| {
        words.for_each(|w| *all.entry(w.clone()).or_default() |= flag)
    };
    set(&mut lex.families.values().flat_map(|f| &f.past), CLAIM);
    set(&mut lex.families.values().flat_map(|f| f.past.iter().chain(&f.base).chain(&f.noun).chain(&f.tool)), FAMILY);
    for list in ["processed", "submission", "state_done"] {
        set(&mut lex.list(list), CLAIM);
    }
    set(&mut ["let".to_owned(), "checked".to_owned(), "left".to_owned()].iter(), CLAIM);
    for list in ["failure", "negation"] {
        set(&mut lex.list(list), ADMIT);
    }
    set(&mut ["already".to_owned()].iter(), ADMIT);
    set(&mut ["i".to_owned(), "we".to_owned(), "let".to_owned()].iter(), ANNOUNCE);
    set(&mut ["i", "we", "let", "while", "and"].map(str::to_owned).iter(), FORMULA);
    set(&mut ["will", "should", "ll", "to"].map(str::to_owned).iter(), OPEN);
    set(&mut ["now", "went", "came", "left", "landed", "reached"].map(str::to_owned).iter(), BECOMES);
    set(&mut lex.list("number"), COUNT);
    set(&mut lex.families.values().flat_map(|f| &f.base), BASE);
    set(&mut lex.families.values().flat_map(|f| &f.past), PAST);
    for (list, flag) in [
        ("condition", CONDITION),
        ("correction", CORRECTION),
        ("negation", NEGATION),
        ("adverb", ADVERB),
        ("state_adverb", STATE_ADVERB),
        ("modal", MODAL),
        ("wanting", WANTING),
        ("processed", PROCESSED),
        ("submission", SUBMISSION),
        ("state_done", STATE_DONE),
        ("failure", FAILURE),
        ("irregular_past", IRREGULAR_PAST),
        ("no_deed", NO_DEED),
        ("common", COMMON),
        ("open", OPEN),
        ("status_pending", OPEN),
        ("bare", BARE),
    ] {
        set(&mut lex.list(list), flag);
    }
    for (list, flag) in [("done_idiom", DONE_IDIOM), ("announce_idiom", ANNOUNCE_IDIOM)] {
        set(&mut lex.first_words(list), flag);
    }
    let doing = super::doing::words();
    set(&mut doing.iter(), DOING);
    for (word, english) in super::language::words() {
        set(&mut std::iter::once(word), if *english { ENGLISH } else { OTHER });
    }
    all
});

/// The flags again, found by a word's bytes as one number. Every word that anybody says goes through here, so that the
/// table of short words, nearly all that are said, is kept small enough for the fastest memory.
struct Table<N> {
    /// One bit for each hash that a word has. Small enough for the fastest memory, which the buckets are not.
    seen: [u64; SEEN / 64],
    buckets: Vec<Bucket<N>>,
    factor: u64,
    /// A word's place is the highest bits of its hash, on which every byte of it bears.
    shift: u32,
}

/// Words that share a place.
type Bucket<N> = ([N; BUCKET], [Flags; BUCKET]);
const BUCKET: usize = 2;
const SEEN: usize = 8192;

/// All words: of up to eight bytes, and of up to sixteen; a longer word is looked up by itself.
pub struct Known {
    short: Table<u64>,
    long: Table<u128>,
}

static KNOWN: LazyLock<Known> =
    LazyLock::new(|| Known { short: Table::of(1..=8, |n| n as u64), long: Table::of(9..=16, |n| n) });

/// All words, for who looks many up.
pub fn known() -> &'static Known {
    &KNOWN
}

impl<N: Copy + Default + PartialEq + Into<u128>> Table<N> {
    fn of(lengths: RangeInclusive<usize>, narrow: fn(u128) -> N) -> Self {
        let known = FLAGS.iter().filter(|(w, _)| lengths.contains(&w.len()));
        let known: Vec<(N, Flags)> =
            known.map(|(w, flags)| (narrow(w.bytes().rev().fold(0, |n, b| n << 8 | u128::from(b))), *flags)).collect();
        // Factors are tried until no bucket has too many words, with more buckets where none will do.
        let mut factors = (0u64..).map(|n| n.wrapping_mul(0x5851_f42d_4c95_7f2e).wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut size = known.len().max(2).next_power_of_two();
        loop {
            for factor in factors.by_ref().take(32) {
                if let Some(table) = Table::filled(&known, size, factor) {
                    return table;
                }
            }
            size *= 2;
        }
    }

    fn filled(known: &[(N, Flags)], size: usize, factor: u64) -> Option<Self> {
        let buckets = vec![([N::default(); BUCKET], [0; BUCKET]); size];
        let mut table = Table { seen: [0; SEEN / 64], buckets, factor, shift: 64 - size.ilog2() };
        for (word, flags) in known {
            let hash = table.hash(*word);
            let (seen, mask) = Self::bit(hash);
            table.seen[seen] |= mask;
            let at = table.place(hash);
            let (words, all) = &mut table.buckets[at];
            let free = all.iter().position(|f| *f == 0)?;
            (words[free], all[free]) = (*word, *flags);
        }
        Some(table)
    }

    #[inline]
    fn hash(&self, word: N) -> u64 {
        let word: u128 = word.into();
        (word as u64 ^ ((word >> 64) as u64).rotate_left(29)).wrapping_mul(self.factor)
    }

    #[inline]
    fn bit(hash: u64) -> (usize, u64) {
        let at = (hash >> 45) as usize % SEEN;
        (at / 64, 1 << (at % 64))
    }

    #[inline]
    fn place(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize
    }

    #[inline]
    fn get(&self, word: N) -> Flags {
        let hash = self.hash(word);
        let (seen, mask) = Self::bit(hash);
        // Whether a word is known cannot be foreseen, so that nothing is decided: the first bucket, which is at hand,
        // stands in for those of unknown words, and both words of a bucket are compared.
        let at = select_unpredictable(self.seen[seen] & mask != 0, self.place(hash), 0);
        let (words, flags) = &self.buckets[at];
        select_unpredictable(words[0] == word, flags[0], 0) | select_unpredictable(words[1] == word, flags[1], 0)
    }
}

/// The flags of a word in lower case.
pub fn of(word: &str) -> Flags {
    at(word, 0, word.len())
}

/// The flags of the word that stands from one byte to another of a text in lower case.
pub fn at(text: &str, from: usize, to: usize) -> Flags {
    KNOWN.at(text, from, to)
}

/// The last three letters of a progressive, as a number.
const ING: u64 = u64::from_le_bytes(*b"\0\0\0\0\0ing") >> 40;
/// The last two letters of a regular past, as a number.
const PAST_END: u64 = u64::from_le_bytes(*b"\0\0\0\0\0\0ed") >> 48;

impl Known {
    /// The flags of the word that stands from one byte to another of a text in lower case.
    #[inline]
    pub fn at(&self, text: &str, from: usize, to: usize) -> Flags {
        let length = to.saturating_sub(from);
        match text.as_bytes().get(from..).and_then(<[u8]>::first_chunk::<8>) {
            Some(eight) if (1..=8).contains(&length) => {
                let last = u64::from_le_bytes(*eight) << (64 - 8 * length);
                let first = last >> (64 - 8 * length);
                self.short.get(first) | of_ends(first, last, length)
            }
            _ => self.at_end_or_long(text.as_bytes(), from, length),
        }
    }

    /// The same of a word that is long, or among the last bytes. Kept apart, since few are.
    #[inline(never)]
    fn at_end_or_long(&self, text: &[u8], from: usize, length: usize) -> Flags {
        let Some(word) = text.get(from..).and_then(|r| r.get(..length)).filter(|w| !w.is_empty()) else { return 0 };
        let first = bits::first(word, length);
        let last = word.last_chunk::<8>().map_or(first << (64 - 8 * length.min(8)), |chunk| u64::from_le_bytes(*chunk));
        let known = match length {
            1..=8 => self.short.get(first),
            // The two overlap where there are fewer than sixteen bytes.
            9..=16 => self.long.get(u128::from(first) | u128::from(last >> (8 * (16 - length))) << 64),
            _ => std::str::from_utf8(word).ok().and_then(|w| FLAGS.get(w)).copied().unwrap_or(0),
        };
        known | of_ends(first, last, length)
    }
}

/// The flags that follow from the first and the last eight bytes of a word.
#[inline]
fn of_ends(first: u64, last: u64, length: usize) -> Flags {
    let count = if (first as u8).is_ascii_digit() { COUNT } else { 0 };
    let past = if length > 4 && last >> 48 == PAST_END { ED } else { 0 };
    // A progressive may announce as well: "booking it now".
    count | past | if last >> 40 == ING { ANNOUNCE } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_wherever_it_stands() {
        for (word, flags) in FLAGS.iter() {
            assert_eq!(of(word) & flags, *flags, "{word}");
            let text = format!("so {word} and more of it all");
            assert_eq!(at(&text, 3, 3 + word.len()), of(word), "{word}");
        }
        assert_eq!((of("zzz"), of(""), at("a", 1, 2), at("a", 0, 3)), (0, 0, 0, 0));
        assert_eq!((of("zzzed"), of("zzed"), of("zzzzzzzzzzzzzzzzzzed")), (ED, 0, ED));
        assert_eq!((of("7th"), of("zzing"), of("zzzzzzzzzzzzzzzzzzing")), (COUNT, ANNOUNCE, ANNOUNCE));
    }
}
