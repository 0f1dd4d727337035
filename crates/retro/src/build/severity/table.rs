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
    /// True if an open answer can still make it graver.
    pub at_least: bool,
}

/// The policy's table (Sev 1: customer-impacting, financial or regulatory; Sev 2: customer-impacting and contained;
/// Sev 3: minor or contained; Sev 4: near miss). `None` as long as the answers do not decide it: no level rests on an
/// assumption.
pub fn level(known: &Known) -> Option<Proposal> {
    let level = by_answers(known)?;
    let graver = |change: fn(&mut Known)| {
        let mut answered = *known;
        change(&mut answered);
        by_answers(&answered).is_some_and(|other| other < level)
    };
    let at_least = (known.impacting.is_none() && graver(|k| k.impacting = Some(true)))
        || (known.financial.is_none() && graver(|k| k.financial = Some(true)))
        || (known.contained.is_none() && graver(|k| k.contained = Some(false)));
    Some(Proposal { level, at_least })
}

fn by_answers(known: &Known) -> Option<u8> {
    let contained = known.contained == Some(true);
    Some(match (known.impacting, known.financial) {
        _ if known.regulatory == Some(true) => 1,
        (Some(true), _) if contained => 2,
        (Some(true), Some(true)) => 1,
        (Some(true), _) if known.contained == Some(false) => 1,
        (Some(true), _) => 2,
        (_, Some(true)) if contained => 3,
        (_, Some(true)) => 1,
        (Some(false), _) if known.live => 3,
        (Some(false), _) => 4,
        (None, _) => return None,
    })
}

/// What the open answers decide, in one line; `None` once they cannot change the level any more.
pub fn decision(known: &Known, policy: &Policy) -> Option<String> {
    let proposed = level(known);
    if proposed.is_some_and(|p| !p.at_least) {
        return None;
    }
    if let Some(words) = policy.words_of_its_own() {
        return Some(words);
    }
    if known.impacting == Some(false) {
        return Some(unreached(known, proposed?.level));
    }
    let reached = by_answers(&Known { impacting: Some(true), ..*known })?;
    let mut graver = Vec::new();
    if reached > 1 {
        graver.extend((known.financial.is_none() && known.contained != Some(true)).then_some("money"));
        graver.extend(known.regulatory.is_none().then_some("a regulation"));
    }
    let spreads = reached > 1 && known.contained.is_none();
    let involved = match (graver.is_empty(), spreads) {
        (true, false) => String::new(),
        (true, true) => "; Sev 1 if it can still happen to others".to_owned(),
        (false, false) => format!("; Sev 1 if {} is involved", graver.join(" or ")),
        (false, true) => format!("; Sev 1 if {} is involved, or if it can still happen to others", graver.join(" or ")),
    };
    Some(match (known.impacting, known.found) {
        (None, true) => format!("If the failure reached a customer: Sev {reached}{involved}."),
        (None, false) => {
            format!("If something did go wrong and reached a customer: Sev {reached}{involved}.")
        }
        (Some(_), _) => format!("Sev {reached} at least{involved}."),
    })
}

/// The same for what did not reach a customer: only money and regulations can make that graver.
fn unreached(known: &Known, level: u8) -> String {
    let law = known.regulatory.is_none();
    let money = known.financial.is_none();
    let graver = match (known.contained, money, law) {
        (Some(true), true, false) => "Sev 3 if money is involved",
        (Some(true), true, true) => "Sev 3 if money is involved, Sev 1 if a regulation is",
        (Some(false), true, true) => "Sev 1 if money or a regulation is involved",
        (Some(false), true, false) => "Sev 1 if money is involved",
        (None, true, true) => "Sev 1 if a regulation is involved, or if money is involved and it is not contained",
        (None, true, false) => "Sev 1 if money is involved and it is not contained",
        (_, false, _) => "Sev 1 if a regulation is involved",
    };
    format!("Sev {level} at least; {graver}.")
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
        (1, Some(true), Some(true)) => "customer-impacting, money involved",
        (1, Some(true), _) => "customer-impacting, not contained",
        (1, _, _) => "money involved",
        (3, Some(false), _) if spreads => "no customer impact, not contained",
        (3, Some(false), Some(false)) => "no customer impact, no money involved",
        (4, _, _) if !known.found => "no customer impact, no failure found",
        _ => return words(),
    };
    told.to_owned()
}

#[cfg(test)]
mod tests;
