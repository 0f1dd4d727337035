//! Tables that are marked up: HTML rows, and XML elements with attributes or plain parts.

use super::{COLUMNS, Cell, ROWS, Table};
use regex::Regex;
use std::sync::LazyLock;

static ROW: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?is)<tr[^>]*>(.*?)(?:</tr>|$)").ok());
static CELL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?is)<(t[hd])[^>]*>(.*?)</t[hd]>").ok());
static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"<[^>]*>").ok());
static ELEMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"<([A-Za-z][\w.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))+)\s*(?:/>|>([^<]*)</)"#).ok()
});
static ATTRIBUTE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"([\w:.-]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')"#).ok());
static LEAF: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"<([A-Za-z][\w.-]*)>([^<]*)</([\w.-]+)>").ok());

/// The table of a text that is marked up.
pub(super) fn tables(text: &str) -> Option<Table> {
    if !text.contains('<') {
        return None;
    }
    html(text).or_else(|| attributes(text)).or_else(|| leaves(text))
}

fn html(text: &str) -> Option<Table> {
    let mut rows: Vec<(bool, Vec<String>)> = Vec::new();
    for row in ROW.as_ref()?.captures_iter(text).take(ROWS + 2) {
        let inside = row.get(1)?.as_str();
        let mut header = true;
        let mut cells = Vec::new();
        for cell in CELL.as_ref()?.captures_iter(inside).take(COLUMNS) {
            header &= cell.get(1)?.as_str().eq_ignore_ascii_case("th");
            cells.push(TAG.as_ref()?.replace_all(cell.get(2)?.as_str(), "").trim().to_owned());
        }
        rows.push((header, cells));
    }
    let width = rows.first().filter(|_| rows.len() > 2 && rows.len() <= ROWS)?.1.len();
    if width == 0 || rows.iter().any(|(_, c)| c.len() != width) {
        return None;
    }
    let named = rows[0].0 || !rows[0].1.iter().any(|c| c.bytes().any(|b| b.is_ascii_digit()));
    let columns = if named { rows.remove(0).1 } else { vec![String::new(); width] };
    let rows = rows.into_iter().map(|(_, cells)| cells.iter().map(|c| Cell::of(c)).collect()).collect();
    Some(Table { columns, rows, ..Table::default() })
}

/// The elements that occur most often, with their attributes.
fn attributes(text: &str) -> Option<Table> {
    let mut elements: Vec<(&str, Vec<(String, String)>)> = Vec::new();
    for found in ELEMENT.as_ref()?.captures_iter(text).take(ROWS + 1) {
        let tag = found.get(1)?.as_str();
        let own = ATTRIBUTE.as_ref()?.captures_iter(found.get(2)?.as_str()).take(COLUMNS);
        let mut cells: Vec<(String, String)> = own
            .filter_map(|a| Some((a.get(1)?.as_str().to_owned(), a.get(2).or_else(|| a.get(3))?.as_str().to_owned())))
            .collect();
        if let Some(inside) = found.get(3).map(|m| m.as_str().trim()).filter(|t| !t.is_empty()) {
            cells.push((tag.to_owned(), inside.to_owned()));
        }
        elements.push((tag, cells));
    }
    let count = |tag: &str| elements.iter().filter(|(t, _)| *t == tag).count();
    let tag =
        elements.iter().map(|(t, _)| *t).max_by_key(|t| count(t)).filter(|t| count(t) > 1 && elements.len() <= ROWS)?;
    Some(table(elements.iter().filter(|(t, _)| *t == tag).map(|(_, c)| c.clone()).collect()))
}

/// Elements without parts of their own; a row begins where the first of them comes again.
fn leaves(text: &str) -> Option<Table> {
    let mut rows: Vec<Vec<(String, String)>> = Vec::new();
    for leaf in LEAF.as_ref()?.captures_iter(text).take(ROWS * 4) {
        let (name, value, end) = (leaf.get(1)?.as_str(), leaf.get(2)?.as_str(), leaf.get(3)?.as_str());
        if name != end {
            return None;
        }
        let again = rows.last().is_none_or(|r| r.iter().any(|(n, _)| n == name));
        if again {
            rows.push(Vec::new());
        }
        rows.last_mut()?.push((name.to_owned(), value.to_owned()));
    }
    (rows.len() > 1 && rows.len() <= ROWS).then(|| table(rows))
}

fn table(rows: Vec<Vec<(String, String)>>) -> Table {
    let mut columns: Vec<String> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if !columns.contains(name) && columns.len() < COLUMNS {
            columns.push(name.clone());
        }
    }
    let cell =
        |row: &Vec<(String, String)>, name: &String| row.iter().find(|(n, _)| n == name).and_then(|(_, v)| Cell::of(v));
    let rows = rows.iter().map(|r| columns.iter().map(|c| cell(r, c)).collect()).collect();
    Table { columns, rows, ..Table::default() }
}
