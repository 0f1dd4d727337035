//! What was seen inside of a tool at work: an agent that is called as a tool has a conversation of its own, which is not
//! the user's. It becomes a sub-agent's, under the call that started it.

use super::join::Joiner;
use crate::hash::{HashMap, HashSet};
use crate::item::Item;
use crate::model::{EventKind, Role, SubAgent};

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
            // What it was asked, whoever called it as a tool asked.
            if let EventKind::Message { role, .. } = &mut event.kind
                && *role == Role::User
            {
                *role = Role::System;
            }
        }
    }
    found
}
