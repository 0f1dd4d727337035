//! The lines of an edited document beside those that the machine wrote.

use super::super::listed::{By, Entry};
use super::super::marks::{is_id, join, line_hash, marker, place};
use super::align::align;
use super::attach::{Found, attach};
use super::document::{Document, Listed};
use hindcast_retro::draft::Place;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// A line of the edited document, with its mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'t> {
    /// Nothing stands on it.
    Blank,
    /// As the machine wrote it.
    Machine(Cow<'t, str>),
    /// Added or changed by a person; with its number, counted from 1.
    Person(Cow<'t, str>, u64),
}

impl Line<'_> {
    /// Its words, with its mark.
    pub fn text(&self) -> &str {
        match self {
            Line::Blank => "",
            Line::Machine(text) | Line::Person(text, _) => text,
        }
    }
}

/// What became of the machine's lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compared<'t> {
    /// The document's lines.
    pub lines: Vec<Line<'t>>,
    /// The section that each of them was written in, where its comment tells; never the head of the retro.
    pub sections: Vec<Option<&'static str>>,
    /// The machine's lines that are gone, or stand there in other words.
    pub removed: Vec<Place>,
    /// The actions whose line is gone, and stands there in no other words.
    pub actions_removed: Vec<String>,
    /// The findings and leads of which the same is true.
    pub flags_removed: Vec<String>,
    /// The digests of the machine's lines.
    pub hashes: HashSet<String>,
    /// How many lines stand elsewhere than they were written.
    pub moved: usize,
}

/// Compares a document with the lines that the machine wrote.
pub fn compare<'t>(document: &Document<'t>) -> Compared<'t> {
    let mut compared = match &document.list {
        Listed::Sections(entries) => by_sections(document, entries),
        Listed::Digests(list) => by_digests(document, list),
    };
    let stands: HashSet<&str> =
        compared.lines.iter().filter_map(|l| marker(l.text())?.split(' ').next()).filter(|id| is_id(id)).collect();
    let is_gone = |id: &String| !stands.contains(id.as_str());
    let (actions, flags) =
        std::mem::take(&mut compared.actions_removed).into_iter().filter(is_gone).partition(|id| id.starts_with("ac_"));
    (compared.actions_removed, compared.flags_removed) = (actions, flags);
    compared
}

/// Each line with what it belongs to, by the comments of the sections.
fn by_sections<'t>(document: &Document<'t>, entries: &[Entry]) -> Compared<'t> {
    let full: Vec<&str> = document.lines.iter().map(|(_, l)| *l).filter(|l| !l.trim().is_empty()).collect();
    let attached = attach(entries, &full);
    let mut compared = Compared { moved: attached.moved, ..Compared::default() };
    let mut found = attached.found.iter();
    let mut sections = sections(entries, &attached.found).into_iter();
    let mut stands = vec![false; entries.len()];
    for (number, line) in &document.lines {
        if line.trim().is_empty() {
            compared.lines.push(Line::Blank);
            compared.sections.push(None);
            continue;
        }
        compared.sections.push(sections.next().flatten());
        let Some(found) = found.next().copied().flatten() else {
            compared.lines.push(Line::Person(Cow::Borrowed(line), *number));
            continue;
        };
        let entry = &entries[found.entry];
        let text = entry.mark.as_ref().map_or(Cow::Borrowed(*line), |mark| Cow::Owned(join(line, mark)));
        let answer = entry.mark.as_deref().filter(|m| !found.as_written && m.starts_with("ask "));
        let text = match answer.and_then(|mark| Some((mark, behind(line, &entry.hash)?))) {
            Some((mark, answer)) if !answer.is_empty() => Cow::Owned(join(&format!("- {answer}"), mark)),
            _ => text,
        };
        let machines = found.as_written && entry.by != By::Person;
        stands[found.entry] |= machines;
        compared.lines.push(if machines { Line::Machine(text) } else { Line::Person(text, *number) });
    }
    let machines = entries.iter().zip(stands).filter(|(e, _)| e.by != By::Person);
    compared.gone(machines.map(|(e, stands)| {
        let mark = e.mark.as_deref().and_then(|m| m.split(' ').next());
        let head = mark.filter(|m| m.starts_with("ac_") || (m.starts_with("st_") && e.section == "behavior"));
        (place(&e.hash, e.mark.as_deref()), head.map(str::to_owned), stands)
    }));
    compared.hashes = entries.iter().filter(|e| e.by != By::Person).map(|e| e.hash.clone()).collect();
    compared
}

