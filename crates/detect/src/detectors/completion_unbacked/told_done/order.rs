//! Whether what the user says orders a change. A question about what is so, a wish to know or to be shown something, and thanks order none.

use super::words::{Language, Word, language, words};
use crate::dialogue::assent::{self, Answer};
use crate::dialogue::instructed::sentences;
use crate::dialogue::{light_verbs, ordering, other_language};
use crate::prose::classes::class;
use crate::prose::forms::alike;
use crate::prose::wordlists::line;
use crate::session::Session;

/// So many sentences are read.
const MOST: usize = 16;
/// A wish for a fact names it so early.
const EARLY: usize = 6;
/// A reply of so few words that turns something down orders nothing, whatever was said before it, or behind a question.
const FEW: usize = 6;
const SHORT: usize = 16;

/// True where a text wants something changed, in whatever words.
pub(super) fn orders(session: &Session<'_>, event: u32, text: &str) -> bool {
    let Some(language) = language(&words(text), &[]) else {
        return session.request().asks_at(event) && !text.contains(['?', '？']) || light_verbs::orders(text);
    };
    let parts: Vec<&str> = sentences(text).into_iter().take(MOST).map(|s| &text[s]).collect();
    if language.english {
        let asks = asks(text, language);
        return parts.iter().any(|s| english_orders(s, language) && (!asks || is_plain_order(s, language)))
            || !asks
                && !ordering::only_looks(text)
                && !wants_fact(text, language)
                && (session.request().asks_at(event) && !ordering::only_asks(text)
                    || ordering::reports_change(text)
                    || language.complaint.is_in(&words(text)));
    }
    let asks = parts.iter().any(|s| asks(s, language));
    !other_language::families(text).is_some_and(|f| f.is_empty() && asks)
        && parts.iter().any(|s| other_orders(s, language, asks))
}

/// True where a text only reports trouble, in whatever words, and orders nothing to be done about it.
pub(super) fn only_reports(text: &str) -> bool {
    let Some(language) = language(&words(text), &[]).filter(|l| l.english) else { return false };
    let mut parts = sentences(text).into_iter().take(MOST).map(|s| &text[s]);
    !parts.any(|s| english_orders(s, language))
}

/// True where a short reply turns down or puts off what the agent has just put before the user: what is told then as set aside was no order.
pub(super) fn declines(asked: &str, text: &str) -> bool {
    let count = words(text).len();
    let short = count <= FEW || count <= SHORT && asked.contains(['?', '？']);
    if !short || asked.trim().is_empty() {
        return false;
    }
    // A few words tell no language by themselves.
    let language = assent::language(&format!("{asked}\n{text}"));
    matches!(assent::read(text, asked, language, &|_| false), Answer::No | Answer::Undecided)
}

/// True where a reply to no question takes something as heard and goes on to tell something, or ends there: "ok, we'll come by bike".
pub(super) fn only_acknowledges(asked: &str, text: &str) -> bool {
    const JOINS: [&str; 14] =
        ["and", "so", "then", "und", "dann", "also", "et", "alors", "y", "entonces", "e", "en", "dan", "och"];
    // First persons, in languages that leave the speaker out.
    const ENDINGS: [&str; 6] = ["mos", "iamo", "remo", "emy", "imy", "ymy"];
    if asked.contains(['?', '？']) || text.contains(['?', '？']) || !class("acknowledges").begins(text) {
        return false;
    }
    let all = words(text);
    let wants = language(&all, &words(asked)).is_some_and(|l| l.request.is_in(&all));
    let line = line(text);
    let rest = class("acknowledges").without(&line);
    let mut rest = rest.split(' ').filter(|w| !w.is_empty());
    let first = rest.find(|w| !class("acknowledges").has(w) && !JOINS.contains(w));
    let tells = |w: &str| class("subject").has(w) || ENDINGS.iter().any(|e| w.ends_with(e));
    !wants && !class("rather").is_in(&line) && first.is_none_or(tells)
}

