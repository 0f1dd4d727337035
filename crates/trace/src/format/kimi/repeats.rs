//! Words that a log of Kimi Code records more than once: as the user's prompt, as an event of the agent's loop, as a message
//! of the context, and since 2.1 as a message of its transcript. Which of these exist depends on the version.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Where something is recorded, from the most to the least reliable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// `turn.prompt`, `turn.steer`.
    Prompt,
    /// `context.append_loop_event`: the only one with outcomes.
    Loop,
    /// `context.append_message`.
    Context,
    /// `agent.message.appended`.
    Transcript,
}

/// Everything in one agent's log, counted before it is read.
#[derive(Debug, Default)]
pub struct Repeats {
    total: HashMap<u64, [u32; 4]>,
    seen: HashMap<u64, [u32; 4]>,
    told: HashSet<(bool, String, u64)>,
    surest: HashMap<(bool, String), Channel>,
}

impl Repeats {
    /// Counts words.
    pub fn count(&mut self, channel: Channel, speaker: u8, text: &str) {
        self.total.entry(print(speaker, text)).or_default()[channel as usize] += 1;
    }

    /// Counts a call or a result.
    pub fn count_call(&mut self, channel: Channel, answer: bool, id: &str) {
        let surest = self.surest.entry((answer, id.to_owned())).or_insert(channel);
        if (channel as usize) < *surest as usize {
            *surest = channel;
        }
    }

    /// True for words that no more reliable channel contains.
    pub fn is_new(&mut self, channel: Channel, speaker: u8, text: &str) -> bool {
        let key = print(speaker, text);
        let surer = self.total.get(&key).map_or(0, |t| t[..channel as usize].iter().copied().max().unwrap_or(0));
        let seen = &mut self.seen.entry(key).or_default()[channel as usize];
        *seen += 1;
        *seen > surer
    }

    /// True for a call or a result that no more reliable channel contains and that was not emitted yet.
    /// `content` is what was given or answered: with another content it is another call with the same ID.
    pub fn is_new_call(&mut self, channel: Channel, answer: bool, id: &str, content: &str) -> bool {
        let key = (answer, id.to_owned());
        let surest = self.surest.get(&key).is_none_or(|surest| *surest == channel);
        surest && self.told.insert((key.0, key.1, print(0, content)))
    }

    /// True for words that any channel contains.
    pub fn holds(&self, speaker: u8, text: &str) -> bool {
        self.total.contains_key(&print(speaker, text))
    }
}

/// Channels differ in white space.
fn print(speaker: u8, text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    speaker.hash(&mut hasher);
    text.split_whitespace().for_each(|word| word.hash(&mut hasher));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_as_often_as_the_channel_with_the_most_has_them() {
        let mut repeats = Repeats::default();
        repeats.count(Channel::Prompt, 0, "go on");
        repeats.count(Channel::Context, 0, "go  on\n");
        repeats.count(Channel::Context, 0, "go on");
        assert!(repeats.is_new(Channel::Prompt, 0, "go on"));
        assert!(!repeats.is_new(Channel::Context, 0, "go on"));
        assert!(repeats.is_new(Channel::Context, 0, "go on"));
        assert!(repeats.is_new(Channel::Loop, 1, "go on"), "somebody else's");
    }

    #[test]
    fn a_call_is_told_from_the_surest_channel_and_once() {
        let mut repeats = Repeats::default();
        repeats.count_call(Channel::Transcript, true, "c");
        repeats.count_call(Channel::Loop, true, "c");
        assert!(!repeats.is_new_call(Channel::Transcript, true, "c", "x"));
        assert!(repeats.is_new_call(Channel::Loop, true, "c", "x"));
        assert!(!repeats.is_new_call(Channel::Loop, true, "c", "x"));
        assert!(repeats.is_new_call(Channel::Loop, false, "c", "x"));
    }
}
