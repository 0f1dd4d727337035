//! A number and the list that the answer itself gives for it: "Seven singers are absent: Bertil, Oona and Chidi."

use super::phrase::{self, Count};

/// Words that make the list a part of what is counted.
const PART: [&str; 22] = [
    "among",
    "including",
    "include",
    "includes",
    "such",
    "example",
    "e.g",
    "first",
    "best",
    "top",
    "some",
    "mainly",
    "mostly",
    "like",
    "namely the",
    "highlights",
    "per",
    "each",
    "about",
    "for",
    "more",
    "other",
];
/// What is measured and not listed.
const MEASURES: [&str; 20] = [
    "points",
    "percent",
    "minutes",
    "hours",
    "days",
    "weeks",
    "months",
    "years",
    "seconds",
    "dollars",
    "euros",
    "pounds",
    "cents",
    "miles",
    "meters",
    "kilometers",
    "grams",
    "liters",
    "degrees",
    "times",
];
/// Longer lists and items are not counted.
const MOST: usize = 60;
const LONGEST: usize = 60;

/// How many items the list behind a count has, where there is one that can be counted for sure.
pub fn length(count: &Count, text: &str) -> Option<i64> {
    // "Out of 30 points: Amira 27": a measure is no count.
    let noun = count.run.last()?;
    let things = count.run.iter().all(|w| w.chars().all(|c| c.is_alphabetic() || c == '-'));
    if !count.whole
        || !things
        || !(noun.ends_with('s') && !noun.ends_with("ss") || noun == "people")
        || MEASURES.contains(&noun.as_str())
    {
        return None;
    }
    let rest = text.get(count.cite.range().end..)?;
    let colon = rest.find(':').filter(|at| *at <= 80)?;
    let between = rest.get(..colon)?;
    let words = || between.split(|c: char| !c.is_alphanumeric() && c != '.').map(str::to_ascii_lowercase);
    let part = |w: String| PART.contains(&w.as_str()) || phrase::number(&w).is_some();
    if between.contains(['.', '!', '?', '\n', ',', ';', '(']) || words().any(part) {
        return None;
    }
    let list = rest.get(colon + 1..)?;
    let line = list.split('\n').next().unwrap_or_default();
    let found = if line.trim_matches(['*', '_', ' ', '\r']).is_empty() { bullets(list) } else { inline(line) }?;
    ((2..=MOST as i64).contains(&found) && count.number >= 2).then_some(found)
}

/// "a, b and c." up to the end of the sentence.
fn inline(line: &str) -> Option<i64> {
    let end = line
        .match_indices(['.', '!', '?', ';'])
        .find(|(at, _)| line[at + 1..].chars().next().is_none_or(char::is_whitespace));
    let sentence = &line[..end.map_or(line.len(), |(at, _)| at)];
    // Whoever explains in brackets or counts inside the list writes no plain one.
    if sentence.contains(['(', ':', '–', '—', '/', '"', '“']) || !sentence.contains(',') {
        return None;
    }
    let parts: Vec<&str> =
        sentence.split(", ").flat_map(|p| p.split(" and ")).map(|p| p.trim().trim_start_matches("and ")).collect();
    let plain = |p: &&str| {
        let first = p.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        !p.is_empty()
            && p.len() <= LONGEST
            && p.split_whitespace().count() <= 3
            && phrase::number(&first).is_none()
            && !p.contains('…')
            && !matches!(
                first.as_str(),
                "or" | "but" | "both" | "etc" | "as" | "one" | "with" | "at" | "on" | "in" | "all"
            )
    };
    // "Roof 2,150, shed 950, 3,100 together", "the gym, $39.00, due on the 5th, and the cinema, $12.99": what has a number among names is no
    // item, or the names are none.
    let begun = |p: &&str| p.starts_with(|c: char| c.is_ascii_digit());
    let counted = |p: &&str| p.contains(|c: char| c.is_ascii_digit());
    let some = |of: &dyn Fn(&&str) -> bool| parts.iter().any(of) && !parts.iter().all(of);
    let mixed = some(&begun) || some(&counted);
    // "**The gym, monthly**": an emphasis holds more than one part.
    let mixed = mixed || parts.iter().any(|p| p.matches("**").count() % 2 == 1);
    (parts.len() <= MOST && !mixed && parts.iter().all(plain)).then_some(parts.len() as i64)
}

/// The lines with a mark at the beginning right behind, all of one indent.
fn bullets(list: &str) -> Option<i64> {
    let mut found = 0;
    let mut indent = None;
    for line in list.lines().skip(1).skip_while(|l| l.trim().is_empty()).take(4 * MOST) {
        let text = line.trim_start();
        if text.is_empty() {
            continue;
        }
        let depth = line.len() - text.len();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let marked = text.strip_prefix(['-', '*', '•', '–']).is_some_and(|rest| rest.starts_with(' '))
            || digits > 0 && text[digits..].starts_with(['.', ')']);
        match (marked, indent) {
            (true, None) => {
                indent = Some(depth);
                found = 1;
            }
            (true, Some(own)) if depth == own => found += 1,
            (_, Some(own)) if depth > own => {}
            (false, _) => break,
            (true, Some(_)) => return None,
        }
    }
    (found > 0 && !list.contains('…') && !list.contains("...")).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lists_are_counted() {
        assert_eq!(inline(" Bertil, Oona, Chidi and Fenna. Two are altos."), Some(4));
        assert_eq!(inline(" 3 at North, 2 at Quay"), None);
        assert_eq!(inline(" roof 2,150, shed 950, fence 200, 3,300 together."), None);
        assert_eq!(inline(" the north shop has most, with the quay behind it, as ever"), None);
        assert_eq!(bullets("\n- a\n  - part of a\n- b\n\nBye"), Some(2));
        assert_eq!(bullets("\n1. a\n2. b\n3. c"), Some(3));
        assert_eq!(bullets("\n• a\n• b"), Some(2));
        assert_eq!(bullets("\n•no blank behind it"), None);
        assert_eq!(bullets("\nNothing."), None);
    }
}
