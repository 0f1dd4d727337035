//! Results that name their calls by another ID than the answers that made them. An item of OpenAI's Responses has an ID of its own
//! (`fc_…`) beside that of the call (`call_…`), and some instrumentations write the one in the answer and the other in the next
//! request, which holds only what is new.

use super::join::{Joiner, Scope};
use crate::hash::HashMap;
use crate::item::{Msg, Part, ResultPart};
use crate::locator::Loc;
use crate::model::{Gap, GapKind};

/// How the ID of an item begins.
const ITEM: &str = "fc_";

/// What is said where more than one result was joined so.
const BY_ORDER: &str = "the calls of an answer and their results have IDs of different kinds, so the results were joined to the calls in their order";

/// The calls of the last answers.
#[derive(Default)]
pub struct Renamed {
    last: HashMap<Scope, Vec<String>>,
    /// The first of several results that only their order joined.
    ordered: Option<Loc>,
}

impl Renamed {
    /// Gives results the IDs of the last answer's calls, where there are as many of both and nothing but the kind of the IDs
    /// keeps them apart; then notes the calls of this answer.
    pub fn take(&mut self, input: &mut [Msg], output: &[Msg], joiner: &Joiner, scope: Scope) {
        if let Some(made) = self.last.remove(&scope) {
            self.join(input, made, joiner, scope);
        }
        let calls = output.iter().flat_map(|msg| &msg.parts).filter_map(|part| match part {
            Part::Call(call) => Some(call.id.clone().unwrap_or_default()),
            _ => None,
        });
        let made: Vec<String> = calls.collect();
        if !made.is_empty() && made.iter().all(|id| id.starts_with(ITEM)) {
            self.last.insert(scope, made);
        }
    }

    fn join(&mut self, input: &mut [Msg], made: Vec<String>, joiner: &Joiner, scope: Scope) {
        let is_call = |part: &Part| matches!(part, Part::Call(_));
        if input.iter().any(|msg| msg.parts.iter().any(is_call)) {
            return;
        }
        let mut results: Vec<&mut ResultPart> = input
            .iter_mut()
            .flat_map(|msg| &mut msg.parts)
            .filter_map(|part| if let Part::Result(result) = part { Some(result) } else { None })
            .collect();
        let other = |result: &&mut ResultPart| {
            let id = result.id.as_deref().unwrap_or_default();
            !id.is_empty() && !id.starts_with(ITEM) && !joiner.knows_id(id, scope)
        };
        if results.len() != made.len() || !results.iter().all(other) {
            return;
        }
        if let [first, _, ..] = &results[..] {
            self.ordered.get_or_insert(first.loc);
        }
        results.iter_mut().zip(made).for_each(|(result, id)| result.id = Some(id));
    }

    /// What is said of what was joined by its order.
    pub fn gap(&self) -> Option<Gap> {
        let loc = Some(self.ordered?);
        Some(Gap { kind: GapKind::NotRead, what: BY_ORDER.to_owned(), loc, event: None })
    }
}
