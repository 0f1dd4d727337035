//! From spans to sessions.

use super::form::{self, Form};
use super::tool::Calls;
use super::{Kind, Known, Pool, Span, aside, model, tool};
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, Msg, MsgRole, Output, Part, Session, Transcript};
use crate::model::{Event, EventKind, Gap, GapKind, KeyKind, Stamp};
use crate::node::Node;
use crate::payload;

/// Builds the sessions: traces of one conversation are one. `why` says why the system may lack an input or an output.
pub fn sessions(pool: Pool<'_>, why: &str, out: &mut Output) {
    let Pool { spans, .. } = pool;
    let tree = Tree::of(&spans);
    let mut threads: HashMap<&str, &str> = HashMap::default();
    for span in &spans {
        if let Some(thread) = &span.thread {
            threads.entry(&span.trace).or_insert(thread);
        }
    }
    let mut order: Vec<&str> = Vec::new();
    let mut roots: HashMap<&str, Vec<usize>> = HashMap::default();
    for &root in &tree.roots {
        let trace = spans[root].trace.as_str();
        roots.entry(trace).or_insert_with(|| {
            order.push(trace);
            Vec::new()
        });
        roots.entry(trace).and_modify(|list| list.push(root));
    }
    let mut sessions: Vec<Session> = Vec::new();
    let mut of_key: HashMap<&str, usize> = HashMap::default();
    for trace in out.until_stopped(order) {
        let (key, kind) = match threads.get(trace) {
            Some(id) => (*id, KeyKind::Conversation),
            None => (trace, KeyKind::Trace),
        };
        let at = *of_key.entry(key).or_insert(sessions.len());
        if at == sessions.len() {
            sessions.push(Session::new(key, kind));
        }
        let users = roots.get(trace).into_iter().flatten().flat_map(|&root| tree.below(root));
        sessions[at].users.extend(users.filter_map(|i| spans[i].user.clone()));
        let reader = Reader {
            spans: &spans,
            tree: &tree,
            why,
            calls: Calls::default(),
            requests: Vec::new(),
            reported: HashSet::default(),
        };
        reader.trace(roots.get(trace).map_or(&[], Vec::as_slice), &mut sessions[at], out);
        sessions[at].of_trace(trace);
    }
    out.sessions.extend(sessions);
}

/// Which span is in which.
struct Tree {
    parent: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    /// Spans whose parent is not in the record.
    roots: Vec<usize>,
}

impl Tree {
    fn of(spans: &[Span<'_>]) -> Self {
        let place: HashMap<(&str, &str), usize> =
            spans.iter().enumerate().map(|(i, s)| ((s.trace.as_str(), s.id.as_str()), i)).collect();
        let up = |s: &Span<'_>| place.get(&(s.trace.as_str(), s.parent.as_deref()?)).copied();
        let mut tree =
            Tree { parent: spans.iter().map(up).collect(), children: vec![Vec::new(); spans.len()], roots: Vec::new() };
        for (i, parent) in tree.parent.iter().enumerate() {
            match parent {
                Some(parent) => tree.children[*parent].push(i),
                None => tree.roots.push(i),
            }
        }
        let by_start = |list: &mut Vec<usize>| {
            if list.iter().all(|&i| spans[i].start.is_some()) {
                list.sort_by_key(|&i| spans[i].start.map(|s| s.ns));
            }
        };
        tree.children.iter_mut().for_each(by_start);
        by_start(&mut tree.roots);
        // A hostile record may point in circles, which hang on no root.
        let mut seen: HashSet<usize> = HashSet::default();
        let mut walk: Vec<usize> = tree.roots.clone();
        while let Some(at) = walk.pop() {
            seen.insert(at);
            walk.extend(&tree.children[at]);
        }
        let loose: Vec<usize> = (0..spans.len()).filter(|i| !seen.contains(i)).collect();
        for i in loose {
            if let Some(parent) = tree.parent[i].take() {
                tree.children[parent].retain(|&c| c != i);
                tree.roots.push(i);
            }
        }
        tree
    }

    /// A span and all that are in it.
    fn below(&self, from: usize) -> Vec<usize> {
        let mut found = vec![from];
        let mut next = 0;
        while let Some(at) = found.get(next) {
            found.extend(&self.children[*at]);
            next += 1;
        }
        found
    }

    fn above(&self, from: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parent[from], |&at| self.parent[at]).take(64)
    }
}

