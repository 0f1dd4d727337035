//! One id for one statement: what shares its maker and its first words is told apart by the rest.

use crate::draft::{Draft, FindingEntry};
use crate::statement::{Basis, Statement, short_id};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What tells a flag from others: its statement, the rule that flagged it, its title.
pub type Flag<'f> = (&'f Statement, &'f str, &'f str);

/// The ids of flags, in their order. A flag that shares its id with no other one keeps it. Those that share one each get
/// another, made from what tells them apart and from nothing else, so that the order of the flags does not matter. None
/// of them keeps the shared one: nobody could say which of them an earlier decision meant.
pub fn ids(flags: &[Flag<'_>]) -> Vec<String> {
    let mut ids: Vec<String> = flags.iter().map(|(s, ..)| s.id.clone()).collect();
    let mut shared: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, (statement, ..)) in flags.iter().enumerate() {
        shared.entry(&statement.id).or_default().push(i);
    }
    for (id, group) in shared.into_iter().filter(|(_, group)| group.len() > 1) {
        let rest: Vec<String> = group.iter().map(|&i| rests_on(flags[i].0, flags[i].1)).collect();
        // Words may change with a version, so they only count where nothing else differs.
        let differ = rest.iter().collect::<BTreeSet<_>>().len() == rest.len();
        let mut twins: HashMap<String, usize> = HashMap::new();
        for (&i, rest) in group.iter().zip(&rest) {
            let (statement, _, title) = flags[i];
            let words = statement.original.as_ref().unwrap_or(&statement.text);
            let own = if differ { rest.clone() } else { format!("{rest}|{title}|{words}") };
            let nth = twins.entry(own.clone()).or_default();
            ids[i] = short_id("st", &format!("{id}|{own}|{nth}"));
            *nth += 1;
        }
    }
    ids
}

/// The rule and everything that a statement rests on, without the numbers that quotes have in one draft.
fn rests_on(statement: &Statement, rule: &str) -> String {
    let each = statement.basis().iter().map(|basis| match basis {
        Basis::Quote(q) => format!("{}|{}|{}-{}", q.evidence, q.locator, q.start, q.end),
        other => serde_json::to_string(other).unwrap_or_default(),
    });
    std::iter::once(rule.to_owned()).chain(each).collect::<Vec<_>>().join("|")
}

/// Gives each of some findings and leads an id of its own.
pub fn flags(mut entries: Vec<&mut FindingEntry>) {
    let all: Vec<Flag<'_>> = entries.iter().map(|f| (&f.statement, f.rule.as_str(), f.title.as_str())).collect();
    let ids = ids(&all);
    for (entry, id) in entries.iter_mut().zip(ids) {
        entry.statement.id = id;
    }
}

/// Does the same for all other statements of a draft, which say different things of the same words. What is told twice
/// in the same words is one statement.
pub fn others(draft: &mut Draft) {
    let flags: BTreeSet<String> = draft.behavior.flags().map(|f| f.statement.id.clone()).collect();
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, statement) in draft.statements() {
        texts.entry(statement.id.clone()).or_default().insert(statement.text.clone());
    }
    let shared = |s: &&mut Statement| !flags.contains(&s.id) && texts.get(&s.id).is_some_and(|t| t.len() > 1);
    for statement in draft.statements_mut().into_iter().filter(shared) {
        statement.id = short_id("st", &format!("{}|{}", statement.id, statement.text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::Origin;

    fn absent(sought: &str) -> Basis {
        Basis::Absence { sought: sought.to_owned(), from_event: 1, to_event: 4 }
    }

    fn said(more: &str) -> Statement {
        Statement::new(Origin::Detector("claimed-work".to_owned()), "The agent says so.", absent("a"), [absent(more)])
    }

    #[test]
    fn flags_that_share_an_id_get_one_each_in_any_order() {
        let (one, other, third) = (said("a commit"), said("a push"), said("a merge"));
        assert_eq!(one.id, other.id);
        let of = |all: &[&Statement]| ids(&all.iter().map(|s| (*s, "rule", "title")).collect::<Vec<_>>());
        assert_eq!(of(&[&one]), [one.id.as_str()], "a single one keeps its id");
        let both = of(&[&one, &other]);
        assert_ne!(both[0], both[1]);
        assert!(!both.contains(&one.id), "nobody can say which of them the shared id meant");
        assert_eq!(of(&[&other, &one]), [both[1].as_str(), both[0].as_str()]);
        assert_eq!(of(&[&third, &other, &one])[1..], [both[1].as_str(), both[0].as_str()], "whatever else there is");
    }

    #[test]
    fn words_tell_apart_what_rests_on_the_same() {
        let one = said("a commit");
        let all = ids(&[(&one, "rule", "first"), (&one, "rule", "second"), (&one, "rule", "second")]);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 3, "{all:?}");
    }
}
