//! A guard that says no to an amount and gives a limit lets pass what stays within it.

use crate::guards::Judgement;
use crate::session::{Call, Session};
use hindcast_trace::json::Value;

/// Words in the names of members that hold a limit.
const LIMITS: [&str; 12] = [
    "max",
    "maximum",
    "limit",
    "cap",
    "ceiling",
    "threshold",
    "remaining",
    "available",
    "left",
    "allowance",
    "allowed",
    "quota",
];

/// True when the call keeps to the limit that the guard gave, and what was judged did not.
pub(super) fn kept(session: &Session<'_>, judgement: &Judgement, call: &Call<'_>) -> bool {
    let Some(judged) = judgement.call.and_then(|c| session.call_at(c)) else { return false };
    let answer = judged.result.as_ref().and_then(|r| r.json()).filter(|j| j.is_object());
    let limit = answer.into_iter().flat_map(Value::entries).take(64).find_map(|(key, value)| {
        let key = key.str().unwrap_or_default().to_ascii_lowercase();
        let named = key.split(['_', '-']).any(|w| LIMITS.contains(&w));
        named.then(|| value.f64()).flatten()
    });
    let Some(limit) = limit else { return false };
    let over: Vec<(String, f64)> = numbers(judged).filter(|(_, n)| *n > limit).collect();
    let within = |(key, _): &(String, f64)| numbers(call).any(|(k, n)| k == *key && n <= limit);
    !over.is_empty() && over.iter().all(within)
}

/// The numeric arguments of a call, by name.
fn numbers<'c>(call: &'c Call<'_>) -> impl Iterator<Item = (String, f64)> + 'c {
    let args = call.args().into_iter().flat_map(Value::entries).take(64);
    args.filter_map(|(key, value)| Some((key.str()?.to_ascii_lowercase(), value.f64()?)))
}
