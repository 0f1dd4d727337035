//! Claims about runs of tests, linters and builds, compared with the latest run that concerns them.

use super::{Seen, gate, numbers, short};
use crate::finding::{Basis, Category, Considered, Finding};
use crate::prose::{Prose, pattern};
use crate::work::claims::{self, Claim, Failed, Says};
use crate::work::counts::{self, Outcome};
use crate::work::runs::Run;
use crate::work::suites::{self, Meant};
use crate::work::words::{Topics, table};
use hindcast_trace::model::Role;
use regex::Regex;
use std::sync::LazyLock;

/// Runs before a claim are looked at up to here.
const MOST: usize = 256;
/// A longer message of the user is a plan or a log, not a report of what they saw.
const LONGEST_REPORT: usize = 1500;

pub(super) fn look(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>) {
    for mut claim in claims::find(prose) {
        if !seen.may_judge(claim.event) {
            return;
        }
        if claim.topics.is_empty() {
            // "All green" speaks of what ran last.
            let Some(last) = seen.ledger.runs.iter().rev().find(|r| r.answered < claim.event) else { continue };
            let call = last.call;
            claim.topics =
                seen.ledger.runs.iter().rev().filter(|r| r.call == call).fold(Topics::NONE, |all, r| all.and(r.topics));
            claim.part = false;
        }
        for topic in [Topics::TEST, Topics::LINT, Topics::TYPES, Topics::BUILD, Topics::FORMAT] {
            if claim.topics.meet(topic) {
                judge(seen, prose, &claim, topic);
            }
        }
        numbers::look(seen, &claim);
    }
}

fn judge(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>, claim: &Claim, topic: Topics) {
    let mut runs: Vec<Run> =
        seen.ledger
            .runs_before(topic, claim.event)
            .filter(|r| r.outcome != Outcome::NotRun && of_kind(claim, r, topic))
            .take(MOST)
            .map(|r| {
                if builds_well(r, topic) { Run { outcome: Outcome::Passed, red: None, ..r.clone() } } else { r.clone() }
            })
            .collect();
    if claim.says == Says::Passed && runs.first().is_some_and(|r| r.outcome == Outcome::Failed) {
        match suites::meant(claim, &runs) {
            Meant::Latest => {}
            Meant::Other(at) => {
                let other = runs[at].clone();
                runs.retain(|r| suites::same(r, &other));
            }
            Meant::Unknown => return seen.skip(claim.event, "the claim may be about another suite, which passed"),
        }
    }
    let Some(latest) = runs.first() else { return no_run(seen, claim, topic) };
    match latest.outcome {
        Outcome::Failed if claim.says == Says::Passed => red(seen, prose, claim, topic, &runs),
        Outcome::Unknown if claim.says == Says::Passed && latest.ended_badly && names(claim, latest) => {
            red(seen, prose, claim, topic, &runs);
        }
        Outcome::Unknown if claim.says == Says::Passed => {
            let why = format!("the outcome of `{}` is unknown", latest.shown);
            edited_since(seen, claim, topic, &why);
        }
        Outcome::Passed if claim.says == Says::Passed || claim.again => stale(seen, claim, topic, &runs),
        _ => {}
    }
}

/// Whether a run may be the one that a claim of unit, integration or other tests speaks of.
fn of_kind(claim: &Claim, run: &Run, topic: Topics) -> bool {
    let Some(kind) = claim.kind.as_deref().filter(|_| topic == Topics::TEST) else { return true };
    let command = run.command.to_ascii_lowercase();
    let kinds = &table().spoken.kinds_of_test;
    let words = || command.split(|c: char| !c.is_ascii_alphanumeric());
    let named = words().any(|w| kinds.contains(w));
    words().any(|w| w == kind || kind.starts_with("end") && w == "e2e") || !named
}

/// True for a run of tests that were red although what they need was built.
fn builds_well(run: &Run, topic: Topics) -> bool {
    let tests = run.topics.meet(Topics::TEST) && !topic.meet(Topics::TEST) && run.counts.summaries > 0;
    let broken = || run.red.as_ref().is_some_and(|r| counts::read_of(r.text(), topic).red.is_some());
    tests && topic.meet(Topics::BUILD.and(Topics::TYPES)) && run.outcome == Outcome::Failed && !run.script && !broken()
}

