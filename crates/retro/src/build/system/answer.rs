//! The six answers.

use super::judge::from_inventory;
use crate::build::{Context, plural};
use crate::draft::{Behavior, Contribution, DesignCoverage, FindingEntry, SystemAnswer};
use crate::statement::{Basis, Origin, Question as Ask, Statement};
use hindcast_detect::finding::Category;
use hindcast_detect::system::{Observation, Question};
use hindcast_trace::model::{EventKind, Verdict};

/// Quotes of a statement that holds for many places.
const QUOTED: usize = 4;

fn blank(question: &str, ask: &str) -> SystemAnswer {
    SystemAnswer {
        question: question.to_owned(),
        ask: ask.to_owned(),
        verdict: Contribution::Unknown,
        coverage: DesignCoverage::Unknown,
        statements: Vec::new(),
        counterfactual: None,
        questions: Vec::new(),
    }
}

/// Takes in what was seen in the trace for one question. True where something contributed, false where something
/// speaks against, nothing where neither.
fn take(cx: &mut Context<'_>, answer: &mut SystemAnswer, seen: &[Observation], question: Question) -> Option<bool> {
    let mut verdict = None;
    // What is seen many times in the same words is told once.
    let mut told: Vec<(&str, Vec<&Observation>)> = Vec::new();
    for observation in seen.iter().filter(|o| o.question == question) {
        match told.iter_mut().find(|(text, _)| *text == observation.text) {
            Some((_, all)) => all.push(observation),
            None => told.push((&observation.text, vec![observation])),
        }
    }
    for (text, all) in told {
        let cites = all.iter().take(QUOTED).flat_map(|o| &o.cites);
        let quotes: Vec<Basis> = cites.filter_map(|c| cx.citer.cite(c)).map(Basis::Quote).collect();
        let mut quotes = quotes.into_iter();
        let Some(first) = quotes.next() else { continue };
        let text = match all.len() {
            n if n > QUOTED => format!("{text} ({n} times, the first {QUOTED} quoted)"),
            2.. => format!("{text} ({} times)", all.len()),
            _ => text.to_owned(),
        };
        let origin = Origin::Analysis(answer.question.clone());
        answer.statements.push(Statement::new(origin, text, first, quotes));
        for seen in &all {
            verdict = match (verdict, seen.contributes) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (_, Some(false)) => Some(false),
                (known, None) => known,
            };
        }
    }
    verdict
}

/// Had the model what it needed?
pub fn context(cx: &mut Context<'_>, behavior: &Behavior, seen: &[Observation]) -> SystemAnswer {
    let mut answer = blank("context", "Context engineering: had the model what it needed to succeed?");
    let mut verdict = take(cx, &mut answer, seen, Question::Context);
    if let Some(note) = &cx.input.facts.context {
        answer.statements.push(cx.input.facts.state(
            "context",
            note.referenced.line(),
            &note.value,
            note.value.clone(),
        ));
    }
    // What contradicts the agent stood before it: then the fact was there, and was misread.
    if verdict.is_none() {
        let finding = behavior.lead().filter(|f| f.category == Category::Misinterpretation);
        let before =
            finding.and_then(|f| f.considered.iter().find(|c| c.event < f.event && c.quote.is_some()).map(|c| (f, c)));
        if let Some((f, quote)) = before.and_then(|(f, c)| Some((f, c.quote.clone()?))) {
            let distance = f.event - quote.event;
            let text = format!(
                "What contradicts the agent stood in the model's context, {} before",
                plural(distance as usize, "event", "events")
            );
            answer.statements.push(Statement::new(
                Origin::Analysis("context".to_owned()),
                text,
                Basis::Quote(quote),
                [],
            ));
            verdict = Some(false);
        }
    }
    verdict = unless_noted(verdict, cx.input.facts.context.is_some());
    settle(
        &mut answer,
        verdict,
        behavior,
        "With the whole context in the model's view, the step could have been right.",
    );
    if answer.verdict == Contribution::Unknown {
        let ask = "Had the model everything it needed: the facts, the policy, the history? What was missing or cut?"
            .to_owned();
        answer.questions.push(Ask { entry: "context".to_owned(), ask });
    }
    answer
}

