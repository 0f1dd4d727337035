//! Traces of Bedrock agents: the events of `InvokeAgent`, in a list, in lines, or under `completion`.

use crate::format::{Document, Format, parts};
use crate::hash::HashMap;
use crate::item::{CallPart, Item, MsgRole, Output, Part, Session};
use crate::model::{Event, EventKind, Gap, GapKind, KeyKind, Stamp, Text, Transport, Verdict};
use crate::node::Node;
use crate::notation::Notation;
use crate::{payload, time};

/// See the module's documentation.
pub struct BedrockAgents;

/// The kinds of steps; each holds parts of one kind.
const STEPS: [&str; 7] = [
    "orchestrationTrace",
    "customOrchestrationTrace",
    "preProcessingTrace",
    "postProcessingTrace",
    "routingClassifierTrace",
    "failureTrace",
    "guardrailTrace",
];
/// Members of an export under which its events stand.
const LISTS: [&str; 4] = ["completion", "events", "traces", "trace"];

impl Format for BedrockAgents {
    fn name(&self) -> &'static str {
        "bedrock-agents"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let listed = list(root).is_some_and(|list| list.items().take(5).any(|event| step(event).is_some()));
        match (step(root).is_some() || listed, is_aside(root)) {
            (true, _) => 93,
            // Lines of a stream.
            (false, true) => 50,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut read = Reader::default();
        for doc in out.until_stopped(docs) {
            if let Some(asked) = doc.root.get("inputText").filter(|asked| asked.is_str()) {
                let asked_by_user = payload::plain(asked, MsgRole::User);
                let at = read.place(doc, doc.root);
                let known = &mut read.sessions[at];
                known.session.items.extend(asked_by_user.map(Item::Message));
                known.heard = usize::MAX;
                out.mapped(asked);
            }
            match list(doc.root).filter(|_| step(doc.root).is_none()) {
                Some(events) => events.items().for_each(|event| read.event(doc, event, out)),
                None => read.event(doc, doc.root, out),
            }
        }
        for Talk { mut session, heard, .. } in read.sessions {
            if heard == 0 && !session.items.is_empty() {
                let what =
                    "the user's words are not in the trace: it holds no prompt in which they stand apart".to_owned();
                session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: None, event: None });
            }
            out.sessions.push(session);
        }
    }
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    if root.is_array() { Some(root) } else { LISTS.iter().filter_map(|key| root.get(key)).find(|list| list.is_array()) }
}

/// The record that names session and agent, and its step with the step's kind.
fn step(event: Node<'_>) -> Option<(Node<'_>, Node<'_>, &'static str)> {
    let of = |union: Node<'_>| STEPS.into_iter().find(|kind| union.get(kind).is_some_and(Node::is_object));
    let trace = event.get("trace").filter(|trace| trace.is_object());
    let inner = trace.and_then(|trace| trace.get("trace"));
    let pairs = [trace.zip(inner), trace.map(|trace| (event, trace)), Some((event, event))];
    pairs.into_iter().flatten().find_map(|(record, union)| {
        let kind = of(union)?;
        Some((record, union.get(kind)?, kind))
    })
}

/// An event of the stream beside its traces.
fn is_aside(event: Node<'_>) -> bool {
    event.get("chunk").is_some_and(|chunk| chunk.get("bytes").is_some()) || event.get("returnControl").is_some()
}

/// How many of the words at the beginning of a prompt are those of the prompt before it, from which the oldest may be gone.
fn repeated(before: &[String], said: &[Text]) -> usize {
    let is_same = |(a, b): (&String, &Text)| *a == b.text;
    if before.len() >= said.len() && before.iter().zip(said).all(is_same) {
        return said.len();
    }
    let goes_on = |from: &usize| before.len() - from <= said.len() && before.iter().skip(*from).zip(said).all(is_same);
    (0..before.len()).find(goes_on).map_or(0, |from| before.len() - from)
}

struct Talk {
    session: Session,
    /// What users said in the last prompt.
    prompt: Vec<String>,
    /// What users said that was told.
    heard: usize,
    instructed: bool,
    /// A trace's last answer, which its chunks repeat.
    answered: bool,
}

#[derive(Default)]
struct Reader {
    sessions: Vec<Talk>,
    named: HashMap<String, usize>,
    last: Option<usize>,
}

