//! What the forms of an English word have in common, so that a word that no lexicon has can still be compared: "shipped",
//! "shipping", "ships" and `ship_parcel`.

use std::borrow::Cow;

/// Participles that follow no rule, with their stems.
const IRREGULAR: [(&str, &str); 34] = [
    ("sent", "send"),
    ("paid", "pay"),
    ("bought", "buy"),
    ("sold", "sell"),
    ("made", "make"),
    ("written", "writ"),
    ("wrote", "writ"),
    ("taken", "tak"),
    ("took", "tak"),
    ("given", "giv"),
    ("gave", "giv"),
    ("gone", "go"),
    ("went", "go"),
    ("done", "do"),
    ("did", "do"),
    ("brought", "bring"),
    ("begun", "begin"),
    ("frozen", "freez"),
    ("froze", "freez"),
    ("lent", "lend"),
    ("left", "leav"),
    ("held", "hold"),
    ("kept", "keep"),
    ("told", "tell"),
    ("built", "build"),
    ("drawn", "draw"),
    ("withdrawn", "withdraw"),
    ("found", "find"),
    ("ran", "run"),
    ("rang", "ring"),
    ("got", "get"),
    ("swapped", "swap"),
    ("spoken", "speak"),
    ("broken", "break"),
];

const LONGEST_IRREGULAR: usize = "withdrawn".len();

/// The endings that a word with this last letter may have, the first that fits counts.
fn ends(word: &str) -> &'static [&'static str] {
    match word.as_bytes().last() {
        Some(b's') => &["ations", "ings", "ments", "als", "ies", "es", "s"],
        Some(b'n') => &["ation"],
        Some(b'g') => &["ing"],
        Some(b't') => &["ment"],
        Some(b'd') => &["ied", "ed"],
        Some(b'l') => &["al"],
        Some(b'e') => &["e"],
        Some(b'y') => &["y"],
        _ => &[],
    }
}

/// The stem of a word in lower case. It is no word itself: `cancel`, `refund`, `updat`.
pub fn of(word: &str) -> Cow<'_, str> {
    // A look at the length spares most words the comparisons.
    if word.len() <= LONGEST_IRREGULAR
        && let Some(first) = word.as_bytes().first()
        && let Some((_, stem)) =
            IRREGULAR.iter().find(|(w, _)| w.len() == word.len() && w.as_bytes().first() == Some(first) && *w == word)
    {
        return Cow::Borrowed(stem);
    }
    let root = ends(word).iter().find_map(|end| word.strip_suffix(end).filter(|root| root.len() >= 3));
    let Some(root) = root else { return Cow::Borrowed(word) };
    let root = root.strip_suffix('e').filter(|r| r.len() >= 3).unwrap_or(root);
    // "shipped", "cancelled": the letter that was doubled is single in the stem.
    let mut ends = root.bytes().rev();
    match (ends.next(), ends.next()) {
        // Two bytes that are the same may be within one letter, where a text must not be cut.
        (Some(a), Some(b)) if a == b && a.is_ascii() && !matches!(a, b's' | b'e' | b'o') && root.len() > 3 => {
            Cow::Borrowed(&root[..root.len() - 1])
        }
        _ => Cow::Borrowed(root),
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_forms_of_a_word_share_a_stem() {
        for forms in [
            &["ship", "shipped", "shipping", "ships", "shipment"][..],
            &["cancel", "cancelled", "canceled", "cancellation", "cancelling"],
            &["renew", "renewed", "renewal", "renewing"],
            &["update", "updated", "updating", "updates"],
            &["send", "sent", "sending"],
            &["notify", "notified", "notifies"],
            &["enrol", "enrolled", "enrolment"],
            &["block", "blocked", "blocking"],
        ] {
            for form in forms {
                assert_eq!(of(form), of(forms[0]), "{form}");
            }
        }
        assert_ne!(of("book"), of("block"));
        assert_eq!(of("\u{231c7}e"), "\u{231c7}", "its last two bytes are the same");
        assert_eq!((of(""), of("é"), of("is")), ("".into(), "é".into(), "is".into()));
    }
}
