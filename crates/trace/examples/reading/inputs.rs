//! Made-up sessions, as five kinds of files: the same ones for the same size.

use super::protobuf;
use hindcast_trace::Evidence;
use serde_json::{Value, json};

/// Bytes of one file, about.
const FILE: usize = 2_000_000;
const START: u64 = 1_780_000_000;

pub struct Format {
    pub name: &'static str,
    ending: &'static str,
    /// Sessions from a number on, until there are so many bytes; gives the number after the last.
    write: fn(first: u64, bytes: usize) -> (Vec<u8>, u64),
}

pub static FORMATS: &[Format] = &[
    Format { name: "chat", ending: "jsonl", write: |n, bytes| lines(n, bytes, |n, out| out.push(chat(n))) },
    // A file of these agents is one session.
    Format { name: "claude", ending: "jsonl", write: |n, bytes| (jsonl(&claude(n, bytes)), n + 1) },
    Format { name: "codex", ending: "jsonl", write: |n, bytes| (jsonl(&codex(n, bytes)), n + 1) },
    Format {
        name: "otlp-json",
        ending: "json",
        write: |n, bytes| {
            let (spans, next) = spans(n, bytes);
            (export(&spans).to_string().into_bytes(), next)
        },
    },
    Format {
        name: "otlp-protobuf",
        ending: "binpb",
        write: |n, bytes| {
            let (spans, next) = spans(n, bytes);
            (protobuf::export(&export(&spans)), next)
        },
    },
];

impl Format {
    /// Files of so many bytes together, about.
    pub fn files(&self, bytes: usize) -> Vec<Evidence> {
        let count = bytes.div_ceil(FILE);
        let mut number = 1;
        let file = |i: usize| {
            let (content, next) = (self.write)(number, bytes / count);
            number = next;
            Evidence::new(format!("{}-{i}.{}", self.name, self.ending), content)
        };
        (0..count).map(file).collect()
    }
}

/// Numbers that look as if nobody had chosen them.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}{:024x}", u128::from(self.next()) << 48 | u128::from(self.next()))
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", a >> 16, a & 0xffff, b >> 36, b >> 24 & 0xfff, b)
    }

    fn words(&mut self, count: u64) -> String {
        const WORDS: [&str; 24] = [
            "the", "order", "was", "sent", "on", "Monday", "and", "will", "arrive", "within", "five", "days", "please",
            "check", "whether", "café", "number", "has", "a", "refund", "for", "test", "module", "function",
        ];
        let mut text = String::new();
        for n in 0..count {
            let end = if n % 11 == 10 { ". " } else { " " };
            text.push_str(WORDS[self.below(24) as usize]);
            text.push_str(end);
        }
        text.trim_end().to_owned()
    }

    /// A piece of a file, or what a program printed.
    fn code(&mut self, lines: u64) -> String {
        let mut text = String::new();
        for n in 1..=lines {
            let (name, number) = (self.below(900), self.below(90));
            text.push_str(&match self.below(4) {
                0 => format!("{n:5}\tfn step_{name}(order: &Order) -> Result<u32, Error> {{\n"),
                1 => format!(
                    "{n:5}\t    let total_{name} = order.items.iter().map(|i| i.price * {number}).sum::<u32>();\n"
                ),
                2 => format!("{n:5}\t    assert_eq!(total, {number}, \"order {name} has \\\"{number}\\\" items\");\n"),
                _ => format!("{n:5}\t}}\n"),
            });
        }
        text
    }
}

/// One step of an agent: words, or a call with its result.
struct Step {
    said: String,
    call: String,
    tool: &'static str,
    arguments: Value,
    result: String,
}

fn step(dice: &mut Dice) -> Step {
    let order = dice.below(1_000_000);
    let (tool, arguments, result) = match dice.below(3) {
        0 => ("get_order", json!({"order_id": order, "fields": ["status", "items"]}), {
            let (words, price) = (dice.words(30), dice.below(900));
            json!({"order_id": order, "status": "sent", "items": [{"sku": "A-7", "price": price}, {"sku": "B-2", "price": 12.5}], "note": words}).to_string()
        }),
        1 => ("read_file", json!({"path": format!("src/orders/step_{order}.rs"), "limit": 200}), {
            let lines = 10 + dice.below(60);
            dice.code(lines)
        }),
        _ => {
            ("run", json!({"command": format!("cargo test -p orders step_{order} -- --nocapture 2>&1 | tail -40")}), {
                let lines = 5 + dice.below(25);
                dice.code(lines)
            })
        }
    };
    let words = 8 + dice.below(30);
    Step { said: dice.words(words), call: dice.id("call_"), tool, arguments, result }
}

fn jsonl(lines: &[Value]) -> Vec<u8> {
    lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
}

fn lines(first: u64, bytes: usize, each: impl Fn(u64, &mut Vec<Value>)) -> (Vec<u8>, u64) {
    let (mut out, mut number) = (Vec::new(), first);
    while out.len() < bytes {
        let mut values = Vec::new();
        each(number, &mut values);
        out.extend(jsonl(&values));
        number += 1;
    }
    (out, number)
}

