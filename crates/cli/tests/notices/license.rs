//! License expressions (SPDX), as far as crates use them: a choice of alternatives, or several that all hold.

/// The parts that all hold, each with its alternatives.
pub fn parts(expression: &str) -> Vec<Vec<&str>> {
    expression
        .split(" AND ")
        .map(|part| {
            let part = part.trim_matches(['(', ')']);
            part.split(" OR ").flat_map(|p| p.split('/')).map(str::trim).collect()
        })
        .collect()
}

/// True if each part has an alternative that is allowed.
pub fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    parts(expression).iter().all(|alternatives| alternatives.iter().any(|one| allowed.contains(one)))
}

/// True if Apache-2.0 alone is enough.
pub fn may_be_apache(expression: &str) -> bool {
    is_allowed(expression, &["Apache-2.0"])
}

#[test]
fn expressions_are_read_as_choices_of_parts_that_all_hold() {
    assert!(may_be_apache("MIT OR Apache-2.0") && may_be_apache("Apache-2.0 / MIT") && may_be_apache("MIT/Apache-2.0"));
    assert!(!may_be_apache("(MIT OR Apache-2.0) AND Unicode-3.0") && !may_be_apache("MIT") && !may_be_apache(""));
    assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0", &["MIT", "Unicode-3.0"]));
    assert!(!is_allowed("GPL-3.0", &["MIT"]) && is_allowed("GPL-3.0 OR MIT", &["MIT"]));
}
