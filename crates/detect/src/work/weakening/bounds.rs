//! Bounds that are widened until what failed fits into them: a tolerance, a limit of time, a number of tries, a share of lines covered.

use super::table::TABLE;
use super::{Telling, Weakening, weakening};
use crate::maps::HashSet;
use crate::prose::pattern;
use crate::work::edits;
use crate::work::words::Topics;
use regex::Regex;
use std::sync::LazyLock;

// `1e-9`, `0.001`, `5_000`.
static NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"(?P<lead>^|[^\w.])(?P<number>-?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)"));
// `tol = `, `"timeout": `, `--max-warnings `, `atol=`, `.timeout(`
static NAME: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r#"(?P<name>[A-Za-z_][\w.-]*)["']?\s*(?:=>|[:=(]|\s)\s*\(?\s*[=(]?\s*$"#));
// The last argument of a call: `EXPECT_NEAR(a, b, tol)`.
static LAST: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"^(?P<front>.*[,(]\s*(?:\w+\s*[=:]\s*)?)(?P<last>-?[\w.+-]+?)\s*\)[^()]*$"));

/// So many lines of a piece are compared.
const LINES: usize = 400;
/// A line is compared with so many before and behind its place.
const NEAR: usize = 20;

/// What a change of a piece of code widens.
pub(super) fn of(path: &str, old: &str, was: &str, now: &str) -> Option<Weakening> {
    let lines = |code: &'_ str| code.lines().take(LINES).map(|l| bare(l).to_owned()).collect::<HashSet<_>>();
    let (before, after) = (lines(was), lines(now));
    let gone: Vec<&str> = was.lines().take(LINES).map(bare).filter(|l| !after.contains(*l)).collect();
    let made = now.lines().take(LINES).map(bare).filter(|l| !before.contains(*l));
    // Each line is compared with the few that may have stood in its place.
    let found = made.enumerate().find_map(|(at, new)| {
        let near = gone.iter().skip(at.saturating_sub(NEAR)).take(2 * NEAR);
        near.into_iter().find_map(|old| wider(old, new).or_else(|| other_bound(old, new)))
    });
    let (before, after) = found?;
    let topics = Topics::TEST.and(Topics::LINT).and(Topics::TYPES).and(Topics::BUILD);
    let topics = if super::is_test(path) { Topics::TEST } else { topics };
    let what = format!("a bound in `{}` was changed from `{before}` to `{after}`", edits::name_of(path));
    Some(Weakening { telling: Telling::Bound, ..weakening(topics, path, what, old) })
}

/// A line without the remark behind it.
fn bare(line: &str) -> &str {
    line.split(" //").next().unwrap_or(line).split("  #").next().unwrap_or(line).trim()
}

/// A number that lets more through than the one in its place, in lines that are the same otherwise.
fn wider(old: &str, new: &str) -> Option<(String, String)> {
    let (before, after) = (numbers(old), numbers(new));
    if before.is_empty() || before.len() != after.len() || without(old, &before) != without(new, &after) {
        return None;
    }
    let places = TABLE.places.is_in(new);
    before.iter().zip(&after).enumerate().find_map(|(at, ((from, a), (_, b)))| {
        let (x, y) = (value(a)?, value(b)?);
        // A number alone is what is compared, and no bound.
        let last = at + 1 == before.len() && old[..*from].trim_end().ends_with(',');
        let more = match direction(&old[..*from]) {
            Some(Direction::Wider) => y > x,
            Some(Direction::Narrower) => y < x,
            Some(Direction::Either) => y != x,
            None if last && places => y < x,
            None if last && TABLE.close.is_in(new) => y > x,
            None => false,
        };
        more.then(|| ((*a).to_owned(), (*b).to_owned()))
    })
}

/// Another bound as the last argument of a comparison that allows for a difference: a literal for the constant.
fn other_bound(old: &str, new: &str) -> Option<(String, String)> {
    if !TABLE.close.is_in(old) || !TABLE.close.is_in(new) {
        return None;
    }
    let last = LAST.as_ref()?;
    let (a, b) = (last.captures(old)?, last.captures(new)?);
    let name = |text: &str| text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let literal = |text: &str| value(text).is_some();
    let changed = a["front"] == b["front"] && name(&a["last"]) && literal(&b["last"]);
    changed.then(|| (a["last"].to_owned(), b["last"].to_owned()))
}

