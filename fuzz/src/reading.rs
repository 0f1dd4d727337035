//! Reading: every text stands where it says, results and calls name each other, and reading twice gives the same.

use super::families::{Family, choice};
use hindcast_trace::archive::Archive;
use hindcast_trace::bulk::{Source, Survey};
use hindcast_trace::format::{self, Format};
use hindcast_trace::locator::{Loc, Resolver, evidence_of};
use hindcast_trace::model::{EventKind, Gap, GapKind, Text};
use hindcast_trace::unwrap::{Codec, unwrap_within};
use hindcast_trace::{Evidence, Limits, ReadError, Reading, Trace, read_as_within, read_within, recognize};
use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;

/// What one reading may take: much less than a person's, so that an input that takes all of it is still quick.
pub fn limits() -> Limits {
    Limits { unpacked: 4 << 20, memory: 512 << 20, ..Limits::default() }
}

/// Inputs up to this size are read a second time.
const TWICE: usize = 16 << 10;
/// Sessions that are looked at closely.
pub const CLOSELY: usize = 20;

/// Reads bytes of whatever format.
pub fn any(data: &[u8]) {
    let evidence = [Evidence::new("input", data.to_vec())];
    let told = recognize(&evidence[0], None);
    let reading = checked(&evidence, None);
    if reading.is_ok() {
        assert_eq!(told.ok(), reading.ok().map(|r| r.detections[0].format));
    }
}

/// Reads bytes as the format that the first byte chooses.
pub fn family(family: Family, data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let format = format::named(family[choice(*first, family.len())]).expect("a format");
    let _ = checked(&[Evidence::new("input", rest.to_vec())], Some(format));
}

/// Reads OTLP in binary form: what it is rewritten as is JSON, also of damaged bytes.
pub fn protobuf(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let codec = [Codec::OtlpTraces, Codec::OtlpLogs, Codec::OtlpFrames][choice(*first, 3)];
    if let Ok(unwrapped) = unwrap_within(codec, rest, &limits()) {
        let value = serde_json::from_slice::<serde::de::IgnoredAny>(&unwrapped.bytes);
        let lines = unwrapped.bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let all = || lines.clone().all(|line| serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok());
        assert!(value.is_ok() || all(), "rewritten as no JSON: {:?}", String::from_utf8_lossy(&unwrapped.bytes));
        let _ = checked(&[Evidence::new("rewritten", unwrapped.bytes)], format::named("otlp"));
    }
    let _ = checked(&[Evidence::new("input", rest.to_vec())], format::named("otlp"));
}

/// Reads, and checks what comes out.
///
/// # Errors
/// Where the files are refused.
pub fn checked(evidence: &[Evidence], format: Option<&'static dyn Format>) -> Result<Reading, ReadError> {
    let read = || match format {
        Some(format) => read_as_within(evidence, format, &limits()),
        None => read_within(evidence, &limits()),
    };
    let first = read();
    if evidence.iter().map(|e| e.bytes.len()).sum::<usize>() <= TWICE {
        assert_eq!(format!("{:?}", read()), format!("{first:?}"), "read twice");
    }
    let reading = first?;
    for trace in reading.sessions.iter().take(CLOSELY) {
        every_text_is_where_it_says(trace, evidence);
        joins_are_mutual(trace);
    }
    Ok(reading)
}

/// A result names its call, and the call names that result; events that are named exist.
fn joins_are_mutual(trace: &Trace) {
    let other = |n: u32| &trace.events[n as usize].kind;
    for (i, event) in trace.events.iter().enumerate() {
        match &event.kind {
            EventKind::ToolCall { result: Some(r), .. } => {
                assert!(matches!(other(*r), EventKind::ToolResult { call: Some(c), .. } if *c == i as u32));
            }
            EventKind::ToolResult { call: Some(c), .. } => {
                assert!(matches!(other(*c), EventKind::ToolCall { result: Some(r), .. } if *r == i as u32));
            }
            _ => {}
        }
        assert!(event.model_call.is_none_or(|n| (n as usize) < trace.model_calls.len()), "a model call");
    }
    let named = trace.gaps.iter().filter_map(|g| g.event).chain(trace.sub_agents.iter().filter_map(|s| s.call));
    named.for_each(|event| assert!((event as usize) < trace.events.len(), "an event"));
}

