//! The words with which people speak of one operation, and how they order it.

use super::exchange::Folded;
use super::tokens::Tokens;
use crate::prose::lexicon;
use crate::prose::passage;
use crate::prose::pattern;
use crate::session::Call;
use crate::tools::operation::Operation;
use aho_corasick::AhoCorasick;
use hindcast_trace::json::Value;
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::LazyLock;

/// The words with which people name one operation.
pub(super) struct Words<'w> {
    verbs: Vec<&'w str>,
    /// What the operation is called.
    nouns: Vec<&'w str>,
    /// Whatever else it goes by: participles, the object in the tool's name.
    others: Vec<&'w str>,
    /// Verbs and others with their beginnings.
    all: Vec<(usize, &'w str)>,
    /// Values of the arguments that tell one call from another, in lower case.
    values: OnceCell<Vec<String>>,
    args: Option<Value<'w>>,
    /// One bit for each beginning that any of them has: nearly every word of a talk is passed over by it.
    begins: [u64; 512],
}

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
        for family in &operation.families {
            if let Some(words) = lexicon.families.get(family) {
                verbs.extend(words.base.iter().map(String::as_str));
                others.extend(words.past.iter().chain(&words.noun).map(String::as_str));
                nouns.extend(words.noun.iter().map(String::as_str));
            }
        }
        verbs.extend(
            SYNONYMS
                .iter()
                .filter(|(f, _)| operation.families.iter().any(|o| o == f))
                .flat_map(|(_, w)| w.iter().copied()),
        );
        for word in &call.known.words {
            if word.len() > 2 && !EMPTY_WORDS.contains(&word.as_str()) {
                if verbs.is_empty() {
                    verbs.push(word.as_str());
                }
                others.push(word.as_str());
            }
        }
        Words { args: call.args(), ..Words::new(verbs, nouns, others) }
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

    /// The words, ready to be looked for.
    pub(super) fn new(verbs: Vec<&'w str>, nouns: Vec<&'w str>, others: Vec<&'w str>) -> Self {
        let mut begins = [0; 512];
        let all: Vec<_> = verbs.iter().chain(&others).map(|w| (beginning(w.as_bytes()), *w)).collect();
        for (bit, _) in &all {
            begins[bit / 64] |= 1 << (bit % 64);
        }
        Words { verbs, nouns, others, all, values: OnceCell::new(), args: None, begins }
    }

    /// True unless no inflected form of any word begins like this one. Forms of a word share three letters and more.
    fn may_have(&self, word: &str) -> bool {
        let bytes = word.as_bytes();
        let bit = beginning(bytes);
        bytes.iter().take(3).any(|b| !b.is_ascii()) || self.begins[bit / 64] & (1 << (bit % 64)) != 0
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
            // "and to each user write the message": a verb with an object behind it.
            let next = words_at(&folded[start + word.len()..]).next().map_or("", |(_, w)| w);
            let has_object =
                ["the", "a", "an", "them", "him", "her", "it", "all", "my", "me", "this", "that"].contains(&next);
            let told = words_at(sentence)
                .last()
                .is_some_and(|(_, w)| matches!(w, "i" | "we" | "they" | "who" | "he" | "she" | "didn't" | "did"));
            if passage::is_imperative(before) || wants(sentence) || (has_object && !told) {
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

/// Everyday verbs for families whose words in the lexicon are those of tools.
const SYNONYMS: [(&str, &[&str]); 10] = [
    ("cancel", &["cancel", "drop", "stop", "end", "get rid of", "call off"]),
    ("refund", &["return", "refund", "give back", "money back"]),
    (
        "update",
        &[
            "add",
            "switch",
            "put",
            "make",
            "fix",
            "upgrade",
            "reschedule",
            "use",
            "turn",
            "remove",
            "move",
            "give",
            "assign",
            "swap",
            "exchange",
        ],
    ),
    (
        "create",
        &["make", "set", "put", "give", "register", "schedule", "book", "send", "order", "get", "return", "start"],
    ),
    (
        "send",
        &[
            "tell", "write", "let", "answer", "ask", "give", "contact", "ping", "mail", "invite", "add", "say",
            "respond",
        ],
    ),
    ("book", &["get", "take", "reserve", "schedule", "put", "make", "go with", "set", "move", "change"]),
    ("order", &["get", "buy", "take", "purchase"]),
    ("pay", &["buy", "pay", "order", "take", "settle"]),
    ("transfer", &["send", "pay", "move", "put", "give"]),
    ("delete", &["delete", "remove", "clean", "get rid of", "drop", "take"]),
];

fn words_at(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'')
        .filter(|w| !w.is_empty())
        .map(|w| (w.as_ptr() as usize - text.as_ptr() as usize, w))
}

static WANTS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    pattern::any_of([
        "want",
        "i'd like",
        "i would like",
        "would like",
        "need",
        "wish",
        "i'll",
        "let's",
        "looking to",
        "please",
        "hoping to",
        "can you",
        "could you",
        "can i",
        "could i",
        "decided to",
        "going to",
        "i will",
        "prefer",
        "trying to",
    ])
});

pub(super) fn wants(sentence: &str) -> bool {
    WANTS.as_ref().is_some_and(|words| words.is_match(sentence))
}

static MIGHT_BE: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    pattern::any_of([
        "if i",
        "if we",
        "would it",
        "would i",
        "may have to",
        "might",
        "thinking about",
        "thinking of",
        "how do i",
        "how can i",
        "how much",
        "what would",
        "what happens",
        "wondering",
        "don't",
        "do not",
        "never",
        "without",
        "fair",
        "not to",
    ])
});

/// "How much would I get if I cancelled", "may have to give up": talk of what might be.
fn hypothetical(before: &str, after: &str) -> bool {
    MIGHT_BE.as_ref().is_some_and(|words| words.is_match(before))
        || after.split(['.', '!', '\n']).next().is_some_and(|s| s.contains("would it") || s.contains("what would"))
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
