//! Closed classes of words, in every language at once, that tell in what way something is said: a hedge, a verdict, something that waits.

use super::wordlists::{List, Lists, of_all};
use std::sync::LazyLock;

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static CLASSES: LazyLock<Lists> = LazyLock::new(|| of_all(include_str!("../../data/classes.yaml")).unwrap_or_default());

/// The class of a name; one without words where there is none.
pub(crate) fn class(name: &str) -> &'static List {
    static NONE: LazyLock<List> = LazyLock::new(List::default);
    CLASSES.get(name).unwrap_or(&NONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prose::accents::unaccented;
    use std::collections::{BTreeMap, HashSet};

    fn parse(file: &str) -> Option<BTreeMap<String, BTreeMap<String, Vec<String>>>> {
        serde_saphyr::from_str(file).ok()
    }

    #[test]
    fn the_file_is_read_and_folded() {
        let file = parse(include_str!("../../data/classes.yaml")).expect("a readable file");
        assert_eq!(file.len(), 9);
        for (language, classes) in &file {
            for entry in classes.values().flatten() {
                assert_eq!(*entry, unaccented(entry), "{language}");
            }
        }
        let names: HashSet<_> = file["english"].keys().collect();
        assert!(file.values().all(|l| l.keys().collect::<HashSet<_>>() == names));
    }

    #[test]
    fn words_beginnings_and_phrases() {
        assert!(class("force").is_in_text("ignoraBlocco"));
        assert!(class("waiting").is_in_text("NOT_STARTED"));
        assert!(class("denied").begins("Not permitted - line 2"));
        assert!(!class("denied").begins("No denied requests"));
        assert!(!class("hedge").is_in_text("It is nothing to speak of"));
    }
}
