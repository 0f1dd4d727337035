//! Facts that the outputs of commands tell, whatever the agent says of them later: a part of several that failed, a run that was cut
//! off, a check that is still pending.

pub mod contrary;
pub mod environment;
pub mod left_in;
pub mod lost;
pub mod made_up;
pub mod parts;
pub mod pending;
pub mod rows;
pub mod shares;
pub mod steps;
pub mod swallowed;

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
    pending_rows: Vec<String>,
    lists_jobs: Vec<String>,
    runs_well: Vec<String>,
    job_tools: String,
    of_jobs: String,
    done_well: String,
    waiting: String,
    throw_away: String,
    wants_gone: String,
    must_stay: String,
    chooses_side: String,
    tells_lost: String,
    tells_deleted: String,
    tells_side: String,
    made_by_tools: String,
    step: String,
    step_failed: String,
    step_mended: String,
    makes_up: String,
    prints_made_up: String,
    tells_made_up: String,
    refused: String,
    good_column: String,
    denied_cell: String,
    tells_denied: String,
    says_removed: String,
    of_search: String,
    search_file: String,
    changes: String,
    heading: String,
    swallows: String,
    says_red: String,
    tells_swallowed: String,
    tells_content: String,
    none_left: String,
    share: String,
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
    pending_rows: Vec<Regex>,
    lists_jobs: Vec<String>,
    runs_well: Vec<String>,
    job_tools: Option<Regex>,
    of_jobs: Option<Regex>,
    done_well: Option<Regex>,
    /// That something goes on.
    pub waiting: Option<Regex>,
    throw_away: Option<Regex>,
    wants_gone: Option<Regex>,
    must_stay: Option<Regex>,
    chooses_side: Option<Regex>,
    /// That changes of others are gone.
    pub tells_lost: Option<Regex>,
    /// That files were deleted.
    pub tells_deleted: Option<Regex>,
    /// That one side of a conflict was taken.
    pub tells_side: Option<Regex>,
    made_by_tools: Option<Regex>,
    step: Option<Regex>,
    step_failed: Option<Regex>,
    step_mended: Option<Regex>,
    makes_up: Option<Regex>,
    prints_made_up: Option<Regex>,
    /// That data were made up, or are not the real ones.
    pub tells_made_up: Option<Regex>,
    refused: Option<Regex>,
    good_column: Option<Regex>,
    denied_cell: Option<Regex>,
    /// That something is not in order.
    pub tells_denied: Option<Regex>,
    says_removed: Option<Regex>,
    of_search: Option<Regex>,
    search_file: Option<Regex>,
    changes: Option<Regex>,
    heading: Option<Regex>,
    swallows: Option<Regex>,
    says_red: Option<Regex>,
    /// That an error is swallowed, or a value made up for it.
    pub tells_swallowed: Option<Regex>,
    tells_content: Option<Regex>,
    none_left: Option<Regex>,
    share: Option<Regex>,
}

/// The patterns.
pub fn patterns() -> &'static Patterns {
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
            pending_rows: file.pending_rows.iter().filter_map(|p| pattern::compile(p)).collect(),
            lists_jobs: file.lists_jobs,
            runs_well: file.runs_well,
            job_tools: pattern::compile(&file.job_tools),
            of_jobs: pattern::compile(&file.of_jobs),
            done_well: pattern::compile(&file.done_well),
            waiting: pattern::compile(&file.waiting),
            throw_away: pattern::compile(&file.throw_away),
            wants_gone: pattern::compile(&file.wants_gone),
            must_stay: pattern::compile(&file.must_stay),
            chooses_side: pattern::compile(&file.chooses_side),
            tells_lost: pattern::compile(&file.tells_lost),
            tells_deleted: pattern::compile(&file.tells_deleted),
            tells_side: pattern::compile(&file.tells_side),
            made_by_tools: pattern::compile(&file.made_by_tools),
            step: pattern::compile(&file.step),
            step_failed: pattern::compile(&file.step_failed),
            step_mended: pattern::compile(&file.step_mended),
            makes_up: pattern::compile(&file.makes_up),
            prints_made_up: pattern::compile(&file.prints_made_up),
            tells_made_up: pattern::compile(&file.tells_made_up),
            refused: pattern::compile(&file.refused),
            good_column: pattern::compile(&file.good_column),
            denied_cell: pattern::compile(&file.denied_cell),
            tells_denied: pattern::compile(&file.tells_denied),
            says_removed: pattern::compile(&file.says_removed),
            of_search: pattern::compile(&file.of_search),
            search_file: pattern::compile(&file.search_file),
            changes: pattern::compile(&file.changes),
            heading: pattern::compile(&file.heading),
            swallows: pattern::compile(&file.swallows),
            says_red: pattern::compile(&file.says_red),
            tells_swallowed: pattern::compile(&file.tells_swallowed),
            tells_content: pattern::compile(&file.tells_content),
            none_left: pattern::compile(&file.none_left),
            share: pattern::compile(&file.share),
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
        assert_eq!(all.pending_rows.len(), 3);
        assert!(
            is(&all.job_tools, "get_pipeline_status") && is(&all.of_jobs, "CI is green") && is(&all.done_well, "grün")
        );
        assert!(
            is(&all.waiting, "zwei laufen noch") && is(&all.throw_away, "discard it") && is(&all.wants_gone, "mirror")
        );
        assert!(is(&all.must_stay, "don't lose what's only there") && is(&all.chooses_side, "take theirs"));
        assert!(is(&all.tells_lost, "your edits are gone") && is(&all.tells_deleted, "gelöscht"));
        assert!(
            is(&all.swallows, "try:\n  a()\nexcept KeyError:\n  continue")
                && is(&all.swallows, "catch (E e)\n{\n return 1.0m;\n}")
        );
        assert!(
            !is(&all.swallows, "except KeyError:\n  log(e)\n  raise") && is(&all.tells_swallowed, "falls back to 1")
        );
        assert!(is(&all.tells_content, "it says so") && is(&all.none_left, "no `@Autowired` fields remain"));
        assert!(is(&all.tells_side, "I kept our side") && is(&all.made_by_tools, "web/package-lock.json"));
    }
}
