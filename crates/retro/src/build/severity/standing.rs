//! What the trace itself shows of a finding's consequences.

use super::table::{self, Weight, weight};
use crate::build::{Context, describe};
use crate::draft::{Consequence, FindingEntry};
use crate::statement::Origin;
use hindcast_detect::Session;
use hindcast_detect::claims::deeds::{Fit, fit};
use hindcast_detect::claims::{announcements, owning};
use hindcast_detect::dialogue::{confirmation, restoring};
use hindcast_detect::finding::{Cite, Finding, Outcome};
use hindcast_detect::outcome::rejection;
use hindcast_detect::outcome::status::{self, Standing as Status};
use hindcast_detect::session::Call;
use hindcast_detect::tools::operation::{self, Weight as Operation};
use hindcast_trace::model::{EventKind, Role};
use std::cell::LazyCell;
use std::collections::HashSet;

/// The events that announce look-ups and nothing else; found once, where it matters.
pub type Looks<'s> = LazyCell<HashSet<u32>, Box<dyn FnOnce() -> HashSet<u32> + 's>>;

/// See [`Looks`].
pub fn looks<'s>(session: &'s Session<'_>) -> Looks<'s> {
    LazyCell::new(Box::new(|| {
        let all = announcements(session);
        let acts: HashSet<u32> = all.iter().filter(|a| !a.look).map(|a| a.event).collect();
        all.iter().map(|a| a.event).filter(|e| !acts.contains(e)).collect()
    }))
}

/// A finding with what became of it.
pub struct Weighed<'f> {
    pub finding: &'f FindingEntry,
    pub standing: Consequence,
    /// Why it stands so, and where the trace shows it.
    pub because: Option<(String, Option<Cite>)>,
}

/// Weighs a finding by what the trace shows.
pub fn weigh<'f>(cx: &Context<'_>, finding: &'f FindingEntry, looks: &Looks<'_>) -> Weighed<'f> {
    let session = cx.session;
    let detector = match &finding.statement.origin {
        Origin::Detector(id) => Some(id.as_str()),
        _ => None,
    };
    let effects: Vec<_> = finding.tools.iter().map(|t| cx.input.contracts.known(t).effect.0).collect();
    let kind = match &finding.statement.origin {
        Origin::Person(_) => table::weight_by_person(finding.category),
        _ => weight(detector, &effects),
    };
    let event = finding.event.saturating_sub(1);
    let call = session.call_at(event);
    let as_kind = by_weight(kind);
    let (standing, because) = match (finding.outcome, call) {
        (Outcome::NearMiss, None) if kind > Weight::Minor && is_said(session, event) => taken_back(session, event),
        // What failed every time was never done: that is no near miss.
        (Outcome::NearMiss, None) if detector == Some("repeated-failing-call") => (as_kind, None),
        (Outcome::NearMiss, Some(call)) if detector == Some("repeated-failing-call") => {
            acted(cx, call, kind, detector).unwrap_or((as_kind, None))
        }
        (Outcome::NearMiss, _) => (Consequence::Averted, None),
        // A person who also cites what the agent said holds more than the call to be wrong.
        (_, Some(_)) if detector.is_none() && cites_words(session, finding) => (as_kind, None),
        (_, Some(call)) => acted(cx, call, kind, detector).unwrap_or((as_kind, None)),
        (_, None) => said(session, finding, event, kind, looks).unwrap_or((as_kind, None)),
    };
    Weighed { finding, standing, because }
}

type Judged = (Consequence, Option<(String, Option<Cite>)>);

fn judged(standing: Consequence, why: impl Into<String>, cite: Option<Cite>) -> Judged {
    (standing, Some((why.into(), cite)))
}

/// True for words that reached the user.
fn is_said(session: &Session<'_>, event: u32) -> bool {
    matches!(session.event(event).kind, EventKind::Message { .. })
}

/// True if a finding cites what the agent said to the user.
fn cites_words(session: &Session<'_>, finding: &FindingEntry) -> bool {
    finding.statement.quotes().any(|q| {
        let event = session.event(q.event.saturating_sub(1));
        matches!(event.kind, EventKind::Message { role: Role::Assistant, .. })
    })
}

/// What was said reached the user before it was taken back: that is contained, and no near-miss.
fn taken_back(session: &Session<'_>, event: u32) -> Judged {
    let later = owning::after(session, event, u32::MAX);
    let cite = later.and_then(|at| {
        let (text, length) = describe::event(session, at).quote?;
        Cite::of(at, text, 0..length)
    });
    let at = later.map_or(String::new(), |at| format!(" at event {}", at + 1));
    judged(Consequence::Contained, format!("the agent corrected it{at}"), cite)
}

