//! Files that hold several sessions, one after the other or line by line in turn.

use super::transcript::string;
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, Part, Session};
use crate::locator::Loc;
use crate::model::{Gap, GapKind};
use crate::node::Node;

/// What is said of sessions whose records cannot be told apart.
const MIXED: &str = "records of several sessions are mixed in one file and do not say which session they belong to: what was said in one may be shown in another";

/// The same as a gap; `loc` is the record that shows it.
pub fn gap(loc: Loc) -> Gap {
    Gap { kind: GapKind::HistoryMissing, what: MIXED.to_owned(), loc: Some(loc), event: None }
}

/// Takes results away from the calls of sessions of one file, in their order, where a session before was left with an open call of
/// the same ID: no record says which of the two calls was answered.
pub fn part_open(sessions: &mut [&mut Session]) {
    let mut open: HashMap<String, usize> = HashMap::default();
    for at in 0..sessions.len() {
        let mut called: HashSet<String> = HashSet::default();
        let mut answered: HashSet<String> = HashSet::default();
        let mut unsure = Vec::new();
        let Session { items, .. } = &mut *sessions[at];
        for message in items.iter_mut().filter_map(|item| if let Item::Message(m) = item { Some(m) } else { None }) {
            for part in &mut message.parts {
                match part {
                    Part::Call(call) => called.extend(call.id.clone()),
                    Part::Result(result) => {
                        let Some(id) = result.id.clone() else { continue };
                        if let Some(other) = open.get(&id) {
                            unsure.push((*other, message.loc));
                            // Without an ID it would be joined by its place.
                            result.id = Some(format!("{id}?"));
                        }
                        answered.insert(id);
                    }
                    _ => {}
                }
            }
        }
        for (other, loc) in unsure {
            for session in [other, at] {
                if sessions[session].gaps.iter().all(|known| known.what != MIXED) {
                    sessions[session].gaps.push(gap(loc));
                }
            }
        }
        open.extend(called.difference(&answered).map(|id| (id.clone(), at)));
    }
}

/// The sessions of several files, whose records have IDs (`id`) and name the record before them (`parentId`).
#[derive(Debug, Default)]
pub struct Files {
    files: HashMap<u32, (Vec<usize>, Owners)>,
    /// True where every session has its first record: then a first record is of the first session that waits for it.
    all_begin: bool,
}

impl Files {
    /// None yet. `all_begin` says that there are as many first records as sessions.
    pub fn new(all_begin: bool) -> Self {
        Files { all_begin, ..Files::default() }
    }

    /// The session that began last in a file.
    pub fn last(&self, file: u32) -> Option<usize> {
        self.files.get(&file)?.0.last().copied()
    }

    /// Notes that a session begins.
    pub fn open(&mut self, file: u32, session: usize) {
        self.files.entry(file).or_default().0.push(session);
    }

    /// The session of a record, which may be the head of the last.
    pub fn session_of(&mut self, record: Node<'_>, file: u32, is_head: bool) -> Option<usize> {
        let (open, owners) = self.files.get_mut(&file)?;
        let (own, before) = (string(record, &["id"]), string(record, &["parentId"]));
        if is_head {
            let last = open.last().copied()?;
            owners.owner.extend(own.map(|own| (own, last)));
            return Some(last);
        }
        let waits = owners.waiting(open).filter(|_| self.all_begin && own.is_some() && before.is_none());
        let known = before.and_then(|before| owners.owner.get(&before)).copied();
        let at = known.or(waits).or(open.last().copied())?;
        owners.add(own, at, record);
        Some(at)
    }

    /// Says of the sessions of a file that its records could not be told apart.
    pub fn name_mixed(self, sessions: &mut [Session]) {
        for (open, owners) in self.files.into_values().filter(|(open, _)| open.len() > 1) {
            let (first, last) = (open.iter().min().copied().unwrap_or(0), open.iter().max().copied().unwrap_or(0));
            let own = sessions[first..=last].iter_mut().enumerate();
            let mut own: Vec<&mut Session> =
                own.filter(|(at, _)| open.contains(&(first + at))).map(|(_, session)| session).collect();
            part_open(&mut own);
            let Some(loc) = owners.uncertain else { continue };
            open.into_iter().for_each(|at| sessions[at].gaps.push(gap(loc)));
        }
    }
}

