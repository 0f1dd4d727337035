//! Whether somebody orders anything at all, in words that no lexicon of operations has: "top it up", "put me into the earliest
//! one", "make it work again". Whoever asks and looks orders nothing.

use crate::prose::lexicon::english;
use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// True when a text orders a deed in words of its own.
pub fn orders(text: &str) -> bool {
    let folded = text.to_lowercase().replace('’', "'");
    sentences(&folded).any(sentence_orders)
}

fn sentence_orders(sentence: &str) -> bool {
    let question = sentence.trim_end().ends_with('?');
    if let Some(wish) = WISH.after(sentence) {
        return words(wish).find(|w| !english().is("order_filler", w)).is_some_and(is_deed);
    }
    if question {
        return false;
    }
    let polite = phrase(sentence, "please").is_some();
    let mut tells = false;
    for clause in clauses(sentence) {
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
        // "Candidate 2051.", "go through today's post".
        let rest: Vec<&str> = rest.collect();
        let named = rest.len() == 1 && rest[0].bytes().any(|b| b.is_ascii_digit());
        if named || matches!(first, "through" | "over") {
            return true;
        }
        // "Don't book anything yet."
        let forbids = matches!(first, "don't" | "dont" | "never") || first == "do" && rest.first() == Some(&"not");
        if forbids {
            return clauses(sentence).skip(1).all(|c| !starts_with_deed(c));
        }
        let looks = (is_look(first) || english().is("question_start", first)) && !NO_LOOK.contains(&first);
        let tells = OF_ONESELF.contains(&first);
        // "Have a look at issue 212 and tell me how bad it is."
        let looks = looks || matches!(first, "have" | "take") && rest.starts_with(&["a", "look"]);
        // "Check me in, please."
        let asks = sentence.trim_end().ends_with('?');
        asks || looks && !phrasal(sentence) || tells || rest.len() < 3 && !is_deed(first)
    })
}

/// True when a text is nothing but questions about what is so or was done: no "can you", no "is there a way to", no "how do I".
pub fn is_question(text: &str) -> bool {
    const ASKS: [&str; 20] = [
        "what", "what's", "which", "how", "when", "where", "where's", "why", "who", "who's", "whose", "is", "are",
        "was", "were", "did", "do", "does", "has", "have",
    ];
    const WISHES: [&str; 22] = [
        "i", "you", "to", "please", "can", "could", "would", "should", "shall", "may", "might", "about", "not",
        "don't", "mind", "possible", "able", "let's", "let", "me", "us", "want",
    ];
    let folded = text.trim().to_lowercase().replace('\u{2019}', "'");
    folded.ends_with('?')
        && sentences(&folded).all(|sentence| {
            // "Hi there!"
            if words(sentence).count() <= 2 {
                return words(sentence)
                    .all(|w| english().of_base(w).is_empty() && !is_deed(w) || english().is("order_filler", w));
            }
            let mut rest = words(sentence).skip_while(|w| english().is("order_filler", w));
            sentence.trim_end().ends_with('?')
                && rest.next().is_some_and(|w| ASKS.contains(&w))
                && !rest.any(|w| WISHES.contains(&w))
        })
}

/// The sentences of a text. A dot inside a word ends nothing.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['?', '!', '\n', ';']).flat_map(|part| part.split_inclusive(". "))
}

/// Words with which people tell of themselves.
const OF_ONESELF: [&str; 10] = ["i", "i'm", "i've", "i'll", "i'd", "we", "we're", "my", "our", "the"];

fn clauses(sentence: &str) -> impl Iterator<Item = &str> {
    sentence.split([',', ':']).flat_map(|c| c.split(" and ")).flat_map(|c| c.split(" then "))
}

/// The sentences of a text, in lower case, that want something done, whether a lexicon has the verb or not.
pub fn deeds(text: &str) -> Vec<String> {
    let folded = text[..text.floor_char_boundary(LONGEST)].to_lowercase().replace('’', "'");
    let sentences = folded.split_inclusive(['!', '?', '\n', ';']).flat_map(|s| s.split_inclusive(". "));
    sentences.filter(|s| wants_a_deed(s)).map(str::to_owned).collect()
}

/// Longer messages are read up to here.
const LONGEST: usize = 16_384;

/// The phrases of a list, all at once.
struct Phrases(Option<AhoCorasick>);

impl Phrases {
    fn of(list: &str) -> Self {
        Phrases(AhoCorasick::new(english().list(list)).ok())
    }

    /// What follows a phrase that stands between other words.
    fn after<'t>(&self, text: &'t str) -> Option<&'t str> {
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '\'');
        self.0.as_ref()?.find_overlapping_iter(text).find_map(|hit| {
            let rest = &text[hit.end()..];
            (edge(text[..hit.start()].chars().next_back()) && edge(rest.chars().next())).then_some(rest)
        })
    }
}

