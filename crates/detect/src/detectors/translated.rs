//! Which operation a claim in another language than English is held against.

use crate::claims::translated::{self, Told};
use crate::claims::{binding, told_apart};
use crate::dialogue::other_language::{is_look, mentioned, unaccented};
use crate::outcome::failure::{done_marker, fields};
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use crate::tools::named;
use hindcast_trace::json::Value;

/// The rule path of claims in another language.
pub(super) const PATH: &str = "other-language";

/// What the agent tells as done in another language, with the last call of the same turn that it speaks of, if there is one.
pub(super) fn claims<'s, 't>(session: &'s Session<'t>) -> Vec<(Told, Option<&'s Call<'t>>)> {
    let known = session.claims();
    let told = translated::find(session).into_iter().filter(|t| !translated::is_known(t, known));
    told.map(|t| {
        let call = operation(session, &t);
        (t, call)
    })
    .collect()
}

/// Words that begin with so many of the same letters are forms of one word.
const STEM: usize = 5;
/// So many calls of a turn are looked at, the latest ones.
const MOST: usize = 64;

fn operation<'s, 't>(session: &'s Session<'t>, told: &Told) -> Option<&'s Call<'t>> {
    let from = binding::last_user(session, told.event).unwrap_or(0);
    let start = session.calls.partition_point(|c| c.event < from);
    let end = session.calls.partition_point(|c| c.event < told.event);
    let acts = |c: &&Call<'_>| c.known.effect.0 != Effect::Read && !looks(c);
    let calls: Vec<_> = session.calls.get(start..end)?.iter().rev().filter(acts).take(MOST).collect();
    let said = unaccented(told.cite.text());
    let said: Vec<&str> = said.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() >= STEM).collect();
    // "La cuota ha quedado cobrada", of `cobrar`.
    let alike = |c: &Call<'_>| {
        c.known
            .words
            .iter()
            .any(|w| said.iter().any(|s| w.bytes().zip(s.bytes()).take_while(|(a, b)| a == b).count() >= STEM))
    };
    let fits = |c: &&&Call<'_>| families(c).iter().any(|f| told.families.contains(f)) || alike(c);
    // The only thing that was done is what is spoken of, whatever its tool is called.
    let only = || calls.first().filter(|_| calls.len() == 1);
    let mut fitting: Vec<&Call<'_>> = calls.iter().filter(fits).copied().collect();
    told_apart::keep_named(told.cite.text(), &mut fitting, |c| c);
    fitting.first().or_else(only).copied()
}

/// The families that a tool's name speaks of, in any language.
pub(super) fn families(call: &Call<'_>) -> Vec<&'static str> {
    let mut all = mentioned(&call.known.words.join(" "));
    all.extend(call.known.families.iter().filter_map(|f| crate::prose::lexicon::english().family(f)));
    all
}

/// True for a call that changes something, or may do so, as far as its name and its answer tell.
pub(super) fn may_act(call: &Call<'_>) -> bool {
    call.is_write()
        || call.known.effect.0 != Effect::Read && !call.declined() && !looks(call) && !crate::tools::looked_up::is(call)
}

/// True for a call that looks something up, as far as its name and its answer tell: its name says so, or names no operation, and what came
/// back is a record with several members and no word of having done anything.
pub(super) fn looks(call: &Call<'_>) -> bool {
    if call.known.effect.0 == Effect::Read {
        return true;
    }
    if call.is_write() || named::is_deed(call) {
        return false;
    }
    if named_look(call) {
        return true;
    }
    if !families(call).is_empty() {
        return false;
    }
    // Whoever looks something up names it; what is made or changed has more to it.
    let named = call.args().is_none_or(|a| a.len() <= 1);
    call.known.words.iter().any(|w| is_look(w)) || named && shows_record(call)
}

/// True where the tool's name says that it only looks something up.
pub(super) fn named_look(call: &Call<'_>) -> bool {
    !named::is_deed(call) && named::is_look(call, &|| !families(call).is_empty(), &|| shows_record(call))
}

/// True where the answer has several members, and no word of having done anything.
pub(super) fn shows_record(call: &Call<'_>) -> bool {
    let answer = call.result.as_ref().and_then(|r| r.json());
    let record = |a: &Value<'_>| a.is_array() || a.is_object() && a.len() >= 2;
    answer.filter(record).is_some_and(|a| !fields(a).iter().any(done_marker))
}
