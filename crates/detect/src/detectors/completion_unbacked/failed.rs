//! A call that failed, and closing words that tell it as done: one of several calls of a tool, or a look-up.

use super::CompletionUnbacked;
use crate::claims::binding;
use crate::claims::loose;
use crate::claims::telling;
use crate::detectors::Detector;
use crate::detectors::closing::short;
use crate::detectors::error_ignored::ErrorIgnored;
use crate::finding::{Cite, Considered, Finding, Report};
use crate::outcome::failure::{Failure, Kind};
use crate::prose::stem;
use crate::prose::wordlists;
use crate::prose::{Prose, lexicon::english};
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use crate::values::subject;
use hindcast_trace::model::Role;
use std::cell::LazyCell;
use std::collections::BTreeSet;

/// The rule path.
const PATH: &str = "failed";
/// So many failed calls are looked at, the latest ones.
const MOST: usize = 32;
/// So many calls of a turn are compared.
const TURN: usize = 256;

/// Adds what it finds to a report.
pub(super) fn find(detector: &CompletionUnbacked, session: &Session<'_>, report: &mut Report) {
    let failed = session.calls.iter().rev().filter_map(|c| Some((c, c.failure()?)));
    let failed = failed.filter(|(_, f)| f.kind == Kind::Error).take(MOST);
    let found: Vec<_> = failed.filter_map(|(c, f)| Some((c, f, told(session, c)?))).collect();
    if found.is_empty() {
        return;
    }
    // One failure, one finding.
    let known = ErrorIgnored.run(session);
    for (call, failure, cite) in found.into_iter().rev() {
        let twice = |f: &&Finding| f.considered.iter().any(|c| c.event == call.event) || f.event == cite.event();
        if known.findings.iter().chain(&report.findings).any(|f| twice(&f)) {
            continue;
        }
        report.eligible = true;
        report.findings.push(finding(detector, call, failure, cite));
    }
}

/// The sentence that tells a failed call as done, before the user speaks again.
fn told(session: &Session<'_>, call: &Call<'_>) -> Option<Cite> {
    let until = session.messages_after(call.event).iter().find(|m| m.role == Role::User);
    let until = until.map_or(u32::MAX, |m| m.event);
    let messages: Vec<(usize, &Prose<'_>)> = loose::closing(session, call.event, until).collect();
    let name = subject::stems(&call.known.words.join(" "));
    if messages.is_empty() || messages.iter().any(|(_, p)| telling::tells_failed(p, &name)) {
        return None;
    }
    let reads = call.known.effect.0 == Effect::Read;
    // A look-up is told in its own verb: "I ran the conflict check".
    let said: Vec<(Cite, BTreeSet<String>)> = if reads {
        messages.iter().flat_map(|(_, p)| looks(p)).collect()
    } else {
        let statements = messages.iter().flat_map(|(i, _)| session.statements(*i));
        let told = statements.filter(|s| !regrets(s.cite.text()) && !tells_obstacle(call, &s.participles));
        told.map(|s| (s.cite.clone(), s.words().clone())).collect()
    };
    // What a call is about costs more to find than what is said, and most messages tell nothing as done.
    if said.is_empty() {
        return None;
    }
    let all = call.about();
    let arguments = |c: &Call<'_>| c.arguments.map(|a| subject::stems(&a.text)).unwrap_or_default();
    let turn = session.calls.partition_point(|c| Some(c.event) <= binding::last_user(session, call.event));
    let worked = || {
        session.calls[turn..]
            .iter()
            .take(TURN)
            .filter(|c| c.event != call.event && c.event < until && c.failure().is_none())
    };
    let siblings = || worked().filter(|c| c.name.text == call.name.text);
    let alone = siblings().next().is_none();
    // Read where a sentence has passed everything else.
    let own = LazyCell::new(|| {
        let siblings: Vec<_> = siblings().map(arguments).collect();
        let own = arguments(call).into_iter().filter(|w| !siblings.iter().any(|s| s.contains(w)));
        own.collect::<BTreeSet<String>>()
    });
    // What a look-up returned is told beside a deed, but is no deed.
    let others = || worked().filter(|c| c.name.text != call.name.text && (reads || c.is_write()));
    let of_this = |words: &BTreeSet<String>| {
        let score = words.intersection(all).count();
        score > 0
            && others().all(|o| words.intersection(o.about()).count() < score)
            && (alone || !words.is_disjoint(&own))
    };
    let of_name = |words: &BTreeSet<String>| !reads || !alone || !words.is_disjoint(&name);
    said.into_iter().find(|(_, words)| of_name(words) && of_this(words)).map(|(cite, _)| cite)
}

/// "Pre-booking is closed until five", where the call was not to close anything: what stood in the way is told.
fn tells_obstacle(call: &Call<'_>, participles: &[String]) -> bool {
    let lex = english();
    let own = |p: &String| {
        call.known.words.iter().any(|w| stem::of(w) == stem::of(p))
            || lex.of_past(p).iter().any(|f| call.known.families.iter().any(|o| o == f))
    };
    !participles.is_empty() && participles.iter().all(|p| lex.is("obstacle", p) && !own(p))
}

/// "I'm sorry, the vans are taken": what is regretted is no success. "Sorry for the wait" regrets something else.
fn regrets(sentence: &str) -> bool {
    let words = wordlists::words(sentence);
    let regret =
        words.iter().position(|w| matches!(w.as_str(), "sorry" | "unfortunately" | "afraid" | "sadly" | "regret"));
    regret.is_some_and(|at| !words.get(at + 1).is_some_and(|w| matches!(w.as_str(), "for" | "about" | "again" | "to")))
}

/// The sentences in which the agent says that it has looked.
fn looks<'p>(prose: &'p Prose<'_>) -> impl Iterator<Item = (Cite, BTreeSet<String>)> + 'p {
    let looked = |i: usize| {
        let subject = (1..4).any(|back| matches!(prose.word(i.wrapping_sub(back)), "i" | "we"));
        subject && english().is("looked", prose.word(i))
    };
    prose.sentences.iter().filter(move |s| !s.question && s.words.clone().any(looked)).filter_map(|s| {
        let cite = Cite::of(prose.event, prose.text, prose.bytes(s.words.clone()))?;
        let words = subject::stems(cite.text());
        Some((cite, words))
    })
}

fn finding(detector: &CompletionUnbacked, call: &Call<'_>, failure: &Failure, cite: Cite) -> Finding {
    let name = &call.name.text;
    let quote = short(cite.text());
    let said = cite.text().to_owned();
    let mut finding = Finding::new(
        detector.id(),
        detector.category(),
        cite.event(),
        format!("Claimed \"{quote}\", but `{name}` had failed"),
        cite,
    )
    .and(failure.cite.clone())
    .path(PATH)
    .detail(format!("The agent says \"{said}\", but the `{name}` call that could have done it had failed."))
    .rests_on(failure.rests_on.clone())
    .tool(name);
    finding.considered.push(Considered { event: call.event, why: "it had failed".into(), cite: failure.cite.clone() });
    finding
}

#[cfg(test)]
mod tests {
    use super::regrets;

    #[test]
    fn what_is_regretted_is_no_success() {
        for said in ["I'm sorry, the vans are taken at six.", "Unfortunately seat 4C is gone."] {
            assert!(regrets(said), "{said}");
        }
        for said in
            ["Sorry for the wait, your van is booked.", "Sorry about that. Your van is booked.", "It is booked."]
        {
            assert!(!regrets(said), "{said}");
        }
    }
}
