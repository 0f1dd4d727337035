//! The records that a tool's result lists, with their values: objects of a JSON list or map, XML elements, and the lines of a
//! table, of CSV or of a list. Which record an argument names is told by the ID that only this record has.

use super::keys::{self, Found, Key};
use crate::maps::HashMap;
use hindcast_trace::json::Value;
use std::collections::BTreeSet;
use std::ops::Range;

/// Longer results are not cut into records.
const LONGEST: usize = 131_072;
/// More records of a list are not read.
const MOST: usize = 200;
/// More lists of a result are not read.
const LISTS: usize = 12;
/// Lists deeper in a result are parts of parts.
const DEEPEST: usize = 5;
/// Values of one record that are read.
const WIDEST: usize = 80;
/// Longer values are descriptions: what they say is no mark of a record.
const PROSE: usize = 60;

/// One record.
#[derive(Debug, Clone)]
pub struct Record {
    /// The event of the result.
    pub event: u32,
    /// Its place in the result's text.
    pub range: Range<usize>,
    /// What may identify it, in lower case, as it is written.
    pub ids: Vec<String>,
    /// Its values and words; those of a description are not sure.
    pub keys: Vec<Found>,
}

impl Record {
    /// True where it has a key, also one that is not sure.
    pub fn has(&self, key: &Key) -> bool {
        self.keys.iter().any(|k| k.key == *key)
    }
}

/// Records that stand side by side.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// The records, two at least.
    pub records: Vec<Record>,
}

impl List {
    /// The records that values name: those that alone have one of them as an ID, where another record has an ID of the same kind.
    pub fn named(&self, values: &BTreeSet<String>) -> Vec<usize> {
        let holders = |id: &String| self.records.iter().filter(|r| r.ids.contains(id)).count();
        let kinds = |id: &String, own: usize| {
            let kind = keys::kind(id);
            let mut others = self.records.iter().enumerate().filter(|(at, _)| *at != own);
            others.any(|(_, r)| r.ids.iter().any(|o| o != id && keys::kind(o) == kind))
        };
        let names =
            |at: usize, r: &Record| r.ids.iter().any(|id| values.contains(id) && holders(id) == 1 && kinds(id, at));
        self.records.iter().enumerate().filter(|(at, r)| names(*at, r)).map(|(at, _)| at).collect()
    }

    /// The ID of a record that is of the same kind as another's.
    pub fn id_like<'l>(&'l self, record: usize, other: &str) -> Option<&'l str> {
        let kind = keys::kind(other);
        self.records[record].ids.iter().map(String::as_str).find(|id| keys::kind(id) == kind)
    }

    /// In how many records each word stands.
    pub fn words(&self) -> HashMap<&str, usize> {
        let mut count = HashMap::default();
        for record in &self.records {
            let own: BTreeSet<&str> = record
                .keys
                .iter()
                .filter_map(|k| if let Key::Word(w) = &k.key { Some(w.as_str()) } else { None })
                .collect();
            own.into_iter().for_each(|w| *count.entry(w).or_insert(0) += 1);
        }
        count
    }
}

/// The lists of a result.
pub fn lists(event: u32, text: &str, json: Option<Value<'_>>) -> Vec<List> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let mut found = Vec::new();
    match json.filter(|j| j.is_object() || j.is_array()) {
        Some(root) => walk(root, event, 0, &mut found),
        None => found.extend(in_text(event, text)),
    }
    found.retain(|l| l.records.len() >= 2);
    found.truncate(LISTS);
    found
}

/// The only record of a result, where it is an object.
pub fn single(event: u32, json: Value<'_>) -> Option<Record> {
    json.is_object().then(|| of_object(json, None, event))
}

