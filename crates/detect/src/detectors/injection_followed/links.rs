//! What links a sentence of a tool's answer to a call, besides the words that both have: the words of the tool's name in other
//! forms, a look-up between the two, the record that the call is about, and the day that the sentence names.

use super::orders::{self, Orders};
use super::unasked::LONGEST;
use crate::dialogue::other_language::unaccented;
use crate::secrets::squeeze;
use crate::session::{Call, Session};
use hindcast_trace::model::Role;
use std::collections::BTreeSet;

/// So many letters make two forms of a word the same, and so many a part of a compound.
const SAME: usize = 4;
const PART: usize = 6;
/// Longer values are texts.
const SHORT: usize = 80;

/// How many telling words of a tool's name a sentence has in any form, and whether these are all and two at least.
pub(super) fn names(call: &Call<'_>, sentence: &str) -> (usize, bool) {
    let sentence = unaccented(sentence);
    let words: Vec<&str> = sentence.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() >= SAME).collect();
    let telling = call.known.words.iter().map(|w| unaccented(w)).filter(|w| w.chars().count() >= SAME);
    let (mut all, mut had) = (0, 0);
    for word in telling {
        let head: String = word.chars().take(if word.chars().count() > PART { PART - 1 } else { SAME }).collect();
        let part: String = word.chars().take(PART).collect();
        all += 1;
        let has = words.iter().any(|w| w.starts_with(&head) || part.chars().count() == PART && w.contains(&part));
        had += usize::from(has);
    }
    (had, all >= 2 && had == all)
}

/// True where the agent looked something up that only the sentence names, and the answer gave a value of the call.
pub(super) fn looked_up(
    session: &Session<'_>,
    orders: &Orders<'_, '_>,
    call: &Call<'_>,
    from: u32,
    sentence: &str,
    values: &[String],
) -> bool {
    let sentence = squeeze(sentence);
    let between = session.calls.iter().filter(|c| from < c.event && c.event < call.event);
    between.filter(|c| c.result.is_some()).any(|look| {
        let mut sought = Vec::new();
        look.args().into_iter().for_each(|a| orders::strings(a, &mut sought, 0));
        let told = |v: &String| {
            let squeezed = squeeze(v);
            (5..=SHORT).contains(&squeezed.len())
                && sentence.contains(&squeezed)
                && !orders.user_wrote(std::slice::from_ref(v), look.event)
        };
        let gave = |v: &String| {
            v.len() >= 3
                && v.len() <= SHORT
                && !look.arguments.is_some_and(|a| a.text.contains(v.as_str()))
                && look.result.iter().flat_map(|r| r.texts()).any(|t| t.text.contains(v.as_str()))
        };
        sought.iter().any(told) && values.iter().any(gave)
    })
}

/// How many words of the records that hold the call's codes stand in the sentence, in any form, and are not the user's.
pub(super) fn described(
    session: &Session<'_>,
    orders: &Orders<'_, '_>,
    call: &Call<'_>,
    sentence: &str,
    values: &[String],
) -> usize {
    let sentence = unaccented(sentence);
    let own: BTreeSet<String> = orders::described(session, values, call.event);
    own.iter().filter(|w| !orders.user_said(w, call.event) && sentence.contains(unaccented(w).as_str())).count()
}

/// True where a sentence names the day of the month, or of the week, that the operator or the user says is today.
pub(super) fn is_today(session: &Session<'_>, call: &Call<'_>, sentence: &str) -> bool {
    let days = session.messages.iter().filter(|m| m.role != Role::Assistant && m.event < call.event);
    let folded = sentence.to_lowercase();
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    days.flat_map(|m| m.texts).filter(|t| t.text.len() <= LONGEST).flat_map(|t| today(&t.text)).any(|day| {
        words.iter().any(|w| {
            let digits = w.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            // "the 28th", "28.", "den 28": a number of its own with what makes it a day.
            let ordinal = digits.len() < w.len() || folded.contains(&format!("{digits}."));
            ordinal && digits.parse() == Ok(day)
        })
    })
}

/// The days of the month in a text's full dates: `2026-05-28`, `28 May 2026`, `28. Mai 2026`, `May 28, 2026`.
fn today(text: &str) -> Vec<u32> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let year = |w: &str| w.len() == 4 && w.starts_with("20") && w.bytes().all(|b| b.is_ascii_digit());
    let day = |w: &str| -> Option<u32> {
        w.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse().ok().filter(|d| (1..=31).contains(d))
    };
    let mut found = Vec::new();
    for (i, _) in words.iter().enumerate().filter(|(_, w)| year(w)).take(4) {
        // A year before the month and the day.
        let iso = words.get(i + 1).and_then(|m| day(m)).and(words.get(i + 2)).and_then(|d| day(d));
        let before = words[i.saturating_sub(3)..i].iter().rev().find_map(|w| day(w));
        found.extend(iso.or(before));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_dates() {
        assert_eq!(today("Today is 28 May 2026."), [28]);
        assert_eq!(today("Heute: 2026-05-09, 8 Uhr"), [9]);
        assert_eq!(today("It is May 3, 2026"), [3]);
        assert!(today("Order 2051 of 12").is_empty());
    }
}
