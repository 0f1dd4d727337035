//! What one member of an answer says, by its name and what it holds.

use super::leaves::{Held, Leaf};
use super::words::{Says, done, is_nothing, list, of_tool, open, says};
use super::{Upshot, codes, text};
use crate::outcome::vocabulary;
use crate::session::Call;

/// What a member says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Told {
    /// That the operation is done.
    Done,
    /// That the request was taken.
    Taken,
    /// That it is not done; firm where nothing else can mean the contrary.
    Not(Upshot, bool),
    /// That what is named for a deed was not done.
    Undone(Upshot),
    /// That it is not done, in a text.
    Worded(Upshot),
    /// That so many things went wrong.
    Bad(f64),
    /// That so many things were done.
    Made(f64),
    /// That so many things were to be done.
    Total(f64),
    /// That something that was to be made is not there.
    Missing,
}

/// Names beside a word for trouble that still name the trouble: `errorCode`, `failed_items`.
const BESIDE: [&str; 35] = [
    "count",
    "seen",
    "items",
    "item",
    "rows",
    "records",
    "record",
    "list",
    "ids",
    "id",
    "entries",
    "code",
    "message",
    "msg",
    "reason",
    "number",
    "total",
    "details",
    "detail",
    "text",
    "type",
    "info",
    "is",
    "has",
    "num",
    "no",
    "lines",
    "requests",
    "results",
    "field",
    "fields",
    "first",
    "validation",
    "user",
    "last",
];

/// True for a text that explains the outcome.
pub fn explains(leaf: &Leaf) -> bool {
    leaf.name.iter().any(|w| list("why").has(w) || list("trouble").has(w))
}

/// What a member says.
pub fn told(call: &Call<'_>, leaf: &Leaf, expected: &dyn Fn(&str) -> bool) -> Option<Told> {
    let name: Vec<&str> = leaf.name.iter().map(String::as_str).collect();
    // What was before, and what other records say, is none of this call's.
    let joined = name.concat();
    let before = |w: &String| list("past").has(w);
    if leaf.around.iter().any(before) {
        return None;
    }
    if leaf.name.iter().any(before) {
        // `last_error`: the trouble that was last, which may be over.
        let trouble = trouble(call, leaf, &name, &joined, expected).filter(|_| name[0] == "last");
        return trouble.map(|_| Told::Not(Upshot::Failed, false));
    }
    codes::flag(leaf, &joined, expected)
        .or_else(|| codes::code(leaf, &name, &joined, expected))
        .or_else(|| trouble(call, leaf, &name, &joined, expected))
        .or_else(|| deed(call, leaf, &name, &joined))
        .or_else(|| state(call, leaf, &name, expected))
        .or_else(|| count(leaf, &name))
        .or_else(|| missing(call, leaf, &name))
        .or_else(|| why(leaf, &name, expected))
}

/// True where a member holds a no.
pub fn no(held: &Held) -> bool {
    match held {
        Held::Bool(yes) => !yes,
        Held::Number(n) => *n == 0.0,
        Held::Text(t) => {
            let folded = t.trim().to_lowercase();
            matches!(
                folded.as_str(),
                "false" | "no" | "n" | "0" | "nein" | "non" | "nao" | "não" | "nee" | "nie" | "nej" | "いいえ"
            )
        }
        _ => false,
    }
}

/// True where a member holds a yes.
pub fn yes(held: &Held) -> bool {
    match held {
        Held::Bool(yes) => *yes,
        Held::Text(t) => matches!(t.trim().to_lowercase().as_str(), "true" | "yes" | "y" | "ok" | "1"),
        Held::Number(n) => *n == 1.0,
        _ => false,
    }
}

