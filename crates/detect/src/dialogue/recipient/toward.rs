//! Whether an address stands where something goes: behind an arrow, or behind a word for "to" in any language, in a text that names nobody
//! else to whom anything goes.

use crate::dialogue::instructed::sentences;
use crate::prose::accents::unaccented;
use crate::prose::classes::class;
use crate::prose::lexicon::english;
use crate::prose::wordlists::words;
use crate::session::Message;

/// What an address is called stands between it and the word before it: "to the number 0171 …".
const CALLED: usize = 2;

/// True where the user's address stands where something goes, and no other place is named.
pub(super) fn is_toward(users: &[&Message<'_>], named: &str) -> bool {
    let mut places = 0;
    let mut own = false;
    for text in users.iter().flat_map(|m| m.texts).map(|t| t.text.as_str()) {
        // Somebody else gets it as well.
        if words(text).iter().any(|w| english().is("copied_to", w)) {
            return false;
        }
        let Some(at) = text.find(named) else {
            places += others(text);
            continue;
        };
        // "The old one, which I no longer use."
        let sentence = sentences(text).into_iter().find(|s| s.contains(&at));
        let denied = |s: &str| ["nay", "forbids", "alternative"].iter().any(|name| class(name).is_in_text(s));
        if sentence.is_some_and(|s| denied(&text[s])) {
            return false;
        }
        let before = text[..at].trim_end();
        let arrow = ["->", "→", "=>", ">", "➜"].iter().any(|a| before.ends_with(a));
        own |= arrow || leads(before);
        // The rest of the text may name somebody else.
        places += others(before) + others(&text[at + named.len()..]);
    }
    own && places == 0
}

/// True where the last words are "to", or "to the number".
fn leads(before: &str) -> bool {
    let folded = unaccented(before);
    let words: Vec<&str> = folded.split_whitespace().rev().take(CALLED + 1).collect();
    let bare = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let stops = |w: &str| w.ends_with(['.', '?', '!', ';']);
    let place = words.iter().position(|w| class("toward").has(&bare(w)));
    place.is_some_and(|at| words[..at].iter().all(|w| class("called").has(&bare(w)) && !stops(w)))
}

/// How many other addressees a text names: a word for "to" before an address or a name.
fn others(text: &str) -> usize {
    let all: Vec<&str> = text.split_whitespace().collect();
    let someone = |w: &str| {
        w.contains('@')
            || w.chars().next().is_some_and(char::is_uppercase)
            || w.bytes().filter(u8::is_ascii_digit).count() > 5
    };
    let to = |w: &str| class("toward").has(&unaccented(w));
    all.windows(2).filter(|w| to(w[0]) && someone(w[1])).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_before_an_address() {
        for text in ["20 onto", "Top-up an", "20 euros sur le", "Protocolo para", "paste it to the number"] {
            assert!(leads(text), "{text}");
        }
        for text in ["my number is", "the mail from", "Meine Nummer ist", "to you. My number:"] {
            assert!(!leads(text), "{text}");
        }
        assert_eq!(others("send it to Lea"), 1);
    }
}
