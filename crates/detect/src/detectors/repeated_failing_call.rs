//! The same call again and again, failing each time.

use super::Detector;
use crate::finding::{Category, Considered, Finding, Outcome, Report};
use crate::outcome::failure::Failure;
use crate::outcome::status::Standing;
use crate::outcome::vocabulary;
use crate::session::{Call, Session};
use crate::tools::command;
use crate::tools::contract::Effect;
use hindcast_trace::json::Value;
use std::collections::HashMap;

/// A call and one retry are fine; the third identical failure is the pattern.
const OFTEN: usize = 3;

/// See the module's documentation.
pub struct RepeatedFailingCall;

/// Identical calls without a success of theirs, or of any write, between.
#[derive(Default)]
struct Run {
    failed: Vec<(u32, Option<Failure>)>,
    unanswered: usize,
    opaque: usize,
}

impl Detector for RepeatedFailingCall {
    fn id(&self) -> &'static str {
        "repeated-failing-call"
    }

    fn looks_for(&self) -> &'static str {
        "the same failing call repeated without a change"
    }

    fn category(&self) -> Category {
        Category::ToolMisuse
    }

    fn run(&self, session: &Session<'_>) -> Report {
        let mut report = Report::default();
        // Where every call was answered and none failed, there is nothing to compare.
        let odd = |c: &Call<'_>| c.failure().is_some() || c.result.is_none() || unreadable(session, c);
        if !session.calls.iter().any(odd) {
            return report;
        }
        let mut runs: HashMap<(&str, String), Run> = HashMap::new();
        for call in &session.calls {
            let key = (call.name.text.as_str(), canonical(call));
            let run = runs.entry(key).or_default();
            if call.failure().is_some() {
                report.eligible = true;
                run.failed.push((call.event, call.failure().cloned()));
                if run.failed.len() == OFTEN {
                    report.findings.push(finding(self, call, run));
                } else if run.failed.len() > OFTEN {
                    grow(&mut report, call, run.failed.len());
                }
                continue;
            }
            if call.result.is_none() {
                run.unanswered += 1;
            } else if unreadable(session, call) {
                run.opaque += 1;
            } else {
                run.failed.clear();
                // Something was changed: the next attempt is not the same attempt.
                if call.known.effect.0 == Effect::Write || may_change(call) {
                    runs.values_mut().for_each(|r| r.failed.clear());
                }
                continue;
            }
            if run.unanswered + run.failed.len() >= OFTEN && run.unanswered > 0 {
                report.skip(
                    Some(call.event),
                    format!(
                        "`{}` was called {} times without a change, and its results are missing",
                        call.name.text, OFTEN
                    ),
                );
            } else if run.opaque + run.failed.len() >= OFTEN {
                report.skip(
                    Some(call.event),
                    format!(
                        "whether the results of `{}` are errors is unknown; add a tool contract to specify this",
                        call.name.text
                    ),
                );
            }
        }
        report
    }
}

/// True for a command of a shell that may have changed what the next attempt finds.
fn may_change(call: &Call<'_>) -> bool {
    command::script(call).is_some_and(|script| command::parse(&script).iter().any(command::may_change))
}

/// The arguments with keys in order and blanks gone.
fn canonical(call: &Call<'_>) -> String {
    let mut text = String::new();
    match call.args() {
        Some(value) => write(value, &mut text, 0),
        None => text.push_str(call.arguments.map_or("", |a| a.text.trim())),
    }
    text
}

fn write(value: Value<'_>, out: &mut String, depth: usize) {
    if value.is_object() && depth < 64 {
        let mut members: Vec<_> = value.entries().map(|(k, v)| (k.str().unwrap_or_default(), v)).collect();
        members.sort_by(|a, b| a.0.cmp(&b.0));
        for (key, member) in members {
            out.push_str(&key);
            out.push(':');
            write(member, out, depth + 1);
            out.push(',');
        }
        out.push('}');
    } else if value.is_array() && depth < 64 {
        for item in value.items() {
            write(item, out, depth + 1);
            out.push(',');
        }
        out.push(']');
    } else {
        out.push_str(&value.raw());
    }
}

/// True when nothing tells whether the answer is a failure: a bare code from a tool that is no look-up.
fn unreadable(session: &Session<'_>, call: &Call<'_>) -> bool {
    if call.known.effect.0 == Effect::Read {
        return false;
    }
    let Some(root) = call.result.as_ref().and_then(|r| r.json()) else { return false };
    // Few answers are so bare, and only of them the status is worth looking for.
    root.is_object()
        && root.len() <= 4
        && root.entries().all(|(_, v)| !v.is_object() && !v.is_array() && v.i64().is_some())
        && call.status(session).standing == Standing::Unknown
}

fn finding(detector: &RepeatedFailingCall, call: &Call<'_>, run: &Run) -> Finding {
    let name = &call.name.text;
    let quote = crate::finding::Cite::whole(call.event, call.arguments.unwrap_or(call.name))
        .or_else(|| crate::finding::Cite::whole(call.event, call.name));
    let telling = run.failed.last().and_then(|(_, f)| f.as_ref()?.cite.clone());
    let title = format!("`{name}` called {OFTEN} times without a change, failing each time");
    let detail = format!(
        "Nothing changed between the attempts: the arguments of `{name}` were the same, and no successful write changed what they refer to."
    );
    let basis = quote.map_or_else(
        || crate::finding::Basis::Absence { sought: "a changed argument".into(), scope: (run.failed[0].0, call.event) },
        Into::into,
    );
    let mut finding = Finding::new(detector.id(), detector.category(), call.event, title, basis)
        .and(telling)
        .detail(detail)
        .tool(name);
    // Each call was refused, so nothing was done by it.
    finding = finding.outcome(Outcome::NearMiss);
    if let Some(Some(failure)) = run.failed.last().map(|(_, f)| f) {
        finding = finding.rests_on(failure.rests_on.clone());
        if vocabulary::is_ground(&failure.rests_on) {
            finding = finding.path(vocabulary::PATH);
        }
    }
    for (event, failure) in &run.failed {
        let cite = failure.as_ref().and_then(|f| f.cite.clone());
        finding.considered.push(Considered { event: *event, why: "the same call, which failed".into(), cite });
    }
    finding
}

/// A fourth and later attempt belong to the same finding.
fn grow(report: &mut Report, call: &Call<'_>, count: usize) {
    let found = report.findings.iter_mut().rev().find(|f| f.tools.contains(&call.name.text));
    if let Some(finding) = found {
        let more = count - OFTEN;
        let attempts = if more == 1 { "1 more attempt".to_owned() } else { format!("{more} more attempts") };
        finding.title = format!(
            "`{}` called {OFTEN} times without a change, failing each time; {attempts} followed",
            call.name.text
        );
        let cite = call.failure().and_then(|f| f.cite.clone());
        finding.considered.push(Considered { event: call.event, why: "the same call, which failed".into(), cite });
    }
}
