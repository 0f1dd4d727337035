//! What `data/severity.yaml` says, and the policy's table of levels.

use crate::policy::Policy;
use hindcast_detect::finding::Category;
use hindcast_detect::tools::contract::Effect;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// How grave a failure is by itself; the words are those of `data/severity.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    Minor,
    Told,
    Exposed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    weight: Weight,
    writes: Option<Weight>,
    reads: Option<Weight>,
    ordered: Option<Weight>,
}

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub kinds: BTreeMap<String, Kind>,
    /// Findings of people, by category.
    pub people: BTreeMap<Category, Weight>,
}

/// The file, read once.
pub static WORDS: LazyLock<Words> =
    // The file is part of the program, and a test reads it.
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../../data/severity.yaml")).unwrap_or_default());

/// How grave a kind of failure is, given what the tools that are concerned do.
pub fn weight(detector: Option<&str>, effects: &[Effect]) -> Weight {
    let Some(kind) = detector.and_then(|d| WORDS.kinds.get(d)) else { return Weight::Told };
    let writes = effects.contains(&Effect::Write);
    let reads = !effects.is_empty() && effects.iter().all(|e| *e == Effect::Read);
    let special = if writes { kind.writes } else { kind.reads.filter(|_| reads) };
    special.unwrap_or(kind.weight)
}

/// How grave a finding of a person is.
pub fn weight_by_person(category: Category) -> Weight {
    WORDS.people.get(&category).copied().unwrap_or(Weight::Told)
}

/// How grave a kind of failure is where the user had ordered what was done; `None` where that makes no difference.
pub fn ordered(detector: Option<&str>) -> Option<Weight> {
    detector.and_then(|d| WORDS.kinds.get(d))?.ordered
}

/// What decides the level: what people answered, and whether any finding did something.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// True if there is a finding.
    pub found: bool,
    /// True if a finding was not stopped.
    pub live: bool,
    pub impacting: Option<bool>,
    pub financial: Option<bool>,
    pub regulatory: Option<bool>,
    pub contained: Option<bool>,
}

/// A level that the answers give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    pub level: u8,
    /// True if an open answer can still make it more severe.
    pub at_least: bool,
}

/// The policy's table (Sev 1: customer-impacting, financial or regulatory; Sev 2: customer-impacting and contained;
/// Sev 3: minor or contained; Sev 4: near miss). Open answers are never assumed: a level is proposed if it is the same
/// whatever they are, or, once it is known whether it reached a customer, as the least that it can be.
pub fn level(known: &Known) -> Option<Proposal> {
    let (most, least) = bounds(known);
    (most == least || known.impacting.is_some()).then_some(Proposal { level: least, at_least: most < least })
}

/// The most and the least severe level that is still possible: Sev 1 is the most severe.
fn bounds(known: &Known) -> (u8, u8) {
    let open = |answer: Option<bool>| answer.map_or(vec![false, true], |known| vec![known]);
    let (mut most, mut least) = (u8::MAX, 1);
    for impacting in open(known.impacting) {
        for financial in open(known.financial) {
            for regulatory in open(known.regulatory) {
                for contained in open(known.contained) {
                    let level = by_answers(known.live, impacting, financial, regulatory, contained);
                    (most, least) = (most.min(level), least.max(level));
                }
            }
        }
    }
    (most, least)
}

/// The level once everything is answered.
fn by_answers(live: bool, impacting: bool, financial: bool, regulatory: bool, contained: bool) -> u8 {
    match (impacting, contained) {
        _ if regulatory => 1,
        (true, true) => 2,
        (true, false) => 1,
        (false, false) if financial => 1,
        (false, _) if financial || live => 3,
        (false, _) => 4,
    }
}

