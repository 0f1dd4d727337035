//! Numbers of an answer against the rows of a result, in any form of table and any language: the largest and the smallest, how many have
//! a value or pass a limit, whose value is told, and what adds up.
//!
//! A number is flagged only where one table can be meant, and no reading of the number fits it.

mod derived;
mod group;
mod limit;
mod listed;
mod most;
mod owner;
mod part;
mod row;
mod scene;
mod sizes;

use crate::detectors::closing::{Closing, all, answer, short};
use crate::finding::{Category, Cite, Finding, RestsOn};
use crate::session::Session;
use scene::Scene;
use std::ops::Range;

/// What a rule sees.
struct Seen {
    /// The words in the answer.
    range: Range<usize>,
    /// The rule path.
    path: &'static str,
    /// Index of the call within the turn.
    call: usize,
    /// What the result says, as the end of a sentence.
    right: String,
}

type Rule = fn(&Scene<'_, '_>) -> Option<Seen>;
const RULES: [Rule; 9] = [
    most::look,
    owner::look,
    limit::look,
    group::look,
    listed::look,
    row::look,
    part::look,
    derived::look,
    sizes::look,
];

/// What the closing words of each turn get wrong.
pub(super) fn of(session: &Session<'_>) -> Vec<Finding> {
    session.until_stopped(all(session).iter()).filter_map(|closing| judge(session, closing)).take(4).collect()
}

fn judge<'s, 't>(session: &'s Session<'t>, closing: &'s Closing<'s, 't>) -> Option<Finding> {
    let scene = Scene::of(session, closing)?;
    let seen = RULES.iter().find_map(|rule| rule(&scene))?;
    let cite = Cite::of(closing.event, closing.text, seen.range)?;
    let call = closing.calls.get(seen.call)?;
    let tool = &call.name.text;
    let (event, text) = answer(call)?;
    let title = format!("Claimed \"{}\", but in the result of `{tool}` {}", short(cite.text()), seen.right);
    let detail = format!("The agent says \"{}\". In the result of `{tool}` {}.", cite.text(), seen.right);
    let made = Finding::new("wrong-count", Category::Misinterpretation, closing.event, title, cite)
        .path(seen.path)
        .and(Cite::whole(event, text))
        .detail(detail)
        .rests_on(RestsOn::Assumption("the number is about the only table of the turn that it can be about".into()))
        .tool(tool);
    Some(made)
}

#[cfg(test)]
mod tests;
