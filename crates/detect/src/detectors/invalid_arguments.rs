//! Arguments that break the schema with which the tool was offered, or that the tool rejects. Where the agent corrected them at once or told
//! the user, that is a rule of its own, since it harmed nobody.

mod settled;
mod told;

use super::Detector;
use crate::finding::{Category, Cite, Finding, Report};
use crate::maps::HashMap;
use crate::outcome::rejection;
use crate::session::capture;
use crate::session::{Call, Session};
use crate::tools::schema::{Schema, Violation};
use hindcast_trace::json::parse_lenient;
use hindcast_trace::model::Text;
use std::sync::Arc;

/// See the module's documentation.
pub struct InvalidArguments;

/// The schemas of one tool; several where it was described anew during the session.
type Schemas<'t> = HashMap<&'t str, Vec<&'t Text>>;

impl Detector for InvalidArguments {
    fn id(&self) -> &'static str {
        "invalid-arguments"
    }

    fn looks_for(&self) -> &'static str {
        "arguments that violate the tool's schema"
    }

    fn category(&self) -> Category {
        Category::ToolMisuse
    }

    fn run(&self, session: &Session<'_>) -> Report {
        let mut report = Report { eligible: !session.calls.is_empty(), ..Report::default() };
        let mut schemas = Schemas::default();
        for tool in &session.trace.tools {
            if let Some(parameters) = &tool.parameters {
                schemas.entry(tool.name.text.as_str()).or_default().push(parameters);
            }
        }
        let mut compiled: HashMap<&str, Option<Vec<Arc<Schema>>>> = HashMap::default();
        for call in session.until_stopped(&session.calls) {
            let name = call.name.text.as_str();
            if let Some(text) = call.arguments.filter(|a| is_broken(call, a)) {
                report.findings.extend(unreadable(session, call, text));
                continue;
            }
            if let Some(complaint) = told::of(call) {
                report.findings.extend(told::finding(session, call, &complaint));
                continue;
            }
            let Some(texts) = schemas.get(name) else {
                report.skip(Some(call.event), format!("the trace has no schema for `{name}`"));
                continue;
            };
            let ready =
                compiled.entry(name).or_insert_with(|| texts.iter().map(|t| Schema::compile(&t.text)).collect());
            let Some(ready) = ready else {
                report.skip(
                    Some(call.event),
                    format!("the schema of `{name}` is not valid JSON Schema, or refers to another document"),
                );
                continue;
            };
            judge(session, call, ready, texts, &mut report);
        }
        report
    }
}

fn judge(session: &Session<'_>, call: &Call<'_>, schemas: &[Arc<Schema>], texts: &[&Text], report: &mut Report) {
    let name = call.name.text.as_str();
    // Some providers write nothing at all where there are no arguments.
    let empty = call.arguments.is_none_or(|a| a.text.trim().is_empty());
    let value = match (call.args(), call.arguments) {
        _ if empty => serde_json::Value::Object(serde_json::Map::new()),
        (Some(args), _) => args.to_serde(),
        (None, Some(text)) => {
            let captured = capture::of(&text.text);
            if !captured.is_whole() {
                report.skip(Some(call.event), format!("the arguments of `{name}` {}", captured.why()));
                return;
            }
            report.findings.extend(unreadable(session, call, text));
            return;
        }
        (None, None) => return,
    };
    if let Some(mark) = call.args().and_then(redacted_member) {
        report.skip(Some(call.event), format!("part of the arguments of `{name}` {mark}"));
        return;
    }
    let least = least_violations(schemas, texts, &value);
    let Some((violations, schema)) = least.filter(|(v, _)| !v.is_empty()) else { return };
    if empty && call.arguments.is_none() {
        report.skip(Some(call.event), format!("the arguments of `{name}` were not captured"));
        return;
    }
    let faulty: Vec<String> = violations.iter().flat_map(argument).collect();
    let bad = |c: &Call<'_>| {
        c.args().is_none_or(|a| least_violations(schemas, texts, &a.to_serde()).is_some_and(|(v, _)| !v.is_empty()))
    };
    let settled = settled::is(session, call, &faulty, &bad);
    report.findings.extend(finding(call, &violations, schema).map(|f| settled::mark(f, settled)));
}

