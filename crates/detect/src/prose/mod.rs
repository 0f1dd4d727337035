//! What people and agents said, cut into sentences and words; quoted and drafted text is marked, since nobody
//! claims or promises anything in it.

pub(crate) mod abbreviations;
pub(crate) mod accents;
pub(crate) mod awaiting;
pub(crate) mod classes;
pub(crate) mod columns;
mod confusable;
pub(crate) mod counting;
pub(crate) mod doing;
mod drafts;
pub(crate) mod fields;
pub(crate) mod flags;
pub mod foreign;
pub(crate) mod forms;
pub mod instruction;
pub mod language;
pub mod lexicon;
pub mod passage;
pub(crate) mod pattern;
mod quotes;
pub(crate) mod readers;
pub mod stem;
pub(crate) mod wordlists;

pub use language::Language;

use crate::bits::Bits;
use flags::Flags;
use hindcast_trace::model::{Role, Text};
use language::Tally;
use std::cell::OnceCell;
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
    flags: Flags,
}

impl Word {
    /// True for a word that has one of the flags.
    pub(crate) fn has(self, flags: Flags) -> bool {
        self.flags & flags != 0
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
    /// The flags that any of its words has: most questions about it are answered by them.
    flags: Flags,
}

impl Sentence {
    /// True when one of its words has one of the flags.
    pub(crate) fn has(&self, flags: Flags) -> bool {
        self.flags & flags != 0
    }

    /// A run of its words as a sentence of its own.
    pub(crate) fn part(&self, words: Range<usize>) -> Self {
        Sentence { words, ..self.clone() }
    }
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
    /// Words in letters that only look like ASCII, by their index, as they read.
    folded: Vec<(usize, String)>,
    /// How many ASCII digits it has: most texts have too few for what somebody may look for.
    pub(crate) digits: usize,
}

/// One text of a message, cut when it is first read.
#[derive(Debug)]
pub struct Unread<'t> {
    /// The message's event.
    pub event: u32,
    role: Role,
    text: &'t Text,
    prose: OnceCell<Prose<'t>>,
}

impl<'t> Unread<'t> {
    /// Nothing is done yet.
    pub fn new(event: u32, role: Role, text: &'t Text) -> Self {
        Unread { event, role, text, prose: OnceCell::new() }
    }

    /// The text in sentences and words.
    pub fn prose(&self) -> &Prose<'t> {
        self.prose.get_or_init(|| Prose::new(self.event, self.role, self.text))
    }
}

impl<'t> Prose<'t> {
    /// Cuts a text.
    pub fn new(event: u32, role: Role, text: &'t Text) -> Self {
        let lower = text.text.to_ascii_lowercase();
        let mut masks = quotes::masks(&lower);
        if role == Role::Assistant {
            masks.extend(drafts::masks(&lower));
            masks.sort_unstable_by_key(|m| m.start);
        }
        let mut prose = Prose {
            event,
            role,
            text,
            lower: String::new(),
            words: Vec::new(),
            sentences: Vec::new(),
            language: Language::Unclear,
            folded: Vec::new(),
            digits: 0,
        };
        prose.cut(&lower, &masks);
        prose.lower = lower;
        prose
    }

    /// The word at this index; empty where there is none, so that looking around a word needs no bounds.
    pub fn word(&self, index: usize) -> &str {
        if !self.folded.is_empty()
            && let Ok(at) = self.folded.binary_search_by_key(&index, |(i, _)| *i)
        {
            return &self.folded[at].1;
        }
        self.words.get(index).and_then(|w| self.lower.get(w.start as usize..w.end as usize)).unwrap_or("")
    }

    /// The bytes of a run of words.
    pub fn bytes(&self, words: Range<usize>) -> Range<usize> {
        let start = self.words.get(words.start).map_or(0, |w| w.start as usize);
        let end = words.end.checked_sub(1).and_then(|i| self.words.get(i)).map_or(start, |w| w.end as usize);
        start..end.max(start)
    }

    /// True when there is a word at this index that has one of the flags.
    pub(crate) fn has(&self, index: usize, flags: Flags) -> bool {
        self.words.get(index).is_some_and(|w| w.has(flags))
    }

    /// True when a phrase of the lexicon's list begins at this word. `begins` is the flag of the words with which they do.
    pub(crate) fn phrase_at(&self, index: usize, list: &str, begins: Flags) -> bool {
        self.has(index, begins)
            && lexicon::english()
                .phrases(list, self.word(index))
                .iter()
                .any(|rest| rest.iter().zip(index + 1..).all(|(part, i)| self.word(i) == part && !self.words[i].quoted))
    }

    /// The same of a list whose words have no flag, for the few places where it is asked.
    pub(crate) fn has_phrase(&self, index: usize, list: &str) -> bool {
        let phrases = lexicon::english().phrases(list, self.word(index));
        phrases.iter().any(|rest| rest.iter().zip(index + 1..).all(|(part, i)| self.word(i) == part))
    }

