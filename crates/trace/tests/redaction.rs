//! Redaction on the labelled texts in `tests/redaction/cases.json`. They were written before the rules, by somebody who had
//! not seen them, and are never edited to pass. What is still wrong stands in `tests/redaction/known_misses.txt`, with the
//! reason; a case that starts to pass must leave that list.

use hindcast_trace::redact::Masker;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

/// A text and the values in it, in pieces that no scanner takes for a leak.
#[derive(Deserialize)]
struct Case {
    id: String,
    domain: String,
    text: Vec<String>,
    mask: Vec<Value>,
}

#[derive(Deserialize)]
struct Value {
    kind: String,
    value: Vec<String>,
}

#[derive(Default)]
struct Row {
    labelled: usize,
    gone: usize,
    /// Masks that hide more than a labelled value, or none, by the mask's kind.
    wrong: usize,
    masks: usize,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/redaction")
}

/// Where the labelled values stand.
fn labelled(text: &str, case: &Case) -> Vec<Range<usize>> {
    let of = |value: &Value| {
        let value = value.value.concat();
        text.match_indices(&value).map(|(at, v)| at..at + v.len()).collect::<Vec<_>>()
    };
    case.mask.iter().flat_map(of).collect()
}

/// One case: what is wrong with it, counted in the rows.
fn check(masker: &Masker, case: &Case, rows: &mut BTreeMap<String, Row>) -> Vec<String> {
    let text = case.text.concat();
    let masked = masker.mask(text.as_bytes());
    let out = String::from_utf8(masked.bytes).expect("text stays text");
    let labelled = labelled(&text, case);
    let mut wrong = Vec::new();
    for value in &case.mask {
        let whole = value.value.concat();
        let row = rows.entry(value.kind.clone()).or_default();
        row.labelled += 1;
        // Gone means every byte: no part of it may stand beside the mask.
        let bare = text.match_indices(&whole).any(|(at, v)| {
            let hidden = masked.places.iter().any(|p| p.hidden.start <= at && at + v.len() <= p.hidden.end);
            !hidden
        });
        if bare || out.contains(&whole) {
            wrong.push(format!("kept {}: {whole:?}", value.kind));
        } else {
            row.gone += 1;
        }
    }
    let (mut rebuilt, mut from) = (String::new(), 0);
    for place in &masked.places {
        let row = rows.entry(place.kind.to_owned()).or_default();
        row.masks += 1;
        let hidden = &place.hidden;
        if !labelled.iter().any(|l| l.start <= hidden.start && hidden.end <= l.end) {
            row.wrong += 1;
            wrong.push(format!("masked as {}: {:?}", place.kind, &text[hidden.clone()]));
        }
        rebuilt.push_str(&text[from..hidden.start]);
        rebuilt.push_str(&out[place.mask.clone()]);
        from = hidden.end;
    }
    // Nothing but the places told of has changed.
    assert_eq!(rebuilt + &text[from..], out, "{}", case.id);
    wrong
}

#[test]
fn labelled_texts() {
    let text = std::fs::read_to_string(folder().join("cases.json")).expect("the labelled texts");
    let Cases { cases } = serde_json::from_str(&text).expect("a list of cases");
    let masker = Masker::new(&[3; 32]).expect("the built-in rules are usable");
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let (mut details, mut wrong) = (String::new(), BTreeSet::new());
    for case in &cases {
        for what in check(&masker, case, &mut rows) {
            let _ = writeln!(details, "  {} ({}): {what}", case.id, case.domain);
            wrong.insert(case.id.clone());
        }
    }
    let mut table = String::from("kind     gone of labelled   false of masks\n");
    for (kind, row) in &rows {
        let _ = writeln!(table, "{kind:8} {:4} {:11} {:7} {:8}", row.gone, row.labelled, row.wrong, row.masks);
    }
    let clean = cases.len() - wrong.len();
    let _ = writeln!(table, "{clean} of {} texts right", cases.len());
    println!("{table}");
    let known: BTreeSet<String> = std::fs::read_to_string(folder().join("known_misses.txt"))
        .expect("the list of known misses")
        .lines()
        .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
        .filter_map(|l| l.split_whitespace().next().map(str::to_owned))
        .collect();
    let new: Vec<_> = wrong.difference(&known).collect();
    let mended: Vec<_> = known.difference(&wrong).collect();
    assert!(new.is_empty(), "{table}not as labelled:\n{details}newly wrong: {new:#?}");
    assert!(mended.is_empty(), "these pass now and must leave known_misses.txt: {mended:#?}");
    for (kind, row) in &rows {
        assert!(row.labelled >= 15, "{kind} has too few labels to say anything: {}", row.labelled);
        assert_eq!(row.gone, row.labelled, "{kind}: every labelled value is gone\n{table}");
        assert_eq!(row.wrong, 0, "{kind}: nothing else is masked\n{table}");
    }
}

#[test]
fn texts_are_masked_alike_inside_json_inside_json() {
    let text = std::fs::read_to_string(folder().join("cases.json")).expect("the labelled texts");
    let Cases { cases } = serde_json::from_str(&text).expect("a list of cases");
    let masker = Masker::new(&[3; 32]).expect("the built-in rules are usable");
    let (mut alike, mut differ) = (0, Vec::new());
    for case in &cases {
        let plain = masker.mask(case.text.concat().as_bytes());
        // As a tool's answer inside a string inside a document: two levels of escapes.
        let inner = serde_json::json!({ "answer": case.text.concat() }).to_string();
        let outer = serde_json::json!({ "content": inner }).to_string();
        let out = masker.mask(outer.as_bytes());
        let value: serde_json::Value = serde_json::from_slice(&out.bytes).expect("still JSON");
        let inner = value["content"].as_str().expect("a string");
        let inner: serde_json::Value = serde_json::from_str(inner).expect("still JSON");
        let answer = inner["answer"].as_str().expect("a string");
        if answer.as_bytes() == plain.bytes {
            alike += 1;
        } else {
            differ.push(format!("{}\n  {answer:?}\n  {:?}", case.id, String::from_utf8_lossy(&plain.bytes)));
        }
    }
    assert!(differ.is_empty(), "of {} texts, {alike} are masked alike inside JSON, and not: {differ:#?}", cases.len());
}
