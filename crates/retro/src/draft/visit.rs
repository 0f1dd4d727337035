//! Every statement and every quote of a draft, for checking and merging.

use super::{Draft, Prevalence};
use crate::statement::{Answer, Quote, Statement};

impl Draft {
    /// Every statement, with the section that it stands in.
    pub fn statements(&self) -> Vec<(&'static str, &Statement)> {
        let mut all: Vec<(&'static str, &Statement)> = Vec::new();
        // The summary is edited with the head of the retro.
        all.extend(self.summary.iter().chain(&self.severity.reasons).map(|s| ("severity", s)));
        all.extend(self.timeline.entries.iter().map(|e| ("timeline", &e.statement)));
        all.extend(self.impact.iter().flat_map(|i| i.answer.statements().iter().chain(&i.seen)).map(|s| ("impact", s)));
        all.extend(self.trigger.statements().iter().map(|s| ("trigger", s)));
        for finding in self.behavior.flags() {
            all.push(("behavior", &finding.statement));
            if let Prevalence::Measured(s) = &finding.prevalence {
                all.push(("behavior", s));
            }
        }
        all.extend(self.system.iter().flat_map(|a| &a.statements).map(|s| ("system", s)));
        all.extend(self.delay.points.iter().flat_map(|p| p.answer.statements()).map(|s| ("delay", s)));
        all.extend(self.delay.should_have_fired.statements().iter().map(|s| ("delay", s)));
        all
    }

    /// The same, to change.
    pub fn statements_mut(&mut self) -> Vec<&mut Statement> {
        self.with_sections_mut().into_iter().map(|(_, s)| s).collect()
    }

    /// The statements of one section, to change.
    pub fn statements_mut_of(&mut self, section: &str) -> Vec<&mut Statement> {
        self.with_sections_mut().into_iter().filter(|(name, _)| *name == section).map(|(_, s)| s).collect()
    }

    fn with_sections_mut(&mut self) -> Vec<(&'static str, &mut Statement)> {
        fn of(answer: &mut Answer) -> impl Iterator<Item = &mut Statement> {
            match answer {
                Answer::Known(statements) => statements.iter_mut(),
                Answer::Unknown(_) => [].iter_mut(),
            }
        }
        let mut all: Vec<(&'static str, &mut Statement)> = Vec::new();
        all.extend(self.summary.iter_mut().chain(&mut self.severity.reasons).map(|s| ("severity", s)));
        all.extend(self.timeline.entries.iter_mut().map(|e| ("timeline", &mut e.statement)));
        all.extend(self.impact.iter_mut().flat_map(|i| of(&mut i.answer).chain(&mut i.seen)).map(|s| ("impact", s)));
        all.extend(of(&mut self.trigger).map(|s| ("trigger", s)));
        for finding in self.behavior.flags_mut() {
            all.push(("behavior", &mut finding.statement));
            if let Prevalence::Measured(s) = &mut finding.prevalence {
                all.push(("behavior", s));
            }
        }
        all.extend(self.system.iter_mut().flat_map(|a| &mut a.statements).map(|s| ("system", s)));
        all.extend(self.delay.points.iter_mut().flat_map(|p| of(&mut p.answer)).map(|s| ("delay", s)));
        all.extend(of(&mut self.delay.should_have_fired).map(|s| ("delay", s)));
        all
    }

    /// Every quote, each once, in the order of first use; two that share an id and differ are both given.
    pub fn every_quote(&self) -> Vec<&Quote> {
        let mut all: Vec<&Quote> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let of_statements = self.statements().into_iter().flat_map(|(_, s)| s.quotes());
        let of_considered = self.behavior.flags().flat_map(|f| &f.considered).filter_map(|c| c.quote.as_ref());
        for quote in of_statements.chain(of_considered) {
            if seen.insert(quote) {
                all.push(quote);
            }
        }
        all
    }

    /// Every quote, one for each id.
    pub fn quotes(&self) -> Vec<&Quote> {
        let mut ids = std::collections::HashSet::new();
        self.every_quote().into_iter().filter(|q| ids.insert(q.id.as_str())).collect()
    }

    /// Every question that is open, each once.
    pub fn questions(&self) -> Vec<crate::statement::Question> {
        let mut all: Vec<crate::statement::Question> = Vec::new();
        let answers = self.impact.iter().map(|i| &i.answer).chain(self.delay.points.iter().map(|p| &p.answer));
        let answers = answers.chain([&self.trigger, &self.delay.should_have_fired]);
        let asked = answers.filter_map(Answer::question).chain(self.system.iter().flat_map(|a| &a.questions));
        for question in asked.chain(&self.delay.questions).chain(&self.severity.questions) {
            if !all.iter().any(|q| q.entry == question.entry) {
                all.push(question.clone());
            }
        }
        all
    }
}
