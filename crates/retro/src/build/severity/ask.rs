//! The three questions that decide the severity, and the answers that the facts give.

use super::table::Known;
use crate::facts::{Facts, SeverityFacts};
use crate::statement::{MONEY_OR_LAW, Question, Statement};

/// The answers, in the order of the questions.
pub fn answered(facts: &Facts, given: &SeverityFacts) -> Vec<Statement> {
    let all = [
        ("customer_impacting", &given.customer_impacting, "it reached a customer", "it did not reach a customer"),
        ("financial", &given.financial, "money was involved", "no money was involved"),
        ("regulatory", &given.regulatory, "a law or regulation applies", "no law or regulation applies"),
        ("contained", &given.contained, "it is contained", "it is not contained"),
    ];
    let state = |(name, fact, yes, no): (&str, &Option<serde_saphyr::Spanned<bool>>, &str, &str)| {
        let fact = fact.as_ref()?;
        let text = if fact.value { yes } else { no };
        Some(facts.state(&format!("severity.{name}"), fact.referenced.line(), fact.value, text))
    };
    all.into_iter().filter_map(state).collect()
}

/// What is still open. Money and regulation are one question as long as neither is answered.
pub fn open(known: &Known) -> Vec<Question> {
    let mut all = Vec::new();
    let mut ask = |entry: &str, ask: &str| {
        all.push(Question { entry: format!("severity.{entry}"), ask: ask.to_owned() });
    };
    if known.impacting.is_none() {
        ask("customer_impacting", "Did it reach a customer?");
    }
    match (known.financial, known.regulatory) {
        (None, None) => ask("financial", MONEY_OR_LAW),
        (None, Some(_)) => ask("financial", "Was money involved?"),
        (Some(_), None) => ask("regulatory", "Does a law or regulation apply?"),
        (Some(_), Some(_)) => {}
    }
    if known.contained.is_none() {
        ask("contained", "Is it contained, or can it still happen to others?");
    }
    all
}
