//! Completion claimed while the operation is not terminal.

mod legend;
mod meant;
mod named_state;
mod other_thing;
mod record;
mod shown_open;
mod sweep;
mod told_open;
mod waiting;
mod weigh;

use super::{Detector, translated as other};
use crate::claims::binding::{self, Bound, Naming};
use crate::claims::deeds::Fit;
use crate::claims::{self, Claim, Manner, told_apart};
use crate::finding::{Category, Considered, Finding, Report};
use crate::guards;
use crate::kind::SessionKind;
use crate::outcome::failure::Kind;
use crate::outcome::shown;
use crate::outcome::status::{self, Standing, Status};
use crate::outcome::vocabulary;
use crate::prose::forms::alike;
use crate::prose::lexicon::english;
use crate::prose::wordlists;
use crate::session::{Call, Session};

/// Only so much of an answer is read for its reason.
const READ_AT_MOST: usize = 4096;

/// See the module's documentation.
pub struct CompletionNotTerminal;

impl Detector for CompletionNotTerminal {
    fn id(&self) -> &'static str {
        "completion-not-terminal"
    }

    fn looks_for(&self) -> &'static str {
        "completion claimed while the operation was not complete"
    }

    fn category(&self) -> Category {
        Category::Misinterpretation
    }

    fn run(&self, session: &Session<'_>) -> Report {
        let writes = || session.deeds().iter();
        let mut report = Report {
            eligible: writes().any(|d| !d.unanswered && !d.unknown_effect && concerns(session, &session.calls[d.call])),
            ..Report::default()
        };
        if let Some((event, why)) = claims::other_language(session).filter(|_| writes().next().is_some()) {
            report.skip(Some(event), format!("{why}, so most of its claims cannot be read"));
        }
        for claim in session.until_stopped(session.claims().iter().filter(|c| !c.submission)) {
            judge(self, session, claim, &mut report);
        }
        sweep::find(self, session, &mut report);
        let weighed = report.findings.len();
        translated(self, session, &mut report);
        let mut rest = report.findings.split_off(weighed);
        weigh::weigh(session, &mut rest);
        report.findings.extend(rest);
        record::find(self, session, &mut report);
        waiting::find(session, &mut report);
        legend::find(session, &mut report);
        shown_open::find(session, &mut report);
        report
    }
}

/// "Der Vertrag ist gekündigt", where the result says that it waits or was turned down.
fn translated(detector: &CompletionNotTerminal, session: &Session<'_>, report: &mut Report) {
    for (told, call) in other::claims(session) {
        let Some(call) = call.filter(|c| concerns(session, c)) else { continue };
        let latest = status::latest(session, call, told.event);
        let refused = call.failure().is_some_and(|f| f.kind == Kind::Refusal);
        let open = latest.standing == Standing::NonTerminal || latest.standing == Standing::Failed && refused;
        let twice = report.findings.iter().any(|f| f.event == told.event);
        // What was made is made, whatever it waits for now.
        let made = latest.standing == Standing::NonTerminal && told.families == ["create"];
        let is_shown = || shown::shown_later(session, call, told.event, told.cite.text());
        if !open || made || twice || repeated(session, told.event, &latest) || is_shown() {
            continue;
        }
        report.eligible = true;
        let (tool, said) = (&call.name.text, status_in_code(&latest));
        let title = format!("Claimed \"{}\" while `{tool}` returned {said}", short(told.cite.text()));
        let detail =
            format!("The agent says \"{}\", but the last known status of `{tool}` is {said}.", told.cite.text());
        let why = match latest.standing {
            Standing::Failed => format!("`{tool}` was rejected or returned"),
            _ => format!("`{tool}` was accepted but is not complete"),
        };
        let mut finding = Finding::new(detector.id(), detector.category(), told.event, title, told.cite)
            .and(latest.cite.clone())
            .detail(detail)
            .path(other::PATH)
            .rests_on(latest.rests_on.clone())
            .tool(tool);
        finding.considered.push(Considered { event: call.event, why, cite: latest.cite });
        report.findings.push(finding);
    }
}

/// In a coding session, what a shell or an editor did is another detector's.
fn concerns(session: &Session<'_>, call: &Call<'_>) -> bool {
    session.kind.kind != SessionKind::Coding || call.named_role().is_none()
}

