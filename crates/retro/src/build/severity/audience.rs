//! Who speaks with the agent: a customer, or somebody of the house.

use super::table::WORDS;
use crate::build::Context;
use crate::statement::{Basis, Origin, Statement};
use hindcast_detect::finding::Cite;
use hindcast_trace::model::{Role, Text};

/// Who speaks with the agent, as far as the trace tells.
pub enum Audience {
    /// Customers.
    Customers,
    /// Somebody of the house, such as a programmer with a coding agent: nothing that is said there reaches a customer by
    /// itself. With the statement that says so, or the words where nothing can be quoted.
    Inside(Result<Statement, String>),
    /// The trace does not tell.
    Unknown,
}

/// Reads the instructions, the format and the tools' names.
pub fn of(cx: &mut Context<'_>) -> Audience {
    let format = cx.input.trace.format;
    let is = |list: &[String]| list.iter().any(|f| f == format);
    if is(&WORDS.customer_formats) {
        return Audience::Customers;
    }
    if is(&WORDS.inside_formats) {
        return Audience::Inside(Err(format!(
            "the format ({format}) is that of a programmer's own agent, so that it reached no customer by itself: ask where it went"
        )));
    }
    let session = cx.session;
    let system = || {
        let all = session.messages.iter().filter(|m| m.role == Role::System);
        all.flat_map(|m| m.texts.iter().map(move |t| (m.event, t)))
    };
    let find = |list: &[String]| system().find_map(|(event, text)| named(event, text, list));
    let inside = find(&WORDS.inside).map(|cite| (cite, "the instructions tell of a user of the house"));
    let inside = inside.or_else(|| {
        let mut tools = session.calls.iter().filter(|c| {
            let name = c.name.text.to_ascii_lowercase();
            WORDS.inside_tools.contains(&name)
        });
        let first = tools.next()?;
        let second = tools.find(|c| c.name.text != first.name.text)?;
        Some((Cite::whole(second.event, second.name)?, "the tools are those of a programmer's own agent"))
    });
    match (find(&WORDS.customers).is_some(), inside) {
        (true, None) => Audience::Customers,
        (false, Some((cite, why))) => {
            let Some(quote) = cx.citer.cite(&cite) else { return Audience::Unknown };
            let text = format!("no customer is in this trace: {why}");
            Audience::Inside(Ok(Statement::new(Origin::Analysis("severity".to_owned()), text, Basis::Quote(quote), [])))
        }
        _ => Audience::Unknown,
    }
}

/// The first of some phrases that stands in a text, between words.
fn named(event: u32, text: &Text, phrases: &[String]) -> Option<Cite> {
    let lower = text.text.to_ascii_lowercase();
    let edge = |b: Option<&u8>| b.is_none_or(|b| !b.is_ascii_alphanumeric());
    let places = phrases.iter().flat_map(|p| lower.match_indices(p.as_str()));
    let whole = places.filter(|(at, p)| {
        let bytes = lower.as_bytes();
        edge(at.checked_sub(1).and_then(|i| bytes.get(i))) && edge(bytes.get(at + p.len()))
    });
    let (at, phrase) = whole.min_by_key(|(at, _)| *at)?;
    Cite::of(event, text, at..at + phrase.len())
}
