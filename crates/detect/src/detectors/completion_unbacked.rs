//! Completion claimed, and no call that could have done it.

mod agreed;
mod failed;
mod heard;
mod left_out;
mod next_step;
mod parts;
mod placeholder;
mod reckoned;
mod sibling;
mod sweep;
mod synonym;
mod told;
pub(super) mod told_done;
mod untouched;
mod value;

use super::{Detector, translated as other};
use crate::claims::binding::{self, Bound, Naming};
use crate::claims::deeds::{Deed, Fit};
use crate::claims::elsewhere;
use crate::claims::listing;
use crate::claims::made;
use crate::claims::{self, Claim, Manner};
use crate::dialogue::ordering;
use crate::finding::{Basis, Category, Considered, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::outcome::failure::Kind;
use crate::prose::lexicon::english;
use crate::prose::{Prose, flags};
use crate::session::{Call, Session};
use crate::tools::acts::{self, Acts};
use crate::tools::challenge;
use crate::tools::contract::Effect;
use crate::values::subject;
use hindcast_trace::model::Text;
use std::cell::OnceCell;
use told::Told;

/// See the module's documentation.
pub struct CompletionUnbacked;

impl Detector for CompletionUnbacked {
    fn id(&self) -> &'static str {
        "completion-unbacked"
    }

    fn looks_for(&self) -> &'static str {
        "completion claimed with no call behind it"
    }

    fn category(&self) -> Category {
        Category::Hallucination
    }

    fn applies(&self, kind: SessionKind) -> bool {
        // What a shell or an editor did is told by its commands and files, which another detector reads.
        kind != SessionKind::Coding
    }

    fn run(&self, session: &Session<'_>) -> Report {
        let mut report = Report::default();
        if let Some((event, why)) = claims::other_language(session) {
            report.skip(Some(event), format!("{why}, so most of its claims cannot be read"));
        }
        let acts = !session.calls.is_empty() || !session.trace.tools.is_empty();
        let (told, first_change) = (Told::default(), OnceCell::new());
        let seen = Seen { told: &told, first_change: &first_change };
        for claim in session.until_stopped(session.claims()) {
            if !deed_claimed(session, seen, claim) {
                continue;
            }
            // Without any tool, what is made and changed is the text in the answer.
            let written = matches!(claim.word.as_str(), "drafted" | "written" | "composed" | "rewritten");
            if !acts && (written || claim.families.iter().all(|f| matches!(*f, "update" | "create" | "delete"))) {
                continue;
            }
            report.eligible = true;
            if !acts {
                report.skip(Some(claim.event), "the trace lists no tools, so no call could support the claim");
                continue;
            }
            let Some(unbacked) = judge(session, claim, &mut report) else { continue };
            if let Some(gap) = session.absence_is_unsafe() {
                report.skip(Some(claim.event), format!("a call may be missing from the trace: {gap}"));
                continue;
            }
            // Claims come in order, and so do the findings.
            let twice = report.findings.iter().rev().take_while(|f| f.event == claim.event).any(|f| {
                f.quote().is_some_and(|q| {
                    session.claims_at(claim.event).iter().any(|c| c.cite == *q && same(&c.families, &claim.families))
                })
            });
            if !twice {
                report.findings.push(finding(self, session, claim, unbacked));
            }
        }
        translated(self, session, &mut report);
        failed::find(self, session, &mut report);
        sweep::find(self, session, &mut report);
        parts::find(session, &mut report);
        value::find(self, session, &mut report);
        reworded(session, &mut report);
        report
    }
}

/// What values and calls give away in any words, where nothing else was found in the message.
fn reworded(session: &Session<'_>, report: &mut Report) {
    let mut more = Report::default();
    sibling::find(session, &mut more);
    placeholder::find(session, &mut more);
    untouched::find(session, &mut more);
    agreed::find(session, &mut more);
    next_step::find(session, &mut more);
    left_out::find(session, &mut more);
    told_done::find(session, &mut more);
    report.eligible |= more.eligible;
    for finding in more.findings {
        if !report.findings.iter().any(|f| f.event == finding.event) {
            report.findings.push(finding);
        }
    }
}