/// What the open answers decide, in one line; `None` once they cannot change the level any more.
pub fn decision(known: &Known, policy: &Policy) -> Option<String> {
    if level(known).is_some_and(|p| !p.at_least) {
        return None;
    }
    if let Some(words) = policy.words_of_its_own() {
        return Some(words);
    }
    if known.impacting.is_some() {
        return Some(branch(known, " at least", known.regulatory.is_none()));
    }
    let reached = branch(&Known { impacting: Some(true), ..*known }, "", false);
    let unreached = branch(&Known { impacting: Some(false), ..*known }, "", false);
    let mut line = match (known.found, known.live) {
        // The trace shows a near miss, so that comes first.
        (true, false) => format!("If the failure reached no customer: {unreached} If it reached one: {reached}"),
        (true, true) => format!("If the failure reached a customer: {reached} If not: {unreached}"),
        (false, _) => format!("If something did go wrong and reached a customer: {reached} If not: {unreached}"),
    };
    if known.regulatory.is_none() {
        line.push_str(" If a law or regulation applies: Sev 1.");
    }
    Some(line)
}

/// The level where it is known whether a customer was reached, and the answers that change it: "Sev 3; Sev 1 if money is
/// involved and it is not contained." `or_law` also names a law or regulation among them.
fn branch(known: &Known, at_least: &str, or_law: bool) -> String {
    let lawful = Known { regulatory: Some(false), ..*known };
    let (_, least) = bounds(&lawful);
    let mut clauses = vec![format!("Sev {least}{at_least}")];
    for level in (1..least).rev() {
        let gives = |c: &&Condition| bounds(&c.applied(&lawful)) == (level, level);
        let open: Vec<&Condition> = CONDITIONS.iter().filter(|c| c.is_open(&lawful)).filter(gives).collect();
        // The shorter condition covers the longer one.
        let shortest = open.iter().filter(|c| !open.iter().any(|o| o.covers(c)));
        let mut when: Vec<&str> = shortest.map(|c| c.words).collect();
        when.extend((or_law && level == 1).then_some("a law or regulation applies"));
        if !when.is_empty() {
            clauses.push(format!("Sev {level} if {}", when.join(", or if ")));
        }
    }
    format!("{}.", clauses.join("; "))
}

/// Answers that can change a level.
struct Condition {
    words: &'static str,
    financial: Option<bool>,
    contained: Option<bool>,
}

const CONDITIONS: [Condition; 4] = [
    Condition { words: "it is not contained", financial: None, contained: Some(false) },
    Condition { words: "money is involved", financial: Some(true), contained: None },
    Condition { words: "money is involved and it is contained", financial: Some(true), contained: Some(true) },
    Condition { words: "money is involved and it is not contained", financial: Some(true), contained: Some(false) },
];

impl Condition {
    /// True if everything that it names is still open.
    fn is_open(&self, known: &Known) -> bool {
        (self.financial.is_none() || known.financial.is_none())
            && (self.contained.is_none() || known.contained.is_none())
    }

    fn applied(&self, known: &Known) -> Known {
        Known { financial: known.financial.or(self.financial), contained: known.contained.or(self.contained), ..*known }
    }

    /// True if this one names a part of what the other one names.
    fn covers(&self, other: &Condition) -> bool {
        let part = |mine: Option<bool>, theirs: Option<bool>| mine.is_none() || mine == theirs;
        self.words != other.words && part(self.financial, other.financial) && part(self.contained, other.contained)
    }
}

/// Why the answers give a level. The built-in policy's words name every way to a level, and only one of them led here.
pub fn means(known: &Known, level: u8, policy: &Policy) -> String {
    let words = || policy.level(level).map_or(String::new(), |l| l.means.clone());
    if policy.words_of_its_own().is_some() {
        return words();
    }
    let spreads = known.contained == Some(false);
    let told = match (level, known.impacting, known.financial) {
        (1, _, _) if known.regulatory == Some(true) => "a law or regulation applies",
        (1, Some(true), _) => "customer-impacting, not contained",
        (1, _, _) => "money involved, not contained",
        (3, Some(false), _) if spreads => "no customer impact, not contained",
        (3, Some(false), Some(false)) => "no customer impact, no money involved",
        (4, _, _) if !known.found => "no customer impact, no failure found",
        _ => return words(),
    };
    told.to_owned()
}

#[cfg(test)]
mod tests;
