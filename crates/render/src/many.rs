//! Which findings are shown whole, and which in short, where there are many of one kind.

use hindcast_retro::Draft;
use hindcast_retro::draft::FindingEntry;
use hindcast_retro::statement::Origin;
use std::collections::HashSet;

/// Findings of one detector up to which each is shown whole.
const FEW: usize = 12;
/// Findings of a detector with more that are shown whole.
const WHOLE: usize = 5;

/// Leads up to which each is shown with what was considered for it.
pub const LEADS_IN_FULL: usize = 12;
/// What a lead is, for people.
pub const LEADS_MEAN: &str = "A lead is something that a rule flagged but that is not reliable enough to be a finding. Leads do not affect severity, title, trigger, system contribution or actions unless a person promotes them to findings.";

/// The findings of a draft by their index, parted.
pub struct Shown {
    /// Those that are shown whole, in their order.
    pub whole: Vec<usize>,
    /// The others, by who says them, in their order.
    pub short: Vec<Group>,
}

/// Findings of one detector that are shown in short.
pub struct Group {
    pub detector: String,
    pub findings: Vec<usize>,
}

impl Group {
    /// How reliable the rules are that saw these findings, each once.
    pub fn reliability<'d>(&self, draft: &'d Draft) -> Vec<&'d str> {
        let all = self.findings.iter().filter_map(|&i| draft.behavior.findings.get(i));
        let mut words: Vec<&str> = all.map(|f| f.reliability.as_str()).filter(|r| !r.is_empty()).collect();
        words.sort_unstable();
        words.dedup();
        words
    }
}

impl Shown {
    /// Parts the findings: of many of one kind the gravest are shown whole, the first ones among equals. A title in a
    /// person's words is shown in any case.
    pub fn of(draft: &Draft) -> Self {
        let findings = &draft.behavior.findings;
        let mut kinds: Vec<(&str, Vec<usize>)> = Vec::new();
        for (i, finding) in findings.iter().enumerate() {
            let kind = kind(finding);
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, all)) => all.push(i),
                None => kinds.push((kind, vec![i])),
            }
        }
        let mut whole = HashSet::new();
        let mut short = Vec::new();
        for (kind, all) in kinds {
            if all.len() <= FEW {
                whole.extend(all);
                continue;
            }
            let mut order = all.clone();
            // A verdict moves nothing: what a person wrote below a finding stays below it.
            order.sort_by_key(|&i| std::cmp::Reverse(findings[i].consequence));
            let titled = |i: &usize| {
                let title = format!("finding.{}.title", findings[*i].statement.id);
                draft.by_hand.instead.contains_key(&title)
            };
            let kept: HashSet<usize> =
                order.into_iter().take(WHOLE).chain(all.iter().copied().filter(titled)).collect();
            let rest = all.into_iter().filter(|i| !kept.contains(i)).collect();
            whole.extend(kept);
            short.push(Group { detector: kind.to_owned(), findings: rest });
        }
        let mut whole: Vec<usize> = whole.into_iter().collect();
        whole.sort_unstable();
        Shown { whole, short }
    }

    /// The ids of the quotes that a page with these findings shows.
    pub fn quotes<'d>(&self, draft: &'d Draft) -> HashSet<&'d str> {
        let said = draft.statements().into_iter().flat_map(|(_, s)| s.quotes());
        let whole = self.whole.iter().filter_map(|&i| draft.behavior.findings.get(i));
        let leads = Some(&draft.behavior.leads).filter(|l| l.len() <= LEADS_IN_FULL);
        let whole = whole.chain(leads.into_iter().flatten());
        let considered = whole.flat_map(|f| &f.considered).filter_map(|c| c.quote.as_ref());
        said.chain(considered).map(|q| q.id.as_str()).collect()
    }
}

fn kind(finding: &FindingEntry) -> &str {
    match &finding.statement.origin {
        Origin::Detector(name) | Origin::Analysis(name) | Origin::Person(name) => name,
    }
}
