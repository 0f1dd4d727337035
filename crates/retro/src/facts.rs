//! What a trace cannot know: a YAML file that a person fills in.

mod check;
mod fill;
mod findings;
mod lookup;
mod mark;

pub use check::ORDERS;
pub use findings::{PersonAnswer, PersonAnswers, PersonFinding};
pub use lookup::Cited;

use crate::statement::{Basis, Origin, Statement};
use hindcast_detect::SessionKind;
use hindcast_detect::kind::Recognized;
use jiff::Timestamp;
use serde::Deserialize;
use serde_saphyr::Spanned;

/// A facts file. Every entry is optional; an empty one counts as not answered.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// The heading of the retro.
    pub title: Option<Spanned<String>>,
    /// The agent's name.
    pub agent: Option<Spanned<String>>,
    /// The kind of session, where the program recognizes another one.
    pub kind: Option<Spanned<SessionKind>>,
    /// When and by whom it was reported.
    pub reported: Option<Mark>,
    /// When a monitor first alerted, and which; `never: true` where none did.
    pub alerted: Option<Mark>,
    /// When a person was first aware: the clock of the policy starts here.
    pub aware: Option<Mark>,
    /// When it was contained, and how.
    pub contained: Option<Mark>,
    /// When it was resolved, and how.
    pub resolved: Option<Mark>,
    /// When the first wrong step was, and which, where a person knows better than the detectors.
    pub first_wrong_step: Option<Mark>,
    /// What set it off, where a person knows.
    pub trigger: Option<Spanned<String>>,
    /// From when on it could have been seen, and by what, where a person knows better than the detectors.
    pub earliest_signal: Option<Mark>,
    /// Deploys and other changes.
    pub changes: Option<Vec<Change>>,
    /// Who and what was affected.
    pub impact: Option<Impact>,
    /// Answers that decide the severity.
    pub severity: Option<SeverityFacts>,
    /// Every guard that exists; an empty list says that there is none.
    pub guards: Option<Spanned<Vec<Inventory>>>,
    /// Every eval suite that exists; an empty list says that there is none.
    pub evals: Option<Spanned<Vec<Inventory>>>,
    /// Every monitor that exists; an empty list says that there is none.
    pub monitors: Option<Spanned<Vec<Inventory>>>,
    /// What the agent was told about context, where a person knows better than the trace.
    pub context: Option<Spanned<String>>,
    /// Whether a tool's surface can be misread, where a person knows.
    pub tool_design: Option<Spanned<String>>,
    /// What the agent was allowed to do, and whether less would have done.
    pub permissions: Option<Spanned<String>>,
    /// What a person found in the session, whether or not a rule sees it.
    pub findings: Option<Vec<PersonFinding>>,
    /// Where the clock's start is told twice and otherwise: both times, and which counts.
    #[serde(skip)]
    pub twice: Option<String>,
    /// The kind of session, named outside the file.
    #[serde(skip)]
    chosen: Option<SessionKind>,
    #[serde(skip)]
    file: String,
    /// Points that come from another file, which is named.
    #[serde(skip)]
    filled: Option<(String, Vec<&'static str>)>,
}

/// The entries that are points in time, in the order of the chain.
pub const MARKS: [&str; 7] =
    ["first_wrong_step", "earliest_signal", "alerted", "reported", "aware", "contained", "resolved"];

/// A point in time.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mark {
    /// When, with a zone: `2026-11-23T15:05:00+01:00`.
    pub at: Option<Spanned<String>>,
    /// Who or what.
    pub by: Option<Spanned<String>>,
    /// How.
    pub how: Option<Spanned<String>>,
    /// Where that is recorded.
    pub source: Option<Spanned<String>>,
    /// True where it never happened.
    pub never: Option<Spanned<bool>>,
}

/// A deploy or another change.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// When.
    pub at: Option<Spanned<String>>,
    /// model, prompt, tool, guard, deploy, …
    pub kind: Option<Spanned<String>>,
    /// What.
    pub what: Option<Spanned<String>>,
}

/// Who and what was affected: numbers or words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Impact {
    /// Customers affected.
    pub customers: Option<Spanned<Scalar>>,
    /// Conversations affected.
    pub conversations: Option<Spanned<Scalar>>,
    /// Money.
    pub money: Option<Spanned<Scalar>>,
    /// Laws and regulators.
    pub regulation: Option<Spanned<Scalar>>,
    /// Personal and other data.
    pub data: Option<Spanned<Scalar>>,
    /// How long.
    pub duration: Option<Spanned<Scalar>>,
}

/// Answers that decide the severity.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeverityFacts {
    /// Did it reach a customer?
    pub customer_impacting: Option<Spanned<bool>>,
    /// Was money involved?
    pub financial: Option<Spanned<bool>>,
    /// Was a law or a regulator involved?
    pub regulatory: Option<Spanned<bool>>,
    /// Is it contained?
    pub contained: Option<Spanned<bool>>,
}

/// A guard, an eval suite or a monitor.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Inventory {
    /// Its name.
    pub name: Option<Spanned<String>>,
    /// What it looks at: input, output, tool, …
    pub checks: Option<Spanned<String>>,
    /// Detector ids or categories that it is meant to catch.
    pub covers: Vec<Spanned<String>>,
    /// What it is meant to catch, in words.
    pub catches: Option<Spanned<String>>,
}

/// A number, a truth value or words.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// Words.
    Text(String),
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Scalar::Int(n) => write!(f, "{n}"),
            Scalar::Float(n) => write!(f, "{n}"),
            Scalar::Bool(true) => f.write_str("yes"),
            Scalar::Bool(false) => f.write_str("no"),
            Scalar::Text(text) => f.write_str(text),
        }
    }
}

/// Why a facts file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {what}")]
pub struct FactsError {
    file: String,
    what: String,
}

