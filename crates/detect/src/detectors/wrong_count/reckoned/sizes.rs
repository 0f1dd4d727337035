//! "Three are sold out", where no part of the rows has three: a number of rows that neither the table, nor any part of it that its values
//! allow, nor a sum over one gives, however the part is worded.

mod parts;

use super::Seen;
use super::group::{clauses, long, strange, things};
use super::scene::{Scene, Sentence, Told, form};
use crate::origin::tables::{Kind, Table};
use crate::prose::counting::{Word, words};
use crate::prose::flags;
use crate::values::figures::{Kind as Sort, figures};
use crate::values::written::weekday;
use hindcast_trace::json::Value;
use std::collections::BTreeSet;

/// What a number counts stands no more words behind it.
const BEHIND: usize = 4;
/// A number that is so many times the rows is none of them.
const FAR: usize = 3;
/// Longer tables have a part of nearly every size; of one row there is none.
const ROWS: std::ops::Range<usize> = 2..61;

/// See the module's documentation.
pub(super) fn look(scene: &Scene<'_, '_>) -> Option<Seen> {
    for (at, sentence) in scene.sentences.iter().enumerate() {
        if sentence.text.trim_end().ends_with('?') {
            continue;
        }
        for told in &sentence.told {
            if let Some((call, right)) = judge(scene, sentence, told, at == 0) {
                return Some(Seen { range: sentence.range.clone(), path: "part-size", call, right });
            }
        }
    }
    None
}

fn judge(scene: &Scene<'_, '_>, sentence: &Sentence, told: &Told, first: bool) -> Option<(usize, String)> {
    let number = Scene::countable(sentence, told).filter(|n| *n > 1 && !scene.is_repeated(&told.figure))?;
    let clause = clauses(&sentence.text).into_iter().find(|c| c.contains(&told.figure.range.start))?;
    let text = &sentence.text[clause.clone()];
    // "Blue: 4 children, 2 funded": the head of the line is about all of it.
    let head = sentence.text[..told.figure.range.start].rfind(':').map_or("", |colon| &sentence.text[..colon]);
    let scope = if clause.start > head.len() && !head.is_empty() { format!("{head} {text}") } else { text.to_owned() };
    // A formula tells where its number comes from.
    if sentence.text.contains(['=', '×', '÷', '≈']) {
        return None;
    }
    let spoken = words(&scope);
    let vague = ["rough", "over", "under", "apart", "sum"].iter().any(|l| scene.counting.is_in(l, &spoken));
    if vague || text.chars().any(|c| c as u32 >= 0x3000) {
        return None;
    }
    let tables: Vec<&(usize, Table)> = scene.tables.iter().filter(|(_, t)| ROWS.contains(&t.rows.len())).collect();
    if tables.is_empty() || scene.tables.len() != tables.len() && tables.iter().any(|(_, t)| number > t.rows.len()) {
        return None;
    }
    let behind = behind(sentence, told);
    let called = |table: &Table| words(&table.name.replace(['_', '.'], " "));
    let names = |known: &[Word], count: usize| {
        behind.iter().take(count).any(|w| long(w) && known.iter().any(|k| long(k) && form(&k.text, &w.text)))
    };
    // The name of the list right behind the number says which of them is counted.
    let named: Vec<&&(usize, Table)> = tables.iter().filter(|(_, t)| names(&called(t), 2)).collect();
    let counted: Vec<&(usize, Table)> = if let [one] = named[..] { vec![*one] } else { tables.clone() };
    let column = |t: &Table| t.columns.iter().any(|c| names(&words(&c.replace(['_', '.'], " ")), 2));
    let of_column = counted.iter().any(|(_, t)| column(t));
    let rows: usize = counted.iter().map(|(_, t)| t.rows.len()).sum();
    // What is far from their number counts something else; "Thursday 18" is a day.
    let year = (1900..2101).contains(&number);
    let far = number > rows * FAR && !of_column || year;
    let before = sentence.text[..told.figure.range.start].split_whitespace().next_back().unwrap_or_default();
    let in_time = Scene::in_time(sentence, &told.figure);
    // "60 are needed, you have 54: 6 months short."
    let differs = || {
        let others = sentence.told.iter().filter(|t| t.figure.range != told.figure.range).map(|t| &t.figure);
        let others: Vec<f64> = others.chain(&scene.given).flat_map(|f| f.readings.iter().copied()).collect();
        let all =
            figures(&scene.closing.text.text, Some(scene.counting)).into_iter().flat_map(|f| f.readings).chain(others);
        let all: Vec<f64> = all.take(80).collect();
        all.iter().any(|a| {
            all.iter().any(|b| (a - b).abs() == number as f64 || a + b == number as f64 && *a > 0.0 && *b > 0.0)
        })
    };
    if in_time && (!of_column || differs()) || far || weekday(&before.to_lowercase()).is_some() {
        return None;
    }
    let (call, table) = counted.first()?;
    let known = things(scene, table);
    let bare = behind.first().map_or(scene.many, |w| common(w));
    let alone = sentence.told.len() == 1 && (first && scene.many || topical(scene, table, &sentence.words));
    if !(named.len() == 1 || of_column || names(&known, 3) || bare && alone) {
        return None;
    }
    if literal(scene, number, named.len() == 1) || listed(scene, &counted, number) {
        return None;
    }
    let parts: Vec<BTreeSet<usize>> = counted.iter().filter_map(|(_, t)| parts::named(scene, t, &scope)).collect();
    let allowed: BTreeSet<usize> = if parts.is_empty() {
        let sorted = counted.iter().all(|(_, t)| (0..t.columns.len()).any(|c| t.sorts(c)));
        let plain = counted.iter().all(|(_, t)| strange(scene, t, &spoken) == 0 && fielded(scene, t, &spoken));
        let more = counted.iter().all(|(_, t)| number > t.rows.len());
        if !(sorted || plain || more) {
            return None;
        }
        counted.iter().flat_map(|(_, t)| parts::all(scene, sentence, t)).chain([scene.closing.calls.len()]).collect()
    } else {
        parts.into_iter().flatten().collect()
    };
    if allowed.contains(&number) || number == rows {
        return None;
    }
    Some((*call, format!("no part of the {} rows has {number}", table.rows.len())))
}

