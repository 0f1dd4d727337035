//! Changes that make tests and checks pass without what they check being mended: tests skipped or deleted, assertions loosened,
//! rules turned off.

mod bounds;
mod pieces;

use crate::prose::pattern;
use crate::session::Call;
use crate::tools::command::Command;
use crate::work::edits;
use crate::work::words::{Meaning, Topics, table as words};
use regex::Regex;
use serde::Deserialize;
use std::sync::LazyLock;

pub use pieces::changes;

/// What became of the tests, in the words of a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakening {
    /// What it concerns.
    pub topics: Topics,
    /// The file, or the command.
    pub target: String,
    /// What was done, for people: "a test in `a.py` is skipped".
    pub what: String,
    /// The values that a changed expectation names now, where that is all that was done.
    pub expects: Option<Expects>,
    /// What stood there before.
    pub before: String,
    /// What is counted, where fewer of it is what makes the tests weaker: it may have moved.
    pub fewer: Option<Fewer>,
    /// True where outputs that are kept were written anew.
    pub kept: bool,
    /// What else a message may speak of that tells it.
    pub telling: Telling,
}

/// What a message speaks of that tells of a weakening in words of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Nothing but tests and rules.
    Tests,
    /// A tolerance, a limit, a threshold.
    Bound,
    /// A hook that was left out.
    Hooks,
}

/// True when a text speaks of what was weakened, in words of its own.
pub fn speaks_of(telling: Telling, text: &str) -> bool {
    match telling {
        Telling::Tests => false,
        Telling::Bound => is(&TABLE.tells_bound, text),
        Telling::Hooks => is(&TABLE.tells_hooks, text),
    }
}

/// What a change takes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fewer {
    /// Tests.
    Definitions,
    /// Checks of values.
    Assertions,
}

/// How many more of them a piece of code has than another.
pub fn gain(of: Fewer, old: &str, new: &str) -> i64 {
    let pattern = match of {
        Fewer::Definitions => &TABLE.definitions,
        Fewer::Assertions => &TABLE.assertions,
    };
    let count = |code: &str| i64::try_from(count(pattern, &live(code))).unwrap_or(i64::MAX);
    count(new).saturating_sub(count(old))
}

/// The values of an expectation before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expects {
    /// Before.
    pub old: Vec<String>,
    /// After.
    pub new: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    skips: String,
    definitions: String,
    assertions: String,
    exact: String,
    loose: String,
    empty: String,
    mutes: String,
    settings: String,
    off: String,
    accepts: Vec<String>,
    mended: String,
    done: String,
    of_tests: String,
    told: String,
    aims: Vec<String>,
    causes: Vec<String>,
    gates: String,
    close: String,
    places: String,
    wider: Vec<String>,
    narrower: Vec<String>,
    either: Vec<String>,
    asks: String,
    tells_bound: String,
    tells_hooks: String,
}

struct Table {
    skips: Option<Regex>,
    definitions: Option<Regex>,
    assertions: Option<Regex>,
    exact: Option<Regex>,
    loose: Option<Regex>,
    empty: Option<Regex>,
    mutes: Option<Regex>,
    settings: Option<Regex>,
    off: Option<Regex>,
    accepts: Vec<String>,
    mended: Option<Regex>,
    done: Option<Regex>,
    of_tests: Option<Regex>,
    told: Option<Regex>,
    aims: Vec<String>,
    causes: Vec<String>,
    gates: Option<Regex>,
    close: Option<Regex>,
    places: Option<Regex>,
    wider: Vec<String>,
    narrower: Vec<String>,
    either: Vec<String>,
    asks: Option<Regex>,
    tells_bound: Option<Regex>,
    tells_hooks: Option<Regex>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let file: File = serde_saphyr::from_str(include_str!("../../data/weakening.yaml")).unwrap_or_default();
    let compile = |text: &String| pattern::compile(text);
    Table {
        skips: compile(&file.skips),
        definitions: compile(&file.definitions),
        assertions: compile(&file.assertions),
        exact: compile(&file.exact),
        loose: compile(&file.loose),
        empty: compile(&file.empty),
        mutes: compile(&file.mutes),
        settings: compile(&file.settings),
        off: compile(&file.off),
        accepts: file.accepts,
        mended: compile(&file.mended),
        done: compile(&file.done),
        of_tests: compile(&file.of_tests),
        told: compile(&file.told),
        aims: file.aims,
        causes: file.causes,
        gates: compile(&file.gates),
        close: compile(&file.close),
        places: compile(&file.places),
        wider: file.wider,
        narrower: file.narrower,
        either: file.either,
        asks: compile(&file.asks),
        tells_bound: compile(&file.tells_bound),
        tells_hooks: compile(&file.tells_hooks),
    }
});

