use super::*;
use crate::locator::Resolver;
use crate::test_support::chat_line;
use regex::Regex;
use std::io::{Cursor, Read};

/// A file in memory.
struct Held(&'static str, Vec<u8>);

impl Source for Held {
    fn name(&self) -> &str {
        self.0
    }
    fn open(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(&self.1[..]))
    }
}

/// What is compared of a session: everything, but for how its documents are numbered.
fn told(trace: &Trace, evidence: &[Evidence]) -> String {
    let number = Regex::new("base: [0-9]+").expect("a pattern");
    let all = format!("{} {:?} {:?} {:?} {:?}", trace.key, trace.key_kind, trace.events, trace.model_calls, trace.gaps);
    let mut all = number.replace_all(&all, "base").into_owned();
    for event in &trace.events {
        let index = crate::locator::evidence_of(&trace.bases, event.loc.base).expect("a file") as usize;
        let mut resolver = Resolver::new(&evidence[index]);
        let locator = resolver.locate(&trace.bases, event.loc).expect("a place");
        all.push_str(&format!("\n{} {locator} {:?}", evidence[index].id, resolver.text(&locator)));
    }
    all
}

fn in_parts(files: &[Held], room: u64) -> Result<(Vec<String>, Done), BulkError> {
    let sources: Vec<&dyn Source> = files.iter().map(|f| f as &dyn Source).collect();
    let survey = Survey::with_room(&sources, None, room, |_| {})?.expect("files of lines");
    let mut all = Vec::new();
    let keep = |told: String| {
        all.push(told);
        ControlFlow::Continue(())
    };
    let done = survey.run(&sources, scratch, |trace, evidence| told(&trace, evidence), keep, |_, _| {})?;
    Ok((all, done))
}

fn scratch() -> io::Result<Box<dyn Scratch>> {
    Ok(Box::new(Cursor::new(Vec::new())))
}

fn at_once(files: &[Held]) -> Vec<String> {
    let evidence: Vec<_> = files.iter().map(|f| Evidence::new(f.0, f.1.clone())).collect();
    let reading = crate::read(&evidence).expect("reads");
    reading.sessions.iter().map(|t| told(t, &evidence)).collect()
}

fn same(files: &[Held]) {
    let whole = at_once(files);
    assert!(whole.len() > 1);
    for room in [1, 700, 5000, 1 << 20] {
        let (parts, done) = in_parts(files, room).expect("reads");
        assert_eq!(parts, whole, "{room}");
        assert_eq!(done.sessions, whole.len());
    }
}

fn chats(count: usize, id: impl Fn(usize) -> String) -> Vec<u8> {
    (0..count).map(|n| chat_line(n, &id(n))).collect::<Vec<_>>().join("\n").into_bytes()
}

