//! A call for another thing than the one that the user named: another id of the same kind, an item that nobody spoke of beside
//! those that were agreed, or another entry of the list that was looked up.

mod other_day;

use crate::dialogue::ordering;
use crate::maps::HashMap;
use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use crate::values;
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;
use std::cell::OnceCell;

/// More values, entries and answers than these are not looked at.
const MOST: usize = 64;

/// What the user named, and what the call has instead.
pub struct Misnamed {
    /// The way in which it was seen.
    pub path: &'static str,
    /// What the user named.
    pub named: String,
    /// What the call has.
    pub used: String,
}

/// The first value of a call that is another than the one that the user named, if any.
pub fn of(session: &Session<'_>, call: &Call<'_>) -> Option<Misnamed> {
    let args = call.args()?;
    other_id(session, call, args)
        .map(|(named, used)| Misnamed { path: "other-id", named, used })
        .or_else(|| extra_item(session, call, args).map(|(named, used)| Misnamed { path: "extra-item", named, used }))
        .or_else(|| other_entry(session, call, args).map(|(named, used)| Misnamed { path: "other-entry", named, used }))
        .or_else(|| other_day::of(session, call, args).map(|(named, used)| Misnamed { path: "other-day", named, used }))
}

/// The only id of its kind in the user's orders was passed over for one of the same kind that nobody spoke of.
fn other_id(session: &Session<'_>, call: &Call<'_>, args: Value<'_>) -> Option<(String, String)> {
    let used: Vec<String> = args
        .entries()
        .filter_map(|(_, v)| v.str().map(|s| s.trim().to_owned()))
        .filter(|v| v.len() <= 40 && values::looks_like_id(v))
        .take(MOST)
        .collect();
    if used.is_empty() {
        return None;
    }
    // Nearly every id was looked up or given, and most users name none.
    let given = session.given();
    let given = &given[..given.partition_point(|g| g.event < call.event)];
    let ids = || given.iter().flat_map(|g| &g.ids);
    let alike = |v: &String| kind(v).is_some_and(|own| ids().any(|id| kind(id).as_ref() == Some(&own)));
    let fresh = |v: &String| !ids().any(|id| *id == values::norm(v));
    used.into_iter().filter(|v| fresh(v) && alike(v)).find_map(|value| {
        let kind = kind(&value)?;
        let norm = values::norm(&value);
        let mut said = session.messages.iter().filter(|m| m.event < call.event).flat_map(|m| m.texts);
        if said.any(|text| folded_has(&text.text, &norm)) {
            return None;
        }
        let mut named: Vec<&String> = Vec::new();
        for text in given {
            let found = text.ids.iter().filter(|id| self::kind(id).as_ref() == Some(&kind));
            named.extend(found.filter(|id| text.orders().iter().any(|o| o.contains(id.as_str()))));
        }
        named.sort();
        named.dedup();
        let [only] = named.as_slice() else { return None };
        // An ID that no answer holds is an invented one, which another detector tells.
        let answers = session.calls.iter().filter(|c| c.event < call.event).filter_map(|c| c.result.as_ref()?.content);
        if !answers.into_iter().any(|t| folded_has(&t.text, &norm)) {
            return None;
        }
        // Whatever was looked up by the id that was named may have led to the other one.
        let reached = session.calls.iter().filter_map(|c| c.arguments).any(|a| folded_has(&a.text, only));
        (!reached).then(|| (only.to_uppercase(), value))
    })
}

/// One of the user's texts, with the IDs in it.
pub(crate) struct Given<'t> {
    event: u32,
    text: &'t str,
    ids: Vec<String>,
    orders: OnceCell<Vec<String>>,
}

impl Given<'_> {
    /// Its sentences, in lower case, that want something done.
    fn orders(&self) -> &[String] {
        self.orders.get_or_init(|| ordering::deeds(self.text))
    }
}

