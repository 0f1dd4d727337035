//! Spans that lost attributes or events to a limit.

use super::{any, exchange, otlp, span};
use crate::Trace;
use crate::model::GapKind;
use crate::test_support::{kinds, one, texts};
use serde_json::{Value, json};

/// A span with attributes in an order of their own, which decides which of them are lost.
fn model(id: &str, second: u32, attrs: &[(String, Value)]) -> Value {
    let mut made = span(id, "", second, "llm", &json!({}));
    made["attributes"] = attrs.iter().map(|(key, value)| json!({ "key": key, "value": any(value) })).collect();
    made
}

#[derive(Clone, Copy)]
enum Dialect {
    OpenInference,
    Traceloop,
}

use Dialect::{OpenInference, Traceloop};

/// The attributes of a list of messages: who says what, with an ID for a call and for its result.
fn listed(dialect: Dialect, side: &str, messages: &[(&str, &str)]) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (n, (role, words)) in messages.iter().enumerate() {
        let (prefix, of_call) = match (dialect, side) {
            (OpenInference, _) => (format!("llm.{side}_messages.{n}.message."), "tool_call.function."),
            (Traceloop, "input") => (format!("gen_ai.prompt.{n}."), ""),
            (Traceloop, _) => (format!("gen_ai.completion.{n}."), ""),
        };
        let mut put = |key: &str, value: &str| found.push((format!("{prefix}{key}"), json!(value)));
        put("role", role);
        let Some(id) = words.strip_prefix("call ") else {
            put("content", words);
            if *role == "tool" {
                put("tool_call_id", words.split_once(' ').map_or("", |(id, _)| id));
            }
            continue;
        };
        let (key, name) = if of_call.is_empty() { ("id", "name") } else { ("tool_call.id", "tool_call.function.name") };
        put(&format!("tool_calls.0.{key}"), id);
        put(&format!("tool_calls.0.{name}"), "find");
        put(&format!("tool_calls.0.{of_call}arguments"), &format!("{{\"id\":\"{id}\"}}"));
    }
    found
}

/// A request with its answer, of which the first attributes are gone.
fn asked(dialect: Dialect, messages: &[(&str, &str)], answer: (&str, &str), lost: usize) -> Vec<(String, Value)> {
    let kind = match dialect {
        OpenInference => ("openinference.span.kind".to_owned(), json!("LLM")),
        Traceloop => ("llm.request.type".to_owned(), json!("chat")),
    };
    let mut all = listed(dialect, "input", messages).split_off(lost);
    all.extend(listed(dialect, "output", &[answer]));
    all.push(kind);
    all
}

fn cut(trace: &Trace) -> usize {
    trace.gaps.iter().filter(|gap| gap.kind == GapKind::ContentTruncated && gap.what.contains("128")).count()
}

const LONG: [(&str, &str); 7] = [
    ("user", "Where are my parcels?"),
    ("assistant", "call p1"),
    ("tool", "p1 is in Bern"),
    ("assistant", "It is in Bern."),
    ("user", "And the other?"),
    ("assistant", "call p2"),
    ("tool", "p2 is in Graz"),
];

#[test]
fn a_message_whose_speaker_was_lost_is_nobodys() {
    let talk = [("user", "Cancel my table."), ("assistant", "For Friday?"), ("user", "Yes, bye")];
    for dialect in [OpenInference, Traceloop] {
        let trace =
            one("o.json", &otlp(&[model("01", 1, &asked(dialect, &talk, ("assistant", "Done."), 1))]).to_string());
        assert_eq!(texts(&trace), ["For Friday?", "Yes, bye", "Done."]);
        assert_eq!((kinds(&trace), cut(&trace)), (["assistant", "user", "assistant"].map(str::to_owned).to_vec(), 1));
    }
}

#[test]
fn of_a_history_that_lost_its_beginning_only_what_is_new_is_told() {
    for (dialect, lost) in [(OpenInference, 3), (OpenInference, 5), (OpenInference, 9), (Traceloop, 2), (Traceloop, 7)]
    {
        let first = asked(dialect, &LONG[..1], LONG[1], 0);
        let second = asked(dialect, &LONG[..3], LONG[3], lost.min(6));
        let third = asked(dialect, &LONG[..5], LONG[5], lost);
        let last = asked(dialect, &LONG, ("assistant", "It is in Graz."), lost);
        let spans = [first, second, third, last];
        let spans: Vec<Value> = spans.iter().zip(1..).map(|(s, n)| model(&format!("0{n}"), 10 * n, s)).collect();
        let trace = one("o.json", &otlp(&spans).to_string());
        let expected = [
            "user",
            "call find -> 2",
            "result Unknown <- 1",
            "assistant",
            "user",
            "call find -> 6",
            "result Unknown <- 5",
            "assistant",
        ];
        assert_eq!((kinds(&trace), cut(&trace)), (expected.map(str::to_owned).to_vec(), 1), "{lost} lost");
    }
}

