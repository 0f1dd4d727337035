//! What people and agents said, cut into sentences and words; quoted and drafted text is marked, since nobody
//! claims or promises anything in it.

pub(crate) mod flags;
pub mod foreign;
mod language;
pub mod lexicon;
pub mod passage;
pub(crate) mod pattern;
mod quotes;

pub use language::Language;

use hindcast_trace::model::{Role, Text};
use std::ops::Range;

/// A word, lower-cased in [`Prose::lower`]; contractions are cut at the apostrophe (`I've` is `i` and `ve`).
#[derive(Debug, Clone, Copy)]
pub struct Word {
    start: u32,
    end: u32,
    /// True when a comma, a colon, a bracket or a dash stands between it and the word before.
    pub after_break: bool,
    /// True inside quotation marks, block quotes and code.
    pub quoted: bool,
    /// What the lexicon knows of it, looked up once.
    flags: u8,
}

impl Word {
    /// True for a word that can be the heart of a claim.
    pub fn may_claim(self) -> bool {
        self.flags & flags::CLAIM != 0
    }

    /// True for a word that can begin an announcement: "I", "we", "let".
    pub fn may_announce(self) -> bool {
        self.flags & flags::ANNOUNCE != 0
    }

    /// True for a word that makes what is said depend on something.
    pub fn is_condition(self) -> bool {
        self.flags & flags::CONDITION != 0
    }

    /// True for a number, in letters or digits, and for "no".
    pub fn may_count(self) -> bool {
        self.flags & flags::COUNT != 0
    }

    /// True for a word with which failures are owned up.
    pub fn may_admit(self) -> bool {
        self.flags & flags::ADMIT != 0
    }
}

/// A sentence: words, and how it ends.
#[derive(Debug, Clone)]
pub struct Sentence {
    /// The words' place in [`Prose::words`].
    pub words: Range<usize>,
    /// The bytes.
    pub range: Range<usize>,
    /// True when it ends with a question mark.
    pub question: bool,
}

/// One text of a message.
#[derive(Debug)]
pub struct Prose<'t> {
    /// The message's event.
    pub event: u32,
    /// Who said it.
    pub role: Role,
    /// The text as it stands.
    pub text: &'t Text,
    /// The same in lower case; byte positions agree, since only ASCII is folded.
    pub lower: String,
    /// All words.
    pub words: Vec<Word>,
    /// All sentences.
    pub sentences: Vec<Sentence>,
    /// The language, as far as it can be told from this text alone.
    pub language: Language,
}

/// Words behind which a full stop does not end a sentence.
const ABBREVIATIONS: &[&str] =
    &["dr", "mr", "mrs", "ms", "st", "no", "vs", "inc", "ltd", "e.g", "i.e", "prof", "approx", "etc"];

impl<'t> Prose<'t> {
    /// Cuts a text.
    pub fn new(event: u32, role: Role, text: &'t Text) -> Self {
        let lower = text.text.to_ascii_lowercase();
        let masks = quotes::masks(&lower);
        let mut prose = Prose {
            event,
            role,
            text,
            lower: String::new(),
            words: Vec::new(),
            sentences: Vec::new(),
            language: Language::Unclear,
        };
        prose.cut(&lower, &masks);
        prose.lower = lower;
        prose.language =
            language::of(prose.words.iter().filter(|w| !w.quoted).map(|w| (w.flags, prose.text_of(w))), &prose.lower);
        prose
    }

    fn text_of(&self, word: &Word) -> &str {
        self.lower.get(word.start as usize..word.end as usize).unwrap_or("")
    }

