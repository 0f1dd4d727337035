//! What the trace itself shows of the impact: the amount in the failing call, the customer's ID, the time it took.
//!
//! That answers no question of the section (how many customers, how much was lost): it stands beside it.

use crate::build::Context;
use crate::draft::{Behavior, Consequence, FindingEntry};
use crate::statement::{Basis, Origin, Statement, Verdict};
use hindcast_detect::finding::Cite;
use hindcast_detect::session::Call;
use hindcast_detect::tools::contract::words_of;
use hindcast_trace::json::{Kind, Value};
use hindcast_trace::model::{Event, EventKind, Role, Text, TimeQuality};
use jiff::Timestamp;

/// Findings whose calls are looked at.
const MOST: usize = 3;
/// Values of one kind that are named.
const NAMED: usize = 3;
/// Levels of the arguments that are looked through.
const DEPTH: usize = 3;

/// Names of parameters that hold money.
const MONEY: [&str; 9] = ["amount", "price", "total", "fee", "cost", "sum", "refund", "charge", "payment"];
/// Codes of currencies, which name an amount as well: `usd`, `price_eur`. Codes that are English words are left out.
const CURRENCIES: [&str; 40] = [
    "usd", "eur", "gbp", "chf", "jpy", "cny", "inr", "cad", "aud", "nzd", "sek", "nok", "dkk", "pln", "czk", "huf",
    "ron", "bgn", "isk", "ils", "aed", "sar", "qar", "kwd", "egp", "zar", "ngn", "kes", "brl", "mxn", "clp", "pen",
    "krw", "twd", "hkd", "sgd", "myr", "thb", "idr", "uah",
];
/// Names of parameters that say who it is.
const CUSTOMER: [&str; 11] = [
    "customer",
    "client",
    "user",
    "account",
    "member",
    "passenger",
    "patient",
    "guest",
    "caller",
    "subscriber",
    "tenant",
];

/// What is seen for one field of the section.
pub fn of(cx: &mut Context<'_>, behavior: &Behavior, field: &str) -> Vec<Statement> {
    let live = |f: &&FindingEntry| f.consequence > Consequence::Averted && f.statement.verdict != Verdict::Rejected;
    let mut seen: Vec<Statement> = if field == "customers" { users(cx) } else { Vec::new() };
    for finding in behavior.findings.iter().filter(live).take(MOST) {
        let Some(call) = call_of(cx, finding) else { continue };
        let told = match field {
            "money" => values(cx, call, field, |words, value| {
                is_amount(value)
                    && words.iter().any(|w| MONEY.contains(&w.as_str()) || CURRENCIES.contains(&w.as_str()))
            }),
            "customers" => values(cx, call, field, |words, value| {
                is_name(value) && CUSTOMER.iter().any(|c| words.first().is_some_and(|w| w == c))
            }),
            "duration" => span(cx, call, finding).into_iter().collect(),
            _ => Vec::new(),
        };
        for statement in told {
            if seen.len() < NAMED && !seen.iter().any(|s| s.text == statement.text && s.basis() == statement.basis()) {
                seen.push(statement);
            }
        }
    }
    seen
}

/// Who the user is, where the trace identifies them. That stands beside the session, so the quote is put to the event in which the
/// user first speaks.
fn users(cx: &mut Context<'_>) -> Vec<Statement> {
    let trace = cx.session.trace;
    let speaks = |e: &Event| matches!(e.kind, EventKind::Message { role: Role::User, .. });
    let event = trace.events.iter().position(speaks).unwrap_or_default() as u32;
    let short = |user: &&Text| user.text.len() <= 80 && !user.text.contains('\n');
    let cites =
        trace.users.iter().filter(short).take(NAMED).filter_map(|user| Cite::of(event, user, 0..user.text.len()));
    cites
        .filter_map(|cite| {
            let quote = cx.citer.cite(&cite)?;
            let text = format!("the trace identifies the user as {}", quote.text);
            Some(Statement::new(origin("customers"), text, Basis::Quote(quote), []))
        })
        .collect()
}

