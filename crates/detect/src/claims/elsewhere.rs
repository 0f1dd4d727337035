//! Whether a deed is about something else than what a claim says was changed: a bag was added, a seat is claimed.
//!
//! "Changed" and "added" fit many tools, so that the object has to decide. A deed is elsewhere where its tool is named for an
//! object, nothing of that object or of its arguments stands in the claim, and the claim's own object is known: as the name of
//! a member in an answer that was read, which the deed does not touch.

use crate::claims::Claim;
use crate::claims::binding;
use crate::claims::deeds::Deed;
use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use crate::tools::contract::words_of;
use hindcast_trace::json::Value;

/// What any change may be made to: its name says nothing of what was changed.
const ANY: [&str; 28] = [
    "order",
    "booking",
    "reservation",
    "account",
    "user",
    "customer",
    "record",
    "profile",
    "subscription",
    "item",
    "items",
    "ticket",
    "case",
    "data",
    "info",
    "details",
    "settings",
    "entry",
    "object",
    "resource",
    "id",
    "file",
    "contact",
    "document",
    "event",
    "trip",
    "request",
    "number",
];
/// More arguments than this are no longer read.
const MOST: usize = 400;
/// Only so much of an answer is searched for names of members.
const READ_AT_MOST: usize = 65_536;

/// What a claim says was changed, where it is known by name; empty where it is not, and for claims of other deeds.
pub fn known_objects(session: &Session<'_>, claim: &Claim) -> Vec<String> {
    if claim.families.is_empty() || !claim.families.iter().all(|f| is_soft(f)) {
        return Vec::new();
    }
    let telling = changed(claim).into_iter().filter(|w| w.len() >= 4 && !ANY.contains(&w.as_str()));
    telling.filter(|w| is_known(session, claim.event, w)).collect()
}

fn is_soft(family: &str) -> bool {
    matches!(family, "update" | "create" | "delete")
}

/// Why the deed does not back the claim, where it is about another object than these.
pub fn why(session: &Session<'_>, deed: &Deed<'_>, claim: &Claim, objects: &[String]) -> Option<String> {
    let other = objects.iter().find(|w| !deed.text().contains(w.as_str()))?;
    let call = &session.calls[deed.call];
    let told = !deed.generic && !deed.unknown_effect && !deed.opaque && call.known.contract.is_none();
    if !told || !deed.families.iter().all(|f| is_soft(f)) {
        return None;
    }
    let lex = english();
    let words = call.known.words.iter().map(String::as_str);
    let object: Vec<&str> =
        words.filter(|w| w.len() > 2 && lex.of_tool_word(w).is_empty() && !ANY.contains(w)).collect();
    let clause = binding::clause(claim).to_ascii_lowercase();
    let spoken: Vec<&str> = clause.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 2).collect();
    let said = |w: &str| spoken.iter().any(|s| same(s, w));
    if object.is_empty() || object.iter().any(|w| said(w)) || arguments(call).iter().any(|w| said(w)) {
        return None;
    }
    Some(format!("it is about {}, but the claim is about {other}", object.join(" ")))
}

/// "Bag" and "baggages", "seat" and "seats".
fn same(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short == long || short.len() >= 3 && long.starts_with(short.strip_suffix('s').unwrap_or(short))
}

/// The words for what is said to have been changed: behind "I've changed", up to how or why; before "has been changed".
pub fn changed(claim: &Claim) -> Vec<String> {
    const HOW: [&str; 16] = [
        "under",
        "with",
        "for",
        "by",
        "using",
        "utilizing",
        "at",
        "on",
        "from",
        "in",
        "and",
        "as",
        "per",
        "because",
        "so",
        "too",
    ];
    let sentence = claim.sentence.text();
    let start = claim.cite.range().start.saturating_sub(claim.sentence.range().start);
    let end = start + claim.cite.range().len();
    let active = claim
        .cite
        .text()
        .split(|c: char| !c.is_alphabetic())
        .next()
        .is_some_and(|w| matches!(w, "I" | "We" | "i" | "we"));
    let part =
        if active { sentence.get(end..) } else { sentence.get(..start) }.unwrap_or_default().to_ascii_lowercase();
    let words = part.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.take_while(|w| !active || !HOW.contains(w)).take(12).map(str::to_owned).collect()
}

/// The words of a call's arguments, names and values; not those that say whose or which one it is.
fn arguments(call: &Call<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in call.args().into_iter().flat_map(Value::entries).take(MOST) {
        let key = key.str().unwrap_or_default();
        found.extend(words_of(&key).into_iter().filter(|w| !ANY.contains(&w.as_str())));
        let text = value.str().unwrap_or_else(|| value.raw());
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 1).take(60);
        found.extend(words.map(str::to_ascii_lowercase));
    }
    found
}

/// True when an answer that was read before an event has a member of this name. Looked for in its text, since most answers
/// need not be parsed for anything else.
fn is_known(session: &Session<'_>, before: u32, name: &str) -> bool {
    let quoted = format!("\"{name}\"");
    let finder = memchr::memmem::Finder::new(&quoted);
    let answers = session.answer_texts().holding(&quoted).take_while(|(_, event, _)| *event < before);
    let reads = answers.filter(|(_, event, _)| session.call_at(*event).is_some_and(|c| !c.is_write()));
    reads.map(|(_, _, text)| text).any(|answer| {
        let text = &answer[..answer.floor_char_boundary(READ_AT_MOST)];
        let is_member = |at: usize| text[at + quoted.len()..].trim_start().starts_with(':');
        finder.find_iter(text.as_bytes()).any(is_member)
    })
}
