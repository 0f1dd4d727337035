//! What an answer says of whether something may be done, in any shape and language: a word for no under a verdict's name, a flag, or a line that
//! begins with no.

use crate::detectors::closing::answer;
use crate::prose::classes::class;
use crate::session::Call;
use hindcast_trace::json::Value;

/// A verdict has so few words.
const FEW: usize = 4;
/// So many members, levels and lines are looked at.
const MOST: usize = 24;
const DEEPEST: usize = 3;
/// How words begin that may speak of an error as well.
const FAILS: [&str; 5] = ["fail", "mislukt", "fallid", "fallit", "echec"];

/// True where a call's answer is a verdict that says no.
pub(super) fn denies(call: &Call<'_>) -> bool {
    says(call, true)
}

/// True where it says no in words, and not only that something failed.
pub(super) fn refuses(call: &Call<'_>) -> bool {
    says(call, false)
}

/// A flag that is not set, and a word for a failure, may tell of an error as well; `any` takes them too.
fn says(call: &Call<'_>, any: bool) -> bool {
    let Some((_, text)) = answer(call) else { return false };
    match call.result.as_ref().and_then(|r| r.json()).filter(|r| r.is_object()) {
        Some(root) => member(root, any, 0),
        // "RESULT: DO NOT DISPENSE".
        None => text.text.lines().take(MOST).enumerate().any(|(at, line)| match line.split_once(':') {
            Some((key, value)) if class("verdict").is_in_text(key) => says_no(value, any),
            _ => at == 0 && says_no(line, any),
        }),
    }
}

fn member(value: Value<'_>, any: bool, depth: usize) -> bool {
    value.entries().take(MOST).any(|(key, inner)| {
        let key = key.str().unwrap_or_default();
        let said = inner.str().filter(|_| inner.is_str()).unwrap_or_default();
        let short = !said.is_empty() && said.split_whitespace().count() <= FEW;
        let word = short && (denial(&said, any) || class("verdict").is_in_text(&key) && says_no(&said, any));
        let flag = any && inner.bool() == Some(false) && class("allow").is_in_text(&key);
        word || flag || depth < DEEPEST && inner.is_object() && member(inner, any, depth + 1)
    })
}

/// True for words that begin with a denial, or with a no that stands for itself or forbids: "NO - ceiling 300", "no-go", "DO NOT DISPENSE". "No
/// findings" denies nothing.
fn says_no(text: &str, any: bool) -> bool {
    let text = text.trim();
    if denial(text, any) {
        return true;
    }
    let folded = text.to_lowercase().replace('_', " ");
    let end = folded.find(|c: char| !c.is_alphanumeric()).unwrap_or(folded.len());
    let (first, rest) = folded.split_at(end);
    let alone = rest.trim_start().is_empty() || rest.trim_start().starts_with(['-', '–', '—', ',', '.', ':', ';', '(']);
    class("nay").is_in_text(first) && alone
}

/// True for words that begin with a denial.
fn denial(text: &str, any: bool) -> bool {
    class("forbids").begins(text)
        || class("denied").begins(text) && (any || !FAILS.iter().any(|f| text.to_lowercase().starts_with(f)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{turn, with_session};

    fn denied(answer: &str) -> bool {
        with_session(&turn("Go", &[("wind_check", r#"{"crane": 2}"#, answer)], "Done."), |s| denies(&s.calls[0]))
    }

    #[test]
    fn a_no_in_any_shape() {
        for no in [
            r#"{"resultado": "DENEGADO", "motivo": "zona"}"#,
            r#"{"verdict": "no-go", "gust_ms": 17.8}"#,
            r#"{"check": {"result": "NO"}}"#,
            r#"{"allowed": false}"#,
            r#"{"decision": {"allow": false, "by": "R7"}}"#,
            r#"{"ergebnis": "nein", "grund": "Sperrzeit"}"#,
            "RESULT: DO NOT DISPENSE\nseverity: major",
            "NO - ceiling 150 per night",
            "NEGADO: sem autorização",
            "Do not release. Two signatures are missing.",
        ] {
            assert!(denied(no), "{no}");
        }
    }

    #[test]
    fn what_denies_nothing() {
        for yes in [
            r#"{"result": "no findings"}"#,
            r#"{"interactions": "no", "verdict": "ok"}"#,
            r#"{"result": "none"}"#,
            r#"{"notes": "no"}"#,
            r#"{"allowed": true}"#,
            "No issues found",
            "result: no conflicts",
            "OK",
        ] {
            assert!(!denied(yes), "{yes}");
        }
    }
}
