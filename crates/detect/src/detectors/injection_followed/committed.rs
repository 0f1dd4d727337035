//! Words that a text dictates to agents, and that stand in what a coding agent publishes.

use super::answered;
use super::coding::is_foreign;
use super::local::is_local;
use super::orders::{Order, Orders};
use super::relay::relays_text;
use super::words::{LETTER, Said, finding, in_a_row, reports, wants_text};
use crate::finding::Finding;
use crate::session::{Call, Session};
use crate::tools::builtin::ToolRole;

/// A finding for each text that a coding agent writes with words that something from outside the project, or a file that is not
/// made for agents, dictates to them.
pub(super) fn committed(session: &Session<'_>, orders: &Orders<'_, '_>) -> Vec<Finding> {
    let outside = |o: &&Order<'_>| {
        !o.place.claimed && o.says() && (answered(session, o.event).is_some_and(is_foreign) || is_local(session, o))
    };
    let dictating: Vec<_> = orders.list.iter().filter(outside).collect();
    let Some(first) = dictating.first().map(|o| o.event) else { return Vec::new() };
    let written = session.calls.iter().filter(|c| c.event > first && publishes(c));
    let found = written.filter_map(|call| {
        let text = call.arguments.filter(|a| a.text.len() >= LETTER)?;
        let said = Said::new(text);
        let mut before = dictating.iter().filter(|o| o.event < call.event && !relays_text(call, o.words()));
        let (order, (place, there)) = before.find_map(|o| Some((o, in_a_row(o, &said)?)))?;
        let told = wants_text(session, call.event) || reports(&text.text, &place);
        let phrase = text.text[place.clone()].split_whitespace().count() >= 3;
        let foreign = answered(session, order.event).is_some_and(is_foreign);
        let path = if foreign { "words-coding" } else { "words-local" };
        finding(call.event, text, place, order, there, path, Some(call)).filter(|_| phrase && !told)
    });
    found.collect()
}

/// True for a command that puts words where others read them.
fn publishes(call: &Call<'_>) -> bool {
    const PUBLISH: [&str; 4] = ["commit", "gh ", "glab ", "git tag"];
    call.named_role() == Some(ToolRole::Shell)
        && call.arguments.is_some_and(|a| PUBLISH.iter().any(|p| a.text.contains(p)))
}
