//! "1,230.85 on diesel", where a third row of diesel is left out: the sum of some of the rows, told as that of all of them.

use super::Seen;
use super::scene::{Scene, Sentence, Told};
use crate::origin::tables::Table;
use crate::values::figures::Kind;

/// Of more rows every number is the sum of some.
const ROWS: std::ops::Range<usize> = 3..11;

/// See the module's documentation.
pub(super) fn look(scene: &Scene<'_, '_>) -> Option<Seen> {
    // "From 2 to 9 May", "those under 50": a part that the words tell.
    let dated = |s: &Sentence| s.told.iter().any(|t| t.day.is_some());
    let limited = ["apart", "over", "under"].iter().any(|l| scene.counting.is_in(l, &scene.asked.words));
    if limited || dated(&scene.asked) {
        return None;
    }
    for (at, sentence) in scene.sentences.iter().enumerate().filter(|(_, s)| !dated(s)) {
        let summed = scene.counting.is_in("sum", &sentence.words)
            || at == 0 && (scene.many || scene.counting.is_in("sum", &scene.asked.words));
        if !summed || scene.is_apart(&sentence.words) || scene.counting.is_in("rough", &sentence.words) {
            continue;
        }
        let tells = |t: &&Told| {
            t.figure.kind == Kind::Plain && t.day.is_none() && (t.figure.decimals > 0 || t.figure.readings[0] >= 20.0)
        };
        let Some(told) = sentence.told.iter().find(tells).filter(|t| !scene.is_given(&t.figure)) else { continue };
        let mut bound = scene.tables.iter().enumerate().filter_map(|(index, (call, table))| {
            let right = judge(scene, table, index, sentence, told)?;
            Some((*call, right))
        });
        if let Some((call, right)) = bound.next().filter(|_| bound.next().is_none()) {
            return Some(Seen { range: sentence.range.clone(), path: "part-sum", call, right });
        }
    }
    None
}

fn judge(scene: &Scene<'_, '_>, table: &Table, index: usize, sentence: &Sentence, told: &Told) -> Option<String> {
    let literal = scene.tables.iter().any(|(_, t)| t.rows.iter().flatten().flatten().any(|c| told.is(c)));
    let text = format!("{}\n{}", scene.asked.text, sentence.text);
    let mut named = scene.values_named(table, &text, false);
    named.dedup_by(|a, b| a.1 == b.1);
    let rows: Vec<usize> = match &named[..] {
        [] => (0..table.rows.len()).collect(),
        [(_, rows, _)] => rows.clone(),
        _ => return None,
    };
    if literal || !ROWS.contains(&rows.len()) {
        return None;
    }
    let sum =
        |rows: &[usize], c: usize| rows.iter().filter_map(|r| table.rows[*r].get(c)?.as_ref()?.number()).sum::<f64>();
    let is = |v: f64| told.figure.readings.iter().any(|r| (r - v.abs()).abs() < 1e-6);
    let numeric: Vec<usize> = (0..table.columns.len())
        .filter(|c| {
            table.measures(*c).is_some()
                && rows.iter().all(|r| table.rows[*r][*c].as_ref().is_some_and(|c| c.number().is_some()))
        })
        .collect();
    let all: Vec<usize> = (0..table.rows.len()).collect();
    // Every part that has a name.
    let mut sets: Vec<Vec<usize>> =
        vec![all, scene.rows_named(table, &scene.closing.text.text), scene.rows_named(table, &scene.asked.text)];
    sets.extend((0..table.columns.len()).flat_map(|c| table.groups(c)).map(|(_, rows)| rows));
    let mut from = 0;
    for length in &scene.parts[index] {
        sets.push((from..from + length).collect());
        from += length;
    }
    if numeric.iter().any(|c| is(sum(&rows, *c)) || sets.iter().any(|s| is(sum(s, *c)))) {
        return None;
    }
    let [column] = numeric[..] else { return None };
    // All but one or two of them.
    let subset =
        (1u32..(1 << rows.len()) - 1).filter(|m| m.count_ones() >= 2 && m.count_ones() as usize + 2 >= rows.len());
    let mut parts =
        subset.map(|m| rows.iter().enumerate().filter(|(i, _)| m >> i & 1 == 1).map(|(_, r)| *r).collect::<Vec<_>>());
    parts
        .any(|p| is(sum(&p, column)))
        .then(|| format!("the {} rows add up to {}", rows.len(), tidy(sum(&rows, column))))
}

/// A sum without the noise of its last places.
pub(super) fn tidy(value: f64) -> String {
    let text = format!("{value:.2}");
    text.strip_suffix(".00").unwrap_or(&text).to_owned()
}