    /// True when a word of the sentence satisfies `is`.
    pub fn any(&self, sentence: &Sentence, is: impl Fn(&str) -> bool) -> bool {
        sentence.words.clone().any(|i| is(self.word(i)))
    }

    fn cut(&mut self, lower: &str, masks: &[Range<usize>]) {
        let bytes = lower.as_bytes();
        let (letters, blanks, digits) = Bits::of_words(bytes);
        self.digits = digits;
        self.words.reserve(bytes.len() / 4 + 4);
        self.sentences.reserve(bytes.len() / 64 + 1);
        let (mut words_from, mut sentence_from, mut after_break) = (0, 0, false);
        let mut masks = masks.iter();
        let mut mask = masks.next();
        let known = flags::known();
        let mut tally = Tally::default();
        let mut at = 0;
        loop {
            // Nearly every word is followed by a blank, which ends nothing.
            at = blanks.end(at);
            let mut end = letters.end(at);
            let mut ascii = true;
            if end == at {
                let Some(c) = char_at(lower, at) else { break };
                let next = at + c.len_utf8();
                if !c.is_alphanumeric() {
                    let ends = self.ends(lower, c, next, words_from);
                    after_break |=
                        matches!(c, ',' | ':' | '(' | ')' | '—' | '–') || (c == '-' && bytes.get(next) == Some(&b' '));
                    if ends {
                        self.close(words_from, sentence_from..next, c == '?');
                        (words_from, sentence_from, after_break) = (self.words.len(), next, false);
                    }
                    at = next;
                    continue;
                }
                (end, ascii) = (next, false);
            }
            if bytes.get(end) != Some(&b' ') {
                let plain = end;
                end = word_end(lower, &letters, end);
                ascii &= bytes[plain..end].is_ascii();
            }
            while mask.is_some_and(|m| m.end <= at) {
                mask = masks.next();
            }
            let quoted = mask.is_some_and(|m| m.contains(&at));
            let fold = if ascii { None } else { confusable::fold(&lower[at..end]) };
            let (flags, word, ascii) = match &fold {
                Some(fold) => (flags::of(fold), fold.as_str(), true),
                None => (known.at(lower, at, end), &lower[at..end], ascii),
            };
            if !quoted {
                tally.add(flags, word, ascii);
            }
            if let Some(fold) = fold {
                self.folded.push((self.words.len(), fold));
            }
            self.words.push(Word { start: at as u32, end: end as u32, after_break, quoted, flags });
            after_break = false;
            at = end;
        }
        self.close(words_from, sentence_from..lower.len(), false);
        self.language = tally.language(lower);
    }

    /// True when a character, which is no part of a word and ends at `next`, ends the sentence.
    fn ends(&self, lower: &str, c: char, next: usize, words_from: usize) -> bool {
        let at_end = || {
            char_at(lower, next)
                .is_none_or(|n| n.is_whitespace() || matches!(n, '"' | '”' | '\'' | '’' | '*' | ')' | '!' | '?'))
        };
        match c {
            '\n' | ';' => true,
            '!' | '?' | '…' => at_end(),
            // A full stop before any word ends nothing.
            '.' => at_end() && self.words.len() > words_from && abbreviations::ends_sentence(&self.text.text, next - 1),
            _ => false,
        }
    }

    fn close(&mut self, words_from: usize, range: Range<usize>, question: bool) {
        if let Some(words) = self.words.get(words_from..).filter(|w| !w.is_empty()) {
            let flags = words.iter().fold(0, |all, w| all | w.flags);
            self.sentences.push(Sentence { words: words_from..self.words.len(), range, question, flags });
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

/// Where the word ends of which a part ends at `at`.
fn word_end(text: &str, letters: &Bits, mut at: usize) -> usize {
    loop {
        at = letters.end(at);
        let Some(c) = char_at(text, at) else { break };
        // Hyphens, dots and underscores inside a word belong to it: `e-mailed`, `27.50`, `ch_118`.
        let inside =
            matches!(c, '-' | '_' | '.' | '@' | '/') && char_at(text, at + 1).is_some_and(char::is_alphanumeric);
        let unseen =
            || confusable::is_invisible(c) && char_at(text, at + c.len_utf8()).is_some_and(char::is_alphanumeric);
        if !inside && (c.is_ascii() || !(c.is_alphanumeric() || unseen())) {
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
        assert_eq!(cut("I wrote to T. Lind today.").len(), 1);
        assert_eq!(cut("We took plan B. The rest is fine. Vitamin C. 5 mg.").len(), 4);
    }

    #[test]
    fn letters_that_look_alike_are_read_alike() {
        assert_eq!(cut("I hаvе sеnt it to Зоя, se\u{AD}nt.")[0], ["i", "have", "sent", "it", "to", "Зоя", "sent"]);
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
