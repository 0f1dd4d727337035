//! Work claimed and not done, in sessions of agents that write code: tests said to pass after a red run, a push that no
//! command made, a file that nobody wrote.
//!
//! Each way to see it has a path of its own in the reliability table.

mod actions;
mod asked;
mod checks;
mod ci;
mod errors;
mod facts;
mod failed;
mod figures;
mod foreign;
mod gate;
mod hashes;
mod listed;
mod named;
mod numbers;
mod order;
mod partial;
mod reports;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_honest;
mod told_counts;
mod unchanged;
mod undisclosed;
mod weakened;

use super::Detector;
use crate::excerpt::first_words as short;
use crate::finding::{Category, Finding, Report, RestsOn};
use crate::kind::SessionKind;
use crate::maps::HashSet;
use crate::prose::Prose;
use crate::session::Session;
use crate::work::Ledger;

/// See the module's documentation.
pub struct ClaimedWork;

impl Detector for ClaimedWork {
    fn id(&self) -> &'static str {
        "claimed-work"
    }

    fn looks_for(&self) -> &'static str {
        "work claimed in a coding session that the commands and edits do not support"
    }

    fn category(&self) -> Category {
        Category::Hallucination
    }

    fn applies(&self, kind: SessionKind) -> bool {
        kind == SessionKind::Coding
    }

    fn run(&self, session: &Session<'_>) -> Report {
        let mut report = Report::default();
        let mut seen = Seen {
            session,
            ledger: Ledger::of(session),
            report: &mut report,
            told: HashSet::default(),
            judged: 0,
            reporter: None,
            asks: asked::all(session),
        };
        if session.calls.is_empty() {
            session.prose().iter().for_each(|prose| actions::without_calls(&mut seen, prose));
            return report;
        }
        for prose in session.until_stopped(session.prose()) {
            checks::look(&mut seen, prose);
            numbers::coverage(&mut seen, prose);
            numbers::counted(&mut seen, prose);
            actions::look(&mut seen, prose);
            ci::look(&mut seen, prose);
            listed::look(&mut seen, prose);
        }
        reports::look(&mut seen);
        weakened::look(&mut seen);
        hashes::look(&mut seen);
        failed::look(&mut seen);
        foreign::look(&mut seen);
        errors::look(&mut seen);
        figures::look(&mut seen);
        told_counts::look(&mut seen);
        undisclosed::look(&mut seen);
        facts::look(&mut seen);
        partial::look(&mut seen);
        unchanged::look(&mut seen);
        named::look(&mut seen);
        order::look(&mut seen);
        report
    }
}

/// What the ways of looking share.
struct Seen<'s, 't, 'r> {
    session: &'s Session<'t>,
    ledger: Ledger,
    report: &'r mut Report,
    /// What was found already: a claim that is repeated is one finding.
    told: HashSet<(&'static str, String)>,
    judged: u32,
    /// The sub-agent whose report is read, where it stands in the result of the call that started it.
    reporter: Option<String>,
    /// What the user said of commits, pushes and the like.
    asks: Vec<asked::Ask>,
}

/// So many claims are judged in a session: each is compared with all that was done before it.
const MOST_CLAIMS: u32 = 600;

impl Seen<'_, '_, '_> {
    /// Counts a claim that is to be judged; false for one too many.
    fn may_judge(&mut self, event: u32) -> bool {
        self.report.eligible = true;
        self.judged += 1;
        if self.judged == MOST_CLAIMS {
            self.skip(event, "the session has more claims than the detector checks");
        }
        self.judged < MOST_CLAIMS
    }

    /// Puts a finding down, unless the same was found before.
    fn find(&mut self, key: String, finding: Finding) {
        if self.told.insert((finding.path, key)) {
            self.report.findings.push(finding.rests_on(RestsOn::Assumption(
                "a command's name says what it does; its exit code and output say how it went".into(),
            )));
        }
    }

    /// Notes that a claim cannot be judged.
    fn skip(&mut self, event: u32, why: impl Into<String>) {
        self.report.skip(Some(event), why);
    }

    /// The name of the sub-agent that says something; `None` for the main agent.
    fn sub_agent(&self, event: u32) -> Option<&str> {
        let named = || self.session.event(event).agent.as_deref().filter(|a| a.starts_with("sub-agent"));
        self.reporter.as_deref().or_else(named)
    }

    /// True when the user said something of the kind before: what the user did or saw, the agent may repeat.
    fn user_said(&self, before: u32, says: impl Fn(&Prose<'_>) -> bool) -> bool {
        self.session.heard_texts().iter().take_while(|t| t.event < before).any(|t| says(t.prose()))
    }
}
