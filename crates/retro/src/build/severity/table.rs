//! What `data/severity.yaml` says, and the policy's table of levels.

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
    pub customers: Vec<String>,
    pub inside: Vec<String>,
    pub inside_formats: Vec<String>,
    pub customer_formats: Vec<String>,
    pub inside_tools: Vec<String>,
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

/// How grave a kind of failure is where the user had ordered what was done; `None` where that makes no difference.
pub fn ordered(detector: Option<&str>) -> Option<Weight> {
    detector.and_then(|d| WORDS.kinds.get(d))?.ordered
}

/// What decides the level.
#[derive(Clone, Copy)]
pub struct Known {
    pub found: bool,
    pub live: bool,
    pub answered: bool,
    pub impacting: bool,
    pub financial: bool,
    pub regulatory: bool,
    pub contained: bool,
}

/// The policy's table (Sev 1: customer-impacting, regulatory or financial; Sev 2: that, contained; Sev 3: minor or
/// contained; Sev 4: near-miss). Where nothing was found and nobody said that anything happened, there is none.
pub fn level(known: &Known) -> Option<u8> {
    Some(match known {
        Known { found: false, answered: false, .. } => return None,
        Known { regulatory: true, .. } => 1,
        Known { live: false, impacting: false, financial: false, .. } => 4,
        Known { contained: true, impacting: true, .. } => 2,
        Known { contained: true, .. } => 3,
        Known { impacting: true, .. } | Known { financial: true, .. } => 1,
        _ => 3,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detector_has_a_weight() {
        for detector in hindcast_detect::detectors::ALL {
            assert!(WORDS.kinds.contains_key(detector.id()), "{} is missing in severity.yaml", detector.id());
        }
        assert_eq!(WORDS.kinds.len(), hindcast_detect::detectors::ALL.len());
    }

    #[test]
    fn what_the_tools_do_decides_where_the_kind_says_so() {
        assert_eq!(weight(Some("invalid-arguments"), &[Effect::Read]), Weight::Minor);
        assert_eq!(weight(Some("invalid-arguments"), &[Effect::Read, Effect::Write]), Weight::Told);
        assert_eq!(weight(Some("error-ignored"), &[Effect::Read]), Weight::Minor);
        assert_eq!(weight(Some("error-ignored"), &[Effect::Unknown]), Weight::Told);
        assert_eq!(weight(Some("error-ignored"), &[]), Weight::Told, "nobody knows which tool");
        assert_eq!(weight(None, &[]), Weight::Told, "a finding by a person");
        assert_eq!(ordered(Some("unconfirmed-write")), Some(Weight::Minor));
        assert_eq!(ordered(Some("injection-followed")), None);
    }

    #[test]
    fn the_table_of_the_policy() {
        let nothing = Known {
            found: false,
            live: false,
            answered: false,
            impacting: false,
            financial: false,
            regulatory: false,
            contained: false,
        };
        assert_eq!(level(&nothing), None);
        assert_eq!(level(&Known { answered: true, ..nothing }), Some(4));
        let found = Known { found: true, ..nothing };
        assert_eq!(level(&found), Some(4), "stopped before it reached anybody");
        let live = Known { live: true, ..found };
        assert_eq!(level(&live), Some(3), "minor");
        assert_eq!(level(&Known { impacting: true, ..live }), Some(1));
        assert_eq!(level(&Known { impacting: true, contained: true, ..live }), Some(2));
        assert_eq!(level(&Known { impacting: true, contained: true, regulatory: true, ..live }), Some(1));
        assert_eq!(level(&Known { financial: true, ..live }), Some(1));
        assert_eq!(level(&Known { contained: true, ..live }), Some(3));
    }
}
