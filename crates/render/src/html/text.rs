//! Text that writes itself as HTML, escaped.

use crate::visible;
use askama::filters::HtmlSafe;
use std::fmt::{self, Display, Formatter, Write};

/// A text of a draft. Its `Display` is HTML and safe in elements and in quoted attributes alike, except that only
/// [`Text::line`] writes no elements, as attributes need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    text: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Line,
    Prose,
    Exact,
}

impl Text {
    /// One line without elements, for attributes and labels.
    pub fn line(text: &str) -> Self {
        Text { text: visible::line(text), kind: Kind::Line }
    }

    /// The program's or a person's words, in which `names` between backticks are code.
    pub fn prose(text: &str) -> Self {
        Text { text: text.to_owned(), kind: Kind::Prose }
    }

    /// Words of the evidence: nothing in them is interpreted, and hidden characters are named.
    pub fn exact(text: &str) -> Self {
        Text { text: text.to_owned(), kind: Kind::Exact }
    }

    /// What follows the beginning, where it begins so and something follows.
    pub fn after(&self, beginning: &str) -> Option<Self> {
        let rest = self.text.strip_prefix(beginning)?.trim_start_matches([':', ' ']);
        (!rest.is_empty()).then(|| Text { text: rest.to_owned(), kind: self.kind })
    }

    /// How many hidden characters it holds.
    pub fn hidden(&self) -> usize {
        self.text.chars().filter(|&c| visible::is_hidden(c)).count()
    }

    /// True when there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// True for what is better set in a fixed width: JSON, mark-up, tables.
    pub fn is_data(&self) -> bool {
        let text = self.text.trim();
        text.starts_with(['{', '[', '<']) || text.contains("\":") || !text.contains(' ')
    }
}

impl HtmlSafe for Text {}

impl Display for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Line => visible::escape(&self.text, f),
            Kind::Exact => write_visible(&self.text, f),
            Kind::Prose => write_prose(&self.text, f),
        }
    }
}

fn write_visible(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    for c in text.chars() {
        if visible::is_hidden(c) {
            write!(f, "<span class=\"hidden-char\">U+{:04X}</span>", u32::from(c))?;
        } else {
            visible::escape_char(c, f)?;
        }
    }
    Ok(())
}

/// Prose with code between backticks; a backtick without a partner on the same line is a backtick.
fn write_prose(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`') {
        write_visible(before, f)?;
        match after.split_once('`').filter(|(code, _)| !code.is_empty() && !code.contains('\n')) {
            Some((code, tail)) => {
                f.write_str("<code>")?;
                write_visible(code, f)?;
                f.write_str("</code>")?;
                rest = tail;
            }
            None => {
                f.write_char('`')?;
                rest = after;
            }
        }
    }
    write_visible(rest, f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_names_hidden_characters() {
        assert_eq!(Text::exact("<b>`x`\u{202e}").to_string(), "&lt;b&gt;`x`<span class=\"hidden-char\">U+202E</span>");
        assert_eq!(Text::line("\"a'\n b").to_string(), "&quot;a&#39; b");
    }

    proptest::proptest! {
        /// Whatever the text, nothing but our own two elements comes out.
        #[test]
        fn no_text_becomes_markup(text in "[<>&\"'`a\u{202e}\\n ]{0,40}|.{0,40}") {
            for written in [Text::line(&text), Text::prose(&text), Text::exact(&text)] {
                let mut left = written.to_string();
                for ours in ["<code>", "</code>", "<span class=\"hidden-char\">", "</span>"] {
                    left = left.replace(ours, "");
                }
                proptest::prop_assert!(!left.contains(['<', '>', '"', '\'', '\u{202e}']), "{left}");
            }
            proptest::prop_assert!(!Text::line(&text).to_string().contains(['<', '\n']));
        }
    }

    #[test]
    fn sets_code_in_prose() {
        assert_eq!(Text::prose("call `<x>` now").to_string(), "call <code>&lt;x&gt;</code> now");
        assert_eq!(Text::prose("a ` b").to_string(), "a ` b");
        assert_eq!(Text::prose("``").to_string(), "``");
    }
}
