//! Data that took the place of what could not be loaded: a script that makes values up after an error, an output that says so.

use super::{is, patterns};
use crate::session::{Call, Session};
use crate::tools::command;
use crate::work::answer;
use hindcast_trace::json::Value;

/// Data of another origin than the report's reader thinks.
#[derive(Debug)]
pub struct MadeUp {
    /// Index into [`Session::calls`].
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// The words of the script, or the line of the output, that tell it.
    pub words: String,
    /// True where the output tells it.
    pub printed: bool,
}

/// So much of a script or an output is read.
const LONGEST: usize = 65_536;
const LINES: usize = 2000;

/// The last such call between two events, where nobody asked for such data and nothing was loaded after it.
pub fn last(session: &Session<'_>, from: u32, end: u32) -> Option<MadeUp> {
    let all = patterns();
    if session.heard_texts().iter().filter(|t| t.event < end).any(|t| is(&all.tells_made_up, &t.prose().text.text)) {
        return None;
    }
    let mut found: Option<MadeUp> = None;
    for call in session.calls_between(from, end) {
        let Ok(index) = session.calls.binary_search_by_key(&call.event, |c| c.event) else { continue };
        let Some(told) = answer::of(call, false).filter(|a| !a.declined) else { continue };
        let script = code(call).unwrap_or_default();
        let failed = call.failure().is_some() || told.text.contains("Traceback (most recent call last)");
        let made = all.makes_up.as_ref().and_then(|r| r.find(&script)).map(|m| m.as_str().to_owned());
        // A script that only looks at files prints what stands in them.
        let runs = call.role() == Some(crate::tools::builtin::ToolRole::Shell)
            && command::of_call(call).is_none_or(|all| all.iter().any(command::may_change));
        let line = || {
            let mut lines = told.text.lines().take(LINES);
            lines.find(|l| l.len() < 400 && is(&all.prints_made_up, l)).filter(|_| runs).map(str::to_owned)
        };
        // The same source again, without what makes it up.
        if found.as_ref().is_some_and(|f| made.is_none() && !failed && loads_again(session, f.call, &script)) {
            found = None;
        }
        if failed {
            continue;
        }
        let event = call.event;
        if let Some(words) = line() {
            found = Some(MadeUp { call: index, event, words, printed: true });
        } else if let Some(words) = made.filter(|_| runs && failed_before(session, index)) {
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
            found = Some(MadeUp { call: index, event, words, printed: false });
        }
    }
    found
}

/// The code that a call runs.
fn code(call: &Call<'_>) -> Option<String> {
    let text = command::script(call).or_else(|| {
        let args = call.args()?;
        ["code", "input", "source"].iter().find_map(|k| args.get(k).and_then(Value::str)).map(|s| s.into_owned())
    })?;
    Some(text[..text.floor_char_boundary(LONGEST)].to_owned())
}

/// True where an earlier call for the like was refused: a status of HTTP, an exception.
fn failed_before(session: &Session<'_>, index: usize) -> bool {
    let all = patterns();
    session.calls[index.saturating_sub(40)..index].iter().any(|c| {
        c.failure().is_some()
            || c.result.iter().flat_map(|r| r.texts()).any(|t| {
                let text = &t.text[..t.text.floor_char_boundary(4000)];
                text.lines().any(|l| is(&all.refused, l))
            })
    })
}

/// True when a script asks for an address that the earlier one asked for.
fn loads_again(session: &Session<'_>, earlier: usize, script: &str) -> bool {
    let before = code(&session.calls[earlier]).unwrap_or_default();
    let part = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '(' | ')' | ',');
    script
        .split(part)
        .filter(|w| w.contains("://") || w.contains(".csv") || w.contains(".parquet"))
        .any(|w| before.contains(w))
}
