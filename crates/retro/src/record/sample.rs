//! Drafts of the examples, for tests.

use crate::facts::{self, Facts};
use crate::policy::Policy;
use crate::{Draft, Input, draft};
use hindcast_detect::Contracts;
use hindcast_trace::{Evidence, read};
use std::path::Path;

fn example(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    std::fs::read(path).expect("an example")
}

/// The files of the worked example.
pub fn evidence() -> Vec<Evidence> {
    vec![Evidence::new("trace.json", example("refund/trace.json"))]
}

/// The facts of the worked example.
pub fn known() -> Facts {
    let text = String::from_utf8(example("refund/facts.yaml")).expect("text");
    facts::parse(&text, "facts.yaml").expect("valid")
}

/// A draft of the worked example.
pub fn refund(facts: &Facts) -> Draft {
    let evidence = evidence();
    let reading = read(&evidence).expect("reads");
    let (contracts, policy) = (Contracts::default(), Policy::builtin());
    draft(&Input { trace: &reading.sessions[0], evidence: &evidence, contracts: &contracts, facts, policy: &policy })
}
