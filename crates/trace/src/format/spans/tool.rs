//! Spans of tools at work, beside the calls that models made.

use super::Span;
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, Part, ResultPart, ToolRun};
use crate::locator::Bases;
use crate::model::{Text, Transport};
use crate::node::Node;
use crate::payload;
use serde_json::Value;

/// A call that a model made.
struct Call {
    id: Option<String>,
    arguments: Value,
    /// True where a span was found that works for it.
    ran: bool,
    /// True where a model of this trace made it; others stand in what a model was told of earlier turns.
    made_here: bool,
    /// When the model began that made it.
    made: Option<i64>,
    /// When the model was at work that was told its result first.
    told: Option<(i64, i64)>,
}

impl Call {
    /// How far a tool that began at work at `start` may work for it: the lower, the better; `None` where its result was known before.
    fn rank(&self, start: Option<i64>) -> Option<u8> {
        match (start, self.told) {
            (Some(start), Some((_, end))) if start > end && !self.made_here => None,
            (Some(start), Some((begin, _))) if start > begin => Some(1),
            (Some(start), _) if self.made.is_some_and(|made| start < made) => Some(1),
            (None, _) if !self.made_here => Some(1),
            _ => Some(0),
        }
    }
}

/// The calls of one tool, and how many of the first of them spans were found for.
#[derive(Default)]
struct OfTool {
    calls: Vec<Call>,
    open: usize,
}

/// The calls that models made of each tool, in their order: in their answers, and in what they were told of earlier ones.
#[derive(Default)]
pub struct Calls {
    of_tool: HashMap<String, OfTool>,
    /// Where each call with an ID stands, by the ID and what the call gave.
    ids: HashMap<(String, String), (String, usize)>,
}

impl Calls {
    /// The calls that a request and its answer hold.
    pub fn take(&mut self, item: &Item) {
        let Item::Model(run) = item else { return };
        let start = run.call.start.map(|start| start.ns);
        let within = start.zip(run.call.end.or(run.call.start).map(|end| end.ns));
        let results = run.input.iter().flat_map(|m| &m.parts).filter_map(|p| match p {
            Part::Result(result) => result.id.as_deref(),
            _ => None,
        });
        let answered: HashSet<&str> = results.collect();
        for (part, made_here) in run
            .input
            .iter()
            .map(|m| (m, false))
            .chain(run.output.iter().map(|m| (m, true)))
            .flat_map(|(m, answer)| m.parts.iter().map(move |p| (p, answer)))
        {
            let Part::Call(call) = part else { continue };
            let text = call.arguments.as_ref().map_or("", |a| a.text.as_str());
            let id = call.id.clone().filter(|id| !id.is_empty());
            let told = within.filter(|_| !made_here && id.as_deref().is_some_and(|id| answered.contains(id)));
            let place = self.of(&call.name.text).len();
            if let Some(id) = &id {
                let key = (id.clone(), text.split_whitespace().collect());
                if let Some((name, place)) = self.ids.get(&key) {
                    let known = self.of_tool.get_mut(name).and_then(|tool| tool.calls.get_mut(*place));
                    known.into_iter().for_each(|known| known.told = known.told.or(told));
                    continue;
                }
                self.ids.insert(key, (call.name.text.clone(), place));
            } else if !made_here {
                // A history repeats what answers told before.
                continue;
            }
            let arguments = serde_json::from_str(text).unwrap_or(Value::Null);
            let made = start.filter(|_| made_here);
            let tool = self.of_tool.entry(call.name.text.clone()).or_default();
            tool.calls.push(Call { id, arguments, ran: false, made_here, made, told });
        }
    }

    fn of(&self, name: &str) -> &[Call] {
        self.of_tool.get(name).map_or(&[], |tool| tool.calls.as_slice())
    }

    /// True where a step that is not told to be a tool is one all the same: a model called it by this name, and it was
    /// given what the model gave, or there is no other call that it could be.
    pub fn made(&self, span: &Span<'_>, bases: &mut Bases) -> bool {
        let Some(name) = &span.name else { return false };
        let known = self.of(&name.text);
        !known.is_empty() && (known.len() == 1 || !matches!(self.arguments(span, None, bases), Arguments::Own(_)))
    }

    /// What a tool was given, as the model wrote it: functions take an object apart, or get more than the model gave.
    fn arguments(&self, span: &Span<'_>, start: Option<i64>, bases: &mut Bases) -> Arguments {
        let name = span.name.as_ref().map_or("", |n| n.text.as_str());
        let known = self.of(name);
        let open = self.of_tool.get(name).map_or(0, |tool| tool.open);
        let alike = |root: Node<'_>| alike(root, known, open, start);
        let found = span.input.and_then(|input| match input.nested() {
            Some(nested) => alike(nested.root(bases)),
            None => alike(input),
        });
        match (found, span.input, known) {
            (Some((text, place)), _, _) => Arguments::Alike(text, place),
            (None, _, [only]) if !only.ran && only.rank(start).is_some() => Arguments::Alike(None, 0),
            // Otherwise the next span with the same arguments would take this one's call.
            (None, input, _) if input.is_none_or(is_withheld) => {
                match waiting(known, open, start.or(span.start.map(|at| at.ns))) {
                    Some(place) => Arguments::Alike(None, place),
                    None => Arguments::Own(None),
                }
            }
            (None, Some(input), _) => Arguments::Own(Some(input.json_text())),
            (None, None, _) => Arguments::Own(None),
        }
    }