impl Reader {
    fn place(&mut self, doc: &Document<'_>, record: Node<'_>) -> usize {
        let id = parts::word(record, &["sessionId"]);
        if id.is_none()
            && doc.number > 1
            && let Some(last) = self.last
        {
            return last;
        }
        let (key, kind) = match id {
            Some(id) => (id, KeyKind::Conversation),
            // Lines without an ID are those of one stream.
            None => (doc.file.to_owned(), KeyKind::Position),
        };
        let next = self.sessions.len();
        let at = *self.named.entry(key.clone()).or_insert(next);
        if at == next {
            let session = Session::new(key, kind);
            self.sessions.push(Talk { session, prompt: Vec::new(), heard: 0, instructed: false, answered: false });
        }
        self.last = Some(at);
        at
    }

    fn event(&mut self, doc: &Document<'_>, event: Node<'_>, out: &mut Output) {
        let Some((record, step, kind)) = step(event) else {
            self.aside(doc, event, out);
            return;
        };
        let at = match parts::word(record, &["sessionId"]).is_some() || self.last.is_none() {
            true => self.place(doc, record),
            false => self.last.unwrap_or_default(),
        };
        let Some(talk) = self.sessions.get_mut(at) else { return };
        let time = record.any(&["eventTime", "timestamp"]).and_then(time::any);
        let agent = parts::word(record, &["collaboratorName"]);
        let mut told = Told { time, agent, items: Vec::new(), unread: false };
        match kind {
            "failureTrace" => {
                told.event(step, step.get("failureReason").map(|why| EventKind::Error { text: why.json_text() }))
            }
            "guardrailTrace" => told.event(step, Some(guard(step, kind))),
            _ => told.parts(step, kind, talk, out),
        }
        match (told.unread, told.items.is_empty()) {
            (true, _) => out.unread(event),
            (false, true) => out.bookkeeping(event, kind),
            (false, false) => out.mapped(event),
        }
        talk.session.items.extend(told.items);
    }

    /// The answer once more in pieces, or calls that the program has to make itself.
    fn aside(&mut self, doc: &Document<'_>, event: Node<'_>, out: &mut Output) {
        if !is_aside(event) {
            match event.holders().any(|(key, _)| key.ends_with("Exception")) || event.get("files").is_some() {
                true => out.bookkeeping(event, "an event of the stream"),
                false => out.unknown(event),
            }
            return;
        }
        let at = self.last.unwrap_or_else(|| self.place(doc, event));
        let Some(talk) = self.sessions.get_mut(at) else { return };
        if let Some(control) = event.get("returnControl") {
            // The program makes these calls, and what it gives back is in its next request.
            let calls: Vec<Part> =
                control.get("invocationInputs").into_iter().flat_map(Node::items).map(returned).collect();
            let msg = parts::said(MsgRole::Assistant, calls, None, event.loc());
            out.message(event, &msg);
            talk.session.items.push(Item::Message(msg));
            return;
        }
        let bytes = event.get("chunk").and_then(|chunk| chunk.get("bytes"));
        match bytes.and_then(Node::text).filter(|text| !talk.answered && text.text.contains(' ')) {
            Some(text) => {
                talk.session.items.push(Item::Message(parts::said(
                    MsgRole::Assistant,
                    vec![Part::Text(text)],
                    None,
                    event.loc(),
                )));
                out.mapped(event);
            }
            None if talk.answered => out.bookkeeping(event, "the answer once more"),
            None => out.unread_as(event, "an answer as bytes"),
        }
    }
}

/// What one event tells.
struct Told {
    time: Option<Stamp>,
    agent: Option<String>,
    items: Vec<Item>,
    unread: bool,
}

impl Told {
    fn event(&mut self, node: Node<'_>, kind: Option<EventKind>) {
        let (time, agent) = (self.time, self.agent.clone());
        self.items.extend(kind.map(|kind| Item::Event(Event { kind, time, agent, model_call: None, loc: node.loc() })));
    }

    fn say(&mut self, role: MsgRole, part: Part, node: Node<'_>) {
        let mut msg = parts::said(role, vec![part], self.time, node.loc());
        msg.agent = self.agent.clone().filter(|_| role != MsgRole::User);
        self.items.push(Item::Message(msg));
    }

