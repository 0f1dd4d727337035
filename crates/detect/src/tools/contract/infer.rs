//! Contracts proposed from tool definitions and observed results. A proposal, for a person to check.

use super::{Contracts, Effect, assume};
use crate::session::Session;
use hindcast_trace::Trace;
use hindcast_trace::json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What was seen of one tool.
#[derive(Default)]
struct Seen {
    calls: usize,
    arguments: BTreeMap<String, usize>,
    /// Values by JSON pointer of status-like fields.
    statuses: BTreeMap<String, BTreeSet<String>>,
}

/// Names under which results tell a status.
const STATUS_KEYS: [&str; 5] = ["status", "state", "outcome", "result_status", "operation_status"];
/// Words that mean done, by convention.
const TERMINAL: [&str; 12] = [
    "completed",
    "complete",
    "succeeded",
    "success",
    "done",
    "ok",
    "confirmed",
    "processed",
    "settled",
    "delivered",
    "sent",
    "finished",
];
/// Words that mean not yet.
const NON_TERMINAL: [&str; 12] = [
    "pending",
    "queued",
    "processing",
    "in_progress",
    "submitted",
    "accepted",
    "scheduled",
    "requested",
    "initiated",
    "waiting",
    "requires_approval",
    "under_review",
];
/// Words that mean it did not work.
const FAILED: [&str; 9] =
    ["failed", "failure", "error", "declined", "rejected", "denied", "expired", "cancelled", "canceled"];

/// Longer names are no names of tools; YAML allows 1,024 characters for a key, quotation marks and escapes included.
const LONGEST: usize = 150;

/// Proposes contracts for every tool that the traces offer or call, as YAML.
pub fn yaml(traces: &[Trace]) -> String {
    let none = Contracts::default();
    let mut tools: BTreeMap<&str, Seen> = BTreeMap::new();
    for trace in traces {
        for tool in &trace.tools {
            tools.entry(&tool.name.text).or_default();
        }
        let session = Session::new(trace, &none);
        for call in session.until_stopped(&session.calls) {
            let seen = tools.entry(&call.name.text).or_default();
            seen.calls += 1;
            for (key, _) in call.args().into_iter().flat_map(Value::entries) {
                *seen.arguments.entry(key.str().unwrap_or_default().into_owned()).or_default() += 1;
            }
            if let Some(json) = call.result.as_ref().and_then(|r| r.json()) {
                statuses(json, "", 0, &mut seen.statuses);
            }
        }
    }
    let mut out = String::from(
        "# Proposed tool contracts, inferred from traces. Check every line before you use them with --contracts.\n# A status may belong to the entity instead of the operation. Values that appear in no trace are missing.\ntools:\n",
    );
    if tools.is_empty() {
        out.push_str("  {}\n");
    }
    for (name, seen) in tools.iter().filter(|(name, _)| name.len() <= LONGEST) {
        write_tool(name, seen, &mut out);
    }
    out
}

fn statuses(value: Value<'_>, pointer: &str, depth: usize, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for (key, inner) in value.entries() {
        let key = key.str().unwrap_or_default();
        let here = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
        if inner.is_object() && depth < 2 {
            statuses(inner, &here, depth + 1, found);
        } else if let Some(text) = inner.str().filter(|t| STATUS_KEYS.contains(&key.as_ref()) && t.len() < 40) {
            found.entry(here).or_default().insert(text.into_owned());
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn write_tool(name: &str, seen: &Seen, out: &mut String) {
    let (effect, families) = assume::from_name(name);
    let _ = writeln!(
        out,
        "  {}:  # {} seen",
        quoted(name),
        if seen.calls == 1 { "1 call".to_owned() } else { format!("{} calls", seen.calls) }
    );
    let effect = match effect {
        Effect::Read => "read",
        Effect::Write => "write",
        Effect::Scratch => "scratch",
        Effect::Unknown => "unknown",
    };
    let _ = writeln!(out, "    effect: {effect}");
    if effect == "read" {
        return;
    }
    if let Some(family) = families.first() {
        let _ = writeln!(out, "    family: {family}");
    }
    // The target is usually the argument that is always there and ends in id.
    let entity = seen
        .arguments
        .iter()
        .find(|(key, n)| **n == seen.calls && (key.ends_with("_id") || key.ends_with("Id") || *key == "id"));
    if let Some((key, _)) = entity {
        let _ = writeln!(out, "    entity: {}", quoted(&format!("/{key}")));
    }
    // The shallowest status is the likeliest to be the operation's.
    let Some((at, values)) = seen.statuses.iter().min_by_key(|(at, _)| at.matches('/').count()) else { return };
    let pick = |known: &[&str]| {
        let some: Vec<_> =
            values.iter().filter(|v| known.contains(&v.to_lowercase().as_str())).map(|v| quoted(v)).collect();
        some.join(", ")
    };
    let _ = writeln!(out, "    status:");
    let _ = writeln!(out, "      at: {}", quoted(at));
    let _ = writeln!(out, "      terminal: [{}]", pick(&TERMINAL));
    let _ = writeln!(out, "      non_terminal: [{}]", pick(&NON_TERMINAL));
    let _ = writeln!(out, "      failed: [{}]", pick(&FAILED));
    let known =
        |v: &&String| [&TERMINAL[..], &NON_TERMINAL, &FAILED].iter().any(|k| k.contains(&v.to_lowercase().as_str()));
    let odd: Vec<_> = values.iter().filter(|v| !known(v)).map(|v| quoted(v)).collect();
    if !odd.is_empty() {
        let _ = writeln!(out, "      # also seen, meaning unknown: {}", odd.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::{Evidence, read};
    use serde_json::json;

    #[test]
    fn what_was_inferred_is_read_again_whatever_the_tools_are_called() {
        let names = ["refund".to_owned(), "a\n\tb: \"c\"".to_owned(), "x".repeat(2000)];
        let calls: Vec<_> = names
            .iter()
            .map(|n| json!({"id": n, "type": "function", "function": {"name": n, "arguments": "{}"}}))
            .collect();
        let trace =
            json!({"messages": [{"role": "user", "content": "go"}, {"role": "assistant", "tool_calls": calls}]});
        let evidence = Evidence::new("t.json", trace.to_string().into_bytes());
        let reading = read(std::slice::from_ref(&evidence)).expect("reads");
        let text = yaml(&reading.sessions);
        let contracts = crate::tools::contract::parse(&text).expect("reads what it wrote");
        assert!(contracts.tools.contains_key("refund") && !contracts.tools.contains_key(&names[2]), "{text}");
    }
}