    /// The ID of the call at this place of a tool's calls, for which a span was found.
    fn claim(&mut self, name: &str, place: usize) -> Option<String> {
        let tool = self.of_tool.get_mut(name)?;
        let call = tool.calls.get_mut(place)?;
        call.ran = true;
        let id = call.id.clone();
        while tool.calls.get(tool.open).is_some_and(|call| call.ran) {
            tool.open += 1;
        }
        id
    }
}

/// True for what a recorder wrote in the place of an input.
fn is_withheld(input: Node<'_>) -> bool {
    input.str().is_some_and(|text| payload::is_withheld(&text))
}

/// The first call that had been made when a span began, and that no span was found for.
fn waiting(known: &[Call], open: usize, began: Option<i64>) -> Option<usize> {
    let began = began?;
    let is_made = |call: &Call| !call.ran && call.made.is_some_and(|made| made <= began);
    known.iter().enumerate().skip(open).take(NEAR).find(|(_, call)| is_made(call)).map(|(place, _)| place)
}

/// How many calls of one tool are looked at.
const NEAR: usize = 200;

enum Arguments {
    /// What a model gave, where the span holds it as it is, and the place of the call.
    Alike(Option<Text>, usize),
    /// What the span holds.
    Own(Option<Text>),
}

/// The value, or the one below it, that holds all that a call gave, and the place of the call. Calls that no span was
/// found for come first, and those that gave exactly this.
fn alike(root: Node<'_>, known: &[Call], open: usize, start: Option<i64>) -> Option<(Option<Text>, usize)> {
    const PLACES: usize = 8;
    if known.is_empty() {
        return None;
    }
    let inner = root.entries().map(|(_, n)| n).chain(root.items()).filter(|n| n.is_object() || n.is_str());
    let places = std::iter::once(root).chain(inner.take(PLACES)).map(Node::json_text);
    let given: Vec<(Text, Value)> =
        places.filter_map(|text| Some((serde_json::from_str(&text.text).ok()?, text))).map(|(v, t)| (t, v)).collect();
    let within = |call: &Value, given: &Value| match (call.as_object(), given.as_object()) {
        (Some(call), Some(given)) => !call.is_empty() && call.iter().all(|(key, value)| given.get(key) == Some(value)),
        _ => false,
    };
    // Calls are worked for nearly in their order.
    for (ran, rank) in [(false, 0), (false, 1), (true, 0), (true, 1)] {
        let from = if ran { open.saturating_sub(NEAR) } else { open };
        // The latest turn stands behind all the earlier ones.
        let last = known.len().saturating_sub(2 * NEAR).max(from + 2 * NEAR);
        let near = || known.iter().enumerate().skip(from).take(2 * NEAR).chain(known.iter().enumerate().skip(last));
        let calls = || near().filter(|(_, call)| call.ran == ran && call.rank(start) == Some(rank));
        for (text, value) in &given {
            if let Some((place, _)) = calls().find(|(_, call)| call.arguments == *value) {
                return Some((Some(text.clone()), place));
            }
        }
        if let Some((place, _)) = calls().find(|(_, call)| given.iter().any(|(_, v)| within(&call.arguments, v))) {
            return Some((None, place));
        }
    }
    None
}

/// Reads a tool's span; `None` where it has no name.
pub fn run(span: &Span<'_>, agent: Option<String>, calls: &mut Calls, bases: &mut Bases) -> Option<ToolRun> {
    let name = span.name.clone()?;
    let (arguments, made) = match calls.arguments(span, span.start.map(|start| start.ns), bases) {
        Arguments::Own(text) => (text, None),
        // What the span has beside is not what the model gave: the model's own words stand for it.
        Arguments::Alike(text, place) => (text, calls.claim(&name.text, place)),
    };
    let answer = span.output.map(|output| match output.nested() {
        Some(nested) => answer(output, nested.root(bases)),
        None => answer(output, output),
    });
    let (id, content, said) = answer.map_or((None, None, Transport::Unknown), |a| (a.id, a.content, a.transport));
    let transport = match (span.failed, said) {
        (Some(true), _) => Transport::Error,
        (_, Transport::Unknown) if content.is_none() && span.end.is_none() && span.failed.is_none() => {
            Transport::Missing
        }
        (Some(false), Transport::Unknown) => Transport::Ok,
        (_, said) => said,
    };
    Some(ToolRun {
        id: span.call.clone().or(id).or(made),
        name,
        arguments,
        content,
        transport,
        error: span.error.clone(),
        start: span.start,
        end: span.end,
        agent,
        span: Some((span.id.clone(), span.parent.clone())),
        loc: span.node.loc(),
    })
}

/// What the tool answered: a tool's message of a framework, a result of MCP, or anything. `output` is what the record
/// holds, `root` the same or the JSON in it.
fn answer(output: Node<'_>, root: Node<'_>) -> ResultPart {
    let only = root.get("output").filter(|_| root.entries().count() == 1);
    let inner = only.unwrap_or(root);
    payload::tool_answer(root).unwrap_or_else(|| {
        let failed = inner.get("content").and_then(|_| inner.get("isError")).and_then(Node::bool);
        ResultPart {
            id: None,
            name: None,
            arguments: None,
            content: Some(only.unwrap_or(output).json_text()),
            transport: super::super::parts::failed(failed),
            error: None,
            loc: output.loc(),
        }
    })
}