fn trouble(call: &Call<'_>, leaf: &Leaf, name: &[&str], joined: &str, expected: &dyn Fn(&str) -> bool) -> Option<Told> {
    let bad = |w: &&str| list("trouble").has(w);
    let named = name.iter().any(bad) && name.iter().all(|w| bad(w) || BESIDE.contains(w) || of_tool(call, w))
        || list("trouble").has(joined);
    if joined == "severity" {
        let Held::Text(text) = &leaf.held else { return None };
        let severe = matches!(text.to_lowercase().as_str(), "error" | "fatal" | "critical");
        return severe.then_some(Told::Not(Upshot::Failed, true));
    }
    // `declined: true` of `decline_invitation` is what was ordered.
    if !named || name.iter().any(|w| bad(w) && (of_tool(call, w) || expected(w))) {
        return None;
    }
    let coded = name.contains(&"code");
    match &leaf.held {
        Held::Bool(true) => Some(Told::Not(Upshot::Failed, true)),
        Held::Number(n) if coded => {
            (*n != 0.0 && !(200.0..300.0).contains(n)).then_some(Told::Not(Upshot::Failed, true))
        }
        Held::Number(n) => (*n > 0.0).then_some(Told::Bad(*n)),
        Held::Many(n) => (*n > 0).then_some(Told::Bad(*n as f64)),
        Held::Text(t) => (!is_nothing(t)).then_some(Told::Not(Upshot::Failed, true)),
        _ => None,
    }
}

/// `saved: false`, `confirmed: false`, and a participle of the tool's own verb.
fn deed(call: &Call<'_>, leaf: &Leaf, name: &[&str], joined: &str) -> Option<Told> {
    let holds = matches!(leaf.held, Held::Bool(_)) || no(&leaf.held) || yes(&leaf.held);
    if !holds || name.len() > 4 {
        return None;
    }
    let taken = ["ok", "success", "ack", "acknowledged", "isvalid", "valid"].contains(&joined);
    let of_yes = list("yes").has(joined) || name.iter().any(|w| list("yes").has(w));
    // A state that can be wanted off is none: who disables leaves `enabled: false`.
    let state =
        ["enabled", "disabled", "active", "activated", "deactivated", "live", "open", "locked"].contains(&joined);
    let own = !state && name.iter().any(|w| of_tool(call, w) && done(w) || past_of_tool(call, w));
    let of_end = list("end").has(joined) || name.iter().any(|w| list("end").has(w));
    let number = matches!(leaf.held, Held::Number(_));
    if !(of_yes || own || of_end) || number && !taken && !own {
        return None;
    }
    if no(&leaf.held) {
        const FIRM: [&str; 8] = ["ok", "success", "succeeded", "accepted", "granted", "allowed", "permitted", "valid"];
        let upshot = if of_end && !own { Upshot::Open } else { Upshot::Failed };
        // `created: false` beside `updated: true` is what was to be; so is `delivered: false` of what is only ordered.
        let firm = own || FIRM.contains(&joined) || vocabulary::key(joined) == Some(vocabulary::Key::Success);
        return Some(if firm { Told::Undone(upshot) } else { Told::Not(upshot, false) });
    }
    Some(if taken { Told::Taken } else { Told::Done })
}

/// `omlan` of `lana_om`: a name made of the words of the tool's.
fn past_of_tool(call: &Call<'_>, word: &str) -> bool {
    let own: Vec<String> = call.known.words.iter().map(|w| crate::prose::accents::unaccented(w)).collect();
    own.len() > 1
        && own.iter().any(|a| {
            own.iter().any(|b| {
                let stem = &b[..b.floor_char_boundary(b.len().saturating_sub(1))];
                a != b && word.strip_prefix(a.as_str()).is_some_and(|rest| stem.len() > 2 && rest.starts_with(stem))
            })
        })
}