/// What a person wrote about a question is not to be outweighed by what was computed: it must not stand under a
/// "did not contribute" that they did not say.
fn unless_noted(verdict: Option<bool>, noted: bool) -> Option<bool> {
    verdict.filter(|contributed| *contributed || !noted)
}

fn settle(answer: &mut SystemAnswer, verdict: Option<bool>, behavior: &Behavior, counterfactual: &str) {
    answer.verdict = match verdict {
        Some(true) if behavior.lead().is_some() => Contribution::Contributed,
        Some(false) => Contribution::DidNot,
        _ => Contribution::Unknown,
    };
    if answer.verdict == Contribution::Contributed {
        answer.counterfactual = Some(counterfactual.to_owned());
    }
}

/// Did the tool's surface make the wrong call or reading easy?
pub fn tool_design(cx: &mut Context<'_>, behavior: &Behavior, seen: &[Observation]) -> SystemAnswer {
    let mut answer =
        blank("tool_design", "Tool design: did the tool's surface make the wrong call or the wrong reading easy?");
    let verdict = take(cx, &mut answer, seen, Question::ToolDesign);
    if let Some(note) = &cx.input.facts.tool_design {
        answer.statements.push(cx.input.facts.state(
            "tool_design",
            note.referenced.line(),
            &note.value,
            note.value.clone(),
        ));
    }
    let tool = behavior.lead().and_then(|f| f.tools.first()).cloned();
    let words = tool.as_ref().map_or_else(
        || "With a tool surface that cannot be misread, the wrong step would have been hard to take.".to_owned(),
        |t| {
            format!(
                "Had `{t}` answered with a status that cannot be misread, there would have been nothing to interpret."
            )
        },
    );
    let verdict = unless_noted(verdict, cx.input.facts.tool_design.is_some());
    settle(&mut answer, verdict, behavior, &words);
    let contract = tool.as_ref().and_then(|t| cx.input.contracts.tools.get(t));
    answer.coverage = match (contract, answer.verdict) {
        (Some(c), _) if c.status.is_some() => DesignCoverage::Specified,
        (_, Contribution::Contributed) => DesignCoverage::NotSpecified,
        _ => DesignCoverage::Unknown,
    };
    if answer.verdict == Contribution::Unknown {
        let ask =
            "Can the tool's answer, name or arguments be misread? Is its status an enum, and documented?".to_owned();
        answer.questions.push(Ask { entry: "tool_design".to_owned(), ask });
    }
    answer
}

/// Did a guard catch it?
pub fn guardrails(cx: &mut Context<'_>, behavior: &Behavior, seen: &[Observation]) -> SystemAnswer {
    let mut answer = blank("guardrails", "Guardrails: did an input or output guard catch it? Should one have?");
    take(cx, &mut answer, seen, Question::Guardrails);
    let failing: Vec<u32> = behavior.findings.iter().map(|f| f.event).collect();
    let stopped = cx.input.trace.events.iter().enumerate().any(|(i, e)| {
        let triggered = matches!(&e.kind, EventKind::Guardrail { verdict: Verdict::Triggered, .. });
        triggered && failing.iter().any(|&f| (i as u32 + 1).abs_diff(f) <= 1)
    });
    match &cx.input.facts.guards {
        _ if stopped && !behavior.findings.is_empty() => {
            answer.coverage = DesignCoverage::Specified;
            answer.verdict = Contribution::Contributed;
            answer.counterfactual =
                Some("Had the guard's objection been binding, the step would not have been taken.".to_owned());
        }
        Some(guards) => {
            let (verdict, coverage, statements) = from_inventory(cx.input.facts, "guards", "guard", guards, behavior);
            answer.verdict = verdict;
            answer.coverage = coverage;
            answer.statements.extend(statements);
            if verdict == Contribution::Contributed {
                answer.counterfactual =
                    Some("A guard that held the answer against the tools' results would have stopped it before the user heard it.".to_owned());
            }
        }
        None => answer.questions.push(Ask {
            entry: "guards".to_owned(),
            ask: "Which guards exist, and what is each meant to catch? Write `guards: []` if there is none.".to_owned(),
        }),
    }
    answer
}

