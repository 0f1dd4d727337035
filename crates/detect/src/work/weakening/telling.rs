//! Sentences that tell of a weakening, or of something mended instead.

use super::Telling;
use super::table::TABLE;

/// True when a text speaks of what was weakened, in words of its own.
pub fn speaks_of(telling: Telling, text: &str) -> bool {
    match telling {
        Telling::Tests => false,
        Telling::Bound => TABLE.tells_bound.is_in(text),
        Telling::Hooks => TABLE.tells_hooks.is_in(text),
    }
}

/// True when a text in lower case says that something was mended, or passes.
pub fn says_mended(text: &str) -> bool {
    TABLE.mended.is_in(text)
}

/// True when a sentence in lower case has a verb of changing.
pub fn asks_for_change(sentence: &str) -> bool {
    TABLE.asks.is_in(sentence)
}

/// True when a sentence in lower case says that tests or checks themselves were changed, or asks for it.
pub fn speaks_of_change(sentence: &str, asks: bool) -> bool {
    let t = &*TABLE;
    if t.told.is_in(sentence) {
        return true;
    }
    let (Some(done), Some(tests)) = (&t.done.0, &t.of_tests.0) else { return false };
    let aims = |between: &str| {
        let has = |words: &[String]| words.iter().any(|w| between.contains(w.as_str()));
        !asks && has(&t.aims) || between.contains(", ") || has(&t.causes)
    };
    // "The test expected a hyphen, so I updated it."
    let it = |at: usize| ["it", "them", "that"].iter().any(|w| sentence[at..].trim_start().starts_with(w));
    done.find_iter(sentence).take(50).any(|verb| {
        tests.find_iter(sentence).take(50).any(|object| {
            if object.end() <= verb.start() && it(verb.end()) && !t.mended.is_in(verb.as_str()) {
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
    t.of_tests.is_in(before)
        && t.done
            .0
            .as_ref()
            .is_some_and(|r| r.find_iter(sentence).take(50).any(|v| it(v.end()) && !t.mended.is_in(v.as_str())))
}

/// True when a text speaks of outputs that are kept to be compared with.
pub fn speaks_of_kept_output(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    TABLE.kept_output.iter().any(|w| lower.contains(w.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
