//! Lists and maps of JSON as tables.

use super::{COLUMNS, Cell, Kind, ROWS, TABLES, Table};
use hindcast_trace::json::Value;

/// Deeper values are not read.
const DEEPEST: usize = 6;

/// The tables of a value.
pub(super) fn tables(root: Value<'_>) -> Vec<Table> {
    let mut found = Vec::new();
    walk(root, "", 0, false, &mut found);
    found
}

fn scalar(value: Value<'_>) -> bool {
    !value.is_object() && !value.is_array()
}

fn cell(value: Value<'_>) -> Option<Cell> {
    if value.is_array() {
        return Some(Cell { text: String::new(), kind: Kind::List(value.len()) });
    }
    if value.is_null() {
        return None;
    }
    let text = value.str().unwrap_or_else(|| value.raw());
    // A string of digits may be a name, and a number of JSON is one.
    match value.f64() {
        Some(n) if value.str().is_none() => Some(Cell { text: text.trim().to_owned(), kind: Kind::Number(n) }),
        // A long string of digits is a name.
        _ if text.len() > 6 && text.bytes().all(|b| b.is_ascii_digit()) => {
            Some(Cell { text: text.into_owned(), kind: Kind::Text })
        }
        _ => Cell::of(&text),
    }
}

fn walk(value: Value<'_>, name: &str, depth: usize, inner: bool, found: &mut Vec<Table>) {
    if depth > DEEPEST || found.len() >= TABLES || scalar(value) {
        return;
    }
    let key = |k: Value<'_>| k.str().unwrap_or_default().into_owned();
    if value.is_array() {
        let items: Vec<Value<'_>> = value.items().take(ROWS + 1).collect();
        if items.is_empty() || items.len() > ROWS {
            return;
        }
        let objects = items.iter().all(|v| v.is_object());
        if objects {
            found.push(of_objects(name, inner, items.iter().map(|v| (None, *v)).collect()));
        } else if items.iter().all(|v| scalar(*v)) {
            let rows = items.iter().map(|v| vec![cell(*v)]).collect();
            found.push(Table { name: name.to_owned(), inner, columns: vec![name.to_owned()], rows });
        } else if items.iter().all(|v| v.is_array() && v.items().take(COLUMNS).all(scalar)) {
            let rows: Vec<Vec<Option<Cell>>> =
                items.iter().map(|v| v.items().take(COLUMNS).map(cell).collect()).collect();
            let width = rows.iter().map(Vec::len).max().unwrap_or(0);
            found.push(Table { name: name.to_owned(), inner, columns: vec![String::new(); width], rows });
        }
        items.iter().filter(|v| v.is_object()).for_each(|v| parts(*v, depth, true, found));
        return;
    }
    let entries: Vec<(Value<'_>, Value<'_>)> = value.entries().take(ROWS + 1).collect();
    if entries.len() > 1 && entries.len() <= ROWS && entries.iter().all(|(_, v)| v.is_object()) {
        let first = entries[0].1;
        let alike = entries.iter().all(|(_, v)| v.entries().any(|(k, _)| first.get(&key(k)).is_some()));
        if alike {
            found.push(of_objects(name, inner, entries.iter().map(|(k, v)| (Some(key(*k)), *v)).collect()));
        }
    } else if entries.len() > 1 && entries.iter().all(|(_, v)| scalar(*v) && v.f64().is_some() && v.str().is_none()) {
        let rows =
            entries.iter().map(|(k, v)| vec![Cell::of(&key(*k)).map(|c| Cell { kind: Kind::Text, ..c }), cell(*v)]);
        let columns = vec![String::new(), name.to_owned()];
        found.push(Table { name: name.to_owned(), inner, columns, rows: rows.collect() });
    }
    parts(value, depth, inner, found);
}

/// The tables within a record.
fn parts(record: Value<'_>, depth: usize, inner: bool, found: &mut Vec<Table>) {
    for (key, value) in record.entries().take(ROWS) {
        walk(value, &key.str().unwrap_or_default(), depth + 1, inner, found);
    }
}

fn of_objects(name: &str, inner: bool, items: Vec<(Option<String>, Value<'_>)>) -> Table {
    let keyed = items.iter().any(|(k, _)| k.is_some());
    let mut columns: Vec<String> = if keyed { vec![String::new()] } else { Vec::new() };
    let mut rows = Vec::new();
    for (own, item) in items {
        let mut row: Vec<Option<Cell>> = vec![None; columns.len()];
        let mut set = |name: String, value: Option<Cell>| {
            let at = columns.iter().position(|c| *c == name).unwrap_or_else(|| {
                columns.push(name);
                columns.len() - 1
            });
            row.resize(row.len().max(at + 1), None);
            if at < COLUMNS {
                row[at] = value;
            }
        };
        if let Some(own) = own {
            set(String::new(), Cell::of(&own));
        }
        for (key, value) in item.entries().take(COLUMNS) {
            let key = key.str().unwrap_or_default().into_owned();
            if value.is_object() {
                let plain = value.entries().take(COLUMNS).filter(|(_, v)| scalar(*v));
                plain.for_each(|(k, v)| set(format!("{key}.{}", k.str().unwrap_or_default()), cell(v)));
            } else {
                set(key, cell(value));
            }
        }
        rows.push(row);
    }
    let width = columns.len();
    rows.iter_mut().for_each(|r: &mut Vec<Option<Cell>>| r.resize(width, None));
    Table { name: name.to_owned(), inner, columns, rows }
}