    fn parts(&mut self, step: Node<'_>, kind: &str, talk: &mut Talk, out: &mut Output) {
        for (key, part) in step.holders() {
            match key.as_ref() {
                "modelInvocationInput" if matches!(kind, "orchestrationTrace" | "customOrchestrationTrace") => {
                    self.prompt(part, talk, out);
                }
                "modelInvocationInput" => {}
                "modelInvocationOutput" => self.answer(part),
                "rationale" => {
                    let text = part.get("text").and_then(Node::text);
                    text.into_iter().for_each(|text| self.say(MsgRole::Assistant, Part::Reasoning(text), part));
                }
                "invocationInput" => self.call(part),
                "observation" => self.observation(part, talk),
                // Whether the input is valid, and the answer before it is parsed: no words of anybody.
                "parsedResponse" | "metadata" | "event" => {}
                _ => self.unread = true,
            }
        }
    }

    /// The instructions, and what users said that is new. Everything else in a prompt was told already.
    fn prompt(&mut self, part: Node<'_>, talk: &mut Talk, out: &mut Output) {
        // What a collaborator is asked comes from its supervisor, as the input of a call.
        let Some(nested) = part.get("text").filter(|_| self.agent.is_none()).and_then(Node::nested) else { return };
        let root = nested.root(&mut out.bases);
        if let Some(system) = root.get("system").filter(|_| !talk.instructed).and_then(payload::system_message) {
            talk.instructed = true;
            self.items.push(Item::Message(crate::item::Msg { time: self.time, ..system }));
        }
        let users = root.get("messages").into_iter().flat_map(Node::items).filter(|m| m.has("role", "user"));
        let said: Vec<Text> = users.filter_map(|m| words(m.get("content")?)).collect();
        let known = repeated(&talk.prompt, &said);
        talk.prompt = said.iter().map(|text| text.text.clone()).collect();
        if talk.heard == usize::MAX {
            return;
        }
        talk.heard = talk.heard.max(said.len());
        for text in said.into_iter().skip(known) {
            self.say(MsgRole::User, Part::Text(text), part);
        }
    }

    fn answer(&mut self, part: Node<'_>) {
        if let Some(text) = part.get("reasoningContent").and_then(|r| r.get("reasoningText")?.get("text")?.text()) {
            self.say(MsgRole::Assistant, Part::Reasoning(text), part);
        }
        let metadata = part.get("metadata");
        let usage = |key: &str| metadata.and_then(|m| m.get("usage")?.get(key)?.i64());
        let tokens = (usage("inputTokens"), usage("outputTokens"));
        let stamp = |key: &str| metadata.and_then(|m| m.get(key)).and_then(time::any);
        if tokens.0.is_some() || tokens.1.is_some() {
            let start = stamp("startTime").or(self.time);
            self.items.push(parts::model_call(None, tokens, start, stamp("endTime"), part.loc()));
        }
    }

    fn call(&mut self, part: Node<'_>) {
        let id = parts::word(part, &["traceId"]);
        let mut known = false;
        for (key, input) in part.holders() {
            let made = match key.as_ref() {
                "actionGroupInvocationInput" => {
                    (input.any(&["function", "apiPath"]).and_then(Node::text), Some(action_arguments(input)))
                }
                "knowledgeBaseLookupInput" => {
                    (input.get("knowledgeBaseId").and_then(Node::text), Some(input.json_text()))
                }
                "agentCollaboratorInvocationInput" => {
                    let asked = input.get("input").map(Node::json_text);
                    (input.get("agentCollaboratorName").and_then(Node::text), asked)
                }
                "codeInterpreterInvocationInput" => (Some(input.key_text(&key)), Some(input.json_text())),
                _ => continue,
            };
            known = true;
            let (name, arguments) = made;
            let call = parts::call(part, id.clone(), name, arguments);
            self.unread |= matches!(call, Part::Unread(_));
            self.say(MsgRole::Assistant, call, part);
        }
        self.unread |= !known;
    }

