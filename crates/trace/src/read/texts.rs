//! The account of texts: what reads like words in a file is part of a timeline, or a copy of what is, or in a field that is left
//! out on purpose, or told.
//!
//! `crate::account` says what became of every record. A record that is read may still hold a text that its reader does not know: a field of
//! a newer version, a note, a warning. Looked for here once, below all readers, by where the texts of the sessions stand.

mod copies;
mod left_out;
mod placed;
mod walk;
mod words;

use crate::account::Account;
use crate::evidence::Evidence;
use crate::format::Document;
use crate::limits::Stop;
use crate::locator::{Bases, Loc, Resolver, evidence_of, line_of};
use crate::model::{Gap, GapKind, Trace};
use placed::{Inner, Placed};
use std::collections::BTreeMap;
use std::sync::Arc;
use walk::{Found, OTHERS, Walk};

/// Adds to every session of one format the gap that texts of its records leave which are not in it.
pub fn name_gaps(
    sessions: &mut [Trace],
    format: &'static str,
    docs: &[Document<'_>],
    account: &Account,
    evidence: &[Evidence],
    stop: &Stop,
) {
    let Some(bases) = sessions.iter().find(|s| s.format == format).map(|s| Arc::clone(&s.bases)) else { return };
    let numbered = || (0..).zip(sessions.iter()).filter(|(_, session)| session.format == format);
    let inner = Inner::of(&bases);
    let placed = Placed::of(numbered(), account, &bases, &inner);
    let mut walk = Walk::new(&placed, &inner, format, stop);
    docs.iter().take_while(|_| !stop.is_set()).for_each(|doc| walk.document(doc));
    let (copies, mut found, fields) = walk.end();
    if found.is_empty() || stop.is_set() {
        return;
    }
    let texts = numbered().flat_map(|(_, session)| placed::texts(session)).map(|text| text.text.as_str());
    let is_copy = copies.of(texts.take_while(|_| !stop.is_set()).chain(left_out::ALWAYS_SAID));
    found.retain(|found| !is_copy.get(found.text).copied().unwrap_or_default());
    let mut of_session: BTreeMap<u32, Vec<&Found>> = BTreeMap::new();
    let all: Vec<u32> = numbered().map(|(number, _)| number).collect();
    for found in &found {
        // What is before and behind no text of a session may be of any.
        let whose = found.session.as_ref().map_or(all.as_slice(), std::slice::from_ref);
        whose.iter().for_each(|session| of_session.entry(*session).or_default().push(found));
    }
    let mut places = Places { bases: &bases, evidence, resolvers: BTreeMap::new() };
    for (session, found) in of_session {
        if let Some(session) = sessions.get_mut(session as usize) {
            session.gaps.extend(gap(found, &fields, &mut places));
        }
    }
}

/// Fields that are named in one sentence.
const NAMED: usize = 4;

fn gap(mut found: Vec<&Found>, fields: &[String], places: &mut Places<'_>) -> Option<Gap> {
    let loc = found.first()?.loc;
    found.sort_by_key(|found| found.text);
    found.dedup_by_key(|found| found.text);
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    found.iter().for_each(|found| *counts.entry(found.field).or_default() += 1);
    let mut counts: Vec<(usize, &str)> =
        counts.into_iter().filter_map(|(field, count)| Some((count, fields.get(field)?.as_str()))).collect();
    counts.sort_by_key(|(count, name)| (std::cmp::Reverse(*count), *name));
    let texts = match found.len() {
        1 => "1 text".to_owned(),
        several => format!("{several} texts"),
    };
    let named = |name: &str| match name {
        "" => "a list".to_owned(),
        OTHERS => OTHERS.to_owned(),
        name => format!("`{name}`"),
    };
    let is_one = found.len() == 1;
    let what = match &counts[..] {
        [(_, name @ ("" | OTHERS))] => format!("{texts} in {}", named(name)),
        [(_, name)] => format!("{texts} in the field {}", named(name)),
        several => {
            let shown: Vec<_> =
                several.iter().take(NAMED).map(|(count, name)| format!("{count} in {}", named(name))).collect();
            let more = several.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more fields") } else { String::new() };
            format!("{texts} in several fields ({}{more})", shown.join(", "))
        }
    };
    let (are, first) = if is_one { ("is", "it is") } else { ("are", "the first is") };
    let what = format!("{what} {are} not part of the timeline; {first} at {}", places.name(loc));
    Some(Gap { kind: GapKind::TextsUnread, what, loc: Some(loc), event: None })
}

/// Names places for people.
struct Places<'a> {
    bases: &'a Bases,
    evidence: &'a [Evidence],
    resolvers: BTreeMap<u32, Resolver<'a>>,
}

impl Places<'_> {
    fn name(&mut self, loc: Loc) -> String {
        let file = evidence_of(self.bases, loc.base).unwrap_or_default();
        let Some(item) = self.evidence.get(file as usize) else { return format!("byte {}", loc.at) };
        let place = match line_of(self.bases, loc.base) {
            Some((_, line)) => format!("line {line}"),
            None => {
                let resolver = self.resolvers.entry(file).or_insert_with(|| Resolver::new(item));
                match resolver.locate(self.bases, loc).map(|locator| locator.to_string()) {
                    Some(place) if place.is_empty() => "the top level".to_owned(),
                    Some(place) => format!("`{place}`"),
                    None => format!("byte {}", loc.at),
                }
            }
        };
        match self.evidence.len() {
            1 => place,
            _ => format!("{place} of {}", item.name),
        }
    }
}

#[cfg(test)]
mod tests;
