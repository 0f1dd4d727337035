//! Everything that was done in a session, in order: runs, edits, deeds, and what may have done anything.

use crate::maps::{HashMap, HashSet};
use crate::outcome::failure::Kind;
use crate::session::{Call, Session};
use crate::tools::builtin::ToolRole;
use crate::tools::command::{self, Command, Join};
use crate::tools::contract::Effect;
use crate::work::answer::{self, Answer};
use crate::work::conflict::{Conflict, onto_trunk, rewrites};
use crate::work::counts::{self, Outcome};
use crate::work::edits::{self, Edit};
use crate::work::elsewhere::{self, Report};
use crate::work::inline;
use crate::work::looks::Look;
use crate::work::missing::{self, Missing};
use crate::work::runs::{self, Run};
use crate::work::words::{Meaning, Topics, table};
use hindcast_trace::json::Value;
use hindcast_trace::model::{EventKind, Role};
use std::borrow::Cow;

/// A command that changed something for good, or tried to.
#[derive(Debug, Clone)]
pub struct Deed {
    /// Index into [`Session::calls`].
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// Its kinds: `commit`, `push`, …
    pub kinds: Vec<&'static str>,
    /// The command's words.
    pub words: Vec<String>,
    /// The command as it was written, for people.
    pub shown: String,
    /// What it names behind its subcommand, in lower case: packages, branches, images.
    pub about: Vec<String>,
    /// The line that says that it failed, where it did.
    pub failed: Option<String>,
    /// True for a push onto the branch that work lands on.
    pub lands: bool,
}

/// Something that may have done anything: a script, an unknown tool, a sub-agent without its record.
#[derive(Debug, Clone)]
pub struct Hidden {
    /// The event.
    pub event: u32,
    /// What it is, for people.
    pub what: String,
}

/// What was done in a session.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Runs of tests, linters and builds, in order.
    pub runs: Vec<Run>,
    /// Changes of files, in order; those that failed are not among them.
    pub edits: Vec<Edit>,
    /// Commits, pushes, deployments and the like, in order.
    pub deeds: Vec<Deed>,
    /// Events of commands that put something into files, whatever it was, in order.
    pub rewrites: Vec<u32>,
    /// Commands that only looked at what is there, in order.
    pub looks: Vec<Look>,
    /// Looks at what runs elsewhere told, in order.
    pub reports: Vec<Report>,
    /// What may have done anything, in order.
    pub hidden: Vec<Hidden>,
    /// Every number in the output of a command, with the first event that shows it.
    pub numbers: HashMap<u64, u32>,
    /// Every percentage in the output of a command, rounded down and to the nearest.
    pub shares: HashSet<u64>,
    /// Files that stand in commands that may have written them, by name.
    pub mentioned: HashSet<String>,
    /// Sub-agents whose own steps are recorded.
    pub recorded_agents: HashSet<String>,
    /// Where work may be missing from the record.
    pub missing: Vec<Missing>,
}

/// So many numbers of outputs are kept.
const MOST_NUMBERS: usize = 200_000;

impl Ledger {
    /// Reads a session.
    pub fn of(session: &Session<'_>) -> Ledger {
        let mut ledger = Ledger { missing: missing::of(session), ..Ledger::default() };
        let marks_failures = session.trace.format == "claude-code";
        let agent_of = |event: u32| session.event(event).agent.as_deref().filter(|a| a.starts_with("sub-agent"));
        ledger.recorded_agents = session
            .trace
            .events
            .iter()
            .filter_map(|e| e.agent.clone())
            .filter(|a| a.starts_with("sub-agent"))
            .collect();
        let mut background: Option<Run> = None;
        let mut conflict = Conflict::default();
        for (index, call) in session.until_stopped(session.calls.iter().enumerate()) {
            let failed = call.failure().is_some_and(|f| f.kind == Kind::Error);
            match call.named_role() {
                Some(ToolRole::Edit | ToolRole::File) if !failed => ledger.edits.extend(edits::of_tool(call)),
                Some(ToolRole::Shell) => ledger.shell(index, call, marks_failures, &mut background, &mut conflict),
                Some(ToolRole::Own) => {
                    let tool = call.name.text.to_ascii_lowercase();
                    if matches!(tool.as_str(), "task" | "agent" | "new_task")
                        && !only_looks(call)
                        && !has_records(session, call, agent_of)
                    {
                        ledger.hidden.push(Hidden {
                            event: call.event,
                            what: "a sub-agent whose steps were not captured".into(),
                        });
                    } else if tool == "taskoutput" {
                        ledger.output_of_background(index, call, marks_failures, &mut background);
                    }
                }
                Some(_) => ledger.reports.extend(elsewhere::read_file(call)),
                // A look-up runs nothing.
                None if call.known.effect.0 == Effect::Read
                    || call.name.text.to_ascii_lowercase().ends_with("diagnostics") =>
                {
                    ledger.reports.extend(elsewhere::looked_up(call));
                }
                None => ledger.hidden.push(Hidden {
                    event: call.event,
                    what: format!("`{}`, whose effect is unknown,", call.name.text),
                }),
            }
        }
        ledger.done_by_others(session);
        ledger
    }

