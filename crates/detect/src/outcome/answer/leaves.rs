//! The members of an answer, whatever it is written in: JSON, XML, a table with a head, pairs of a name and a value.

use super::words::list;
use crate::prose::wordlists::words;
use hindcast_trace::json::Value;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// No more members, no deeper ones, and no more of a text than this are read.
const MOST: usize = 300;
const DEEPEST: usize = 5;
const LONGEST: usize = 4000;

/// What a member holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    /// Words.
    Text(String),
    /// A number.
    Number(f64),
    /// Yes or no.
    Bool(bool),
    /// Nothing.
    Null,
    /// So many members of a list or an object.
    Many(usize),
}

/// A member of an answer.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The words of its name.
    pub name: Vec<String>,
    /// The words of the names around it.
    pub around: Vec<String>,
    /// What it holds.
    pub held: Held,
    /// The object or the row that it is in.
    pub group: usize,
    /// True where that is one of a list.
    pub item: bool,
    /// Its bytes in the answer.
    pub range: Range<usize>,
}

/// The members of an answer that is JSON.
pub fn of_json(root: Value<'_>) -> Vec<Leaf> {
    let mut walk = Walk { found: Vec::new(), groups: 0 };
    walk.value(root, &[], 0, false);
    walk.found
}

struct Walk {
    found: Vec<Leaf>,
    groups: usize,
}

impl Walk {
    fn value(&mut self, value: Value<'_>, around: &[String], depth: usize, item: bool) {
        if depth > DEEPEST {
            return;
        }
        if value.is_array() {
            value.items().take(MOST).for_each(|v| self.value(v, around, depth + 1, true));
            return;
        }
        self.groups += 1;
        let group = self.groups;
        for (key, member) in value.entries() {
            if self.found.len() >= MOST {
                return;
            }
            let name = words(&key.str().unwrap_or_default());
            let end = member.start() as usize + member.bytes().len().min(160);
            let range = key.start() as usize..end;
            let leaf = Leaf { held: held(member), name, around: around.to_vec(), group, item, range };
            let inside = [around, leaf.name.as_slice()].concat();
            self.found.push(leaf);
            if member.is_object() || member.is_array() {
                self.value(member, &inside, depth + 1, item);
            }
        }
    }
}

fn held(value: Value<'_>) -> Held {
    if value.is_object() || value.is_array() {
        return Held::Many(value.len());
    }
    let text = || Held::Text(value.str().unwrap_or_default().chars().take(LONGEST).collect());
    match (value.bool(), value.f64()) {
        (Some(yes), _) => Held::Bool(yes),
        (_, Some(number)) if !value.is_str() => Held::Number(number),
        _ if value.is_null() => Held::Null,
        _ => text(),
    }
}

/// The members of an answer that is no JSON.
pub fn of_text(text: &str) -> Vec<Leaf> {
    let text = &text[..text.floor_char_boundary(LONGEST)];
    if text.trim_start().starts_with('<') {
        return of_xml(text);
    }
    let table = of_table(text);
    if table.is_empty() { of_pairs(text) } else { table }
}

// A tag of XML, with what stands in it.
static TAG: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"<(/?)(?:[\w.-]{1,40}:)?([\p{L}_][\w.-]{0,60})([^<>]{0,400}?)(/?)>").ok());
static ATTRIBUTE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:[\w.-]{1,40}:)?([\p{L}_][\w.-]{0,40})\s*=\s*(?:"([^"]{0,200})"|'([^']{0,200})')"#).ok()
});

fn of_xml(text: &str) -> Vec<Leaf> {
    let mut found = Vec::new();
    let mut open: Vec<(Vec<String>, usize, usize)> = Vec::new();
    let mut group = 0;
    for tag in TAG.iter().flat_map(|r| r.captures_iter(text)).take(MOST) {
        let (Some(whole), Some(name)) = (tag.get(0), tag.get(2)) else { continue };
        let part = |i: usize| tag.get(i).map_or("", |m| m.as_str());
        let around = |open: &[(Vec<String>, usize, usize)]| -> Vec<String> {
            open.iter().flat_map(|(name, ..)| name.clone()).collect()
        };
        if part(1) == "/" {
            let Some((name, from, group)) = open.pop() else { continue };
            let inside = text[from..whole.start()].trim();
            if !inside.contains('<') {
                let range = from..whole.start();
                let held = plain(inside);
                found.push(Leaf { name, around: around(&open), held, group, item: false, range });
            }
            continue;
        }
        let name = words(name.as_str());
        group += 1;
        let mut inner = around(&open);
        inner.extend(name.iter().cloned());
        for attribute in ATTRIBUTE.iter().flat_map(|r| r.captures_iter(part(3))).take(MOST) {
            let value = attribute.get(2).or_else(|| attribute.get(3)).map_or("", |m| m.as_str());
            let name = words(attribute.get(1).map_or("", |m| m.as_str()));
            // The code of an element inside is that of a thing.
            if !open.is_empty() && name == ["code"] && !inner.iter().any(|w| list("trouble").has(w)) {
                continue;
            }
            let held = plain(value);
            found.push(Leaf { name, around: inner.clone(), held, group, item: false, range: whole.range() });
        }
        if part(4) != "/" && open.len() < 64 {
            // Elements side by side are members of what is around them.
            open.push((name, whole.end(), open.len()));
        }
    }
    found
}

