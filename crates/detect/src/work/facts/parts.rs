//! Parts of a command's work that failed although the command as a whole went on: one host of a playbook, one package of a
//! release, a program whose exit code nobody saw.

use super::{is, patterns, steps};
use crate::session::{Call, Session};
use crate::tools::command::{self, Command};
use crate::tools::contract::Effect;
use crate::work::answer;
use crate::work::words::{Meaning, table};

/// A part that failed.
#[derive(Debug, Clone)]
pub struct Part {
    /// Index into [`Session::calls`].
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// What failed, where the line names it.
    pub name: Option<String>,
    /// The line that says so.
    pub line: String,
    /// The command, or the tool, that it failed in.
    pub shown: String,
    /// The program, or the tool.
    program: String,
    /// What was given to it.
    given: Vec<String>,
    /// Words by which a report may speak of it.
    pub about: Vec<String>,
}

/// So many lines of an output are read, and so much of each.
const LINES: usize = 4000;
const LONGEST: usize = 400;
/// So many parts of a call are kept.
const MOST: usize = 20;

/// The parts that failed between two events and were not made good by then, in order.
pub fn open(session: &Session<'_>, from: u32, end: u32) -> Vec<Part> {
    let marks = session.trace.format == "claude-code";
    let mut parts: Vec<Part> = Vec::new();
    for call in session.calls_between(from, end) {
        let Ok(index) = session.calls.binary_search_by_key(&call.event, |c| c.event) else { continue };
        let Some(told) = answer::of(call, marks).filter(|a| !a.declined) else { continue };
        let acting = acting(session, call, from);
        if acting.is_empty() {
            rows(&mut parts, index, call, &told);
            continue;
        }
        let mut found = failed(index, call, &acting, &told);
        if found.is_empty() {
            found.extend(of_steps(index, call, &told));
        }
        // What was tried again is judged by the last try.
        let again = |p: &Part| {
            p.name.is_none() && acting.iter().any(|a| a.program == p.program && same(&p.given, &a.given))
                || p.name.as_ref().is_some_and(|n| {
                    call.arguments.is_some_and(|a| has_word(&a.text, n))
                        || acting.iter().any(|a| a.program == p.program)
                            && (found.is_empty() || told.text.lines().take(LINES).any(|l| went_well(l, n)))
                })
        };
        parts.retain(|p| !again(p));
        parts.extend(found);
    }
    parts
}

/// What a script prints of its steps, of which nothing else is read; what the same script does again is judged by the last time.
fn rows(parts: &mut Vec<Part>, index: usize, call: &Call<'_>, told: &answer::Answer<'_>) {
    let Some(program) = script(call) else { return };
    parts.retain(|p| p.program != program);
    parts.extend(of_steps(index, call, told));
}

/// The script that a call runs, by its program and what follows it: no check, of which other rules speak.
fn script(call: &Call<'_>) -> Option<String> {
    let commands = command::of_call(call)?;
    let known = |c: &Command| matches!(table().meaning(c), Meaning::Check { .. } | Meaning::Several { .. });
    if commands.iter().any(known) {
        return None;
    }
    let runs = commands.iter().find(|c| table().meaning(c) == Meaning::Opaque)?;
    Some(std::iter::once(runs.program()).chain(runs.plain().take(1)).collect::<Vec<_>>().join(" "))
}

/// The steps of a script that failed.
fn of_steps(index: usize, call: &Call<'_>, told: &answer::Answer<'_>) -> Vec<Part> {
    let Some(program) = script(call) else { return Vec::new() };
    let steps = steps::failed(&told.text).into_iter().take(MOST);
    let part = |s: steps::Step<'_>| Part {
        call: index,
        event: call.event,
        name: Some(s.name.to_owned()),
        line: s.line.to_owned(),
        shown: program.clone(),
        program: program.clone(),
        given: Vec::new(),
        about: vec![s.name.to_lowercase()],
    };
    // The first tells it; the others say the same.
    steps.map(part).take(1).collect()
}

fn went_well(line: &str, name: &str) -> bool {
    has_word(line, name) && is(&patterns().went_well, line)
}

/// True when a text contains a name as a whole.
fn has_word(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(name).take(200).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(part) && !text[at + name.len()..].chars().next().is_some_and(part)
    })
}

/// True when most of what was given to a command is given to another one.
fn same(failed: &[String], later: &[String]) -> bool {
    failed.is_empty() || 2 * failed.iter().filter(|w| later.contains(w)).count() > failed.len()
}

/// An argument without its version: `a==1.2`, `a@1.2`, `a:1.2`.
fn bare(word: &str) -> String {
    let end = word.find("==").or_else(|| word.find(">=")).or_else(|| word.rfind(['@', ':']).filter(|at| *at > 0));
    word[..end.unwrap_or(word.len())].to_owned()
}

/// What a call does that may fail.
struct Acting {
    program: String,
    shown: String,
    about: Vec<String>,
    given: Vec<String>,
    /// What the line prints before the exit code of this command.
    code: Option<String>,
}

fn acting(session: &Session<'_>, call: &Call<'_>, from: u32) -> Vec<Acting> {
    let Some(commands) = command::of_call(call) else {
        let other = call.named_role().is_none() && call.known.effect.0 != Effect::Read;
        let tool = || Acting {
            program: call.name.text.clone(),
            shown: call.name.text.clone(),
            about: Vec::new(),
            given: Vec::new(),
            code: None,
        };
        return if other { vec![tool()] } else { Vec::new() };
    };
    // Where a check or a look stands beside it, nobody knows whose line it is.
    if commands.iter().any(command::checks) {
        return Vec::new();
    }
    let acts = commands.iter().enumerate().filter(|(_, c)| does(c)).map(|(at, c)| of_command(&commands, at, c));
    let mut all: Vec<Acting> = acts.collect();
    all.extend(commands.iter().filter(|c| !does(c)).filter_map(|c| written_by(session, call, c, from)));
    all
}

