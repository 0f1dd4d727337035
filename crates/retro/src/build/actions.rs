//! Section 7: what to do, proposed from a table.

use super::Context;
use crate::draft::{ActionCategory, ActionItem, Actions, Behavior, Contribution, FindingEntry, SystemAnswer};
use crate::statement::{Origin, Verdict, short_id};
use hindcast_detect::finding::Category;
use hindcast_trace::model::{EventKind, Transport};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    category: ActionCategory,
    title: String,
    verification: String,
    /// The same where the failure stands in an answer, and no tool was involved.
    in_answer: Option<Words>,
    /// The same where every finding was seen in one way, by the path of its rule.
    #[serde(default)]
    by_path: BTreeMap<String, Words>,
    /// True for what asks for an error flag: not proposed where every failing call had one.
    #[serde(default)]
    unless_flagged: bool,
    /// True for what is proposed only where the question is known to have contributed.
    #[serde(default)]
    only_if_contributed: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    title: String,
    verification: String,
}

#[derive(Debug, Default, Deserialize)]
struct Table {
    monitoring: Option<Template>,
    /// The same where no detector finds the failure.
    monitoring_by_people: Option<Template>,
    /// Findings of people, by category.
    people: BTreeMap<Category, BTreeMap<String, Template>>,
    #[serde(flatten)]
    by_detector: BTreeMap<String, BTreeMap<String, Template>>,
}

// The file is part of the program, and a test reads it.
static TABLE: LazyLock<Table> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../data/actions.yaml")).unwrap_or_default());

/// Tools that one action names.
const NAMED: usize = 3;

/// Proposes actions for the findings that stand; one for each kind of failure and system question, whether that
/// contributed or is unknown, since what is unknown is not thereby fine. Those of dismissed findings alone follow: a
/// person may have taken one on.
pub fn build(cx: &Context<'_>, standing: &Behavior, all: &Behavior, system: &[SystemAnswer]) -> Actions {
    let mut items = proposed(cx, standing, system);
    if standing.findings.len() < all.findings.len() {
        let more: Vec<_> =
            proposed(cx, all, system).into_iter().filter(|a| !items.iter().any(|i| i.id == a.id)).collect();
        items.extend(more);
    }
    Actions::new(items)
}

fn proposed(cx: &Context<'_>, behavior: &Behavior, system: &[SystemAnswer]) -> Vec<ActionItem> {
    let mut items: Vec<ActionItem> = Vec::new();
    let mut kinds: Vec<Kind<'_>> = Vec::new();
    for finding in &behavior.findings {
        let kind = Kind::of(finding);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    for kind in kinds {
        let findings: Vec<&FindingEntry> = behavior.findings.iter().filter(|f| Kind::of(f) == kind).collect();
        for (question, template) in kind.templates().into_iter().flatten() {
            let verdict = system.iter().find(|a| a.question == *question).map(|a| a.verdict);
            let ruled_out = verdict == Some(Contribution::DidNot)
                || (template.only_if_contributed && verdict != Some(Contribution::Contributed));
            let flagged = template.unless_flagged && findings.iter().all(|f| is_flagged(cx, f));
            if !ruled_out && !flagged {
                items.push(item(&kind.name(), question, template, &findings, common_path(&findings)));
            }
        }
    }
    let unseen = system.iter().any(|a| a.question == "monitoring" && a.verdict == Contribution::Contributed);
    if let (true, Some(finding)) = (unseen, behavior.findings.first()) {
        // What a detector finds can be alerted on as it is.
        let by_detector = behavior.findings.iter().find(|f| !matches!(Kind::of(f), Kind::Person(_)));
        let (template, finding) = match by_detector {
            Some(found) => (&TABLE.monitoring, found),
            None => (&TABLE.monitoring_by_people, finding),
        };
        items.extend(template.iter().map(|t| item("monitoring", "monitoring", t, &[finding], None)));
    }
    items
}

/// What findings have in common that the same actions answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind<'f> {
    Detector(&'f str),
    Person(Category),
}

impl<'f> Kind<'f> {
    fn of(finding: &'f FindingEntry) -> Self {
        match &finding.statement.origin {
            Origin::Detector(name) => Kind::Detector(name),
            Origin::Analysis(_) | Origin::Person(_) => Kind::Person(finding.category),
        }
    }

    /// What to propose, by system question.
    fn templates(self) -> Option<&'static BTreeMap<String, Template>> {
        match self {
            Kind::Detector(name) => TABLE.by_detector.get(name),
            Kind::Person(category) => TABLE.people.get(&category),
        }
        .or_else(|| TABLE.by_detector.get("default"))
    }

    /// The name that an action's id is made from.
    fn name(self) -> String {
        match self {
            Kind::Detector(name) => name.to_owned(),
            Kind::Person(category) => format!("person {}", category.label()),
        }
    }
}

