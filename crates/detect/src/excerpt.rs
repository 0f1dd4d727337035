//! Quotes as somebody reads them: a quote ends where a sentence, a line or a word does, and never inside of code, before a
//! percent sign, or among the brackets and quotation marks of JSON. A detector cites words; this is done once for all.

mod clause;
mod marks;
mod wording;

use crate::finding::{Cite, Report};
use crate::session::Session;
use hindcast_trace::model::{EventKind, Text};
use std::ops::Range;
use wording::{begins_alike, claimed, in_code, quoted_texts, value_or_line, whole_claim};

/// Characters of a quote in a title.
const TITLE: usize = 90;
/// Bytes of a text that its first words are taken from.
const LONGEST: usize = 2_000;
/// Bytes by which a quote grows at most on each side.
const REACH: usize = 200;

/// Rounds the quotes of a report, in the evidence and in what is said of it.
pub(crate) fn round(session: &Session<'_>, report: &mut Report) {
    // What is quoted of a secret is cut on purpose.
    let flags = report.findings.iter_mut().chain(&mut report.leads).filter(|f| f.detector != "secret-disclosed");
    for finding in flags {
        let (event, claimed) = (finding.event, claimed(&finding.title));
        let mut renamed: Vec<(String, String)> = Vec::new();
        finding.map_cites(|cite| {
            // Stored decisions know a finding by its evidence, so that only the wording quotes more.
            let claim = cite.event() == event && claimed.as_deref().is_some_and(|c| begins_alike(c, cite.text()));
            let wording = if claim { whole_claim(session, cite) } else { value_or_line(session, cite) };
            let whole = rounded(session, cite);
            let new = wording.as_ref().or(whole.as_ref()).unwrap_or(cite).text().to_owned();
            renamed.push((cite.text().to_owned(), new));
            whole
        });
        for (old, new) in renamed {
            finding.title = in_code(&said(&finding.title, &old, &first_words(&new)), &old, &new);
            finding.detail = in_code(&said(&finding.detail, &old, &new), &old, &new);
        }
        // What else is quoted from the message, such as the sentence around the words.
        let texts = texts(session, finding.event);
        finding.title = requoted(&finding.title, &texts);
        finding.detail = requoted(&finding.detail, &texts);
        let quoted = quoted_texts(session, finding);
        finding.title = marks::tidy(&finding.title, &quoted);
        finding.detail = marks::tidy(&finding.detail, &quoted);
    }
}

/// A cite that reads better; `None` where it reads well.
fn rounded(session: &Session<'_>, cite: &Cite) -> Option<Cite> {
    let text = texts(session, cite.event()).into_iter().find(|t| t.loc == cite.loc())?;
    let range = cite.range();
    let whole = outline(&text.text, range.clone());
    (whole != range).then(|| Cite::of(cite.event(), text, whole)).flatten()
}

/// The texts of an event that may be quoted.
fn texts<'t>(session: &Session<'t>, event: u32) -> Vec<&'t Text> {
    if event as usize >= session.trace.events.len() {
        return Vec::new();
    }
    match &session.event(event).kind {
        EventKind::Message { texts, .. } => texts.iter().collect(),
        EventKind::Reasoning { text } | EventKind::Error { text } => vec![text],
        EventKind::ToolCall { arguments, .. } => arguments.iter().collect(),
        EventKind::ToolResult { content, error, .. } => content.iter().chain(error).collect(),
        EventKind::Retrieval { .. }
        | EventKind::Guardrail { .. }
        | EventKind::Handoff { .. }
        | EventKind::Context { .. } => Vec::new(),
    }
}

/// Where the quote of a range begins and ends.
fn outline(text: &str, range: Range<usize>) -> Range<usize> {
    let Some(quoted) = text.get(range.clone()).filter(|q| !q.is_empty()) else { return range };
    let mut out = without_json(text, quoted, range.clone());
    if out.is_empty() {
        return range;
    }
    // "x] Parcel 7 cancelled": the box is markup.
    let boxed = text[..out.start].ends_with('[') && text[out.start..out.end].get(1..2) == Some("]");
    if boxed {
        let rest = &text[out.start + 2..out.end];
        out.start = out.end - rest.trim_start().len();
    }
    out = around_code(text, out);
    out.start -= before(&text[..out.start], &text[out.start..out.end]);
    out.end += behind(&text[out.end..], &text[out.start..out.end]);
    out = without_half(text, out);
    if out.is_empty() { range } else { out }
}