/// A step on the way through a tree: into a span, or out of it again.
enum Step {
    In(usize),
    Out(usize),
}

struct Reader<'a, 'd> {
    spans: &'a [Span<'d>],
    tree: &'a Tree,
    why: &'a str,
    calls: Calls,
    /// Steps that are requests to a model, the last one first.
    requests: Vec<usize>,
    /// Steps that were told to be unread.
    reported: HashSet<usize>,
}

impl<'a, 'd> Reader<'a, 'd> {
    fn trace(mut self, roots: &[usize], session: &mut Session, out: &mut Output) {
        let mut way: Vec<Step> = Vec::new();
        let mut stack: Vec<Step> = roots.iter().rev().map(|&i| Step::In(i)).collect();
        while let Some(step) = stack.pop() {
            if let Step::In(i) = step {
                stack.push(Step::Out(i));
                stack.extend(self.tree.children[i].iter().rev().map(|&c| Step::In(c)));
            }
            way.push(step);
        }
        let all: Vec<usize> = way.iter().filter_map(|s| if let Step::In(i) = s { Some(*i) } else { None }).collect();
        // One request wraps another where two layers record it: the inner one is the call, if it holds anything.
        let mut outer: HashSet<usize> = HashSet::default();
        let mut failed_within: HashSet<usize> = HashSet::default();
        for &i in out.until_stopped(&all) {
            if self.spans[i].kind == Kind::Model && self.spans[i].carries() {
                outer.extend(self.tree.above(i).filter(|&up| self.spans[up].kind == Kind::Model));
            }
            if self.spans[i].failed == Some(true) {
                failed_within.extend(self.tree.above(i));
            }
        }
        let inside = |i: usize| self.tree.above(i).any(|up| self.spans[up].kind == Kind::Model && !outer.contains(&up));
        let agents: HashMap<usize, Option<String>> = all
            .iter()
            .map(|&i| (i, std::iter::once(i).chain(self.tree.above(i)).find_map(|up| self.spans[up].agent.clone())))
            .collect();
        let agent = |i: usize| agents.get(&i).cloned().flatten();
        let mut models: HashMap<usize, Item> = HashMap::default();
        for &i in all.iter().filter(|&&i| self.spans[i].kind == Kind::Model) {
            let span = &self.spans[i];
            match outer.contains(&i) || inside(i) {
                true => out.bookkeeping(span.node, "a second layer of a model call"),
                false => {
                    out.mapped(span.node);
                    let item = model::read(span, agent(i), self.why, session, out);
                    self.calls.take(&item);
                    models.insert(i, item);
                }
            }
        }
        self.requests_among_steps(&all, roots, &agent, &mut models, session, out);
        let no_models = models.is_empty();
        let mut around = Around::of(&self, &all, roots, !no_models, out);
        let mut known = Known::of(models.values());
        let mut worked: HashSet<usize> = HashSet::default();
        self.unheard(&all, roots, &models, &known, out);
        if let Some(asked) = self.asked_before(&way, roots, &models) {
            session.items.push(asked);
        }
        for step in way {
            match step {
                Step::In(i) => {
                    around.say(i, false, &mut known, session);
                    session.items.extend(models.remove(&i));
                    if self.step(i, (no_models, roots), agent(i), session, out) {
                        worked.insert(i);
                    }
                }
                Step::Out(i) => {
                    around.say(i, true, &mut known, session);
                    let span = &self.spans[i];
                    let told = worked.contains(&i) || failed_within.contains(&i) || span.failed != Some(true);
                    if let Some(text) = span.error.clone().filter(|_| !told) {
                        session.items.push(event(span, span.end.or(span.start), EventKind::Error { text }, agent(i)));
                    }
                }
            }
        }
        let is_new = |gap: &Gap| gap.what != STAND_IN || session.gaps.iter().all(|known| known.what != STAND_IN);
        let gap = around.silent.filter(is_new);
        session.gaps.extend(gap);
    }