/// True where a text gives what the agent has just asked for, and orders nothing: a code, a date, a name. Besides numbers, names and single
/// letters, no word of it stands outside of the agent's question.
pub(super) fn only_answers(asked: &str, text: &str) -> bool {
    let wanted = words(asked);
    let asks = asked.contains(['?', '？']) || language(&wanted, &[]).is_some_and(|l| l.please.is_in(&wanted));
    if !asks || class("yes").begins(text) {
        return false;
    }
    let given = words(text);
    let language = language(&given, &wanted);
    let value = |at: usize, w: &Word| is_number(w) || w.plain.chars().count() == 1 || at > 0 && w.capital;
    let plain = |w: &Word| {
        let repeats = |q: &Word| q.plain == w.plain || alike(&q.plain, &w.plain);
        w.plain.len() < 3 || language.is_some_and(|l| l.function.has(w)) || wanted.iter().any(repeats)
    };
    given.iter().enumerate().any(|(at, w)| value(at, w))
        && given.iter().enumerate().all(|(at, w)| value(at, w) || plain(w))
}

fn is_number(word: &Word) -> bool {
    word.plain.starts_with(|c: char| c.is_ascii_digit())
}

/// True where a text asks what is so.
fn asks(text: &str, language: &Language) -> bool {
    text.contains(['?', '？']) && !is_polite_order(text, language)
        || text.split([',', '.', ';', '\n']).any(|c| words(c).first().is_some_and(|w| language.question.has(w)))
}

fn is_polite_order(text: &str, language: &Language) -> bool {
    language.request.is_in(&words(text))
}

fn english_orders(sentence: &str, language: &Language) -> bool {
    if asks_what_is_so(sentence) {
        return false;
    }
    // "Stop" and "give" tell to look, too; with what completes them, they order.
    let other = || {
        (!ordering::deeds(sentence).is_empty() || ordering::orders(sentence))
            && !ordering::is_question(sentence)
            && !ordering::only_looks(sentence)
    };
    (light_verbs::orders(sentence) || other()) && !wants_fact(sentence, language)
}

/// "Do I need to redo the form?", "is it booked?": an auxiliary at the head of a question that asks nobody to do anything.
fn asks_what_is_so(sentence: &str) -> bool {
    const HEADS: [&str; 13] =
        ["do", "does", "did", "is", "are", "am", "was", "were", "has", "have", "had", "must", "should"];
    let own = words(sentence);
    sentence.trim_end().ends_with('?') && own.first().is_some_and(|w| HEADS.contains(&w.plain.as_str()))
}

/// True where a sentence orders beyond doubt, as it has to beside a question: "did that work? Player id 60914" orders nothing.
fn is_plain_order(sentence: &str, language: &Language) -> bool {
    let own = words(sentence);
    let early = &own[..own.len().min(EARLY)];
    light_verbs::orders(sentence) || is_polite_order(sentence, language) || early.iter().any(|w| is_verb(w, language))
}

/// True where what is wished for is a fact, or to know one: "I want the full number", "ratings for both, please".
fn wants_fact(sentence: &str, language: &Language) -> bool {
    let own = words(sentence);
    let early = &own[..own.len().min(EARLY)];
    let wish = own.iter().take(3).any(|w| language.request.has(w)) && language.request.is_in(early);
    let told = early.iter().position(|w| language.facts.has(w));
    told.is_some_and(|at| at == 0 || wish && !early[..at].iter().any(|w| is_verb(w, language)))
        || wish && language.know.is_in(early)
}

/// True for a verb of a deed, where the language's verbs are known.
fn is_verb(word: &Word, language: &Language) -> bool {
    let lexicon = crate::prose::lexicon::english();
    language.english && !lexicon.of_base(&word.plain).is_empty() && !language.know.has(word)
}

