//! Values in words.

use super::escape::{code, plain};
use hindcast_detect::finding::{Answer as Found, RestsOn};
use hindcast_retro::Draft;
use hindcast_retro::draft::{Actor, Consequence, Contribution, Coverage, DesignCoverage, FindingEntry, Quality};
use hindcast_retro::statement::{Basis, Origin, Statement, Verdict};

/// An action without an owner.
pub const NOBODY: &str = "unassigned";
/// An action without a due date.
pub const NO_DATE: &str = "not set";

/// True for the words that stand where nobody owns an action.
pub fn is_nobody(value: &str) -> bool {
    value.is_empty() || value.eq_ignore_ascii_case(NOBODY)
}

/// True for the words that stand where an action has no due date.
pub fn is_no_date(value: &str) -> bool {
    value.is_empty() || value.eq_ignore_ascii_case(NO_DATE)
}

/// Quotes and other bases of a statement, for reading: the quoted words, then links.
pub fn resting(statement: &Statement) -> String {
    let mut words = Vec::new();
    for basis in statement.shown() {
        words.push(match basis {
            // Words that the statement itself shows as code are not shown again.
            Basis::Quote(q) if !q.text.contains('`') && statement.text.contains(&format!("`{}`", q.text)) => {
                format!("[{}](#{})", q.id, q.id)
            }
            Basis::Quote(q) => format!("{} [{}](#{})", code(&q.text), q.id, q.id),
            Basis::Absence { sought, from_event, to_event } if sought == "words to quote" => {
                let _ = (from_event, to_event);
                continue;
            }
            Basis::Absence { sought, from_event, to_event } if from_event == to_event => {
                format!("(searched event {from_event} for {}: none)", plain(sought))
            }
            Basis::Absence { sought, from_event, to_event } => {
                format!("(searched events {from_event} to {to_event} for {}: none)", plain(sought))
            }
            Basis::Measurement { k, n, interval_ppm, .. } => {
                let share = |ppm: u32| f64::from(ppm) / 10_000.0;
                format!("({k} of {n}, 95 % interval {:.1} to {:.1} %)", share(interval_ppm.0), share(interval_ppm.1))
            }
            Basis::Fact { file, line, .. } if *line > 0 => format!("({} line {line})", plain(file)),
            Basis::Fact { file, .. } => format!("({})", plain(file)),
        });
    }
    words.join(" ")
}

/// Who made a statement.
pub fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Detector(name) => name.clone(),
        Origin::Analysis(_) => "computed".to_owned(),
        Origin::Person(name) => format!("a person, {}", plain(name)),
    }
}

/// A verdict with its reason.
pub fn verdict(verdict: Verdict, reason: Option<&str>) -> String {
    let word = match verdict {
        Verdict::Open => "open",
        Verdict::Confirmed => "confirmed",
        Verdict::Edited => "edited",
        Verdict::Rejected => "rejected",
    };
    reason.map_or(word.to_owned(), |r| format!("{word}: {}", plain(r)))
}

/// An actor with a name.
pub fn actor(actor: Actor, name: Option<&str>) -> String {
    let word = match actor {
        Actor::System => "system",
        Actor::User => "user",
        Actor::Agent => "agent",
        Actor::Tool => "tool",
        Actor::Guard => "guard",
        Actor::Harness => "harness",
        Actor::Team => "team",
        Actor::Several => "several",
    };
    name.map_or(word.to_owned(), |n| format!("{word} {}", code(n)))
}

/// How good a time is.
pub fn quality(quality: Quality) -> &'static str {
    match quality {
        Quality::Exact => "exact",
        Quality::Relative => "relative",
        Quality::Estimated => "estimated",
        Quality::None => "none",
    }
}

/// The verdict on a system question.
pub fn contribution(verdict: Contribution) -> &'static str {
    match verdict {
        Contribution::Contributed => "contributed",
        Contribution::DidNot => "did not contribute",
        Contribution::Unknown => "unknown",
    }
}

/// Whether the design had foreseen it.
pub fn coverage(coverage: DesignCoverage) -> &'static str {
    match coverage {
        DesignCoverage::Specified => "specified",
        DesignCoverage::NotSpecified => "not specified",
        DesignCoverage::Unknown => "unknown",
    }
}

/// How far a failure got.
pub fn consequence(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::Averted => "near miss: stopped or corrected before it reached anyone",
        Consequence::Minor => "minor: the trace shows no harm",
        Consequence::Contained => "contained: retracted, undone or corrected within the session",
        Consequence::NotContained | Consequence::Exposed => "nothing in the trace stopped or corrected it",
    }
}

/// What a finding took for granted.
pub fn rests_on(on: &RestsOn) -> String {
    match on {
        RestsOn::Contract(what) => format!("{} (tool contract)", plain(what)),
        RestsOn::Assumption(what) => plain(what),
        RestsOn::Trace => "nothing beyond the trace".to_owned(),
    }
}

/// What a detector may say, in the order of weight.
const ANSWERS: [Found; 5] = [Found::Found, Found::Leads, Found::NothingFound, Found::NotAssessed, Found::NotApplicable];