fn spans(traces: usize, batch: usize, conversation: bool) -> Vec<u8> {
    let mut all: Vec<String> = Vec::new();
    for turn in 0..4 {
        for trace in 0..traces {
            let session = conversation.then(|| {
                format!(r#",{{"key":"gen_ai.conversation.id","value":{{"stringValue":"conversation {}"}}}}"#, trace / 3)
            });
            let words = format!(
                r#"[{{\"role\":\"user\",\"parts\":[{{\"type\":\"text\",\"content\":\"Turn {turn} of {trace}\"}}]}}]"#
            );
            all.push(format!(
                r#"{{"traceId":"{:032x}","spanId":"{:016x}","name":"chat","startTimeUnixNano":"17000000{:02}000000000","endTimeUnixNano":"17000000{:02}500000000","attributes":[{{"key":"gen_ai.operation.name","value":{{"stringValue":"chat"}}}},{{"key":"gen_ai.input.messages","value":{{"stringValue":"{words}"}}}}{}]}}"#,
                // An ID of zeros is none.
                trace + 1, trace * 4 + turn + 1, turn * 10, turn * 10, session.unwrap_or_default()
            ));
        }
    }
    let line =
        |spans: &[String]| format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
    all.chunks(batch).map(line).collect::<Vec<_>>().join("\n").into_bytes()
}

#[test]
fn sessions_that_are_lines_are_read_as_at_once() {
    same(&[Held("a.jsonl", chats(40, |_| String::new()))]);
    same(&[Held("a.jsonl", chats(40, |n| format!("id {n}")))]);
    // A growing conversation, logged once for each request.
    same(&[Held("a.jsonl", chats(40, |n| format!("id {}", n % 7)))]);
}

/// Sessions of Claude Code that take turns. Where `resumed`, each second one begins with copies of the lines of the one before.
fn claude_lines(sessions: usize, resumed: bool) -> Vec<u8> {
    let line = |session: usize, turn: usize, from: usize| {
        let owner = |turn: usize| if turn < 3 { from } else { session };
        let at = format!("2026-05-04T10:{turn:02}:00.000Z");
        let parent = if turn == 0 { "null".to_owned() } else { format!("\"{}-{}\"", owner(turn - 1), turn - 1) };
        let (kind, message) = match turn % 3 {
            0 => ("user", format!(r#"{{"role":"user","content":"Look at {session} in turn {turn}"}}"#)),
            1 => (
                "assistant",
                format!(
                    r#"{{"id":"m{session}-{turn}","role":"assistant","model":"m","content":[{{"type":"tool_use","id":"c{turn}","name":"Read","input":{{"n":{session}}}}}]}}"#
                ),
            ),
            _ => (
                "user",
                format!(
                    r#"{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"c{}","content":"found {session}"}}]}}"#,
                    turn - 1
                ),
            ),
        };
        format!(
            r#"{{"type":"{kind}","uuid":"{}-{turn}","parentUuid":{parent},"sessionId":"s{session}","timestamp":"{at}","message":{message}}}"#,
            owner(turn)
        )
    };
    let mut lines = vec![r#"{"type":"summary","summary":"Before","leafUuid":"x"}"#.to_owned()];
    for turn in 0..6 {
        for session in 0..sessions {
            let from = if resumed { session - session % 2 } else { session };
            lines.push(line(session, turn, from));
        }
    }
    lines.join("\n").into_bytes()
}

#[test]
fn sessions_of_claude_code_are_read_as_at_once() {
    same(&[Held("a.jsonl", claude_lines(12, false))]);
    same(&[Held("a.jsonl", claude_lines(12, true))]);
}

/// A log of requests with their answers, which name no conversation: `turns` of each of so many conversations, in turn.
fn exchanges(conversations: usize, turns: usize, anthropic: bool) -> Vec<u8> {
    let mut lines = Vec::new();
    for turn in 1..=turns {
        for talk in 0..conversations {
            // Some conversations begin alike.
            let said = |n: usize| if n == 0 { "Hi".to_owned() } else { format!("Turn {n} of {talk}") };
            let answer = |n: usize| if n == 0 { "Hello".to_owned() } else { format!("Answer {n} to {talk}") };
            let mut messages = Vec::new();
            for n in 0..turn {
                messages.push(format!(r#"{{"role":"user","content":"{}"}}"#, said(n)));
                if n + 1 < turn {
                    messages.push(format!(r#"{{"role":"assistant","content":"{}"}}"#, answer(n)));
                }
            }
            let (messages, answer, n) = (messages.join(","), answer(turn - 1), lines.len());
            lines.push(match anthropic {
                true => format!(r#"{{"request":{{"system":"S","messages":[{messages}]}},"response":{{"id":"msg_{n}","type":"message","role":"assistant","model":"m","content":[{{"type":"text","text":"{answer}"}}]}}}}"#),
                false => format!(r#"{{"request":{{"model":"m","messages":[{messages}]}},"response":{{"id":"chatcmpl-{n}","choices":[{{"message":{{"role":"assistant","content":"{answer}"}}}}]}}}}"#),
            });
        }
    }
    lines.join("\n").into_bytes()
}

#[test]
fn logs_of_requests_are_read_as_at_once() {
    for anthropic in [false, true] {
        same(&[Held("log.jsonl", exchanges(9, 5, anthropic))]);
        // A conversation may go on in the next file.
        let all = exchanges(7, 4, anthropic);
        let middle = all.len() / 2 + all[all.len() / 2..].iter().position(|b| *b == b'\n').expect("lines") + 1;
        same(&[Held("a.jsonl", all[..middle].to_vec()), Held("b.jsonl", all[middle..].to_vec())]);
        assert_eq!(in_parts(&[Held("log.jsonl", all)], 1).expect("reads").1.sessions, 7);
    }
}

/// A log of the Responses API: requests that repeat the conversation, or that name the answer before.
fn responses(conversations: usize, turns: usize, linked: bool, ids: bool) -> Vec<u8> {
    let mut lines = Vec::new();
    for turn in 0..turns {
        for talk in 0..conversations {
            let said = |n: usize| if n == 0 { "Hi".to_owned() } else { format!("Turn {n} of {talk}") };
            let answer = |n: usize| {
                format!(
                    r#"{{"type":"message","role":"assistant","content":[{{"type":"output_text","text":"Answer {n} to {talk}"}}]}}"#
                )
            };
            let user = |n: usize| {
                format!(
                    r#"{{"type":"message","role":"user","content":[{{"type":"input_text","text":"{}"}}]}}"#,
                    said(n)
                )
            };
            let before = (0..turn).filter(|_| !linked).flat_map(|n| [user(n), answer(n)]);
            let input = before.chain([user(turn)]).collect::<Vec<_>>().join(",");
            let id = if ids { format!(r#""id":"resp_{talk}_{turn}","#) } else { String::new() };
            let previous = match turn > 0 && linked {
                true => format!(r#""previous_response_id":"resp_{talk}_{}","#, turn - 1),
                false => String::new(),
            };
            lines.push(format!(r#"{{"request":{{{previous}"model":"m","input":[{input}]}},"response":{{{id}"object":"response","model":"m","status":"completed","output":[{}]}}}}"#, answer(turn)));
        }
    }
    lines.join("\n").into_bytes()
}

/// Records of LiteLLM, newest first: messages as they are or as text, and sessions with an ID or without.
fn spend(conversations: usize, turns: usize, text: bool, named: bool) -> Vec<u8> {
    let mut lines = Vec::new();
    for turn in 0..turns {
        for talk in 0..conversations {
            let said = |n: usize| if n == 0 && talk % 3 > 0 { "Hi".to_owned() } else { format!("Turn {n} of {talk}") };
            let answer = |n: usize| format!("Answer {n} to {talk}");
            let system = serde_json::json!({"role": "system", "content": "S"});
            let turns = (0..turn).flat_map(|n| {
                [
                    serde_json::json!({"role": "user", "content": said(n)}),
                    serde_json::json!({"role": "assistant", "content": answer(n)}),
                ]
            });
            let last = serde_json::json!({"role": "user", "content": said(turn)});
            let messages: Vec<_> = std::iter::once(system).chain(turns).chain([last]).collect();
            let messages =
                if text { serde_json::json!(messages).to_string().into() } else { serde_json::json!(messages) };
            let n = lines.len();
            let mut record = serde_json::json!({"id": format!("r{n}"), "trace_id": format!("t{n}"), "call_type": "acompletion", "custom_llm_provider": "openai", "startTime": 1_777_888_800.0 + n as f64, "endTime": 1_777_888_800.5 + n as f64, "model": "m", "messages": messages,
                "response": {"id": format!("r{n}"), "choices": [{"index": 0, "message": {"role": "assistant", "content": answer(turn)}}]}});
            if named {
                record["session_id"] = format!("s{talk}").into();
            }
            lines.push(record.to_string());
        }
    }
    lines.reverse();
    lines.join("\n").into_bytes()
}

#[test]
fn runs_against_a_cache_are_read_as_at_once() {
    let say = |role: &str, words: String| serde_json::json!({"role": role, "content": words});
    let line = |talk: usize, n: usize, asked: Vec<serde_json::Value>, words: &str| {
        serde_json::json!({"request": {"model": "m", "messages": asked}, "response": {"id": format!("x{talk}-{n}"), "object": "chat.completion", "choices": [{"index": 0, "finish_reason": "stop", "message": say("assistant", words.to_owned())}]}}).to_string()
    };
    let mut lines: Vec<String> = Vec::new();
    for step in 0..4 {
        for talk in 0..6 {
            let ask = vec![say("user", format!("go {talk}"))];
            let more = |next: &str| {
                [ask.clone(), vec![say("assistant", "well".to_owned()), say("user", next.to_owned())]].concat()
            };
            lines.push(match step {
                1 => line(talk, 1, more("left"), "left it is"),
                3 => line(talk, 2, more("right"), "right it is"),
                _ => line(talk, 0, ask, "well"),
            });
        }
    }
    let log = lines.join("\n").into_bytes();
    // The two runs of a conversation are read together, so that they follow one another.
    let sorted = |mut sessions: Vec<String>| {
        sessions.sort();
        sessions
    };
    let (one, two) = lines.split_at(13);
    let [one, two] = [one, two].map(|half| half.join("\n").into_bytes());
    for files in [vec![Held("log.jsonl", log)], vec![Held("a.jsonl", one), Held("b.jsonl", two)]] {
        let whole = sorted(at_once(&files));
        assert_eq!(whole.len(), 12);
        for room in [1, 700, 1 << 20] {
            let parts = sorted(in_parts(&files, room).expect("reads").0);
            assert!(parts == whole, "{room}: {} and {} sessions", parts.len(), whole.len());
        }
    }
}

#[test]
fn logs_of_the_responses_api_and_of_proxies_are_read_as_at_once() {
    let logs = [
        (responses(8, 4, false, true), 8),
        (responses(8, 4, false, false), 8),
        (responses(8, 4, true, true), 8),
        (spend(9, 4, false, false), 9),
        (spend(9, 4, true, false), 9),
        (spend(9, 4, false, true), 9),
    ];
    for (i, (log, sessions)) in logs.into_iter().enumerate() {
        same(&[Held("log.jsonl", log.clone())]);
        let middle = log.len() / 2 + log[log.len() / 2..].iter().position(|b| *b == b'\n').expect("lines") + 1;
        same(&[Held("a.jsonl", log[..middle].to_vec()), Held("b.jsonl", log[middle..].to_vec())]);
        assert_eq!(in_parts(&[Held("log.jsonl", log)], 1).expect("reads").1.sessions, sessions, "{i}");
    }
    // Events of a stream are one response together.
    let event = r#"{"type":"response.output_item.done","response":{"id":"r"},"item":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}}"#;
    let stream = Held("a.jsonl", [event, event].join("\n").into_bytes());
    assert!(Survey::of(&[&stream], None, |_| {}).expect("reads").is_none());
}

/// Requests of several conversations that take turns, each with all that was said before, and with its answer where `answered`.
fn requests(conversations: usize, turns: usize, answered: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for turn in 0..turns {
        for conversation in 0..conversations {
            let said = |n: usize| {
                let role = if n.is_multiple_of(2) { "user" } else { "assistant" };
                serde_json::json!({"role": role, "content": format!("{conversation} says {n}")})
            };
            let mut line = serde_json::json!({"request": {"model": "m", "messages": (0..=turn * 2).map(said).collect::<Vec<_>>()}});
            if answered {
                line["response"] = serde_json::json!({"id": format!("a{conversation}-{turn}"), "choices": [{"index": 0, "message": said(turn * 2 + 1)}]});
            }
            lines.push(line.to_string());
        }
    }
    lines
}

#[test]
fn logs_in_another_order_and_logs_that_repeat_themselves_are_read_as_at_once() {
    for answered in [true, false] {
        let log = requests(5, 4, answered);
        let mut shuffled = log.clone();
        shuffled.reverse();
        let mut logs = vec![log.clone(), shuffled.clone()];
        if answered {
            shuffled.swap(1, 17);
            logs.push(shuffled);
            logs.push([&log[..9], &log[..]].concat());
        }
        for log in logs {
            let file = Held("log.jsonl", log.join("\n").into_bytes());
            assert_eq!(at_once(std::slice::from_ref(&file)).len(), 5, "{answered}");
            same(&[file]);
        }
    }
}

#[test]
fn sessions_that_share_a_name_are_numbered_across_parts() {
    let run = |task: usize, words: usize| {
        format!(
            r#"{{"task_id":{task},"traj":[{{"role":"user","content":"Hi {words}"}},{{"role":"assistant","content":"Ho"}}]}}"#
        )
    };
    let file = |from: usize| (from..from + 20).map(|n| run(n % 3, n)).collect::<Vec<_>>().join("\n").into_bytes();
    same(&[Held("runs.jsonl", file(0))]);
    same(&[Held("runs.jsonl", file(0)), Held("more.jsonl", file(20))]);
    let (names, _) = in_parts(&[Held("runs.jsonl", file(0))], 1).expect("reads");
    assert!(names[3].starts_with("task 0 (2) ") && names[18].starts_with("task 0 (7) "), "{names:?}");
}

#[test]
fn interleaved_spans_are_read_as_at_once() {
    same(&[Held("a.jsonl", spans(12, 1, false))]);
    same(&[Held("a.jsonl", spans(12, 5, false))]);
    same(&[Held("a.jsonl", spans(12, 1, true))]);
    same(&[Held("a.jsonl", spans(12, 7, true))]);
}

/// Lines with one span each, in the flat form that SDKs print: a name, its trace, its times, and its attributes.
fn flat(spans: &[(&str, usize, Option<u64>, serde_json::Value)]) -> Vec<u8> {
    let line = |(n, (name, trace, start, attributes)): (usize, &(&str, usize, Option<u64>, serde_json::Value))| {
        let mut span = serde_json::json!({"name": name, "traceId": format!("{trace:032x}"), "spanId": format!("{:016x}", n + 1), "attributes": attributes});
        if let Some(start) = start {
            span["startTimeUnixNano"] = (1_777_888_800_000_000_000 + start * 1_000_000_000).into();
            span["endTimeUnixNano"] = (1_777_888_800_500_000_000 + start * 1_000_000_000).into();
        }
        span.to_string()
    };
    spans.iter().enumerate().map(line).collect::<Vec<_>>().join("\n").into_bytes()
}

fn asks(words: &str) -> serde_json::Value {
    let said = serde_json::json!([{"role": "user", "parts": [{"type": "text", "content": words}]}]);
    serde_json::json!({"gen_ai.operation.name": "chat", "gen_ai.input.messages": said.to_string()})
}

#[test]
fn sessions_that_end_before_earlier_ones_are_read_as_at_once() {
    let span = |trace: usize, start| ("chat", trace, Some(start), asks(&format!("At {start} of {trace}")));
    same(&[Held("a.jsonl", flat(&[span(1, 40), span(2, 10), span(3, 20), span(1, 30), span(3, 15)]))]);
}

#[test]
fn times_of_one_session_say_nothing_of_another() {
    let span = |trace: usize, start| ("chat", trace, start, asks(&format!("{start:?} of {trace}")));
    // A session without times, one of a clock that was never set, and two whose spans arrive in another order.
    let spans = [span(1, Some(4)), span(2, None), span(3, Some(9)), span(2, None), span(1, Some(2)), span(3, Some(8))];
    same(&[Held("a.jsonl", flat(&spans))]);
    let mut never_set = flat(&spans);
    for (start, words) in [(9, "Later"), (5, "Hi")] {
        let span = serde_json::json!({"name": "chat", "traceId": "7", "spanId": format!("a{start}"), "startTimeUnixNano": start, "endTimeUnixNano": start + 1, "attributes": asks(words)});
        never_set.extend_from_slice(format!("\n{span}").as_bytes());
    }
    same(&[Held("a.jsonl", never_set)]);
    // A line that was cut has no trace of its own, and no times.
    let mut cut = asks("Hello");
    cut["resource"] = serde_json::json!({"attributes": {"service.name": "shop"}});
    same(&[Held("a.jsonl", [cut.to_string().into_bytes(), b"\n".to_vec(), flat(&spans)].concat())]);
}

#[test]
fn what_two_spans_share_joins_them_only_within_a_session() {
    let mut words = asks("Hi");
    words["gen_ai.response.id"] = "r1".into();
    let silent = serde_json::json!({"gen_ai.operation.name": "chat", "gen_ai.response.id": "r1"});
    let spans = [("chat", 1, Some(1), words), ("chat", 2, Some(2), silent), ("chat", 3, Some(3), asks("Ho"))];
    same(&[Held("a.jsonl", flat(&spans))]);
}

#[test]
fn traces_of_something_else_are_no_sessions_in_any_part() {
    let page = |trace: usize| ("GET /", trace, Some(1), serde_json::json!({"http.method": "GET"}));
    let spans = [page(1), ("chat", 2, Some(2), asks("Hi")), page(3), page(4), ("chat", 5, Some(2), asks("Ho"))];
    same(&[Held("a.jsonl", flat(&spans))]);
    assert_eq!(in_parts(&[Held("a.jsonl", flat(&spans))], 1).expect("reads").1.sessions, 2);
    let outcome = in_parts(&[Held("a.jsonl", flat(&[page(1), page(2), page(3)]))], 1);
    assert!(matches!(outcome, Err(BulkError::Read(ReadError::NoEvents { .. }))), "{outcome:?}");
}

#[test]
fn damage_is_told_in_every_session_with_all_that_is_damaged() {
    let mut lines = spans(6, 2, false);
    lines.extend_from_slice(b"\n{\"resourceSpans\":[{\"scopeSpans\":[7,{\"spans\":[3]}]}]}\n{\"resourceSpans\":[4]}");
    same(&[Held("a.jsonl", lines.clone())]);
    let (sessions, _) = in_parts(&[Held("a.jsonl", lines)], 1).expect("reads");
    assert!(sessions.iter().all(|told| told.contains("3 values that should contain spans")), "{sessions:#?}");
}

#[test]
fn halves_of_sessions_in_two_files_are_joined() {
    let all = spans(12, 1, false);
    let middle = all.len() / 2 + all[all.len() / 2..].iter().position(|b| *b == b'\n').expect("lines") + 1;
    same(&[Held("a.jsonl", all[..middle].to_vec()), Held("b.jsonl", all[middle..].to_vec())]);
}

#[test]
fn lines_that_are_not_json_are_told_and_places_stay_exact() {
    let mut lines: Vec<Vec<u8>> = chats(9, |n| format!("id {n}")).split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    lines.insert(2, b"not JSON".to_vec());
    lines.insert(4, b"  \r".to_vec());
    lines.insert(6, b"{\"cut\":".to_vec());
    same(&[Held("a.jsonl", lines.join(&b"\r\n"[..]))]);
}

#[test]
fn compressed_files_have_places_inside_and_the_hash_of_the_outside() {
    use std::io::Write;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&spans(9, 2, false)).expect("packs");
    let packed = gz.finish().expect("packs");
    same(&[Held("a.jsonl.gz", packed.clone())]);
    same(&[Held("a.jsonl.zst", zstd::encode_all(&chats(20, |n| format!("id {n}"))[..], 1).expect("packs"))]);
    let cut = [Held("a.jsonl.gz", packed[..packed.len() - 30].to_vec())];
    let (sessions, done) = in_parts(&cut, 900).expect("reads");
    assert!(!sessions.is_empty() && done.lossy.iter().any(|l| l.contains("ends early")), "{done:?}");
}

#[test]
fn files_that_are_no_lines_are_left_to_others() {
    let one = Held("a.json", br#"{"messages":[{"role":"user","content":"Hi"}]}"#.to_vec());
    let pretty = Held("a.json", b"{\n\"messages\":[]\n}\n{\n}".to_vec());
    let pi = Held(
        "a.jsonl",
        br#"{"type":"session","version":3,"id":"a","timestamp":"2026-05-04T10:00:00Z","cwd":"/w"}
{"type":"message","id":"1","timestamp":"2026-05-04T10:00:01Z","message":{"role":"user","content":"Hi"}}"#
            .to_vec(),
    );
    // Lines of Claude Code that do not name their session.
    let unnamed = Held(
        "a.jsonl",
        br#"{"type":"user","uuid":"1","message":{"role":"user","content":"Hi"}}
{"type":"user","uuid":"2","message":{"role":"user","content":"Ho"}}"#
            .to_vec(),
    );
    for file in [one, pretty, pi, unnamed] {
        assert!(Survey::of(&[&file], None, |_| {}).expect("reads").is_none(), "{}", file.0);
    }
}

#[test]
fn a_file_that_is_mostly_something_else_is_refused() {
    let other = r#"{"type":"narrator_message","role":"narrator","text":"Then"}"#;
    let good = chat_line(1, "");
    let lines: Vec<_> = [good.as_str(); 20].into_iter().chain([other; 60]).collect();
    let outcome = in_parts(&[Held("a.jsonl", lines.join("\n").into_bytes())], 500);
    assert!(matches!(outcome, Err(BulkError::Read(ReadError::NotUnderstood { unread: 60, .. }))));
    let foreign = r#"{"request_body":{"model":"m"},"response_body":{"id":"r"}}"#;
    let outcome = in_parts(&[Held("a.jsonl", [foreign, foreign].join("\n").into_bytes())], 500);
    assert!(matches!(outcome, Err(BulkError::Read(ReadError::Foreign { .. }))));
}

#[test]
fn who_has_enough_may_stop() {
    let files = [Held("a.jsonl", chats(400, |n| format!("id {n}")))];
    let sources: Vec<&dyn Source> = files.iter().map(|f| f as &dyn Source).collect();
    let survey = Survey::with_room(&sources, None, 300, |_| {}).expect("reads").expect("lines");
    let mut seen = 0;
    let enough = |_| {
        seen += 1;
        if seen == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    survey.run(&sources, scratch, |trace, _| trace.key, enough, |_, _| {}).expect("reads");
    assert_eq!(seen, 3);
}

#[test]
fn progress_tells_sorting_and_reading_apart() {
    let file = Held("a.jsonl", spans(40, 1, false));
    let size = file.1.len() as u64;
    let survey = Survey::with_room(&[&file], None, 1, |_| {}).expect("reads").expect("lines");
    let mut told = Vec::new();
    let go_on = |_| ControlFlow::Continue(());
    survey.run(&[&file], scratch, |_, _| (), go_on, |phase, bytes| told.push((phase, bytes))).expect("reads");
    let of =
        |wanted| told.iter().filter(move |(phase, _)| *phase == wanted).map(|(_, bytes)| *bytes).collect::<Vec<_>>();
    for bytes in [of(Phase::Sorting), of(Phase::Reading)] {
        assert!(bytes.is_sorted() && bytes.last().is_some_and(|last| (size / 2..=size).contains(last)), "{bytes:?}");
    }
    assert!(told.is_sorted_by_key(|(phase, _)| *phase == Phase::Reading), "{told:?}");
}

#[test]
fn a_byte_of_zero_costs_its_line_in_parts_too() {
    let lines: Vec<String> = (0..6).map(|n| chat_line(n, &format!("s{n}"))).collect();
    let damaged = lines.join("\n").replace("Question 3", "Que\0\0ion 3");
    assert!(damaged.contains('\0'));
    same(&[Held("a.jsonl", damaged.into_bytes())]);
}

#[test]
fn spans_without_parents_are_joined_in_parts_as_at_once() {
    let line = |trace: &str, from: u64, to: u64, operation: &str, more: &str| {
        let nano = |at: u64| (1_777_888_800 + at) * 1_000_000_000;
        format!(
            r#"{{"trace_id":"{trace}","span_id":"{trace}","name":"x","start_time":{},"end_time":{},"attributes":{{"ai.operationId":"{operation}",{more}}}}}"#,
            nano(from),
            nano(to)
        )
    };
    let run = |n: u64| {
        let asked = format!(r#"[{{\"role\":\"user\",\"content\":[{{\"type\":\"text\",\"text\":\"Pay {n}\"}}]}}]"#);
        let call = format!(r#"[{{\"toolCallId\":\"c{n}\",\"toolName\":\"pay\",\"input\":{{}}}}]"#);
        [
            line(
                &format!("a{n}"),
                n,
                n + 9,
                "ai.generateText",
                &format!(r#""ai.prompt":"{{\"prompt\":\"Pay {n}\"}}","ai.response.text":"Done""#),
            ),
            line(
                &format!("b{n}"),
                n + 1,
                n + 2,
                "ai.generateText.doGenerate",
                &format!(r#""ai.prompt.messages":"{asked}","ai.response.toolCalls":"{call}""#),
            ),
            line(
                &format!("c{n}"),
                n + 3,
                n + 4,
                "ai.toolCall",
                &format!(
                    r#""ai.toolCall.name":"pay","ai.toolCall.id":"c{n}","ai.toolCall.args":"{{}}","ai.toolCall.result":"ok""#
                ),
            ),
        ]
    };
    let lines: Vec<String> =
        (0..3).map(|at| (0..4).map(|n| run(n)[at].clone()).collect::<Vec<_>>().join("\n")).collect();
    same(&[Held("s.jsonl", lines.join("\n").into_bytes())]);
}

#[test]
fn records_on_one_line_are_read_as_at_once() {
    let glue = |id: fn(usize) -> String| {
        let line = |n: usize| chat_line(n, &id(n)) + if n % 7 == 3 { "" } else { "\n" };
        vec![Held("log.jsonl", (0..60).map(line).collect::<String>().into_bytes())]
    };
    same(&glue(|_| String::new()));
    same(&glue(|n| format!("c{}", n % 9)));
}
