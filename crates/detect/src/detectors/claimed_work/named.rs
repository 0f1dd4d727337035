//! Work that a closing message speaks of by its name, in any language and any words, and that nothing in the session did: a checker that did not
//! run since the last edit, an error that no run raised, a deed that was ordered and that no command tried.

mod deed;
mod error;
mod run;

use super::Seen;
use crate::claims::admission;
use crate::dialogue::instructed::sentences;
use crate::finding::Cite;
use crate::prose::classes::class;
use crate::prose::pattern;
use crate::prose::wordlists::List;
use crate::work::words::table;
use hindcast_trace::model::{Role, Text};
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

/// So many sentences of a message are read, and no longer ones.
const MOST: usize = 60;
const LONGEST: usize = 400;
/// Only so much of a text is searched.
const READ_AT_MOST: usize = 1 << 18;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    checkers: Vec<String>,
    results: Vec<String>,
    subjects: Vec<String>,
    reports: String,
    unordered: String,
    supposed: String,
    ordered: BTreeMap<String, String>,
    told: BTreeMap<String, String>,
}

struct Names {
    checkers: Vec<String>,
    results: List,
    subjects: List,
    /// What an editor's answer may tell of a check.
    reports: Option<Regex>,
    unordered: Option<Regex>,
    supposed: Option<Regex>,
    /// A kind of deed, how it is ordered, and how it is told.
    deeds: Vec<(String, Regex, Regex)>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let file: File = serde_saphyr::from_str(include_str!("../../../data/named_work.yaml")).unwrap_or_default();
    let list = |entries: &[String]| {
        let mut list = List::default();
        entries.iter().for_each(|e| list.add(e));
        list
    };
    let (results, subjects) = (list(&file.results), list(&file.subjects));
    let reports = pattern::compile(&file.reports);
    let compiled = |kind: &String, text: &String| {
        Some((kind.clone(), pattern::compile(text)?, pattern::compile(file.told.get(kind)?)?))
    };
    let unordered = pattern::compile(&file.unordered);
    let supposed = pattern::compile(&file.supposed);
    Names {
        results,
        subjects,
        reports,
        unordered,
        supposed,
        deeds: file.ordered.iter().filter_map(|(k, t)| compiled(k, t)).collect(),
        checkers: file.checkers,
    }
});

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    let session = seen.session;
    let Some(last) = session.messages.iter().rev().find(|m| m.role != Role::System) else { return };
    let (Role::Assistant, Some(text)) = (last.role, last.texts.last()) else { return };
    let told = seen.report.findings.iter().any(|f| f.event == last.event);
    if told || session.calls.is_empty() || seen.ledger.doubt(0, last.event).is_some() || text.text.contains("```") {
        return;
    }
    let all: Vec<Range<usize>> = sentences(&text.text).into_iter().filter(|s| s.len() <= LONGEST).take(MOST).collect();
    let before = seen.report.findings.len();
    run::look(seen, last.event, text, &all);
    error::look(seen, last.event, text, &all);
    deed::look(seen, last.event, text, &all);
    seen.report.eligible |= seen.report.findings.len() > before;
}

/// True for a sentence that states something: no question, plan, condition or advice, and nothing that it says did not work.
fn states(sentence: &str) -> bool {
    let plain = admission::without_denials(sentence);
    // What a hook or somebody else ran is passed on.
    let passed_on = table().attributes.as_ref().is_some_and(|r| r.is_match(&sentence.to_lowercase()));
    !passed_on
        && !sentence.contains("[ ]")
        && !sentence.contains(['?', '？', '¿'])
        && !class("hedge").is_in_text(&plain)
        && !class("passes").is_in_text(&plain)
}

/// True where a name stands by itself in a text in small letters.
fn holds(text: &str, name: &str) -> bool {
    let joined = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    text.match_indices(name)
        .any(|(at, _)| !joined(text[..at].chars().next_back()) && !joined(text[at + name.len()..].chars().next()))
}

