//! Failures told by the fields of a JSON answer.

use super::{Kind, cite_member};
use crate::finding::Cite;
use crate::outcome::status::Standing;
use crate::outcome::vocabulary::{self, Key, Part};
use crate::prose::lexicon::english;
use crate::session::{Answered, Call};
use hindcast_trace::json::Value;

/// A member of an answer, near enough to its root to speak of the call.
#[derive(Debug, Clone, Copy)]
pub struct Field<'d> {
    /// The key.
    pub key: Value<'d>,
    /// The value.
    pub value: Value<'d>,
    /// The key of the object that holds it, unless that is the root or a mere wrapper such as `data`.
    pub within: Option<Value<'d>>,
}

/// Objects that only wrap the answer.
const WRAPPERS: &[&str] = &["data", "result", "response", "body", "output", "payload", "content", "structuredContent"];
/// More members than this are a record, not an answer about the call.
const MOST: usize = 400;

/// The members of the root, of wrappers, and of the objects directly inside.
pub fn fields(root: Value<'_>) -> Vec<Field<'_>> {
    let mut found = Vec::new();
    walk(root, None, 0, &mut found);
    found
}

fn walk<'d>(object: Value<'d>, within: Option<Value<'d>>, depth: usize, out: &mut Vec<Field<'d>>) {
    for (key, value) in object.entries() {
        if out.len() >= MOST {
            return;
        }
        out.push(Field { key, value, within });
        if value.is_object() && depth < 2 {
            let wrapper = within.is_none() && WRAPPERS.iter().any(|w| key.is(w));
            if wrapper {
                walk(value, None, depth + 1, out);
            } else if within.is_none() {
                walk(value, Some(key), 2, out);
            }
        }
    }
}

impl Field<'_> {
    /// True when the key is one of these, whatever its spelling (`isError`, `is_error`).
    pub fn is(&self, names: &[&str]) -> bool {
        let key = self.key.bytes();
        let inner = key.get(1..key.len().saturating_sub(1)).unwrap_or(&[]);
        let Some(first) = inner.iter().find(|b| !matches!(b, b'_' | b'-')) else { return false };
        let begins = |name: &&&str| name.as_bytes().first().is_some_and(|n| n.eq_ignore_ascii_case(first));
        names.iter().filter(begins).any(|name| {
            let mut letters = inner.iter().filter(|b| !matches!(b, b'_' | b'-'));
            name.bytes().all(|n| letters.next().is_some_and(|l| l.eq_ignore_ascii_case(&n))) && letters.next().is_none()
        })
    }
}

/// Longer keys are none of those that tell a failure.
const LONGEST: usize = 20;

impl Field<'_> {
    /// The key without `_` and `-`, in lower case; `None` for one that is too long to matter.
    fn name<'b>(&self, folded: &'b mut [u8; LONGEST]) -> Option<&'b str> {
        let key = self.key.bytes();
        let mut length = 0;
        for b in key.get(1..key.len().saturating_sub(1))?.iter().filter(|b| !matches!(b, b'_' | b'-')) {
            *folded.get_mut(length)? = b.to_ascii_lowercase();
            length += 1;
        }
        std::str::from_utf8(&folded[..length]).ok()
    }
}

/// The failure that an answer's fields tell of.
///
/// `own` are the words of the tool's name; `ordered` tells whether the call itself names a status, so that it is what was to come of it.
pub fn failure(
    root: Value<'_>,
    writes: bool,
    answer: &Answered<'_>,
    own: &[String],
    ordered: impl Fn(&str) -> bool,
) -> Option<(Kind, Option<Cite>, &'static str)> {
    if !root.is_object() {
        return None;
    }
    let mut weaker = None;
    let all = fields(root);
    for field in &all {
        let told = if field.within.is_none() { told_by(field, writes, own) } else { told_in_part(field, writes, own) };
        let Some((kind, why)) = told else { continue };
        // A card that was to be blocked is blocked.
        if kind == Kind::Refusal && field.value.str().is_some_and(|status| ordered(&status)) {
            continue;
        }
        let told = (kind, cite_member(answer, field.key, field.value), why);
        if kind == Kind::Error {
            return Some(told);
        }
        weaker.get_or_insert(told);
    }
    weaker.or_else(|| all.iter().filter(|f| writes && f.is(ITEMS)).find_map(|f| part_failed(f.value, answer)))
}

/// Where a call that does several things at once answers for each.
const ITEMS: &[&str] = &["results", "items", "outcomes", "responses", "operations", "entries", "lines"];

