//! Sessions as people refer to them: halves of one session are joined, and no two sessions of a format share a name.

use crate::hash::{HashMap, HashSet, printer};
use crate::item::Session;
use crate::model::KeyKind;
use std::hash::{Hash, Hasher};

/// Joins the halves of sessions, which may stand in several files. A position identifies nothing beyond its own record: two files
/// of one name are two recordings, and two runs of one task are two sessions.
pub fn joined(raw: Vec<(&'static str, Session)>) -> Vec<(&'static str, Session)> {
    let mut place: HashMap<(&'static str, bool, String), usize> = HashMap::default();
    let mut joined: Vec<(&'static str, Session)> = Vec::new();
    for (format, session) in raw {
        if session.key_kind == KeyKind::Position {
            joined.push((format, session));
            continue;
        }
        // A trace and a conversation of one ID are two things, also to the survey of a large file.
        let identity = (format, session.key_kind == KeyKind::Conversation, session.key.clone());
        match place.get(&identity).and_then(|at| joined.get_mut(*at)) {
            Some((_, known)) => known.join(session),
            None => {
                place.insert(identity, joined.len());
                joined.push((format, session));
            }
        }
    }
    joined
}

/// The names that are taken. A file that is read in parts has sessions by the million, so that names are kept as hashes.
#[derive(Default)]
pub struct Names {
    taken: HashSet<u64>,
    /// For names that came more than once, the number that is tried next.
    next: HashMap<u64, usize>,
}

impl Names {
    /// The name of the next session: its key, with a number where a session before it has that name.
    pub fn name(&mut self, format: &'static str, key: String) -> String {
        let plain = hash(format, &key);
        if self.taken.insert(plain) {
            return key;
        }
        let next = self.next.entry(plain).or_insert(2);
        loop {
            let name = format!("{key} ({next})");
            *next = next.saturating_add(1);
            if self.taken.insert(hash(format, &name)) {
                return name;
            }
        }
    }
}

fn hash(format: &str, name: &str) -> u64 {
    let mut hasher = printer();
    (format, name).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_the_next_free_number() {
        let mut names = Names::default();
        let mut name = |key: &str| names.name("f", key.to_owned());
        assert_eq!(["a", "a (2)", "a", "a", "a (2)"].map(&mut name), ["a", "a (2)", "a (3)", "a (4)", "a (2) (2)"]);
        assert_eq!(names.name("g", "a".to_owned()), "a", "another format has names of its own");
    }

    #[test]
    fn only_what_an_id_identifies_is_joined() {
        let session = |kind| ("f", Session::new("a", kind));
        use KeyKind::{Conversation, Position, Trace};
        let kinds = [Position, Conversation, Trace, Position, Conversation, Trace];
        let joined: Vec<_> = joined(kinds.map(session).into()).into_iter().map(|(_, s)| s.key_kind).collect();
        assert_eq!(joined, [Position, Conversation, Trace, Position]);
    }
}
