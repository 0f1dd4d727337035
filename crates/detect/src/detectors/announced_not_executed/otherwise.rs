//! Whether an announced deed was done in another way than its words say: by an option of another call, by what a call sets, by
//! making or changing the very thing under a more general name, or by the words of the answer.

use crate::claims::Announcement;
use crate::claims::binding;
use crate::claims::deeds::{Deed, Fit, fit};
use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use crate::tools::contract::words_of;
use crate::values::subject::{stems, touch};
use hindcast_trace::json::Value;
use hindcast_trace::model::EventKind;
use std::collections::BTreeSet;

/// So many calls, arguments and parts of an answer are looked at.
const MOST: usize = 64;
/// Only so much of what the user says is compared.
const READ_AT_MOST: usize = 4096;

/// True when something did what was announced.
pub(super) fn done(session: &Session<'_>, announced: &Announcement, all: &[Announcement]) -> bool {
    if told(session, announced) || handed_over(session, announced) {
        return true;
    }
    if runs(session, announced) {
        return true;
    }
    let later = session.deeds().iter().filter(|d| d.event > announced.event && !d.rehearsal).take(MOST);
    later.into_iter().any(|deed| {
        let call = &session.calls[deed.call];
        if call.failure().is_some() {
            return false;
        }
        let others = all.iter().filter(|a| a.event == announced.event && a.cite.range() != announced.cite.range());
        // One call, and an option of it: the chat goes along with the transfer.
        if others.clone().any(|o| fits(deed, o)) {
            return switched_on(call, announced);
        }
        gives_back(call, announced) || sets(session, call, announced) || by_general_name(session, deed, call, announced)
    })
}

/// "Let me run the count" is done by a tool that runs whatever it is given, and by any call about the same thing.
fn runs(session: &Session<'_>, announced: &Announcement) -> bool {
    let lex = english();
    let mut later = session.calls.iter().filter(|c| c.event > announced.event).take(MOST);
    lex.is("generic_tool", &announced.verb)
        && later.any(|call| {
            call.known.words.iter().any(|w| lex.is("generic_tool", w)) || same_thing(session, call, announced)
        })
}

/// The record itself has the hand-over to another agent or a person.
fn handed_over(session: &Session<'_>, announced: &Announcement) -> bool {
    let contact = announced.families.contains(&"contact");
    contact
        && session
            .trace
            .events
            .iter()
            .skip(announced.event as usize)
            .any(|e| matches!(e.kind, EventKind::Handoff { .. }))
}

fn fits(deed: &Deed<'_>, announced: &Announcement) -> bool {
    !announced.families.is_empty() && matches!(fit(deed, &announced.families), Fit::Family | Fit::Content)
}

fn arguments<'c>(call: &'c Call<'_>) -> impl Iterator<Item = (String, Value<'c>)> {
    let all = call.args().into_iter().flat_map(Value::entries).take(MOST);
    all.map(|(key, value)| (key.str().unwrap_or_default().into_owned(), value))
}

/// `include_transcript: true`, `notify_tenant: true`: an option that is switched on and named for the deed. One that includes
/// or adds something stands for sending it along.
fn switched_on(call: &Call<'_>, announced: &Announcement) -> bool {
    let lex = english();
    arguments(call).filter(|(_, v)| v.raw() == "true").any(|(key, _)| {
        words_of(&key).iter().any(|w| {
            let along = matches!(w.as_str(), "include" | "with" | "attach" | "share" | "copy" | "cc" | "add");
            along && announced.families.contains(&"send")
                || *w == announced.verb
                || [lex.of_base(w), lex.of_tool_word(w), lex.of_noun(w), lex.of_past(w)]
                    .into_iter()
                    .flatten()
                    .any(|f| announced.families.contains(f))
        })
    })
}

/// An amount below zero is money given back, whatever the tool is called.
fn gives_back(call: &Call<'_>, announced: &Announcement) -> bool {
    let money = |key: &str| {
        let told = words_of(key);
        told.iter().any(|w| {
            english().is("money", w)
                || matches!(
                    w.as_str(),
                    "value"
                        | "total"
                        | "credit"
                        | "debit"
                        | "adjustment"
                        | "delta"
                        | "change"
                        | "price"
                        | "cents"
                        | "minor"
                )
        })
    };
    let back = announced.families.contains(&"refund")
        || matches!(announced.verb.as_str(), "credit" | "return" | "waive" | "reverse" | "deduct" | "compensate");
    back && arguments(call).any(|(key, value)| value.f64().is_some_and(|n| n < 0.0) && money(&key))
}

/// `state: "none"`, `seats: 0`, `end_date: …`: what is taken away, stopped or ended is so by what is set, if it is the same thing.
fn sets(session: &Session<'_>, call: &Call<'_>, announced: &Announcement) -> bool {
    let takes_away = announced.families.iter().any(|f| matches!(*f, "delete" | "cancel"))
        || matches!(
            announced.verb.as_str(),
            "disable"
                | "deactivate"
                | "lift"
                | "waive"
                | "unblock"
                | "unlock"
                | "close"
                | "suspend"
                | "pause"
                | "stop"
                | "end"
                | "block"
                | "lock"
                | "freeze"
        );
    let emptied = |(key, value): (String, Value<'_>)| {
        let key = words_of(&key);
        let of_state = key.iter().any(|w| {
            matches!(
                w.as_str(),
                "state"
                    | "status"
                    | "active"
                    | "enabled"
                    | "end"
                    | "ends"
                    | "until"
                    | "expires"
                    | "expiry"
                    | "renew"
                    | "autorenew"
                    | "valid"
            )
        });
        let named = key.iter().any(|w| matches!(w.as_str(), "id" | "ref" | "reason" | "note" | "comment"));
        let empty = match value.str() {
            Some(text) => matches!(
                text.trim().to_ascii_lowercase().as_str(),
                "" | "none"
                    | "null"
                    | "off"
                    | "no"
                    | "inactive"
                    | "ended"
                    | "closed"
                    | "stopped"
                    | "released"
                    | "removed"
                    | "empty"
                    | "false"
                    | "nil"
                    | "withdrawn"
                    | "void"
            ),
            None => matches!(value.raw().as_ref(), "null" | "false" | "0" | "[]" | "{}"),
        };
        !named && (empty || of_state)
    };
    takes_away && arguments(call).any(emptied) && same_thing(session, call, announced)
}

