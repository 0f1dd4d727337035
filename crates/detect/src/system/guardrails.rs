//! Did a guard see it?

use super::{Observation, Question};
use crate::finding::Finding;
use crate::guards::{self, Said};
use crate::session::Session;

pub(super) fn observe(session: &Session<'_>, findings: &[Finding], out: &mut Vec<Observation>) {
    let judgements = guards::judgements(session);
    if judgements.is_empty() {
        // Guards often leave no mark in a trace: this is unknown, and not "none".
        out.push(Observation::new(Question::Guardrails, "The trace shows no guard at work; whether there is one cannot be told from it."));
        return;
    }
    let last_wrong = findings.iter().map(|f| f.event).max();
    for judgement in &judgements {
        let name = &judgement.name;
        let before = last_wrong.is_some_and(|w| judgement.event < w);
        let seen = match &judgement.said {
            Said::No(cite) => {
                let seen = Observation::new(Question::Guardrails, format!("`{name}` objected.")).cite(Some(cite.clone()));
                // It caught something; that it was not heeded is the failure, not the guard's.
                if before { seen.eased(false) } else { seen }
            }
            Said::Yes => {
                let seen = Observation::new(Question::Guardrails, format!("`{name}` looked and let pass."));
                if before { seen.eased(true) } else { seen }
            }
            Said::Unseen(why) => Observation::new(Question::Guardrails, format!("`{name}` looked; what it said {why}.")),
        };
        let same = |o: &Observation| o.question == seen.question && o.text == seen.text && o.cites == seen.cites;
        if !out.iter().any(same) && out.len() < 200 {
            out.push(seen);
        }
    }
}
