//! Requests of which a part is missing, as where a span may hold only so many attributes: what is left of the history says
//! neither where it stood nor whether it was told before.
//!
//! What stands behind the last words of the agent was said since, and is new. All that is left counts only where nothing was
//! told before it. Where messages are numbered, those that stood under the same numbers in an earlier request are known.

use super::answered;
use super::join::Scope;
use super::units::Print;
use crate::hash::{HashMap, printer};
use crate::item::{Left, ModelRun, Msg, MsgRole, Part, Unread};
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

/// What is said of a tool's answer that nothing but its place would join to a call.
const NAMELESS: &str = "a result without the ID of its call";

/// What was seen of such requests.
#[derive(Default)]
pub struct Leftovers {
    /// The scopes in which anything was told.
    told: Vec<bool>,
    last: HashMap<Scope, Last>,
    /// What the last conversations of a scope held, by the numbers of the messages; nothing where that is not known.
    numbered: HashMap<Scope, VecDeque<Vec<Option<u64>>>>,
}

/// Conversations that are kept: of agents at work at the same time, each has its own.
const KEPT: usize = 8;

/// The last such request.
struct Last {
    asked: Vec<Print>,
    said: Vec<Print>,
    within: Option<(i64, i64)>,
}

impl Leftovers {
    /// Something is told in a scope. True where something was before.
    pub fn heard(&mut self, scope: Scope) -> bool {
        let at = scope as usize;
        if self.told.len() <= at {
            self.told.resize(at + 1, false);
        }
        std::mem::replace(&mut self.told[at], true)
    }

    /// Takes in the messages of a request from a number on. Says how many of them stood there before.
    pub fn known(&mut self, first: usize, input: &[Msg], scope: Scope) -> usize {
        // Messages are lost from lists of some hundred; a number may be anything.
        const MOST: usize = 1 << 20;
        if first > MOST {
            return 0;
        }
        let now: Vec<u64> = input.iter().map(print).collect();
        let lists = self.numbered.entry(scope).or_default();
        let goes_on = |list: &Vec<Option<u64>>| {
            let mut same = 0;
            for (n, (now, before)) in now.iter().zip(list.iter().skip(first)).enumerate() {
                match before {
                    Some(before) if before == now => same += 1,
                    // What the first message answers may be among what is lost.
                    Some(_) if n > 0 || first == 0 => return false,
                    _ => {}
                }
            }
            same > 0
        };
        let found = lists.iter().rposition(goes_on).and_then(|at| lists.remove(at));
        let mut list = found.unwrap_or_else(|| vec![None; first]);
        let known = list.len().saturating_sub(first).min(now.len());
        list.extend(now[known..].iter().copied().map(Some));
        if lists.len() == KEPT {
            lists.pop_front();
        }
        lists.push_back(list);
        known
    }

    /// What of a request is new; nothing where it is a second sighting of the last one.
    pub fn take(&mut self, part: Left, run: ModelRun, scope: Scope) -> Option<ModelRun> {
        let mut run = run;
        let from = match part {
            Left::End(_) => run.input.iter().rposition(|msg| msg.role == MsgRole::Assistant).map_or(0, |at| at + 1),
            Left::Beginning => run.input.len(),
        };
        let known = match part {
            Left::End(Some(first)) => self.known(first as usize, &run.input, scope),
            _ => 0,
        };
        let (asked, said) = (answered::prints(&run.input[from..]), answered::prints(&run.output));
        if self.heard(scope) {
            run.input.drain(..from.max(known));
        }
        run.input.iter_mut().for_each(without_guesses);
        let within = run.call.start.zip(run.call.end).map(|(start, end)| (start.ns, end.ns));
        let last = self.last.insert(scope, Last { asked, said, within });
        if let Some((last, now)) = last.zip(self.last.get(&scope)).filter(|(last, now)| last.asked == now.asked) {
            let at_once = last.within.zip(now.within).is_some_and(|(a, b)| a.0 < b.1 && b.0 < a.1);
            if at_once && last.said == now.said {
                return None;
            }
            // The same request once more, since it was not answered.
            if last.said.is_empty() {
                run.input.clear();
            }
        }
        Some(run)
    }
}

/// What a message is known by.
fn print(msg: &Msg) -> u64 {
    let mut hasher = printer();
    answered::prints(std::slice::from_ref(msg)).iter().for_each(|print| print.hash.hash(&mut hasher));
    hasher.finish()
}

/// A result that does not name its call would be joined to the first one that waits, which may be that of one that is missing.
fn without_guesses(msg: &mut Msg) {
    for part in &mut msg.parts {
        if let Part::Result(result) = part
            && result.id.as_ref().is_none_or(String::is_empty)
        {
            *part = Part::Unread(Unread { kind: NAMELESS.to_owned(), attachment: false, length: 0, loc: result.loc });
        }
    }
}
