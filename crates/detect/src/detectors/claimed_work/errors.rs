//! Error texts that the agent quotes from a run, and that no tool returned.

use super::{Seen, short};
use crate::finding::{Basis, Category, Cite, Finding};
use crate::maps::HashSet;
use crate::prose::{Language, pattern};
use hindcast_trace::model::{EventKind, Text};
use regex::Regex;
use std::sync::LazyLock;

/// So many quotes are looked up in a session.
const MOST: usize = 24;
/// Only so much of a text is searched.
const READ_AT_MOST: usize = 1 << 20;

static ERROR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b\w*(?:error|exception)\b[:(\[ ]|protected branch|out of memory|address already in use|already allocated|no space left|does not exist|duplicate key|violates|unable to|failed to|heap limit|access denied|panicked at|\bfatal:|cannot find|can't find|could not|not found|no such file|undefined|segmentation fault|\bE[A-Z]{5,}\b|\bTS\d{4}\b|permission denied|timed? ?out|connection refused|unexpected|unresolved|mismatched|out of (?:bounds|range)|nil pointer|null pointer|overflow|deadlock|no route|not permitted|invalid|unknown (?:option|command|column|flag)|too many|conflict",
    )
});
// A run is said to have returned the words. What a function returns or throws is a description.
static SAID: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:(?:I|we)(?:'ve)? (?:got|hit|saw|received|ran into|get|see)|(?:fail|crash|error|abort|di|end|blow|break|bail|exit|stop|chok|trip|stumbl|panic|throw|quit)(?:s|es|ed|d|ked)?(?: out| up)? (?:with|on|at|over)|(?:exits?|exited|stops?|stopped|fails?|failed|dies|died|crashe[sd]|ends?|ended|aborts?|aborted)\b[^.`“\x22]{0,50}? with|(?:died|dies|broke|blew up|fell over) with|(?:refused|rejected|aborted|stopped|denied|declined|ended|errored|panicked|complained|answered|responded|failed|reported|printed|logged|returned|threw|raised)\b[^.`“]{0,40}|(?:with|and) (?:the|a|an) (?:body|message|error)|error (?:was|is|message is|message was|I got|reads)|(?:output|log|compiler|linter|traceback|run|build|push|command|server|registry|daemon|psql|docker|npm|cargo|git|pytest|tests?) (?:was|said|says|shows|showed|reported|reports|complained|complains|printed|prints|gives|gave|returns))\b",
    )
});
static UNSAID: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:if|would|could|should|will|when|whenever|may|might|e\.g|example|such as|like|instead of|used to|previously|expected|want|must)\b",
    )
});

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    let (Some(error), Some(said), Some(unsaid)) = (ERROR.as_ref(), SAID.as_ref(), UNSAID.as_ref()) else { return };
    let mut heard: Option<Vec<(u32, String)>> = None;
    let mut looked = 0;
    for prose in seen.session.until_stopped(seen.session.prose().iter().filter(|p| p.language != Language::Other)) {
        for range in fenced(&prose.text.text, said, unsaid) {
            let quote = &prose.text.text[range.clone()];
            if !error.is_match(quote) || looked >= MOST {
                continue;
            }
            looked += 1;
            seen.report.eligible = true;
            let heard = heard.get_or_insert_with(|| everything(seen.session));
            if returned(heard, prose.event, quote) {
                continue;
            }
            let Some(cite) = Cite::of(prose.event, prose.text, range) else { continue };
            judge(seen, prose.event, cite);
        }
        for line in lines(&prose.text.text) {
            let text = &prose.text.text[line.clone()];
            for inner in quotes(text) {
                let quote = &text[inner.clone()];
                // The words stand right behind what says that they were returned.
                let Some(verb) = said.find_iter(&text[..inner.start]).last() else { continue };
                let near = inner.start - verb.end() < 40;
                let before = &text[text[..verb.start()].rfind(['.', ';']).map_or(0, |i| i + 1)..inner.start];
                if !near || !error.is_match(quote) || unsaid.is_match(before) || looked >= MOST {
                    continue;
                }
                looked += 1;
                seen.report.eligible = true;
                let heard = heard.get_or_insert_with(|| everything(seen.session));
                if returned(heard, prose.event, quote) {
                    continue;
                }
                let range = line.start + inner.start..line.start + inner.end;
                let Some(cite) = Cite::of(prose.event, prose.text, range) else { continue };
                judge(seen, prose.event, cite);
            }
        }
    }
}

fn judge(seen: &mut Seen<'_, '_, '_>, event: u32, cite: Cite) {
    if let Some(missing) = seen.ledger.missing.iter().find(|m| m.before.is_none_or(|at| at <= event)) {
        return seen.skip(event, missing.why.clone());
    }
    let cut = seen.session.calls.iter().any(|c| c.event < event && c.result.as_ref().is_none_or(|r| r.cut_off()));
    if cut || seen.ledger.hidden_between(0, event).is_some_and(|h| h.what.starts_with("a sub-agent")) {
        return seen.skip(event, "the error may be in a tool result that is truncated or not captured");
    }
    let finding = Finding::new("claimed-work", Category::Hallucination, event, format!("Quoted an error that no tool returned: \"{}\"", short(cite.text())), cite.clone())
        .path("invented-error")
        .detail("The agent quotes an error from a run. The error does not appear in any tool result, any file that was read, or any user message.")
        .and(Some(Basis::Absence { sought: "these words".into(), scope: (0, event.saturating_sub(1)) }));
    seen.find(cite.text().to_owned(), finding);
}