/// What breaks the schema of a tool. A tool that was described anew is judged kindly: one description that fits is enough.
fn least_violations<'t>(
    schemas: &[Arc<Schema>],
    texts: &[&'t Text],
    value: &serde_json::Value,
) -> Option<(Vec<Violation>, &'t Text)> {
    let each = schemas.iter().zip(texts).map(|(schema, text)| (schema.violations(value), *text));
    each.min_by_key(|(violations, _)| violations.len())
}

/// The names of the arguments that a violation is about: the member that it stands in, or those that its rule names.
fn argument(violation: &Violation) -> Vec<String> {
    match violation.at.split('/').nth(1) {
        Some(name) => vec![name.to_owned()],
        None => violation.rule.split(['"', '`', '\'']).skip(1).step_by(2).map(str::to_owned).collect(),
    }
}

/// True for arguments that open like JSON and are none: several objects in a row, or a fault in the middle. Those that only
/// end too early may have been cut by whoever recorded them.
fn is_broken(call: &Call<'_>, text: &Text) -> bool {
    let own = text.text.trim();
    let broken = || match call.args() {
        Some(root) => (root.start() as usize + root.bytes().len()) < text.text.trim_end().len(),
        None => parse_lenient(own.as_bytes()).is_some_and(|(_, fault)| fault.is_some_and(|f| !f.truncated)),
    };
    own.starts_with('{') && broken() && capture::of(own).is_whole()
}

/// A mark of a collector among the values, such as `"[REDACTED]"`: the value itself was not seen.
fn redacted_member(args: hindcast_trace::json::Value<'_>) -> Option<&'static str> {
    args.entries().filter_map(|(_, v)| v.str()).map(|s| capture::of(&s)).find_map(|c| match c {
        capture::Capture::Redacted | capture::Capture::Cut => Some(c.why()),
        _ => None,
    })
}

fn unreadable(session: &Session<'_>, call: &Call<'_>, text: &Text) -> Option<Finding> {
    let bad = |c: &Call<'_>| c.arguments.is_some_and(|a| c.args().is_none() || is_broken(c, a));
    let settled = settled::is(session, call, &[], &bad);
    let name = call.name.text.as_str();
    let cite = Cite::of(call.event, text, 0..text.text.floor_char_boundary(400))?;
    Some(settled::mark(
        Finding::new(
            "invalid-arguments",
            Category::ToolMisuse,
            call.event,
            format!("The arguments of `{name}` are not JSON"),
            cite,
        )
        .detail("The model's arguments are not valid JSON, so the tool cannot have received what the model meant.")
        .and(rejection::of(call))
        .outcome(rejection::outcome(call))
        .tool(name),
        settled,
    ))
}

fn finding(call: &Call<'_>, violations: &[Violation], schema: &Text) -> Option<Finding> {
    let name = call.name.text.as_str();
    let text = call.arguments?;
    let cites: Vec<Cite> = violations.iter().filter_map(|v| cite(call, text, v)).collect();
    let mut cites = cites.into_iter();
    let first = cites.next().or_else(|| Cite::whole(call.event, text))?;
    let said: Vec<String> = violations
        .iter()
        .take(4)
        .map(|v| format!("{} {}", if v.at.is_empty() { "the arguments object" } else { v.at.as_str() }, v.rule))
        .collect();
    let title = format!("Arguments of `{name}` violate its schema: {}", said.first()?);
    let mut made = Finding::new("invalid-arguments", Category::ToolMisuse, call.event, title, first)
        .detail(format!("{}. The model was given this schema.", said.join("; ")))
        .outcome(rejection::outcome(call))
        .tool(name);
    for cite in cites.take(7) {
        made = made.and(Some(cite));
    }
    // The rule itself stands in the offered schema; an event number is needed, and the call is the nearest.
    made = made.and(Cite::of(call.event, schema, 0..schema.text.floor_char_boundary(600)));
    Some(made.and(rejection::of(call)))
}

/// The smallest part of the arguments that breaks the rule.
fn cite(call: &Call<'_>, text: &Text, violation: &Violation) -> Option<Cite> {
    let value = call.args()?.pointer(&violation.at)?;
    let start = value.start() as usize;
    Cite::of(call.event, text, start..start + value.bytes().len())
}
