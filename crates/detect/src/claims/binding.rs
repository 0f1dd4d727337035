//! Which calls a claim may rest on: by verb family, by entity id, by freshness.

use crate::claims::deeds::{Deed, Fit};
use crate::claims::{Claim, Manner};
use crate::prose::flags;
use crate::prose::lexicon::english;
use crate::prose::{Prose, Sentence, Unread, stem};
use crate::session::{Call, Session};
use crate::values;
use aho_corasick::AhoCorasick;
use hindcast_trace::json::Value;
use std::sync::LazyLock;

/// What the ids in a claim say about a deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Naming {
    /// The claim names no id.
    NoIds,
    /// The deed has one of the claim's ids, or nothing to compare with.
    Same,
    /// The deed is about another one of the same kind: the claim's id, the deed's.
    Other(String, String),
}

/// A deed that a claim may rest on.
#[derive(Debug, Clone)]
pub struct Bound<'s> {
    /// The deed.
    pub deed: &'s Deed<'s>,
    /// How well it fits.
    pub fit: Fit,
    /// What the ids say.
    pub naming: Naming,
    /// False when the user has spoken, and the agent has claimed the like, since the deed.
    pub fresh: bool,
}

/// So many deeds are looked at, the latest ones: in a session of thousands, a claim does not rest on the first ones, and
/// holding each claim against each deed would take hours.
const MOST: usize = 256;

/// The deeds before a claim that fit it at all, latest first.
pub fn bind<'s>(session: &'s Session<'_>, claim: &Claim) -> Vec<Bound<'s>> {
    let ids = values::ids(claim.sentence.text());
    let horizon = horizon(session, claim.event);
    let user = last_user(session, claim.event);
    let deeds = session.deeds();
    let fitting = session.fitting().deeds(session, &claim.families);
    let bound = |(at, fit): &(usize, Fit)| {
        let deed = &deeds[*at];
        Bound { deed, fit: *fit, naming: naming(deed, &ids), fresh: fresh(session, *at, user) }
    };
    let upto = fitting.partition_point(|(at, _)| deeds[*at].event < horizon);
    fitting[..upto].iter().rev().map(bound).take(MOST).collect()
}

static TURNS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new([", but ", " but ", "; ", " while ", " whereas ", ", however"]).ok());

/// The part of a claim's sentence that makes the claim: "A has been cancelled, but B could not be" claims A alone.
pub fn clause(claim: &Claim) -> &str {
    let sentence = claim.sentence.text();
    let at = claim.cite.range().start.saturating_sub(claim.sentence.range().start).min(sentence.len());
    let (before, after) = sentence.split_at_checked(at).unwrap_or_default();
    let turns = |text| TURNS.iter().flat_map(move |t| t.find_overlapping_iter(text));
    let start = turns(before).map(|t| t.end()).max().unwrap_or(0);
    let end = turns(after).map(|t| t.start()).min().map_or(sentence.len(), |i| at + i);
    sentence.get(start..end).unwrap_or(sentence)
}

/// True when the words name what the call was about: a value of its arguments with a digit in it, such as `B-1`.
pub fn names_argument(call: &Call<'_>, words: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-');
    let values = call.args().into_iter().flat_map(Value::entries).filter_map(|(_, v)| v.str());
    values.filter(|v| v.len() >= 2 && v.bytes().any(|b| b.is_ascii_digit())).any(|value| {
        words
            .match_indices(value.as_ref())
            .any(|(at, found)| edge(words[..at].chars().next_back()) && edge(words[at + found.len()..].chars().next()))
    })
}

/// Calls of the very message count as made: "I've cancelled it" above the call that does.
pub fn horizon(session: &Session<'_>, event: u32) -> u32 {
    let next = session.messages.partition_point(|m| m.event <= event);
    session.messages.get(next).map_or(u32::MAX, |m| m.event)
}

fn naming(deed: &Deed<'_>, ids: &[values::Id]) -> Naming {
    if ids.is_empty() {
        return Naming::NoIds;
    }
    if ids.iter().any(|id| deed.text().contains(&id.norm)) {
        return Naming::Same;
    }
    let other = deed.ids().iter().find_map(|(shape, own)| {
        ids.iter().find(|id| values::shape(&id.norm) == *shape).map(|claimed| (claimed.norm.clone(), own.clone()))
    });
    other.map_or(Naming::Same, |(claimed, own)| Naming::Other(claimed, own))
}

