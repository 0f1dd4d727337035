//! "11 of the 14 forms are in", where the table has a column `form` in which no value stands eleven times: another column was counted.

use crate::detectors::closing::{Closing, all, answer, short};
use crate::detectors::wrong_count::told::is_form;
use crate::dialogue::instructed::sentences;
use crate::finding::{Category, Cite, Finding, RestsOn};
use crate::prose::wordlists::line;
use crate::session::{Call, Session};
use crate::values::typed::span;
use crate::values::typed::tokens::tokens;
use hindcast_trace::json::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// The rule path.
const PATH: &str = "column";
/// Fewer rows are counted at a glance, more are counted by a program.
const ROWS: Range<usize> = 4..201;
/// A column that sorts its rows has few values, and short ones.
const VALUES: usize = 4;
const LONGEST: usize = 12;
/// Wider tables are left alone.
const COLUMNS: usize = 24;

/// A column that sorts the rows of a table, and how often each value stands in it.
struct Column {
    name: String,
    counts: BTreeMap<String, usize>,
}

struct Table<'s, 't> {
    call: &'s Call<'t>,
    rows: usize,
    columns: Vec<Column>,
}

/// What the closing words of each turn count wrong.
pub(super) fn of(session: &Session<'_>) -> Vec<Finding> {
    all(session).iter().filter_map(judge).take(4).collect()
}

fn judge(closing: &Closing<'_, '_>) -> Option<Finding> {
    let tables: Vec<Table<'_, '_>> = closing.calls.iter().filter_map(table).collect();
    // Of several tables any may be meant.
    let [table] = &tables[..] else { return None };
    let text = &closing.text.text;
    let (sentence, number, column) = sentences(text).into_iter().find_map(|s| {
        let (number, column) = told(&text[s.clone()], table)?;
        Some((s, number, column))
    })?;
    let said = &text[sentence.clone()];
    if said.contains('?') {
        return None;
    }
    let cite = Cite::of(closing.event, closing.text, sentence)?;
    let tool = &table.call.name.text;
    let name = &column.name;
    let title = format!("Claimed \"{}\", but no value of `{name}` stands {number} times", short(cite.text()));
    let counts: Vec<String> = column.counts.iter().map(|(value, n)| format!("`{value}` {n} times")).collect();
    let detail = format!(
        "The agent says \"{}\". In the {} rows of `{tool}`, `{name}` has {}.",
        cite.text(),
        table.rows,
        counts.join(", ")
    );
    let (event, content) = answer(table.call)?;
    let made = Finding::new("wrong-count", Category::Misinterpretation, closing.event, title, cite)
        .path(PATH)
        .and(Cite::whole(event, content))
        .detail(detail)
        .rests_on(RestsOn::Assumption(format!("the number counts the rows by `{name}`")))
        .tool(tool);
    Some(made)
}

/// A number beside that of all rows, told of a column's name, that none of its counts gives.
fn told<'t>(said: &str, table: &'t Table<'_, '_>) -> Option<(usize, &'t Column)> {
    let numbers: Vec<(usize, usize)> = tokens(said)
        .iter()
        .filter_map(|t| Some((usize::try_from(span::whole(t)?).ok()?, t.range.end)))
        .filter(|(n, _)| *n > 0)
        .collect();
    let [one, two] = numbers[..] else { return None };
    let (part, whole) = if two.0 == table.rows { (one, two) } else { (two, one) };
    if whole.0 != table.rows || part.0 >= table.rows {
        return None;
    }
    let behind = line(&said[whole.1..]);
    let next: Vec<&str> = behind.split(' ').take(2).collect();
    let mut named = table.columns.iter().filter(|c| next.iter().any(|w| is_form(w, &line(&c.name))));
    let column = named.next().filter(|_| named.next().is_none())?;
    let sum = column.counts.values().any(|n| *n == part.0 || table.rows - n == part.0);
    (!sum).then_some((part.0, column))
}

fn table<'s, 't>(call: &'s Call<'t>) -> Option<Table<'s, 't>> {
    let result = call.result.as_ref().filter(|r| !r.cut_off())?;
    let rows = match result.json() {
        Some(root) => of_json(root)?,
        None => of_text(&result.content?.text)?,
    };
    let count = rows.first().map_or(0, |(_, values)| values.len());
    let columns: Vec<Column> = rows
        .into_iter()
        .map(|(name, values)| {
            let mut counts = BTreeMap::new();
            values.into_iter().for_each(|v| *counts.entry(v).or_default() += 1);
            Column { name, counts }
        })
        .filter(|c| (2..=VALUES).contains(&c.counts.len()) && c.counts.keys().all(|v| v.len() <= LONGEST))
        .collect();
    (ROWS.contains(&count) && !columns.is_empty()).then_some(Table { call, rows: count, columns })
}

/// Columns by name, each with the value of every row.
type Columns = Vec<(String, Vec<String>)>;

fn of_json(root: Value<'_>) -> Option<Columns> {
    let lists = || root.entries().map(|(_, v)| v).filter(|v| v.is_array());
    let list = if root.is_array() { root } else { lists().next().filter(|_| lists().count() == 1)? };
    let first = list.items().next().filter(|r| r.is_object())?;
    let names: Vec<String> = first.entries().take(COLUMNS).filter_map(|(k, _)| Some(k.str()?.into_owned())).collect();
    let plain =
        |v: Value<'_>| (!v.is_object() && !v.is_array()).then(|| v.str().unwrap_or_else(|| v.raw()).into_owned());
    let column = |name: String| {
        let values: Option<Vec<String>> = list.items().take(ROWS.end).map(|r| plain(r.get(&name)?)).collect();
        Some((name, values?))
    };
    Some(names.into_iter().filter_map(column).collect())
}

/// The columns of a table whose cells stand below the words of its first line.
fn of_text(text: &str) -> Option<Columns> {
    let mut lines = text.lines().map(str::trim_end).filter(|l| !l.is_empty());
    let header = lines.next().filter(|l| !l.bytes().any(|b| b.is_ascii_digit()))?;
    let rows: Vec<Vec<char>> = lines.take(ROWS.end).map(|l| l.chars().collect()).collect();
    let mut names = Vec::new();
    let mut at = 0;
    for word in header.split(' ') {
        let bare = word.trim_matches('|');
        if !bare.is_empty() {
            names.push((at, bare.to_owned()));
        }
        at += word.chars().count() + 1;
    }
    // A cell begins below a letter of its name.
    let cell = |row: &Vec<char>, at: usize, name: &str| {
        let blank = |i: usize| row.get(i).is_none_or(|c| *c == ' ');
        let begins = (at..at + name.chars().count()).find(|i| !blank(*i))?;
        let value: String = row.get(begins..)?.iter().take_while(|c| **c != ' ').collect();
        (begins == 0 || blank(begins - 1)).then_some(value)
    };
    let columns: Columns = names
        .into_iter()
        .take(COLUMNS)
        .filter_map(|(at, name)| {
            let values = rows.iter().map(|r| cell(r, at, &name)).collect::<Option<Vec<_>>>()?;
            Some((name, values))
        })
        .collect();
    (!columns.is_empty()).then_some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_their_names() {
        let found = of_text("n  who      note paid\n1  Ab, C     y    n\n10 De, F G  n    n\n").expect("columns");
        let column = |name: &str| found.iter().find(|(n, _)| n == name).map(|(_, v)| v.join(" "));
        assert_eq!(column("note").as_deref(), Some("y n"));
        assert_eq!(column("paid").as_deref(), Some("n n"));
    }
}
