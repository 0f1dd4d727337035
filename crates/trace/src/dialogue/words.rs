//! The words of `data/dialogue.yaml`.

use serde::Deserialize;
use std::collections::HashSet;
use std::sync::LazyLock;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    labels: Vec<Vec<String>>,
    address: Vec<Vec<String>>,
    address_inside: Vec<String>,
    wrote: Vec<String>,
}

struct Words {
    labels: HashSet<String>,
    address: HashSet<String>,
    inside: Vec<String>,
    wrote: Vec<String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let file: File = serde_saphyr::from_str(include_str!("../../data/dialogue.yaml")).unwrap_or_default();
    Words {
        labels: file.labels.into_iter().flatten().collect(),
        address: file.address.into_iter().flatten().collect(),
        inside: file.address_inside,
        wrote: file.wrote,
    }
});

/// Bytes of a text in which somebody is addressed, if at all.
const LOOKED_AT: usize = 2000;

/// True for a word that lines of prose begin with, and that no speaker is called.
pub fn is_label(name: &str) -> bool {
    name.len() <= 40 && WORDS.labels.contains(name.trim_matches([' ', '*', '_']).to_lowercase().as_str())
}

/// True where somebody asks, speaks of himself or addresses another.
pub fn addresses(text: &str) -> bool {
    let text = text[..text.floor_char_boundary(LOOKED_AT)].to_lowercase();
    WORDS.inside.iter().any(|word| text.contains(word.as_str()))
        || text.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS.address.contains(word))
}

/// True for a line above quoted mail: `On Monday, Ann wrote:`.
pub fn is_attribution(line: &str) -> bool {
    let Some(words) = line.trim().strip_suffix(':') else { return false };
    words.len() <= 200 && words.split_whitespace().any(|word| WORDS.wrote.iter().any(|wrote| wrote == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_read() {
        assert!(is_label("Note") && is_label("**Usage**") && is_label("See also") && !is_label("Maria"));
        for text in ["Where is it?", "It is for YOU.", "I'm here", "请退款", "Das ist für mich"] {
            assert!(addresses(text), "{text}");
        }
        for text in ["a program that acts on behalf of a person.", "took job 17 from the queue", ""] {
            assert!(!addresses(text), "{text}");
        }
        assert!(is_attribution("On Monday, Ann wrote:") && !is_attribution("Ann wrote a letter"));
    }
}
