//! Where an answer says that what was asked for is not done, wherever in the answer that stands: in a status, an error, a code with a
//! message, a boolean, or as something that was to be made and is empty.
//!
//! Reads further into an answer than [`super::failure`] does, and is less sure of what the place means.

use super::failure::{self, Failure, Field, Kind, done_marker};
use super::status::{Standing, of_call};
use super::vocabulary::{self, Key};
use crate::finding::{Cite, RestsOn};
use crate::maps::HashSet;
use crate::prose::accents::unaccented;
use crate::prose::forms::{alike, each};
use crate::prose::lexicon::english;
use crate::session::{Answered, Call};
use hindcast_trace::json::Value;
use hindcast_trace::model::Transport;
use std::cell::LazyCell;

/// That an operation is not done, as its answer says.
#[derive(Debug, Clone)]
pub struct Shortfall {
    /// The telling member.
    pub cite: Option<Cite>,
    /// True for an operation that is open rather than failed.
    pub open: bool,
    /// The words, without accents, that stand with the telling member.
    pub words: HashSet<String>,
    /// How that is known.
    pub rests_on: RestsOn,
}

/// No deeper, and no more members, is an answer read.
const DEEPEST: usize = 5;
const MOST: usize = 400;
/// Only so much of what stands with a telling member is read.
const READ_AT_MOST: usize = 400;

/// What an answer says is not done. `known` are the words that tell nothing, those of the order; they are read only where an
/// answer has something that they may explain.
pub fn of<F: FnOnce() -> HashSet<String>>(call: &Call<'_>, known: &LazyCell<HashSet<String>, F>) -> Option<Shortfall> {
    let answer = call.result.as_ref().filter(|r| !r.by_user() && !r.cut_off() && !call.declined())?;
    if call.known.contract.as_ref().is_some_and(|c| c.status.is_some()) || call.known.role.is_some() {
        return None;
    }
    let root = answer.json().filter(|v| v.is_object() || v.is_array());
    let mut search = Search { call, answer, known, left: MOST, open: None };
    let ordered = |f: &Failure| {
        let cited = f.cite.as_ref().map_or("", |c| c.text());
        f.kind == Kind::Refusal && search.expected(cited.rsplit_once([':', '=']).map_or(cited, |(_, value)| value))
    };
    let failed = call.failure().filter(|f| f.kind != Kind::Negative && !ordered(f));
    let deep = root.and_then(|root| search.look(root, 0, false)).or(search.open.take());
    match (deep, failed) {
        (Some(found), _) => Some(found),
        // A plain text that reads like an error is none of what is read here, unless the transport says so too.
        (None, Some(f))
            if root.is_some() || answer.transport == Transport::Error || vocabulary::is_ground(&f.rests_on) =>
        {
            let text = answer.error.or(answer.content).map_or("", |t| t.text.as_str());
            let words = words(&text[..text.floor_char_boundary(READ_AT_MOST)], known);
            Some(Shortfall { cite: f.cite.clone(), open: false, words, rests_on: f.rests_on.clone() })
        }
        _ => None,
    }
}

fn words<F: FnOnce() -> HashSet<String>>(text: &str, known: &LazyCell<HashSet<String>, F>) -> HashSet<String> {
    let folded = unaccented(text);
    let own = each(&folded).filter(|w| w.len() > 2 && !known.iter().any(|k| alike(k, w)));
    own.map(str::to_owned).collect()
}

struct Search<'a, 't, F> {
    call: &'a Call<'t>,
    answer: &'a Answered<'t>,
    known: &'a LazyCell<HashSet<String>, F>,
    left: usize,
    open: Option<Shortfall>,
}

