//! What a detector says, and what it rests on.

use crate::kind::SessionKind;
use crate::reliability::{self, Tier};
use hindcast_trace::locator::Loc;
use hindcast_trace::model::Text;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The five categories of product behaviour that went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Generated information that was not in the input or memory.
    Hallucination,
    /// Misread the input or the instruction.
    Misinterpretation,
    /// Wrong tool, or right tool with wrong arguments.
    ToolMisuse,
    /// Failed to refuse what it should have refused.
    RefusalFailure,
    /// Generated content that violates a safety policy.
    SafetyViolation,
}

impl Category {
    /// All of them.
    pub const ALL: [Category; 5] = [
        Category::Hallucination,
        Category::Misinterpretation,
        Category::ToolMisuse,
        Category::RefusalFailure,
        Category::SafetyViolation,
    ];

    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            Category::Hallucination => "hallucination",
            Category::Misinterpretation => "misinterpretation",
            Category::ToolMisuse => "tool misuse",
            Category::RefusalFailure => "refusal failure",
            Category::SafetyViolation => "safety violation",
        }
    }
}

/// A quoted span of one text of the trace. Cannot be made for a span that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cite {
    event: u32,
    loc: Loc,
    start: usize,
    text: String,
}

impl Cite {
    /// Quotes the bytes `range` of a text of `event`; `None` where that is empty, outside, or cuts a character.
    pub fn of(event: u32, text: &Text, range: Range<usize>) -> Option<Self> {
        let quoted = text.text.get(range.clone()).filter(|q| !q.is_empty())?;
        Some(Cite { event, loc: text.loc, start: range.start, text: quoted.to_owned() })
    }

    /// Quotes a whole text; `None` when it is empty.
    pub fn whole(event: u32, text: &Text) -> Option<Self> {
        Self::of(event, text, 0..text.text.len())
    }

    /// The event that holds the text.
    pub fn event(&self) -> u32 {
        self.event
    }

    /// Where the text stands.
    pub fn loc(&self) -> Loc {
        self.loc
    }

    /// The quoted bytes' place in the decoded text.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// The quoted text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// What a statement rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// Something that stands in the trace.
    Quote(Cite),
    /// Something that does not: what was searched for and where. Gaps in that scope forbid this basis.
    Absence {
        /// What was looked for, for people.
        sought: String,
        /// The events searched, first and last.
        scope: (u32, u32),
    },
}

impl From<Cite> for Basis {
    fn from(cite: Cite) -> Self {
        Basis::Quote(cite)
    }
}

/// Whether the failure reached anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing in the trace stopped or mended it.
    Unmitigated,
    /// A tool rejected it, or the agent recovered: worth learning from, but nobody was harmed.
    NearMiss,
}

/// What a finding took for granted about the tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "what")]
pub enum RestsOn {
    /// A contract that a person wrote.
    Contract(String),
    /// A built-in assumption, spelled out.
    Assumption(String),
    /// Nothing but the trace itself.
    #[serde(rename = "nothing", alias = "trace")]
    Trace,
}

/// Something that might have backed the agent, and why it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    /// The event looked at.
    pub event: u32,
    /// Why it does not back what the agent said or did.
    pub why: String,
    /// The telling part of it.
    pub cite: Option<Cite>,
}

/// A failure that a detector sees. There is no way to make one without a basis.
///
/// Whether people are shown it as a finding or as a lead is decided by [`crate::reliability`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The detector's id.
    pub detector: &'static str,
    /// Which of the detector's ways to see it: each has a row of its own in the reliability table. Empty where the
    /// detector has one way only.
    pub path: &'static str,
    /// The category.
    pub category: Category,
    /// The other category it may be, where a person has to decide.
    pub also: Option<Category>,
    /// The event that is wrong.
    pub event: u32,
    /// One line, for a heading.
    pub title: String,
    /// What exactly, in a sentence or two.
    pub detail: String,
    /// Whether it reached anybody.
    pub outcome: Outcome,
    /// What was taken for granted.
    pub rests_on: RestsOn,
    /// What was looked at and does not help the agent.
    pub considered: Vec<Considered>,
    /// Tools involved, by name.
    pub tools: Vec<String>,
    basis: Basis,
    more: Vec<Basis>,
}

impl Finding {
    /// A finding at `event`, resting on `basis`.
    pub fn new(
        detector: &'static str,
        category: Category,
        event: u32,
        title: impl Into<String>,
        basis: impl Into<Basis>,
    ) -> Self {
        Finding {
            detector,
            path: "",
            category,
            also: None,
            event,
            title: title.into(),
            detail: String::new(),
            outcome: Outcome::Unmitigated,
            rests_on: RestsOn::Trace,
            considered: Vec::new(),
            tools: Vec::new(),
            basis: basis.into(),
            more: Vec::new(),
        }
    }