fn other_orders(sentence: &str, language: &Language, asks: bool) -> bool {
    let own = words(sentence);
    let deed = || !other_language::families(sentence).unwrap_or_default().is_empty();
    if sentence.trim_end().ends_with('?') {
        // "Which is the first date, and what do I have to bring?"
        let asks = own.first().is_some_and(|w| language.question.has(w));
        return (language.request.is_in(&own) || !asks && deed())
            && !language.know.is_in(&own)
            && !wants_fact(sentence, language);
    }
    let Some(first) = own.first().filter(|_| own.len() > 1) else { return false };
    // "Give me" asks to be shown something, "give Bruno" does not.
    if language.gives.has(first) && !own.iter().take(3).any(|w| language.me.has(w)) {
        return true;
    }
    let thanks = own.len() < 5 && language.thanks.is_in(&own) && !deed();
    let looks = first.plain.len() > 4 && other_language::is_look(&first.small);
    let other = thanks || looks || language.question.has(first) || wants_fact(sentence, language);
    !other && (!language.know.is_in(&own) || deed()) && (!asks || language.request.is_in(&own) || deed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_that_gives_what_was_asked_for_orders_nothing() {
        for (asked, text) in [
            ("Could you give me the code that we sent you?", "482913"),
            ("What is your date of birth, please?", "It is 12 April 1988"),
            ("Wie ist Ihre Kundennummer?", "Meine Kundennummer ist K-204"),
        ] {
            assert!(only_answers(asked, text), "{text}");
        }
        for (asked, text) in [
            ("Which order is it?", "Cancel A-90 and refund the card"),
            ("Which seat would you like?", "Yes, 4C"),
            ("Your order is A-90.", "A-90"),
        ] {
            assert!(!only_answers(asked, text), "{text}");
        }
    }

    #[test]
    fn what_is_only_taken_as_heard_orders_nothing() {
        for text in [
            "ok we'll come by bike then",
            "perfect, thats settled then",
            "Great!",
            "super, dann ist das geklärt",
            "vale, venimos en bici",
            "d'accord, on viendra à vélo",
            "ok, veniamo in bici",
            "oké, we komen met de fiets",
            "dobrze, przyjedziemy rowerem",
            "ok, vi kommer med cykel",
        ] {
            assert!(only_acknowledges("Your table is booked.", text), "{text}");
        }
        for text in [
            "great, send it to Ana",
            "ok, we need a high chair",
            "super, aber lieber am Freitag",
            "ok, Friday instead",
            "perfecto, y también una trona",
            "cancel it",
        ] {
            assert!(!only_acknowledges("Your table is booked.", text), "{text}");
        }
        assert!(!only_acknowledges("Shall I book it?", "ok"));
    }

    #[test]
    fn a_question_for_what_is_so_orders_nothing() {
        for text in ["Do I need to renew the pass?", "Is it booked?", "Should I return it?"] {
            assert!(asks_what_is_so(text), "{text}");
        }
        for text in ["Can you renew the pass?", "Do renew the pass.", "Renew the pass, OK?"] {
            assert!(!asks_what_is_so(text), "{text}");
        }
    }

    #[test]
    fn a_reply_that_declines_or_puts_off_orders_nothing() {
        for (asked, text) in [
            ("Soll ich den Auftrag anlegen?", "nee, mach ich später"),
            ("Soll ich den Auftrag anlegen?", "lass mal"),
            ("Shall I book it?", "not now"),
            ("I can book it for you.", "leave it"),
            ("Dois-je réserver ?", "non, plus tard"),
            ("Ne prenoto uno?", "magari dopo"),
            ("Zal ik er een boeken?", "laat maar"),
            ("Czy zarezerwować jeden?", "może później"),
        ] {
            assert!(declines(asked, text), "{text}");
        }
        for (asked, text) in [
            ("Passt der Montag?", "nein, buchen Sie bitte den Dienstag"),
            ("Is the 2nd fine?", "no, not the 2nd, book the 3rd please"),
            ("Shall I book it?", "yes please"),
            ("", "Not now"),
        ] {
            assert!(!declines(asked, text), "{text}");
        }
    }
}
