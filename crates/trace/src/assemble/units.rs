//! A list of messages as a sequence of the things in it, each of which is known again by what it is and where it stands.
//!
//! Instrumentations cut the same conversation into messages differently: two calls in one message or in two, a call
//! beside the words that go with it or apart. So lists are compared by their parts.

use super::arguments;
use super::join::IN_FLIGHT;
use crate::hash::{HashMap, printer};
use crate::item::{CallPart, Msg, MsgRole, Part, ResultPart};
use crate::squeeze;
use std::hash::{Hash, Hasher};

/// A thing in a list of messages.
#[derive(Debug, Clone, Copy)]
pub struct Unit {
    /// The message that it stands in.
    pub msg: u32,
    /// Its place among the message's parts; none for a message that is empty.
    pub part: Option<u32>,
    /// For a result, the unit of the list that is its call, as far as the list tells.
    pub call: Option<u32>,
    /// True where only its place says which call that is: the IDs of the two are not the same.
    pub by_place: bool,
}

/// The fingerprint of a unit, which does not depend on how a provider spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Print {
    /// Of all that it is.
    pub hash: u64,
    /// Of less: a call without its ID, since some instrumentations name a call by another ID in the history than in the
    /// answer that made it; a result by its call alone, since its words are spelled in many ways.
    pub loose: Option<u64>,
    /// True for instructions.
    pub system: bool,
    /// What it is, as far as this bears on what follows from its absence.
    pub kind: Kind,
}

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words of the agent.
    Words,
    /// A call.
    Call,
    /// A piece that should have been readable, and is not: what it was cannot be compared.
    Damaged,
    /// Anything else.
    Other,
}

impl Print {
    /// True where two units at the same place of two conversations are the same one.
    pub fn same(&self, other: &Print) -> bool {
        self.hash == other.hash || self.loose.is_some() && self.loose == other.loose
    }
}

/// The units of several lists that follow one another, with each result's call.
pub fn units<'m>(lists: impl Iterator<Item = &'m Msg>) -> Vec<Unit> {
    let mut found: Vec<Unit> = Vec::new();
    let mut open = Open::default();
    for (m, msg) in lists.enumerate() {
        let m = m as u32;
        if msg.role != MsgRole::Tool && !msg.parts.iter().any(|p| matches!(p, Part::Result(_) | Part::Call(_))) {
            open.recent = open.calls.len();
        }
        let before = found.len();
        for (p, part) in msg.parts.iter().enumerate() {
            let at = found.len() as u32;
            let mut unit = Unit { msg: m, part: Some(p as u32), call: None, by_place: false };
            match part {
                Part::Reasoning(_) => continue,
                Part::Text(text) if text.text.trim().is_empty() => continue,
                Part::Call(call) => open.call(at, m, call),
                Part::Result(result) => (unit.call, unit.by_place) = open.answer(result),
                _ => {}
            }
            found.push(unit);
        }
        let thought = msg.parts.iter().any(|p| matches!(p, Part::Reasoning(_)));
        if found.len() == before && !thought {
            found.push(Unit { msg: m, part: None, call: None, by_place: false });
        }
    }
    found
}

/// True where every result says by its ID which call of the same lists it answers, so that places need not be looked at.
pub fn say_it_all<'m>(lists: impl Iterator<Item = &'m Msg>) -> bool {
    // A result stands near its call; one that does not is looked at more closely.
    const NEAR: usize = 32;
    let mut made: Vec<&str> = Vec::new();
    lists.flat_map(|msg| &msg.parts).all(|part| match part {
        Part::Call(call) => {
            made.extend(call.id.as_deref());
            true
        }
        Part::Result(result) => {
            result.id.as_deref().is_some_and(|id| !id.is_empty() && made.iter().rev().take(NEAR).any(|m| *m == id))
        }
        _ => true,
    })
}

/// The calls of a list, and what is known of their results.
#[derive(Default)]
struct Open<'m> {
    calls: Vec<Waiting<'m>>,
    /// The first call with each ID that waits.
    by_id: HashMap<&'m str, usize>,
    /// The first of the calls since somebody last spoke.
    recent: usize,
    /// The first of the calls that waits.
    oldest: usize,
}