/// "Ich habe die Buchung storniert", where no call of the whole session did anything at all.
fn translated(detector: &CompletionUnbacked, session: &Session<'_>, report: &mut Report) {
    if session.trace.tools.is_empty() && session.calls.is_empty() || session.absence_is_unsafe().is_some() {
        return;
    }
    for (told, call) in other::claims(session) {
        let upto = session.calls.partition_point(|c| c.event < told.event);
        let sends = |c: &Call<'_>| challenge::is(c) || challenge::tells_sent(c, told.cite.text());
        let looks = |c: &Call<'_>| other::looks(c) && c.result.is_some() && !sends(c);
        let idle = session.calls[..upto].iter().all(looks);
        // What an answer gave and the claim names was made by that call.
        let ids = crate::values::ids(told.cite.text());
        let answers = || session.calls[..upto].iter().filter_map(|c| c.result.as_ref()?.content);
        let given = ids.iter().any(|id| answers().any(|t| contains_id(&t.text, &id.norm)));
        if !told.own || told.families.is_empty() || call.is_some() || !idle || given {
            continue;
        }
        report.eligible = true;
        let title = format!("Claimed \"{}\", but no call that could have done it was made", told.cite.text());
        let calls = match upto {
            0 => "No call was made before it.",
            1 => "Judging by its name and result, the only call before it was a look-up.",
            _ => "Judging by their names and results, the calls before it were only look-ups.",
        };
        let detail = format!("The agent says \"{}\". {calls}", told.cite.text());
        let finding = Finding::new(detector.id(), detector.category(), told.event, title, told.cite);
        report.findings.push(finding.detail(detail).path(other::PATH));
    }
}

fn same(a: &[&str], b: &[&str]) -> bool {
    a.is_empty() || b.is_empty() || a.iter().any(|f| b.contains(f))
}

/// What is looked up once for all claims of a session.
#[derive(Clone, Copy)]
struct Seen<'a> {
    told: &'a Told,
    /// The first call that may change anything.
    first_change: &'a OnceCell<Option<u32>>,
}

/// Why a claim is not backed.
struct Unbacked<'s> {
    why: String,
    looked_at: Vec<(Bound<'s>, String)>,
}

/// True for a claim of the agent's own deed; descriptions of state count when they speak of a change.
fn deed_claimed(session: &Session<'_>, seen: Seen<'_>, claim: &Claim) -> bool {
    match claim.manner {
        Manner::Deed if claim.path.is_empty() => {
            claim.personal
                || !(seen.told.describes(session, claim)
                    || only_reported(session, seen, claim)
                    || heard::happened(session, claim))
        }
        // A record is told in the same few words.
        Manner::Deed => wanted(session, claim) && !seen.told.describes(session, claim),
        Manner::State => {
            !claim.families.is_empty()
                && (claim.fresh
                    || claim.personal && wanted(session, claim)
                    || answers_choice(session, seen.told, claim))
                && !seen.told.describes(session, claim)
                && !heard::is_repeated(session, claim)
        }
        Manner::Bare => {
            // "Done, I've emailed it": the better claim speaks for both.
            let others = session.claims_at(claim.event).iter().any(|c| c.manner != Manner::Bare);
            !others && wished(session, claim)
        }
    }
}

/// True when the user has asked for a deed of the claim's kind, or agreed to one.
fn wanted(session: &Session<'_>, claim: &Claim) -> bool {
    session.request().asks_for_any(&claim.families, claim.event)
        || binding::asked(session, claim)
        || binding::named_by_user(session, claim)
}

