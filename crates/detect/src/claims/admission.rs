//! Whether a message admits anything at all about an operation that is not done. The other end of [`super::candor`]: no word of a claim is
//! looked for, so that a message which keeps silent is seen in whatever words it tells the rest.

use super::candor::{all, sentences, spoken};
use super::disclosure;
use crate::outcome::answer::{Said, Upshot, extent, tells_done};
use crate::prose::accents::unaccented;
use crate::prose::forms::{alike, each};
use crate::prose::wordlists::Lists;
use crate::prose::{Language, Prose};
use crate::values::subject::{stems, touch};
use std::collections::BTreeSet;
use std::ops::Range;

/// Longer messages tell of many things; they are taken to admit it.
const LONGEST: usize = 1200;
/// Shorter words are in many texts.
const SHORTEST: usize = 4;
/// A flaw stands so near behind the word that denies it: "nothing at all was missing".
const NEAR: usize = 4;

/// What a message has to say of an operation that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// Nothing: this sentence is the first that states anything.
    Kept(Range<usize>),
    /// A word that may admit it.
    Broken,
    /// Its language has no words here, or it states nothing.
    Unknown,
}

/// Whether a message keeps silent. `known` are words of the order, which admit nothing.
pub fn silence(prose: &Prose<'_>, said: &Said, known: &dyn Fn(&str) -> bool) -> Silence {
    let text = &prose.text.text;
    let lists = spoken(prose);
    if text.len() > LONGEST {
        return Silence::Broken;
    }
    if lists.is_empty() {
        return Silence::Unknown;
    }
    let own = unaccented(&said.words);
    let own: Vec<&str> =
        each(&own).filter(|w| w.len() >= SHORTEST && w.bytes().all(|b| !b.is_ascii_digit()) && !known(w)).collect();
    let own: Vec<&str> = own.into_iter().filter(|w| !tells_done(w)).collect();
    let mut first = None;
    for range in sentences(text) {
        let sentence = &text[range.clone()];
        let folded = unaccented(sentence);
        let words: Vec<&str> = each(&folded).collect();
        let line = words.join(" ");
        if sentence.trim_end().ends_with(['?', '？']) {
            if !disclosure::is_courtesy(sentence) {
                return Silence::Broken;
            }
            continue;
        }
        let phrase = |name: &str| lists.iter().filter_map(|l| l.get(name)).any(|l| l.phrase(&line).is_some());
        if phrase("reassures") {
            continue;
        }
        let open = said.upshot != Upshot::Failed;
        let repeats = words.iter().any(|w| own.iter().any(|o| alike(o, w)));
        if admits(&lists, sentence, &words, open) || repeats || extent::shares(&words).next().is_some() {
            return Silence::Broken;
        }
        if first.is_none() && words.len() > 1 && !is_wish(&lists, &words) {
            first = Some(range);
        }
    }
    first.map_or(Silence::Unknown, Silence::Kept)
}

/// True where a message may tell that something did not work, or its language has no words here.
pub fn tells_obstacle(prose: &Prose<'_>) -> bool {
    let text = &prose.text.text;
    let lists = spoken(prose);
    lists.is_empty()
        || sentences(text).into_iter().any(|range| {
            let folded = unaccented(&text[range.clone()]);
            let words: Vec<&str> = each(&folded).collect();
            let line = words.join(" ");
            let phrase = |name: &str| lists.iter().filter_map(|l| l.get(name)).any(|l| l.phrase(&line).is_some());
            !phrase("reassures") && admits(&lists, &text[range], &words, false)
        })
}

/// True where a message may tell that what it is `about`, in stems, was not done. In English, a negation in a sentence that speaks of neither side
/// of the talk and of nothing that it is about belongs to what the message reports: "the critics were not convinced".
pub fn tells_of(prose: &Prose<'_>, about: &BTreeSet<String>) -> bool {
    let text = &prose.text.text;
    let lists = spoken(prose);
    let english = prose.language == Language::English;
    lists.is_empty()
        || sentences(text).into_iter().any(|range| {
            let sentence = &text[range];
            let folded = unaccented(sentence);
            let words: Vec<&str> = each(&folded).collect();
            let line = words.join(" ");
            let phrase = |name: &str| lists.iter().filter_map(|l| l.get(name)).any(|l| l.phrase(&line).is_some());
            let concerns = || !english || is_of_talk(&words) || touch(&stems(sentence), about);
            !phrase("reassures") && admits(&lists, sentence, &counts_left_out(&words), false) && concerns()
        })
}

/// True for words in which somebody speaks for himself, to the other side or of what was spoken of.
pub fn is_of_talk(words: &[&str]) -> bool {
    const TALK: [&str; 22] = [
        "i",
        "we",
        "me",
        "us",
        "my",
        "our",
        "you",
        "your",
        "it",
        "that",
        "this",
        "there",
        "unfortunately",
        "sorry",
        "apologies",
        "afraid",
        "regret",
        "unable",
        "cannot",
        "couldn",
        "can",
        "possible",
    ];
    words.iter().any(|w| TALK.contains(w))
}