#[test]
fn a_result_is_not_joined_by_its_place_where_calls_were_lost() {
    // The first call is lost, and its result is in front of that of the second.
    let talk = [
        ("user", "Both"),
        ("assistant", "call p1"),
        ("assistant", "call p2"),
        ("tool", "p1 in Bern"),
        ("tool", "p2 in Graz"),
    ];
    for dialect in [OpenInference, Traceloop] {
        let trace =
            one("o.json", &otlp(&[model("01", 1, &asked(dialect, &talk, ("assistant", "There."), 4))]).to_string());
        assert_eq!(
            (kinds(&trace), cut(&trace)),
            (
                ["call find -> 2", "result Unknown <- none", "result Unknown <- 0", "assistant"]
                    .map(str::to_owned)
                    .to_vec(),
                1
            )
        );
    }
}

#[test]
fn what_stood_under_the_same_number_before_is_known() {
    // No step is answered in words, so that nothing of the history is the agent's.
    let talk = [("user", "Go"), ("user", "Error: timeout"), ("user", "Error: timeout"), ("user", "Go on")];
    let failed = [&talk[..], &[("user", "Error: timeout"), ("user", "Error: timeout")]].concat();
    for (dialect, step) in [(OpenInference, 2), (Traceloop, 2)] {
        let request = |upto: usize, lost: usize, id: &'static str| {
            asked(dialect, &failed[..upto], ("assistant", id), lost * step)
        };
        let spans = [request(4, 0, "call p1"), request(5, 1, "call p2"), request(6, 2, "call p3")];
        let spans: Vec<Value> = spans.iter().zip(1..).map(|(s, n)| model(&format!("0{n}"), 10 * n, s)).collect();
        let trace = one("o.json", &otlp(&spans).to_string());
        assert_eq!(
            texts(&trace),
            ["Go", "Error: timeout", "Error: timeout", "Go on", "Error: timeout", "Error: timeout"]
        );
    }
}

#[test]
fn a_request_that_was_sent_again_is_told_once() {
    let mut failed = asked(OpenInference, &LONG[..5], LONG[5], 3);
    failed.retain(|(key, _)| !key.starts_with("llm.output"));
    let again = asked(OpenInference, &LONG[..5], LONG[5], 3);
    let before = asked(OpenInference, &LONG[..1], LONG[1], 0);
    let spans = [model("01", 1, &before), model("02", 10, &failed), model("03", 20, &again)];
    assert_eq!(texts(&one("o.json", &otlp(&spans).to_string())), ["Where are my parcels?", "And the other?"]);
}

#[test]
fn a_count_of_lost_attributes_is_told() {
    for key in ["droppedAttributesCount", "dropped_attributes_count"] {
        let mut spans = [exchange("01", 1), exchange("02", 2)];
        assert_eq!(cut(&one("o.json", &otlp(&spans).to_string())), 0);
        spans[0][key] = json!(3);
        let trace = one("o.json", &otlp(&spans).to_string());
        assert_eq!(cut(&trace), 1, "{key}");
        spans[0][key] = json!(0);
        assert_eq!(cut(&one("o.json", &otlp(&spans).to_string())), 0);
    }
}

#[test]
fn where_the_newest_attributes_are_lost_what_was_told_is_not_told_again() {
    let first = asked(OpenInference, &LONG[..3], LONG[3], 0);
    let mut second = model("02", 10, &asked(OpenInference, &LONG[..5], LONG[5], 0)[..7]);
    second["droppedAttributesCount"] = json!(12);
    second["attributes"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "key": "openinference.span.kind", "value": { "stringValue": "LLM" } }));
    let trace = one("o.json", &otlp(&[model("01", 1, &first), second]).to_string());
    assert_eq!((texts(&trace), cut(&trace)), (vec!["Where are my parcels?", "It is in Bern."], 1));
}

#[test]
fn events_that_were_lost_are_the_beginning_of_the_history() {
    let event =
        |name: &str, words: &str| json!({ "name": name, "attributes": super::list(&json!({ "content": words })) });
    let (user, agent) = ("gen_ai.user.message", "gen_ai.assistant.message");
    let chat = |id: &str, second: u32, events: &[Value]| {
        let mut made = span(id, "", second, "chat m", &json!({ "gen_ai.operation.name": "chat" }));
        made["events"] = json!(events);
        made
    };
    let first = chat("01", 1, &[event(user, "Hello"), event("gen_ai.choice", "Hi")]);
    let mut second = chat("02", 10, &[event(agent, "Hi"), event(user, "Bye"), event("gen_ai.choice", "See you")]);
    second["droppedEventsCount"] = json!(1);
    let trace = one("o.json", &otlp(&[first, second]).to_string());
    assert_eq!((texts(&trace), cut(&trace)), (vec!["Hello", "Hi", "Bye", "See you"], 1));
}