/// A conversation of a few turns.
fn chat(number: u64) -> Value {
    let dice = &mut Dice::new(number);
    let mut messages = vec![json!({"role": "system", "content": dice.words(120)})];
    for _ in 0..3 + dice.below(6) {
        messages.push(json!({"role": "user", "content": dice.words(25)}));
        for _ in 0..1 + dice.below(3) {
            let step = step(dice);
            let function = json!({"name": step.tool, "arguments": step.arguments.to_string()});
            messages.push(json!({"role": "assistant", "content": null, "tool_calls": [{"id": step.call, "type": "function", "function": function}]}));
            messages.push(json!({"role": "tool", "tool_call_id": step.call, "content": step.result}));
        }
        messages.push(json!({"role": "assistant", "content": dice.words(40)}));
    }
    json!({"id": format!("chat-{number}"), "model": "gpt-5-mini", "messages": messages})
}

fn time(seconds: u64) -> String {
    let (day, rest) = (seconds / 86_400 % 28 + 1, seconds % 86_400);
    format!("2026-05-{day:02}T{:02}:{:02}:{:02}.{:03}Z", rest / 3600, rest / 60 % 60, rest % 60, seconds % 1000)
}

/// A message of the model with one part, as Claude Code keeps them.
fn answer(dice: &mut Dice, content: &Value) -> Value {
    let usage = json!({"input_tokens": dice.below(9), "cache_creation_input_tokens": dice.below(9000), "cache_read_input_tokens": dice.below(90_000), "output_tokens": dice.below(900)});
    json!({"id": dice.id("msg_"), "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [content], "stop_reason": null, "stop_sequence": null, "usage": usage})
}

fn claude(number: u64, bytes: usize) -> Vec<Value> {
    let dice = &mut Dice::new(number << 20);
    let session = dice.uuid();
    let mut parent = Value::Null;
    let mut at = START;
    let mut out: Vec<Value> = Vec::new();
    let mut size = 0;
    let mut line = |dice: &mut Dice, kind: &str, message: Value, more: Option<(&str, Value)>| {
        let uuid = dice.uuid();
        at += 3;
        let mut line = json!({"parentUuid": parent, "isSidechain": false, "userType": "external", "cwd": "/home/dev/orders", "sessionId": session, "version": "2.1.80", "gitBranch": "main", "type": kind, "message": message, "uuid": uuid, "timestamp": time(at)});
        if let Some((key, value)) = more {
            line[key] = value;
        }
        size += line.to_string().len();
        parent = json!(uuid);
        out.push(line);
        size < bytes
    };
    loop {
        let words = dice.words(30);
        line(dice, "user", json!({"role": "user", "content": words}), None);
        let steps: Vec<Step> = (0..2 + dice.below(8)).map(|_| step(dice)).collect();
        for step in steps {
            let call = json!({"type": "tool_use", "id": step.call, "name": step.tool, "input": step.arguments});
            for content in [json!({"type": "text", "text": step.said}), call] {
                let message = answer(dice, &content);
                let request = dice.id("req_");
                line(dice, "assistant", message, Some(("requestId", json!(request))));
            }
            let result =
                json!([{"tool_use_id": step.call, "type": "tool_result", "content": step.result, "is_error": false}]);
            let shown = json!({"stdout": step.result, "stderr": "", "interrupted": false, "isImage": false});
            // The program keeps what it showed beside what the model saw.
            line(dice, "user", json!({"role": "user", "content": result}), Some(("toolUseResult", shown)));
        }
        let words = dice.words(60);
        let message = json!({"id": dice.id("msg_"), "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [{"type": "text", "text": words}], "stop_reason": "end_turn", "stop_sequence": null, "usage": {"input_tokens": 4, "output_tokens": 80}});
        if !line(dice, "assistant", message, None) {
            return out;
        }
    }
}

fn codex(number: u64, bytes: usize) -> Vec<Value> {
    let dice = &mut Dice::new(number << 21);
    let mut at = START;
    let mut size = 0;
    let mut out: Vec<Value> = Vec::new();
    let mut line = |kind: &str, payload: Value| {
        at += 1;
        let line = json!({"timestamp": time(at), "type": kind, "payload": payload});
        size += line.to_string().len();
        out.push(line);
        size < bytes
    };
    line(
        "session_meta",
        json!({"id": dice.uuid(), "timestamp": time(START), "cwd": "/w/shop", "originator": "codex_cli_rs", "cli_version": "0.147.0", "source": "cli"}),
    );
    loop {
        line(
            "turn_context",
            json!({"cwd": "/w/shop", "model": "gpt-5-codex", "approval_policy": "on-request", "sandbox_policy": {"type": "workspace-write", "network_access": false}}),
        );
        let words = dice.words(30);
        line(
            "response_item",
            json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]}),
        );
        line("event_msg", json!({"type": "user_message", "message": words}));
        for _ in 0..2 + dice.below(8) {
            let step = step(dice);
            line(
                "response_item",
                json!({"type": "reasoning", "summary": [], "encrypted_content": dice.id("gAAAA").repeat(8)}),
            );
            line(
                "response_item",
                json!({"type": "function_call", "name": step.tool, "arguments": step.arguments.to_string(), "call_id": step.call}),
            );
            let output =
                format!("Chunk ID: 1a\nWall time: 0.4 seconds\nProcess exited with code 0\nOutput:\n{}", step.result);
            line("response_item", json!({"type": "function_call_output", "call_id": step.call, "output": output}));
            line(
                "event_msg",
                json!({"type": "token_count", "info": {"last_token_usage": {"input_tokens": dice.below(9000), "output_tokens": dice.below(900)}}}),
            );
        }
        let words = dice.words(60);
        line(
            "response_item",
            json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": words}]}),
        );
        if !line("event_msg", json!({"type": "agent_message", "message": words})) {
            return out;
        }
    }
}

fn attribute(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

/// Spans of traces by OpenTelemetry's GenAI conventions: every model call carries what was said before.
fn spans(first: u64, bytes: usize) -> (Vec<Value>, u64) {
    let (mut out, mut number, mut size) = (Vec::new(), first, 0);
    while size < bytes {
        let dice = &mut Dice::new(number << 22);
        let trace = format!("{:032x}", u128::from(dice.next()) << 64 | u128::from(dice.next()));
        let mut at = (START + number * 100) * 1_000_000_000;
        let root = format!("{:016x}", dice.next());
        let mut span = |dice: &mut Dice, name: &str, mut attributes: Vec<Value>, parent: Option<&str>, id: String| {
            at += 900_000_000;
            attributes.push(attribute("server.address", "api.example.com"));
            attributes.push(json!({"key": "server.port", "value": {"intValue": "443"}}));
            let mut span = json!({"traceId": trace, "spanId": id, "name": name, "kind": 3, "startTimeUnixNano": at.to_string(), "endTimeUnixNano": (at + 500_000_000 + dice.below(1000)).to_string(), "attributes": attributes, "status": {"code": 1}});
            if let Some(parent) = parent {
                span["parentSpanId"] = json!(parent);
            }
            size += span.to_string().len();
            out.push(span);
        };
        let agent = vec![
            attribute("gen_ai.operation.name", "invoke_agent"),
            attribute("gen_ai.agent.name", "orders"),
            attribute("gen_ai.conversation.id", &format!("c-{number}")),
        ];
        span(dice, "invoke_agent orders", agent, None, root.clone());
        let mut history = vec![json!({"role": "user", "parts": [{"type": "text", "content": dice.words(30)}]})];
        for turn in 0..5 {
            let step = step(dice);
            let part = match turn {
                4 => json!({"type": "text", "content": step.said}),
                _ => json!({"type": "tool_call", "id": step.call, "name": step.tool, "arguments": step.arguments}),
            };
            let answer = json!({"role": "assistant", "parts": [part], "finish_reason": if turn == 4 { "stop" } else { "tool_call" }});
            let call = vec![
                attribute("gen_ai.operation.name", "chat"),
                attribute("gen_ai.provider.name", "openai"),
                attribute("gen_ai.request.model", "gpt-5-mini"),
                attribute("gen_ai.response.model", "gpt-5-mini-2026-01-01"),
                attribute("gen_ai.response.id", &dice.id("chatcmpl-")),
                json!({"key": "gen_ai.usage.input_tokens", "value": {"intValue": dice.below(9000).to_string()}}),
                json!({"key": "gen_ai.usage.output_tokens", "value": {"intValue": dice.below(900).to_string()}}),
                attribute("gen_ai.input.messages", &json!(history).to_string()),
                attribute("gen_ai.output.messages", &json!([answer]).to_string()),
            ];
            let id = format!("{:016x}", dice.next());
            span(dice, "chat gpt-5-mini", call, Some(&root), id);
            if turn == 4 {
                break;
            }
            let tool = vec![
                attribute("gen_ai.operation.name", "execute_tool"),
                attribute("gen_ai.tool.name", step.tool),
                attribute("gen_ai.tool.call.id", &step.call),
                attribute("gen_ai.tool.call.arguments", &step.arguments.to_string()),
                attribute("gen_ai.tool.call.result", &step.result),
            ];
            let id = format!("{:016x}", dice.next());
            span(dice, &format!("execute_tool {}", step.tool), tool, Some(&root), id);
            history.push(json!({"role": "assistant", "parts": [part]}));
            history.push(json!({"role": "tool", "parts": [{"type": "tool_call_response", "id": step.call, "response": step.result}]}));
        }
        number += 1;
    }
    (out, number)
}

fn export(spans: &[Value]) -> Value {
    let batch = |spans: &[Value]| json!({"resource": {"attributes": [attribute("service.name", "orders"), attribute("telemetry.sdk.language", "python")]}, "scopeSpans": [{"scope": {"name": "opentelemetry.instrumentation.openai_v2", "version": "2.3"}, "spans": spans}]});
    json!({"resourceSpans": spans.chunks(200).map(batch).collect::<Vec<_>>()})
}