    fn observation(&mut self, part: Node<'_>, talk: &mut Talk) {
        let id = parts::word(part, &["traceId"]);
        let mut known = false;
        for (key, output) in part.holders() {
            known = true;
            let (content, transport) = match key.as_ref() {
                "actionGroupInvocationOutput" => (output.get("text").map(Node::json_text), Transport::Unknown),
                "knowledgeBaseLookupOutput" => {
                    (Some(output.get("retrievedReferences").unwrap_or(output).json_text()), Transport::Unknown)
                }
                "agentCollaboratorInvocationOutput" => {
                    let text = output.get("output").map(|o| o.get("text").unwrap_or(o).json_text());
                    (text, Transport::Unknown)
                }
                "codeInterpreterInvocationOutput" => {
                    let error = output.get("executionError").filter(|e| e.str().is_none_or(|s| !s.is_empty()));
                    let late = output.get("executionTimeout").and_then(Node::bool) == Some(true);
                    let failed = error.is_some() || late;
                    let told = error.or_else(|| output.get("executionOutput")).unwrap_or(output);
                    (Some(told.json_text()), parts::failed(Some(failed)))
                }
                "finalResponse" => {
                    let text = output.get("text").and_then(Node::text);
                    // A collaborator answers its supervisor, whose call returns the same words.
                    if self.agent.is_none() {
                        talk.answered |= text.is_some();
                        text.into_iter().for_each(|text| self.say(MsgRole::Assistant, Part::Text(text), part));
                    }
                    continue;
                }
                // The model's answer was of no use, and it was told so.
                "repromptResponse" => {
                    let text = output.get("text").and_then(Node::text);
                    text.into_iter().for_each(|text| self.say(MsgRole::Harness, Part::Text(text), part));
                    continue;
                }
                "metadata" => continue,
                _ => {
                    self.unread = true;
                    continue;
                }
            };
            let mut msg = parts::result(id.clone(), None, content, transport, self.time, part.loc());
            msg.agent.clone_from(&self.agent);
            self.items.push(Item::Message(msg));
        }
        self.unread |= !known;
    }
}

/// The arguments of an action: its parameters or the body of its request, as an object; all of it where it has both.
fn action_arguments(input: Node<'_>) -> Text {
    let filled = |list: &Node<'_>| list.is_array() && list.items().next().is_some();
    let parameters = input.get("parameters").filter(filled);
    let content = input.get("requestBody").and_then(|body| body.get("content"));
    let body = content.and_then(|content| content.holders().map(|(_, list)| list).find(filled));
    match (parameters, body) {
        (Some(list), None) | (None, Some(list)) => {
            let text = list.json_text();
            text.rewritten(Notation::NamedValues).unwrap_or(text)
        }
        _ => input.json_text(),
    }
}

/// A call that the program has to make.
fn returned(node: Node<'_>) -> Part {
    let found = node.any(&["functionInvocationInput", "apiInvocationInput"]);
    let Some(input) = found else { return payload::unread(node) };
    let name = input.any(&["function", "apiPath"]).and_then(Node::text);
    match name {
        Some(name) => Part::Call(CallPart { id: None, name, arguments: Some(action_arguments(input)) }),
        None => payload::unread(node),
    }
}

/// What a guard did.
fn guard(step: Node<'_>, kind: &str) -> EventKind {
    let action = step.get("action").and_then(Node::text);
    let verdict = match action.as_ref().map(|a| a.text.as_str()) {
        Some("INTERVENED") => Verdict::Triggered,
        Some("NONE") => Verdict::Passed,
        _ => Verdict::Unknown,
    };
    let detail = step.any(&["inputAssessments", "outputAssessments"]).map(Node::json_text);
    EventKind::Guardrail { name: step.key_text(kind), verdict, action, detail }
}

/// A user's words in a prompt: a string, or a list that is written as Java prints it. Results of tools are none.
fn words(content: Node<'_>) -> Option<Text> {
    if content.is_array() {
        let mut texts = content.items().filter(|block| block.any(&["toolResult", "tool_use_id"]).is_none());
        return texts.find_map(|block| block.text().or_else(|| block.get("text")?.text()));
    }
    let text = content.text()?;
    if text.text.contains("tool_result") || text.text.contains("toolResult") {
        return None;
    }
    let printed = text.text.starts_with("[{") && text.text.ends_with("}]");
    let Some(at) = text.text.find("text=").filter(|_| printed) else { return Some(text) };
    let from = at + "text=".len();
    let inner = text.text[from..].strip_suffix("}]")?;
    let inner = inner.strip_suffix(", type=text").unwrap_or(inner);
    text.slice(from, from + inner.len())
}
