//! Which lines belong together, and in which part each is read.
//!
//! What is kept for each line is twelve bytes, and eight for each session that it bears on, so that the survey of a file of
//! gigabytes takes some dozens of megabytes. Lines of one session that stand together take no more than one line.

use std::collections::HashSet;

/// A key of a session, as a hash: of two sessions with one hash, both are read in one part, and nothing else happens.
pub type Key = u64;

/// Lines with the same keys that follow one another.
#[derive(Clone, Copy)]
struct Run {
    /// How many keys each has.
    keys: u32,
    lines: u32,
    /// The bytes of all of them, with one for the end of each.
    bytes: u32,
}

/// What was seen of all lines, in their order.
#[derive(Default)]
pub struct Seen {
    /// The keys of all runs, one after the other.
    keys: Vec<Key>,
    /// The lines, in runs.
    runs: Vec<Run>,
    /// Keys of one and the same session.
    same: HashSet<(Key, Key)>,
}

impl Seen {
    /// Adds a line.
    pub fn line(&mut self, keys: &[Key], bytes: usize) {
        let bytes = u32::try_from(bytes.saturating_add(1)).unwrap_or(u32::MAX);
        if let Some(run) = self.runs.last_mut()
            && run.keys as usize == keys.len()
            && self.keys.ends_with(keys)
            && let Some(sum) = run.bytes.checked_add(bytes)
            && run.lines < u32::MAX
        {
            (run.lines, run.bytes) = (run.lines + 1, sum);
            return;
        }
        self.keys.extend_from_slice(keys);
        self.runs.push(Run { keys: keys.len() as u32, lines: 1, bytes });
    }

    /// Says that two keys are of one session.
    pub fn same(&mut self, one: Key, other: Key) {
        self.same.insert((one, other));
    }

    /// Decides what is read together: sessions by their first appearance, as many as fit into `room` bytes.
    pub fn plan(self, room: u64) -> Plan {
        let mut known = self.keys.clone();
        known.sort_unstable();
        known.dedup();
        known.shrink_to_fit();
        let index = |key: Key| known.binary_search(&key).unwrap_or_default() as u32;
        let mut groups = Union::new(known.len());
        for (one, other) in &self.same {
            groups.join(index(*one), index(*other));
        }
        // Bytes of every group, and the groups by their first line.
        let mut bytes = vec![0u64; known.len()];
        let mut order = Vec::new();
        let mut at = 0;
        for run in &self.runs {
            for key in &self.keys[at..at + run.keys as usize] {
                let root = groups.root(index(*key));
                if bytes[root as usize] == 0 {
                    order.push(root);
                }
                bytes[root as usize] += u64::from(run.bytes);
            }
            at += run.keys as usize;
        }
        let mut part_of = vec![0u32; known.len()];
        let (mut part, mut filled) = (0, 0);
        for root in order {
            let more = bytes[root as usize];
            if filled > 0 && filled + more > room {
                part += 1;
                filled = 0;
            }
            filled += more;
            part_of[root as usize] = part;
        }
        drop(bytes);
        for key in 0..known.len() as u32 {
            let root = groups.root(key);
            part_of[key as usize] = part_of[root as usize];
        }
        let Seen { keys, runs, .. } = self;
        let plan = Plan { known, part_of, keys, runs, parts: part + 1, in_order: true };
        let mut last = 0;
        let in_order = plan.lines().all(|parts| match parts[..] {
            [only] if only >= last => {
                last = only;
                true
            }
            _ => parts.is_empty(),
        });
        Plan { in_order, ..plan }
    }
}

/// In which part each session is read.
pub struct Plan {
    known: Vec<Key>,
    part_of: Vec<u32>,
    keys: Vec<Key>,
    runs: Vec<Run>,
    /// How many parts there are.
    pub parts: u32,
    /// True when the lines of each part stand together in the files, one part after the other.
    pub in_order: bool,
}

impl Plan {
    /// The part in which a session is read.
    pub fn part(&self, key: Key) -> Option<u32> {
        Some(self.part_of[self.known.binary_search(&key).ok()?])
    }

    /// The parts that each line belongs to, each once, in the order of the lines.
    pub fn lines(&self) -> impl Iterator<Item = Vec<u32>> {
        let mut at = 0;
        self.runs.iter().flat_map(move |run| {
            let keys = &self.keys[at..at + run.keys as usize];
            at += run.keys as usize;
            let mut parts: Vec<u32> = keys.iter().filter_map(|key| self.part(*key)).collect();
            parts.sort_unstable();
            parts.dedup();
            std::iter::repeat_n(parts, run.lines as usize)
        })
    }
}

/// Sets that are joined.
struct Union(Vec<u32>);

impl Union {
    fn new(count: usize) -> Self {
        Union((0..count as u32).collect())
    }

    fn root(&mut self, mut of: u32) -> u32 {
        while self.0[of as usize] != of {
            // Each look shortens the way for the next.
            self.0[of as usize] = self.0[self.0[of as usize] as usize];
            of = self.0[of as usize];
        }
        of
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other) as usize] = one.min(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(lines: &[&[Key]], same: &[(Key, Key)], room: u64) -> Plan {
        let mut seen = Seen::default();
        lines.iter().for_each(|keys| seen.line(keys, 9));
        same.iter().for_each(|(one, other)| seen.same(*one, *other));
        seen.plan(room)
    }

    fn parts(plan: &Plan) -> Vec<Vec<u32>> {
        plan.lines().collect()
    }

    #[test]
    fn lines_of_one_session_are_read_in_one_part_by_first_appearance() {
        let plan = plan(&[&[7], &[3], &[7], &[5], &[3]], &[], 20);
        assert_eq!(parts(&plan), [[0], [1], [0], [2], [1]].map(|p| p.to_vec()));
        assert!(!plan.in_order);
    }

    #[test]
    fn a_file_of_whole_sessions_is_read_in_order() {
        let plan = plan(&[&[9], &[8], &[], &[7], &[6]], &[], 20);
        assert_eq!(parts(&plan), [vec![0], vec![0], vec![], vec![1], vec![1]]);
        assert!(plan.in_order && plan.parts == 2);
    }

    #[test]
    fn a_line_of_several_sessions_belongs_to_the_parts_of_all() {
        let plan = plan(&[&[1], &[2], &[1, 2, 3]], &[], 10);
        assert_eq!(parts(&plan), [vec![0], vec![1], vec![0, 1, 2]]);
    }

    #[test]
    fn traces_of_one_conversation_are_one_session() {
        let plan = plan(&[&[1, 100], &[2], &[3, 100]], &[(1, 100), (3, 100)], 25);
        assert_eq!(parts(&plan), [[0], [1], [0]].map(|p| p.to_vec()));
        assert_eq!(plan.part(4), None);
    }
}
