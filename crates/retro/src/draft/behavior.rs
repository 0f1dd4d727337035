//! Section 4: what the model did.

use crate::statement::{Quote, Statement, Verdict};
use hindcast_detect::finding::{Answer, Category, Outcome, RestsOn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Section 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Behavior {
    /// What went wrong.
    pub findings: Vec<FindingEntry>,
    /// What is worth checking: flags of rules that are not reliable enough in this kind of session. Nothing else in the
    /// retro depends on a lead.
    #[serde(default)]
    pub leads: Vec<FindingEntry>,
    /// What was checked, and the result.
    pub coverage: Vec<Coverage>,
}

/// A finding, or a lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingEntry {
    /// What happened, with quotes.
    pub statement: Statement,
    /// One line.
    pub title: String,
    /// The rule that flagged it, as the reliability table names it: `completion-unbacked`, or `completion-unbacked/state`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// How reliable the rule is in this kind of session, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reliability: String,
    /// True for a lead that a person promoted to a finding.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub promoted: bool,
    /// The category.
    #[schemars(with = "String")]
    pub category: Category,
    /// The other category that it may be.
    #[schemars(with = "Option<String>")]
    pub also: Option<Category>,
    /// The event, counted from 1.
    pub event: u32,
    /// Whether it reached anyone.
    #[schemars(with = "String")]
    pub outcome: Outcome,
    /// The consequence, as far as the trace shows.
    #[serde(default)]
    pub consequence: Consequence,
    /// What the finding assumes about the tools.
    #[serde(alias = "rests_on")]
    #[schemars(with = "serde_json::Value")]
    pub assumes: RestsOn,
    /// Events that might have supported the agent, and why they do not.
    pub considered: Vec<Considered>,
    /// The tools involved.
    pub tools: Vec<String>,
    /// One-off or class of failure: the share of eligible sessions with this failure, if it was measured.
    #[serde(alias = "reach")]
    pub prevalence: Prevalence,
}

/// The consequence of a failure, the least severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// It was stopped before it did anything.
    Averted,
    /// It causes no harm by itself.
    Minor,
    /// It was done or said, and retracted, undone or corrected within the session.
    Contained,
    /// Somebody was told something untrue, or acted upon, and nothing in the trace corrected it.
    #[default]
    #[serde(alias = "told")]
    NotContained,
    /// Secrets left, or somebody else's instruction was carried out.
    Exposed,
}

impl Behavior {
    /// Findings and leads, in this order.
    pub fn flags(&self) -> impl Iterator<Item = &FindingEntry> {
        self.findings.iter().chain(&self.leads)
    }

    /// The same, to change.
    pub fn flags_mut(&mut self) -> impl Iterator<Item = &mut FindingEntry> {
        self.findings.iter_mut().chain(&mut self.leads)
    }

    /// The finding that the retro is named after: the gravest that stands; among equals one that an operation hangs on,
    /// then the first one.
    pub fn lead(&self) -> Option<&FindingEntry> {
        self.standing().rev().max_by_key(|f| (f.consequence, !f.tools.is_empty()))
    }

    /// The first finding that was not stopped, or else the first one: there the incident begins.
    pub fn first(&self) -> Option<&FindingEntry> {
        self.standing().find(|f| f.consequence > Consequence::Averted).or_else(|| self.standing().next())
    }

    /// The findings that nobody dismissed, in order.
    fn standing(&self) -> impl DoubleEndedIterator<Item = &FindingEntry> {
        self.findings.iter().filter(|f| f.statement.verdict != Verdict::Rejected)
    }
}

impl FindingEntry {
    /// The title as the heading of a retro: no code in it, and a capital where it begins with an article.
    pub fn heading(&self) -> String {
        let plain = self.title.replace('`', "");
        match plain.strip_prefix("the ") {
            Some(rest) => format!("The {rest}"),
            None => plain,
        }
    }
}

/// An event that might have supported the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Considered {
    /// The event, counted from 1.
    pub event: u32,
    /// Why it does not.
    pub why: String,
    /// The relevant quote.
    pub quote: Option<Quote>,
}

/// One-off or class of failure?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Prevalence {
    /// Measured, with an interval.
    Measured(Statement),
    /// Not measured, and why.
    NotMeasured(String),
}

/// The result of one detector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// The detector's ID.
    pub detector: String,
    /// What it looks for.
    pub looks_for: String,
    /// found, leads, nothing_found, not_assessed or not_applicable.
    #[serde(alias = "answer")]
    #[schemars(with = "String")]
    pub result: Answer,
    /// Why something could not be assessed.
    pub not_assessed: Vec<String>,
}