/// The call that a finding is about: its own, or the last one of its tool before it.
fn call_of<'s>(cx: &Context<'s>, finding: &FindingEntry) -> Option<&'s Call<'s>> {
    let event = finding.event.saturating_sub(1);
    let session = cx.session;
    session.call_at(event).or_else(|| {
        let tool = finding.tools.first()?;
        session.calls.iter().rfind(|c| c.name.text == *tool && c.event < event)
    })
}

/// An amount is a number, or a short text with one: `42.00`, `"42.00 EUR"`.
fn is_amount(value: Value<'_>) -> bool {
    match value.str() {
        Some(text) => text.len() <= 20 && text.starts_with(|c: char| c.is_ascii_digit() || "$€£".contains(c)),
        None => value.kind() == Kind::Number,
    }
}

/// What names somebody is short and stands on one line.
fn is_name(value: Value<'_>) -> bool {
    match value.str() {
        Some(text) => (2..=80).contains(&text.len()) && !text.contains('\n'),
        None => value.kind() == Kind::Number,
    }
}

/// The values of a call whose parameter's name and form fit.
fn values(
    cx: &mut Context<'_>,
    call: &Call<'_>,
    field: &str,
    fits: impl Fn(&[String], Value<'_>) -> bool,
) -> Vec<Statement> {
    let (Some(text), Some(root)) = (call.arguments, call.args()) else { return Vec::new() };
    let mut found = Vec::new();
    collect(root, 0, &fits, &mut found);
    let cites = found.into_iter().filter_map(|(name, range)| Some((name, Cite::of(call.event, text, range)?)));
    cites
        .filter_map(|(name, cite)| {
            let quote = cx.citer.cite(&cite)?;
            let text = format!(
                "`{name}` of `{}` is {} (seen in the trace, event {})",
                call.name.text, quote.text, quote.event
            );
            Some(Statement::new(origin(field), text, Basis::Quote(quote), []))
        })
        .collect()
}

fn origin(field: &str) -> Origin {
    Origin::Analysis(format!("impact-{field}"))
}

fn collect(
    value: Value<'_>,
    depth: usize,
    fits: &impl Fn(&[String], Value<'_>) -> bool,
    found: &mut Vec<(String, std::ops::Range<usize>)>,
) {
    if depth >= DEPTH || found.len() >= NAMED {
        return;
    }
    for (key, inner) in value.entries() {
        let Some(name) = key.str() else { continue };
        if inner.is_object() {
            collect(inner, depth + 1, fits, found);
        } else if found.len() < NAMED && fits(&words_of(&name), inner) {
            let start = inner.start() as usize;
            let range = start..start + inner.bytes().len();
            // A text is quoted without its quotation marks.
            let inside = if inner.str().is_some() { range.start + 1..range.end.saturating_sub(1) } else { range };
            found.push((name.into_owned(), inside));
        }
    }
}

/// When the affected step began and ended, if both times were recorded.
fn span(cx: &mut Context<'_>, call: &Call<'_>, finding: &FindingEntry) -> Option<Statement> {
    let at = |event: u32| {
        let time = cx.session.event(event).time.filter(|t| t.quality == TimeQuality::Exact)?;
        Timestamp::from_nanosecond(i128::from(time.ns)).ok()
    };
    let format = "%Y-%m-%dT%H:%M:%S%.3fZ";
    let event = finding.event.saturating_sub(1);
    // Where the agent's words are wrong, they are the wrong step, and the call before them is not.
    if event != call.event {
        let quote = finding.statement.quotes().find(|q| q.event == finding.event)?.clone();
        let text = format!(
            "the wrong step was at {} (seen in the trace, event {})",
            at(event)?.strftime(format),
            finding.event
        );
        return Some(Statement::new(origin("duration"), text, Basis::Quote(quote), []));
    }
    let last = call.result.as_ref().map_or(call.event, |r| r.event);
    let (from, to) = (at(call.event)?, at(last)?);
    let quote = cx.citer.cite(&Cite::whole(call.event, call.name)?)?;
    let text = format!(
        "the affected step took from {} to {} (seen in the trace, events {} to {})",
        from.strftime(format),
        to.strftime(format),
        call.event + 1,
        last + 1
    );
    Some(Statement::new(origin("duration"), text, Basis::Quote(quote), []))
}
