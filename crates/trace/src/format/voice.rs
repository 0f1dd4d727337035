//! What the voice platforms have in common.

use crate::item::{Item, Msg, Session};
use crate::locator::{Bases, Loc};
use crate::model::{Event, EventKind, Stamp, Text, TimeQuality};
use crate::node::Node;

/// Where a transfer leads, out of the arguments of the call that made it.
pub fn destination(arguments: Node<'_>, bases: &mut Bases) -> Option<Text> {
    match arguments.nested() {
        Some(nested) => target(nested.root(bases)),
        None => target(arguments),
    }
}

fn target(node: Node<'_>) -> Option<Text> {
    const KEYS: [&str; 13] = [
        "destination",
        "assistantName",
        "transfer_to",
        "transfer_destination",
        "agent_name",
        "agent_id",
        "phone_number",
        "phoneNumber",
        "number",
        "sip",
        "sipUri",
        "name",
        "target",
    ];
    let found = node.any(&KEYS)?;
    match found.text() {
        Some(text) => Some(text).filter(|t| !t.text.is_empty()),
        None if found.is_object() => target(found),
        None => None,
    }
}

/// The end of a call that was a failure, in the platform's own word for it.
pub fn failure(why: Node<'_>, time: Option<Stamp>) -> Option<Item> {
    let text = why.text().filter(|t| ["error", "failed", "fault"].iter().any(|word| t.text.contains(word)))?;
    Some(event(EventKind::Error { text }, time, None, why.loc()))
}

/// An event at a place.
pub fn event(kind: EventKind, time: Option<Stamp>, agent: Option<&str>, loc: Loc) -> Item {
    Item::Event(Event { kind, time, agent: agent.map(str::to_owned), model_call: None, loc })
}

/// Gives entries without a time one between their neighbours', marked as estimated.
pub fn interpolate(items: &mut [Timed]) {
    let mut at = 0;
    while at < items.len() {
        if items[at].start.is_some() {
            at += 1;
            continue;
        }
        let until = (at..items.len()).find(|&i| items[i].start.is_some()).unwrap_or(items.len());
        let before = at.checked_sub(1).and_then(|i| items[i].end.or(items[i].start)).map(|s| s.ns);
        let after = items.get(until).and_then(|i| i.start).map(|s| s.ns);
        let count = (until - at) as i64;
        for (n, item) in items[at..until].iter_mut().enumerate() {
            let step = n as i64 + 1;
            let ns = match (before, after) {
                (Some(b), Some(a)) if a > b => between(b, a, step, count + 1),
                // Speech overlaps: the next turn may begin before this one ended. The order stays.
                (_, Some(known)) | (Some(known), None) => Some(known),
                (None, None) => None,
            };
            let stamp = ns.map(|ns| Stamp { ns, quality: TimeQuality::Estimated });
            (item.start, item.end) = (stamp, stamp);
        }
        at = until;
    }
}

/// The time `step` of `steps` on the way from one to another; times of a damaged file may be as far apart as
/// numbers go.
fn between(from: i64, to: i64, step: i64, steps: i64) -> Option<i64> {
    let way = i128::from(to) - i128::from(from);
    i64::try_from(i128::from(from) + way / i128::from(steps) * i128::from(step)).ok()
}

/// An entry of a transcript with its time.
pub struct Timed {
    /// What it becomes.
    pub items: Vec<Item>,
    /// Start.
    pub start: Option<Stamp>,
    /// End.
    pub end: Option<Stamp>,
}

/// Puts the entries into a session, each with its time.
pub fn into_session(entries: Vec<Timed>, session: &mut Session) {
    for Timed { items, start, .. } in entries {
        for mut item in items {
            match &mut item {
                Item::Message(Msg { time, .. }) | Item::Event(Event { time, .. }) => *time = start,
                _ => {}
            }
            session.items.push(item);
        }
    }
}
