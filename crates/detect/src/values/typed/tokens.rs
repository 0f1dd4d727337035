//! A text as numbers, words and signs, in any language.

use crate::values;
use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A number in hundredths.
    Number(i64),
    /// Letters, in lower case.
    Word(String),
    /// Any other character but blanks.
    Sign(char),
}

/// A token and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub range: Range<usize>,
}

impl Token {
    /// The word, where it is one.
    pub fn word(&self) -> Option<&str> {
        if let Kind::Word(word) = &self.kind { Some(word) } else { None }
    }

    /// The number in hundredths, where it is one.
    pub fn number(&self) -> Option<i64> {
        if let Kind::Number(n) = self.kind { Some(n) } else { None }
    }

    /// True for this sign.
    pub fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }
}

/// No more tokens of one text are read.
const MOST: usize = 40_000;

/// The tokens of a text.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if found.len() >= MOST {
            break;
        }
        let start = at;
        let kind = if first.is_ascii_digit() {
            at += number_len(&text[at..]);
            text.get(start..at).and_then(hundredths).map_or(Kind::Sign('#'), Kind::Number)
        } else if first.is_alphabetic() {
            at += word_len(&text[at..]);
            Kind::Word(text[start..at].to_lowercase())
        } else {
            at += first.len_utf8();
            if first.is_whitespace() && first != '\n' {
                continue;
            }
            Kind::Sign(first)
        };
        found.push(Token { kind, range: start..at });
    }
    found
}

/// The length of the number with which a text begins: digits, with dots and commas between them.
fn number_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len()
        && (bytes[at].is_ascii_digit()
            || (matches!(bytes[at], b'.' | b',') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)))
    {
        at += 1;
    }
    at
}

/// The length of the word with which a text begins; a hyphen belongs to it between letters.
fn word_len(text: &str) -> usize {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let joins = c == '-' && chars.peek().is_some_and(|(_, next)| next.is_alphabetic());
        if !c.is_alphabetic() && !joins {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

fn hundredths(run: &str) -> Option<i64> {
    if run.len() > 13 {
        return None;
    }
    values::european(run).or_else(|| values::cents(run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_words_and_signs() {
        let of = |text: &str| tokens(text).into_iter().map(|t| t.kind).collect::<Vec<_>>();
        let word = |w: &str| Kind::Word(w.to_owned());
        assert_eq!(of("sous 48 h,"), [word("sous"), Kind::Number(4800), word("h"), Kind::Sign(',')]);
        assert_eq!(of("1.240,50€"), [Kind::Number(124_050), Kind::Sign('€')]);
        assert_eq!(of("Après-midi"), [word("après-midi")]);
    }
}