/// The words behind a number, up to the next one.
fn behind<'w>(sentence: &'w Sentence, told: &Told) -> Vec<&'w Word> {
    let end = sentence.told.iter().map(|t| t.figure.range.start).find(|s| *s >= told.figure.range.end);
    let end = end.unwrap_or(sentence.text.len());
    sentence
        .words
        .iter()
        .filter(|w| w.range.start >= told.figure.range.end && w.range.end <= end)
        .take(BEHIND)
        .collect()
}

/// True for a word that names nothing.
fn common(word: &Word) -> bool {
    flags::of(&word.text) & (flags::ENGLISH | flags::OTHER) != 0
}

/// True where each word that names something is one of the table or of the calls: what only the question names may be a property that no field
/// has, such as "vegetarian".
fn fielded(scene: &Scene<'_, '_>, table: &Table, spoken: &[Word]) -> bool {
    let tools: Vec<&str> = scene.closing.calls.iter().map(|c| c.name.text.as_str()).collect();
    let names = format!("{} {} {} {}", table.columns.join(" "), table.name, tools.join(" "), scene.arguments);
    let mut known = words(&names.replace(['_', '.'], " "));
    known.extend(table.rows.iter().flatten().flatten().flat_map(|c| words(&c.text)));
    let plain = |w: &Word| common(w) || scene.counting.number(&w.text).is_some() || !long(w);
    spoken.iter().all(|w| plain(w) || known.iter().any(|k| form(&k.text, &w.text)))
}

/// True where a sentence names what the list holds.
fn topical(scene: &Scene<'_, '_>, table: &Table, spoken: &[Word]) -> bool {
    let tools: Vec<&str> = scene.closing.calls.iter().map(|c| c.name.text.as_str()).collect();
    let columns = table.columns.join(" ");
    let known = words(&format!("{} {columns} {}", table.name, tools.join(" ")).replace(['_', '.', '-'], " "));
    let asked = |w: &Word| scene.asked.words.iter().any(|a| form(&a.text, &w.text));
    spoken
        .iter()
        .any(|w| long(w) && !common(w) && (asked(w) || known.iter().any(|k| long(k) && form(&k.text, &w.text))))
}

/// True for a number that stands in a result as it is; what counts the rows of a list by its name may stand there by chance, in a column
/// of another name.
fn literal(scene: &Scene<'_, '_>, number: usize, named: bool) -> bool {
    let cells = || scene.tables.iter().flat_map(|(_, t)| t.rows.iter().flatten().flatten());
    // The list of one record, and one of several lists of a name.
    let list = || cells().any(|c| c.kind == Kind::List(number)) || scene.parts.iter().flatten().any(|n| *n == number);
    let results = || scene.closing.calls.iter().filter_map(|c| c.result.as_ref()?.content);
    // A line above or below a list of lines may belong to it.
    let lines = results().any(|t| {
        let lines = t.text.lines().filter(|l| !l.trim().is_empty()).count();
        lines == number && !t.text.trim_start().starts_with(['{', '[', '<'])
    });
    // A total beside the list.
    let total = scene.closing.calls.iter().filter_map(|c| c.result.as_ref()?.json()).any(|root| tells(root, number, 0));
    let written = results()
        .filter(|_| !named)
        .flat_map(|t| figures(&t.text, None))
        .any(|f| f.kind == Sort::Plain && f.is(number as f64));
    written || lines || total || list()
}

/// True where a field that stands in no list has this number.
fn tells(value: Value<'_>, number: usize, depth: usize) -> bool {
    const DEEPEST: usize = 3;
    depth < DEEPEST
        && value.is_object()
        && value.entries().take(64).any(|(_, v)| v.f64() == Some(number as f64) || tells(v, number, depth + 1))
}

/// True where the answer itself names so many of the rows.
fn listed(scene: &Scene<'_, '_>, counted: &[&(usize, Table)], number: usize) -> bool {
    counted.iter().any(|(_, t)| scene.rows_named(t, &scene.closing.text.text).len() == number)
}