/// Leaves out a bracket at the end that nothing opened, and takes in the rest of a tag that is cut: `<state>REQUESTED</`.
fn without_half(text: &str, mut range: Range<usize>) -> Range<usize> {
    let quoted = &text[range.clone()];
    if let Some(at) = quoted.rfind('<').filter(|at| quoted[*at..].starts_with("</") && !quoted[*at..].contains('>')) {
        let rest = &text[range.end..text.floor_char_boundary((range.end + REACH).min(text.len()))];
        match rest.find(['>', '<', '\n']).filter(|end| rest[*end..].starts_with('>')) {
            Some(end) => range.end += end + 1,
            None => range.end = range.start + at,
        }
    }
    let quoted = &text[range.clone()];
    let cut = match quoted.chars().next_back() {
        Some(')') => !closed(quoted, '(', ')'),
        Some(']') => !closed(quoted, '[', ']'),
        Some('(' | '[') => true,
        _ => false,
    };
    if cut {
        range.end = range.start + quoted[..quoted.len() - 1].trim_end().len();
    }
    range
}

/// Bytes before a quote that belong to its first word.
fn before(text: &str, quoted: &str) -> usize {
    let Some(last) = text.chars().next_back() else { return 0 };
    let glued = text[..text.len() - last.len_utf8()].chars().next_back().is_none_or(|c| c.is_whitespace() || c == '(');
    let digit = quoted.starts_with(|c: char| c.is_ascii_digit());
    if text.ends_with("**") && quoted.matches("**").count() % 2 == 1 {
        return 2;
    }
    match last {
        '$' | '€' | '£' | '¥' | '₹' | '#' | '+' | '-' | '−' if digit => last.len_utf8(),
        '@' | '/' | '~' | '.' if glued && quoted.starts_with(char::is_alphanumeric) => 1,
        '(' if !closed(quoted, '(', ')') => 1,
        '[' if !closed(quoted, '[', ']') => 1,
        _ => 0,
    }
}

/// Bytes behind a quote that belong to its last word.
fn behind(text: &str, quoted: &str) -> usize {
    let mut rest = text;
    let mut bytes = 0;
    while let Some(next) = rest.chars().next() {
        let open = |a: char, b: char| quoted.matches(a).count() > quoted.matches(b).count();
        let belongs = match next {
            '%' | '‰' | '°' | '€' => quoted.ends_with(|c: char| c.is_ascii_digit()),
            ')' => bytes == 0 && open('(', ')'),
            ']' => bytes == 0 && open('[', ']'),
            '*' => rest.starts_with("**") && quoted.matches("**").count() % 2 == 1 && bytes == 0,
            _ => false,
        };
        if !belongs {
            break;
        }
        let taken = if next == '*' { 2 } else { next.len_utf8() };
        bytes += taken;
        rest = &rest[taken..];
        if next != '%' {
            break;
        }
    }
    bytes
}

/// True if no bracket is closed that was not opened.
fn closed(text: &str, open: char, close: char) -> bool {
    let mut depth = 0i32;
    for c in text.chars() {
        depth += i32::from(c == open) - i32::from(c == close);
        if depth < 0 {
            return false;
        }
    }
    true
}

/// Takes in the code spans that a bound of the range cuts.
fn around_code(text: &str, mut range: Range<usize>) -> Range<usize> {
    let within = |span: &Range<usize>, range: &Range<usize>| span.start < range.start && range.end < span.end;
    for at in [range.start, range.end] {
        let line = line_around(text, at);
        for span in spans(&text[line.clone()]) {
            let span = line.start + span.start..line.start + span.end;
            // A value that stands in code is quoted without it.
            if within(&span, &range) || span.len() > REACH {
                continue;
            }
            if span.start < range.start && range.start < span.end {
                range.start = span.start;
            }
            if span.start < range.end && range.end < span.end {
                range.end = span.end;
            }
        }
    }
    range
}

/// The line of a byte, within reach.
fn line_around(text: &str, at: usize) -> Range<usize> {
    let from = text.floor_char_boundary(at.saturating_sub(4 * REACH));
    let to = text.floor_char_boundary((at + 4 * REACH).min(text.len()));
    let start = text[from..at].rfind('\n').map_or(from, |i| from + i + 1);
    let end = text[at..to].find('\n').map_or(to, |i| at + i);
    start..end
}

/// The code spans of a line, with their backticks: from a run of backticks to the next one that is as long.
fn spans(line: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, _) in line.match_indices('`') {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    let (mut all, mut i) = (Vec::new(), 0);
    while i < runs.len() {
        // A line is short, and so is the list of its runs.
        match runs[i + 1..].iter().position(|r| r.len() == runs[i].len()) {
            Some(n) => {
                all.push(runs[i].start..runs[i + 1 + n].end);
                i += n + 2;
            }
            None => i += 1,
        }
    }
    all
}

