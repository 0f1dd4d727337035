//! What the outermost steps of a session took in and gave out, where no model call holds it.

use super::super::spans::Known;
use super::gather::Run;
use crate::hash::HashMap;
use crate::item::{Item, Msg, MsgRole, Output, Part, Session, Transcript};
use crate::locator::Bases;
use crate::model::{Gap, GapKind, Stamp};
use crate::node::Node;
use crate::payload;

/// What the outermost steps of a session took in and gave out, where no model call holds it: a graph may answer in words
/// of its own, and a record may have no model call at all.
pub fn tell(
    session: &mut Session,
    roots: &[&Run<'_>],
    inner: &Inner<'_, '_>,
    ends: &HashMap<&str, Stamp>,
    out: &mut Output,
) {
    let mut known = Known::of(&session.items);
    let models = session.items.iter().any(|i| matches!(i, Item::Model(_)));
    let ran = if models { HashMap::default() } else { ran(session) };
    let mut speakers: Vec<&Run<'_>> = Vec::new();
    for &root in roots {
        let within = if models || holds_messages(root, out) { Vec::new() } else { inner.speakers(root, out) };
        if within.is_empty() { speakers.push(root) } else { speakers.extend(within) }
    }
    for root in out.until_stopped(speakers) {
        let mut messages = Vec::new();
        let is_root = roots.iter().any(|known| std::ptr::eq(*known, root));
        let last = if is_root { ends.get(root.trace.as_str()).copied() } else { root.end.or(root.start) };
        for (key, time) in [("inputs", root.start), ("outputs", last)] {
            let Some(node) = root.get(key) else { continue };
            let damaged = [Some(node), node.get("messages")]
                .into_iter()
                .flatten()
                .find(|n| n.f64().is_some() || n.bool().is_some());
            if let Some(damaged) = damaged {
                out.unread(damaged);
            }
            let mut found = payload::messages(node, &mut out.bases);
            if found.is_empty() && !models {
                found = root.read(key, &mut out.bases, |n, bases| only_words(n, key, bases)).into_iter().collect();
            }
            match models || key == "inputs" {
                true => found.iter_mut().for_each(|msg| msg.time = msg.time.or(time.map(Stamp::estimated))),
                false => place(&mut found, (root.start, time), &ran),
            }
            messages.push(found);
        }
        if !models && messages.iter().flatten().next().is_none() && (root.has("inputs") || root.has("outputs")) {
            session.gaps.push(Gap {
                kind: GapKind::ContentNotCaptured,
                what: "no model call of a trace is in the record, and what its outermost run took in and gave out holds no messages".to_owned(),
                loc: Some(root.node.loc()),
                event: None,
            });
        }
        if !models && messages.iter().flatten().next().is_some() && session.gaps.iter().all(|gap| gap.what != STAND_IN)
        {
            let (kind, what) = (GapKind::ContentNotCaptured, STAND_IN.to_owned());
            session.gaps.push(Gap { kind, what, loc: Some(root.node.loc()), event: None });
        }
        match models {
            true => messages.iter_mut().for_each(|side| known.strike(side)),
            // What is said at the end is said behind the tools.
            false if messages.len() == 2 && !messages[1].iter().flat_map(|msg| &msg.parts).any(is_of_tool) => {
                let last = messages[1].first().and_then(|msg| msg.time);
                let mut whole = messages[0].clone();
                whole.retain(|msg| !messages[1].iter().any(|given| same(given, msg)));
                whole.iter_mut().for_each(|msg| msg.time = last);
                whole.append(&mut messages[1]);
                messages[1] = whole;
            }
            // A graph gives out its whole state: the conversation with what went in.
            false if messages.len() == 2 && messages[1].len() <= messages[0].len() => {
                messages = vec![messages.into_iter().flatten().collect()];
            }
            false
                if messages.len() == 2
                    && messages[0].iter().all(|asked| messages[1].iter().any(|m| same(m, asked))) =>
            {
                messages.remove(0);
            }
            false => {}
        }
        for side in messages.into_iter().filter(|side| !side.is_empty()) {
            match models {
                true => session.items.extend(side.into_iter().map(Item::Message)),
                false => session.items.push(Item::Transcript(Transcript { messages: side, model: None })),
            }
        }
        session.of_trace(&root.trace);
    }
}

/// What is said of a session without a model call.
const STAND_IN: &str =
    "the trace contains no model call; the input and output of its outermost run are used as the conversation";

/// When the tools began and ended, by the IDs of their calls.
fn ran(session: &Session) -> HashMap<String, (Option<Stamp>, Option<Stamp>)> {
    let tools = session.items.iter().filter_map(|item| if let Item::Tool(run) = item { Some(run) } else { None });
    tools.filter_map(|run| Some((run.id.clone()?, (run.start, run.end)))).collect()
}

/// Gives the messages of a state that a graph put out their places in time: a call is made when its tool begins, and what is
/// said behind the last answer of a tool is said at the end.
fn place(
    messages: &mut [Msg],
    (start, end): (Option<Stamp>, Option<Stamp>),
    ran: &HashMap<String, (Option<Stamp>, Option<Stamp>)>,
) {
    let mut at = start;
    let last = messages.len().saturating_sub(1);
    for (i, msg) in messages.iter_mut().enumerate() {
        let of_tool = msg.parts.iter().find_map(|part| match part {
            Part::Call(call) => ran.get(call.id.as_ref()?)?.0,
            Part::Result(result) => ran.get(result.id.as_ref()?)?.1,
            _ => None,
        });
        at = of_tool.or(end.filter(|_| i == last && msg.role == MsgRole::Assistant)).or(at);
        // What a turn before this one left behind has its time already.
        if msg.role == MsgRole::User {
            at = start.filter(|start| at.is_none_or(|at| at.ns < start.ns)).or(at);
        }
        msg.time = msg.time.or(at.map(Stamp::estimated));
    }
}

/// True for two sightings of the same words.
fn same(a: &Msg, b: &Msg) -> bool {
    let words = |msg: &Msg| -> Vec<String> {
        let texts = msg.parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(text) } else { None });
        texts.map(|text| text.text.clone()).collect()
    };
    a.role == b.role && a.parts.len() == b.parts.len() && words(a) == words(b)
}

