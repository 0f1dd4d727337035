//! Redaction: nothing but the places that are told is changed, and masking twice changes nothing.

use super::families::choice;
use hindcast_trace::Evidence;
use hindcast_trace::redact::{Masker, admit_within, parse_key};

/// Rules of a person.
const RULES: u8 = b'r';

/// Masks bytes.
pub fn mask(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let key = [7; 32];
    if *first == RULES {
        if let Ok(text) = std::str::from_utf8(rest) {
            let _ = parse_key(text);
            let _ = Masker::with_rules(&key, text);
        }
        return;
    }
    let masker = Masker::new(&key).expect("rules");
    if choice(*first, 2) == 1 {
        let _ = admit_within(&masker, &Evidence::new("input", rest.to_vec()), &super::reading::limits());
    }
    let masked = masker.mask(rest);
    let (mut from, mut at) = (0, 0);
    for place in &masked.places {
        assert!(from <= place.hidden.start && place.hidden.start < place.hidden.end, "places in order: {place:?}");
        let between = masked.bytes.get(at..place.mask.start);
        assert_eq!(between, rest.get(from..place.hidden.start), "what is not masked stays: {place:?}");
        (from, at) = (place.hidden.end, place.mask.end);
    }
    assert_eq!(masked.bytes.get(at..), rest.get(from..), "what is not masked stays");
    assert!(masked.counts.values().sum::<usize>() >= masked.places.len(), "all are counted");
    if std::str::from_utf8(rest).is_ok() {
        assert!(std::str::from_utf8(&masked.bytes).is_ok(), "text stays text");
    }
    if serde_json::from_slice::<serde::de::IgnoredAny>(rest).is_ok() {
        let still = serde_json::from_slice::<serde::de::IgnoredAny>(&masked.bytes);
        assert!(still.is_ok(), "JSON stays JSON: {:?}", String::from_utf8_lossy(&masked.bytes));
    }
    let again = masker.mask(&masked.bytes);
    assert_eq!(again.bytes, masked.bytes, "masked twice: {:?}", String::from_utf8_lossy(&again.bytes));
}
