//! Did the tools' surface make the wrong call or the wrong reading easy?

use super::{Observation, Question};
use crate::contract::words_of;
use crate::finding::{Cite, Finding};
use crate::session::{Call, Session};
use crate::status::{self, Standing};
use hindcast_trace::json::{Value, parse_lenient};
use hindcast_trace::model::ToolDef;
use std::collections::BTreeSet;

/// Names under which a result says how far things got.
const STATUS: [&str; 6] = ["status", "state", "result", "outcome", "message", "detail"];
/// Values that mean "not yet", whatever stands beside them.
const NOT_YET: [&str; 12] =
    ["pending", "queued", "processing", "in_progress", "in progress", "accepted", "scheduled", "submitted", "requested", "awaiting", "on_hold", "draft"];

pub(super) fn observe(session: &Session<'_>, findings: &[Finding], out: &mut Vec<Observation>) {
    let involved: BTreeSet<&str> = findings.iter().flat_map(|f| &f.tools).map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    for call in &session.calls {
        let name = call.name.text.as_str();
        let relevant = findings.is_empty() || involved.contains(name);
        if relevant && seen.insert(name) {
            results(session, call, out);
        }
    }
    for tool in &session.trace.tools {
        let name = tool.name.text.as_str();
        if involved.contains(name) {
            parameters(tool, out);
        }
    }
    near_names(session, &involved, out);
}

/// A result whose status is free text, or whose words promise more than its status.
fn results(session: &Session<'_>, call: &Call<'_>, out: &mut Vec<Observation>) {
    let name = call.name.text.as_str();
    let Some(answer) = &call.result else { return };
    let (Some(json), Some(text)) = (answer.json(), answer.content) else { return };
    let at = |v: Value<'_>| {
        let start = v.start() as usize;
        Cite::of(answer.event, text, start..start + v.bytes().len())
    };
    let defined = session.trace.tools.iter().find(|t| t.name.text == name).and_then(|t| t.output_schema.as_ref());
    let status = STATUS.iter().take(4).find_map(|k| json.get(k).filter(|v| v.is_str()));
    if let Some(status) = status
        && !defined.is_some_and(|s| s.text.contains("\"enum\"") || s.text.contains("\"const\""))
    {
        let text = format!("The status in the answer of `{name}` is free text: no schema known here says which values it has and which of them mean done.");
        out.push(Observation::new(Question::ToolDesign, text).cite(at(status)).eased(true).tool(name));
    }
    let waiting = status::of(session, call).standing == Standing::NonTerminal
        || status.and_then(Value::str).is_some_and(|s| NOT_YET.contains(&s.trim().to_ascii_lowercase().as_str()));
    if waiting {
        let cheerful = json.entries().map(|(_, v)| v).find(|v| v.str().is_some_and(|s| sounds_done(&s)));
        let flagged = ["success", "ok", "done"].iter().find_map(|k| json.get(k).filter(|v| v.bool() == Some(true)));
        if let Some(value) = cheerful.or(flagged) {
            let text = format!("`{name}` answers with words of success while its status says that it is not done.");
            out.push(Observation::new(Question::ToolDesign, text).cite(at(value)).cite(status.and_then(at)).eased(true).tool(name));
        }
    }
}

fn sounds_done(text: &str) -> bool {
    let folded = text.to_ascii_lowercase();
    ["success", "processed", "completed", "done", "has been", "all set"].iter().any(|w| folded.contains(w)) && !folded.contains("not ") && !folded.contains("unsuccess")
}

/// Parameters that nobody explains, and a result that nobody describes.
fn parameters(tool: &ToolDef, out: &mut Vec<Observation>) {
    let name = tool.name.text.as_str();
    if tool.output_schema.is_none() {
        let text = format!("The offered definition of `{name}` has no schema for its result.");
        out.push(Observation::new(Question::ToolDesign, text).tool(name));
    }
    if tool.description.as_ref().is_none_or(|d| d.text.trim().is_empty()) {
        out.push(Observation::new(Question::ToolDesign, format!("`{name}` was offered without a description.")).eased(true).tool(name));
    }
    let Some((doc, _)) = tool.parameters.as_ref().and_then(|p| parse_lenient(p.text.as_bytes())) else { return };
    let Some(properties) = doc.root().get("properties") else { return };
    let bare: Vec<String> = properties
        .entries()
        .filter(|(_, p)| p.is_object() && ["description", "enum", "const", "format", "pattern", "$ref"].iter().all(|k| p.get(k).is_none()))
        .filter(|(_, p)| p.get("type").is_none_or(|t| t.is("string")))
        .filter_map(|(k, _)| k.str().map(|k| format!("`{k}`")))
        .take(6)
        .collect();
    if !bare.is_empty() {
        let text = format!("Parameters of `{name}` are free text without a description or a list of values: {}.", bare.join(", "));
        out.push(Observation::new(Question::ToolDesign, text).tool(name));
    }
}

/// Two tools whose names differ by a letter or an ending.
fn near_names(session: &Session<'_>, involved: &BTreeSet<&str>, out: &mut Vec<Observation>) {
    let names: BTreeSet<&str> = session.trace.tools.iter().map(|t| t.name.text.as_str()).collect();
    let forms: Vec<(&str, String)> = names.iter().take(500).map(|n| (*n, form(n))).collect();
    let mut by_form: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
    for (name, form) in &forms {
        by_form.entry(form).or_default().push(name);
    }
    for alike in by_form.values().filter(|a| a.len() > 1 && (involved.is_empty() || a.iter().any(|n| involved.contains(n)))) {
        let list = alike.iter().take(5).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        let mut seen = Observation::new(Question::ToolDesign, format!("Tools have names that are nearly alike: {list}."));
        if let Some(name) = alike.iter().find(|n| involved.contains(*n)) {
            seen = seen.eased(true).tool(name);
        }
        out.push(seen);
    }
}

/// A name without what is easily overlooked: case, separators, order, plural endings, versions.
fn form(name: &str) -> String {
    let mut words: Vec<String> = words_of(name)
        .into_iter()
        .map(|w| w.strip_suffix('s').filter(|s| s.len() > 2).map_or(w.clone(), str::to_owned))
        .filter(|w| !(w.len() == 2 && w.starts_with('v') && w.ends_with(|c: char| c.is_ascii_digit())))
        .collect();
    words.sort();
    words.concat()
}