/// "The map has been updated several times": nothing was asked for and nothing was done, so that a passive tells what was read.
fn only_reported(session: &Session<'_>, seen: Seen<'_>, claim: &Claim) -> bool {
    let first_change = || session.calls.iter().find(|c| c.known.effect.0 != Effect::Read).map(|c| c.event);
    claim.cite.text().contains("been")
        && session.calls.first().is_some_and(|c| c.event < claim.event)
        && seen.first_change.get_or_init(first_change).is_none_or(|event| event >= claim.event)
        && !session.request().asks_for_any(&[], claim.event)
        && !wanted(session, claim)
        && !answers_order(session, claim)
}

/// "Put her on my policy." "Noor has been added.": an order in words that no lexicon has for the deed, and a claim about what the
/// order names, which no answer tells.
fn answers_order(session: &Session<'_>, claim: &Claim) -> bool {
    let Some(user) = binding::last_user(session, claim.event) else { return false };
    let words = subject::stems(claim.sentence.text());
    let named = |p: &Prose<'_>| {
        let text = &p.text.text[..p.text.text.floor_char_boundary(READ_AT_MOST)];
        ordering::orders(text) && subject::stems(text).intersection(&words).next().is_some()
    };
    let upto = session.calls.partition_point(|c| c.event < claim.event);
    let answers = || session.calls[..upto].iter().rev().take(MOST).filter_map(|c| c.result.as_ref()?.content);
    let told = |t: &Text| {
        t.text[..t.text.floor_char_boundary(READ_AT_MOST)].to_ascii_lowercase().contains(claim.word.as_str())
    };
    binding::user_prose(session, user, user + 1).any(named) && !answers().any(told)
}

/// Only so much of a text is compared with what is claimed.
const READ_AT_MOST: usize = 4096;
/// So many answers are looked at, the latest ones.
const MOST: usize = 64;

/// "Thursday, please." "Your appointment is booked for Thursday.": what the user has just asked for and no call has touched
/// since was no state before.
fn answers_choice(session: &Session<'_>, told: &Told, claim: &Claim) -> bool {
    const DEEDS: [&str; 7] = ["book", "cancel", "order", "refund", "transfer", "pay", "send"];
    let Some(user) = binding::last_user(session, claim.event) else { return false };
    let idle = session.calls_between(user, binding::horizon(session, claim.event)).is_empty();
    let questions = || binding::user_prose(session, user, claim.event).any(|p| p.sentences.iter().any(|s| s.question));
    let known = || told.has_word(session, &claim.word, claim.event);
    let fitting = || session.fitting().deeds(session, &claim.families);
    let done = || fitting().first().is_some_and(|(at, _)| session.deeds()[*at].event < claim.event);
    claim.families.iter().any(|f| DEEDS.contains(f))
        && idle
        && !session.calls.is_empty()
        && binding::asked(session, claim)
        && !questions()
        && !done()
        && !known()
}

fn contains_id(text: &str, id: &str) -> bool {
    text.contains(id) || text.contains(&id.to_ascii_uppercase())
}

/// True when the user has asked for something to be done, which a bare "Done!" can answer.
fn wished(session: &Session<'_>, claim: &Claim) -> bool {
    binding::user_prose(session, 0, claim.event).any(|p| p.sentences.iter().any(|s| s.has(flags::BASE)))
}

