//! Messages of a conversation in a list of their own, or one in each line of a file.

use super::{Document, session_key};
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
    for doc in lists {
        let found = session_key(doc.root).filter(|(_, kind)| *kind == KeyKind::Conversation);
        let (key, kind) = found.unwrap_or_else(|| (doc.position_key(), KeyKind::Position));
        let messages: Vec<_> = list(doc.root).into_iter().flat_map(Node::items).collect();
        read(Session::new(key, kind), &messages, out);
    }
    let mut files: Vec<&str> = lines.iter().map(|doc| doc.file).collect();
    files.dedup();
    for file in files {
        let messages: Vec<_> = lines.iter().filter(|doc| doc.file == file).map(|doc| doc.root).collect();
        read(Session::new(file, KeyKind::Position), &messages, out);
    }
}
