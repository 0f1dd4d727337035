//! What was seen inside of a tool at work: an agent that is called as a tool has a conversation of its own, which is not
//! the user's. It becomes a sub-agent's, under the call that started it.

use super::join::Joiner;
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, ModelRun, Part, Run};
use crate::model::{EventKind, SubAgent, Transport};

/// Takes the items apart from the spans that they were seen inside of. Where nothing was said outside of a tool, a tool is
/// all that was recorded: then what was said inside of the outermost ones is the conversation.
pub fn outward(items: Vec<Item>) -> Vec<(Option<String>, Item)> {
    let apart: Vec<(Option<String>, Item)> = items
        .into_iter()
        .map(|item| match item {
            Item::Within(span, inner) => (Some(span), *inner),
            item => (None, item),
        })
        .collect();
    let speaks = |item: &Item| !matches!(item, Item::Tool(_) | Item::Event(_) | Item::Within(..));
    if apart.iter().any(|(within, item)| within.is_none() && speaks(item)) {
        return apart;
    }
    let outermost: HashSet<String> = apart
        .iter()
        .filter_map(|(within, item)| match item {
            Item::Tool(run) if within.is_none() => run.span.as_ref().map(|(own, _)| own.clone()),
            _ => None,
        })
        .collect();
    let inside = |within: &Option<String>| within.as_ref().is_some_and(|span| outermost.contains(span));
    apart.into_iter().map(|(within, item)| (within.filter(|s| !inside(&Some(s.clone()))), item)).collect()
}

/// A sighting with its trace and the span that it was seen inside of.
type Placed = (Run, (Option<String>, Item));

/// Puts the run of a tool behind what an agent did inside of it: the run holds the result, which reports that work. The call
/// stands where the model made it; a run without such a call holds the call too, and stays.
pub fn reports_last(items: Vec<Placed>) -> Vec<Placed> {
    let mut last: HashMap<&str, usize> = HashMap::default();
    for (at, (_, (within, _))) in items.iter().enumerate() {
        last.extend(within.as_deref().map(|span| (span, at)));
    }
    if last.is_empty() {
        return items;
    }
    // What was called so far, by the ID and by the tool.
    let mut called: HashSet<&str> = HashSet::default();
    let mut behind: HashMap<usize, Vec<usize>> = HashMap::default();
    for (at, (_, (_, item))) in items.iter().enumerate() {
        match item {
            Item::Model(ModelRun { output, .. }) | Item::Rest(_, ModelRun { output, .. }) => {
                for part in output.iter().flat_map(|msg| &msg.parts) {
                    if let Part::Call(call) = part {
                        called.extend([call.name.text.as_str()].into_iter().chain(call.id.as_deref()));
                    }
                }
            }
            Item::Tool(run) => {
                let mut names = [Some(run.name.text.as_str()), run.id.as_deref()].into_iter().flatten();
                if !names.any(|name| called.contains(name)) {
                    continue;
                }
                let end = run.span.as_ref().and_then(|(own, _)| last.get(own.as_str()).copied());
                if let Some(end) = end.filter(|end| *end > at) {
                    behind.entry(end).or_default().push(at);
                }
            }
            _ => {}
        }
    }
    let moved: HashSet<usize> = behind.values().flatten().copied().collect();
    let mut taken: Vec<Option<Placed>> = items.into_iter().map(Some).collect();
    let mut found = Vec::with_capacity(taken.len());
    for at in (0..taken.len()).filter(|at| !moved.contains(at)) {
        // What reports an agent's work may itself be the end of another's.
        let mut next = vec![at];
        while let Some(at) = next.pop() {
            found.extend(taken[at].take());
            next.extend(behind.remove(&at).into_iter().flatten().rev());
        }
    }
    found.extend(taken.into_iter().flatten());
    found
}

