//! What a look of the agent's own shows against its report: something is said to be gone that a search had found; a file's content is
//! told that nobody opened.

use super::{is, patterns};
use crate::prose::Prose;
use crate::session::Session;
use crate::tools::command;
use crate::work::answer;
use crate::work::edits::name_of;
use crate::work::ledger::Ledger;

/// A report against what was seen.
#[derive(Debug)]
pub struct Contrary {
    /// Index of the call that shows it.
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// The line that shows it.
    pub line: String,
    /// What the report speaks of.
    pub name: String,
    /// The sentence of the report, by its number.
    pub sentence: usize,
}

/// So many calls are looked at, and so many lines of each output.
const CALLS: usize = 2000;
const LINES: usize = 2000;

/// Something that the report says is gone, and that the last search for it had found in files that nobody changed after that.
pub fn still_there(session: &Session<'_>, ledger: &Ledger, report: &Prose<'_>) -> Option<Contrary> {
    let pattern = patterns().none_left.as_ref()?;
    let (sentence, name) = report.sentences.iter().enumerate().find_map(|(i, s)| {
        let text = &report.text.text[s.range.clone()];
        Some((i, pattern.captures(text)?.name("name")?.as_str().to_owned()))
    })?;
    let bare = name.trim_matches(|c: char| !c.is_alphanumeric());
    let end = session.calls.partition_point(|c| c.event < report.event);
    let searches = |index: usize| {
        let commands = command::of_call(&session.calls[index]).unwrap_or_default();
        commands.iter().any(|c| {
            let grep = matches!(c.program(), "grep" | "rg" | "ag" | "ack")
                || c.program() == "git" && c.plain().next() == Some("grep");
            grep && c.words.iter().any(|w| w.contains(bare))
        })
    };
    let call = (0..end).rev().take(CALLS).find(|i| searches(*i)).filter(|_| bare.len() >= 3)?;
    let event = session.calls[call].event;
    let told = answer::of(&session.calls[call], true).filter(|a| !a.declined)?;
    let hidden = ledger.hidden.iter().any(|h| h.event > event && h.event < report.event)
        || ledger.rewrites.iter().any(|e| *e > event && *e < report.event);
    let changed = |path: &str| {
        ledger.edits.iter().any(|e| e.event > event && e.event < report.event && e.name() == name_of(path))
    };
    // "src/a.java:27:…", "src/a.java-27-…".
    let hit = |line: &&str| {
        let at = line.find([':', '-']).filter(|_| line.contains('/'));
        let path = line.split(':').next().unwrap_or_default();
        let path = path
            .split_once("-")
            .map_or(path, |(p, rest)| if rest.starts_with(|c: char| c.is_ascii_digit()) { p } else { path });
        at.is_some() && path.contains('.') && path.contains('/') && !path.contains(' ') && !changed(path)
    };
    let line = told.text.lines().take(LINES).find(hit).filter(|_| !hidden)?.to_owned();
    Some(Contrary { call, event, line, name, sentence })
}

/// A file whose content the report tells, and that was only ever listed.
pub fn unread(session: &Session<'_>, report: &Prose<'_>) -> Option<Contrary> {
    let all = patterns();
    let end = session.calls.partition_point(|c| c.event < report.event);
    let heard: usize = session.heard_texts().iter().map(|t| t.prose().text.text.len()).sum();
    // Whoever writes much may have quoted it.
    if heard > 3000 {
        return None;
    }
    report.sentences.iter().enumerate().take(200).find_map(|(i, s)| {
        let text = &report.text.text[s.range.clone()];
        if s.question || !is(&all.tells_content, text) {
            return None;
        }
        let part = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
        let path = text.split(part).map(|w| w.trim_matches(['.', '/', '-'])).find(|w| {
            let ending = w.rsplit_once('.').map_or("", |(_, e)| e);
            w.contains('/') && matches!(ending, "md" | "rst" | "txt" | "adoc" | "tex" | "html")
        })?;
        let name = path.rsplit('/').next()?;
        let mut listed = None;
        for (index, call) in session.calls[..end].iter().enumerate().take(CALLS) {
            // Opened, searched or written by its name, or with everything else.
            let given = call.arguments.map_or("", |a| a.text.as_str());
            let sweeps = command::of_call(call).unwrap_or_default().iter().any(|c| {
                matches!(c.program(), "cat" | "grep" | "rg" | "head" | "tail" | "sed" | "awk" | "git" | "less" | "find")
            });
            if given.contains(name) || sweeps {
                return None;
            }
            for text in call.result.iter().flat_map(|r| r.texts()) {
                for line in text.text.lines().filter(|l| l.contains(name)).take(LINES) {
                    let behind = line.rsplit(name).next().unwrap_or_default().trim();
                    if behind.len() > 3 && !is(&all.heading, behind) || line.len() > 200 {
                        return None;
                    }
                    listed = Some((index, line.to_owned()));
                }
            }
        }
        let (call, line) = listed?;
        let event = session.calls[call].event;
        Some(Contrary { call, event, line, name: path.to_owned(), sentence: i })
    })
}
