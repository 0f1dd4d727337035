//! Rollouts in one file, one behind the other or line by line in turn. Hardly a line says which session it is of, so that what it
//! names decides: a session, a turn, or the call that it answers.

use crate::format::transcript::string;
use crate::hash::{HashMap, printer};
use crate::locator::Loc;
use crate::node::Node;
use crate::time;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::hash::Hasher;

/// The sessions of the files, and which of them each line is of.
#[derive(Default)]
pub struct Turns {
    sessions: Vec<Known>,
    /// The session that the last head was of, in each file.
    current: HashMap<u32, usize>,
    /// Sessions by their ID, by their turns, and by their calls.
    by_id: HashMap<Name, usize>,
    by_turn: HashMap<Name, usize>,
    by_call: HashMap<Name, usize>,
    /// The only session that works in a folder; `None` for a folder of several.
    by_folder: HashMap<Name, Option<usize>>,
    /// Sessions that have only begun, in order.
    waiting: HashMap<u32, VecDeque<usize>>,
    /// The session whose head was the line before.
    last_head: Option<(u32, usize)>,
    /// The files in which sessions take turns, with the line that shows it.
    pub mixed: HashMap<u32, Loc>,
}

/// A fingerprint of what something is called in a file.
type Name = u64;

fn name(file: u32, of: &str) -> Name {
    let mut hasher = printer();
    hasher.write_u32(file);
    hasher.write(of.as_bytes());
    hasher.finish()
}

/// What is known of a session.
struct Known {
    head: Option<(String, i64)>,
    /// The sessions that the head names as what it went on from, or was started by.
    before: Vec<String>,
    /// True once it has a line behind its head.
    told: bool,
}

impl Turns {
    /// The session of a line, by number: a new one has the number of those before it.
    pub fn place(&mut self, root: Node<'_>, file: u32) -> usize {
        let head = head(root);
        let current = self.current.get(&file).copied();
        let at = match current {
            None => self.begin(file, root, head.clone()),
            Some(current) => match &head {
                Some(head) if self.is_another(head, current) => self.begin(file, root, Some(head.clone())),
                Some(_) => current,
                None => self.of_line(root, file, current),
            },
        };
        self.note(root, file, at, head.is_some(), current);
        at
    }

    /// A head that the file repeats: where lines of its session follow, the file went back to it. A fork repeats other sessions'
    /// heads right behind its own.
    pub fn back(&mut self, root: Node<'_>, file: u32) {
        let is_behind_head = self.last_head.is_some_and(|(of, _)| of == file);
        let known = head(root).and_then(|(id, _)| self.by_id.get(&name(file, &id)).copied());
        if let Some(known) = known.filter(|_| !is_behind_head) {
            self.current.insert(file, known);
        }
    }

    fn begin(&mut self, file: u32, root: Node<'_>, head: Option<(String, i64)>) -> usize {
        let at = self.sessions.len();
        if let Some((id, _)) = &head {
            self.by_id.entry(name(file, id)).or_insert(at);
        }
        let before = root.get("payload").filter(|_| head.is_some()).map(others).unwrap_or_default();
        let cwd = root.get("payload").and_then(|payload| named(payload, &["cwd"]));
        if let Some(cwd) = cwd {
            self.by_folder.entry(name(file, &cwd)).and_modify(|only| *only = None).or_insert(Some(at));
        }
        self.waiting.entry(file).or_default().push_back(at);
        self.sessions.push(Known { head, before, told: false });
        self.current.insert(file, at);
        at
    }

    /// True for the head of another session behind the lines of one. A fork holds copies of other sessions' heads too, which began
    /// before it did.
    fn is_another(&self, (id, began): &(String, i64), current: usize) -> bool {
        let Some(Known { head: Some((own, start)), before, told }) = self.sessions.get(current) else { return false };
        // The head of what a session went on from, or of the thread that started it, is a copy, whatever its time.
        if before.contains(id) {
            return false;
        }
        // Two heads in a row are of two sessions that take turns, unless the second is one that the first went on from.
        own != id && (began > start || !told && began == start)
    }

