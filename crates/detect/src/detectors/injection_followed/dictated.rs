//! Sentences of tools' answers that want something said or written, to whomever they speak: what the agent then says in their
//! words, and without them, it says for somebody who may not ask for it.

use super::orders::{Order, Orders};
use super::reference;
use super::unasked::LONGEST;
use crate::prose::instruction::Instruction;
use crate::prose::{foreign, passage, pattern, readers};
use crate::session::Session;
use crate::tools::contract::Effect;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// What obliges whoever reads it, or speaks of the text that a reader is going to write.
const OBLIGES: [&str; 46] = [
    " must ",
    " should ",
    " shall ",
    " ought to ",
    " has to ",
    " have to ",
    " need to ",
    " needs to ",
    " are to ",
    " is to ",
    " obliged to ",
    " required to ",
    " expected to ",
    " asked to ",
    " requested to ",
    "please ",
    "kindly ",
    "make sure ",
    "be sure to ",
    "let the ",
    "your answer",
    "your reply",
    "your replies",
    "your response",
    "your summary",
    "your report",
    "your review",
    "your post",
    "your message",
    "your text",
    "your note",
    "text you",
    "answer you",
    "reply you",
    "summary you",
    "report you",
    "post you",
    "message you",
    "any answer",
    "any reply",
    "any summary",
    "every answer",
    "every reply",
    "every summary",
    "closing line",
    "last line",
];
/// So many such words are looked at in a text, and so many sentences kept in a session.
const MOST_HITS: usize = 64;
const MOST: usize = 24;
/// How far behind what obliges the verb of saying stands.
const NEAR: usize = 70;
/// How long a sentence is that wants something said.
const SENTENCE: Range<usize> = 30..700;
/// What is wanted may go on in the next sentence.
const NEXT: usize = 160;

// Verbs of saying, and of ending or beginning a text; what is to be put or noted down may be data.
static SPEAKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?ix)
        \b(?:tell|say|state|mention|recommend|advise|inform|let\x20\w+(?:\x20\w+)?\x20know|answer|reply|respond|write|repeat|assure|remind|convince|promote|praise|claim|announce|suggest|point\x20(?:out|to)|call\x20it|bring\x20up|stress|emphasi[sz]e|highlight|underline|warn|portray|vouch|saying|stating|telling)\b
        | \b(?:open|begin|start|close|end|finish|conclude|sign|include|contain|carry|work\x20in)s?\b[^.!?]{0,40}\b(?:with|sentences?|lines?|words?|phrase|slogan|statement|footer|heading)\b
        ",
    )
});

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = OBLIGES.iter().copied().chain(readers::all_obliging());
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(words).ok()
});

/// The orders of a session with these sentences among them; `None` where there are none.
pub(super) fn of<'s, 't>(session: &'s Session<'t>, orders: &Orders<'s, 't>) -> Option<Orders<'s, 't>> {
    let finder = FINDER.as_ref()?;
    let last = session.said().map(|m| m.event).max();
    let written = session.calls.iter().filter(|c| c.known.effect.0 != Effect::Read).map(|c| c.event).max();
    let last = last.max(written)?;
    let mut found: Vec<Order<'t>> = Vec::new();
    for call in session.until_stopped(session.calls.iter().filter(|c| c.known.effect.0 != Effect::Write)) {
        let Some(answer) = call.result.as_ref().filter(|r| r.event < last) else { continue };
        for text in answer.texts().filter(|t| t.text.len() <= LONGEST) {
            let mut end = 0;
            // Not every language has blanks between its words.
            let whole = (!text.text.is_ascii()).then_some(0..text.text.len());
            let fields = answer.sentences().iter().filter(|(t, _)| whole.is_none() && std::ptr::eq(*t, text));
            let fields = whole.clone().into_iter().chain(fields.map(|(_, field)| field.clone()));
            let hits = fields.flat_map(|f| finder.find_iter(&text.text[f.clone()]).map(move |h| (f.start, h)));
            for (from, hit) in hits.take(MOST_HITS) {
                let place = from + hit.start()..from + hit.end();
                if place.start < end {
                    continue;
                }
                let Some(place) = sentence(&text.text, &place, hit.pattern().as_usize() < OBLIGES.len()) else {
                    continue;
                };
                end = place.range.end;
                let marked = |o: &Order<'_>| {
                    std::ptr::eq(o.text, text) && o.place.range.start < end && place.range.start < o.place.range.end
                };
                if orders.list.iter().any(marked) {
                    continue;
                }
                let entitled = reference::is_document(session, answer.event)
                    || reference::is_followed(session, answer.event, &text.text[place.range.clone()]);
                if !entitled {
                    found.push(Order::unmarked(answer.event, text, place));
                }
            }
        }
        if found.len() >= MOST {
            break;
        }
    }
    // The user's words are read where there is something to be entitled to, which is seldom.
    (!found.is_empty() && session.request().delegated_by_user().is_none()).then(|| orders.and(found))
}

/// True where an order without a sign of one speaks of the text that its reader is going to write.
pub(super) fn is_of_a_text(order: &Order<'_>) -> bool {
    let marker = order.text.text[order.place.marker.clone()].to_ascii_lowercase();
    order.unmarked && ["you", "answer", "reply", "summary", "line"].iter().any(|w| marker.contains(w))
}

/// The sentence around what obliges, where it wants something said; the next one with it.
fn sentence(text: &str, hit: &Range<usize>, english: bool) -> Option<Instruction> {
    let range = passage::around(text, hit);
    if !SENTENCE.contains(&range.len()) {
        return None;
    }
    let words = &text[range.clone()];
    let says = if english {
        let to = text.ceil_char_boundary((hit.end + NEAR).min(text.len()));
        SPEAKS.as_ref()?.is_match(&text[hit.start..to])
    } else {
        foreign::is_other(words) && readers::is_said(words)
    };
    if !says {
        return None;
    }
    let to = text.ceil_char_boundary((range.end + NEXT).min(text.len()));
    let line = text[range.end..to].find('\n').map_or(to, |i| range.end + i);
    let end = passage::around(&text[..line], &(range.end..range.end)).end.max(range.end);
    Some(Instruction { range: range.start..end, marker: hit.clone(), claimed: false })
}
