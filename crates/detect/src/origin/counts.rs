//! "I found 7 trains": numbers that the agent gives for how many there are, held against lists in answers.
//!
//! A count is judged only where the list that it counts can be named: the noun is the list's key, a member of its
//! items, or a word of the tool's name. A number that follows from the list in any ordinary way (a part of it by the
//! value of a field, the distinct values, quantities, several pages) is right.

mod lists;
mod own_list;
mod phrase;
mod table;

pub use lists::{List, lists};
pub use own_list::length as own_length;
pub use phrase::{Count, counts};
pub use table::rows as table_rows;

use crate::session::Session;

/// So many lists of one name are looked at, the latest first.
const MOST_NAMED: usize = 12;

/// What a count is worth.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It can be explained, or is not about a list known here.
    Fine,
    /// It cannot; the right number, and the list's call.
    Wrong {
        /// What the list says.
        right: i64,
        /// How that was counted.
        how: String,
        /// Index into [`Session::calls`].
        call: usize,
    },
    /// Several lists may be meant, and none of them has this number.
    Ambiguous,
    /// The list is cut off in the trace.
    CutOff {
        /// Index into [`Session::calls`].
        call: usize,
    },
}

/// Judges one count against the lists that came before it.
pub fn judge(session: &Session<'_>, lists: &[List<'_>], count: &Count) -> Verdict {
    let before: Vec<&List<'_>> = lists.iter().filter(|l| l.event < count.event).collect();
    // The latest list from the same place; an older one has been overtaken.
    let mut named: Vec<&List<'_>> = Vec::new();
    for list in before.iter().rev().filter(|l| l.is_named(count)) {
        if !named.iter().any(|n| n.tool == list.tool && n.key == list.key && n.arguments == list.arguments) {
            named.push(list);
        }
        if named.len() >= MOST_NAMED {
            break;
        }
    }
    let mut verdicts = named.iter().map(|list| against(session, &before, list, count));
    let Some(first) = verdicts.next() else { return Verdict::Fine };
    let fine = |v: &Verdict| matches!(v, Verdict::Fine);
    if fine(&first) || verdicts.any(|v| fine(&v)) {
        return Verdict::Fine;
    }
    if named.len() > 1 { Verdict::Ambiguous } else { first }
}

/// Judges one count against one list.
fn against(session: &Session<'_>, before: &[&List<'_>], list: &List<'_>, count: &Count) -> Verdict {
    if list.cut {
        return Verdict::CutOff { call: list.call };
    }
    let wrong = |right: i64, how: &str| Verdict::Wrong { right, how: how.to_owned(), call: list.call };
    let len = list.items.len() as i64;
    // A filter named in the sentence decides: "three are overdue".
    if let Some(filtered) = list.filtered(count) {
        return if filtered.readings.contains(&count.number) || explained(session, before, list, count, true) {
            Verdict::Fine
        } else {
            wrong(filtered.right, &format!("items with {}", filtered.how))
        };
    }
    if list.qualified(count) && !count.distinct {
        return Verdict::Fine;
    }
    if let Some(total) = list.total {
        // A page is not the whole, unless the agent says that it speaks of the page.
        if count.number != total && count.number == len && !count.about_page && count.whole {
            return wrong(total, "the total that the answer states");
        }
        if count.number == total {
            return Verdict::Fine;
        }
    }
    if count.number == len || !count.whole || explained(session, before, list, count, false) {
        return Verdict::Fine;
    }
    if count.distinct {
        return list.distinct_near(count.number).map_or(Verdict::Fine, |right| wrong(right, "different values"));
    }
    wrong(len, "items in the list")
}

/// Ordinary ways to a number other than counting the list.
fn explained(session: &Session<'_>, before: &[&List<'_>], list: &List<'_>, count: &Count, filtered: bool) -> bool {
    let n = count.number;
    if count.distinct {
        return list.distinct().contains(&n);
    }
    let pages: i64 =
        before.iter().filter(|l| l.tool == list.tool && l.key == list.key).map(|l| l.items.len() as i64).sum();
    let same_call: i64 = before.iter().filter(|l| l.call == list.call).map(|l| l.items.len() as i64).sum();
    // The whole list is no answer to how many of it are free.
    n == pages && !filtered
        || n == same_call && !filtered && list.key.is_empty()
        || list.quantities() == Some(n)
        || (!filtered && (list.group_sizes().contains(&n) || list.distinct().contains(&n)) && !count.noun_is_key)
        || list.less_than_whole(session, count)
        || !count.whole_strict
            && session.heard_texts().iter().take_while(|t| t.event < count.event).any(|t| {
                let prose = t.prose();
                (0..prose.words.len()).any(|i| phrase::number(prose.word(i)) == Some(n))
            })
}
