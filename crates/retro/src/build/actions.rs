//! Section 7: what to do, proposed from a table.

use super::Context;
use crate::draft::{ActionCategory, ActionItem, Actions, Behavior, Contribution, FindingEntry, SystemAnswer};
use crate::statement::{Origin, Verdict, short_id};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    category: ActionCategory,
    title: String,
    verification: String,
    /// The same where the failure stands in an answer, and no tool was involved.
    in_answer: Option<InAnswer>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct InAnswer {
    title: String,
    verification: String,
}

#[derive(Debug, Deserialize)]
struct Table {
    monitoring: Option<Template>,
    #[serde(flatten)]
    by_detector: BTreeMap<String, BTreeMap<String, Template>>,
}

// The file is part of the program, and a test reads it.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("../../data/actions.yaml"))
        .unwrap_or_else(|_| Table { monitoring: None, by_detector: BTreeMap::new() })
});

/// Tools that one action names.
const NAMED: usize = 3;

/// Proposes actions for the findings; one for each kind of failure and system question, whether that contributed or is
/// unknown, since what is unknown is not thereby fine.
pub fn build(_cx: &Context<'_>, behavior: &Behavior, system: &[SystemAnswer]) -> Actions {
    let mut items: Vec<ActionItem> = Vec::new();
    let mut detectors: Vec<&str> = behavior.findings.iter().map(detector).collect();
    let mut seen = BTreeSet::new();
    detectors.retain(|d| seen.insert(*d));
    for name in detectors {
        let findings: Vec<&FindingEntry> = behavior.findings.iter().filter(|f| detector(f) == name).collect();
        let Some(templates) = TABLE.by_detector.get(name).or_else(|| TABLE.by_detector.get("default")) else {
            continue;
        };
        for (question, template) in templates {
            let ruled_out = system.iter().any(|a| a.question == *question && a.verdict == Contribution::DidNot);
            if !ruled_out {
                items.push(item(name, question, template, &findings));
            }
        }
    }
    let unseen = system.iter().any(|a| a.question == "monitoring" && a.verdict == Contribution::Contributed);
    if let (true, Some(template), Some(finding)) = (unseen, &TABLE.monitoring, behavior.findings.first()) {
        items.push(item("monitoring", "monitoring", template, &[finding]));
    }
    Actions::new(items)
}

fn detector(finding: &FindingEntry) -> &str {
    match &finding.statement.origin {
        Origin::Detector(name) => name,
        _ => "default",
    }
}

fn item(detector: &str, question: &str, template: &Template, findings: &[&FindingEntry]) -> ActionItem {
    let mut tools: Vec<&str> = Vec::new();
    for tool in findings.iter().flat_map(|f| f.tools.first()) {
        if !tools.contains(&tool.as_str()) {
            tools.push(tool);
        }
    }
    let (title, verification) = match &template.in_answer {
        Some(other) if tools.is_empty() => (&other.title, &other.verification),
        _ => (&template.title, &template.verification),
    };
    let named = list(&tools);
    let fill = |text: &str| text.replace("`{tool}`", &named);
    ActionItem {
        // The kind of failure and the question: the id stays when another tool fails in the same way.
        id: short_id("ac", &format!("{detector}|{question}")),
        category: template.category,
        title: fill(title),
        findings: findings.iter().map(|f| f.statement.id.clone()).collect(),
        question: question.to_owned(),
        verification: fill(verification),
        owner: None,
        due: None,
        origin: Origin::Analysis("actions".to_owned()),
        verdict: Verdict::Open,
        reason: None,
        original: None,
    }
}

/// "`a`", "`a` and `b`", "`a`, `b`, `c` and 4 others".
fn list(tools: &[&str]) -> String {
    let quoted: Vec<String> = tools.iter().take(NAMED).map(|t| format!("`{t}`")).collect();
    let more = tools.len().saturating_sub(NAMED);
    match (&quoted[..], more) {
        ([], _) => "the tool".to_owned(),
        ([all @ .., last], 0) if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        (all, 0) => all.join(", "),
        (all, more) => format!("{} and {}", all.join(", "), super::plural(more, "other", "others")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_listed_as_people_do() {
        assert_eq!(list(&[]), "the tool");
        assert_eq!(list(&["a"]), "`a`");
        assert_eq!(list(&["a", "b"]), "`a` and `b`");
        assert_eq!(list(&["a", "b", "c", "d", "e"]), "`a`, `b`, `c` and 2 others");
    }

    #[test]
    fn every_detector_has_structural_actions() {
        assert!(TABLE.monitoring.is_some());
        for detector in hindcast_detect::detectors::ALL {
            let templates = TABLE.by_detector.get(detector.id());
            let templates = templates.unwrap_or_else(|| panic!("{} has no actions", detector.id()));
            assert!(!templates.values().all(|t| crate::draft::prompt_only(&t.title)), "{}", detector.id());
        }
    }
}