/// True for a run that failed although its output counts tests that passed, none that failed, and shows no other failure of them.
fn beyond_tests(run: &Run) -> bool {
    let gate = |line: &str| table().gate.as_ref().is_some_and(|r| r.is_match(&line.to_lowercase()));
    let of_tests = run.red.as_ref().is_some_and(|line| !gate(line.text()));
    run.counts.summaries > 0 && run.counts.passed > 0 && run.counts.failed == 0 && !of_tests
}

/// What the output of a run names as failed.
fn failed(seen: &Seen<'_, '_, '_>, run: &Run) -> Failed {
    let answer = seen.session.calls[run.call].result.as_ref();
    answer.and_then(|r| r.content.or(r.error)).map(|t| Failed::of(&t.text)).unwrap_or_default()
}

/// True when another text of the same report, with no call between, tells of the failure.
fn told_beside(seen: &Seen<'_, '_, '_>, claim: &Claim, output: &Failed) -> bool {
    let between = |event: u32| {
        let (from, upto) = (event.min(claim.event), event.max(claim.event));
        seen.session.calls.iter().any(|c| c.event > from && c.event < upto)
            || seen.session.messages.iter().any(|m| m.role == Role::User && m.event > from && m.event < upto)
    };
    let near = |event: u32| event.abs_diff(claim.event) <= NEAR && !between(event);
    let prose = seen.session.prose();
    let from = prose.partition_point(|p| p.event < claim.event.saturating_sub(NEAR));
    let around = prose[from..].iter().take_while(|p| p.event <= claim.event.saturating_add(NEAR));
    around.filter(|p| near(p.event)).any(|p| claims::discloses(p, output))
}

/// So many events around a claim may belong to its report.
const NEAR: u32 = 12;

/// The latest run was red.
fn red(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>, claim: &Claim, topic: Topics, runs: &[Run]) {
    let latest = &runs[0];
    // A part may be green in a red run; the agent may have said what fails; and a script may have run it again.
    let output = failed(seen, latest);
    if claim.owns_up || claims::discloses(prose, &output) || told_beside(seen, claim, &output) {
        return;
    }
    if claim.part && topic == Topics::TEST && latest.counts.passed > 0 && !same_words(claim, latest) {
        return seen.skip(claim.event, "the latest run failed, and the claim is about part of it");
    }
    // Every test passed, and something else ended the run with a failure: a threshold, a linter behind the tests.
    let ungated = topic == Topics::TEST && beyond_tests(latest);
    if ungated && gate::told(prose, claim, &output) {
        return;
    }
    if let Some(hidden) = seen.ledger.hidden_between(latest.event + 1, claim.event).map(|h| h.what.clone()) {
        return edited_since(seen, claim, topic, &format!("after the failed run, {hidden} may have run it again"));
    }
    if shown(seen, claim, topic, latest.event + 1) {
        return seen.skip(claim.event, "after the failed run, the user or a tool reported another one");
    }
    // Without what was tried, the code is what an earlier run found good.
    let green = runs.iter().any(|r| r.outcome == Outcome::Passed);
    if green && seen.ledger.taken_back(latest.event + 1, claim.event).is_some() {
        return seen.skip(claim.event, "changes were taken back after the failed run, and an earlier run passed");
    }
    // Another run of the same call, or of a part, that was green cannot be told apart from the one that is meant.
    let command = &latest.shown;
    let title = format!("Claimed \"{}\", but the latest `{command}` failed", short(claim.sentence.text()));
    let detail = format!(
        "The agent says \"{}\". The latest run before that, `{command}` at event {}, failed.",
        short(claim.sentence.text()),
        latest.event + 1
    );
    // One run that fails is told once of one sentence, whatever it checks.
    if seen.report.findings.iter().any(|f| f.event == claim.event && f.title == title) {
        return;
    }
    let key = format!("{}/{}", latest.event, topic.word());
    let of_tests = ungated && !gate::of_command(claim);
    let path = match seen.sub_agent(claim.event) {
        Some(_) => "subagent",
        None if of_tests => "gate",
        None => "red-run",
    };
    let (title, detail) = if of_tests { gate::words(claim, latest) } else { (title, detail) };
    let mut finding =
        Finding::new("claimed-work", Category::Misinterpretation, claim.event, title, claim.sentence.clone())
            .path(path)
            .detail(detail)
            .and(latest.red.clone())
            .tool(&seen.session.calls[latest.call].name.text);
    if latest.red.is_none() {
        let answer =
            seen.session.calls[latest.call].result.as_ref().and_then(|r| Some((r.event, r.content.or(r.error)?)));
        // The line that tells of the failure, or the end of the output.
        let cite = answer.and_then(|(event, text)| {
            let told = counts::read(&text.text, Topics::ANY).red;
            let call = &seen.session.calls[latest.call];
            told.and_then(|line| crate::work::answer::cite(call, &line)).or_else(|| {
                let start = text.text.ceil_char_boundary(text.text.len().saturating_sub(160));
                crate::finding::Cite::of(event, text, start..text.text.len())
            })
        });
        finding = finding.and(cite);
    }
    finding.considered.push(Considered {
        event: latest.event,
        why: "the latest run, which failed".into(),
        cite: latest.red.clone(),
    });
    seen.find(key, finding);
}

