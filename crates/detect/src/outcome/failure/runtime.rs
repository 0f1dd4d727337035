//! Failures of shell and file tools, as their runtime tells them.
//!
//! What such a tool returns is what a program printed or what a file holds: "failed" in a hit of `grep`, or an error
//! object that `curl` fetched, says nothing of the call. Only the runtime's own error counts: an exit code, an exception,
//! a mark that the call did not work.

use super::{Field, Kind, cite_member, fields, words};
use crate::finding::Cite;
use crate::session::Answered;
use crate::tools::builtin::ToolRole;
use crate::tools::contract::Effect;
use hindcast_trace::json::Value;

/// What is told: the kind, the words that tell it, and the assumption behind it.
pub type Told = (Kind, Option<Cite>, &'static str);

/// The failure that the answer of such a tool tells of, if any.
pub fn failure(answer: &Answered<'_>, role: ToolRole, effect: Effect) -> Option<Told> {
    let text = answer.content?;
    let json = answer.json().filter(|v| v.is_object());
    match (role, json) {
        (ToolRole::Shell, Some(root)) => envelope(root, answer),
        (ToolRole::Shell, None) => {
            let (range, why) = words::exit_code(&text.text).or_else(|| words::exception(&text.text))?;
            Some((Kind::Error, Cite::of(answer.event, text, range), why))
        }
        (_, Some(root)) if effect != Effect::Read => fields::failure(root, false, answer, &[], |_| false),
        (_, Some(root)) => envelope(root, answer),
        (_, None) => {
            let (range, why) = match effect {
                Effect::Read => words::plain_error(&text.text)?,
                _ => words::begins(&text.text)?,
            };
            Some((Kind::Error, Cite::of(answer.event, text, range), why))
        }
    }
}

/// Keys that only a runtime writes.
const EXIT_CODES: [&str; 4] = ["exitcode", "returncode", "exitstatus", "code"];
/// Keys beside which an error is the runtime's.
const ENVELOPE: [&str; 6] = ["stdout", "stderr", "output", "exitcode", "returncode", "exitstatus"];

/// The failure that a runtime's own object tells: `{"stdout": "", "returncode": 2}`. Any other object is what a program printed.
fn envelope(root: Value<'_>, answer: &Answered<'_>) -> Option<Told> {
    let all = fields(root);
    let top = || all.iter().filter(|f| f.within.is_none());
    let enveloped = top().any(|f| f.is(&ENVELOPE));
    let code = top().find(|f| f.is(&EXIT_CODES) && f.value.i64().is_some_and(|n| n != 0)).filter(|_| enveloped);
    let marked = top().find(|f| f.is(&["iserror"]) && f.value.bool() == Some(true));
    let error = top().find(|f| f.is(&["error", "exception"]) && fields::filled(f.value));
    let error = error.filter(|_| enveloped || root.len() == 1);
    let told = |f: &Field<'_>, why| (Kind::Error, cite_member(answer, f.key, f.value), why);
    code.map(|f| told(f, "an exit code other than 0 means that the command failed"))
        .or_else(|| marked.map(|f| told(f, "`isError: true` means that the call failed")))
        .or_else(|| error.map(|f| told(f, "a non-empty `error` field means that the call failed")))
}
