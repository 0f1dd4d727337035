//! Records of one file that have the same ID and say different things. A reader keeps one record for each ID, so that the
//! words of the other would be lost without a gap. This happens when two sessions take turns in a file without names.

use crate::format::{Document, Format, session_key};
use crate::hash::{HashMap, printer};
use crate::locator::{Bases, Loc, evidence_of};
use crate::model::{Gap, GapKind, KeyKind, Trace};
use crate::node::Node;
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

/// The files with such records, each with the first of them.
pub fn find(format: &dyn Format, docs: &[Document<'_>], bases: &Bases) -> Vec<(u32, Loc)> {
    // A document that holds whole sessions has the ID of a session, which may go on in the next.
    if format.standalone() || docs.len() < 2 {
        return Vec::new();
    }
    let unique = UNIQUE.contains(&format.name());
    let mut known: HashMap<u64, Node<'_>> = HashMap::default();
    let mut found: Vec<(u32, Loc)> = Vec::new();
    for doc in docs {
        let Some(file) = evidence_of(bases, doc.root.loc().base) else { continue };
        if found.iter().any(|(known, _)| *known == file) {
            continue;
        }
        let Some(print) = identity(doc.root, file, unique) else { continue };
        match known.get(&print) {
            Some(before) if differ(*before, doc.root) => found.push((file, doc.root.loc())),
            Some(_) => {}
            None => {
                known.insert(print, doc.root);
            }
        }
    }
    found
}

/// Adds the gap to the sessions of such files.
pub fn name_gaps(sessions: &mut [Trace], found: &[(u32, Loc)]) {
    for session in sessions {
        let base = session.events.first().map(|event| event.loc.base);
        let file = base.and_then(|base| evidence_of(&session.bases, base));
        let Some((_, loc)) = found.iter().find(|(known, _)| Some(*known) == file) else { continue };
        let gap = Gap { kind: GapKind::RecordsUnread, what: CLASH.to_owned(), loc: Some(*loc), event: None };
        session.gaps.push(gap);
    }
}

/// What a record is among those of a file: its kind, its ID, and the session that it names.
fn identity(root: Node<'_>, file: u32, unique: bool) -> Option<u64> {
    // Some exports put an envelope around each span.
    let span = root.get("attributes").filter(|inner| inner.any(&["span_id", "spanId"]).is_some());
    let root = span.unwrap_or(root);
    let (key, id) = IDS.iter().find_map(|key| Some((*key, root.get(key)?)))?;
    // Logs name the span in which they were written.
    let is_span =
        || root.any(&["start_time", "startTime", "startedAt", "startTimeUnixNano", "start_time_unix_nano"]).is_some();
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
    if let Some((session, _)) = session_key(root).filter(|(_, kind)| !unique && *kind == KeyKind::Conversation) {
        hasher.write(session.as_bytes());
    }
    if !unique {
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