/// What a member says.
enum Said {
    Failed(&'static str),
    Open(&'static str),
}

impl<F: FnOnce() -> HashSet<String>> Search<'_, '_, F> {
    /// The first failure inside a value; where it is only open, that is kept aside.
    fn look(&mut self, value: Value<'_>, depth: usize, done: bool) -> Option<Shortfall> {
        if depth > DEEPEST || self.left == 0 {
            return None;
        }
        if value.is_array() {
            return value.items().take(MOST).find_map(|item| self.look(item, depth + 1, done));
        }
        let field = |(key, value)| Field { key, value, within: None };
        let done = done || value.entries().take(MOST).any(|m| done_marker(&field(m)));
        for (key, member) in value.entries() {
            if self.left == 0 {
                return None;
            }
            self.left -= 1;
            // An earlier attempt tells nothing of this one.
            if super::answer::is_of_before(&key.str().unwrap_or_default()) {
                continue;
            }
            let said = self.said(&field((key, member)), value, done);
            match said {
                Some(Said::Failed(why)) => return Some(self.shortfall(value, key, member, false, why)),
                Some(Said::Open(why)) if self.open.is_none() => {
                    self.open = Some(self.shortfall(value, key, member, true, why));
                }
                _ => {}
            }
            let inside = (member.is_object() || member.is_array()).then(|| self.look(member, depth + 1, done));
            if let Some(found) = inside.flatten() {
                return Some(found);
            }
        }
        None
    }

    fn said(&self, field: &Field<'_>, object: Value<'_>, done: bool) -> Option<Said> {
        let name = unaccented(&field.key.str()?);
        let name: String = name.chars().filter(|c| c.is_alphanumeric()).take(READ_AT_MOST).collect();
        let value = field.value;
        let key = vocabulary::key(&name);
        let no = value.bool() == Some(false) || value.i64() == Some(0);
        if matches!(name.as_str(), "error" | "err" | "errors" | "errormessage" | "errorcode") || key == Some(Key::Error)
        {
            let filled = value.str().map_or_else(
                || (value.is_object() || value.is_array()) && !value.is_empty() || value.i64().is_some_and(|n| n != 0),
                |s| {
                    !matches!(s.trim().to_ascii_lowercase().as_str(), "" | "none" | "null" | "ok" | "0")
                        && !vocabulary::is_none(&s)
                },
            );
            return filled
                .then_some(Said::Failed("a filled member that is named for an error means that the call failed"));
        }
        if matches!(name.as_str(), "success" | "ok" | "succeeded" | "successful" | "issuccess" | "accepted" | "done")
            || key == Some(Key::Success)
        {
            return no.then_some(Said::Failed("`false` or 0 where success is told means that the call failed"));
        }
        if matches!(name.as_str(), "http" | "httpstatus" | "httpcode" | "statuscode" | "status" | "code")
            && let Some(number) = value.i64()
        {
            let http = (400..600).contains(&number);
            let coded =
                name == "code" && !done && number > 99 && !number.to_string().starts_with('2') && explained(object);
            return (http || coded)
                .then_some(Said::Failed("a code that is none of success, with a message, means that the call failed"));
        }
        const CODES: [&str; 7] = ["rc", "ret", "retcode", "returncode", "resultcode", "rv", "errno"];
        if CODES.contains(&name.as_str()) && !done && value.i64().is_some_and(|n| n != 0 && !(200..300).contains(&n)) {
            return Some(Said::Failed("a return code other than 0 means that the call failed"));
        }
        const STATUS: [&str; 9] =
            ["status", "state", "outcome", "result", "stage", "phase", "fase", "flag", "decision"];
        if (STATUS.contains(&name.as_str()) || key == Some(Key::Status))
            && !done
            && let Some(text) = value.str()
            && !self.expected(&text)
        {
            return match of_call(&text, self.call)?.0 {
                Standing::Failed => {
                    Some(Said::Failed("a status anywhere in the answer is the status of the operation"))
                }
                Standing::NonTerminal => {
                    Some(Said::Open("a status anywhere in the answer is the status of the operation"))
                }
                _ => None,
            };
        }
        const MADE: &str = "what was to be made is empty, so that nothing was made";
        if no && !done && self.is_deed(&name) {
            return Some(Said::Failed(MADE));
        }
        let identifies = matches!(
            name.as_str(),
            "id" | "ref" | "reference" | "number" | "nummer" | "numero" | "referenz" | "referencia"
        );
        let blank = |v: Value<'_>| v.is("") || v.is_null();
        let nothing = |(_, v): (Value<'_>, Value<'_>)| v.is_array() && v.is_empty() || v.i64() == Some(0);
        (identifies && blank(value) && !done && object.entries().take(MOST).any(nothing)).then_some(Said::Failed(MADE))
    }

    /// `booked` of a tool that books. A state that can be wanted off is none: who disables leaves `enabled: false`.
    fn is_deed(&self, name: &str) -> bool {
        const STATES: [&str; 7] = ["enabled", "disabled", "active", "activated", "deactivated", "live", "open"];
        let families = &self.call.known.families;
        let of_family = english().of_past(name).iter().any(|f| families.iter().any(|own| own == f));
        of_family && !STATES.contains(&name)
            || vocabulary::standing(name, &[]) == Some(Standing::Terminal)
                && self.call.known.words.iter().any(|w| alike(&unaccented(w), name))
    }

    /// A status that was ordered, as `rejected` by `reject_claim` or by `{"status": "rejected"}`.
    fn expected(&self, status: &str) -> bool {
        let folded = unaccented(status);
        let own: Vec<String> = self.call.known.words.iter().map(|w| unaccented(w)).collect();
        each(&folded)
            .any(|w| w.len() > 3 && (own.iter().any(|o| alike(o, w)) || self.known.iter().any(|k| alike(k, w))))
    }

    fn shortfall(&self, object: Value<'_>, key: Value<'_>, member: Value<'_>, open: bool, why: &str) -> Shortfall {
        let mut text = member.raw().into_owned();
        for (_, value) in object.entries().take(MOST) {
            if text.len() < READ_AT_MOST && !value.is_object() {
                text.push(' ');
                text.push_str(&value.raw());
            }
        }
        let words = words(&text[..text.floor_char_boundary(READ_AT_MOST * 2)], self.known);
        let rests_on = RestsOn::Assumption(why.to_owned());
        Shortfall { cite: failure::cite_member(self.answer, key, member), open, words, rests_on }
    }
}

/// True where a message stands with a code, and tells no success.
fn explained(object: Value<'_>) -> bool {
    object.entries().take(MOST).any(|(key, value)| {
        let named = [
            "msg",
            "message",
            "reason",
            "detail",
            "meldung",
            "mensaje",
            "messaggio",
            "mensagem",
            "melding",
            "motivo",
            "grund",
        ]
        .iter()
        .any(|n| key.is(n));
        let fine = |t: &str| {
            let folded = unaccented(t);
            each(&folded).any(|w| {
                w == "ok" || english().is("status_done", w) || vocabulary::standing(w, &[]) == Some(Standing::Terminal)
            })
        };
        named && value.str().is_some_and(|t| !t.trim().is_empty() && t.len() <= READ_AT_MOST && !fine(&t))
    })
}

#[cfg(test)]
mod tests;
