//! A point in time as a person told it.

use super::Mark;
use jiff::Timestamp;

impl Mark {
    /// The time, if there is one.
    pub fn time(&self) -> Option<Timestamp> {
        self.at.as_ref()?.value.trim().parse().ok()
    }

    /// Line of the time, or of whatever else is said.
    pub fn line(&self) -> u64 {
        let texts = [&self.at, &self.by, &self.how, &self.source].into_iter().flatten().map(|s| s.referenced.line());
        texts.chain(self.never.as_ref().map(|n| n.referenced.line())).next().unwrap_or(0)
    }

    /// True where a time is given, or that it never happened.
    pub fn is_told(&self) -> bool {
        self.at.is_some() || self.is_never()
    }

    /// True where it never happened.
    pub fn is_never(&self) -> bool {
        self.never.as_ref().is_some_and(|n| n.value)
    }

    /// "by X: how (source)".
    pub fn words(&self) -> String {
        let by = self.by.as_ref().map_or(String::new(), |by| format!(" by {}", by.value));
        format!("{by}{}", self.details())
    }

    /// "became aware: X: how (source)".
    pub fn awareness(&self) -> String {
        let who =
            self.by.as_ref().map_or("a person became aware".to_owned(), |by| format!("became aware: {}", by.value));
        format!("{who}{}", self.details())
    }

    fn details(&self) -> String {
        let mut words = String::new();
        if let Some(how) = &self.how {
            words.push_str(&format!(": {}", how.value));
        }
        if let Some(source) = &self.source {
            words.push_str(&format!(" ({})", source.value));
        }
        words
    }
}
