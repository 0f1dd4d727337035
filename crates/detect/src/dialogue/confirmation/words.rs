//! The words with which people speak of one operation, and how they order it.

use super::exchange::Folded;
use super::tokens::Tokens;
use super::wishes::{hypothetical, wants};
use crate::prose::lexicon;
use crate::prose::passage;
use crate::session::Call;
use crate::tools::operation::Operation;
use hindcast_trace::json::Value;
use std::cell::OnceCell;
use std::ops::Range;

/// The words with which people name one operation.
pub(super) struct Words<'w> {
    /// Verbs that order it, everyday ones as well.
    verbs: Vec<&'w str>,
    /// What the operation is called.
    nouns: Vec<&'w str>,
    /// Whatever else it goes by: participles, the object in the tool's name.
    others: Vec<&'w str>,
    /// Verbs of its families, and others, with their beginnings.
    all: Vec<(usize, &'w str)>,
    /// Values of the arguments that tell one call from another, in lower case.
    values: OnceCell<Vec<String>>,
    args: Option<Value<'w>>,
    /// The words of the tool's name.
    name: &'w [String],
    /// True for an operation that undoes another one.
    takes_back: bool,
    /// One bit for each hash of a beginning that any of them has: nearly every word of a talk is passed over by it.
    begins: [u64; BITS / 64],
}

/// Many more bits than an operation has words, and few enough to be cleared for each call.
const BITS: usize = 4096;

/// Words that follow a verb of an order.
const OBJECTS: [&str; 22] = [
    "the",
    "a",
    "an",
    "them",
    "him",
    "her",
    "it",
    "all",
    "my",
    "me",
    "this",
    "that",
    "our",
    "us",
    "both",
    "these",
    "those",
    "another",
    "every",
    "everything",
    "one",
    "two",
];
/// Families of operations that take back what another one did.
const TAKES_BACK: [&str; 2] = ["cancel", "delete"];
/// Words in tools' names that are about anything.
const EMPTY_WORDS: [&str; 24] = [
    "user", "to", "by", "of", "the", "a", "id", "for", "in", "and", "with", "get", "set", "do", "new", "data", "info",
    "details", "from", "on", "all", "items", "v2", "make",
];

impl<'w> Words<'w> {
    /// The words for a call.
    pub(super) fn of(call: &'w Call<'_>, operation: &Operation) -> Self {
        let lexicon = lexicon::english();
        let mut verbs = Vec::new();
        let mut nouns = Vec::new();
        let mut others = Vec::new();
        let mut asked = Vec::new();
        // People ask for whatever any word of the name says: `order.refund` is asked for as a refund, `payments/create` as a
        // payment.
        let mut families: Vec<&str> = operation.families.iter().map(String::as_str).collect();
        if call.known.contract.as_ref().is_none_or(|c| c.family.is_none()) {
            for word in &call.known.words {
                let one = word.strip_suffix('s').unwrap_or(word);
                families.extend(lexicon.of_tool_word(word).iter().chain(lexicon.of_tool_word(one)));
            }
        }
        // Who orders a booking does not ask to cancel it: `cancel_booking` takes back what its noun names.
        let takes_back = families.iter().any(|f| TAKES_BACK.contains(f));
        if takes_back {
            families.retain(|f| TAKES_BACK.contains(f) || matches!(*f, "update" | "refund"));
        }
        families.sort_unstable();
        families.dedup();
        for family in families {
            if let Some(words) = lexicon.families.get(family) {
                verbs.extend(words.base.iter().map(String::as_str));
                others.extend(words.past.iter().chain(&words.noun).map(String::as_str));
                nouns.extend(words.noun.iter().map(String::as_str));
            }
            asked.extend(lexicon.list(&format!("asked_as_{family}")).map(String::as_str));
        }
        for word in &call.known.words {
            if word.len() > 2 && !EMPTY_WORDS.contains(&word.as_str()) {
                if verbs.is_empty() {
                    verbs.push(word.as_str());
                }
                others.push(word.as_str());
                // "Hold it for me" asks for `hold_place`.
                if !takes_back {
                    asked.push(word.as_str());
                }
            }
        }
        Words { args: call.args(), name: &call.known.words, takes_back, ..Words::new(verbs, asked, nouns, others) }
    }

    /// Values of the call's arguments that tell it from another one, in lower case.
    pub(super) fn values(&self) -> &[String] {
        self.values.get_or_init(|| {
            let mut found = Vec::new();
            let args = self.args.into_iter().flat_map(Value::entries).map(|(_, v)| v);
            for value in args.flat_map(|v| v.items().chain((!v.is_array()).then_some(v))).take(64) {
                found.extend(value.str().map(|s| s.to_lowercase()).filter(|s| s.len() >= 3 && s.len() <= 80));
            }
            found
        })
    }

