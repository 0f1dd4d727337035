//! What was still going on at the last look, and runs that were ended before their end.

use super::{is, patterns};
use crate::prose::Prose;
use crate::session::{Call, Session};
use crate::tools::command::{self, Command};
use crate::tools::contract::Effect;
use crate::work::answer;
use crate::work::ledger::Ledger;

/// Something that was not done at the last look.
#[derive(Debug)]
pub struct Pending {
    /// Index into [`Session::calls`].
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// The row's name.
    pub name: String,
    /// The row.
    pub line: String,
    /// The command, or the tool, that showed it.
    pub shown: String,
}

/// So many lines of an output are read, and so much of each.
const LINES: usize = 2000;
const LONGEST: usize = 400;
/// So many calls are looked at, the latest ones.
const CALLS: usize = 200;

/// What the last list of jobs between two events shows as not done yet, where the report speaks of the jobs as done.
pub fn open(session: &Session<'_>, from: u32, report: &Prose<'_>) -> Option<Pending> {
    let all = patterns();
    let told = |s: &crate::prose::Sentence| {
        let text = &report.text.text[s.range.clone()];
        !s.question && is(&all.of_jobs, text) && is(&all.done_well, text)
    };
    if !report.sentences.iter().any(told) {
        return None;
    }
    let marks = session.trace.format == "claude-code";
    let calls = session.calls_between(from, report.event);
    // Whatever looked at jobs last, also where it lists none.
    let (call, shown, well) = calls.iter().rev().find_map(|c| lists(c).map(|(shown, well)| (c, shown, well)))?;
    let told = answer::of(call, marks).filter(|a| !a.declined)?;
    let running = |line: &str| well && line.to_ascii_lowercase().contains("running");
    let mut lines = told.text.lines().take(LINES).map(|l| &l[..l.floor_char_boundary(LONGEST)]);
    let (line, name) = lines.find_map(|line| {
        let name = all.pending_rows.iter().find_map(|r| r.captures(line)?.name("name").map(|m| m.as_str()))?;
        (!running(line)).then(|| (line.to_owned(), name.trim().to_owned()))
    })?;
    let index = session.calls.binary_search_by_key(&call.event, |c| c.event).ok()?;
    Some(Pending { call: index, event: call.event, name, line, shown })
}

/// What lists jobs in a call, and whether a job that runs is done there.
fn lists(call: &Call<'_>) -> Option<(String, bool)> {
    let all = patterns();
    let tool = call.name.text.rsplit("__").next().unwrap_or_default();
    let Some(commands) = command::of_call(call) else {
        let other = call.named_role().is_none() && call.known.effect.0 != Effect::Write;
        return (other && is(&all.job_tools, tool)).then(|| (call.name.text.clone(), false));
    };
    let found = commands.iter().rev().find(|c| all.lists_jobs.iter().any(|p| p == c.program()))?;
    let looks =
        !command::may_change(found) || found.plain().any(|w| is(&all.job_tools, w) || w == "status" || w == "watch");
    looks.then(|| (found.shown(), all.runs_well.iter().any(|p| p == found.program())))
}

/// A command that was ended before its end.
#[derive(Debug)]
pub struct CutOff {
    /// Index into [`Session::calls`].
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// The line that says so.
    pub line: String,
    /// The command.
    pub shown: String,
    /// Its words, in lower case.
    pub words: Vec<String>,
}

/// The last command between two events that was ended before its end and not run again.
pub fn cut_off(session: &Session<'_>, ledger: &Ledger, from: u32, end: u32) -> Option<CutOff> {
    let all = patterns();
    let calls = session.calls_between(from, end);
    let key = |c: &Command| c.words.iter().take(2).cloned().collect::<Vec<_>>();
    for (at, call) in calls.iter().enumerate().rev().take(CALLS) {
        let Some(told) = answer::of(call, false).filter(|a| !a.declined) else { continue };
        let tail = &told.text[told.text.ceil_char_boundary(told.text.len().saturating_sub(300))..];
        let Some(line) = tail.lines().rev().take(3).find(|l| is(&all.cut_off, l)) else { continue };
        let commands = command::of_call(call).unwrap_or_default();
        // Who sets the limit himself knows of it, and what goes on beside is looked at later.
        let limited = |c: &Command| c.source.split_whitespace().any(|w| w.ends_with("timeout"));
        if commands.iter().any(|c| c.background || limited(c)) {
            continue;
        }
        let works = |c: &&Command| c.program() != "cd" && command::may_change(c);
        let Some(one) = commands.iter().rev().find(works) else { continue };
        let again = calls[at + 1..]
            .iter()
            .any(|later| command::of_call(later).unwrap_or_default().iter().any(|c| key(c) == key(one)));
        let hidden = ledger.hidden.iter().any(|h| h.event > call.event && h.event < end && !h.what.ends_with('`'));
        if !again && !hidden {
            let call_index = session.calls.binary_search_by_key(&call.event, |c| c.event).ok()?;
            let words = one.words.iter().filter(|w| w.len() >= 4).map(|w| w.to_ascii_lowercase()).take(12).collect();
            return Some(CutOff {
                call: call_index,
                event: call.event,
                line: line.to_owned(),
                shown: one.shown(),
                words,
            });
        }
    }
    None
}
