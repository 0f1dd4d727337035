//! Spans beside the conversation: guards, retrievals and handoffs.

use super::super::verdict;
use super::span::Span;
use crate::locator::Bases;
use crate::model::{Event, EventKind, Verdict};
use crate::node::Node;

/// An event at a span's start.
pub fn event(kind: EventKind, span: &Span<'_>, agent: Option<String>) -> Event {
    Event { kind, time: span.start, agent, model_call: None, loc: span.node.loc() }
}

/// A guard's span. What it said and what was done about it are two things.
pub fn guard(span: &Span<'_>, agent: Option<String>, bases: &mut Bases) -> Option<Event> {
    const NAMES: [&str; 4] =
        ["gen_ai.guardrail.component.name", "gen_ai.guardrail.name", "guardrail.name", "tool.name"];
    const FLAGS: [&str; 3] = ["gen_ai.guardrail.triggered", "guardrail.triggered", "triggered"];
    let name = span.attrs.any(&NAMES).or(span.name)?.text()?;
    let word = span.attrs.str(&["gen_ai.guardrail.verdict.type"]);
    let flag = span.attrs.any(&FLAGS).and_then(Node::bool);
    let detail = span
        .attrs
        .any(&["gen_ai.guardrail.verdict.reason", "output.value", "gen_ai.guardrail.result"])
        .map(Node::json_text);
    let verdict = match (word.as_deref(), flag) {
        (Some("allow"), _) | (None, Some(false)) => Verdict::Passed,
        (Some("deny" | "modify" | "warn" | "escalate"), _) | (None, Some(true)) => Verdict::Triggered,
        (Some(_), _) => Verdict::Unknown,
        (None, None) => span.attrs.get("output.value").map_or(Verdict::Unknown, |said| verdict::of(said, bases)),
    };
    // One of a few words; what is longer is none of them, and is shown in part.
    let action = span.attrs.get("gen_ai.guardrail.action.type").and_then(Node::text);
    let action = action.and_then(|a| a.slice(0, a.text.floor_char_boundary(40)));
    Some(event(EventKind::Guardrail { name, verdict, action, detail }, span, agent))
}

/// A tool's span that passes control on to another agent.
pub fn handoff(span: &Span<'_>, agent: Option<String>) -> Option<Event> {
    let to = match span.attrs.get("gen_ai.transfer.target.name") {
        Some(target) => target.text()?,
        None => {
            let name = span.name?.text()?;
            name.slice(name.text.strip_prefix("handoff to ").map(|to| name.text.len() - to.len())?, name.text.len())?
        }
    };
    let time = span.end.or(span.start);
    Some(Event { time, ..event(EventKind::Handoff { from: agent.clone(), to }, span, agent) })
}

/// A retriever's span.
pub fn retrieval(span: &Span<'_>, agent: Option<String>, bases: &mut Bases) -> Option<Event> {
    let query = span.attrs.any(&["gen_ai.retrieval.query.text", "input.value"]).and_then(Node::text);
    let list = span.attrs.get("gen_ai.retrieval.documents");
    let flat = span
        .attrs
        .all
        .iter()
        .filter(|(k, _)| k.starts_with("retrieval.documents.") && k.ends_with(".document.content"))
        .count();
    let listed = list.and_then(|l| match l.nested() {
        Some(nested) => nested.root(bases).is_array().then(|| nested.root(bases).items().count()),
        None => l.is_array().then(|| l.items().count()),
    });
    let documents = listed.or((flat > 0).then_some(flat));
    let source = span.attrs.any(&["gen_ai.retrieval.documents", "output.value"]).or(span.name)?.json_text();
    Some(event(EventKind::Retrieval { query, documents, source }, span, agent))
}

#[cfg(test)]
mod tests {
    use crate::model::{EventKind, Verdict};
    use crate::test_support::{kinds, one};

    /// A span's name and attributes.
    type Spanned<'a> = (&'a str, &'a [(&'a str, &'a str)]);

    fn otlp(spans: &[Spanned<'_>]) -> String {
        let attribute =
            |(key, value): &(&str, &str)| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
        let span = |(i, (name, attrs)): (usize, &Spanned<'_>)| {
            let attrs: Vec<_> = attrs.iter().map(attribute).collect();
            let nano = (i + 1) * 1_000_000_000;
            format!(
                r#"{{"traceId":"AA","spanId":"0{i}","name":"{name}","startTimeUnixNano":"{nano}","endTimeUnixNano":"{nano}","attributes":[{}]}}"#,
                attrs.join(",")
            )
        };
        let spans: Vec<_> = spans.iter().enumerate().map(span).collect();
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","))
    }

    #[test]
    fn verdicts_of_the_conventions() {
        let guard = |verdict: &'static str| {
            [
                ("gen_ai.operation.name", "run_guardrail"),
                ("gen_ai.guardrail.component.name", "pii"),
                ("gen_ai.guardrail.verdict.type", verdict),
            ]
        };
        let text = otlp(&[
            ("run_guardrail pii", &guard("deny")),
            ("run_guardrail pii", &guard("allow")),
            ("run_guardrail pii", &guard("new")),
        ]);
        assert_eq!(
            kinds(&one("o.json", &text)),
            ["guardrail pii Triggered", "guardrail pii Passed", "guardrail pii Unknown"]
        );
    }

    #[test]
    fn what_was_done_about_a_verdict_is_its_own_word() {
        let attrs = [
            ("gen_ai.operation.name", "run_guardrail"),
            ("gen_ai.guardrail.component.name", "pii"),
            ("gen_ai.guardrail.verdict.type", "deny"),
            ("gen_ai.guardrail.verdict.reason", "card number"),
            ("gen_ai.guardrail.action.type", "allow"),
        ];
        let trace = one("o.json", &otlp(&[("run_guardrail pii", &attrs)]));
        let EventKind::Guardrail { verdict, action: Some(action), .. } = &trace.events[0].kind else {
            panic!("a guard")
        };
        assert_eq!((*verdict, action.text.as_str()), (Verdict::Triggered, "allow"));
    }

    #[test]
    fn transfers_are_handoffs_and_names_lose_their_prefix() {
        let text = otlp(&[
            (
                "execute_tool transfer",
                &[
                    ("gen_ai.operation.name", "execute_tool"),
                    ("gen_ai.agent.name", "front"),
                    ("gen_ai.transfer.target.name", "billing"),
                ],
            ),
            ("handoff to desk", &[("openinference.span.kind", "TOOL")]),
        ]);
        let found = kinds(&one("o.json", &text));
        assert_eq!(
            found,
            ["call transfer -> 1", "result Unknown <- 0", "handoff front -> billing", "handoff ? -> desk"]
        );
    }
}
