//! Facts that contradict each other, or name what there is not.

use super::{Facts, Impact, Inventory, MARKS, Mark, Scalar};
use hindcast_detect::detectors;
use hindcast_detect::finding::Category;
use hindcast_detect::yaml::unknown;
use serde_saphyr::Spanned;

/// What cannot come before what: nobody contains what nobody knows of, and nothing is resolved that still happens.
pub const ORDERS: [(&str, &str); 6] = [
    ("first_wrong_step", "earliest_signal"),
    ("first_wrong_step", "aware"),
    ("first_wrong_step", "contained"),
    ("aware", "contained"),
    ("aware", "resolved"),
    ("contained", "resolved"),
];

/// Looks for the first contradiction; tells the lines, both values, and what to do.
pub fn check(facts: &Facts) -> Result<(), String> {
    for name in MARKS {
        if let Some(mark) = facts.mark(name) {
            never_and_when(name, mark)?;
        }
    }
    for (before, after) in ORDERS {
        in_order((before, facts.mark(before)), (after, facts.mark(after)))?;
    }
    if let Some(impact) = &facts.impact {
        counts(impact)?;
    }
    agreement(facts)?;
    for (name, list) in [("guards", &facts.guards), ("evals", &facts.evals), ("monitors", &facts.monitors)] {
        list.iter().flat_map(|l| &l.value).try_for_each(|item| inventory(name, item))?;
    }
    Ok(())
}

fn never_and_when(name: &str, mark: &Mark) -> Result<(), String> {
    match (&mark.at, &mark.never) {
        (Some(at), Some(never)) if never.value => Err(format!(
            "line {}: {name}.never is true, but {name}.at is {} (line {}). Keep the correct one.",
            never.referenced.line(),
            at.value,
            at.referenced.line()
        )),
        _ => Ok(()),
    }
}

fn in_order((before, earlier): (&str, Option<&Mark>), (after, later): (&str, Option<&Mark>)) -> Result<(), String> {
    let (Some(earlier), Some(later)) = (earlier, later) else { return Ok(()) };
    match (earlier.time(), later.time()) {
        (Some(first), Some(second)) if second < first => Err(format!(
            "line {}: {after}.at is {second}, before {before}.at, which is {first} (line {}). One of the two times is wrong; check their zones.",
            later.line(),
            earlier.line()
        )),
        _ => Ok(()),
    }
}

fn counts(impact: &Impact) -> Result<(), String> {
    for (name, count) in [("customers", &impact.customers), ("conversations", &impact.conversations)] {
        let Some(count) = count else { continue };
        if number(&count.value).is_some_and(|n| n < 0.0 || n.fract() != 0.0 || !n.is_finite()) {
            return Err(format!(
                "line {}: impact.{name} is {}; write how many there are as a whole number, 0 or more, or in words.",
                count.referenced.line(),
                count.value
            ));
        }
    }
    Ok(())
}

fn number(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Int(n) => Some(*n as f64),
        Scalar::Float(n) => Some(*n),
        Scalar::Text(text) => text.trim().parse().ok(),
        Scalar::Bool(_) => None,
    }
}

/// Impact, containment and the answers that decide the severity are told in two places.
fn agreement(facts: &Facts) -> Result<(), String> {
    let Some(severity) = &facts.severity else { return Ok(()) };
    let against = |entry: &str, answer: &Option<Spanned<bool>>, field: &str, told: Option<&Spanned<Scalar>>| {
        let (Some(answer), Some(told)) = (answer, told) else { return Ok(()) };
        let Some(some) = number(&told.value).map(|n| n > 0.0) else { return Ok(()) };
        if some == answer.value {
            return Ok(());
        }
        Err(format!(
            "line {}: severity.{entry} is {}, and impact.{field} is {} (line {}). Correct the one that is wrong.",
            answer.referenced.line(),
            answer.value,
            told.value,
            told.referenced.line()
        ))
    };
    let impact = facts.impact.as_ref();
    let customers = impact.and_then(|i| i.customers.as_ref());
    against("customer_impacting", &severity.customer_impacting, "customers", customers)?;
    against("financial", &severity.financial, "money", impact.and_then(|i| i.money.as_ref()))?;
    match (&severity.contained, facts.contained.as_ref().filter(|m| m.time().is_some())) {
        (Some(answer), Some(contained)) if !answer.value => Err(format!(
            "line {}: severity.contained is false, and contained.at has a time (line {}). Correct the one that is wrong.",
            answer.referenced.line(),
            contained.line()
        )),
        _ => Ok(()),
    }
}