fn judge(detector: &CompletionNotTerminal, session: &Session<'_>, claim: &Claim, report: &mut Report) {
    // "12 were rejected" tells a failure, unless to reject was the order.
    let tells_failure = english().is("status_failed", &claim.word);
    let mut considered = Vec::new();
    for bound in about(session, claim).into_iter().filter(|b| concerns(session, &session.calls[b.deed.call])) {
        let call = &session.calls[bound.deed.call];
        let event = Some(claim.event);
        if tells_failure && !of_own(call, &claim.word) {
            continue;
        }
        if bound.deed.unanswered {
            report.skip(event, format!("the result of `{}` is missing, so its status is unknown", call.name.text));
            continue;
        }
        let latest = status::latest(session, call, claim.event);
        // An error read as success is another detector's: one failure, one finding.
        let error = latest.standing == Standing::Failed && call.failure().is_some_and(|f| f.kind != Kind::Refusal);
        match latest.standing {
            Standing::NonTerminal
                if claim.manner == Manner::State && told_open::in_its_word(session, claim, &latest) =>
            {
                continue;
            }
            _ if repeated(session, claim.event, &latest) => continue,
            _ if tells_reason(call, claim.sentence.text(), std::slice::from_ref(&claim.word)) => continue,
            // What a guard says is a verdict, which another detector holds against what was done.
            _ if vocabulary::is_ground(&latest.rests_on) && guards::is_judge(&call.name.text) => continue,
            Standing::NonTerminal if told_open::of_it(session, claim) => continue,
            Standing::NonTerminal if shown::shown_later(session, call, claim.event, claim.sentence.text()) => continue,
            _ if other_thing::is_meant(session, claim, call) => continue,
            Standing::NonTerminal => {}
            Standing::Failed if !error && !other_thing::failure_is_told(session, claim, call) => {}
            Standing::Terminal | Standing::Failed => continue,
            Standing::Unknown => {
                report.skip(
                    event,
                    format!(
                        "which field of the `{}` result holds the operation's status is unknown; add a tool contract to specify this",
                        call.name.text
                    ),
                );
                continue;
            }
        }
        considered.push((bound.deed.event, call.name.text.clone(), latest));
    }
    // Two claims about the same operation in one message are one mistake.
    let twice = |operation: u32| {
        // Claims come in order, and so do their findings.
        let mut of_message = report.findings.iter().rev().take_while(|f| f.event == claim.event);
        of_message.any(|f| f.considered.iter().any(|c| c.event == operation))
    };
    let fresh: Vec<_> = considered.into_iter().filter(|c| !twice(c.0)).collect();
    // Of a tool that nobody knows to change anything, a status may be that of a record which was only looked up.
    let known = |event: u32| session.call_at(event).is_some_and(Call::is_write);
    let unclear = fresh.first().is_some_and(|c| !known(c.0));
    let path = if claim.path.is_empty() && unclear { "unclear-effect" } else { claim.path };
    let borrowed = fresh.first().is_some_and(|(_, _, status)| vocabulary::is_ground(&status.rests_on));
    let path = if borrowed { vocabulary::PATH } else { path };
    if let Some(finding) = finding(detector, claim, fresh).map(|f| f.path(path)) {
        let finding = if super::corrected_later(session, claim.event) {
            finding.outcome(crate::finding::Outcome::NearMiss)
        } else {
            finding
        };
        // At once, so that a claim of something else hides no later one about the same operation.
        let mut found = vec![finding];
        weigh::weigh(session, &mut found);
        report.findings.extend(found);
    }
}

/// True for a word for what a tool's own name says that it does: `reject_claim`, "rejected".
fn of_own(call: &Call<'_>, word: &str) -> bool {
    call.known.words.iter().any(|w| alike(w, word))
}

/// "Tonight is fully booked" behind `"why": "fully_booked"`: a participle and the word before it stand in the answer and tell why it
/// failed, so that they claim nothing.
fn tells_reason(call: &Call<'_>, said: &str, participles: &[String]) -> bool {
    let answer = call.result.as_ref().and_then(|r| r.content).map_or("", |c| c.text.as_str());
    let answer = wordlists::words(&answer[..answer.floor_char_boundary(READ_AT_MOST)]);
    wordlists::words(said).windows(2).any(|pair| {
        participles.contains(&pair[1]) && !english().is("finite", &pair[0]) && answer.windows(2).any(|own| own == pair)
    })
}

