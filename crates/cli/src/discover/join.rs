//! Which candidates belong to another one, and in which order they come.

use super::candidate::Candidate;
use std::collections::HashMap;

/// Puts sessions that another one started with it; each file is there once.
pub fn join(mut all: Vec<Candidate>) -> Vec<Candidate> {
    all.sort_by(|a, b| a.main.cmp(&b.main));
    all.dedup_by(|a, b| a.main == b.main);
    // The ID of a session is what the name of its file ends with.
    let by_id: HashMap<(&str, String), usize> = all
        .iter()
        .enumerate()
        .filter(|(_, c)| !c.starter.is_some_and(|s| s.always))
        .filter_map(|(at, c)| Some((at, c.agent?.id, c.stem())))
        .flat_map(|(at, agent, stem)| ids(stem).map(move |id| ((agent, id.to_owned()), at)))
        .collect();
    let top = |mut at: usize| {
        // A session that is started by one that is started: as many steps as a person would follow.
        for _ in 0..16 {
            let one = &all[at];
            let up = one.agent.zip(one.parent.clone()).and_then(|(agent, parent)| by_id.get(&(agent.id, parent)));
            match up.filter(|up| **up != at) {
                Some(up) => at = *up,
                None => return Some(at),
            }
        }
        None
    };
    let tops: Vec<usize> = (0..all.len()).map(|at| top(at).unwrap_or(at)).collect();
    for (at, up) in tops.iter().enumerate().filter(|(at, up)| at != *up) {
        let child = all[at].clone();
        let parent = &mut all[*up];
        parent.children.push(child.main);
        if child.last > parent.last {
            (parent.last, parent.source) = (child.last, child.source);
        }
    }
    let mut at = 0;
    all.retain(|one| {
        at += 1;
        tops[at - 1] == at - 1 && !one.starter.is_some_and(|s| s.always)
    });
    all
}

/// What a name may end with as an ID: `rollout-2026-05-04T10-00-00-<uuid>` ends with a UUID of five groups.
fn ids(stem: &str) -> impl Iterator<Item = &str> {
    std::iter::once(stem).chain(stem.match_indices('-').map(|(at, _)| &stem[at + 1..]))
}

/// The newest first; what is equally new, by its path.
pub fn order(all: &mut [Candidate]) {
    all.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.main.cmp(&b.main)));
}

#[cfg(test)]
mod tests {
    use super::super::candidate::in_place;
    use super::super::places::named;
    use super::super::walk::Found;
    use super::*;
    use std::path::Path;
    use std::time::{Duration, UNIX_EPOCH};

    fn found(path: &str, seconds: u64) -> Found {
        Found { path: path.into(), size: 1, modified: UNIX_EPOCH + Duration::from_secs(seconds) }
    }

    #[test]
    fn a_session_that_another_one_started_is_read_with_it() {
        let codex = named("codex").expect("an agent");
        let files = [
            found("/c/rollout-2026-05-04T10-00-00-aa-bb.jsonl", 1),
            found("/c/rollout-2026-05-04T10-00-05-cc-dd.jsonl", 5),
            found("/c/rollout-2026-05-04T10-00-06-ee-ff.jsonl", 6),
        ];
        let mut all = in_place(&files, codex, &codex.places[0], Path::new("/c"));
        all[1].parent = Some("aa-bb".to_owned());
        all[2].parent = Some("gone".to_owned());
        let mut all = join(all);
        order(&mut all);
        assert_eq!(all.len(), 2);
        assert_eq!((all[1].last, all[1].children.len()), (5000, 1));
    }

    #[test]
    fn sessions_that_started_each_other_stay() {
        let codex = named("codex").expect("an agent");
        let files = [found("/c/rollout-a.jsonl", 1), found("/c/rollout-b.jsonl", 5)];
        let mut all = in_place(&files, codex, &codex.places[0], Path::new("/c"));
        all[0].parent = Some("b".to_owned());
        all[1].parent = Some("a".to_owned());
        assert_eq!(join(all).len(), 2);
    }
}
