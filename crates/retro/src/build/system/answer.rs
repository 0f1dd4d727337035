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
    let mut answer = blank("context", "Context engineering: Did the model have the context it needed?");
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
                "The evidence that contradicts the agent was in the model's context, {} earlier",
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
    settle(&mut answer, verdict, behavior, "With the full context, the model could have taken the right step.");
    if answer.verdict == Contribution::Unknown {
        let ask =
            "Did the model have the facts, policy and history it needed? What was missing or truncated?".to_owned();
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
    let mut answer = blank(
        "tool_design",
        "Tool design: Did the tool's interface make it easy to make the wrong call or misread the result?",
    );
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
        || "With an unambiguous tool interface, the wrong step would have been hard to take.".to_owned(),
        |t| format!("If `{t}` had returned an unambiguous status, the model would not have had to interpret it."),
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
        let ask = "Can the tool's result, name or arguments be misread? Is its status a documented enum?".to_owned();
        answer.questions.push(Ask { entry: "tool_design".to_owned(), ask });
    }
    answer
}

/// Did a guard catch it?
pub fn guardrails(cx: &mut Context<'_>, behavior: &Behavior, seen: &[Observation]) -> SystemAnswer {
    let mut answer = blank("guardrails", "Guardrails: Did an input or output guardrail catch it? Should one have?");
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
            answer.counterfactual = Some(
                "If the guardrail's verdict had been binding, the agent could not have taken the step.".to_owned(),
            );
        }
        Some(guards) => {
            let (verdict, coverage, statements) =
                from_inventory(cx.input.facts, "guards", "guardrail", guards, behavior);
            answer.verdict = verdict;
            answer.coverage = coverage;
            answer.statements.extend(statements);
            if verdict == Contribution::Contributed {
                answer.counterfactual =
                    Some("A guardrail that compares answers with tool results would have stopped it before it reached the user.".to_owned());
            }
        }
        None => answer.questions.push(Ask {
            entry: "guards".to_owned(),
            ask: "Which guardrails exist, and what is each meant to catch? If there are none, write `guards: []`."
                .to_owned(),
        }),
    }
    answer
}

/// Did the eval suite test it?
pub fn eval_coverage(cx: &mut Context<'_>, behavior: &Behavior) -> SystemAnswer {
    let mut answer =
        blank("eval_coverage", "Eval coverage: Did an eval suite cover this case? If so, why did it not catch it?");
    match &cx.input.facts.evals {
        Some(evals) => {
            let (verdict, coverage, statements) =
                from_inventory(cx.input.facts, "evals", "eval suite", evals, behavior);
            answer.verdict = verdict;
            answer.coverage = coverage;
            answer.statements.extend(statements);
            if verdict == Contribution::Contributed {
                answer.counterfactual = Some("An eval case for this would have failed before the release.".to_owned());
            }
        }
        None => answer.questions.push(Ask {
            entry: "evals".to_owned(),
            ask: "Which eval suites exist, and what do they cover? If there are none, write `evals: []`.".to_owned(),
        }),
    }
    answer
}

/// How long until somebody knew?
pub fn monitoring(cx: &mut Context<'_>, behavior: &Behavior) -> SystemAnswer {
    let mut answer = blank("monitoring", "Monitoring: How long did it take to detect, and why?");
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
                Some("A monitor on this failure would have alerted at the failing step.".to_owned());
        }
    } else {
        let ask = "Did a monitor alert? If so, when? If not, write `alerted: {never: true}`.".to_owned();
        answer.questions.push(Ask { entry: "alerted.at".to_owned(), ask });
    }
    answer
}

/// Would less authority have made it smaller?
pub fn permission_scope(cx: &mut Context<'_>, behavior: &Behavior, seen: &[Observation]) -> SystemAnswer {
    let mut answer = blank("permission_scope", "Permission scope: Would narrower permissions have reduced the impact?");
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
            let text = "The failure is in what the agent said, not in what it did: it could have said the same with fewer permissions";
            let origin = Origin::Analysis("permission_scope".to_owned());
            answer.statements.push(Statement::new(origin, text, Basis::Quote(quote), []));
            verdict = Some(false);
        }
    }
    verdict = unless_noted(verdict, cx.input.facts.permissions.is_some());
    settle(&mut answer, verdict, behavior, "Without permission for that call, the call would have been denied.");
    if answer.verdict == Contribution::Unknown {
        let ask = "Which permissions did the agent have, and which did this task need?".to_owned();
        answer.questions.push(Ask { entry: "permissions".to_owned(), ask });
    }
    answer
}
