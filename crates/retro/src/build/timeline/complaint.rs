//! Where the user says that something went wrong.

use crate::build::Context;
use hindcast_trace::model::Role;
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Bytes of a message that are looked through.
const MOST: usize = 4_000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    words: HashSet<String>,
    phrases: Vec<String>,
}

// The file is part of the program, and a test reads it.
static WORDS: LazyLock<Words> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../../data/complaints.yaml")).unwrap_or_default());

/// The events in which the user complains.
pub fn events(cx: &Context<'_>) -> Vec<u32> {
    let said = cx.session.messages.iter().filter(|m| m.role == Role::User);
    said.filter(|m| m.texts.iter().any(|t| is_complaint(&t.text))).map(|m| m.event).collect()
}

fn is_complaint(text: &str) -> bool {
    let text = text[..text.floor_char_boundary(MOST)].to_lowercase().replace('’', "'");
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty());
    if words.any(|w| WORDS.words.contains(w)) {
        return true;
    }
    let spaced = format!(" {} ", text.split_whitespace().collect::<Vec<_>>().join(" "));
    WORDS.phrases.iter().any(|p| spaced.contains(&format!(" {p} ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_told_from_requests() {
        for text in ["That is wrong.", "I didn’t ask for that", "Undo it!", "It still not works", "you did not send it"]
        {
            assert!(is_complaint(text), "{text}");
        }
        for text in ["Where does train 4 stop?", "Please book it.", "", "Yes, that works"] {
            assert!(!is_complaint(text), "{text}");
        }
    }
}
