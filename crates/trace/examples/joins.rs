//! Counts, for each file, the calls, those without a result, the results of no call, and the messages.
#![allow(clippy::print_stdout, missing_docs)]

use hindcast_trace::{EventKind, Evidence, read};

fn main() {
    for path in std::env::args().skip(1) {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let Ok(reading) = read(&[Evidence::new(name, bytes)]) else {
            println!("refused   {path}");
            continue;
        };
        let (mut calls, mut open, mut orphans, mut inner, mut messages) = (0, 0, 0, 0, 0);
        for trace in &reading.sessions {
            for event in &trace.events {
                inner += usize::from(trace.sub_agent(event).is_some());
                match &event.kind {
                    EventKind::ToolCall { result, .. } => {
                        calls += 1;
                        open += usize::from(result.is_none());
                    }
                    EventKind::ToolResult { call: None, .. } => orphans += 1,
                    EventKind::Message { .. } => messages += 1,
                    _ => {}
                }
            }
        }
        println!(
            "calls {calls:5}  open {open:4}  orphans {orphans:4}  messages {messages:5}  in sub-agents {inner:4}  {path}"
        );
    }
}