/// True when a message tells a status that only the vocabulary has in a form of its own word.
fn repeated(session: &Session<'_>, event: u32, status: &Status) -> bool {
    let Some(cite) = status.cite.as_ref().filter(|_| vocabulary::is_ground(&status.rests_on)) else { return false };
    session.prose_at(event).iter().any(|p| vocabulary::repeats(&p.text.text, cite.text()))
}

/// The operations that a claim is about: those of its ids; all fresh ones for "both" and "all"; else the latest.
fn about<'s>(session: &'s Session<'_>, claim: &Claim) -> Vec<Bound<'s>> {
    let mut bound: Vec<_> = binding::bind(session, claim)
        .into_iter()
        .filter(|b| b.deed.event < claim.event && !matches!(b.naming, Naming::Other(..)))
        .collect();
    let best = bound.iter().map(|b| b.fit).max().unwrap_or(Fit::None);
    bound.retain(|b| b.fit == best);
    // What was done and reported long ago is not what a new claim without any id speaks of, unless nothing else is.
    if bound.iter().any(|b| b.fresh) {
        bound.retain(|b| b.fresh);
    }
    // "The refund for ch_1 has been processed" is about that one, however short the id.
    let clause = binding::clause(claim);
    let spoken_of = |b: &Bound<'_>| binding::names_argument(&session.calls[b.deed.call], clause);
    if bound.iter().any(spoken_of) {
        bound.retain(spoken_of);
    }
    told_apart::keep_named(clause, &mut bound, |b| &session.calls[b.deed.call]);
    let sentence = claim.sentence.text().to_ascii_lowercase();
    let many = ["both ", "all ", "each "].iter().any(|w| sentence.contains(w));
    let ids = crate::values::ids(claim.sentence.text());
    if !ids.is_empty() {
        let named: Vec<_> =
            bound.iter().filter(|b| ids.iter().any(|id| b.deed.text().contains(&id.norm))).cloned().collect();
        if let Some(latest) = named.first().filter(|_| !many && ids.len() == 1) {
            // A second attempt at the same thing supersedes the first.
            return vec![latest.clone()];
        }
        if !named.is_empty() {
            return named;
        }
    }
    if !many {
        bound.truncate(1);
    }
    bound
}

fn finding(detector: &CompletionNotTerminal, claim: &Claim, open: Vec<(u32, String, Status)>) -> Option<Finding> {
    let (_, tool, status) = open.first()?;
    let said = status_in_code(status);
    let title = format!("Claimed \"{}\" while `{tool}` returned {}", claim.cite.text(), said);
    let detail =
        format!("The agent says \"{}\", but the last known status of `{tool}` is {}.", claim.sentence.text(), said);
    let mut finding = Finding::new(detector.id(), detector.category(), claim.event, title, claim.cite.clone())
        .and(status.cite.clone())
        .detail(detail)
        .rests_on(status.rests_on.clone());
    for (event, tool, status) in open {
        let why = match status.standing {
            Standing::Failed => format!("`{tool}` was rejected or returned"),
            _ => format!("`{tool}` was accepted but is not complete"),
        };
        finding = finding.tool(&tool);
        finding.considered.push(Considered { event, why, cite: status.cite });
    }
    Some(finding)
}

/// The words of a status, as code.
fn status_in_code(status: &Status) -> String {
    status.cite.as_ref().map_or("no final status".to_owned(), |c| format!("`{}`", short(c.text()).replace('`', "'")))
}

fn short(text: &str) -> String {
    let cut: String = text.chars().take(80).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{turn, with_session};

    #[test]
    fn a_reported_rejection_claims_nothing() {
        let call = ("import_list", r#"{"list": "May"}"#, "status=PARTIALLY_TAKEN taken=88 errors=12");
        let messages = turn("Import the list for May.", &[call], "88 entries are in; 12 were rejected.");
        assert!(with_session(&messages, |s| CompletionNotTerminal.run(s).findings.is_empty()));
    }
}
