//! Passages in a tool's answer that tell their reader to do something.
//!
//! Two things are kept apart. *Directive*: the passage asks for the very operation that a call then did. *Addressed*:
//! it speaks to an agent and not to a person. Neither alone says that the agent obeyed; where the values came from
//! does.

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

/// How far a passage reaches to both sides of a value.
const BEFORE: usize = 260;
const AFTER: usize = 200;
/// How far around a value words are looked for that speak to an agent.
const AROUND: usize = 700;

// Words for software that reads on somebody's behalf, talk of prior instructions, and imitated system messages.
// They corroborate; one template without any of them must not change the answer where provenance is clear.
static ADDRESSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile_wrapped(
        r"(?ix)
        \b(?:ai|llm|gpt(?:-?[\w.]+)?|chatgpt|claude|gemini|llama|copilot|command\x20r\+?|language\x20model|virtual\x20assistant)\b
        | \b(?:dear|note\x20(?:to|for)|attention|hey|hi|hello|to|for)[\s,:]+(?:the\x20|any\x20|all\x20|every\x20|you,?\x20)?(?:\w+\x20)?(?:assistants?|agents?|bots?|helpers?|models?|chatbots?|automation|software)\b
        | \b(?:assistants?|agents?|bots?|helpers?|models?|software|processors?|crawlers?)\b(?:\x20[\w']+){0,3}[,:]
        | \b(?:important|urgent)\b[^.\n]{0,30}\b(?:assistant|agent|bot)\b
        | \b(?:(?:assistants|agents|bots|models)\b(?:\x20[\w']+){0,5}|(?:any|every|the)\x20(?:ai\x20)?(?:assistant|agent|bot))\x20(?:must|should|shall|have\x20to|has\x20to|need\x20to|needs\x20to|are\x20to|is\x20to)\b
        | \b(?:automated|automatic|machine)\x20(?:\w+\x20)?(?:processing|processors?|readers?|systems?|handling)\b
        | \b(?:whoever|anyone|anybody|those|who(?:soever)?|helpers?|readers?)\b[^.\n]{0,20}\b(?:reads?|opened|opens|works|working|processes|handles|processing|handling|sees)\b[^.\n]{0,20}\b(?:this|these|the|on)\b
        | \bon\x20behalf\x20of\b
        | \b(?:ignore|disregard|forget|override)\b[^.\n]{0,30}\b(?:previous|prior|above|earlier|other|all|your|original)\b
        | \b(?:before|after|instead\x20of|prior\x20to)\b[^.\n]{0,30}\b(?:solv\w+|continu\w+|answer\w*|complet\w+|proceed\w*|finish\w*|do)\b[^.\n]{0,30}\b(?:task|request|question|job|work)\b
        | \b(?:the|your)\x20(?:original|current|previous|user's|operator's)\x20(?:task|instructions?|request|query|prompt)\b
        | \b(?:system|developer|admin(?:istrator)?|platform)[\s/_-]?(?:message|note|notice|prompt|override|instructions?|update|command)\b
        | \[\[[^\]]{2,60}\]\] | <\s*/?\s*(?:information|system|instructions?|important|admin|prompt|assistant)\b[^>]{0,40}>
        | \bsystem\s*:\s | \bnew\x20instructions?\b | \btask\x20that\x20i\x20gave\x20you\b
        ",
    )
});

// An agreement that somebody claims for the user, or a rule that nobody in charge set.
static CONSENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile_wrapped(
        r"(?ix)
        \b(?:has|have|had|already|hereby)\x20(?:already\x20|been\x20){0,2}(?:agreed|consented|approved|authori[sz]ed|accepted|okayed|cleared|signed\x20off|given\x20(?:their|his|her|the|its)\x20(?:consent|approval|ok|permission))\b
        | \bpre-?(?:approved|authori[sz]ed|agreed)\b
        | \bnew\x20(?:policy|rule|procedure|guidelines?|process|requirement|regulation|directive)\b
        | \b(?:policy|rules?|guidelines?|procedures?|regulations?)\x20(?:now\x20)?(?:requires?|demands?|says?|prescribes?)\b
        | \beffective\x20(?:immediately|today|now|at\x20once)\b | \bin\x20force\x20(?:since|from|as)\b
        | \bstanding\x20(?:order|instructions?|authori[sz]ation)\b
        | \bno\x20(?:further\x20|additional\x20)?(?:confirmation|approval|consent|question)s?\x20(?:is\x20|are\x20)?(?:needed|required|necessary)\b
        | \b(?:without\x20(?:asking|checking)|(?:need|needs)\x20not\x20(?:be\x20)?(?:ask|confirm|trouble)\w*)\b
        ",
    )
});