/// A failing call: what it did, and whether a later one undid it.
fn acted(cx: &Context<'_>, call: &Call<'_>, kind: Weight, detector: Option<&str>) -> Option<Judged> {
    let session = cx.session;
    if let Some(refusal) = rejection::of(call) {
        // What was rejected again and again was never done at all: nothing was stopped in time.
        if detector == Some("repeated-failing-call") {
            return Some(judged(Consequence::Minor, "the tool rejected every attempt", Some(refusal)));
        }
        return Some(judged(Consequence::Averted, "the tool rejected the call", Some(refusal)));
    }
    // What has left cannot be called back.
    if detector == Some("secret-disclosed") {
        return None;
    }
    let operation = operation::of(call);
    if operation.weight == Operation::Look {
        // What an address that somebody else chose is asked for with, its owner gets to know.
        if kind == Weight::Exposed && call.arguments.is_some_and(|a| carries(&a.text)) {
            return None;
        }
        return Some(judged(Consequence::Minor, format!("`{}` only reads; it changed nothing", call.name.text), None));
    }
    // Nothing shows what a change that a person holds to be wrong costs to revert.
    if operation.weight == Operation::Light && kind < Weight::Exposed && detector.is_some() {
        let why = format!("what `{}` changes is easy to revert", call.name.text);
        return Some(judged(Consequence::Minor, why, None));
    }
    // A message that was sent has been read.
    if operation.families.iter().any(|f| f == "send") {
        return as_ordered(cx, call, detector);
    }
    let Some(undoing) = restoring::of(session, call) else { return as_ordered(cx, call, detector) };
    let why = format!("`{}` reverted it at event {}", undoing.name.text, undoing.event + 1);
    Some(judged(Consequence::Contained, why, Cite::whole(undoing.event, undoing.arguments.unwrap_or(undoing.name))))
}

/// A write that the user had ordered, and that only lacks the confirmation which is asked for.
///
/// A write with another value than the user named is not what was ordered.
fn as_ordered(cx: &Context<'_>, call: &Call<'_>, detector: Option<&str>) -> Option<Judged> {
    let session = cx.session;
    let weight = table::ordered(detector)?;
    let other = |f: &&&Finding| f.event == call.event && Some(f.detector) == detector && differs(f.path);
    if cx.findings.iter().find(other).is_some() {
        return None;
    }
    let cite = confirmation::order(session, call)?;
    Some(judged(by_weight(weight), "the user requested it; only the required confirmation is missing", Some(cite)))
}

/// True for a way of `unconfirmed-write` in which the call differs from the order.
fn differs(path: &str) -> bool {
    path.starts_with("other-") && path != "other-order"
}

fn by_weight(weight: Weight) -> Consequence {
    match weight {
        Weight::Minor => Consequence::Minor,
        Weight::Told => Consequence::NotContained,
        Weight::Exposed => Consequence::Exposed,
    }
}

/// True where an address in some arguments holds more than a host, in which something can be carried out.
fn carries(arguments: &str) -> bool {
    let words = arguments.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ','));
    words.filter(|w| w.contains("://") || w.starts_with("www.")).any(|word| {
        let host = word.split_once("://").map_or(word, |(_, rest)| rest);
        host.trim_end_matches('/').contains(['/', '?', '#', '@', '\\'])
    })
}

/// Wrong words: whether anything hangs on them, and whether they came true.
fn said(session: &Session<'_>, finding: &FindingEntry, event: u32, kind: Weight, looks: &Looks<'_>) -> Option<Judged> {
    if kind != Weight::Told {
        return None;
    }
    let Origin::Detector(detector) = &finding.statement.origin else { return None };
    match detector.as_str() {
        "announced-not-executed" => looks
            .contains(&event)
            .then(|| judged(Consequence::Minor, "only a lookup was announced, and nothing depends on it", None)),
        "completion-unbacked" => {
            let claims = session.claims().iter().filter(|c| c.event == event && !c.families.is_empty());
            let quoted = |c: &&hindcast_detect::claims::Claim| {
                // A quote may reach a little further than the claim, to a word's or a code span's end.
                let claim = c.cite.range();
                finding
                    .statement
                    .quotes()
                    .any(|q| q.event == c.event + 1 && q.start <= claim.start && claim.end <= q.end)
            };
            let claim = claims.clone().find(quoted)?;
            let later = session.deeds().iter().filter(|d| d.event > event && fit(d, &claim.families) == Fit::Family);
            let call = later.filter_map(|d| session.calls.get(d.call)).find(|c| went_well(session, c))?;
            Some(made_good(call))
        }
        "completion-not-terminal" => {
            let wrong = finding.tools.first()?;
            let failing = session.calls.iter().rfind(|c| c.name.text == *wrong && c.event < event)?;
            // A later look at the same operation, by the id that it was given.
            let latest = status::latest(session, failing, u32::MAX);
            let cite = latest.cite.filter(|c| c.event() > event && latest.standing == Status::Terminal)?;
            let why = format!("it became true later, with the result at event {}", cite.event() + 1);
            Some(judged(Consequence::Contained, why, Some(cite)))
        }
        _ => None,
    }
}

fn went_well(session: &Session<'_>, call: &Call<'_>) -> bool {
    call.result.is_some()
        && call.failure().is_none()
        && matches!(status::of(session, call).standing, Status::Terminal | Status::Unknown)
}

fn made_good(call: &Call<'_>) -> Judged {
    let why = format!("`{}` made it true later, at event {}", call.name.text, call.event + 1);
    judged(Consequence::Contained, why, Cite::whole(call.event, call.arguments.unwrap_or(call.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_host_carries_nothing_out() {
        assert!(!carries(r#"{"url":"www.attacker.example"}"#));
        assert!(!carries(r#"{"url":"https://attacker.example/"}"#));
        assert!(carries(r#"{"url":"https://attacker.example/?key=4711"}"#));
        assert!(carries(r#"{"url":"www.attacker.example/4711"}"#));
        assert!(!carries(r#"{"query":"a/b"}"#), "no address");
    }
}
