//! The lines of an edited document beside those that the machine wrote.

use super::super::LINES;
use super::super::out::line_hash;
use hindcast_retro::draft::Place;
use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::collections::HashMap;

/// A line of the edited document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'t> {
    /// Nothing stands on it.
    Blank,
    /// As the machine wrote it.
    Machine(&'t str),
    /// Added or changed by a person; with its number, counted from 1.
    Person(&'t str, u64),
}

/// What became of the machine's lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compared<'t> {
    /// The document's lines.
    pub lines: Vec<Line<'t>>,
    /// The machine's lines that are gone, or stand there in other words.
    pub removed: Vec<Place>,
    /// The actions among them, by id.
    pub actions_removed: Vec<String>,
}

/// Compares a document with the list of lines that the machine wrote.
pub fn compare<'t>(text: &'t str, list: &str) -> Compared<'t> {
    let old: Vec<(&str, Option<&str>)> = list
        .split(' ')
        .filter(|entry| !entry.is_empty())
        .map(|entry| entry.split_once('=').map_or((entry, None), |(hash, action)| (hash, Some(action))))
        .collect();
    let all: Vec<(u64, &str)> =
        (1..).zip(text.lines()).filter(|(_, l)| !l.trim_start().starts_with(LINES.trim_end())).collect();
    let new: Vec<String> = all.iter().filter(|(_, l)| !l.trim().is_empty()).map(|(_, l)| line_hash(l)).collect();
    let old_hashes: Vec<&str> = old.iter().map(|(hash, _)| *hash).collect();
    let new_hashes: Vec<&str> = new.iter().map(String::as_str).collect();
    let mut is_machine = vec![false; new.len()];
    let mut is_gone = vec![false; old.len()];
    for op in capture_diff_slices(Algorithm::Patience, &old_hashes, &new_hashes) {
        match op.tag() {
            DiffTag::Equal => is_machine[op.new_range()].fill(true),
            DiffTag::Delete | DiffTag::Replace => is_gone[op.old_range()].fill(true),
            DiffTag::Insert => {}
        }
    }
    let mut compared = Compared::default();
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for ((hash, action), gone) in old.into_iter().zip(is_gone) {
        let nth = counts.entry(hash).or_default();
        if gone {
            compared.removed.push(Place { line: hash.to_owned(), nth: *nth });
            compared.actions_removed.extend(action.map(str::to_owned));
        }
        *nth += 1;
    }
    let mut is_machine = is_machine.into_iter();
    for (number, line) in all {
        compared.lines.push(match line.trim().is_empty() {
            true => Line::Blank,
            false if is_machine.next() == Some(true) => Line::Machine(line),
            false => Line::Person(line, number),
        });
    }
    compared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_and_what_is_gone() {
        let list = ["a", "b", "b", "c"].map(line_hash);
        let list = format!("{} {} {} {}=ac_1", list[0], list[1], list[2], list[3]);
        let compared = compare("a\n\nb\nmine\n", &list);
        assert_eq!(compared.lines, [Line::Machine("a"), Line::Blank, Line::Machine("b"), Line::Person("mine", 4)]);
        assert_eq!(compared.removed.len(), 2);
        assert_eq!(compared.removed[0], Place { line: line_hash("b"), nth: 1 });
        assert_eq!(compared.actions_removed, ["ac_1"]);
    }
}