fn judge<'s>(session: &'s Session<'_>, claim: &Claim, report: &mut Report) -> Option<Unbacked<'s>> {
    let bound = binding::bind(session, claim);
    let best = bound.iter().map(|b| b.fit).max().unwrap_or(Fit::None);
    if best == Fit::None {
        if let Some(call) = sent_by_nature(session, claim) {
            report.skip(Some(claim.event), format!("`{}` may have sent what is claimed", call.name.text));
            return None;
        }
        let turn = || session.calls_between(binding::last_user(session, claim.event).unwrap_or(0), claim.event);
        if let Some(call) = made::by(session, turn(), claim.sentence.text()) {
            report.skip(Some(claim.event), format!("`{}` returned the ID that the claim names", call.name.text));
            return None;
        }
        if let Some(deed) = synonym::of(session, claim) {
            let name = &session.calls[deed.call].name.text;
            report.skip(
                Some(claim.event),
                format!(
                    "`{name}` may be what \"{}\" refers to; add a tool contract to specify this",
                    claim.cite.text()
                ),
            );
            return None;
        }
        return Some(Unbacked { why: "no call that could have done it was made".into(), looked_at: Vec::new() });
    }
    let asked = binding::asked(session, claim);
    let objects = elsewhere::known_objects(session, claim);
    let mut refused = Vec::new();
    let mut untold = None;
    for b in bound {
        if b.fit == Fit::Untold && only_looks(session, &b, claim) {
            continue;
        }
        match stands(session, &b, claim, asked, &objects) {
            Ok(()) if b.fit == Fit::Untold => untold = untold.or(Some(b)),
            Ok(()) => match listing::left_out(session, claim, b.deed) {
                Some(item) => {
                    let why = format!("neither it nor similar calls touch {item}, which the claim also names");
                    refused.push((b, why));
                    return Some(Unbacked { why: format!("no call touches {item}"), looked_at: refused });
                }
                None => return None,
            },
            Err(why) => refused.push((b, why)),
        }
    }
    if let Some(b) = untold {
        let name = &session.calls[b.deed.call].name.text;
        report.skip(
            Some(claim.event),
            format!("what `{name}` does is unknown, so whether it supports the claim is too; add a tool contract"),
        );
        return None;
    }
    let why = refused.first().map_or_else(|| "no call supports it".into(), |(_, why)| why.clone());
    Some(Unbacked { why, looked_at: refused })
}

/// "I've sent you a code": the call that starts a verification sends it.
fn sent_by_nature<'s, 't>(session: &'s Session<'t>, claim: &Claim) -> Option<&'s Call<'t>> {
    let sending = claim.families.iter().any(|f| matches!(*f, "send" | "contact" | "ship"));
    let upto = session.calls.partition_point(|c| c.event < binding::horizon(session, claim.event));
    let said = claim.sentence.text();
    let sends = |c: &&Call<'_>| challenge::is(c) || challenge::tells_sent(c, said);
    session.calls[..upto].iter().rev().take(MOST).find(|c| sending && sends(c))
}

/// True where a tool that nobody knows answered with a record and no receipt, and has nothing to do with what is claimed.
fn only_looks(session: &Session<'_>, bound: &Bound<'_>, claim: &Claim) -> bool {
    let call = &session.calls[bound.deed.call];
    let object = subject::stems(&format!("{} {}", claim.word, elsewhere::changed(claim).join(" ")));
    !bound.deed.generic
        && !bound.deed.unanswered
        && object.len() > 1
        && acts::of(call, None) == Acts::No
        && !subject::touch(&object, call.about())
}

/// Why a deed does not back a claim of a change: its own verb is what another claim of the message speaks of, and what this
/// one claims as changed is in nothing that any call since has to do with, although the user spoke of it.
fn taken(session: &Session<'_>, deed: &Deed<'_>, claim: &Claim) -> Option<String> {
    let soft = |f: &&'static str| matches!(*f, "update" | "create" | "delete");
    // "I have completed the task" sums up what another sentence tells.
    let sums_up = english().is("processed", &claim.word);
    if sums_up || !claim.personal || claim.manner != Manner::Deed || !claim.families.iter().all(soft) {
        return None;
    }
    let call = &session.calls[deed.call];
    let stem = crate::prose::stem::of(&claim.word);
    let verb = |stem: &str| call.known.words.iter().any(|w| crate::prose::stem::of(w) == stem);
    let other = session
        .claims_at(claim.event)
        .iter()
        .find(|c| c.cite != claim.cite && verb(crate::prose::stem::of(&c.word).as_ref()))?;
    if verb(stem.as_ref()) || call.known.contract.is_some() || deed.generic || deed.unknown_effect {
        return None;
    }
    let object = subject::stems(&elsewhere::changed(claim).join(" "));
    let user = binding::last_user(session, claim.event)?;
    let wanted = object.iter().any(|o| session.stems_said().get(o).is_some_and(|event| *event <= user));
    let horizon = binding::horizon(session, claim.event);
    let upto = session.deeds().partition_point(|d| d.event < horizon);
    let done = session.deeds()[..upto].iter().rev().take(64);
    let touched = done.into_iter().any(|d| subject::touch(&object, session.calls[d.call].about()));
    (wanted && !touched && !object.is_empty())
        .then(|| format!("the call that was made is covered by \"{}\"", other.cite.text()))
}

