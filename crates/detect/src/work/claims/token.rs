//! The words of a sentence, with what each is the name of.

use crate::prose::{Prose, Sentence};
use crate::tools::command;
use crate::work::words::{Meaning, Spoken, Topics, table};

/// A word of a sentence, with what it speaks of.
pub(super) struct Token<'p> {
    pub(super) word: &'p str,
    pub(super) quoted: bool,
    pub(super) topics: Topics,
    pub(super) after_break: bool,
    /// True for the path of a file with tests.
    pub(super) path: bool,
}

pub(super) fn tokens<'p>(prose: &'p Prose<'_>, sentence: &Sentence, said: &Spoken) -> Vec<Token<'p>> {
    let mut code = None;
    let modifies = |i: usize| {
        let next = i + 1 < sentence.words.end && !prose.words[i + 1].after_break && !prose.words[i + 1].quoted;
        // "ctest cases" are run, "test cases" are things.
        let tool = table().checks.contains_key(prose.word(i));
        next && !tool && said.after_modifier.contains(prose.word(i + 1))
    };
    sentence
        .words
        .clone()
        .map(|i| {
            let at = prose.bytes(i..i + 1);
            let quoted = prose.words[i].quoted;
            // A command in backticks speaks of what it runs; told once, at its first word.
            let topics = if !quoted {
                // A test file, a build directory: no run.
                if modifies(i) { Topics::NONE } else { said.topics(prose.word(i)) }
            } else if code.as_ref().is_some_and(|r: &std::ops::Range<usize>| r.contains(&at.start)) {
                Topics::NONE
            } else {
                let span = code_span(&prose.text.text, at.start);
                let topics = span.clone().map_or(Topics::NONE, |span| of_code(&prose.text.text[span]));
                code = span;
                topics
            };
            let word = prose.word(i);
            let path = topics.is_empty() && is_test_file(word);
            let topics = if path { Topics::TEST } else { topics };
            Token { word, quoted, topics, after_break: prose.words[i].after_break, path }
        })
        .collect()
}

/// `tests/test_a.py`, `a_test.go`, `web/a.spec.ts`
fn is_test_file(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let parts = || stem.split(['_', '-', '.']);
    crate::work::edits::is_code(word)
        && ending != "sh"
        && parts().count() > 1
        && parts().any(|p| matches!(p, "test" | "tests" | "spec" | "specs"))
}

/// The backticks around a byte, on one line.
pub(super) fn code_span(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    let before = text[..at].char_indices().rev().take(120).take_while(|(_, c)| *c != '\n').find(|(_, c)| *c == '`')?;
    let end = text[at..].char_indices().take(200).take_while(|(_, c)| *c != '\n').find(|(_, c)| *c == '`')?;
    Some(before.0 + 1..at + end.0)
}

/// What a command in backticks checks.
pub(super) fn of_code(code: &str) -> Topics {
    let parsed = command::parse(code);
    parsed.iter().fold(Topics::NONE, |all, c| match table().meaning(c) {
        Meaning::Check { topics, .. } => all.and(topics),
        Meaning::Several { named, .. } if named.is_empty() => all.and(Topics::TEST).and(Topics::BUILD),
        Meaning::Several { named, .. } => all.and(named),
        _ => all,
    })
}
