//! Whether an order in words of its own covers a call: it speaks of what the call is about, or carries the call's values, or
//! nothing else that was done answers it. Whoever only asked a question ordered nothing.

use super::exchange::Talk;
use super::words::Words;
use crate::dialogue::{ordering, reach};
use crate::prose::lexicon::english;
use crate::session::memo::Memo;
use crate::session::{Call, Message, Session};
use crate::tools::contract::Effect;
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;
use std::cell::LazyCell;

/// More values of a call, and more calls beside it, are not looked at.
const MOST: usize = 64;
/// Longer instructions are read up to here.
const LONGEST: usize = 65_536;

/// The place in the talk of the last message with an order that covers a call, if any.
pub(super) fn of(session: &Session<'_>, talk: &Talk<'_, '_>, call: &Call<'_>, words: &Words<'_>) -> Option<usize> {
    let upto = talk.0.partition_point(|t| t.message.event < call.event);
    let before = talk.0[..upto].iter().enumerate().skip(reach::start(upto));
    let users = before.filter(|(_, t)| t.message.role == Role::User);
    let turns: Vec<_> = users.filter(|(_, t)| !t.deeds().is_empty()).collect();
    if turns.is_empty() {
        return None;
    }
    let others: Vec<&Call<'_>> = session
        .calls
        .iter()
        .filter(|c| c.event != call.event && c.name.text != call.name.text && c.known.effect.0 != Effect::Read)
        .take(MOST)
        .collect();
    let others_words =
        LazyCell::new(|| -> Vec<Words<'_>> { others.iter().map(|c| Words::of(c, c.operation())).collect() });
    let own = values(call);
    turns.into_iter().rev().find_map(|(at, turn)| {
        let (message, deeds) = (turn.message, turn.deeds());
        let covered = deeds.iter().any(|sentence| names(sentence, words))
            || carries(message, &own, &others)
            || deeds.iter().any(|sentence| ordering::has_unknown_deed(sentence) && unanswered(sentence, &others_words));
        covered.then_some(at)
    })
}

/// True when the operator's own rules order the operation on its object: "log every call", "attach what was supplied".
pub(super) fn by_operator(session: &Session<'_>, call: &Call<'_>, words: &Words<'_>) -> bool {
    let operator = session.messages.iter().filter(|m| m.role == Role::System && m.event < call.event);
    operator.flat_map(|m| m.texts).any(|t| {
        ORDERS.with(|memo| memo.of(&t.text, plain_orders)).iter().any(|sentence| {
            words.orders(sentence)
                && ordering::words(sentence).filter(|w| w.len() > 3 && words.has_of_name(w)).count() >= 2
                || goes_through(sentence, words)
        })
    })
}

/// True where a rule says which way something takes, and the tool has its name: "pay questions go to payroll via handover".
fn goes_through(sentence: &str, words: &Words<'_>) -> bool {
    const WAYS: [&str; 3] = ["via", "through", "using"];
    let all: Vec<&str> = ordering::words(sentence).collect();
    let tool = |w: &&str| w.len() > 4 && english().of_tool_word(w).is_empty() && words.has_of_name(w);
    all.iter().enumerate().any(|(i, w)| WAYS.contains(w) && all[i + 1..].iter().take(2).any(tool))
}

/// True where a document that the operator told the agent to go by orders the operation.
pub(super) fn by_document(session: &Session<'_>, call: &Call<'_>, words: &Words<'_>) -> bool {
    const DOCUMENTS: [&str; 9] =
        ["handbook", "knowledge", "kb", "runbook", "playbook", "procedure", "manual", "guideline", "sop"];
    let operator = || session.messages.iter().filter(|m| m.role == Role::System).flat_map(|m| m.texts);
    let read = session.calls.iter().filter(|c| c.event < call.event && c.known.effect.0 != Effect::Write).take(MOST);
    read.filter_map(|c| {
        let known = |w: &str| DOCUMENTS.iter().find(|d| w.strip_suffix('s').unwrap_or(w) == **d).copied();
        let word = c.known.words.iter().find_map(|w| known(w))?;
        let word = if word == "kb" { "knowledge" } else { word };
        let told = operator().any(|t| {
            let folded = t.text.to_lowercase();
            folded.contains(word) && folded.contains("follow")
        });
        c.result.as_ref().filter(|r| told && r.event < call.event)
    })
    .flat_map(|r| r.texts())
    .any(|t| {
        plain_orders(&t.text)
            .iter()
            .flat_map(|s| s.split([',', ':']).flat_map(|c| c.split(" and ")))
            .any(|clause| words.orders(clause) || ordering::words(clause).any(|w| words.has_of_name(w)))
    })
}

thread_local! {
    // Many sessions have the same instructions.
    static ORDERS: Memo<Vec<String>> = Memo::default();
}

/// The sentences of the operator's, in lower case, that neither forbid anything nor leave it to the user.
fn plain_orders(text: &str) -> Vec<String> {
    let folded = text[..text.floor_char_boundary(LONGEST)].to_lowercase().replace('’', "'");
    let sentences = folded.split(['.', '!', '?', '\n', ';']);
    let plain = |sentence: &&str| {
        let count = ordering::words(sentence).count();
        (2..=40).contains(&count) && !ordering::words(sentence).any(|w| english().is("order_conditional", w))
    };
    sentences.filter(plain).map(str::to_owned).collect()
}

/// True when a sentence speaks of what a call does or of its object.
fn names(sentence: &str, words: &Words<'_>) -> bool {
    ordering::words(sentence).any(|w| w.len() > 2 && words.names(w))
}

/// True when a message holds a value that is this call's and no other's.
fn carries(message: &Message<'_>, own: &[String], others: &[&Call<'_>]) -> bool {
    if own.is_empty() {
        return false;
    }
    let said = message.texts.iter().map(|t| compact(&t.text)).collect::<Vec<_>>().join(" ");
    own.iter().any(|value| {
        holds(&said, value) && !others.iter().any(|c| c.arguments.is_some_and(|a| holds(&compact(&a.text), value)))
    })
}

/// True when nothing else that was done is what a sentence orders.
fn unanswered(sentence: &str, others: &[Words<'_>]) -> bool {
    !others.iter().any(|words| names(sentence, words))
}

/// The values of a call that a person may have said, in the form for comparing.
fn values(call: &Call<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let args = call.args().into_iter().flat_map(Value::entries).map(|(_, v)| v);
    for value in args.flat_map(|v| v.items().chain((!v.is_array()).then_some(v))).take(MOST) {
        let text = match value.str() {
            Some(text) => text.into_owned(),
            None if value.f64().is_some() => value.raw().to_string(),
            None => continue,
        };
        let text = compact(text.strip_suffix(".0").unwrap_or(&text));
        if (2..=200).contains(&text.len()) {
            found.push(text);
        }
    }
    found
}

/// Lower case, without what people group with.
fn compact(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut made = String::with_capacity(lower.len());
    let mut before = ' ';
    let mut rest = lower.chars().peekable();
    while let Some(c) = rest.next() {
        // Blanks inside numbers and codes group; between words they part.
        let groups = c == ' ' && before.is_ascii_digit() && rest.peek().is_some_and(char::is_ascii_digit);
        let end = c == '.' && rest.peek().is_none_or(|n| n.is_whitespace());
        if !groups && !end && !matches!(c, '-' | ',' | '\'' | '"') {
            made.push(if c == '_' { ' ' } else { c });
        }
        before = c;
    }
    made
}

fn holds(text: &str, value: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(value)
        .any(|(at, _)| edge(text[..at].chars().next_back()) && edge(text[at + value.len()..].chars().next()))
}
