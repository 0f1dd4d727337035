//! The verbs with which a passage asks for what a call does.

use crate::bits::{self, Bits};
use crate::prose::flags::Fast;
use crate::prose::lexicon;
use crate::prose::pattern;
use crate::tools::contract::Known;
use regex::Regex;
use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::ops::Range;
use std::sync::LazyLock;

use super::{AFTER, BEFORE};
/// The verb with which a passage asks for what this call does.
pub fn directive(passage: &str, verbs: &Verbs) -> Option<Range<usize>> {
    let escaped = memchr::memchr(b'\\', passage.as_bytes()).is_some();
    if !escaped && !verbs.may_stand_in(passage.as_bytes()) {
        return None;
    }
    let folded = folded(passage);
    if escaped && !verbs.may_stand_in(folded.as_bytes()) {
        return None;
    }
    if verbs.name.len() >= 4
        && let Some(at) = folded.find(&verbs.name)
    {
        return Some(at..at + verbs.name.len());
    }
    let mut start = None;
    let mut light = None;
    let ends = folded.char_indices().chain(std::iter::once((folded.len(), ' ')));
    for (i, c) in ends {
        if c.is_alphanumeric() || c == '-' || c == '\'' {
            start.get_or_insert(i);
            continue;
        }
        let Some(from) = start.take() else { continue };
        let word = &folded[from..i];
        let own = verbs.own(word);
        if (own || LIGHT.contains(&word)) && is_imperative(&folded[..from]) {
            if own {
                return Some(from..i);
            }
            light = Some(from);
        }
        if let Some(at) = light.filter(|at| from - at < 60 && verbs.noun.contains(word)) {
            return Some(at..i);
        }
    }
    None
}

/// True where a verb that asks for a use stands a few words before a place: "run `x`", "then call the function x".
pub fn is_imperative_at(text: &str, place: usize) -> bool {
    const USES: [&str; 8] = ["use", "call", "run", "invoke", "execute", "trigger", "start", "perform"];
    let folded = text[..place].to_lowercase();
    let mut words: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty()).collect();
    words.reverse();
    words.iter().take(4).filter(|w| USES.contains(w)).any(|w| {
        let at = w.as_ptr() as usize - folded.as_ptr() as usize;
        is_imperative(&folded[..at])
    })
}

/// A text in lower case, in which no line break of JSON text makes a word of its neighbor; byte positions agree.
fn folded(text: &str) -> String {
    let escaped = memchr::memchr(b'\\', text.as_bytes()).is_some();
    if escaped { pattern::unwrapped(text).to_ascii_lowercase() } else { text.to_ascii_lowercase() }
}

/// True where a text tells its reader to do anything: an imperative, or what is to be done.
pub fn orders(text: &str) -> bool {
    const MUST: [&str; 23] = [
        " must ",
        " should ",
        " is to be ",
        " are to ",
        "are told to ",
        "have to ",
        "has to ",
        "need to ",
        "directive",
        "ignore ",
        "disregard ",
        "next step ",
        "instead ",
        "would like ",
        " wants ",
        " is needed",
        " are needed",
        " is required",
        " are required",
        "obliged to ",
        "expected to ",
        "be sure to ",
        "kindly ",
    ];
    let folded = folded(text);
    let lexicon = lexicon::english();
    MUST.iter().any(|m| folded.contains(m))
        || folded.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'').filter(|w| w.len() > 1).any(|word| {
            let at = word.as_ptr() as usize - folded.as_ptr() as usize;
            let verb = !lexicon.of_base(word).is_empty() || LIGHT.contains(&word) || LOOK.contains(&word);
            verb && is_imperative(&folded[..at])
        })
}

// A record that spells an operation out: `"op": "transfer"`, `action: delete`.
static OPERATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r#"(?i)["']?\b(?:op|operation|action|do|command|tool|function|method|task|execute|call)s?["']?\s*[:=]\s*["']?([\w -]{2,60})"#,
    )
});

/// The record around a place, up to its end, where it may spell an operation out.
pub fn record(text: &str, place: &Range<usize>) -> Option<Range<usize>> {
    let from = text.floor_char_boundary(place.start.saturating_sub(BEFORE));
    let to = text.ceil_char_boundary(place.end + AFTER);
    let left = text[from..place.start].rfind('{').map(|i| from + i)?;
    let right = text[place.end..to].find('}').map_or(to, |i| place.end + i);
    may_spell_out(&text.as_bytes()[left..right]).then_some(left..right)
}

/// True where a record spells an operation out that is the call's.
pub fn spells_out(record: &str, verbs: &Verbs) -> bool {
    OPERATION.as_ref().is_some_and(|operation| {
        operation
            .captures_iter(record)
            .filter_map(|c| c.get(1))
            .any(|m| crate::tools::contract::words_of(m.as_str()).iter().any(|w| verbs.base.contains(w.as_str())))
    })
}

/// True where the pattern for operations may match. Every record has colons, few have one of its words before them, and
/// looking back from a colon is far cheaper than the pattern.
pub fn may_spell_out(text: &[u8]) -> bool {
    memchr::memchr2_iter(b':', b'=', text).any(|at| {
        let mut end = at;
        while end > 0 && (text[end - 1].is_ascii_whitespace() || text[end - 1] == 0x0b) {
            end -= 1;
        }
        end -= usize::from(end > 0 && matches!(text[end - 1], b'"' | b'\''));
        let letters = text[..end].iter().rev().take_while(|b| b.is_ascii_alphabetic()).count();
        let start = end - letters;
        // Beyond ASCII there are spaces and letters that the pattern takes for these: it decides.
        match start.checked_sub(1).map(|i| text[i]) {
            Some(b) if !b.is_ascii() => return true,
            // `payment_method` is one word.
            Some(b'0'..=b'9' | b'_') => return false,
            _ => {}
        }
        let word = &text[start..end];
        let singular = word.strip_suffix(b"s").or_else(|| word.strip_suffix(b"S")).unwrap_or(word);
        let begins = |w: &str| w.as_bytes().first().zip(singular.first()).is_some_and(|(a, b)| *a == *b | 0x20);
        of_operations(singular.len()).iter().any(|w| begins(w) && singular.eq_ignore_ascii_case(w.as_bytes()))
    })
}

