//! Writes a large file to try reading in bounded memory with: the same bytes for the same arguments.
//!
//! usage: cargo run -p hindcast-trace --example bulk -- chats|spans MEGABYTES > FILE
//!
//! `chats` are conversations in OpenAI's form, one on each line. `spans` are OTLP lines of two spans each, of a few
//! hundred traces that run at the same time.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (Some(kind), Some(Ok(megabytes))) = (args.first(), args.get(1).map(|m| m.parse::<u64>())) else {
        eprintln!("usage: bulk chats|spans MEGABYTES > FILE");
        return ExitCode::from(2);
    };
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let (mut written, mut number) = (0, 0);
    while written < megabytes * 1_000_000 {
        let line = if kind == "spans" { spans(number) } else { chat(number) };
        if out.write_all(line.as_bytes()).is_err() {
            return ExitCode::from(5);
        }
        written += line.len() as u64;
        number += 1;
    }
    if out.flush().is_ok() { ExitCode::SUCCESS } else { ExitCode::from(5) }
}

fn words(number: u64, count: u64) -> String {
    const WORDS: [&str; 12] =
        ["the", "order", "was", "sent", "on", "Monday", "and", "will", "arrive", "within", "five", "days"];
    let mut seed = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        WORDS[(seed >> 33) as usize % WORDS.len()]
    };
    (0..count).map(|_| next()).collect::<Vec<_>>().join(" ")
}

fn chat(number: u64) -> String {
    let mut turns = String::new();
    for turn in 0..4 + number % 9 {
        let n = number * 16 + turn;
        turns.push_str(&format!(
            r#"{{"role":"user","content":"{}"}},{{"role":"assistant","content":null,"tool_calls":[{{"id":"call_{n}","type":"function","function":{{"name":"get_order","arguments":"{{\"order\":{n}}}"}}}}]}},{{"role":"tool","tool_call_id":"call_{n}","content":"{{\"status\":\"sent\",\"note\":\"{}\"}}"}},{{"role":"assistant","content":"{}"}},"#,
            words(n, 20), words(n + 1, 60), words(n + 2, 40)
        ));
    }
    format!("{{\"id\":\"chat-{number}\",\"messages\":[{}]}}\n", turns.trim_end_matches(','))
}

fn spans(number: u64) -> String {
    const AT_ONCE: u64 = 300;
    const TURNS: u64 = 12;
    let round = number / (AT_ONCE / 2 * TURNS);
    let turn = number / (AT_ONCE / 2) % TURNS;
    let span = |slot: u64| {
        let trace = round * AT_ONCE + slot;
        let id = trace * TURNS + turn + 1;
        let start = 1_700_000_000 + number;
        format!(
            r#"{{"traceId":"{trace:032x}","spanId":"{id:016x}","name":"chat","startTimeUnixNano":"{start}000000000","endTimeUnixNano":"{start}900000000","attributes":[{{"key":"gen_ai.operation.name","value":{{"stringValue":"chat"}}}},{{"key":"gen_ai.request.model","value":{{"stringValue":"model-1"}}}},{{"key":"gen_ai.input.messages","value":{{"stringValue":"[{{\"role\":\"user\",\"parts\":[{{\"type\":\"text\",\"content\":\"{}\"}}]}}]"}}}},{{"key":"gen_ai.output.messages","value":{{"stringValue":"[{{\"role\":\"assistant\",\"parts\":[{{\"type\":\"text\",\"content\":\"{}\"}}]}}]"}}}}]}}"#,
            words(id, 60),
            words(id + 7, 90)
        )
    };
    let slot = number % (AT_ONCE / 2) * 2;
    format!("{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{},{}]}}]}}]}}\n", span(slot), span(slot + 1))
}