/// The section that each line with words was written in. Nothing for a line that stands among those of another section: it
/// was moved there.
fn sections(entries: &[Entry], found: &[Option<Found>]) -> Vec<Option<&'static str>> {
    let written = |found: &Option<Found>| found.map(|f| entries[f.entry].section);
    let listed: Vec<&'static str> = found.iter().filter_map(written).collect();
    let mut at = 0usize;
    let mut section = |found: &Option<Found>| {
        let section = written(found)?;
        let beside = [at.checked_sub(1), at.checked_add(1)].map(|i| listed.get(i?).copied());
        at += 1;
        (section != "header" && beside.contains(&Some(section))).then_some(section)
    };
    found.iter().map(&mut section).collect()
}

/// Longest question behind which an answer is looked for, in bytes.
const LONGEST: usize = 400;

/// What a person wrote behind a line that is known by its digest.
fn behind<'l>(line: &'l str, hash: &str) -> Option<&'l str> {
    let ends = line.char_indices().filter(|(_, c)| c.is_whitespace() || ".?!`".contains(*c));
    let ends = ends.map(|(at, c)| if c.is_whitespace() { at } else { at + 1 }).take_while(|at| *at <= LONGEST);
    let end = ends.into_iter().find(|at| line.get(..*at).is_some_and(|before| line_hash(before) == hash))?;
    Some(line[end..].trim_start_matches(|c: char| c.is_whitespace() || ":-–—→".contains(c)).trim_end())
}

/// Each line has its own mark: whose it is, the digests tell.
fn by_digests<'t>(document: &Document<'t>, list: &str) -> Compared<'t> {
    let old: Vec<(&str, Option<&str>)> = list
        .split(' ')
        .filter(|entry| !entry.is_empty())
        .map(|entry| entry.split_once('=').map_or((entry, None), |(hash, action)| (hash, Some(action))))
        .collect();
    let new: Vec<String> =
        document.lines.iter().filter(|(_, l)| !l.trim().is_empty()).map(|(_, l)| line_hash(l)).collect();
    let old_hashes: Vec<&str> = old.iter().map(|(hash, _)| *hash).collect();
    let new_hashes: Vec<&str> = new.iter().map(String::as_str).collect();
    let (mut is_machine, mut stands) = (vec![false; new.len()], vec![false; old.len()]);
    for (o, n) in align(&old_hashes, &new_hashes) {
        (stands[o], is_machine[n]) = (true, true);
    }
    let mut is_machine = is_machine.into_iter();
    let mut compared = Compared { hashes: old_hashes.iter().map(|h| (*h).to_owned()).collect(), ..Compared::default() };
    compared.sections = vec![None; document.lines.len()];
    for (number, line) in &document.lines {
        compared.lines.push(match line.trim().is_empty() {
            true => Line::Blank,
            false if is_machine.next() == Some(true) => Line::Machine(Cow::Borrowed(line)),
            false => Line::Person(Cow::Borrowed(line), *number),
        });
    }
    compared.gone(
        old.into_iter()
            .zip(stands)
            .map(|((hash, action), stands)| (hash.to_owned(), action.map(str::to_owned).filter(|a| is_id(a)), stands)),
    );
    compared
}

impl Compared<'_> {
    /// Remembers which of the machine's lines are gone: what each is known by, the action that it names, whether it
    /// stands.
    fn gone(&mut self, machines: impl Iterator<Item = (String, Option<String>, bool)>) {
        let mut counts: HashMap<String, u32> = HashMap::new();
        for (line, action, stands) in machines {
            let nth = counts.entry(line.clone()).or_default();
            let place = Place { line, nth: *nth };
            *nth += 1;
            if !stands {
                self.removed.push(place);
                self.actions_removed.extend(action);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_found_behind_its_question() {
        let asked = "- **customers**: **unknown** How many customers were affected? Write `0` if none.";
        let hash = line_hash(asked);
        for (more, answer) in [(" One: Mr. Graf.", "One: Mr. Graf."), (" – One", "One"), ("One", "One"), (" ", "")] {
            assert_eq!(behind(&format!("{asked}{more}"), &hash), Some(answer), "{more}");
        }
        assert_eq!(behind("- **customers**: One", &hash), None);
        assert_eq!(behind(&"?".repeat(100_000), &hash), None);
    }

    #[test]
    fn what_was_added_and_what_is_gone() {
        let list = ["a", "b", "b", "c"].map(line_hash);
        let list = format!("{} {} {} {}=ac_1", list[0], list[1], list[2], list[3]);
        let lines = (1..).zip(["a", "", "b", "mine"]).collect();
        let document = Document { lines, list: Listed::Digests(list), ..Document::default() };
        let compared = compare(&document);
        let machine = |text: &'static str| Line::Machine(Cow::Borrowed(text));
        assert_eq!(compared.lines, [machine("a"), Line::Blank, machine("b"), Line::Person(Cow::Borrowed("mine"), 4)]);
        assert_eq!(compared.removed.len(), 2);
        assert_eq!(compared.removed[0], Place { line: line_hash("b"), nth: 1 });
        assert_eq!(compared.actions_removed, ["ac_1"]);
    }
}
