//! A call that stands in the agent's words and was never made: `<call>[send_money(...)]</call>`.

use super::AnnouncedNotExecuted;
use crate::claims::binding;
use crate::detectors::Detector;
use crate::finding::{Basis, Category, Cite, Finding, Report, RestsOn};
use crate::maps::HashSet;
use crate::prose::pattern;
use crate::session::Session;
use aho_corasick::AhoCorasick;
use hindcast_trace::model::Text;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// The rule path.
const PATH: &str = "as-text";
/// Only so much of a message is searched; a call is short.
const READ_AT_MOST: usize = 65_536;

// The marks with which models write calls that their runtime is to read.
static MARKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r#"(?im-u)<\|?(?:tool_calls?|function_calls?|call|tool_use|invoke|python_tag|function=[\w.-]{1,60}|function name=[ -=?-~]{1,60}|invoke name=[ -=?-~]{1,60})\|?>|\[TOOL_CALLS?\]|\[?(?-i:FunctionCall|ToolCall)\(|^\s*(?:Action|Aktion|Acción|Accion|Azione|Ação|Acao|Actie|Akcja|Działanie|Åtgärd)\s?:\s*[\w.-]{2,60}\s*\n\s*(?u:[^\n:]{2,40}):\s*\{|^\s*Action:\s*[\w.-]{2,60}\s*\n\s*Action Input:|```(?:tool_code|tool_call|function_call)\b"#,
    )
});
static MARKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    pattern::any_of([
        "<",
        "(",
        "\":",
        "\" :",
        "TOOL_CALL",
        "tool_call",
        "Action:",
        "action:",
        "Action :",
        "Aktion:",
        "Acción:",
        "Accion:",
        "Azione:",
        "Ação:",
        "Acao:",
        "Actie:",
        "Akcja:",
        "Działanie:",
        "Åtgärd:",
        "```",
    ])
});
// `name(`, and `"name": "…"` of a call as JSON.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r#"(?-u)([A-Za-z][\w.-]{2,60})\((?:\s*\)|\s*[A-Za-z_]\w{0,40}\s*[=:]|\s*["'{\d])|"(?:name|tool|tool_name|function|action|recipient_name)"\s*:\s*"([A-Za-z][\w.-]{2,60})""#,
    )
});

/// Adds what it finds to a report.
pub(super) fn find(detector: &AnnouncedNotExecuted, session: &Session<'_>, report: &mut Report) {
    let called = session.calls.iter().map(|c| c.name.text.as_str());
    let known: HashSet<&str> = called.chain(session.trace.tools.iter().map(|t| t.name.text.as_str())).collect();
    let last_call = session.calls.last().map_or(0, |c| c.event);
    // A call that is written and then made, or whose answer comes as a message, was read by somebody.
    for message in session.said().filter(|m| m.event >= last_call && !read_by_runtime(session, m.event)) {
        for text in message.texts {
            let Some(range) = written(&text.text, &known) else { continue };
            report.eligible = true;
            if let Some(gap) = session.absence_is_unsafe() {
                report.skip(Some(message.event), format!("a call may be missing from the trace: {gap}"));
                return;
            }
            report.findings.retain(|f| f.event != message.event);
            report.findings.extend(finding(detector, session, message.event, text, range));
            return;
        }
    }
}

/// Where a call stands in a text.
fn written(text: &str, known: &HashSet<&str>) -> Option<Range<usize>> {
    let text = &text[..text.floor_char_boundary(READ_AT_MOST)];
    // No call is written without one of these, and most texts have none.
    MARKS.as_ref()?.find(text)?;
    let mark = MARKED.as_ref()?.find(text);
    let from = mark.map_or(0, |m| m.start());
    for found in NAMED.as_ref()?.captures_iter(&text[from..]) {
        let Some(name) = found.get(1).or_else(|| found.get(2)) else { continue };
        let all = found.get(0)?;
        // A name that nobody knows counts inside a mark only.
        if mark.is_some() || known.contains(name.as_str()) && !mentioned(text, from + all.start()) {
            return Some(from + name.start()..from + name.end());
        }
    }
    let mark = mark?;
    // `Acción: name` and its arguments on the next line.
    if mark.as_str().ends_with('{') {
        let line = mark.as_str().trim_start();
        let name = line.lines().next()?.split_once(':')?.1.trim();
        let at = name.as_ptr() as usize - text.as_ptr() as usize;
        return Some(at..at + name.len());
    }
    (mark.as_str().contains("function=") || mark.as_str().contains("Action Input")).then(|| mark.range())
}

/// True when the words before speak about the call: "you can use `refund(id=1)`", "I called refund(1)".
fn mentioned(text: &str, at: usize) -> bool {
    let from = text[..at].rfind(['\n', '.']).map_or(0, |n| n + 1);
    let before = text[from..at].to_ascii_lowercase();
    let words = before.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.into_iter().any(|w| {
        matches!(
            w,
            "you"
                | "your"
                | "called"
                | "used"
                | "ran"
                | "via"
                | "with"
                | "returned"
                | "example"
                | "like"
                | "from"
                | "by"
                | "cannot"
                | "not"
        )
    })
}

/// True when an answer to the text comes from a runtime that reads calls out of it.
fn read_by_runtime(session: &Session<'_>, event: u32) -> bool {
    let end = binding::horizon(session, event);
    if session.calls.last().is_some_and(|c| c.event > event && c.event < end) {
        return true;
    }
    let next = session.messages.get(session.messages.partition_point(|m| m.event <= event));
    next.is_some_and(|m| {
        m.texts.iter().any(|t| {
            let start = t.text.trim_start().to_ascii_lowercase();
            start.starts_with(['{', '[', '<'])
                || ["observation", "result", "output", "tool", "function", "response", "execution", "error"]
                    .iter()
                    .any(|w| start.starts_with(w))
        })
    })
}

fn finding(
    detector: &AnnouncedNotExecuted,
    session: &Session<'_>,
    event: u32,
    text: &Text,
    range: Range<usize>,
) -> Option<Finding> {
    let cite = Cite::of(event, text, range)?;
    let last = (session.trace.events.len() as u32).saturating_sub(1);
    let name = cite.text().to_owned();
    let found = Finding::new(
        detector.id(),
        Category::ToolMisuse,
        event,
        format!("Wrote a call to `{name}` as text but never made it"),
        cite,
    )
    .and(Some(Basis::Absence { sought: "any call".into(), scope: (event, last) }))
    .rests_on(RestsOn::Assumption("a call written as message text is not executed".into()))
    .detail(format!("The message contains a call to `{name}` as text, and no call follows."))
    .path(PATH);
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        written(text, &["refund", "send_money"].into_iter().collect()).map(|r| &text[r])
    }

    #[test]
    fn calls_in_words() {
        assert_eq!(found("Now.\n<call>[pay_bill(to=1)]</call>"), Some("pay_bill"));
        assert_eq!(found("send_money(recipient=\"x\", amount=?)"), Some("send_money"));
        assert_eq!(found("{\"name\": \"refund\", \"arguments\": {}}"), Some("refund"));
        assert_eq!(found("<function=refund>{\"id\": 1}</function>"), Some("<function=refund>"));
    }

    #[test]
    fn words_about_calls() {
        for text in [
            "You can call refund(id=1).",
            "I called refund(1) for you.",
            "The refund (5.00) is on its way.",
            "max(1, 2)",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
