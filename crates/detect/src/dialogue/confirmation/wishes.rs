//! Words of wanting, and talk of what might be.

use crate::prose::pattern;
use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

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
        "would you",
        "will you",
        "can we",
        "could we",
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

/// True when a sentence in lower case wants something.
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
pub(super) fn hypothetical(before: &str, after: &str) -> bool {
    MIGHT_BE.as_ref().is_some_and(|words| words.is_match(before))
        || after.split(['.', '!', '\n']).next().is_some_and(|s| s.contains("would it") || s.contains("what would"))
}