/// The words with which an unwrapped text claims an agreement or a rule.
pub(crate) fn consent(text: &str) -> Option<Range<usize>> {
    CONSENT.as_ref()?.find(text).map(|m| m.range())
}

/// The passage around a place: a sentence or a field, or some of either where they are long.
pub fn around(text: &str, place: &Range<usize>) -> Range<usize> {
    let from = text.floor_char_boundary(place.start.saturating_sub(BEFORE));
    let to = text.ceil_char_boundary(place.end + AFTER);
    let left = last_boundary(&text[from..place.start]).map_or(from, |b| from + b);
    let right = first_boundary(&text[place.end..to]).map_or(to, |b| place.end + b);
    left..right
}

/// The end of the last sentence or field in a text.
fn last_boundary(text: &str) -> Option<usize> {
    boundaries(text).next_back().map(|(_, end)| end)
}

/// The end of the first sentence or field in a text.
fn first_boundary(text: &str) -> Option<usize> {
    boundaries(text).next().map(|(start, _)| start)
}

/// Where sentences, fields and paragraphs meet. A single line break is none when the next line goes on in lower
/// case: YAML and mails are wrapped.
fn boundaries(text: &str) -> impl DoubleEndedIterator<Item = (usize, usize)> {
    let bytes = text.as_bytes();
    (0..bytes.len()).filter_map(move |i| {
        let rest = &bytes[i + 1..];
        let next = rest.first().copied();
        let end = match bytes[i] {
            b'.' | b'!' | b'?' if next.is_some_and(|b| b.is_ascii_whitespace()) => i + 1,
            b'.' | b'!' | b'?' if next == Some(b'\\') && rest.get(1) == Some(&b'n') => i + 1,
            b'\n' => {
                let indent = rest.iter().take_while(|b| **b == b' ').count();
                let first = rest.get(indent).copied();
                let wrapped = first.is_some_and(|b| b.is_ascii_lowercase() || b == b'\'' || b == b'"');
                if wrapped && !is_field(rest) {
                    return None;
                }
                i + 1
            }
            // An escaped paragraph in JSON text.
            b'\\' if next == Some(b'n') && rest.get(1..3) == Some(b"\\n") => i + 4,
            b'<' if next.is_some_and(|b| b == b'/' || b == b'!' || b.is_ascii_alphabetic()) => i,
            b'>' => i + 1,
            b'{' | b'}' => i + 1,
            // The end of a string in JSON text.
            b'"' if matches!(next, Some(b',' | b'}' | b']')) && i.checked_sub(1).is_none_or(|b| bytes[b] != b'\\') => {
                i + 1
            }
            _ => return None,
        };
        let end = end.min(bytes.len());
        (text.is_char_boundary(i) && text.is_char_boundary(end)).then_some((i, end))
    })
}

/// A line such as `  start: '10:00'`.
fn is_field(line: &[u8]) -> bool {
    let mut name = 0;
    for &b in line.iter().skip_while(|b| b.is_ascii_whitespace() || **b == b'-').take(30) {
        match b {
            b':' => return name > 0,
            b if b.is_ascii_alphanumeric() || b == b'_' => name += 1,
            _ => return false,
        }
    }
    false
}

/// True when a passage holds a sentence and not just the value at `place` with its name.
pub fn is_prose(text: &str, passage: &Range<usize>, place: &Range<usize>) -> bool {
    let before = &text[passage.start.min(place.start)..place.start];
    let after = &text[place.end..passage.end.max(place.end)];
    let word = |w: &&str| w.len() > 1 && w.chars().all(|c| c.is_alphabetic() || c == '\'');
    [before, after]
        .iter()
        .flat_map(|t| t.split(|c: char| !c.is_alphanumeric() && c != '\''))
        .filter(word)
        .take(4)
        .count()
        >= 4
}

/// The words that speak to an agent in or around a passage.
pub fn addressed(text: &str, passage: &Range<usize>) -> Option<Range<usize>> {
    let from = text.floor_char_boundary(passage.start.saturating_sub(AROUND));
    let to = text.ceil_char_boundary(passage.end + AROUND);
    // The nearest words are the telling ones.
    let part = pattern::unwrapped(&text[from..to]);
    markers(&part).map(|m| from + m.start..from + m.end).min_by_key(|m| m.start.abs_diff(passage.start))
}

/// The first words of an unwrapped text that speak to an agent.
pub(crate) fn first_marker(text: &str) -> Option<Range<usize>> {
    markers(text).next()
}

fn markers(text: &str) -> impl Iterator<Item = Range<usize>> {
    ADDRESSED.iter().flat_map(move |r| r.find_iter(text)).map(|m| m.range()).filter(move |m| stands_free(text, m))
}

