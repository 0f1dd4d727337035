//! Tool design: can the tool's surface be misread, or mistaken for another's?

use super::{Observation, Question};
use crate::finding::{Category, Cite, Finding};
use crate::outcome::failure;
use crate::outcome::status::{self, Standing};
use crate::session::{Call, Session};
use crate::tools::contract::words_of;
use hindcast_trace::json::{Value, parse_lenient};
use hindcast_trace::model::{Text, ToolDef, Transport};
use std::collections::BTreeSet;

/// Words that sound like success, whatever the status says.
const CHEERFUL: [&str; 10] = [
    "success",
    "successfully",
    "thank",
    "all set",
    "accepted",
    "received",
    "great",
    "congratulations",
    "confirmed",
    "\"ok\"",
];

pub fn observe(session: &Session<'_>, findings: &[Finding]) -> Vec<Observation> {
    let mut seen = Vec::new();
    for finding in findings {
        for call in involved(session, finding) {
            if finding.category == Category::Misinterpretation {
                seen.extend(free_status(session, call));
                seen.extend(cheerful(session, call));
            }
            if finding.category == Category::ToolMisuse {
                seen.extend(bare_parameters(session, finding, call));
            }
        }
        if finding.category == Category::ToolMisuse {
            seen.extend(near_duplicates(session, finding));
        }
    }
    let mut told = BTreeSet::new();
    seen.retain(|o| told.insert(o.text.clone()));
    seen
}

/// The calls that a finding is about: its own, and those that it looked at.
fn involved<'s, 't>(session: &'s Session<'t>, finding: &Finding) -> Vec<&'s Call<'t>> {
    let events = finding.considered.iter().map(|c| c.event).chain([finding.event]);
    let mut calls: Vec<&Call<'_>> = Vec::new();
    for event in events {
        let found = session
            .call_at(event)
            .or_else(|| session.calls.iter().find(|c| c.result.as_ref().is_some_and(|r| r.event == event)));
        if let Some(call) = found.filter(|c| !calls.iter().any(|k| k.event == c.event)) {
            calls.push(call);
        }
    }
    calls
}

fn definition<'t>(session: &Session<'t>, name: &str) -> Option<&'t ToolDef> {
    session.trace.tools.iter().find(|t| t.name.text == name)
}

/// A status in words, and nothing that says which words mean done: the model has to interpret it.
fn free_status(session: &Session<'_>, call: &Call<'_>) -> Option<Observation> {
    let status = status::of(session, call);
    // An error that is flagged as one leaves nothing to interpret.
    let flagged = call.result.as_ref().is_some_and(|r| r.transport == Transport::Error);
    if flagged || !matches!(status.standing, Standing::NonTerminal | Standing::Failed) {
        return None;
    }
    // So does a filled field `error`, and `success: false` is no word.
    let plain = status.cite.as_ref().is_some_and(|c| c.text().trim_end_matches('"').ends_with("false"));
    if plain || call.failure().is_some_and(|f| f.kind == failure::Kind::Error) {
        return None;
    }
    let name = &call.name.text;
    let definition = definition(session, name);
    let described = definition.is_some_and(|d| d.output_schema.is_some());
    if described {
        return None;
    }
    // A definition that the trace does not have may well say it: what was not recorded is no cause.
    let Some(definition) = definition else {
        let text =
            format!("The trace has no definition of `{name}`, so which of its status values mean complete is unknown");
        return Some(Observation::new(Question::ToolDesign, text, status.cite).of_tool(name));
    };
    if definition.description.as_ref().is_some_and(|d| d.text.to_lowercase().contains("status")) {
        return None;
    }
    let text = format!("The definition of `{name}` does not list its status values or say which of them mean complete");
    let told = Cite::whole(0, definition.description.as_ref().unwrap_or(&definition.name));
    Some(Observation::new(Question::ToolDesign, text, status.cite.into_iter().chain(told)).contributing().of_tool(name))
}

