//! The times of spans, and the order that they give: clocks that were never set, and spans that end before they begin.

use super::span::Span;
use crate::hash::HashMap;
use crate::locator::Loc;
use crate::model::Stamp;
use crate::time;

/// What is said of a session in which a clock was wrong.
pub const WRONG_CLOCK: &str = "a clock was wrong: spans begin before the year 2000 or after 2099, or end before they begin. Such times are left out";

/// Takes the times away that no clock can have shown, once the spans are in order: what a clock since the start of a machine
/// says keeps its order. Returns the trace and the place of each such span.
pub fn stop_wrong(spans: &mut [Span<'_>]) -> Vec<(String, Loc)> {
    let mut wrong = Vec::new();
    for span in spans {
        let (start, end) = (span.start, span.end);
        span.start = start.filter(|at| time::is_of_this_century(*at));
        span.end = end.filter(|at| time::is_of_this_century(*at));
        let backward = span.start.zip(span.end).is_some_and(|(start, end)| end.ns < start.ns);
        span.end = span.end.filter(|_| !backward);
        if (span.start, span.end) != (start, end) {
            wrong.push((span.trace_id.clone(), span.node.loc()));
        }
    }
    wrong
}

/// Puts the spans of each session in the order of things, in which they do not arrive: what begins first, then what lies around
/// others. However a trace is cut into batches, and whatever else is in the file, it is then read alike.
pub fn sort<'d>(spans: &mut Vec<Span<'d>>, session: impl Fn(&Span<'d>) -> String) {
    let mut sessions: Vec<Vec<Span<'d>>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::default();
    for span in spans.drain(..) {
        let at = *known.entry(session(&span)).or_insert(sessions.len());
        match sessions.get_mut(at) {
            Some(of_session) => of_session.push(span),
            None => sessions.push(vec![span]),
        }
    }
    for mut of_session in sessions {
        sort_one(&mut of_session);
        spans.append(&mut of_session);
    }
}

/// The same for the spans of one session. Without times the order of arrival is all there is.
fn sort_one(spans: &mut Vec<Span<'_>>) {
    let Some(starts) = starts(spans) else { return };
    let by_id = by_id(spans);
    let depths: Vec<usize> = (0..spans.len()).map(|at| ancestors(spans, &by_id, at).count()).collect();
    let ns = |at: Option<Stamp>| at.map(|t| t.ns);
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by(|&a, &b| {
        let (x, y) = (&spans[a], &spans[b]);
        let times = (starts[a], depths[a], ns(x.end)).cmp(&(starts[b], depths[b], ns(y.end)));
        times.then_with(|| (&x.trace_id, &x.span_id).cmp(&(&y.trace_id, &y.span_id)))
    });
    let mut taken: Vec<Option<Span<'_>>> = spans.drain(..).map(Some).collect();
    spans.extend(order.into_iter().filter_map(|i| taken[i].take()));
}

/// When each span began, for the order. `None` where the times give none: a start is missing, or clocks that were never set
/// show one time again and again.
fn starts(spans: &[Span<'_>]) -> Option<Vec<i64>> {
    let starts: Vec<Stamp> = spans.iter().map(|span| span.start).collect::<Option<_>>()?;
    let mut odd: Vec<i64> = starts.iter().filter(|at| !time::is_of_this_century(**at)).map(|at| at.ns).collect();
    if odd.len() == spans.len() {
        odd.sort_unstable();
        let is_repeated = odd.windows(2).any(|pair| pair[0] == pair[1]);
        return (!is_repeated).then(|| starts.iter().map(|at| at.ns).collect());
    }
    if odd.is_empty() {
        return Some(starts.iter().map(|at| at.ns).collect());
    }
    Some(placed(spans, &starts))
}

/// The starts, with those of a wrong clock replaced: such a span comes behind the one that arrived before it, or at the
/// beginning of the one around it.
fn placed(spans: &[Span<'_>], starts: &[Stamp]) -> Vec<i64> {
    let by_id = by_id(spans);
    let first = starts.iter().filter(|at| time::is_of_this_century(**at)).map(|at| at.ns).min().unwrap_or_default();
    let mut found: Vec<i64> = Vec::with_capacity(spans.len());
    for (at, start) in starts.iter().enumerate() {
        if time::is_of_this_century(*start) {
            found.push(start.ns);
            continue;
        }
        let around = ancestors(spans, &by_id, at).find(|outer| time::is_of_this_century(starts[*outer]));
        let before = at.checked_sub(1).map_or(first, |before| {
            let lies_around = ancestors(spans, &by_id, at).any(|outer| outer == before);
            let end = spans[before].end.filter(|end| !lies_around && time::is_of_this_century(*end));
            end.map_or(found[before], |end| end.ns.max(found[before]))
        });
        found.push(before.max(around.map_or(first, |outer| starts[outer].ns)));
    }
    found
}

type ById<'s> = HashMap<(&'s str, &'s str), usize>;

fn by_id<'s>(spans: &'s [Span<'_>]) -> ById<'s> {
    spans.iter().enumerate().map(|(at, span)| ((span.trace_id.as_str(), span.span_id.as_str()), at)).collect()
}

/// The span and those around it. A hostile trace may point in circles.
fn ancestors<'s>(spans: &'s [Span<'_>], by_id: &'s ById<'s>, at: usize) -> impl Iterator<Item = usize> + use<'s> {
    let up = move |at: &usize| {
        let span = &spans[*at];
        by_id.get(&(span.trace_id.as_str(), span.parent.as_deref()?)).copied()
    };
    std::iter::successors(Some(at), up).take(64)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one};

    /// A session of spans whose times are given: the agent, its first answer, the tool, its second answer.
    fn session(times: [(&str, &str); 4]) -> String {
        let span = |n: usize, name: &str, attributes: &str| {
            let (start, end) = times[n];
            let parent = if n == 0 { "" } else { "00000000000000f0" };
            // IDs that would give another order.
            let id = ["00000000000000f0", "00000000000000c0", "00000000000000b0", "00000000000000a0"][n];
            let time = |key: &str, at: &str| if at.is_empty() { String::new() } else { format!(r#","{key}":"{at}""#) };
            format!(
                r#"{{"traceId":"0000000000000000000000000000000a","spanId":"{id}","parentSpanId":"{parent}","name":"{name}"{}{},"attributes":[{attributes}]}}"#,
                time("startTimeUnixNano", start),
                time("endTimeUnixNano", end)
            )
        };
        let text = |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{{"stringValue":{}}}}}"#, serde(value));
        let asked = r#"[{"role":"user","parts":[{"type":"text","content":"Cancel order 7"}]}]"#;
        let called =
            r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"cancel","arguments":{"n":7}}]}]"#;
        let answered = r#"[{"role":"user","parts":[{"type":"text","content":"Cancel order 7"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"cancel","arguments":{"n":7}}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"ok"}]}]"#;
        let said = r#"[{"role":"assistant","parts":[{"type":"text","content":"Done"}]}]"#;
        let chat = |asked: &str, said: &str| {
            [
                text("gen_ai.operation.name", "chat"),
                text("gen_ai.input.messages", asked),
                text("gen_ai.output.messages", said),
            ]
            .join(",")
        };
        let tool = [
            text("gen_ai.operation.name", "execute_tool"),
            text("gen_ai.tool.name", "cancel"),
            text("gen_ai.tool.call.id", "c1"),
            text("gen_ai.tool.call.arguments", r#"{"n":7}"#),
            text("gen_ai.tool.call.result", "ok"),
        ]
        .join(",");
        let spans = [
            span(0, "invoke_agent", &text("gen_ai.operation.name", "invoke_agent")),
            span(1, "chat m", &chat(asked, called)),
            span(2, "execute_tool cancel", &tool),
            span(3, "chat m", &chat(answered, said)),
        ];
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","))
    }

    /// JSON in a string.
    fn serde(text: &str) -> String {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }

    const IN_ORDER: [&str; 4] = ["user", "call cancel -> 2", "result Ok <- 1", "assistant"];

    #[test]
    fn times_that_no_clock_can_have_shown_are_unknown_and_give_no_order() {
        let same = [("1", "1"); 4];
        let few = [("5", "9"), ("6", "6"), ("7", "7"), ("8", "8")];
        let missing = [("1", ""), ("1", ""), ("1", ""), ("1", "")];
        for times in [same, few, missing] {
            let trace = one("t.json", &session(times));
            assert_eq!(kinds(&trace), IN_ORDER, "{times:?}");
            assert!(trace.events.iter().all(|event| event.time.is_none()), "{times:?}: {:?}", trace.events);
            assert!(trace.model_calls.iter().all(|call| call.start.is_none() && call.end.is_none()), "{times:?}");
            assert!(trace.gaps.iter().any(|gap| gap.what.contains("a clock was wrong")), "{times:?}");
        }
    }

    #[test]
    fn one_span_of_a_wrong_clock_stays_where_it_arrived() {
        let at = |second: u32| format!("17778888{second:02}000000000");
        let [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(at);
        let right: [(&str, &str); 4] = [(&a, &f), (&b, &c), (&c, &d), (&d, &e)];
        for span in 0..4 {
            for wrong in [("1", "1"), ("1", ""), ("3", "2")] {
                let mut times = right;
                times[span] = wrong;
                let trace = one("t.json", &session(times));
                assert_eq!(kinds(&trace), IN_ORDER, "{times:?}");
                let odd = |ns: i64| ns < 946_684_800_000_000_000;
                assert!(!trace.events.iter().any(|event| event.time.is_some_and(|time| odd(time.ns))), "{times:?}");
            }
        }
    }

    #[test]
    fn an_end_before_the_beginning_or_of_no_length_takes_no_beginning_away() {
        let at = |second: u32| format!("17778888{second:02}000000000");
        let [a, b, c, d] = [0, 1, 2, 3].map(at);
        for times in [[(&a, &d), (&b, &b), (&c, &c), (&d, &d)], [(&a, &a), (&b, &a), (&c, &b), (&d, &a)]] {
            let trace = one("t.json", &session(times.map(|(start, end)| (start.as_str(), end.as_str()))));
            assert_eq!(kinds(&trace), IN_ORDER, "{times:?}");
            assert!(trace.model_calls.iter().all(|call| call.start.is_some()), "{times:?}");
        }
        let trace = one("t.json", &session([(&a, "1"), (&b, "1"), (&c, "1"), (&d, "1")]));
        assert!(
            trace.model_calls.iter().all(|call| call.start.is_some() && call.end.is_none()),
            "{:?}",
            trace.model_calls
        );
    }
}
