//! What changed between two texts, line by line.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use similar::{ChangeTag, TextDiff};

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "LineKind")]
pub enum Kind {
    /// In both.
    Same,
    /// Only in the new text.
    Added,
    /// Only in the old text.
    Removed,
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// What became of it.
    pub kind: Kind,
    /// The line.
    pub text: String,
}

/// Above this product of lines that differ, the search for common lines would take too long.
const MOST: usize = 4_000_000;

/// Compares two lists of lines. Where very much differs, all old lines are told as removed and all new ones as added.
pub fn lines(old: &[String], new: &[String]) -> Vec<Line> {
    let same_at_start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (head, old, new) = (&old[..same_at_start], &old[same_at_start..], &new[same_at_start..]);
    let same_at_end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, tail) = old.split_at(old.len() - same_at_end);
    let new = &new[..new.len() - same_at_end];
    let all = |lines: &[String], kind| lines.iter().map(move |l| Line { kind, text: l.clone() }).collect::<Vec<_>>();
    let mut result = all(head, Kind::Same);
    if old.len().saturating_mul(new.len()) > MOST {
        result.extend(all(old, Kind::Removed));
        result.extend(all(new, Kind::Added));
    } else {
        let (before, after): (Vec<&str>, Vec<&str>) =
            (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
        result.extend(TextDiff::from_slices(&before, &after).iter_all_changes().map(|change| Line {
            kind: match change.tag() {
                ChangeTag::Equal => Kind::Same,
                ChangeTag::Insert => Kind::Added,
                ChangeTag::Delete => Kind::Removed,
            },
            text: change.value().to_owned(),
        }));
    }
    result.extend(all(tail, Kind::Same));
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn told(old: &str, new: &str) -> String {
        let mark = |l: Line| match l.kind {
            Kind::Same => format!(" {}", l.text),
            Kind::Added => format!("+{}", l.text),
            Kind::Removed => format!("-{}", l.text),
        };
        lines(&of(old), &of(new)).into_iter().map(mark).collect::<Vec<_>>().join("")
    }

    #[test]
    fn changed_lines_stand_between_those_that_stay() {
        assert_eq!(told("a b c", "a x c d"), " a-b+x c+d");
        assert_eq!(told("", "a"), "+a");
        assert_eq!(told("a", ""), "-a");
        assert_eq!(told("", ""), "");
        assert_eq!(told("a a a", "a a"), " a a-a");
    }

    #[test]
    fn very_many_changed_lines_are_told_without_a_search() {
        let text = |name: &str| -> Vec<String> {
            (0..3_000).map(|i| if i == 1_500 { "in both".to_owned() } else { format!("{name} {i}") }).collect()
        };
        let told = lines(&text("old"), &text("new"));
        assert_eq!(
            told.iter().map(|l| l.kind).collect::<Vec<_>>(),
            [[Kind::Removed; 3_000], [Kind::Added; 3_000]].concat()
        );
        let few = lines(&text("old")[1_400..1_600], &text("new")[1_400..1_600]);
        assert_eq!(few.iter().filter(|l| l.kind == Kind::Same).count(), 1);
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_from_it(old in "([abc] ){0,12}", new in "([abc] ){0,12}") {
            let (old, new) = (of(&old), of(&new));
            let all = lines(&old, &new);
            let without = |kind| all.iter().filter(|l| l.kind != kind).map(|l| l.text.clone()).collect::<Vec<_>>();
            prop_assert_eq!(without(Kind::Added), old);
            prop_assert_eq!(without(Kind::Removed), new);
        }
    }
}
