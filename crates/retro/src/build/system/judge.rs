//! What an inventory of guards, suites or monitors says about a failure.

use super::named;
use crate::draft::{Behavior, Contribution, DesignCoverage};
use crate::facts::{Facts, Inventory};
use crate::statement::{Origin, Statement};
use serde_saphyr::Spanned;

/// True when this guard, suite or monitor is meant to catch one of the findings, by detector or category.
pub fn covers(item: &Inventory, behavior: &Behavior) -> bool {
    behavior.findings.iter().any(|finding| {
        let detector = match &finding.statement.origin {
            Origin::Detector(name) => name.as_str(),
            _ => "",
        };
        let category = finding.category.label();
        item.covers
            .iter()
            .map(|c| c.value.trim())
            .any(|c| c == detector || c == category || c.replace('_', " ") == category)
    })
}

/// Verdict and design coverage from an inventory that a person gave: what is listed, and what of it was meant to
/// catch this. It contributed either way: nothing was meant to, or what was meant to did not.
pub fn from_inventory(
    facts: &Facts,
    entry: &str,
    what: &str,
    items: &Spanned<Vec<Inventory>>,
    behavior: &Behavior,
) -> (Contribution, DesignCoverage, Vec<Statement>) {
    let mut statements = Vec::new();
    let mut meant = false;
    for item in &items.value {
        let Some((name, line)) = named(item) else { continue };
        let catches = item.catches.as_ref().map_or(String::new(), |c| format!(" ({})", c.value));
        let text = if covers(item, behavior) {
            meant = true;
            format!("The {what} `{name}` is meant to catch this but did not{catches}")
        } else {
            format!("The {what} `{name}` does not cover this{catches}")
        };
        statements.push(facts.state(entry, line, name, text));
    }
    if items.value.is_empty() {
        statements.push(facts.state(entry, items.referenced.line(), "[]", format!("There is no {what}")));
    }
    if behavior.findings.is_empty() {
        return (Contribution::Unknown, DesignCoverage::Unknown, statements);
    }
    let coverage = if meant { DesignCoverage::Specified } else { DesignCoverage::NotSpecified };
    (Contribution::Contributed, coverage, statements)
}