/// What stands between backticks or double quotes, long enough to be an error's words.
fn quotes(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    for (open, close) in [('`', '`'), ('"', '"'), ('“', '”')] {
        let mut at = 0;
        while let Some(start) = text[at..].find(open).map(|i| at + i + open.len_utf8()) {
            let Some(end) = text[start..].find(close).map(|i| start + i) else { break };
            if (14..=300).contains(&(end - start)) {
                found.push(start..end);
            }
            at = end + close.len_utf8();
        }
    }
    found
}

/// The first line of every fenced block that a line ending in a colon, or in the verb itself, says was returned.
fn fenced(text: &str, said: &Regex, unsaid: &Regex) -> Vec<std::ops::Range<usize>> {
    let (mut at, mut inside, mut open, mut out) = (0, false, false, Vec::new());
    let mut intro = "";
    for line in text.split_inclusive('\n') {
        let plain = line.trim();
        if plain.starts_with("```") {
            inside = !inside;
            let last = intro.rsplit(['.', ';']).find(|p| !p.trim().is_empty()).unwrap_or(intro);
            let verb = said.find_iter(last).last();
            open = inside && !unsaid.is_match(last) && verb.is_some_and(|v| last.len() - v.end() < 40);
        } else if inside && open && !plain.is_empty() {
            let start = at + line.find(plain).unwrap_or_default();
            if (14..=300).contains(&plain.len()) {
                out.push(start..start + plain.len());
            }
            open = false;
        } else if !inside && !plain.is_empty() {
            intro = plain;
        }
        at += line.len();
    }
    out
}

/// The lines outside of fenced code.
fn lines(text: &str) -> Vec<std::ops::Range<usize>> {
    let (mut at, mut fenced, mut out) = (0, false, Vec::new());
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && line.len() < 4000 {
            out.push(at..at + line.len());
        }
        at += line.len();
    }
    out
}

/// Everything that was read, called and said by others, folded.
fn everything(session: &crate::Session<'_>) -> Vec<(u32, String)> {
    let texts = session.trace.events.iter().enumerate().filter(|(i, e)| match &e.kind {
        EventKind::Message { role, .. } => *role != hindcast_trace::model::Role::Assistant,
        _ => *i < u32::MAX as usize,
    });
    texts
        .flat_map(|(i, e)| {
            texts_of(&e.kind)
                .into_iter()
                .map(move |t| (i as u32, fold(&t.text[..t.text.floor_char_boundary(READ_AT_MOST)])))
        })
        .collect()
}

fn texts_of(kind: &EventKind) -> Vec<&Text> {
    match kind {
        EventKind::Message { texts, .. } => texts.iter().collect(),
        EventKind::ToolCall { arguments, .. } => arguments.iter().collect(),
        EventKind::ToolResult { content, error, .. } => content.iter().chain(error).collect(),
        EventKind::Error { text } => vec![text],
        _ => Vec::new(),
    }
}

/// Letters and digits alone, in lower case, with one blank between words: quotes, escapes and line breaks differ.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = text.replace("\\n", " ").replace("\\\"", "\"").replace("\\t", " ");
    for c in text.chars() {
        if c.is_alphanumeric() || c == '_' {
            out.extend(c.to_lowercase());
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

/// True when somebody said these words before, or nearly all of them at once.
fn returned(heard: &[(u32, String)], before: u32, quote: &str) -> bool {
    let pieces: Vec<String> = quote
        .split(['…', '<', '>', '{', '}'])
        .flat_map(|p| p.split("..."))
        .map(fold)
        .map(|p| p.trim().to_owned())
        .filter(|p| p.len() >= 6)
        .collect();
    let words: HashSet<&str> = pieces.iter().flat_map(|p| p.split(' ')).filter(|w| w.len() >= 4).collect();
    heard.iter().take_while(|(event, _)| *event < before).any(|(_, text)| {
        let whole = pieces.iter().all(|p| text.contains(p.as_str()));
        let known = words.iter().filter(|w| text.contains(**w)).count();
        whole || (words.len() >= 2 && known * 10 >= words.len() * 7)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_is_said_to_be_returned_is_a_quote() {
        let (Some(said), Some(unsaid)) = (SAID.as_ref(), UNSAID.as_ref()) else { panic!("patterns compile") };
        let first = |text: &str| fenced(text, said, unsaid).first().map(|r| text[r.clone()].to_owned());
        let told = "I ran it and it stops with\n\n```\nRuntimeError: out of memory\n  at a.py\n```\n";
        assert_eq!(first(told).as_deref(), Some("RuntimeError: out of memory"));
        assert_eq!(first("If it fails with:\n```\nRuntimeError: out of memory\n```\n"), None);
        assert_eq!(first("The new handler:\n```\nraise RuntimeError('x y z')\n```\n"), None);
        assert!(said.is_match("The daemon exits right after loading its config with `"));
        assert!(said.is_match("It panics with "));
    }
}