    /// Commands that the user typed, and hooks.
    fn done_by_others(&mut self, session: &Session<'_>) {
        for (at, event) in session.trace.events.iter().enumerate() {
            let EventKind::Message { role: Role::User | Role::Harness, texts, .. } = &event.kind else { continue };
            let what = texts.iter().find_map(|t| missing::run_by_others(&t.text));
            self.hidden.extend(what.map(|what| Hidden { event: at as u32, what: what.to_owned() }));
        }
        self.hidden.sort_by_key(|h| h.event);
    }

    fn shell(
        &mut self,
        index: usize,
        call: &Call<'_>,
        marks_failures: bool,
        background: &mut Option<Run>,
        conflict: &mut Conflict,
    ) {
        let answer = answer::of(call, marks_failures);
        if let Some(a) = &answer {
            self.numbers_of(&a.text, call.event);
        }
        let Some(commands) = command::of_call(call) else {
            return self.output_of_background(index, call, marks_failures, background);
        };
        if answer.as_ref().is_some_and(|a| a.declined) {
            return;
        }
        let runs = runs::of_call(index, call, &commands, answer.as_ref());
        *background = runs.iter().find(|r| r.outcome == Outcome::Unknown).cloned().or(background.take());
        self.runs.extend(runs);
        if let Some(answer) = &answer {
            self.runs.extend(elsewhere::of_hooks(index, call, &commands, answer));
            self.reports.extend(elsewhere::of_logs(call, &commands, answer));
        }
        for (at, command) in commands.iter().enumerate() {
            if answer.as_ref().is_none_or(|a| a.exit.is_none_or(|e| e == 0) || at == 0) {
                self.edits.extend(edits::of_command(call, command));
            }
            self.mentioned.extend(
                command
                    .words
                    .iter()
                    .chain(&command.output)
                    .filter(|w| w.contains('.'))
                    .take(200)
                    .map(|w| edits::name_of(w)),
            );
            let kinds = table().deeds_of(command);
            if !kinds.is_empty() {
                let failed = answer.as_ref().and_then(|a| deed_failed(&commands, at, a));
                let mut deed = deed(index, call, kinds, command, failed);
                let told = answer.as_ref().map_or("", |a| &a.text);
                conflict.follow(&mut deed, command, told);
                onto_trunk(&mut deed, command, told);
                self.deeds.push(deed);
            } else {
                conflict.abandon(command);
            }
            if rewrites(command) && answer.as_ref().is_none_or(|a| a.exit.is_none_or(|e| e == 0)) {
                self.rewrites.push(call.event);
            }
            let kinds = table().looks_of(command);
            if !kinds.is_empty() {
                self.looks.push(Look { call: index, event: call.event, kinds, command: command.clone() });
            }
            let opaque = table().meaning(command) == Meaning::Opaque;
            if opaque {
                // A script that is named for a deed and failed has not done it.
                let failed = answer
                    .as_ref()
                    .filter(|a| a.exit.is_some_and(|e| e != 0))
                    .and_then(|a| deed_failed(&commands, at, a));
                let kinds = table().deeds_of_name(command);
                if failed.is_some() && !kinds.is_empty() {
                    self.deeds.push(deed(index, call, kinds, command, failed));
                    continue;
                }
            }
            let script = inline::script(command);
            if let Some(script) = script.filter(|s| inline::keeps_to_itself(s)) {
                let written = inline::written(script);
                self.mentioned.extend(written.iter().map(|p| edits::name_of(p)));
                self.edits.extend(written.iter().map(|p| edits::edit(call, p, true)));
                continue;
            }
            let reads = matches!(command.program(), "cat" | "tee" | "apply_patch" | "git" | "gh" | "patch");
            if opaque || command.heredoc.is_some() && !reads {
                self.hidden.push(Hidden {
                    event: call.event,
                    what: format!("`{}`", command.words.iter().take(3).cloned().collect::<Vec<_>>().join(" ")),
                });
            }
        }
    }

