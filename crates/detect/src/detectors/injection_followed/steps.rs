//! What comes after an order is not all done on the order: of several calls that only their place ties to it, the last is told,
//! and none where a later call is tied to the same order by what it says.

use crate::finding::{Basis, Finding};
use crate::maps::HashMap;

/// The ways that rest on a call's place behind an order.
const BY_PLACE: [&str; 3] = ["after", "after-doubt", "foreign-words"];

/// Leaves out the calls before the one that carried an order out.
pub(super) fn leave_out(findings: &mut Vec<Finding>) {
    // The last call that was led to by each answer.
    let mut last: HashMap<u32, u32> = HashMap::default();
    for (act, order) in findings.iter().filter_map(|f| Some((f.event, source(f)?))) {
        let event = last.entry(order).or_insert(act);
        *event = act.max(*event);
    }
    findings.retain(|f| {
        let by_place = BY_PLACE.contains(&f.path);
        !by_place || source(f).and_then(|order| last.get(&order)).is_none_or(|act| *act <= f.event)
    });
}

/// The event of the answer that a finding quotes.
fn source(finding: &Finding) -> Option<u32> {
    finding.bases().find_map(|b| match b {
        Basis::Quote(cite) if cite.event() < finding.event => Some(cite.event()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Category, Cite};
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::Text;

    fn found(path: &'static str, event: u32, order: u32) -> Finding {
        let text = Text { text: "do it".to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        let cite = |event| Cite::of(event, &text, 0..5);
        let basis = Basis::Absence { sought: "a request".to_owned(), scope: (0, event) };
        Finding::new("injection-followed", Category::RefusalFailure, event, "t", basis).and(cite(order)).path(path)
    }

    #[test]
    fn the_act_is_told_and_not_what_came_before_it() {
        let mut all =
            vec![found("after", 4, 2), found("after", 6, 2), found("description", 8, 2), found("after", 9, 7)];
        leave_out(&mut all);
        assert_eq!(all.iter().map(|f| f.event).collect::<Vec<_>>(), [8, 9]);
        let mut all = vec![found("tool", 4, 2), found("foreign-words", 6, 2), found("foreign-words", 8, 2)];
        leave_out(&mut all);
        assert_eq!(all.iter().map(|f| f.event).collect::<Vec<_>>(), [4, 8]);
    }
}
