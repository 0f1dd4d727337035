//! What stands beside a list of messages in a record of somebody's own log: the answer, calls, or the question that the list leads to.
//!
//! Such logs name these as they like. A message, a response of a provider and calls are known by their structure, whatever they are
//! called. Words are an answer where the list leaves one open, and the last word of their name says that they are one. What may be
//! one of these and is not certain is told as unread.

use super::exchange;
use crate::account;
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Part};
use crate::model::Text;
use crate::node::Node;
use crate::payload;

/// What stands beside the messages, sorted.
#[derive(Default)]
struct Beside<'d> {
    /// Words of the user that the list does not hold.
    question: Option<Node<'d>>,
    /// Messages of the agent or of its tools, or what holds them.
    messages: Vec<Node<'d>>,
    /// One call or a list of calls.
    calls: Vec<Node<'d>>,
    /// Words of the agent.
    words: Vec<Node<'d>>,
    /// What may be any of these.
    unsure: Vec<Node<'d>>,
}

/// The messages with a role that answer what a record asked, for comparing records with each other; and whether there is any answer.
pub fn answered<'d>(record: Node<'d>, list: Node<'d>) -> (Vec<Node<'d>>, bool) {
    let found = sort(record, list);
    let any = !found.messages.is_empty() || !found.calls.is_empty() || !found.words.is_empty();
    let has_role = |node: &Node<'_>| payload::role_word(*node).is_some();
    // Words without a role cannot be compared with the message that they become.
    let plain = found.words.is_empty() && found.calls.is_empty() && found.question.is_none();
    let messages = if plain { found.messages.into_iter().filter(has_role).collect() } else { Vec::new() };
    (messages, any)
}

/// The model call of a record whose answer stands beside its messages. Otherwise adds to the messages what may be an answer.
pub fn read(
    record: Node<'_>,
    request: Node<'_>,
    list: Option<Node<'_>>,
    messages: &mut Vec<Msg>,
    out: &mut Output,
) -> Option<Item> {
    let found = sort(record, list?);
    if let Some(question) = found.question {
        let said = payload::said(question, MsgRole::User, &mut out.bases);
        said.iter().for_each(|msg| out.message(question, msg));
        messages.extend(said);
    }
    let mut output = Vec::new();
    for node in found.messages {
        output.extend(payload::messages(node, &mut out.bases));
    }
    for node in found.words {
        output.extend(payload::spoken(node, &mut out.bases));
    }
    for node in found.calls {
        let mut msg = Msg::new(MsgRole::Assistant, node.loc());
        msg.parts = if node.is_object() { vec![payload::call(node)] } else { payload::calls(node, &mut out.bases) };
        output.push(msg);
    }
    let unsure = found.unsure.into_iter().map(|node| payload::unread_message(node, MsgRole::Assistant));
    if output.is_empty() {
        messages.extend(unsure);
        return None;
    }
    output.iter().for_each(|msg| out.message(record, msg));
    output.extend(unsure);
    let mut call = exchange::call(request, record, record.get("finish_reason").and_then(Node::text));
    call.start = exchange::time(record).or(call.start);
    let input = std::mem::take(messages);
    Some(Item::Model(ModelRun { call, input, output, agent: None, response_id: None, previous: None }))
}

/// Sorts what stands beside a list of messages.
fn sort<'d>(record: Node<'d>, list: Node<'d>) -> Beside<'d> {
    let mut found = Beside::default();
    if !record.is_object() {
        return found;
    }
    let last = list.items().last().and_then(payload::message);
    let open = last.as_ref().is_some_and(|msg| msg.role != MsgRole::Assistant);
    let members = || {
        let own = |key: &str, node: Node<'_>| OWN.contains(&key) || holds(node, list, 0) || is_label(key);
        record.entries().filter(move |(key, node)| !own(key, *node) && !payload::is_nothing(*node))
    };
    if last.as_ref().is_some_and(|msg| msg.role == MsgRole::Assistant) {
        let new = |node: Node<'d>| node.text().filter(|text| !tells(list, text)).map(|_| node);
        found.question = members().filter(|(key, _)| ASKS.contains(&key.as_ref())).find_map(|(_, node)| new(node));
    }
    let open = open || found.question.is_some();
    for (key, node) in members() {
        if found.question.is_some_and(|question| question.loc() == node.loc()) {
            continue;
        }
        sort_member(&key, node, list, open, &mut found);
    }
    // Words are the answer where nothing else is, and where there is one of them.
    let spoken = found.messages.iter().any(|node| node.any(&["content", "parts", "choices"]).is_some());
    if spoken {
        found.words.clear();
    }
    let alike: Vec<_> = found.words.iter().filter_map(|node| node.text()).collect();
    if alike.windows(2).all(|pair| pair[0].text == pair[1].text) {
        found.words.truncate(1);
    } else {
        found.unsure.extend(found.words.drain(1..));
    }
    found
}

