//! Lines of kinds that this reader does not know: do they tell anything of the conversation?
//!
//! Every few versions, Claude Code keeps more books in its session files. A line that holds neither words nor a call costs
//! nothing if it is left out; one that may hold some stays unknown, and is told.

use crate::account::{looks_spoken, may_hold_words};
use crate::node::Node;

/// Values that are looked at in one line, and how deep.
const VALUES: usize = 2000;
const DEPTH: usize = 8;

/// True for a line in which something may be said, asked for or answered, whatever the keys around it.
pub fn may_tell(line: Node<'_>) -> bool {
    looks_spoken(line) || words_within(line, 0, &mut VALUES.clone())
}

/// True where a text stands under a name for words. What is too large or too deep to be looked through may hold some.
fn words_within(node: Node<'_>, depth: usize, left: &mut usize) -> bool {
    if *left == 0 || depth > DEPTH {
        return true;
    }
    *left -= 1;
    let member = |(name, value): (std::borrow::Cow<'_, str>, Node<'_>)| {
        value.str().is_some_and(|text| names_words(&name) && !text.trim().is_empty())
            || value.items().any(|item| item.is_str() && names_words(&name))
            || words_within(value, depth + 1, left)
    };
    node.entries().any(member) || node.items().any(|item| words_within(item, depth + 1, left))
}

/// True for a key under which words are known to stand, or that has a name for them in it, such as `lastPrompt`.
fn names_words(key: &str) -> bool {
    const WORDS: [&str; 14] = [
        "prompt", "message", "text", "content", "input", "output", "result", "answer", "question", "response", "query",
        "said", "reply", "summary",
    ];
    let key = key.to_ascii_lowercase();
    may_hold_words(&key) || WORDS.iter().any(|word| key.trim_end_matches('s').ends_with(word))
}
