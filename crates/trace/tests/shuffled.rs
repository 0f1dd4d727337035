//! However the spans of a trace arrive, it is the same session: in any order, some of them twice, in any number of batches,
//! as lines of a file or as files.
#![allow(clippy::unwrap_used, missing_docs)]

use hindcast_trace::model::{Gap, GapKind, Text};
use hindcast_trace::{EventKind, Evidence, Trace, read};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

/// Everything that is told of a session, but for the places.
fn told(evidence: &[Evidence]) -> Vec<String> {
    let reading = read(evidence).unwrap_or_else(|e| panic!("{e}"));
    let mut sessions: Vec<String> = reading.sessions.iter().map(session).collect();
    sessions.sort();
    sessions
}

fn session(trace: &Trace) -> String {
    let words = |texts: &[&Text]| texts.iter().map(|t| t.text.clone()).collect::<Vec<_>>();
    let event = |e: &hindcast_trace::Event| {
        let what = match &e.kind {
            EventKind::Message { role, texts, .. } => {
                format!("{role:?} {:?}", words(&texts.iter().collect::<Vec<_>>()))
            }
            EventKind::Reasoning { text } => format!("thought {:?}", text.text),
            EventKind::ToolCall { name, arguments, result, call_id } => {
                let arguments: Vec<&Text> = arguments.iter().collect();
                format!("call {call_id:?} {} {:?} -> {result:?}", name.text, words(&arguments))
            }
            EventKind::ToolResult { call, name, content, transport, error } => {
                let texts: Vec<&Text> = content.iter().chain(error).collect();
                format!("result of {name} {call:?} {transport:?} {:?}", words(&texts))
            }
            EventKind::Error { text } => format!("error {:?}", text.text),
            EventKind::Context { what, lost } => format!("context {what} {lost}"),
            other => format!("{:?}", std::mem::discriminant(other)),
        };
        format!("{:?} {:?} {what}", e.time.map(|t| t.ns), e.agent)
    };
    let mut lines = vec![format!("{} {:?} {}", trace.key, trace.agents, trace.model_calls.len())];
    lines.extend(trace.sub_agents.iter().map(|s| format!("sub-agent {} {:?}", s.name, s.call)));
    lines.extend(trace.events.iter().map(event));
    // Which of several texts is the first, and where, depends on the order and the file.
    let what = |g: &Gap| match g.kind {
        GapKind::TextsUnread => g.what.split("; ").next().unwrap_or_default().to_owned(),
        _ => g.what.clone(),
    };
    lines.extend(trace.gaps.iter().map(|g| format!("gap {:?} {}", g.kind, what(g))));
    lines.join("\n")
}

/// A conversation of ours, as the pieces that it can arrive in.
struct Base {
    name: String,
    whole: Value,
    pieces: Vec<Value>,
}

impl Base {
    fn new(name: String, whole: Value) -> Self {
        let mut pieces = Vec::new();
        match whole["observations"].as_array() {
            Some(list) => pieces.extend(list.iter().cloned()),
            None => {
                // Each span with the resource and the scope that it came with.
                let documents = whole.as_array().cloned().unwrap_or_else(|| vec![whole.clone()]);
                for group in documents.iter().flat_map(|d| d["resourceSpans"].as_array().unwrap()) {
                    for scope in group["scopeSpans"].as_array().unwrap() {
                        for span in scope["spans"].as_array().unwrap() {
                            let mut scope = scope.clone();
                            scope["spans"] = json!([span]);
                            let mut group = group.clone();
                            group["scopeSpans"] = json!([scope]);
                            pieces.push(group);
                        }
                    }
                }
            }
        }
        Base { name, whole, pieces }
    }

    fn is_langfuse(&self) -> bool {
        self.whole.get("observations").is_some()
    }

    /// One document with some of the pieces.
    fn batch(&self, pieces: &[&Value]) -> Value {
        match self.is_langfuse() {
            // An export of the page and an answer of the API hold the observations beside other members.
            true => {
                let mut document = self.whole.clone();
                document["observations"] = json!(pieces);
                document
            }
            false => json!({"resourceSpans": pieces}),
        }
    }

    fn as_it_is(&self) -> Vec<Evidence> {
        self.files(&[self.pieces.iter().collect()])
    }

    fn files(&self, batches: &[Vec<&Value>]) -> Vec<Evidence> {
        let file = |(n, pieces): (usize, &Vec<&Value>)| {
            Evidence::new(format!("{}-{n}.json", self.name), self.batch(pieces).to_string().into_bytes())
        };
        batches.iter().enumerate().map(file).collect()
    }

    fn lines(&self, batches: &[Vec<&Value>]) -> Vec<Evidence> {
        let lines: String = batches.iter().map(|pieces| format!("{}\n", self.batch(pieces))).collect();
        vec![Evidence::new(format!("{}.jsonl", self.name), lines.into_bytes())]
    }
}

fn bases() -> Vec<Base> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/joins");
    let names = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|n| n.ends_with(".json") && !n.ends_with(".expect.json")).collect();
    names.sort();
    let read = |name: &String| serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap();
    names.iter().map(|name| Base::new(name.trim_end_matches(".json").to_owned(), read(name))).collect()
}

/// How the pieces arrive: a number for each, by which they are sorted; those that come twice; the batch of each.
type Arrival = (Vec<u16>, Vec<bool>, Vec<u8>, u8, bool);

fn arrivals() -> impl Strategy<Value = Arrival> {
    const MOST: usize = 64;
    (
        proptest::collection::vec(any::<u16>(), MOST),
        proptest::collection::vec(proptest::bool::weighted(0.2), MOST),
        proptest::collection::vec(any::<u8>(), MOST * 2),
        1u8..6,
        any::<bool>(),
    )
}

fn arrive(base: &Base, (order, twice, batch, count, as_lines): &Arrival) -> Vec<Evidence> {
    let at = |n: usize, list: &[u16]| list[n % list.len()] as usize + n / list.len();
    let mut arriving: Vec<usize> = (0..base.pieces.len()).collect();
    arriving.extend((0..base.pieces.len()).filter(|n| twice[n % twice.len()]));
    let place = |(k, n): (usize, &usize)| (at(*n, order).wrapping_mul(31 + k) % 65_521, *n);
    let mut placed: Vec<_> = arriving.iter().enumerate().map(place).collect();
    placed.sort_unstable();
    let mut batches: Vec<Vec<&Value>> = vec![Vec::new(); *count as usize];
    for (k, (_, n)) in placed.into_iter().enumerate() {
        batches[(batch[k % batch.len()] % count) as usize].push(&base.pieces[n]);
    }
    batches.retain(|pieces| !pieces.is_empty());
    if *as_lines { base.lines(&batches) } else { base.files(&batches) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_batches_tell_the_same_session(arrival in arrivals()) {
        for base in bases() {
            let once = told(&base.as_it_is());
            prop_assert!(once[0].lines().count() > 4, "nothing is told of {}", base.name);
            prop_assert_eq!(&told(&arrive(&base, &arrival)), &once, "{}", base.name);
        }
    }
}
