//! Which of several suites a claim speaks of: the one whose tool, folder, target or language it names.

use crate::maps::HashSet;
use crate::work::claims::Claim;
use crate::work::counts::Outcome;
use crate::work::runs::Run;
use crate::work::words::table;

/// What the latest run, which failed, is to a claim where another suite passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// The claim speaks of it, or of everything.
    Latest,
    /// It speaks of the suite of the run at this place.
    Other(usize),
    /// It speaks of a part, and nobody knows of which.
    Unknown,
}

/// Words that tell no suite from another.
const COMMON: [&str; 28] = [
    "test", "tests", "testing", "run", "spec", "specs", "suite", "suites", "all", "check", "src", "the", "and", "pass",
    "passes", "passed", "green", "with", "for", "now", "exec", "cd", "ci", "make", "just", "task", "work", "home",
];

/// Which suite a claim means, given the runs before it, the latest first.
pub fn meant(claim: &Claim, runs: &[Run]) -> Meant {
    let Some(latest) = runs.first() else { return Meant::Latest };
    if latest.narrow && names_other_file(claim.sentence.text(), &latest.command) {
        return Meant::Unknown;
    }
    let first_of_suite = |at: usize| !runs[..at].iter().any(|r| same(r, &runs[at]));
    let green = runs
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(at, r)| r.outcome == Outcome::Passed && !same(r, latest) && first_of_suite(*at));
    let said = words(claim.sentence.text(), true);
    let own = of_run(latest);
    let mut other = false;
    for (at, run) in green {
        other = true;
        let theirs = of_run(run);
        let names = |a: &HashSet<String>, b: &HashSet<String>| said.iter().any(|w| a.contains(w) && !b.contains(w));
        let (of_other, of_latest) = (names(&theirs, &own), names(&own, &theirs));
        let counts = |r: &Run, n: u64| n == r.counts.passed || n == r.counts.total;
        let counted = claim.counts.iter().any(|c| counts(run, c.number) && !counts(latest, c.number)) && !claim.whole;
        if !of_latest && (of_other || counted) {
            return Meant::Other(at);
        }
        if of_latest {
            return Meant::Latest;
        }
    }
    if other && claim.part { Meant::Unknown } else { Meant::Latest }
}

/// True where a claim names files, none of which a command that runs one file or name has: "DataGrid.test.tsx passes".
fn names_other_file(said: &str, command: &str) -> bool {
    let is_file = |w: &&str| {
        let name = w.rsplit('/').next().unwrap_or(w);
        name.rsplit_once('.').is_some_and(|(stem, ending)| {
            stem.len() > 2
                && (2..=5).contains(&ending.len())
                && ending.starts_with(|c: char| c.is_ascii_lowercase())
                && ending.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    };
    let words = said.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()));
    let mut files = words.filter(is_file).map(|w| w.rsplit('/').next().unwrap_or(w)).peekable();
    files.peek().is_some() && !files.any(|f| command.contains(f))
}

/// True for runs of one suite, as far as their commands tell.
pub fn same(a: &Run, b: &Run) -> bool {
    let folders = match (&a.folder, &b.folder) {
        (Some(a), Some(b)) => a.trim_end_matches('/') == b.trim_end_matches('/'),
        _ => true,
    };
    let program = |r: &Run| r.command.split_whitespace().next().map(|w| w.rsplit('/').next().unwrap_or(w).to_owned());
    let parts = a.about == b.about || !a.narrow || !b.narrow;
    let target = |r: &Run| r.script.then(|| r.command.clone());
    folders && program(a) == program(b) && parts && target(a) == target(b)
}

/// The words by which a run's suite may be called.
fn of_run(run: &Run) -> HashSet<String> {
    let mut all = words(&run.command, false);
    all.extend(words(run.folder.as_deref().unwrap_or_default(), false));
    all.extend(run.files.iter().flat_map(|f| words(f, false)));
    all
}

/// The words of a text and the parts of a project that they stand for.
fn words(text: &str, spoken: bool) -> HashSet<String> {
    let lower = text.to_ascii_lowercase();
    let mut all = HashSet::default();
    let split = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    let whole = lower.split(split);
    let parts = lower.split(|c: char| !c.is_ascii_alphanumeric());
    for word in whole.chain(parts).map(|w| w.trim_matches('-')).take(400) {
        // "Will be", "good to go": in a sentence these are no folders and no languages.
        let verb =
            spoken && matches!(word, "be" | "it" | "go" | "back" | "front" | "next" | "app") && !named_so(text, word);
        if word.len() < 2 || verb || COMMON.contains(&word) || word.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        all.insert(word.to_owned());
        all.extend(table().sides.get(word).into_iter().flatten().map(|s| format!("={s}")));
    }
    all
}

/// "Go tests", "`go test`", "the app tests": a word of two meanings, right before what is run.
fn named_so(text: &str, word: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).peekable();
    while let Some(w) = words.next() {
        if w == word
            && words
                .peek()
                .is_some_and(|n| n.starts_with("test") || matches!(*n, "suite" | "specs" | "side" | "code" | "build"))
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_about_another_file_is_not_about_this_run() {
        assert!(names_other_file("`DataGrid.test.tsx` passes with the change", "npx vitest run src/export.test.ts"));
        assert!(!names_other_file("src/export.test.ts passes", "npx vitest run src/export.test.ts"));
        assert!(!names_other_file("all tests pass in version 2.10 now", "npx vitest run src/export.test.ts"));
    }
}