/// `results: [{ok: true}, {ok: false, reason: "…"}]`: one of several did not work.
fn part_failed(items: Value<'_>, answer: &Answered<'_>) -> Option<(Kind, Option<Cite>, &'static str)> {
    const WHY: &str = "`success: false` or `ok: false` of one item means that part of the call failed";
    let members = items.items().take(MOST).filter(|i| i.is_object()).flat_map(|i| i.entries());
    let mut fields = members.take(MOST * 4).map(|(key, value)| Field { key, value, within: None });
    let failed = fields.find(|f| f.is(SUCCESS) && is_false(f.value))?;
    Some((Kind::Partial, cite_member(answer, failed.key, failed.value), WHY))
}

/// An answer of nothing but a code, a field and words about it, which repeats nothing that the call has:
/// `{"code": 4102, "field": "serial", "detail": "mandatory"}`.
pub fn complaint(
    root: Value<'_>,
    answer: &Answered<'_>,
    call: &Call<'_>,
) -> Option<(Kind, Option<Cite>, &'static str)> {
    /// A record has more members.
    const FEW: usize = 6;
    if !root.is_object() || !(2..=FEW).contains(&root.len()) {
        return None;
    }
    let parts: Vec<(Part, Value<'_>, Value<'_>)> =
        root.entries().map(|(k, v)| Some((vocabulary::part(&k.str()?)?, k, v))).collect::<Option<_>>()?;
    let text = |v: &Value<'_>| v.str().is_some_and(|s| !s.trim().is_empty());
    let has = |part: Part| parts.iter().any(|(p, _, v)| *p == part && text(v));
    let fine = |v: &Value<'_>| v.i64().is_some_and(|n| n == 0 || (200..300).contains(&n)) || v.is("ok");
    let given: Vec<String> = call.args().into_iter().flat_map(Value::entries).filter_map(|(_, v)| told(v)).collect();
    let repeats = parts.iter().filter_map(|(_, _, v)| told(*v)).any(|v| given.contains(&v));
    if !has(Part::About) || !has(Part::Detail) || parts.iter().any(|(_, _, v)| fine(v)) || repeats {
        return None;
    }
    let (_, key, value) = parts.iter().find(|(p, _, v)| *p == Part::Detail && text(v))?;
    Some((Kind::Error, cite_member(answer, *key, *value), vocabulary::FIELD))
}

fn told(value: Value<'_>) -> Option<String> {
    value.str().map(|s| s.into_owned()).or_else(|| value.f64().map(|_| value.raw().into_owned()))
}

/// Keys that say whether something worked.
const SUCCESS: &[&str] = &["success", "ok", "succeeded", "successful", "issuccess"];

/// `outcome: {code: "declined"}`, `status: {success: false}`, `http: {status: 503}`: a part of the answer tells what became of it.
fn told_in_part(field: &Field<'_>, writes: bool, own: &[String]) -> Option<(Kind, &'static str)> {
    const PARTS: [&str; 6] = ["outcome", "status", "state", "http", "verdict", "decision"];
    let part = field.within?;
    let tells = field.is(SUCCESS) || field.is(&["status", "state", "value", "result", "code", "statuscode"]);
    if !tells || !PARTS.iter().any(|p| part.is(p)) {
        return None;
    }
    let failed = field.value.str().is_some_and(|w| writes && super::words::status_failed(&w.to_ascii_lowercase()));
    if failed {
        return Some((Kind::Refusal, "the status is a common word for a failed operation"));
    }
    told_by(field, writes, own)
}

/// A status of HTTP in an answer's body: `409`, `"409"`, `"409 Conflict"`.
fn http_code(value: Value<'_>) -> Option<i64> {
    value.i64().or_else(|| {
        let text = value.str()?;
        let (code, rest) = text.split_at_checked(3)?;
        (rest.is_empty() || rest.starts_with(' ')).then(|| code.parse().ok()).flatten()
    })
}

