//! Lines as tables: cells between signs, cells in columns, or like words in each line.

use super::{COLUMNS, Cell, Kind, ROWS, Table};

/// The table that a text is, but for a line above it or below.
pub(super) fn table(text: &str) -> Option<Table> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|l| !l.trim().is_empty()).take(ROWS + 3).collect();
    if lines.len() > ROWS {
        return None;
    }
    let all = [
        &lines[..],
        lines.get(1..).unwrap_or_default(),
        lines.get(..lines.len().saturating_sub(1)).unwrap_or_default(),
    ];
    all.into_iter().filter(|l| l.len() > 1).find_map(of)
}

fn of(lines: &[&str]) -> Option<Table> {
    let cells = ["|", ";", "\t", ","].into_iter().find_map(|s| parted(lines, s)).or_else(|| spaced(lines));
    // "09:30 Marta Gil": a name of several words is one cell.
    let words = || {
        let worded = worded(lines);
        let one = |r: &Vec<String>| r.len() > 2 && r.iter().filter(|c| measures(c)).count() == 1;
        if worded.as_ref().is_some_and(|w| one(&w[1])) { ended(lines).or(worded) } else { worded }
    };
    let cells = cells.or_else(words).or_else(|| ended(lines))?;
    let width = cells.first()?.len();
    let read = |row: &Vec<String>| row.iter().map(|c| Cell::of(c)).collect::<Vec<_>>();
    let measured = |row: &Vec<String>| read(row).iter().flatten().any(|c| c.kind != Kind::Text);
    // A header measures nothing, and names every column.
    let first = &cells[0];
    // "no" may be the name of a column.
    let named = read(first).iter().flatten().all(|c| matches!(c.kind, Kind::Text | Kind::Flag(_)));
    let header = cells.len() > 2
        && named
        && first.iter().all(|c| !c.trim().is_empty())
        && (cells[1..].iter().any(measured)
            || first.iter().all(|c| c == &c.to_lowercase())
            || first.iter().all(|c| c == &c.to_uppercase()));
    let columns = if header { first.iter().map(|c| c.trim().to_owned()).collect() } else { vec![String::new(); width] };
    let rows: Vec<_> = cells[usize::from(header)..].iter().map(read).collect();
    (rows.len() > 1).then(|| Table { columns, rows, ..Table::default() })
}

fn same_width(rows: Vec<Vec<String>>) -> Option<Vec<Vec<String>>> {
    let width = rows.first()?.len();
    ((2..=COLUMNS).contains(&width) && rows.len() > 1 && rows.iter().all(|r| r.len() == width)).then_some(rows)
}

/// Cells between signs; a line of dashes parts the header.
fn parted(lines: &[&str], sign: &str) -> Option<Vec<Vec<String>>> {
    let rule = |l: &&&str| l.chars().all(|c| "-|+:= ".contains(c));
    let rows = lines.iter().filter(|l| !rule(l)).map(|l| {
        let inside = if sign == "|" { l.trim().trim_start_matches('|').trim_end_matches('|') } else { l };
        inside.split(sign).map(|c| c.trim().to_owned()).collect::<Vec<_>>()
    });
    let prose = matches!(sign, "," | ";") && lines.iter().any(|l| l.contains("\", \"") || l.ends_with('.'));
    (!prose).then(|| same_width(rows.collect()))?
}

/// Cells that two blanks or more part.
fn spaced(lines: &[&str]) -> Option<Vec<Vec<String>>> {
    let cells = |l: &&str| l.trim().split("  ").map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned).collect();
    same_width(lines.iter().map(cells).collect())
}

/// True for a cell that is more than words.
fn measures(cell: &str) -> bool {
    Cell::of(cell.trim_matches([',', ':', ';'])).is_some_and(|c| c.kind != Kind::Text)
}

fn listed(line: &str) -> &str {
    line.trim().trim_start_matches(['-', '*', '•', '·']).trim_start()
}

/// Words of which each line has as many; some of them measure.
fn worded(lines: &[&str]) -> Option<Vec<Vec<String>>> {
    let cells =
        |l: &&str| listed(l).split_whitespace().map(|w| w.trim_matches([',', ':', ';']).to_owned()).collect::<Vec<_>>();
    let rows = same_width(lines.iter().map(cells).collect()).filter(|r| r[0].len() <= 6)?;
    let kinds =
        |row: &Vec<String>| row.iter().map(|c| Cell::of(c).is_some_and(|c| c.kind != Kind::Text)).collect::<Vec<_>>();
    let second = kinds(&rows[1]);
    // "NAME STATUS" and `n1 Ready`: two words make a table without numbers as well.
    (rows[1..].iter().all(|r| kinds(r) == second) && (second.contains(&true) || rows[0].len() == 2)).then_some(rows)
}

/// Words and one value before or behind them.
fn ended(lines: &[&str]) -> Option<Vec<Vec<String>>> {
    let first = |l: &&str| {
        listed(l).split_once(' ').filter(|(w, _)| measures(w)).map(|(a, b)| vec![a.to_owned(), b.trim().to_owned()])
    };
    let last = |l: &&str| {
        let (a, b) = listed(l).rsplit_once(' ').filter(|(_, w)| measures(w))?;
        Some(vec![a.trim().trim_end_matches([':', '-', '–', '—', ',']).trim().to_owned(), b.to_owned()])
    };
    let parted = |l: &&str| {
        let cut =
            [" - ", " – ", " — ", ": ", " = ", " → ", " -> "].into_iter().find_map(|s| listed(l).split_once(s))?;
        Some(vec![cut.0.trim().to_owned(), cut.1.trim().to_owned()])
    };
    let all = |cells: &dyn Fn(&&str) -> Option<Vec<String>>| lines.iter().map(cells).collect::<Option<Vec<_>>>();
    let kept = |rows: Vec<Vec<String>>| rows.iter().all(|r| r.iter().all(|c| c.len() <= 60)).then_some(rows);
    all(&last).or_else(|| all(&first)).or_else(|| all(&parted)).and_then(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> (Vec<String>, Vec<String>) {
        let table = table(text).expect("a table");
        let show = |r: &Vec<Option<Cell>>| {
            r.iter().map(|c| c.as_ref().map_or(String::new(), |c| c.text.clone())).collect::<Vec<_>>().join("/")
        };
        (table.columns.clone(), table.rows.iter().map(show).collect())
    }

    #[test]
    fn lines_are_tables() {
        assert_eq!(rows("a;n\nB 1;2\nC;3").1, ["B 1/2", "C/3"]);
        assert_eq!(rows("| d | n |\n|---|---|\n| x | 2 |\n| y | 3 |").1, ["x/2", "y/3"]);
        assert_eq!(rows("09:00 Pedro Sanz\n09:30 Marta Gil").1, ["09:00/Pedro Sanz", "09:30/Marta Gil"]);
        assert_eq!(rows("Today:\nRex 34\nBibi 8").1, ["Rex/34", "Bibi/8"]);
        assert_eq!(rows("NAME STATUS\nn1 Ready\nn2 NotReady").0, ["NAME", "STATUS"]);
        assert_eq!(rows("Bassi P. - promosso\nDe Luca A. - respinto").1, ["Bassi P./promosso", "De Luca A./respinto"]);
        assert_eq!(rows("No.1 24kg\nNo.2 31kg").1, ["No.1/24kg", "No.2/31kg"]);
        assert!(table("Dear guest,\nthe pool is closed today.").is_none());
    }
}
