//! What was left out, and why.

use hindcast_render::show::clean;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Why a file or a folder was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It is a symbolic link.
    Link,
    /// The system did not let it be read.
    Unreadable(ErrorKind),
    /// It is larger than what is read.
    TooLarge(u64),
    /// Folders are nested too deeply.
    TooDeep,
    /// There are too many files.
    TooMany,
    /// Nothing was said or done in it.
    Empty,
    /// It was not understood; the reader's words.
    NotUnderstood(String),
}

impl Reason {
    /// What this one is, in a sentence about one file.
    pub fn words(&self) -> String {
        match self {
            Reason::Link => "symbolic link, not followed".to_owned(),
            Reason::Unreadable(ErrorKind::PermissionDenied) => "permission denied".to_owned(),
            Reason::Unreadable(kind) => kind.to_string(),
            Reason::TooLarge(bytes) => format!("{} MiB, larger than the limit", bytes >> 20),
            Reason::TooDeep => "nested too deeply".to_owned(),
            Reason::TooMany => "too many files; the rest was left out".to_owned(),
            Reason::Empty => "contains no messages".to_owned(),
            Reason::NotUnderstood(why) => clean(why),
        }
    }

    /// The kind in JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::Link => "symbolic_link",
            Reason::Unreadable(ErrorKind::PermissionDenied) => "permission_denied",
            Reason::Unreadable(_) => "not_readable",
            Reason::TooLarge(_) => "too_large",
            Reason::TooDeep => "too_deep",
            Reason::TooMany => "too_many_files",
            Reason::Empty => "empty",
            Reason::NotUnderstood(_) => "not_understood",
        }
    }

    /// What several of them are together.
    fn group(&self) -> &'static str {
        match self {
            Reason::Link => "symbolic link",
            Reason::Unreadable(ErrorKind::PermissionDenied) => "permission denied",
            Reason::Unreadable(_) => "not readable",
            Reason::TooLarge(_) => "too large",
            Reason::TooDeep => "nested too deeply",
            Reason::TooMany => "too many files",
            Reason::Empty => "no messages",
            Reason::NotUnderstood(_) => "not understood",
        }
    }
}

/// Something that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// Its path.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

/// What was left out of a run.
#[derive(Debug, Default)]
pub struct Skips(Vec<Skip>);

impl Skips {
    /// Notes something.
    pub fn add(&mut self, path: &Path, reason: Reason) {
        self.0.push(Skip { path: path.to_owned(), reason });
    }

    /// All of it.
    pub fn list(&self) -> &[Skip] {
        &self.0
    }

    /// Puts what two searches of the same place met down once.
    pub fn tidy(&mut self) {
        self.0.sort_by(|a, b| a.path.cmp(&b.path));
        self.0.dedup_by(|a, b| a.path == b.path);
    }

    /// One line for people; `None` if nothing was left out.
    pub fn summary(&self) -> Option<String> {
        let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
        self.0.iter().for_each(|skip| *groups.entry(skip.reason.group()).or_default() += 1);
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let told: Vec<_> = groups.iter().map(|(what, n)| format!("{n} {what}")).collect();
        (!told.is_empty()).then(|| format!("skipped {}: {}", self.0.len(), told.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_one_line() {
        let mut skips = Skips::default();
        assert_eq!(skips.summary(), None);
        skips.add(Path::new("/a"), Reason::Link);
        skips.add(Path::new("/b"), Reason::NotUnderstood("no\x1b[2J".into()));
        skips.add(Path::new("/c"), Reason::NotUnderstood("no".into()));
        skips.add(Path::new("/c"), Reason::NotUnderstood("no".into()));
        skips.tidy();
        assert_eq!(skips.summary().as_deref(), Some("skipped 3: 2 not understood, 1 symbolic link"));
        assert!(!skips.list()[1].reason.words().contains('\x1b'));
    }
}
