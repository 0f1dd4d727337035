//! How far an operation got, as its own result says; the entity's state is something else.
//!
//! With a contract, its pointer and words decide. Without one, built-in assumptions do, each spelled out: a status
//! word in the operation's own part of the answer, or at its root where the answer is not the changed record itself.

use crate::finding::{Cite, RestsOn};
use crate::outcome::failure::{self, Field, fields};
use crate::outcome::vocabulary;
use crate::prose::{lexicon::english, stem};
use crate::session::{Answered, Call, Session};
use crate::tools::contract::{Effect, words_of};
use hindcast_trace::json::Value;

mod later;
mod nested;
mod steps;
mod words;

pub use later::latest;
pub(crate) use nested::is_status as names_status;
pub use nested::{ended_later, nested};
pub use steps::{completed, is_next};
pub use words::of_call;

/// How far an operation got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Done.
    Terminal,
    /// Accepted, not done.
    NonTerminal,
    /// Did not work.
    Failed,
    /// The result does not say, or nobody knows where it would.
    Unknown,
}

/// An operation's status.
#[derive(Debug, Clone)]
pub struct Status {
    /// How far it got.
    pub standing: Standing,
    /// The words that say so.
    pub cite: Option<Cite>,
    /// How that is known.
    pub rests_on: RestsOn,
}

impl Status {
    fn unknown() -> Self {
        Status { standing: Standing::Unknown, cite: None, rests_on: RestsOn::Trace }
    }

    fn assumed(standing: Standing, cite: Option<Cite>, what: &str) -> Self {
        Status { standing, cite, rests_on: RestsOn::Assumption(what.to_owned()) }
    }
}

/// How far an operation got by a status word, whichever operation it is.
pub fn word_standing(word: &str) -> Option<Standing> {
    words::standing(word, &[])
}

/// The operation status of a call, from its result.
pub fn of(session: &Session<'_>, call: &Call<'_>) -> Status {
    let Some(answer) = call.result.as_ref().filter(|r| !r.by_user()) else { return Status::unknown() };
    if let Some(rule) = call.known.contract.as_ref().and_then(|c| c.status.as_ref())
        && let Some(value) = answer.json().and_then(|v| v.pointer(&rule.at))
    {
        let any = |words: &[String]| words.iter().any(|w| failure::says(value, w));
        let standing = match () {
            () if any(&rule.failed) => Standing::Failed,
            () if any(&rule.non_terminal) => Standing::NonTerminal,
            () if any(&rule.terminal) => Standing::Terminal,
            () => Standing::Unknown,
        };
        let what = format!("the contract of `{}` says that the status is at `{}`", call.name.text, rule.at);
        return Status { standing, cite: failure::cite_value(answer, value), rests_on: RestsOn::Contract(what) };
    }
    if let Some(failed) = call.failure() {
        return Status { standing: Standing::Failed, cite: failed.cite.clone(), rests_on: failed.rests_on.clone() };
    }
    if call.known.effect.0 == Effect::Read {
        return Status::unknown();
    }
    let text = answer.content.map_or("", |t| t.text.trim());
    match answer.json().filter(|v| v.is_object()) {
        Some(root) => from_fields(session, call, answer, root),
        None => words::from_text(call, answer, text),
    }
}

/// Keys at which a status stands.
const KEYS: &[&str] =
    &["status", "state", "outcome", "result", "stage", "phase", "operationstatus", "requeststatus", "jobstatus"];

fn is_status(field: &Field<'_>) -> bool {
    field.is(KEYS) || field.key.str().is_some_and(|k| vocabulary::key(&k) == Some(vocabulary::Key::Status))
}

/// `outcome: {code: "declined"}`: the status is told by a part of its own.
fn of_outcome(field: &Field<'_>) -> bool {
    field.is(&["code", "status", "state", "value", "result"])
        && field.within.is_some_and(|k| ["outcome", "status", "state", "verdict", "decision"].iter().any(|w| k.is(w)))
}

