//! Whether a text tells of something that it has not happened yet: "the order is pending". A word that only describes a known thing tells
//! nothing of what became of it: "your pending order is canceled".

use super::classes::class;
use super::wordlists::words;

/// So much of a text is read.
const READ_AT_MOST: usize = 8000;

/// True for a text that tells something as open.
pub(crate) fn tells_open(text: &str) -> bool {
    let all = words(&text[..text.floor_char_boundary(READ_AT_MOST)]);
    let described = |at: usize| {
        // "Both of your two pending orders": the word stands between what points at the thing and its name.
        let points = all[..at].iter().rev().take(2).any(|w| class("definite").has(w));
        points && at + 1 < all.len()
    };
    let kept: Vec<&str> = (0..all.len())
        .filter(|at| !(class("awaits").has(&all[*at]) && described(*at)))
        .map(|at| all[at].as_str())
        .collect();
    class("awaits").is_in(&kept.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_describes_a_known_thing_is_not_told_as_open() {
        for text in [
            "Your pending order has been canceled.",
            "The address is linked to both of your pending orders.",
            "Ihre ausstehende Bestellung wurde storniert.",
            "De openstaande factuur is betaald.",
        ] {
            assert!(!tells_open(text), "{text}");
        }
        for text in [
            "Your order is pending.",
            "I made a provisional booking.",
            "It is pending approval.",
            "The order is still open.",
            "La demande est en attente.",
            "The status is now pending",
        ] {
            assert!(tells_open(text), "{text}");
        }
    }
}
