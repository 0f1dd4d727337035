//! Answers that are written again while they grow.
//!
//! Most versions write each block of an answer as a line of its own, all with the answer's ID. Others write the whole
//! answer so far, again and again.

use crate::item::{Item, Msg, Part};

/// Where the blocks of an answer stand: the item, and the part of its message.
pub type Blocks = Vec<(usize, usize)>;

/// Takes out of a further line of an answer what earlier lines hold already, and lets those that grew grow.
pub fn merge(blocks: &Blocks, items: &mut [Item], msg: &mut Msg) {
    if blocks.is_empty() || msg.parts.len() < blocks.len() {
        return;
    }
    let known = blocks.iter().zip(&msg.parts);
    if !known.into_iter().all(|(&(item, part), new)| old(items, item, part).is_some_and(|old| continues(old, new))) {
        return;
    }
    for (&(item, part), new) in blocks.iter().zip(msg.parts.drain(..blocks.len())) {
        if let Some(old) = message(items, item).and_then(|m| m.parts.get_mut(part)) {
            *old = new;
        }
    }
}

/// The message of an item that is an answer, or more of one.
pub fn message(items: &mut [Item], at: usize) -> Option<&mut Msg> {
    match items.get_mut(at)? {
        Item::Model(run) => run.output.first_mut(),
        Item::Answer(_, msg) => Some(msg),
        _ => None,
    }
}

fn old(items: &[Item], at: usize, part: usize) -> Option<&Part> {
    match items.get(at)? {
        Item::Model(run) => run.output.first()?.parts.get(part),
        Item::Answer(_, msg) => msg.parts.get(part),
        _ => None,
    }
}

/// True when a block is an earlier one, or what that grew to.
fn continues(old: &Part, new: &Part) -> bool {
    match (old, new) {
        (Part::Text(old), Part::Text(new)) | (Part::Reasoning(old), Part::Reasoning(new)) => {
            new.text.starts_with(&old.text)
        }
        (Part::Call(old), Part::Call(new)) => old.id.is_some() && old.id == new.id,
        (Part::Unread(old), Part::Unread(new)) => old.kind == new.kind,
        _ => false,
    }
}