/// The status of the operation: by a name that means state, a stage, or the operation itself.
fn state(call: &Call<'_>, leaf: &Leaf, name: &[&str], expected: &dyn Fn(&str) -> bool) -> Option<Told> {
    let Held::Text(text) = &leaf.held else { return None };
    let stage = name.iter().any(|w| list("stage").has(w));
    let of_state = stage
        || name.last().is_some_and(|w| list("state").has(w) || w.ends_with("status") || w.ends_with("state"))
        || name.first().is_some_and(|w| list("state").has(w) && name.len() == 1)
        || list("yes").has(&name.concat());
    // `"延長": "成功"`, `"payment": "declined"`: named for the operation.
    let few = text.split_whitespace().count() <= 3 && !name.iter().any(|w| list("why").has(w));
    let own = few && name.iter().any(|w| of_tool(call, w));
    let thing = is_thing(leaf) || name.len() == 1 && expected(name[0]);
    if !(of_state || own || thing || signs(text)) {
        return None;
    }
    match says(call, text, expected) {
        Some(Says::Done) => Some(Told::Done),
        Some(Says::Not(upshot)) => Some(Told::Not(upshot, of_state && denies(text) || is_thing(leaf) && !of_state)),
        None if stage && is_token(text) => Some(Told::Not(Upshot::Open, false)),
        None => None,
    }
}

/// `"G-01": "closed"`: a name with a digit is that of a thing, one of several.
pub fn is_thing(leaf: &Leaf) -> bool {
    leaf.name.concat().bytes().any(|b| b.is_ascii_digit())
}

/// `NOT_UPDATED`, `KO`: said of an operation, never of a record.
fn denies(text: &str) -> bool {
    let words = crate::prose::wordlists::words(text);
    words.first().is_some_and(|w| list("not").has(w)) || words.len() == 1 && matches!(words[0].as_str(), "ko" | "nok")
}

fn signs(text: &str) -> bool {
    ["failed", "open", "done"].iter().any(|l| list(l).signs(text)) && text.chars().count() <= 8
}

/// A few words that name a stage: `OWNER_APPROVAL`.
fn is_token(text: &str) -> bool {
    let text = text.trim();
    (4..=40).contains(&text.len())
        && text.chars().all(|c| c.is_alphabetic() || "_- ".contains(c))
        && !text.split_whitespace().any(done)
        || open(text)
}

fn count(leaf: &Leaf, name: &[&str]) -> Option<Told> {
    let n = match &leaf.held {
        Held::Number(n) if n.fract() == 0.0 && *n >= 0.0 => *n,
        _ => return None,
    };
    let beside = |w: &&str| BESIDE.contains(w) || matches!(*w, "documents" | "affected" | "vendors");
    let of = |l: &str| name.iter().any(|w| list(l).has(w)) && name.iter().all(|w| list(l).has(w) || beside(w));
    if of("made")
        || name.concat().ends_with("affected")
        || matches!(name.concat().as_str(), "modifiedcount" | "upsertedcount")
    {
        return Some(Told::Made(n));
    }
    of("total").then_some(Told::Total(n))
}

/// `enrolmentId: null` of a tool that enrolls.
fn missing(call: &Call<'_>, leaf: &Leaf, name: &[&str]) -> Option<Told> {
    let empty = match &leaf.held {
        Held::Null => true,
        Held::Text(t) => {
            t.trim().is_empty() || !t.chars().any(char::is_alphanumeric) || list("nothing").has(&t.to_lowercase())
        }
        _ => false,
    };
    let reference = ["id", "ref", "reference", "number", "no", "nr", "confirmation", "booking"];
    let made = name.iter().any(|w| of_tool(call, w)) || name.len() == 1 && reference.contains(&name[0]);
    (empty && made).then_some(Told::Missing)
}

/// A text about the outcome.
fn why(leaf: &Leaf, name: &[&str], expected: &dyn Fn(&str) -> bool) -> Option<Told> {
    let Held::Text(value) = &leaf.held else { return None };
    let hit = name.iter().any(|w| list("why").has(w)).then(|| text::told(value, expected)).flatten()?;
    Some(Told::Worded(hit.upshot))
}