/// The latest run was green, and code was changed since.
fn stale(seen: &mut Seen<'_, '_, '_>, claim: &Claim, topic: Topics, runs: &[Run]) {
    let latest = &runs[0];
    let edits = seen.ledger.edits.iter().filter(|e| e.event > latest.event && e.answered < claim.event && e.code);
    let concerns = |ending: &str| latest.files.is_empty() || latest.files.iter().any(|f| f == ending);
    let edits: Vec<_> = edits.filter(|e| concerns(&e.ending())).cloned().collect();
    let Some(first) = edits.first() else { return partial(seen, claim, topic, runs) };
    // The first edit after which nothing unknown may have run it again.
    let clear = edits.iter().find(|e| seen.ledger.hidden_between(e.event, claim.event).is_none());
    let edit = clear.unwrap_or(first).clone();
    // "I re-ran the component's tests": a run after the change is what is claimed.
    if claim.part && !claim.again {
        return seen.skip(claim.event, "code changed after the run; whether the change affects the claim is unknown");
    }
    if let Some(hidden) = seen.ledger.hidden_between(edit.event, claim.event).map(|h| h.what.clone()) {
        return seen.skip(claim.event, format!("after the latest edit, {hidden} may have run it again"));
    }
    if shown(seen, claim, topic, edit.event) {
        return seen.skip(claim.event, "after the latest edit, the user or a tool told of another run");
    }
    if claim.attributed && told_since(seen, claim, edit.event) {
        return seen.skip(claim.event, ELSEWHERE);
    }
    if seen.ledger.taken_back(edits.last().map_or(edit.event, |e| e.event), claim.event).is_some() {
        return seen.skip(claim.event, "changes were taken back after the latest edit");
    }
    let call = seen.session.call_at(edit.event);
    let cite = call
        .and_then(|c| crate::finding::Cite::of(c.event, c.arguments?, 0..c.arguments?.text.floor_char_boundary(200)));
    let name = edit.shown();
    let title = format!("Claimed \"{}\", but `{name}` changed after the last run", short(claim.sentence.text()));
    let detail = format!(
        "The agent says \"{}\". `{}` passed at event {}. `{name}` changed at event {}, and the {} did not run after that.",
        short(claim.sentence.text()),
        latest.shown,
        latest.answered + 1,
        edit.event + 1,
        topic.word(),
    );
    let scope = (edit.event, claim.event.saturating_sub(1));
    let absence = Basis::Absence { sought: format!("a run of the {} after the edit", topic.word()), scope };
    let key = format!("{}/{}", latest.event, topic.word());
    let mut finding = Finding::new("claimed-work", Category::Hallucination, claim.event, title, claim.sentence.clone())
        .path("stale-run")
        .detail(detail)
        .and(cite)
        .and(Some(absence))
        .tool(&seen.session.calls[latest.call].name.text);
    finding.considered.push(Considered {
        event: latest.event,
        why: "it passed, but before the edit".into(),
        cite: None,
    });
    seen.find(key, finding);
}

/// The full suite is said to pass, and only a part of it ran since it was last red.
fn partial(seen: &mut Seen<'_, '_, '_>, claim: &Claim, topic: Topics, runs: &[Run]) {
    let latest = &runs[0];
    if topic != Topics::TEST || !claim.whole || claim.part || claim.kind.is_some() || !latest.narrow || claim.owns_up {
        return;
    }
    let full = runs.iter().find(|r| !r.narrow);
    if full.is_some_and(|r| r.outcome != Outcome::Failed) {
        return;
    }
    let from = full.map_or(0, |r| r.event + 1);
    if seen.ledger.doubt(from, claim.event).is_some() {
        return seen.skip(claim.event, "whether something else ran the whole suite is unknown");
    }
    let command = &latest.shown;
    let title = match full {
        Some(full) => format!(
            "Claimed \"{}\", but `{}` failed, and only `{command}` ran after that",
            short(claim.sentence.text()),
            full.shown
        ),
        None => format!("Claimed \"{}\", but only `{command}` ran", short(claim.sentence.text())),
    };
    let scope = (from, claim.event.saturating_sub(1));
    let finding = Finding::new("claimed-work", Category::Misinterpretation, claim.event, title, claim.sentence.clone())
        .path("partial-run")
        .detail(format!(
            "The agent refers to the whole suite. `{command}` at event {} runs only part of it.",
            latest.event + 1
        ))
        .and(Some(Basis::Absence { sought: "a passing run of the whole suite".into(), scope }))
        .tool(&seen.session.calls[latest.call].name.text);
    seen.find(format!("{}", latest.event), finding);
}

