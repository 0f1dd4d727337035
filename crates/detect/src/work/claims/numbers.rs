//! The numbers of tests, and the shares of covered code, that a sentence names.

use super::Count;
use super::token::tokens;
use crate::finding::Cite;
use crate::prose::{Prose, pattern};
use crate::work::words::table;
use regex::Regex;
use std::sync::LazyLock;

static COVERAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\bcover(?:age|ed|s)\b[^.%\n]{0,40}?\b(\d{1,3})(?:\.\d+)?\s?%|\b(\d{1,3})(?:\.\d+)?\s?% (?:total |test |line |statement |branch )?cover(?:age|ed)\b",
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
        let plan = words.iter().any(|w| {
            said.unsaid.contains(w.word)
                || matches!(
                    w.word,
                    "target"
                        | "goal"
                        | "threshold"
                        | "minimum"
                        | "least"
                        | "from"
                        | "up"
                        | "about"
                        | "roughly"
                        | "around"
                        | "over"
                        | "above"
                )
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
        r"(?i)\b(\d{1,6})\s*(?:/|of|out of)\s*(?:all )?(\d{1,6})\b|\b(\d{1,6})\s+(?:tests?\s+|specs?\s+|unit tests?\s+)?(?:all\s+|still\s+|now\s+|have\s+)?(?:passed|passing|pass|green|ok)\b|\b(?:all|the)\s+(\d{1,6})\s+(?:tests?|specs?|checks|cases|examples)\b|\b(\d{1,6})\s+(?:tests?|specs?),\s",
    )
});
static GROUPING: LazyLock<Option<Regex>> = LazyLock::new(|| pattern::compile(r"\b(\d{1,3}),(\d{3})\b"));

pub(super) fn numbers(text: &str) -> Vec<Count> {
    let (Some(numbers), Some(grouping)) = (NUMBERS.as_ref(), GROUPING.as_ref()) else { return Vec::new() };
    let text = grouping.replace_all(text, "$1$2");
    let mut counts = Vec::new();
    for found in numbers.captures_iter(&text) {
        let number = |n: usize| found.get(n).and_then(|m| m.as_str().parse().ok());
        let exact = found.get(4).is_none() && found.get(5).is_none();
        counts.extend((1..=5).filter_map(number).map(|number| Count { number, exact }));
    }
    counts
}