fn walk(value: Value<'_>, event: u32, depth: usize, found: &mut Vec<List>) {
    if depth > DEEPEST || found.len() >= LISTS {
        return;
    }
    let inner: Vec<(Option<Value<'_>>, Value<'_>)> = if value.is_array() {
        value.items().take(MOST).map(|v| (None, v)).collect()
    } else {
        value.entries().take(MOST).map(|(k, v)| (Some(k), v)).collect()
    };
    let objects: Vec<_> = inner.iter().filter(|(_, v)| v.is_object()).collect();
    // A map from IDs to records is a list as well.
    let map = || objects.iter().all(|(k, _)| k.and_then(|k| k.str()).is_some_and(|k| keys::is_id(&k)));
    if objects.len() >= 2 && objects.len() == inner.len() && (value.is_array() || map()) {
        found.push(List { records: objects.iter().map(|(k, v)| of_object(*v, *k, event)).collect() });
    }
    inner
        .into_iter()
        .filter(|(_, v)| v.is_object() || v.is_array())
        .for_each(|(_, v)| walk(v, event, depth + 1, found));
}

fn of_object(value: Value<'_>, key: Option<Value<'_>>, event: u32) -> Record {
    let start = value.start() as usize;
    let mut record = Record { event, range: start..start + value.bytes().len(), ids: Vec::new(), keys: Vec::new() };
    if let Some(key) = key {
        scalar(key, false, &mut record);
    }
    collect(value, 0, &mut record);
    record
}

fn collect(value: Value<'_>, depth: usize, record: &mut Record) {
    if depth > DEEPEST || record.keys.len() >= WIDEST {
        return;
    }
    for (key, inner) in value.entries().take(WIDEST) {
        if inner.is_object() || inner.is_array() {
            collect(inner, depth + 1, record);
        } else {
            let identifies = depth == 0 && key.str().is_some_and(|k| is_id_key(&k));
            scalar(inner, identifies, record);
        }
    }
    for inner in value.items().take(WIDEST) {
        if inner.is_object() || inner.is_array() {
            collect(inner, depth + 1, record);
        } else {
            scalar(inner, false, record);
        }
    }
}

/// `id`, `booking_id`, `sku`, `code`.
fn is_id_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.ends_with("id") || matches!(key.as_str(), "sku" | "code" | "slug" | "ref" | "key")
}

fn scalar(value: Value<'_>, identifies: bool, record: &mut Record) {
    let Some(text) = value.str().or_else(|| value.f64().map(|_| value.raw())) else { return };
    let start = value.start() as usize;
    let range = start..start + value.bytes().len();
    let whole = text.trim().trim_start_matches('#').to_lowercase();
    if keys::is_id(&whole) || identifies && (1..=40).contains(&whole.len()) && !whole.contains(' ') {
        record.ids.push(whole);
    }
    let prose = text.chars().count() > PROSE;
    let room = WIDEST.saturating_sub(record.keys.len());
    let own = keys::of(&text).into_iter().take(room);
    record.keys.extend(own.map(|f| Found { range: range.clone(), sure: f.sure && !prose, ..f }));
}

/// The records of a text that is no JSON.
fn in_text(event: u32, text: &str) -> Option<List> {
    let trimmed = text.trim_start();
    let ranges = if trimmed.starts_with('<') {
        elements(text)
    } else if text.lines().filter(|l| l.starts_with("- ")).count() >= 2 {
        blocks(text)
    } else {
        lines(text)
    };
    let records: Vec<Record> = ranges.into_iter().take(MOST).filter_map(|r| of_text(event, text, r)).collect();
    (records.len() >= 2).then_some(List { records })
}

fn of_text(event: u32, text: &str, range: Range<usize>) -> Option<Record> {
    let row = text.get(range.clone())?;
    // Where cells are parted by blanks only, a description cannot be told from them.
    let prose = row.split_whitespace().count() > 40;
    let mut record = Record { event, range: range.clone(), ids: Vec::new(), keys: Vec::new() };
    for found in keys::of(row).into_iter().take(WIDEST) {
        if let Key::Id(id) = &found.key {
            record.ids.push(id.clone());
        }
        let place = range.start + found.range.start..range.start + found.range.end;
        record.keys.push(Found { range: place, sure: found.sure && !prose, ..found });
    }
    (!record.ids.is_empty()).then_some(record)
}