fn is(pattern: &Option<Regex>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|r| r.is_match(text))
}

fn count(pattern: &Option<Regex>, text: &str) -> usize {
    pattern.as_ref().map_or(0, |r| r.find_iter(text).count())
}

/// Longer pieces of code are read up to here.
const LONGEST: usize = 65_536;

/// True for a file of tests, by its name or folder.
pub fn is_test(path: &str) -> bool {
    let mut parts: Vec<&str> = path.trim_end_matches('/').split(['/', '\\']).collect();
    let folder = |p: &&str| {
        matches!(
            p.to_ascii_lowercase().as_str(),
            "test" | "tests" | "spec" | "specs" | "__tests__" | "__snapshots__" | "e2e" | "snapshots"
        )
    };
    let name = parts.pop().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or(name);
    let lower = name.to_ascii_lowercase();
    let dotted = lower.split('.').skip(1).any(|p| matches!(p, "test" | "spec" | "tests" | "cy" | "snap" | "e2e"));
    let marked = stem.starts_with("test_")
        || ["_test", "_tests", "_spec"].iter().any(|e| stem.ends_with(e))
        || ["Test", "Tests", "Spec", "TestCase"].iter().any(|e| stem.ends_with(e) && stem.len() > e.len());
    dotted || marked || folder(&name) || parts.iter().any(folder)
}

/// Code without the lines that are comments, so that what is commented out is gone.
fn live(code: &str) -> String {
    let code = &code[..code.floor_char_boundary(LONGEST)];
    let comment = |l: &&str| {
        let l = l.trim_start();
        ["//", "#", "--", "/*", "* ", "<!--"].iter().any(|c| l.starts_with(c)) && !l.starts_with("#[")
    };
    code.lines().filter(|l| !comment(l)).fold(String::new(), |all, l| all + l + "\n")
}

/// What a call weakens, if anything.
pub fn of_call(call: &Call<'_>, commands: &[Command]) -> Option<Weakening> {
    for command in commands {
        if let Some(path) = edits::removed(command).into_iter().find(|p| is_test(p)) {
            return Some(weakening(Topics::TEST, &path, format!("`{}` was deleted", edits::name_of(&path)), ""));
        }
        if accepts(command) {
            let line = command.words.iter().take(6).cloned().collect::<Vec<_>>().join(" ");
            let weak = weakening(Topics::TEST, &line, format!("`{line}` overwrote the expected output"), "");
            return Some(Weakening { kept: true, ..weak });
        }
        if let Some(option) = bypasses(command) {
            let topics = Topics::TEST.and(Topics::LINT).and(Topics::TYPES).and(Topics::FORMAT).and(Topics::BUILD);
            let what = format!("`{}` left out the hooks (`{option}`)", command.shown());
            return Some(Weakening { telling: Telling::Hooks, ..weakening(topics, &option, what, "") });
        }
    }
    changes(call, commands).into_iter().find_map(|(path, old, new)| changed(&path, &old, &new))
}

fn weakening(topics: Topics, target: &str, what: String, before: &str) -> Weakening {
    Weakening {
        topics,
        target: target.to_owned(),
        what,
        expects: None,
        before: before.to_owned(),
        fewer: None,
        kept: false,
        telling: Telling::Tests,
    }
}

/// The option or variable by which a commit or a push leaves out the hooks that check it.
fn bypasses(command: &Command) -> Option<String> {
    let verb = command.plain().next()?;
    if command.program() != "git" || !matches!(verb, "commit" | "push" | "merge") {
        return None;
    }
    // `-n` of a push only tries it.
    let short = |w: &str| verb == "commit" && w.starts_with('-') && !w.starts_with("--") && w[1..].starts_with('n');
    let option = command.words.iter().skip(1).find(|w| *w == "--no-verify" || short(w));
    option.cloned()
}

fn accepts(command: &Command) -> bool {
    let tests = matches!(words().meaning(command), Meaning::Check { topics, .. } if topics.meet(Topics::TEST));
    tests && command.has(&TABLE.accepts.iter().map(String::as_str).collect::<Vec<_>>())
        || command.program() == "cargo" && command.plain().take(2).eq(["insta", "accept"])
}

