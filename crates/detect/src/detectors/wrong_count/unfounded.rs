//! A number that no sum, mean, difference, product or share of the rows that were read gives.

use crate::detectors::closing::{answer, short};
use crate::detectors::unfounded;
use crate::finding::{Category, Cite, Finding, RestsOn};
use crate::session::Session;

/// See the module's documentation.
pub(super) fn of(session: &Session<'_>) -> Vec<Finding> {
    let found = unfounded::of(session).into_iter().filter_map(|(seen, text)| {
        let call = session.calls.get(seen.reckoned?)?;
        let cite = Cite::of(seen.event, text, seen.range)?;
        let tool = &call.name.text;
        let (event, result) = answer(call)?;
        let what = if seen.share { "share" } else { "number" };
        let title = format!("The {what} {} does not follow from the result of `{tool}`", short(cite.text()));
        let detail = format!(
            "The agent says {}. It stands nowhere before, and no sum, mean, difference, product or share of what `{tool}` returned gives it.",
            cite.text()
        );
        let made = Finding::new("wrong-count", Category::Misinterpretation, seen.event, title, cite)
            .path("unfounded")
            .and(Cite::whole(event, result))
            .detail(detail)
            .rests_on(RestsOn::Assumption("the number is about what the agent read in this turn".into()))
            .tool(tool);
        Some(made)
    });
    found.collect()
}
