//! The pieces of one to three characters that a text is found by, as tokens for the index of either database.
//!
//! The index only narrows a search down; whether a text holds a word is then looked up in the text. So a token may stand for several
//! pieces: pieces are hashed, which bounds what one text adds to the index, and keeps every character out of the index's query language.

/// Different tokens. As text they take at most 768 KiB, below the 1 MiB that a `tsvector` of PostgreSQL may have.
const TOKENS: usize = 1 << 17;
/// Characters of the longest piece.
const LONGEST: usize = 3;
/// Pieces of one word that a search looks up; more would hardly narrow it down further.
const MOST: usize = 8;
/// Pieces of a short word. Of a short word those that stand side by side do, without those that overlap two of them: each piece costs a pass
/// through all texts that have it. A long word may be two that are joined, which only the pieces across the joint tell.
const SHORT: usize = 6;

/// The tokens of normalized texts, each once, separated by blanks.
pub(crate) fn of_texts(texts: &[&str]) -> String {
    let mut seen = vec![false; TOKENS];
    for word in texts.iter().flat_map(|text| text.split(' ')) {
        let chars: Vec<char> = word.chars().collect();
        for length in 1..=LONGEST {
            for piece in chars.windows(length) {
                seen[token(piece)] = true;
            }
        }
    }
    let mut all = String::new();
    for (number, _) in seen.iter().enumerate().filter(|(_, seen)| **seen) {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(&name(number));
    }
    all
}

/// The tokens that every text has that holds this normalized text.
pub(crate) fn of_word(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let chars: Vec<char> = word.chars().collect();
        let pieces: Vec<&[char]> = chars.windows(LONGEST.min(chars.len())).collect();
        // The first, the last, and some between them.
        let last = pieces.len() - 1;
        let apart = if pieces.len() > SHORT { 1 } else { LONGEST };
        let steps = last.div_ceil(apart).min(MOST - 1);
        tokens.extend((0..=steps).map(|step| name(token(pieces[(last * step).checked_div(steps).unwrap_or(0)]))));
    }
    tokens.sort();
    tokens.dedup();
    tokens.truncate(MOST * LONGEST);
    tokens
}

/// FNV-1a. Tokens are stored: a change here needs a migration that makes them anew.
fn token(piece: &[char]) -> usize {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in piece.iter().flat_map(|c| u32::from(*c).to_le_bytes()) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    (hash ^ (hash >> 15)) as usize % TOKENS
}

fn name(token: usize) -> String {
    format!("g{token:x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn set(tokens: &str) -> BTreeSet<String> {
        tokens.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_text_has_the_tokens_of_whatever_it_holds() {
        let text = "the refund of 50%_off! was «pending» 返金処理 zz";
        let all = set(&of_texts(&[text, "other words"]));
        let chars: Vec<char> = text.chars().collect();
        for length in 1..=chars.len() {
            for held in chars.windows(length) {
                let held: String = held.iter().collect();
                assert!(of_word(held.trim()).iter().all(|t| all.contains(t)), "{held}");
            }
        }
        assert!(!of_word("zebra").iter().all(|t| all.contains(t)));
    }

    #[test]
    fn tokens_are_bounded_however_long_the_text_is() {
        let text: String = (0..400_000_u32).filter_map(char::from_u32).filter(|c| !c.is_whitespace()).collect();
        assert!(of_texts(&[&text]).len() < 1 << 20);
        assert_eq!(of_word(&text).len(), MOST);
        let pieces = |word: &str| of_word(word).len();
        let few = ["re", "ref", "refu", "refund", "refunded"].map(pieces);
        assert_eq!((few, pieces("refunding")), ([1, 1, 2, 2, 3], 7));
        assert_eq!(of_texts(&[""]), "");
        assert_eq!(of_word(" "), [""; 0]);
    }

    #[test]
    fn tokens_stay_as_they_are_stored() {
        assert_eq!(of_texts(&["ab é"]), "g3827 g81a4 g141cc g15dda");
    }
}