static WISH: LazyLock<Phrases> = LazyLock::new(|| Phrases::of("order_wish"));
static INDIRECT: LazyLock<Phrases> = LazyLock::new(|| Phrases::of("order_indirect"));
static NOTICE: LazyLock<Phrases> = LazyLock::new(|| Phrases::of("order_notice"));

fn wants_a_deed(sentence: &str) -> bool {
    let lexicon = english();
    let question = sentence.trim_end().ends_with('?');
    let wish = WISH.after(sentence);
    // "…, would you?" has its verb before.
    if let Some(wish) = wish.filter(|w| words(w).next().is_some()) {
        let verb = words(wish).find(|w| !lexicon.is("order_filler", w));
        // "Can a vet ring me": whoever is to do it stands before the verb.
        let more = clauses(wish).skip(1).any(|c| starts_with_deed(c) || indirect(c));
        return verb.is_some_and(|v| !is_look(v) && !lexicon.is("order_no_verb", v)) || phrasal(wish) || more;
    }
    let ordered = clauses(sentence).any(starts_with_deed);
    if question {
        // "Assign it to u-1, would you?", "refund it, ok?"
        let tag = clauses(sentence).last().is_some_and(|c| words(c).count() <= 3);
        return ordered && tag && clauses(sentence).next().is_some_and(starts_with_deed);
    }
    ordered
        || clauses(sentence).any(after_place)
        || (indirect(sentence) || is_notice(sentence)) && !hesitates(sentence)
        || is_list(sentence)
        || (phrase(sentence, "please").is_some() && sentence_orders(sentence))
}

/// True where a clause begins with a verb that is no look, with an object behind it.
fn starts_with_deed(clause: &str) -> bool {
    let lexicon = english();
    let mut rest = words(clause).skip_while(|w| lexicon.is("order_filler", w));
    let (Some(verb), next) = (rest.next(), rest.next()) else { return false };
    let verb_like = verb.len() > 1
        && !verb.ends_with("ing")
        && !(verb.ends_with("ly") && lexicon.of_base(verb).is_empty())
        && verb.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
        && !lexicon.is("order_no_verb", verb);
    let object = next.is_some_and(|n| {
        let named = n.bytes().any(|b| b.is_ascii_digit());
        // "Line 0660-55-0199", "photos are in the upload": a noun, with what it is or is called.
        let noun = lexicon.of_base(verb).is_empty() || lexicon.is("noun_or_verb", verb);
        let told_of = lexicon.is("adverb", n) || is_being(n) || named && noun;
        !told_of
    });
    let lets_know = verb == "let" && phrase(clause, "know").is_some() && next != Some("me") && next != Some("us");
    let gives = verb == "give" && next != Some("me") && next != Some("us")
        || verb == "give" && phrase(clause, "back").is_some();
    (verb_like && object && !is_look(verb)) || lets_know || gives || phrasal(clause) || tells_another(verb, next)
}

/// "On the page 'Laundry' change the price", "from my account pay 45": the verb stands behind a place.
fn after_place(clause: &str) -> bool {
    const PLACES: [&str; 8] = ["on", "in", "from", "for", "at", "with", "under", "by"];
    let told: Vec<&str> = words(clause).skip_while(|w| english().is("order_filler", w)).collect();
    told.first().is_some_and(|w| PLACES.contains(w))
        && told.windows(3).any(|w| {
            let object = english().is("order_object", w[2]) || w[2].bytes().any(|b| b.is_ascii_digit());
            let free = !is_being(w[0]) && !english().is("order_no_verb", w[0]) && !english().is("modal", w[0]);
            free && object && !english().of_base(w[1]).is_empty() && !is_look(w[1])
        })
}

fn indirect(sentence: &str) -> bool {
    INDIRECT.after(sentence).is_some()
}

/// "We'll be there around 22:15", "my card was stolen": what is told so that it is acted on.
fn is_notice(sentence: &str) -> bool {
    NOTICE.after(sentence).is_some()
}

/// "Tell driver 27 that the dock is closed" speaks to somebody else.
fn tells_another(verb: &str, next: Option<&str>) -> bool {
    matches!(verb, "tell" | "ask" | "remind") && next.is_some_and(|n| !matches!(n, "me" | "us" | "you"))
}

fn is_being(word: &str) -> bool {
    const BEING: [&str; 16] = [
        "is", "are", "was", "were", "am", "be", "has", "have", "had", "will", "would", "can", "does", "did", "isn't",
        "doesn't",
    ];
    BEING.contains(&word)
}