fn from_fields(session: &Session<'_>, call: &Call<'_>, answer: &Answered<'_>, root: Value<'_>) -> Status {
    let all = fields(root);
    let told = |f: &Field<'_>| f.value.str().and_then(|s| of_call(&s, call));
    let standing = |f: &Field<'_>| told(f).map(|(standing, _)| standing);
    let say = |f: &Field<'_>, s: Standing, what: &str| {
        let borrowed = s != Standing::Terminal && told(f).is_some_and(|(_, borrowed)| borrowed);
        let what = if borrowed { vocabulary::ASSUMED } else { what };
        Status::assumed(s, failure::cite_member(answer, f.key, f.value), what)
    };
    // The operation's own part of the answer: `operation`, `job`, or named like the tool's family (`refund`).
    let own = |f: &Field<'_>| {
        (is_status(f) && f.within.is_some_and(|k| of_operation(k, call))) || of_outcome(f) || named_for(f, call)
    };
    for field in all.iter().filter(|f| own(f)) {
        if let Some(found) = standing(field) {
            return say(
                field,
                found,
                "a status in the part of the result that is named after the operation is the status of that operation",
            );
        }
    }
    let http = all.iter().find(|f| {
        f.within.is_none() && f.is(&["status", "statuscode", "httpstatus", "code"]) && f.value.i64() == Some(202)
    });
    if let Some(field) = http {
        return say(field, Standing::NonTerminal, "HTTP 202 means accepted, not complete");
    }
    let at_root = || all.iter().filter(|f| f.within.is_none());
    let marker = at_root().find(|f| failure::done_marker(f) || is_time_of_deed(f, call));
    let status = at_root().filter(|f| is_status(f)).find_map(|f| standing(f).map(|s| (f, s)));
    match (status, marker) {
        // `updated: true` speaks of the operation, the status beside it of the record; but `ok: true, status: pending`
        // only says that the request was taken.
        (Some((field, found)), Some(mark))
            if found == Standing::NonTerminal
                && (mark.is(&["ok", "success", "successful", "succeeded"])
                    || mark.key.str().is_some_and(|k| vocabulary::key(&k) == Some(vocabulary::Key::Success))) =>
        {
            say(
                field,
                found,
                "`ok` means that the request was accepted; the status next to it is the status of the operation",
            )
        }
        (_, Some(mark)) => {
            say(mark, Standing::Terminal, "a field such as `updated: true` means that the operation is complete")
        }
        (Some((field, found)), None) if found != Standing::NonTerminal => {
            say(field, found, "a status at the root of a short result is the status of the operation")
        }
        (Some((field, _)), None) => match entity_state(session, call, answer, root, field) {
            true => Status::unknown(),
            false => say(
                field,
                Standing::NonTerminal,
                "a status at the root of a short result is the status of the operation",
            ),
        },
        (None, None) => words::from_message(&all, answer).unwrap_or_else(Status::unknown),
    }
}

/// `"stoppedAt": "2026-03-04T10:00"` of `stop_session`: when it was done. What was only asked for has a time as well, and so has every change
/// of a record.
fn is_time_of_deed(field: &Field<'_>, call: &Call<'_>) -> bool {
    let key = words_of(&field.key.str().unwrap_or_default());
    let [deed, at] = &key[..] else { return false };
    let of_tool = |w: &String| stem::of(w) == stem::of(deed) && !english().is("general_change", w);
    matches!(at.as_str(), "at" | "on" | "time" | "date")
        && !english().is("submission", deed)
        && (deed.ends_with("ed") || !english().of_past(deed).is_empty())
        && field.value.str().is_some_and(|v| v.bytes().any(|b| b.is_ascii_digit()))
        && call.known.words.iter().any(of_tool)
}

fn of_operation(key: Value<'_>, call: &Call<'_>) -> bool {
    of_name(&key.str().unwrap_or_default().to_ascii_lowercase(), call)
}