fn told_by(field: &Field<'_>, writes: bool, own: &[String]) -> Option<(Kind, &'static str)> {
    let value = field.value;
    if let Some(key) = field.key.str().and_then(|k| vocabulary::key(&k)) {
        return told_by_key(key, value, writes, own);
    }
    let mut folded = [0; LONGEST];
    let name = field.name(&mut folded)?;
    if matches!(
        name,
        "error"
            | "errors"
            | "exception"
            | "fault"
            | "err"
            | "errormessage"
            | "errorcode"
            | "failurecode"
            | "failurereason"
    ) {
        return filled(value).then_some((
            Kind::Error,
            "a non-empty field such as `error` or `failure_code` means that the call failed",
        ));
    }
    if matches!(name, "iserror" | "haserror") && value.bool() == Some(true) {
        return Some((Kind::Error, "`isError: true` means that the call failed"));
    }
    if matches!(name, "success" | "ok" | "succeeded" | "successful" | "issuccess")
        && (is_false(value) || value.i64() == Some(0) || value.is("0"))
    {
        return Some((Kind::Refusal, "`success: false` or `ok: false` means that the call failed"));
    }
    if matches!(name, "status" | "statuscode" | "http" | "httpstatus" | "httpcode" | "httpstatuscode" | "code")
        && http_code(value).is_some_and(|n| (400..600).contains(&n))
    {
        return Some((Kind::Error, "an HTTP status of 400 to 599 means that the call failed"));
    }
    if matches!(name, "exitcode" | "returncode" | "exitstatus") && value.i64().is_some_and(|n| n != 0) {
        return Some((Kind::Error, "an exit code other than 0 means that the command failed"));
    }
    if matches!(name, "status" | "state" | "outcome" | "result") {
        let word = value.str().map(|s| s.to_ascii_lowercase()).unwrap_or_default();
        if matches!(word.as_str(), "error" | "exception" | "fault" | "err") {
            return Some((Kind::Error, "`status: error` means that the call failed"));
        }
        if writes && super::words::status_failed(&word) {
            return Some((Kind::Refusal, "the status is a common word for a failed operation"));
        }
        if writes && failed_elsewhere(value, own) {
            return Some((Kind::Refusal, vocabulary::ASSUMED));
        }
    }
    if matches!(name, "verified" | "authenticated" | "authorized" | "authorised" | "identityconfirmed")
        && is_false(value)
    {
        return Some((Kind::Negative, "`verified: false` means that the check did not pass"));
    }
    if writes && matches!(name, "failed" | "failures" | "rejected" | "failedcount" | "notfound" | "skippederrors") {
        let some = (value.is_array() && !value.is_empty()) || value.i64().is_some_and(|n| n > 0);
        return some.then_some((Kind::Partial, "a non-empty `failed` field means that part of the call failed"));
    }
    None
}

/// The same of a key in another language.
fn told_by_key(key: Key, value: Value<'_>, writes: bool, own: &[String]) -> Option<(Kind, &'static str)> {
    let none = value.str().is_some_and(|s| vocabulary::is_none(&s));
    match key {
        Key::Error => (filled(value) && !none).then_some((Kind::Error, vocabulary::FIELD)),
        Key::Success => {
            (is_false(value) || value.i64() == Some(0) || none).then_some((Kind::Refusal, vocabulary::ASSUMED))
        }
        Key::Status => (writes && failed_elsewhere(value, own)).then_some((Kind::Refusal, vocabulary::ASSUMED)),
    }
}

/// True for a status that tells a failure in words that the English lexicon does not have.
fn failed_elsewhere(value: Value<'_>, own: &[String]) -> bool {
    value.str().is_some_and(|s| vocabulary::standing(&s, own) == Some(Standing::Failed))
}

fn is_false(value: Value<'_>) -> bool {
    value.bool() == Some(false) || value.is("false") || value.is("no")
}

pub(super) fn filled(value: Value<'_>) -> bool {
    if value.is_object() || value.is_array() {
        return !value.is_empty();
    }
    match value.str() {
        Some(text) => {
            !matches!(text.trim().to_ascii_lowercase().as_str(), "" | "none" | "null" | "no" | "ok" | "0" | "false")
        }
        None => value.bool() == Some(true) || value.i64().is_some_and(|n| n != 0),
    }
}

/// True when a key says that it was done: `updated: true`, `deleted: ["a"]`, `ok: true`.
pub fn done_marker(field: &Field<'_>) -> bool {
    // Few values say yes, so that most names need not be looked up.
    let value = field.value;
    let yes = value.bool() == Some(true)
        || value.is("true")
        || value.is("ok")
        || value.i64().is_some_and(|n| n > 0)
        || (value.is_array() && !value.is_empty());
    if !yes {
        return false;
    }
    let key = field.key.str().unwrap_or_default().to_ascii_lowercase();
    matches!(key.as_str(), "ok" | "success" | "successful" | "succeeded" | "done")
        || !english().of_past(&key).is_empty()
        || vocabulary::standing(&key, &[]) == Some(Standing::Terminal)
}
