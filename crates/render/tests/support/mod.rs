//! Drafts to write pages of.

#![allow(dead_code, reason = "each test file uses some of them")]

mod hostile;
mod rich;

pub use hostile::hostile;
pub use rich::rich;

use hindcast_detect::Contracts;
use hindcast_retro::policy::Policy;
use hindcast_retro::statement::{Basis, Origin, Quote, Statement};
use hindcast_retro::{Draft, Input, draft, facts};
use hindcast_trace::{Evidence, EvidenceId, read};

/// The worked example as the program drafts it.
pub fn refund() -> Draft {
    let evidence = vec![Evidence::new("trace.json", include_bytes!("../../../../examples/refund/trace.json").to_vec())];
    let reading = read(&evidence).expect("readable");
    let facts = facts::parse(include_str!("../../../../examples/refund/facts.yaml"), "facts.yaml").expect("facts");
    draft(&Input {
        trace: &reading.sessions[0],
        evidence: &evidence,
        contracts: &Contracts::default(),
        facts: &facts,
        policy: &Policy::builtin(),
    })
}

pub fn file() -> EvidenceId {
    EvidenceId::of(b"a trace")
}

/// A quote that says `text` at `event`.
pub fn quote(number: u32, event: u32, text: &str) -> Quote {
    let steps = vec![format!("line:{event}"), "/messages/0/content".to_owned()];
    Quote {
        id: format!("q{number}"),
        evidence: file(),
        locator: steps.try_into().expect("a locator"),
        start: 0,
        end: text.len(),
        text: text.to_owned(),
        event,
    }
}

pub fn by(analysis: &str) -> Origin {
    Origin::Analysis(analysis.to_owned())
}

pub fn said(origin: Origin, text: &str, quote: &Quote) -> Statement {
    Statement::new(origin, text, Basis::Quote(quote.clone()), [])
}

pub fn fact(line: u64, entry: &str, text: &str) -> Statement {
    let basis = Basis::Fact { file: "facts.yaml".to_owned(), line, entry: entry.to_owned(), value: text.to_owned() };
    Statement::new(Origin::Person("facts.yaml".to_owned()), text, basis, [])
}