    /// The word at this index; empty where there is none, so that looking around a word needs no bounds.
    pub fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", |w| self.text_of(w))
    }

    /// The bytes of a run of words.
    pub fn bytes(&self, words: Range<usize>) -> Range<usize> {
        let start = self.words.get(words.start).map_or(0, |w| w.start as usize);
        let end = words.end.checked_sub(1).and_then(|i| self.words.get(i)).map_or(start, |w| w.end as usize);
        start..end.max(start)
    }

    /// True when a word of the sentence satisfies `is`.
    pub fn any(&self, sentence: &Sentence, is: impl Fn(&str) -> bool) -> bool {
        sentence.words.clone().any(|i| is(self.word(i)))
    }

    fn cut(&mut self, lower: &str, masks: &[Range<usize>]) {
        let bytes = lower.as_bytes();
        self.words.reserve(bytes.len() / 5);
        let (mut words_from, mut sentence_from, mut after_break) = (0, 0, false);
        let mut mask = masks.iter().peekable();
        let mut at = 0;
        while let Some(c) = char_at(lower, at) {
            // Nearly every word is followed by a blank, which ends nothing.
            if c == ' ' {
                at += 1;
                continue;
            }
            if c.is_alphanumeric() {
                let end = word_end(lower, at + c.len_utf8());
                while mask.peek().is_some_and(|m| m.end <= at) {
                    mask.next();
                }
                let quoted = mask.peek().is_some_and(|m| m.contains(&at));
                let flags = flags::at(lower, at, end);
                self.words.push(Word { start: at as u32, end: end as u32, after_break, quoted, flags });
                after_break = false;
                at = end;
                continue;
            }
            let next = at + c.len_utf8();
            let at_end = char_at(lower, next)
                .is_none_or(|n| n.is_whitespace() || matches!(n, '"' | '”' | '\'' | '’' | '*' | ')' | '!' | '?'));
            let ends = match c {
                '\n' | ';' => true,
                '!' | '?' | '…' => at_end,
                '.' => at_end && !self.abbreviated(lower, words_from),
                _ => false,
            };
            after_break |=
                matches!(c, ',' | ':' | '(' | ')' | '—' | '–') || (c == '-' && bytes.get(next) == Some(&b' '));
            if ends {
                self.close(words_from, sentence_from..next, c == '?');
                (words_from, sentence_from, after_break) = (self.words.len(), next, false);
            }
            at = next;
        }
        self.close(words_from, sentence_from..lower.len(), false);
    }

    fn abbreviated(&self, lower: &str, words_from: usize) -> bool {
        let Some(last) = self.words.get(words_from..).and_then(<[Word]>::last) else { return true };
        let word = lower.get(last.start as usize..last.end as usize).unwrap_or("");
        ABBREVIATIONS.contains(&word)
    }

    fn close(&mut self, words_from: usize, range: Range<usize>, question: bool) {
        if self.words.len() > words_from {
            self.sentences.push(Sentence { words: words_from..self.words.len(), range, question });
        }
    }
}

/// The character that begins at a byte; ASCII without decoding.
fn char_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at)? {
        b if b.is_ascii() => Some(char::from(*b)),
        _ => text.get(at..)?.chars().next(),
    }
}

/// Where the word ends whose first character ends at `at`.
fn word_end(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    loop {
        at += bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        let Some(c) = char_at(text, at) else { break };
        // Hyphens, dots and underscores inside a word belong to it: `e-mailed`, `27.50`, `ch_118`.
        let inside =
            matches!(c, '-' | '_' | '.' | '@' | '/') && char_at(text, at + 1).is_some_and(char::is_alphanumeric);
        if !c.is_alphanumeric() && !inside {
            break;
        }
        at += c.len_utf8();
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};

    fn text(s: &str) -> Text {
        Text { text: s.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } }
    }

    fn cut(s: &str) -> Vec<Vec<String>> {
        let text = text(s);
        let prose = Prose::new(0, Role::Assistant, &text);
        prose.sentences.iter().map(|x| x.words.clone().map(|i| prose.word(i).to_owned()).collect()).collect()
    }

    #[test]
    fn sentences_and_words() {
        let sentences = cut("I’ve paid $27.50 to Dr. Osei. It's e-mailed!\nRef: ch_118");
        assert_eq!(sentences[0], ["i", "ve", "paid", "27.50", "to", "dr", "osei"]);
        assert_eq!(sentences[1], ["it", "s", "e-mailed"]);
        assert_eq!(sentences[2], ["ref", "ch_118"]);
    }

    #[test]
    fn quoted_words_are_marked_and_nothing_panics() {
        let t = text("He wrote \"I sent it\" to me. 'ok' `x`");
        let prose = Prose::new(0, Role::User, &t);
        let quoted: Vec<_> = (0..prose.words.len()).filter(|i| prose.words[*i].quoted).map(|i| prose.word(i)).collect();
        assert_eq!(quoted, ["i", "sent", "it", "ok", "x"]);
        for odd in ["", "…", "\"", "é.", "a-", "...", "\u{0}", "'''", "```"] {
            Prose::new(0, Role::User, &text(odd));
        }
    }
}
