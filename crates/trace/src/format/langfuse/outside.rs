//! What generations lack and the steps around them tell: some integrations write a model's input as the repr of Python
//! objects, or record no answer of it at all.

use super::gather::TraceRecord;
use super::nest::Nest;
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, ModelRun, Msg, MsgRole, Part};
use crate::locator::Bases;
use crate::model::{Stamp, Transport};
use crate::node::Node;
use crate::payload;

/// The conversations that the steps around generations tell, and what is known of the generations so far.
#[derive(Default)]
pub struct Outside {
    /// By observation: its messages, where somebody's words are among them, and how many of them were answered so far.
    told: HashMap<usize, Option<(Vec<Msg>, usize)>>,
    /// The last generation and its item.
    last: Option<(usize, usize)>,
    answered: bool,
}

impl Outside {
    /// Gives a model call whose input cannot be read the conversation that a step around it tells, up to the call's answer.
    pub fn ask(&mut self, record: &TraceRecord<'_>, of: usize, run: &mut ModelRun, bases: &mut Bases) {
        let repr = |part: &Part| matches!(part, Part::Unread(u) if u.kind == payload::PYTHON_REPR);
        if !run.input.iter().any(|msg| msg.parts.iter().any(repr)) {
            return;
        }
        for at in record.upwards(of).skip(1) {
            let Some(output) = record.observations[at].output else { continue };
            let told = self.told.entry(at).or_insert_with(|| conversation(output, bases));
            let Some((messages, answered)) = told else { continue };
            let place = messages.iter().skip(*answered).position(|msg| run.output.iter().any(|o| is_same(msg, o)));
            if let Some(place) = place.map(|n| n + *answered) {
                run.input = messages[..place].to_vec();
                *answered = place + 1;
                return;
            }
        }
    }

    /// Remembers where a generation of the main conversation is among the items.
    pub fn place(&mut self, of: usize, item: usize, run: &ModelRun) {
        self.answered |= !run.output.is_empty();
        self.last = Some((of, item));
    }

    /// Where no generation has an answer, what a step around the last one gave out, or one beside it that came after, is the
    /// last answer.
    pub fn answer(&self, record: &TraceRecord<'_>, nest: &Nest, items: &mut [Item]) {
        let Some((last, item)) = self.last.filter(|_| !self.answered) else { return };
        let Some(Item::Model(run)) = items.get_mut(item) else { return };
        let all = &record.observations;
        let around: Vec<usize> = record.upwards(last).skip(1).collect();
        let above = |o: usize| record.upwards(o).nth(1).is_none_or(|up| around.contains(&up));
        let began = all[last].start.map(|t| t.ns);
        let candidates = (0..all.len()).filter(|&o| {
            let seen = &all[o];
            let step = !nest.tools[o] && !matches!(seen.kind.as_str(), "GENERATION" | "RETRIEVER" | "GUARDRAIL");
            let words = seen.output.is_some_and(|n| n.str().is_some_and(|s| !s.trim_start().starts_with(['{', '['])));
            step && words && seen.end.map(|t| t.ns) >= began && (around.contains(&o) || above(o))
        });
        let Some(step) = candidates.min_by_key(|&o| all[o].end.map(|t| t.ns)) else { return };
        let said = all[step].output.and_then(|n| payload::plain(n, MsgRole::Assistant));
        run.output.extend(said);
    }
}

/// Results that no generation's input and no tool holds, by the IDs of their calls, from what the steps around them gave out:
/// a run may end with a tool's answer.
pub fn late_results(record: &TraceRecord<'_>, nest: &Nest, items: &mut Vec<Item>, bases: &mut Bases) {
    let mut open = open_calls(items);
    if open.is_empty() {
        return;
    }
    const MESSAGES: [&str; 2] = ["pydantic_ai.all_messages", "all_messages_events"];
    let all = &record.observations;
    for i in (0..all.len()).filter(|&i| !nest.tools[i] && all[i].kind != "GENERATION") {
        let listed = all[i].attributes.and_then(|a| a.any(&MESSAGES));
        let told = [all[i].output, listed].into_iter().flatten();
        let mut found: Vec<Msg> = told.flat_map(|node| payload::messages(node, bases)).collect();
        found.retain_mut(|msg| {
            msg.parts.retain(|part| matches!(part, Part::Result(r) if r.id.as_ref().is_some_and(|id| open.remove(id))));
            !msg.parts.is_empty()
        });
        let within = nest.within(record, i).map(|at| &all[at].id);
        for mut msg in found {
            msg.role = MsgRole::Tool;
            msg.time = all[i].end.or(all[i].start).map(Stamp::estimated);
            items.push(Item::Message(msg).within(within));
        }
        if open.is_empty() {
            return;
        }
    }
}

/// The IDs of calls that nothing answers.
fn open_calls(items: &[Item]) -> HashSet<String> {
    let (mut made, mut answered) = (HashSet::default(), HashSet::default());
    for item in items {
        let item = match item {
            Item::Within(_, inner) => inner.as_ref(),
            item => item,
        };
        match item {
            Item::Model(run) => {
                for part in run.input.iter().chain(&run.output).flat_map(|m| &m.parts) {
                    match part {
                        Part::Call(call) => made.extend(call.id.as_deref()),
                        Part::Result(result) => answered.extend(result.id.as_deref()),
                        _ => {}
                    }
                }
            }
            Item::Tool(run) if run.transport != Transport::Missing => answered.extend(run.id.as_deref()),
            _ => {}
        }
    }
    made.difference(&answered).map(|id| (*id).to_owned()).collect()
}

/// The messages in a step's output, where somebody asked something in them.
fn conversation(output: Node<'_>, bases: &mut Bases) -> Option<(Vec<Msg>, usize)> {
    let messages = payload::messages(output, bases);
    let asked = messages.iter().any(|m| m.role == MsgRole::User && m.parts.iter().any(|p| matches!(p, Part::Text(_))));
    asked.then_some((messages, 0))
}

/// True where a message of a conversation is a model's answer: by the IDs of its calls, or by its words.
fn is_same(told: &Msg, answer: &Msg) -> bool {
    let any = |fits: &dyn Fn(&Part, &Part) -> bool| told.parts.iter().any(|a| answer.parts.iter().any(|b| fits(a, b)));
    told.role == MsgRole::Assistant
        && any(&|a, b| match (a, b) {
            (Part::Call(a), Part::Call(b)) => a.id == b.id && a.name.text == b.name.text,
            (Part::Text(a), Part::Text(b)) => !a.text.trim().is_empty() && a.text.trim() == b.text.trim(),
            _ => false,
        })
}