/// A booking is made by `slot_assign`, an order by `request_create`: a general verb, the same thing, and no tool at hand that is
/// named for the deed itself. Somebody is told by what is made with a text for them.
fn by_general_name(session: &Session<'_>, deed: &Deed<'_>, call: &Call<'_>, announced: &Announcement) -> bool {
    let lex = english();
    let makes = announced.families.iter().any(|f| matches!(*f, "book" | "order" | "checkin" | "ship" | "create"));
    let tells = announced.families.iter().any(|f| matches!(*f, "send" | "contact"));
    let names = &call.known.words;
    let general = names.iter().any(|w| lex.is("general_change", w));
    let note = names
        .iter()
        .any(|w| matches!(w.as_str(), "note" | "notes" | "log" | "memo" | "remark" | "history" | "tag" | "audit"));
    let own_family = |name: &str| {
        words_of(name)
            .iter()
            .flat_map(|w| lex.of_tool_word(w))
            .any(|f| announced.families.contains(f) && !matches!(*f, "create" | "update"))
    };
    let at_hand = session.trace.tools.iter().any(|t| own_family(&t.name.text));
    if !general || note || at_hand || deed.unanswered {
        return false;
    }
    let writes = arguments(call).any(|(_, v)| v.str().is_some_and(|t| t.split_whitespace().count() >= 4));
    (makes && !tells && !deed.families.contains(&"send") || tells && writes) && same_thing(session, call, announced)
}

/// True when a call is about what was announced: a word or a number of the announcement's object; where that is a pronoun,
/// one of what the user said last.
fn same_thing(session: &Session<'_>, call: &Call<'_>, announced: &Announcement) -> bool {
    let sentence = announced.sentence.text();
    let from = (announced.cite.range().end).saturating_sub(announced.sentence.range().start).min(sentence.len());
    let object = sentence.get(from..).unwrap_or_default();
    let mut wanted = stems(object);
    let first = object.split(|c: char| !c.is_alphanumeric()).find(|w| !w.is_empty()).unwrap_or_default();
    let pointed = matches!(
        first.to_ascii_lowercase().as_str(),
        "it" | "that" | "this" | "them" | "those" | "these" | "one" | "you" | ""
    );
    if pointed && let Some(user) = binding::last_user(session, announced.event) {
        for prose in binding::user_prose(session, user, announced.event) {
            let text = &prose.text.text;
            wanted.extend(stems(&text[..text.floor_char_boundary(READ_AT_MOST)]));
        }
    }
    let name = call.known.words.join(" ");
    let arguments = call.arguments.map_or("", |a| &a.text[..a.text.floor_char_boundary(READ_AT_MOST)]);
    let own: BTreeSet<String> =
        stems(&name).into_iter().chain(stems(arguments)).filter(|w| !english().is("general_change", w)).collect();
    touch(&wanted, &own)
}

/// True when what was to be sent to the user stands in a later message: "I'll send you the terms", and there they are.
fn told(session: &Session<'_>, announced: &Announcement) -> bool {
    let sentence = announced.sentence.text().to_ascii_lowercase();
    let mut words = sentence.split(|c: char| !c.is_alphanumeric());
    let to_user = sentence.contains(" you ") || sentence.contains(" you.") || sentence.contains(" over");
    let other_way = words.any(|w| {
        matches!(
            w,
            "email" | "mail" | "sms" | "text" | "post" | "letter" | "whatsapp" | "phone" | "address" | "inbox" | "app"
        )
    });
    if !announced.families.contains(&"send") || !to_user || other_way {
        return false;
    }
    let said = || session.prose().iter().filter(|p| p.event > announced.event);
    let linked = said().any(|p| p.lower.contains("https://") || p.lower.contains("http://"));
    linked
        || session
            .calls
            .iter()
            .filter(|c| c.event > announced.event && !c.is_write())
            .take(MOST)
            .any(|call| parts(call).iter().any(|part| said().any(|p| p.lower.contains(part.as_str()))))
}

/// What an answer has that can be told word by word.
fn parts(call: &Call<'_>) -> Vec<String> {
    let Some(answer) = &call.result else { return Vec::new() };
    let cut = |t: &str| {
        let t = t.trim();
        t[..t.floor_char_boundary(40)].to_ascii_lowercase()
    };
    let mut found = Vec::new();
    match answer.json().filter(|v| v.is_object() || v.is_array()) {
        Some(root) => {
            let mut open = vec![root];
            while let Some(value) = open.pop() {
                if found.len() >= MOST {
                    break;
                }
                match value.str() {
                    Some(text) => found.push(cut(&text)),
                    None if value.is_object() => open.extend(value.entries().take(MOST).map(|(_, v)| v)),
                    None if value.is_array() => open.extend(value.items().take(MOST)),
                    None => {}
                }
            }
        }
        None => found.extend(answer.content.into_iter().flat_map(|t| t.text.lines().take(MOST).map(cut))),
    }
    found.retain(|p| p.chars().count() >= 8);
    found
}
