//! Whether a call changed something, where its tool's name may be that of a deed or of a thing: `exchange_rates`,
//! `room.schedule`, `help_page`. What the tool is described as decides, then how it answered.

use crate::prose::lexicon::english;
use crate::session::Call;
use crate::tools::contract::Source;
use hindcast_trace::json::Value;

/// What is known of whether a call acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acts {
    /// Its contract, its name, its description or its answer says so.
    Yes,
    /// Its description or its answer says that it only looks.
    No,
    /// Nothing says.
    Unknown,
}

/// A text that acknowledges a deed is short.
const SHORT: usize = 240;
/// An acknowledgment has its status among so many first words.
const FIRST: usize = 6;

/// Whether a call acts, by its tool's description and by its answer.
pub fn of(call: &Call<'_>, description: Option<&str>) -> Acts {
    // An HTTP method or a statement says more than a name.
    let by_arguments =
        |a: Value<'_>| ["method", "http_method", "verb", "statement", "sql"].iter().any(|k| a.get(k).is_some());
    if call.known.effect.1 != Source::Name || call.args().is_some_and(by_arguments) {
        return Acts::Yes;
    }
    if let Some(acts) = description.and_then(|d| described(d, &call.known.words)) {
        return acts;
    }
    if !is_ambiguous(&call.known.words) {
        return Acts::Yes;
    }
    match call.result.as_ref() {
        None => Acts::Yes,
        // A failed call was tried: what it would have done, its answer does not say.
        Some(_) if call.failure().is_some() => Acts::Yes,
        Some(answer) => match answer.content.map(|t| t.text.trim()).filter(|t| !t.is_empty()) {
            None => Acts::Yes,
            Some(text) => match answer.json() {
                Some(json) if acknowledges(json, 0) || is_receipt(json, &call.known.families) => Acts::Yes,
                Some(json) if json.is_object() || json.is_array() => Acts::No,
                _ if text.len() <= SHORT && text.lines().count() <= 2 && tells_own_deed(text, &call.known.families) => {
                    Acts::Yes
                }
                _ => Acts::No,
            },
        },
    }
}

/// True where a tool's description says that it changes something.
pub fn is_described_as_write(call: &Call<'_>, description: Option<&str>) -> bool {
    described_as(call, description) == Acts::Yes
}

/// What a tool's description says of whether it changes something.
pub fn described_as(call: &Call<'_>, description: Option<&str>) -> Acts {
    description.and_then(|d| described(d, &call.known.words)).unwrap_or(Acts::Unknown)
}

/// What a description says, where it says more than the name.
fn described(description: &str, name: &[String]) -> Option<Acts> {
    let sentence = description.split(['.', '\n', ';']).next().unwrap_or_default();
    let told: Vec<String> = words(sentence).take(12).collect();
    if told.iter().all(|w| name.contains(w)) {
        return None;
    }
    let first = told.first()?;
    if english().is("describes_look", first) {
        return Some(Acts::No);
    }
    let base = first.strip_suffix('s').unwrap_or(first);
    let verb = !english().of_base(first).is_empty() || !english().of_base(base).is_empty();
    let is = |list: &str| english().is(list, first) || english().is(list, base);
    // "Books a room" tells of a deed, "bookings of a guest" and "book details" do not.
    let object = told.get(1).is_some_and(|w| matches!(w.as_str(), "a" | "an" | "the" | "one" | "this"));
    (verb && (object || !is("noun_or_verb") && first != "open") || is("more_writes") || is("describes_write"))
        .then_some(Acts::Yes)
}

/// True where every telling word of a name may be a noun.
fn is_ambiguous(words: &[String]) -> bool {
    let lexicon = english();
    // `rebook.options` lists them, and `clear_history` clears it.
    let looks = words.last().is_some_and(|w| words.len() > 1 && lexicon.is("looked_at", w));
    // `quote_move` tells what a move would cost, `quote_send` sends.
    looks
        || words.first().is_some_and(|w| w == "quote")
        || words.iter().all(|w| {
            // "Open" is an adjective as well: `claims_open_fetch`.
            w == "open"
                || lexicon.is_read_word(w)
                || lexicon.is("noun_or_verb", w)
                || (lexicon.of_tool_word(w).is_empty() && !lexicon.is("more_writes", w))
        })
}

