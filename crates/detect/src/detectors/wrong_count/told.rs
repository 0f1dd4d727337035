//! A number told in answer to "how many", or before the name of a list, that no count of the rows of an answer gives.

use crate::detectors::closing::{Closing, all, answer, heard, records, short};
use crate::dialogue::instructed::sentences;
use crate::finding::{Category, Cite, Finding, RestsOn};
use crate::prose::classes::class;
use crate::prose::forms::each;
use crate::prose::wordlists::line;
use crate::session::{Call, Session};
use crate::values::typed::span;
use crate::values::typed::tokens;
use hindcast_trace::json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The rule path.
pub(super) const PATH: &str = "told-count";
/// Fewer rows are no list, more are no answer to a question.
const ROWS: Range<usize> = 2..101;
/// Longer answers hold other numbers.
const WORDS: usize = 25;

/// What the closing words of the session count wrong.
pub(super) fn of(session: &Session<'_>) -> Vec<Finding> {
    all(session).iter().filter_map(|closing| judge(session, closing)).take(4).collect()
}

/// A list, and what it is called.
struct List<'s, 't> {
    call: &'s Call<'t>,
    name: String,
    rows: usize,
    /// Every number that a count in it may give.
    counts: BTreeSet<usize>,
}

fn judge(session: &Session<'_>, closing: &Closing<'_, '_>) -> Option<Finding> {
    let lists: Vec<List<'_, '_>> = closing.calls.iter().flat_map(lists).collect();
    let [list] = &lists[..] else { return None };
    let user = session.messages.iter().find(|m| m.event == closing.user)?.texts.last()?;
    let question = class("many").is_in_text(&user.text);
    let first = sentences(&closing.text.text).into_iter().next()?;
    let said = &closing.text.text[first.clone()];
    let numbers = numbers(said);
    // A part of the list, or a record's own list, is counted by what narrows it, which is not read here.
    const PARTS: [&str; 20] = [
        "with", "without", "whose", "who", "where", "only", "both", "than", "mit", "ohne", "deren", "avec", "sans",
        "dont", "con", "sin", "senza", "com", "sem", "met",
    ];
    let narrowed = each(&line(said)).any(|w| PARTS.contains(&w));
    let of_list = |rest: &str| each(&line(rest)).take(2).any(|w| is_form(w, &list.name));
    let short_answer = question && numbers.len() == 1 && said.split_whitespace().count() <= WORDS;
    let (number, _) = numbers.iter().find(|(_, rest)| of_list(rest) || short_answer)?;
    if narrowed || list.counts.contains(number) || !ROWS.contains(number) || !ROWS.contains(&list.rows) {
        return None;
    }
    // A number that somebody gave, or that an answer has, is no count of the agent.
    let given = line(&heard(session, closing.user));
    let upto = session.calls.iter().filter(|c| c.event < closing.event);
    let answers = upto.filter_map(answer).any(|(_, t)| {
        t.text
            .split(|c: char| !c.is_alphanumeric() && c != '.')
            .any(|w| w.trim_end_matches(".0").parse() == Ok(*number))
    });
    if answers || numbers_in(&given).contains(number) {
        return None;
    }
    let cite = Cite::of(closing.event, closing.text, first)?;
    let tool = &list.call.name.text;
    let title = format!("Claimed \"{}\", but no count of what `{tool}` lists gives {number}", short(cite.text()));
    let detail = format!(
        "The agent says \"{}\". The result of `{tool}` lists {} rows, and {number} is neither their number nor the number of those that have a value in common.",
        cite.text(),
        list.rows
    );
    let (event, text) = answer(list.call)?;
    let made = Finding::new("wrong-count", Category::Misinterpretation, closing.event, title, cite)
        .path(PATH)
        .and(Cite::whole(event, text))
        .detail(detail)
        .rests_on(RestsOn::Assumption("the number counts the rows of the only list of the turn".into()))
        .tool(tool);
    Some(made)
}

