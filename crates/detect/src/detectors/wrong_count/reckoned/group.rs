//! "Three orders are pending", where two rows have that value.

use super::Seen;
use super::scene::{Scene, Sentence, form};
use crate::origin::tables::Table;
use crate::prose::counting::{Word, words};
use crate::prose::flags;
use crate::values::figures::{Kind, figures};
use std::collections::BTreeSet;
use std::ops::Range;

/// So many words may stand between a number and the value that it counts.
const NEAR: usize = 5;
/// What a number counts stands no more words behind it.
const BEHIND: usize = 3;
/// More are no count of rows.
const MOST: usize = 300;

/// See the module's documentation.
pub(super) fn look(scene: &Scene<'_, '_>) -> Option<Seen> {
    for (at, sentence) in scene.sentences.iter().enumerate() {
        if sentence.text.trim_end().ends_with('?') {
            continue;
        }
        for clause in clauses(&sentence.text) {
            if let Some((call, right)) = judge(scene, sentence, clause.clone(), at == 0) {
                let range = sentence.range.start + clause.start..sentence.range.start + clause.end;
                return Some(Seen { range, path: "group", call, right });
            }
        }
    }
    None
}

/// The parts of a sentence between its signs.
pub(super) fn clauses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices().chain([(text.len(), ',')]) {
        let next = text.get(at + c.len_utf8()..).and_then(|t| t.chars().next());
        let grouped = c == ',' && next.is_some_and(|c| c.is_ascii_digit());
        if matches!(c, ',' | ';' | ':' | '(' | ')' | '—' | '–' | '、' | '：') && !grouped {
            let trimmed = text[start..at].trim_matches([' ', '.', '\n', '-', '*']);
            if !trimmed.is_empty() {
                let from = start + text[start..at].find(trimmed).unwrap_or(0);
                found.push(from..from + trimmed.len());
            }
            start = (at + c.len_utf8()).min(text.len());
        }
    }
    found
}

fn judge(scene: &Scene<'_, '_>, sentence: &Sentence, clause: Range<usize>, first: bool) -> Option<(usize, String)> {
    let text = &sentence.text[clause.clone()];
    let spoken = words(text);
    // "None is late" denies, and is a number all the same.
    let mut others = spoken.clone();
    let none = scene.counting.places("none", &spoken);
    if none.len() == 1 {
        others.drain(none[0].clone());
    }
    if ["rough", "over", "under"].iter().any(|l| scene.counting.is_in(l, &spoken)) || scene.is_apart(&others) {
        return None;
    }
    let told = count(scene, sentence, &clause, &spoken)?;
    // Without blanks a number of hours or yen looks like one of things.
    if text.chars().any(|c| c as u32 >= 0x3000) {
        return None;
    }
    let mut bound = scene.tables.iter().enumerate().filter_map(|(index, (call, table))| {
        let readings = readings(scene, table, index, text, &told, first)?;
        Some((*call, table, readings))
    });
    let (call, table, (readings, rows)) = bound.next().filter(|_| bound.next().is_none())?;
    let number = match told {
        Count::Number(n, _) => n,
        Count::None(_) => 0,
        Count::Every(_) => table.rows.len(),
    };
    // "10 hours" is a value of the table itself.
    let written = |c: &crate::origin::tables::Cell| {
        c.kind == crate::origin::tables::Kind::Text
            && figures(&c.text, None).iter().any(|f| f.kind == Kind::Plain && f.is(number as f64))
    };
    if matches!(told, Count::Number(..)) && table.rows.iter().flatten().flatten().any(written) {
        return None;
    }
    // A number of the rows is what they measure: "3 pending pallets".
    let named = |at: usize| {
        let name = words(&table.columns[at]);
        name.is_empty() || name.iter().any(|n| spoken.iter().any(|w| form(&w.text, &n.text)))
    };
    let measured = |r: &usize| {
        let cells = table.rows[*r].iter().enumerate();
        cells.filter(|(at, _)| named(*at)).any(|(_, c)| c.as_ref().and_then(|c| c.number()) == Some(number as f64))
    };
    // "Nitrate: 24 mg/l": the number is a value of the row that the sentence names.
    let of_named = || {
        let rows = scene.rows_named(table, &sentence.text);
        let cells = rows.iter().flat_map(|r| &table.rows[*r]).flatten();
        cells.filter_map(|c| c.number()).any(|n| n == number as f64)
    };
    let summed = (0..table.columns.len()).any(|c| {
        let sum: f64 = rows.iter().filter_map(|r| table.rows[*r].get(c)?.as_ref()?.number()).sum();
        (sum - number as f64).abs() < 1e-6
    });
    let exact = matches!(told, Count::Number(..));
    if readings.contains(&number) || exact && (rows.iter().any(measured) || summed || of_named()) {
        return None;
    }
    if let Count::Number(_, place) = told
        && !counts_rows(scene, table, text, &spoken, place)
    {
        return None;
    }
    // Other words may say which of the rows are meant.
    if (!exact || number < rows.len()) && strange(scene, table, &spoken) > 0 {
        return None;
    }
    Some((call, format!("{} rows have that value", rows.len())))
}

