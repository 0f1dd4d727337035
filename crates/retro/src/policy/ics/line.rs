//! Content lines of an iCalendar file.

use jiff::civil::Date;

/// The lines of a file, each with the number that it begins at; lines that continue one are joined to it, between any two
/// bytes.
pub fn unfold(bytes: &[u8]) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    for (at, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line.split_first(), lines.last_mut()) {
            (Some((b' ' | b'\t', rest)), Some((_, before))) => before.extend_from_slice(rest),
            _ => lines.push((at + 1, line.to_vec())),
        }
    }
    let text = |(at, line): (usize, Vec<u8>)| (at, String::from_utf8_lossy(&line).into_owned());
    let told = lines.into_iter().map(text).map(|(at, line)| match at {
        1 => (at, line.trim_start_matches('\u{feff}').to_owned()),
        _ => (at, line),
    });
    told.filter(|(_, line)| !line.trim().is_empty()).collect()
}

/// A property: its name in capitals, its parameters, its value.
pub struct Line<'a> {
    pub name: String,
    parameters: Vec<(String, &'a str)>,
    pub value: &'a str,
}

impl<'a> Line<'a> {
    /// Takes a line apart; `None` where it is no property.
    pub fn of(line: &'a str) -> Option<Line<'a>> {
        let mut quoted = false;
        let mut ends = Vec::new();
        let mut value = None;
        for (at, c) in line.char_indices() {
            match c {
                '"' => quoted = !quoted,
                ';' if !quoted => ends.push(at),
                ':' if !quoted => {
                    value = Some(at);
                    break;
                }
                _ => {}
            }
        }
        let value = value?;
        ends.push(value);
        let mut parts = ends.iter().scan(0, |from, end| {
            let part = &line[*from..*end];
            *from = end + 1;
            Some(part)
        });
        let name = parts.next()?.trim();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return None;
        }
        let parameters = parts.map(|p| {
            let (name, value) = p.split_once('=').unwrap_or((p, ""));
            (name.trim().to_ascii_uppercase(), value.trim().trim_matches('"'))
        });
        let parameters = parameters.collect();
        Some(Line { name: name.to_ascii_uppercase(), parameters, value: &line[value + 1..] })
    }

    /// Its value as days: only where it says that they are whole days.
    pub fn dates(&self) -> Result<Vec<Date>, String> {
        let kind = self.parameters.iter().find(|(name, _)| name == "VALUE").map(|(_, value)| *value);
        if !kind.is_some_and(|k| k.eq_ignore_ascii_case("DATE")) {
            return Err(format!("its {} is not a whole-day value (VALUE=DATE)", self.name));
        }
        self.value
            .split(',')
            .map(|text| date(text.trim()).ok_or_else(|| format!("its {} is not a date", self.name)))
            .collect()
    }

    /// The same for one day.
    pub fn date(&self) -> Result<Date, String> {
        match self.dates()?[..] {
            [date] => Ok(date),
            _ => Err(format!("its {} is not a single date", self.name)),
        }
    }
}

/// `20261225`.
pub fn date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok()
}

/// A text with its escapes undone.
pub fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push(' '),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}