fn lines(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if !bare.trim().is_empty() {
            found.push(at..at + bare.len());
        }
        at += line.len();
    }
    found
}

/// The items of a list as YAML has them: from one `- ` at the margin to the next.
fn blocks(text: &str) -> Vec<Range<usize>> {
    let starts: Vec<usize> =
        lines(text).into_iter().filter(|l| text[l.clone()].starts_with("- ")).map(|l| l.start).collect();
    spans(&starts, text.trim_end().len())
}

/// The elements of the name that comes most often, each up to the next one.
fn elements(text: &str) -> Vec<Range<usize>> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::default();
    for (at, _) in text.match_indices('<').take(MOST * 8) {
        let name = text[at + 1..].split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | ':')).next();
        if let Some(name) = name.filter(|n| !n.is_empty()) {
            places.entry(name).or_default().push(at);
        }
    }
    // Parts of the records come as often as the records, and begin behind them.
    let most = places.values().filter(|p| p.len() >= 2).min_by_key(|p| p[0]);
    most.map_or_else(Vec::new, |starts| spans(starts, text.trim_end().len()))
}

fn spans(starts: &[usize], end: usize) -> Vec<Range<usize>> {
    let ends = starts.iter().skip(1).copied().chain([end]);
    starts.iter().copied().zip(ends).filter(|(from, to)| from < to).map(|(from, to)| from..to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::json::parse_lenient;

    /// The IDs of each record of the first list.
    fn ids(text: &str) -> Vec<Vec<String>> {
        let doc = parse_lenient(text.as_bytes()).filter(|(_, fault)| fault.is_none()).map(|(doc, _)| doc);
        let found = lists(3, text, doc.as_ref().map(|d| d.root()));
        found.first().map_or_else(Vec::new, |l| l.records.iter().map(|r| r.ids.clone()).collect())
    }

    #[test]
    fn results_of_many_shapes_are_cut_into_records() {
        for text in [
            r#"{"found": 2, "stays": [{"no": "A-1", "city": "Gent"}, {"no": "A-2", "city": "Brugge"}]}"#,
            r#"{"stays": {"A-1": {"city": "Gent"}, "A-2": {"city": "Brugge"}}}"#,
            "id | city\n---|---\nA-1 | Gent\nA-2 | Brugge",
            "id;city\nA-1;Gent\nA-2;Brugge\n",
            "2 hits\nA-1  Gent   DBL\nA-2  Brugge DBL",
            "- id: A-1\n  city: Gent\n- id: A-2\n  city: Brugge\n",
            r#"<stays count="2"><stay id="A-1"><city>Gent</city></stay><stay id="A-2"><city>Brugge</city></stay></stays>"#,
        ] {
            assert_eq!(ids(text), [["a-1"], ["a-2"]], "{text}");
        }
        assert!(ids(r#"{"id": "A-1", "city": "Gent"}"#).is_empty());
        assert!(ids("Dear guest,\nthe pool is closed.").is_empty());
    }

    #[test]
    fn an_argument_names_the_record_that_alone_has_it() {
        let text = "A-1;C-7;Gent;12\nA-2;C-7;Brugge;40\nA-3;C-7;Namur;40";
        let list = &lists(3, text, None)[0];
        let named = |value: &str| list.named(&BTreeSet::from([value.to_owned()]));
        assert_eq!(named("a-2"), [1]);
        assert_eq!((named("c-7"), named("12"), named("40")), (vec![], vec![], vec![]));
        assert_eq!(list.id_like(0, "a-2"), Some("a-1"));
        assert_eq!(&text[list.records[1].range.clone()], "A-2;C-7;Brugge;40");
    }
}