    /// The output of what runs in the background counts as another look at the latest run.
    fn output_of_background(
        &mut self,
        index: usize,
        call: &Call<'_>,
        marks_failures: bool,
        background: &mut Option<Run>,
    ) {
        let answer = answer::of(call, marks_failures);
        if let (Some(run), Some(answer)) = (background.as_ref(), answer) {
            self.numbers_of(&answer.text, call.event);
            let told = counts::read(&answer.text, run.topics);
            let exit = answer.exit.filter(|_| answer.text.contains("exit") && !answer.unfinished);
            let outcome = match (&told.red, exit) {
                (Some(_), _) => Outcome::Failed,
                (None, Some(0)) if told.green => Outcome::Passed,
                _ => Outcome::Unknown,
            };
            let red = told.red.as_deref().and_then(|line| answer::cite(call, line));
            let answered = call.result.as_ref().map_or(call.event, |r| r.event);
            self.runs.push(Run { call: index, answered, outcome, counts: told.counts, red, ..run.clone() });
        } else {
            self.hidden.push(Hidden { event: call.event, what: format!("`{}`", call.name.text) });
        }
    }

    fn numbers_of(&mut self, text: &str, event: u32) {
        let blank = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ',' | ';' | '|' | '=' | '/');
        for word in text.split(blank).filter(|w| w.len() <= 9) {
            if let Some(share) = word.strip_suffix('%') {
                self.shares.extend(share.parse::<f64>().map(|s| s.floor() as u64));
                self.shares.extend(share.parse::<f64>().map(|s| s.round() as u64));
                continue;
            }
            // Times and places ("0.48s", "a.py:12") are no counts.
            let Ok(number) = word.trim_end_matches(['.', ':']).parse() else { continue };
            if self.numbers.len() >= MOST_NUMBERS {
                return;
            }
            self.numbers.entry(number).or_insert(event);
        }
    }

    /// What may have done anything, from one event up to another, the last first.
    pub fn hidden_between(&self, from: u32, before: u32) -> Option<&Hidden> {
        self.hidden.iter().rev().find(|h| h.event >= from && h.event < before)
    }

    /// True when a look at what runs elsewhere told of these things, from one event up to another.
    pub fn reported_between(&self, topics: Topics, from: u32, before: u32) -> bool {
        self.reports.iter().rev().any(|r| r.event >= from && r.event < before && r.topics.meet(topics))
    }

    /// The last command that took changes of files back, from one event up to another: the code is as it was.
    pub fn taken_back(&self, from: u32, before: u32) -> Option<&Deed> {
        let of_files = |d: &&Deed| {
            let mut words = d.words.iter().map(String::as_str).skip(1);
            let verb = words.next().unwrap_or_default();
            matches!(verb, "checkout" | "restore" | "stash" | "reset" | "revert" | "clean" | "undo")
                && !words.any(|w| matches!(w, "-b" | "-B" | "--orphan" | "pop" | "apply" | "list" | "show" | "drop"))
        };
        let done = self.deeds.iter().rev().filter(|d| d.event >= from && d.event < before && d.failed.is_none());
        done.filter(|d| d.kinds.contains(&"rollback")).find(of_files)
    }

    /// Why nobody can say that something was not done from one event up to another.
    pub fn doubt(&self, from: u32, before: u32) -> Option<String> {
        let within = |m: &&Missing| m.before.is_none_or(|at| at >= from && at <= before);
        if let Some(missing) = self.missing.iter().find(within) {
            return Some(missing.why.clone());
        }
        self.hidden_between(from, before).map(|h| format!("{} may have done it", h.what))
    }

    /// The runs that check one of these things and whose answer stands before an event, latest first.
    pub fn runs_before(&self, topics: Topics, event: u32) -> impl Iterator<Item = &Run> {
        self.runs.iter().rev().filter(move |r| r.answered < event && r.topics.meet(topics))
    }
}

