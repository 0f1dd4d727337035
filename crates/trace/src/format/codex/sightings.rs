//! What a rollout records more than once: as an item of the model's history, as an event for the interface, and as an
//! item of a turn.
//!
//! Which of these there are depends on the version and on the settings. The history counts most, then the event; what
//! only a lesser one holds is told from there.

use super::words;
use crate::format::transcript::{self, Outcome};
use crate::hash::{HashMap, HashSet, printer};
use crate::item::MsgRole;
use crate::node::Node;
use crate::squeeze;
use std::hash::Hasher;

/// Where something is recorded, from the surest to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// The items of the model's history.
    History,
    /// The events.
    Event,
    /// The items of turns, since 0.147.
    Turn,
}

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Words of the user.
    User,
    /// Words of the agent.
    Agent,
    /// Reasoning.
    Reasoning,
    /// A search of the web, by its query.
    Search,
}

/// Everything that a rollout records, counted before it is read.
#[derive(Debug, Default)]
pub struct Sightings {
    total: HashMap<(Kind, u64), [u32; 3]>,
    seen: HashMap<(Kind, u64), [u32; 3]>,
    /// Calls in the history.
    pub calls: HashSet<String>,
    /// Calls with an answer in the history.
    pub answered: HashSet<String>,
    /// Calls whose end is recorded apart.
    pub ended: HashSet<String>,
    /// How these ended.
    pub outcomes: HashMap<String, crate::model::Transport>,
    /// True where a line of its own tells of each compaction.
    pub compacted: bool,
    /// True where the tokens of the model calls are recorded.
    pub counted: bool,
}

impl Sightings {
    /// Counts a sighting.
    pub fn count(&mut self, kind: Kind, channel: Channel, text: &str) {
        self.total.entry((kind, print(text))).or_default()[channel as usize] += 1;
    }

    /// Notes how a run ended.
    pub fn end(&mut self, id: String, outcome: &Outcome) {
        if outcome.transport != crate::model::Transport::Unknown {
            self.outcomes.insert(id.clone(), outcome.transport);
        }
        self.ended.insert(id);
    }

    /// True for a sighting that a surer channel does not hold.
    pub fn is_new(&mut self, kind: Kind, channel: Channel, text: &str) -> bool {
        let key = (kind, print(text));
        let surer = self.total.get(&key).map_or(0, |t| t[..channel as usize].iter().copied().max().unwrap_or(0));
        let seen = &mut self.seen.entry(key).or_default()[channel as usize];
        *seen += 1;
        *seen > surer
    }

    /// True for a text that any channel holds.
    pub fn holds(&self, kind: Kind, text: &str) -> bool {
        self.total.contains_key(&(kind, print(text)))
    }
}

/// The user's own words in the content of a message, without what Codex adds.
pub fn own_words(content: Node<'_>) -> String {
    let pieces = transcript::texts(content).into_iter().flat_map(words::apart);
    pieces.filter(|(role, _)| *role == MsgRole::User).map(|(_, t)| t.text).collect()
}

/// Channels differ in white space.
fn print(text: &str) -> u64 {
    let mut hasher = printer();
    hasher.write(&squeeze::squeezed(text, Some(0xff)));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_sentence_is_told_as_often_as_the_channel_with_the_most() {
        let mut sightings = Sightings::default();
        sightings.count(Kind::User, Channel::History, "go on");
        sightings.count(Kind::User, Channel::Event, "go  on\n");
        sightings.count(Kind::User, Channel::Event, "go on");
        assert!(!sightings.is_new(Kind::User, Channel::Event, "go on"));
        assert!(sightings.is_new(Kind::User, Channel::Event, "go on"));
        assert!(!sightings.is_new(Kind::User, Channel::Turn, "go on"));
        assert!(!sightings.is_new(Kind::User, Channel::Turn, "go on"));
        assert!(sightings.is_new(Kind::User, Channel::Turn, "go on"));
        assert!(sightings.is_new(Kind::Agent, Channel::Event, "go on"));
    }
}
