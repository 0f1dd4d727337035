//! Texts from outside, made harmless in Markdown.

use super::spans::{Piece, pieces};

/// Plain words: nothing in them is markup, and they stay on one line. Names such as `refund` are written in backticks by
/// detectors and by people; these stay code. A backtick that belongs to no code span would swallow the rest of the line, and is
/// escaped like any other markup.
pub fn plain(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    for piece in pieces(&text, false) {
        match piece {
            // Inside of code a backslash is a backslash.
            Piece::Code(code) => out.push_str(code),
            Piece::Words(words) => {
                for c in words.chars() {
                    if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '@' | '!') {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
        }
    }
    out
}

/// Quoted words, as a code span: no markup, no mentions, no comments in it.
pub fn code(text: &str) -> String {
    let text = visible(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Written Markdown as a cell of a table. A table is cut at its pipes before code spans are read, so that one in code
/// needs a backslash here, and nowhere else.
pub fn cell(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut slashes = 0;
    for c in markdown.chars() {
        // Two backslashes are one, and leave the pipe free.
        if c == '|' && slashes % 2 == 0 {
            out.push('\\');
        }
        slashes = if c == '\\' { slashes + 1 } else { 0 };
        out.push(c);
    }
    out
}

/// The text on one line, with what the eye would not see made visible: a right-to-left override can turn the
/// meaning of a line round.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('⏎'),
            '\r' => {}
            '\t' => out.push(' '),
            '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {
                out.push_str(&format!("\\u{{{:x}}}", c as u32));
            }
            c if c.is_control() => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_stays_text() {
        assert_eq!(plain("<script> [x](javascript:1) | @all"), "\\<script\\> \\[x\\](javascript:1) \\| \\@all");
        assert_eq!(plain("`a_b` and c_d"), "`a_b` and c\\_d");
        assert_eq!(plain("odd ` tick and `a_b`"), "odd ` tick and `a\\_b\\`", "a span goes to the next backtick");
        assert_eq!(plain("`a_b` and an odd `"), "`a_b` and an odd \\`");
    }

    #[test]
    fn no_pipe_ends_a_cell() {
        assert_eq!(cell(&code("a|b")), "`a\\|b`");
        assert_eq!(cell(&plain("a|b")), "a\\|b", "once");
        assert_eq!(cell(&code("a\\|b")), "`a\\|b`", "it has its backslash already");
        assert_eq!(cell(&code("a\\\\|b")), "`a\\\\\\|b`", "two of them leave it free");
    }

    #[test]
    fn code_spans_hold_anything() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("a|b\nc"), "`a|b⏎c`");
        assert_eq!(plain("`a|b` c|d"), "`a|b` c\\|d");
        assert_eq!(code("x\u{202E}y"), "`x\\u{202e}y`");
    }
}
