//! "The lowest bid is 19,250", where a row has less: what is told as the largest or smallest value of a column and is not.

use super::Seen;
use super::scene::{Scene, Sentence, Told};
use crate::origin::tables::{Kind as Sort, Table};
use crate::prose::counting::words;
use crate::values::figures::Kind;
use hindcast_trace::model::Role;
use std::ops::Range;

/// Of fewer rows nothing is the most.
const LEAST: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Top,
    Bottom,
    /// One or the other.
    End,
}

fn ways(scene: &Scene<'_, '_>, sentence: &Sentence) -> Vec<(Way, Range<usize>)> {
    let lists = [("top", Way::Top), ("bottom", Way::Bottom), ("end", Way::End)];
    // "The highest-resolution camera" is another column's most.
    let joined =
        |r: &Range<usize>| sentence.words.get(r.end - 1).is_some_and(|w| sentence.text[w.range.end..].starts_with('-'));
    // "At least" is not the least.
    let rough = scene.counting.places("rough", &sentence.words);
    let apart = |r: &Range<usize>| rough.iter().all(|o| r.end <= o.start || o.end <= r.start);
    let places = |(name, way)| {
        let places = scene.counting.places(name, &sentence.words).into_iter();
        places.filter(|r| !joined(r) && apart(r)).map(move |r| (way, r)).collect::<Vec<_>>()
    };
    let mut found: Vec<_> = lists.into_iter().flat_map(places).collect();
    found.sort_by_key(|(_, r)| r.start);
    found
}

/// See the module's documentation.
pub(super) fn look(scene: &Scene<'_, '_>) -> Option<Seen> {
    let limited = |s: &Sentence| scene.counting.is_in("over", &s.words) || scene.counting.is_in("under", &s.words);
    // "The dearest that is not open", "the earliest after three": one of a part that is not read here.
    let partial = ["apart", "denied"].iter().any(|l| scene.counting.is_in(l, &scene.asked.words));
    let timed = |s: &Sentence| s.told.iter().any(|t| t.day.is_some() || t.figure.kind == Kind::Clock);
    if limited(&scene.asked) || timed(&scene.asked) || partial || limited_before(scene) {
        return None;
    }
    let asked = ways(scene, &scene.asked);
    let one_way = asked.first().filter(|f| asked.iter().all(|w| w.0 == f.0)).map(|f| f.0);
    for (at, sentence) in
        scene.sentences.iter().enumerate().filter(|(_, s)| !limited(s) && !s.text.trim_end().ends_with('?'))
    {
        let mut told = ways(scene, sentence);
        // "Which is the cheapest?" is answered by a name or a number, unless another sentence answers it.
        if told.is_empty() && at == 0 && scene.sentences[1..].iter().all(|s| ways(scene, s).is_empty()) {
            told.extend(one_way.map(|w| (w, 0..0)));
        }
        for (index, (way, place)) in told.iter().enumerate() {
            let from = sentence.words.get(place.end).map_or(sentence.text.len(), |w| w.range.start);
            let to = told.get(index + 1).map_or(sentence.text.len(), |(_, r)| sentence.words[r.start].range.start);
            let behind = sentence
                .told
                .iter()
                .find(|t| t.tells() && (from..to).contains(&t.figure.range.start) && binds(scene, t).is_some());
            let before = || {
                let left = if index == 0 { 0 } else { told[index - 1].1.end };
                let left = sentence.words.get(left).map_or(0, |w| w.range.start);
                sentence.told.iter().rfind(|t| t.tells() && (left..from).contains(&t.figure.range.start))
            };
            let pick = behind.or_else(before);
            let end = pick.map_or(to, |t| t.figure.range.end.max(from));
            let upto: Vec<_> = sentence.words.iter().filter(|w| w.range.start < end).cloned().collect();
            if scene.is_apart(&upto) {
                continue;
            }
            let bound = match pick {
                Some(told) => binds(scene, told),
                None => named(scene, sentence).filter(|_| told.len() == 1),
            };
            if let Some(seen) = bound.and_then(|bound| judge(scene, sentence, *way, bound)) {
                return Some(seen);
            }
        }
    }
    None
}

/// True where the user named a limit in an earlier turn.
fn limited_before(scene: &Scene<'_, '_>) -> bool {
    let messages = scene.session.messages.iter().filter(|m| m.role == Role::User && m.event < scene.closing.user);
    let texts = messages.flat_map(|m| m.texts).take(32);
    texts.map(|t| words(&t.text)).any(|w| ["over", "under"].iter().any(|l| scene.counting.is_in(l, &w)))
}