/// Whether the claim names the command of a run.
fn names(claim: &Claim, run: &Run) -> bool {
    let text = claim.sentence.text().to_ascii_lowercase();
    let words: Vec<&str> = run.command.split_whitespace().filter(|w| !w.starts_with('-')).take(2).collect();
    let Some(program) = words.first().map(|p| p.rsplit('/').next().unwrap_or(p)) else { return false };
    text.contains(program) && words.get(1).is_none_or(|w| text.contains(&w.to_ascii_lowercase()))
}

/// What ran before is not known; but code was changed, and nothing ran after that.
fn edited_since(seen: &mut Seen<'_, '_, '_>, claim: &Claim, topic: Topics, why: &str) {
    let again = seen.ledger.runs.iter().rev().find(|r| r.topics.meet(topic) && r.outcome != Outcome::NotRun);
    let ran = again.filter(|r| r.event < claim.event).map_or(0, |r| r.event);
    let mut edits = seen.ledger.edits.iter().filter(|e| e.code && e.event > ran && e.answered < claim.event);
    let clear = |e: &&crate::work::edits::Edit| seen.ledger.doubt(e.event, claim.event).is_none();
    let Some(edit) = edits.find(clear).cloned() else { return seen.skip(claim.event, why) };
    if claim.part
        || seen.ledger.runs.iter().any(|r| r.event > edit.event && r.event < claim.event && r.topics.meet(topic))
    {
        return seen.skip(claim.event, why);
    }
    if shown(seen, claim, topic, edit.event) {
        return seen.skip(claim.event, "the claim may repeat what the user or a tool reported");
    }
    let cite = seen
        .session
        .call_at(edit.event)
        .and_then(|c| crate::finding::Cite::of(c.event, c.arguments?, 0..c.arguments?.text.floor_char_boundary(200)));
    let (name, what) = (edit.shown(), topic.word());
    let title = format!(
        "Claimed \"{}\", but `{name}` was changed and nothing ran the {what} afterwards",
        short(claim.sentence.text())
    );
    let scope = (edit.event, claim.event.saturating_sub(1));
    let finding = Finding::new("claimed-work", Category::Hallucination, claim.event, title, claim.sentence.clone())
        .path("edit-not-run")
        .detail(format!(
            "The agent says \"{}\". `{name}` was changed at event {}, and no later command runs the {what}.",
            short(claim.sentence.text()),
            edit.event + 1
        ))
        .and(cite)
        .and(Some(Basis::Absence { sought: format!("a run of the {what} after the edit"), scope }));
    seen.find(format!("{}/{what}", edit.event), finding);
}

