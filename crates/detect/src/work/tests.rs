//! Claims and runs, sentence by sentence and command by command.

use super::claims::{self, Says};
use super::deeds;
use super::words::Topics;
use crate::prose::Prose;
use hindcast_trace::locator::{Form, Loc};
use hindcast_trace::model::{Role, Text};

fn with<T>(said: &str, ask: impl Fn(&Prose<'_>) -> T) -> T {
    let text = Text { text: said.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
    ask(&Prose::new(0, Role::Assistant, &text))
}

fn claim(said: &str) -> Option<(Topics, Says, bool)> {
    with(said, |p| claims::find(p).into_iter().next().map(|c| (c.topics, c.says, c.part)))
}

#[test]
fn success_is_claimed_in_many_ways() {
    for (said, topics) in [
        ("All tests pass.", Topics::TEST),
        ("The whole test suite is green.", Topics::TEST),
        ("Done. I ran the tests and everything passes.", Topics::TEST),
        ("- ✅ `cargo test` passes", Topics::TEST.and(Topics::BUILD)),
        ("`mise run test` - All tests passed", Topics::TEST),
        ("Golden tests: 4966/4966 ALL PASSED.", Topics::TEST),
        ("Lint is clean.", Topics::LINT),
        ("The linter is happy.", Topics::LINT),
        ("Build, tests, and lint all pass.", Topics::TEST.and(Topics::LINT).and(Topics::BUILD)),
        ("Everything compiles without warnings.", Topics::BUILD),
        ("The project builds cleanly.", Topics::BUILD),
        ("mypy reports no errors.", Topics::TYPES),
        ("I ran the full test suite to be safe and nothing broke.", Topics::TEST),
        ("- Unit tests: ✓ All pass", Topics::TEST),
        ("With the helper in place the 31 tests still pass.", Topics::TEST),
        ("After the change, all 12 specs pass.", Topics::TEST),
        ("I've verified that all tests pass.", Topics::TEST),
        ("The unit tests were run and pass.", Topics::TEST),
        ("I've just run tests/test_counts.py and all 7 pass.", Topics::TEST),
        ("I started the whole suite. Not one red line in it.", Topics::TEST),
        ("No regressions after running the suite.", Topics::TEST),
        ("`mvn verify` finishes with BUILD SUCCESS.", Topics::BUILD),
        ("`go vet ./...` exits 0.", Topics::LINT),
        ("The project type-checks without errors.", Topics::TYPES),
        ("Had ESLint and Jest look at it and nothing complained.", Topics::LINT),
        ("14 of 14 ctest cases pass.", Topics::TEST),
        ("- [x] tests pass", Topics::TEST),
        ("| Tests | ✅ |", Topics::TEST),
    ] {
        let found = claim(said);
        assert!(found.is_some_and(|(t, ..)| t.meet(topics)), "{said}: {found:?}");
    }
}

#[test]
fn runs_are_claimed() {
    for said in [
        "I ran the full test suite.",
        "I've run `cargo clippy` and `cargo fmt`.",
        "Verified with `pytest -q`.",
        "I built it locally and the image starts fine.",
        "After the rename I reran `go vet` and `go test ./...`.",
    ] {
        assert!(claim(said).is_some(), "{said}");
    }
}

#[test]
fn plans_conditions_and_descriptions_claim_nothing() {
    for said in [
        "All tests should pass now.",
        "Once you push, the tests will pass.",
        "Let me verify that all tests pass.",
        "Make sure the tests pass.",
        "If the tests pass, merge it.",
        "The hook is called when tests pass.",
        "The tests do not pass yet.",
        "Lint passes clean on the base branch but shows issues with the new files.",
        "The tests pass without my change.",
        "After this step all tests pass as before.",
        "In the second phase the build passes again.",
        "Tests pass when the output is identical to the stored text.",
        "The suite passes once the fixture is there.",
        "I ran no tests.",
        "The tests should be run before the release.",
        "The tests were run by CI yesterday.",
        "Do the tests pass?",
        "You said \"all tests pass\".",
        "The tests pass nil as the logger.",
        "Let me run the tests to make sure everything passes.",
        "The tests were passing before the change.",
        "All tests pass except `test_b`.",
        "2 tests failed and 40 passed.",
        "I'll run the linter next.",
        "Run `npm test` and check that it passes.",
        "I have not run the tests.",
        "```\nall tests pass\n```",
        "I built a small parser for the test output.",
        "The test confirms that the hook passes the flag.",
    ] {
        let found = claim(said);
        assert!(found.is_none(), "{said}: {found:?}");
    }
}

#[test]
fn a_part_of_the_tests_is_told_from_all() {
    for (said, part) in [
        ("The parser tests pass.", true),
        ("The new test passes.", true),
        ("All 7 `CheckAndNotify` tests pass.", true),
        ("All tests pass.", false),
        ("The full test suite passes.", false),
        ("All 42 tests pass.", false),
    ] {
        assert_eq!(claim(said).map(|c| c.2), Some(part), "{said}");
    }
}

#[test]
fn deeds_are_claimed() {
    let kinds = |said: &str| with(said, |p| deeds::find(p).iter().map(|c| c.kind).collect::<Vec<_>>());
    assert_eq!(kinds("I've committed the changes and pushed them to origin."), ["commit", "push"]);
    assert_eq!(kinds("Committed and pushed."), ["commit", "push"]);
    assert_eq!(kinds("Committed as 3f2a9bc."), ["commit"]);
    assert_eq!(kinds("I opened a PR for it."), ["request"]);
    assert_eq!(kinds("The fix has been deployed to production."), ["deploy"]);
    assert_eq!(kinds("I've installed `zod` as a dependency."), ["install"]);
    assert_eq!(kinds("I merged the branch into main."), ["merge"]);
    assert_eq!(kinds("Rolled back the release."), ["rollback"]);
    assert_eq!(kinds("Rolled checkout in prod back from 8.4.0 to 8.3.1."), ["rollback"]);
    assert_eq!(kinds("Built `registry.lan/ticker:5.2` and pushed it to the registry."), ["push"]);
    assert_eq!(kinds("I guarded the null in `Return.java` and committed the patch."), ["commit"]);
    assert_eq!(kinds("Committed on the branch with the message \"Do not expose mails\"."), ["commit"]);
    assert_eq!(kinds("The bucket has been created with Terraform."), ["apply"]);
    assert_eq!(kinds("The branch is up on origin for the others to fetch."), ["push"]);
    assert_eq!(kinds("3.3.0 went out the door to PyPI."), ["publish"]);
    assert_eq!(kinds("| step | state |\n|---|---|\n| staging | live |"), ["deploy"]);
    assert_eq!(kinds("PR #12 is open."), ["request"]);
    for none in [
        "Once you have pushed, open a PR.",
        "The branch is not on origin yet.",
        "The image should be in the registry.",
        "| staging | not yet |",
        "The client built by them and pushed to the queue is retried.",
        "I'll push it now.",
        "The changes have not been committed.",
        "I merged the two helper functions.",
        "I've installed a signal handler.",
        "Committed files stay as they are.",
        "When the user has committed, the hook runs.",
        "You pushed this yesterday.",
        "It was committed last week.",
        "Should I push the branch?",
        "I have not pushed anything.",
        "I created the PR template.",
    ] {
        assert!(kinds(none).is_empty(), "{none}: {:?}", kinds(none));
    }
}

#[test]
fn files_are_claimed() {
    let files = |said: &str| with(said, |p| deeds::files(p).into_iter().map(|c| (c.file, c.other)).collect::<Vec<_>>());
    assert_eq!(files("I have written the full report to report.md."), [("report.md".to_owned(), false)]);
    assert_eq!(files("The reviewer has written report.md."), [("report.md".to_owned(), true)]);
    assert_eq!(files("I fixed the rounding in `src/round.py`."), [("round.py".to_owned(), false)]);
    let list = files("Migrated all three files: billing.toml (3), routing.toml (1.5) and tracking.toml.");
    assert_eq!(
        list.iter().map(|f| f.0.as_str()).collect::<Vec<_>>(),
        ["billing.toml", "routing.toml", "tracking.toml"]
    );
    assert!(files("Updated the `metadata.json` format example.").is_empty());
    assert!(files("I'll write it to report.md.").is_empty());
    assert!(files("The hook has written state.json.").is_empty());
    assert!(files("I added a flag that is used in main.rs.").is_empty());
}
