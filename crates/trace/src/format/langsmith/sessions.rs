//! From runs to sessions.

use super::gather::{Pool, Run};
use super::{KINDS, model, outermost, tool};
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, Output, Session};
use crate::locator::Bases;
use crate::model::{Event, EventKind, KeyKind, Stamp};
use crate::node::Node;
use crate::payload;

/// Builds the sessions: traces of one thread are one.
pub fn build(pool: Pool<'_>, out: &mut Output) {
    let Pool { mut runs, .. } = pool;
    runs.sort_by_key(|run| run.start.map(|s| s.ns));
    let place: HashMap<&str, usize> = runs.iter().enumerate().map(|(i, run)| (run.id.as_str(), i)).collect();
    let above = |from: usize| {
        let up = |&at: &usize| place.get(runs.get(at)?.parent.as_deref()?).copied();
        // A hostile record may point in circles.
        std::iter::successors(Some(from), up).take(64)
    };
    // The run at the top stands for the trace where the record does not name it.
    let mut threads: HashMap<&str, String> = HashMap::default();
    for run in out.until_stopped(&runs) {
        if !threads.contains_key(run.trace.as_str())
            && let Some(id) = run
                .metadata(&["session_id", "thread_id", "conversation_id"], &mut out.bases)
                .or_else(|| run.get("thread_id")?.str().map(|s| s.into_owned()))
        {
            threads.insert(&run.trace, id);
        }
    }
    let mut around_models: HashSet<usize> = HashSet::default();
    let mut around_failures: HashSet<usize> = HashSet::default();
    for (i, run) in out.until_stopped(&runs).enumerate() {
        if run.kind == "llm" {
            around_models.extend(above(i).skip(1).filter(|up| *up != i));
        }
        if run.error().is_some() {
            around_failures.extend(above(i).skip(1).filter(|up| *up != i));
        }
    }
    // Tools inside of which a model was called: what is in them is an agent's of its own.
    let tool_above = |i: usize| above(i).skip(1).filter(|up| *up != i).find(|up| runs[*up].kind == "tool");
    let thinking: HashSet<usize> = (0..runs.len()).filter(|&i| runs[i].kind == "llm").filter_map(tool_above).collect();
    let agents: Vec<Option<String>> =
        out.until_stopped(&runs).map(|run| run.metadata(&["lc_agent_name", "agent_name"], &mut out.bases)).collect();
    let answers = answers_like_turns(&runs, out);
    let mut sessions: Vec<Session> = Vec::new();
    let mut of_key: HashMap<String, usize> = HashMap::default();
    let mut roots: Vec<Vec<&Run<'_>>> = Vec::new();
    for (i, run) in out.until_stopped(&runs).enumerate() {
        let (key, kind) = match threads.get(run.trace.as_str()) {
            Some(id) => (id.clone(), KeyKind::Conversation),
            None => (run.trace.clone(), KeyKind::Trace),
        };
        let at = *of_key.entry(key.clone()).or_insert(sessions.len());
        if at == sessions.len() {
            sessions.push(Session::new(key, kind));
            roots.push(Vec::new());
        }
        let session = &mut sessions[at];
        let agent = above(i).find_map(|up| agents.get(up).cloned().flatten());
        let within = above(i).skip(1).filter(|up| *up != i).find(|up| thinking.contains(up));
        let so_far = session.items.len();
        let lowest = !around_failures.contains(&i);
        match run.kind.as_str() {
            // One wraps the other, and both hold the same answer: the inner one is the call.
            "llm" if around_models.contains(&i) => out.bookkeeping(run.node, "an outer model call"),
            "llm" => {
                out.mapped(run.node);
                model::read(run, agent.clone(), &answers, session, out);
            }
            "tool" => match tool::run(run, agent.clone(), &mut out.bases) {
                Some(ran) => {
                    out.mapped(run.node);
                    session.items.push(Item::Tool(ran));
                }
                None => out.unread(run.node),
            },
            "retriever" => {
                out.mapped(run.node);
                session.items.extend(retrieval(run, agent.clone(), &mut out.bases).map(Item::Event));
            }
            kind if KINDS.contains(&kind) => {
                out.bookkeeping(run.node, kind);
                if above(i).nth(1).is_none() && kind == "chain" {
                    roots[at].push(run);
                }
            }
            _ => out.unknown(run.node),
        }
        if run.kind != "tool"
            && lowest
            && let Some(text) = run.error().and_then(Node::text)
        {
            let time = run.end.or(run.start);
            let kind = EventKind::Error { text };
            session.items.push(Item::Event(Event { kind, time, agent, model_call: None, loc: run.node.loc() }));
        }
        if let Some(tool) = within.map(|up| runs[up].id.clone()) {
            let inner: Vec<Item> = session.items.drain(so_far..).map(|item| item.within(Some(&tool))).collect();
            session.items.extend(inner);
        }
        session.of_trace(&run.trace);
        if run.parent.is_none() {
            run.read("extra", &mut out.bases, |extra, _| {
                session.user(extra.get("metadata")?.any(&["user_id", "userId"]));
                Some(())
            });
        }
    }
    let mut ends: HashMap<&str, Stamp> = HashMap::default();
    for run in &runs {
        let Some(end) = run.end.or(run.start) else { continue };
        let last = ends.entry(&run.trace).or_insert(end);
        *last = if end.ns > last.ns { end } else { *last };
    }
    let inner = outermost::Inner::of(&runs);
    for (session, roots) in sessions.iter_mut().zip(roots) {
        outermost::tell(session, &roots, &inner, &ends, out);
    }
    out.sessions.extend(sessions);
}

/// Answers of tools that are looked for in conversations that were made one text.
const ANSWERS: usize = 256;

/// The answers of tools that hold lines which look like turns, where a model was handed the conversation as one text.
fn answers_like_turns(runs: &[Run<'_>], out: &mut Output) -> Vec<String> {
    let flat = |run: &Run<'_>| run.get("inputs").is_some_and(|n| n.is_str() || n.any(&["prompts", "prompt"]).is_some());
    if !runs.iter().any(|run| run.kind == "llm" && flat(run)) {
        return Vec::new();
    }
    let tools = runs.iter().filter(|run| run.kind == "tool");
    let answers = tools.filter_map(|run| Some(tool::answered(run, &mut out.bases)?.trim().to_owned()));
    answers.filter(|answer| payload::looks_like_turns(answer)).take(ANSWERS).collect()
}

fn retrieval(run: &Run<'_>, agent: Option<String>, bases: &mut Bases) -> Option<Event> {
    let query = run.get("inputs").filter(|n| !n.is_str()).and_then(payload::only_text).and_then(Node::text);
    let documents = run.read("outputs", bases, |root, _| {
        let list = root.any(&["documents", "output"]).unwrap_or(root);
        list.is_array().then(|| list.items().count())
    });
    let source = run.get("outputs").or_else(|| run.get("name"))?.json_text();
    let kind = EventKind::Retrieval { query, documents, source };
    Some(Event { kind, time: run.start, agent, model_call: None, loc: run.node.loc() })
}