/// True for a command that changes something and prints how it went.
fn does(command: &Command) -> bool {
    const QUIET: [&str; 24] = [
        "cd", "echo", "printf", "export", "set", "sleep", "true", "test", "[", "source", ".", "exit", "python",
        "python3", "node", "awk", "sed", "perl", "ruby", "jq", "tee", "cat", "curl", "wait",
    ];
    // Where its output goes says nothing of what it does.
    let command = &Command { output: None, ..command.clone() };
    command::acts(command) && !QUIET.contains(&command.program()) && !command.words.is_empty()
}

fn of_command(commands: &[Command], at: usize, command: &Command) -> Acting {
    let code = command::tells_code(commands, at).then(|| code_line(commands, at)).flatten();
    Acting {
        program: command.program().to_owned(),
        shown: command.shown(),
        about: std::iter::once(command.program())
            .chain(command.plain())
            .filter(|w| w.len() >= 3)
            .take(12)
            .map(str::to_ascii_lowercase)
            .collect(),
        given: command.plain().take(12).map(bare).collect(),
        code,
    }
}

/// What `echo "rc=$?"` prints before the code.
fn code_line(commands: &[Command], at: usize) -> Option<String> {
    let echo = commands.get(at + 1..)?.iter().find(|c| matches!(c.program(), "echo" | "printf"))?;
    let words = echo.words[1..].join(" ");
    let (before, _) = words.split_once("$?").or_else(|| words.split_once("${PIPESTATUS[0]}"))?;
    Some(before.trim_start_matches("-e ").trim_start().to_owned())
}

/// The command that wrote the file which this one looks at: what stands in its log is its own failure.
fn written_by(session: &Session<'_>, call: &Call<'_>, look: &Command, from: u32) -> Option<Acting> {
    if !matches!(look.program(), "tail" | "cat" | "head" | "less") {
        return None;
    }
    let files: Vec<&str> = look.plain().filter(|w| w.contains('.')).collect();
    let mut before = session.calls_between(from, call.event).iter().rev().take(40);
    before.find_map(|earlier| {
        let commands = command::of_call(earlier)?;
        let writes = |c: &Command| {
            c.output.as_deref().is_some_and(|o| files.contains(&o))
                || c.program() == "tee" && c.plain().any(|w| files.contains(&w))
        };
        let at = commands.iter().position(writes)?;
        if commands.iter().any(command::checks) {
            return None;
        }
        let at = (0..=at).rev().find(|i| commands[*i].output.is_some() || does(&commands[*i]))?;
        does(&commands[at]).then(|| of_command(&commands, at, &commands[at]))
    })
}

fn failed(index: usize, call: &Call<'_>, acting: &[Acting], told: &answer::Answer<'_>) -> Vec<Part> {
    let all = patterns();
    let mut parts: Vec<Part> = Vec::new();
    let mut lines = told.text.lines().take(LINES).peekable();
    let mut named: Option<String> = None;
    while let Some(whole) = lines.next() {
        let line = whole[..whole.floor_char_boundary(LONGEST)].trim_end();
        let goes_on = lines.peek().is_some_and(|next| next.contains("...ignoring"));
        if parts.len() >= MOST || line.is_empty() || goes_on || is(&all.harmless, line) {
            continue;
        }
        // A program before its own message is no part.
        let name =
            |m: regex::Match<'_>| (!acting.iter().any(|a| a.program == m.as_str())).then(|| m.as_str().to_owned());
        let part = all.parts.iter().find_map(|r| r.captures(line)?.name("name").and_then(name));
        let own = || {
            acting.iter().find(|a| {
                line.strip_prefix(a.program.as_str()).is_some_and(|rest| rest.starts_with(':') && is(&all.own, rest))
            })
        };
        let code = || {
            let ends = |code: &str| code.parse::<u8>().is_ok_and(|n| n != 0);
            acting.iter().find(|a| a.code.as_deref().is_some_and(|c| line.trim().strip_prefix(c).is_some_and(ends)))
        };
        let whose = match part.is_some() || is(&all.errors, line) {
            true => acting.last(),
            false => own().or_else(code),
        };
        if let Some(a) = whose {
            // Of what is not named, the last line counts: those before may be of an earlier try.
            if part.is_none() {
                parts.retain(|p| p.name.is_some());
            }
            if !parts.iter().any(|p| p.name == part) && (part.is_some() || parts.is_empty()) {
                let mut about = a.about.clone();
                about.extend(part.iter().map(|n| n.to_lowercase()));
                about.extend(named.clone());
                parts.push(Part {
                    call: index,
                    event: call.event,
                    name: part,
                    line: line.to_owned(),
                    shown: a.shown.clone(),
                    program: a.program.clone(),
                    given: a.given.clone(),
                    about,
                });
            }
        }
        named = line.split_whitespace().nth(1).map(str::to_lowercase);
    }
    // Of what has a name, the line without one says nothing more.
    if parts.iter().any(|p| p.name.is_some()) {
        parts.retain(|p| p.name.is_some());
    }
    // A later line of the same output may say that it worked in the end.
    let after = |p: &Part| {
        let Some(name) = &p.name else { return false };
        let at = told.text.lines().take(LINES).position(|l| l.starts_with(p.line.as_str())).unwrap_or(0);
        told.text
            .lines()
            .take(LINES)
            .skip(at + 1)
            .any(|l| went_well(l, name) && !all.parts.iter().any(|r| r.is_match(l)))
    };
    parts.retain(|p| !after(p));
    parts
}
