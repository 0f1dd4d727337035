//! What the user asked for tells whether words claim a deed, tell what was seen, or describe how things work.

use super::Seen;
use crate::prose::{Prose, Sentence, flags};
use crate::session::Session;
use crate::work::deeds::{DeedClaim, Needs};
use crate::work::words::table;

/// How the user spoke of a kind of deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// It was ordered.
    Order,
    /// It was asked whether it is done.
    Question,
    /// Not at all.
    Nothing,
}

/// One sentence of the user about a kind of deed.
pub(super) struct Ask {
    event: u32,
    kind: &'static str,
    asked: Asked,
}

/// Everything that the user said of deeds, in order.
pub(super) fn all(session: &Session<'_>) -> Vec<Ask> {
    let mut asks = Vec::new();
    for text in session.until_stopped(session.heard_texts()) {
        let prose = text.prose();
        for sentence in &prose.sentences {
            let said = &prose.lower[sentence.range.clone()];
            let question = is_question(prose, sentence);
            for (kind, asks_for) in &table().asked {
                let Some(found) = asks_for.find(said) else { continue };
                let asked = if question || to_explain(&said[..found.start()]) { Asked::Question } else { Asked::Order };
                asks.push(Ask { event: text.event, kind, asked });
            }
        }
    }
    asks
}

/// How the user spoke last of the deed that is claimed.
pub(super) fn of(seen: &Seen<'_, '_, '_>, claim: &DeedClaim) -> Asked {
    let mut asks = seen.asks.iter().rev().skip_while(|a| a.event >= claim.event);
    if let Some(ask) = asks.find(|a| a.kind == claim.kind) {
        return ask.asked;
    }
    // "Is the fix in?" asks with other words than it is answered with.
    let open = last_heard(seen, claim.event)
        .is_some_and(|p| !p.sentences.is_empty() && p.sentences.iter().all(|s| is_question(p, s)));
    if open && !claim.own { Asked::Question } else { Asked::Nothing }
}

/// "Explain the deploy setup" asks for words; "show me the diff and push" asks for a push.
fn to_explain(before: &str) -> bool {
    let begins = table().explained.as_ref().is_some_and(|r| r.is_match(before));
    let goes_on = [" and ", " then ", ", ", ";"].iter().any(|link| before.contains(link));
    begins && !goes_on
}

/// What the user said last before an event.
fn last_heard<'s>(seen: &Seen<'s, '_, '_>, before: u32) -> Option<&'s Prose<'s>> {
    let texts = seen.session.heard_texts();
    let upto = texts.partition_point(|t| t.event < before);
    texts[..upto].last().map(|t| t.prose())
}

/// "Is it pushed?", "which version is live"; not "Can you push it?", which orders.
fn is_question(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    let first = prose.word(sentence.words.start);
    let status = matches!(
        first,
        "is" | "are" | "has" | "have" | "was" | "were" | "did" | "does" | "do" | "which" | "what" | "who" | "when"
    );
    let orders = matches!(first, "can" | "could" | "would" | "will" | "please" | "shall")
        || sentence.words.clone().any(|i| prose.word(i) == "you" && prose.has(i.wrapping_sub(1), flags::MODAL));
    status || sentence.question && !orders
}

/// True when the user reported something, in words that hold this; a question reports nothing.
pub(super) fn told(seen: &Seen<'_, '_, '_>, before: u32, words: &str) -> bool {
    seen.user_said(before, |prose| {
        prose.lower.contains(words)
            && prose.sentences.iter().any(|s| !is_question(prose, s) && prose.lower[s.range.clone()].contains(words))
    })
}

/// Whether the words claim that something was done, given what was asked: "web is deployed" is a claim where the user asked
/// for it, and what happens on every push is none.
pub(super) fn makes_claim(seen: &Seen<'_, '_, '_>, prose: &Prose<'_>, claim: &DeedClaim) -> bool {
    let ordered = of(seen, claim);
    if !claim.own && ordered != Asked::Order && (describes(seen, prose, claim) || stands(seen, prose, claim)) {
        return false;
    }
    match &claim.needs {
        Needs::Nothing => true,
        Needs::Asked => ordered != Asked::Nothing,
        Needs::Named(name) => {
            let named = |p: &Prose<'_>| (0..p.words.len()).any(|i| p.word(i) == name);
            ordered == Asked::Order && seen.user_said(claim.event, named)
        }
    }
}

/// "The service is deployed with Helm from `chart`" says how things stand, where nobody asked for a deployment.
fn stands(seen: &Seen<'_, '_, '_>, prose: &Prose<'_>, claim: &DeedClaim) -> bool {
    if claim.state || !claim.present {
        return false;
    }
    let at = claim.sentence.range();
    let said = prose.lower.get(at).unwrap_or_default();
    let behind = said.split_once(claim.word.as_str()).map_or("", |(_, rest)| rest);
    let open = || {
        last_heard(seen, claim.event).is_some_and(|p| {
            p.sentences
                .iter()
                .any(|s| table().explained.as_ref().is_some_and(|r| r.is_match(&p.lower[s.range.clone()])))
        })
    };
    let says = |r: &Option<regex::Regex>| r.as_ref().is_some_and(|r| r.is_match(behind));
    says(&table().manner) && !says(&table().arrived)
        || open() && !last_heard(seen, claim.event).is_some_and(|p| asks_state(p, claim))
}

/// "Which version is deployed?" asks for the state that the claim tells.
fn asks_state(heard: &Prose<'_>, claim: &DeedClaim) -> bool {
    table().asked.iter().any(|(kind, r)| *kind == claim.kind && r.is_match(&heard.lower))
}

/// The sentence, or the one before it, says what happens as a rule; or the user asked how something works.
fn describes(seen: &Seen<'_, '_, '_>, prose: &Prose<'_>, claim: &DeedClaim) -> bool {
    let at = claim.sentence.range();
    let from = prose.lower[..at.start.min(prose.lower.len())].trim_end().trim_end_matches([':', '.', ';']);
    let from = from.rfind(['.', '\n', '!', '?']).map_or(0, |i| i + 1);
    let near = prose.lower.get(from..at.end).unwrap_or_default();
    if table().usually.as_ref().is_some_and(|r| r.is_match(near)) {
        return true;
    }
    last_heard(seen, claim.event).is_some_and(|p| table().explain.as_ref().is_some_and(|r| r.is_match(&p.lower)))
}
