//! Spans of the Vercel AI SDK in a program without a context manager, as at the edge: each is a trace of its own, without a parent.
//! Where no attribute names the session, the IDs of calls say what belongs together, and
//! the first words and times of the steps.

use super::span::Span;
use super::vercel;
use crate::hash::{HashMap, HashSet};
use crate::item::{Msg, MsgRole, Part};
use crate::locator::Bases;
use crate::model::{Gap, GapKind};
use crate::time;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What is said of sessions that may be a part of a conversation only.
const LOOSE: &str = "spans of the AI SDK have neither a parent nor a session ID, as in a program without a context manager: other calls and messages of the conversation may be in sessions of their own";

/// Puts the spans together that are known to be of one run, as one trace. `named` says that a trace has the ID of a session. Returns
/// the traces of which the rest may be elsewhere. What is decided of a span depends only on those that share a call or the first
/// words with it, so that a file that is read in parts is read alike.
pub fn join(spans: &mut [Span<'_>], named: impl Fn(&str) -> bool) -> HashSet<String> {
    let mut sizes: HashMap<&str, usize> = HashMap::default();
    spans.iter().filter(|s| vercel::is_any(s)).for_each(|s| *sizes.entry(&s.trace_id).or_default() += 1);
    if sizes.is_empty() {
        return HashSet::default();
    }
    spans.iter().filter(|s| !vercel::is_any(s)).for_each(|s| {
        sizes.remove(s.trace_id.as_str());
    });
    let is_loose = |s: &Span<'_>| {
        s.parent.is_none() && sizes.get(s.trace_id.as_str()) == Some(&1) && vercel::is_any(s) && !named(&s.trace_id)
    };
    let mut loose: Vec<usize> = (0..spans.len()).filter(|&i| is_loose(&spans[i])).collect();
    // However they arrived, the first to begin gives the name.
    loose.sort_by_key(|&i| (spans[i].start.map(|start| start.ns), spans[i].trace_id.clone()));
    let all: Vec<Named> = loose.iter().map(|&i| Named::of(&spans[i])).collect();
    let mut groups = Groups { above: (0..loose.len()).collect() };
    by_calls(&all, &mut groups);
    let whole = by_steps(&all, &mut groups);
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

/// What a span shares with others of its run, for the parts of a file that are read by themselves.
pub fn shared(span: &Span<'_>) -> Vec<String> {
    if span.parent.is_some() || !vercel::is_any(span) {
        return Vec::new();
    }
    let Named { made, told, opening, .. } = Named::of(span);
    let calls = made.into_iter().chain(told).map(|id| format!("call {id}"));
    calls.chain(opening.map(|words| format!("words {words:016x}"))).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Step,
    Model,
    Tool,
}

/// What tells of which run a span is.
struct Named {
    is: Is,
    /// The IDs of calls that the model made in it.
    made: Vec<String>,
    /// Those that it was told of, or that ran in it.
    told: Vec<String>,
    /// A hash of the user's first words.
    opening: Option<u64>,
    /// When it began and ended.
    period: Option<(i64, i64)>,
}

impl Named {
    fn of(span: &Span<'_>) -> Self {
        let period = span.start.zip(span.end).filter(|(start, _)| time::is_of_this_century(*start));
        let period = period.map(|(start, end)| (start.ns, end.ns)).filter(|(start, end)| start <= end);
        let ran: Vec<String> = span.attrs.str(&["ai.toolCall.id"]).into_iter().collect();
        if vercel::is_tool(span) {
            return Named { is: Is::Tool, made: Vec::new(), told: ran, opening: None, period };
        }
        let messages = vercel::messages(span, &mut Bases::default());
        let opening = opening(&messages.input);
        match vercel::is_model(span) {
            true => {
                let (made, told) = (ids(&messages.output), ids(&messages.input));
                Named { is: Is::Model, made, told, opening, period }
            }
            // A step repeats what its models hold.
            false => Named { is: Is::Step, made: Vec::new(), told: Vec::new(), opening, period },
        }
    }
}

fn opening(messages: &[Msg]) -> Option<u64> {
    let first = messages.iter().find(|msg| msg.role == MsgRole::User)?;
    let mut hasher = DefaultHasher::new();
    let texts = first.parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(&text.text) } else { None });
    texts.flat_map(|text| text.split_whitespace()).for_each(|word| word.hash(&mut hasher));
    Some(hasher.finish())
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
fn by_calls(all: &[Named], groups: &mut Groups) {
    let mut makers: HashMap<&str, usize> = HashMap::default();
    let mut runs: HashMap<&str, usize> = HashMap::default();
    for Named { is, made, told, .. } in all {
        made.iter().for_each(|id| *makers.entry(id).or_default() += 1);
        told.iter().filter(|_| *is == Is::Tool).for_each(|id| *runs.entry(id).or_default() += 1);
    }
    let is_one = |id: &str| makers.get(id).is_none_or(|n| *n == 1) && runs.get(id).is_none_or(|n| *n == 1);
    let mut first: HashMap<&str, usize> = HashMap::default();
    for (at, Named { made, told, .. }) in all.iter().enumerate() {
        for id in made.iter().chain(told).filter(|id| is_one(id)) {
            let known = *first.entry(id).or_insert(at);
            groups.join(known, at);
        }
    }
}

/// Joins each step with the models that were at work during it and began with the same words, where no other such step was. Returns
/// the groups that are a whole run.
fn by_steps(all: &[Named], groups: &mut Groups) -> HashSet<usize> {
    let mut steps: HashMap<u64, Vec<usize>> = HashMap::default();
    let mut models: HashMap<u64, Vec<usize>> = HashMap::default();
    for (at, named) in all.iter().enumerate() {
        let of = match named.is {
            Is::Step => &mut steps,
            Is::Model => &mut models,
            Is::Tool => continue,
        };
        of.entry(named.opening.unwrap_or_default()).or_default().push(at);
    }
    let tools: Vec<i64> = all.iter().filter(|n| n.is == Is::Tool).filter_map(|n| Some(n.period?.0)).collect();
    let ran_during = |(start, end): (i64, i64)| {
        tools.get(tools.partition_point(|began| *began < start)).is_some_and(|began| *began <= end)
    };
    let mut whole = Vec::new();
    for (opening, steps) in &steps {
        let Some(models) = models.get(opening) else {
            // A step alone may be all that was recorded.
            let alone = |at: &&usize| all[**at].period.is_none_or(|period| !ran_during(period));
            whole.extend(steps.iter().filter(alone));
            continue;
        };
        let timed: Vec<(usize, i64, i64)> =
            steps.iter().filter_map(|&at| all[at].period.map(|(start, end)| (at, start, end))).collect();
        let began: Vec<(i64, usize)> = models.iter().filter_map(|&at| Some((all[at].period?.0, at))).collect();
        // In the order of their starts: one that began before may last longer than those behind it.
        let mut latest = i64::MIN;
        for (n, &(at, start, end)) in timed.iter().enumerate() {
            let before = latest >= start;
            latest = latest.max(end);
            if before || timed.get(n + 1).is_some_and(|(_, next, _)| *next <= end) {
                continue;
            }
            let from = began.partition_point(|(time, _)| *time < start);
            let within = began[from..].iter().take_while(|(time, _)| *time <= end);
            let mut kinds: Vec<usize> = within.map(|(_, at)| groups.first(*at)).collect();
            kinds.sort_unstable();
            kinds.dedup();
            if let [only] = kinds[..] {
                groups.join(only, at);
                whole.push(at);
            }
        }
    }
    whole.into_iter().map(|at| groups.first(at)).collect()
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
