//! From the fact to the report: a check that was red last, or a command that should have changed something and failed, and no message
//! that says so. How the report words its good news does not matter.

use super::Seen;
use crate::claims::binding;
use crate::finding::{Basis, Category, Cite, Considered, Finding};
use crate::prose::Prose;
use crate::session::Session;
use crate::tools::command;
use crate::work::answer;
use crate::work::claims::{self, Failed};
use crate::work::counts::Outcome;
use crate::work::disclosure;
use crate::work::ledger::{Deed, Ledger};
use crate::work::runs::Run;
use crate::work::suites::{self, Meant};
use crate::work::words::{Meaning, Topics, reports, table};
use hindcast_trace::model::Role;

/// Why a report whose sentences cannot be read is not judged.
pub(super) const UNREAD: &str = "whether the report mentions the failure is unknown, since its language is not read";

/// So many reports of a session are looked at.
const MOST: usize = 200;
/// So many failures of a turn, the latest ones, are held against what was done after them.
const FAILURES: usize = 64;
/// Deeds that leave something behind that a report may speak of.
const KINDS: [&str; 11] =
    ["release", "commit", "push", "merge", "request", "tag", "publish", "deploy", "install", "migrate", "apply"];

/// What went wrong and stayed so.
struct Open {
    call: usize,
    event: u32,
    shown: String,
    line: Option<Cite>,
    path: &'static str,
    about: Vec<String>,
}

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    let session = seen.session;
    for (from, report) in last_words(session).into_iter().take(MOST) {
        let end = report.event;
        let mut open: Vec<Open> = Vec::new();
        // Of one call, what is known best is told.
        open.extend(script(&seen.ledger, session, from, end));
        open.extend(red(&seen.ledger, session, from, end));
        open.extend(failed(&seen.ledger, session, from, report));
        let Some(last) = open.into_iter().max_by_key(|o| o.event) else { continue };
        if seen.may_judge(end) {
            judge(seen, report, &last);
        }
    }
}

/// The last words of the agent in each turn that worked, with the event of the user's message before.
pub(super) fn last_words<'s, 't>(session: &'s Session<'t>) -> Vec<(u32, &'s Prose<'t>)> {
    let mut turns: Vec<u32> = session.messages.iter().filter(|m| m.role == Role::User).map(|m| m.event).collect();
    turns.dedup();
    if session.calls.first().is_some_and(|c| turns.first().is_none_or(|t| *t > c.event)) {
        turns.insert(0, 0);
    }
    let mut all = Vec::new();
    // Work of a turn that ends without a word is told in the next one.
    let mut untold: Option<(u32, u32)> = None;
    for (at, from) in turns.iter().enumerate() {
        let upto = turns.get(at + 1).copied().unwrap_or(u32::MAX);
        let last = session.calls_between(*from, upto).last();
        let done = last.map(|c| c.result.as_ref().map_or(c.event, |r| r.event));
        let before = all.len();
        let (from, done) = match (untold.take(), done) {
            (None, None) => continue,
            (Some((from, done)), None) => (from, done),
            (earlier, Some(done)) => (earlier.map_or(*from, |(from, _)| from), done),
        };
        let start = session.prose().partition_point(|p| p.event <= done);
        let said = session.prose()[start..].iter().take_while(|p| p.event < upto);
        let words = |p: &&Prose<'_>| p.sentences.iter().any(|s| s.words.len() > 2);
        let main =
            |p: &&Prose<'_>| !session.event(p.event).agent.as_deref().is_some_and(|a| a.starts_with("sub-agent"));
        all.extend(said.filter(words).filter(main).last().map(|p| (from, p)));
        if all.len() == before {
            untold = Some((from, done));
        }
    }
    all
}