    /// What the first model call was asked, where a tool ran before it and the outermost span was given those words: they were
    /// said when that span began.
    fn asked_before(&self, way: &[Step], roots: &[usize], models: &HashMap<usize, Item>) -> Option<Item> {
        let began = |step: &Step| if let Step::In(i) = step { Some(*i) } else { None };
        let told = |i: &usize| self.spans[*i].kind == Kind::Tool || models.contains_key(i);
        let mut told = way.iter().filter_map(began).filter(told);
        let first = told.next().filter(|i| self.spans[*i].kind == Kind::Tool)?;
        let Some(Item::Model(run)) = told.find_map(|i| models.get(&i)) else { return None };
        let top = self.tree.above(first).last().filter(|top| roots.contains(top)).map(|top| &self.spans[top])?;
        let before = |msg: &&Msg| matches!(msg.role, MsgRole::System | MsgRole::User);
        let mut messages: Vec<Msg> = run.input.iter().take_while(before).cloned().collect();
        let said = messages.iter().rfind(|msg| msg.role == MsgRole::User)?;
        let given = top.input?.json_text().text;
        let is_given = |part: &Part| matches!(part, Part::Text(text) if is_in(text.text.trim(), &given));
        let start = top.start.filter(|_| said.parts.iter().any(is_given))?;
        messages.iter_mut().for_each(|msg| msg.time = msg.time.or(Some(start.estimated())));
        Some(Item::Transcript(Transcript { messages, model: None }))
    }

    /// Reads the steps that are requests to a model by what they hold: of several around each other, the innermost one, and
    /// none that a model called as a tool or that has a request in it.
    fn requests_among_steps(
        &mut self,
        all: &[usize],
        roots: &[usize],
        agent: &dyn Fn(usize) -> Option<String>,
        models: &mut HashMap<usize, Item>,
        session: &mut Session,
        out: &mut Output,
    ) {
        let mut taken: HashSet<usize> = HashSet::default();
        let told = all.iter().filter(|&&i| self.spans[i].kind == Kind::Model && self.spans[i].carries());
        told.for_each(|&i| taken.extend(std::iter::once(i).chain(self.tree.above(i))));
        // What is inside of another comes behind it.
        for &i in all.iter().rev() {
            let span = &self.spans[i];
            let within = |up: usize| self.spans[up].kind == Kind::Model;
            if taken.contains(&i) || span.kind == Kind::Agent || self.tree.above(i).any(within) {
                continue;
            }
            let is_one = match form::of(span, &mut out.bases) {
                Form::Answered => true,
                // An outermost step is told as what it is around.
                Form::Spoken => !roots.contains(&i) && self.tree.children[i].is_empty(),
                _ => false,
            };
            if is_one && !self.calls.made(span, &mut out.bases) {
                taken.extend(std::iter::once(i).chain(self.tree.above(i)));
                self.requests.push(i);
            }
        }
        for &i in self.requests.iter().rev() {
            out.mapped(self.spans[i].node);
            let item = model::read(&self.spans[i], agent(i), self.why, session, out);
            self.calls.take(&item);
            models.insert(i, item);
        }
    }

    /// Reports steps with messages that nothing else tells.
    fn unheard(
        &mut self,
        all: &[usize],
        roots: &[usize],
        models: &HashMap<usize, Item>,
        known: &Known,
        out: &mut Output,
    ) {
        let mut around: HashSet<usize> = HashSet::default();
        models.keys().for_each(|&i| around.extend(std::iter::once(i).chain(self.tree.above(i))));
        for &i in all.iter().filter(|i| !around.contains(i) && !roots.contains(i)) {
            let span = &self.spans[i];
            let inside = self.tree.above(i).any(|up| matches!(self.spans[up].kind, Kind::Model | Kind::Tool));
            if inside || form::of(span, &mut out.bases) == Form::Other || self.calls.made(span, &mut out.bases) {
                continue;
            }
            if form::sides(span, &mut out.bases).iter().any(|side| known.lacks(side)) {
                out.unread_as(span.node, "a step with messages");
                self.reported.insert(i);
            }
        }
    }

