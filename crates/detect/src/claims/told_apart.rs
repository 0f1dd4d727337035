//! Which of several calls of one tool words speak of: by what one of them was given or answered with, and the others were not.

use crate::session::Call;
use crate::values::{ids, subject::stems};
use std::collections::BTreeSet;

/// So many calls are told apart, the first ones.
const MOST: usize = 16;
/// Only so much of the arguments and of an answer is read.
const READ_AT_MOST: usize = 4096;

/// Leaves the calls that the words name, where they name one of those of the first one's tool and not another: "access to the ledger is
/// granted" is about no other access.
pub(crate) fn keep_named<'s, 't: 's, T>(said: &str, items: &mut Vec<T>, call: impl Fn(&T) -> &'s Call<'t>) {
    let Some(tool) = items.first().map(|i| call(i).name.text.as_str()) else { return };
    let of_tool = |i: &T| call(i).name.text == tool;
    if items.iter().take(MOST).filter(|i| of_tool(i)).count() < 2 {
        return;
    }
    let words: Vec<_> = items.iter().take(MOST).map(|i| of_tool(i).then(|| given(call(i)))).collect();
    let said = stems(said);
    let apart = |w: &String| said.contains(w) && words.iter().flatten().any(|other| !other.contains(w));
    let named: Vec<bool> = words.iter().map(|w| w.as_ref().is_some_and(|w| w.iter().any(apart))).collect();
    if !named.contains(&true) {
        return;
    }
    let mut at = 0;
    items.retain(|_| {
        at += 1;
        words.get(at - 1).is_none_or(|w| w.is_none() || named[at - 1])
    });
}

/// The words of the arguments, and the IDs of the answer: its other words say what became of it.
fn given(call: &Call<'_>) -> BTreeSet<String> {
    let cut = |text: &str| text[..text.floor_char_boundary(READ_AT_MOST)].to_owned();
    let mut found = stems(&call.arguments.map_or_else(String::new, |a| cut(&a.text)));
    let answer = call.result.as_ref().and_then(|r| r.content).map_or_else(String::new, |c| cut(&c.text));
    ids(&answer).iter().for_each(|id| found.extend(stems(&id.norm)));
    found
}
