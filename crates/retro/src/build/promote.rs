//! What people decided about findings and leads before the sections are computed, since these rest on findings: leads
//! that they promoted, and findings that they dismissed.

use super::behavior::statement;
use super::cite::Citer;
use super::distinct;
use crate::draft::FindingEntry;
use crate::statement::fingerprint;
use hindcast_detect::finding::{Finding, Report};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What people hold to be findings, whatever the program holds it for, and what they do not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Promotions {
    decided: Vec<Decided>,
    dismissed: Vec<Decided>,
}

/// A decision on a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decided {
    /// The statement's id.
    id: String,
    /// What to know the statement by, should its id have changed.
    fingerprint: Option<String>,
}

impl Promotions {
    /// Adds a statement that is a finding, by its id and its fingerprint.
    pub fn add(&mut self, id: &str, fingerprint: Option<&str>) {
        self.decided.push(Decided { id: id.to_owned(), fingerprint: fingerprint.map(str::to_owned) });
    }

    /// Adds a statement that is none.
    pub fn dismiss(&mut self, id: &str, fingerprint: Option<&str>) {
        self.dismissed.push(Decided { id: id.to_owned(), fingerprint: fingerprint.map(str::to_owned) });
    }

    /// The ids of the findings that were dismissed.
    pub fn dismissed(&self, findings: &[FindingEntry]) -> HashSet<String> {
        let marks: Vec<_> = findings.iter().map(|f| (f.statement.id.clone(), fingerprint(&f.statement))).collect();
        among(&self.dismissed, &marks)
    }
}

/// The ids of the flags that decisions are about: by id, and where that is gone, by the words, as far as they tell which
/// flag was meant.
fn among(decided: &[Decided], flags: &[(String, String)]) -> HashSet<String> {
    let present: HashSet<&str> = flags.iter().map(|(id, _)| id.as_str()).collect();
    let (here, gone): (Vec<_>, Vec<_>) = decided.iter().partition(|d| present.contains(d.id.as_str()));
    let mut meant: HashSet<String> = here.into_iter().map(|d| d.id.clone()).collect();
    let mut by_print: HashMap<&str, Vec<&str>> = HashMap::new();
    for (id, print) in flags.iter().filter(|(id, _)| !meant.contains(id)) {
        by_print.entry(print).or_default().push(id);
    }
    let moved = gone.iter().filter_map(|d| match by_print.get(d.fingerprint.as_deref()?)?[..] {
        [one] => Some(one.to_owned()),
        _ => None,
    });
    meant.extend(moved.collect::<Vec<_>>());
    meant
}

/// What the reports say, parted.
pub struct Parted<'a> {
    /// Findings, with the leads that a person promoted, in order of the events.
    pub findings: Vec<&'a Finding>,
    /// The other leads, in order of the events.
    pub leads: Vec<&'a Finding>,
    /// The statements' ids of the promoted ones.
    pub promoted: BTreeSet<String>,
}

/// Parts the flags of reports; `citer` is one of its own, so that no number of a quote depends on a promotion.
pub fn part<'a>(
    reports: impl Iterator<Item = &'a Report> + Clone,
    promotions: &Promotions,
    mut citer: Citer<'_>,
) -> Parted<'a> {
    let mut findings: Vec<&Finding> = reports.clone().flat_map(|r| &r.findings).collect();
    let mut leads: Vec<&Finding> = reports.flat_map(|r| &r.leads).collect();
    let mut promoted = BTreeSet::new();
    if !promotions.decided.is_empty() {
        let marks = marks(findings.iter().chain(&leads), &mut citer);
        let meant = among(&promotions.decided, &marks);
        let mut rest = Vec::new();
        for (lead, (id, _)) in leads.into_iter().zip(marks.into_iter().skip(findings.len())) {
            if meant.contains(&id) {
                promoted.insert(id);
                findings.push(lead);
            } else {
                rest.push(lead);
            }
        }
        leads = rest;
    }
    findings.sort_by_key(|f| f.event);
    leads.sort_by_key(|f| f.event);
    Parted { findings, leads, promoted }
}

/// The id and the fingerprint of each flag; empty for one without a basis.
fn marks<'a>(flags: impl Iterator<Item = &'a &'a Finding>, citer: &mut Citer<'_>) -> Vec<(String, String)> {
    let all: Vec<_> = flags.map(|f| (statement(citer, f), f.rule(), f.title.as_str())).collect();
    let stated: Vec<_> = all.iter().filter_map(|(s, rule, title)| Some((s.as_ref()?, rule.as_str(), *title))).collect();
    let mut ids = distinct::ids(&stated).into_iter();
    let of = |s: &Option<_>| s.as_ref().and_then(|s| Some((ids.next()?, fingerprint(s)))).unwrap_or_default();
    all.iter().map(|(s, ..)| s).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(id, print)| ((*id).to_owned(), (*print).to_owned())).collect()
    }

    fn among(decided: &[(&str, Option<&str>)], all: &[(&str, &str)]) -> Vec<String> {
        let mut promotions = Promotions::default();
        decided.iter().for_each(|(id, print)| promotions.add(id, *print));
        let mut found: Vec<_> = super::among(&promotions.decided, &flags(all)).into_iter().collect();
        found.sort();
        found
    }

    #[test]
    fn a_flag_is_found_again_by_its_id_or_by_its_words() {
        assert_eq!(among(&[("a", None)], &[("a", "x"), ("b", "x")]), ["a"]);
        assert_eq!(among(&[("gone", Some("x"))], &[("a", "x"), ("b", "y")]), ["a"]);
        assert!(among(&[("gone", Some("x"))], &[("a", "x"), ("b", "x")]).is_empty(), "either may be meant");
        assert!(among(&[("gone", None)], &[("a", "x")]).is_empty());
        // What is found by its id is not meant by somebody else's words.
        assert_eq!(among(&[("a", None), ("gone", Some("x"))], &[("a", "x"), ("b", "x")]), ["a", "b"]);
    }
}
