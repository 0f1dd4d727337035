//! A session as a readable timeline, and as data.

mod json;

pub use json::trace_json;

use crate::markdown::duration;
use crate::visible::is_hidden;
use hindcast_detect::Session;
use hindcast_detect::outcome::status::{self, Standing};
use hindcast_trace::model::{Event, EventKind, Finish, Role, Stamp, Text, TimeQuality, Transport, Verdict};
use jiff::Timestamp;
use std::fmt::Write;

/// Characters of a text that a line shows.
const SHOWN: usize = 400;

/// How a part of a line is to look; the caller turns it into colours or leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// As it is.
    Plain,
    /// Less important.
    Quiet,
    /// A name.
    Strong,
    /// Something is wrong.
    Alarm,
}

/// The timeline as runs of text with their look.
pub fn timeline(session: &Session<'_>) -> Vec<(Look, String)> {
    let trace = session.trace;
    let mut out = Page(Vec::new());
    out.add(Look::Strong, &format!("Session {}", clean(&trace.key)));
    let models = trace.models().join(", ");
    let span = trace
        .span()
        .filter(|(a, b)| a != b)
        .map_or(String::new(), |(a, b)| format!(", {}", duration((b - a) / 1_000_000_000)));
    let agents =
        if trace.agents.is_empty() { String::new() } else { format!(", agents {}", clean(&trace.agents.join(", "))) };
    let models = if models.is_empty() { String::new() } else { format!(", {}", clean(&models)) };
    let users = match named(&trace.users) {
        users if users.is_empty() => users,
        users => format!(", {} {users}", if trace.users.len() == 1 { "user" } else { "users" }),
    };
    out.add(
        Look::Quiet,
        &format!(
            "  {} events, {} model calls{models}{agents}{users}{span}\n",
            trace.events.len(),
            trace.model_calls.len()
        ),
    );
    let mut day = String::new();
    for (i, event) in trace.events.iter().enumerate() {
        out.time(event.time, &mut day);
        out.event(session, i as u32, event);
    }
    for call in &trace.model_calls {
        if let Some((finish @ (Finish::Length | Finish::ContentFilter | Finish::Refusal), _)) = &call.finish {
            let words = match finish {
                Finish::Length => "a model call reached the length limit",
                Finish::ContentFilter => "a content filter cut off a model call",
                _ => "a model call was refused",
            };
            out.add(Look::Alarm, &format!("! {words}\n"));
        }
    }
    if !trace.tools.is_empty() {
        let names: Vec<_> = trace.tools.iter().map(|t| clean(&t.name.text)).collect();
        out.add(Look::Quiet, &format!("available tools: {}\n", names.join(", ")));
    }
    for gap in &trace.gaps {
        let at = gap.event.map_or(String::new(), |e| format!("event {}: ", e + 1));
        out.add(Look::Alarm, &format!("missing: {at}{}\n", clean(&gap.what)));
    }
    out.0
}

/// Users that the first line names.
const USERS: usize = 3;

fn named(users: &[Text]) -> String {
    let mut names: Vec<String> = users.iter().take(USERS).map(|user| shorten(&user.text)).collect();
    if users.len() > USERS {
        names.push(format!("{} more", users.len() - USERS));
    }
    names.join(", ")
}

struct Page(Vec<(Look, String)>);

impl Page {
    fn add(&mut self, look: Look, text: &str) {
        self.0.push((look, text.to_owned()));
    }

    fn time(&mut self, stamp: Option<Stamp>, day: &mut String) {
        let text = match stamp.and_then(|s| Some((s, Timestamp::from_nanosecond(i128::from(s.ns)).ok()?))) {
            None => "            -".to_owned(),
            Some((stamp, time)) => {
                let full = time.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
                let (date, clock) = full.split_once(' ').unwrap_or(("", &full));
                // Without a known start, an offset is of no day.
                if !stamp.is_offset() && date != day.as_str() {
                    date.clone_into(day);
                    self.add(Look::Quiet, &format!("{date} (UTC)\n"));
                }
                // ~ for an estimate, + for an offset: the mark stands where the eye looks first.
                let mark = match stamp.quality {
                    TimeQuality::Exact => ' ',
                    TimeQuality::Relative => '+',
                    TimeQuality::Estimated => '~',
                };
                format!("{mark}{clock}")
            }
        };
        self.add(Look::Quiet, &format!("{text:>13} "));
    }

    fn head(&mut self, index: u32, look: Look, who: &str) {
        self.add(Look::Quiet, &format!("{:>4} ", index + 1));
        self.add(look, &format!("{who} "));
    }

    fn said(&mut self, texts: &[&Text]) {
        let all: Vec<_> = texts.iter().map(|t| shorten(&t.text)).collect();
        self.add(Look::Plain, &format!("{}\n", all.join(" ")));
    }

