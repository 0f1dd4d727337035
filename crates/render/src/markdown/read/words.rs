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

/// The words of a person in a row of the timeline.
pub fn row(words: &str) -> String {
    unsourced(clean(last_cell(words), true, true))
}

/// The columns of the timeline. Only the last holds words that a person may change.
const COLUMNS: usize = 5;

/// The last cell of a row of the timeline, whose end may be missing. Nothing in a row with fewer cells: the words to the left
/// are another column's. Further cells are words in which a person wrote a pipe.
fn last_cell(row: &str) -> &str {
    let mut escaped = false;
    let pipes = row.char_indices().filter_map(|(at, c)| {
        let is_pipe = c == '|' && !escaped;
        escaped = c == '\\' && !escaped;
        is_pipe.then_some(at)
    });
    let mut pipes: Vec<usize> = pipes.collect();
    let Some(start) = pipes.get(COLUMNS - 1).map(|at| at + 1) else { return "" };
    let mut end = row.trim_end().len();
    // An end that was written twice is no word.
    while pipes.len() > COLUMNS && pipes.pop_if(|at| *at + 1 == end).is_some() {
        end = row[..end - 1].trim_end().len();
    }
    row.get(start..end).unwrap_or_default().trim()
}

fn statement(words: &str, plain: impl Fn(&str) -> String) -> String {
    let mut said = words.trim().trim_start_matches("- ").trim();
    for mark in ["[ ]", "[x]", "[X]"] {
        said = said.strip_prefix(mark).map_or(said, str::trim);
    }
    if let Some((_, rest)) = said.strip_prefix("**").and_then(|s| s.split_once("**:")) {
        said = rest;
    }
    unsourced(plain(said))
}

/// The text without what is written anew behind it.
fn unsourced(mut said: String) -> String {
    // What was looked for is a basis as well, and is written anew. One that a person cut is the person's.
    let (mut rest, mut kept, mut found) = (said.as_str(), String::new(), false);
    while let Some((before, after)) = rest.split_once(": none)") {
        match before.rsplit_once("(searched event") {
            Some((words, _)) => {
                kept.push_str(words);
                found = true;
            }
            None => kept.extend([before, ": none)"]),
        }
        rest = after;
    }
    if found {
        said = (kept + rest).split_whitespace().collect::<Vec<_>>().join(" ");
    }
    // "(facts.yaml line 17)" and "(finding 1, eval coverage)" are written anew. All other words may have been taken out.
    while let Some(open) = said.strip_suffix(')') {
        let (before, inside) =
            open.rsplit_once(" (").or_else(|| Some(("", open.strip_prefix('(')?))).unwrap_or_default();
        let source = inside.contains(" line ") || inside.starts_with("finding ") || inside.ends_with(".yaml");
        if !source {
            break;
        }
        said = before.trim_end().to_owned();
    }
    said
}

/// A person's words as plain text: list marks, links to quotes with the quoted words, and escapes taken away.
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
    clean(text, quotes, false)
}

fn clean(text: &str, quotes: bool, is_cell: bool) -> String {
    let text = text.trim_end_matches("*(edited)*").trim();
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
    }

    #[test]
    fn a_row_has_the_words_of_its_last_column() {
        for (words, said) in [
            (r"| 1 | 2 | 3 | agent | `a\|b` \| c |", "`a|b` | c"),
            ("| 1 | 2 | 3 | agent | says | or | not", "says | or | not"),
            (r"|1|2|3|agent|says \|", "says |"),
            ("| 1 | 2 | 3 | agent | says ||", "says"),
            (r"| 1 | 2 | 3 | tool → `a\|b` | **⚠** says `x` [q1](#q1) ", "says"),
            // A person emptied the cell, with its end or without.
            ("| 1 | 2 | 3 | agent | |", ""),
            ("| 1 | 2 | 3 | agent | ", ""),
            ("| 1 | 2 | 3 | agent |", ""),
            ("| 1 | 2 | 3 | agent", ""),
            ("| | | | | |", ""),
            ("|", ""),
        ] {
            assert_eq!(row(words), said, "{words}");
        }
    }

    #[test]
    fn a_source_without_words_is_no_word() {
        for source in ["(facts.yaml line 17)", "(finding 1, eval coverage)", "(searched events 1 to 8 for C-5: none)"] {
            assert_eq!(reworded(&format!("-  *(edited)* {source}")), "", "{source}");
            assert_eq!(reworded(&format!("- it was (twice) *(edited)* {source}")), "it was (twice)", "{source}");
        }
        assert_eq!(reworded("- (a guess)"), "(a guess)");
        assert_eq!(
            reworded("- it (searched events 1 to 2 (searched events 1 to 8: none)"),
            "it (searched events 1 to 2"
        );
        assert_eq!(reworded("- of all: none) or  (searched events 1: none)"), "of all: none) or");
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