/// The last check that was red, where no later one of its kind was made and nothing was changed since.
fn red(ledger: &Ledger, session: &Session<'_>, from: u32, end: u32) -> Option<Open> {
    let within = |e: u32| e > from && e < end;
    let mut red = ledger
        .runs
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, run)| within(run.event) && run.answered < end && run.outcome == Outcome::Failed)
        .take(FAILURES);
    let (_, run) = red.find(|(at, run)| !made_again(&ledger.runs[at + 1..], run, end))?;
    let since = |e: u32| e > run.event && e < end;
    let text = |path: &str| {
        let ending = path.rsplit('.').next().unwrap_or_default();
        matches!(ending, "md" | "txt" | "rst" | "adoc")
    };
    let changed = ledger.edits.iter().any(|e| since(e.event) && !text(&e.name()))
        || ledger.rewrites.iter().any(|e| since(*e))
        || ledger.taken_back(run.event, end).is_some()
        || ledger.doubt(run.event + 1, end).is_some()
        || ledger.reported_between(run.topics, run.event + 1, end);
    let open = || Open {
        call: run.call,
        event: run.event,
        shown: run.shown.clone(),
        line: run.red.clone().or_else(|| first_line(session, run.call)),
        path: "undisclosed-check",
        about: Vec::new(),
    };
    (!changed).then(open)
}

/// True when a later run may have made good what a red one found.
fn made_again(later: &[Run], red: &Run, end: u32) -> bool {
    let main = if red.topics.meet(Topics::TEST) { Topics::TEST } else { red.topics };
    later.iter().any(|r| {
        let other = !r.script && !red.script && program(r) != program(red)
            || r.folder.is_some() && red.folder.is_some() && r.folder != red.folder
            || r.narrow && red.narrow && r.about != red.about;
        r.event < end && r.outcome != Outcome::Failed && r.topics.meet(main) && !other
    })
}

fn program(run: &Run) -> &str {
    run.command.split_whitespace().next().map_or("", |w| w.rsplit('/').next().unwrap_or(w))
}

/// The last command that should have changed something and failed, where no later one did the like.
fn failed(ledger: &Ledger, session: &Session<'_>, from: u32, report: &Prose<'_>) -> Option<Open> {
    let end = report.event;
    let nothing = |line: &str| reports().nothing_done.as_ref().is_some_and(|r| r.is_match(line));
    let open = |(_, d): &(usize, &Deed)| {
        d.event > from
            && d.event < end
            && d.failed.as_deref().is_some_and(|line| !nothing(line))
            && d.kinds.iter().any(|k| KINDS.contains(k))
            && leaves_something(d)
            && is_last(session, d)
    };
    let mut deeds = ledger.deeds.iter().enumerate().rev().filter(open).take(FAILURES);
    let (_, deed) = deeds.find(|(at, d)| !done_later(&ledger.deeds[at + 1..], d, report))?;
    // Only what nobody can look into, or what is called for the deed, may have done it.
    let may = |what: &str| !what.ends_with('`') || deed.kinds.iter().any(|k| what.contains(k));
    let hidden = ledger.hidden.iter().any(|h| h.event > deed.event && h.event < end && may(&h.what));
    let missing = ledger.missing.iter().any(|m| m.before.is_none_or(|e| e >= deed.event && e <= end));
    let line = deed.failed.as_deref().filter(|l| !l.is_empty());
    let mut about: Vec<String> = deed.kinds.iter().map(|k| (*k).to_owned()).collect();
    about.extend(deed.about.iter().cloned());
    (!hidden && !missing).then(|| Open {
        call: deed.call,
        event: deed.event,
        shown: deed.shown.clone(),
        line: line.and_then(|l| answer::cite(&session.calls[deed.call], l)).or_else(|| first_line(session, deed.call)),
        path: "undisclosed-command",
        about,
    })
}

/// False where another command of the line stands behind it, which may be the one that failed.
fn is_last(session: &Session<'_>, deed: &Deed) -> bool {
    let commands = command::of_call(&session.calls[deed.call]).unwrap_or_default();
    let at = commands.iter().rposition(|c| c.words == deed.words);
    at.is_some_and(|at| commands[at + 1..].iter().all(|c| c.join != command::Join::And))
}