fn sort_member<'d>(key: &str, node: Node<'d>, list: Node<'d>, open: bool, found: &mut Beside<'d>) {
    if node.is_str() {
        return sort_words(key, node, list, open, found);
    }
    if payload::are_calls(node) {
        match open {
            true => found.calls.push(node),
            // Nothing says before which of the messages these were made.
            false if !calls_of(list, node) => found.unsure.push(node),
            false => {}
        }
        return;
    }
    let known = |msg: Node<'_>| list.items().any(|item| item.fingerprint() == msg.fingerprint());
    let said = messages(node);
    if !said.is_empty() {
        let is_answer = said.iter().all(|msg| matches!(msg.role, MsgRole::Assistant | MsgRole::Tool));
        match () {
            () if known(node) || node.is_array() && node.items().all(known) => {}
            () if is_answer && open => found.messages.push(node),
            () => found.unsure.push(node),
        }
        return;
    }
    if let Some(words) = payload::only_text(node).filter(|_| open && answers(key)) {
        found.words.push(words);
        return;
    }
    if account::looks_spoken(node) || node.is_array() && account::may_hold_calls(key) {
        found.unsure.push(node);
    }
}

fn sort_words<'d>(key: &str, node: Node<'d>, list: Node<'d>, open: bool, found: &mut Beside<'d>) {
    let Some(text) = node.text().filter(|text| !text.text.trim().is_empty()) else { return };
    if let Some(nested) = node.nested() {
        let mut bases = crate::locator::Bases::default();
        let root = nested.root(&mut bases);
        if payload::are_calls(root) {
            let place = if open && root.is_array() { &mut found.calls } else { &mut found.unsure };
            place.push(node);
            return;
        }
    }
    if !answers(key) || tells(list, &text) {
        return;
    }
    // One word in small letters under the name of a result may be a state of the run.
    let state = key.ends_with("result") && text.text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    match open && !state {
        true => found.words.push(node),
        false if text.text.contains(char::is_whitespace) => found.unsure.push(node),
        false => {}
    }
}

/// The messages in a value with a role, or in a provider's response.
fn messages(node: Node<'_>) -> Vec<Msg> {
    let holder = ["choices", "candidates", "message", "output", "content", "generations"];
    let of_role = |item: Node<'_>| payload::role_word(item).is_some() || item.get("type").is_some();
    let may = if node.is_array() { node.items().all(of_role) } else { of_role(node) || node.any(&holder).is_some() };
    let found = if may { payload::messages(node, &mut crate::locator::Bases::default()) } else { Vec::new() };
    let whole = |msg: &Msg| !msg.parts.is_empty() && !msg.parts.iter().all(|part| matches!(part, Part::Unread(_)));
    if found.iter().all(whole) { found } else { Vec::new() }
}

/// True for the list itself and for what it stands in.
fn holds(node: Node<'_>, list: Node<'_>, depth: usize) -> bool {
    node.loc() == list.loc() || depth < 3 && node.entries().any(|(_, inner)| holds(inner, list, depth + 1))
}

/// True where the messages hold these calls too.
fn calls_of(list: Node<'_>, calls: Node<'_>) -> bool {
    let ids: Vec<_> =
        std::iter::once(calls).chain(calls.items()).filter_map(|call| call.any(&["call_id", "id"])?.str()).collect();
    !ids.is_empty() && ids.iter().all(|id| list.may_contain(id))
}

/// True where a message of the list has these words.
fn tells(list: Node<'_>, text: &Text) -> bool {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let words = squeezed(&text.text);
    let same = |part: &Part| matches!(part, Part::Text(said) if squeezed(&said.text).contains(&words));
    list.items().filter_map(payload::message).any(|msg| msg.parts.iter().any(same))
}

/// Members of a request, whatever they hold.
const OWN: [&str; 14] = [
    "request",
    "body",
    "messages",
    "tools",
    "functions",
    "system",
    "instructions",
    "systemInstruction",
    "system_instruction",
    "config",
    "response_format",
    "tool_choice",
    "metadata",
    "error",
];

/// What the user's words beside a history are called.
const ASKS: [&str; 7] = ["input", "query", "question", "prompt", "message", "user_input", "user_message"];

/// What the name of an answer ends with.
const ANSWERS: [&str; 16] = [
    "answer",
    "assistant",
    "completion",
    "content",
    "generation",
    "message",
    "output",
    "outputs",
    "prediction",
    "reply",
    "response",
    "result",
    "text",
    "responses",
    "completions",
    "answers",
];

/// True for the name of what an agent said: its last word says what the value is, the first one whose it is.
fn answers(key: &str) -> bool {
    let words = words(key);
    let others = ["error", "system", "user", "human", "customer", "input", "prompt", "status", "log", "tool"];
    words.last().is_some_and(|word| ANSWERS.contains(&word.as_str()))
        && !words.iter().any(|word| others.contains(&word.as_str()))
}

/// True for the name of a label: what somebody would have liked to be answered.
fn is_label(key: &str) -> bool {
    let labels = [
        "expected",
        "reference",
        "gold",
        "golden",
        "target",
        "label",
        "truth",
        "ideal",
        "correct",
        "chosen",
        "rejected",
    ];
    words(key).iter().any(|word| labels.contains(&word.as_str()))
}

/// The words of a name in snake case or camel case.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in key.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && words.last().is_some_and(|w| w.ends_with(char::is_lowercase)) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
#[path = "beside_tests.rs"]
mod tests;
