//! Section 7: action items.

use crate::statement::{Origin, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The four categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionCategory {
    /// Cases for the failure pattern.
    Eval,
    /// Tool surfaces that cannot be misread.
    Tooling,
    /// Input or output checks.
    Guardrails,
    /// Escalation, monitoring, human review.
    Process,
}

impl ActionCategory {
    /// A category as a person writes it; `None` for other words.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word.trim().to_lowercase().as_str() {
            "eval" | "evals" => ActionCategory::Eval,
            "tooling" | "tool" => ActionCategory::Tooling,
            "guardrails" | "guardrail" => ActionCategory::Guardrails,
            "process" => ActionCategory::Process,
            _ => return None,
        })
    }

    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            ActionCategory::Eval => "eval",
            ActionCategory::Tooling => "tooling",
            ActionCategory::Guardrails => "guardrails",
            ActionCategory::Process => "process",
        }
    }
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActionItem {
    /// Stable ID.
    pub id: String,
    /// The category.
    pub category: ActionCategory,
    /// A person's own word for the category, such as `docs`; shown in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// True if a person checked it off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
    /// What to do.
    pub title: String,
    /// The findings that it addresses, by statement ID.
    pub findings: Vec<String>,
    /// The system question that it addresses.
    pub question: String,
    /// The verification: what shows that the action is done.
    pub verification: String,
    /// The owner.
    #[serde(default)]
    pub owner: Option<String>,
    /// The due date.
    #[serde(default)]
    pub due: Option<String>,
    /// Who proposed it.
    pub origin: Origin,
    /// What a person decided.
    #[serde(default)]
    pub verdict: Verdict,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The original title, if a person edited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

impl ActionItem {
    /// The category as people call it.
    pub fn label(&self) -> &str {
        self.label.as_deref().unwrap_or_else(|| self.category.label())
    }
}

/// Section 7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actions {
    /// The items.
    pub items: Vec<ActionItem>,
    /// Why the set is inadequate, if it is.
    pub inadequate: Option<String>,
}

impl Actions {
    /// A set, judged.
    pub fn new(items: Vec<ActionItem>) -> Self {
        let live: Vec<_> = items.iter().filter(|i| i.verdict != Verdict::Rejected).collect();
        let only = !live.is_empty() && live.iter().all(|i| prompt_only(&i.title));
        let inadequate = only.then(|| {
            "Every action only changes the prompt. Prompts drift; structural fixes do not. Add an action in tooling, eval or guardrails.".to_owned()
        });
        Actions { items, inadequate }
    }
}

/// True for an action that changes nothing but the instructions to the model.
pub fn prompt_only(title: &str) -> bool {
    let title = title.to_lowercase();
    let says_prompt =
        ["prompt", "instruction", "wording", "tell the model", "tell the agent", "remind the", "ask the model"]
            .iter()
            .any(|w| title.contains(w));
    let structural = [
        "schema",
        "enum",
        "guard",
        "check ",
        "eval",
        "test",
        "validate",
        "block",
        "structured",
        "field",
        "contract",
        "monitor",
        "alert",
        "permission",
        "scope",
        "confirmation step",
        "review",
        "lint",
    ];
    says_prompt && !structural.iter().any(|w| title.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_prompt_changes_from_structural_ones() {
        assert!(prompt_only("Improve the system prompt"));
        assert!(prompt_only("Tell the model not to say processed"));
        assert!(!prompt_only("Add an eval case for the prompt"));
        assert!(!prompt_only("Return a structured status from `refund`"));
    }
}
