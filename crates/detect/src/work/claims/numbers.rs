//! The numbers of tests, and the shares of covered code, that a sentence names.

use super::Count;
use super::token::tokens;
use crate::finding::Cite;
use crate::prose::{Prose, pattern};
use crate::work::words::{Topics, table};
use regex::Regex;
use std::sync::LazyLock;

static COVERAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\bcover(?:age|ed|s)\b[^.%\n]{0,40}?\b(\d{1,3})(?:\.\d+)?\s?%|\b(\d{1,3})(?:\.\d+)?\s?% (?:total |test |line |statement |branch )?cover(?:age|ed)\b|\b(\d{1,3})(?:\.\d+)?\s?% of (?:the )?(?:statements|lines|branches|functions|code)\b",
    )
});

/// "Total coverage stands at 92 %": the share, and the sentence.
pub fn coverage(prose: &Prose<'_>) -> Vec<(u64, Cite)> {
    let said = &table().spoken;
    let mut found = Vec::new();
    for sentence in prose.sentences.iter().filter(|s| !s.question) {
        let text = &prose.text.text[sentence.range.clone()];
        if !text.contains('%') {
            continue;
        }
        let words = tokens(prose, sentence, said);
        let plan = words.iter().enumerate().any(|(i, w)| {
            // "Over 80 %", "up from 49 %": what stands right before a number says that it is no figure of its own.
            let counted = || {
                words[i + 1..words.len().min(i + 2)].iter().any(|n| n.word.starts_with(|c: char| c.is_ascii_digit()))
            };
            said.unsaid.contains(w.word) && !matches!(w.word, "was" | "were" | "to")
                || matches!(w.word, "target" | "goal" | "threshold" | "minimum" | "least" | "only")
                || matches!(
                    w.word,
                    "from" | "about" | "roughly" | "around" | "over" | "above" | "past" | "below" | "under"
                ) && counted()
        });
        let share = COVERAGE
            .as_ref()
            .and_then(|r| r.captures(text))
            .and_then(|c| c.iter().skip(1).flatten().next()?.as_str().parse().ok());
        let cite = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone()));
        found.extend(share.zip(cite).filter(|_| !plan));
    }
    found
}

static NUMBERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(\d{1,6})\s*(?:/|of|out of)\s*(?:all )?(\d{1,6})\b|\b(\d{1,6})\s+(?:tests?\s+|specs?\s+|unit tests?\s+)?(?:all\s+|still\s+|now\s+|have\s+)?(?:passed|passing|pass|green|ok)\b|\b(?:all|the)\s+(\d{1,6})\s+(?:tests?|specs?|checks|cases|examples)\b|\b(\d{1,6})\s+(?:\w+\s+)?(?:tests?|specs?)\b(?:,| (?:across|in|over|from)\b)",
    )
});
static GROUPING: LazyLock<Option<Regex>> = LazyLock::new(|| pattern::compile(r"\b(\d{1,3}),(\d{3})\b"));

pub(super) fn numbers(text: &str) -> Vec<Count> {
    let (Some(numbers), Some(grouping)) = (NUMBERS.as_ref(), GROUPING.as_ref()) else { return Vec::new() };
    let text = in_digits(&grouping.replace_all(text, "$1$2"));
    let mut counts = Vec::new();
    for found in numbers.captures_iter(&text) {
        let number = |n: usize| found.get(n).and_then(|m| m.as_str().parse().ok());
        let exact = found.get(4).is_none() && found.get(5).is_none();
        counts.extend((1..=5).filter_map(number).map(|number| Count { number, exact }));
    }
    counts
}

/// "sixty-four of sixty-four" in digits; other words stay.
fn in_digits(text: &str) -> String {
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    const ONES: [&str; 9] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let number = |word: &str| {
        let (tens, ones) = word.split_once('-').unwrap_or((word, ""));
        let tens = TENS.iter().position(|t| t.eq_ignore_ascii_case(tens))? + 2;
        let ones = if ones.is_empty() { 0 } else { ONES.iter().position(|o| o.eq_ignore_ascii_case(ones))? + 1 };
        Some((tens * 10 + ones).to_string())
    };
    text.split(' ').map(|word| number(word).unwrap_or_else(|| word.to_owned())).collect::<Vec<_>>().join(" ")
}

static GONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\bwarnings?\b[^.\n]{0,30}?\b(?:to|now) (?:0|zero|none)\b|\b(?:all|every|the \d+) (?:\w+ )?warnings? (?:is|are|have been) (?:gone|fixed|resolved)\b",
    )
});
static OF_COMMIT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:commit\w*|it|diff|change|pushed|stat)\b[^.\n]{0,40}?\b(\d{1,4}) (?:\w+ )?files\b(?: (?:changed|in it))?",
    )
});

/// "That brought clippy from 23 warnings down to 0": the sentence, and what it speaks of.
pub fn warnings_gone(prose: &Prose<'_>) -> Vec<(Topics, Cite)> {
    let said = &table().spoken;
    let mut found = Vec::new();
    for sentence in prose.sentences.iter().filter(|s| !s.question) {
        let text = &prose.text.text[sentence.range.clone()];
        if !GONE.as_ref().is_some_and(|r| r.is_match(text)) {
            continue;
        }
        let words = tokens(prose, sentence, said);
        let plan =
            words.iter().any(|w| !w.quoted && said.unsaid.contains(w.word) && !matches!(w.word, "to" | "was" | "were"));
        let topics = words.iter().fold(Topics::NONE, |all, w| all.and(w.topics));
        let topics = if topics.is_empty() { Topics::LINT.and(Topics::BUILD) } else { topics };
        let cite = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone()));
        found.extend(cite.filter(|_| !plan).map(|cite| (topics, cite)));
    }
    found
}

/// "The commit contains 7 files": the number, and the sentence, in a text that speaks of a commit.
pub fn files_of_commit(prose: &Prose<'_>) -> Vec<(u64, Cite)> {
    if !prose.lower.contains("commit") {
        return Vec::new();
    }
    let sentences = prose.sentences.iter().filter(|s| !s.question);
    sentences
        .filter_map(|sentence| {
            let text = &prose.text.text[sentence.range.clone()];
            let number = OF_COMMIT.as_ref()?.captures(text)?.get(1)?.as_str().parse().ok()?;
            Some((number, Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone()))?))
        })
        .collect()
}
