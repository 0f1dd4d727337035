//! Facts that the outputs of commands tell, whatever the agent says of them later: a part of several that failed, a run that was cut
//! off, a check that is still pending.

pub mod parts;

use crate::prose::pattern;
use regex::Regex;
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    parts: Vec<String>,
    errors: String,
    own: String,
    harmless: String,
    went_well: String,
    cut_off: String,
}

/// The patterns of `data/facts.yaml`; a test sees to it that all compile.
#[derive(Debug, Default)]
pub struct Patterns {
    parts: Vec<Regex>,
    errors: Option<Regex>,
    own: Option<Regex>,
    harmless: Option<Regex>,
    went_well: Option<Regex>,
    cut_off: Option<Regex>,
}

/// The patterns.
fn patterns() -> &'static Patterns {
    static ALL: LazyLock<Patterns> = LazyLock::new(|| {
        // The file is part of the program, and a test reads it.
        let file: File = serde_saphyr::from_str(include_str!("../../../data/facts.yaml")).unwrap_or_default();
        Patterns {
            parts: file.parts.iter().filter_map(|p| pattern::compile(p)).collect(),
            errors: pattern::compile(&file.errors),
            own: pattern::compile(&file.own),
            harmless: pattern::compile(&file.harmless),
            went_well: pattern::compile(&file.went_well),
            cut_off: pattern::compile(&file.cut_off),
        }
    });
    &ALL
}

fn is(pattern: &Option<Regex>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|r| r.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_read() {
        let all = patterns();
        assert_eq!(all.parts.len(), 10);
        assert!(is(&all.errors, "ERROR    HTTPError: 403 Forbidden") && !is(&all.errors, "error handling is in"));
        assert!(is(&all.own, "rsync: write failed") && is(&all.harmless, "mkdir: x already exists"));
        assert!(is(&all.went_well, "web2 : ok") && is(&all.cut_off, "time limit of 600 s reached"));
    }
}