    /// The plain values of the arguments, as texts in lower case.
    fn leaves(&self) -> impl Iterator<Item = String> {
        let args = self.args.into_iter().flat_map(Value::entries).map(|(_, v)| v);
        let plain = args.flat_map(|v| v.items().chain((!v.is_array() && !v.is_object()).then_some(v))).take(64);
        plain.map(|v| v.str().unwrap_or_else(|| v.raw()).to_lowercase())
    }

    /// True where a text in lower case has a value of the call, other than a short one.
    pub(super) fn carried_in(&self, folded: &str) -> bool {
        self.leaves().filter(|v| v.len() > 2 && !matches!(v.as_str(), "true" | "false" | "null")).any(|v| {
            let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
            folded
                .match_indices(v.as_str())
                .any(|(at, _)| edge(folded[..at].chars().next_back()) && edge(folded[at + v.len()..].chars().next()))
        })
    }

    /// True where the call carries a number or a time, perhaps as a part of a moment.
    pub(super) fn carries_number(&self, number: &str) -> bool {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        self.leaves().any(|v| {
            v.match_indices(number)
                .any(|(at, _)| !digit(v[..at].chars().next_back()) && !digit(v[at + number.len()..].chars().next()))
        })
    }

    /// True where an argument marks something as taken back: `"withdrawn": true`.
    pub(super) fn marks_withdrawn(&self) -> bool {
        let back = |key: &str| lexicon::english().of_past(key).iter().any(|f| TAKES_BACK.contains(f));
        let args = self.args.into_iter().flat_map(Value::entries).take(64);
        args.filter(|(_, v)| v.bool() == Some(true)).any(|(k, _)| k.str().is_some_and(|k| back(&k.to_lowercase())))
    }

    /// The words, ready to be looked for.
    pub(super) fn new(mut verbs: Vec<&'w str>, asked: Vec<&'w str>, nouns: Vec<&'w str>, others: Vec<&'w str>) -> Self {
        let mut begins = [0; BITS / 64];
        let all: Vec<_> = verbs.iter().chain(&others).map(|w| (beginning(w.as_bytes()), *w)).collect();
        verbs.extend(asked);
        for bit in all.iter().map(|(bit, _)| *bit).chain(verbs.iter().map(|w| beginning(w.as_bytes()))) {
            begins[bit % BITS / 64] |= 1 << (bit % 64);
        }
        Words { verbs, nouns, others, all, values: OnceCell::new(), args: None, name: &[], takes_back: false, begins }
    }

    /// True unless no inflected form of any word begins like this one. Forms of a word share three letters and more.
    fn may_have(&self, word: &str) -> bool {
        let bytes = word.as_bytes();
        let bit = beginning(bytes);
        bytes.iter().take(3).any(|b| !b.is_ascii()) || self.begins[bit % BITS / 64] & (1 << (bit % 64)) != 0
    }

    /// True for one of them, inflected or not.
    pub(super) fn has(&self, word: &str) -> bool {
        let begin = beginning(word.as_bytes());
        self.all.iter().any(|(own, w)| *own == begin && same_stem(w, word))
    }

    /// True when a part of a text names the operation.
    pub(super) fn among(&self, text: &str, tokens: &Tokens, part: Range<usize>) -> bool {
        tokens.within(&part).map(|t| &text[t.clone()]).any(|w| self.may_have(w) && self.has(&w.to_lowercase()))
    }

    /// Where the user orders it in their own words.
    pub(super) fn order(&self, reply: &Folded) -> Option<usize> {
        let folded = reply.text.as_str();
        for place in &reply.words {
            let (start, word) = (place.start, &folded[place.clone()]);
            if !self.may_have(word) || !self.verbs.contains(&word) {
                continue;
            }
            let before = &folded[..start];
            let sentence = before.rsplit(['.', '!', '?', '\n', ',']).next().unwrap_or_default();
            if hypothetical(sentence, &folded[start..]) {
                continue;
            }
            // "What interest do you pay": a question orders where it wishes, or begins with the verb.
            let end = folded[start..].find(['.', '!', '?', '\n']).map_or(folded.len(), |i| start + i);
            let question = folded.as_bytes().get(end) == Some(&b'?');
            let opens = words_at(sentence).last().is_none_or(|(_, w)| matches!(w, "and" | "then" | "please" | "also"));
            if question && !opens && !wants(sentence) {
                continue;
            }
            // "and to each user write the message": a verb with an object behind it.
            let next = words_at(&folded[start + word.len()..]).next().map_or("", |(_, w)| w);
            let has_object = OBJECTS.contains(&next);
            let told = words_at(sentence)
                .last()
                .is_some_and(|(_, w)| matches!(w, "i" | "we" | "they" | "who" | "he" | "she" | "didn't" | "did"));
            if passage::is_imperative(before) || wants(sentence) || ((has_object || starts_with_number(next)) && !told)
            {
                return Some(start);
            }
        }
        // "I'd like a refund", "I want my money back".
        if !reply.wants {
            return None;
        }
        self.nouns.iter().find_map(|noun| {
            let at = folded.find(noun)?;
            let sentence = folded[..at].rsplit(['.', '!', '?', '\n']).next().unwrap_or_default();
            (wants(sentence) && !hypothetical(sentence, &folded[at..])).then_some(at)
        })
    }