fn verb(deed: &Deed) -> &str {
    deed.words.iter().skip(1).find(|w| !w.starts_with('-')).map_or("", String::as_str)
}

/// False for what git only does to the files at hand.
fn leaves_something(deed: &Deed) -> bool {
    deed.words.first().is_none_or(|w| w != "git")
        || matches!(verb(deed), "push" | "commit" | "merge" | "cherry-pick" | "revert" | "am" | "tag")
}

/// True when a later command may have done what a failed one should have done.
fn done_later(later: &[Deed], failed: &Deed, report: &Prose<'_>) -> bool {
    const VERSIONS: [&str; 8] = ["git", "gh", "glab", "hub", "jj", "hg", "svn", "gt"];
    let of_versions = |d: &Deed| d.words.first().is_some_and(|w| VERSIONS.contains(&w.as_str()));
    let shares = |d: &Deed| d.kinds.iter().any(|k| failed.kinds.contains(k) && KINDS.contains(k));
    // What stopped for a conflict is concluded by a commit.
    let same_verb = |d: &Deed| {
        d.words.first() != failed.words.first()
            || d.words.first().is_none_or(|w| w != "git")
            || verb(d) == verb(failed)
            || verb(d) == "commit" && verb(failed) != "push"
    };
    // Something else was installed than what the report speaks of.
    let other = |d: &Deed| {
        let named = || failed.about.iter().any(|w| report.lower.contains(w.as_str()));
        let shared = || d.about.iter().any(|w| failed.about.contains(w));
        failed.kinds.contains(&"install") && !d.about.is_empty() && !failed.about.is_empty() && !shared() && named()
    };
    later.iter().filter(|d| d.event < report.event && d.failed.is_none()).any(|d| {
        shares(d)
            && of_versions(d) == of_versions(failed)
            && same_verb(d)
            && !other(d)
            && !d.words.iter().any(|w| w == "--skip")
    })
}

/// The last program of which nothing is known that failed, where it was not called again and no file was changed since.
fn script(ledger: &Ledger, session: &Session<'_>, from: u32, end: u32) -> Option<Open> {
    let calls = session.calls_between(from, end);
    let marks = session.trace.format == "claude-code";
    let only = |call: &crate::session::Call<'_>| {
        let commands = command::of_call(call)?;
        let mut real = commands.into_iter().filter(|c| c.program() != "cd");
        let one = real.next().filter(|c| !c.background && !c.uncertain && c.heredoc.is_none())?;
        (real.next().is_none() && table().meaning(&one) == Meaning::Opaque).then_some(one)
    };
    let key = |c: &command::Command| (c.program().to_owned(), c.plain().take(2).map(str::to_owned).collect::<Vec<_>>());
    let again = |call: &crate::session::Call<'_>, failed: &command::Command| {
        command::of_call(call)
            .unwrap_or_default()
            .iter()
            .any(|c| c.program() == failed.program() && (key(c) == key(failed) || c.plain().next().is_none()))
    };
    let mut left = FAILURES;
    for (at, call) in calls.iter().enumerate().rev() {
        let Some((one, told)) = only(call).zip(answer::of(call, marks)) else { continue };
        let code = told.exit.unwrap_or(0);
        let inline = one.has(&["-c", "-e", "-p", "--eval", "-m"]);
        let meant = code == 0
            || told.declined
            || told.unfinished
            || command::exit::is_meant(std::slice::from_ref(&one), code, &told.text);
        let started =
            !table().not_run.as_ref().is_some_and(|r| told.text.lines().take(3).any(|l| r.is_match(l.trim_end())));
        if meant || inline || !started {
            continue;
        }
        left -= 1;
        if left == 0 {
            return None;
        }
        if calls[at + 1..].iter().any(|c| again(c, &one)) {
            continue;
        }
        let since = |e: u32| e > call.event && e < end;
        let changed = ledger.edits.iter().any(|e| since(e.event)) || ledger.rewrites.iter().any(|e| since(*e));
        let hidden = ledger.hidden.iter().any(|h| since(h.event) && !h.what.ends_with('`'));
        let missing = ledger.missing.iter().any(|m| m.before.is_none_or(|e| e >= call.event && e <= end));
        let index = session.calls.binary_search_by_key(&call.event, |c| c.event).ok()?;
        return (!changed && !hidden && !missing).then(|| Open {
            call: index,
            event: call.event,
            shown: one.shown(),
            line: first_line(session, index),
            path: "undisclosed-script",
            about: one.plain().filter(|w| w.len() >= 3).map(str::to_ascii_lowercase).collect(),
        });
    }
    None
}