/// The numbers of a line, with the places where they begin.
fn numbers(line: &str) -> Vec<(usize, &str)> {
    let all = NUMBER.iter().flat_map(|r| r.captures_iter(line)).take(40);
    all.filter_map(|c| c.name("number").map(|m| (m.start(), m.as_str()))).collect()
}

fn value(text: &str) -> Option<f64> {
    text.replace('_', "").trim_end_matches(['f', 'F', 'L']).parse().ok()
}

/// A line with marks for its numbers.
fn without(line: &str, numbers: &[(usize, &str)]) -> String {
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    for (from, number) in numbers {
        out.push_str(&line[at..*from]);
        out.push('#');
        at = from + number.len();
    }
    out.push_str(&line[at..]);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Wider,
    Narrower,
    Either,
}

/// Which numbers let more through, by the name that stands before: `max_retries`, `failUnder`.
fn direction(before: &str) -> Option<Direction> {
    let name = NAME.as_ref()?.captures(before)?.name("name")?.as_str();
    let words = words(name);
    let has = |all: &[String]| words.iter().any(|w| all.contains(w));
    if has(&TABLE.narrower) {
        Some(Direction::Narrower)
    } else if has(&TABLE.wider) {
        Some(Direction::Wider)
    } else {
        has(&TABLE.either).then_some(Direction::Either)
    }
}

/// The words of a name, in lower case: `maxRetries`, `max_retries`, `--max-retries`.
fn words(name: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut upper = false;
    for c in name.chars().take(100) {
        let starts = c.is_uppercase() && !upper;
        upper = c.is_uppercase();
        if starts || !c.is_alphanumeric() {
            all.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = all.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    all.retain(|w| !w.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(path: &str, old: &str, new: &str) -> bool {
        of(path, old, old, new).is_some()
    }

    #[test]
    fn wider_bounds_are_known() {
        for (path, old, new) in [
            ("t/a_test.cpp", "EXPECT_NEAR(y, z, 1e-9);", "EXPECT_NEAR(y, z, 1e-2);"),
            ("t/a_test.cpp", "EXPECT_NEAR(y, z, tol);", "EXPECT_NEAR(y, z, 5e-3);  // rounding"),
            (
                "tests/test_a.py",
                "np.testing.assert_allclose(a, b, rtol=1e-7)",
                "np.testing.assert_allclose(a, b, rtol=1e-3)",
            ),
            ("a.test.ts", "expect(f()).toBeCloseTo(0.31, 6);", "expect(f()).toBeCloseTo(0.31, 1);"),
            ("a_test.go", "assert.InDelta(t, 1.0, f(), 0.001)", "assert.InDelta(t, 1.0, f(), 0.5)"),
            ("jest.config.js", "testTimeout: 5000,", "testTimeout: 60000,"),
            ("pyproject.toml", "fail_under = 85", "fail_under = 60"),
            ("spec/a_spec.rb", "expect(t).to be_within(0.1).of(3)", "expect(t).to be_within(2.5).of(3)"),
            ("ATest.kt", "val maxRetries = 1", "val maxRetries = 10"),
        ] {
            assert!(what(path, old, new), "{old}");
        }
    }

    #[test]
    fn narrower_bounds_and_other_numbers_are_not() {
        for (path, old, new) in [
            ("t/a_test.cpp", "EXPECT_NEAR(y, z, 1e-2);", "EXPECT_NEAR(y, z, 1e-9);"),
            ("t/a_test.cpp", "EXPECT_NEAR(y, 3, 1e-2);", "EXPECT_NEAR(y, 4, 1e-2);"),
            ("pyproject.toml", "fail_under = 60", "fail_under = 85"),
            ("tests/test_a.py", "items = make(3)", "items = make(5)"),
            ("a.test.ts", "const tol = eps;", "const tol = eps2;"),
        ] {
            assert!(!what(path, old, new), "{old}");
        }
    }
}