/// The user's texts with their IDs. Ask [`Session::given`], which remembers.
pub(crate) fn given<'t>(session: &Session<'t>) -> Vec<Given<'t>> {
    let users = session.messages.iter().filter(|m| m.role == Role::User);
    let texts = users.flat_map(|m| m.texts.iter().map(|t| (m.event, t.text.as_str())));
    let ids = |text| values::ids(text).into_iter().map(|id| id.norm).collect();
    texts.map(|(event, text)| Given { event, text, ids: ids(text), orders: OnceCell::new() }).collect()
}

/// Letters as they are, digits by their number: `NL-40082` and `NL-40028` are of one kind.
fn kind(id: &str) -> Option<String> {
    let kind: String = values::norm(id).chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    kind.bytes().any(|b| b.is_ascii_alphabetic()).then_some(kind)
}

fn folded_has(text: &str, norm: &str) -> bool {
    text.to_ascii_lowercase().contains(norm)
}

/// A list of the call has items that were spoken of, and one of the same kind that nobody spoke of.
fn extra_item(session: &Session<'_>, call: &Call<'_>, args: Value<'_>) -> Option<(String, String)> {
    let said = |item: &str| {
        let before = session.messages.iter().filter(|m| m.event < call.event && m.role != Role::System);
        before.flat_map(|m| m.texts).any(|t| has_word(&t.text.to_lowercase(), &item.to_lowercase()))
    };
    args.entries().filter(|(_, v)| v.is_array()).find_map(|(_, list)| {
        let items: Vec<String> = list.items().filter_map(|v| v.str().map(|s| s.into_owned())).take(MOST).collect();
        let code =
            |i: &String| (2..=24).contains(&i.len()) && i.bytes().any(|b| b.is_ascii_digit()) && !i.contains(' ');
        if items.len() < 2 || items.len() >= MOST || !items.iter().all(code) {
            return None;
        }
        let (spoken, extra): (Vec<&String>, Vec<&String>) = items.iter().partition(|i| said(i));
        let same = extra.first().filter(|e| spoken.iter().all(|s| values::shape(s) == values::shape(e)))?;
        if !offer_fits(session, call, &items, &spoken) {
            return None;
        }
        let listed: Vec<&str> = spoken.iter().map(|s| s.as_str()).collect();
        (extra.len() == 1 && !listed.is_empty()).then(|| (listed.join(" and "), (*same).clone()))
    })
}

/// False where only the agent spoke of the items, in a message that names another one of their kind that the call does not have: it was about
/// something else than what the call does.
fn offer_fits(session: &Session<'_>, call: &Call<'_>, items: &[String], spoken: &[&String]) -> bool {
    let has = |text: &str| spoken.iter().any(|s| has_word(&text.to_lowercase(), &s.to_lowercase()));
    let before = || session.messages.iter().rev().filter(|m| m.event < call.event);
    if before().filter(|m| m.role == Role::User).flat_map(|m| m.texts).any(|t| has(&t.text)) {
        return true;
    }
    let offer = before().filter(|m| m.role == Role::Assistant).flat_map(|m| m.texts).find(|t| has(&t.text));
    let Some((offer, first)) = offer.zip(spoken.first()) else { return true };
    let kind = values::shape(first);
    let mut named = values::ids(&offer.text).into_iter().map(|id| id.norm).filter(|n| values::shape(n) == kind);
    named.all(|n| items.iter().any(|i| values::norm(i) == n))
}

