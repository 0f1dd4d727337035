//! Texts that are no JSON and no dialogue: what they are, so that a refusal names it.

use super::Known;
use crate::dialogue;
use regex::{Regex, RegexBuilder};
use std::sync::LazyLock;

/// Bytes that tell the kind of a text.
const HEAD: usize = 16 << 10;
/// Lines that tell it.
const LINES: usize = 40;

const STREAM: Known = Known {
    name: "a stream of server-sent events from an unknown model API",
    instead: "Record each request with its response, as JSON Lines of `{\"request\": …, \"response\": …}`.",
};
const MAIL: Known = Known {
    name: "an email",
    instead: "If a trace is attached to it, save the attachment and pass that; a conversation by mail is read as text with `User:` or `Agent:` before each turn.",
};
const MAILBOX: Known = Known { name: "a mailbox (mbox)", instead: MAIL.instead };
const HTML: Known = Known {
    name: "a web page (HTML)",
    instead: "Export the session from the program that shows the page, as JSON, or through OpenTelemetry (OTLP).",
};
const XML: Known = Known { name: "an XML document", instead: super::INSTEAD };
const LOG: Known = Known {
    name: "a log of a program as text",
    instead: "It says what the program did, not what was said. Export the session through OpenTelemetry (OTLP), or log each request to the model with its response, as JSON Lines of `{\"request\": …, \"response\": …}`.",
};
const TABLE: Known = Known {
    name: "a table (CSV) that is neither a conversation nor an export of Langfuse or LangSmith",
    instead: "Export the records of a tracing system as JSON or JSON Lines instead. A conversation needs a column for the speaker (`role`, such as user and agent) and one for the words (`text`).",
};
const CELLS: Known = Known {
    name: "a table (CSV) with JSON in its fields",
    instead: "A table is read if it has a column `messages` with lists of messages, columns `request` and `response`, or the columns of a span. Save what the column with the messages holds as JSON Lines otherwise, one conversation on each line.",
};
const PYTHON: Known =
    Known { name: "a Python literal, not JSON", instead: "Write it with `json.dumps` instead of `str` or `print`." };
const CHATML: Known = Known {
    name: "a prompt in the form of ChatML",
    instead: "It is read if the user and the agent both speak in it. Export the list of messages that the prompt was made of, as JSON.",
};
const YAML: Known = Known {
    name: "a YAML document",
    instead: "If it holds a session, convert it to JSON, for example with `yq -o=json`.",
};
const MARKDOWN: Known = Known {
    name: "a Markdown document",
    instead: "If it is a conversation, begin each turn with `User:` or `Agent:`; better, export the session as JSON or through OpenTelemetry (OTLP).",
};
const CHANGELOG: Known = Known {
    name: "a changelog",
    instead: "It says what changed in a program. Export the session as JSON or through OpenTelemetry (OTLP).",
};
const CONFIGURATION: Known = Known { name: "a configuration file", instead: super::INSTEAD };
const TALK: Known = Known {
    name: "a conversation whose speakers are not a user and an agent",
    instead: "If one of them is an agent, begin its turns with `Agent:` and those of the person with `User:`.",
};
const PATCH: Known = Known { name: "a patch (diff)", instead: super::INSTEAD };
const SQL: Known = Known { name: "SQL", instead: "Export the rows that hold the session as JSON." };
const CARD: Known = Known { name: "a calendar or an address book", instead: super::INSTEAD };
/// A number, a word of JSON, or a text in quotes.
pub const SCALAR: Known = Known {
    name: "a single value, such as a number or `null`",
    instead: "A trace is an object, a list, or JSON Lines; export it again.",
};
const TEXT: Known = Known { name: "plain text", instead: MARKDOWN.instead };

#[expect(clippy::expect_used, reason = "the patterns are constant and tested")]
fn pattern(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).size_limit(1 << 20).build().expect("a valid pattern")
}

