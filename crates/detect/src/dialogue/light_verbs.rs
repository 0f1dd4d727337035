//! Orders whose verb says next to nothing by itself, so that its complement tells what is to be done: "give Olu access", "stop sending me
//! the digest", "make Ana the owner", "put it on hold", "take me off the list", "have it moved".

use super::ordering::words;
use crate::prose::lexicon::english;

/// Longer messages are read up to here.
const LONGEST: usize = 16_384;
/// So many words stand between a verb and what completes it, at most.
const REACH: usize = 8;

/// True where a text in English orders something with a light verb.
pub fn orders(text: &str) -> bool {
    let folded = text[..text.floor_char_boundary(LONGEST)].to_lowercase().replace('’', "'");
    let sentences = folded.split(['.', '!', '?', '\n', ';']);
    sentences.flat_map(|s| s.split([',', ':', '–', '—'])).any(clause_orders)
}

fn clause_orders(clause: &str) -> bool {
    let all: Vec<&str> = words(clause).collect();
    let starts = std::iter::once(0).chain(all.iter().enumerate().filter(|(_, w)| is_joint(w)).map(|(at, _)| at + 1));
    starts.into_iter().any(|at| starts_with_order(&all[at..]))
}

fn is_joint(word: &str) -> bool {
    matches!(word, "and" | "then" | "so" | "but")
}

/// "Please …", "could you …", "I want you to …", and the verb.
fn starts_with_order(words: &[&str]) -> bool {
    let mut rest = words;
    loop {
        let filler = |w: &&&str| english().is("order_filler", w);
        let skipped = rest.iter().take_while(filler).count();
        rest = &rest[skipped..];
        let wish = english().list("order_wish").filter_map(|w| strip(rest, w)).min_by_key(|r| r.len());
        match wish {
            Some(more) if more.len() < rest.len() => rest = more,
            _ => break,
        }
    }
    let Some((verb, complement)) = rest.split_first() else { return false };
    let end = complement.iter().take(REACH).position(|w| is_joint(w)).unwrap_or(complement.len().min(REACH));
    !complement.is_empty() && is_order(verb, &complement[..end])
}

/// What follows a phrase.
pub(super) fn strip<'a, 't>(words: &'a [&'t str], phrase: &str) -> Option<&'a [&'t str]> {
    let mut rest = words;
    for part in phrase.split(' ') {
        let (first, more) = rest.split_first()?;
        if *first != part {
            return None;
        }
        rest = more;
    }
    Some(rest)
}

fn is_order(verb: &str, complement: &[&str]) -> bool {
    let lexicon = english();
    let Some(next) = complement.first().copied() else { return false };
    let is = |list: &str, w: &str| lexicon.is(list, w);
    // "Take a look", "make sure", "have a nice day", "let me know".
    if is("light_idle", next) || complement.windows(2).any(|w| w[0] == "a" && is("light_idle", w[1])) {
        return false;
    }
    let to_speaker = matches!(next, "me" | "us");
    let more = complement.len() > 1;
    let particle = complement.iter().any(|w| is("light_particle", w));
    let participle = complement[1..]
        .iter()
        .any(|w| w.len() > 4 && w.ends_with("ed") && lexicon.of_base(w).is_empty() || is("irregular_past", w));
    let object = is("order_object", next) || more;
    match verb {
        // "Give me the balance" asks to be told, "give me access" does not.
        "give" | "grant" | "lend" | "hand" => {
            more && (!to_speaker || complement.iter().any(|w| is("light_granted", w)))
        }
        "stop" | "quit" => next.ends_with("ing") && next.len() > 4 || more && is("order_object", next) && !particle,
        "hold" | "forget" => is("order_object", next) && !particle && more && next != "for",
        "make" => more,
        "get" => next == "rid" || more && (participle || particle && next != "back"),
        "have" => (particle || participle) && more,
        "let" => !to_speaker && more && complement.iter().any(|w| *w == "know" || is("light_particle", w)),
        v if is("light_verb", v) => particle && object,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::orders;

    #[test]
    fn what_is_ordered_with_a_light_verb() {
        for text in [
            "Give Olu read access to the finance folder",
            "Can you give the new trainee a locker?",
            "Please give me access to the shared drive.",
            "Stop sending me the digest",
            "STOP sending me these texts",
            "Could you please stop the weekly report?",
            "Get rid of the old test users",
            "Get Ana onto the Friday shift",
            "Get this moved to Thursday please",
            "Make Ana the owner of the project",
            "make it two nights",
            "Put my delivery on hold",
            "put the heating off until May",
            "Turn off the porch light",
            "Turn the alarm back on",
            "Have the sofa moved to the second floor",
            "Take me off the list",
            "Would you take Jonas out of the group?",
            "Hi, I need you to switch my line over to Flex.",
            "Let Ana know that we are late.",
            "hold the blue sofa for me until the weekend",
            "Thanks! Now set the gate to open at six and put the sign up.",
            "Bring my appointment forward",
        ] {
            assert!(orders(text), "{text}");
        }
    }

    #[test]
    fn what_only_asks_or_tells() {
        for text in [
            "Give me the balance of my account",
            "Give me a list of the open tickets",
            "Take a look at ticket 4",
            "Have a nice day!",
            "Let me know when it arrives",
            "Make sure that I understand this.",
            "What does it take to get onto the list?",
            "I have the app installed already.",
            "They turn the lights off at ten.",
            "Stop!",
            "Hold on, I am looking for it.",
            "Get me the invoice of May",
            "Don't take me off the list",
            "Is the line switched over?",
            "Put simply, I don't know.",
        ] {
            assert!(!orders(text), "{text}");
        }
    }
}
