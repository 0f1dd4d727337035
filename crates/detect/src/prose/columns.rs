//! Rows of tables without quotes: `2025-07-02  overdraft fee   25.00   POSTED`, `F-99120;2026-04-28;SWIFT;14.50`.

use std::ops::Range;

/// Columns that a row has at least.
const COLUMNS: usize = 3;

/// What stands around a value within its own column, where its line is a row of a table; all of it elsewhere.
pub(crate) fn own<'t>(before: &'t str, after: &'t str) -> (&'t str, &'t str) {
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let end = after.find('\n').unwrap_or(after.len());
    let (left, right) = (gaps(&before[line..]), gaps(&after[..end]));
    if left.len() + right.len() + 1 < COLUMNS {
        return (before, after);
    }
    let from = left.last().map_or(line, |gap| line + gap.end);
    let to = right.first().map_or(end, |gap| gap.start);
    (&before[from..], &after[..to])
}

/// What parts columns: several blanks that end no sentence, a tab, a bar, or a semicolon without a blank behind it.
fn gaps(line: &str) -> Vec<Range<usize>> {
    let bytes = line.as_bytes();
    let blank = |i: usize| bytes.get(i) == Some(&b' ');
    let mut gaps: Vec<Range<usize>> = Vec::new();
    for (i, byte) in bytes.iter().enumerate() {
        let ends_sentence = i > 0 && matches!(bytes[i - 1], b'.' | b'!' | b'?' | b':' | b',');
        let parts = match byte {
            b'\t' | b'|' => true,
            b';' => bytes.get(i + 1).is_some_and(|b| !b.is_ascii_whitespace()),
            b' ' => blank(i + 1) && !ends_sentence,
            _ => false,
        };
        match gaps.last_mut() {
            Some(last) if last.end == i && (parts || *byte == b' ') => last.end = i + 1,
            _ if parts => gaps.push(i..i + 1),
            _ => {}
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(line: &str, value: &str) -> String {
        let at = line.find(value).expect("is there");
        let (before, after) = own(&line[..at], &line[at + value.len()..]);
        format!("{before}{value}{after}")
    }

    #[test]
    fn a_row_is_cut_at_its_gaps() {
        assert_eq!(column("2025-07-02  ODF   overdraft fee   25.00   POSTED", "25.00"), "25.00");
        assert_eq!(column("F-99120;2026-04-28;TRF of the old account;14.50", "F-99120"), "F-99120");
        assert_eq!(column("88-3\twallet was not charged\tfault", "88-3"), "88-3");
        assert_eq!(column("a\n17  booked   move it to 88-3 at once   open\nb", "88-3"), "move it to 88-3 at once");
    }

    #[test]
    fn sentences_are_no_row() {
        for line in [
            "Cancel 88-3; then refund it; then close it",
            "Please send it to 88-3.  Then close it.  Thanks.",
            "Move it to  88-3 now",
            "    pay 88-3",
        ] {
            assert_eq!(column(line, "88-3"), line);
        }
    }
}
