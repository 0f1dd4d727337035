//! Rows of a table that a tool returned as text: CSV with a header, lines with bars, a YAML list.

use super::phrase::{Count, singular};
use crate::session::{Call, Session};

/// Longer answers and more calls are not counted.
const LONGEST: usize = 65_536;
const MOST: usize = 64;

/// The rows of the only table that a count can be about, and the table's call.
pub fn rows(session: &Session<'_>, count: &Count) -> Option<(i64, usize)> {
    if !count.whole || count.distinct || count.about_page || count.rest || !count.tail.is_empty() {
        return None;
    }
    let before = session
        .calls
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, c)| c.result.as_ref().is_some_and(|r| r.event < count.event));
    let tables: Vec<(usize, &Call<'_>, i64)> = before
        .take(MOST)
        .filter_map(|(i, c)| {
            let answer = c.result.as_ref()?;
            let text =
                answer.content.filter(|t| t.text.len() <= LONGEST && answer.json().is_none() && !answer.cut_off())?;
            Some((i, c, in_text(&text.text)?))
        })
        .collect();
    let named = |c: &Call<'_>| {
        let words: Vec<String> = c.known.words.iter().map(|w| singular(w)).collect();
        let arguments = c.arguments.map(|a| a.text.to_ascii_lowercase()).unwrap_or_default();
        let known =
            |w: &String| words.contains(&singular(w)) || (w.len() > 3 && arguments.contains(singular(w).as_str()));
        !count.run.is_empty() && count.run.iter().all(known)
    };
    // Of several tables any sum may be meant.
    let [(index, call, rows)] = tables.as_slice() else { return None };
    let writes = session.calls.iter().any(|c| c.is_write() && c.event > call.event && c.event < count.event);
    (named(call) && !writes).then_some((*rows, *index))
}

/// How many rows a text has, where it is one table and nothing else.
fn in_text(text: &str) -> Option<i64> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|l| !l.trim().is_empty()).collect();
    if lines.len() < 2 {
        return None;
    }
    for mark in [",", ";", "\t", "|"] {
        let cells = lines[0].matches(mark).count();
        // "Dear guest, the pool is closed": words are parted by commas as well.
        let prose = matches!(mark, "," | ";") && (cells < 2 || lines.iter().any(|l| l.contains(", ")));
        if cells > 0 && !prose && !lines[0].contains('"') && lines.iter().all(|l| l.matches(mark).count() == cells) {
            // A header has no digits; without one every line is a row.
            let header = !lines[0].bytes().any(|b| b.is_ascii_digit());
            let rule = lines.iter().filter(|l| l.chars().all(|c| "-|+:= ".contains(c))).count();
            return (cells > 1 || header).then_some(lines.len() as i64 - i64::from(header) - rule as i64);
        }
    }
    let items = lines.iter().filter(|l| l.starts_with("- ")).count();
    (items >= 1 && lines.iter().all(|l| l.starts_with("- ") || l.starts_with(' '))).then_some(items as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_where_a_text_is_a_table() {
        assert_eq!(in_text("booking,date,lane\nLB-01,2026-06-02,3\nLB-02,2026-06-05,3"), Some(2));
        assert_eq!(in_text("- id: a\n  title: x\n- id: b\n  title: y\n"), Some(2));
        assert_eq!(in_text("Dear guest,\nthe pool is closed, sorry.\n"), None);
        assert_eq!(in_text("PZ-330 | Spray | 6.40\nPZ-331 | Balm | 7.10"), Some(2));
    }
}
