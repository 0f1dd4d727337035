//! Records of one file that have the same ID and say different things. A reader keeps one record for each ID, so that the
//! words of the other would be lost without a gap. This happens when two sessions take turns in a file without names.

use crate::format::{Document, Format, session_key};
use crate::hash::{HashMap, HashSet, printer};
use crate::locator::{Bases, Loc, evidence_of, line_of};
use crate::model::{EventKind, Gap, GapKind, KeyKind, Trace};
use crate::node::Node;
use std::collections::hash_map::Entry;
use std::hash::Hasher;

const CLASH: &str = "two records have the same ID and different contents, so at least one of them may be missing. Sessions may be mixed in one file; export each session to a file of its own";

/// Keys that name a record among those of its session.
const IDS: [&str; 6] = ["uuid", "id", "span_id", "spanId", "event_id", "step_index"];

/// Keys below which words, arguments and results are.
const HOLDS: [&str; 26] = [
    "message",
    "messages",
    "content",
    "contents",
    "parts",
    "text",
    "data",
    "payload",
    "item",
    "input",
    "inputs",
    "output",
    "outputs",
    "args",
    "arguments",
    "parameters",
    "result",
    "value",
    "attributes",
    "llm_message",
    "thought",
    "action",
    "observation",
    "span_data",
    "step_details",
    "toolCalls",
];

/// Keys whose values change while a record is the same.
const CHANGES: [&str; 14] = [
    "id",
    "status",
    "state",
    "timestamp",
    "time",
    "created_at",
    "updated_at",
    "usage",
    "metadata",
    "signature",
    "model",
    "stop_reason",
    "finish_reason",
    "display",
];

/// Keys under which a span begins.
const STARTS: [&str; 7] =
    ["start_time", "startTime", "startedAt", "startTimeUnixNano", "start_time_unix_nano", "start_ns", "start_ms"];

/// Formats whose record IDs are unique across sessions: a copy in another session is the same record.
const UNIQUE: [&str; 3] = ["claude-code", "langsmith", "openai-agents"];

/// Values that are compared in one pair of records.
const VALUES: usize = 500;

/// The records of a file that clash.
pub struct Clash {
    file: u32,
    /// The first that shows it.
    loc: Loc,
    /// The lines of all of them.
    lines: HashSet<u32>,
}

