//! The detectors. To add one: write its file, and add a line to [`ALL`].
//!
//! Each is a thin composition of the shared predicates (claims, status, grounding, counts, provenance, …), so
//! that a rule file can say the same.

mod announced_not_executed;
mod claimed_work;
mod closing;
mod completion_not_terminal;
mod completion_unbacked;
mod error_ignored;
mod fabricated_identifier;
mod guard_overridden;
mod injection_followed;
mod invalid_arguments;
mod overlap;
mod repeated_failing_call;
mod secret_disclosed;
mod translated;
mod unconfirmed_write;
mod unfounded;
mod unknown_tool;
mod wrong_count;

use crate::excerpt;
use crate::finding::{Category, Report};
use crate::kind::SessionKind;
use crate::prose::{Prose, flags};
use crate::session::Session;
pub(crate) use injection_followed::{Entrusting, first_verbatim};

/// Looks for one kind of failure.
pub trait Detector: Sync {
    /// Stable id: drafts and dismissals carry it.
    fn id(&self) -> &'static str;

    /// What it looks for, for people: "completion claimed while the operation was not complete".
    fn looks_for(&self) -> &'static str;

    /// The category that its findings usually fall in.
    fn category(&self) -> Category;

    /// Whether it has anything to say of this kind of session.
    fn applies(&self, _kind: SessionKind) -> bool {
        true
    }

    /// Looks at one session. What it sees stands in the report's findings, unsorted.
    fn run(&self, session: &Session<'_>) -> Report;
}

/// Every detector, in the order in which reports list them.
pub static ALL: &[&dyn Detector] = &[
    &completion_not_terminal::CompletionNotTerminal,
    &completion_unbacked::CompletionUnbacked,
    &announced_not_executed::AnnouncedNotExecuted,
    &fabricated_identifier::FabricatedIdentifier,
    &wrong_count::WrongCount,
    &error_ignored::ErrorIgnored,
    &repeated_failing_call::RepeatedFailingCall,
    &guard_overridden::GuardOverridden,
    &injection_followed::InjectionFollowed,
    &invalid_arguments::InvalidArguments,
    &secret_disclosed::SecretDisclosed,
    &unconfirmed_write::UnconfirmedWrite,
    &unknown_tool::UnknownTool,
    &claimed_work::ClaimedWork,
];

/// Runs every detector that applies to the session's kind, and sorts what they see into findings and leads. One failure is
/// told once. Where the session's caller ended it meanwhile, what comes out is not all.
pub fn run_all(session: &Session<'_>) -> Vec<(&'static dyn Detector, Report)> {
    let kind = session.kind.kind;
    let run = |detector: &'static dyn Detector| {
        let runs = detector.applies(kind) && !session.is_stopped();
        let mut report = if runs { detector.run(session) } else { Report::default() };
        report.sort(kind);
        (detector, report)
    };
    let mut reports: Vec<_> = ALL.iter().map(|d| run(*d)).collect();
    overlap::leave_out(&mut reports);
    for (_, report) in &mut reports {
        overlap::join(report);
        excerpt::round(session, report);
    }
    reports
}

/// True when the agent takes back later what it said at `event`.
fn corrected_later(session: &Session<'_>, event: u32) -> bool {
    session.last_correction().is_some_and(|last| last > event)
}

/// The last event at which the agent takes something back. Ask [`Session::last_correction`], which remembers.
pub(crate) fn last_correction(session: &Session<'_>) -> Option<u32> {
    let corrects = |prose: &&Prose<'_>| {
        prose.sentences.iter().filter(|s| s.has(flags::CORRECTION)).any(|s| {
            let own = prose.any(s, |w| matches!(w, "i" | "my" | "we" | "our"));
            own && prose.any(s, |w| {
                matches!(w, "mistake" | "mistakenly" | "incorrectly" | "misspoke" | "wrongly" | "error" | "confusion")
            })
        })
    };
    session.prose().iter().rev().find(corrects).map(|prose| prose.event)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_instructed;
#[cfg(test)]
mod tests_kept;
#[cfg(test)]
mod tests_ordered;
#[cfg(test)]
mod tests_reworded;
#[cfg(test)]
mod tests_service;
#[cfg(test)]
mod tests_unseen;
#[cfg(test)]
mod tests_words;