/// A call and its unit.
struct Waiting<'m> {
    call: &'m CallPart,
    at: u32,
    /// The message that it stands in.
    msg: u32,
    answered: bool,
    /// The next call with the same ID.
    next: Option<usize>,
}

impl<'m> Open<'m> {
    fn call(&mut self, at: u32, msg: u32, call: &'m CallPart) {
        let index = self.calls.len();
        self.calls.push(Waiting { call, at, msg, answered: false, next: None });
        let Some(id) = call.id.as_deref().filter(|id| !id.is_empty()) else { return };
        let mut known = *self.by_id.entry(id).or_insert(index);
        // Calls that share an ID, which some writers do in later turns, are answered in their order.
        if self.calls[known].answered && known != index {
            self.by_id.insert(id, index);
            return;
        }
        for _ in 0..IN_FLIGHT {
            match self.calls[known].next {
                Some(next) => known = next,
                None => break,
            }
        }
        if known != index {
            self.calls[known].next = Some(index);
        }
    }

    /// The call that a result answers, and whether only its place says so.
    fn answer(&mut self, result: &ResultPart) -> (Option<u32>, bool) {
        let id = result.id.as_deref().filter(|id| !id.is_empty());
        if let Some((id, first)) = id.and_then(|id| self.by_id.get_key_value(id)).map(|(id, first)| (*id, *first)) {
            let waiting = match self.calls[first].next.filter(|_| self.calls[first].answered) {
                Some(next) => next,
                None => first,
            };
            self.by_id.insert(id, waiting);
            // Either of two messages may have made the call: sessions may take turns here.
            let other = |next: usize| self.calls[next].msg != self.calls[waiting].msg;
            if !self.calls[waiting].answered && self.calls[waiting].next.is_some_and(other) {
                return (None, false);
            }
            self.calls[waiting].answered = true;
            return (Some(self.calls[waiting].at), false);
        }
        while self.calls.get(self.oldest).is_some_and(|c| c.answered) {
            self.oldest += 1;
        }
        let name = result.name.as_deref();
        let fits = |(_, w): &(usize, &Waiting<'_>)| !w.answered && name.is_none_or(|n| n == w.call.name.text);
        let repeated = |(_, w): &(usize, &Waiting<'_>)| match (&w.call.arguments, &result.arguments) {
            (Some(made), Some(wanted)) => arguments::alike(&made.text, wanted),
            _ => false,
        };
        let since = |from: usize| self.calls.iter().enumerate().skip(from).take(IN_FLIGHT).filter(fits);
        let alike = result.arguments.as_ref().and_then(|_| since(self.recent).find(repeated));
        let recent = alike.or_else(|| since(self.recent).next());
        // What is older answers only to a result that has nothing better to go by.
        let older = || since(self.oldest).next().filter(|_| id.is_none());
        let Some(found) = recent.or_else(older).map(|(n, _)| n) else { return (None, true) };
        self.calls[found].answered = true;
        (Some(self.calls[found].at), true)
    }
}

/// The fingerprints of units by their messages' numbers and their places in them.
pub type Known = HashMap<(u64, Option<u32>), Print>;

/// The fingerprints of the units of a list.
pub fn prints(units: &[Unit], list: &[&Msg], known: &mut Known) -> Vec<Print> {
    let mut found: Vec<Print> = Vec::with_capacity(units.len());
    for unit in units {
        let msg = list[unit.msg as usize];
        if let Some(print) = known.get(&(msg.known, unit.part)).filter(|_| msg.known != 0) {
            found.push(*print);
            continue;
        }
        let part = unit.part.and_then(|p| msg.parts.get(p as usize));
        let call = unit.call.and_then(|c| found.get(c as usize)).map(|call| call.loose.unwrap_or(call.hash));
        let print = print(msg.role, part, call);
        if msg.known != 0 {
            known.insert((msg.known, unit.part), print);
        }
        found.push(print);
    }
    found
}

fn print(role: MsgRole, part: Option<&Part>, call: Option<u64>) -> Print {
    let (hash, loose) = match part {
        None => (hashed(&("nothing", role)), None),
        Some(Part::Text(text)) => (hashed(&("text", role, unstopped(&text.text))), None),
        Some(Part::Reasoning(text)) => (hashed(&("reasoning", &text.text)), None),
        Some(Part::Unread(unread)) => (hashed(&("unread", role, &unread.kind)), None),
        Some(Part::Compacted(text)) => (hashed(&("compacted", text.as_ref().map(|t| t.text.trim()))), None),
        Some(Part::Call(call)) => {
            let nameless = squeezed("call", &call.name.text, call.arguments.as_ref().map(|a| a.text.as_str()));
            match call.id.as_ref().filter(|id| !id.is_empty()) {
                Some(id) => (hashed(&("named call", id, &call.name.text)), Some(nameless)),
                None => (nameless, Some(nameless)),
            }
        }
        Some(Part::Result(result)) => {
            let id = result.id.as_deref().unwrap_or_default();
            let content = result.content.as_ref().map(|c| c.text.as_str());
            (squeezed("result", id, content), call.map(|call| hashed(&("answer", call))))
        }
    };
    let kind = match part {
        Some(Part::Text(_)) if role == MsgRole::Assistant => Kind::Words,
        Some(Part::Call(_)) => Kind::Call,
        Some(Part::Unread(unread)) if !unread.attachment => Kind::Damaged,
        _ => Kind::Other,
    };
    Print { hash, loose, system: role == MsgRole::System, kind }
}

/// The hash of reasoning, whose repeats are known by its words alone.
pub fn reasoning(text: &str) -> u64 {
    hashed(&("reasoning", text))
}

fn hashed(value: &impl Hash) -> u64 {
    let mut hasher = printer();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Without white space, and whatever the order of an object's members is: providers change both at will.
fn squeezed(kind: &str, name: &str, text: Option<&str>) -> u64 {
    let mut hasher = printer();
    let squeezed = squeeze::squeezed(text.unwrap_or_default(), None);
    (kind, name, text.is_some(), squeezed.first()).hash(&mut hasher);
    let members = squeeze::members(&squeezed).map(|member| {
        let mut hasher = printer();
        hasher.write(member);
        hasher.finish()
    });
    members.fold(0, u64::wrapping_add).hash(&mut hasher);
    hasher.finish()
}

/// The text without the closing tag that stopped the model: an answer does not hold it, and frameworks that let a model
/// write inside of a tag put it back before they ask again.
fn unstopped(text: &str) -> &str {
    let text = text.trim();
    let Some((before, tag)) = text.strip_suffix('>').and_then(|open| open.rsplit_once("</")) else { return text };
    let is_tag = !tag.is_empty() && tag.len() <= 40 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    // A tag that was not opened here is what a text is about.
    let opened = is_tag && before.contains(&format!("<{tag}>"));
    if opened { before.trim_end() } else { text }
}

#[cfg(test)]
mod tests {
    use super::{squeezed, unstopped};

    #[test]
    fn members_count_in_any_order_and_items_in_theirs() {
        let print = |text: &str| squeezed("call", "f", Some(text));
        assert_eq!(print(r#"{"a": "x, }", "b": [1, 2]}"#), print(r#"{"b":[1,2],"a":"x, }"}"#));
        for (one, other) in [
            (r#"{"b":[1,2]}"#, r#"{"b":[2,1]}"#),
            (r#"{"a":1,"b":2}"#, r#"{"a":2,"b":1}"#),
            ("[1,2]", "[2,1]"),
            ("{}", ""),
            ("a,b", "b,a"),
        ] {
            assert_ne!(print(one), print(other), "{one} {other}");
        }
    }

    #[test]
    fn the_tag_that_stopped_a_model_does_not_count() {
        assert_eq!(unstopped("Thought\n<code>\nf()\n</code>"), unstopped("Thought\n<code>\nf()\n"));
        for text in ["close it with </code>", "<code>", "a > b", "</>", ">"] {
            assert_eq!(unstopped(text), text);
        }
    }
}