    /// What a span other than a model's tells, and what becomes of its record. True where it was a tool at work.
    fn step(
        &mut self,
        i: usize,
        (no_models, roots): (bool, &[usize]),
        agent: Option<String>,
        session: &mut Session,
        out: &mut Output,
    ) -> bool {
        let spans = self.spans;
        let span = &spans[i];
        let tool = match &span.kind {
            Kind::Tool => true,
            Kind::Step(_) if self.requests.contains(&i) => false,
            Kind::Step(_) if self.calls.made(span, &mut out.bases) => true,
            // Nothing says which functions are tools: those that call no other may be.
            Kind::Step(_) => {
                span.function && no_models && !roots.contains(&i) && self.tree.children[i].is_empty() && span.carries()
            }
            _ => false,
        };
        if tool {
            self.tool(span, agent, session, out);
            return true;
        }
        if self.requests.contains(&i) || self.reported.contains(&i) {
            return false;
        }
        match &span.kind {
            Kind::Model | Kind::Tool => {}
            Kind::Retrieval => match aside::retrieval(span, &mut out.bases) {
                Some(kind) => {
                    out.mapped(span.node);
                    session.items.push(event(span, span.start, kind, agent));
                }
                None => out.unread(span.node),
            },
            Kind::Guard => match aside::guard(span, &mut out.bases) {
                Some(kind) => {
                    out.mapped(span.node);
                    session.items.push(event(span, span.start, kind, agent));
                }
                None => out.unread(span.node),
            },
            Kind::Step(kind) => out.bookkeeping(span.node, kind),
            Kind::Agent => {
                // An agent at work inside a tool is not the one that the user talks to.
                let tool = self.tree.above(i).find(|&up| self.spans[up].kind == Kind::Tool);
                if let (Some(tool), Some(name)) = (tool, &span.agent) {
                    session.sub_agents.push((name.clone(), self.spans[tool].call.clone()));
                }
                out.bookkeeping(span.node, "agent");
            }
            Kind::Unknown => out.unknown(span.node),
        }
        false
    }

    fn tool(&mut self, span: &Span<'_>, agent: Option<String>, session: &mut Session, out: &mut Output) {
        match tool::run(span, agent, &mut self.calls, &mut out.bases) {
            Some(run) => {
                out.mapped(span.node);
                session.items.push(Item::Tool(run));
            }
            None => out.unread(span.node),
        }
    }
}

/// True for words that a value, as JSON or as plain text, has in it.
fn is_in(words: &str, value: &str) -> bool {
    let escaped = serde_json::to_string(words).unwrap_or_default();
    !words.is_empty() && (value.trim() == words || value.contains(&escaped))
}

fn event(span: &Span<'_>, time: Option<Stamp>, kind: EventKind, agent: Option<String>) -> Item {
    Item::Event(Event { kind, time, agent, model_call: None, loc: span.node.loc() })
}

/// What is said of a session of which only outermost steps are there.
const STAND_IN: &str =
    "the trace contains no model call; the input and output of its outermost step are used as the conversation";

fn stand_in(span: &Span<'_>) -> Gap {
    let (kind, what) = (GapKind::ContentNotCaptured, STAND_IN.to_owned());
    Gap { kind, what, loc: Some(span.node.loc()), event: None }
}

/// What went into the outermost spans and came out of them: it is told where no model call holds it.
struct Around {
    /// What went in and came out, and whether the second repeats the first: a graph gives out its whole state.
    sides: HashMap<usize, ([Vec<Msg>; 2], bool)>,
    models: bool,
    /// What is said of a trace that tells nothing of what was said, or nothing else.
    silent: Option<Gap>,
}