    /// Says by which of the detector's ways it was seen.
    #[must_use]
    pub fn path(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    /// The rule's name in the reliability table: `completion-unbacked`, or `completion-unbacked/state`.
    pub fn rule(&self) -> String {
        match self.path {
            "" => self.detector.to_owned(),
            path => format!("{}/{path}", self.detector),
        }
    }

    /// Says what exactly.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Adds another basis, where there is one.
    #[must_use]
    pub fn and(mut self, basis: Option<impl Into<Basis>>) -> Self {
        self.more.extend(basis.map(Into::into));
        self
    }

    /// Says whether it reached anybody.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Says what was taken for granted.
    #[must_use]
    pub fn rests_on(mut self, on: RestsOn) -> Self {
        self.rests_on = on;
        self
    }

    /// Names a second category that it may be.
    #[must_use]
    pub fn or(mut self, category: Category) -> Self {
        self.also = Some(category);
        self
    }

    /// Names a tool involved.
    #[must_use]
    pub fn tool(mut self, name: &str) -> Self {
        if !self.tools.iter().any(|t| t == name) {
            self.tools.push(name.to_owned());
        }
        self
    }

    /// Everything it rests on; never empty.
    pub fn bases(&self) -> impl Iterator<Item = &Basis> {
        std::iter::once(&self.basis).chain(&self.more)
    }

    /// Takes over what another finding rests on.
    pub(crate) fn absorb(&mut self, other: Finding) {
        let Finding { basis, more, considered, tools, .. } = other;
        for one in std::iter::once(basis).chain(more) {
            if self.basis != one && !self.more.contains(&one) {
                self.more.push(one);
            }
        }
        self.considered.extend(considered);
        for tool in tools.into_iter().filter(|t| !self.tools.contains(t)).collect::<Vec<_>>() {
            self.tools.push(tool);
        }
    }

    /// Puts other cites in place of those that a function has another one for.
    pub(crate) fn map_cites(&mut self, mut of: impl FnMut(&Cite) -> Option<Cite>) {
        let bases = std::iter::once(&mut self.basis).chain(&mut self.more);
        let cites = bases.filter_map(|b| if let Basis::Quote(cite) = b { Some(cite) } else { None });
        for cite in cites.chain(self.considered.iter_mut().filter_map(|c| c.cite.as_mut())) {
            if let Some(other) = of(cite) {
                *cite = other;
            }
        }
    }

    /// The first quote among the bases.
    pub fn quote(&self) -> Option<&Cite> {
        self.bases().find_map(|b| if let Basis::Quote(c) = b { Some(c) } else { None })
    }
}

/// What a detector could not judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAssessed {
    /// The event concerned, where it is one.
    pub event: Option<u32>,
    /// Why.
    pub why: String,
}

/// What a detector says of one session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// True when the session holds what the detector is about.
    pub eligible: bool,
    /// The failures that are reliable enough to act on. A detector puts everything it sees here; [`sort`](Self::sort)
    /// moves what is less reliable to the leads.
    pub findings: Vec<Finding>,
    /// What is worth a look and not reliable enough for more.
    pub leads: Vec<Finding>,
    /// What could not be judged; never to be read as clean.
    pub not_assessed: Vec<NotAssessed>,
}

/// A report in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// There are findings.
    Found,
    /// There are leads and no findings.
    Leads,
    /// Eligible, judged, and nothing found.
    #[serde(alias = "clean")]
    NothingFound,
    /// Something could not be judged, and nothing was found.
    NotAssessed,
    /// The session holds nothing of the kind, or the rule does not apply to this kind of session.
    #[serde(alias = "not_eligible")]
    NotApplicable,
}

/// So many notes back, the same one is looked for.
const NOTES: usize = 256;

impl Report {
    /// Notes something that cannot be judged.
    pub fn skip(&mut self, event: Option<u32>, why: impl Into<String>) {
        let note = NotAssessed { event, why: why.into() };
        // What is noted twice is noted close together; a look through all notes for each would take the square of a session.
        if !self.not_assessed.iter().rev().take(NOTES).any(|n| *n == note) {
            self.not_assessed.push(note);
        }
    }

    /// Moves to the leads what is not reliable enough, in this kind of session, to be a finding.
    pub fn sort(&mut self, kind: SessionKind) {
        let flagged = std::mem::take(&mut self.findings);
        let (findings, leads): (Vec<_>, Vec<_>) =
            flagged.into_iter().partition(|f| reliability::tier(&f.rule(), kind) == Tier::Finding);
        self.findings = findings;
        self.leads.extend(leads);
    }

    /// Findings and leads, in this order.
    pub fn flags(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().chain(&self.leads)
    }

    /// The report in one word.
    pub fn answer(&self) -> Answer {
        match self {
            Report { findings, .. } if !findings.is_empty() => Answer::Found,
            Report { leads, .. } if !leads.is_empty() => Answer::Leads,
            Report { not_assessed, .. } if !not_assessed.is_empty() => Answer::NotAssessed,
            Report { eligible: true, .. } => Answer::NothingFound,
            _ => Answer::NotApplicable,
        }
    }
}

/// "a", "a and b", "a, b, and c".
pub(crate) fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [all @ .., last] => format!("{}, and {last}", all.join(", ")),
    }
}
