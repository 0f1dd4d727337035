//! The patterns of `data/reports.yaml`: what reports of work say of counts, and what users and commands say of failures.

use crate::prose::pattern;
use regex::Regex;
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    tests_number: String,
    other_number: String,
    no_warnings: String,
    none_skipped: String,
    foreseen: String,
    nothing_done: String,
}

/// The patterns, each `None` where it does not compile; a test sees to it that all do.
#[derive(Debug)]
pub struct Reports {
    /// A number of tests; the number is its first group.
    pub tests_number: Option<Regex>,
    /// A sign that a number is no count of what ran.
    pub other_number: Option<Regex>,
    /// That there were no warnings.
    pub no_warnings: Option<Regex>,
    /// That nothing was skipped.
    pub none_skipped: Option<Regex>,
    /// What the user knows to fail, or wants to see fail.
    pub foreseen: Option<Regex>,
    /// A command's output where nothing was there to be done.
    pub nothing_done: Option<Regex>,
}

/// The patterns.
pub fn reports() -> &'static Reports {
    static ALL: LazyLock<Reports> = LazyLock::new(|| {
        // The file is part of the program, and a test reads it.
        let file: File = serde_saphyr::from_str(include_str!("../../../data/reports.yaml")).unwrap_or_default();
        Reports {
            tests_number: pattern::compile(&file.tests_number),
            other_number: pattern::compile(&file.other_number),
            no_warnings: pattern::compile(&file.no_warnings),
            none_skipped: pattern::compile(&file.none_skipped),
            foreseen: pattern::compile(&file.foreseen),
            nothing_done: pattern::compile(&file.nothing_done),
        }
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_read() {
        let all = reports();
        let is = |r: &Option<Regex>, text: &str| r.as_ref().expect("compiles").is_match(text);
        assert!(is(&all.tests_number, "all 42 unit tests are green") && !is(&all.tests_number, "42 files"));
        assert!(is(&all.other_number, "I added 12 tests") && is(&all.no_warnings, "sem nenhum aviso"));
        assert!(is(&all.none_skipped, "nothing was skipped") && is(&all.foreseen, "that one is flaky"));
        assert!(is(&all.nothing_done, "nothing to commit, working tree clean") && !is(&all.nothing_done, "pushed"));
    }
}
