//! A value that was known once is masked wherever it stands: a password is given in a field, and told in a sentence.

use super::checks;
use super::number::{self, Groups};
use super::room::Pace;
use super::rules::Kind;
use super::taken::{Found, Taken};
use std::borrow::Cow;
use std::collections::HashSet;

/// Shorter values stand in a text for other reasons, too.
const SHORTEST: usize = 6;
/// Longer ones are keys and encoded texts, which are found by themselves wherever they stand.
const LONGEST: usize = 1 << 10;
/// So many values are looked for again.
const MOST: usize = 10_000;

/// Finds further places of secrets and of telephone numbers, these in any spelling.
pub(super) fn find(text: &[u8], taken: &mut Taken) {
    let of_kind = |kind: Kind| taken.found().filter(move |f| f.kind == kind).map(|f| f.canonical());
    let telling = |value: &Cow<'_, [u8]>| (SHORTEST..=LONGEST).contains(&value.len()) && checks::is_mixed(value);
    let mut secrets: HashSet<Cow<'_, [u8]>> = HashSet::new();
    for secret in of_kind(Kind::Secret).filter(telling) {
        if secrets.len() == MOST {
            break;
        }
        secrets.insert(secret);
    }
    let size = |value: &[u8]| value.len() + size_of::<Vec<u8>>() * 4;
    let memory = secrets.iter().map(|s| size(s)).chain(of_kind(Kind::Phone).map(|p| size(&p))).sum();
    let Some(_held) = taken.room.hold(memory) else { return };
    let secrets = Secrets::of(secrets.into_iter().map(Cow::into_owned).collect());
    let phones: HashSet<Vec<u8>> = of_kind(Kind::Phone).map(Cow::into_owned).collect();
    if !secrets.sorted.is_empty() {
        again(text, &secrets, taken);
    }
    if !phones.is_empty() {
        number::each(text, taken, |number, taken| phone(number, &phones, taken));
    }
}

/// Secrets in order, so that the longest one that stands at a place is found in a few steps. They take no more memory than their bytes.
#[derive(Debug)]
struct Secrets {
    sorted: Vec<Vec<u8>>,
    /// For each, the longest other one that it begins with.
    within: Vec<Option<usize>>,
    /// By a byte, whether one begins with it.
    first: [bool; 256],
}

impl Secrets {
    fn of(mut sorted: Vec<Vec<u8>>) -> Self {
        sorted.sort_unstable();
        let mut first = [false; 256];
        let mut within: Vec<Option<usize>> = Vec::with_capacity(sorted.len());
        for (at, secret) in sorted.iter().enumerate() {
            secret.first().into_iter().for_each(|b| first[usize::from(*b)] = true);
            let mut shorter = at.checked_sub(1);
            while let Some(s) = shorter.filter(|s| !secret.starts_with(&sorted[*s])) {
                shorter = within[s];
            }
            within.push(shorter);
        }
        Secrets { sorted, within, first }
    }

    /// The length of the longest one that begins here and that no letter or digit follows.
    fn at(&self, text: &[u8]) -> Option<usize> {
        // Whatever stands between a secret that the text begins with and the text begins with that secret, too.
        let mut secret = self.sorted.partition_point(|s| s[..] <= *text).checked_sub(1);
        let nearest = &self.sorted[secret?];
        let same = nearest.iter().zip(text).take_while(|(a, b)| a == b).count();
        while let Some(s) = secret {
            let length = self.sorted[s].len();
            if length <= same && !number::joins(text.get(length)) {
                return Some(length);
            }
            secret = self.within[s];
        }
        None
    }
}

fn again(text: &[u8], secrets: &Secrets, taken: &mut Taken) {
    let (mut at, mut pace) = (0, Pace::default());
    while let Some(byte) = text.get(at) {
        if pace.is_over(at, taken.room) {
            return;
        }
        let begins = secrets.first[usize::from(*byte)] && !number::joins(at.checked_sub(1).map(|b| &text[b]));
        let found = if begins { secrets.at(&text[at..]) } else { None };
        let range = at..at + found.unwrap_or(1);
        at = range.end;
        if found.is_some() && taken.is_free(&range) {
            taken.add(Found { kind: Kind::Secret, range, canonical: None });
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
        known.then_some(Found { kind: Kind::Phone, range, canonical: None })
    })
}
