//! The labels with which lines begin: today's first, then those of earlier versions.

/// The label of a verification.
pub const VERIFICATION: [&str; 2] = ["Verification:", "proven by:"];
/// The label of a counterfactual.
pub const COUNTERFACTUAL: [&str; 2] = ["Counterfactual:", "otherwise:"];
/// The label of the design coverage.
pub const DESIGN: [&str; 2] = ["design coverage:", "by design:"];

/// The words of a list item after its label.
pub fn after_label<'w>(words: &'w str, labels: &[&str]) -> &'w str {
    let said = words.trim().trim_start_matches("- ").trim();
    labels.iter().find_map(|label| said.strip_prefix(label)).unwrap_or(said).trim()
}
