//! The tables that a result holds, in whatever form: lists and maps of JSON, CSV, Markdown, HTML, XML, and lines of like words.

mod json;
mod lines;
mod marked;

use crate::prose::accents::unaccented;
use crate::prose::classes::class;
use crate::prose::wordlists::words;
use crate::session::Call;
use crate::values::figures::{self, Kind as Figure};
use crate::values::typed::{clock, day};

/// Longer results are not read.
const LONGEST: usize = 65_536;
/// No more rows of a table, columns and tables are read.
pub(super) const ROWS: usize = 200;
pub(super) const COLUMNS: usize = 32;
pub(super) const TABLES: usize = 40;

/// What the value of a cell is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// A number.
    Number(f64),
    /// A time of day in minutes.
    Clock(f64),
    /// A day, counted on.
    Day(f64),
    /// Yes or no.
    Flag(bool),
    /// How many items a list in the row has.
    List(usize),
    /// Words.
    Text,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cell {
    pub text: String,
    pub kind: Kind,
}

impl Cell {
    /// A cell by what stands in it.
    pub(super) fn of(text: &str) -> Option<Cell> {
        let text = text.trim().trim_matches(['"', '*', '`']).trim();
        let none = text.is_empty() || matches!(text, "-" | "–" | "—" | "null" | "None" | "n/a" | "N/A");
        (!none).then(|| Cell { text: text.to_owned(), kind: kind(text) })
    }

    /// What it measures: a number, a time or a day.
    pub(crate) fn measure(&self) -> Option<f64> {
        match self.kind {
            Kind::Number(n) | Kind::Clock(n) | Kind::Day(n) => Some(n),
            _ => None,
        }
    }

    /// The number.
    pub(crate) fn number(&self) -> Option<f64> {
        if let Kind::Number(n) = self.kind { Some(n) } else { None }
    }
}

fn kind(text: &str) -> Kind {
    match text {
        "true" | "True" | "TRUE" => return Kind::Flag(true),
        "false" | "False" | "FALSE" => return Kind::Flag(false),
        _ => {}
    }
    if text.len() > 40 {
        return Kind::Text;
    }
    if text.len() <= 10 && text.chars().all(char::is_alphabetic) {
        let word = unaccented(text);
        if class("ticked").has(&word) || class("unticked").has(&word) {
            return Kind::Flag(class("ticked").has(&word));
        }
    }
    if let [day] = &day::iso(text)[..] {
        let (year, month) = (f64::from(day.year.unwrap_or(0)), f64::from(day.month));
        // Months of 31 days keep the order; the time of day is kept where there is one.
        let minutes = clock::clocks(&text[day.range.end..], false).first().map_or(0, |c| c.minute);
        return Kind::Day((year * 12.0 + month) * 31.0 + f64::from(day.day) + minutes as f64 / 1440.0);
    }
    if let [clock] = &clock::clocks(text, false)[..]
        && clock.range.len() + 1 >= text.len()
    {
        return Kind::Clock(clock.minute as f64);
    }
    let numbers = figures::figures(text, None);
    let [number] = &numbers[..] else { return Kind::Text };
    // "24kg", "€ 1.850", "-12": a number with at most a short unit.
    let around = text.len() - number.range.len();
    let negative = text.starts_with('-') && number.range.start == 1;
    let plain = matches!(number.kind, Figure::Plain | Figure::Percent) || negative;
    let units = text.chars().filter(|c| c.is_alphabetic()).count() <= 4 && around <= 8;
    let unit_before = text[..number.range.start].ends_with(char::is_alphabetic);
    match number.readings.first() {
        Some(n) if plain && units && !unit_before => Kind::Number(if negative { -n } else { *n }),
        _ => Kind::Text,
    }
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Table {
    /// The key that holds it; empty for the result itself.
    pub name: String,
    /// How many lists above it there are whose items hold it.
    pub inner: bool,
    /// The names of its columns; empty where they have none.
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<Cell>>>,
}

impl Table {
    /// The cells of a column.
    pub(crate) fn column(&self, at: usize) -> impl Iterator<Item = Option<&Cell>> {
        self.rows.iter().map(move |r| r.get(at)?.as_ref())
    }

    /// What a column measures, row by row, where every cell that is there measures the same kind of thing.
    pub(crate) fn measures(&self, at: usize) -> Option<Vec<Option<f64>>> {
        let same =
            |cell: &Cell, first: &Cell| std::mem::discriminant(&cell.kind) == std::mem::discriminant(&first.kind);
        let first = self.column(at).flatten().next()?;
        let measured = self.column(at).flatten().all(|c| c.measure().is_some() && same(c, first));
        let many = self.column(at).flatten().count() > 1;
        (measured && many && !self.numbers_rows(at)).then(|| self.column(at).map(|c| c?.measure()).collect())
    }

    /// True for a column that numbers or names the rows: 1, 2, 3, or a column whose name says so.
    pub(crate) fn numbers_rows(&self, at: usize) -> bool {
        let named = words(&self.columns[at]);
        let marks = ["id", "ids", "nr", "no", "num", "number", "index", "idx", "key", "code", "ref", "line", "pos"];
        if named.iter().any(|w| marks.contains(&w.as_str())) {
            return true;
        }
        let numbers: Vec<f64> = self.column(at).flatten().filter_map(Cell::number).collect();
        let counted = numbers.len() == self.rows.len() && numbers.windows(2).all(|p| p[1] - p[0] == 1.0);
        self.columns.len() > 1 && counted && numbers.len() > 2
    }

    /// The columns whose words tell the rows apart.
    pub(crate) fn labels(&self) -> Vec<usize> {
        (0..self.columns.len())
            .filter(|at| {
                let texts: Vec<&str> =
                    self.column(*at).flatten().filter(|c| c.kind == Kind::Text).map(|c| c.text.as_str()).collect();
                let mut once = texts.clone();
                once.sort_unstable();
                once.dedup();
                texts.len() > 1 && texts.len() == self.column(*at).flatten().count() && once.len() == texts.len()
            })
            .collect()
    }

    /// True where a column sorts the rows by few values.
    pub(crate) fn sorts(&self, at: usize) -> bool {
        let groups = self.groups(at);
        (1..=(self.rows.len() / 2).max(2)).contains(&groups.len())
    }

    /// The values by which a column sorts the rows, each with its rows; empty for one that does not sort them.
    pub(crate) fn groups(&self, at: usize) -> Vec<(&str, Vec<usize>)> {
        let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
        for (row, cell) in self.column(at).enumerate() {
            let Some(cell) = cell else { continue };
            if !matches!(cell.kind, Kind::Text | Kind::Flag(_)) || cell.text.len() > 40 {
                return Vec::new();
            }
            match groups.iter_mut().find(|(value, _)| *value == cell.text) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((&cell.text, vec![row])),
            }
        }
        if groups.len() < self.rows.len() && groups.len() <= 30 { groups } else { Vec::new() }
    }
}

/// The tables of a call's result; none where it was cut.
pub(crate) fn of(call: &Call<'_>) -> Vec<Table> {
    let Some(result) = call.result.as_ref().filter(|r| !r.cut_off()) else { return Vec::new() };
    let Some(content) = result.content.filter(|c| c.text.len() <= LONGEST) else { return Vec::new() };
    let mut tables = match result.json() {
        Some(root) if root.is_object() || root.is_array() => json::tables(root),
        _ => marked::tables(&content.text).or_else(|| lines::table(&content.text)).into_iter().collect(),
    };
    tables.retain(|t| !t.rows.is_empty() && !t.columns.is_empty());
    tables
}