/// The word where people promoted every lead that is a finding of the rule.
const PROMOTED: (&str, &str) = ("promoted", "a person promoted a lead of the rule to a finding.");
/// The word where people dismissed everything that the rule flagged.
pub const DISMISSED: (&str, &str) = ("dismissed", "a person dismissed everything that the rule flagged.");

/// What the word for a detector's answer means.
fn found_means(answer: Found) -> &'static str {
    match answer {
        Found::Found => "a rule that is reliable in this kind of session found a failure: a finding.",
        Found::Leads => {
            "a rule flagged something but is not reliable enough in this kind of session for a finding: a lead."
        }
        Found::NothingFound => {
            "the rule assessed everything it applies to and found no failure. It does not detect every failure."
        }
        Found::NotAssessed => "something could not be assessed, for the reason given. The rest showed no failure.",
        Found::NotApplicable => {
            "the session contains nothing that the rule checks, or the rule does not apply to this kind of session."
        }
    }
}

/// What a detector said.
fn found(answer: Found) -> &'static str {
    match answer {
        Found::Found => "found",
        Found::Leads => "worth checking",
        Found::NothingFound => "nothing found",
        Found::NotAssessed => "not assessed",
        Found::NotApplicable => "not applicable",
    }
}

/// What a detector said, after what people decided about it.
pub fn result(draft: &Draft, coverage: &Coverage) -> &'static str {
    let by = |f: &&FindingEntry| matches!(&f.statement.origin, Origin::Detector(id) if *id == coverage.detector);
    let stands = |f: &&FindingEntry| !draft.is_dismissed(f);
    let mut findings = draft.behavior.findings.iter().filter(by).filter(stands).peekable();
    let leads = draft.behavior.leads.iter().filter(by).any(|lead| stands(&lead));
    match (findings.peek().is_some(), leads) {
        (true, _) if findings.all(|f| f.promoted) => PROMOTED.0,
        (true, _) => found(Found::Found),
        (false, true) => found(Found::Leads),
        (false, false) if draft.behavior.flags().any(|f| by(&f)) => DISMISSED.0,
        (false, false) => found(coverage.result),
    }
}

/// Each word for a detector's answer with how many there are and what it means, the weightiest first. Words for what people
/// decided are only explained where they occur.
pub fn legend(draft: &Draft) -> Vec<(&'static str, usize, &'static str)> {
    let words: Vec<&str> = draft.behavior.coverage.iter().map(|c| result(draft, c)).collect();
    let count = |word: &str| words.iter().filter(|w| **w == word).count();
    let by_people = [PROMOTED, DISMISSED].into_iter().filter(|(word, _)| count(word) > 0);
    let all = ANSWERS.into_iter().map(|a| (found(a), found_means(a))).chain(by_people);
    all.map(|(word, means)| (word, count(word), means)).collect()
}

/// "Worth checking: 1 lead", with how many of them people dismissed.
pub fn leads(open: usize, dismissed: usize) -> String {
    let number = |n: usize| if n == 1 { "1 lead".to_owned() } else { format!("{n} leads") };
    match (open, dismissed) {
        (0, n) => format!("Dismissed: {}", number(n)),
        (n, 0) => format!("Worth checking: {}", number(n)),
        (n, out) => format!("Worth checking: {} ({out} dismissed)", number(n)),
    }
}

/// Seconds in words, at two units.
pub fn duration(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let s = seconds.unsigned_abs();
    let (d, h, m) = (s / 86_400, s / 3600 % 24, s / 60 % 60);
    let text = match (d, h, m) {
        (0, 0, 0) => format!("{s} s"),
        (0, 0, m) => format!("{m} min {} s", s % 60),
        (0, h, m) => format!("{h} h {m} min"),
        (d, h, _) => format!("{d} d {h} h"),
    };
    format!("{sign}{text}")
}

/// A time to the millisecond: what is finer helps nobody who reads.
pub fn time(at: &str) -> String {
    let Ok(stamp) = at.parse::<jiff::Timestamp>() else { return plain(at) };
    offset(stamp).unwrap_or_else(|| stamp.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// Offsets from the start of a session without a date count from 1970; none of them is a year long.
const YEAR: i64 = 365 * 86_400;

/// A time since the start of a session, where nobody knows when that was.
pub fn offset(at: jiff::Timestamp) -> Option<String> {
    if at.as_second().abs() >= YEAR {
        return None;
    }
    let sign = if at.as_millisecond() < 0 { '-' } else { '+' };
    let (minutes, rest) = (at.as_millisecond().abs() / 60_000, at.as_millisecond().abs() % 60_000);
    Some(match minutes {
        0 => format!("{sign}{}.{:03} s", rest / 1000, rest % 1000),
        _ => format!("{sign}{minutes}:{:02}.{:03}", rest / 1000, rest % 1000),
    })
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn an_offset_has_no_day() {
        assert_eq!(time("1970-01-01T00:00:04.5Z"), "+4.500 s");
        assert_eq!(time("1970-01-01T00:01:05.25Z"), "+1:05.250");
        assert_eq!(time("1969-12-31T23:59:59.5Z"), "-0.500 s");
        assert_eq!(time("2026-11-24T08:07:12.5Z"), "2026-11-24T08:07:12.500Z");
    }
}