/// Which of the sessions of one file a record belongs to, where each record has an ID and names the one before it.
#[derive(Debug, Default)]
struct Owners {
    owner: HashMap<String, usize>,
    known: HashMap<(usize, String), u64>,
    /// The sessions that have a record.
    begun: HashSet<usize>,
    /// How many of the first sessions of the file have one.
    ahead: usize,
    /// The record that shows that this is not certain.
    uncertain: Option<Loc>,
}

impl Owners {
    /// The first session without a record.
    fn waiting(&mut self, open: &[usize]) -> Option<usize> {
        while open.get(self.ahead).is_some_and(|at| self.begun.contains(at)) {
            self.ahead += 1;
        }
        open.get(self.ahead).copied()
    }

    /// Notes a record of a session.
    fn add(&mut self, own: Option<String>, at: usize, record: Node<'_>) {
        self.begun.insert(at);
        let content = record.get("message").and_then(|message| message.get("content"));
        for part in content.into_iter().flat_map(Node::items) {
            if part.has("type", "tool_use") || part.has("type", "toolCall") {
                self.know(string(part, &["id"]).map(|id| (at, format!("call {id}"))), part);
            }
        }
        self.know(own.clone().map(|own| (at, own)), record);
        self.owner.extend(own.map(|own| (own, at)));
    }

