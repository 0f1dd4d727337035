//! What a session says is missing from it, once everything is joined.

use super::join::Scope;
use super::{Builder, SILENT, UNREAD, WORDLESS, cut};
use crate::hash::HashSet;
use crate::item::{ModelRun, MsgRole, Part, Unread};
use crate::locator::Loc;
use crate::model::{Event, EventKind, Gap, GapKind, Role, Text, Transport};
use crate::payload;

/// Answers of a model without the request.
#[derive(Default)]
pub(super) struct Silent {
    count: usize,
    first: Option<Loc>,
    /// True where others are there with their requests.
    beside: bool,
    /// Where the last answer called a tool: what follows it is the tool's, and is told where it ran.
    calling: HashSet<Scope>,
}

impl Silent {
    /// Takes in a call; `beside` says that its request is not there, and others are.
    pub(super) fn take(&mut self, run: &ModelRun, beside: bool, scope: Scope) {
        let calls = run.output.iter().flat_map(|msg| &msg.parts).any(|part| matches!(part, Part::Call(_)));
        let follows = if calls { !self.calling.insert(scope) } else { self.calling.remove(&scope) };
        if run.input.is_empty() && run.previous.is_none() && !run.output.is_empty() && !follows {
            self.add(run.call.loc, beside);
        }
    }

    fn add(&mut self, at: Loc, beside: bool) {
        // Of records that keep messages apart from answers, no request is expected.
        if beside && !self.beside {
            (self.count, self.first, self.beside) = (0, None, true);
        }
        if beside == self.beside {
            self.count += 1;
            self.first.get_or_insert(at);
        }
    }
}

/// How the gap of a part ends that is there and is no text.
pub const NOT_TEXT: &str = "which is not text and was not read";

/// What is said of a part of a message that could not be read.
pub(super) fn not_read(role: MsgRole, unread: Unread) -> Gap {
    let Unread { kind, attachment, loc, .. } = unread;
    let whose = match role {
        MsgRole::System => "the instructions",
        MsgRole::User => "a user message",
        MsgRole::Assistant => "an agent message",
        MsgRole::Tool => "a tool result",
        MsgRole::Harness => "a harness message",
    };
    if kind == payload::PYTHON_REPR {
        let side = if role == MsgRole::Assistant { "output" } else { "input" };
        let what = format!(
            "the {side} is a Python repr and was not read: the tracing library wrote objects as text, so speakers cannot be told apart"
        );
        return Gap { kind: GapKind::InputDropped, what, loc: Some(loc), event: None };
    }
    if kind == payload::CUT_OFF {
        let what = "the messages are truncated: the text ends in the middle, and the rest is missing".to_owned();
        return Gap { kind: GapKind::ContentTruncated, what, loc: Some(loc), event: None };
    }
    if kind == Unread::UNFINISHED {
        let what = format!("{whose} is incomplete: it was still being written when it was recorded");
        return Gap { kind: GapKind::ContentTruncated, what, loc: Some(loc), event: None };
    }
    if kind == Unread::WITHHELD {
        let what = format!("the text of {whose} was not captured: the trace has a placeholder instead");
        return Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(loc), event: None };
    }
    if kind == Unread::CHOICES {
        let what = "the model gave several answers to one request: only the first is shown, and which one the user got is not recorded".to_owned();
        return Gap { kind: GapKind::InputDropped, what, loc: Some(loc), event: None };
    }
    let (kind, what) = match attachment {
        true => (GapKind::NotRead, format!("{whose} contains a part of kind `{kind}`, {NOT_TEXT}")),
        false => (GapKind::InputDropped, format!("a part of {whose} could not be read (kind `{kind}`)")),
    };
    Gap { kind, what, loc: Some(loc), event: None }
}