/// The files with such records.
pub fn find(format: &dyn Format, docs: &[Document<'_>], bases: &Bases) -> Vec<Clash> {
    // A document that holds whole sessions has the ID of a session, which may go on in the next.
    if format.standalone() || docs.len() < 2 {
        return Vec::new();
    }
    let unique = UNIQUE.contains(&format.name());
    let mut known: HashMap<u64, Node<'_>> = HashMap::default();
    let mut found: Vec<Clash> = Vec::new();
    for doc in docs {
        let loc = doc.root.loc();
        let Some(file) = evidence_of(bases, loc.base) else { continue };
        let Some(print) = identity(doc.root, file, unique) else { continue };
        let before = match known.entry(print) {
            Entry::Occupied(before) => *before.get(),
            Entry::Vacant(new) => {
                new.insert(doc.root);
                continue;
            }
        };
        if !differ(before, doc.root) {
            continue;
        }
        let lines = [before.loc(), loc].into_iter().filter_map(|loc| Some(line_of(bases, loc.base)?.1));
        match found.iter_mut().find(|clash| clash.file == file) {
            Some(clash) => clash.lines.extend(lines),
            None => found.push(Clash { file, loc, lines: lines.collect() }),
        }
    }
    found
}

/// Adds the gap to the sessions of such files, and takes a result away from a call where one of the two is of such a record.
pub fn name_gaps(sessions: &mut [Trace], found: &[Clash]) {
    for session in sessions {
        let base = session.events.first().map(|event| event.loc.base);
        let file = base.and_then(|base| evidence_of(&session.bases, base));
        let Some(clash) = found.iter().find(|clash| Some(clash.file) == file) else { continue };
        part_results(session, clash);
        let gap = Gap { kind: GapKind::RecordsUnread, what: CLASH.to_owned(), loc: Some(clash.loc), event: None };
        session.gaps.push(gap);
    }
}

fn part_results(session: &mut Trace, clash: &Clash) {
    let lines: Vec<Option<u32>> =
        session.events.iter().map(|event| Some(line_of(&session.bases, event.loc.base)?.1)).collect();
    let clashes = |line: &Option<u32>| line.is_some_and(|line| clash.lines.contains(&line));
    for at in 0..session.events.len() {
        let EventKind::ToolResult { call, .. } = &mut session.events[at].kind else { continue };
        let Some(made) = *call else { continue };
        let (own, other) = (&lines[at], &lines[made as usize]);
        if own == other || !clashes(own) && !clashes(other) {
            continue;
        }
        *call = None;
        if let EventKind::ToolCall { result, .. } = &mut session.events[made as usize].kind {
            *result = None;
        }
    }
}

/// What a record is among those of a file: its kind, its ID, and the session that it names.
fn identity(root: Node<'_>, file: u32, unique: bool) -> Option<u64> {
    // Some exports put an envelope around each span.
    let span = root.get("attributes").filter(|inner| inner.any(&["span_id", "spanId"]).is_some());
    let root = span.unwrap_or(root);
    let (key, id) = IDS.iter().find_map(|key| Some((*key, root.get(key)?)))?;
    // Logs name the span in which they were written.
    let is_span = || root.any(&STARTS).is_some();
    if key.starts_with("span") && !is_span() {
        return None;
    }
    let mut hasher = printer();
    hasher.write_u32(file);
    match (id.str().filter(|id| !id.is_empty()), id.i64()) {
        (Some(id), _) => hasher.write(id.as_bytes()),
        (None, Some(number)) => hasher.write_i64(number),
        (None, None) => return None,
    }
    for kind in ["type", "subtype", "kind", "role", "source"] {
        hasher.write(root.str_at(kind).unwrap_or_default().as_bytes());
        hasher.write_u8(0);
    }
    if !unique {
        if let Some((session, _)) = session_key(root).filter(|(_, kind)| *kind == KeyKind::Conversation) {
            hasher.write(session.as_bytes());
        }
        hasher.write(root.any(&["trace_id", "traceId"]).and_then(Node::str).unwrap_or_default().as_bytes());
    }
    Some(hasher.finish())
}

/// True for records that say different things: neither went on from the other.
fn differ(before: Node<'_>, after: Node<'_>) -> bool {
    // A record that is at work is written again when it is done.
    let status = |record: Node<'_>| record.str_at("status").map(|status| status.into_owned());
    if before.fingerprint() == after.fingerprint() || status(before) != status(after) {
        return false;
    }
    let mut left = VALUES;
    HOLDS.iter().any(|key| match (before.get(key), after.get(key)) {
        (Some(before), Some(after)) => contradict(before, after, &mut left),
        _ => false,
    })
}

fn contradict(before: Node<'_>, after: Node<'_>, left: &mut usize) -> bool {
    let mut pending = vec![(before, after)];
    while let Some((before, after)) = pending.pop() {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        if let (Some(before), Some(after)) = (before.str(), after.str()) {
            let (before, after) = (before.trim(), after.trim());
            if !before.starts_with(after) && !after.starts_with(before) {
                return true;
            }
        } else if before.is_array() && after.is_array() {
            pending.extend(before.items().zip(after.items()).take(*left));
        } else if before.is_object() && after.is_object() {
            let members = before.entries().take(*left).filter(|(key, _)| !CHANGES.contains(&key.as_ref()));
            pending.extend(members.filter_map(|(key, member)| Some((member, after.get(&key)?))));
        }
    }
    false
}
