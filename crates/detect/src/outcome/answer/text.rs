//! What an answer in plain words says, or a text among its members.

use super::words::{able, done, failed, list, open, participle};
use super::{Hit, Upshot};
use crate::prose::wordlists::words;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Longer texts are content.
const LONGEST: usize = 700;
/// So many words behind a negation are denied by it.
const REACH: usize = 4;

// What only errors have: a status of HTTP, an exception's name, codes of databases, a program's exit.
static CODED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^\W*(?:HTTP(?:/[0-9.]+)?\s*(?:status\s*)?[:=]?\s*[45][0-9][0-9](?-u:\b) | [45][0-9][0-9]\s+[A-Z][a-z]+
          | (?:[A-Za-z_][A-Za-z0-9_]*\.)*[A-Za-z_][A-Za-z0-9_]*(?:Exception|Error|Fault)(?-u:\b)\s*[:(\n]
          | (?:ORA|PLS|SP2|DB2|TNS|CPF|IDOC|SQLCODE)-?\s?-?[0-9]{3,5}(?-u:\b) | SQLSTATE\b | ERROR\s+[0-9]{3,5}(?-u:\b)
          | (?i:exit(?:ed)?(?:\s+(?:code|status))?\s*[:=]?\s*[1-9][0-9]*)(?-u:\b)
          | (?:5[0-9][0-9]|4[0-9][0-9])\s[0-9]\.[0-9]\.[0-9]\s)",
    )
    .ok()
});
// What changed nothing.
static NOTHING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?-u:\b)(?:0 (?:rows?|records?|documents?|items?|files?|lines?) (?:were )?(?:affected|updated|inserted|deleted|changed|imported|matched|created|sent|written)|(?:UPDATE|DELETE|INSERT 0|MERGE) 0$)").ok()
});
// Accepted by HTTP, and not complete.
static ACCEPTED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\W*(?:HTTP(?:/[0-9.]+)?\s*)?202(?-u:\b)").ok());

/// What a text says, and where: what it tells last, as a log does.
pub fn told(text: &str, expected: &dyn Fn(&str) -> bool) -> Option<Hit> {
    if text.len() > LONGEST {
        return None;
    }
    let mut found: Option<Hit> = None;
    for clause in clauses(text) {
        let part = &text[clause.clone()];
        match clause_says(part, expected) {
            // What failed first and worked then is done.
            Some(None) => found = None,
            Some(Some(upshot)) if found.as_ref().is_none_or(|h| h.upshot == Upshot::Open) => {
                found = Some(Hit { upshot, range: clause, firm: false, group: 0 });
            }
            _ => {}
        }
    }
    found
}

/// The parts of a text that each say something of their own.
pub fn clauses(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut from = 0;
    let bytes = text.as_bytes();
    for (at, c) in text.char_indices() {
        let next = bytes.get(at + c.len_utf8());
        let ends = match c {
            '\n' | ';' | '。' | '!' | '|' => true,
            '.' | ',' => next.is_none_or(|b| b.is_ascii_whitespace()),
            '–' | '—' => true,
            _ => false,
        };
        if ends {
            all.push(from..at);
            from = at + c.len_utf8();
        }
    }
    all.push(from..text.len());
    all.retain(|r| !text[r.clone()].trim().is_empty());
    all.truncate(40);
    all
}

/// What a clause says: `Some(None)` that it is done.
fn clause_says(clause: &str, expected: &dyn Fn(&str) -> bool) -> Option<Option<Upshot>> {
    let is = |r: &LazyLock<Option<Regex>>| r.as_ref().is_some_and(|r| r.is_match(clause));
    if is(&CODED) || is(&NOTHING) {
        return Some(Some(Upshot::Failed));
    }
    if is(&ACCEPTED) {
        return Some(Some(Upshot::Open));
    }
    let all = words(clause);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    if all.iter().any(|w| list("past").has(w)) {
        return None;
    }
    if list("failed").signs(clause) && !all.iter().any(|w| expected(w)) {
        return Some(Some(Upshot::Failed));
    }
    if list("open").signs(clause) {
        return Some(Some(Upshot::Open));
    }
    for (at, word) in all.iter().enumerate() {
        let word = *word;
        if list("not").has(word) {
            let behind = &all[at + 1..(at + 1 + REACH).min(all.len())];
            if behind.iter().any(|w| failed(w) || list("trouble").has(w)) {
                return Some(None);
            }
            let tells = |w: &&str| done(w) || able(w) || participle(w);
            // "Daten wurden nicht angenommen"; "Operación no realizada"; "modification refusée"
            if behind.iter().any(tells) {
                let soon = behind.iter().any(|w| list("soon").has(w)) || at > 0 && list("soon").has(all[at - 1]);
                return Some(Some(if soon { Upshot::Open } else { Upshot::Failed }));
            }
        } else if failed(word) && !expected(word) {
            let none = |w: Option<&&str>| w.is_some_and(|w| matches!(*w, "0" | "no" | "zero" | "without" | "none"));
            if !none(all.get(at.wrapping_sub(1))) && !none(all.get(at + 1)) {
                return Some(Some(Upshot::Failed));
            }
        }
    }
    if all.iter().any(|w| open(w) && !expected(w)) {
        return Some(Some(Upshot::Open));
    }
    all.iter().any(|w| done(w)).then_some(None)
}
