//! Logs of requests, each of which repeats the conversation so far: the session of a line is that of the line it goes on from.

use super::groups::Key;
use crate::format::{Links, Steps};
use std::collections::HashMap;

/// The lines of all files so far. Lines go on from those of the same format only, as when the files are read at once.
#[derive(Default)]
pub struct Chains(HashMap<&'static str, Chain>);

#[derive(Default)]
struct Chain {
    links: Links,
    /// The key of each line's session.
    keys: Vec<Key>,
}

impl Chains {
    /// Adds a line with the key that it would have by itself, and gives the key of its session.
    pub fn add(&mut self, format: &'static str, steps: &Steps, own: Key) -> Key {
        let Chain { links, keys } = self.0.entry(format).or_default();
        let before = links.add(Some(steps)).and_then(|before| keys.get(before).copied());
        keys.push(before.unwrap_or(own));
        before.unwrap_or(own)
    }

    /// Once all lines are known: the keys of lines that go on from one behind them, with the key of that one.
    pub fn late(&mut self) -> Vec<(Key, Key)> {
        let late = |Chain { links, keys }: &mut Chain| -> Vec<(Key, Key)> {
            let key = |at: usize| keys.get(at).copied();
            links.late().into_iter().filter_map(|(at, before)| Some((key(at)?, key(before)?))).collect()
        };
        self.0.values_mut().flat_map(late).collect()
    }
}
