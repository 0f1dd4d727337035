//! Text of a draft, made fit to be seen.
//!
//! Every text of a draft may come from an attacker: a caller, a tool's answer, a file's name. Besides markup, such a
//! text can hold characters that nobody sees but that turn the reading order around, or hide words between words.

use std::fmt::{self, Write};

/// True for a character that changes how other text is read, or that cannot be seen at all.
///
/// Joiners (U+200C, U+200D) and the emoji selector stay as they are: scripts and emoji need them.
pub fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        _ if c.is_control() => true,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'
        | '\u{200e}' | '\u{200f}' => true,
        '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' => true,
        '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// Text on one line for labels and attributes: runs of white space become a space, hidden characters a mark.
pub fn line(text: &str) -> String {
    let shown: String = text
        .chars()
        .map(|c| {
            if c.is_whitespace() {
                ' '
            } else if is_hidden(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    shown.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The first `max` characters, and whether something was cut.
pub fn shorten(text: &str, max: usize) -> (String, bool) {
    match text.char_indices().nth(max) {
        Some((at, _)) => (text[..at].trim_end().to_owned(), true),
        None => (text.to_owned(), false),
    }
}

/// [`line()`], and shortened with an ellipsis, after a whole word where one ends nearby.
pub fn label(text: &str, max: usize) -> String {
    let (mut short, cut) = shorten(&line(text), max);
    if cut {
        if let Some(at) = short.rfind(' ').filter(|at| at * 4 > short.len() * 3) {
            short.truncate(at);
        }
        short.push('…');
    }
    short
}

/// Writes text with the five characters escaped that mean something in HTML and XML.
pub fn escape(text: &str, out: &mut impl Write) -> fmt::Result {
    for c in text.chars() {
        escape_char(c, out)?;
    }
    Ok(())
}

/// Writes one character, escaped.
pub fn escape_char(c: char, out: &mut impl Write) -> fmt::Result {
    match c {
        '&' => out.write_str("&amp;"),
        '<' => out.write_str("&lt;"),
        '>' => out.write_str("&gt;"),
        '"' => out.write_str("&quot;"),
        '\'' => out.write_str("&#39;"),
        _ => out.write_char(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_is_hidden_and_leaves_scripts_alone() {
        assert_eq!(line("a\u{202e}b\n\tc"), "a\u{fffd}b c");
        assert_eq!(line("👩\u{200d}💻 می\u{200c}خواهم"), "👩\u{200d}💻 می\u{200c}خواهم");
        assert!(is_hidden('\u{e0041}') && is_hidden('\u{0}') && !is_hidden('é'));
    }

    #[test]
    fn shortens_at_characters() {
        assert_eq!(label("añb", 2), "añ…");
        assert_eq!(label("añb", 3), "añb");
    }
}