/// The numbers of a text, each with the words behind it; "half a dozen" is one.
fn numbers(text: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    let tokens = tokens::tokens(text);
    for (at, token) in tokens.iter().enumerate() {
        let before = |n: usize| at.checked_sub(n).map(|i| text[tokens[i].range.clone()].to_lowercase());
        let word = text[token.range.clone()].to_lowercase();
        let rest = &text[token.range.end..];
        let dozen = matches!(
            word.as_str(),
            "dozen" | "dutzend" | "douzaine" | "docena" | "dozzina" | "duzia" | "dúzia" | "dozijn" | "tuzin" | "dussin"
        );
        if dozen {
            let halves = (1..=2).filter_map(before).any(|w| {
                w.starts_with("half")
                    || w.starts_with("halb")
                    || w.starts_with("demi")
                    || w.starts_with("medi")
                    || w.starts_with("mezza")
                    || w.starts_with("meia")
            });
            found.push((if halves { 6 } else { 12 }, rest));
        } else if word == "demi-douzaine" {
            found.push((6, rest));
        } else if let Some(n) = span::whole(token).and_then(|n| usize::try_from(n).ok()) {
            // "1" of "a one", dates and clock times are found as several numbers and so leave the sentence out.
            if n > 0 && word != "one" && word != "ein" && word != "un" && word != "uno" {
                found.push((n, rest));
            }
        }
    }
    found
}

fn numbers_in(text: &str) -> BTreeSet<usize> {
    numbers(text).into_iter().map(|(n, _)| n).collect()
}

pub(super) fn is_form(word: &str, name: &str) -> bool {
    each(name).any(|n| {
        let same = word.chars().zip(n.chars()).take_while(|(a, b)| a == b).count();
        same >= 3 && same + 2 >= word.len().max(n.len())
    })
}

/// The lists of an answer: of records, of plain values, or records by name.
fn lists<'s, 't>(call: &'s Call<'t>) -> Vec<List<'s, 't>> {
    let Some(root) = call.result.as_ref().filter(|r| !r.cut_off()).and_then(|r| r.json()) else { return Vec::new() };
    let mut found = Vec::new();
    let mut see = |name: String, value: Value<'_>| {
        let rows: Vec<Value<'_>> = if value.is_array() {
            value.items().take(ROWS.end).collect()
        } else {
            value.entries().take(ROWS.end).map(|(_, v)| v).collect()
        };
        let records = rows.iter().all(|r| r.is_object());
        // A short list is one of several all the same.
        if value.is_array() || records && rows.len() > 1 {
            found.push(List { call, name, rows: rows.len(), counts: counts(&rows) });
        }
    };
    if root.is_array() {
        see(line(&call.name.text), root);
    }
    for record in records(root) {
        for (key, value) in record.entries().take(40) {
            if value.is_array() || value.is_object() {
                see(line(&key.str().unwrap_or_default()), value);
            }
        }
    }
    found
}

/// All rows, those with a value in common, those without, the values that occur, and the sums of numbers.
fn counts(rows: &[Value<'_>]) -> BTreeSet<usize> {
    let mut all = BTreeSet::from([rows.len()]);
    let mut by: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    let mut inner = 0;
    for row in rows {
        for (key, value) in row.entries().take(40) {
            let key = key.str().unwrap_or_default().into_owned();
            if value.is_array() || value.is_object() {
                inner += value.len();
                continue;
            }
            if let Some(n) = value.f64() {
                *sums.entry(key.clone()).or_default() += n;
            }
            *by.entry((key, value.raw().into_owned())).or_default() += 1;
        }
    }
    let keys: BTreeSet<&String> = by.keys().map(|(k, _)| k).collect();
    // What each row has another value of, such as an ID, sorts no rows.
    let sorts = |key: &String| by.keys().filter(|(k, _)| k == key).count() <= (rows.len() / 2).max(2);
    all.extend(by.iter().filter(|((k, _), _)| sorts(k)).flat_map(|(_, n)| [*n, rows.len() - n]));
    all.extend(keys.into_iter().map(|k| by.keys().filter(|(o, _)| o == k).count()));
    all.extend(sums.values().filter(|n| (0.0..1e6).contains(*n)).map(|n| *n as usize));
    all.insert(inner);
    // "Below 20 %": a limit on a number takes any part of the rows.
    if sums.keys().any(|key| by.keys().filter(|(k, _)| k == key).count() > 1) {
        all.extend(0..=rows.len());
    }
    // Two values together: "confirmed or pending".
    let pairs: Vec<_> = by.iter().filter(|((k, _), _)| sorts(k)).take(40).collect();
    for (i, ((key, _), n)) in pairs.iter().enumerate() {
        all.extend(pairs[i + 1..].iter().filter(|((k, _), _)| k == key).map(|(_, m)| *n + *m));
    }
    all
}