impl Builder {
    /// Parts beyond those that are named are counted, and a record without a single event says so.
    pub(super) fn name_silence(&mut self) {
        if self.unread > UNREAD {
            self.gaps.push(Gap {
                kind: GapKind::InputDropped,
                what: format!("{} more parts of messages could not be read", self.unread - UNREAD),
                loc: None,
                event: None,
            });
        }
        if self.joiner.events.is_empty() && self.gaps.is_empty() {
            self.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what: SILENT.to_owned(), loc: None, event: None });
        }
    }

    /// Where model calls have no input, what was said before their answers is unknown. Many records have the messages elsewhere: these
    /// only say so where nobody asks anything.
    pub(super) fn name_silent_calls(&mut self) {
        let Silent { count, first, beside, .. } = self.silent;
        let asks = |e: &Event| matches!(e.kind, EventKind::Message { role: Role::User, .. });
        let named = || self.gaps.iter().any(|gap| gap.event.is_none() && gap.kind != GapKind::NotRead);
        if count == 0 || !beside && (named() || self.joiner.events.iter().any(asks)) {
            return;
        }
        let calls = if count == 1 { "a model call has".to_owned() } else { format!("{count} model calls have") };
        let what =
            format!("{calls} no input in the record: what the user or a tool said before the answer may be missing");
        self.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: first, event: None });
    }

    /// Where messages of the user have several names, says which.
    pub(super) fn name_people(&mut self) {
        const NAMED: usize = 5;
        let mut people: Vec<Text> = Vec::new();
        for person in std::mem::take(&mut self.people) {
            if !person.text.trim().is_empty() && people.iter().all(|known| known.text != person.text) {
                people.push(person);
            }
            if people.len() > NAMED {
                break;
            }
        }
        let [first, _, ..] = &people[..] else { return };
        let mut names: Vec<&str> = people.iter().take(NAMED).map(|person| person.text.as_str()).collect();
        names.extend((people.len() > NAMED).then_some("others"));
        let what = format!(
            "the user's messages are from several names ({}): all of them are shown as the user's",
            names.join(", ")
        );
        self.gaps.push(Gap { kind: GapKind::NotRead, what, loc: Some(first.loc), event: None });
    }

    /// A record of tools alone says so, unless a reader said already what is missing.
    pub(super) fn name_wordlessness(&mut self) {
        let kinds = [GapKind::ContentNotCaptured, GapKind::HistoryMissing, GapKind::RecordsUnread];
        let said = |e: &Event| matches!(e.kind, EventKind::Message { role: Role::User | Role::Assistant, .. });
        let called = |e: &Event| matches!(e.kind, EventKind::ToolCall { .. });
        let events = &self.joiner.events;
        let named = self.gaps.iter().any(|gap| gap.event.is_none() && kinds.contains(&gap.kind));
        if let Some(first) = events.iter().find(|e| called(e)).filter(|_| !named && !events.iter().any(said)) {
            let (what, loc) = (WORDLESS.to_owned(), Some(first.loc));
            self.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc, event: None });
        }
    }

    pub(super) fn name_missing_results(&mut self) {
        if let Some((id, loc)) = self.joiner.unclear() {
            let what = format!(
                "two calls with the ID `{id}` waited for a result at the same time, so their results are joined to neither: sessions may be mixed in one file"
            );
            self.gaps.push(Gap { kind: GapKind::HistoryMissing, what, loc: Some(loc), event: None });
        }
        for &(known, loc) in self.joiner.second_results().iter().take(UNREAD) {
            if let Some(EventKind::ToolResult { name, .. }) = self.joiner.events.get(known as usize).map(|e| &e.kind) {
                let what =
                    format!("the call of `{name}` has a second, different result in the file: only the first is shown");
                self.gaps.push(Gap { kind: GapKind::InputDropped, what, loc: Some(loc), event: Some(known) });
            }
        }
        for (i, event) in self.joiner.events.iter().enumerate() {
            if let EventKind::ToolCall { name, arguments: None, .. } = &event.kind {
                let (kind, what) = match self.joiner.is_cut(i as u32) {
                    true => (GapKind::ContentTruncated, "are truncated: the JSON ends in the middle"),
                    false => (GapKind::ContentNotCaptured, "were not captured"),
                };
                self.gaps.push(Gap {
                    kind,
                    what: format!("the arguments of `{}` {what}", name.text),
                    loc: Some(event.loc),
                    event: Some(i as u32),
                });
            }
            if let EventKind::ToolCall { name, arguments: Some(arguments), .. } = &event.kind
                && cut::are_several(&arguments.text)
            {
                self.gaps.push(Gap {
                    kind: GapKind::ContentNotCaptured,
                    what: format!(
                        "the arguments of `{}` are several JSON objects in a row: which of them the tool received is unknown, and another call may be missing",
                        name.text
                    ),
                    loc: Some(event.loc),
                    event: Some(i as u32),
                });
            }
            if let EventKind::ToolCall { name, result: None, .. } = &event.kind {
                self.gaps.push(Gap {
                    kind: GapKind::ResultMissing,
                    what: format!("the call of `{}` has no result in the trace", name.text),
                    loc: Some(event.loc),
                    event: Some(i as u32),
                });
            }
            if let EventKind::ToolResult { call: None, name, .. } = &event.kind {
                self.gaps.push(Gap {
                    kind: GapKind::HistoryMissing,
                    what: format!("a result of `{name}` has no matching call in the trace"),
                    loc: Some(event.loc),
                    event: Some(i as u32),
                });
            }
            if let EventKind::ToolResult { name, content: None, .. } = &event.kind
                && self.joiner.is_cut(i as u32)
            {
                self.gaps.push(Gap {
                    kind: GapKind::ContentTruncated,
                    what: format!("the result of `{name}` is truncated: the JSON ends in the middle"),
                    loc: Some(event.loc),
                    event: Some(i as u32),
                });
            } else if let EventKind::ToolResult { name, content: Some(content), .. } = &event.kind
                && payload::is_cut(&content.text)
            {
                self.gaps.push(Gap {
                    kind: GapKind::ContentTruncated,
                    what: format!("the result of `{name}` is marked as shortened: the rest of it is missing"),
                    loc: Some(content.loc),
                    event: Some(i as u32),
                });
            } else if let EventKind::ToolResult { name, content: None, error: None, transport, .. } = &event.kind
                && *transport != Transport::Error
            {
                self.gaps.push(Gap {
                    kind: GapKind::ContentNotCaptured,
                    what: format!("the result of `{name}` was not captured"),
                    loc: Some(event.loc),
                    event: Some(i as u32),
                });
            }
        }
    }
}