/// True for a call or a result.
fn is_of_tool(part: &Part) -> bool {
    matches!(part, Part::Call(_) | Part::Result(_))
}

/// True for a run that holds what was said, on either side.
fn holds_messages(run: &Run<'_>, out: &mut Output) -> bool {
    ["inputs", "outputs"].iter().any(|key| {
        let node = run.get(key);
        node.is_some_and(|node| !payload::messages(node, &mut out.bases).is_empty())
            || run.read(key, &mut out.bases, |node, bases| only_words(node, key, bases)).is_some()
    })
}

/// The steps inside of each run.
pub struct Inner<'r, 'd> {
    steps: HashMap<&'r str, Vec<&'r Run<'d>>>,
}

/// Steps inside of steps, and steps of one trace, that are asked for words.
const DEPTH: usize = 64;
const STEPS: usize = 1_000;

impl<'r, 'd> Inner<'r, 'd> {
    /// Those of all runs, which are in the order of their times.
    pub fn of(runs: &'r [Run<'d>]) -> Self {
        let mut steps: HashMap<&str, Vec<&Run<'d>>> = HashMap::default();
        for run in runs.iter().filter(|run| run.kind == "chain") {
            if let Some(parent) = run.parent.as_deref() {
                steps.entry(parent).or_default().push(run);
            }
        }
        Inner { steps }
    }

    /// The outermost steps of a run that hold messages: the run itself may keep a state without them, or nothing.
    fn speakers(&self, root: &Run<'d>, out: &mut Output) -> Vec<&'r Run<'d>> {
        let mut found: Vec<&'r Run<'d>> = Vec::new();
        let mut level = self.steps.get(root.id.as_str()).cloned().unwrap_or_default();
        let mut asked = 0;
        for _ in 0..DEPTH {
            let mut below = Vec::new();
            for run in level {
                asked += 1;
                let has = ["inputs", "outputs"]
                    .iter()
                    .any(|key| run.get(key).is_some_and(|node| !payload::messages(node, &mut out.bases).is_empty()));
                match has {
                    true => found.push(run),
                    false => below.extend(self.steps.get(run.id.as_str()).into_iter().flatten().copied()),
                }
                if asked > STEPS {
                    return found;
                }
            }
            if below.is_empty() {
                break;
            }
            level = below;
        }
        found.sort_by_key(|run| run.start.map(|start| start.ns));
        found
    }
}

/// The one text that a step was given, or that it gave, or the parts of one message. A word alone under a name that says nothing of words is a state.
fn only_words(node: Node<'_>, key: &str, bases: &mut Bases) -> Option<Msg> {
    const ASKED: [&str; 7] = ["prompt", "question", "query", "input", "message", "text", "user_input"];
    const SAID: [&str; 7] = ["text", "output", "answer", "response", "content", "message", "result"];
    let (role, names) = if key == "inputs" { (MsgRole::User, ASKED) } else { (MsgRole::Assistant, SAID) };
    if let Some(msg) = payload::blocks(node, role, bases) {
        return Some(msg);
    }
    let named = node.any(&names).filter(|words| words.is_str());
    let words = payload::only_text(node).or(named)?;
    let is_state = |text: &str| text.is_ascii() && !text.trim().contains(char::is_whitespace);
    let known = node.is_str() || node.any(&names).is_some();
    payload::plain(words, role).filter(|_| known || !words.str().is_some_and(|text| is_state(&text)))
}
