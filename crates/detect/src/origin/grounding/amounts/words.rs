//! The words that tell how an amount was reckoned.

use crate::maps::{HashMap, HashSet};
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// How many a word is.
    pub counts: HashMap<String, i64>,
    /// What a price is for one of.
    pub rate_units: HashSet<String>,
    currencies: Vec<String>,
    shares: HashSet<String>,
    compares: HashSet<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
pub(super) static WORDS: LazyLock<Words> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../../../data/amounts.yaml")).unwrap_or_default());

impl Words {
    /// True for a text in lower case that speaks of a share, an average or a price for one.
    pub fn tells_share(&self, folded: &str) -> bool {
        folded.split(|c: char| !c.is_alphanumeric() && c != '/' && c != '÷').any(|w| self.shares.contains(w))
    }

    /// True where the message holds one thing against another: "that is $45 more".
    pub fn compares(&self, message: &str) -> bool {
        message.split(|c: char| !c.is_alphabetic()).any(|w| !w.is_empty() && self.compares.contains(&w.to_lowercase()))
    }

    /// True for a text in lower case that names two currencies.
    pub fn names_two_currencies(&self, folded: &str) -> bool {
        self.currencies.iter().filter(|c| folded.contains(c.as_str())).take(2).count() == 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_reads() {
        let words: Words =
            serde_saphyr::from_str(include_str!("../../../../data/amounts.yaml")).expect("a readable file");
        assert!(words.tells_share("12 € pro nacht") && !words.tells_share("12 € gesamt"));
        assert!(words.compares("The upgrade costs $45 more.") && words.compares("Das sind 12,00 € Unterschied."));
        assert!(!words.compares("Your total comes to $45."));
        assert!(words.names_two_currencies("100 usd are 92 €") && !words.names_two_currencies("r$ 100"));
    }
}