/// "I need to know", "I'd like to hear": a wish to be told.
fn hesitates(sentence: &str) -> bool {
    words(sentence).any(|w| {
        english().is("order_tell", w) || matches!(w, "if" | "whether" | "thinking" | "wondering" | "maybe" | "might")
    }) && !words(sentence).any(|w| english().is("order_firm", w))
}

/// True when a text only asks to be told or shown something.
pub fn only_looks(text: &str) -> bool {
    let folded = text.to_lowercase();
    let first = clauses(&folded).filter_map(|c| words(c).find(|w| !english().is("order_filler", w))).next();
    first.is_some_and(is_look) && !phrasal(&folded)
}

/// "Check me in", "sign her up".
fn phrasal(clause: &str) -> bool {
    let told: Vec<&str> = words(clause).collect();
    english().list("phrasal_deed").filter_map(|p| p.split_once(' ')).any(|(verb, part)| {
        told.iter().position(|w| *w == verb).is_some_and(|at| {
            told[at + 1..].iter().take(3).any(|w| *w == part)
                && told.get(at + 1).is_some_and(|w| *w == part || english().is("order_object", w))
        })
    })
}

/// "New expense, taxi, 18.40, project Heron": an entry in its parts.
fn is_list(sentence: &str) -> bool {
    let parts: Vec<&str> = sentence.split(", ").collect();
    parts.len() >= 3
        && parts.iter().all(|p| words(p).count() <= 4)
        && sentence.bytes().any(|b| b.is_ascii_digit())
        && !words(sentence).any(|w| is_being(w) || is_look(w))
}

/// True where the first verb of any clause is one that no lexicon of operations has: what it asks for is told by what was done.
pub fn has_unknown_deed(sentence: &str) -> bool {
    let unknown = |clause: &str| {
        let mut rest = words(clause).skip_while(|w| english().is("order_filler", w));
        let (verb, next) = (rest.next(), rest.next());
        let object = |n: &str| english().is("order_object", n) || n.bytes().any(|b| b.is_ascii_digit());
        verb.is_some_and(is_deed) && next.is_some_and(object)
    };
    clauses(sentence).any(unknown) || indirect(sentence)
}

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

/// The words of a text.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'')
        .map(|w| w.trim_matches('\''))
        .filter(|w| !w.is_empty())
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
    fn questions_about_what_is_so() {
        for text in
            ["What do we charge for article 30-118?", "Hi there! Did they cancel the train?", "Is the order closed?"]
        {
            assert!(is_question(text), "{text}");
        }
        for text in [
            "Can you cancel it?",
            "How do I cancel my order?",
            "Is it possible to cancel it?",
            "Why not cancel it?",
            "Cancel it. When is the next one?",
            "",
        ] {
            assert!(!is_question(text), "{text}");
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
            "Which one has better reviews? Don't book anything yet, I'm just looking.",
        ] {
            assert!(only_asks(text), "{text}");
        }
        for text in [
            "On the page 'Rinse' change the price to 2.50.",
            "When is the fair? Remind me the evening before at 19:00.",
            "Copy the list onto the board of class five.",
            "put leaflet.docx through the site into Danish",
            "Have the drawing crest.svg engraved.",
            "Don't wait for me, send it to Ola.",
        ] {
            assert!(!only_asks(text), "{text}");
        }
    }

    #[test]
    fn a_change_that_is_reported_is_to_be_recorded() {
        assert!(reports_change("My e-mail has changed, it's i@b.example now."));
        assert!(!reports_change("My parcel is late."));
    }

    #[test]
    fn deeds_are_wanted_in_many_words() {
        for text in [
            "It'd be lovely if the tuner came on the 20th instead of the 18th.",
            "We won't need the projector after all.",
            "new expense, taxi, 18.40, project Heron",
            "On the page 'Laundry' change the price to 2.50.",
            "Could you find the depot and have it redirected to my office?",
            "Check me in for the Bergen flight.",
            "Tell driver 27 that dock 4 is closed.",
            "Ticket 7719: refund the order in full.",
            "Assign it to u-1, would you?",
            "We'll be there around 22:15.",
        ] {
            assert!(!deeds(text).is_empty(), "{text}");
        }
        for text in [
            "What would it cost me to go to the Flex L tariff? Line 0660-55-0199.",
            "Nobody told me about that. Really annoying.",
            "Brief me on claim 55-0127, the statement above all.",
            "Where's consignment HX-40-1187 at the moment?",
            "List the open questions on the mug.",
            "I need to know when it arrives.",
            "Why was I charged 19 for 'club fee'?",
        ] {
            assert!(deeds(text).is_empty(), "{text}: {:?}", deeds(text));
        }
    }
}