fn texts(trace: &Trace) -> Vec<&Text> {
    let mut all = Vec::new();
    for event in &trace.events {
        match &event.kind {
            EventKind::Message { texts, .. } => all.extend(texts),
            EventKind::Reasoning { text } | EventKind::Error { text } => all.push(text),
            EventKind::ToolCall { name, arguments, .. } => {
                all.extend([Some(name), arguments.as_ref()].into_iter().flatten())
            }
            EventKind::ToolResult { content, error, .. } => {
                all.extend([content.as_ref(), error.as_ref()].into_iter().flatten());
            }
            EventKind::Guardrail { name, action, detail, .. } => {
                all.extend([Some(name), action.as_ref(), detail.as_ref()].into_iter().flatten());
            }
            EventKind::Handoff { to, .. } => all.push(to),
            EventKind::Retrieval { query, source, .. } => {
                all.extend([query.as_ref(), Some(source)].into_iter().flatten())
            }
            EventKind::Context { .. } => {}
        }
    }
    for tool in &trace.tools {
        let others = [tool.description.as_ref(), tool.parameters.as_ref(), tool.output_schema.as_ref()];
        all.extend([Some(&tool.name)].into_iter().chain(others).flatten());
    }
    all.extend(trace.model_calls.iter().filter_map(|c| c.finish.as_ref().map(|f| &f.1)));
    all
}

/// Texts that are looked up: each takes time of its own.
const LOOKED_UP: usize = 500;

/// The invariant that the product rests on: following a text's locator through the bytes gives that text.
fn every_text_is_where_it_says(trace: &Trace, evidence: &[Evidence]) {
    let mut resolvers: Vec<_> = evidence.iter().map(Resolver::new).collect();
    let of = |loc: Loc| evidence_of(&trace.bases, loc.base).expect("evidence") as usize;
    for text in texts(trace).into_iter().take(LOOKED_UP) {
        let resolver = &mut resolvers[of(text.loc)];
        let locator = resolver.locate(&trace.bases, text.loc).unwrap_or_else(|| panic!("no place for {text:?}"));
        assert_eq!(resolver.text(&locator).as_deref(), Some(text.text.as_str()), "at {locator}");
        let steps: Vec<String> = locator.clone().into();
        assert_eq!(steps.try_into(), Ok(locator), "a locator is read back");
    }
    let places = trace.events.iter().map(|e| e.loc).chain(trace.model_calls.iter().map(|c| c.loc));
    for loc in places.chain(trace.gaps.iter().filter_map(|g| g.loc)).take(LOOKED_UP) {
        assert!(resolvers[of(loc)].locate(&trace.bases, loc).is_some(), "no place for {loc:?}");
    }
}

struct File<'d>(&'d [u8]);

impl Source for File<'_> {
    fn name(&self) -> &str {
        "input"
    }
    fn open(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(self.0))
    }
}

/// Takes archives apart, and reads files of lines in parts as at once.
pub fn bulk(data: &[u8]) {
    if let Some(archive) = Archive::sniff(data)
        && let Ok(entries) = archive.files(data)
    {
        for entry in entries.into_iter().take(CLOSELY) {
            let out = entry.name.split('/').any(|step| matches!(step, "" | "." | "..")) && !entry.name.is_empty();
            assert!(!out && !entry.name.contains('\\'), "leads out: {:?}", entry.name);
            let _ = checked(&[Evidence::new(entry.name, entry.bytes)], None);
        }
    }
    let whole = checked(&[Evidence::new("input", data.to_vec())], None);
    let file = File(data);
    for room in [1, 2000] {
        let Ok(Some(survey)) = Survey::with_room(&[&file], None, room, |_| {}) else { continue };
        let mut parts = Vec::new();
        let keep = |told: String| {
            parts.push(told);
            ControlFlow::Continue(())
        };
        let done = survey.run(&[&file], || Ok(Box::new(Cursor::new(Vec::new()))), |t, _| told(&t), keep, |_, _| {});
        if let (Ok(_), Ok(whole)) = (done, &whole) {
            assert_eq!(parts, whole.sessions.iter().map(told).collect::<Vec<_>>(), "in parts of {room} bytes");
        }
    }
}

/// A session without the numbers of its documents, and without gaps that tell of all records of a file, or that are told only
/// where those are not.
fn told(trace: &Trace) -> String {
    let of_session = |g: &&Gap| g.kind != GapKind::RecordsUnread && g.what != hindcast_trace::WORDLESS;
    let gaps: Vec<_> = trace.gaps.iter().filter(of_session).collect();
    let all = format!("{} {:?} {:?} {:?} {gaps:?}", trace.key, trace.key_kind, trace.events, trace.model_calls);
    let mut told = String::with_capacity(all.len());
    for (i, piece) in all.split("base: ").enumerate() {
        told.push_str(if i == 0 { piece } else { piece.trim_start_matches(|c: char| c.is_ascii_digit()) });
    }
    told
}
