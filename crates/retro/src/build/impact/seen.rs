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
use serde::Deserialize;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

/// Findings whose calls are looked at.
const MOST: usize = 3;
/// Values of one kind that are named.
const NAMED: usize = 3;
/// Levels of the arguments that are looked through.
const DEPTH: usize = 3;

/// Calls before a finding that are looked through for whom it was about.
const CALLS: usize = 50;

/// The names of parameters that tell something, as `data/impact.yaml` lists them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    money: BTreeSet<String>,
    currencies: BTreeSet<String>,
    currency: BTreeSet<String>,
    customers: BTreeSet<String>,
}

// The file is part of the program, and a test reads it.
static NAMES: LazyLock<Names> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../../data/impact.yaml")).unwrap_or_default());

/// What is seen for one field of the section.
pub fn of(cx: &mut Context<'_>, behavior: &Behavior, field: &str) -> Vec<Statement> {
    let live = |f: &&FindingEntry| f.consequence > Consequence::Averted && f.statement.verdict != Verdict::Rejected;
    let mut seen: Vec<Statement> = if field == "customers" { users(cx) } else { Vec::new() };
    for finding in behavior.findings.iter().filter(live).take(MOST) {
        let told = match (field, call_of(cx, finding)) {
            ("money", Some(call)) => values(cx, call, field, is_money),
            ("customers", call) => customers(cx, finding, call),
            ("duration", Some(call)) => span(cx, call, finding).into_iter().collect(),
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

fn is_money(words: &[String], value: Value<'_>) -> bool {
    is_amount(value) && words.iter().any(|w| NAMES.money.contains(w) || NAMES.currencies.contains(w))
}

/// Whom the call was about; where it does not say so, or where the finding is about no call, the latest earlier call that
/// does. A statement names its call.
fn customers<'s>(cx: &mut Context<'s>, finding: &FindingEntry, call: Option<&'s Call<'s>>) -> Vec<Statement> {
    let before = call.map_or(finding.event.saturating_sub(1), |c| c.event);
    let session = cx.session;
    let earlier = session.calls.iter().rev().filter(|c| c.event < before).take(CALLS);
    for call in call.into_iter().chain(earlier) {
        let told = values(cx, call, "customers", |words, value| {
            is_name(value) && words.first().is_some_and(|w| NAMES.customers.contains(w))
        });
        if !told.is_empty() {
            return told;
        }
    }
    Vec::new()
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
    let told = found.into_iter().filter_map(|Found { name, value, currency }| {
        let quote = cx.citer.text(call.event, text, value)?;
        let currency = currency.filter(|_| field == "money").and_then(|c| cx.citer.text(call.event, text, c));
        let unit = currency.as_ref().map_or(String::new(), |c| format!(" {}", c.text));
        let text = format!(
            "`{name}` of `{}` is {}{unit} (seen in the trace, event {})",
            call.name.text, quote.text, quote.event
        );
        Some(Statement::new(origin(field), text, Basis::Quote(quote), currency.map(Basis::Quote)))
    });
    told.collect()
}

/// A value of a call: its parameter's name, where it stands, and where its currency stands.
struct Found {
    name: String,
    value: Range<usize>,
    currency: Option<Range<usize>>,
}

fn origin(field: &str) -> Origin {
    Origin::Analysis(format!("impact-{field}"))
}

fn collect(value: Value<'_>, depth: usize, fits: &impl Fn(&[String], Value<'_>) -> bool, found: &mut Vec<Found>) {
    if depth >= DEPTH || found.len() >= NAMED {
        return;
    }
    let currency = value.entries().find_map(|(key, inner)| {
        let named = key.str().is_some_and(|name| words_of(&name).first().is_some_and(|w| NAMES.currency.contains(w)));
        let code = inner.str().is_some_and(|code| (1..=8).contains(&code.len()) && !code.contains(char::is_whitespace));
        (named && code).then(|| inside(inner))
    });
    for (key, inner) in value.entries() {
        let Some(name) = key.str() else { continue };
        if inner.is_object() {
            collect(inner, depth + 1, fits, found);
        } else if found.len() < NAMED && fits(&words_of(&name), inner) {
            // "42.00 EUR" has its currency.
            let bare = inner.str().is_none_or(|text| text.chars().all(|c| !c.is_alphabetic() && !"$€£¥₹".contains(c)));
            let currency = currency.clone().filter(|_| bare);
            found.push(Found { name: name.into_owned(), value: inside(inner), currency });
        }
    }
}

/// The bytes of a value; those of a text without its quotation marks.
fn inside(value: Value<'_>) -> Range<usize> {
    let start = value.start() as usize;
    let range = start..start + value.bytes().len();
    if value.str().is_some() { range.start + 1..range.end.saturating_sub(1) } else { range }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_names_is_read() {
        assert!(NAMES.money.contains("amount") && NAMES.currencies.contains("usd"));
        assert!(NAMES.currency.contains("currency") && NAMES.customers.contains("membership"));
    }
}
