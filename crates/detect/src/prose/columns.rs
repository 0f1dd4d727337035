//! Rows of tables without quotes: `2025-07-02  overdraft fee   25.00   POSTED`, `F-99120;2026-04-28;SWIFT;14.50`,
//! `M-10442,Abel Forde,16,N1`.

use std::ops::Range;

/// Columns that a row has at least.
const COLUMNS: usize = 3;
/// So many commas without a blank behind them part the columns of a row.
const COMMAS: usize = 3;

/// What stands around a value within its own column, where its line is a row of a table; all of it elsewhere.
pub(crate) fn own<'t>(before: &'t str, after: &'t str) -> (&'t str, &'t str) {
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let end = after.find('\n').unwrap_or(after.len());
    let (left, right) = (&before[line..], &after[..end]);
    // A sentence may have one comma without a blank behind it by mistake, and no more.
    let by_comma = commas(left).chain(commas(right)).take(COMMAS).count() == COMMAS;
    let (left, right) = (gaps(left, by_comma), gaps(right, by_comma));
    if left.len() + right.len() + 1 < COLUMNS {
        return (before, after);
    }
    let from = left.last().map_or(line, |gap| line + gap.end);
    let to = right.first().map_or(end, |gap| gap.start);
    (&before[from..], &after[..to])
}

/// The commas of a line with neither a blank nor a quote behind them, outside of numbers: `1,386,000` is one.
fn commas(line: &str) -> impl Iterator<Item = usize> {
    let bytes = line.as_bytes();
    memchr::memchr_iter(b',', bytes).filter(|i| is_tight(bytes, *i))
}

fn is_tight(bytes: &[u8], comma: usize) -> bool {
    let next = bytes.get(comma + 1);
    let digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
    let number = comma > 0 && digit(bytes.get(comma - 1)) && digit(next);
    !number && next.is_none_or(|b| !b.is_ascii_whitespace() && *b != b'"')
}

/// What parts columns: several blanks that end no sentence, a tab, a bar, a semicolon without a blank behind it, or such a comma.
fn gaps(line: &str, by_comma: bool) -> Vec<Range<usize>> {
    let bytes = line.as_bytes();
    let blank = |i: usize| bytes.get(i) == Some(&b' ');
    let mut gaps: Vec<Range<usize>> = Vec::new();
    for (i, byte) in bytes.iter().enumerate() {
        let ends_sentence = i > 0 && matches!(bytes[i - 1], b'.' | b'!' | b'?' | b':' | b',');
        let parts = match byte {
            b'\t' | b'|' => true,
            b',' => by_comma && is_tight(bytes, i),
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
        assert_eq!(column("M-10442,Abel Forde,The Salt Path,2026-02-01,16,N1,", "M-10442"), "M-10442");
        assert_eq!(column("12,move it to 88-3 at once,open,N1", "88-3"), "move it to 88-3 at once");
        assert_eq!(column("a\n17  booked   move it to 88-3 at once   open\nb", "88-3"), "move it to 88-3 at once");
    }

    #[test]
    fn sentences_are_no_row() {
        for line in [
            "Cancel 88-3; then refund it; then close it",
            "Please send it to 88-3.  Then close it.  Thanks.",
            "Move it to  88-3 now",
            "    pay 88-3",
            "It carried 1,386,000 of 2,000,000 people,so pay 88-3,000",
        ] {
            assert_eq!(column(line, "88-3"), line);
        }
    }
}
