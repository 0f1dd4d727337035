//! Which operation the words of a claim fit, beside the one that it is held against: by its objects, numbers and values, and by its verb.

use super::other_thing::READ_AT_MOST;
use crate::prose::classes::class;
use crate::prose::lexicon::english;
use crate::prose::stem;
use crate::prose::wordlists::{line, words};
use crate::session::{Call, Session};
use crate::tools::outgoing;
use crate::values::ids;
use crate::values::subject::stems;
use std::collections::BTreeSet;

/// So many calls before a claim are compared, the latest ones.
const MOST: usize = 64;
/// Longer arguments hold texts, in which anything may be named.
const SHORT: usize = 400;
/// Shorter beginnings stand in too many words.
const SHORTEST: usize = 4;

/// What a claim is about.
pub(super) struct Claimed {
    /// Its words, as [`line()`] joins them.
    told: String,
    /// The stems of its words without its verbs.
    objects: BTreeSet<String>,
    /// Its participles.
    verbs: Vec<String>,
    /// True where it is about several things.
    many: bool,
}

impl Claimed {
    /// What the quote of a sentence claims.
    pub(super) fn of(quote: &str, sentence: &str) -> Self {
        let is_verb = |w: &String| w.ends_with("ed") && w.len() > 4 || !english().of_past(w).is_empty();
        let verbs = words(quote).into_iter().filter(is_verb).collect();
        let told = line(sentence);
        let plural = [" have been ", " are ", " were "].iter().any(|p| format!(" {told} ").contains(p));
        let many = plural || class("all").is_in(&told) || class("both").is_in(&told);
        let mut objects = stems(sentence);
        words(sentence).iter().filter(|w| is_verb(w)).for_each(|v| {
            objects.remove(stem::of(v).as_ref());
        });
        Claimed { told, objects, verbs, many }
    }

    /// True where a call has no object of the claim, and another one that is done has some. Of the call itself is no more than a verb that fits
    /// many: "added".
    pub(super) fn is_of_other(&self, call: &Call<'_>, other: &Call<'_>) -> bool {
        !self.verbs.iter().any(|v| !is_soft(v) && has_verb(call, v))
            && !self.touches(call.about())
            && self.touches(&handle(other))
    }

    /// True where a value that another call was given stands in the claim, and none that only this one was given: "Bo added".
    pub(super) fn has_value_of_other(&self, call: &Call<'_>, other: &Call<'_>) -> bool {
        let verb = |v: &String| has_verb(other, v) || is_soft(v) || !has_verb(call, v);
        let (own, of_other) = (values(call), values(other));
        let named = |v: &&String| self.names(v);
        self.verbs.iter().all(verb)
            && of_other.iter().filter(named).any(|v| !own.contains(v))
            && !own.iter().filter(named).any(|v| !of_other.contains(v))
    }

    /// True where another call that is done has all objects of the claim that this one has, at least one, and its verb.
    pub(super) fn fits_as_well(&self, call: &Call<'_>, other: &Call<'_>) -> bool {
        let (own, of_other) = (handle(call), handle(other));
        let shared: BTreeSet<_> = self.objects.intersection(&own).collect();
        let others = values(other);
        let named_apart = values(call).iter().any(|v| self.names(v) && !others.contains(v));
        !self.many
            && !named_apart
            && !outgoing::is(other)
            && !shared.is_empty()
            && shared.iter().all(|w| of_other.contains(*w))
            && (self.has_verb_of(other) || !self.has_verb_of(call))
    }

    /// True where nothing of the claim is the call's, and an earlier call, even one that only looked, was given something of it.
    pub(super) fn is_of_any_other(&self, session: &Session<'_>, call: &Call<'_>, before: u32) -> bool {
        let others = session.calls_before(before).iter().rev().take(MOST);
        !self.touches(call.about())
            && others.filter(|c| c.event != call.event && c.failure().is_none()).any(|c| self.touches(&handle(c)))
    }

    fn names(&self, value: &str) -> bool {
        format!(" {} ", self.told).contains(&format!(" {value} "))
    }

    fn touches(&self, own: &BTreeSet<String>) -> bool {
        let akin = |a: &str, b: &str| {
            let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
            short == long || short.len() >= SHORTEST && long.starts_with(short)
        };
        self.objects.iter().any(|o| own.contains(o) || own.iter().any(|w| akin(o, w)))
    }

    fn has_verb_of(&self, call: &Call<'_>) -> bool {
        self.verbs.iter().any(|v| has_verb(call, v))
    }
}

const SOFT: [&str; 3] = ["update", "create", "delete"];

/// True for a participle of making or changing something, which many tools do.
fn is_soft(participle: &str) -> bool {
    let families = english().of_past(participle);
    !families.is_empty() && families.iter().all(|f| SOFT.contains(f))
}

/// True for a tool that is named for a participle, or is of its family.
fn has_verb(call: &Call<'_>, participle: &str) -> bool {
    let of_family = |f: &&str| !SOFT.contains(f) && call.known.families.iter().any(|own| own == f);
    call.known.words.iter().any(|w| stem::of(w) == stem::of(participle))
        || english().of_past(participle).iter().any(of_family)
}

/// The short values that a call was given, as [`line()`] joins their words.
fn values(call: &Call<'_>) -> BTreeSet<String> {
    const LONGEST: usize = 40;
    let entries = call.args().into_iter().flat_map(|a| a.entries().take(MOST).map(|(_, v)| v).collect::<Vec<_>>());
    let plain = entries.filter(|v| !v.is_object() && !v.is_array() && v.bool().is_none());
    let texts = plain.map(|v| v.str().map_or_else(|| v.raw().into_owned(), |s| s.into_owned()));
    texts.filter(|v| (2..=LONGEST).contains(&v.len())).map(|v| line(&v)).filter(|v| v.len() > 1).collect()
}

/// The words by which a call is named: its tool, its arguments where they are short, and the IDs of its answer.
fn handle(call: &Call<'_>) -> BTreeSet<String> {
    let arguments = call.arguments.map_or("", |a| a.text.as_str());
    let arguments = if arguments.len() > SHORT { "" } else { arguments };
    let mut found = stems(&format!("{} {arguments}", call.known.words.join(" ")));
    let answer = call.result.as_ref().and_then(|r| r.content).map_or("", |c| c.text.as_str());
    ids(&answer[..answer.floor_char_boundary(READ_AT_MOST)]).iter().for_each(|id| found.extend(stems(&id.norm)));
    found
}