    /// The session of a line that is no head.
    fn of_line(&mut self, root: Node<'_>, file: u32, current: usize) -> usize {
        let Some(payload) = root.get("payload") else { return current };
        let known = |map: &HashMap<Name, usize>, id: Option<Cow<'_, str>>| map.get(&name(file, &id?)).copied();
        if let Some(at) = known(&self.by_id, session(root).or_else(|| session(payload))) {
            return at;
        }
        if let Some(turn) = turn(payload) {
            let known = known(&self.by_turn, Some(turn)).or_else(|| self.at_work_in(payload, file));
            // Turns of several sessions that have only begun are at least not one session's.
            return known.or_else(|| self.next_begun(file)).unwrap_or(current);
        }
        let call = answered(payload).and_then(|id| known(&self.by_call, Some(id)));
        call.or_else(|| self.at_work_in(payload, file)).unwrap_or(current)
    }

    /// The only session of a file that works in the folder that a line names.
    fn at_work_in(&self, payload: Node<'_>, file: u32) -> Option<usize> {
        self.by_folder.get(&name(file, &named(payload, &["cwd"])?)).copied().flatten()
    }

    /// The first session of a file that has only begun.
    fn next_begun(&mut self, file: u32) -> Option<usize> {
        let waiting = self.waiting.get_mut(&file)?;
        while waiting.front().is_some_and(|at| self.sessions.get(*at).is_none_or(|session| session.told)) {
            waiting.pop_front();
        }
        waiting.front().copied()
    }

    fn note(&mut self, root: Node<'_>, file: u32, at: usize, is_head: bool, current: Option<usize>) {
        let payload = root.get("payload");
        if let Some(turn) = payload.and_then(turn) {
            self.by_turn.entry(name(file, &turn)).or_insert(at);
        }
        let two_heads = self.last_head.is_some_and(|(of, before)| of == file && before != at);
        let mut other = !is_head && current.is_some_and(|current| current != at);
        if let Some(call) = payload.and_then(|payload| named(payload, &["call_id"])) {
            other |= *self.by_call.entry(name(file, &call)).or_insert(at) != at;
        }
        if is_head && two_heads || other {
            self.mixed.entry(file).or_insert_with(|| root.loc());
        }
        if let Some(session) = self.sessions.get_mut(at) {
            session.told |= !is_head;
        }
        self.last_head = is_head.then_some((file, at));
    }
}

/// The ID of a session and when it began, in its head.
fn head(root: Node<'_>) -> Option<(String, i64)> {
    let payload = root.get("payload").filter(|_| root.has("type", "session_meta"))?;
    let began = payload.get("timestamp").or_else(|| root.get("timestamp")).and_then(time::any)?;
    Some((string(payload, &["id", "session_id"])?, began.ns))
}

/// The first of several members that is there, where it is a text with something in it.
fn named<'d>(node: Node<'d>, keys: &[&str]) -> Option<Cow<'d, str>> {
    node.any(keys)?.str().filter(|text| !text.is_empty())
}

/// The session that a line names.
fn session(node: Node<'_>) -> Option<Cow<'_, str>> {
    named(node, &["session_id", "thread_id", "conversation_id"])
}

/// The turn that a line names.
fn turn(payload: Node<'_>) -> Option<Cow<'_, str>> {
    let within = || ["metadata", "internal_chat_message_metadata_passthrough"].iter().find_map(|key| payload.get(key));
    named(payload, &["turn_id"]).or_else(|| named(within()?, &["turn_id"]))
}

/// The call that a line answers.
fn answered(payload: Node<'_>) -> Option<Cow<'_, str>> {
    let kind = payload.str_at("type")?;
    let is_answer = kind.ends_with("_output") || kind.ends_with("_end");
    named(payload, &["call_id"]).filter(|_| is_answer)
}

/// The texts of a head that may be IDs of other sessions: those under keys that name one, at any depth.
fn others(payload: Node<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut inner = vec![payload];
    while let Some(node) = inner.pop() {
        for (key, member) in node.entries() {
            if member.is_object() {
                inner.push(member);
            } else if key.ends_with("_id") && !matches!(key.as_ref(), "session_id" | "turn_id") {
                found.extend(member.str().map(|id| id.into_owned()));
            }
        }
    }
    found
}
