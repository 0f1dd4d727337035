//! "Flat 4 (Lim) pays £815", where that is what another row has: the value of a neighbor, told of the row that is named.

use super::Seen;
use super::scene::{Scene, Sentence};
use crate::origin::tables::Table;
use crate::values::figures::Kind;

/// Smaller numbers may count something.
const SMALL: f64 = 13.0;

/// See the module's documentation.
pub(super) fn look(scene: &Scene<'_, '_>) -> Option<Seen> {
    for (at, sentence) in scene.sentences.iter().enumerate() {
        let compares =
            ["apart", "over", "under", "sum", "top", "bottom"].iter().any(|l| scene.counting.is_in(l, &sentence.words));
        if compares || sentence.text.trim_end().ends_with('?') {
            continue;
        }
        for (call, table) in scene.tables.iter().filter(|(_, t)| comparable(t)) {
            let Some(row) = row(scene, table, sentence, at) else { continue };
            if let Some(right) = judge(scene, table, sentence, row) {
                return Some(Seen { range: sentence.range.clone(), path: "other-row", call: *call, right });
            }
        }
    }
    None
}

/// True for rows of one kind. Two lines of a name and a value are two fields of one thing.
fn comparable(table: &Table) -> bool {
    table.rows.len() > 2 || table.rows.len() == 2 && table.columns.iter().all(|c| !c.is_empty())
}

/// The only row that a sentence is about.
fn row(scene: &Scene<'_, '_>, table: &Table, sentence: &Sentence, at: usize) -> Option<usize> {
    match scene.rows_named(table, &sentence.text)[..] {
        [row] => Some(row),
        [] if at == 0 => match scene.rows_named(table, &scene.asked.text)[..] {
            [row] if scene.rows_named(table, &scene.closing.text.text).iter().all(|r| *r == row) => Some(row),
            _ => None,
        },
        _ => None,
    }
}

/// True for a value that the other rows of its column add up to: it is told of all of them.
fn is_total(table: &Table, column: usize, told: &super::scene::Told) -> bool {
    let numbers: Vec<f64> = table.column(column).flatten().filter_map(|c| c.number()).collect();
    let sum: f64 = numbers.iter().sum();
    numbers.len() > 2 && numbers.iter().any(|n| told.figure.is(*n) && (sum - 2.0 * n).abs() < 0.005)
}

fn judge(scene: &Scene<'_, '_>, table: &Table, sentence: &Sentence, row: usize) -> Option<String> {
    let cells = &table.rows[row];
    let own = |told: &super::scene::Told| {
        let numbers: Vec<f64> = cells.iter().flatten().filter_map(|c| c.number()).collect();
        let pairs = || {
            numbers
                .iter()
                .enumerate()
                .flat_map(|(i, a)| numbers[i + 1..].iter().flat_map(move |b| [a + b, a - b, a * b]))
        };
        let inside = cells.iter().flatten().any(|c| {
            crate::values::figures::figures(&c.text, None).iter().any(|f| told.figure.readings.iter().any(|r| f.is(*r)))
        });
        cells.iter().flatten().any(|c| told.is(c))
            || inside
            || told.figure.kind != Kind::Clock && pairs().any(|v| told.figure.is(v))
    };
    let other: Vec<_> = sentence
        .told
        .iter()
        .filter(|t| t.tells() && !own(t) && (t.day.is_some() || !scene.is_given(&t.figure)))
        .collect();
    let [told] = &other[..] else { return None };
    let small = told.day.is_none()
        && told.figure.kind == Kind::Plain
        && told.figure.decimals == 0
        && told.figure.readings.iter().all(|r| *r < SMALL);
    if small || told.figure.word {
        return None;
    }
    let columns: Vec<usize> = (0..table.columns.len())
        .filter(|c| table.measures(*c).is_some() && table.column(*c).flatten().any(|cell| told.is(cell)))
        .collect();
    let [column] = columns[..] else { return None };
    let right = cells.get(column)?.as_ref()?;
    if is_total(table, column, told) {
        return None;
    }
    // Where the row's own value is told as well, the other number is told of something else.
    if scene.sentences.iter().flat_map(|s| &s.told).any(|t| t.is(right)) {
        return None;
    }
    // The same number elsewhere in the results may be the row's own.
    let elsewhere =
        scene.tables.iter().any(|(_, t)| t != table && t.rows.iter().flatten().flatten().any(|c| told.is(c)));
    (!elsewhere).then(|| format!("that row has {}", right.text))
}
