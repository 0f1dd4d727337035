//! The one that the user named, among those of a list: "unsubscribe me from Grid Weekly" covers no other subscription.

use crate::dialogue::reach;
use crate::session::{Call, Session};
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;

/// Members that name an item to people.
const NAMES: [&str; 5] = ["name", "title", "label", "subject", "display_name"];
/// Words with which more than one is meant.
const MANY: [&str; 14] = [
    "all",
    "both",
    "every",
    "everything",
    "each",
    "them",
    "these",
    "those",
    "any",
    "others",
    "rest",
    "whole",
    "too",
    "also",
];
const MOST: usize = 400;

/// True when the user named another item of the same list, and that one had been done by the same tool before.
pub fn is_another(session: &Session<'_>, call: &Call<'_>) -> bool {
    if reach::is_far(session, call.event) {
        return false;
    }
    let before = &session.calls[..session.calls.partition_point(|c| c.event < call.event)];
    let earlier = || {
        let same = move |c: &&Call<'_>| c.name.text == call.name.text;
        before.iter().filter(same).filter(|c| crate::outcome::rejection::of(c).is_none())
    };
    if earlier().next().is_none() {
        return false;
    }
    let said: Vec<String> = session
        .messages
        .iter()
        .filter(|m| m.role == Role::User && m.event < call.event)
        .flat_map(|m| m.texts)
        .map(|t| t.text.to_lowercase())
        .collect();
    let word = |w: &str| said.iter().any(|t| t.split(|c: char| !c.is_alphanumeric()).any(|s| s == w));
    if MANY.iter().any(|m| word(m)) {
        return false;
    }
    let named = |name: &str| said.iter().any(|t| t.contains(name));
    let Some(own) = call.item(session) else { return false };
    // An id that the user gave is a name as well.
    !named(&own.name)
        && !named(&own.id)
        && earlier().filter_map(|c| c.item(session)).any(|done| done.name != own.name && named(&done.name))
}

/// An item of a list.
#[derive(Debug)]
pub(crate) struct Item {
    id: String,
    name: String,
}

/// The item of an answer before the call that one of its arguments identifies. Ask [`Call::item`], which remembers.
pub(crate) fn item(session: &Session<'_>, call: &Call<'_>) -> Option<Item> {
    let answers = session.calls.iter().take_while(|c| c.event < call.event).filter_map(|c| c.result.as_ref()?.json());
    let args = call.args()?;
    let values: Vec<String> = args.entries().filter_map(|(_, v)| scalar(v)).filter(|v| v.len() > 1).collect();
    let mut left = MOST;
    for root in answers {
        let found = search(root, &values, 0, &mut left);
        if found.is_some() || left == 0 {
            return found;
        }
    }
    None
}

fn search(value: Value<'_>, values: &[String], depth: usize, left: &mut usize) -> Option<Item> {
    if depth > 8 || *left == 0 {
        return None;
    }
    *left -= 1;
    if value.is_object() {
        let name = NAMES.iter().find_map(|n| value.get(n)?.str()).map(|n| n.to_lowercase()).filter(|n| n.len() > 2);
        let id = || {
            let own = value.entries().filter(|(k, _)| k.str().is_some_and(|k| k == "id" || k.ends_with("_id")));
            own.filter_map(|(_, v)| scalar(v)).find(|v| values.contains(v))
        };
        if let Some(name) = name
            && let Some(id) = id()
        {
            return Some(Item { id: id.to_lowercase(), name });
        }
    }
    value.items().chain(value.entries().map(|(_, v)| v)).find_map(|inner| {
        (inner.is_object() || inner.is_array()).then(|| search(inner, values, depth + 1, left)).flatten()
    })
}

fn scalar(value: Value<'_>) -> Option<String> {
    value.str().map(|s| s.into_owned()).or_else(|| value.i64().map(|n| n.to_string()))
}
