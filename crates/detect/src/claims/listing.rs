//! Claims over several things: "ana, bo and chidi have been reset".

use crate::claims::Claim;
use crate::claims::deeds::{Deed, Fit, fit};
use crate::session::Session;

/// An item of the claim's enumeration that no deed like this one touches, though they touch the others.
pub fn left_out(session: &Session<'_>, claim: &Claim, like: &Deed<'_>) -> Option<String> {
    let items = items(claim.sentence.text());
    if items.len() < 2 {
        return None;
    }
    let deeds: Vec<_> =
        session.deeds().iter().filter(|d| fit(d, &claim.families) >= Fit::Content || d.call == like.call).collect();
    let touched = |item: &str| deeds.iter().any(|d| contains_word(d.text(), &item.to_ascii_lowercase()));
    let missing: Vec<_> = items.iter().filter(|i| !touched(i)).collect();
    // Nothing touched at all means that the calls go by ids which a look-up had given.
    (missing.len() < items.len()).then(|| missing.first().map(|i| (*i).clone()))?
}

fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// The items of "…of a, b and c …": single names or ids around "and".
pub fn items(sentence: &str) -> Vec<String> {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let mut found = Vec::new();
    for (i, word) in words.iter().enumerate().filter(|(_, w)| w.eq_ignore_ascii_case("and")) {
        let mut at = i;
        // Walk back over "a, b": each but the last before "and" ends with a comma.
        while let Some(before) = at.checked_sub(1) {
            let plain = words[before].trim_end_matches(',');
            if before + 1 != i && !words[before].ends_with(',') || !name(plain) {
                break;
            }
            found.push(plain.to_owned());
            at = before;
        }
        let _ = word;
        if found.is_empty() {
            continue;
        }
        found.extend(
            words
                .get(i + 1)
                .map(|w| w.trim_end_matches(|c: char| !c.is_alphanumeric()))
                .filter(|w| name(w))
                .map(str::to_owned),
        );
        if found.len() >= 3 {
            return found;
        }
        found.clear();
    }
    Vec::new()
}

/// A word of letters and digits that is no everyday word: short lists of nouns are not told from names by anything else,
/// so the whole must be at least three long.
fn name(word: &str) -> bool {
    !word.is_empty()
        && word.len() > 1
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '#'))
        && !matches!(word, "the" | "a" | "your" | "it" | "updated" | "cancelled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enumerations() {
        assert_eq!(items("The passwords of ana, bo and chidi have been reset."), ["bo", "ana", "chidi"]);
        assert!(items("I have updated your address and sent a mail.").is_empty());
    }
}
