//! Section 7: what to do, proposed from a table.

use super::Context;
use crate::draft::{ActionCategory, ActionItem, Actions, Behavior, Contribution, FindingEntry, SystemAnswer};
use crate::statement::{Origin, Verdict, short_id};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    category: ActionCategory,
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

/// Proposes actions for the findings; one for each system question, whether that contributed or is unknown, since
/// what is unknown is not thereby fine.
pub fn build(_cx: &Context<'_>, behavior: &Behavior, system: &[SystemAnswer]) -> Actions {
    let mut items: Vec<ActionItem> = Vec::new();
    for finding in &behavior.findings {
        let detector = match &finding.statement.origin {
            Origin::Detector(name) => name.as_str(),
            _ => "default",
        };
        let Some(templates) = TABLE.by_detector.get(detector).or_else(|| TABLE.by_detector.get("default")) else {
            continue;
        };
        for (question, template) in templates {
            let ruled_out = system.iter().any(|a| a.question == *question && a.verdict == Contribution::DidNot);
            if !ruled_out {
                add(&mut items, question, template, finding);
            }
        }
    }
    let unseen = system.iter().any(|a| a.question == "monitoring" && a.verdict == Contribution::Contributed);
    if let (true, Some(template), Some(finding)) = (unseen, &TABLE.monitoring, behavior.findings.first()) {
        add(&mut items, "monitoring", template, finding);
    }
    Actions::new(items)
}

fn add(items: &mut Vec<ActionItem>, question: &str, template: &Template, finding: &FindingEntry) {
    let tool = finding.tools.first().map_or("the tool", String::as_str);
    let fill = |text: &str| {
        let named = text.replace("`{tool}`", &format!("`{tool}`"));
        if finding.tools.is_empty() { named.replace("`the tool`", "the tool") } else { named }
    };
    let title = fill(&template.title);
    if let Some(same) = items.iter_mut().find(|i| i.title == title) {
        same.findings.push(finding.statement.id.clone());
        return;
    }
    items.push(ActionItem {
        id: short_id("ac", &title),
        category: template.category,
        title,
        findings: vec![finding.statement.id.clone()],
        question: question.to_owned(),
        verification: fill(&template.verification),
        owner: None,
        due: None,
        origin: Origin::Analysis("actions".to_owned()),
        verdict: Verdict::Open,
        reason: None,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

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
