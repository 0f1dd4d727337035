//! What people did to a retro that no statement holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Words that a person added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// The section's name, such as `impact`.
    pub section: String,
    /// Markdown, as written.
    pub text: String,
    /// The line of the written retro that it stands below; absent for the section's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Place>,
    /// True where a blank line stands before it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
    /// How many blank lines stand before it beyond that one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_above: u8,
    /// How many blank lines a person left behind it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub blank_below: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(lines: &u8) -> bool {
    *lines == 0
}

impl Note {
    /// A note at the end of a section.
    pub fn new(section: &str, text: impl Into<String>) -> Self {
        Note { section: section.to_owned(), text: text.into(), below: None, apart: true, more_above: 0, blank_below: 0 }
    }
}

/// A line of the written retro.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// What the line is known by: the id in its mark, else a short digest of its words.
    pub line: String,
    /// Which one of several that are known by the same, counted from 0.
    pub nth: u32,
}

/// Changes by hand to what is computed, and to the written document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ByHand {
    /// Texts that a person wrote in place of computed ones, by field: `system.tool_design.verdict`,
    /// `system.tool_design.coverage`, `system.tool_design.counterfactual`, `action.ac_….verification`,
    /// `action.ac_….category`, `action.ac_….label` (a person's own word for it), `action.ac_….question`, `action.ac_….findings` (ids with spaces between),
    /// `finding.st_….title`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub instead: BTreeMap<String, String>,
    /// Lines of the written retro that a person took out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Place>,
    /// Leads of the written retro that a person took out, by statement ID.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leads_removed: Vec<String>,
}

impl ByHand {
    /// True where nobody changed anything.
    pub fn is_empty(&self) -> bool {
        self.instead.is_empty() && self.removed.is_empty() && self.leads_removed.is_empty()
    }
}