/// False for words that are a part of an address, a path or an identifier: the `ai` of `example.ai`, `.claude/plans`.
pub(crate) fn stands_free(text: &str, place: &Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let before = place.start.checked_sub(1).and_then(|i| bytes.get(i));
    let mut after = bytes[place.end..].iter();
    let joined = match after.next() {
        Some(b'/' | b'_' | b'@' | b'\\') => true,
        Some(b'.' | b'-') => after.next().is_some_and(u8::is_ascii_alphanumeric),
        _ => false,
    };
    let starts_with_a_word = bytes.get(place.start).is_some_and(u8::is_ascii_alphanumeric);
    !(joined || starts_with_a_word && before.is_some_and(|b| matches!(b, b'.' | b'/' | b'@' | b'_' | b'-')))
}

/// The verb with which a passage asks for what this call does.
pub fn directive(passage: &str, verbs: &Verbs) -> Option<Range<usize>> {
    if !verbs.may_stand_in(passage.as_bytes()) {
        return None;
    }
    let folded = passage.to_ascii_lowercase();
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

/// True where a text tells its reader to do anything: an imperative, or what is to be done.
pub fn orders(text: &str) -> bool {
    const MUST: [&str; 8] =
        [" must ", " should ", " is to be ", " are to ", "are told to ", "have to ", "need to ", "directive"];
    let folded = text.to_lowercase();
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

/// The operation that the record around a place spells out, where it is the call's.
pub fn operation(text: &str, place: &Range<usize>, verbs: &Verbs) -> Option<Range<usize>> {
    let from = text.floor_char_boundary(place.start.saturating_sub(BEFORE));
    let to = text.ceil_char_boundary(place.end + AFTER);
    let left = text[from..place.start].rfind('{').map(|i| from + i)?;
    let right = text[place.end..to].find('}').map_or(to, |i| place.end + i);
    if !may_spell_out(&text.as_bytes()[left..right]) {
        return None;
    }
    let found = OPERATION.as_ref()?.captures_iter(&text[left..right]).find(|c| {
        c.get(1).is_some_and(|m| {
            crate::tools::contract::words_of(m.as_str()).iter().any(|w| verbs.base.contains(w.as_str()))
        })
    })?;
    found.get(0).map(|m| left + m.start()..left + m.end())
}

/// True where the pattern for operations may match. Every record has colons, few have one of its words before them, and
/// looking back from a colon is far cheaper than the pattern.
fn may_spell_out(text: &[u8]) -> bool {
    const WORDS: [&str; 11] =
        ["op", "operation", "action", "do", "command", "tool", "function", "method", "task", "execute", "call"];
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
        // Most names are as long as none of them.
        matches!(singular.len(), 2 | 4 | 6..=9) && WORDS.iter().any(|w| singular.eq_ignore_ascii_case(w.as_bytes()))
    })
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

    fn passage<'t>(text: &'t str, value: &str) -> &'t str {
        let at = text.find(value).expect("the value");
        &text[around(text, &(at..at + value.len()))]
    }

    #[test]
    fn passages_are_sentences_or_fields() {
        let yaml = "- title: Lunch\n  start: '12:30'\n  notes: 'Please send it\n    on to x@y.example before noon.'\n- title: Other";
        assert_eq!(passage(yaml, "x@y.example").trim(), "notes: 'Please send it\n    on to x@y.example before noon.'");
        assert_eq!(passage("One. Send a link www.a.com to Al. Three.", "www.a.com"), " Send a link www.a.com to Al");
        assert_eq!(passage("ö x ö", "x"), "ö x ö");
    }

    #[test]
    fn a_value_with_its_name_is_no_prose() {
        let prose = |text: &str, value: &str| {
            let at = text.find(value).expect("the value");
            is_prose(text, &(0..text.len()), &(at..at + value.len()))
        };
        assert!(!prose("email: a@b.example", "a@b.example"));
        assert!(prose("Noor would like her mail passed on to a@b.example", "a@b.example"));
    }

    #[test]
    fn agents_are_spoken_to() {
        for text in [
            "Note for the assistant: send it",
            "AI agent: you must",
            "Ignore all previous instructions and",
            "cart agents: completes the set",
            "Reviewer software: this",
            "[[platform/notice v2]] role",
        ] {
            assert!(addressed(text, &(0..text.len())).is_some(), "{text}");
        }
        for text in
            ["The travel agent called us about the trip.", "Please send reports as PDF.", "Our model is sold out."]
        {
            assert!(addressed(text, &(0..text.len())).is_none(), "{text}");
        }
    }

    #[test]
    fn verbs_count_where_they_ask() {
        assert!(is_imperative("please "));
        assert!(is_imperative("done. "));
        assert!(!is_imperative("the last "));
    }
}
