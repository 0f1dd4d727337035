//! Drafting: a trace, its reports and what people know become a retro.

mod actions;
mod behavior;
mod cite;
mod delay;
mod describe;
pub(crate) mod distinct;
mod impact;
mod person;
mod promote;
mod severity;
mod system;
mod timeline;
mod trigger;

use crate::draft::{Behavior, ByHand, Draft, EvidenceRef, FindingEntry, SCHEMA, SessionInfo};
use crate::facts::Facts;
use crate::policy::Policy;
use cite::Citer;
use hindcast_detect::detectors::{self, Detector};
use hindcast_detect::finding::{Finding, Report};
use hindcast_detect::{Contracts, Session, kind};
use hindcast_trace::Stop;
use hindcast_trace::locator::{Bases, evidence_of};
use hindcast_trace::model::{Gap, GapKind};
use hindcast_trace::{Evidence, Trace, WORDLESS};
use jiff::Timestamp;
use promote::Parted;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that a draft is made from.
pub struct Input<'a> {
    /// The session.
    pub trace: &'a Trace,
    /// The files that it was read from, in the order in which they were read.
    pub evidence: &'a [Evidence],
    /// Tool contracts; may be empty.
    pub contracts: &'a Contracts,
    /// What people know; may be empty.
    pub facts: &'a Facts,
    /// The severity policy.
    pub policy: &'a Policy,
}

pub(crate) use delay::gaps as delay_gaps;
pub use promote::Promotions;

/// What the parts of a draft share.
struct Context<'a> {
    input: &'a Input<'a>,
    session: &'a Session<'a>,
    reports: &'a [(&'static dyn Detector, Report)],
    findings: Vec<&'a Finding>,
    leads: Vec<&'a Finding>,
    citer: Citer<'a>,
    /// True if people dismissed findings, and none is left.
    all_dismissed: bool,
}

/// Drafts a retro.
pub fn draft(input: &Input<'_>) -> Draft {
    draft_with(input, &Promotions::default(), &Stop::default())
}

/// Drafts a retro in which the leads that people promoted are findings, and in which nothing rests on the findings that
/// they dismissed. Where the caller ends it meanwhile, it is not whole.
pub(crate) fn draft_with(input: &Input<'_>, promotions: &Promotions, stop: &Stop) -> Draft {
    let kind = input.facts.session_kind().unwrap_or_else(|| kind::recognize(input.trace));
    let session = Session::of_kind(input.trace, input.contracts, kind).until(stop);
    let reports = detectors::run_all(&session);
    let citer = || Citer::new(input.trace, input.evidence);
    let parted = promote::part(reports.iter().map(|(_, r)| r), promotions, citer());
    let Parted { mut findings, leads, promoted } = parted;
    let by_people = person::findings(input, &session);
    findings.extend(&by_people);
    findings.sort_by_key(|f| f.event);
    let citer = citer();
    let mut cx = Context { input, session: &session, reports: &reports, findings, leads, citer, all_dismissed: false };
    let mut behavior = behavior::build(&mut cx);
    behavior.findings.iter_mut().for_each(|f| f.promoted = promoted.contains(&f.statement.id));
    for entries in [&mut behavior.findings, &mut behavior.leads] {
        let consequences = severity::consequences(&cx, entries);
        entries.iter_mut().zip(consequences).for_each(|(f, c)| f.consequence = c);
    }
    let standing = standing(&mut cx, &behavior, promotions);
    let timeline = timeline::build(&mut cx, &standing);
    let system = system::build(&mut cx, &standing);
    let actions = actions::build(&cx, &standing, &behavior, &system);
    let trace = input.trace;
    let time = |ns: i64| Timestamp::from_nanosecond(i128::from(ns)).map(|t| t.to_string()).ok();
    let span = trace.span();
    let title = match (&input.facts.title, standing.lead()) {
        (Some(title), _) => title.value.clone(),
        // A heading has no code in it.
        (None, Some(finding)) => finding.heading(),
        (None, None) => format!("Session {}", trace.key),
    };
    let mut draft = Draft {
        summary: Vec::new(),
        schema: SCHEMA.to_owned(),
        title,
        title_edited: false,
        session: SessionInfo {
            key: trace.key.clone(),
            key_kind: trace.key_kind,
            format: trace.format.to_owned(),
            kind: Some(session.kind.kind),
            kind_reason: Some(session.kind.why.clone()),
            agents: input.facts.agent.as_ref().map_or_else(|| trace.agents.clone(), |a| vec![a.value.clone()]),
            models: trace.models().into_iter().map(str::to_owned).collect(),
            events: trace.events.len(),
            model_calls: trace.model_calls.len(),
            started: span.and_then(|(start, _)| time(start)),
            ended: span.and_then(|(_, end)| time(end)),
        },
        evidence: evidence_used(trace, input.evidence),
        warnings: warnings(trace),
        missing_data: gaps(trace),
        severity: severity::build(&mut cx, &standing, &behavior),
        impact: impact::build(&mut cx, &standing),
        trigger: trigger::build(&mut cx, &standing),
        delay: delay::build(&mut cx, &standing),
        timeline,
        behavior,
        system,
        actions,
        notes: Vec::new(),
        by_hand: ByHand::default(),
        seal: BTreeMap::new(),
    };
    distinct::others(&mut draft);
    draft.summary = crate::summary::of(&draft);
    crate::merge::seal(&mut draft);
    draft
}

