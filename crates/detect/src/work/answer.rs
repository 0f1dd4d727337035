//! What the answer of a shell tool says: the exit code, and the output itself.

use crate::finding::Cite;
use crate::prose::pattern;
use crate::session::Call;
use hindcast_trace::json::Value;
use hindcast_trace::model::Transport;
use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

// Harnesses tell the exit code on a line of its own, at the beginning or at the end of the output.
static EXIT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?im)^\W{0,3}(?:the command completed with |process |command )?(?:exited with |exit )(?:code|status)?:?\s*(-?\d{1,3})\W{0,3}$|<(?:exit_code|returncode)>\s*(-?\d{1,3})|^\W{0,3}(?:exit[ _]?code|returncode|exit|rc|status)\s*[:=]\s*(-?\d{1,3})\W{0,3}$",
    )
});

static DECLINED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)^.{0,40}(?:user doesn't want to proceed|user (?:rejected|declined|denied|cancell?ed)|tool use was rejected|request interrupted|permission to use \w+|requires approval|operation was cancell?ed)",
    )
});

static BACKGROUND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)running in (?:the )?background|still running|moved to the background|<status>running|timed out",
    )
});

/// Only the beginning and the end of a very long output are read.
const READ_AT_MOST: usize = 1 << 20;

/// What a call answered.
pub struct Answer<'c> {
    /// The output.
    pub text: Cow<'c, str>,
    /// The exit code, where it is recorded.
    pub exit: Option<i64>,
    /// An exit code that stands in the output itself.
    pub printed: Option<i64>,
    /// True when the user or the harness did not let it run.
    pub declined: bool,
    /// True when it goes on running, or was stopped before its end.
    pub unfinished: bool,
    /// True when the record of the output is cut.
    pub cut: bool,
}

/// Reads a call's answer; `None` where there is none. `silent_success` tells whether the harness marks every failure, so
/// that an unmarked answer means success.
pub fn of<'c>(call: &'c Call<'_>, silent_success: bool) -> Option<Answer<'c>> {
    let result = call.result.as_ref()?;
    let raw = result.content.or(result.error).map_or("", |t| t.text.as_str());
    let raw = &raw[..raw.floor_char_boundary(READ_AT_MOST)];
    let mut exit = None;
    let mut text = Cow::Borrowed(raw);
    if let Some(root) = result.json().filter(|v| v.is_object()) {
        let mut body = String::new();
        gather(root, 0, &mut body, &mut exit);
        if !body.is_empty() {
            text = Cow::Owned(body);
        }
    }
    let ends =
        [&text[..text.floor_char_boundary(400)], &text[text.ceil_char_boundary(text.len().saturating_sub(400))..]];
    let said = ends.iter().rev().find_map(|part| EXIT.as_ref()?.captures_iter(part).last());
    let printed: Option<i64> = said.and_then(|c| c.iter().skip(1).flatten().next()?.as_str().parse().ok());
    exit = exit.or(printed);
    let declined = DECLINED.as_ref().is_some_and(|r| r.is_match(ends[0]));
    let unfinished = BACKGROUND.as_ref().is_some_and(|r| ends.iter().any(|e| e.len() < 400 && r.is_match(e)));
    exit = exit.or(match result.transport {
        Transport::Ok => Some(0),
        Transport::Error => Some(1),
        Transport::Unknown if silent_success => Some(0),
        _ => None,
    });
    Some(Answer { text, exit, printed, declined, unfinished, cut: result.cut_off() })
}

/// Output and exit code among the members of a JSON answer.
fn gather(object: Value<'_>, depth: usize, body: &mut String, exit: &mut Option<i64>) {
    for (key, value) in object.entries().take(40) {
        let Some(key) = key.str() else { continue };
        match key.to_ascii_lowercase().as_str() {
            "output" | "stdout" | "stderr" | "content" | "result" | "text" | "aggregated_output" => {
                if let Some(part) = value.str() {
                    body.push_str(&part);
                    body.push('\n');
                } else if value.is_object() && depth < 2 {
                    gather(value, depth + 1, body, exit);
                }
            }
            "exit_code" | "exitcode" | "returncode" | "return_code" | "exit" | "exit_status" => {
                *exit = value.i64().or(*exit)
            }
            "metadata" if depth < 2 => gather(value, depth + 1, body, exit),
            _ => {}
        }
    }
}

/// Quotes a line of a call's output, where it stands in the record as it is.
pub fn cite(call: &Call<'_>, line: &str) -> Option<Cite> {
    let result = call.result.as_ref()?;
    let text = result.content.or(result.error)?;
    let line = line.trim();
    let line = &line[..line.floor_char_boundary(200)];
    let at = text.text.rfind(line)?;
    Cite::of(result.event, text, at..at + line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_read() {
        let code = |t: &str| -> Option<i64> {
            let found = EXIT.as_ref()?.captures_iter(t).last()?;
            found.iter().skip(1).flatten().next()?.as_str().parse().ok()
        };
        assert_eq!(code("Exit code 1\nboom"), Some(1));
        assert_eq!(code("x\n[exit code: 2]"), Some(2));
        assert_eq!(code("Exit code: 0\nOutput:\n"), Some(0));
        assert_eq!(code("x\n[The command completed with exit code 0.]"), Some(0));
        assert_eq!(code("Process exited with code 101"), Some(101));
        assert_eq!(code("<exit_code>3</exit_code>"), Some(3));
        assert_eq!(code("EXIT=1"), Some(1));
        assert_eq!(code("the exit code of 3 programs"), None);
    }
}