/// True if a deed is not used up at a claim.
pub(crate) fn is_fresh(session: &Session<'_>, deed: usize, claim: &Claim) -> bool {
    fresh(session, deed, last_user(session, claim.event))
}

/// True if a deed, by its place in the list of deeds, fits a claim at all.
pub(crate) fn fits(session: &Session<'_>, deed: usize, claim: &Claim) -> bool {
    session.fitting().deeds(session, &claim.families).binary_search_by_key(&deed, |(at, _)| *at).is_ok()
}

/// A deed is used up once the agent has claimed the like and the user has spoken again.
fn fresh(session: &Session<'_>, deed: usize, user: Option<u32>) -> bool {
    let event = session.deeds()[deed].event;
    let Some(user) = user.filter(|u| event <= *u) else { return true };
    session.fitting().next_like(session, deed).is_none_or(|claimed| claimed >= user)
}

/// The event of the last thing that the user said before an event.
pub fn last_user(session: &Session<'_>, before: u32) -> Option<u32> {
    session.last_user(before)
}

/// The words of the user between two events, first included.
pub fn user_prose<'s, 't>(session: &'s Session<'t>, from: u32, before: u32) -> impl Iterator<Item = &'s Prose<'t>> {
    let all = session.heard_texts();
    let start = all.partition_point(|t| t.event < from);
    all[start..].iter().take_while(move |t| t.event < before).map(Unread::prose)
}

/// True when the user's last words before a claim ask for a deed of its kind, or agree to one.
pub fn asked(session: &Session<'_>, claim: &Claim) -> bool {
    let lex = english();
    let Some(user) = last_user(session, claim.event) else { return false };
    user_prose(session, user, claim.event).any(|prose| {
        let agrees = (0..4).any(|i| lex.is("affirmation", prose.word(i)) && prose.word(i) != "great");
        let requests = (0..prose.words.len())
            .filter(|i| prose.has(*i, flags::BASE))
            .any(|i| lex.of_base(prose.word(i)).iter().any(|f| claim.families.contains(f)));
        agrees || requests
    })
}

/// True when the user's last words have the claim's own verb: "Check me in." "You're checked in."
pub fn named_by_user(session: &Session<'_>, claim: &Claim) -> bool {
    let Some(user) = last_user(session, claim.event) else { return false };
    let stem = stem::of(&claim.word);
    user_prose(session, user, claim.event).any(|prose| {
        let statement = |s: &&Sentence| !s.question;
        prose.sentences.iter().filter(statement).flat_map(|s| s.words.clone()).any(|i| {
            // "I'm subscribed" and "it was booked" ask for nothing.
            let word = prose.word(i);
            word != claim.word && stem::of(word) == stem
        })
    })
}

/// The values that a claim names (ids, days; amounts where money is moved) and a deed does not have.
pub fn not_in_deed(deed: &Deed<'_>, claim: &Claim) -> Option<String> {
    let sentence = claim.sentence.text();
    let ids = values::ids(sentence);
    if let Some(id) = ids.iter().find(|id| !deed.text().contains(&id.norm)) {
        return Some(id.norm.clone());
    }
    let days = values::days(deed.text());
    let missing = values::days(sentence).into_iter().find(|d| !days.is_empty() && !days.contains(d));
    missing.map(|(month, day)| format!("{day}/{month}")).or_else(|| amount_not_in_deed(deed, claim))
}

/// The first amount that a claim of money moved names, where the deed has another one.
fn amount_not_in_deed(deed: &Deed<'_>, claim: &Claim) -> Option<String> {
    let moves = claim.families.iter().any(|f| matches!(*f, "transfer" | "pay" | "refund"));
    if !moves || claim.manner != Manner::Deed {
        return None;
    }
    let (cents, range) = values::amounts(claim.sentence.text()).into_iter().next()?;
    let numbers: Vec<i64> = deed
        .text()
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|n| n.trim_matches('.'))
        .filter(|n| !n.is_empty() && n.len() <= 12)
        .filter_map(values::plain_cents)
        .collect();
    let stands = numbers.iter().any(|n| *n == cents || *n == cents * 100);
    (!numbers.is_empty() && !stands).then(|| claim.sentence.text()[range].to_owned())
}

/// True when a sentence names something to compare.
pub fn names_values(sentence: &str) -> bool {
    !values::ids(sentence).is_empty() || !values::days(sentence).is_empty()
}
