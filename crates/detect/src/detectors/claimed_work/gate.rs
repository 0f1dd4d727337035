//! Runs in which every test passed and something else failed: a threshold of coverage, a linter in the same script, an error
//! after the tests. "All tests pass" is true of them; that the command passed is not.

use super::short;
use crate::prose::Prose;
use crate::work::claims::{Claim, Failed};
use crate::work::disclosure;
use crate::work::runs::Run;
use crate::work::words::table;

/// True when the message tells that something beside the tests is wrong, in any words.
pub(super) fn told(prose: &Prose<'_>, claim: &Claim, output: &Failed) -> bool {
    let about = vec!["run".to_owned(), "command".to_owned(), "script".to_owned()];
    let near = prose.event == claim.event;
    // Whether a language that is not read tells of it is unknown, which accuses nobody.
    disclosure::may_tell(prose, output, &about, near).unwrap_or(true)
}

/// True when the claim says that a command passed, and not only its tests: "`npm test` passes", "pytest is green".
pub(super) fn of_command(claim: &Claim) -> bool {
    let lower = claim.sentence.text().to_lowercase();
    let mut words = lower.split(|c: char| !(c.is_alphanumeric() || c == '-')).filter(|w| !w.is_empty());
    let named = words
        .any(|w| table().is_runner(w) || table().checks.contains_key(w) && !matches!(w, "test" | "build" | "tests"));
    named || ["suite", "exit", "run is", "run was", "run passed", "run passes"].iter().any(|w| lower.contains(w))
}

/// The title and the sentence about it.
pub(super) fn words(claim: &Claim, run: &Run) -> (String, String) {
    let (said, command) = (short(claim.sentence.text()), &run.shown);
    (
        format!("`{command}` failed although no test did, and no message says so"),
        format!(
            "The agent says \"{said}\". The latest run before that, `{command}` at event {}, ended with a failure, although its output reports no failed test.",
            run.event + 1
        ),
    )
}
