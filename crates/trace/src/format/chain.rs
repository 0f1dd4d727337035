//! Which requests of a log are one conversation: those whose messages begin with all messages of an earlier one.

use crate::hash::HashMap;
use crate::node::Node;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Conversations of the same beginning that are looked at: a log may have a million that begin with one greeting.
const LATEST: usize = 64;

/// A conversation, by its number, after an answer with this content.
struct End {
    at: usize,
    answer: Option<String>,
}

/// The conversations so far, by what their last request held.
#[derive(Default)]
pub struct Chains {
    ends: HashMap<u64, Vec<End>>,
}

impl Chains {
    /// The conversation of a request with these messages and an answer with this content: the one that is `known` otherwise, else
    /// the one that it goes on from, else `next`.
    pub fn place(
        &mut self,
        messages: Option<Node<'_>>,
        answer: Option<Node<'_>>,
        known: Option<usize>,
        next: usize,
    ) -> usize {
        let mut hasher = DefaultHasher::new();
        let mut prefixes = Vec::new();
        for message in messages.into_iter().flat_map(Node::items) {
            message.json_text().text.hash(&mut hasher);
            prefixes.push((hasher.finish(), message));
        }
        let Some((whole, _)) = prefixes.last() else { return known.unwrap_or(next) };
        // Two people may begin with the same words: the answer that follows them tells whose conversation it is.
        let before = prefixes.windows(2).rev().find_map(|pair| {
            let ends = self.ends.get_mut(&pair[0].0)?;
            let said = pair[1].1.get("content").map(squeezed);
            let latest = || ends.iter().enumerate().rev().take(LATEST);
            let same = latest().find(|(_, end)| end.answer.is_some() && end.answer == said).map(|(at, _)| at);
            let only = (ends.len() == 1).then_some(0);
            let unknown = || latest().find(|(_, end)| end.answer.is_none()).map(|(at, _)| at);
            let place = same.or(only).or_else(unknown)?;
            Some(ends.remove(place).at)
        });
        let at = known.or(before).unwrap_or(next);
        self.ends.entry(*whole).or_default().push(End { at, answer: answer.map(squeezed) });
        at
    }
}

fn squeezed(node: Node<'_>) -> String {
    node.json_text().text.split_whitespace().collect()
}
