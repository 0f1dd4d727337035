//! The one place that decides, from what became of a file's records, whether it is read, read with a gap, or refused.

use super::error::ReadError;
use super::foreign;
use crate::account::{Account, Tally};
use crate::assemble::SILENT;
use crate::evidence::Evidence;
use crate::item::Session;
use crate::locator::{Bases, Resolver};
use crate::model::{Gap, GapKind, Trace};

/// What follows from a tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every record was understood, or nearly so and nothing that was said is among the rest.
    Read,
    /// Most was read; something that looks spoken, or more than one record in ten, was not.
    Gap,
    /// More than one record in four was not read, or less was mapped than looks spoken among them.
    Refuse,
}

/// Decides.
pub fn verdict(tally: &Tally) -> Verdict {
    // What is no record at all costs itself alone.
    let (records, unknown) = (tally.records() - tally.noise(), tally.unknown() - tally.noise());
    let spoken = tally.spoken();
    // In a short file, one odd record is damage; several of an unknown kind are another format.
    let one_odd = unknown <= 1 && tally.mapped > 0;
    let few = unknown * 4 <= records;
    if tally.unknown() * 10 <= tally.records() && spoken == 0 {
        Verdict::Read
    } else if one_odd || few && tally.mapped > spoken {
        Verdict::Gap
    } else {
        Verdict::Refuse
    }
}

/// Refuses a file of which too little was understood.
pub fn refuse(tally: &Tally, format: &'static str, item: &Evidence, bases: &Bases) -> Result<(), ReadError> {
    refuse_at(tally, format, &item.name, || first(tally, item, bases))
}

/// The same, where the place of the first unknown record is known already.
pub fn refuse_at(
    tally: &Tally,
    format: &'static str,
    name: &str,
    first: impl FnOnce() -> String,
) -> Result<(), ReadError> {
    if verdict(tally) != Verdict::Refuse {
        return Ok(());
    }
    Err(ReadError::NotUnderstood {
        name: name.to_owned(),
        format,
        unread: tally.unknown(),
        records: tally.records(),
        kinds: unknown_kinds(tally),
        first: first(),
        instead: foreign::INSTEAD,
    })
}

/// Refuses files of which nothing happened in any session, though they have records.
pub fn refuse_silence(
    sessions: &[Trace],
    tally: &Tally,
    format: &'static str,
    name: String,
    damage: &[Gap],
) -> Result<(), ReadError> {
    if tally.records() == 0 || sessions.iter().filter(|s| s.format == format).any(|s| tells(s, damage)) {
        return Ok(());
    }
    Err(silent(tally, format, name))
}

/// True for a session in which something happened, or of which it is said why nothing did.
pub fn tells(session: &Trace, damage: &[Gap]) -> bool {
    // A gap that a reader names says itself why nothing happened.
    let named = |g: &Gap| g.kind != GapKind::RecordsUnread && g.what != SILENT && !damage.contains(g);
    !session.events.is_empty() || !session.model_calls.is_empty() || session.gaps.iter().any(named)
}

/// What is said of files of which nothing happened in any session.
pub fn silent(tally: &Tally, format: &'static str, name: String) -> ReadError {
    let instead = crate::format::named(format).and_then(|f| f.silence()).unwrap_or(foreign::INSTEAD);
    ReadError::NoEvents { name, format, seen: seen(tally), instead }
}

/// Adds to every session of one pool the gap that its own records leave. `loose` are the records outside of all sessions.
pub fn name_gaps(
    sessions: &mut [Session],
    account: &Account,
    loose: &[(u32, Tally)],
    total: &Tally,
    evidence: &[Evidence],
    bases: &Bases,
) {
    let mut starts: Vec<usize> = account.tallies().map(|(_, before, _)| before).collect();
    starts.sort_unstable();
    for (file, before, tally) in account.tallies() {
        let Some(item) = evidence.get(file as usize).filter(|_| verdict(tally) != Verdict::Read) else { continue };
        let end = starts.get(starts.partition_point(|s| *s <= before)).copied().unwrap_or(sessions.len());
        let gap = gap(tally, item, bases);
        sessions.iter_mut().take(end).skip(before).for_each(|s| s.gaps.push(gap.clone()));
    }
    for (file, tally) in loose {
        let many = tally.unknown() * 10 > total.records() || tally.spoken() > 0;
        let Some(item) = evidence.get(*file as usize).filter(|_| many) else { continue };
        let gap = gap(tally, item, bases);
        sessions.iter_mut().for_each(|s| s.gaps.push(gap.clone()));
    }
}

fn gap(tally: &Tally, item: &Evidence, bases: &Bases) -> Gap {
    let at = tally.unknown.values().find(|u| u.spoken > 0).or_else(|| tally.unknown.values().next());
    let (unread, kinds) = (tally.unknown(), unknown_kinds(tally));
    let records = if unread == 1 { "1 record was" } else { &format!("{unread} records were") };
    let what = format!(
        "{records} not read ({kinds}; first at {} of {}): messages, tool calls or results may be missing",
        first(tally, item, bases),
        item.name
    );
    Gap { kind: GapKind::RecordsUnread, what, loc: at.map(|u| u.first), event: None }
}

