//! What kind of line the eye sees, and whether it may be another one in a person's words.

use super::super::listed::Entry;
use super::super::marks::{alike, label, sketch};
use super::labels::{COUNTERFACTUAL, DESIGN, VERIFICATION};

/// From how many of 32 bits on two lines are the same one in other words: by chance it is one in fifteen.
const SIMILAR: u32 = 21;

/// What kind of line the eye sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Heading,
    Row,
    /// An action's box.
    Box,
    /// Belongs to the finding, lead or action above: with the kind of its mark.
    Child(&'static str),
    Decided,
    Counterfactual,
    /// The severity's line.
    Level,
    /// The verdict on a system question.
    System,
    Item,
    Nested,
    Text,
}

/// The kind of a line.
pub fn shape(line: &str) -> Shape {
    const BEGINNINGS: [(&[&str], Shape); 6] = [
        (&["Verdict:"], Shape::Child("verdict")),
        (&["Owner:"], Shape::Child("owner")),
        (&["Due:"], Shape::Child("due")),
        (&VERIFICATION, Shape::Child("proof")),
        (&["Decided:"], Shape::Decided),
        (&COUNTERFACTUAL, Shape::Counterfactual),
    ];
    let trimmed = line.trim_start();
    let item = trimmed.strip_prefix("- ");
    let words = item.unwrap_or(trimmed);
    if let Some((_, shape)) = BEGINNINGS.iter().find(|(labels, _)| labels.iter().any(|l| words.starts_with(l))) {
        return *shape;
    }
    match item {
        Some(words) if ["[ ]", "[x]", "[X]"].iter().any(|b| words.starts_with(b)) => Shape::Box,
        Some(_) if line.starts_with(' ') => Shape::Nested,
        Some(_) => Shape::Item,
        None if trimmed.starts_with('#') => Shape::Heading,
        None if trimmed.starts_with('|') => Shape::Row,
        None if trimmed.starts_with("**Proposed severity") || trimmed.starts_with("**Severity") => Shape::Level,
        None if trimmed.starts_with("**") && DESIGN.iter().any(|l| trimmed.contains(l)) => Shape::System,
        None => Shape::Text,
    }
}

/// The kind of mark that belongs to a finding, lead or action above it, and which.
pub fn child(mark: &str) -> Option<(&'static str, &str)> {
    let mut parts = mark.split(' ');
    let kind = parts.next()?;
    let kind = ["verdict", "owner", "due", "proof"].into_iter().find(|k| *k == kind)?;
    Some((kind, parts.next()?))
}

/// A line that a person added or changed, with what it is compared by.
pub struct Words {
    shape: Shape,
    label: Option<String>,
    sketch: u32,
}

impl Words {
    pub fn of(line: &str) -> Self {
        Words { shape: shape(line), label: label(line), sketch: sketch(line) }
    }
}

/// How likely a line is a listed one in a person's words; 0 for one that is not.
pub fn score(entry: &Entry, words: &Words) -> u32 {
    let alike = entry.sketch.map_or(0, |sketch| alike(sketch, words.sketch));
    let similar = if alike >= SIMILAR { alike } else { 0 };
    let Some(mark) = entry.mark.as_deref() else { return similar };
    let only = |shape: Shape| if words.shape == shape { 40 } else { 0 };
    match mark.split(' ').next().unwrap_or_default() {
        "severity" if mark == "severity level" => only(Shape::Level),
        "severity" => only(Shape::Decided),
        "system" if words.shape == Shape::Text => 10,
        "system" => only(Shape::System),
        "otherwise" if words.shape == Shape::Counterfactual => 40,
        kind if kind.starts_with("ac_") => {
            if words.shape == Shape::Box {
                similar
            } else {
                0
            }
        }
        // Another row may be about anything, and only its last cell would be kept.
        _ if entry.section == "timeline" => {
            if words.shape == Shape::Row {
                similar
            } else {
                0
            }
        }
        _ => match words.shape {
            Shape::Item | Shape::Text if words.label.is_some() && words.label == entry.label => 24 + alike,
            // What stands in the place of a line, under no other name, is that line written anew.
            Shape::Item | Shape::Text if words.label.is_none() => similar.max(10),
            Shape::Item | Shape::Text | Shape::Nested => similar,
            _ => 0,
        },
    }
}