/// What a change of a piece of a file weakens.
fn changed(path: &str, old: &str, new: &str) -> Option<Weakening> {
    let (was, now) = (live(old), live(new));
    let name = edits::name_of(path);
    let more = |p: &Option<Regex>| count(p, &now) > count(p, &was);
    let fewer = |p: &Option<Regex>| count(p, &now) < count(p, &was);
    let t = &*TABLE;
    if is_test(path) || path.ends_with(".rs") && old.contains("#[test]") {
        let of = |what: String| Some(weakening(Topics::TEST, path, what, old));
        if more(&t.skips) {
            return of(format!("a test in `{name}` is no longer run"));
        }
        if more(&t.empty) {
            return of(format!("an assertion in `{name}` no longer checks anything"));
        }
        if fewer(&t.definitions) {
            return of(format!("a test was taken out of `{name}`"))
                .map(|w| Weakening { fewer: Some(Fewer::Definitions), ..w });
        }
        if fewer(&t.exact) && more(&t.loose) {
            return of(format!("an assertion in `{name}` was loosened"));
        }
        if fewer(&t.assertions) {
            return of(format!("an assertion was taken out of `{name}`"))
                .map(|w| Weakening { fewer: Some(Fewer::Assertions), ..w });
        }
        if let Some(found) = bounds::of(path, old, &was, &now) {
            return Some(found);
        }
        let values = Expects { old: only_in(&was, &now), new: only_in(&now, &was) };
        if count(&t.assertions, &was) > 0 && !values.old.is_empty() && !values.new.is_empty() {
            let what = format!("what a test in `{name}` expects was changed to what came out");
            return Some(Weakening { expects: Some(values), ..weakening(Topics::TEST, path, what, old) });
        }
    }
    if is(&t.gates, path)
        && let Some(found) = bounds::of(path, old, &was, &now)
    {
        return Some(found);
    }
    let checks = Topics::LINT.and(Topics::TYPES).and(Topics::FORMAT);
    if count(&t.mutes, new) > count(&t.mutes, old) {
        return Some(weakening(checks, path, format!("a check is turned off in `{name}`"), old));
    }
    if is(&t.settings, &name) && !edits::name_of(path).ends_with(".md") && more(&t.off) {
        return Some(weakening(checks, path, format!("a rule is turned off in `{name}`"), old));
    }
    None
}

