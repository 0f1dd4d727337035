//! What ties something seen in the session to a finding: an observation that bears on no finding explains none.

use crate::finding::{Basis, Cite, Finding};
use crate::maps::{HashMap, HashSet};
use crate::session::{Call, Session};
use crate::values;
use hindcast_trace::model::EventKind;

/// What findings are about, each with the last finding that is about it.
#[derive(Default)]
pub struct Ties<'f> {
    at: HashSet<u32>,
    tools: HashMap<&'f str, u32>,
    /// The events that a finding quotes. What it merely looked at and ruled out ties nothing.
    quoted: HashMap<u32, u32>,
    /// The identifiers in what a finding quotes and in the arguments of its call.
    ids: HashMap<String, u32>,
}

impl<'f> Ties<'f> {
    /// The ties of some findings.
    pub fn new(session: &'f Session<'_>, findings: &'f [Finding]) -> Self {
        let mut ties = Ties::default();
        for finding in findings {
            let event = finding.event;
            ties.at.insert(event);
            finding.tools.iter().for_each(|tool| latest(&mut ties.tools, tool.as_str(), event));
            let cites = || finding.bases().filter_map(|b| if let Basis::Quote(c) = b { Some(c) } else { None });
            cites().for_each(|c| latest(&mut ties.quoted, c.event(), event));
            let arguments = session.call_at(event).and_then(|c| c.arguments).map(|a| a.text.as_str());
            cites()
                .map(|c| around(session, c))
                .chain(arguments)
                .flat_map(ids_of)
                .for_each(|id| latest(&mut ties.ids, id, event));
        }
        ties
    }

    /// True if a later finding is about this call: about its tool or a value in its arguments, or quotes it.
    pub fn to_call(&self, call: &Call<'_>) -> bool {
        let later = |event: Option<&u32>| event.is_some_and(|&e| e > call.event);
        let result = call.result.as_ref().map(|r| r.event);
        later(self.tools.get(call.name.text.as_str()))
            || later(self.quoted.get(&call.event))
            || result.is_some_and(|r| later(self.quoted.get(&r)))
            || call.arguments.is_some_and(|a| self.to_text(call.event, &a.text))
    }

    /// True if a later finding is about a value in this text.
    pub fn to_text(&self, event: u32, text: &str) -> bool {
        ids_of(text).iter().any(|id| self.ids.get(id).is_some_and(|&e| e > event))
    }

    /// True if a finding is at this event.
    pub fn to_event(&self, event: u32) -> bool {
        self.at.contains(&event)
    }
}

/// The sentence that a quote stands in, as the quoted words may not name what they are about.
fn around<'t>(session: &'t Session<'_>, cite: &'t Cite) -> &'t str {
    let EventKind::Message { texts, .. } = &session.event(cite.event()).kind else { return cite.text() };
    let Some(text) = texts.iter().find(|t| t.loc == cite.loc()) else { return cite.text() };
    let (text, range) = (text.text.as_str(), cite.range());
    let (Some(before), Some(after)) = (text.get(..range.start), text.get(range.end..)) else { return cite.text() };
    let is_end = |c: char| matches!(c, '.' | '!' | '?' | '\n');
    let start = before.rfind(is_end).map_or(0, |at| at + 1);
    let end = after.find(is_end).map_or(text.len(), |at| range.end + at);
    &text[start..end]
}

fn latest<K: std::hash::Hash + Eq>(of: &mut HashMap<K, u32>, key: K, event: u32) {
    let known = of.entry(key).or_insert(event);
    *known = event.max(*known);
}

fn ids_of(text: &str) -> Vec<String> {
    values::ids(text).into_iter().map(|id| id.norm).collect()
}
