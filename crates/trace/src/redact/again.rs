//! A value that was known once is masked wherever it stands: a password is given in a field, and told in a sentence.

use super::checks;
use super::find::{Found, Taken};
use super::number::{self, Groups};
use super::rules::Kind;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::HashSet;

/// Shorter values stand in a text for other reasons, too.
const SHORTEST: usize = 6;
/// So many values are looked for again.
const MOST: usize = 10_000;

/// Finds further places of secrets and of telephone numbers, these in any spelling.
pub(super) fn find(text: &[u8], taken: &mut Taken) {
    let of_kind = |kind: Kind| taken.found().filter(move |f| f.kind == kind).map(|f| f.canonical.clone());
    let telling = |value: &Vec<u8>| value.len() >= SHORTEST && checks::is_mixed(value);
    let secrets: HashSet<Vec<u8>> = of_kind(Kind::Secret).filter(telling).take(MOST).collect();
    let phones: HashSet<Vec<u8>> = of_kind(Kind::Phone).collect();
    if !secrets.is_empty() {
        again(text, secrets, taken);
    }
    if !phones.is_empty() {
        number::each(text, taken, |number, taken| phone(number, &phones, taken));
    }
}

fn again(text: &[u8], secrets: HashSet<Vec<u8>>, taken: &mut Taken) {
    let mut secrets: Vec<Vec<u8>> = secrets.into_iter().collect();
    secrets.sort_unstable();
    let built = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(&secrets);
    let Ok(built) = built else { return };
    for hit in built.find_iter(text) {
        let before = hit.start().checked_sub(1).map(|b| &text[b]);
        let alone = !number::joins(before) && !number::joins(text.get(hit.end()));
        if alone && taken.is_free(&hit.range()) {
            let canonical = text[hit.range()].to_vec();
            taken.add(Found { kind: Kind::Secret, range: hit.range(), canonical });
        }
    }
}

fn phone(number: &Groups<'_>, phones: &HashSet<Vec<u8>>, taken: &Taken) -> Option<Found> {
    let first = number.groups.first()?.start;
    let start = first - usize::from(number.text[..first].ends_with(b"+"));
    (1..=number.groups.len()).rev().find_map(|count| {
        let range = start..number.groups.get(count - 1)?.end;
        let canonical = number::phone_digits(&number.text[range.clone()]);
        let alone =
            !number::joins(number.text.get(range.end)) && (number.groups.len() == count || number.gap(count).len() > 1);
        let digits = number.digits(count).len();
        let known = (7..=15).contains(&digits)
            && canonical.len() >= 7
            && alone
            && phones.contains(&canonical)
            && taken.is_free(&range);
        known.then_some(Found { kind: Kind::Phone, range, canonical })
    })
}