/// Leaves out the key, the brackets and the quotation marks around a passage that was cut from JSON.
fn without_json(text: &str, quoted: &str, range: Range<usize>) -> Range<usize> {
    let is_json = text.trim_start().starts_with(['{', '[']);
    if !is_json || marks(quoted).is_multiple_of(2) {
        return range;
    }
    let debris = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | '{' | '}' | '[' | ']');
    let mut words = quoted.trim_start_matches(debris);
    if let Some(rest) = words.strip_prefix('"') {
        // A key, or the beginning of a text.
        let value = rest.split_once('"').filter(|(key, _)| !key.contains(char::is_whitespace) && key.len() < 60);
        words = value.and_then(|(_, v)| v.trim_start().strip_prefix(':')).map_or(rest, |v| {
            let v = v.trim_start();
            v.strip_prefix('"').unwrap_or(v)
        });
    }
    let start = range.end - words.len();
    let tail = words.trim_end_matches(|c: char| debris(c) && c != ':');
    let end = match tail.strip_suffix('"') {
        // An escaped quotation mark is one of the text.
        Some(inside) if !inside.ends_with('\\') => start + inside.len(),
        _ => range.end,
    };
    if start < end { start..end } else { range }
}

/// Quotation marks of JSON: those that no backslash escapes.
fn marks(text: &str) -> usize {
    let (mut count, mut escaped) = (0, false);
    for c in text.chars() {
        count += usize::from(c == '"' && !escaped);
        escaped = c == '\\' && !escaped;
    }
    count
}

/// A sentence of ours in which one quote takes the place of another, whole or with its first words.
fn said(sentence: &str, old: &str, new: &str) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    let normal = one_line(old);
    while let Some(at) = rest.find('"') {
        let (head, tail) = rest.split_at(at + 1);
        out.push_str(head);
        let whole =
            [old, normal.as_str()].into_iter().find(|old| tail.strip_prefix(old).is_some_and(|t| t.starts_with('"')));
        if let Some(whole) = whole {
            out.push_str(&if old == new { whole.to_owned() } else { one_line(new) });
            rest = &tail[whole.len()..];
            continue;
        }
        let cut = tail.find("…\"").filter(|end| *end > 20 && normal.starts_with(&tail[..*end]));
        match cut {
            Some(end) => {
                out.push_str(&first_words(new));
                rest = &tail[end + "…".len()..];
            }
            None => rest = tail,
        }
    }
    out.push_str(rest);
    out
}

/// A sentence of ours in which what stands between quotation marks is rounded, where the texts have it.
fn requoted(sentence: &str, texts: &[&Text]) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((head, tail)) = rest.split_once('"') {
        out.push_str(head);
        out.push('"');
        rest = tail;
        let Some((quoted, _)) = tail.split_once('"') else { break };
        let whole = match quoted.strip_suffix('…') {
            // Of a cut quote only what is before an open code span.
            Some(cut) if cut.matches('`').count() % 2 == 1 => {
                cut.rfind('`').map(|at| format!("{}…", cut[..at].trim_end())).filter(|cut| cut.len() > SHORTEST)
            }
            Some(_) => None,
            None => in_texts(quoted, texts).map(one_line),
        };
        if let Some(whole) = whole {
            out.push_str(&whole);
            rest = &tail[quoted.len()..];
        }
    }
    out.push_str(rest);
    out
}

/// Bytes of a quote that is looked for among texts.
const SHORTEST: usize = 6;

/// A quote as a text has it, rounded; `None` where it reads well.
fn in_texts<'t>(quoted: &str, texts: &[&'t Text]) -> Option<&'t str> {
    if quoted.len() < SHORTEST {
        return None;
    }
    let (text, at) = texts.iter().find_map(|t| Some((&t.text, t.text.find(quoted)?)))?;
    let (range, whole) = (at..at + quoted.len(), outline(text, at..at + quoted.len()));
    text.get(whole.clone()).filter(|_| whole != range)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first words of a text, for a title: up to a word's end outside of code.
pub(crate) fn first_words(text: &str) -> String {
    let text = one_line(&text[..text.floor_char_boundary(LONGEST)]);
    let Some((limit, _)) = text.char_indices().nth(TITLE) else { return text };
    let mut at = text[..limit].rfind(' ').filter(|at| *at > 0).unwrap_or(limit);
    if let Some(span) = spans(&text).into_iter().find(|s| s.start < at && at < s.end) {
        at = if span.start > TITLE / 3 || span.end - span.start > REACH { span.start } else { span.end };
    }
    format!("{}…", text[..at].trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '(')))
}

#[cfg(test)]
mod tests;
