//! Files of a search for a fault that are said to be gone, and that the last commit of the agent contains.

use super::{is, patterns};
use crate::prose::Prose;
use crate::session::Session;
use crate::tools::command;
use crate::work::committed;
use crate::work::edits::name_of;
use crate::work::ledger::Ledger;

/// A file that is still there.
#[derive(Debug)]
pub struct LeftIn {
    /// Index of the call that shows it.
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// The file.
    pub path: String,
    /// The sentence of the report, by its number.
    pub sentence: usize,
}

/// The first file made for a search for a fault that the last commit takes in, where the report says that such things were taken out.
pub fn of(session: &Session<'_>, ledger: &Ledger, report: &Prose<'_>) -> Option<LeftIn> {
    let all = patterns();
    let sentence = report.sentences.iter().position(|s| {
        let text = &report.text.text[s.range.clone()];
        !s.question && is(&all.says_removed, text) && is(&all.of_search, text)
    })?;
    let end = session.calls.partition_point(|c| c.event < report.event);
    let (call, paths) = (0..end).rev().take(400).find_map(|i| {
        let commands = command::of_call(&session.calls[i])?;
        let paths = committed::paths(&session.calls[i], &commands);
        (!paths.is_empty()).then_some((i, paths))
    })?;
    let event = session.calls[call].event;
    let made = |path: &str| ledger.edits.iter().any(|e| e.event <= event && e.name() == name_of(path));
    let later = ledger.edits.iter().any(|e| e.event > event && e.event < report.event)
        || session.calls[call + 1..end].iter().any(|c| {
            command::of_call(c)
                .unwrap_or_default()
                .iter()
                .any(|c| matches!(c.program(), "rm" | "git" if command::may_change(c)))
        });
    let path = paths.into_iter().find(|p| is(&all.search_file, &name_of(p)) && made(p)).filter(|_| !later)?;
    Some(LeftIn { call, event, path, sentence })
}