impl Around {
    fn of(reader: &Reader<'_, '_>, all: &[usize], roots: &[usize], models: bool, out: &mut Output) -> Self {
        let mut around = Around { sides: HashMap::default(), models, silent: None };
        let frames = |i: &&usize| matches!(reader.spans[**i].kind, Kind::Agent | Kind::Step(_));
        let tops: Vec<usize> = roots.iter().filter(frames).copied().collect();
        around.take(reader, &tops, out);
        if models {
            return around;
        }
        // Only the outermost steps were exported: what was called inside of them is missing.
        let bare = tops.len() == roots.len() && roots.iter().all(|&i| reader.tree.children[i].is_empty());
        if let Some(&i) = tops.iter().find(|i| around.sides.contains_key(i)) {
            around.silent = bare.then(|| stand_in(&reader.spans[i]));
            return around;
        }
        // A workflow around an agent may keep nothing of what was said.
        let is_agent = |i: usize| reader.spans[i].kind == Kind::Agent;
        let agents = all.iter().filter(|&&i| is_agent(i) && !reader.tree.above(i).any(is_agent));
        around.take(reader, &agents.copied().collect::<Vec<_>>(), out);
        let bare = tops.first().filter(|_| around.sides.is_empty());
        around.silent = bare.map(|&i| Gap {
            kind: GapKind::ContentNotCaptured,
            what: "no model call of a trace is in the record, and what its outermost step took in and gave out holds no messages".to_owned(),
            loc: Some(reader.spans[i].node.loc()),
            event: None,
        });
        around
    }

    fn take(&mut self, reader: &Reader<'_, '_>, spans: &[usize], out: &mut Output) {
        for &i in spans {
            let span = &reader.spans[i];
            let outermost = span.parent.is_none();
            let own = [&span.asked, &span.said];
            let places =
                [(span.input, MsgRole::User, span.start), (span.output, MsgRole::Assistant, span.end.or(span.start))];
            let mut sides = [Vec::new(), Vec::new()];
            for (side, (own, (node, role, time))) in sides.iter_mut().zip(own.into_iter().zip(places)) {
                *side = own.clone();
                let Some(node) = node else { continue };
                if side.is_empty() {
                    *side = payload::messages(node, &mut out.bases);
                }
                // What a step inside of one that is not here was given is not what anybody said.
                if side.is_empty() && !self.models && (outermost || span.kind == Kind::Agent) {
                    let parts = payload::blocks(node, role, &mut out.bases);
                    let words = || model::inside(Some(node), &mut out.bases, |root, _| words(root, role));
                    side.extend(parts.or_else(words));
                }
                side.iter_mut().for_each(|msg| msg.time = msg.time.or(time.map(Stamp::estimated)));
            }
            if sides.iter().any(|side| !side.is_empty()) {
                if !self.models {
                    out.mapped(span.node);
                }
                let state = !sides[1].is_empty() && sides[1].len() > sides[0].len().max(1);
                self.sides.insert(i, (sides, state));
            }
        }
    }

    /// Tells one side of a span, if it is one of these.
    fn say(&mut self, i: usize, after: bool, known: &mut Known, session: &mut Session) {
        let Some(([before, given], state)) = self.sides.get_mut(&i) else { return };
        let state = *state;
        let mut told = std::mem::take(if after { given } else { before });
        if self.models {
            known.strike(&mut told);
        }
        match !self.models && (state || !after && told.len() > 1) {
            true => session.items.push(Item::Transcript(Transcript { messages: told, model: None })),
            false => session.items.extend(told.into_iter().map(Item::Message)),
        }
    }
}

/// What a step was told, or what it said, where it is one text.
fn words(root: Node<'_>, role: MsgRole) -> Option<Msg> {
    const ASKED: [&str; 7] = ["prompt", "question", "query", "input", "message", "text", "user_input"];
    const SAID: [&str; 7] = ["text", "output", "answer", "response", "content", "message", "result"];
    let keys = if role == MsgRole::User { ASKED } else { SAID };
    let named = root.any(&keys).filter(|n| n.is_str());
    payload::plain(payload::only_text(root).or(named)?, role)
}
