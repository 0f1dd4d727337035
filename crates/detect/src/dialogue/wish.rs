//! A wish that is an order without a verb for the deed: "I need a cleaning on Thursday morning, name is Tom Aldo."

use super::request::principal_families;
use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;

/// Kinds of operation with which somebody gets what they need.
const GETS: [&str; 3] = ["book", "order", "create"];
/// So many words behind the wish, the wanted thing is named.
const NEAR: usize = 3;

/// True where the user's last words wish for a thing, ask nothing, and name a value of the call, which makes such a thing.
pub fn is_wished(session: &Session<'_>, call: &Call<'_>) -> bool {
    if !principal_families(call).iter().any(|f| GETS.contains(f)) {
        return false;
    }
    let user = session.messages.iter().rev().find(|m| m.event < call.event && m.role == Role::User);
    // One wish, one deed.
    let done =
        |event: u32| session.calls_between(event, call.event).iter().any(|c| c.is_write() && c.event != call.event);
    let user = user.filter(|m| !done(m.event));
    user.into_iter().flat_map(|m| m.texts).any(|t| {
        let folded = t.text.to_lowercase().replace('\u{2019}', "'");
        !folded.contains('?')
            && (folded.split(['.', '!', '\n', ';']).any(wishes) && names(call, &folded)
                || is_bare_amount(call, &folded))
    })
}

/// "I need a …", "we'd like two …": the thing and no talk about it.
fn wishes(sentence: &str) -> bool {
    let words: Vec<&str> =
        sentence.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty()).collect();
    let is = |list: &str, at: usize| words.get(at).is_some_and(|w| english().is(list, w));
    let amount = |at: usize| words.get(at).is_some_and(|w| w.bytes().all(|b| b.is_ascii_digit()));
    (0..words.len()).any(|at| {
        let verb = at + 1 + usize::from(is("order_filler", at + 1));
        let wish = is("wisher", at) && is("wish_verb", verb);
        let like = is("wisher_would", at) && words.get(verb).is_some_and(|w| *w == "like");
        let thing = verb + 1;
        (wish || like)
            && (is("wished_one", thing) || amount(thing))
            && !(thing + 1..=thing + NEAR).any(|i| is("wished_words", i))
            && !words[..at].iter().any(|w| english().is("condition", w))
    })
}

/// "8 tickets for opening night": nothing but how many of what, as the call has it.
fn is_bare_amount(call: &Call<'_>, folded: &str) -> bool {
    /// Longer messages tell of something.
    const FEW: usize = 12;
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let Some(amount) = words.first().and_then(|w| w.parse::<i64>().ok()) else { return false };
    let has = call.args().into_iter().flat_map(Value::entries).any(|(_, v)| v.i64() == Some(amount));
    let states = words.iter().any(|w| english().is("stating", w));
    has && names(call, folded) && (2..=FEW).contains(&words.len()) && !states && !english().is("wished_words", words[1])
}

/// True where a value of the call stands in the user's words.
fn names(call: &Call<'_>, folded: &str) -> bool {
    let values = call.args().into_iter().flat_map(Value::entries).filter_map(|(_, v)| v.str());
    values.map(|v| v.to_lowercase()).any(|v| v.len() >= 3 && folded.contains(v.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{turn, with_session};

    fn wished(user: &str, tool: &str, args: &str) -> bool {
        with_session(&turn(user, &[(tool, args, "ok")], "Done."), |s| is_wished(s, &s.calls[0]))
    }

    #[test]
    fn a_wish_for_a_thing_orders_it() {
        let dentist = r#"{"name": "Tom Aldo", "day": "Thursday"}"#;
        assert!(wished("I need a cleaning on Thursday morning, name is Tom Aldo.", "create_appointment", dentist));
        assert!(wished("We'd like two pizzas, Margherita, please.", "place_order", r#"{"what": "Margherita"}"#));
        assert!(wished("I want a table for four on Friday", "reserve_table", r#"{"day": "Friday"}"#));
        assert!(wished("8 tickets for opening night", "buy_tickets", r#"{"event": "opening night", "qty": 8}"#));
        assert!(wished("I'd like a haircut with Mona at 10:30.", "book_slot", r#"{"with": "Mona"}"#));
    }

    #[test]
    fn who_only_asks_orders_nothing() {
        let args = r#"{"day": "Thursday"}"#;
        for user in [
            "I need a cleaning on Thursday. What do you have?",
            "I need some information about Thursday.",
            "If I need a cleaning on Thursday, I will call.",
            "My tooth hurts since Thursday.",
            "8 fillings were made on Thursday.",
            "I'd like a quote for Thursday.",
        ] {
            assert!(!wished(user, "create_appointment", args), "{user}");
        }
        assert!(!wished("I need a cleaning on Thursday.", "cancel_appointment", args));
        assert!(!wished("I need a cleaning.", "create_appointment", args));
    }
}