/// A value as it is written: a number, a word for yes or no, or words.
fn plain(value: &str) -> Held {
    match value {
        "true" | "True" | "TRUE" | "Y" => Held::Bool(true),
        "false" | "False" | "FALSE" | "N" => Held::Bool(false),
        "" | "null" | "NULL" | "None" => Held::Null,
        // `05` is a code.
        _ if value.len() > 1 && value.starts_with('0') && !value.contains('.') => Held::Text(value.to_owned()),
        _ => value.parse().map_or_else(|_| Held::Text(value.to_owned()), Held::Number),
    }
}

/// The rows of a table whose head has names.
fn of_table(text: &str) -> Vec<Leaf> {
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).take(MOST).collect();
    let (Some(head), true) = (lines.first(), lines.len() > 1) else { return Vec::new() };
    let separator = ['\t', ';', ',', '|'].into_iter().find(|s| head.matches(*s).count() >= 1);
    let Some(separator) = separator else { return Vec::new() };
    let names: Vec<&str> = head.split(separator).map(str::trim).collect();
    let named =
        |n: &&str| !n.is_empty() && n.len() <= 40 && n.chars().all(|c| c.is_alphanumeric() || "_ -.".contains(c));
    if !names.iter().all(named) || names.iter().any(|n| n.contains(' ')) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (row, line) in lines.iter().enumerate().skip(1) {
        let cells = cells(line, separator);
        if cells.len() != names.len() {
            return Vec::new();
        }
        let at = line.as_ptr() as usize - text.as_ptr() as usize;
        for (name, cell) in names.iter().zip(cells) {
            let held = plain(cell.trim().trim_matches('"'));
            let range = at..at + line.len();
            found.push(Leaf { name: words(name), around: Vec::new(), held, group: row, item: true, range });
        }
    }
    found.truncate(MOST);
    found
}

/// The cells of a row; a separator in quotation marks is none.
fn cells(line: &str, separator: char) -> Vec<&str> {
    let (mut cells, mut from, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in line.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c == separator && !quoted {
            cells.push(&line[from..at]);
            from = at + c.len_utf8();
        }
    }
    cells.push(&line[from..]);
    cells
}

// A name and a value of one word, and a name that begins a line with all that stands behind it.
static PAIR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"([\p{L}_][\p{L}\p{N}_.-]{0,40})=(?:"([^"\n]{0,200})"|([^\s,;|"]{1,120}))"#).ok());
static LINE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^[ \t*\-#>]{0,6}([\p{L}_][\p{L}\p{N}_. -]{0,40}):[ \t]+([^\n]{1,200})$").ok());

fn of_pairs(text: &str) -> Vec<Leaf> {
    let mut found: Vec<Leaf> = Vec::new();
    let pairs = PAIR.iter().chain(LINE.iter()).flat_map(|r| r.captures_iter(text)).take(MOST);
    for pair in pairs {
        let (Some(whole), Some(name)) = (pair.get(0), pair.get(1)) else { continue };
        let value = pair.get(2).or_else(|| pair.get(3)).map_or("", |m| m.as_str());
        let name = words(name.as_str());
        let held = plain(value.trim());
        // A log tells the same thing several times; what it tells last holds.
        found.retain(|l| l.name != name);
        found.push(Leaf { name, around: Vec::new(), held, group: 0, item: false, range: whole.range() });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(leaves: Vec<Leaf>) -> Vec<String> {
        leaves.into_iter().map(|l| format!("{}={:?}", [l.around, l.name].concat().join("."), l.held)).collect()
    }

    #[test]
    fn members_of_text() {
        assert_eq!(
            shown(of_text(r#"<s:A><Error code="7">no room</Error><ok/></s:A>"#)),
            ["a.error.code=Number(7.0)", "a.error=Text(\"no room\")"]
        );
        assert_eq!(shown(of_text("row,result\n1,ERROR")), ["row=Number(1.0)", "result=Text(\"ERROR\")"]);
        assert_eq!(shown(of_text("state=HELD at=9")), ["state=Text(\"HELD\")", "at=Number(9.0)"]);
        assert_eq!(shown(of_text("status=a\nstatus=b")), ["status=Text(\"b\")"]);
        assert_eq!(shown(of_text("Result: not done")), ["result=Text(\"not done\")"]);
    }
}