/// An answer that sounds like success while the operation is not done.
fn cheerful(session: &Session<'_>, call: &Call<'_>) -> Option<Observation> {
    let status = status::of(session, call);
    if !matches!(status.standing, Standing::NonTerminal | Standing::Failed) {
        return None;
    }
    let answer = call.result.as_ref()?;
    let content = answer.content?;
    let folded = content.text.to_ascii_lowercase();
    let (at, word) = CHEERFUL.iter().find_map(|w| folded.find(w).map(|at| (at, *w)))?;
    // What states the status does not contradict it, and "unsuccessful" does not sound like success.
    let negated = folded[..at].ends_with(|c: char| c.is_alphabetic());
    if negated || status.cite.as_ref().is_some_and(|c| c.range().contains(&at)) {
        return None;
    }
    let name = &call.name.text;
    let cite = Cite::of(answer.event, content, at..at + word.len());
    let text = format!("The result of `{name}` reads like a success, but its status is not");
    Some(Observation::new(Question::ToolDesign, text, cite.into_iter().chain(status.cite)).contributing().of_tool(name))
}

/// Parameters without a word on what they mean or which values they take.
fn bare_parameters(session: &Session<'_>, finding: &Finding, call: &Call<'_>) -> Option<Observation> {
    if finding.detector != "invalid-arguments" {
        return None;
    }
    let definition = definition(session, &call.name.text)?;
    let schema = definition.parameters.as_ref()?;
    let bare = bare_names(schema)?;
    let name = &call.name.text;
    let listed: Vec<_> = bare.iter().take(5).map(|n| format!("`{n}`")).collect();
    let text =
        format!("The definition of `{name}` does not say what these parameters mean or allow: {}", listed.join(", "));
    Some(Observation::new(Question::ToolDesign, text, Cite::whole(0, schema)).contributing().of_tool(name))
}

fn bare_names(schema: &Text) -> Option<Vec<String>> {
    let (doc, _) = parse_lenient(schema.text.as_bytes())?;
    let properties = doc.root().get("properties")?;
    let told = |p: Value<'_>| ["description", "enum", "pattern", "format", "const"].iter().any(|k| p.get(k).is_some());
    let bare: Vec<String> =
        properties.entries().filter(|(_, p)| !told(*p)).filter_map(|(k, _)| k.str().map(|k| k.into_owned())).collect();
    (!bare.is_empty()).then_some(bare)
}

/// Tools whose names are hard to tell apart from the one that was called.
fn near_duplicates(session: &Session<'_>, finding: &Finding) -> Option<Observation> {
    // Only where the wrong tool or the wrong form was called can a name have misled.
    if !["unknown-tool", "invalid-arguments"].contains(&finding.detector) {
        return None;
    }
    let call = session.call_at(finding.event)?;
    let called = key(&call.name.text);
    let alike: Vec<&ToolDef> = session
        .trace
        .tools
        .iter()
        .filter(|t| t.name.text != call.name.text && near(&key(&t.name.text), &called))
        .collect();
    let first = alike.first()?;
    let name = &call.name.text;
    let text = format!(
        "`{name}` is easily confused with `{}`: their names differ only in the form or order of words",
        first.name.text
    );
    let cites = Cite::whole(call.event, call.name).into_iter().chain(Cite::whole(0, &first.name));
    Some(Observation::new(Question::ToolDesign, text, cites).contributing().of_tool(name))
}

/// The words of a name, sorted, without plural endings.
fn key(name: &str) -> Vec<String> {
    let mut words: Vec<String> = words_of(name).into_iter().map(|w| w.trim_end_matches('s').to_owned()).collect();
    words.sort();
    words
}

fn near(a: &[String], b: &[String]) -> bool {
    let different = a.iter().filter(|w| !b.contains(w)).count() + b.iter().filter(|w| !a.contains(w)).count();
    let shared = a.iter().filter(|w| b.contains(w)).count();
    different == 0 || (different == 1 && shared >= 2)
}
