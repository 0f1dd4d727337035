//! Messages of a conversation in a list of their own, or one in each line of a file.

use super::repeats::Repeats;
use super::{Document, session_key};
use crate::hash::HashSet;
use crate::item::{Output, Session};
use crate::model::KeyKind;
use crate::node::Node;

/// Reads every conversation of some documents. `list` gives a document's messages where it holds a list of them; documents without
/// one are lines, and those of one file are one conversation.
pub(crate) fn conversations<'d>(
    docs: &[Document<'d>],
    list: impl Fn(Node<'d>) -> Option<Node<'d>>,
    read: impl Fn(Session, &[Node<'d>], &mut Output),
    out: &mut Output,
) {
    let (lines, lists): (Vec<&Document<'d>>, Vec<_>) = docs.iter().partition(|doc| list(doc.root).is_none());
    // Whoever prints a run message by message may print its result behind them, which holds them all again.
    let printed: HashSet<(&str, u64)> = match lists.is_empty() {
        true => HashSet::default(),
        false => lines.iter().map(|doc| (doc.file, doc.root.fingerprint())).collect(),
    };
    for doc in lists {
        let mut again = list(doc.root).into_iter().flat_map(Node::items).peekable();
        if again.peek().is_some() && again.all(|msg| printed.contains(&(doc.file, msg.fingerprint()))) {
            out.bookkeeping(doc.root, "a result that holds the messages before it again");
            continue;
        }
        let found = session_key(doc.root).filter(|(_, kind)| *kind == KeyKind::Conversation);
        let (key, kind) = found.unwrap_or_else(|| (doc.position_key(), KeyKind::Position));
        let messages: Vec<_> = list(doc.root).into_iter().flat_map(Node::items).collect();
        read(Session::new(key, kind), &messages, out);
    }
    let mut files: Vec<&str> = lines.iter().map(|doc| doc.file).collect();
    files.dedup();
    for file in files {
        let (mut told, mut messages) = (Told::default(), Vec::new());
        for doc in lines.iter().filter(|doc| doc.file == file) {
            if told.again(doc.root, doc.root.str_at("id").as_deref(), out) {
                continue;
            }
            messages.push(doc.root);
        }
        read(Session::new(file, KeyKind::Position), &messages, out);
    }
}

/// The messages that lines told by their IDs: whoever appends the whole history of a conversation to a file after every turn
/// repeats what stands there already.
#[derive(Default)]
pub(crate) struct Told {
    repeats: Repeats,
}

impl Told {
    /// True for a message that an earlier line tells in the same words under the same ID; it is accounted for.
    pub(crate) fn again(&mut self, record: Node<'_>, id: Option<&str>, out: &mut Output) -> bool {
        let again = id.is_some_and(|id| !id.is_empty()) && self.repeats.known(record);
        if again {
            out.bookkeeping(record, "a message told before");
        }
        again
    }
}