fn deed(index: usize, call: &Call<'_>, kinds: Vec<&'static str>, command: &Command, failed: Option<String>) -> Deed {
    let about =
        command.plain().skip(1).filter(|w| w.len() >= 3 && !matches!(*w, "install" | "add" | "push" | "origin"));
    // `rasterstack==1.2` and `nanoid@5` name the package alone.
    let name = |w: &str| w.split(['=', '<', '>', '~']).next().unwrap_or(w).trim_end_matches('@').to_ascii_lowercase();
    let about = about.map(name).filter(|w| w.len() >= 3).take(20).collect();
    let (words, shown) = (command.words.clone(), command.shown());
    Deed { call: index, event: call.event, kinds, words, shown, about, failed, lands: false }
}

/// Why a commit, a push or the like did not work; `None` where it did, or nobody knows.
fn deed_failed(commands: &[Command], at: usize, answer: &Answer<'_>) -> Option<String> {
    // A task of a playbook may fail where the playbook says so beforehand.
    let next = answer.text.lines().skip(1).chain(std::iter::once(""));
    let mut lines = answer.text.lines().zip(next).filter(|(_, next)| !next.contains("...ignoring")).map(|(l, _)| l);
    let told = lines.find(|l| table().deed_failed.as_ref().is_some_and(|r| r.is_match(l)));
    let first = || answer.text.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with("Exit code"));
    // Among several commands, it is the last one whose failure an exit code tells; a pipe hides the code, and leaves the words.
    let last = commands[at + 1..].iter().all(|c| c.join == Join::And || c.join == Join::Pipe);
    let piped = commands.get(at + 1).is_some_and(|c| c.join == Join::Pipe);
    let alone = commands.len() == at + 1 || piped;
    let line = match answer.exit {
        Some(0) if !piped => None,
        Some(0) | None => told,
        Some(_) if alone => told.or_else(first).or(Some("")),
        Some(_) => told,
    };
    line.filter(|_| last).map(|l| l.trim().to_owned())
}

/// The line by which the output of a shell tells that a command which should change something did not, where no exit code tells it.
pub fn told_failure<'c>(call: &'c Call<'_>) -> Option<Cow<'c, str>> {
    let commands = command::of_call(call)?;
    let answer = answer::of(call, false).filter(|a| a.exit.is_none() && !a.declined && !a.unfinished)?;
    let at = commands.iter().rposition(command::may_change)?;
    let acts = !table().deeds_of(&commands[at]).is_empty() || command::acts(&commands[at]);
    if !acts || commands[at].program() == "git" && table().deeds_of(&commands[at]).is_empty() {
        return None;
    }
    deed_failed(&commands, at, &answer).map(Cow::Owned)
}

/// True for the kinds of sub-agents that have no tools but those that look at files.
fn only_looks(call: &Call<'_>) -> bool {
    let kind = call.args().and_then(|a| a.get("subagent_type")).and_then(Value::str);
    kind.is_some_and(|k| matches!(k.to_ascii_lowercase().as_str(), "explore" | "plan" | "claude-code-guide"))
}

/// True when the steps of the sub-agent that a call started stand in the record.
fn has_records<'s>(session: &'s Session<'_>, call: &Call<'_>, agent_of: impl Fn(u32) -> Option<&'s str>) -> bool {
    let end = call.result.as_ref().map_or(session.trace.events.len() as u32, |r| r.event);
    (call.event + 1..end).take(4000).any(|event| agent_of(event).is_some())
}