/// What stands of the findings once those are gone that people dismissed: the rest of the draft is computed from that.
fn standing(cx: &mut Context<'_>, behavior: &Behavior, promotions: &Promotions) -> Behavior {
    let mut standing = behavior.clone();
    let gone = promotions.dismissed(&behavior.findings);
    if gone.is_empty() {
        return standing;
    }
    let stays = |f: &FindingEntry| !gone.contains(&f.statement.id);
    let mut each = behavior.findings.iter().map(stays);
    cx.findings.retain(|_| each.next() != Some(false));
    standing.findings.retain(stays);
    cx.all_dismissed = standing.findings.is_empty();
    standing
}

/// The files that this session's events stand in; others given with them do not belong to this draft.
fn evidence_used(trace: &Trace, all: &[Evidence]) -> Vec<EvidenceRef> {
    let bases: &Bases = &trace.bases;
    let locs = trace.events.iter().map(|e| e.loc.base);
    let locs =
        locs.chain(trace.model_calls.iter().map(|c| c.loc.base)).chain(trace.tools.iter().map(|t| t.name.loc.base));
    let mut used: BTreeSet<u32> = locs.filter_map(|b| evidence_of(bases, b)).collect();
    if used.is_empty() {
        used = (0..all.len() as u32).collect();
    }
    let items = used.into_iter().filter_map(|i| all.get(i as usize));
    items.map(|e| EvidenceRef { id: e.id.clone(), name: e.name.clone(), bytes: e.size() }).collect()
}

/// Most of the session was read, and what was not may be words or calls; or there are no words at all.
fn warnings(trace: &Trace) -> Vec<String> {
    let is_unread = |g: &&Gap| matches!(g.kind, GapKind::RecordsUnread | GapKind::TextsUnread) || g.what == WORDLESS;
    let unread = trace.gaps.iter().filter(is_unread);
    unread.map(|g| format!("Incomplete: {}. Nothing is concluded from what does not appear.", g.what)).collect()
}

fn gaps(trace: &Trace) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for gap in &trace.gaps {
        let what = match gap.event {
            Some(event) => format!("event {}: {}", event + 1, gap.what),
            None => gap.what.clone(),
        };
        if !all.contains(&what) {
            all.push(what);
        }
    }
    all
}

/// "1 event", "2 events".
pub(crate) fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