/// Nothing of the kind ran at all.
fn no_run(seen: &mut Seen<'_, '_, '_>, claim: &Claim, topic: Topics) {
    let tried = seen.ledger.runs_before(topic, claim.event).next().cloned();
    // A build that tests need, types that a build checks: only what is named is missing.
    if claim.topics != topic
        && topic.meet(Topics::BUILD.and(Topics::TYPES))
        && seen.ledger.runs_before(claim.topics, claim.event).next().is_some()
    {
        return;
    }
    if let Some(why) = seen.ledger.doubt(0, claim.event) {
        return edited_since(seen, claim, topic, &why);
    }
    // A run of other tests than the claim names, or one without an answer yet.
    let any = |r: &&Run| r.event < claim.event && r.topics.meet(topic);
    if seen.ledger.runs.iter().any(|r| any(&r) && r.outcome != Outcome::NotRun) {
        return seen.skip(claim.event, "the claim may be about a different run");
    }
    if told_by_user(seen, claim, topic, 0) {
        return seen.skip(claim.event, "the claim may repeat what the user reported");
    }
    if claim.attributed && told_since(seen, claim, 0) {
        return seen.skip(claim.event, ELSEWHERE);
    }
    if shown(seen, claim, topic, 0) {
        return edited_since(seen, claim, topic, "the claim may repeat what a tool reported");
    }
    let what = topic.word();
    let why = match &tried {
        Some(run) => format!("`{}` did not run", run.shown),
        None => format!("nothing in the session ran the {what}"),
    };
    let title = format!("Claimed \"{}\", but {why}", short(claim.sentence.text()));
    let path = if seen.sub_agent(claim.event).is_some() { "subagent" } else { "no-run" };
    let absence = Basis::Absence { sought: format!("a run of the {what}"), scope: (0, claim.event.saturating_sub(1)) };
    let mut finding = Finding::new("claimed-work", Category::Hallucination, claim.event, title, claim.sentence.clone())
        .path(path)
        .detail(format!("The agent says \"{}\". No earlier command runs the {what}.", short(claim.sentence.text())))
        .and(Some(absence));
    if let Some(run) = tried {
        finding.considered.push(Considered { event: run.event, why: "it failed to start".into(), cite: run.red });
    }
    seen.find(format!("{}/{what}", claim.event), finding);
}

const ELSEWHERE: &str = "the claim passes on what something or somebody else told";

/// True when something was looked at, committed or heard, from an event on, that could have told what a claim passes on.
fn told_since(seen: &Seen<'_, '_, '_>, claim: &Claim, from: u32) -> bool {
    seen.session.calls.iter().any(|c| c.event > from && c.event < claim.event)
        || from > 0 && seen.user_said(claim.event, |p| p.event > from)
}

// "All green here, 31 passed", "tests are fine on my end".
static REPORTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"\b\d+ (?:tests? )?(?:passed|passing|pass|green|ok)\b|\ball (?:green|passing|passed)\b|\b(?:tests?|suite) (?:is|are|ran|run|came back|look|looks)? ?(?:all )?(?:fine|ok|okay|green|good|clean|through)\b",
    )
});

/// The user said it, from an event on.
fn told_by_user(seen: &Seen<'_, '_, '_>, claim: &Claim, topic: Topics, from: u32) -> bool {
    seen.user_said(claim.event, |prose| {
        prose.event >= from
            && (pasted(&prose.text.text, topic) || prose.text.text.len() < LONGEST_REPORT)
            && (pasted(&prose.text.text, topic)
                || topic == Topics::TEST && REPORTED.as_ref().is_some_and(|r| r.is_match(&prose.lower))
                || claims::find(prose).iter().any(|c| c.topics.meet(topic) || c.topics.is_empty()))
    })
}

/// True for a text that holds the output of a run that passed.
fn pasted(text: &str, topic: Topics) -> bool {
    let told = counts::read_of(&text[..text.floor_char_boundary(20_000)], topic);
    told.counts.summaries > 0 && told.green && told.red.is_none()
}

/// The user, or the output of a command that looks at other people's runs, said it, from an event on.
fn shown(seen: &Seen<'_, '_, '_>, claim: &Claim, topic: Topics, from: u32) -> bool {
    let by_user = told_by_user(seen, claim, topic, from);
    let looks = seen
        .session
        .calls
        .iter()
        .skip_while(|c| c.event < from)
        .take_while(|c| c.event < claim.event)
        .filter_map(crate::tools::command::of_call)
        .flatten();
    let mut looks = looks.filter(|c| matches!(c.program(), "gh" | "glab"));
    let by_tool = looks.any(|c| {
        let words: Vec<&str> = c.plain().take(2).collect();
        matches!(words.as_slice(), ["pr", "checks" | "view" | "status"] | ["run" | "workflow" | "ci" | "pipeline", ..])
    });
    let diagnostics =
        seen.session.calls.iter().skip_while(|c| c.event < from).take_while(|c| c.event < claim.event).any(|c| {
            matches!(
                c.name.text.to_ascii_lowercase().as_str(),
                "get_errors" | "read_lints" | "mcp__ide__getdiagnostics"
            )
        });
    by_user || by_tool || diagnostics || seen.ledger.reported_between(topic, from, claim.event)
}

/// Whether the claim names what the run was narrowed to.
pub(super) fn same_words(claim: &Claim, run: &Run) -> bool {
    let lower = claim.sentence.text().to_ascii_lowercase();
    run.narrow
        && run.about.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| w.len() > 3).any(|w| lower.contains(w))
}