/// True where a number stands before the value or before a word for the rows, or is all of the answer: other numbers are prices, times and
/// amounts.
fn counts_rows(scene: &Scene<'_, '_>, table: &Table, text: &str, spoken: &[Word], place: usize) -> bool {
    let Some(behind) = spoken.get(place + 1..) else { return false };
    if behind.is_empty() {
        return scene.many;
    }
    let value = |at: usize| (place + 1..=place + BEHIND).contains(&at);
    let valued = scene.values_named(table, text, true).iter().any(|(_, _, at)| value(*at))
        || scene.flags_named(table, text).iter().any(|(_, _, at)| value(*at));
    let known = things(scene, table);
    let thing =
        behind.iter().take(BEHIND - 1).any(|w| long(w) && known.iter().any(|k| long(k) && form(&k.text, &w.text)));
    valued || thing
}

pub(super) fn long(word: &Word) -> bool {
    word.text.chars().count() > 3
}

/// The words of the question, of the table's columns and of the calls: what its rows may be called.
pub(super) fn things(scene: &Scene<'_, '_>, table: &Table) -> Vec<Word> {
    let tools: Vec<&str> = scene.closing.calls.iter().map(|c| c.name.text.as_str()).collect();
    let columns = table.columns.join(" ");
    words(&format!("{} {columns} {} {}", scene.asked.text, table.name, tools.join(" ")).replace('_', " "))
}

/// How many are told, and where in the words of the clause.
enum Count {
    Number(usize, usize),
    Every(usize),
    None(usize),
}

/// The only number of a clause that can count rows.
fn count(scene: &Scene<'_, '_>, sentence: &Sentence, clause: &Range<usize>, spoken: &[Word]) -> Option<Count> {
    let mut inside: Vec<_> = sentence
        .told
        .iter()
        .filter(|t| clause.contains(&t.figure.range.start) && t.figure.kind != Kind::Name)
        .collect();
    // "4 East has four free beds": what repeats a number is written like it.
    if inside.len() > 1 {
        inside.retain(|t| !scene.is_repeated(&t.figure));
    }
    let place = |at: usize| spoken.iter().take_while(|w| w.range.end + clause.start <= at).count();
    match inside[..] {
        [told] => {
            let n = Scene::countable(sentence, told).filter(|n| (1..MOST).contains(n))?;
            let given = scene.is_given(&told.figure) && !scene.many;
            let other = given || Scene::in_time(sentence, &told.figure);
            (!other).then(|| Count::Number(n, place(told.figure.range.start)))
        }
        [] => {
            let only = |list: &str| match &scene.counting.places(list, spoken)[..] {
                [place] => Some(place.start),
                _ => None,
            };
            only("none").map(Count::None).or_else(|| only("every").map(Count::Every))
        }
        _ => None,
    }
}

type Readings = (BTreeSet<usize>, Vec<usize>);