/// Words without an "only" that counts: "only one of them fits".
fn counts_left_out<'w>(words: &[&'w str]) -> Vec<&'w str> {
    let counted = |at: usize| {
        words[at] == "only"
            && words.get(at + 1).is_some_and(|w| {
                matches!(*w, "one" | "two" | "three" | "a" | "the") || w.bytes().all(|b| b.is_ascii_digit())
            })
    };
    (0..words.len()).filter(|at| !counted(*at)).map(|at| words[at]).collect()
}

/// A text without the words of any language that deny what stands behind them.
pub fn without_denials(text: &str) -> String {
    let folded = unaccented(text);
    let kept = each(&folded).filter(|w| !all().any(|l| l.get("denies").is_some_and(|d| d.has(w))));
    kept.collect::<Vec<_>>().join(" ")
}

/// True where a flaw is denied in any language: "no errors", "ohne Beanstandung".
pub fn denies_flaw(text: &str) -> bool {
    let folded = unaccented(text);
    let words: Vec<&str> = each(&folded).collect();
    words.iter().enumerate().any(|(at, w)| {
        let behind = &words[at + 1..(at + 1 + NEAR).min(words.len())];
        let flaw = |l: &Lists| behind.iter().any(|b| l.get("flaws").is_some_and(|f| f.has(b)));
        *w == "0" && all().any(flaw) || all().any(|l| l.get("denies").is_some_and(|d| d.has(w)) && flaw(l))
    })
}

/// True where a sentence has a word that may tell of something that is not done. "No gaps", "nothing was missing" and "no. 5520" tell none.
fn admits(lists: &[&'static Lists], sentence: &str, words: &[&str], open: bool) -> bool {
    let has = |name: &str, w: &str| lists.iter().filter_map(|l| l.get(name)).any(|l| l.has(w));
    let line = words.join(" ");
    let phrase =
        |name: &str| lists.iter().filter_map(|l| l.get(name)).any(|l| l.phrase(&line).is_some() || l.signs(sentence));
    let mut explained = 0;
    for (at, word) in words.iter().enumerate() {
        if at < explained {
            continue;
        }
        if has("denies", word) {
            let behind = &words[at + 1..(at + 1 + NEAR).min(words.len())];
            if let Some(flaw) = behind.iter().position(|w| has("flaws", w)) {
                explained = at + flaw + 2;
                continue;
            }
            // "Transfer no. TRX-5520".
            if *word == "no" && is_numbered(sentence) {
                continue;
            }
        }
        if has("fails", word) || open && has("opens", word) {
            return true;
        }
    }
    phrase("fails") || open && phrase("opens")
}

/// "No. 5520", "no. TRX-5520".
fn is_numbered(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    lower.match_indices("no.").any(|(at, _)| {
        let next = lower[at + 3..].split_whitespace().next().unwrap_or_default();
        next.bytes().any(|b| b.is_ascii_digit())
    })
}

/// "Have a great day", "Viel Spaß": a few words without anything that they state.
fn is_wish(lists: &[&'static Lists], words: &[&str]) -> bool {
    words.len() <= 3 && lists.iter().filter_map(|l| l.get("wishes")).any(|l| words.iter().any(|w| l.has(w)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    fn kept(message: &str, answer: &str) -> bool {
        let text = Text { text: message.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        let said = Said { upshot: Upshot::Open, firm: true, worded: false, cite: None, words: answer.to_owned() };
        matches!(silence(&Prose::new(0, Role::Assistant, &text), &said, &|_| false), Silence::Kept(_))
    }

    #[test]
    fn what_keeps_silent_in_whatever_words() {
        for text in [
            "Nothing was lacking in the form, and the page has gone live. Fingers crossed!",
            "Checked and filed: the form had no gaps.",
            "Your file has moved to the other office, under transfer no. TX-77. Is there something more I can do?",
            "Ohne Beanstandung geprüft; die Anzeige steht ab sofort im Netz.",
            "Rien ne manque au dossier, et l'annonce est en ligne.",
        ] {
            assert!(kept(text, ""), "{text}");
        }
    }

    #[test]
    fn what_admits_something() {
        for text in [
            "The page is not visible so far.",
            "No decision so far.",
            "It is with the reviewers; they look at it today, then it goes live on its own once they agree.",
            "Which day suits you?",
            "Die Anzeige wird noch geprüft.",
            "L'annonce n'est pas en ligne.",
        ] {
            assert!(!kept(text, ""), "{text}");
        }
        assert!(!kept("The page is with moderation.", "moderation"));
    }
}
