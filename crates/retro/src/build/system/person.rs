//! Answers that people give with their findings.

use crate::build::Context;
use crate::draft::{Behavior, Contribution, SystemAnswer};
use crate::statement::{Basis, Origin, Statement};

/// Takes in what people's findings answer. That something contributed counts, whoever says it; that it did not is said
/// of one finding only, so that it outweighs nothing.
pub fn answer(cx: &Context<'_>, behavior: &Behavior, answer: &mut SystemAnswer) {
    let facts = cx.input.facts;
    for told in facts.findings.iter().flatten() {
        let Some((verdict, line)) = told.answer(&answer.question) else { continue };
        let entry = behavior
            .findings
            .iter()
            .find(|f| matches!(f.statement.origin, Origin::Person(_)) && f.statement.text == told.what.value.trim());
        // The finding is of another session.
        let Some(entry) = entry else { continue };
        let contributed = verdict == Contribution::Contributed;
        let words = if contributed { "This contributed" } else { "This did not contribute" };
        let text = format!("{words} to the finding at event {}: {}", entry.event, entry.title);
        let name = format!("findings.answers.{}", answer.question);
        let fact =
            Basis::Fact { file: facts.findings_file().to_owned(), line, entry: name, value: verdict.name().to_owned() };
        let quotes = entry.statement.basis().iter().cloned();
        answer.statements.push(Statement::new(entry.statement.origin.clone(), text, fact, quotes));
        if contributed || answer.verdict == Contribution::Unknown {
            answer.verdict = verdict;
        }
    }
    if answer.verdict == Contribution::DidNot {
        answer.counterfactual = None;
    }
    let answered = |s: &Statement| {
        s.basis().iter().any(|b| matches!(b, Basis::Fact { entry, .. } if entry.starts_with("findings.answers.")))
    };
    if answer.statements.iter().any(answered) {
        answer.questions.clear();
    }
}
