//! Records that stand one behind the other on one line: a program that ends between a record and its line end, or that writes
//! from two threads, leaves such lines.

use crate::json::{Doc, parse_first};

/// What stands behind the first value of a line.
pub struct Behind {
    /// Where further values stand: first byte and number of bytes.
    pub places: Vec<(usize, usize)>,
    /// True where nothing else stands there.
    pub whole: bool,
}

/// Looks behind the first value of a line. Words and numbers in front are no records, so that nothing is looked for behind them.
pub fn behind(line: &[u8], first: &Doc<'_>) -> Behind {
    let root = first.root();
    let mut found = Behind { places: Vec::new(), whole: true };
    if !root.is_object() && !root.is_array() {
        return found;
    }
    let mut at = root.start() as usize + root.bytes().len();
    let between = |b: &u8| b.is_ascii_whitespace() || matches!(b, b',' | 0x1e);
    while let Some(skip) = line.get(at..).and_then(|rest| rest.iter().position(|b| !between(b))) {
        at += skip;
        let rest = line.get(at..).unwrap_or_default();
        let record = parse_first(rest).ok().filter(|(doc, _)| doc.root().is_object() || doc.root().is_array());
        let Some(len) = record.map(|(doc, _)| doc.root().bytes().len()) else {
            found.whole = false;
            return found;
        };
        found.places.push((at, len));
        at += len;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{kinds, one, texts};

    fn places(line: &str) -> (Vec<(usize, usize)>, bool) {
        let (doc, _) = parse_first(line.as_bytes()).expect("JSON");
        let Behind { places, whole } = behind(line.as_bytes(), &doc);
        (places, whole)
    }

    #[test]
    fn values_behind_the_first_are_found() {
        assert_eq!(places(r#"{"a":"}{"} "#), (vec![], true));
        assert_eq!(places(r#"{"a":1}{"b":2} {"c":3},"#), (vec![(7, 7), (15, 7)], true));
        assert_eq!(places(r#"{"a":1}{"b":"#), (vec![], false));
        assert_eq!(places("12 apples"), (vec![], true));
    }

    #[test]
    fn all_records_of_a_line_are_read() {
        let said = |role: &str, text: &str| format!(r#"{{"role":"{role}","content":"{text}"}}"#);
        let (a, b, c) = (said("user", "Hi"), said("assistant", "Hello"), said("user", "Bye"));
        let lines = one("s.jsonl", &[a.as_str(), &b, &c].join("\n"));
        for glued in [format!("{a}\n{b}{c}\n"), format!("{a}{b}\n{c}\n"), format!("{a}\n{b} {c}")] {
            let trace = one("s.jsonl", &glued);
            assert_eq!((kinds(&trace), texts(&trace)), (kinds(&lines), texts(&lines)), "{glued}");
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
        let cut = one("s.jsonl", &format!("{a}\n{b}{{\"role\":\"us\n"));
        assert!(cut.gaps.iter().any(|gap| gap.what.contains("line 2")), "{:?}", cut.gaps);
    }
}
