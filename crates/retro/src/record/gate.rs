//! What stands between a retro that is written and one that is approved.
//!
//! A list of small rules: a new one is a file here and a line in [`RULES`].

mod actions_complete;
mod actions_present;
mod bases_hold;
mod contributions_answered;
mod findings_decided;
mod not_prompt_only;
mod severity_set;
mod ticket_named;
mod unknown_asked;

use super::edit::Section;
use crate::draft::Draft;
use crate::verify;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the rules look at.
#[derive(Clone, Copy)]
pub struct GateInput<'a> {
    /// The retro.
    pub draft: &'a Draft,
    /// What became of its quotes; absent where the evidence is not at hand.
    pub check: Option<&'a verify::Check>,
    /// The incident's severity, where decided.
    pub level: Option<u8>,
    /// The ticket that tracks it, where one is named.
    pub ticket: Option<&'a str>,
}

/// One thing that a rule found wanting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RuleFault")]
pub struct Fault {
    /// Where.
    pub section: Section,
    /// The statement or action.
    pub id: Option<String>,
    /// What, in words.
    pub what: String,
}

impl Fault {
    fn new(section: Section, id: Option<&str>, what: impl Into<String>) -> Self {
        Fault { section, id: id.map(str::to_owned), what: what.into() }
    }
}

/// How much of a retro a severity asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// All seven sections.
    Full,
    /// A light retro, tracked in a ticket.
    Light,
    /// An entry of the near-miss log.
    LogEntry,
}

impl Form {
    /// The form that a severity asks for; without one, all of it.
    pub fn of(level: Option<u8>) -> Self {
        match level {
            Some(3) => Form::Light,
            Some(4) => Form::LogEntry,
            _ => Form::Full,
        }
    }
}

/// Something that must hold before a retro is approved.
pub trait Rule: Sync {
    /// A stable id, such as `bases-hold`.
    fn id(&self) -> &'static str;
    /// What it asks, as a sentence that is true when it holds.
    fn asks(&self) -> &'static str;
    /// Whether it is asked of a retro of this form.
    fn applies(&self, form: Form) -> bool;
    /// What does not hold; empty where all does.
    fn check(&self, input: &GateInput<'_>) -> Vec<Fault>;
}

/// Every rule, in the order in which people read them.
pub static RULES: &[&dyn Rule] = &[
    &bases_hold::BasesHold,
    &findings_decided::FindingsDecided,
    &severity_set::SeveritySet,
    &unknown_asked::UnknownAsked,
    &contributions_answered::ContributionsAnswered,
    &actions_present::ActionsPresent,
    &actions_complete::ActionsComplete,
    &not_prompt_only::NotPromptOnly,
    &ticket_named::TicketNamed,
];

/// What one rule said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Checked {
    /// Its id.
    pub rule: &'static str,
    /// What it asks.
    pub asks: &'static str,
    /// What does not hold; empty where all does.
    pub faults: Vec<Fault>,
}

/// Asks every rule that applies to the form that the severity asks for.
pub fn check(input: &GateInput<'_>) -> Vec<Checked> {
    let form = Form::of(input.level);
    let asked = RULES.iter().filter(|rule| rule.applies(form));
    asked.map(|rule| Checked { rule: rule.id(), asks: rule.asks(), faults: rule.check(input) }).collect()
}

#[cfg(test)]
mod tests;