/// The only column that has a value: the table, the column and the rows.
fn binds(scene: &Scene<'_, '_>, told: &Told) -> Option<(usize, usize, Vec<usize>)> {
    let mut found = Vec::new();
    for (index, (_, table)) in scene.tables.iter().enumerate().filter(|(_, (_, t))| t.rows.len() >= LEAST) {
        for column in (0..table.columns.len()).filter(|c| table.measures(*c).is_some()) {
            let rows: Vec<usize> = table
                .column(column)
                .enumerate()
                .filter(|(_, c)| c.is_some_and(|c| told.is(c)))
                .map(|(r, _)| r)
                .collect();
            if !rows.is_empty() {
                found.push((index, column, rows));
            }
        }
    }
    (found.len() == 1).then(|| found.pop())?
}

/// The only row that a sentence names, in a table with one column that measures.
fn named(scene: &Scene<'_, '_>, sentence: &Sentence) -> Option<(usize, usize, Vec<usize>)> {
    let [(_, table)] = &scene.tables[..] else { return None };
    let measured: Vec<usize> = (0..table.columns.len()).filter(|c| table.measures(*c).is_some()).collect();
    let rows = scene.rows_named(table, &sentence.text);
    match (&measured[..], &rows[..]) {
        ([column], [row]) if table.rows.len() >= LEAST => Some((0, *column, vec![*row])),
        _ => None,
    }
}

fn judge(
    scene: &Scene<'_, '_>,
    sentence: &Sentence,
    way: Way,
    (index, column, rows): (usize, usize, Vec<usize>),
) -> Option<Seen> {
    let (call, table) = &scene.tables[index];
    let measures = table.measures(column)?;
    let row = *rows.first()?;
    let value = measures[row]?;
    // The longest since a day is the one since the earliest day.
    let timed = table.column(column).flatten().any(|c| !matches!(c.kind, Sort::Number(_)));
    let way = if timed { Way::End } else { way };
    let among = |rows: &[usize]| {
        let all = || rows.iter().filter_map(|r| measures[*r]);
        let top = all().all(|v| v <= value);
        let bottom = all().all(|v| v >= value);
        match way {
            Way::Top => top,
            Way::Bottom => bottom,
            Way::End => top || bottom,
        }
    };
    let all: Vec<usize> = (0..table.rows.len()).collect();
    if among(&all) || filtered(scene, table, sentence, &rows, &among) || extreme_elsewhere(table, column, row, way) {
        return None;
    }
    let extreme = |a: f64, b: f64| if way == Way::Bottom { a.min(b) } else { a.max(b) };
    let most = measures.iter().flatten().copied().reduce(extreme)?;
    let cell = table.column(column).flatten().find(|c| c.measure() == Some(most))?;
    let word = if way == Way::Bottom { "least" } else { "most" };
    let right = format!("the {word} is {}", cell.text);
    Some(Seen { range: sentence.range.clone(), path: "extreme", call: *call, right })
}

/// True where the value is the most of some part of the rows that the words or the calls name, or that a column sets apart: what is sold
/// out, closed or taken may be left out without a word.
fn filtered(
    scene: &Scene<'_, '_>,
    table: &Table,
    sentence: &Sentence,
    picked: &[usize],
    among: &dyn Fn(&[usize]) -> bool,
) -> bool {
    let texts = [&scene.asked.text, &sentence.text, &scene.arguments];
    let named = texts.into_iter().flat_map(|t| scene.values_named(table, t, false)).map(|(_, rows, _)| rows);
    let groups = (0..table.columns.len()).flat_map(|c| table.groups(c)).map(|(_, rows)| rows);
    named.chain(groups).filter(|rows| picked.iter().any(|p| rows.contains(p))).any(|rows| among(&rows))
}

/// True where the row is the most by another column: the words may be about that. Neither times nor days are the largest of anything.
fn extreme_elsewhere(table: &Table, column: usize, row: usize, way: Way) -> bool {
    let number = |c: usize| table.column(c).flatten().all(|c| c.number().is_some());
    (0..table.columns.len()).filter(|c| *c != column && (way == Way::End || number(*c))).any(|c| {
        let Some(measures) = table.measures(c) else { return false };
        let Some(own) = measures[row] else { return false };
        let top = way != Way::Bottom && measures.iter().flatten().all(|v| *v <= own);
        top || way != Way::Top && measures.iter().flatten().all(|v| *v >= own)
    })
}