    fn event(&mut self, session: &Session<'_>, i: u32, event: &Event) {
        match &event.kind {
            EventKind::Message { role, texts, interrupted } => {
                let who = match (role, &event.agent) {
                    (Role::System, Some(name)) if session.trace.sub_agent(event).is_some() => {
                        format!("instructions to {}", clean(name))
                    }
                    (Role::System, _) => "system".to_owned(),
                    (Role::User, _) => "user".to_owned(),
                    (Role::Harness, _) => "harness".to_owned(),
                    (Role::Assistant, None) => "agent".to_owned(),
                    (Role::Assistant, Some(name)) => format!("agent {}", clean(name)),
                };
                let look = if matches!(role, Role::System | Role::Harness) { Look::Quiet } else { Look::Strong };
                self.head(i, look, &who);
                if *interrupted {
                    self.add(Look::Alarm, "(interrupted) ");
                }
                self.said(&texts.iter().collect::<Vec<_>>());
            }
            EventKind::Reasoning { text } => {
                self.head(i, Look::Quiet, "reasoning");
                self.said(&[text]);
            }
            EventKind::ToolCall { name, arguments, result, .. } => {
                self.head(i, Look::Strong, &format!("call {}", clean(&name.text)));
                // Indentation of pretty-printed JSON says nothing on one line.
                let arguments = arguments.as_ref().map(|a| a.text.split_whitespace().collect::<Vec<_>>().join(" "));
                self.add(Look::Plain, &arguments.map_or(String::new(), |a| shorten(&a)));
                match result {
                    Some(result) => self.add(Look::Quiet, &format!(" -> {}\n", result + 1)),
                    None => self.add(Look::Alarm, " no result in the trace\n"),
                }
            }
            EventKind::ToolResult { call, name, content, transport, error } => {
                self.head(i, Look::Strong, &format!("result {}", clean(name)));
                if call.is_none() {
                    self.add(Look::Alarm, "(no matching call in the trace) ");
                }
                self.outcome(session, *call, *transport);
                self.said(&content.iter().chain(error).collect::<Vec<_>>());
            }
            EventKind::Guardrail { name, verdict, action, detail } => {
                let (look, word) = match verdict {
                    Verdict::Passed => (Look::Quiet, "passed"),
                    Verdict::Triggered => (Look::Alarm, "objected"),
                    Verdict::Unknown => (Look::Quiet, "verdict not captured"),
                };
                self.head(i, Look::Strong, &format!("guard {}", clean(&name.text)));
                self.add(look, &format!("{word} "));
                if let Some(action) = action {
                    self.add(Look::Quiet, &format!("(action taken: {}) ", clean(&action.text)));
                }
                self.said(&detail.iter().collect::<Vec<_>>());
            }
            EventKind::Handoff { from, to } => {
                let from = from.as_ref().map_or(String::new(), |f| format!("{} ", clean(f)));
                self.head(i, Look::Strong, &format!("handoff {from}->"));
                self.said(&[to]);
            }
            EventKind::Retrieval { query, documents, .. } => {
                let n = documents.map_or("documents".to_owned(), |n| format!("{n} documents"));
                self.head(i, Look::Strong, &format!("retrieval of {n}"));
                self.said(&query.iter().collect::<Vec<_>>());
            }
            EventKind::Context { what, lost } => {
                self.head(i, if *lost { Look::Alarm } else { Look::Quiet }, "context");
                self.add(Look::Plain, &format!("{}\n", clean(what)));
            }
            EventKind::Error { text } => {
                self.head(i, Look::Alarm, "error");
                self.said(&[text]);
            }
        }
    }

    /// Transport outcome and operation status, side by side and never mixed.
    fn outcome(&mut self, session: &Session<'_>, call: Option<u32>, transport: Transport) {
        let (look, word) = match transport {
            Transport::Ok => (Look::Quiet, "ok"),
            Transport::Error => (Look::Alarm, "error"),
            Transport::Unknown => (Look::Quiet, "not captured"),
            Transport::Missing => (Look::Alarm, "missing"),
            Transport::Declined => (Look::Quiet, "declined by the user"),
            Transport::Answered => (Look::Quiet, "answered by the user"),
        };
        self.add(look, &format!("[transport {word}"));
        let standing = call.and_then(|c| session.call_at(c)).map(|c| status::of(session, c).standing);
        match standing {
            Some(Standing::Terminal) => self.add(Look::Quiet, ", operation complete"),
            Some(Standing::NonTerminal) => self.add(Look::Alarm, ", operation not complete"),
            Some(Standing::Failed) => self.add(Look::Alarm, ", operation failed"),
            Some(Standing::Unknown) | None => {}
        }
        self.add(look, "] ");
    }
}

fn shorten(text: &str) -> String {
    let clean = clean(text);
    match clean.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{} … ({} more)", &clean[..at], clean[at..].chars().count()),
        None => clean,
    }
}

/// One line without control characters and other hidden ones: a trace must not be able to move the cursor or recolour the terminal, nor
/// turn the reading direction round.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('⏎'),
            '\t' => out.push(' '),
            '\r' => {}
            c if is_hidden(c) => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// One line that says what a file was taken for.
pub fn detection(d: &hindcast_trace::Detection, file: &str) -> String {
    let mut line = format!("{}: {} (score {} of 100", clean(file), d.label(), d.score);
    let _ = match d.runner_up {
        Some((name, score)) => write!(line, ", {} ahead of {name} with {score}", d.margin()),
        None => write!(line, ", no other format matches"),
    };
    let _ = write!(line, "; {} document{})", d.documents, if d.documents == 1 { "" } else { "s" });
    line
}