/// Puts the result of a tool that started a sub-agent behind the work that it reports, where one record holds call and result: the
/// call stays, and the result follows the last that the agent began before the tool ended.
pub fn results_behind_work(items: Vec<Placed>, agents: &[(String, Option<String>)]) -> Vec<Placed> {
    let started: HashMap<&str, &str> =
        agents.iter().filter_map(|(name, call)| Some((call.as_deref()?, name.as_str()))).collect();
    if started.is_empty() {
        return items;
    }
    let mut work: HashMap<&str, Vec<usize>> = HashMap::default();
    for (at, (_, (_, item))) in items.iter().enumerate() {
        if let Some(agent) = agent(item) {
            work.entry(agent).or_default().push(at);
        }
    }
    let mut behind: HashMap<usize, Vec<usize>> = HashMap::default();
    let mut moved: HashSet<usize> = HashSet::default();
    for (at, (_, (_, item))) in items.iter().enumerate() {
        let Item::Tool(run) = item else { continue };
        let agent = run.id.as_deref().and_then(|id| started.get(id));
        let Some(work) = agent.and_then(|agent| work.get(agent)).filter(|_| run.transport != Transport::Missing) else {
            continue;
        };
        let begun = |at: &&usize| items[**at].1.1.start().zip(run.end).is_none_or(|(start, end)| start <= end.ns);
        if let Some(last) = work.iter().rev().find(begun).filter(|last| **last > at) {
            behind.entry(*last).or_default().push(at);
            moved.insert(at);
        }
    }
    let mut found = Vec::with_capacity(items.len() + moved.len());
    let mut waiting: HashMap<usize, Placed> = HashMap::default();
    for (at, placed) in items.into_iter().enumerate() {
        let mut placed = placed;
        if moved.contains(&at) {
            waiting.insert(at, placed.clone());
            if let Item::Tool(run) = &mut placed.1.1 {
                (run.content, run.error, run.transport) = (None, None, Transport::Missing);
            }
        }
        found.push(placed);
        let mut next: Vec<usize> = behind.remove(&at).unwrap_or_default();
        found.extend(next.drain(..).filter_map(|at| waiting.remove(&at)));
    }
    found
}

/// The agent whose work a sighting is.
fn agent(item: &Item) -> Option<&str> {
    match item {
        Item::Message(msg) | Item::Answer(_, msg) => msg.agent.as_deref(),
        Item::Model(run) | Item::Rest(_, run) => run.agent.as_deref(),
        Item::Tool(run) => run.agent.as_deref(),
        Item::Event(event) => event.agent.as_deref(),
        Item::Transcript(_) | Item::Within(..) => None,
    }
}

/// Names the agents inside of tools, each by what the record calls it, else by its tool; gives their events that name.
pub fn name(joiner: &mut Joiner, spans: &[String]) -> Vec<SubAgent> {
    if spans.is_empty() {
        return Vec::new();
    }
    let mut taken: HashSet<String> = HashSet::default();
    let mut own: HashMap<u32, String> = HashMap::default();
    for (event, scope) in joiner.events.iter().zip(&joiner.scopes) {
        match (scope, &event.agent) {
            (0, Some(agent)) => drop(taken.insert(agent.clone())),
            (scope, Some(agent)) if !own.contains_key(scope) => drop(own.insert(*scope, agent.clone())),
            _ => {}
        }
    }
    let mut found = Vec::new();
    let mut names: Vec<Option<String>> = vec![None];
    let mut counts: HashMap<String, usize> = HashMap::default();
    let silent: HashSet<u32> = joiner.scopes.iter().copied().collect();
    for (i, span) in spans.iter().enumerate() {
        let scope = i as u32 + 1;
        if !silent.contains(&scope) {
            names.push(None);
            continue;
        }
        let call = joiner.call_of_span(span);
        let tool = call.and_then(|call| match &joiner.events[call as usize].kind {
            EventKind::ToolCall { name, .. } => Some(name.text.clone()),
            _ => None,
        });
        let base = own.remove(&scope).filter(|agent| !taken.contains(agent));
        let base = base.or(tool).unwrap_or_else(|| "sub-agent".to_owned());
        // The same agent at work for another call is told apart from itself.
        let mut name = base.clone();
        while taken.contains(&name) {
            let count = counts.entry(base.clone()).or_insert(1);
            *count += 1;
            name = format!("{base} ({count})");
        }
        taken.insert(name.clone());
        found.push(SubAgent { name: name.clone(), call });
        names.push(Some(name));
    }
    for (event, scope) in joiner.events.iter_mut().zip(&joiner.scopes) {
        if let Some(Some(name)) = names.get(*scope as usize) {
            event.agent = Some(name.clone());
        }
    }
    found
}
