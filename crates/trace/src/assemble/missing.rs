//! What a session says is missing from it, once everything is joined.

use super::{Builder, SILENT, UNREAD, WORDLESS, cut};
use crate::model::{Event, EventKind, Gap, GapKind, Role, Transport};

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