/// One entry of a list that was looked up is what the user's last words describe; the call takes another one.
fn other_entry(session: &Session<'_>, call: &Call<'_>, args: Value<'_>) -> Option<(String, String)> {
    let message = session.messages.iter().rev().find(|m| m.event < call.event && m.role == Role::User)?;
    let said = message.texts.iter().map(|t| t.text.to_lowercase()).collect::<Vec<_>>().join("\n");
    if said.len() > 400 || said.contains('?') {
        return None;
    }
    let used: Vec<String> = args.entries().filter_map(|(_, v)| scalar(v)).filter(|v| v.len() > 1).take(MOST).collect();
    if used.is_empty() {
        return None;
    }
    let passed_over = || ordering::words(&said).any(|w| english().is("passed_over", w) || english().is("several", w));
    let answers = session.calls.iter().rev().filter(|c| c.event < call.event).filter_map(|c| c.result.as_ref());
    let holds = |text: &str| used.iter().any(|u| text.contains(u.as_str()));
    let answers = answers.filter(|r| r.content.is_some_and(|t| holds(&t.text))).filter_map(|r| r.json());
    let (entries, chosen) = answers.take(MOST).find_map(|root| entries_with(root, &used, 0))?;
    if passed_over() {
        return None;
    }
    let days = values::days(&said);
    // What tells an entry from the others in words: a color, a name, a day.
    let traits: Vec<Vec<String>> = entries.iter().map(|e| words_of(*e)).collect();
    // How many entries have it, and the last one of them.
    let mut shared: HashMap<&str, (usize, usize)> = HashMap::default();
    for (i, t) in traits.iter().enumerate().flat_map(|(i, own)| own.iter().map(move |t| (i, t))) {
        let (count, last) = shared.entry(t).or_insert((0, usize::MAX));
        *count += usize::from(*last != i);
        *last = i;
    }
    let alone = |t: &&String| shared.get(t.as_str()).is_some_and(|(count, _)| *count == 1);
    let own: Vec<Vec<&String>> = traits.iter().map(|own| own.iter().filter(alone).collect()).collect();
    let spoken = |t: &str| {
        let day = values::days(t);
        if day.is_empty() {
            t.bytes().any(|b| b.is_ascii_alphabetic()) && has_word(&said, t)
        } else {
            day.iter().any(|d| days.contains(d))
        }
    };
    if own[chosen].iter().any(|t| spoken(t))
        || used.iter().any(|u| has_word(&said, &u.to_lowercase()) && traits[chosen].contains(&u.to_lowercase()))
    {
        return None;
    }
    let mut described = (0..entries.len()).filter(|i| *i != chosen && own[*i].iter().any(|t| spoken(t)));
    let (Some(one), None) = (described.next(), described.next()) else { return None };
    let named = own[one].iter().find(|t| spoken(t))?.to_string();
    let used = used.into_iter().find(|u| traits[chosen].contains(&u.to_lowercase()))?;
    Some((named, used))
}

/// The entries of the nearest list that has one identified by a value of the call, and that one's place.
fn entries_with<'v>(value: Value<'v>, used: &[String], depth: usize) -> Option<(Vec<Value<'v>>, usize)> {
    if depth > 4 {
        return None;
    }
    let entries: Vec<Value<'v>> = value.items().take(MOST).filter(|v| v.is_object()).collect();
    if entries.len() >= 2 {
        let identified =
            |e: &Value<'v>| e.entries().any(|(k, v)| is_key(&k.str().unwrap_or_default()) && is_one_of(v, used));
        let mut places = (0..entries.len()).filter(|i| identified(&entries[*i]));
        if let (Some(place), None) = (places.next(), places.next()) {
            return Some((entries, place));
        }
    }
    value.entries().map(|(_, v)| v).take(MOST).find_map(|inner| {
        (inner.is_object() || inner.is_array()).then(|| entries_with(inner, used, depth + 1)).flatten()
    })
}

fn is_key(key: &str) -> bool {
    const KEYS: [&str; 7] = ["sku", "code", "slot", "no", "number", "ref", "key"];
    KEYS.iter().any(|k| key.eq_ignore_ascii_case(k))
        || key.as_bytes().last_chunk().is_some_and(|end: &[u8; 2]| end.eq_ignore_ascii_case(b"id"))
}

/// True for a text or a whole number that stands among some values.
fn is_one_of(value: Value<'_>, among: &[String]) -> bool {
    match value.str() {
        Some(text) => among.iter().any(|v| *v == text),
        None => scalar(value).is_some_and(|v| among.contains(&v)),
    }
}