    /// True where one of the verbs orders, in a text in lower case.
    pub(super) fn orders(&self, folded: &str) -> bool {
        words_at(folded).any(|(at, w)| self.verbs.contains(&w) && passage::is_imperative(&folded[..at]))
    }

    /// True for an operation that undoes another one.
    pub(super) fn takes_back(&self) -> bool {
        self.takes_back
    }

    /// True for a word with which somebody asks for it. What takes back is not asked for by the name of what it takes back.
    pub(super) fn names(&self, word: &str) -> bool {
        if self.takes_back { self.verbs.iter().any(|v| same_stem(v, word)) } else { self.has(word) }
    }

    /// True where a text in lower case orders, in whatever word for it, that the thing in the tool's name be taken back, for an
    /// operation that does so: "delete my bookings" for `booking_cancel`.
    pub(super) fn takes_back_object(&self, folded: &str) -> bool {
        let verb = |w: &str| lexicon::english().of_base(w).iter().any(|f| TAKES_BACK.contains(f));
        self.takes_back
            && words_at(folded).any(|(at, w)| verb(w) && passage::is_imperative(&folded[..at]))
            && words_at(folded).any(|(_, w)| !verb(w) && self.has_of_name(w))
    }

    /// True where a text in lower case says that the thing in the tool's name is not needed.
    pub(super) fn object_unwanted(&self, text: &str) -> bool {
        const NOT: [&str; 8] = [
            "don't need",
            "dont need",
            "do not need",
            "no longer need",
            "don't want",
            "dont want",
            "do not want",
            "no longer want",
        ];
        let folded = text.to_lowercase().replace('\u{2019}', "'");
        folded.split(['.', '!', '?', '\n', ';', ',']).any(|clause| {
            NOT.iter().any(|n| clause.contains(n))
                && !clause.contains(" to ")
                && (clause.contains("any more") || clause.contains("anymore") || clause.contains("no longer"))
                && words_at(clause).any(|(_, w)| self.has_of_name(w))
        })
    }

    /// True for a word of the tool's own name, inflected or not.
    pub(super) fn has_of_name(&self, word: &str) -> bool {
        self.name.iter().any(|own| own.len() > 3 && same_stem(own, word))
    }

    /// A request, in verbs that no lexicon has, for the thing that the tool's name has: "sort my invoice out, please".
    /// A question about it is none.
    pub(super) fn object_wanted(&self, text: &str) -> bool {
        let folded = text.to_lowercase();
        if !wants(&folded) {
            return false;
        }
        const ASKS: [&str; 22] = [
            "tell",
            "show",
            "check",
            "know",
            "see",
            "look",
            "find",
            "explain",
            "what",
            "how",
            "when",
            "which",
            "until",
            "where",
            "why",
            "who",
            "whether",
            "list",
            "read",
            "summarize",
            "summarise",
            "describe",
        ];
        folded.split_inclusive(['.', '!', '?', '\n']).any(|sentence| {
            let asked = words_at(sentence).any(|(_, w)| ASKS.contains(&w))
                || sentence.trim_end().ends_with('?') && !wants(sentence);
            let object = || {
                words_at(sentence)
                    .any(|(_, w)| w.len() > 3 && self.others.iter().any(|o| o.len() > 3 && same_stem(o, w)))
            };
            !asked && wants(sentence) && !hypothetical(sentence, "") && object()
        })
    }
}

fn starts_with_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

fn words_at(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'')
        .filter(|w| !w.is_empty())
        .map(|w| (w.as_ptr() as usize - text.as_ptr() as usize, w))
}

/// A number below 32768 for the first three letters of a word, whatever their case.
fn beginning(word: &[u8]) -> usize {
    word.iter().take(3).fold(0, |n, b| n << 5 | usize::from(b & 0x1f))
}

fn same_stem(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let stem = short.strip_suffix('e').unwrap_or(short);
    short.len() >= 4
        && long.starts_with(stem)
        && ["s", "es", "ed", "d", "ing", "led", "ling", "lation", "ation", "tion", "ion", "al", "ment", "r", "er"]
            .contains(&&long[stem.len()..])
}
