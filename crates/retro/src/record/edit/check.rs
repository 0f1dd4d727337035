//! What a text of a form must be.

use super::{EditFault, MOST_CHARACTERS};

/// A text as it is kept: line breaks as line feeds, and no space around it. Told where it is too long or holds
/// characters that nobody can see.
pub fn text(field: &str, text: &str, faults: &mut Vec<EditFault>) -> String {
    let count = text.chars().count();
    if count > MOST_CHARACTERS {
        faults.push(EditFault::new(field, format!("has {count} characters; the limit is {MOST_CHARACTERS}")));
        return String::new();
    }
    // Forms send line breaks as two characters.
    let kept = text.replace("\r\n", "\n").replace('\r', "\n");
    if kept.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
        faults.push(EditFault::new(field, "contains a control character; remove it"));
        return String::new();
    }
    kept.trim().to_owned()
}

/// The same for a text that must be there.
pub fn required(field: &str, given: &str, faults: &mut Vec<EditFault>) -> Option<String> {
    let before = faults.len();
    let kept = text(field, given, faults);
    if faults.len() > before {
        return None;
    }
    if kept.is_empty() {
        faults.push(EditFault::new(field, "is empty"));
        return None;
    }
    Some(kept)
}

/// The same for a text that may be absent; an empty one is.
pub fn optional(field: &str, given: Option<&String>, faults: &mut Vec<EditFault>) -> Option<String> {
    given.map(|given| text(field, given, faults)).filter(|kept| !kept.is_empty())
}

/// Tells ids that are named twice, since only one of both can count.
pub fn once<'a>(list: &str, ids: impl Iterator<Item = &'a str>, faults: &mut Vec<EditFault>) {
    let mut seen = std::collections::BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            faults.push(EditFault::new(format!("{list}.{id}"), "appears twice in one edit"));
        }
    }
}
