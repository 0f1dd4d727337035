//! Requests to a model whose answers are not in the record: what the agent said or called then is unknown, unless a later request
//! repeats it.

use super::Builder;
use super::join::Scope;
use crate::hash::HashSet;
use crate::item::{ModelRun, MsgRole};
use crate::locator::Loc;
use crate::model::{Gap, GapKind, ModelCall};

/// Requests whose answers are not in the record.
#[derive(Default)]
pub struct Unanswered {
    all: Vec<Asked>,
    /// True where the agent's words are told outside of model calls.
    told_elsewhere: bool,
    /// True where any answer is known: some programs record only what is asked, by choice.
    heard: bool,
}

/// One of them.
struct Asked {
    /// Its model call, and the item that it is, as numbers.
    call: u32,
    item: u32,
    scope: Scope,
    /// The ID of the answer.
    id: Option<String>,
    /// The conversation, and how much of it was asked.
    place: Option<(usize, usize)>,
    within: Option<(i64, i64)>,
    loc: Loc,
}

impl Unanswered {
    /// Takes in a request and its answer.
    pub fn take(&mut self, (call, item): (u32, u32), scope: Scope, run: &ModelRun) {
        let id = run.response_id.clone().filter(|id| !id.is_empty());
        let mut told = run.input.iter().chain(&run.output);
        self.heard |= told.any(|msg| msg.role == MsgRole::Assistant);
        if !run.output.is_empty() {
            self.forget(|asked| id.is_some() && asked.id == id);
        } else if run.input.last().is_some_and(|msg| msg.role != MsgRole::Assistant) {
            // A list that ends with the agent's words holds the answer.
            let ModelCall { start, end, loc, .. } = run.call;
            let within = start.zip(end.or(start)).map(|(start, end)| (start.ns, end.ns));
            self.all.push(Asked { call, item, scope, id, place: None, within, loc });
        }
    }

    /// Says where the last request stands, by its model call: in which conversation, and how much of it was asked.
    pub fn stands(&mut self, call: u32, place: Option<(usize, usize)>) {
        if let Some(asked) = self.all.last_mut().filter(|asked| asked.call == call) {
            asked.place = place;
        }
    }

    /// More of an answer was found, by its model call.
    pub fn answered(&mut self, call: Option<u32>) {
        self.forget(|asked| Some(asked.call) == call);
    }

    fn forget(&mut self, is_it: impl Fn(&Asked) -> bool) {
        let near = self.all.len().saturating_sub(NEAR);
        if let Some(found) = self.all[near..].iter().rposition(is_it) {
            self.all.remove(near + found);
        }
    }

    /// Something went wrong: that is what became of a request that was at work then, or that stands right before it.
    pub fn failed(&mut self, item: u32, at: Option<i64>) {
        let is_it = |asked: &Asked| {
            let then = asked.within.zip(at).is_some_and(|((start, end), at)| start <= at && at <= end);
            then || asked.item + 1 == item
        };
        self.forget(is_it);
    }

    /// The agent says something outside of any model call.
    pub fn told_elsewhere(&mut self) {
        self.told_elsewhere = true;
    }
}

/// How many requests are at work at once.
const NEAR: usize = 64;

impl Builder {
    /// Where model calls have no output, and no later request repeats one, what the agent answered is unknown.
    pub(super) fn name_unanswered_calls(&mut self) {
        let Unanswered { all, told_elsewhere, heard } = std::mem::take(&mut self.unanswered);
        if told_elsewhere || !heard {
            return;
        }
        let told: HashSet<(u32, u32)> =
            self.gaps.iter().filter_map(|gap| gap.loc).map(|loc| (loc.base, loc.at)).collect();
        let is_known = |asked: &Asked| {
            let history = self.histories.get(&asked.scope);
            let goes_on = history.zip(asked.place).is_some_and(|(history, place)| history.is_answered(place));
            goes_on || told.contains(&(asked.loc.base, asked.loc.at))
        };
        let mut left = all.iter().filter(|asked| !is_known(asked));
        let Some(first) = left.next().map(|asked| asked.loc) else { return };
        let calls = match left.count() {
            0 => "a model call has".to_owned(),
            more => format!("{} model calls have", more + 1),
        };
        let what = format!("{calls} no output in the record: what the agent answered or called may be missing");
        self.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(first), event: None });
    }
}
