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

/// The stem of a word in lower case. It is no word itself: `cancel`, `refund`, `updat`.
pub fn of(word: &str) -> Cow<'_, str> {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(w, _)| *w == word) {
        return Cow::Borrowed(stem);
    }
    let root =
        ["ations", "ation", "ings", "ing", "ments", "ment", "als", "ied", "ies", "ed", "es", "s", "al", "e", "y"]
            .into_iter()
            .find_map(|end| word.strip_suffix(end).filter(|root| root.len() >= 3).map(|root| (root, end)));
    let Some((root, _)) = root else { return Cow::Borrowed(word) };
    let root = root.strip_suffix('e').filter(|r| r.len() >= 3).unwrap_or(root);
    // "shipped", "cancelled": the letter that was doubled is single in the stem.
    let mut ends = root.bytes().rev();
    match (ends.next(), ends.next()) {
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
    fn letters_of_several_bytes_are_not_cut() {
        // Two equal bytes at the end of one letter.
        for word in ["abc\u{10000}s", "xyz\u{3f3f}ed", "ab\u{2aaaa}es", "\u{1040}\u{10410}\u{10410}s"] {
            assert!(word.starts_with(&*of(word)));
        }
    }

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
        assert_eq!((of(""), of("é"), of("is")), ("".into(), "é".into(), "is".into()));
    }
}
