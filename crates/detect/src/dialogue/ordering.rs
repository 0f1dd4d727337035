//! Whether somebody orders anything at all, in words that no lexicon of operations has: "top it up", "put me into the earliest
//! one", "make it work again". Whoever asks and looks orders nothing.

use crate::prose::lexicon::english;

/// True when a text orders a deed in words of its own.
pub fn orders(text: &str) -> bool {
    let folded = text.to_lowercase().replace('’', "'");
    sentences(&folded).any(sentence_orders)
}

fn sentence_orders(sentence: &str) -> bool {
    let question = sentence.trim_end().ends_with('?');
    if let Some(wish) = english().list("order_wish").find_map(|w| phrase(sentence, w.as_str())) {
        return words(wish).find(|w| !english().is("order_filler", w)).is_some_and(is_deed);
    }
    if question {
        return false;
    }
    let polite = phrase(sentence, "please").is_some();
    let clauses = sentence.split([',', ':']).flat_map(|c| c.split(" and ")).flat_map(|c| c.split(" then "));
    let mut tells = false;
    for clause in clauses {
        let mut rest = words(clause).skip_while(|w| english().is("order_filler", w));
        let (Some(verb), next) = (rest.next(), rest.next()) else { continue };
        tells |= is_look(verb);
        // "Give me the balance" asks to be told, "give me one of the two back" does not.
        let gives_back = verb == "give" && words(clause).any(|w| w == "back");
        let objects = |n: &str| english().is("order_object", n) || is_moved(n, clause);
        if gives_back || (is_deed(verb) && next.is_some_and(objects)) {
            return true;
        }
    }
    // "Earliest train to Vester on 9 June, please."
    polite && !tells && words(sentence).filter(|w| !english().is("order_filler", w)).count() >= 3
}

/// True for the name of a thing that is brought to another state: "bump orders-db to the next size".
fn is_moved(name: &str, clause: &str) -> bool {
    name.contains('-') && !name.contains(|c: char| c.is_ascii_digit()) && words(clause).any(|w| w == "to")
}

/// True when every sentence of a text plainly asks, or wants to be told or shown something; sentences of a few words and what
/// people say of themselves are let pass.
pub fn only_asks(text: &str) -> bool {
    const NO_LOOK: [&str; 7] = ["remind", "stop", "hold", "forget", "wait", "have", "do"];
    let folded = text.to_lowercase().replace('\u{2019}', "'");
    sentences(&folded).filter(|s| !s.contains("://") || s.split_whitespace().count() > 2).all(|sentence| {
        let mut rest = words(sentence).skip_while(|w| english().is("order_filler", w));
        let Some(first) = rest.next() else { return true };
        let looks = (is_look(first) || english().is("question_start", first)) && !NO_LOOK.contains(&first);
        let tells = OF_ONESELF.contains(&first);
        sentence.trim_end().ends_with('?') || looks || tells || rest.count() < 3 && !is_deed(first)
    })
}

/// The sentences of a text. A dot inside a word ends nothing.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['?', '!', '\n', ';']).flat_map(|part| part.split_inclusive(". "))
}

/// Words with which people tell of themselves.
const OF_ONESELF: [&str; 10] = ["i", "i'm", "i've", "i'll", "i'd", "we", "we're", "my", "our", "the"];

/// What follows a phrase that stands between other words.
fn phrase<'t>(text: &'t str, phrase: &str) -> Option<&'t str> {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '\'');
    text.match_indices(phrase).find_map(|(at, found)| {
        let rest = &text[at + found.len()..];
        (edge(text[..at].chars().next_back()) && edge(rest.chars().next())).then_some(rest)
    })
}

fn is_deed(verb: &str) -> bool {
    verb.len() > 1
        && !verb.ends_with("ing")
        && verb.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
        && !english().is("order_no_verb", verb)
        && !is_look(verb)
        && !is_known(verb)
}

fn is_look(verb: &str) -> bool {
    english().is("order_tell", verb) || english().is_read_word(verb) || english().is("look", verb)
}

/// Verbs of operations are weighed elsewhere, by the operation; these say too little to belong to one.
fn is_known(verb: &str) -> bool {
    const LIGHT: [&str; 18] = [
        "make", "get", "put", "take", "set", "have", "keep", "turn", "bring", "fix", "sort", "handle", "arrange",
        "use", "run", "start", "switch", "add",
    ];
    !LIGHT.contains(&verb) && !english().of_base(verb).is_empty()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'').filter(|w| !w.is_empty())
}

/// True when a text tells that something is not as it was recorded: an order to change the record.
pub fn reports_change(text: &str) -> bool {
    let folded = text.to_lowercase();
    english().list("reported_change").any(|c| phrase(&folded, c).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_in_any_words() {
        for text in [
            "check how much data the line has left and top it up with the 5 GB pack",
            "I found my card in my coat, make it work again",
            "Please see which slots are free, then put me into the earliest one.",
            "Earliest train to Vester on 9 June 2026, please.",
            "There are two of them. Give me one of the two back, it is ch_17.",
            "could you sort my invoice out?",
            "I'd like to bump my plan to the next tier.",
            "nudge media-cache from 4.small to 4.large",
        ] {
            assert!(orders(text), "{text}");
        }
    }

    #[test]
    fn questions_and_looks_order_nothing() {
        for text in [
            "What would it cost?",
            "Show me my last three orders, please.",
            "Can you tell me when my parcel arrives?",
            "My order A-17 is late and the box was open.",
            "How do I bleed a radiator? See https://heat.example/bleed",
            "I'm thinking about it.",
            "Hello, I have a question about my bill.",
            "Booking MF-2093. How much would I get back?",
            "I may have to give up my membership, number 40017.",
            "Thanks!",
            "explain what pump.py does, short please",
            "Summarize the messages in the channel and read the newest one.",
        ] {
            assert!(!orders(text), "{text}");
        }
    }

    #[test]
    fn questions_are_told_from_everything_else() {
        for text in [
            "Is the trail open?",
            "Brief me on claim 55-0127, the statement above all.",
            "what was the talk in #barter about last night",
            "How long are the two essays? I'll mark them myself.",
            "Booking Q7. Is my flight on time?",
        ] {
            assert!(only_asks(text), "{text}");
        }
        for text in [
            "On the page 'Rinse' change the price to 2.50.",
            "When is the fair? Remind me the evening before at 19:00.",
            "Copy the list onto the board of class five.",
            "put leaflet.docx through the site into Danish",
            "Have the drawing crest.svg engraved.",
        ] {
            assert!(!only_asks(text), "{text}");
        }
    }

    #[test]
    fn a_change_that_is_reported_is_to_be_recorded() {
        assert!(reports_change("My e-mail has changed, it's i@b.example now."));
        assert!(!reports_change("My parcel is late."));
    }
}