    /// Two records or calls with one ID, which is more than one that is repeated: another session has it as well.
    fn know(&mut self, id: Option<(usize, String)>, record: Node<'_>) {
        let print = record.fingerprint();
        if id.and_then(|id| self.known.insert(id, print)).is_some_and(|known| known != print) {
            self.uncertain = self.uncertain.or(Some(record.loc()));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{all, kinds, one, texts};

    fn copilot(session: &str, words: &str) -> [String; 3] {
        let id = |n: u32| format!("{session}{n}");
        [
            format!(
                r#"{{"type":"session.start","data":{{"sessionId":"{session}"}},"id":"{}","timestamp":"2026-05-04T10:00:00Z","parentId":null}}"#,
                id(1)
            ),
            format!(
                r#"{{"type":"user.message","data":{{"content":"{words}"}},"id":"{}","timestamp":"2026-05-04T10:00:01Z","parentId":"{}"}}"#,
                id(2),
                id(1)
            ),
            format!(
                r#"{{"type":"assistant.message","data":{{"content":"{words}, yes","toolRequests":[]}},"id":"{}","timestamp":"2026-05-04T10:00:02Z","parentId":"{}"}}"#,
                id(3),
                id(2)
            ),
        ]
    }

    fn pi(session: &str, words: &str) -> [String; 3] {
        [
            format!(
                r#"{{"type":"session","version":3,"id":"{session}","timestamp":"2026-05-04T10:00:00Z","cwd":"/w"}}"#
            ),
            format!(
                r#"{{"type":"message","id":"{session}1","parentId":null,"timestamp":"2026-05-04T10:00:01Z","message":{{"role":"user","content":"{words}"}}}}"#
            ),
            format!(
                r#"{{"type":"message","id":"{session}2","parentId":"{session}1","timestamp":"2026-05-04T10:00:02Z","message":{{"role":"assistant","content":[{{"type":"text","text":"{words}, yes"}}]}}}}"#
            ),
        ]
    }

    #[test]
    fn sessions_that_follow_one_another_or_take_turns_are_told_apart() {
        for (a, b) in [(copilot("a", "one"), copilot("b", "two")), (pi("a", "one"), pi("b", "two"))] {
            let after = [&a[..], &b].concat();
            let turns: Vec<_> = a.iter().zip(&b).flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
            for lines in [after, turns] {
                let found = all("s.jsonl", &lines.join("\n"));
                let told: Vec<_> = found.iter().map(|t| (t.key.as_str(), texts(t), t.gaps.len())).collect();
                assert_eq!(told, [("a", vec!["one", "one, yes"], 0), ("b", vec!["two", "two, yes"], 0)]);
            }
        }
    }

    #[test]
    fn a_session_that_never_began_takes_nothing_from_the_next() {
        let ([head, ..], next) = (pi("a", "one"), pi("b", "two"));
        let found = all("s.jsonl", &[vec![head], next.to_vec()].concat().join("\n"));
        assert_eq!(found.iter().map(|t| (t.key.as_str(), texts(t).len())).collect::<Vec<_>>(), [("a", 0), ("b", 2)]);
    }

    #[test]
    fn what_cannot_be_told_apart_is_a_gap() {
        let a = copilot("a", "one")
            .map(|line| line.replace("\"a1\"", "\"x1\"").replace("\"a2\"", "\"x2\"").replace("\"a3\"", "\"x3\""));
        let b = copilot("b", "two")
            .map(|line| line.replace("\"b1\"", "\"x1\"").replace("\"b2\"", "\"x2\"").replace("\"b3\"", "\"x3\""));
        let turns: Vec<_> = a.iter().zip(&b).flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
        let found = all("s.jsonl", &turns.join("\n"));
        assert!(found.iter().all(|t| t.gaps.iter().any(|gap| gap.what.contains("mixed"))));
        let exec = [
            r#"{"type":"thread.started","thread_id":"a"}"#,
            r#"{"type":"thread.started","thread_id":"b"}"#,
            r#"{"type":"item.completed","item":{"id":"i0","type":"agent_message","text":"one"}}"#,
            r#"{"type":"item.completed","item":{"id":"i0","type":"agent_message","text":"two"}}"#,
        ];
        let found = all("s.jsonl", &exec.join("\n"));
        assert!(found.iter().all(|t| t.gaps.iter().any(|gap| gap.what.contains("mixed"))));
    }

    #[test]
    fn a_rollout_behind_another_is_a_session_and_a_copy_in_a_fork_is_none() {
        let meta = |id: &str, day: u32| {
            format!(
                r#"{{"timestamp":"2026-05-0{day}T10:00:00.000Z","type":"session_meta","payload":{{"id":"{id}","timestamp":"2026-05-0{day}T10:00:00.000Z","cwd":"/w"}}}}"#
            )
        };
        let said = |words: &str, day: u32| {
            format!(
                r#"{{"timestamp":"2026-05-0{day}T10:00:01.000Z","type":"response_item","payload":{{"type":"message","role":"user","content":[{{"type":"input_text","text":"{words}"}}]}}}}"#
            )
        };
        let after = [meta("a", 4), said("one", 4), meta("b", 5), said("two", 5)];
        let found = all("s.jsonl", &after.join("\n"));
        assert_eq!(
            found.iter().map(|t| (t.key.as_str(), texts(t))).collect::<Vec<_>>(),
            [("a", vec!["one"]), ("b", vec!["two"])]
        );
        let in_turn = [meta("a", 4), meta("b", 5), said("one", 4), said("two", 5)];
        let called = |kind: &str| {
            format!(
                r#"{{"timestamp":"2026-05-04T10:00:02.000Z","type":"response_item","payload":{{"type":"{kind}","call_id":"c1","name":"look","arguments":"{{}}","output":"here"}}}}"#
            )
        };
        let across = [
            meta("a", 4),
            said("one", 4),
            called("function_call"),
            meta("b", 5),
            called("function_call_output"),
            said("two", 5),
        ];
        for lines in [&in_turn[..], &across[..]] {
            let found = all("s.jsonl", &lines.join("\n"));
            assert!(found.iter().all(|t| t.gaps.iter().any(|gap| gap.what.contains("mixed"))), "{found:?}");
        }
        assert!(found.iter().all(|t| t.gaps.is_empty()));
        let fork = [meta("b", 5), said("zero", 5), meta("a", 4), said("one", 5), said("two", 5)];
        let trace = one("s.jsonl", &fork.join("\n"));
        assert_eq!((trace.key.as_str(), kinds(&trace).len()), ("b", 3));
    }
}