/// True for an answer with a status, a flag or a participle of its own: `"saved": true`, `"status": "executed"`.
fn acknowledges(value: Value<'_>, depth: usize) -> bool {
    value.entries().take(40).any(|(key, inner)| {
        let key = key.str().unwrap_or_default().to_ascii_lowercase();
        let flag = inner.bool().is_some() && matches!(key.as_str(), "ok" | "success" | "done" | "accepted" | "result");
        let says = inner.str().is_some_and(|s| s.len() <= SHORT && words(&s).any(|w| is_deed_word(&w)));
        let tells = matches!(key.as_str(), "status" | "state" | "result" | "message" | "outcome" | "detail" | "info");
        flag || (tells && says)
            || key.split(['_', '-']).any(|w| is_told_deed(w) || !english().of_past(w).is_empty() && w.ends_with("ed"))
            || (depth < 2 && inner.is_object() && acknowledges(inner, depth + 1))
    })
}

/// True for a few members, one of which names what was made: `"booking": "CH-3319"` of `book_room`.
fn is_receipt(json: Value<'_>, families: &[String]) -> bool {
    let named = |key: &str| english().of_noun(key).iter().any(|f| families.iter().any(|own| own == f));
    json.len() <= 6
        && json.entries().any(|(k, v)| v.is_str() && named(&k.str().unwrap_or_default().to_ascii_lowercase()))
}

/// True for a line with a participle of the tool's own families, or that begins with a status: the status of something that is told of stands
/// further back ("PICK-9917, not yet confirmed by packing").
fn tells_own_deed(text: &str, families: &[String]) -> bool {
    let of_tool = |w: &str| english().of_past(w).iter().any(|f| families.iter().any(|own| own == f));
    words(text).take(2 * FIRST).enumerate().any(|(at, w)| of_tool(&w) || at < FIRST && is_status(&w))
}

fn is_status(word: &str) -> bool {
    ["status_done", "status_pending", "status_failed"].iter().any(|list| english().is(list, word))
}

fn is_deed_word(word: &str) -> bool {
    let lexicon = english();
    let ends = word.ends_with("ed") && word.len() > 4;
    let past = (ends || lexicon.is("irregular_past", word)) && !lexicon.is("no_deed", word);
    past && (ends || !lexicon.of_past(word).is_empty()) || is_status(word)
}

/// The same of a member's name: `same_error` counts something.
fn is_told_deed(word: &str) -> bool {
    is_deed_word(word) && !english().is("status_failed", word)
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Contracts, Session};
    use hindcast_trace::{Evidence, read};

    fn acts(tool: &str, answer: &str, description: Option<&str>) -> Acts {
        let json = serde_json::json!({"messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": tool, "arguments": "{\"a\": 1}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": answer},
        ]});
        let reading = read(&[Evidence::new("t.json", json.to_string().into_bytes())]).expect("reads");
        let contracts = Contracts::default();
        let session = Session::new(&reading.sessions[0], &contracts);
        of(&session.calls[0], description)
    }

    #[test]
    fn a_name_that_may_be_a_noun_acts_where_its_answer_says_so() {
        assert_eq!(acts("exchange_rates", r#"{"pair": "EURPLN", "rate": 4.31}"#, None), Acts::No);
        assert_eq!(acts("help_page", "Exchange: up to 24 hours before curtain", None), Acts::No);
        assert_eq!(acts("calendar.block", r#"{"blocked": 2}"#, None), Acts::Yes);
        assert_eq!(acts("order.refund", r#"{"refund": "RF-1", "status": "succeeded"}"#, None), Acts::Yes);
        assert_eq!(acts("quote_move", r#"{"base": 420, "total": 816}"#, None), Acts::No);
        assert_eq!(acts("quote_send", r#"{"quote": "Q-2", "delivered": true}"#, None), Acts::Yes);
        assert_eq!(acts("mail", "sent", None), Acts::Yes);
        assert_eq!(acts("cancel_order", r#"{"order": "A-1"}"#, None), Acts::Yes);
    }

    #[test]
    fn a_description_decides_first() {
        assert_eq!(acts("book", r#"{"book": "B-1", "status": "booked"}"#, Some("Look up one book")), Acts::No);
        assert_eq!(acts("line.tariff", "{}", Some("Change the tariff of a line")), Acts::Yes);
        assert_eq!(acts("open_account", "{}", Some("Opens a new account")), Acts::Yes);
        assert_eq!(acts("orders_of", "{}", Some("Orders of a customer")), Acts::No);
        assert_eq!(acts("move_price", "{}", Some("Quote for a move")), Acts::No);
        assert_eq!(acts("exchange_rates", r#"{"rate": 1}"#, Some("exchange rates")), Acts::No);
    }
}