/// What is said of a file's unknown records, for people.
pub fn note(tally: &Tally, format: &'static str, item: &Evidence, bases: &Bases) -> Option<String> {
    note_at(tally, format, &item.name, || first(tally, item, bases))
}

/// The same, where the place of the first unknown record is known already.
pub fn note_at(tally: &Tally, format: &'static str, name: &str, first: impl FnOnce() -> String) -> Option<String> {
    (tally.unknown() > 0).then(|| {
        format!(
            "{name}: {} of {} records are of kinds that {format} does not have, and were left out: {} (first at {})",
            tally.unknown(),
            tally.records(),
            unknown_kinds(tally),
            first()
        )
    })
}

/// Kinds that are named in one sentence.
const NAMED: usize = 5;

fn unknown_kinds(tally: &Tally) -> String {
    let mut kinds: Vec<_> = tally.unknown.iter().map(|(kind, u)| (u.count, kind)).collect();
    kinds.sort_by_key(|(count, kind)| (std::cmp::Reverse(*count), *kind));
    listed(&kinds)
}

fn listed(kinds: &[(usize, &String)]) -> String {
    let shown: Vec<_> = kinds.iter().take(NAMED).map(|(count, kind)| format!("{count} `{kind}`")).collect();
    let more = if kinds.len() > NAMED { format!(" and {} more kinds", kinds.len() - NAMED) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Everything that a file without an event holds.
fn seen(tally: &Tally) -> String {
    let mut kinds: Vec<_> = tally.bookkeeping.iter().map(|(kind, count)| (*count, kind)).collect();
    kinds.extend(tally.unknown.iter().map(|(kind, u)| (u.count, kind)));
    kinds.sort_by_key(|(count, kind)| (std::cmp::Reverse(*count), *kind));
    match kinds.is_empty() {
        true => format!("{} records without text or calls", tally.records()),
        false => listed(&kinds),
    }
}

/// Where the first unknown record is: its line, or its place in the document.
pub fn first(tally: &Tally, item: &Evidence, bases: &Bases) -> String {
    let spoken = tally.unknown.values().filter(|u| u.spoken > 0).map(|u| u.first).min_by_key(|l| (l.base, l.at));
    let loc = spoken.or_else(|| tally.unknown.values().map(|u| u.first).min_by_key(|l| (l.base, l.at)));
    let Some(loc) = loc else { return "an unknown place".to_owned() };
    match Resolver::new(item).locate(bases, loc) {
        Some(locator) => match locator.to_string().trim_end_matches(" > ") {
            "" => "the top level".to_owned(),
            place => place.to_owned(),
        },
        None => format!("byte {}", loc.at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Unknown;
    use crate::locator::{Form, Loc};

    fn tally(mapped: usize, unknown: usize, spoken: usize) -> Tally {
        let mut tally = Tally { mapped, ..Tally::default() };
        if unknown > 0 {
            let first = Loc { base: 0, at: 0, form: Form::Own };
            tally.unknown.insert("x".to_owned(), Unknown { count: unknown, spoken, damaged: 0, noise: 0, first });
        }
        tally
    }

    #[test]
    fn books_of_one_in_ten_may_be_unknown_and_nothing_spoken() {
        assert_eq!(verdict(&tally(9, 1, 0)), Verdict::Read);
        assert_eq!(verdict(&tally(8, 1, 0)), Verdict::Gap);
        assert_eq!(verdict(&tally(99, 1, 1)), Verdict::Gap);
        assert_eq!(verdict(&tally(18, 2, 2)), Verdict::Gap);
        assert_eq!(verdict(&tally(6, 2, 0)), Verdict::Gap);
        assert_eq!(verdict(&tally(5, 2, 0)), Verdict::Refuse);
        assert_eq!(verdict(&tally(5, 2, 2)), Verdict::Refuse);
        // One odd record of a few is damage.
        assert_eq!(verdict(&tally(3, 1, 1)), Verdict::Gap);
        assert_eq!(verdict(&tally(1, 1, 1)), Verdict::Gap);
        assert_eq!(verdict(&tally(0, 1, 1)), Verdict::Refuse);
        assert_eq!(verdict(&tally(0, 0, 0)), Verdict::Read);
        // What is no record costs itself alone.
        let with = |mut tally: Tally, damaged, noise| {
            tally.unknown.values_mut().for_each(|u| (u.damaged, u.noise) = (damaged, noise));
            verdict(&tally)
        };
        assert_eq!(with(tally(13, 3, 3), 3, 0), Verdict::Gap);
        assert_eq!(with(tally(5, 2, 2), 2, 0), Verdict::Refuse);
        assert_eq!(with(tally(4, 15, 0), 0, 15), Verdict::Gap);
    }
}