/// Did the eval suite test it?
pub fn eval_coverage(cx: &mut Context<'_>, behavior: &Behavior) -> SystemAnswer {
    let mut answer =
        blank("eval_coverage", "Eval coverage: did the eval suite test this case? Why did it not catch it?");
    match &cx.input.facts.evals {
        Some(evals) => {
            let (verdict, coverage, statements) =
                from_inventory(cx.input.facts, "evals", "eval suite", evals, behavior);
            answer.verdict = verdict;
            answer.coverage = coverage;
            answer.statements.extend(statements);
            if verdict == Contribution::Contributed {
                answer.counterfactual = Some("A case for this would have been red before the release.".to_owned());
            }
        }
        None => answer.questions.push(Ask {
            entry: "evals".to_owned(),
            ask: "Which eval suites exist, and what do they cover? Write `evals: []` if there is none.".to_owned(),
        }),
    }
    answer
}

/// How long until somebody knew?
pub fn monitoring(cx: &mut Context<'_>, behavior: &Behavior) -> SystemAnswer {
    let mut answer = blank("monitoring", "Monitoring: how long until somebody knew, and why so long?");
    let facts = cx.input.facts;
    if let Some(alerted) = facts.alerted.as_ref().filter(|m| m.is_never() || m.at.is_some()) {
        let never = alerted.is_never();
        let text = match alerted.time() {
            Some(at) if !never => format!("A monitor alerted at {at}{}", alerted.words()),
            _ => "No monitor alerted".to_owned(),
        };
        answer.statements.push(facts.state("alerted", alerted.line(), if never { "never" } else { "alerted" }, text));
        answer.verdict = match never {
            // Without a failure there was nothing to alert on.
            true if behavior.lead().is_none() => Contribution::Unknown,
            true => Contribution::Contributed,
            false => Contribution::DidNot,
        };
        answer.coverage = if never { DesignCoverage::NotSpecified } else { DesignCoverage::Specified };
        if answer.verdict == Contribution::Contributed {
            answer.counterfactual =
                Some("An alert on the failing step would have come with the step itself.".to_owned());
        }
    } else {
        let ask = "Did a monitor alert, and when? Write `alerted: {never: true}` if none did.".to_owned();
        answer.questions.push(Ask { entry: "alerted.at".to_owned(), ask });
    }
    answer
}

/// Would less authority have made it smaller?
pub fn permission_scope(cx: &mut Context<'_>, behavior: &Behavior, seen: &[Observation]) -> SystemAnswer {
    let mut answer =
        blank("permission_scope", "Permission scope: with less authority, would the impact have been smaller?");
    // Which permissions were granted matters once something went wrong.
    let seen = if behavior.findings.is_empty() { &[] } else { seen };
    let mut verdict = take(cx, &mut answer, seen, Question::PermissionScope);
    if let Some(note) = &cx.input.facts.permissions {
        answer.statements.push(cx.input.facts.state(
            "permissions",
            note.referenced.line(),
            &note.value,
            note.value.clone(),
        ));
    }
    // What the agent said does harm whatever it may do; only what it did depends on its authority.
    let said = |f: &FindingEntry| {
        matches!(cx.input.trace.events.get(f.event as usize - 1).map(|e| &e.kind), Some(EventKind::Message { .. }))
    };
    if verdict.is_none() && !behavior.findings.is_empty() && behavior.findings.iter().all(said) {
        let quote = behavior.lead().and_then(|f| f.statement.quotes().next().cloned());
        if let Some(quote) = quote {
            let text = "The failure is in what was said, not in what was done: with less authority the same words could have been said";
            let origin = Origin::Analysis("permission_scope".to_owned());
            answer.statements.push(Statement::new(origin, text, Basis::Quote(quote), []));
            verdict = Some(false);
        }
    }
    verdict = unless_noted(verdict, cx.input.facts.permissions.is_some());
    settle(&mut answer, verdict, behavior, "Without the permission for that call, it would have failed at the door.");
    if answer.verdict == Contribution::Unknown {
        let ask = "Which permissions had the agent, and which did this task need?".to_owned();
        answer.questions.push(Ask { entry: "permissions".to_owned(), ask });
    }
    answer
}
