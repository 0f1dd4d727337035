//! What a search looks for: its words, and the question for the index.

use super::grams;
use super::normalize::normalize;

/// Words that a search takes apart; the rest of the text is the last word, as it is.
pub(crate) const WORDS: usize = 6;

/// Bytes of a text that is looked for at most.
const LONGEST: usize = 1_000;

/// One word of a search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Term {
    /// The normalized text to find; empty if only the number counts.
    pub text: String,
    /// The number of the incident that it names; 0 for none.
    pub number: i64,
}

/// A search. An incident matches if it matches every term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    /// Terms beyond the words that were given are empty.
    pub terms: [Term; WORDS],
}

impl Search {
    /// The search for a text: `None` if no incident can match it.
    pub fn new(text: &str) -> Option<Self> {
        if text.len() > LONGEST || text.contains('\0') {
            return None;
        }
        let normal = normalize(text);
        let mut terms: [Term; WORDS] = Default::default();
        for (term, word) in terms.iter_mut().zip(normal.splitn(WORDS, ' ').filter(|w| !w.is_empty())) {
            let named = word.strip_prefix("inc-");
            let digits = |t: &&str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
            term.number = Some(named.unwrap_or(word)).filter(digits).and_then(|n| n.parse().ok()).unwrap_or(0);
            // INC-12 means that incident and not INC-120.
            if named.is_none() || term.number == 0 {
                term.text = word.to_owned();
            }
        }
        Some(Search { terms })
    }

    /// True if every incident matches.
    pub fn is_empty(&self) -> bool {
        self.terms.iter().all(|term| *term == Term::default())
    }

    /// The question for the index that every matching incident answers, with the words of its language for "and" and "or". It is made of
    /// tokens only: nothing of what was typed is in it.
    pub fn for_index(&self, and: &str, or: &str) -> String {
        let terms = self.terms.iter().filter(|term| **term != Term::default()).map(|term| {
            let pieces = grams::of_word(&term.text).join(and);
            match (pieces.is_empty(), term.number) {
                (false, 0) => format!("({pieces})"),
                (false, number) => format!("(({pieces}){or}{})", of_number(number)),
                (true, number) => of_number(number),
            }
        });
        terms.collect::<Vec<_>>().join(and)
    }
}

/// The token that only this incident has.
pub(crate) fn of_number(number: i64) -> String {
    format!("n{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_searched_for_as_they_are() {
        let of = |text: &str| Search::new(text).map(|s| s.terms.map(|t| (t.text, t.number)));
        let term = |text: &str, number| (text.to_owned(), number);
        let none = || term("", 0);
        let rest = |first, second| Some([first, second, none(), none(), none(), none()]);
        assert_eq!(of("  50%_Óff! "), rest(term("50%_off!", 0), none()));
        assert_eq!(of("   "), rest(none(), none()));
        assert_eq!(of("INC-12 Refund"), rest(term("", 12), term("refund", 0)));
        assert_eq!(of("12 inc-x"), rest(term("12", 12), term("inc-x", 0)));
        assert_eq!(of("99999999999999999999"), rest(term("99999999999999999999", 0), none()));
        assert_eq!(of("a b c d e f g").map(|t| t[5].0.clone()), Some("f g".to_owned()));
        assert_eq!((of("x\0"), of(&"x".repeat(LONGEST + 1))), (None, None));
    }

    #[test]
    fn the_question_for_the_index_holds_tokens_only() {
        let of = |text: &str| Search::new(text).expect("a search").for_index(" & ", " | ");
        assert_eq!(of("INC-12"), "n12");
        assert_eq!(of("  "), "");
        let both = of("7 \"x'");
        assert!(both.ends_with(')') && both.contains(" | n7) & ("), "{both}");
        for text in ["a\"b", "NEAR(x)", "* OR -a", "a:b^c", "!&|()<->"] {
            let allowed = |c: char| c.is_ascii_alphanumeric() || " &|()".contains(c);
            assert!(of(text).chars().all(allowed), "{}", of(text));
        }
    }
}