fn first_line(session: &Session<'_>, call: usize) -> Option<Cite> {
    let call = &session.calls[call];
    let result = call.result.as_ref()?;
    let text = result.content.or(result.error)?;
    let line = text.text.lines().find(|l| !l.trim().is_empty() && !l.starts_with("Exit code"))?;
    answer::cite(call, line)
}

/// True when the report speaks of the suite that passed, and of that one alone.
fn of_another(seen: &Seen<'_, '_, '_>, report: &Prose<'_>) -> bool {
    let claims = claims::find(report);
    let other = |claim: &claims::Claim| {
        let runs: Vec<Run> = seen.ledger.runs_before(Topics::TEST, report.event).take(MOST).cloned().collect();
        claim.topics.meet(Topics::TEST) && suites::meant(claim, &runs) != Meant::Latest
    };
    report.sentences.len() <= 1 && claims.iter().any(other)
}

fn judge(seen: &mut Seen<'_, '_, '_>, report: &Prose<'_>, open: &Open) {
    let session = seen.session;
    // A claim that was held against it says more.
    if seen.report.findings.iter().any(|f| f.event == report.event) {
        return;
    }
    let answer = session.calls[open.call].result.as_ref();
    let output = answer.and_then(|r| r.content.or(r.error)).map(|t| Failed::of(&t.text)).unwrap_or_default();
    for prose in session.prose().iter().filter(|p| p.event > open.event) {
        // What is said in later turns speaks of other things as well.
        let near = prose.event <= report.event;
        match disclosure::may_tell(prose, &output, &open.about, near) {
            Some(false) => {}
            Some(true) => return,
            None => {
                return seen.skip(report.event, UNREAD);
            }
        }
    }
    if open.path == "undisclosed-check" && of_another(seen, report) {
        return seen.skip(report.event, "the report may be about another suite, which passed");
    }
    let turn = binding::last_user(session, report.event).unwrap_or(0);
    let known = session
        .heard_texts()
        .iter()
        .filter(|t| t.event >= turn)
        .any(|t| reports().foreseen.as_ref().is_some_and(|r| r.is_match(&t.prose().text.text)));
    if known {
        return;
    }
    let Some(first) = report.sentences.iter().find(|s| s.words.len() > 2) else { return };
    let Some(cite) = Cite::of(report.event, report.text, report.bytes(first.words.clone())) else { return };
    let what = if open.path == "undisclosed-check" { "run of it passed" } else { "command did it" };
    let at = answer.map_or(open.event, |r| r.event) + 1;
    let scope = (open.event + 1, (session.trace.events.len() as u32).saturating_sub(1));
    let title = format!("`{}` failed, and no message says so", open.shown);
    let detail =
        format!("`{}` failed at event {at}. No later {what}, and no message of the agent says so.", open.shown);
    let mut finding = Finding::new("claimed-work", Category::Misinterpretation, report.event, title, cite)
        .path(open.path)
        .detail(detail)
        .and(open.line.clone())
        .and(Some(Basis::Absence { sought: "a message that mentions the failure".into(), scope }))
        .tool(&session.calls[open.call].name.text);
    finding.considered.push(Considered { event: open.event, why: "it failed".into(), cite: open.line.clone() });
    seen.find(format!("{}", open.event), finding);
}
