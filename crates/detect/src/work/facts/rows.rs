//! A row of a table that shows something of the agent's own as not valid, not ready or not there, at the last look at it.

use super::{is, patterns};
use crate::prose::Prose;
use crate::session::Session;
use crate::work::answer;

/// A row that denies.
#[derive(Debug)]
pub struct Row {
    /// Index of the call that shows it.
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// The row.
    pub line: String,
    /// What it is about.
    pub name: String,
    /// The column.
    pub column: String,
    /// The value that stands there.
    pub value: String,
}

/// So many calls are looked at, and so many lines of each output.
const CALLS: usize = 400;
const LINES: usize = 400;

/// The first thing that the report names and that the last table with it shows as not in order, where a call of the agent made it.
pub fn denied(session: &Session<'_>, from: u32, report: &Prose<'_>) -> Option<Row> {
    let end = session.calls.partition_point(|c| c.event < report.event);
    let mut seen: Vec<String> = Vec::new();
    for (index, call) in session.calls[..end].iter().enumerate().rev().take(CALLS) {
        if call.event < from {
            return None;
        }
        let Some(told) = answer::of(call, false).filter(|a| !a.declined) else { continue };
        for row in of_table(&told.text) {
            if seen.contains(&row.name) {
                continue;
            }
            seen.push(row.name.clone());
            let named = report.text.text.contains(row.name.as_str());
            let made = || {
                session.calls[..index].iter().any(|c| {
                    c.arguments.is_some_and(|a| {
                        a.text.contains(row.name.as_str())
                            && (c.known.effect.0 == crate::tools::contract::Effect::Write
                                || is(&patterns().changes, &a.text[..a.text.floor_char_boundary(4000)]))
                    })
                })
            };
            // What was done to it after the look may have mended it.
            let touched = || {
                session.calls[index + 1..end]
                    .iter()
                    .any(|c| c.arguments.is_some_and(|a| a.text.contains(row.name.as_str())))
            };
            if row.denied && named && !touched() && made() {
                let Table { name, column, value, line, .. } = row;
                return Some(Row { call: index, event: call.event, line, name, column, value });
            }
        }
    }
    None
}

/// A row of a table with a column that tells whether something is in order.
struct Table {
    name: String,
    column: String,
    value: String,
    line: String,
    denied: bool,
}

fn of_table(text: &str) -> Vec<Table> {
    let all = patterns();
    let mut rows = Vec::new();
    let mut header: Option<(usize, String, usize)> = None;
    for line in text.lines().take(LINES) {
        let cells = cells(line);
        if let Some(at) = cells.iter().position(|c| is(&all.good_column, c)).filter(|at| *at > 0) {
            header = Some((at, cells[at].clone(), cells.len()));
            continue;
        }
        let Some((at, column, width)) = &header else { continue };
        if cells.len() != *width {
            // A rule below the heads, or the end of the table.
            if !line.chars().all(|c| matches!(c, '-' | '+' | '|' | '=' | ' ')) {
                header = None;
            }
            continue;
        }
        let name = cells[0].clone();
        if name.len() >= 4 && name.contains(|c: char| c.is_alphabetic()) && !name.contains(' ') {
            let value = cells[*at].clone();
            let denied = is(&all.denied_cell, &value);
            rows.push(Table { name, column: column.clone(), value, line: line.to_owned(), denied });
        }
    }
    rows
}

/// The cells of a row: between bars, or between gaps of two blanks.
fn cells(line: &str) -> Vec<String> {
    let line = &line[..line.floor_char_boundary(600)];
    if line.contains('|') {
        return line.trim().trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect();
    }
    line.split("  ").map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_several_kinds_are_read() {
        let denied = |text: &str| of_table(text).into_iter().filter(|r| r.denied).map(|r| r.name).collect::<Vec<_>>();
        let psql = " relname | indisvalid | size \n---------+------------+------\n a_idx   | t          | 1 MB\n b_idx   | f          | 2 MB\n(2 rows)";
        assert_eq!(denied(psql), ["b_idx"]);
        let pods =
            "NAME        READY   STATUS    AGE\nweb-6c9f    1/1     Running   5s\nweb-7d10    0/1     Pending   5s";
        assert_eq!(denied(pods), ["web-7d10"]);
        assert!(denied("NAME  AGE\nweb-1  5s").is_empty());
        assert!(denied("READY\n0/1").is_empty());
    }
}