fn of_name(key: &str, call: &Call<'_>) -> bool {
    let lex = english();
    let mut families = lex.of_tool_word(key).iter().chain(lex.of_noun(key));
    lex.is("operation_key", key)
        || families.any(|f| *f != "order" && call.known.families.iter().any(|own| own == f))
        || of_words(key, call)
}

/// `rebooking` in the answer of `rebook_segment`; `pay_run` in the answer of `start_pay_run`: what a call sets going is the
/// operation, unlike what it changes.
fn of_words(key: &str, call: &Call<'_>) -> bool {
    const SETS_GOING: [&str; 8] = ["start", "run", "launch", "trigger", "begin", "initiate", "execute", "queue"];
    let Some((verb, objects)) = call.known.words.split_first() else { return false };
    let doing = verb.len() >= 4 && key.strip_prefix(verb.as_str()).is_some_and(|rest| rest == "ing");
    let going = SETS_GOING.contains(&verb.as_str()) && !objects.is_empty() && words_of(key).iter().eq(objects);
    doing || going
}

/// `command_status`, `refund_state`: a status that is named for the operation, at the answer's root.
fn named_for(field: &Field<'_>, call: &Call<'_>) -> bool {
    // Nearly every name ends otherwise, which is told without decoding it.
    let name = field.key.bytes().strip_suffix(b"\"").unwrap_or_default();
    let ends = |with: &[u8]| name.last_chunk().is_some_and(|l: &[u8; 5]| l.eq_ignore_ascii_case(with));
    if field.within.is_some() || !(ends(b"tatus") || ends(b"state")) || !field.value.is_str() {
        return false;
    }
    let key = field.key.str().unwrap_or_default();
    let lower = key.to_ascii_lowercase();
    let of = lower.strip_suffix("status").or_else(|| lower.strip_suffix("state")).unwrap_or_default();
    let of = of.trim_end_matches(['_', '-']);
    !of.is_empty() && of_name(of, call)
}

/// True when the status is the changed record's own state rather than the operation's.
///
/// Told by: the answer is a whole record (many members, several of them nested); the same status stood beside the
/// same id in an earlier answer; or an update echoes what it changed.
fn entity_state(
    session: &Session<'_>,
    call: &Call<'_>,
    answer: &Answered<'_>,
    root: Value<'_>,
    status: &Field<'_>,
) -> bool {
    let nested = root.entries().filter(|(_, v)| v.is_object() || v.is_array()).count();
    if root.len() > 10 || nested > 2 {
        return true;
    }
    let Some(args) = call.args() else { return false };
    let values = || args.entries().filter_map(|(_, v)| scalar(v)).filter(|v| v.len() > 2);
    let pair = failure::cite_member(answer, status.key, status.value);
    // Only a record that names the entity can carry the entity's state.
    let here = answer.content.map_or("", |t| t.text.as_str());
    let known_before = pair.is_some_and(|pair| {
        let here: Vec<String> = values().filter(|v| here.contains(v.as_str())).collect();
        // A status is in many answers, and the value that names the entity in few.
        here.iter().any(|v| {
            let before = session.answer_texts().holding(v).take_while(|(_, event, _)| *event < call.event);
            before.map(|(_, _, text)| text).any(|text| text.contains(pair.text()))
        })
    });
    let only_updates = !call.known.families.is_empty()
        && call.known.families.iter().all(|f| matches!(f.as_str(), "update" | "send" | "create"))
        && call.known.families.iter().any(|f| f == "update");
    let echoed = root.entries().filter_map(|(_, v)| scalar(v)).filter(|v| values().any(|a| a == *v)).count();
    known_before || (only_updates && echoed >= 2)
}

fn scalar(value: Value<'_>) -> Option<String> {
    match value.str() {
        Some(text) => Some(text.into_owned()),
        None => value.f64().map(|_| value.raw().into_owned()),
    }
}

#[cfg(test)]
mod tests;