impl FactsError {
    pub(crate) fn new(file: &str, what: String) -> Self {
        FactsError { file: file.to_owned(), what }
    }
}

/// Reads a facts file; `file` is its name.
///
/// # Errors
/// With line and column: bad YAML, an unknown entry, or a time that is none.
pub fn parse(yaml: &str, file: &str) -> Result<Facts, FactsError> {
    let error = |what: String| FactsError { file: file.to_owned(), what };
    if yaml.lines().all(|l| l.trim().is_empty() || l.trim_start().starts_with('#')) {
        return Ok(Facts { file: file.to_owned(), ..Facts::default() });
    }
    let mut facts: Facts = serde_saphyr::from_str(yaml).map_err(|e| error(hindcast_detect::yaml::explain(&e, yaml)))?;
    file.clone_into(&mut facts.file);
    let times = MARKS.iter().filter_map(|name| facts.mark(name)).filter_map(|m| m.at.as_ref());
    let changed = facts.changes.iter().flatten().filter_map(|c| c.at.as_ref());
    for at in times.chain(changed) {
        if at.value.trim().parse::<Timestamp>().is_err() {
            return Err(error(format!(
                "line {}: `{}` is not a time with a zone; write it as 2026-11-23T15:05:00+01:00 or 2026-11-23T14:05:00Z",
                at.referenced.line(),
                at.value
            )));
        }
    }
    check::check(&facts).map_err(error)?;
    findings::check(&facts).map_err(error)?;
    Ok(facts)
}

impl Facts {
    /// A statement that rests on one entry of the file.
    pub fn state(&self, entry: &str, line: u64, value: impl ToString, text: impl Into<String>) -> Statement {
        self.state_of(entry, entry, line, value, text)
    }

    /// When the policy's clock starts: when a person was aware, or else when it was reported, as who reports it is a person.
    pub fn clock(&self) -> Option<Timestamp> {
        let time = |mark: &Option<Mark>| mark.as_ref().and_then(Mark::time);
        time(&self.aware).or_else(|| time(&self.reported))
    }

    /// The same for an answer that stands in another entry: who reports it is aware.
    pub fn state_of(
        &self,
        stands_in: &str,
        entry: &str,
        line: u64,
        value: impl ToString,
        text: impl Into<String>,
    ) -> Statement {
        let file = self.file_of(stands_in);
        let basis = Basis::Fact { file: file.to_owned(), line, entry: entry.to_owned(), value: value.to_string() };
        Statement::new(Origin::Person(file.to_owned()), text, basis, [])
    }

    /// Names the kind of session, as an option of the program does; this outweighs the file's entry.
    pub fn choose_kind(&mut self, kind: SessionKind) {
        self.chosen = Some(kind);
    }

    /// The kind of session that a person named, and where; `None` where the program has to recognize it.
    pub fn session_kind(&self) -> Option<Recognized> {
        let chosen = self.chosen.map(|kind| Recognized { kind, why: "set with --kind".to_owned() });
        chosen.or_else(|| {
            let kind = self.kind.as_ref()?;
            let why = format!("set in {} line {}", self.file, kind.referenced.line());
            Some(Recognized { kind: kind.value, why })
        })
    }

    /// The name of the file that people's findings stand in.
    pub fn findings_file(&self) -> &str {
        self.file_of("findings")
    }

    /// A point, by the name of its entry.
    pub fn mark(&self, name: &str) -> Option<&Mark> {
        match name {
            "first_wrong_step" => self.first_wrong_step.as_ref(),
            "earliest_signal" => self.earliest_signal.as_ref(),
            "alerted" => self.alerted.as_ref(),
            "reported" => self.reported.as_ref(),
            "aware" => self.aware.as_ref(),
            "contained" => self.contained.as_ref(),
            "resolved" => self.resolved.as_ref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_lines_and_accepts_empty_entries() {
        let facts = parse(
            "reported:\n  at: 2026-11-23T15:05:00+01:00\n  by: caller\nimpact:\n  customers: 1\n  money:\n",
            "f.yaml",
        )
        .expect("valid");
        assert_eq!(facts.reported.as_ref().map(Mark::line), Some(2));
        let impact = facts.impact.expect("impact");
        assert_eq!(impact.customers.map(|c| (c.value.to_string(), c.referenced.line())), Some(("1".to_owned(), 5)));
        assert!(impact.money.is_none());
    }

    #[test]
    fn a_time_without_a_zone_is_refused_with_its_line() {
        let error = parse("aware:\n  at: 2026-11-23 15:05\n", "f.yaml").expect_err("no zone").to_string();
        assert!(error.contains("f.yaml: line 2"), "{error}");
    }

    #[test]
    fn the_kind_of_session_is_named_by_its_word() {
        let mut facts = parse("title: A\nkind: coding\n", "f.yaml").expect("valid");
        let told = |facts: &Facts| facts.session_kind().map(|k| (k.kind, k.why));
        assert_eq!(told(&facts), Some((SessionKind::Coding, "set in f.yaml line 2".to_owned())));
        facts.choose_kind(SessionKind::Voice);
        assert_eq!(told(&facts), Some((SessionKind::Voice, "set with --kind".to_owned())));
        assert_eq!(told(&parse("kind:\n", "f.yaml").expect("empty")), None);
        let error = parse("kind: codng\n", "f.yaml").expect_err("unknown").to_string();
        assert!(error.contains("line 1, column 7: unknown value `codng`. Did you mean `coding`?"), "{error}");
        assert!(error.contains("Allowed: service, coding, research, group, voice."), "{error}");
    }

    #[test]
    fn a_misspelt_entry_is_refused() {
        assert!(parse("reportd: {}\n", "f.yaml").is_err());
    }
}
