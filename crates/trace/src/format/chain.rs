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
        let prefixes: Vec<(u64, Node<'_>)> = messages.into_iter().flat_map(prefixes).collect();
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

/// What a conversation begins with, up to the user's first words: only those that begin alike are ever compared.
pub fn opening(messages: Node<'_>) -> Option<u64> {
    prefixes(messages).next().map(|(hash, _)| hash)
}

/// A hash of each beginning of some messages that holds words of a user, with its last message. Instructions alone are the beginning
/// of everything.
fn prefixes<'d>(messages: Node<'d>) -> impl Iterator<Item = (u64, Node<'d>)> {
    let mut hasher = DefaultHasher::new();
    let hashes = messages.items().map(move |message| {
        message.json_text().text.hash(&mut hasher);
        (hasher.finish(), message)
    });
    hashes.skip_while(|(_, message)| !message.has("role", "user"))
}

fn squeezed(node: Node<'_>) -> String {
    node.json_text().text.split_whitespace().collect()
}
