//! A person's words, without the marks that stand around them.

use crate::markdown::spans::{Piece, pieces};

/// A statement or an action in a person's words, without the label, box and source that stand around it.
pub fn reworded(words: &str) -> String {
    statement(words, plain)
}

/// The same for a sentence of the summary, which only links to its quotes: code before a link is a person's own.
pub fn sentence(words: &str) -> String {
    statement(words, |text| without_marks(text, false))
}

fn statement(words: &str, plain: impl Fn(&str) -> String) -> String {
    let mut said = words.trim().trim_start_matches("- ").trim();
    for mark in ["[ ]", "[x]", "[X]"] {
        said = said.strip_prefix(mark).map_or(said, str::trim);
    }
    if let Some((_, rest)) = said.strip_prefix("**").and_then(|s| s.split_once("**:")) {
        said = rest;
    }
    let mut said = plain(said);
    // What was looked for is a basis as well, and is written anew.
    while let Some(from) = said.find("(searched event")
        && let Some(length) = said[from..].find(": none)")
    {
        said.replace_range(from..from + length + ": none)".len(), "");
        said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    // "(facts.yaml line 17)" and "(finding 1, eval coverage)" are written anew.
    while let Some((before, inside)) = said.strip_suffix(')').and_then(|s| s.rsplit_once(" (")) {
        let source = inside.contains(" line ") || inside.starts_with("finding ") || inside.ends_with(".yaml");
        if !source {
            break;
        }
        said = before.trim_end().to_owned();
    }
    said
}

/// A person's words as plain text: list marks, table cells, links to quotes with the quoted words, and escapes taken away.
pub fn plain(text: &str) -> String {
    without_marks(text, true)
}

fn without_marks(text: &str, quotes: bool) -> String {
    let mut text = text.trim();
    // Any blank ends the dash of a list, as blanks are written as one space.
    // A dash alone is an item without words, which would be written as a dash behind another.
    while let Some(rest) =
        text.strip_prefix('-').filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    {
        text = rest.trim_start();
    }
    let text = text.trim_end_matches("*(edited)*").trim();
    let is_cell = text.starts_with('|');
    let text = if is_cell { text.trim_end_matches('|').rsplit(" | ").next().unwrap_or(text) } else { text };
    let mut out = String::new();
    let mut rest = text;
    // `quoted words` [q7](#q7) are the basis, which is written anew.
    while let Some(at) = rest.find("](#q") {
        let (before, after) = rest.split_at(at);
        let start = before.rfind('[').unwrap_or(before.len());
        let words = before[..start].trim_end();
        let cut = if quotes && words.ends_with('`') { code_start(words) } else { words.len() };
        out.push_str(words[..cut].trim_end());
        out.push(' ');
        rest = after.split_once(')').map_or("", |(_, r)| r);
    }
    out.push_str(rest);
    let out = out.replace("*(edited)*", "").replace("**⚠**", "");
    let mut clean = String::new();
    for piece in pieces(&out, true) {
        match piece {
            // A table is cut at its pipes before code is read, so that one in code has a backslash there.
            Piece::Code(code) if is_cell => clean.push_str(&code.replace("\\|", "|")),
            Piece::Code(code) => clean.push_str(code),
            Piece::Words(words) => unescape(words, &mut clean),
        }
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Adds words without their escapes, any blanks between them as one space.
fn unescape(words: &str, out: &mut String) {
    let mut chars = words.chars().peekable();
    let mut is_blank = out.is_empty();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(char::is_ascii_punctuation) => out.extend(chars.next()),
            c if c.is_whitespace() => out.extend(Some(' ').filter(|_| !is_blank)),
            c => out.push(c),
        }
        is_blank = c.is_whitespace();
    }
}

/// The quoted words that stand before links to quotes.
pub fn quoted(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("](#q") {
        let (before, after) = rest.split_at(at);
        let words = before.rfind('[').map_or(before, |start| &before[..start]).trim_end();
        if words.ends_with('`') {
            all.push(words[code_start(words)..].trim_matches('`').trim().to_owned());
        }
        rest = after.split_once(')').map_or("", |(_, r)| r);
    }
    all
}

/// Where the code span at the end of a text begins.
fn code_start(text: &str) -> usize {
    let fence = text.len() - text.trim_end_matches('`').len();
    let inner = &text[..text.len() - fence];
    inner.rfind(&"`".repeat(fence)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::escape;
    use proptest::prelude::*;

    #[test]
    fn code_of_the_summary_stays_before_its_links() {
        let words = "It asked `refund` [q1](#q1), twice `done` [q2](#q2) ";
        assert_eq!(sentence(words), "It asked `refund` , twice `done`");
        assert_eq!(reworded(words), "It asked , twice");
    }

    #[test]
    fn code_is_kept_as_it_is() {
        assert_eq!(plain(r"a\_b `C:\_x  y` \` it's"), "a_b `C:\\_x  y` ` it's");
        assert_eq!(plain(r"| 1 | `a\|b` \| c |"), "`a|b` | c");
    }

    #[test]
    fn a_dash_without_words_is_no_word() {
        for text in ["-", "- ", "- -", "- - *(edited)*", "-  *(edited)*"] {
            assert_eq!(plain(text), "", "{text}");
        }
        assert_eq!(plain("- -5 °C"), "-5 °C");
    }

    proptest! {
        #[test]
        fn words_that_are_written_are_read_back(text in r"[a `\\*_<>|#~@!é.]{0,40}") {
            let once = plain(&escape::plain(&text));
            prop_assert_eq!(plain(&escape::plain(&once)), once.clone());
            let seen = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(seen(&once), seen(&text));
        }
    }
}
