//! How much was done, where an answer tells a failure: "did not work" is not true of six items of which four were accepted.

use super::leaves::{self, Held, Leaf};
use super::words::{done, failed, list, open};
use super::{LONGEST, Upshot, members, of, text};
use crate::prose::wordlists::words;
use crate::session::Call;

/// Greater numbers are times and codes.
const MOST: f64 = 100_000.0;

/// What became of an operation as its whole answer tells.
pub fn of_call(call: &Call<'_>) -> Upshot {
    upshot(call, of(call, &|_| false).map_or(Upshot::Failed, |said| said.upshot))
}

/// What became of an operation that is told as `told`: a part of it happened where the answer counts something as done.
pub fn upshot(call: &Call<'_>, told: Upshot) -> Upshot {
    let Some(answer) = call.result.as_ref().filter(|_| told == Upshot::Failed) else { return told };
    let Some(content) = answer.content.or(answer.error).filter(|t| t.text.len() <= LONGEST) else { return told };
    let root = answer.json().filter(|v| v.is_object() || v.is_array());
    let all = root.map_or_else(|| leaves::of_text(&content.text), leaves::of_json);
    let some = all.iter().any(|leaf| match &leaf.held {
        Held::Text(value) => counts_some(value),
        _ => is_count_done(call, leaf),
    });
    if some || root.is_none() && counts_some(&content.text) { Upshot::Part } else { told }
}

/// `accepted: 4`, `imported: ["a", "b"]`: so many that are done.
fn is_count_done(call: &Call<'_>, leaf: &Leaf) -> bool {
    let some = match leaf.held {
        Held::Number(n) => n > 0.0 && n < MOST && n.fract() == 0.0,
        Held::Many(n) => n > 0,
        _ => false,
    };
    let is_list = matches!(leaf.held, Held::Many(_)) && leaf.name.len() == 1 && list("made").has(&leaf.name[0]);
    some && (is_list || matches!(members::told(call, leaf, &|_| false), Some(members::Told::Made(_))))
}

/// "4 of 6", "4 rows imported": a clause that counts what is done.
fn counts_some(value: &str) -> bool {
    text::clauses(value).into_iter().any(|clause| {
        let clause = &value[clause];
        let words = words(clause);
        let all: Vec<&str> = words.iter().map(String::as_str).collect();
        if clause.contains(['=', ':', '{']) || all.iter().any(|w| list("not").has(w)) {
            return false;
        }
        // "Step 2 of 5" is no part.
        let nth = |at: usize| at.checked_sub(1).is_some_and(|before| list("nth").has(all[before]));
        shares(&all).any(|(at, n)| n > 0 && !nth(at)) || made(&all)
    })
}

/// "4 accepted", "4 rows imported".
fn made(words: &[&str]) -> bool {
    let tells = |w: &&str| list("made").has(w) && done(w) && !failed(w) && !open(w);
    words
        .iter()
        .enumerate()
        .any(|(at, w)| w.parse::<f64>().is_ok_and(|n| n > 0.0 && n < MOST) && words[at + 1..].iter().take(2).any(tells))
}

/// "488 of the 500": the parts of a greater number, each with the place of its word.
pub fn shares<'w>(words: &'w [&'w str]) -> impl Iterator<Item = (usize, u64)> + 'w {
    const OF: [&str; 12] = ["of", "von", "sur", "de", "su", "di", "van", "z", "av", "out", "the", "las"];
    let number = |w: &str| w.parse::<u64>().ok();
    words.windows(2).enumerate().filter_map(move |(at, pair)| {
        let first = number(pair[0]).filter(|_| OF.contains(&pair[1]))?;
        let all = words[at + 2..].iter().take(2).find_map(|w| number(w))?;
        (first < all).then_some((at, first))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{turn, with_session};

    fn extent(answer: &str) -> Upshot {
        let call = ("import_list", r#"{"list": "May"}"#, answer);
        let messages = turn("Import the list for May.", &[call], "All entries are in.");
        with_session(&messages, |s| upshot(&s.calls[0], Upshot::Failed))
    }

    #[test]
    fn a_part_is_done() {
        for answer in [
            "4 of 6 items were accepted, 2 rejected",
            "Error: 2 rows refused. 4 rows imported.",
            r#"{"error": "two are missing", "imported": 4, "failed": 2}"#,
            r#"{"error": "two are missing", "accepted": ["a", "b"]}"#,
            r#"{"status": "failed", "message": "4 of the 6 labels printed"}"#,
        ] {
            assert_eq!(extent(answer), Upshot::Part, "{answer}");
        }
    }

    #[test]
    fn nothing_is_done() {
        for answer in [
            "Apply failed.",
            "Step 2 of 5 failed.",
            "0 of 6 items were accepted",
            "rejected=6 accepted=0",
            "4 items were not imported",
            r#"{"error": "no room", "imported": 0, "failed": 6}"#,
            r#"{"error": "no room", "updated_at": 1764500000}"#,
        ] {
            assert_eq!(extent(answer), Upshot::Failed, "{answer}");
        }
    }
}