/// The words of so many letters with which records name operations; most names are as long as none of them.
fn of_operations(length: usize) -> &'static [&'static str] {
    match length {
        2 => &["op", "do"],
        4 => &["tool", "task", "call"],
        6 => &["action", "method"],
        7 => &["command", "execute"],
        8 => &["function"],
        9 => &["operation"],
        _ => &[],
    }
}

/// Verbs that ask for whatever the noun behind them names: "make a reservation".
const LIGHT: [&str; 16] = [
    "make", "do", "issue", "place", "give", "set", "put", "start", "perform", "complete", "execute", "call", "run",
    "use", "submit", "initiate",
];

/// The words with which a passage would ask for a call; made once per tool.
#[derive(Debug)]
pub struct Verbs {
    name: String,
    base: HashSet<&'static str, BuildHasherDefault<Fast>>,
    noun: HashSet<String, BuildHasherDefault<Fast>>,
    /// One bit for each hash of what a word begins with that may ask: nearly every passage has none.
    begins: [u64; BITS / 64],
}

/// Many more bits than a tool has words.
const BITS: usize = 4096;

/// Verbs that ask for a look.
const LOOK: [&str; 15] = [
    "visit", "open", "read", "go", "browse", "fetch", "check", "look", "click", "navigate", "retrieve", "get",
    "search", "find", "download",
];

impl Verbs {
    /// The words for calls of a tool.
    pub fn of(name: &str, known: &Known) -> Self {
        let lexicon = lexicon::english();
        let name = name.to_ascii_lowercase();
        let mut verbs = Verbs { name, base: HashSet::default(), noun: HashSet::default(), begins: [0; BITS / 64] };
        for word in &known.words {
            let families = lexicon.of_tool_word(word);
            for family in families {
                verbs.family(family);
            }
            if lexicon.is_read_word(word) {
                verbs.base.extend(LOOK);
            }
            verbs.noun.insert(word.clone());
        }
        for family in &known.families {
            verbs.family(family);
        }
        let prefixes = (4..=verbs.name.len()).filter_map(|end| verbs.name.get(..end));
        for word in verbs.base.iter().copied().chain(LIGHT).chain(prefixes) {
            let (at, mask) = beginning(word.as_bytes(), word.len());
            verbs.begins[at] |= mask;
        }
        verbs
    }

    /// False where no word of a passage asks for anything, whatever stands before it, and the tool is not named.
    fn may_stand_in(&self, passage: &[u8]) -> bool {
        let asks = |run: Range<usize>| {
            let (at, mask) = beginning(&passage[run.start..], run.len());
            self.begins[at] & mask != 0
        };
        let name = self.name.as_bytes();
        let named = |first: u8| {
            memchr::memchr2_iter(first, first.to_ascii_uppercase(), passage)
                .any(|at| passage.get(at..at + name.len()).is_some_and(|p| p.eq_ignore_ascii_case(name)))
        };
        Bits::of_compounds(passage).runs().any(asks) || name.len() >= 4 && named(name[0])
    }

    fn family(&mut self, family: &str) {
        if let Some(words) = lexicon::english().families.get(family) {
            self.base.extend(words.base.iter().chain(&words.tool).map(String::as_str));
            self.noun.extend(words.noun.iter().cloned());
        }
    }

    fn own(&self, word: &str) -> bool {
        self.base.contains(word)
            || (self.name.starts_with(word)
                && word.len() > 3
                && !self.name[word.len()..].starts_with(|c: char| c.is_ascii_lowercase()))
    }
}

/// The place of a bit for the first eight bytes of a word of some length, whatever their case.
fn beginning(word: &[u8], length: usize) -> (usize, u64) {
    let folded = bits::first(word, length.min(8)) | 0x2020_2020_2020_2020;
    let bit = (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize % BITS;
    (bit / 64, 1 << (bit % 64))
}

/// True when a verb that follows these words is asked for, and not told of.
pub(crate) fn is_imperative(before: &str) -> bool {
    const OPENERS: [&str; 30] = [
        "please",
        "must",
        "should",
        "to",
        "and",
        "then",
        "kindly",
        "first",
        "now",
        "you",
        "will",
        "can",
        "could",
        "would",
        "do",
        "so",
        "also",
        "just",
        "next",
        "immediately",
        "shall",
        "need",
        "let",
        "not",
        "finally",
        "don't",
        "help",
        "it",
        "instead",
        "quickly",
    ];
    let trimmed = before.trim_end_matches([' ', '\n', '\r', '\t']);
    let Some(last) = trimmed.chars().last() else { return true };
    if !last.is_alphanumeric() && last != '\'' {
        return true;
    }
    // `\n` inside JSON text.
    if trimmed.ends_with("\\n") {
        return true;
    }
    let word = trimmed.rsplit(|c: char| !c.is_alphanumeric() && c != '\'').next().unwrap_or_default();
    OPENERS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_count_where_they_ask() {
        assert!(is_imperative("please "));
        assert!(is_imperative("done. "));
        assert!(!is_imperative("the last "));
    }
}
