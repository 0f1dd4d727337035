//! How reliable each rule is, as data: what people judged of what it flagged, by kind of session.
//!
//! The table `data/reliability.tsv` is rebuilt from the verdict files in `data/verdicts` by a test. Whether a flag is a
//! finding or a lead follows from its rule's row, and from nothing else.

use crate::kind::SessionKind;
use crate::maps::HashMap;
use std::sync::LazyLock;

/// How much weight a flag has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// Reliable enough to act on.
    Finding,
    /// Worth a look.
    Lead,
}

/// What is known of one rule in one kind of session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The rule: a detector, or `detector/path`.
    pub rule: String,
    /// The kind of session.
    pub kind: SessionKind,
    /// Flags that were right.
    pub right: u32,
    /// Flags that somebody judged by reading the session.
    pub judged: u32,
    /// Flags in ordinary sessions, where nothing is known to be wrong, that were false.
    pub false_alarms: u32,
    /// Ordinary sessions that the rule looked at.
    pub ordinary: u32,
    /// The sets that the judged sessions come from.
    pub sets: String,
    /// The day of the latest verdict, as `2026-11-28`.
    pub judged_on: String,
}

/// A finding's lower bound of precision.
const LOWER_BOUND: f64 = 0.8;
/// A rule that rarely fires needs this many flags judged, all of them right …
const RARE_JUDGED: u32 = 5;
/// … and at most one false alarm in this many ordinary sessions.
const RARE_SESSIONS: u32 = 200;
/// The 97.5 % quantile of the normal distribution, for intervals of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// The Wilson score interval of `right` of `judged` at 95 %, as shares (E. B. Wilson, 1927); from 0 to 1 for none judged.
pub fn wilson(right: u32, judged: u32) -> (f64, f64) {
    if judged == 0 {
        return (0.0, 1.0);
    }
    let n = f64::from(judged);
    let share = f64::from(right) / n;
    let scale = 1.0 + Z * Z / n;
    let center = share + Z * Z / (2.0 * n);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    (((center - spread) / scale).max(0.0), ((center + spread) / scale).min(1.0))
}

impl Row {
    /// What the row allows its rule's flags to be.
    pub fn tier(&self) -> Tier {
        let sure = wilson(self.right, self.judged).0 >= LOWER_BOUND;
        let quiet = self.ordinary >= RARE_SESSIONS && self.false_alarms * RARE_SESSIONS <= self.ordinary;
        let rare = self.judged >= RARE_JUDGED && self.right == self.judged && quiet;
        if sure || rare { Tier::Finding } else { Tier::Lead }
    }

    /// The row in words: "the rule `wrong-count/table` was right in 21 of 24 judged cases in service agent sessions".
    pub fn words(&self) -> String {
        let cases = if self.judged == 1 { "judged case" } else { "judged cases" };
        format!(
            "the rule `{}` was right in {} of {} {cases} in {} sessions",
            self.rule,
            self.right,
            self.judged,
            self.kind.label()
        )
    }

    fn parse(line: &str) -> Option<Row> {
        let mut cells = line.split('\t');
        let mut next = || cells.next().map(str::trim);
        Some(Row {
            rule: next()?.to_owned(),
            kind: SessionKind::from_name(next()?)?,
            right: next()?.parse().ok()?,
            judged: next()?.parse().ok()?,
            false_alarms: next()?.parse().ok()?,
            ordinary: next()?.parse().ok()?,
            judged_on: next()?.to_owned(),
            sets: next()?.to_owned(),
        })
    }
}

// The file is part of the program; a test reads every line, so a fault cannot reach a user.
static TABLE: LazyLock<HashMap<(String, SessionKind), Row>> = LazyLock::new(|| {
    let rows = include_str!("../data/reliability.tsv").lines().skip(1).filter_map(Row::parse);
    rows.map(|row| ((row.rule.clone(), row.kind), row)).collect()
});

/// What is known of a rule in a kind of session; `None` where nobody has judged it.
///
/// A voice agent is a service agent on another channel: without a row of its own, the service agents' row counts.
pub fn row(rule: &str, kind: SessionKind) -> Option<&'static Row> {
    let of = |kind| TABLE.get(&(rule.to_owned(), kind));
    of(kind).or_else(|| if kind == SessionKind::Voice { of(SessionKind::Service) } else { None })
}

/// Whether a rule's flags in a kind of session are findings or leads. Without a row, they are leads.
pub fn tier(rule: &str, kind: SessionKind) -> Tier {
    row(rule, kind).map_or(Tier::Lead, Row::tier)
}

/// Every row, by rule and kind.
pub fn rows() -> Vec<&'static Row> {
    let mut rows: Vec<_> = TABLE.values().collect();
    rows.sort_by(|a, b| (&a.rule, a.kind).cmp(&(&b.rule, b.kind)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(right: u32, judged: u32, false_alarms: u32, ordinary: u32) -> Row {
        Row {
            rule: "a".into(),
            kind: SessionKind::Service,
            right,
            judged,
            false_alarms,
            ordinary,
            sets: "a set".into(),
            judged_on: "2026-11-28".into(),
        }
    }

    #[test]
    fn the_interval_is_wilsons() {
        // 21 of 24: the value of the published formula.
        let (low, high) = wilson(21, 24);
        assert!((low - 0.690).abs() < 0.001 && (high - 0.957).abs() < 0.001, "{low} {high}");
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert!(wilson(0, 5).0 == 0.0 && wilson(5, 5).1 > 0.999);
    }

    #[test]
    fn a_finding_needs_a_lower_bound_or_a_clean_sheet() {
        assert_eq!(of(16, 16, 0, 0).tier(), Tier::Finding);
        assert_eq!(of(15, 15, 0, 0).tier(), Tier::Lead);
        assert_eq!(of(19, 20, 0, 500).tier(), Tier::Lead);
        assert_eq!(of(5, 5, 1, 200).tier(), Tier::Finding);
        assert_eq!(of(5, 5, 2, 200).tier(), Tier::Lead);
        // A few quiet sessions are no proof of quiet.
        assert_eq!(of(5, 5, 0, 199).tier(), Tier::Lead);
        assert_eq!(of(4, 4, 0, 500).tier(), Tier::Lead);
    }

    #[test]
    fn no_row_no_finding() {
        assert_eq!(tier("no-such-rule", SessionKind::Service), Tier::Lead);
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = include_str!("../data/reliability.tsv").lines().skip(1).filter(|l| !l.is_empty()).count();
        assert_eq!(lines, rows().len());
    }

    #[test]
    fn a_row_speaks_in_words() {
        assert_eq!(
            of(21, 24, 0, 0).words(),
            "the rule `a` was right in 21 of 24 judged cases in service agent sessions"
        );
    }
}
