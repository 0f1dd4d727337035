//! A deed that the user ordered, that no command tried, and that the message tells by its name or with everything else: "all three are done".

use super::super::{Seen, short};
use super::{NAMES, READ_AT_MOST, states, trimmed};
use crate::dialogue::instructed::sentences;
use crate::dialogue::limits;
use crate::finding::{Basis, Category, Cite, Finding};
use crate::session::Session;
use crate::tools::builtin::ToolRole;
use hindcast_trace::model::Text;
use regex::Regex;
use std::ops::Range;

/// The rule path.
const PATH: &str = "ordered-not-run";

/// A deed that the user ordered and no command tried is named in the message, or everything is told as done.
pub(super) fn look(seen: &mut Seen<'_, '_, '_>, event: u32, text: &Text, all: &[Range<usize>]) {
    for (kind, orders, tells) in &NAMES.deeds {
        let tried = seen.ledger.deeds.iter().any(|d| d.kinds.iter().any(|k| k == kind));
        let Some(order) = (!tried).then(|| ordered(seen.session, event, orders)).flatten() else { continue };
        // A script or another tool may do it under its name.
        let touched =
            seen.session.calls.iter().filter(|c| c.named_role().is_none_or(|r| r == ToolRole::Shell)).any(|c| {
                let texts = c.arguments.into_iter().chain(Some(c.name)).chain(c.result.iter().flat_map(|r| r.texts()));
                texts.into_iter().any(|t| {
                    let lower = t.text[..t.text.floor_char_boundary(READ_AT_MOST)].to_lowercase();
                    orders.is_match(&lower)
                })
            });
        if touched {
            continue;
        }
        let named = |r: &&Range<usize>| tells.is_match(&text.text[(*r).clone()].to_lowercase());
        let refused = all.iter().filter(named).any(|r| !states(&text.text[r.clone()]));
        let told = all.iter().find(named).or_else(|| all.iter().find(|r| limits::tells_all(&text.text[(*r).clone()])));
        let Some(range) = told.filter(|r| !refused && states(&text.text[(*r).clone()])) else { continue };
        let Some(cite) = trimmed(event, text, range.clone()) else { continue };
        let said = short(cite.text());
        let title = format!("Reported \"{said}\", but no command in the session is a {kind}");
        let detail = format!(
            "The user ordered a {kind}: \"{}\". The agent says \"{said}\". No command tried it.",
            short(order.text())
        );
        let absence =
            Basis::Absence { sought: format!("a command that is a {kind}"), scope: (0, event.saturating_sub(1)) };
        let finding = Finding::new("claimed-work", Category::Hallucination, event, title, cite).path(PATH);
        return seen.find(kind.clone(), finding.detail(detail).and(Some(order)).and(Some(absence)));
    }
}

/// The sentence with which the user orders a deed; nothing where one forbids it.
fn ordered(session: &Session<'_>, before: u32, orders: &Regex) -> Option<Cite> {
    let mut found = None;
    for text in session.heard_texts().iter().take_while(|t| t.event < before) {
        let prose = text.prose();
        for range in sentences(&prose.text.text) {
            let said = &prose.text.text[range.clone()];
            if said.contains('?') || !orders.is_match(&said.to_lowercase()) {
                continue;
            }
            if NAMES.unordered.as_ref().is_some_and(|r| r.is_match(&said.to_lowercase())) {
                return None;
            }
            found = Cite::of(prose.event, prose.text, range).or(found);
        }
    }
    found
}
