//! A person's decision on a lead: it becomes a finding, it is dismissed, or it is open again.

use super::statements::NO_REASON;
use super::{EditFault, check};
use crate::draft::Draft;
use crate::statement::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadChoice {
    /// It is a finding; every section follows it.
    Promoted,
    /// It is no failure, for the reason given.
    Dismissed,
    /// Nobody has decided: takes a promotion or a dismissal back.
    Open,
}

/// A person's decision on a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadDecision {
    /// What becomes of it.
    pub decision: LeadChoice,
    /// Why; a dismissal needs it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What follows from a decision on a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadEffect {
    /// Nothing outside its section.
    Section,
    /// Other sections rest on it, so that the retro has to be drafted anew.
    Draft,
}

/// Decides on a lead, or on a finding that was one, and seals the draft again; `None` where there is no such lead.
///
/// # Errors
/// With every fault at once; then the draft is as it was.
pub fn decide_lead(draft: &mut Draft, id: &str, by: &LeadDecision) -> Result<Option<LeadEffect>, Vec<EditFault>> {
    let promoted = draft.behavior.findings.iter().any(|f| f.promoted && f.statement.id == id);
    let leads = draft.behavior.findings.iter_mut().filter(|f| f.promoted).chain(&mut draft.behavior.leads);
    let mut leads: Vec<_> = leads.filter(|l| l.statement.id == id).collect();
    if leads.is_empty() {
        return Ok(None);
    }
    let mut faults = Vec::new();
    let reason = check::optional("reason", by.reason.as_ref(), &mut faults);
    if by.decision == LeadChoice::Dismissed && reason.is_none() && faults.is_empty() {
        faults.push(EditFault::new("reason", NO_REASON));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    for lead in &mut leads {
        let statement = &mut lead.statement;
        (statement.verdict, statement.reason) = match by.decision {
            LeadChoice::Promoted => (Verdict::Confirmed, reason.clone()),
            LeadChoice::Dismissed => (Verdict::Rejected, reason.clone()),
            // Words that a person put in its place stay.
            LeadChoice::Open if statement.original.is_some() && !promoted => (Verdict::Edited, None),
            LeadChoice::Open => (Verdict::Open, None),
        };
    }
    crate::merge::seal(draft);
    let draft_anew = promoted || by.decision == LeadChoice::Promoted;
    Ok(Some(if draft_anew { LeadEffect::Draft } else { LeadEffect::Section }))
}
