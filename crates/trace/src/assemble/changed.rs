//! What follows from the differences of a request from the conversation that it carries on.
//!
//! Nothing follows from a piece that could not be read, or from words that a library leaves out beside calls: the message
//! is there all the same, in another form.

use super::units::{Kind, Print};

/// How many of the known units a request lacks; `kept` says which it has.
pub fn lost(known: &[Print], kept: &[bool]) -> usize {
    let beside = beside_calls(known, |n| kept[n]);
    (0..known.len()).filter(|&n| !kept[n] && !beside[n]).count()
}

/// True where a request has units before known ones that were not there; `places` are the known units that it repeats.
pub fn inserted(body: &[Print], places: &[Option<usize>]) -> bool {
    let beside = beside_calls(body, |n| places[n].is_some());
    let last = places.iter().rposition(Option::is_some).unwrap_or_default();
    // A result between known calls was to be expected there.
    let counts = |print: &Print| print.loose.is_none() || print.loose == Some(print.hash);
    (0..last).any(|n| places[n].is_none() && !beside[n] && counts(&body[n]))
}

/// True where what is missing, or what stands in its place, could not be read.
pub fn is_damaged(known: &[Print], kept: &[bool], body: &[Print], places: &[Option<usize>]) -> bool {
    let missing = known.iter().zip(kept).any(|(print, kept)| !kept && print.kind == Kind::Damaged);
    missing || breaks_off(body, places)
}

/// True where a request holds something new that could not be read.
pub fn breaks_off(body: &[Print], places: &[Option<usize>]) -> bool {
    body.iter().zip(places).any(|(print, place)| place.is_none() && print.kind == Kind::Damaged)
}

/// For each unit, whether it is words of an answer whose calls both sides have.
fn beside_calls(units: &[Print], shared: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut found = vec![false; units.len()];
    let of_answer = |n: usize| matches!(units[n].kind, Kind::Words | Kind::Call);
    let mut from = 0;
    while from < units.len() {
        let end = (from..units.len()).find(|&n| !of_answer(n)).unwrap_or(units.len());
        let called = (from..end).any(|n| units[n].kind == Kind::Call && shared(n));
        (from..end).for_each(|n| found[n] = called && units[n].kind == Kind::Words);
        from = end + 1;
    }
    found
}