/// The path of the rule that saw every one of some findings; `None` where there are several.
fn common_path<'f>(findings: &[&'f FindingEntry]) -> Option<&'f str> {
    let mut paths = findings.iter().map(|f| f.rule.split_once('/').map(|(_, path)| path));
    let first = paths.next()??;
    paths.all(|p| p == Some(first)).then_some(first)
}

/// True if every failing result that a finding looked at was flagged as an error by its transport.
fn is_flagged(cx: &Context<'_>, entry: &FindingEntry) -> bool {
    let of = |event: u32| match &cx.session.event(event.saturating_sub(1)).kind {
        EventKind::ToolResult { transport, .. } => Some(*transport),
        _ => None,
    };
    let mut results = entry.considered.iter().filter_map(|c| of(c.event)).peekable();
    results.peek().is_some() && results.all(|t| t == Transport::Error)
}

fn item(kind: &str, question: &str, template: &Template, findings: &[&FindingEntry], path: Option<&str>) -> ActionItem {
    let mut tools: Vec<&str> = Vec::new();
    for tool in findings.iter().flat_map(|f| f.tools.first()) {
        if !tools.contains(&tool.as_str()) {
            tools.push(tool);
        }
    }
    let (title, verification) = match (&template.in_answer, path.and_then(|p| template.by_path.get(p))) {
        (_, Some(other)) => (&other.title, &other.verification),
        (Some(other), None) if tools.is_empty() => (&other.title, &other.verification),
        _ => (&template.title, &template.verification),
    };
    let named = list(&tools);
    let fill = |text: &str| text.replace("`{tool}`", &named);
    ActionItem {
        // The kind of failure and the question: the id stays when another tool fails in the same way.
        id: short_id("ac", &format!("{kind}|{question}")),
        category: template.category,
        label: None,
        done: false,
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

    #[test]
    fn every_path_with_words_of_its_own_is_a_rules() {
        let rules = hindcast_detect::reliability::rows();
        let mut seen = 0;
        for (detector, templates) in &TABLE.by_detector {
            for path in templates.values().flat_map(|t| t.by_path.keys()) {
                let rule = format!("{detector}/{path}");
                assert!(rules.iter().any(|r| r.rule == rule), "{rule}");
                seen += 1;
            }
        }
        assert!(seen > 0);
    }

    #[test]
    fn every_category_has_an_action_for_each_question_that_a_person_can_answer() {
        assert!(TABLE.monitoring_by_people.is_some());
        for category in Category::ALL {
            let templates = Kind::Person(category).templates().expect("templates");
            let questions: Vec<&str> = templates.keys().map(String::as_str).collect();
            let all = ["context", "eval_coverage", "guardrails", "permission_scope", "tool_design"];
            assert_eq!(questions, all, "{}", category.label());
            assert!(!templates.values().any(|t| crate::draft::prompt_only(&t.title)), "{}", category.label());
        }
    }
}