/// How a line of a log begins: a time in one of the usual forms, a priority of syslog, an address, or a level.
static LOGGED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)^\s*(?:
            [\[(]?[0-9]{4}[-/][0-9][0-9][-/][0-9][0-9][T\ ,]+[0-9][0-9]:[0-9][0-9]
            | [\[(]?[0-9][0-9]:[0-9][0-9](?::[0-9][0-9](?:[.,][0-9]+)?)?[\])]?\s
            | <[0-9]{1,3}>
            | (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+[0-9]{1,2}\s[0-9][0-9]:[0-9][0-9]
            | [0-9]{1,3}(?:\.[0-9]{1,3}){3}\s\S+\s\S+\s\[
            | [\[(]?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b
        )",
    )
});

fn is_field(line: &str) -> bool {
    ["data:", "event:", "id:", "retry:"].iter().any(|field| line.starts_with(field))
}

/// The longest key of a YAML document that is looked for, in bytes.
const KEY: usize = 60;

/// True for a line of YAML with a key.
fn is_entry(line: &str) -> bool {
    let first = line.starts_with(|c: char| c.is_ascii_lowercase() || matches!(c, '_' | '$' | '"' | '\''));
    let end = line.match_indices(':').find(|(at, _)| line[at + 1..].is_empty() || line[at + 1..].starts_with(' '));
    first && end.is_some_and(|(at, _)| at <= KEY)
}

/// What a text is that no reader takes. `None` for what looks like damaged JSON.
pub fn of_plain(bytes: &[u8]) -> Option<Known> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    if head.starts_with("[{'") && !head.contains("{\"") {
        return Some(PYTHON);
    }
    if head.starts_with("<|im_start|>") {
        return Some(CHATML);
    }
    if head.starts_with('[') && dialogue::is_talk(head) {
        return Some(TALK);
    }
    if head.starts_with('[') && mostly_logged(head) {
        return Some(LOG);
    }
    if serde_json::from_str::<serde_json::Value>(head)
        .is_ok_and(|value| !value.is_string() && !value.is_array() && !value.is_object())
    {
        return Some(SCALAR);
    }
    if head.is_empty() || head.starts_with(['{', '"']) || head.starts_with('[') && !dialogue::is_configuration(head) {
        return None;
    }
    let lines: Vec<&str> = head.lines().filter(|line| !line.trim().is_empty()).take(LINES).collect();
    let most = |is: &dyn Fn(&str) -> bool| lines.iter().filter(|line| is(line)).count() * 3 >= lines.len() * 2;
    let lower = head.get(..15).unwrap_or(head).to_ascii_lowercase();
    Some(if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        HTML
    } else if lower.starts_with("<?xml") || is_markup(head) {
        XML
    } else if is_patch(&lines) {
        PATCH
    } else if ["create table", "insert into"].iter().any(|word| lower.starts_with(word)) {
        SQL
    } else if head.starts_with("BEGIN:V") {
        CARD
    } else if head.starts_with("From ") && lines.iter().skip(1).any(|line| dialogue::mail_header(line).is_some()) {
        MAILBOX
    } else if dialogue::is_mail(head) || dialogue::quotes_mail(head) {
        MAIL
    } else if has_json_cells(&lines) {
        CELLS
    } else if most(&is_field) {
        STREAM
    } else if names_columns(&lines) {
        TABLE
    } else if head.contains("{\"") || head.contains("\":") {
        // A piece of JSON: what is wrong with it is told by its place.
        return if most(&|line| LOGGED.is_match(line)) { Some(LOG) } else { None };
    } else if most(&|line| LOGGED.is_match(line)) {
        LOG
    } else if dialogue::is_changelog(head) {
        CHANGELOG
    } else if dialogue::is_configuration(head) {
        CONFIGURATION
    } else if dialogue::is_talk(head) {
        TALK
    } else if is_table(&lines) {
        TABLE
    } else if head.starts_with("---\n") || head.starts_with("%YAML") || is_yaml(&lines) {
        YAML
    } else if lines.iter().any(|line| line.starts_with("# ") || line.starts_with("## ") || line.starts_with("```")) {
        MARKDOWN
    } else {
        TEXT
    })
}

/// True where most lines begin as those of a log do.
fn mostly_logged(head: &str) -> bool {
    let lines: Vec<&str> = head.lines().filter(|line| !line.trim().is_empty()).take(LINES).collect();
    lines.len() > 1 && lines.iter().filter(|line| LOGGED.is_match(line)).count() * 3 >= lines.len() * 2
}

/// True for an element that is open at the start and closed at the end.
fn is_markup(head: &str) -> bool {
    let named = head.strip_prefix('<').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    named && head.contains('>') && (head.contains("</") || head.contains("/>"))
}

/// True for lines that were taken out of a file and put into it.
fn is_patch(lines: &[&str]) -> bool {
    let at = |start: &str| lines.iter().any(|line| line.starts_with(start));
    at("@@ ") && at("--- ") && at("+++ ")
}

/// True where each of the first lines has as many fields as the first, whose fields are names.
fn is_table(lines: &[&str]) -> bool {
    let [first, second, ..] = lines else { return false };
    [',', ';', '\t', '|'].into_iter().any(|separator| {
        let fields = |line: &str| {
            let mut quoted = false;
            line.chars()
                .filter(|c| {
                    quoted ^= *c == '"';
                    *c == separator && !quoted
                })
                .count()
                + 1
        };
        let names = first.split(separator).map(|name| name.trim().trim_matches('"'));
        let is_name = |name: &str| !name.is_empty() && name.len() <= 40 && !name.ends_with(['.', '!', '?']);
        fields(first) > 1 && names.clone().all(is_name) && fields(second) == fields(first) && {
            let same = lines.iter().filter(|line| fields(line) == fields(first)).count();
            same * 4 >= lines.len() * 3
        }
    })
}

/// True where names of columns stand above a field that is JSON, its quotes doubled.
fn has_json_cells(lines: &[&str]) -> bool {
    let [first, second, ..] = lines else { return false };
    let names = first.contains([',', ';', '\t']) && !first.contains(['{', '[', ':']);
    names && ["\"{\"\"", "\"[{\"\""].iter().any(|cell| second.contains(cell))
}

/// True where the first line of several is nothing but names of columns. Fields below may be JSON, over many lines.
fn names_columns(lines: &[&str]) -> bool {
    const FEW: usize = 4;
    let [first, _, ..] = lines else { return false };
    let is_name = |name: &str| {
        let name = name.trim().trim_matches('"');
        let letters = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.len() <= 60 && name.chars().all(letters)
    };
    [',', ';', '\t']
        .into_iter()
        .any(|separator| first.split(separator).count() >= FEW && first.split(separator).all(is_name))
}

/// True where all lines are keys, items or parts of them, and more than one is a key.
fn is_yaml(lines: &[&str]) -> bool {
    let is_part = |line: &&str| is_entry(line) || line.starts_with([' ', '#']) || line.starts_with("- ");
    lines.iter().all(is_part) && lines.iter().filter(|line| is_entry(line)).count() > 1
}

#[cfg(test)]
mod tests {
    use super::of_plain;
    use crate::{Evidence, ReadError, read};

    #[test]
    fn a_text_is_refused_by_what_it_is_with_what_to_do() {
        for (text, name, how) in [
            ("id,customer,total\n1,Ann,5\n2,Bob,6\n", "a table (CSV)", "`role`"),
            (
                "id,span_id,parent,started,input\n1,a,,2026-01-05,\"{\"\"q\"\": 1}\"\n2,b,a,2026-01-05,\"{\"\"q\"\": 2}\"\n",
                "a table (CSV)",
                "JSON Lines",
            ),
            ("staff;role\nAnn;manager\nBob;clerk\n", "a table (CSV)", "`role`"),
            ("From: a@example.com\nTo: b@example.com\nSubject: Refund\n\nPlease refund me.\n", "an email", "attach"),
            ("From a@example.com Mon Jan  5 10:00:00 2026\nFrom: a@example.com\nSubject: x\n\nHi\n", "mbox", "attach"),
            ("<!DOCTYPE html>\n<html><body>Hi</body></html>", "a web page", "JSON"),
            ("<?xml version=\"1.0\"?>\n<log/>", "an XML document", "OpenTelemetry"),
            ("name: build\non: [push]\njobs:\n  test:\n    steps:\n      - run: make\n", "a YAML document", "yq"),
            ("---\nkind: Pod\n", "a YAML document", "yq"),
            ("Nov 29 10:00:01 web sshd[12]: Accepted\nNov 29 10:00:02 web cron[13]: done\n", "a log", "response"),
            ("10:00 INFO started\n10:01 ERROR database: timeout\n", "a log", "OpenTelemetry"),
            (
                "2026-01-05T10:00:01Z INFO sent {\"n\":1}\n2026-01-05T10:00:02Z INFO got {\"n\":2}\n",
                "a log",
                "response",
            ),
            ("[10:00:00] System: heartbeat 0\n[10:00:01] User: login ok\n", "a log", "response"),
            ("<suite><case name='a'/></suite>", "an XML document", "OpenTelemetry"),
            ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "a patch", "OpenTelemetry"),
            ("INSERT INTO messages VALUES (1,'user','Hi');\n", "SQL", "JSON"),
            ("BEGIN:VCALENDAR\nSUMMARY:Desk\nEND:VCALENDAR\n", "a calendar", "OpenTelemetry"),
            ("[server]\nport = 80\n", "a configuration", "OpenTelemetry"),
            ("null\n", "a single value", "export"),
            ("3", "a single value", "export"),
            ("\"hi\"", "a single value", "export"),
            ("# Notes\n\nNothing was said here.\n", "a Markdown document", "`User:`"),
            ("Yesterday the shop was closed.\nNobody came.\n", "plain text", "`Agent:`"),
            ("run;log\n7;\"[{\"\"role\"\": \"\"user\"\"}]\"\n", "a table (CSV) with JSON in its fields", "JSON Lines"),
            ("[{'role': 'user', 'content': 'Hi'}]\n", "a Python literal, not JSON", "json.dumps"),
            ("<|im_start|>user\nHi<|im_end|>\n", "a prompt in the form of ChatML", "JSON"),
            ("event: tick\ndata: {\"n\":1}\n\nevent: tick\ndata: {\"n\":2}\n\n", "server-sent events", "response"),
        ] {
            let error = read(&[Evidence::new("f", text.as_bytes().to_vec())]).expect_err(text);
            assert!(matches!(&error, ReadError::Foreign { format, .. } if format.contains(name)), "{text}: {error}");
            assert!(error.to_string().contains(how), "{error}");
        }
    }

    #[test]
    fn a_piece_of_json_is_no_text() {
        for text in ["{\"messages\": [", "[", "tent\":\"b\"},{\"role\":\"user\"}]", "{'role': 'user'}"] {
            assert_eq!(of_plain(text.as_bytes()), None, "{text}");
        }
    }
}