/// Whether a deed backs a claim, and else why not.
fn stands(
    session: &Session<'_>,
    bound: &Bound<'_>,
    claim: &Claim,
    asked: bool,
    objects: &[String],
) -> Result<(), String> {
    // A call that failed, and that the user has answered to since, backs nothing; a failure just before the claim is
    // an error read as success, which is reported as that.
    let failed = session.calls[bound.deed.call].failure().is_some_and(|f| f.kind == Kind::Error);
    if failed && binding::last_user(session, claim.event).is_some_and(|user| user > bound.deed.event) {
        return Err("it had failed".into());
    }
    if let Naming::Other(claimed, own) = &bound.naming {
        return Err(format!("it is about {own}, but the claim is about {claimed}"));
    }
    if let Some(why) = elsewhere::why(session, bound.deed, claim, objects) {
        return Err(why);
    }
    if let Some(why) = taken(session, bound.deed, claim) {
        return Err(why);
    }
    if bound.fresh {
        return Ok(());
    }
    // A recap names what was done; a claim of something new does not fit the old call.
    if let Some(value) = binding::not_in_deed(bound.deed, claim) {
        return Err(format!("it was made before the user's last request and does not contain {value}"));
    }
    if asked
        && claim.manner != Manner::State
        && !(binding::names_values(claim.sentence.text()) && bound.naming == Naming::Same)
    {
        return Err("it was made before the user's last request and had already been reported".into());
    }
    if bound.fit == Fit::Content && asked {
        return Err("it only mentions something similar, before the user's last request".into());
    }
    Ok(())
}

fn finding(detector: &CompletionUnbacked, session: &Session<'_>, claim: &Claim, unbacked: Unbacked<'_>) -> Finding {
    let last = binding::horizon(session, claim.event).min(session.trace.events.len() as u32).saturating_sub(1);
    let sought = if claim.families.is_empty() {
        "a call that changes anything".into()
    } else {
        format!("a call that could {}", verbs(&claim.families))
    };
    let mut finding = Finding::new(
        detector.id(),
        detector.category(),
        claim.event,
        format!("Claimed \"{}\", but {}", claim.cite.text(), unbacked.why),
        claim.cite.clone(),
    )
    .and(Some(Basis::Absence { sought, scope: (0, last) }))
    .rests_on(RestsOn::Assumption("a tool does what its name or its contract says; a read changes nothing".into()))
    .path(claim.path)
    .detail(format!("The agent says \"{}\". {}", claim.sentence.text(), capital(&unbacked.why)));
    if super::corrected_later(session, claim.event) {
        finding = finding.outcome(crate::finding::Outcome::NearMiss);
    }
    for (bound, why) in unbacked.looked_at.into_iter().take(6) {
        finding = finding.tool(&session.calls[bound.deed.call].name.text);
        finding.considered.push(Considered { event: bound.deed.event, why, cite: None });
    }
    if finding.considered.is_empty() {
        let reads = session.calls_before(claim.event).iter().rev().take(4);
        let looked = reads.map(|c| Considered {
            event: c.event,
            why: format!("`{}` does not do that", c.name.text),
            cite: None,
        });
        finding.considered.extend(looked);
    }
    finding
}

fn verbs(families: &[&'static str]) -> String {
    families.join(" or ")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| format!("{}{}.", c.to_uppercase(), chars.as_str()))
}
