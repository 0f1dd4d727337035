//! Lists of messages that grow: every request repeats what the one before it held.
//!
//! Where such a list is JSON in a string, its text begins with that of an earlier one. What was read of that is taken from
//! there, with its place in the new text, and only the rest is decoded and parsed.

use super::{message, tools};
use crate::item::{Msg, Part};
use crate::json::{decode, parse_lenient};
use crate::locator::{Base, Bases, Loc};
use crate::node::Node;
use std::collections::VecDeque;

/// Earlier lists that are kept: of agents at work at the same time, each has its own.
const KEPT: usize = 8;
/// Lists with something in them that is no plain message, after which no more are tried.
const ODD: usize = 4;

/// The last lists, by how they are written.
#[derive(Default)]
pub struct Lists<'d> {
    known: VecDeque<Known<'d>>,
    odd: usize,
    /// Messages that were read.
    count: u64,
}

struct Known<'d> {
    /// The string from its opening quote up to the list's closing bracket, without that.
    source: &'d str,
    /// Bytes of this once it is decoded.
    decoded: usize,
    messages: Vec<Msg>,
}

impl<'d> Lists<'d> {
    /// The messages of a string that is a list of plain messages and nothing else; `None` where it may be anything else.
    pub fn messages(&mut self, node: Node<'d>, bases: &mut Bases) -> Option<Vec<Msg>> {
        let (source, at) = node.source()?;
        if self.odd >= ODD || !source.starts_with("\"[{") || !source.ends_with("]\"") {
            return None;
        }
        match self.read(source, bases.next()) {
            Some(messages) => {
                bases.push(Base::Inside { at });
                Some(messages)
            }
            None => {
                self.odd += 1;
                None
            }
        }
    }

    fn read(&mut self, source: &'d str, base: u32) -> Option<Vec<Msg>> {
        let inner = &source[..source.len() - 2];
        let begins = |known: &Known<'_>| {
            inner.strip_prefix(known.source).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
        };
        let found = self.known.iter().enumerate().filter(|(_, known)| begins(known));
        let found = found.max_by_key(|(_, known)| known.source.len()).map(|(i, _)| i);
        let mut known = match found.and_then(|i| self.known.remove(i)) {
            Some(known) => known,
            None => Known { source: &source[..1], decoded: 0, messages: Vec::new() },
        };
        let mut messages: Vec<Msg> = known.messages.iter().map(|msg| moved(msg.clone(), base, 0)).collect();
        if known.source.len() < inner.len() {
            let mut rest = decode(source.get(known.source.len()..source.len() - 1)?);
            let length = rest.len();
            // What follows a comma becomes a list of its own, in which every place is as far from the start.
            rest.replace_range(..1, "[");
            let (doc, fault) = parse_lenient(rest)?;
            let root = Node::new(doc.root(), base);
            if fault.is_some() || !root.is_array() || doc.root().bytes().len() != length {
                return None;
            }
            let by = known.decoded as u32;
            for item in root.items() {
                self.count += 1;
                let msg = Msg { known: self.count, ..plain(item)? };
                known.messages.push(moved(msg.clone(), base, by));
                messages.push(moved(msg, base, by));
            }
            (known.source, known.decoded) = (inner, known.decoded + length - 1);
        }
        if self.known.len() == KEPT {
            self.known.pop_front();
        }
        self.known.push_back(known);
        (!messages.is_empty()).then_some(messages)
    }
}

/// An item that is a message by itself, whatever stands around it.
fn plain(item: Node<'_>) -> Option<Msg> {
    let holds_calls = || item.get("content").is_some_and(|c| c.str().is_some_and(|s| s.starts_with("[{\"function\"")));
    if !item.is_object() || tools::disguised(item).is_some() || holds_calls() {
        return None;
    }
    message(item).filter(|msg| !super::has_blocks_as_text(msg))
}

/// A message at another place: all of it stands in one document.
fn moved(mut msg: Msg, base: u32, by: u32) -> Msg {
    let to = |loc: &mut Loc| (loc.base, loc.at) = (base, loc.at + by);
    to(&mut msg.loc);
    for part in &mut msg.parts {
        match part {
            Part::Text(text) | Part::Reasoning(text) => to(&mut text.loc),
            Part::Call(call) => {
                to(&mut call.name.loc);
                call.arguments.iter_mut().for_each(|text| to(&mut text.loc));
            }
            Part::Result(result) => {
                to(&mut result.loc);
                result.content.iter_mut().chain(&mut result.error).for_each(|text| to(&mut text.loc));
            }
            Part::Compacted(text) => text.iter_mut().for_each(|text| to(&mut text.loc)),
            Part::Unread(unread) => to(&mut unread.loc),
        }
    }
    msg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload;

    /// As read with what came before, and without.
    fn both(lists: &[&str]) -> Vec<(Option<String>, String)> {
        let text = serde_json::to_string(lists).expect("JSON");
        let (doc, _) = parse_lenient(text.into_bytes()).expect("JSON");
        let mut known = Lists::default();
        let (mut ours, mut plain) = (Bases::default(), Bases::default());
        let mut both = Vec::new();
        for node in Node::new(doc.root(), 0).items() {
            let unnumbered = |msg| Msg { known: 0, ..msg };
            let found = known.messages(node, &mut ours);
            let found = found.map(|found| format!("{:?}", found.into_iter().map(unnumbered).collect::<Vec<_>>()));
            if found.is_none() {
                payload::messages(node, &mut ours);
            }
            both.push((found, format!("{:?}", payload::messages(node, &mut plain))));
        }
        assert_eq!(format!("{ours:?}"), format!("{plain:?}"));
        both
    }

    const USER: &str = r#"{"role":"user","content":"Was it \"sent\"?\nAnd é \u0041?"}"#;
    const CALL: &str = r#"{"role":"assistant","content":null,"tool_calls":[{"id":"1","function":{"name":"f","arguments":"{\"a\":\"\\n\"}"}}]}"#;
    const RESULT: &str = r#"{"role":"tool","tool_call_id":"1","content":"{\"ok\":true}"}"#;

    #[test]
    fn what_is_repeated_is_read_as_if_it_were_new() {
        let lists = [
            format!("[{USER}]"),
            format!("[{USER},{CALL}]"),
            format!("[{USER},{CALL},{RESULT}, {USER}]"),
            format!("[{USER},{CALL},{RESULT}, {USER}]"),
            format!("[{CALL},{RESULT}]"),
            format!("[{USER},{CALL},{USER}]"),
            format!("[{USER},{CALL},{USER},{RESULT}]"),
        ];
        for (ours, plain) in both(&lists.each_ref().map(String::as_str)) {
            assert_eq!(ours, Some(plain));
        }
    }

    #[test]
    fn what_is_no_list_of_plain_messages_is_left_to_others() {
        let cut = format!("[{USER},{CALL},{{\"role\":\"us]");
        let lists = [
            format!("[{USER}]"),
            format!("[{USER},7]"),
            cut,
            format!("[{USER}] and more ]"),
            format!("[{USER},[{USER}]]"),
        ];
        let found = both(&lists.each_ref().map(String::as_str));
        assert!(found[0].0.is_some());
        assert!(found[1..].iter().all(|(ours, _)| ours.is_none()), "{found:?}");
    }
}
