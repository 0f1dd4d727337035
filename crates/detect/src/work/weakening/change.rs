//! What a change of a piece of a file weakens.

use super::table::{Pattern, TABLE};
use super::{Expects, Fewer, Weakening, bounds, weakening};
use crate::prose::pattern;
use crate::work::edits;
use crate::work::words::Topics;
use regex::Regex;
use std::sync::LazyLock;

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

/// How many more of them a piece of code has than another.
pub fn gain(of: Fewer, old: &str, new: &str) -> i64 {
    let pattern = match of {
        Fewer::Definitions => &TABLE.definitions,
        Fewer::Assertions => &TABLE.assertions,
    };
    let count = |code: &str| i64::try_from(pattern.count(&live(code))).unwrap_or(i64::MAX);
    count(new).saturating_sub(count(old))
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

/// What a change of a piece of a file weakens.
pub(super) fn changed(path: &str, old: &str, new: &str) -> Option<Weakening> {
    let (was, now) = (live(old), live(new));
    let name = edits::name_of(path);
    let more = |p: &Pattern| p.count(&now) > p.count(&was);
    let fewer = |p: &Pattern| p.count(&now) < p.count(&was);
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
        if t.assertions.count(&was) > 0 && !values.old.is_empty() && !values.new.is_empty() {
            let what = format!("what a test in `{name}` expects was changed to what came out");
            return Some(Weakening { expects: Some(values), ..weakening(Topics::TEST, path, what, old) });
        }
    }
    if t.gates.is_in(path)
        && let Some(found) = bounds::of(path, old, &was, &now)
    {
        return Some(found);
    }
    let checks = Topics::LINT.and(Topics::TYPES).and(Topics::FORMAT);
    if t.mutes.count(new) > t.mutes.count(old) {
        return Some(weakening(checks, path, format!("a check is turned off in `{name}`"), old));
    }
    if t.settings.is_in(&name) && !edits::name_of(path).ends_with(".md") && more(&t.off) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn what(path: &str, old: &str, new: &str) -> String {
        changed(path, old, new).map_or_else(String::new, |w| w.what)
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
}
