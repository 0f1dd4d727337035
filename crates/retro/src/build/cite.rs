//! From a detector's cite to a quote that anybody can check.

use crate::statement::{Basis, Quote};
use hindcast_detect::finding::{self, Cite};
use hindcast_trace::locator::{Loc, Resolver, evidence_of};
use hindcast_trace::model::Text;
use hindcast_trace::{Evidence, Trace};
use std::collections::HashMap;
use std::ops::Range;

/// Makes quotes and numbers them.
pub struct Citer<'a> {
    trace: &'a Trace,
    evidence: &'a [Evidence],
    resolvers: Vec<Resolver<'a>>,
    ids: HashMap<(Loc, usize, usize), String>,
}

impl<'a> Citer<'a> {
    pub fn new(trace: &'a Trace, evidence: &'a [Evidence]) -> Self {
        Citer { trace, evidence, resolvers: evidence.iter().map(Resolver::new).collect(), ids: HashMap::new() }
    }

    /// The quote of a span of a text; `None` where the span is empty or the text has no place in the evidence.
    pub fn text(&mut self, event: u32, text: &Text, range: Range<usize>) -> Option<Quote> {
        self.cite(&Cite::of(event, text, range)?)
    }

    /// The quote of a cite.
    pub fn cite(&mut self, cite: &Cite) -> Option<Quote> {
        let loc = cite.loc();
        let index = evidence_of(&self.trace.bases, loc.base)? as usize;
        let locator = self.resolvers.get_mut(index)?.locate(&self.trace.bases, loc)?;
        let range = cite.range();
        let next = self.ids.len() + 1;
        let id = self.ids.entry((loc, range.start, range.end)).or_insert_with(|| format!("q{next}")).clone();
        Some(Quote {
            id,
            evidence: self.evidence.get(index)?.id.clone(),
            locator,
            start: range.start,
            end: range.end,
            text: cite.text().to_owned(),
            event: cite.event() + 1,
        })
    }

    /// A detector's basis as the record's.
    pub fn basis(&mut self, basis: &finding::Basis) -> Option<Basis> {
        match basis {
            finding::Basis::Quote(cite) => self.cite(cite).map(Basis::Quote),
            finding::Basis::Absence { sought, scope } => {
                Some(Basis::Absence { sought: sought.clone(), from_event: scope.0 + 1, to_event: scope.1 + 1 })
            }
        }
    }
}
