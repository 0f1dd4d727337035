//! Results that name their calls by another ID than the answers that made them. An item of OpenAI's Responses has an ID of its own
//! (`fc_…`) beside that of the call (`call_…`), and some instrumentations write the one in the answer and the other in the next
//! request, which holds only what is new.
//!
//! Such results are joined where one reading is possible: no other answer's calls wait for theirs, or the request names the answer that
//! it goes on from.

use super::join::{Joiner, Scope};
use super::spelled;
use crate::hash::{HashMap, HashSet};
use crate::item::{CallPart, ModelRun, Msg, Part, ResultPart};
use crate::locator::Loc;
use crate::model::{Gap, GapKind};

/// How the ID of an item begins.
const ITEM: &str = "fc_";

/// Answers whose calls wait, and that are looked at.
const WAITING: usize = 64;

/// What is said where more than one result was joined so.
const BY_ORDER: &str = "the calls of an answer and their results have IDs of different kinds, so the results were joined to the calls in their order";

/// The calls of the last answers.
#[derive(Default)]
pub struct Renamed {
    waiting: HashMap<Scope, Vec<Made>>,
    /// The first of several results that only their order joined.
    ordered: Option<Loc>,
}

/// The calls of one answer.
struct Made {
    answer: Option<String>,
    calls: Vec<Call>,
}

/// A call, and the words that its arguments hold.
struct Call {
    id: String,
    given: Vec<String>,
}

impl Call {
    fn new(call: &CallPart) -> Call {
        let words = call.arguments.as_ref().map(|given| spelled::words(&given.text)).unwrap_or_default();
        // What is short stands in many results.
        let given = words.lines().filter(|word| word.len() > 2).map(str::to_owned).collect();
        Call { id: call.id.clone().unwrap_or_default(), given }
    }
}

impl Renamed {
    /// Gives results the IDs of an answer's calls, where there are as many of both and nothing but the kind of the IDs keeps them
    /// apart; then notes the calls of this answer.
    pub fn take(&mut self, run: &mut ModelRun, joiner: &Joiner, scope: Scope) {
        let results = results(run, joiner, scope);
        if let Some(waiting) = self.waiting.get_mut(&scope).filter(|_| !results.is_empty()) {
            let named = waiting.iter().position(|made| made.answer.is_some() && made.answer == run.previous);
            let only = (waiting.len() == 1).then_some(0);
            if let Some(at) = named.or(only) {
                let Made { calls, .. } = waiting.remove(at);
                self.join(&mut run.input, calls, joiner, scope);
            }
        }
        let parts = || run.output.iter().flat_map(|msg| &msg.parts);
        let made: Vec<&CallPart> =
            parts().filter_map(|part| if let Part::Call(call) = part { Some(call) } else { None }).collect();
        let is_item = |call: &&CallPart| call.id.as_ref().is_some_and(|id| id.starts_with(ITEM));
        let waiting = self.waiting.entry(scope).or_default();
        if made.is_empty() && parts().any(|part| matches!(part, Part::Text(_))) {
            // The agent has its results: one that is not there will not come.
            waiting.clear();
        } else if !made.is_empty() && made.iter().all(is_item) && waiting.len() < WAITING {
            waiting.push(Made { answer: run.response_id.clone(), calls: made.into_iter().map(Call::new).collect() });
        }
    }

    fn join(&mut self, input: &mut [Msg], made: Vec<Call>, joiner: &Joiner, scope: Scope) {
        let mut results: Vec<&mut ResultPart> = input
            .iter_mut()
            .flat_map(|msg| &mut msg.parts)
            .filter_map(|part| if let Part::Result(result) = part { Some(result) } else { None })
            .collect();
        let other = |result: &&mut ResultPart| is_other(result, joiner, scope);
        if results.len() != made.len() || !results.iter().all(other) || is_crossed(&results, &made) {
            return;
        }
        if let [first, _, ..] = &results[..] {
            self.ordered.get_or_insert(first.loc);
        }
        results.iter_mut().zip(made).for_each(|(result, call)| result.id = Some(call.id));
    }

    /// What is said of what was joined by its order.
    pub fn gap(&self) -> Option<Gap> {
        let loc = Some(self.ordered?);
        Some(Gap { kind: GapKind::NotRead, what: BY_ORDER.to_owned(), loc, event: None })
    }
}

/// The results of a request by IDs of another kind; none where the request holds calls as well.
fn results<'r>(run: &'r ModelRun, joiner: &Joiner, scope: Scope) -> Vec<&'r ResultPart> {
    let parts = || run.input.iter().flat_map(|msg| &msg.parts);
    if parts().any(|part| matches!(part, Part::Call(_))) {
        return Vec::new();
    }
    let found = parts().filter_map(|part| if let Part::Result(result) = part { Some(result) } else { None });
    found.filter(|result| is_other(result, joiner, scope)).collect()
}

/// True for a result by an ID that is none of an item, and that no call has.
fn is_other(result: &ResultPart, joiner: &Joiner, scope: Scope) -> bool {
    let id = result.id.as_deref().unwrap_or_default();
    !id.is_empty() && !id.starts_with(ITEM) && !joiner.knows_id(id, scope)
}

/// True where a result repeats what another call was given, and nothing that only the call in its place was given.
fn is_crossed(results: &[&mut ResultPart], made: &[Call]) -> bool {
    // Nobody makes more calls than these at once.
    const LOOKED: usize = 32;
    let told = |result: &ResultPart| -> HashSet<String> {
        let words = result.content.as_ref().map(|content| spelled::words(&content.text)).unwrap_or_default();
        words.split(['\n', ' ']).map(str::to_owned).collect()
    };
    let told: Vec<HashSet<String>> = results.iter().take(LOOKED).map(|result| told(result)).collect();
    let repeats = |told: &HashSet<String>, call: &Call, other: &Call| {
        let own = call.given.iter().filter(|value| !other.given.contains(value));
        own.into_iter().any(|value| value.split(' ').all(|word| told.contains(word)))
    };
    told.iter().zip(made).enumerate().any(|(i, (told, own))| {
        let others = made.iter().take(LOOKED).enumerate().filter(|(j, _)| *j != i);
        others.into_iter().any(|(_, other)| repeats(told, other, own) && !repeats(told, own, other))
    })
}