/// The scalar members of an entry, in lower case.
fn words_of(entry: Value<'_>) -> Vec<String> {
    entry
        .entries()
        .filter_map(|(_, v)| scalar(v))
        .map(|v| v.to_lowercase())
        .filter(|v| !v.is_empty() && v.len() <= 60)
        .collect()
}

fn scalar(value: Value<'_>) -> Option<String> {
    value.str().map(|s| s.into_owned()).or_else(|| value.i64().map(|n| n.to_string()))
}

fn has_word(text: &str, word: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    word.len() >= 2
        && text
            .match_indices(word)
            .any(|(at, _)| edge(text[..at].chars().next_back()) && edge(text[at + word.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Contracts;
    use hindcast_trace::{Evidence, read};
    use serde_json::json;

    fn path(user: &str, answer: serde_json::Value, args: serde_json::Value) -> Option<&'static str> {
        let call = |id: &str, tool: &str, args: &serde_json::Value| json!({"role": "assistant", "tool_calls": [{"id": id, "function": {"name": tool, "arguments": args.to_string()}}]});
        let json = json!({"messages": [
            {"role": "user", "content": user},
            call("a", "list_them", &json!({})),
            {"role": "tool", "tool_call_id": "a", "content": answer.to_string()},
            call("b", "book_it", &args),
            {"role": "tool", "tool_call_id": "b", "content": "ok"},
        ]});
        let reading = read(&[Evidence::new("t.json", json.to_string().into_bytes())]).expect("reads");
        let contracts = Contracts::default();
        let session = Session::new(&reading.sessions[0], &contracts);
        of(&session, &session.calls[1]).map(|m| m.path)
    }

    #[test]
    fn another_id_than_the_one_named() {
        let none = json!({"from": "NL-40028", "of": "AC-1"});
        assert_eq!(path("Give 300 miles to NL-40082.", json!({}), json!({"member": "NL-40028"})), None);
        assert_eq!(path("Give 300 miles to NL-40082.", none.clone(), json!({"member": "NL-40028"})), Some("other-id"));
        assert_eq!(path("Give 300 miles to NL-40082.", none.clone(), json!({"member": "NL-40082"})), None);
        assert_eq!(path("Give 300 miles to NL-40082.", none, json!({"account": "AC-1"})), None);
    }

    #[test]
    fn another_entry_than_the_one_described() {
        let lamps = || json!({"shades": [{"sku": "LK-G", "color": "green"}, {"sku": "LK-B", "color": "blue"}]});
        assert_eq!(path("Green, definitely.", lamps(), json!({"sku": "LK-B"})), Some("other-entry"));
        assert_eq!(path("Green, definitely.", lamps(), json!({"sku": "LK-G"})), None);
        assert_eq!(path("Not the green one.", lamps(), json!({"sku": "LK-B"})), None);
        let days = || json!([{"id": "s1", "date": "2026-07-09"}, {"id": "s2", "date": "2026-07-10"}]);
        assert_eq!(path("Book it for Thursday 9 July.", days(), json!({"slot": "s2"})), Some("other-entry"));
        assert_eq!(path("Book it for Thursday 9 July.", days(), json!({"slot": "s1"})), None);
        let slots = || json!([{"slot": "a", "at": "Thu 14 May 17:00"}, {"slot": "b", "at": "Fri 15 May 17:00"}]);
        let asked = "Could I come and look at it? Thursday 14 at 17:00, please.";
        assert_eq!(path(asked, slots(), json!({"slot": "b"})), Some("other-day"));
        assert_eq!(path(asked, slots(), json!({"slot": "a"})), None);
        assert_eq!(path("Could I come and look at it? Not on Thursday 14.", slots(), json!({"slot": "b"})), None);
    }

    #[test]
    fn an_item_that_nobody_spoke_of() {
        let none = || json!({});
        assert_eq!(path("Buy F7 and F8.", none(), json!({"seats": ["F7", "F8", "F9"]})), Some("extra-item"));
        assert_eq!(path("Buy F7 and F8.", none(), json!({"seats": ["F7", "F8"]})), None);
    }
}