/// Every number of rows that the values named in a clause may mean, and the rows of all of them together.
fn readings(
    scene: &Scene<'_, '_>,
    table: &Table,
    index: usize,
    text: &str,
    told: &Count,
    first: bool,
) -> Option<Readings> {
    let last = words(text).len().saturating_sub(1);
    let near = |at: usize| match told {
        Count::Number(_, place) | Count::None(place) => at.abs_diff(*place) <= NEAR,
        // "All invoices are overdue", and not "all overdue invoices are …".
        Count::Every(place) => at == last && at >= place + 3,
    };
    let mut named: Vec<(usize, Vec<usize>)> = scene
        .values_named(table, text, true)
        .into_iter()
        .filter(|(_, _, at)| near(*at))
        .map(|(c, rows, _)| (c, rows))
        .collect();
    let flags = scene.flags_named(table, text);
    let mut readings = BTreeSet::new();
    for (yes, no, at) in flags.into_iter().filter(|(_, _, at)| near(*at)) {
        readings.extend([yes.len(), no.len()]);
        named.push((usize::MAX - at, yes));
    }
    if named.is_empty() && first && scene.many && matches!(told, Count::Number(..)) {
        named = scene.values_named(table, &scene.asked.text, false).into_iter().map(|(c, rows, _)| (c, rows)).collect();
        // Without the value's name the number may be about all the same something else.
        named.retain(|_| scene.sentences.len() == 1 && text.split_whitespace().count() < 14);
    }
    if named.is_empty() {
        return None;
    }
    // What the question names narrows the rows, or not.
    let asked: Vec<(usize, Vec<usize>)> =
        scene.values_named(table, &scene.asked.text, false).into_iter().map(|(c, rows, _)| (c, rows)).collect();
    let union = |all: &[(usize, Vec<usize>)], column: usize| -> BTreeSet<usize> {
        all.iter().filter(|(c, _)| *c == column).flat_map(|(_, rows)| rows.iter().copied()).collect()
    };
    let columns: BTreeSet<usize> = named.iter().map(|(c, _)| *c).collect();
    let mut whole: Option<BTreeSet<usize>> = None;
    for column in &columns {
        let rows = union(&named, *column);
        readings.insert(rows.len());
        whole = Some(whole.map_or_else(|| rows.clone(), |w| w.intersection(&rows).copied().collect()));
    }
    let whole = whole?;
    readings.extend(named.iter().map(|(_, rows)| rows.len()));
    readings.insert(whole.len());
    for (_, rows) in &asked {
        readings.insert(whole.iter().filter(|r| rows.contains(r)).count());
    }
    for (_, rows) in named.iter().chain(&asked) {
        for (_, other) in named.iter().chain(&asked) {
            readings.insert(rows.iter().filter(|r| other.contains(r)).count());
        }
    }
    // Each page of a joined table.
    let mut from = 0;
    for length in &scene.parts[index] {
        readings.insert(whole.iter().filter(|r| (from..from + length).contains(*r)).count());
        from += length;
    }
    // Different names in those rows.
    for column in 0..table.columns.len() {
        let values: BTreeSet<&str> =
            whole.iter().filter_map(|r| Some(table.rows[*r].get(column)?.as_ref()?.text.as_str())).collect();
        let sorts = !table.groups(column).is_empty() && !columns.contains(&column);
        if sorts {
            readings.insert(values.len());
        }
    }
    Some((readings, whole.into_iter().collect()))
}

/// How many words of a clause stand neither in the question, nor in the table, nor in the calls.
pub(super) fn strange(scene: &Scene<'_, '_>, table: &Table, spoken: &[Word]) -> usize {
    let mut known = things(scene, table);
    known.extend(words(&scene.arguments));
    let filler = |w: &Word| {
        let common = flags::of(&w.text) & (flags::ENGLISH | flags::OTHER) != 0;
        common
            || scene.counting.number(&w.text).is_some()
            || ["none", "every", "only"].iter().any(|l| scene.counting.is_in(l, std::slice::from_ref(w)))
    };
    let cells =
        |w: &Word| table.rows.iter().flatten().flatten().any(|c| words(&c.text).iter().any(|o| form(&o.text, &w.text)));
    spoken
        .iter()
        .filter(|w| long(w) && !filler(w) && !known.iter().any(|k| form(&k.text, &w.text)) && !cells(w))
        .count()
}