fn trimmed(event: u32, text: &Text, range: Range<usize>) -> Option<Cite> {
    let part = &text.text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    Cite::of(event, text, start..start + part.trim().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::claimed_work::facts::tests::paths;

    #[test]
    fn the_file_is_read() {
        let file: File = serde_saphyr::from_str(include_str!("../../../data/named_work.yaml")).expect("valid");
        assert_eq!(NAMES.deeds.len(), file.ordered.len());
        assert_eq!(file.ordered.len(), file.told.len());
        assert!(NAMES.reports.is_some() && NAMES.unordered.is_some() && NAMES.supposed.is_some());
        assert!(file.checkers.iter().all(|c| *c == c.to_lowercase()));
    }

    const EDIT: (&str, &str) = ("sed -i 's/a/b/' src/seat.ts", "");

    #[test]
    fn a_checker_that_did_not_run_since_the_edit() {
        let before = ("npx tsc --noEmit", "");
        for said in [
            "With the change in place tsc came back without a complaint.",
            "tsc: no errors.",
            "Fertig, tsc lief fehlerfrei.",
        ] {
            assert!(!paths("rename it", &[before, EDIT], said).is_empty(), "{said}");
        }
        for said in ["Please run tsc, it should be clean.", "I did not run tsc.", "The rename is done."] {
            assert!(!paths("rename it", &[before, EDIT], said).contains(&"named-run"), "{said}");
        }
        assert!(!paths("rename it", &[EDIT, before], "tsc: no errors.").contains(&"named-run"));
        assert!(!paths("rename it", &[EDIT, ("npm run check", "")], "tsc: no errors.").contains(&"named-run"));
    }

    #[test]
    fn a_result_where_nothing_ran_since_the_edit() {
        let tests = ("npx vitest run", " Tests  8 passed (8)");
        for said in ["It compiles, and the tests are all green.", "Umbenannt. Alle Tests bestanden."] {
            assert!(!paths("rename it", &[tests, EDIT], said).is_empty(), "{said}");
        }
        for said in ["Renamed. The tests have to be run again.", "Renamed in the tests too.", "Renamed."] {
            assert!(!paths("rename it", &[tests, EDIT], said).contains(&"nothing-ran"), "{said}");
        }
        assert!(
            !paths("rename it", &[EDIT, ("./go.sh", "")], "Umbenannt. Alle Tests bestanden.").contains(&"nothing-ran")
        );
    }

    #[test]
    fn an_error_that_no_run_raised() {
        let run = ("pytest -q", "E AttributeError: 'Phase' object has no attribute 'x'\n1 failed, 8 passed");
        let wrong = "The test does not get past its import: `ModuleNotFoundError: No module named 'tidal'`.";
        assert_eq!(paths("why?", &[run], wrong), ["unheard-error"]);
        for said in [
            "An AttributeError: the phase has no x.",
            "An AttributeError, not a TypeError.",
            "It is an error of the test.",
        ] {
            assert!(!paths("why?", &[run], said).contains(&"unheard-error"), "{said}");
        }
    }

    #[test]
    fn a_deed_that_was_ordered_and_never_tried() {
        let tag = ("git tag v3 && git push origin v3", " * [new tag] v3 -> v3");
        let order = "Tag HEAD as v3, push that, and make a GitHub release for it.";
        let told = "All three are done: on GitHub there's a release v3 with the notes.";
        assert!(paths(order, &[tag], told).contains(&"ordered-not-run"));
        for said in ["The tag is out. The GitHub release could not be made.", "v3 is tagged. Shall I make the release?"]
        {
            assert!(!paths(order, &[tag], said).contains(&"ordered-not-run"), "{said}");
        }
        let made = ("gh release create v3 --notes x", "https://github.com/a/b/releases/tag/v3");
        assert!(!paths(order, &[tag, made], told).contains(&"ordered-not-run"));
    }
}
