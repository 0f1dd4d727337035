//! The order of a session's records: their times decide, except where a clock that ran backward would put a result before its
//! call.

use super::clock;
use crate::hash::HashMap;
use crate::item::{Item, Part, Run};
use crate::locator::Loc;
use crate::model::{Gap, GapKind};

/// What is said of a session in which a clock ran backward.
const BACKWARD: &str = "a clock ran backward: results have earlier times than their calls, so the order of the record was used for them, and times may be wrong";

/// Puts items in order by their times. Spans arrive unordered, children before parents; messages are in the order in which they
/// were written, which stands where times contradict it. `alone` says that nobody but the session's own agent is in it, so that its
/// messages are one sequence.
pub fn by_time(items: &mut Vec<(Run, Item)>, alone: bool) -> Option<Gap> {
    // Otherwise the order of the record decides, since a time taken from elsewhere would only pretend to know.
    if !items.iter().all(|(_, item)| item.start().is_some()) {
        return None;
    }
    // A clock that was not set for some records puts them before all others.
    let wrong = |item: &Item| item.began().is_some_and(clock::is_wrong);
    if items.iter().any(|(_, item)| wrong(item)) && !items.iter().all(|(_, item)| wrong(item)) {
        return None;
    }
    let descents = items.windows(2).filter(|pair| pair[1].1.start() < pair[0].1.start()).count();
    if descents == 0 {
        return None;
    }
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|&i| items[i].1.start());
    let early = early(items, order.iter().copied());
    let written = if early.is_empty() { Vec::new() } else { self::early(items, 0..items.len()) };
    if early.len() <= written.len() {
        apply(items, order);
        return None;
    }
    let loc = early.iter().map(|(loc, ..)| *loc).next();
    let told = |item: &Item| match item {
        Item::Model(run) => run.input.is_empty(),
        item => matches!(item, Item::Message(_) | Item::Answer(..) | Item::Event(_)),
    };
    let one_sequence = alone && items.iter().all(|(_, item)| told(item)) && written.is_empty();
    // A clock that ran backward most of the time says nothing; of one that did so once, the other times are right.
    if !one_sequence || descents * 2 < items.len() {
        order = behind(order, &early);
        apply(items, order);
    }
    Some(Gap { kind: GapKind::NotRead, what: BACKWARD.to_owned(), loc, event: None })
}

fn apply(items: &mut Vec<(Run, Item)>, order: Vec<usize>) {
    let mut taken: Vec<Option<(Run, Item)>> = std::mem::take(items).into_iter().map(Some).collect();
    *items = order.into_iter().filter_map(|i| taken[i].take()).collect();
}

/// The results that come before their calls in an order: where each stands, its item, and the item of the call.
fn early(items: &[(Run, Item)], order: impl Iterator<Item = usize>) -> Vec<(Loc, usize, usize)> {
    let mut found = Vec::new();
    // Calls that wait for a result.
    let mut waiting: HashMap<(bool, &str), i64> = HashMap::default();
    let mut owed: HashMap<(bool, &str), Vec<(Loc, usize)>> = HashMap::default();
    for at in order {
        for part in parts(&items[at].1) {
            match part {
                Part::Call(call) => {
                    let key = key(call.id.as_deref());
                    match owed.get_mut(&key).and_then(Vec::pop) {
                        Some((loc, result)) => found.push((loc, result, at)),
                        None => *waiting.entry(key).or_default() += 1,
                    }
                }
                Part::Result(result) => {
                    let key = key(result.id.as_deref());
                    match waiting.get_mut(&key) {
                        // Several results may tell of one call.
                        Some(count) if *count > 0 || key.0 => *count -= 1,
                        _ => owed.entry(key).or_default().push((result.loc, at)),
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// By what a call and its result are known to belong together: the ID. Without IDs, a result only needs any call before it.
fn key(id: Option<&str>) -> (bool, &str) {
    let id = id.unwrap_or_default();
    (!id.is_empty(), id)
}

/// What an item itself tells; what a request repeats stands in its own order.
fn parts(item: &Item) -> impl Iterator<Item = &Part> {
    let mut item = item;
    while let Item::Within(_, inner) = item {
        item = inner;
    }
    let messages = match item {
        Item::Message(msg) | Item::Answer(_, msg) => std::slice::from_ref(msg),
        Item::Model(run) | Item::Rest(_, run) => run.output.as_slice(),
        _ => &[],
    };
    messages.iter().flat_map(|msg| &msg.parts)
}

/// The order with each early result's item right behind its call's.
fn behind(order: Vec<usize>, early: &[(Loc, usize, usize)]) -> Vec<usize> {
    let mut after: HashMap<usize, Vec<usize>> = HashMap::default();
    let mut moved: HashMap<usize, usize> = HashMap::default();
    for &(_, result, call) in early {
        if result != call && moved.insert(result, call).is_none() {
            after.entry(call).or_default().push(result);
        }
    }
    let count = order.len();
    let mut found = Vec::with_capacity(count);
    let mut pending: Vec<usize> = Vec::new();
    for at in order.iter().copied().filter(|at| !moved.contains_key(at)) {
        pending.push(at);
        while let Some(next) = pending.pop() {
            found.push(next);
            pending.extend(after.remove(&next).into_iter().flatten().rev());
        }
    }
    // Two that wait for each other have no order but that of time.
    if found.len() < count {
        return order;
    }
    found
}
