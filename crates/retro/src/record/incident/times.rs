//! The times of a facts file, in as few lines as they need.

use super::facts::printable;
use crate::facts::{Facts, MARKS, Mark};
use std::fmt::Write;

/// A facts file with nothing but the times that this one tells, and what its times are compared with: due dates follow from it as they follow
/// from the whole file, and it is read in no time.
pub fn times(facts: &Facts) -> String {
    let mut out = String::new();
    for name in MARKS {
        let Some(mark) = facts.mark(name).filter(|mark| mark.is_told()) else { continue };
        let _ = writeln!(out, "{name}:");
        if let Some(at) = &mark.at {
            // JSON is YAML, and its quoting leaves no line break.
            let at = serde_json::Value::from(at.value.trim()).to_string();
            let _ = writeln!(out, "  at: {}", printable(&at));
        }
        if Mark::is_never(mark) {
            let _ = writeln!(out, "  never: true");
        }
    }
    if let Some(contained) = facts.severity.as_ref().and_then(|s| s.contained.as_ref()) {
        let _ = writeln!(out, "severity:\n  contained: {}", contained.value);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{IncidentFacts, Moment, Point, facts};
    use super::*;
    use crate::facts::parse;

    fn of(yaml: &str) -> String {
        times(&parse(yaml, "facts.yaml").expect("valid"))
    }

    #[test]
    fn only_what_due_dates_follow_from_is_kept() {
        let yaml = "title: A\n# a comment\nreported:\n  at: 2026-11-23T15:05:00+01:00\n  by: caller\nalerted:\n  never: true\n\
                    aware:\n  by: nobody\nseverity:\n  contained: false\n  financial: true\n";
        let kept =
            "alerted:\n  never: true\nreported:\n  at: \"2026-11-23T15:05:00+01:00\"\nseverity:\n  contained: false\n";
        assert_eq!(of(yaml), kept);
        assert_eq!((of(kept).as_str(), of("# nothing\n"), of("title: A\n")), (kept, String::new(), String::new()));
    }

    #[test]
    fn due_dates_follow_from_it_as_from_the_whole_file() {
        let moment = |point, at: &str| Moment {
            point,
            at: at.parse().expect("a time"),
            source: String::new(),
            by: "Ada".to_owned(),
        };
        let own = [
            vec![],
            vec![moment(Point::Aware, "2026-11-23T16:00:00Z")],
            vec![moment(Point::Contained, "2026-11-23T10:00:00Z")],
            vec![moment(Point::Reported, "2026-11-23T09:00:00Z"), moment(Point::Aware, "2026-11-23T13:00:00Z")],
        ];
        let files = [
            "title: A\n",
            "aware:\n  at: 2026-11-23T15:05:00+01:00\n  by: caller\n",
            "reported:\n  at: 2026-11-23T15:05:00Z\naware:\n  never: true\n",
            "severity:\n  contained: false\nreported:\n  at: 2026-11-23T08:00:00Z\n",
            "contained:\n  at: 2026-11-23T12:00:00Z\n  how: off\n",
        ];
        for moments in own {
            for yaml in files {
                let told = |facts_file: &str| {
                    let known = IncidentFacts {
                        reference: "INC-1".to_owned(),
                        moments: moments.clone(),
                        facts: Some(facts_file.to_owned()),
                        ..IncidentFacts::default()
                    };
                    facts(&known).map(|f| (f.clock(), f.twice)).ok()
                };
                assert_eq!(told(yaml), told(&of(yaml)), "{yaml} beside {moments:?}");
            }
        }
    }
}