/// What an item covers must be the id of a detector or a category, or nothing would ever match it.
fn inventory(list: &str, item: &Inventory) -> Result<(), String> {
    let categories = Category::ALL.map(Category::label);
    let known: Vec<&str> = detectors::ALL.iter().map(|d| d.id()).chain(categories).collect();
    for covered in &item.covers {
        let name = covered.value.trim();
        if !known.contains(&name) && !known.contains(&name.replace('_', " ").as_str()) {
            return Err(format!(
                "line {}, {list}.covers: {}",
                covered.referenced.line(),
                unknown("detector or category", name, &known)
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    fn refused(yaml: &str) -> String {
        parse(yaml, "f.yaml").expect_err("a contradiction").to_string()
    }

    #[test]
    fn contradictions_are_told_with_both_lines() {
        assert_eq!(
            refused("alerted:\n  at: 2026-11-23T15:05:00Z\n  never: true\n"),
            "f.yaml: line 3: alerted.never is true, but alerted.at is 2026-11-23T15:05:00Z (line 2). Keep the correct one."
        );
        let early = "aware:\n  at: 2026-11-23T15:05:00Z\ncontained:\n  at: 2026-11-23T15:00:00+01:00\n";
        assert!(refused(early).contains("line 4: contained.at is 2026-11-23T14:00:00Z, before aware.at"));
        let resolved = "contained:\n  at: 2026-11-23T15:05:00Z\nresolved:\n  at: 2026-11-22T15:00:00Z\n";
        assert!(refused(resolved).contains("before contained.at"));
        assert!(refused("impact:\n  customers: -3\n").contains("line 2: impact.customers is -3"));
        assert!(refused("impact:\n  customers: 1.5\n").contains("whole number"));
        let both = "impact:\n  customers: 12\nseverity:\n  customer_impacting: false\n";
        assert!(
            refused(both).contains("line 4: severity.customer_impacting is false, and impact.customers is 12 (line 2)")
        );
        let none = "impact:\n  customers: 0\nseverity:\n  customer_impacting: true\n";
        assert!(refused(none).contains("impact.customers is 0"));
        let open = "contained:\n  at: 2026-11-23T15:05:00Z\nseverity:\n  contained: false\n";
        assert!(refused(open).contains("severity.contained is false"));
    }

    #[test]
    fn what_is_covered_must_exist() {
        let told = refused("guards:\n  - name: g\n    covers: [secrets-disclosed]\n");
        let meant =
            "line 3, guards.covers: unknown detector or category `secrets-disclosed`. Did you mean `secret-disclosed`?";
        assert!(told.contains(meant), "{told}");
        for good in ["secret-disclosed", "hallucination", "refusal_failure", "refusal failure"] {
            assert!(parse(&format!("evals:\n  - covers: [{good}]\n"), "f.yaml").is_ok(), "{good}");
        }
    }

    #[test]
    fn what_agrees_is_taken() {
        let yaml = "aware:\n  at: 2026-11-23T15:05:00Z\ncontained:\n  at: 2026-11-23T16:00:00Z\nalerted:\n  never: true\nimpact:\n  customers: about a dozen\n  money: 0\nseverity:\n  customer_impacting: true\n  contained: true\n  financial: false\n";
        assert!(parse(yaml, "f.yaml").is_ok());
    }
}
