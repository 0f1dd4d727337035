//! Spans of the Vercel AI SDK in a program without a context manager, as at the edge: each is a trace of its own, without a parent.
//! Where no attribute names the session, the IDs of calls say what belongs together, and the times of the steps.

use super::span::Span;
use super::vercel;
use crate::hash::{HashMap, HashSet};
use crate::item::{Msg, Part};
use crate::locator::Bases;
use crate::model::{Gap, GapKind};
use crate::time;

/// What is said of sessions that may be a part of a conversation only.
const LOOSE: &str = "spans of the AI SDK have neither a parent nor a session ID, as in a program without a context manager: other calls and messages of the conversation may be in sessions of their own";

/// Puts the spans together that are known to be of one run, as one trace. `named` says that a trace has the ID of a session. Returns
/// the traces of which the rest may be elsewhere.
pub fn join(spans: &mut [Span<'_>], named: impl Fn(&str) -> bool) -> HashSet<String> {
    let mut sizes: HashMap<&str, usize> = HashMap::default();
    spans.iter().filter(|s| vercel::is_any(s)).for_each(|s| *sizes.entry(&s.trace_id).or_default() += 1);
    if sizes.len() < 2 {
        return HashSet::default();
    }
    spans.iter().filter(|s| !vercel::is_any(s)).for_each(|s| {
        sizes.remove(s.trace_id.as_str());
    });
    let is_loose = |s: &Span<'_>| {
        s.parent.is_none() && sizes.get(s.trace_id.as_str()) == Some(&1) && vercel::is_any(s) && !named(&s.trace_id)
    };
    let mut loose: Vec<usize> = (0..spans.len()).filter(|&i| is_loose(&spans[i])).collect();
    // A step alone may be all that was recorded.
    if loose.len() < 2 || loose.iter().all(|&i| vercel::is_step(&spans[i])) {
        return HashSet::default();
    }
    // However they arrived, the first to begin gives the name.
    loose.sort_by_key(|&i| (spans[i].start.map(|start| start.ns), spans[i].trace_id.clone()));
    let mut groups = Groups { above: (0..loose.len()).collect() };
    by_calls(&loose, spans, &mut groups);
    let whole = by_steps(&loose, spans, &mut groups);
    let names: Vec<String> = loose.iter().map(|&i| spans[i].trace_id.clone()).collect();
    let mut partial = HashSet::default();
    for (at, &i) in loose.iter().enumerate() {
        let first = groups.first(at);
        spans[i].trace_id.clone_from(&names[first]);
        if !whole.contains(&first) {
            partial.insert(names[first].clone());
        }
    }
    partial
}

/// What is said of such a session.
pub fn gap(span: &Span<'_>) -> Gap {
    Gap { kind: GapKind::HistoryMissing, what: LOOSE.to_owned(), loc: Some(span.node.loc()), event: None }
}

/// The calls that a span names, for the parts of a file that are read by themselves.
pub fn calls(span: &Span<'_>) -> Vec<String> {
    if span.parent.is_some() || !vercel::is_any(span) {
        return Vec::new();
    }
    let Named { made, told } = Named::of(span);
    made.into_iter().chain(told).collect()
}

/// The IDs of calls in a span.
#[derive(Default)]
struct Named {
    /// Those that the model made in it.
    made: Vec<String>,
    /// Those that it was told of, or that ran in it.
    told: Vec<String>,
}

impl Named {
    fn of(span: &Span<'_>) -> Self {
        let ran = span.attrs.str(&["ai.toolCall.id"]).into_iter().collect();
        if vercel::is_tool(span) {
            return Named { told: ran, ..Named::default() };
        }
        if !vercel::is_model(span) {
            return Named::default();
        }
        let messages = vercel::messages(span, &mut Bases::default());
        Named { made: ids(&messages.output), told: ids(&messages.input) }
    }
}

fn ids(messages: &[Msg]) -> Vec<String> {
    let parts = messages.iter().flat_map(|msg| &msg.parts);
    let id = |part: &Part| match part {
        Part::Call(call) => call.id.clone(),
        Part::Result(result) => result.id.clone(),
        _ => None,
    };
    parts.filter_map(id).filter(|id| !id.is_empty()).collect()
}

/// Joins who made a call, the tool that ran, and who was told of it. An ID that two models gave is of two calls, and says nothing.
fn by_calls(loose: &[usize], spans: &[Span<'_>], groups: &mut Groups) {
    let named: Vec<Named> = loose.iter().map(|&i| Named::of(&spans[i])).collect();
    let mut makers: HashMap<&str, Vec<usize>> = HashMap::default();
    let mut runs: HashMap<&str, usize> = HashMap::default();
    for (at, Named { made, told }) in named.iter().enumerate() {
        made.iter().for_each(|id| makers.entry(id).or_default().push(at));
        if vercel::is_tool(&spans[loose[at]]) {
            told.iter().for_each(|id| *runs.entry(id).or_default() += 1);
        }
    }
    let mut first: HashMap<&str, usize> = HashMap::default();
    let is_one =
        |id: &str| makers.get(id).is_none_or(|all| all.len() == 1) && runs.get(id).is_none_or(|count| *count == 1);
    for (at, Named { made, told }) in named.iter().enumerate() {
        for id in made.iter().chain(told).filter(|id| is_one(id)) {
            let known = *first.entry(id).or_insert(at);
            groups.join(known, at);
        }
    }
}

/// Joins each step with the models that were at work during it, where no other step was. Returns the groups that are a whole run.
fn by_steps(loose: &[usize], spans: &[Span<'_>], groups: &mut Groups) -> HashSet<usize> {
    let period = |i: usize| {
        let (start, end) = (spans[i].start?, spans[i].end?);
        (time::is_of_this_century(start) && end.ns >= start.ns).then_some((start.ns, end.ns))
    };
    let of = |is: fn(&Span<'_>) -> bool| -> Vec<(usize, i64, i64)> {
        let all = loose.iter().enumerate().filter(|(_, i)| is(&spans[**i]));
        all.filter_map(|(at, &i)| period(i).map(|(start, end)| (at, start, end))).collect()
    };
    let (steps, models) = (of(vercel::is_step), of(|span| !vercel::is_step(span)));
    let mut joined = Vec::new();
    // In the order of their starts: one that began before may last longer than those behind it.
    let mut latest = i64::MIN;
    for (n, &(at, start, end)) in steps.iter().enumerate() {
        let before = latest >= start;
        latest = latest.max(end);
        let after = steps.get(n + 1).is_some_and(|(_, next, _)| *next <= end);
        if before || after {
            continue;
        }
        let from = models.partition_point(|(_, began, _)| *began < start);
        let within: Vec<usize> =
            models[from..].iter().take_while(|(_, began, _)| *began <= end).map(|(at, ..)| *at).collect();
        let mut kinds: Vec<usize> = within.iter().map(|&at| groups.first(at)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if let [only] = kinds[..] {
            groups.join(only, at);
            joined.push(at);
        }
    }
    joined.into_iter().map(|at| groups.first(at)).collect()
}

/// Which of them belong together; the first of each group stands for it.
struct Groups {
    above: Vec<usize>,
}

impl Groups {
    fn first(&mut self, at: usize) -> usize {
        let mut top = at;
        while self.above[top] != top {
            self.above[top] = self.above[self.above[top]];
            top = self.above[top];
        }
        top
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        self.above[one.max(other)] = one.min(other);
    }
}
