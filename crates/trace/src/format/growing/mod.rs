//! Logs of requests to a model, each of which repeats the conversation so far: which request goes on from which, where no ID says so.
//!
//! A request goes on from another one where it begins with all that one asked and with what was answered. Where the answer is not
//! in the record, it begins with all that was asked, and has more. Instructions do not count, since programs write the time and the
//! like into them, and neither does reasoning, which providers let go of.

mod links;
mod print;
#[cfg(test)]
mod tests;

pub use links::Links;

use super::Document;
use super::repeats::REPEATED;
use crate::item::{Output, Session};
use crate::node::Node;
use links::bare;
use print::{has_id, print};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a record of a log asked and what was answered, each as messages or items. Nothing was answered where that is not in the
/// record, or not as messages.
pub type Exchange<'d> = (Vec<Node<'d>>, Vec<Node<'d>>);

/// What tells whether a request goes on from another: a hash for each beginning of what was asked, and one for all of it with
/// what was answered.
#[derive(Debug, Default)]
pub struct Steps {
    prefixes: Vec<u64>,
    end: Option<u64>,
    /// There is no answer to compare.
    bare: bool,
    /// What is asked has IDs, and stands in a file with others: the same once more is the same state.
    named: bool,
}

impl Steps {
    /// The steps of one record.
    pub fn of(doc: &Document<'_>, (asked, answered): &Exchange<'_>) -> Self {
        let mut so_far = DefaultHasher::new();
        let mut add = |node: &Node<'_>| {
            print(*node)?.hash(&mut so_far);
            Some(so_far.finish())
        };
        let prefixes: Vec<u64> = asked.iter().filter_map(&mut add).collect();
        // A request without words is the beginning of everything.
        let end = answered.iter().filter_map(&mut add).last().filter(|_| !prefixes.is_empty());
        let bare_end = prefixes.last().map(|asked| bare(*asked));
        Steps {
            bare: end.is_none(),
            end: end.or(bare_end),
            prefixes,
            named: doc.number != 0 && asked.iter().any(|node| has_id(*node)),
        }
    }
}

/// For each record, the one that it goes on from. `exchange` gives nothing for what is no request, or is known by an ID.
pub fn links<'d>(
    docs: &[Document<'d>],
    exchange: impl Fn(&Document<'d>) -> Option<Exchange<'d>>,
) -> Vec<Option<usize>> {
    linked(docs, &[], exchange).0
}

/// The same, where some records are copies of earlier ones; also says which of these nothing goes on from.
pub fn linked<'d>(
    docs: &[Document<'d>],
    copies: &[bool],
    exchange: impl Fn(&Document<'d>) -> Option<Exchange<'d>>,
) -> (Vec<Option<usize>>, Vec<bool>) {
    let mut links = Links::default();
    let mut unused = vec![false; docs.len()];
    let mut all: Vec<Option<usize>> = Vec::with_capacity(docs.len());
    for (at, doc) in docs.iter().enumerate() {
        let steps = exchange(doc).map(|exchange| Steps::of(doc, &exchange));
        unused[at] = copies.get(at) == Some(&true);
        all.push(match unused[at] {
            true => {
                links.add_copy(steps.as_ref());
                None
            }
            false => links.add(steps.as_ref()),
        });
    }
    for (at, before) in links.late() {
        let known = all.get_mut(at).and_then(|link| link.replace(before));
        // What was known holds less, and is where the one in between begins.
        if let Some(link) = all.get_mut(before).filter(|link| link.is_none()) {
            *link = known.filter(|known| *known != before);
        }
    }
    for (at, before) in links.used() {
        if let (Some(link), Some(unused)) = (all.get_mut(at), unused.get_mut(at)) {
            (*link, *unused) = (before, false);
        }
    }
    (all, unused)
}

/// The order in which each record stands behind the one that it goes on from, and otherwise as in the file.
pub fn ordered(links: &[Option<usize>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(links.len());
    let mut known = vec![false; links.len()];
    let mut way = Vec::new();
    for at in 0..links.len() {
        let mut next = Some(at);
        // What was come by on the way is known: a hostile chain may run in circles.
        while let Some(at) = next.filter(|at| known.get(*at) == Some(&false)) {
            known[at] = true;
            way.push(at);
            next = links[at];
        }
        order.extend(way.drain(..).rev());
    }
    order
}

/// The records of each conversation, in the order in which these began. A copy of an earlier record counts where a second run went
/// through it.
pub fn conversations<'a, 'd>(
    docs: &'a [Document<'d>],
    copies: &[bool],
    exchange: impl Fn(&Document<'d>) -> Option<Exchange<'d>>,
    out: &mut Output,
) -> Vec<Vec<&'a Document<'d>>> {
    let (links, unused) = linked(docs, copies, exchange);
    let mut all: Vec<Vec<&Document<'d>>> = Vec::with_capacity(docs.len());
    let mut place: Vec<Option<usize>> = vec![None; docs.len()];
    for at in ordered(&links) {
        if unused.get(at) == Some(&true) {
            docs.get(at).into_iter().for_each(|doc| out.bookkeeping(doc.root, REPEATED));
            continue;
        }
        let before = links.get(at).copied().flatten();
        let to = before.and_then(|before| *place.get(before)?).unwrap_or(all.len());
        if to == all.len() {
            all.push(Vec::with_capacity(1));
        }
        all[to].extend(docs.get(at));
        place[at] = Some(to);
    }
    all
}

/// The session of a conversation, out of its records.
pub fn session<'d>(conversation: &[&Document<'d>], mut read: impl FnMut(&Document<'d>) -> Session) -> Option<Session> {
    let mut records = conversation.iter().map(|doc| read(doc));
    let mut session = records.next()?;
    for more in records {
        session.items.extend(more.items);
        session.tools.extend(more.tools);
        session.gaps.extend(more.gaps);
    }
    Some(session)
}
