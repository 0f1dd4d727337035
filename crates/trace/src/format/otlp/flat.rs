//! Attributes that spell a list as `prefix.0.rest`, `prefix.1.rest`, …

use super::span::Attrs;
use crate::node::Node;
use std::collections::BTreeMap;

/// What stands under one number: the rest of each key, and its value.
pub type Entry<'a, 'd> = Vec<(&'a str, Node<'d>)>;

/// Groups such keys by their number; numbers sort as numbers, 10 after 9.
pub fn group<'a, 'd: 'a>(
    pairs: impl Iterator<Item = (&'a str, Node<'d>)>,
    prefix: &str,
) -> BTreeMap<u32, Entry<'a, 'd>> {
    let mut groups: BTreeMap<u32, Entry<'a, 'd>> = BTreeMap::new();
    for (key, node) in pairs {
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        let (number, rest) = rest.split_once('.').unwrap_or((rest, ""));
        if let Ok(number) = number.parse() {
            groups.entry(number).or_default().push((rest, node));
        }
    }
    groups
}

/// True where an attribute is of such a list.
pub fn is_listed(attrs: &Attrs<'_>, prefix: &str) -> bool {
    let numbered = |rest: &str| rest.split('.').next().is_some_and(|n| n.parse::<u32>().is_ok());
    attrs.all.iter().any(|(key, _)| key.strip_prefix(prefix).is_some_and(numbered))
}

/// The value of one key in an entry.
pub fn value<'d>(entry: &Entry<'_, 'd>, key: &str) -> Option<Node<'d>> {
    entry.iter().find(|(k, _)| *k == key).map(|(_, n)| *n).filter(|n| !n.is_null())
}
