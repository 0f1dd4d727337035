//! The same call again and again, failing each time.

use super::Detector;
use crate::finding::{Category, Considered, Finding, Outcome, Report, RestsOn};
use crate::maps::HashMap;
use crate::outcome::failure::Failure;
use crate::outcome::retry;
use crate::outcome::status::Standing;
use crate::outcome::vocabulary;
use crate::prose::lexicon::english;
use crate::prose::{Prose, Sentence};
use crate::session::{Call, Session};
use crate::tools::builtin::ToolRole;
use crate::tools::command;
use crate::tools::contract::Effect;
use crate::work::answer;
use crate::work::ledger::told_failure;
use hindcast_trace::json::Value;
use hindcast_trace::model::{Role, TimeQuality};

/// A call and one retry are fine; the third identical failure is the pattern.
const OFTEN: usize = 3;

/// See the module's documentation.
pub struct RepeatedFailingCall;

/// Identical calls without a success of theirs, or of any write, between; and without a reason to try again.
#[derive(Default)]
struct Run {
    failed: Vec<(u32, Option<Failure>)>,
    /// The latest failing one, as its place in the session.
    last: Option<usize>,
    /// The line by which its output told of the failure, where nothing else does.
    printed: Option<String>,
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
        let odd = |c: &Call<'_>| {
            c.failure().is_some() || c.result.is_none() || unreadable(session, c) || printed(c).is_some()
        };
        if !session.calls.iter().any(odd) {
            return report;
        }
        let mut runs: HashMap<(&str, String), Run> = HashMap::default();
        let instructed = instructed(session);
        for (at, call) in session.until_stopped(session.calls.iter().enumerate()) {
            let key = (call.name.text.as_str(), canonical(call));
            let run = runs.entry(key).or_default();
            let printed = printed(call);
            if call.failure().is_some() || printed.is_some() {
                report.eligible = true;
                // Another failure is no repetition of the first.
                if printed.is_some() && run.printed.is_some() && printed != run.printed {
                    run.failed.clear();
                }
                run.printed = printed;
                if run.last.replace(at).is_some_and(|last| has_reason(session, last, at)) {
                    run.failed.clear();
                }
                run.failed.push((call.event, call.failure().cloned()));
                let described = call.described.and_then(|d| retry::allowed(&d.text));
                // Who was told to try so often did nothing wrong.
                let often = described.max(instructed).map_or(OFTEN, |n| n.saturating_add(1).max(OFTEN));
                if run.failed.len() == often {
                    report.findings.push(finding(self, call, run));
                } else if run.failed.len() > often {
                    grow(&mut report, call, often, run.failed.len());
                }
                continue;
            }
            if call.result.is_none() {
                run.unanswered += 1;
            } else if unreadable(session, call) {
                run.opaque += 1;
            } else {
                settle(session, &mut report, call, run);
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

/// The line by which the output of a command tells that it failed, where neither an exit code nor a mark does.
fn printed(call: &Call<'_>) -> Option<String> {
    if call.failure().is_some() || call.role() != Some(ToolRole::Shell) {
        return None;
    }
    told_failure(call).map(|line| line.chars().take(200).collect())
}

/// How often the operator allows a call to be made.
fn instructed(session: &Session<'_>) -> Option<usize> {
    let system = session.messages.iter().filter(|m| m.role == Role::System);
    system.flat_map(|m| m.texts).filter_map(|t| retry::allowed(&t.text)).max()
}

/// The same call worked in the end, with nothing said between: the retries were right, and many of them only worth a look.
fn settle(session: &Session<'_>, report: &mut Report, call: &Call<'_>, run: &Run) {
    const FEW: usize = 4;
    let (Some((first, _)), Some((last, _))) = (run.failed.first(), run.failed.last()) else { return };
    if session.user_spoke_between(*first, call.event) {
        return;
    }
    let own = |f: &Finding| f.event >= *first && f.event <= *last && f.tools.contains(&call.name.text);
    if run.failed.len() <= FEW {
        report.findings.retain(|f| !own(f));
    } else if let Some(found) = report.findings.iter_mut().rev().find(|f| own(f)) {
        found.path = "worked";
        found.detail.push_str(" The next attempt worked.");
    }
}

/// True when there is a reason to make a failed call again as it was: its error named a time after which to try again, the
/// agent waited, or the user, who was told, asked for it.
fn has_reason(session: &Session<'_>, failed: usize, again: usize) -> bool {
    let (first, second) = (&session.calls[failed], &session.calls[again]);
    let waited = session.calls[failed + 1..again].iter().any(|c| c.failure().is_none() && retry::waits(c));
    let pause = first.result.as_ref().and_then(retry::asked);
    waited || retry::waits(second) || pause.is_some_and(|p| !too_soon(session, first, second, p)) || {
        let between = |e: u32| e > first.event && e < second.event;
        asked_again(session, between)
    }
}

/// True when the record has the times, and they say that the agent did not wait.
fn too_soon(session: &Session<'_>, first: &Call<'_>, second: &Call<'_>, pause: retry::Pause) -> bool {
    let time = |event: u32| session.event(event).time.filter(|t| t.quality != TimeQuality::Estimated).map(|t| t.ns);
    let answered = first.result.as_ref().map_or(first.event, |r| r.event);
    let times = time(answered).or_else(|| time(first.event)).zip(time(second.event));
    // Clocks of seconds round.
    times.zip(pause.seconds).is_some_and(|((from, to), wait)| to.saturating_sub(from) as f64 / 1e9 < wait * 0.5 - 1.0)
}

/// True when the agent spoke without a mind to try of its own, and the user then had no more to say than to try: no new value, and no "no".
fn asked_again(session: &Session<'_>, between: impl Fn(u32) -> bool) -> bool {
    let told = session.said().find(|m| between(m.event)).map(|m| m.event);
    let Some(told) = told else { return false };
    let own = |s: &Sentence, p: &Prose<'_>| {
        !s.question
            && p.any(s, |w| matches!(w, "ll" | "will" | "let" | "going"))
            && p.any(s, |w| matches!(w, "again" | "retry" | "rerun" | "re-run" | "re-try" | "try"))
    };
    if session.prose().iter().filter(|p| between(p.event)).any(|p| p.sentences.iter().any(|s| own(s, p))) {
        return false;
    }
    let mut answers = session.heard_texts().iter().filter(|t| between(t.event) && t.event > told).peekable();
    answers.peek().is_some()
        && answers.all(|t| {
            let prose = t.prose();
            let declines = (0..2).any(|i| english().is("decline", prose.word(i)));
            prose.digits == 0 && prose.words.len() <= MOST_WORDS && !declines && !prose.words.iter().any(|w| w.quoted)
        })
}

/// Who only asks for another try needs no more words.
const MOST_WORDS: usize = 20;

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
    let often = run.failed.len();
    let title = format!("`{name}` called {often} times without a change, failing each time");
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
    if let Some(line) = &run.printed {
        finding = finding
            .path("printed")
            .and(answer::cite(call, line))
            .rests_on(RestsOn::Assumption("the words of a command's output say that it failed".into()));
    }
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
fn grow(report: &mut Report, call: &Call<'_>, often: usize, count: usize) {
    let found = report.findings.iter_mut().rev().find(|f| f.tools.contains(&call.name.text));
    if let Some(finding) = found {
        let more = count - often;
        let attempts = if more == 1 { "1 more attempt".to_owned() } else { format!("{more} more attempts") };
        finding.title = format!(
            "`{}` called {often} times without a change, failing each time; {attempts} followed",
            call.name.text
        );
        let cite = call.failure().and_then(|f| f.cite.clone());
        finding.considered.push(Considered { event: call.event, why: "the same call, which failed".into(), cite });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Contracts;
    use hindcast_trace::{Evidence, read};

    fn found(steps: &[(&str, &str)]) -> Vec<&'static str> {
        let mut messages = vec![serde_json::json!({"role": "user", "content": "go on"})];
        for (i, (command, answer)) in steps.iter().enumerate() {
            let arguments = serde_json::json!({ "command": command }).to_string();
            let call =
                serde_json::json!([{"id": format!("c{i}"), "function": {"name": "Bash", "arguments": arguments}}]);
            messages.push(serde_json::json!({"role": "assistant", "tool_calls": call}));
            messages.push(serde_json::json!({"role": "tool", "tool_call_id": format!("c{i}"), "content": answer}));
        }
        let json = serde_json::json!({ "messages": messages });
        let reading = read(&[Evidence::new("t.json", json.to_string().into_bytes())]).expect("reads");
        let contracts = Contracts::default();
        let session = Session::new(&reading.sessions[0], &contracts);
        RepeatedFailingCall.run(&session).findings.iter().map(|f| f.path).collect()
    }

    #[test]
    fn a_failure_that_only_the_output_tells_is_one() {
        for (command, answer) in [
            ("pod install", "[!] CocoaPods could not find compatible versions for pod \"A\""),
            ("npm install", "npm ERR! code ERESOLVE\nnpm ERR! unable to resolve"),
            ("git push origin main", " ! [rejected] main -> main (fetch first)\nerror: failed to push some refs"),
        ] {
            assert_eq!(found(&[(command, answer); 3]), ["printed"], "{command}");
            assert!(found(&[(command, answer); 2]).is_empty(), "{command}");
            let mended = [(command, answer), (command, answer), ("sed -i 's/1/2/' Podfile", ""), (command, answer)];
            assert!(found(&mended).is_empty(), "{command}");
        }
        // Another failure each time, and what only looks.
        let pull = |n: &str| format!("error: cannot pull layer {n}");
        let texts = [pull("a"), pull("b"), pull("c")];
        let steps: Vec<_> = texts.iter().map(|t| ("docker pull a", t.as_str())).collect();
        assert!(found(&steps).is_empty());
        assert!(found(&[("grep -rn 'failed to push' docs", "docs/a.md:3: error: failed to push"); 4]).is_empty());
    }
}