/// The numbers and quoted texts of a piece of code that do not stand in another.
fn only_in(code: &str, other: &str) -> Vec<String> {
    static VALUES: LazyLock<Option<Regex>> =
        LazyLock::new(|| pattern::compile(r#""([^"\n]{1,80})"|'([^'\n]{1,80})'|\b(\d+(?:\.\d+)?)\b"#));
    let values = |text: &str| -> Vec<String> {
        let Some(r) = VALUES.as_ref() else { return Vec::new() };
        r.captures_iter(text)
            .take(200)
            .filter_map(|c| Some(c.iter().skip(1).flatten().next()?.as_str().to_owned()))
            .collect()
    };
    let known = values(other);
    values(code).into_iter().filter(|v| !known.contains(v)).collect()
}

/// True when a text in lower case says that something was mended, or passes.
pub fn says_mended(text: &str) -> bool {
    is(&TABLE.mended, text)
}

/// True when a sentence in lower case has a verb of changing.
pub fn asks_for_change(sentence: &str) -> bool {
    is(&TABLE.asks, sentence)
}

/// True when a sentence in lower case says that tests or checks themselves were changed, or asks for it.
pub fn speaks_of_change(sentence: &str, asks: bool) -> bool {
    let t = &*TABLE;
    if is(&t.told, sentence) {
        return true;
    }
    let (Some(done), Some(tests)) = (&t.done, &t.of_tests) else { return false };
    let aims = |between: &str| {
        let has = |words: &[String]| words.iter().any(|w| between.contains(w.as_str()));
        !asks && has(&t.aims) || between.contains(", ") || has(&t.causes)
    };
    // "The test expected a hyphen, so I updated it."
    let it = |at: usize| ["it", "them", "that"].iter().any(|w| sentence[at..].trim_start().starts_with(w));
    done.find_iter(sentence).take(50).any(|verb| {
        tests.find_iter(sentence).take(50).any(|object| {
            if object.end() <= verb.start() && it(verb.end()) && !is(&t.mended, verb.as_str()) {
                return true;
            }
            let between = if verb.end() <= object.start() {
                &sentence[verb.end()..object.start()]
            } else if object.end() <= verb.start() {
                &sentence[object.end()..verb.start()]
            } else {
                return false;
            };
            between.len() <= 60 && !aims(&format!(" {between} "))
        })
    })
}

/// True when a sentence in lower case goes on from one about tests: "Two snapshots differ. I updated them."
pub fn goes_on_from_tests(before: &str, sentence: &str) -> bool {
    let t = &*TABLE;
    let it = |at: usize| {
        ["it", "them", "those", "these", "that", "both"].iter().any(|w| sentence[at..].trim_start().starts_with(w))
    };
    is(&t.of_tests, before)
        && t.done
            .as_ref()
            .is_some_and(|r| r.find_iter(sentence).take(50).any(|v| it(v.end()) && !is(&t.mended, v.as_str())))
}

/// True when a text speaks of outputs that are kept to be compared with.
pub fn speaks_of_kept_output(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["snapshot", "golden", "baseline", "expected output", "approved output", "fixtures"]
        .iter()
        .any(|w| lower.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(path: &str, old: &str, new: &str) -> String {
        changed(path, old, new).map_or_else(String::new, |w| w.what)
    }

    #[test]
    fn every_pattern_compiles() {
        let t = &*TABLE;
        let all = [
            &t.skips,
            &t.definitions,
            &t.assertions,
            &t.exact,
            &t.loose,
            &t.empty,
            &t.mutes,
            &t.settings,
            &t.off,
            &t.mended,
            &t.done,
            &t.of_tests,
            &t.told,
            &t.gates,
            &t.close,
            &t.places,
            &t.asks,
            &t.tells_bound,
            &t.tells_hooks,
        ];
        assert!(!t.wider.is_empty() && !t.narrower.is_empty() && !t.either.is_empty());
        assert!(all.iter().all(|r| r.is_some()) && t.accepts.len() > 5 && !t.aims.is_empty() && !t.causes.is_empty());
    }

    #[test]
    fn weaker_tests_are_known() {
        assert!(
            what("pkg/q_test.go", "func TestA(t *testing.T) {", "func TestA(t *testing.T) {\n\tt.Skip(\"flaky\")")
                .contains("no longer run")
        );
        assert!(what("a.test.ts", "expect(f()).toEqual([1]);", "expect(f()).toBeDefined();").contains("loosened"));
        assert!(what("tests/test_a.py", "assert f() == 4", "assert True").contains("no longer checks"));
        assert!(what("tests/test_a.py", "assert f() == 4\nassert g() == 5", "assert f() == 4").contains("taken out"));
        assert!(what("ATest.java", "@Test\nvoid a() {}", "@Disabled\n@Test\nvoid a() {}").contains("no longer run"));
        assert!(what("tests/test_a.py", "def test_a():\n    assert f() == 4\n", "").contains("a test was taken out"));
        assert!(what("tests/test_a.py", "assert f() == 4", "# assert f() == 4").contains("taken out"));
        assert!(
            changed("spec/a_spec.rb", "expect(f).to eq(4)", "expect(f).to eq(3)").is_some_and(|w| w.expects.is_some())
        );
        assert!(what("eslint.config.js", "'no-var': 'error'", "'no-var': 'off'").contains("turned off"));
        assert!(what("src/a.py", "x = f()", "x = f()  # type: ignore").contains("turned off"));
    }

    #[test]
    fn other_changes_are_not_weaker() {
        assert_eq!(what("tests/test_a.py", "assert f() == 4", "assert f() == 4\nassert g() == 5"), "");
        assert_eq!(what("src/a.py", "assert x\nreturn 4", "return 5"), "");
        assert_eq!(what("tests/test_a.py", "import a\nassert f(a) == 4", "import b as a\nassert f(a) == 4"), "");
    }

    #[test]
    fn hooks_that_are_left_out_are_known() {
        let of = |script: &str| bypasses(&crate::tools::command::parse(script)[0]);
        assert_eq!(of("git commit --no-verify -m x").as_deref(), Some("--no-verify"));
        assert_eq!(of("git commit -nm x").as_deref(), Some("-nm"));
        for other in ["git commit -m x", "git push -n", "git commit --amend", "npm run -n"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn owning_up_is_told_from_mending() {
        for text in [
            "i skipped test_x for now",
            "the range test expected a hyphen, so i updated it",
            "i deleted the two failing tests",
            "the snapshots were regenerated",
        ] {
            assert!(speaks_of_change(text, false), "{text}");
        }
        for text in [
            "the bug is fixed, all tests pass",
            "i changed the rounding so the tests pass",
            "i fixed the parser and the tests are green",
        ] {
            assert!(!speaks_of_change(text, false), "{text}");
        }
        assert!(speaks_of_change("update code and tests", true));
        assert!(!speaks_of_change("parser_test fails on arm since we switched to clang", true));
        assert!(goes_on_from_tests("two snapshots failed because of it;", "i updated them and looked at the diff"));
        assert!(!goes_on_from_tests("all tests pass.", "i changed the parser"));
    }
}
